/* Packets to try the wire with. */
#ifndef PROMETHEUS_TEST_WIRE_PACKETS_H
#define PROMETHEUS_TEST_WIRE_PACKETS_H

#include "channel/random_messages.h"

#include "wire/packet.h"

static inline prom_bytes32 bytes_of(uint8_t byte)
{
    prom_bytes32 value;
    memset(value.bytes, byte, sizeof value.bytes);
    return value;
}

static inline prom_span encode(fixture *test, const prom_packet *packet)
{
    prom_span bytes;
    assert_ok(prom_packet_encode(&test->arena, &bytes, packet, &test->error), &test->error);
    return bytes;
}

static inline void assert_refused(fixture *test, const prom_packet *packet)
{
    prom_span bytes;
    assert_fails(prom_packet_encode(&test->arena, &bytes, packet, &test->error), PROM_CATEGORY_BROKEN, &test->error,
                 "");
}

static inline prom_packet some_ask(void)
{
    return (prom_packet){.kind = PROM_PACKET_ASK,
                         .as.ask = {.nonce = bytes_of(1),
                                    .role = PROM_ROLE_WORKER,
                                    .genesis = bytes_of(2),
                                    .p_txid = bytes_of(3),
                                    .scheme = 2,
                                    .program_digest = bytes_of(4),
                                    .program_bytes = PROM_PAYLOAD_MAX,
                                    .input_bytes = 6,
                                    .package_bytes = 7,
                                    .macs = UINT64_MAX,
                                    .effort = 9,
                                    .memory = 10,
                                    .items = 11,
                                    .deadline = 12}};
}

static inline prom_packet some_quote(void)
{
    return (prom_packet){.kind = PROM_PACKET_QUOTE,
                         .as.quote = {.ask = bytes_of(1),
                                      .node = bytes_of(2),
                                      .price = prom_amount_of(3),
                                      .rates = {4, 5, 6, prom_amount_of(PROM_AMOUNT_MAX)},
                                      .machine = {8, 9, 10, 11, 12},
                                      .begins = 13,
                                      .capacity = 14,
                                      .valid_until = 15,
                                      .signature = {{16}}}};
}

static inline prom_packet some_refusal(void)
{
    prom_packet packet = some_quote();
    packet.as.quote.price = prom_amount_zero();
    packet.as.quote.reason_count = PROM_QUOTE_REASONS_MAX;
    for (size_t i = 0; i < PROM_QUOTE_REASONS_MAX; i++) {
        packet.as.quote.reasons[i] = (prom_quote_reason){(uint16_t)(UINT16_MAX - i), UINT8_MAX, i, UINT64_MAX};
    }
    return packet;
}

#endif
