#include "prometheus/bitcoin/script.h"

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

bool prom_script_is_p2wpkh(prom_span script)
{
    enum { P2WPKH_BYTES = 22, KEY_HASH = 20 };
    return script.length == P2WPKH_BYTES && script.data[0] == PROM_OP_0 && script.data[1] == KEY_HASH;
}
