/* What commands share that talk to a node: where it is, and how it is asked. */
#ifndef PROM_NODE_CALL_H
#define PROM_NODE_CALL_H

#include <limits.h>

#include "base/units.h"
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

/* How a command was told to ask. */
typedef struct prom_node_request {
    const char *folder; /* of --dir, or NULL */
    const char *network;
    bool explain;
} prom_node_request;
/* Finds the node and calls a method of it, or where that is to be explained, prints the call: then `result` is NULL.
 * Consumes `params`. Fails as prom_node_place_find and prom_node_call do. */
PROM_MUST_USE prom_result prom_node_request_call(const prom_node_request *request, json_t **result, const char *method,
                                                 json_t *params, prom_error *error);

/* Writes an amount of sat as people read it, "1,234,567". Returns `text`. */
const char *prom_node_told_sat(char text[PROM_UNITS], const json_t *object, const char *name);

/* Reads a number of sat, `min` at least. PROM_CATEGORY_BAD_INPUT when the text is none, or more than there can be. */
PROM_MUST_USE prom_result prom_node_read_sat(uint64_t *sat, uint64_t min, const char *text, prom_error *error);
/* How a payment is to be made. */
typedef struct prom_node_paying {
    uint32_t feerate; /* sat/vB; 0: as the node thinks */
    uint32_t fee_max; /* sat; 0: as the node thinks */
    bool dry;
} prom_node_paying;
/* Adds that to the parameters of a call. */
void prom_node_add_paying(json_t *params, const prom_node_paying *paying);
/* Tells of a payment, made or only planned. */
PROM_MUST_USE prom_result prom_node_tell_paid(bool json, bool dry, json_t *told, prom_error *error);

/* Of a command whose arguments have it as `paying`. */
#define PROM_NODE_PAYING_PARAMETERS                                                                                    \
    {.option = "--feerate",                                                                                            \
     .value = "N",                                                                                                     \
     .noun = "feerate",                                                                                                \
     PROM_TO_NUMBER(paying.feerate),                                                                                   \
     .min = 1,                                                                                                         \
     .max = 10000,                                                                                                     \
     .help = "Pay N sat for a virtual byte. Default: what the next blocks ask for, as bitcoind says."},                \
        {.option = "--fee-max",                                                                                        \
         .value = "SAT",                                                                                               \
         .noun = "fee",                                                                                                \
         PROM_TO_NUMBER(paying.fee_max),                                                                               \
         .min = 1,                                                                                                     \
         .max = UINT32_MAX,                                                                                            \
         .help = "Pay no greater fee. Default: 100000."},                                                              \
    {                                                                                                                  \
        .option = "--dry-run", PROM_TO_FLAG(paying.dry), .help = "Tell what it would cost, and do nothing."            \
    }

/* Of a command whose arguments have `folder` and `network`. */
#define PROM_NODE_PLACE_PARAMETERS                                                                                     \
    {.option = "--dir",                                                                                                \
     .value = "DIR",                                                                                                   \
     .noun = "folder",                                                                                                 \
     .files = "/",                                                                                                     \
     PROM_TO_TEXT(folder),                                                                                             \
     .help = "The folder of the program, or that of one node. Default: ~/.prometheus."},                               \
    {                                                                                                                  \
        .option = "--network", .value = "NAME", .noun = "network", .words = "main testnet4 signet regtest",            \
        PROM_TO_TEXT(network), .help = "Take the node of this network. Default: the one that DIR/prom.conf names."     \
    }

/* Of a command whose arguments have `explain`, too. */
#define PROM_NODE_PARAMETERS                                                                                           \
    PROM_NODE_PLACE_PARAMETERS,                                                                                        \
    {                                                                                                                  \
        .option = "--explain", .excludes = "--json", PROM_TO_FLAG(explain),                                            \
        .help = "Print the call of the node's JSON-RPC that this command makes, and make none."                        \
    }

#endif
