/* The methods of discovery, and what their parameters and results are: for the table of methods.c. */
#ifndef RPC_CONTACTS_METHODS_H
#define RPC_CONTACTS_METHODS_H

#include "rpc/method.h"

#define PROM_CONTACTS_LIST_MAX 1024U /* of one answer */

prom_result prom_rpc_contacts_list(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_contacts_look(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);

extern const prom_rpc_parameter prom_rpc_contacts_list_parameters[];
extern const prom_rpc_parameter prom_rpc_contacts_look_parameters[];
extern const prom_rpc_field prom_rpc_contacts_list_result[];
extern const prom_rpc_field prom_rpc_contacts_look_result[];

#endif
