/* What a program for `prom` needs in C, without a C library. docs/programs.md describes the interface, of version 1. A
 * whole program, whose result for an item is how many lines it has, and for two results their sum:
 *
 *     #include "prom.h"
 *
 *     static prom_bytes lines(prom_bytes item)
 *     {
 *         uint64_t *count = prom_alloc(sizeof *count);
 *         for (uint32_t i = 0; i < item.length; i++)
 *             *count += item.at[i] == '\n';
 *         return (prom_bytes){(uint8_t *)count, sizeof *count};
 *     }
 *     PROM_MAP(lines)
 *
 *     static prom_bytes sum(prom_bytes first, prom_bytes second)
 *     {
 *         *(uint64_t *)first.at += *(uint64_t *)second.at;
 *         return first;
 *     }
 *     PROM_REDUCE(sum)
 *
 * Built by Debian's clang and lld:
 *
 *     clang --target=wasm32 -O2 -nostdlib -mbulk-memory -Wl,--no-entry,--stack-first \
 *         lines.c -o lines.wasm
 *
 * -mbulk-memory lets the compiler copy by an instruction where it would call memcpy else, which is not there.
 * --stack-first puts the stack, of 64 KiB (-z stack-size=BYTES), below all data: where it does not suffice the item
 * traps, and does not overwrite the data. Each call has an instance of its own: nothing in memory outlives it, so
 * nothing is ever freed. The same source is a native program, too, together with native.c. */
#ifndef PROM_H
#define PROM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where bytes lie in memory. Those of an operand may be overwritten. */
typedef struct prom_bytes {
    uint8_t *at;
    uint32_t length;
} prom_bytes;

/* Returns so many bytes of memory, zero at first, at a multiple of 16. The node traps where there is no more. */
void *prom_alloc(uint32_t length);

#ifdef __wasm__

#define PROM_EXPORT(name) __attribute__((export_name(name)))

/* Ends the node: its status is `trap`, with the trap `unreachable`. For an item that is none. */
#define prom_refuse() __builtin_trap()

/* Allocates from what `next` keeps, 0 at first: the place behind all that was given. */
static inline void *prom_bump(uint64_t *next, uint32_t length)
{
    extern uint8_t __heap_base; /* the linker's: where the module's own data and stack end */
    uint64_t place = *next != 0 ? *next : ((uint64_t)(uintptr_t)&__heap_base + 15) / 16 * 16;
    uint64_t end = place + ((uint64_t)length + 15) / 16 * 16;
    uint64_t have = (uint64_t)__builtin_wasm_memory_size(0) * 65536;
    if (end > have && __builtin_wasm_memory_grow(0, (size_t)((end - have + 65535) / 65536)) == (size_t)-1) {
        prom_refuse();
    }
    *next = end;
    return (void *)(uintptr_t)place;
}

/* Exports a function, prom_bytes (prom_bytes), as `map`, and `prom_alloc` with it. Once in a program. */
#define PROM_MAP(function)                                                                                             \
    PROM_EXPORT("prom_alloc") void *prom_alloc(uint32_t length)                                                        \
    {                                                                                                                  \
        static uint64_t next;                                                                                          \
        return prom_bump(&next, length);                                                                               \
    }                                                                                                                  \
    PROM_EXPORT("map") uint64_t prom_export_map(uint8_t *at, uint32_t length)                                          \
    {                                                                                                                  \
        prom_bytes result = function((prom_bytes){at, length});                                                        \
        return (uint64_t)(uintptr_t)result.at << 32 | result.length;                                                   \
    }

/* Exports a function, prom_bytes (prom_bytes, prom_bytes), as `reduce`. */
#define PROM_REDUCE(function)                                                                                          \
    PROM_EXPORT("reduce")                                                                                              \
    uint64_t prom_export_reduce(uint8_t *at, uint32_t length, uint8_t *second_at, uint32_t second_length)              \
    {                                                                                                                  \
        prom_bytes result = function((prom_bytes){at, length}, (prom_bytes){second_at, second_length});                \
        return (uint64_t)(uintptr_t)result.at << 32 | result.length;                                                   \
    }

#else

/* Of native.c, which calls these. */
_Noreturn void prom_refuse(void);
prom_bytes prom_native_map(prom_bytes item);
prom_bytes prom_native_reduce(prom_bytes first, prom_bytes second);

#define PROM_MAP(function)                                                                                             \
    prom_bytes prom_native_map(prom_bytes item)                                                                        \
    {                                                                                                                  \
        return function(item);                                                                                         \
    }
#define PROM_REDUCE(function)                                                                                          \
    prom_bytes prom_native_reduce(prom_bytes first, prom_bytes second)                                                 \
    {                                                                                                                  \
        return function(first, second);                                                                                \
    }

#endif

/* Refuses the node unless something holds. */
static inline void prom_require(bool holds)
{
    if (!holds) {
        prom_refuse();
    }
}

/* -- Text -- */

/* Reads a decimal number from the front of `text`, which goes on behind it. Refuses what is none, or above 2^64 - 1. */
static inline uint64_t prom_read_decimal(prom_bytes *text)
{
    uint64_t value = 0;
    uint32_t digits = 0;
    for (; digits < text->length && text->at[digits] >= '0' && text->at[digits] <= '9'; digits++) {
        uint64_t digit = (uint64_t)(text->at[digits] - '0');
        prom_require(value < UINT64_MAX / 10 || (value == UINT64_MAX / 10 && digit <= UINT64_MAX % 10));
        value = value * 10 + digit;
    }
    prom_require(digits > 0);
    text->at += digits;
    text->length -= digits;
    return value;
}

/* Reads one byte, which must be `wanted`, from the front of `text`. */
static inline void prom_read_byte(prom_bytes *text, uint8_t wanted)
{
    prom_require(text->length > 0 && text->at[0] == wanted);
    text->at++;
    text->length--;
}

#define PROM_DECIMAL_MAX 20 /* digits */

/* Writes a number in decimal digits, at most PROM_DECIMAL_MAX, and returns the place behind them. */
static inline uint8_t *prom_write_decimal(uint8_t *at, uint64_t value)
{
    uint8_t digits[PROM_DECIMAL_MAX];
    uint32_t count = 0;
    do {
        digits[count++] = (uint8_t)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (count > 0) {
        *at++ = digits[--count];
    }
    return at;
}

/* Writes bytes, and returns the place behind them. */
static inline uint8_t *prom_write_bytes(uint8_t *at, const uint8_t *bytes, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        at[i] = bytes[i];
    }
    return at + length;
}

/* Returns a number below, at or above 0 as bytes come before, are equal to or come after others, by their values. */
static inline int prom_compare(const uint8_t *left, uint32_t left_length, const uint8_t *right, uint32_t right_length)
{
    uint32_t shorter = left_length < right_length ? left_length : right_length;
    for (uint32_t i = 0; i < shorter; i++) {
        if (left[i] != right[i]) {
            return left[i] < right[i] ? -1 : 1;
        }
    }
    return left_length < right_length ? -1 : left_length > right_length;
}

/* -- Numbers, little-endian -- */

/* Takes so many bytes from the front, which must be there, and returns where they begin. */
static inline uint8_t *prom_take(prom_bytes *bytes, uint32_t length)
{
    prom_require(length <= bytes->length);
    uint8_t *at = bytes->at;
    bytes->at += length;
    bytes->length -= length;
    return at;
}

/* Reads a number of 4 bytes from the front. */
static inline uint32_t prom_read_u32(prom_bytes *bytes)
{
    const uint8_t *at = prom_take(bytes, 4);
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

/* Reads one of 8 bytes. */
static inline uint64_t prom_read_u64(prom_bytes *bytes)
{
    uint64_t low = prom_read_u32(bytes);
    return low | (uint64_t)prom_read_u32(bytes) << 32;
}

/* Writes a number of 4 bytes, and returns the place behind it. */
static inline uint8_t *prom_write_u32(uint8_t *at, uint32_t value)
{
    for (uint32_t i = 0; i < 4; i++) {
        *at++ = (uint8_t)(value >> 8 * i);
    }
    return at;
}

/* Writes one of 8 bytes. */
static inline uint8_t *prom_write_u64(uint8_t *at, uint64_t value)
{
    return prom_write_u32(prom_write_u32(at, (uint32_t)value), (uint32_t)(value >> 32));
}

/* Takes the state from the front of an item of `prom iterate`; the item of the data is left. */
static inline prom_bytes prom_read_state(prom_bytes *item)
{
    uint32_t length = prom_read_u32(item);
    return (prom_bytes){prom_take(item, length), length};
}

/* Returns what stands behind a beginning of the result whose last byte is before `end`. */
static inline prom_bytes prom_result_of(uint8_t *begin, const uint8_t *end)
{
    return (prom_bytes){begin, (uint32_t)(end - begin)};
}

#endif
