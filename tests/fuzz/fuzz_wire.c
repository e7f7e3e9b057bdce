/* Bytes of a stranger as messages: what is read is written again, and read as the same. The first byte chooses: a kind
 * of message or of packet, whose fields the rest is; 0: a whole body; 1: a packet. Its highest bit: the peer may send
 * what we do not know. With FUZZ_KIND in the environment that number is meant instead, and the first byte only says
 * whether the peer may: so `tools/soak wire.NAME` invents one kind alone. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "wire/body.h"
#include "wire/packet.h"

/* Then kinds of messages, then kinds of packets, by their numbers; tests/tools/wire.c writes seeds so. */
enum { BODY = 0, PACKET = 1, KINDS_BEHIND = 2, PACKET_KINDS = PROM_PACKET_QUOTE + 1 };

static void must_be_peers(prom_result result, const prom_error *error)
{
    must(result.category == PROM_CATEGORY_PEER);
    must(error->sentence[0] != '\0');
}

static void try_body(prom_arena *arena, prom_span body, bool lenient)
{
    prom_message message;
    prom_message again;
    prom_span written;
    prom_span twice;
    prom_error error = {{0}};
    const prom_result result = prom_body_decode(arena, &message, body, lenient, &error);
    if (!prom_is_ok(result)) {
        must_be_peers(result, &error);
    } else if (message.kind != 0) {
        must(prom_is_ok(prom_body_encode(arena, &written, &message, &error)));
        must(prom_is_ok(prom_body_decode(arena, &again, written, false, &error)));
        must(prom_is_ok(prom_body_encode(arena, &twice, &again, &error)));
        must(prom_span_equal(written, twice));
    }
}

/* What is read again is what was read, to the last bit that is hashed. */
static void try_hashes(const prom_packet *packet, const prom_packet *again)
{
    prom_bytes32 hash;
    prom_bytes32 other;
    if (packet->kind == PROM_PACKET_ASK) {
        prom_ask_hash(&hash, &packet->as.ask);
        prom_ask_hash(&other, &again->as.ask);
        must(prom_bytes32_equal(&hash, &other));
    } else if (packet->kind == PROM_PACKET_QUOTE) {
        prom_quote_hash(&hash, &packet->as.quote);
        prom_quote_hash(&other, &again->as.quote);
        must(prom_bytes32_equal(&hash, &other));
    } else if (packet->kind == PROM_PACKET_ENVELOPE) {
        prom_envelope_hash(&hash, &packet->as.envelope);
        prom_envelope_hash(&other, &again->as.envelope);
        must(prom_bytes32_equal(&hash, &other));
    }
}

static void try_packet(prom_arena *arena, prom_span bytes, bool lenient)
{
    prom_packet packet;
    prom_packet again;
    prom_span written;
    prom_span twice;
    prom_error error = {{0}};
    const prom_result result = prom_packet_decode(arena, &packet, bytes, lenient, &error);
    if (!prom_is_ok(result)) {
        must_be_peers(result, &error);
    } else if (packet.kind != PROM_PACKET_UNKNOWN) {
        must(prom_is_ok(prom_packet_encode(arena, &written, &packet, &error)));
        must(prom_is_ok(prom_packet_decode(arena, &again, written, false, &error)));
        must(prom_is_ok(prom_packet_encode(arena, &twice, &again, &error)));
        must(prom_span_equal(written, twice));
        try_hashes(&packet, &again);
    }
}

/* The body of a message of that kind, with these fields (protocol buffers: the field's number, and length). */
static prom_span body_of(prom_arena *arena, unsigned kind, prom_span fields)
{
    prom_span body;
    prom_writer writer = prom_writer_in(arena);
    uint64_t numbers[2] = {(uint64_t)kind << 3 | 2, fields.length};
    for (unsigned i = 0; i < 2; i++) {
        while (numbers[i] >= 0x80) {
            prom_write_u8(&writer, (uint8_t)(numbers[i] | 0x80));
            numbers[i] >>= 7;
        }
        prom_write_u8(&writer, (uint8_t)numbers[i]);
    }
    prom_write_span(&writer, fields);
    must(prom_is_ok(prom_writer_finish(&writer, &body, NULL)));
    return body;
}

/* What an input is of. */
static unsigned kind_of(uint8_t first)
{
    const char *only = getenv("FUZZ_KIND");
    return only == NULL ? first & 0x7f : (unsigned)strtoul(only, NULL, 10) & 0x7f;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    if (length == 0) {
        return 0;
    }
    prom_arena_init(&arena, FUZZ_MEMORY);
    const unsigned what = kind_of(data[0]);
    const bool lenient = (data[0] & 0x80) != 0;
    const prom_span rest = prom_span_of(data + 1, length - 1);
    if (what == BODY) {
        try_body(&arena, rest, lenient);
    } else if (what == PACKET) {
        try_packet(&arena, rest, lenient);
    } else {
        const unsigned kind = (what - KINDS_BEHIND) % (PROM_MESSAGE_KINDS + PACKET_KINDS);
        if (kind < PROM_MESSAGE_KINDS) {
            try_body(&arena, body_of(&arena, kind, rest), lenient);
        } else {
            try_packet(&arena, body_of(&arena, kind - PROM_MESSAGE_KINDS, rest), lenient);
        }
    }
    return 0;
}
