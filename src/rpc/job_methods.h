/* The methods of the owner's jobs, and what their parameters and results are: for the table of methods.c. */
#ifndef RPC_JOB_METHODS_H
#define RPC_JOB_METHODS_H

#include "rpc/method.h"

#define PROM_JOB_LIST_MAX 200U

prom_result prom_rpc_job_quote(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_job_quoted(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_job_run(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_job_list(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_job_show(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_job_why(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_job_receipt(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_job_cancel(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_job_forget(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
prom_result prom_rpc_job_result(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);

extern const prom_rpc_parameter prom_rpc_job_request_parameters[];
extern const prom_rpc_parameter prom_rpc_job_quoted_parameters[];
extern const prom_rpc_parameter prom_rpc_job_list_parameters[];
extern const prom_rpc_parameter prom_rpc_job_id_parameters[];

extern const prom_rpc_field prom_rpc_job_quote_result[];
extern const prom_rpc_field prom_rpc_job_quoted_result[];
extern const prom_rpc_field prom_rpc_job_run_result[];
extern const prom_rpc_field prom_rpc_job_list_result[];
extern const prom_rpc_field prom_rpc_job_show_result[];
extern const prom_rpc_field prom_rpc_job_lines_result[];
extern const prom_rpc_field prom_rpc_job_cancel_result[];
extern const prom_rpc_field prom_rpc_job_forget_result[];
extern const prom_rpc_field prom_rpc_job_result_result[];

#endif
