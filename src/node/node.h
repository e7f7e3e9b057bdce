/* A node: runs the channels of one owner on one machine, in one role or several. It carries events to channels, writes
 * what they change in one transaction, and does what they want: signs, fetches, computes, publishes.
 *
 *     links ──────┐                        ┌── outbox ──> links
 *     chain ──────┼──> step of a channel ──┤
 *     pool ───────┤    (one transaction)   └── wants ───> signer, pool, links, mempool
 *     clock ──────┘
 *
 * Everything happens in one thread, but for the pool's tasks and the thread that follows the chain. A fault in one
 * channel freezes that channel. */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include <limits.h>

#include "node/job.h"
#include "node/pool.h"
#include "prometheus/bitcoin/address.h"
#include "prometheus/channel/channel.h"
#include "store/record.h"
#include "store/store.h"
#include "wallet/signer.h"
#include "wire/streams.h"

/* What a channel is loaded into takes at most so much: tree and signatures of nine arbiters are most of it. */
#define PROM_NODE_CHANNEL_MEMORY ((size_t)16 << 20)
/* One step, its outputs and its wants. */
#define PROM_NODE_STEP_MEMORY ((size_t)64 << 20)
#define PROM_NODE_CHANNELS_MAX 4096U
/* Steps of one channel that fail one after the other, before it is frozen. */
#define PROM_NODE_FAILURES_MAX 3U

typedef struct prom_node prom_node;

/* What happens, for whoever looks on: a log, or a command that plays a story. */
typedef enum prom_report_kind {
    PROM_REPORT_NOTE,
    PROM_REPORT_ALARM,     /* the owner must know */
    PROM_REPORT_REFUSED,   /* a message, for the reason given */
    PROM_REPORT_STATE,     /* a channel is in another phase of its setup, or its contract in another state */
    PROM_REPORT_SENT,      /* a message: its name */
    PROM_REPORT_PUBLISHED, /* a transaction: name and txid */
    PROM_REPORT_FAULT,     /* of our own: disk, memory, a broken invariant */
    PROM_REPORT_BUSY,      /* a long job "begins", or "ends" */
    PROM_REPORT_MINED,     /* a transaction of a contract, whoever published it: name and txid */
} prom_report_kind;

typedef struct prom_report {
    prom_report_kind kind;
    uint64_t channel; /* 0: the node's own */
    const char *text;
} prom_report;

typedef struct prom_observer {
    void (*report)(void *context, const prom_report *report);
    void *context;
} prom_observer;

/* A want that was begun, and is not begun again while it is under way. */
typedef struct prom_under_way {
    prom_bytes32 what; /* prom_want_name */
    bool seen;         /* it is still wanted */
} prom_under_way;

/* An answer to somebody who asks, which waits to be acknowledged. */
typedef struct prom_waiting_answer {
    uint64_t number;
    uint64_t mark; /* the first bytes of its hash */
} prom_waiting_answer;
/* So many to one: QUESTION is answered with as many messages as a worker has statements, and our own. */
#define PROM_ANSWERS_MAX 16U

/* A message that came too early, or behind one that did. */
typedef struct prom_early {
    uint8_t *body; /* owned */
    size_t length;
    uint64_t number;
    uint32_t generation;
    bool to_node; /* of those that go to our node's key */
    bool lenient; /* it may hold what we do not know */
} prom_early;
/* Of one sender. */
#define PROM_EARLY_MAX 8U

/* Whom a channel of ours talks to, and how far the messages are. */
typedef struct prom_correspondent {
    prom_bytes32 key; /* own-words key; of whom we have not heard yet, of its node */
    prom_outgoing outgoing;
    prom_waiting_answer answers[PROM_ANSWERS_MAX]; /* in memory: after a restart there is room again */
    size_t answer_count;
    prom_incoming incoming;
    prom_incoming to_node; /* the same, of what it sends to our node's key, before it knows our own words; in memory */
    uint64_t link;         /* on which it was heard last; 0: none */
    uint64_t kept;         /* the one link that is kept for it: where it last said something new; 0: none */
    bool acknowledge;      /* it does not know yet how far we are */
    uint64_t progress;     /* acknowledged when we looked last, and when that was */
    int64_t looked;
    uint32_t again_ms;                /* until messages are sent again; doubles */
    prom_early early[PROM_EARLY_MAX]; /* in no order */
    size_t early_count;
    unsigned failures; /* of our own, in taking its next message */
} prom_correspondent;

/* A transaction that a channel wants in a block. */
typedef struct prom_node_publication {
    char name[PROM_TREE_NAME];
    prom_span tx; /* owned */
    prom_amount fee;
    prom_fee_obligation due;
    int64_t wanted_tip; /* best tip since which it is wanted without a pause */
} prom_node_publication;

/* Since when a publication was wanted, kept while the list is made anew. */
typedef struct prom_node_since {
    char name[PROM_TREE_NAME];
    int64_t tip;
} prom_node_since;
#define PROM_NODE_PUBLICATIONS_MAX 4U

/* Parts that are compared by their digests: of the channel, and of each batch. */
#define PROM_DIGESTS ((PROM_PART_ARBITRATION + 1U) * PROM_BATCHES_MAX)

/* One channel as the node holds it. */
typedef struct prom_node_channel {
    prom_store_channel record;
    uint64_t entry; /* which none before it in this process had: its number may be had again */
    prom_arena arena;
    prom_channel *channel;
    prom_bytes32 digests[PROM_DIGESTS]; /* of what is on the disk of each part that is not kept */
    prom_span written[PROM_KEPT_KINDS]; /* the kept ones that are: as long as one lies where it lay, it is the same */
    bool stale;                         /* a step failed: it is loaded again before anything else */
    int64_t unread_since;               /* blocks wait for it to be read, prom_clock_milliseconds; 0: it was read */
    unsigned failures;                  /* of steps, one after the other; and the last one */
    prom_error failure;
    int64_t begun;                  /* when somebody asked for it: prom_clock_milliseconds */
    int64_t over;                   /* when its setup was seen to be over; 0: it is not */
    uint64_t begun_by;              /* the link that it was asked for on; 0: by ourselves, or before a restart */
    bool unverified;                /* its owner was told that we cannot be its verifier */
    bool kept;                      /* over, but for what a client may still ask for (close.c) */
    uint64_t room;                  /* that it was begun for (room.h); 0: before a restart */
    struct prom_kept_nonce *nonces; /* A: secret, of the sessions that sign a decision (frost.c); NULL: none */
    bool wants_due;                 /* facts or surroundings changed since its wants were looked at */
    bool fetch_waits;               /* for a link or for room: its wants are looked at again with the next tick */
    uint32_t fetch_apart;           /* bits of the places that should have what is wanted, and are not linked */
    uint32_t fetch_pause;           /* milliseconds from the last fetch that failed to the next one; 0: none failed */
    int64_t fetch_from;             /* prom_clock_milliseconds: when that is over */
    uint32_t fetch_tip;             /* best tip when it failed */
    prom_key words_key;             /* signs envelopes */
    prom_correspondent *peers;
    size_t peer_count;
    size_t peer_room;
    bool changed; /* since messages that came too early were tried last */
    prom_node_publication publications[PROM_NODE_PUBLICATIONS_MAX];
    prom_node_since since[PROM_NODE_PUBLICATIONS_MAX];
    size_t since_count;
    size_t publication_count;
    prom_under_way *under_way;
    size_t under_way_count;
    size_t under_way_room;
} prom_node_channel;

/* -- Channels (channels.c, steps.c) -- */

/* Adds a channel of ours, with what `facts` gives (prom_channel_new), and writes it; with a coin for the fees of a
 * contract of these terms, where it names its own coins at once (prom_node_takes_coin). */
PROM_MUST_USE prom_result prom_node_add_channel(prom_node *node, prom_node_channel **added, const char *name,
                                                prom_facts *facts, const prom_terms *terms, prom_error *error);
/* Lists all channels of the store that are not closed, and loads them. Of one that cannot be loaded the owner is told;
 * the others do without it. */
PROM_MUST_USE prom_result prom_node_load_channels(prom_node *node, prom_error *error);
void prom_node_drop_channels(prom_node *node);

/* What became of an event. */
typedef struct prom_node_step {
    prom_reception reception;
    bool failed; /* by a fault of our own, in this channel alone; nothing changed */
    prom_error reason;
} prom_node_step;

/* Takes an event for a channel, inside the open transaction: facts, outbox and what is to be remembered are written.
 * The result is a failure only where the store failed: then the transaction is over, and every channel that took part
 * in it is stale. */
PROM_MUST_USE prom_result prom_node_take(prom_node *node, prom_node_channel *channel, prom_node_step *step,
                                         const prom_event *event, prom_error *error);
/* The same in a transaction of its own. */
PROM_MUST_USE prom_result prom_node_take_alone(prom_node *node, prom_node_channel *channel, prom_node_step *step,
                                               const prom_event *event, prom_error *error);
/* Loads the channel again from the disk where it is stale; freezes it where that happens too often. */
PROM_MUST_USE prom_result prom_node_refresh(prom_node *node, prom_node_channel *channel, prom_error *error);

/* -- The node -- */

/* What a node is for others, and for its owner: a set of these. In one contract it is one of them alone, but that a
 * client may be its own verifier (roles.c). */
#define PROM_ROLE_BIT(role) (1U << (unsigned)(role))
#define PROM_ROLES_ALL (PROM_ROLE_BIT(PROM_ROLES) - 1)
/* Those that a client asks for, pays, and has stake. */
#define PROM_ROLES_PAID (PROM_ROLE_BIT(PROM_ROLE_WORKER) | PROM_ROLE_BIT(PROM_ROLE_VERIFIER))

/* What the owner wants of one role, beside what holds for all. */
typedef struct prom_node_policy {
    uint32_t channels_max;  /* open ones in this role beyond which none is begun; 0: no limit of its own */
    uint64_t disk_max;      /* bytes that they may have on the disk (room.h); 0: no limit of its own */
    prom_amount reward_min; /* W, V: of the own share; where the config's is more, that */
} prom_node_policy;

typedef struct prom_node_options {
    const char *folder; /* made when missing; of this node alone */
    const prom_chain_parameters *network;
    const char *rpc_url;
    const char *cookie_file;
    int64_t poll_milliseconds;    /* from one look at bitcoind to the next */
    int64_t mempool_milliseconds; /* and at its mempool; 0: never */
    prom_seed seed;
    unsigned roles;                        /* of PROM_ROLE_BIT: those that are switched on */
    prom_node_policy policies[PROM_ROLES]; /* of each */
    prom_channel_config config;            /* its announcement is not looked at */
    unsigned threads;                      /* of long work */
    uint32_t channels_max;                 /* open ones beyond which none is begun; 0: PROM_NODE_CHANNELS_MAX */
    uint64_t disk_max;                     /* bytes that all of them may have on the disk; 0: no limit */
    prom_observer observer;
    const prom_runner *runner; /* of programs that are modules; outlives the node. NULL: it takes none */
    prom_falsification falsify;
    const prom_announcement *announced; /* offers that it is told of; copied */
    size_t announced_count;
    const prom_announcement *offers; /* A: of its own, beside those that it has made itself; copied */
    size_t offer_count;
    const char *result;         /* C: the file that results go to; NULL: beside the bodies */
    const char *backup;         /* the file that is kept for the day when the disk is lost; NULL: none */
    const prom_address *listen; /* where it listens, PROM_NET_LISTENERS_MAX at most; none: at config.address */
    size_t listen_count;
    prom_address proxy;       /* SOCKS5, for all links; of length 0: none */
    prom_address onion_proxy; /* for onion addresses, where it is another one */
    bool links_anywhere;      /* what others say where they listen may lead into private networks, to paths, to names */
} prom_node_options;

/* Opens the node: its store, its channels, links and chain. `node` is NULL after a failure. */
PROM_MUST_USE prom_result prom_node_open(prom_node **node, const prom_node_options *options, prom_error *error);
/* Closes it; what runs is stopped, what is on disk goes on with the next start. NULL is fine. */
void prom_node_close(prom_node *node);
/* Returns whether the node has caught up with the chain, and so can begin contracts. */
bool prom_node_is_ready(const prom_node *node);
/* PROM_CATEGORY_BAD_INPUT, with what it waits for, when it is not. */
PROM_MUST_USE prom_result prom_node_check_ready(const prom_node *node, prom_error *error);
/* Returns the height of the best tip, as far as blocks have been processed. */
uint32_t prom_node_tip(const prom_node *node);
/* Whether something is under way: transactions to bitcoind, or bodies to us. */
bool prom_node_is_at_work(const prom_node *node);
/* Returns whether something is on its way to the node at that address, or from there: a message that it has not
 * acknowledged, or a body that it should have, while there is no link to it. */
bool prom_node_waits_for(const prom_node *node, const prom_address *address);
size_t prom_node_channel_count(const prom_node *node);
/* Waits a moment for something to happen, and does what follows from it. */
void prom_node_turn(prom_node *node);

/* A contract that the owner wants. */
typedef struct prom_node_proposal {
    const char *name;        /* of the channel, none has another's */
    prom_propose_event what; /* terms, and the nodes of W and V */
    const char *program;     /* files */
    const char *input;
    bool checked; /* they are what the terms name, and nobody ever writes into them: no second copy is made */
} prom_node_proposal;

/* Begins a contract, or goes on beginning the one of that name, which may be over by now: for whoever is a client; the
 * parties' nodes are asked first, and our own is where its key is V's: then the client is its own verifier, with coins
 * of its own for both parts, whether or not it is a verifier for others. PROM_CATEGORY_BAD_INPUT says what stands
 * against it. */
PROM_MUST_USE prom_result prom_node_propose(prom_node *node, const prom_node_proposal *proposal, uint64_t *channel,
                                            prom_error *error);

/* -- Money (address.c) -- */

/* Addresses that nobody has paid to yet, in a row: a wallet that is made anew of the words looks no further (BIP 44).
 */
#define PROM_NODE_ADDRESSES_MAX 20U

/* Gives an address that was never given before; that it was is on the disk before it is told. PROM_CATEGORY_BAD_INPUT
 * when the node has not read all blocks, which may have paid to it, or when so many were given that nobody has paid to.
 */
PROM_MUST_USE prom_result prom_node_new_address(prom_node *node, char address[PROM_ADDRESS_TEXT], prom_error *error);

/* Names a want: two that ask for the same have one name. */
void prom_want_name(prom_bytes32 *name, const prom_want *want);

#endif
