/* What parameters and results of several methods are made of. */
#ifndef RPC_VALUES_H
#define RPC_VALUES_H

#include <jansson.h>

#include "prometheus/base/amount.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"
#include "wire/quote.h"

/* Returns a new reference: an amount as a number of sat, or null where it is invalid. */
json_t *prom_rpc_sat(prom_amount amount);
/* Returns a new reference: a count, or the largest that JSON's numbers here have where it is larger: others choose some
 * of them. */
json_t *prom_rpc_count(uint64_t count);
/* Returns a new reference: a hash as Bitcoin shows it. */
json_t *prom_rpc_txid(const prom_bytes32 *txid);
/* Returns a new reference: the height of a block, or null where it is 0. */
json_t *prom_rpc_height(uint32_t height);
/* What a method says of the reasons that it gives. */
#define PROM_RPC_REASONS "each with code, name, unit, needed, there and text, as docs/market.md lists them"
/* Returns a new reference: a list of reasons. The name of a code that this version does not know is null. */
json_t *prom_rpc_reasons(const prom_quote_reason *reasons, size_t count);

/* Returns the parameter of that name, a number that was checked (method.h); `otherwise` where it is left out. */
uint64_t prom_rpc_number(const json_t *params, const char *name, uint64_t otherwise);
/* Reads the parameter of that name, a transaction's id. PROM_CATEGORY_BAD_INPUT, naming it, when it is none. */
PROM_MUST_USE prom_result prom_rpc_read_txid(prom_bytes32 *txid, const json_t *params, const char *name,
                                             prom_error *error);

#endif
