#include "prometheus/bitcoin/script.h"

#include <string.h>

void prom_script_push(prom_writer *script, prom_span bytes)
{
    if (bytes.length > UINT8_MAX) {
        script->failed = true;
        return;
    }
    if (bytes.length >= PROM_OP_PUSHDATA1) {
        prom_write_u8(script, PROM_OP_PUSHDATA1);
    }
    prom_write_u8(script, (uint8_t)bytes.length);
    prom_write_span(script, bytes);
}

void prom_script_push_number(prom_writer *script, uint32_t number)
{
    uint8_t bytes[5];
    size_t length = 0;
    if (number == 0) {
        prom_write_u8(script, PROM_OP_0);
        return;
    }
    if (number <= 16) {
        prom_write_u8(script, (uint8_t)(PROM_OP_1 + number - 1));
        return;
    }
    for (uint32_t rest = number; rest > 0; rest >>= 8) {
        bytes[length++] = (uint8_t)rest;
    }
    if ((bytes[length - 1] & 0x80) != 0) { /* the top bit would be read as the sign */
        bytes[length++] = 0;
    }
    prom_script_push(script, prom_span_of(bytes, length));
}

prom_result prom_script_p2tr(prom_arena *arena, prom_span *script, const prom_bytes32 *output_key, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_u8(&writer, PROM_OP_1);
    prom_script_push(&writer, prom_span_of32(output_key));
    return prom_writer_finish(&writer, script, error);
}

prom_result prom_script_anchor(prom_arena *arena, prom_span *script, prom_error *error)
{
    static const uint8_t program[] = {0x4e, 0x73};
    prom_writer writer = prom_writer_in(arena);
    prom_write_u8(&writer, PROM_OP_1);
    prom_script_push(&writer, prom_span_of(program, sizeof program));
    return prom_writer_finish(&writer, script, error);
}

prom_result prom_script_op_return(prom_arena *arena, prom_span *script, prom_span data, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_u8(&writer, PROM_OP_RETURN);
    prom_script_push(&writer, data);
    return prom_writer_finish(&writer, script, error);
}

bool prom_script_is_witness_program(prom_span script)
{
    if (script.length < 4 || script.length > 42) {
        return false;
    }
    const uint8_t version = script.data[0];
    return (version == PROM_OP_0 || (version >= PROM_OP_1 && version <= PROM_OP_16)) &&
           script.data[1] == script.length - 2;
}

bool prom_script_is_p2tr(prom_span script)
{
    return script.length == PROM_P2TR_BYTES && script.data[0] == PROM_OP_1 && script.data[1] == 32;
}

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

prom_result prom_script_address(char text[PROM_ADDRESS_TEXT], prom_span script, const char *prefix, prom_error *error)
{
    enum { CHECKSUM = 6, VALUES_MAX = 1 + 64, PREFIX_MAX = 10 };
    static const char charset[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
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
    uint32_t checksum = 1;
    for (size_t i = 0; i < prefix_length; i++) {
        checksum = polymod_step(checksum, (uint8_t)prefix[i] >> 5);
    }
    checksum = polymod_step(checksum, 0);
    for (size_t i = 0; i < prefix_length; i++) {
        checksum = polymod_step(checksum, (uint8_t)prefix[i] & 31);
    }
    for (size_t i = 0; i < count + CHECKSUM; i++) {
        checksum = polymod_step(checksum, i < count ? values[i] : 0);
    }
    checksum ^= version == 0 ? 1 : 0x2bc830a3; /* BIP 173, BIP 350 */
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
