/* Who stands above a node and has a part of its links and of its turns: discovery, the market. They find and choose
 * with whom a contract is made; what becomes of a contract is not theirs, so a fault in one of them costs no money that
 * is in one. All calls come from prom_node_turn, in its thread. */
#ifndef NODE_GUEST_H
#define NODE_GUEST_H

#include "market/work.h"
#include "net/net.h"
#include "node/node.h"

typedef struct prom_node_guest {
    void *context;
    uint64_t features; /* that the node's hello says are here, for this guest */
    /* A link is up, to a node that is proven; and one of these is gone. NULL: it does not want to know. */
    void (*up)(void *context, uint64_t link, const prom_hello *hello);
    void (*down)(void *context, uint64_t link);
    /* An address that was asked for, and the node that must be there (NULL: anybody), is not reached: told once for
     * each reason in a row. */
    void (*unreached)(void *context, const prom_address *address, const prom_bytes32 *node);
    /* A packet of PROM_PACKET_GET_POINTERS and later; each guest is shown all. It lives until this returns. */
    void (*packet)(void *context, uint64_t link, const prom_packet *packet);
    /* Returns what it has on the disk, in bytes: it counts as the client's. NULL: nothing. */
    uint64_t (*bytes)(void *context);
    /* At the end of each turn of a node that knows all blocks that its channels have seen. */
    void (*turn)(void *context);
} prom_node_guest;
#define PROM_NODE_GUESTS_MAX 8U

/* Takes a guest in, for as long as the node is open. PROM_CATEGORY_MISUSE when there is no room. */
PROM_MUST_USE prom_result prom_node_add_guest(prom_node *node, const prom_node_guest *guest, prom_error *error);
/* Returns the node's links, for its guests: whom to talk to, and prom_net_put. Contracts' links are the node's own. */
prom_net *prom_node_net(prom_node *node);
/* Returns what signatures of others are checked with, for as long as the node is open. */
const prom_curve *prom_node_curve(const prom_node *node);
/* Returns the node's identity. */
const prom_bytes32 *prom_node_key(const prom_node *node);
/* Returns its roles, bits of PROM_ROLE_BIT; and what its owner allows now. */
unsigned prom_node_roles(const prom_node *node);
const prom_channel_config *prom_node_config(const prom_node *node);
/* Returns who runs programs that are modules; NULL: this node takes none. */
const prom_runner *prom_node_runner(const prom_node *node);
/* Announcements of others' offers that a node keeps, of all P and of one; each takes some 500 bytes. */
#define PROM_NODE_HEARD_MAX 16384U
#define PROM_NODE_HEARD_OF_ONE_MAX 1024U
/* Takes an announcement of somebody's offer that a guest has heard of, so that a draw can ask him; of several of one
 * offer the first one heard stays, also where the owner named it. `fresh`: it was not known. Those
 * whose offers are spent make room. Kept in memory only. PROM_CATEGORY_PEER, with the reason, when no offer stands on
 * the chain that it could be of, that offer's key has not signed it, or there are as many as there may be;
 * PROM_CATEGORY_MEMORY. */
PROM_MUST_USE prom_result prom_node_hear(prom_node *node, const prom_announcement *announcement, bool *fresh,
                                         prom_error *error);
/* Returns the one of that number, from 0 on; NULL: there are no more. It lives until the next is taken. */
const prom_announcement *prom_node_heard_at(const prom_node *node, size_t number);
/* Forgets what was heard for this P. */
void prom_node_unhear(prom_node *node, const prom_bytes32 *p_txid);
/* Signs a hash as the node, whose key is its identity: for what it says of itself before there is a contract. The hash
 * must be a tagged one of a kind that only guests sign. */
PROM_MUST_USE prom_result prom_node_sign_as_itself(const prom_node *node, prom_signature *signature,
                                                   const prom_bytes32 *hash, prom_error *error);

/* -- Who judges jobs of others -- */

/* A contract that we are asked to be worker or verifier in. */
typedef struct prom_node_asked {
    prom_role role;
    const prom_bytes32 *peer; /* the client's node */
    const prom_terms *terms;  /* base terms */
    bool own;                 /* we are that client, and to be our own verifier */
    uint32_t work_ahead;      /* jobs that may have to be done before */
} prom_node_asked;

/* Who knows what the owner takes, for how much, and what the machine can do: asked before the node takes part in a
 * contract of somebody else's. Each succeeds, or says why not: in a job's case the client is told so. */
typedef struct prom_node_judge {
    void *context;
    /* Before anything is begun; `why` not is what who asks is told, of code 0: nothing. */
    prom_result (*begin)(void *context, const prom_node_asked *asked, prom_quote_reason *why, prom_error *error);
    /* Once program and input are here, before our part is given. */
    prom_result (*job)(void *context, const prom_node_asked *asked, const prom_work *work, prom_error *error);
} prom_node_judge;

/* Takes the judge of this node, which it has one of. Without one, and until there is one, the node takes what suits its
 * config alone: with one it leaves to it how long work takes, and how much memory, which it knows better. */
void prom_node_set_judge(prom_node *node, const prom_node_judge *judge);

#endif
