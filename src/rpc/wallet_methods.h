/* The methods of the wallet's money, and what their parameters and results are: for the table of methods.c. */
#ifndef RPC_WALLET_METHODS_H
#define RPC_WALLET_METHODS_H

#include "rpc/method.h"

#define PROM_WALLET_PAGE 500U       /* coins or rows of one answer */
#define PROM_WALLET_PSBT_MAX 60000U /* bytes in base 64 */

prom_result prom_rpc_wallet_address(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_wallet_balance(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_wallet_coins(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_wallet_history(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_wallet_withdraw(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_wallet_psbt_export(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_wallet_psbt_import(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);

extern const prom_rpc_parameter prom_rpc_wallet_page_parameters[];
extern const prom_rpc_parameter prom_rpc_wallet_history_parameters[];
extern const prom_rpc_parameter prom_rpc_wallet_withdraw_parameters[];
extern const prom_rpc_parameter prom_rpc_wallet_export_parameters[];
extern const prom_rpc_parameter prom_rpc_wallet_import_parameters[];

extern const prom_rpc_field prom_rpc_wallet_address_result[];
extern const prom_rpc_field prom_rpc_wallet_balance_result[];
extern const prom_rpc_field prom_rpc_wallet_coins_result[];
extern const prom_rpc_field prom_rpc_wallet_history_result[];
extern const prom_rpc_field prom_rpc_wallet_paid_result[];

#endif
