/* The methods about contracts P on the chain, and what their parameters and results are: for the table of methods.c. */
#ifndef RPC_CONTRACT_METHODS_H
#define RPC_CONTRACT_METHODS_H

#include "rpc/method.h"

#define PROM_CONTRACTS_PAGE 500U        /* P of one answer */
#define PROM_CONTRACT_OFFERS_MAX 10000U /* offers of one answer */

prom_result prom_rpc_contract_publish(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_contract_list(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_contract_show(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);

extern const prom_rpc_parameter prom_rpc_contract_publish_parameters[];
extern const prom_rpc_parameter prom_rpc_contract_list_parameters[];
extern const prom_rpc_parameter prom_rpc_contract_show_parameters[];

extern const prom_rpc_field prom_rpc_contract_list_result[];
extern const prom_rpc_field prom_rpc_contract_show_result[];

#endif
