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
                                      .rates = {4, 5, 6, prom_amount_of(PROM_AMOUNT_MAX), 0},
                                      .machine = {8, 9, 10, 11, 12, 0},
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

static inline prom_packet some_envelope(const uint8_t *body, size_t length)
{
    return (prom_packet){.kind = PROM_PACKET_ENVELOPE,
                         .as.envelope = {.channel = bytes_of(1),
                                         .sender = bytes_of(2),
                                         .receiver = bytes_of(3),
                                         .generation = 4,
                                         .number = 5,
                                         .acknowledged_generation = 6,
                                         .acknowledged = 7,
                                         .body = prom_span_of(body, length)}};
}

/* A packet as its seed of the fuzz target is named (tests/fuzz/seeds/wire.NAME). */
struct named_packet {
    const char *name;
    prom_packet packet;
};
enum { NAMED_PACKETS = 19 };

static inline void make_named_packets(struct named_packet all[NAMED_PACKETS])
{
    static const uint8_t bytes[] = {9, 8, 7};
    static const prom_span spans[] = {{bytes, 3}, {bytes, 2}};
    const prom_span_list list = {spans, 2};
    const struct named_packet made[NAMED_PACKETS] = {
        {"ask", some_ask()},
        {"quote", some_quote()},
        {"quote-refused", some_refusal()},
        {"hello", {.kind = PROM_PACKET_HELLO, .as.hello = {1, 2, UINT64_MAX, bytes_of(1), bytes_of(2), {{3}}}}},
        {"envelope", some_envelope(bytes, sizeof bytes)},
        {"fetch",
         {.kind = PROM_PACKET_FETCH, .as.fetch = {bytes_of(1), PROM_BODY_PACKAGE_B, bytes_of(2), PROM_CHUNKS_MAX - 1}}},
        {"piece-first",
         {.kind = PROM_PACKET_PIECE,
          .as.piece =
              {bytes_of(1), PROM_BODY_INPUT, bytes_of(2), PROM_CHUNKS_MAX - 1, PROM_PAYLOAD_MAX, true, {{0}}, 1}}},
        {"piece",
         {.kind = PROM_PACKET_PIECE,
          .as.piece = {bytes_of(1), PROM_BODY_INPUT, bytes_of(2), 7, PROM_PAYLOAD_MAX, false, bytes_of(3),
                       PROM_CHUNK_BYTES}}},
        {"piece-none",
         {.kind = PROM_PACKET_PIECE, .as.piece = {bytes_of(1), PROM_BODY_PROGRAM, bytes_of(2), .first = true}}},
        {"bodies", {.kind = PROM_PACKET_BODIES}},
        {"begin", {.kind = PROM_PACKET_BEGIN, .as.begin = {bytes_of(1), PROM_ROLE_VERIFIER, {bytes, 3}}}},
        {"begun",
         {.kind = PROM_PACKET_BEGUN, .as.begun = {bytes_of(1), PROM_ROLE_WORKER, bytes_of(2), {bytes_of(3), {{4}}}}}},
        {"declined",
         {.kind = PROM_PACKET_DECLINED, .as.declined = {bytes_of(1), PROM_ROLE_WORKER, {30, 1, UINT64_MAX, 4}}}},
        {"get-pointers",
         {.kind = PROM_PACKET_GET_POINTERS, .as.get_pointers = {bytes_of(1), PROM_ROLE_ARBITER, PROM_POINTERS_MAX}}},
        {"pointers", {.kind = PROM_PACKET_POINTERS, .as.pointers = {bytes_of(1), PROM_ROLE_VERIFIER, list}}},
        {"get-listings", {.kind = PROM_PACKET_GET_LISTINGS, .as.get_listings = {bytes_of(1), PROM_ROLE_WORKER}}},
        {"listings", {.kind = PROM_PACKET_LISTINGS, .as.listings = {bytes_of(1), PROM_ROLE_ARBITER, list}}},
        {"ping", {.kind = PROM_PACKET_PING, .as.ping = UINT64_MAX}},
        {"pong", {.kind = PROM_PACKET_PONG, .as.ping = 1}},
    };
    memcpy(all, made, sizeof made);
}

#endif
