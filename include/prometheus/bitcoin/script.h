/* The few kinds of output script that the project makes. */
#ifndef PROMETHEUS_BITCOIN_SCRIPT_H
#define PROMETHEUS_BITCOIN_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"

PROM_DECLARATIONS_BEGIN

enum {
    PROM_OP_0 = 0x00,
    PROM_OP_PUSHDATA1 = 0x4c,
    PROM_OP_1 = 0x51,
    PROM_OP_16 = 0x60,
    PROM_OP_RETURN = 0x6a,
    PROM_OP_DUP = 0x76,
    PROM_OP_SIZE = 0x82,
    PROM_OP_EQUALVERIFY = 0x88,
    PROM_OP_NUMEQUAL = 0x9c,
    PROM_OP_NUMEQUALVERIFY = 0x9d,
    PROM_OP_SHA256 = 0xa8,
    PROM_OP_HASH160 = 0xa9,
    PROM_OP_CHECKSIG = 0xac,
    PROM_OP_CHECKSIGVERIFY = 0xad,
    PROM_OP_CHECKSEQUENCEVERIFY = 0xb2,
    PROM_OP_VERIFY = 0x69,
    PROM_OP_CHECKSIGADD = 0xba,
};

/* Pushes at most 255 bytes in the shortest form (data of one byte below 17 excepted: nothing here pushes such). */
void prom_script_push(prom_writer *script, prom_span bytes);
/* Pushes a number from 0 to 2^31 - 1 in the shortest form. */
void prom_script_push_number(prom_writer *script, uint32_t number);

#define PROM_P2TR_BYTES 34
/* Makes a P2TR output script: OP_1 <output key> (BIP 341). */
PROM_MUST_USE prom_result prom_script_p2tr(prom_arena *arena, prom_span *script, const prom_bytes32 *output_key,
                                           prom_error *error);
/* Makes a P2A output script: OP_1 <4e73>, which anybody may spend. */
PROM_MUST_USE prom_result prom_script_anchor(prom_arena *arena, prom_span *script, prom_error *error);
/* Makes an OP_RETURN script with one push. Fails when `data` is longer than 255 bytes. */
PROM_MUST_USE prom_result prom_script_op_return(prom_arena *arena, prom_span *script, prom_span data,
                                                prom_error *error);

/* Returns whether it is a segwit output script of any version (BIP 141), a version opcode and one push of 2 to 40
 * bytes; of P2TR; of P2WPKH. */
bool prom_script_is_witness_program(prom_span script);
bool prom_script_is_p2tr(prom_span script);
bool prom_script_is_p2wpkh(prom_span script);

PROM_DECLARATIONS_END

#endif
