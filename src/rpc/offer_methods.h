/* The methods about offers of our own, and what their parameters and results are: for the table of methods.c. */
#ifndef RPC_OFFER_METHODS_H
#define RPC_OFFER_METHODS_H

#include "rpc/method.h"

prom_result prom_rpc_offer_make(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_offer_list(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_offer_renew(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_offer_withdraw(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);

extern const prom_rpc_parameter prom_rpc_offer_make_parameters[];
extern const prom_rpc_parameter prom_rpc_offer_renew_parameters[];
extern const prom_rpc_parameter prom_rpc_offer_withdraw_parameters[];

extern const prom_rpc_field prom_rpc_offer_list_result[];

#endif
