/* Discovery on a node that runs (docs/discovery.md): whom it knows for a P and a role, from where, and whether they
 * were reached; what it tells others of itself; and what it asks them. A guest of the node: links, hellos and blocks
 * come from there. Nothing about money depends on it. One thread, the node's.
 *
 *   configuration ──> static peers ──┐                      ┌──> links that are kept, so that pointers spread
 *   peers' answers ──> directory ────┼── prom_contacts_list ┴──> whoever asks for quotes
 *   prom-dht ────────────────────────┘
 *
 * Whom it knows is kept in the node's folder over restarts, in PROM_CONTACTS_FILE. */
#ifndef CONTACTS_CONTACTS_H
#define CONTACTS_CONTACTS_H

#include "discovery/dht.h"
#include "discovery/directory.h"
#include "listing/listing.h"
#include "market/policy.h"
#include "node/node.h"

#define PROM_CONTACTS_FILE "contacts"
/* Nodes that the owner names. */
#define PROM_CONTACTS_PEERS_MAX 16U
/* P for which a node tells others that it is there, in one role. */
#define PROM_CONTACTS_SERVED_MAX 8U

typedef struct prom_contacts prom_contacts;

/* A node that the owner names: it is linked to at the start and asked as a peer, whatever becomes of it. */
typedef struct prom_contacts_peer {
    prom_bytes32 node;
    prom_address address;
} prom_contacts_peer;

typedef struct prom_contacts_options {
    prom_node *node;    /* stays open as long as there are contacts, or is closed without another turn */
    const char *folder; /* the node's */
    prom_bytes32 genesis;
    bool local; /* addresses of this machine and of private networks may be meant: on regtest */
    bool quiet; /* nobody is asked, answered or told of us: there are peers that are named, and no others */
    const prom_contacts_peer *peers; /* copied; PROM_CONTACTS_PEERS_MAX at most */
    size_t peer_count;
    const prom_dht_options *dht; /* copied; NULL: without prom-dht */
    prom_address told;           /* where others reach us; of length 0: nowhere, and no pointer tells of us */
    /* W, V: what is told of ourselves in each role that is on: prices, capacity, and P, which are copied,
     * PROM_LISTING_CONTRACTS_MAX at most. */
    prom_policy policies[PROM_ROLES];
    bool arbiter; /* our offers are told of */
    prom_observer observer;
} prom_contacts_options;

/* Makes the contacts of a node, as its guest, with what was known before the last end. A file that is none is set
 * aside, and the owner told. PROM_CATEGORY_MISUSE when the node has no room for a guest, or too many peers are named;
 * PROM_CATEGORY_BAD_INPUT when a bootstrap host of the DHT can be none; PROM_CATEGORY_IO, PROM_CATEGORY_MEMORY. */
PROM_MUST_USE prom_result prom_contacts_open(prom_contacts **contacts, const prom_contacts_options *options,
                                             prom_error *error);
/* Writes down whom it knows, and ends prom-dht. NULL is fine. The node has no turn after it. */
void prom_contacts_close(prom_contacts *contacts);

/* Takes what the owner asks for from now on: prices, capacity, P. */
void prom_contacts_set_policies(prom_contacts *contacts, const prom_policy policies[PROM_ROLES]);

/* -- Looking for somebody -- */

typedef struct prom_contact {
    prom_bytes32 node;
    prom_address address; /* length 0: it has opened a link to us */
    bool reached;         /* a link to it is up, or was */
} prom_contact;

/* Says that nodes of this role for this P are looked for, from now until prom_contacts_forget, which is called as
 * often: peers and prom-dht are asked; and arbiters' nodes for their announcements, which the node then knows. Where
 * more is looked for than PROM_DIRECTORY_SHELVES_MAX, or for what is not listed, the owner is told, and static peers
 * are all that there is. */
void prom_contacts_want(prom_contacts *contacts, const prom_bytes32 *p_txid, prom_role role);
/* Says that nobody is looked for any more; what is known stays until its place is needed. */
void prom_contacts_forget(prom_contacts *contacts, const prom_bytes32 *p_txid, prom_role role);
/* Lists whom it knows, best first: static peers, whose roles are not known; who has said over a link that
 * it takes this role, those to whom we opened it first; who was reached; who was heard of; the latter drawn by chance,
 * and groups of addresses by turns (prom_directory_pick). Who opened a link to us has no more than half of what named
 * ones and links of ours leave, unless places are left. Nobody stands there twice, nor we. Returns how many. */
size_t prom_contacts_list(prom_contacts *contacts, prom_contact *list, size_t max, const prom_bytes32 *p_txid,
                          prom_role role);

/* The same for an owner who looks on, and forgets it by itself after so many milliseconds; at least as long where it is
 * said again. */
void prom_contacts_look_for(prom_contacts *contacts, const prom_bytes32 *p_txid, prom_role role, int64_t milliseconds);

/* -- For the owner (tell.c) -- */

/* From where somebody is known. */
typedef enum prom_contact_origin {
    PROM_CONTACT_NAMED,   /* the configuration */
    PROM_CONTACT_SAID,    /* himself, over a link that is up */
    PROM_CONTACT_REACHED, /* whoever told: a link came up at its address */
    PROM_CONTACT_DHT,
    PROM_CONTACT_PEERS,
    PROM_CONTACT_ORIGINS,
} prom_contact_origin;

typedef struct prom_contact_told {
    prom_bytes32 node;
    prom_address address; /* length 0: not known */
    prom_contact_origin from;
    bool reached;
    bool linked;                /* now */
    const prom_bytes32 *p_txid; /* NULL: its role is not known */
    prom_role role;
    uint32_t heard_at; /* heights; 0: never, or not known */
    uint32_t reached_at;
    uint32_t expires_at;
} prom_contact_told;
/* Tells of all whom it knows, until `visit` returns false. */
void prom_contacts_tell_each(prom_contacts *contacts, bool (*visit)(void *context, const prom_contact_told *contact),
                             void *context);

/* What is looked for, or was, and what is known for it. */
typedef struct prom_topic_told {
    prom_bytes32 p_txid;
    prom_role role;
    bool wanted; /* looked for now */
    bool served; /* we take the role ourselves */
    prom_directory_counts counts;
    size_t announced; /* arbiters' offers that were heard of */
} prom_topic_told;
void prom_contacts_tell_topics(prom_contacts *contacts, void (*visit)(void *context, const prom_topic_told *topic),
                               void *context);

/* How it is. */
typedef struct prom_contacts_told {
    bool quiet;
    bool has_dht;
    prom_dht_status dht;
} prom_contacts_told;
prom_contacts_told prom_contacts_tell_state(const prom_contacts *contacts);

#endif
