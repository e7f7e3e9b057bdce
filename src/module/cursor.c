#include "module/cursor.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/units.h"

enum {
    NAME_MAX = 65536,
    GROUP = 7, /* bits that a byte of LEB128 carries */
    GROUP_MASK = 0x7F,
    MORE = 0x80,
    TEXT = 384,
};

void prom_wasm_fail(prom_wasm_cursor *cursor, size_t at, const char *format, ...)
{
    char text[TEXT];
    va_list arguments;
    if (cursor->failed) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const prom_result told = prom_fail(cursor->error, PROM_CATEGORY_BAD_INPUT, "the module, byte %zu: %s", at, text);
    cursor->failed = !prom_is_ok(told);
}

prom_result prom_wasm_result(const prom_wasm_cursor *cursor)
{
    const prom_result bad = {PROM_CATEGORY_BAD_INPUT};
    return cursor->failed ? bad : prom_ok();
}

/* That so many bytes are left. */
static bool has(prom_wasm_cursor *cursor, size_t length)
{
    if (!cursor->failed && length > cursor->end - cursor->at) {
        prom_wasm_fail(cursor, cursor->at, "it is cut off here, or a length before this is wrong: build it again");
    }
    return !cursor->failed;
}

uint8_t prom_wasm_u8(prom_wasm_cursor *cursor)
{
    return has(cursor, 1) ? cursor->bytes[cursor->at++] : 0;
}

void prom_wasm_skip(prom_wasm_cursor *cursor, size_t length)
{
    if (has(cursor, length)) {
        cursor->at += length;
    }
}

/* The bits of a number of `bits` bits, above which all are zeros; `*read` of them stood there. */
static uint64_t read_bits(prom_wasm_cursor *cursor, unsigned bits, bool is_signed, unsigned *read)
{
    const size_t begin = cursor->at;
    uint64_t value = 0;
    for (*read = 0; *read < bits; *read += GROUP) {
        const uint8_t byte = prom_wasm_u8(cursor);
        const unsigned low = byte & GROUP_MASK;
        const unsigned used = bits - *read; /* of this byte, where it is the last that there may be */
        value |= (uint64_t)low << *read;
        if (used < GROUP) {
            const bool negative = is_signed && (low >> (used - 1) & 1U) != 0;
            const unsigned wanted = negative ? (unsigned)GROUP_MASK >> used : 0;
            if (low >> used != wanted) {
                break;
            }
        }
        if ((byte & MORE) == 0) {
            *read += GROUP;
            return value;
        }
    }
    prom_wasm_fail(cursor, begin, "a number of more than %u bits, or in more bytes than these need: build it again",
                   bits);
    return 0;
}

uint32_t prom_wasm_u32(prom_wasm_cursor *cursor)
{
    unsigned read = 0;
    const uint64_t value = read_bits(cursor, 32, false, &read);
    return cursor->failed ? 0 : (uint32_t)value;
}

int64_t prom_wasm_signed(prom_wasm_cursor *cursor, unsigned bits)
{
    unsigned read = 0;
    uint64_t value = read_bits(cursor, bits, true, &read);
    if (cursor->failed) {
        return 0;
    }
    if (read < 64 && (value >> (read - 1) & 1U) != 0) {
        value |= UINT64_MAX << read;
    }
    return value <= INT64_MAX ? (int64_t)value : -(int64_t)(UINT64_MAX - value) - 1;
}

uint32_t prom_wasm_count(prom_wasm_cursor *cursor, size_t least, uint32_t max, const char *noun)
{
    const size_t begin = cursor->at;
    const uint32_t count = prom_wasm_u32(cursor);
    char said[PROM_UNITS];
    if (!cursor->failed && count > max) {
        prom_wasm_fail(cursor, begin, "%s: %" PRIu32 " are possible, make it smaller",
                       prom_units_count(said, count, noun), max);
    }
    if (!cursor->failed && least > 0 && count > (cursor->end - cursor->at) / least) {
        prom_wasm_fail(cursor, begin, "%s, for which there are not bytes enough: build it again",
                       prom_units_count(said, count, noun));
    }
    return cursor->failed ? 0 : count;
}

uint32_t prom_wasm_index(prom_wasm_cursor *cursor, uint32_t count, const char *noun)
{
    const size_t begin = cursor->at;
    const uint32_t index = prom_wasm_u32(cursor);
    if (!cursor->failed && index >= count) {
        prom_wasm_fail(cursor, begin, "%s %" PRIu32 ", of which there are %" PRIu32 ": build it again", noun, index,
                       count);
    }
    return cursor->failed ? 0 : index;
}

prom_span prom_wasm_name(prom_wasm_cursor *cursor)
{
    const uint32_t length = prom_wasm_count(cursor, 1, NAME_MAX, "byte");
    const size_t begin = cursor->at;
    prom_wasm_skip(cursor, length);
    return cursor->failed ? (prom_span){0} : prom_span_of(cursor->bytes + begin, length);
}

void prom_wasm_ends(prom_wasm_cursor *cursor, const char *what)
{
    if (!cursor->failed && cursor->at != cursor->end) {
        char more[PROM_UNITS];
        prom_wasm_fail(cursor, cursor->at, "%s behind the end of %s: build it again",
                       prom_units_count(more, cursor->end - cursor->at, "byte"), what);
    }
}

void prom_wasm_write_u32(prom_writer *writer, uint32_t value)
{
    for (; value >= MORE; value >>= GROUP) {
        prom_write_u8(writer, (uint8_t)((value & GROUP_MASK) | MORE));
    }
    prom_write_u8(writer, (uint8_t)value);
}

void prom_wasm_write_signed(prom_writer *writer, int64_t value)
{
    const int64_t half = (MORE / 2);
    while (value < -half || value >= half) {
        const uint64_t bits = (uint64_t)value & GROUP_MASK;
        prom_write_u8(writer, (uint8_t)(bits | MORE));
        value = (value - (int64_t)bits) / MORE; /* exact: an arithmetic shift */
    }
    prom_write_u8(writer, (uint8_t)((uint64_t)value & GROUP_MASK));
}
