/* The form of every field that BIP 174 and BIP 371 define. */
#ifndef BITCOIN_PSBT_FIELDS_H
#define BITCOIN_PSBT_FIELDS_H

#include "prometheus/bitcoin/psbt.h"

typedef enum prom_psbt_place {
    PROM_PSBT_GLOBAL,
    PROM_PSBT_INPUT,
    PROM_PSBT_OUTPUT,
} prom_psbt_place;

#define PROM_PSBT_GLOBAL_UNSIGNED_TX 0x00

/* Checks one field. `input` is the one whose map it is in, or NULL. PROM_CATEGORY_BAD_INPUT, with its name, when its
 * form is not what its BIP says; a field that none defines is right in any form. */
PROM_MUST_USE prom_result prom_psbt_check_field(prom_arena *arena, prom_psbt_place place, const prom_psbt_field *field,
                                                const prom_tx_input *input, prom_error *error);

/* Reads a witness stack, whose spans point into `bytes`. PROM_CATEGORY_BAD_INPUT when it is anything else. */
PROM_MUST_USE prom_result prom_psbt_read_witness(prom_arena *arena, prom_tx_input *input, prom_span bytes,
                                                 prom_error *error);
/* Reads an output, value and script. PROM_CATEGORY_BAD_INPUT when it is anything else. */
PROM_MUST_USE prom_result prom_psbt_read_output(prom_tx_output *output, prom_span bytes, prom_error *error);

#endif
