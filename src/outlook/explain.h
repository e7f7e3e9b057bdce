/* What a contract means, told before anybody signs it. */
#ifndef OUTLOOK_EXPLAIN_H
#define OUTLOOK_EXPLAIN_H

#include <jansson.h>

#include "outlook/outlook.h"

/* Returns the names of signers as a list, which the caller owns: "C", "W", "V", "A" (each arbiter), "Y" (k arbiters by
 * their joint key). */
json_t *prom_contract_signers_json(unsigned signers);
/* Writes the same as text, "C, W", and `none` when there are none. Returns `text`. */
#define PROM_CONTRACT_SIGNERS 32
const char *prom_contract_signers_text(char text[PROM_CONTRACT_SIGNERS], unsigned signers, const char *none);

/* Writes "48 h" for 288 blocks, at ten minutes a block. Returns `text`. */
#define PROM_CONTRACT_HOURS 24
const char *prom_contract_hours_text(char text[PROM_CONTRACT_HOURS], uint32_t blocks);

/* Returns the amount in sat, null where it is out of range. */
json_t *prom_contract_amount_json(prom_amount amount);

PROM_MUST_USE prom_result prom_contract_explain_print(prom_arena *arena, const prom_contract_outlook *outlook,
                                                      prom_error *error);
/* Writes the same as JSON, which the caller owns, to `answer`. */
PROM_MUST_USE prom_result prom_contract_explain_json(json_t **answer, prom_arena *arena,
                                                     const prom_contract_outlook *outlook, prom_error *error);

#endif
