/* The nodes of the demo's market: a client, two workers and four arbiters, each a `prom node` with a folder, words and
 * a prom.conf of its own, a process that others reach over TCP and that we ask over its JSON-RPC. One that ends unasked
 * is started again. */
#ifndef DEMO_NODES_H
#define DEMO_NODES_H

#include <limits.h>

#include <jansson.h>

#include "demo/faucet.h"
#include "demo/show.h"
#include "prometheus/channel/facts.h"
#include "rpc/client.h"
#include "system/process.h"

enum {
    PROM_DEMO_WORKERS = 2,
    PROM_DEMO_OWNERS = 4, /* of arbiters' offers: one more than a contract has seats */
    PROM_DEMO_CLIENT = 0,
    PROM_DEMO_FIRST_WORKER,
    PROM_DEMO_FIRST_OWNER = PROM_DEMO_FIRST_WORKER + PROM_DEMO_WORKERS,
    PROM_DEMO_NODES = PROM_DEMO_FIRST_OWNER + PROM_DEMO_OWNERS,
};

typedef struct prom_demo_node {
    const char *name;   /* "client", "worker 1" */
    const char *letter; /* "C", "W1" */
    prom_role role;
    char home[PATH_MAX];   /* its --dir */
    char folder[PATH_MAX]; /* of its network, in home */
    prom_wallet wallet;
    prom_bytes32 key;
    uint16_t port;
    uint16_t page_port; /* 0: it shows no page */
    prom_process process;
    prom_rpc_client *events; /* NULL: it is not followed, as it is not up */
    int busy;                /* long jobs that it does */
    uint32_t tip;            /* the height up to which it is known to have processed blocks */
    unsigned ends;           /* how often it has ended unasked */
} prom_demo_node;

typedef struct prom_demo_nodes {
    prom_demo_faucet *faucet;
    prom_demo_show *show;
    bool running;
    bool detached; /* they outlive this process */
    prom_demo_node list[PROM_DEMO_NODES];
    int held[PROM_DEMO_NODES + 1]; /* sockets that keep the nodes' ports, and the page's, for them while this runs */
    size_t held_count;
    char alarm[512]; /* the last thing that a node told its owner */
} prom_demo_nodes;

/* Fails when the sockets of nodes in this devnet's folder had too long a name. */
PROM_MUST_USE prom_result prom_demo_nodes_check_folder(const char *devnet, prom_error *error);

/* Makes the folders, seeds and configurations; `paged`: the client shows a page. prom_demo_nodes_close wipes the
 * wallets, in any case. */
PROM_MUST_USE prom_result prom_demo_nodes_make(prom_demo_nodes *nodes, prom_demo_faucet *faucet, prom_demo_show *show,
                                               bool paged, prom_error *error);
/* Starts all and waits until they have processed all blocks. The kernel kills them when this process ends. */
PROM_MUST_USE prom_result prom_demo_nodes_start(prom_demo_nodes *nodes, prom_error *error);
/* Tells all to end, and waits for it. */
void prom_demo_nodes_stop(prom_demo_nodes *nodes);
/* Starts them again, so that they outlive this process. */
PROM_MUST_USE prom_result prom_demo_nodes_keep(prom_demo_nodes *nodes, prom_error *error);
/* Stops them, where they run and were not kept. */
void prom_demo_nodes_close(prom_demo_nodes *nodes);

/* Ends the nodes that an earlier demo has kept in this devnet's folder. */
void prom_demo_nodes_end_kept(const prom_folder *devnet);

/* Asks a node, as prom_rpc_client_call does. One that is away, as while it is started again, is waited for, a minute at
 * most. */
PROM_MUST_USE prom_result prom_demo_node_call(prom_demo_nodes *nodes, size_t node, json_t **result, const char *method,
                                              json_t *params, prom_error *error);
/* Takes what nodes have told since, and starts those again that have ended. Returns in `any` whether there was
 * anything. PROM_CATEGORY_BROKEN when one does not stay up; PROM_CATEGORY_STOPPED when the user has enough. */
PROM_MUST_USE prom_result prom_demo_nodes_listen(prom_demo_nodes *nodes, bool *any, prom_error *error);
/* Waits until all nodes have processed the block at that height, none computes, and none has anything more to say. */
PROM_MUST_USE prom_result prom_demo_nodes_settle(prom_demo_nodes *nodes, uint32_t height, prom_error *error);

/* Returns the node of that key, or PROM_DEMO_NODES. */
size_t prom_demo_node_of(const prom_demo_nodes *nodes, const char *key);

#endif
