/* Runs channels: brings them messages, blocks and results as events, and carries their actions out, in order. For now
 * the parties of one contract live in one process; they share nothing but the messages that go through the hub. */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "chain/rpc.h"
#include "prometheus/channel/channel.h"
#include "prometheus/scheme/delivery.h"
#include "store/store.h"

#define PROM_NODES_MAX (PROM_PARTIES + PROM_ARBITERS_MAX)
#define PROM_WATCHES_MAX 4
#define PROM_NODE_MEMORY ((size_t)1 << 32)

/* What a node did, for whoever shows it to people. */
typedef enum prom_notice_kind {
    PROM_NOTICE_STAGE,     /* the channel's stage changed */
    PROM_NOTICE_SENT,      /* a message */
    PROM_NOTICE_BROADCAST, /* a transaction */
    PROM_NOTICE_WORKING,   /* delivering, or verifying: so many steps of so many are done */
    PROM_NOTICE_DELIVERED, /* the client's result */
    PROM_NOTICE_CLOSED,    /* with a reason when it failed */
    PROM_NOTICE_FAULT,     /* an event was refused, for the reason given */
} prom_notice_kind;

typedef struct prom_node prom_node;

typedef struct prom_notice {
    prom_notice_kind kind;
    const prom_node *node;
    const char *text;  /* message, transaction or reason */
    prom_bytes32 txid; /* broadcast */
    prom_span bytes;   /* delivered, sent, broadcast */
    size_t done;       /* working */
    size_t total;      /* working */
} prom_notice;

typedef struct prom_observer {
    void (*notice)(void *context, const prom_notice *notice);
    void *context;
} prom_observer;

typedef struct prom_hub prom_hub;

/* One party. Everything but `name`, `config` and the keys is the hub's. */
struct prom_node {
    char name[16];
    prom_channel_config config;
    prom_key key;                       /* of the contract */
    prom_key coin_keys[PROM_COINS_MAX]; /* tweaked: of the output keys of its coins */
    prom_store *store;

    prom_hub *hub;
    prom_arena arena;
    prom_curve *curve;
    prom_channel *channel;
    prom_keygen keygen; /* C, A: with an arbiter's share of Y */
    prom_outpoint watches[PROM_WATCHES_MAX];
    size_t watch_count;
    bool closed;
    double deliver_seconds; /* W: run, proof and sealing */
    double verify_seconds;  /* V */
    size_t proof_bytes;     /* W */
};

/* Makes the node's channel; its config, keys and store are set. */
PROM_MUST_USE prom_result prom_node_init(prom_node *node, prom_error *error);
/* Wipes its secrets, closes its store and gives its memory back. */
void prom_node_free(prom_node *node);

struct prom_queued {
    size_t node;
    prom_event event;
    uint8_t *owned; /* the bytes that the event points to */
};

/* The nodes, and the events on their way. */
struct prom_hub {
    prom_rpc *rpc;
    prom_observer observer;
    prom_node *nodes[PROM_NODES_MAX];
    size_t node_count;
    struct prom_queued *queue;
    size_t queue_first;
    size_t queue_end;
    size_t queue_room;
    uint32_t height; /* of the last block that the nodes have seen */
    prom_bytes32 tip;
};

/* An empty hub whose nodes have seen all blocks up to the best one. */
PROM_MUST_USE prom_result prom_hub_init(prom_hub *hub, prom_rpc *rpc, prom_observer observer, prom_error *error);
void prom_hub_free(prom_hub *hub);
/* The node must outlive the hub. */
PROM_MUST_USE prom_result prom_hub_add(prom_hub *hub, prom_node *node, prom_error *error);

/* Queues an event for a node; what it points to is copied. */
PROM_MUST_USE prom_result prom_hub_post(prom_hub *hub, size_t node, const prom_event *event, prom_error *error);

/* Takes all queued events, and the new blocks of the chain, until nothing is left. `idle` is true when nothing at all
 * happened: only new blocks, or time, can change that. */
PROM_MUST_USE prom_result prom_hub_run(prom_hub *hub, bool *idle, prom_error *error);

/* Whether every node has closed. */
bool prom_hub_all_closed(const prom_hub *hub);

#endif
