/* Bytes: spans, 32-byte values, hex, a bounded reader that fails once and stays failed, a canonical writer. */
#ifndef PROMETHEUS_BASE_BYTES_H
#define PROMETHEUS_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/amount.h"
#include "prometheus/base/arena.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"

PROM_DECLARATIONS_BEGIN

/* Bytes that somebody else owns. */
typedef struct prom_span {
    const uint8_t *data;
    size_t length;
} prom_span;

/* A hash, an x-only public key or a txid (in internal byte order). */
typedef struct prom_bytes32 {
    uint8_t bytes[32];
} prom_bytes32;

/* Returns the span of `length` bytes at `data`. */
static inline prom_span prom_span_of(const uint8_t *data, size_t length)
{
    const prom_span span = {data, length};
    return span;
}

/* Returns the span of the value's 32 bytes, which lie where they are. */
static inline prom_span prom_span_of32(const prom_bytes32 *value)
{
    return prom_span_of(value->bytes, sizeof value->bytes);
}

/* Returns whether two spans have the same bytes. Not constant-time. */
bool prom_span_equal(prom_span a, prom_span b);
/* Returns memcmp's order over 32 bytes: below, at or above 0. Not constant-time. */
int prom_bytes32_compare_vartime(const prom_bytes32 *a, const prom_bytes32 *b);
/* Returns whether 32 bytes are the same, in a time that does not depend on them. */
bool prom_bytes32_equal(const prom_bytes32 *a, const prom_bytes32 *b);
/* Returns whether `length` bytes are the same, in a time that does not depend on the bytes. */
bool prom_secret_equal(const uint8_t *a, const uint8_t *b, size_t length);
/* Overwrites a secret in a way that no optimiser removes. */
void prom_wipe(void *secret, size_t length);
void prom_wipe32(prom_bytes32 *secret);
/* Makes a copy of `bytes` in the arena. */
PROM_MUST_USE prom_result prom_span_copy(prom_arena *arena, prom_span *copy, prom_span bytes, prom_error *error);

#define PROM_HEX32 65
/* Writes lower-case hex of `length` bytes; `text` has room for 2 * length + 1 characters. Returns `text`. */
char *prom_hex(char *text, const uint8_t *bytes, size_t length);
char *prom_hex32(char text[PROM_HEX32], const prom_bytes32 *value);
/* Writes the same, last byte first: how Bitcoin shows txids and block hashes. */
char *prom_hex32_reversed(char text[PROM_HEX32], const prom_bytes32 *value);
/* Reads exactly 2 * length hex digits, of either case, to `bytes`, in the last form last byte first. Returns false when
 * `text` is anything else. */
PROM_MUST_USE bool prom_hex_parse(uint8_t *bytes, size_t length, const char *text, size_t text_length);
PROM_MUST_USE bool prom_hex32_parse(prom_bytes32 *value, const char *text);
PROM_MUST_USE bool prom_hex32_parse_reversed(prom_bytes32 *value, const char *text);

/* Reads forward over a span. A read past the end, or of an ill-formed value, fails the reader; a failed reader gives
 * zeros and stays failed, so one check at the end is enough. */
typedef struct prom_reader {
    const uint8_t *at;
    size_t left;
    bool failed;
} prom_reader;

/* Returns a reader at the first of these bytes, which it does not copy. */
prom_reader prom_reader_of(prom_span bytes);
/* Reads one byte. */
uint8_t prom_read_u8(prom_reader *reader);
/* Reads a big-endian number of 16, 32, 40 or 64 bits: the protocol's own layouts. */
uint16_t prom_read_u16(prom_reader *reader);
uint32_t prom_read_u32(prom_reader *reader);
uint64_t prom_read_u40(prom_reader *reader);
uint64_t prom_read_u64(prom_reader *reader);
prom_amount prom_read_amount(prom_reader *reader); /* 64 bits; above 21 million BTC fails the reader */
/* Reads a little-endian number: Bitcoin's and NumPy's. */
uint16_t prom_read_u16_le(prom_reader *reader);
uint32_t prom_read_u32_le(prom_reader *reader);
uint64_t prom_read_u64_le(prom_reader *reader);
/* Reads Bitcoin's CompactSize; a longer encoding than needed fails the reader. */
uint64_t prom_read_compact_size(prom_reader *reader);
/* Reads a base-128 varint, as Protocol Buffers have it: at most 10 bytes, of which bits beyond 64 are dropped. */
uint64_t prom_read_varint(prom_reader *reader);
/* Reads so many bytes: a span, which points to where they are, or 32 bytes. A failed reader gives an empty span. */
prom_span prom_read_span(prom_reader *reader, size_t length);
prom_bytes32 prom_read_bytes32(prom_reader *reader);
/* Returns true when nothing failed and nothing is left over. */
PROM_MUST_USE bool prom_reader_done(const prom_reader *reader);

/* Writes into memory of an arena, growing as needed. Out of memory, or an invalid amount, fails the writer; it stays
 * failed, so one check, by prom_writer_finish, is enough. */
typedef struct prom_writer {
    prom_arena *arena;
    uint8_t *data;
    size_t length;
    size_t capacity;
    bool failed;
    bool starved; /* because memory was not there */
} prom_writer;

/* Returns an empty writer into this arena. */
prom_writer prom_writer_in(prom_arena *arena);
/* Makes room for so many bytes more: a writer that grows to them takes up to four times as much of its arena. */
void prom_writer_reserve(prom_writer *writer, size_t more);
/* Writes a number in big-endian order, as prom_read_u8 and the next four read it. */
void prom_write_u8(prom_writer *writer, uint8_t value);
void prom_write_u16(prom_writer *writer, uint16_t value);
void prom_write_u32(prom_writer *writer, uint32_t value);
void prom_write_u40(prom_writer *writer, uint64_t value); /* above 2^40 - 1 fails the writer */
void prom_write_u64(prom_writer *writer, uint64_t value);
void prom_write_amount(prom_writer *writer, prom_amount amount);
/* Writes a number in little-endian order, as prom_read_u16_le and the next two read it. */
void prom_write_u16_le(prom_writer *writer, uint16_t value);
void prom_write_u32_le(prom_writer *writer, uint32_t value);
void prom_write_u64_le(prom_writer *writer, uint64_t value);
void prom_write_amount_le(prom_writer *writer, prom_amount amount);
/* Writes Bitcoin's CompactSize, in its shortest form. */
void prom_write_compact_size(prom_writer *writer, uint64_t value);
/* Writes these bytes as they are, without their number. */
void prom_write_span(prom_writer *writer, prom_span bytes);
void prom_write_bytes32(prom_writer *writer, const prom_bytes32 *value);
void prom_write_text(prom_writer *writer, const char *text); /* its characters, without the final zero */
/* Writes to `written` all that was written, valid as long as the arena. Fails when any write failed:
 * PROM_CATEGORY_MEMORY when memory was not there, PROM_CATEGORY_IO for a value out of range. */
PROM_MUST_USE prom_result prom_writer_finish(const prom_writer *writer, prom_span *written, prom_error *error);

PROM_DECLARATIONS_END

#endif
