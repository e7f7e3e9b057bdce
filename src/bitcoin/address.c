#include "prometheus/bitcoin/address.h"

#include <string.h>

#include "prometheus/bitcoin/script.h"
#include "prometheus/crypto/hash.h"

enum {
    CHECKSUM = 6,
    PROGRAM_MIN = 2,
    PROGRAM_MAX = 40,
    VALUES_MAX = 1 + 64, /* version, and PROGRAM_MAX bytes in groups of 5 bits */
    PREFIX_MAX = 10,
    VERSION_MAX = 16,
};

static const char charset[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/* -- Checksums -- */

/* BIP 173: one step of the checksum's polynomial. */
static uint32_t polymod_step(uint32_t checksum, uint8_t value)
{
    static const uint32_t generator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    const uint32_t top = checksum >> 25;
    uint32_t next = (checksum & 0x1ffffff) << 5 ^ value;
    for (size_t i = 0; i < 5; i++) {
        next ^= (top >> i & 1) != 0 ? generator[i] : 0;
    }
    return next;
}

/* Over the human-readable part and `count` values behind it. */
static uint32_t polymod(const char *prefix, const uint8_t *values, size_t count)
{
    uint32_t checksum = 1;
    for (const char *at = prefix; *at != '\0'; at++) {
        checksum = polymod_step(checksum, (uint8_t)*at >> 5);
    }
    checksum = polymod_step(checksum, 0);
    for (const char *at = prefix; *at != '\0'; at++) {
        checksum = polymod_step(checksum, (uint8_t)*at & 31);
    }
    for (size_t i = 0; i < count; i++) {
        checksum = polymod_step(checksum, values[i]);
    }
    return checksum;
}

/* What the polynomial over all comes to: BIP 173 for version 0, BIP 350 for those after it. */
static uint32_t checksum_of(uint8_t version)
{
    return version == 0 ? 1 : 0x2bc830a3;
}

/* -- Writing -- */

prom_result prom_script_address(char text[PROM_ADDRESS_TEXT], prom_span script, const char *prefix, prom_error *error)
{
    uint8_t values[VALUES_MAX + CHECKSUM];
    size_t count = 0;
    const size_t prefix_length = strlen(prefix);
    if (!prom_script_is_witness_program(script) || prefix_length > PREFIX_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this output script has no segwit address");
    }
    const uint8_t version = script.data[0] == PROM_OP_0 ? 0 : (uint8_t)(script.data[0] - PROM_OP_1 + 1);
    uint32_t pending = 0;
    unsigned pending_bits = 0;
    values[count++] = version;
    for (size_t i = 2; i < script.length; i++) { /* 8-bit groups to 5-bit groups */
        pending = (pending << 8 | script.data[i]) & 0xfff;
        for (pending_bits += 8; pending_bits >= 5; pending_bits -= 5) {
            values[count++] = pending >> (pending_bits - 5) & 31;
        }
    }
    if (pending_bits > 0) {
        values[count++] = (uint8_t)(pending << (5 - pending_bits) & 31);
    }
    memset(values + count, 0, CHECKSUM);
    const uint32_t checksum = polymod(prefix, values, count + CHECKSUM) ^ checksum_of(version);
    for (size_t i = 0; i < CHECKSUM; i++) {
        values[count++] = checksum >> (5 * (CHECKSUM - 1 - i)) & 31;
    }
    memcpy(text, prefix, prefix_length);
    text[prefix_length] = '1';
    for (size_t i = 0; i < count; i++) {
        text[prefix_length + 1 + i] = charset[values[i]];
    }
    text[prefix_length + 1 + count] = '\0';
    return prom_ok();
}

/* -- Reading -- */

static char lower(char character)
{
    return character >= 'A' && character <= 'Z' ? (char)(character - 'A' + 'a') : character;
}

/* Whether the text has this human-readable part and a separator, in either case. */
static bool has_prefix(const char *text, const char *prefix)
{
    size_t length = 0;
    for (; prefix[length] != '\0'; length++) {
        if (lower(text[length]) != prefix[length]) {
            return false;
        }
    }
    return text[length] == '1';
}

static bool is_mixed_case(const char *text)
{
    bool has_small = false;
    bool has_large = false;
    for (; *text != '\0'; text++) {
        has_small = has_small || (*text >= 'a' && *text <= 'z');
        has_large = has_large || (*text >= 'A' && *text <= 'Z');
    }
    return has_small && has_large;
}

/* The 5-bit values that the characters stand for, in either case. */
static prom_result read_values(uint8_t values[VALUES_MAX + CHECKSUM], size_t *count, const char *text,
                               prom_error *error)
{
    const size_t length = strlen(text);
    if (length < 1 + CHECKSUM || length > VALUES_MAX + CHECKSUM) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "this address is %s: a part of it may be missing, or be there twice",
                         length < 1 + CHECKSUM ? "too short" : "too long");
    }
    for (size_t i = 0; i < length; i++) {
        const char *found = strchr(charset, lower(text[i]));
        if (found == NULL) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "no address has the character at place %zu after the '1'",
                             i + 1);
        }
        values[i] = (uint8_t)(found - charset);
    }
    *count = length;
    return prom_ok();
}

/* 5-bit groups to 8-bit groups. False when what is left over is a whole group, or not zero. */
static bool regroup(uint8_t bytes[PROGRAM_MAX + 1], size_t *length, const uint8_t *values, size_t count)
{
    uint32_t pending = 0;
    unsigned pending_bits = 0;
    *length = 0;
    for (size_t i = 0; i < count; i++) {
        pending = (pending << 5 | values[i]) & 0xfff;
        pending_bits += 5;
        if (pending_bits >= 8) {
            pending_bits -= 8;
            bytes[(*length)++] = (uint8_t)(pending >> pending_bits);
        }
    }
    return pending_bits < 5 && (pending & ((1U << pending_bits) - 1)) == 0;
}

static prom_result read_segwit(prom_arena *arena, prom_span *script, const char *text, const char *prefix,
                               prom_error *error)
{
    uint8_t values[VALUES_MAX + CHECKSUM];
    uint8_t program[PROGRAM_MAX + 1];
    size_t count = 0;
    size_t length = 0;
    if (is_mixed_case(text)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "an address has small letters or large ones, not both");
    }
    PROM_TRY(read_values(values, &count, text + strlen(prefix) + 1, error));
    const uint8_t version = values[0];
    if (polymod(prefix, values, count) != checksum_of(version)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the checksum of this address is wrong: a letter may be, too");
    }
    const bool whole =
        version <= VERSION_MAX && count > 1 + CHECKSUM && regroup(program, &length, values + 1, count - 1 - CHECKSUM);
    if (!whole || length < PROGRAM_MIN || length > PROGRAM_MAX || (version == 0 && length != 20 && length != 32)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "no output has this address, though its checksum is right");
    }
    prom_writer writer = prom_writer_in(arena);
    prom_write_u8(&writer, version == 0 ? PROM_OP_0 : (uint8_t)(PROM_OP_1 + version - 1));
    prom_script_push(&writer, prom_span_of(program, length));
    return prom_writer_finish(&writer, script, error);
}

/* -- Base 58 -- */

enum { HASH160 = 20, BASE58_BYTES = 1 + HASH160 + 4, BASE58_MAX = 35 };

/* The version bytes of P2PKH and P2SH; all test networks share them. */
static const struct old_address {
    bool main;
    uint8_t version;
    const char *before; /* the hash, in hex */
    const char *after;
} old_addresses[] = {
    {true, 0, "76a914", "88ac"},
    {true, 5, "a914", "87"},
    {false, 111, "76a914", "88ac"},
    {false, 196, "a914", "87"},
};

/* False when the text is not the base 58 of BASE58_BYTES bytes. */
static bool read_base58(uint8_t bytes[BASE58_BYTES], const char *text)
{
    static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    size_t zeros = 0;
    size_t leading = 0;
    memset(bytes, 0, BASE58_BYTES);
    if (strlen(text) > BASE58_MAX) {
        return false;
    }
    for (const char *at = text; *at != '\0'; at++) {
        const char *found = strchr(digits, *at);
        uint32_t carry = found != NULL ? (uint32_t)(found - digits) : 0;
        for (size_t i = BASE58_BYTES; i-- > 0; carry >>= 8) {
            carry += 58U * bytes[i];
            bytes[i] = (uint8_t)carry;
        }
        if (found == NULL || carry != 0) {
            return false;
        }
    }
    while (text[zeros] == '1') { /* each stands for a leading byte of zero */
        zeros++;
    }
    while (leading < BASE58_BYTES && bytes[leading] == 0) {
        leading++;
    }
    return zeros == leading;
}

static void write_hex(prom_writer *writer, const char *hex)
{
    uint8_t bytes[4];
    const size_t length = strlen(hex) / 2;
    writer->failed = writer->failed || !prom_hex_parse(bytes, length, hex, 2 * length);
    prom_write_span(writer, prom_span_of(bytes, length));
}

static prom_result read_old(prom_arena *arena, prom_span *script, const char *text, bool main, prom_error *error)
{
    uint8_t bytes[BASE58_BYTES];
    prom_bytes32 checksum;
    if (!read_base58(bytes, text)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this is no address of bitcoin");
    }
    prom_sha256_twice(&checksum, prom_span_of(bytes, 1 + HASH160));
    if (memcmp(checksum.bytes, bytes + 1 + HASH160, 4) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the checksum of this address is wrong: a letter may be, too");
    }
    for (size_t i = 0; i < sizeof old_addresses / sizeof old_addresses[0]; i++) {
        if (old_addresses[i].version == bytes[0] && old_addresses[i].main == main) {
            prom_writer writer = prom_writer_in(arena);
            write_hex(&writer, old_addresses[i].before);
            prom_write_span(&writer, prom_span_of(bytes + 1, HASH160));
            write_hex(&writer, old_addresses[i].after);
            return prom_writer_finish(&writer, script, error);
        }
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this is an address of another network");
}

prom_result prom_payment_address_script(prom_arena *arena, prom_span *script, const char *text, const char *prefix,
                                        prom_error *error)
{
    static const char *const prefixes[] = {"bc", "tb", "bcrt"};
    *script = prom_span_of(NULL, 0);
    if (has_prefix(text, prefix)) {
        return read_segwit(arena, script, text, prefix, error);
    }
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (has_prefix(text, prefixes[i])) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "this is an address of another network: here they begin with %s1", prefix);
        }
    }
    return read_old(arena, script, text, strcmp(prefix, "bc") == 0, error);
}
