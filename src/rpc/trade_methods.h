/* The methods of asking other nodes and of what this one sells, and what their parameters and results are: for the
 * table of methods.c. */
#ifndef RPC_TRADE_METHODS_H
#define RPC_TRADE_METHODS_H

#include "rpc/method.h"
#include "wire/quote.h"

prom_result prom_rpc_market_ask(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_market_answer(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_market_selling(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);

/* Returns a quote as members of an object: a price or null, rates, machine, heights, reasons.
 * Numbers above 2^63 - 1, which no honest quote has, are shown as that. */
json_t *prom_rpc_quote_json(const prom_quote *quote);

extern const prom_rpc_parameter prom_rpc_market_ask_parameters[];
extern const prom_rpc_parameter prom_rpc_market_answer_parameters[];

extern const prom_rpc_field prom_rpc_market_ask_result[];
extern const prom_rpc_field prom_rpc_market_answer_result[];
extern const prom_rpc_field prom_rpc_market_selling_result[];

#endif
