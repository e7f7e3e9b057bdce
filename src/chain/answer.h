/* What bitcoind's answers are made of, in our types. */
#ifndef CHAIN_ANSWER_H
#define CHAIN_ANSWER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "prometheus/base/amount.h"
#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"

/* The failure of an answer that is not what Bitcoin Core's documentation of the method says: PROM_CATEGORY_IO. */
PROM_MUST_USE prom_result prom_answer_unexpected(const char *method, prom_error *error);

/* The bytes in hex, on the heap, to be given to free: a transaction may be too long for the stack. NULL when out of
 * memory. */
char *prom_answer_hex(prom_span bytes);
void prom_answer_hex_free(char **hex); /* fits PROM_SCOPED */

/* Hex in a JSON string, to bytes in the arena. Fails as prom_answer_unexpected, and when the arena is full. */
PROM_MUST_USE prom_result prom_answer_bytes(prom_arena *arena, prom_span *bytes, const json_t *hex, const char *method,
                                            prom_error *error);

/* Each is false, and its out-argument zeroed or invalid, when the value is anything else. */
PROM_MUST_USE bool prom_answer_hash(prom_bytes32 *hash, const json_t *text);  /* a block hash or txid as shown */
PROM_MUST_USE bool prom_answer_number(uint32_t *number, const json_t *value); /* a count or a height */
PROM_MUST_USE bool prom_answer_time(int64_t *seconds, const json_t *value);   /* since 1970, in 32 bits */
PROM_MUST_USE bool prom_answer_flag(bool *flag, const json_t *value);
PROM_MUST_USE bool prom_answer_amount(prom_amount *amount, const json_t *value);

/* An amount as Bitcoin Core writes it, whole coins and exactly eight decimals ("0.00001000"). False, and `amount`
 * invalid, when `text` is anything else or above 21 million. */
PROM_MUST_USE bool prom_chain_amount_parse(prom_amount *amount, const char *text);

#endif
