/* The methods of the wallet's money, and what their parameters and results are: for the table of methods.c. */
#ifndef RPC_WALLET_METHODS_H
#define RPC_WALLET_METHODS_H

#include "node/own.h"
#include "rpc/method.h"

#define PROM_WALLET_PAGE 500U       /* coins or rows of one answer */
#define PROM_WALLET_PSBT_MAX 60000U /* bytes in base 64 */

prom_result prom_rpc_wallet_address(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_wallet_balance(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_wallet_coins(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_wallet_history(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_wallet_withdraw(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_wallet_bump(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_wallet_cancel(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_wallet_payments(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_wallet_psbt_export(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_wallet_psbt_import(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);

/* Returns a new reference: what a payment is and costs. */
json_t *prom_rpc_paid_json(const prom_node_paid *paid);
/* Reads how one is to be made, by parameters of these. */
prom_pay_options prom_rpc_pay_options(const json_t *params);
#define PROM_RPC_PAY_PARAMETERS                                                                                        \
    {.name = "feerate",                                                                                                \
     .type = PROM_RPC_NUMBER,                                                                                          \
     .min = 1000,                                                                                                      \
     .max = 10000000,                                                                                                  \
     .text = "In sat for 1000 virtual bytes. Left out: what the next blocks ask for, as bitcoind says."},              \
    {                                                                                                                  \
        .name = "fee_max", .type = PROM_RPC_NUMBER, .min = 1, .max = PROM_AMOUNT_MAX,                                  \
        .text = "The greatest fee, in sat. Left out: 100000."                                                          \
    }
#define PROM_RPC_DRY_RUN_PARAMETER                                                                                     \
    {                                                                                                                  \
        .name = "dry_run", .type = PROM_RPC_FLAG, .text = "Whether to tell what it would cost, and do nothing."        \
    }

extern const prom_rpc_parameter prom_rpc_wallet_page_parameters[];
extern const prom_rpc_parameter prom_rpc_wallet_history_parameters[];
extern const prom_rpc_parameter prom_rpc_wallet_withdraw_parameters[];
extern const prom_rpc_parameter prom_rpc_wallet_export_parameters[];
extern const prom_rpc_parameter prom_rpc_wallet_import_parameters[];
extern const prom_rpc_parameter prom_rpc_wallet_replace_parameters[];

extern const prom_rpc_field prom_rpc_wallet_address_result[];
extern const prom_rpc_field prom_rpc_wallet_balance_result[];
extern const prom_rpc_field prom_rpc_wallet_coins_result[];
extern const prom_rpc_field prom_rpc_wallet_history_result[];
extern const prom_rpc_field prom_rpc_wallet_paid_result[];
extern const prom_rpc_field prom_rpc_wallet_payments_result[];

#endif
