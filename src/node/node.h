/* Runs a channel: takes events for it, and carries its actions out, in order. What goes beyond the node, to other nodes
 * and to whoever looks on, it gives to its surroundings (node/hub.h is one). */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "chain/rpc.h"
#include "prometheus/channel/channel.h"
#include "prometheus/scheme/delivery.h"
#include "store/store.h"

#define PROM_WATCHES_MAX 4
#define PROM_NODE_MEMORY ((size_t)1 << 32)

/* What a node did, for whoever shows it to people. */
typedef enum prom_report_kind {
    PROM_REPORT_STAGE,     /* the channel's stage changed */
    PROM_REPORT_SENT,      /* a message */
    PROM_REPORT_BROADCAST, /* a transaction */
    PROM_REPORT_WORKING,   /* delivering, or verifying: so many steps of so many are done */
    PROM_REPORT_DELIVERED, /* the client's result */
    PROM_REPORT_CLOSED,    /* with a reason when it failed */
    PROM_REPORT_FAULT,     /* an event was refused, for the reason given */
} prom_report_kind;

typedef struct prom_node prom_node;

typedef struct prom_report {
    prom_report_kind kind;
    const prom_node *node;
    const char *text;  /* message, transaction or reason */
    prom_bytes32 txid; /* broadcast */
    prom_span bytes;   /* delivered, sent, broadcast */
    size_t done;       /* working */
    size_t total;      /* working */
} prom_report;

typedef struct prom_observer {
    void (*report)(void *context, const prom_report *report);
    void *context;
} prom_observer;

/* What a node is given to reach beyond itself. */
typedef struct prom_surroundings {
    void *context;
    prom_rpc *rpc; /* bitcoind's */
    prom_observer observer;
    /* Queues an event for the node itself; what it points to is copied. */
    prom_result (*post)(void *context, const prom_node *node, const prom_event *event, prom_error *error);
    /* Sends a message to whoever has the contract key `to`; nobody: it is lost, as on any network. */
    prom_result (*send)(void *context, const prom_node *from, const prom_bytes32 *to, const prom_message *message,
                        prom_error *error);
} prom_surroundings;

/* One party. Its maker sets `name`, `config`, the keys and the store, and whoever takes it up its surroundings; the
 * rest is the node's own. */
struct prom_node {
    char name[16];
    prom_channel_config config;
    prom_key key;                       /* of its own words */
    prom_key joint_key;                 /* in ALL */
    prom_key seal_key;                  /* V */
    prom_key host_key;                  /* A: of the key generation */
    prom_key coin_keys[PROM_COINS_MAX]; /* tweaked: of the output keys of its coins; A: the first is its offer's */
    prom_store *store;
    size_t memory; /* that delivering and verifying may take; 0: PROM_NODE_MEMORY */

    prom_surroundings around;
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

/* One step of the node's channel, and its actions. Fails only for reasons of our own. */
PROM_MUST_USE prom_result prom_node_take(prom_node *node, const prom_event *event, prom_error *error);

#endif
