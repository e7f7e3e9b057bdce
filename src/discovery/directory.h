/* The directory: pointers that were heard, by P and role, in bounded memory. Pure: the block height and randomness come
 * in, nothing is sent.
 *
 * Keys and signatures cost nothing, nor does a pointer to an address that is not one's own. So what was heard stands in
 * other places than what was reached, and each source has places of its own:
 *
 *   heard, by the DHT      16 buckets of 16, by the group of the pointer's address
 *   heard, by peers        16 buckets of 16; all peers of one group fill 4 of them at most
 *   reached                256: a link came up, under that key; one group of addresses holds 32 at most, and where all
 *                          are taken the largest group makes room
 *   our own                8
 *
 * A bucket that is full takes nothing more, until one of its pointers expires, fails, or is old and nobody tried it:
 * who came first stays. One node has one pointer for a P and a role. */
#ifndef DISCOVERY_DIRECTORY_H
#define DISCOVERY_DIRECTORY_H

#include "listing/pointer.h"

/* (P, role) that one directory follows; each takes some 350 kB. */
#define PROM_DIRECTORY_SHELVES_MAX 32U
#define PROM_DIRECTORY_OWN_MAX 8U
#define PROM_DIRECTORY_REACHED_MAX 256U
#define PROM_DIRECTORY_BUCKET_MAX 16U
#define PROM_DIRECTORY_HEARD_MAX 512U
/* Of what was reached, so many of one group of addresses; and buckets that all peers of one group may fill. */
#define PROM_DIRECTORY_GROUP_MAX 32U
#define PROM_DIRECTORY_SPREAD_MAX 4U
/* Failures in a row by which a pointer goes: of one that was reached before, and of another. */
#define PROM_DIRECTORY_FAILURES_MAX 5U
#define PROM_DIRECTORY_TRIES_MAX 2U
/* Blocks after which a pointer that nobody tried makes room for another one. */
#define PROM_DIRECTORY_UNTRIED_MAX 72U

typedef struct prom_directory prom_directory;

typedef struct prom_directory_options {
    prom_bytes32 genesis; /* of the chain */
    prom_bytes32 salt;    /* random, secret: nobody else knows which bucket is whose */
    bool local;           /* addresses of this machine and of private networks are taken, too: for regtest */
    const prom_curve *curve;
} prom_directory_options;

/* Who told us. */
typedef enum prom_source_kind {
    PROM_SOURCE_OWN, /* ourselves */
    PROM_SOURCE_DHT,
    PROM_SOURCE_PEER,
} prom_source_kind;

typedef struct prom_source {
    prom_source_kind kind;
    prom_span address; /* of a peer: where its link comes from */
} prom_source;

typedef enum prom_taken {
    PROM_TAKEN_NEW,     /* it stands in the directory */
    PROM_TAKEN_NEWER,   /* likewise, in place of an older one of its node */
    PROM_TAKEN_KNOWN,   /* this one, or a newer one, is there already */
    PROM_TAKEN_NO_ROOM, /* passed over */
    PROM_TAKEN_NO_USE,  /* of a P that is not followed, expired, of another chain, of an address that cannot be meant */
    PROM_TAKEN_REFUSED, /* no pointer, or one that is not signed: its source's fault, where the source must have looked
                         */
} prom_taken;

/* Makes an empty directory in the arena, which takes its memory for as long as it is used. */
PROM_MUST_USE prom_result prom_directory_new(prom_arena *arena, prom_directory **directory,
                                             const prom_directory_options *options, prom_error *error);

/* Follows nodes with this role in contracts on this P, from now on; twice is fine. PROM_CATEGORY_MISUSE when the role
 * is not listed, or PROM_DIRECTORY_SHELVES_MAX are followed. */
PROM_MUST_USE prom_result prom_directory_follow(prom_directory *directory, const prom_bytes32 *p_txid, prom_role role,
                                                prom_error *error);
/* Follows them no more, and forgets whom it knew: its place is another's. */
void prom_directory_forget(prom_directory *directory, const prom_bytes32 *p_txid, prom_role role);
/* Returns how many are followed; writes the one of that number, in the order in which they were, to its pointers. */
size_t prom_directory_followed(const prom_directory *directory);
void prom_directory_followed_at(const prom_directory *directory, size_t number, prom_bytes32 *p_txid, prom_role *role);

/* Takes a pointer's bytes. Costs no check of a signature where it would not be kept anyway. */
prom_taken prom_directory_take(prom_directory *directory, prom_span bytes, const prom_source *source, uint32_t height);

/* Notes that a link to the node came up, under its key, at this address. */
void prom_directory_reached(prom_directory *directory, const prom_bytes32 *node, prom_span address, uint32_t height);
/* Notes that it was tried and did not answer, or under another key. Not to be called while we have no link at all: the
 * fault is then ours. */
void prom_directory_failed(prom_directory *directory, const prom_bytes32 *node);
/* Forgets our own pointer for this P and role: we are not there any more. */
void prom_directory_withdraw(prom_directory *directory, const prom_bytes32 *p_txid, prom_role role);
/* Forgets what has expired at this height. */
void prom_directory_expire(prom_directory *directory, uint32_t height);

/* One that is given out; spans point into the directory, until it changes. */
typedef struct prom_directory_entry {
    prom_span bytes;
    prom_pointer pointer;
    bool own;
    bool reached;
    prom_source_kind source; /* who told of it; of one that was reached: nobody knows any more */
    uint32_t heard_at;       /* heights */
    uint32_t reached_at;     /* 0: never */
} prom_directory_entry;

/* Writes at most `most` entries, in an order that `random` makes: reached ones before others, and of each as many
 * groups of addresses as there are before any group comes twice. Returns how many. */
size_t prom_directory_pick(const prom_directory *directory, const prom_bytes32 *p_txid, prom_role role,
                           const prom_bytes32 *random, prom_directory_entry *entries, size_t most);

/* How many there are. */
typedef struct prom_directory_counts {
    size_t own;
    size_t reached;
    size_t heard_dht;
    size_t heard_peers;
} prom_directory_counts;
prom_directory_counts prom_directory_count(const prom_directory *directory, const prom_bytes32 *p_txid, prom_role role);

/* -- On disk (directory_store.c) -- */

/* Writes what was heard and reached, for the next start. */
PROM_MUST_USE prom_result prom_directory_write(prom_arena *arena, prom_span *bytes, const prom_directory *directory,
                                               prom_error *error);
/* Takes it again, as far as its P are followed, it has not expired, and its signatures hold. PROM_CATEGORY_BAD_INPUT
 * when it is no directory; what was taken before the fault stays. */
PROM_MUST_USE prom_result prom_directory_read(prom_directory *directory, prom_span bytes, uint32_t height,
                                              prom_error *error);

#endif
