#include "prometheus/base/bytes.h"

#include <sodium.h>
#include <string.h>

bool prom_span_equal(prom_span a, prom_span b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

int prom_bytes32_compare_vartime(const prom_bytes32 *a, const prom_bytes32 *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

static uint64_t differ(const prom_bytes32 *a, const prom_bytes32 *b, size_t word)
{
    uint64_t of_a;
    uint64_t of_b;
    memcpy(&of_a, a->bytes + word * sizeof of_a, sizeof of_a);
    memcpy(&of_b, b->bytes + word * sizeof of_b, sizeof of_b);
    return of_a ^ of_b;
}

/* All four words, whatever the first ones are: volatile, so that no optimiser returns as soon as two differ. */
bool prom_bytes32_equal(const prom_bytes32 *a, const prom_bytes32 *b)
{
    const volatile uint64_t difference = differ(a, b, 0) | differ(a, b, 1) | differ(a, b, 2) | differ(a, b, 3);
    return difference == 0;
}

bool prom_secret_equal(const uint8_t *a, const uint8_t *b, size_t length)
{
    return sodium_memcmp(a, b, length) == 0;
}

void prom_wipe(void *secret, size_t length)
{
    sodium_memzero(secret, length);
}

void prom_wipe32(prom_bytes32 *secret)
{
    prom_wipe(secret, sizeof *secret);
}

prom_result prom_span_copy(prom_arena *arena, prom_span *copy, prom_span bytes, prom_error *error)
{
    uint8_t *data = NULL;
    PROM_TRY_NEW(data, arena, bytes.length, error);
    if (bytes.length > 0) {
        memcpy(data, bytes.data, bytes.length);
    }
    *copy = prom_span_of(data, bytes.length);
    return prom_ok();
}

char *prom_hex(char *text, const uint8_t *bytes, size_t length)
{
    return sodium_bin2hex(text, 2 * length + 1, bytes, length);
}

static prom_bytes32 reversed(const prom_bytes32 *value)
{
    prom_bytes32 result = {{0}};
    for (size_t i = 0; i < sizeof result.bytes; i++) {
        result.bytes[i] = value->bytes[sizeof result.bytes - 1 - i];
    }
    return result;
}

char *prom_hex32(char text[PROM_HEX32], const prom_bytes32 *value)
{
    return prom_hex(text, value->bytes, sizeof value->bytes);
}

char *prom_hex32_reversed(char text[PROM_HEX32], const prom_bytes32 *value)
{
    const prom_bytes32 shown = reversed(value);
    return prom_hex32(text, &shown);
}

bool prom_hex_parse(uint8_t *bytes, size_t length, const char *text, size_t text_length)
{
    size_t parsed = 0;
    return text_length == 2 * length && sodium_hex2bin(bytes, length, text, text_length, NULL, &parsed, NULL) == 0 &&
           parsed == length;
}

bool prom_hex32_parse(prom_bytes32 *value, const char *text)
{
    return prom_hex_parse(value->bytes, sizeof value->bytes, text, strlen(text));
}

bool prom_hex32_parse_reversed(prom_bytes32 *value, const char *text)
{
    prom_bytes32 shown;
    if (!prom_hex32_parse(&shown, text)) {
        return false;
    }
    *value = reversed(&shown);
    return true;
}

prom_reader prom_reader_of(prom_span bytes)
{
    return (prom_reader){.at = bytes.data, .left = bytes.length};
}

prom_span prom_read_span(prom_reader *reader, size_t length)
{
    if (reader->failed || length > reader->left) {
        reader->failed = true;
        return prom_span_of(NULL, 0);
    }
    const prom_span span = {reader->at, length};
    if (length > 0) {
        reader->at += length;
        reader->left -= length;
    }
    return span;
}

static uint64_t read_big_endian(prom_reader *reader, size_t width)
{
    const prom_span span = prom_read_span(reader, width);
    uint64_t value = 0;
    for (size_t i = 0; i < span.length; i++) {
        value = value << 8 | span.data[i];
    }
    return value;
}

static uint64_t read_little_endian(prom_reader *reader, size_t width)
{
    const prom_span span = prom_read_span(reader, width);
    uint64_t value = 0;
    for (size_t i = span.length; i-- > 0;) {
        value = value << 8 | span.data[i];
    }
    return value;
}

uint8_t prom_read_u8(prom_reader *reader)
{
    return (uint8_t)read_big_endian(reader, 1);
}

uint16_t prom_read_u16(prom_reader *reader)
{
    return (uint16_t)read_big_endian(reader, 2);
}

uint32_t prom_read_u32(prom_reader *reader)
{
    return (uint32_t)read_big_endian(reader, 4);
}

uint64_t prom_read_u40(prom_reader *reader)
{
    return read_big_endian(reader, 5);
}

uint64_t prom_read_u64(prom_reader *reader)
{
    return read_big_endian(reader, 8);
}

prom_amount prom_read_amount(prom_reader *reader)
{
    const prom_amount amount = prom_amount_of(prom_read_u64(reader));
    reader->failed = reader->failed || !prom_amount_is_valid(amount);
    return reader->failed ? prom_amount_zero() : amount;
}

uint16_t prom_read_u16_le(prom_reader *reader)
{
    return (uint16_t)read_little_endian(reader, 2);
}

uint32_t prom_read_u32_le(prom_reader *reader)
{
    return (uint32_t)read_little_endian(reader, 4);
}

uint64_t prom_read_u64_le(prom_reader *reader)
{
    return read_little_endian(reader, 8);
}

uint64_t prom_read_compact_size(prom_reader *reader)
{
    const uint8_t first = prom_read_u8(reader);
    if (first < 0xfd) {
        return first;
    }
    const size_t width = (size_t)2 << (first - 0xfd);
    const uint64_t value = read_little_endian(reader, width);
    const uint64_t least = width == 2 ? 0xfd : UINT64_C(1) << (width * 4);
    if (reader->failed || value < least) {
        reader->failed = true;
        return 0;
    }
    return value;
}

uint64_t prom_read_varint(prom_reader *reader)
{
    enum { BYTES_MAX = 10 };
    uint64_t value = 0;
    for (unsigned i = 0; i < BYTES_MAX; i++) {
        const uint8_t byte = prom_read_u8(reader);
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            return value;
        }
    }
    reader->failed = true;
    return 0;
}

prom_bytes32 prom_read_bytes32(prom_reader *reader)
{
    prom_bytes32 value = {{0}};
    const prom_span span = prom_read_span(reader, sizeof value.bytes);
    if (span.length == sizeof value.bytes) {
        memcpy(value.bytes, span.data, sizeof value.bytes);
    }
    return value;
}

bool prom_reader_done(const prom_reader *reader)
{
    return !reader->failed && reader->left == 0;
}

prom_writer prom_writer_in(prom_arena *arena)
{
    return (prom_writer){.arena = arena};
}

/* Room for `more` bytes after what is written. */
static bool reserve(prom_writer *writer, size_t more)
{
    if (more <= writer->capacity - writer->length) {
        return true;
    }
    if (writer->length > SIZE_MAX / 4 || more > SIZE_MAX / 4) {
        return false;
    }
    const size_t needed = writer->length + more;
    const size_t capacity = needed > 2 * writer->capacity ? needed : 2 * writer->capacity;
    void *data = NULL;
    if (!prom_is_ok(prom_arena_alloc(writer->arena, &data, capacity, 1, NULL))) {
        writer->starved = true;
        return false;
    }
    if (writer->length > 0) {
        memcpy(data, writer->data, writer->length);
    }
    writer->data = data;
    writer->capacity = capacity;
    return true;
}

void prom_writer_reserve(prom_writer *writer, size_t more)
{
    writer->failed = writer->failed || !reserve(writer, more);
}

void prom_write_span(prom_writer *writer, prom_span bytes)
{
    writer->failed = writer->failed || !reserve(writer, bytes.length);
    if (!writer->failed && bytes.length > 0) {
        memcpy(writer->data + writer->length, bytes.data, bytes.length);
        writer->length += bytes.length;
    }
}

static void write_big_endian(prom_writer *writer, uint64_t value, size_t width)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < width; i++) {
        bytes[i] = (uint8_t)(value >> (8 * (width - 1 - i)));
    }
    prom_write_span(writer, prom_span_of(bytes, width));
}

static void write_little_endian(prom_writer *writer, uint64_t value, size_t width)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < width; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
    prom_write_span(writer, prom_span_of(bytes, width));
}

void prom_write_u8(prom_writer *writer, uint8_t value)
{
    write_big_endian(writer, value, 1);
}

void prom_write_u16(prom_writer *writer, uint16_t value)
{
    write_big_endian(writer, value, 2);
}

void prom_write_u32(prom_writer *writer, uint32_t value)
{
    write_big_endian(writer, value, 4);
}

void prom_write_u40(prom_writer *writer, uint64_t value)
{
    writer->failed = writer->failed || value >> 40 != 0;
    write_big_endian(writer, value, 5);
}

void prom_write_u64(prom_writer *writer, uint64_t value)
{
    write_big_endian(writer, value, 8);
}

void prom_write_amount(prom_writer *writer, prom_amount amount)
{
    uint64_t sat = 0;
    if (!prom_amount_get(amount, &sat)) {
        writer->failed = true;
    }
    prom_write_u64(writer, sat);
}

void prom_write_u16_le(prom_writer *writer, uint16_t value)
{
    write_little_endian(writer, value, 2);
}

void prom_write_u32_le(prom_writer *writer, uint32_t value)
{
    write_little_endian(writer, value, 4);
}

void prom_write_u64_le(prom_writer *writer, uint64_t value)
{
    write_little_endian(writer, value, 8);
}

void prom_write_amount_le(prom_writer *writer, prom_amount amount)
{
    uint64_t sat = 0;
    if (!prom_amount_get(amount, &sat)) {
        writer->failed = true;
    }
    prom_write_u64_le(writer, sat);
}

void prom_write_compact_size(prom_writer *writer, uint64_t value)
{
    if (value < 0xfd) {
        prom_write_u8(writer, (uint8_t)value);
    } else if (value <= UINT16_MAX) {
        prom_write_u8(writer, 0xfd);
        write_little_endian(writer, value, 2);
    } else if (value <= UINT32_MAX) {
        prom_write_u8(writer, 0xfe);
        write_little_endian(writer, value, 4);
    } else {
        prom_write_u8(writer, 0xff);
        write_little_endian(writer, value, 8);
    }
}

void prom_write_bytes32(prom_writer *writer, const prom_bytes32 *value)
{
    prom_write_span(writer, prom_span_of32(value));
}

void prom_write_text(prom_writer *writer, const char *text)
{
    prom_write_span(writer, prom_span_of((const uint8_t *)text, strlen(text)));
}

prom_result prom_writer_finish(const prom_writer *writer, prom_span *written, prom_error *error)
{
    *written = prom_span_of(NULL, 0);
    if (writer->failed) {
        return prom_fail(error, writer->starved ? PROM_CATEGORY_MEMORY : PROM_CATEGORY_IO,
                         "writing failed after %zu bytes: %s", writer->length,
                         writer->starved ? "out of memory" : "a value out of range");
    }
    *written = prom_span_of(writer->data, writer->length);
    return prom_ok();
}
