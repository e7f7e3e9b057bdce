/* What commands share that talk to a node: where it is, and how it is asked. */
#ifndef PROM_NODE_CALL_H
#define PROM_NODE_CALL_H

#include <limits.h>

#include "cli/command.h"
#include "rpc/client.h"

/* A node's folder. */
typedef struct prom_node_place {
    char folder[PATH_MAX];
} prom_node_place;

/* Finds it: the folder of `network` in `dir`; where `network` is NULL, `dir` itself if it is a node's folder, and else
 * that of the network that its prom.conf names, or of the default one. `dir` is ~/.prometheus where it is NULL.
 * PROM_CATEGORY_BAD_INPUT when there is no home, a name is too long, or prom.conf cannot be used. */
PROM_MUST_USE prom_result prom_node_place_find(prom_node_place *place, const char *dir, const char *network,
                                               prom_error *error);
/* Writes the folder of the program, `dir` or ~/.prometheus, as an absolute path. */
PROM_MUST_USE prom_result prom_node_home(char path[PATH_MAX], const char *dir, prom_error *error);

/* Calls a method of the node that runs there. PROM_CATEGORY_BAD_INPUT when none does; as prom_rpc_client_call. */
PROM_MUST_USE prom_result prom_node_call(const prom_node_place *place, json_t **result, const char *method,
                                         json_t *params, prom_error *error);
/* Connects to it; `client` is never NULL after a success. */
PROM_MUST_USE prom_result prom_node_connect(const prom_node_place *place, prom_rpc_client **client, prom_error *error);

/* Prints the request in place of sending it. */
PROM_MUST_USE prom_result prom_node_explain(const char *method, json_t *params, prom_error *error);

/* Of a command whose arguments have `folder`, `network` and `explain`. */
#define PROM_NODE_PARAMETERS                                                                                           \
    {.option = "--dir",                                                                                                \
     .value = "DIR",                                                                                                   \
     .noun = "folder",                                                                                                 \
     .files = "/",                                                                                                     \
     PROM_TO_TEXT(folder),                                                                                             \
     .help = "The folder of the program, or that of one node. Default: ~/.prometheus."},                               \
        {.option = "--network",                                                                                        \
         .value = "NAME",                                                                                              \
         .noun = "network",                                                                                            \
         .words = "main testnet4 signet regtest",                                                                      \
         PROM_TO_TEXT(network),                                                                                        \
         .help = "Take the node of this network. Default: the one that DIR/prom.conf names."},                         \
    {                                                                                                                  \
        .option = "--explain", .excludes = "--json", PROM_TO_FLAG(explain),                                            \
        .help = "Print the call of the node's JSON-RPC that this command makes, and make none."                        \
    }

#endif
