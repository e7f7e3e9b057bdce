/* What the files of this room share: the node itself. */
#ifndef NODE_STATE_H
#define NODE_STATE_H

#include "chain/broadcast.h"
#include "chain/health.h"
#include "chain/rpc.h"
#include "chain/watcher_thread.h"
#include "net/net.h"
#include "node/fold.h"
#include "node/guest.h"
#include "node/node.h"
#include "prometheus/contract/index.h"

/* A hash that no other contract may have, and whose it is. */
struct seen_hash {
    prom_bytes32 hash;
    uint64_t channel;
};

/* A list that grows. */
struct seen_hashes {
    struct seen_hash *items;
    size_t count;
    size_t room;
};

/* Something to be signed in this turn. */
typedef struct prom_to_sign {
    prom_node_channel *channel;
    uint16_t batch;
    prom_want_sign want;
    prom_decision_session session; /* a copy of the want's, which is gone when it is signed */
    prom_bytes32 name;             /* of the want */
} prom_to_sign;
#define PROM_TO_SIGN_MAX 256U

/* A secret nonce that waits for its share: in memory alone, and used once. */
typedef struct prom_kept_nonce {
    prom_bytes32 public_hash; /* SHA-256 of the public nonce; zeros: nothing is here */
    prom_frost_secret_nonce secret;
} prom_kept_nonce;

/* An announcement that a guest has heard of. */
typedef struct prom_heard_offer {
    prom_announcement announcement; /* its address is the one below */
    uint8_t address[PROM_ADDRESS_MAX];
} prom_heard_offer;

/* A coin that is kept for a channel's fees. What a child of it pays back is the same coin (reserve.c). */
typedef struct prom_reserved_coin {
    prom_outpoint outpoint;
    uint64_t channel;
} prom_reserved_coin;

/* A setup that was given up after its draw, as the store has it; its partners' coins are followed anew with every
 * start. */
typedef struct prom_kept_draw {
    prom_arena arena;
    prom_bytes32 id;   /* of its setup */
    uint32_t snapshot; /* none of the partners' coins was spent up to this height */
    bool followed;     /* through all blocks since (behind.c) */
} prom_kept_draw;

/* Who follows a chain, and what of it could not be taken yet. */
typedef struct prom_follower {
    prom_watcher_thread *thread; /* NULL: it follows nothing */
    bool waiting;                /* `event` could not be taken yet */
    prom_watcher_event event;
    uint32_t left; /* blocks of the chain that are not taken yet, as far as is known */
    int64_t told;  /* when the owner was told of them last */
} prom_follower;

/* Setups that a worker or verifier was asked for, and that came to no contract: in all, and on one link; as many that
 * an arbiter was invited to; setups that we say no to. Where there is no room those that nothing was proposed in, or
 * that have ended, make it soon (close.c). */
#define PROM_ASKED_MAX 16U
#define PROM_ASKED_BY_ONE_MAX 4U
#define PROM_DECLINED_MAX 4U

/* Setups of a worker or verifier that came to nothing after it had given its part, of those that began in the last so
 * many blocks: their numbers are not had again, so there are not more. Beyond, so many are left to clients that have a
 * contract with us in a block. */
#define PROM_VAIN_MAX 256U
#define PROM_VAIN_OF_CUSTOMERS 256U
#define PROM_VAIN_BLOCKS 144U

/* Bytes of messages that came too early, of all peers together. */
#define PROM_EARLY_BYTES_MAX ((size_t)4 << 20)

/* Memory that is left for defending open contracts: for what steps take, and for each channel. */
#define PROM_NODE_MEMORY_SPARE ((uint64_t)2 * PROM_NODE_STEP_MEMORY)
#define PROM_NODE_MEMORY_OF_CHANNEL ((uint64_t)256 << 10)

/* A body on its way. */
typedef struct prom_node_fetch {
    uint64_t channel;
    prom_bytes32 client; /* by which others name the channel */
    uint16_t batch;
    prom_want_fetch want;
    prom_bytes32 name; /* of the want */
} prom_node_fetch;
#define PROM_NODE_FETCHES_MAX 64U

/* A node that sent something else in place of a body. */
typedef struct prom_node_liar {
    prom_bytes32 node;
    prom_bytes32 hash;
} prom_node_liar;
#define PROM_NODE_LIARS_MAX 256U

/* A contract of ours whose worker and verifier are being asked for. A restart forgets it: its channel is on the disk,
 * and whoever wished for it proposes it again. */
#define PROM_PARTIES_ASKED (1U << PROM_PARTY_W | 1U << PROM_PARTY_V) /* as bits */
typedef struct prom_pending {
    uint64_t channel;        /* 0: none, this place is free */
    prom_propose_event what; /* its peers are the keys of nodes */
    prom_terms terms;
    uint8_t base[PROM_BEGIN_TERMS_MAX]; /* the terms' bytes */
    size_t base_length;
    char program[PATH_MAX];
    char input[PATH_MAX];
    bool checked;                             /* as of prom_node_proposal */
    unsigned answered;                        /* bits of parties that take part */
    prom_quote_reason declined[PROM_PARTIES]; /* why not, of those that take no part; of code 0: the others */
    prom_bytes32 words[PROM_PARTIES];
    int64_t asked;                /* last */
    int64_t since;                /* when they were asked first */
    int64_t linked[PROM_PARTIES]; /* since when there is a link to each of them, or was; 0: never yet */
} prom_pending;
/* So many at a time: one that nobody answers holds up no other, and a job of many parts waits for the slowest alone. */
#define PROM_PENDING_MAX 8U

struct prom_node {
    char folder[PATH_MAX];
    prom_observer observer;
    prom_arena arena; /* of what lives as long as the node */
    prom_curve *curve;
    prom_store *store;
    prom_wallet wallet;
    prom_wallet_signer signer;
    prom_key key; /* the node's own: its identity */
    prom_channel_config config;
    unsigned roles; /* of PROM_ROLE_BIT */
    prom_node_policy policies[PROM_ROLES];

    prom_fold *fold;   /* of the blocks that channels have taken */
    prom_fold *behind; /* of all blocks, and on its way, where `fold` lacks old ones (behind.c); else NULL */
    uint32_t kept;     /* up to this height the disk has the fold of all blocks (fold.c) */
    bool keeps_none;   /* the disk's is damaged, and left alone */
    uint32_t own_tip;
    uint32_t best_tip;
    prom_fee_estimates estimates; /* as of the last round of publications */
    prom_chain_health health;
    double started; /* of prom_clock_seconds */
    bool caught_up; /* since the start: the fold knows all blocks that the channels have seen */
    bool connected; /* since the start: a block was */
    bool lost;      /* bitcoind knows no block of ours: all is folded anew */

    prom_node_channel *channels[PROM_NODE_CHANNELS_MAX];
    size_t channel_count;
    struct seen_hashes seen;
    prom_announcement *told; /* announcements that we were told of */
    size_t told_count;
    prom_heard_offer *heard; /* and that guests have heard of */
    size_t heard_count;
    size_t heard_room;
    prom_announcement *announced; /* those of offers that are on the chain, unspent (offers.c) */
    size_t announced_count;
    size_t announced_room;
    prom_announcement *offers; /* A: our own, as far as we know, spent ones too (offers.c) */
    size_t offer_count;
    size_t offer_room;
    prom_aborted_draw *aborted; /* oldest first (draws.c) */
    prom_kept_draw *kept_draws; /* what belongs to each */
    size_t aborted_count;
    size_t aborted_room;
    struct prom_node_payment *payments; /* that are signed, and not over (payments.c) */
    size_t payment_count;
    bool payment_unread; /* the store has others, which cannot be read */
    prom_reserved_coin *reserved;
    size_t reserved_count;
    size_t reserved_room;
    uint32_t channels_max;
    uint64_t entries;      /* that channels have had */
    uint64_t memory_spare; /* bytes that the machine must have left before a contract is begun (begin.c) */
    uint64_t disk_max;     /* bytes that bodies of all contracts may have; 0: no limit */
    uint64_t disk_free;    /* bytes that the disk had, and the bodies on it, when it was looked at last (room.c) */
    uint64_t body_bytes;
    bool disk_short;       /* the last write failed: nothing new is begun before there is room (disk.c) */
    char backup[PATH_MAX]; /* empty: none (backup.c) */
    prom_bytes32 backup_key;
    bool backup_due;
    bool backup_fails;   /* the last one could not be written */
    int64_t backup_next; /* not before then */
    size_t early_bytes;
    const prom_runner *runner; /* of modules; NULL: it takes none */
    prom_falsification falsify;
    char result[PATH_MAX]; /* C: where results go to; empty: beside the bodies */

    prom_coins_used used; /* keys that were given away, or paid to */
    prom_pool *pool;
    const prom_chain_parameters *network;
    char rpc_url[PATH_MAX];
    char cookie_file[PATH_MAX];
    int64_t poll_milliseconds;
    int64_t mempool_milliseconds;
    struct prom_node_mempool *mempool; /* what comes into it (incoming.c); NULL: nobody has looked */
    prom_follower follower;            /* of the best chain */
    prom_follower reader;              /* of old blocks (behind.c) */
    bool read_due;                     /* there are others to be read than those under way */
    uint32_t read;                     /* the last block that was read, and its hash */
    prom_bytes32 read_hash;
    int64_t ticked;
    prom_net *net;
    prom_node_guest guests[PROM_NODE_GUESTS_MAX];
    size_t guest_count;
    prom_node_judge judge; /* its functions are NULL where there is none */
    prom_pending pending[PROM_PENDING_MAX];
    prom_node_fetch fetches[PROM_NODE_FETCHES_MAX];
    size_t fetch_count;
    unsigned fetch_turn;                       /* whose turn it is to be asked first */
    prom_node_liar liars[PROM_NODE_LIARS_MAX]; /* the last ones; zeros: none */
    size_t liar_turn;                          /* whose place is the next one's */
    uint32_t generation;                       /* of our database, as envelopes have it */
    bool publishing;                           /* a round of publications is under way in the watcher's thread */
    bool publications_due;
    uint32_t published_tip;          /* best tip of the last round */
    int64_t published;               /* when the last round was over: prom_clock_milliseconds */
    struct prom_job_task *ended;     /* a job whose end could not be written yet */
    struct prom_job_task *under_way; /* those in the pool, in a list */
    prom_to_sign to_sign[PROM_TO_SIGN_MAX];
    size_t to_sign_count;
};

/* Makes a node that follows no chain yet: all of prom_node_open but the last. */
PROM_MUST_USE prom_result prom_node_make(prom_node **node, const prom_node_options *options, prom_error *error);

/* -- Guests (guest.c) -- */

void prom_node_guests_up(prom_node *node, uint64_t link, const prom_hello *hello);
void prom_node_guests_down(prom_node *node, uint64_t link);
void prom_node_guests_unreached(prom_node *node, const prom_address *address, const prom_bytes32 *key);
void prom_node_guests_take(void *context, uint64_t link, const prom_packet *packet);
void prom_node_guests_turn(prom_node *node);
/* Whether a judge is asked about jobs in that role. */
bool prom_node_is_judged(const prom_node *node, prom_role role);
/* Asks the judge, where there is one, about who asks on that link for a party of ours. */
PROM_MUST_USE prom_result prom_node_judge_begin(prom_node *node, uint64_t link, prom_role role, const prom_terms *terms,
                                                prom_quote_reason *why, prom_error *error);
/* Asks it about the job of a channel, which has room on the disk. */
PROM_MUST_USE prom_result prom_node_judge_job(prom_node *node, const prom_node_channel *channel, const prom_work *work,
                                              prom_error *error);

/* -- The chain (follow.c) -- */

/* Starts to follow it, from the last block of the fold on. */
PROM_MUST_USE prom_result prom_node_follow(prom_node *node, prom_error *error);
/* Does what the chain tells. Returns whether there was anything. */
bool prom_node_take_from_chain(prom_node *node);
/* Returns whether channels may act: the fold knows all blocks that they have seen. */
bool prom_node_has_caught_up(prom_node *node);
/* Folds and follows the chain anew, from the network's first block on. */
PROM_MUST_USE prom_result prom_node_follow_anew(prom_node *node, prom_error *error);
/* Starts to follow it after the block at `height`, of which the fold, which may be NULL, knows the hash. */
PROM_MUST_USE prom_result prom_node_start_follower(const prom_node *node, prom_follower *follower,
                                                   const prom_fold *fold, uint32_t height, prom_error *error);
void prom_node_end_follower(prom_follower *follower);
/* Returns what is told next, which stays the next until it is taken; NULL: nothing. */
const prom_watcher_event *prom_node_next_told(prom_follower *follower);
void prom_node_taken(prom_follower *follower);
/* Notes how far the follower is from the end of the chain, and tells the owner now and then. */
void prom_node_note_left(const prom_node *node, prom_follower *follower, const prom_watcher_block *told,
                         const char *what);

/* -- What is behind (behind.c) -- */

/* Takes a few old blocks, where some are to be read. */
void prom_node_read_behind(prom_node *node);
/* Takes one, or what else their follower tells; ends it where these are all that channels have taken. */
PROM_MUST_USE prom_result prom_node_take_old(prom_node *node, const prom_watcher_event *event, prom_error *error);
void prom_node_end_reading(prom_node *node);

/* -- The fold on the disk (fold.c) -- */

/* Loads it; what it lacks of the blocks that channels have taken is left to behind.c. */
PROM_MUST_USE prom_result prom_node_load_fold(prom_node *node, prom_error *error);
/* Returns whether it is to be kept on the disk now. */
bool prom_node_keeps(const prom_node *node);
/* Writes what the fold of all blocks has and the disk has not, in the open transaction; once that is committed
 * prom_node_has_kept is told. */
PROM_MUST_USE prom_result prom_node_keep(prom_node *node, prom_error *error);
void prom_node_has_kept(prom_node *node);
/* Notes that blocks of the fold were undone. */
void prom_node_unkept(prom_node *node);
/* As the store has it. */
void prom_node_write_outpoint(uint8_t bytes[36], const prom_outpoint *outpoint);
prom_outpoint prom_node_read_outpoint(const uint8_t bytes[36]);

/* Returns the channel of that number, or NULL. */
prom_node_channel *prom_node_channel_of(const prom_node *node, uint64_t number);
prom_node_channel *prom_node_channel_named(const prom_node *node, const char *name);

void prom_node_report(const prom_node *node, prom_report_kind kind, uint64_t channel, const char *format, ...)
    PROM_PRINTF(4, 5);

/* What a step of the channel sees (view.c). */
PROM_MUST_USE prom_result prom_node_view(const prom_node *node, const prom_node_channel *channel, prom_arena *arena,
                                         prom_channel_view *view, prom_error *error);
/* -- The disk (disk.c) -- */

/* Does `act` in a transaction of the store. A failure is the store's: all that `act` changed in memory is worth
 * nothing, and where the disk is full the room that is kept for that is given free. */
typedef prom_result prom_node_act(prom_node *node, void *context, prom_error *error);
PROM_MUST_USE prom_result prom_node_transact(prom_node *node, prom_node_act *act, void *context, prom_error *error);
/* Notes a failure of the store: its owner is told once. */
void prom_node_disk_failed(prom_node *node, const prom_error *reason);
/* Looks at what the disk has (room.c). */
void prom_node_measure_disk(prom_node *node);
/* Takes the spare room again, once there is enough. */
void prom_node_look_at_disk(prom_node *node);

/* -- The backup (backup.c) -- */

/* Notes that the channel has something that a backup must have. */
void prom_node_backup_due(prom_node *node);
/* Renews it, when it is due. `now`: whatever it costs. Returns whether the backup, if there is to be one, holds all. */
bool prom_node_back_up(prom_node *node, bool now);

/* -- Draws that were given up (draws.c) -- */

PROM_MUST_USE prom_result prom_node_load_draws(prom_node *node, prom_error *error);
/* Writes what is to be remembered of the channel's draw, in the open transaction. */
PROM_MUST_USE prom_result prom_node_remember_draw(prom_node *node, const prom_node_channel *channel, prom_arena *arena,
                                                  prom_error *error);
/* Follows their partners' coins through a block. */
PROM_MUST_USE prom_result prom_node_follow_draws(prom_node *node, const prom_index_block *block, prom_error *error);
/* Forgets those that are too old to bind, in the open transaction. */
PROM_MUST_USE prom_result prom_node_forget_draws(prom_node *node, prom_error *error);
void prom_node_drop_draws(prom_node *node);

/* -- Channels that are over (close.c) -- */

/* Closes and frees what is finished, and what strangers asked for and never proposed. */
void prom_node_close_finished(prom_node *node);

/* The public halves of the party's keys in a new channel (keys.c). */
PROM_MUST_USE prom_result prom_node_own_keys(const prom_node *node, prom_facts *facts, prom_error *error);

/* What a step gave besides facts (remember.c): written in the open transaction. */
PROM_MUST_USE prom_result prom_node_take_output(prom_node *node, prom_node_channel *channel, prom_arena *arena,
                                                const prom_output *output, prom_span body, prom_error *error);

/* -- Wants (wants.c, start.c) -- */

/* Begins what channels want and nobody does yet. */
void prom_node_look_at_wants(prom_node *node);
/* Begins one want; `begun`: it is under way until prom_node_want_over. */
PROM_MUST_USE prom_result prom_node_begin_want(prom_node *node, prom_node_channel *channel, bool *begun,
                                               const prom_want *want, const prom_bytes32 *name, prom_error *error);
void prom_node_want_over(prom_node_channel *channel, const prom_bytes32 *name);
/* Names the file that a client's output goes to. */
PROM_MUST_USE prom_result prom_node_output_path(const prom_node *node, char path[PATH_MAX], const prom_facts *facts,
                                                prom_error *error);
/* Tells channels of jobs that have ended. Returns whether there was one. */
bool prom_node_take_jobs(prom_node *node);

/* -- Signing (sign.c) -- */

void prom_node_sign_later(prom_node *node, prom_node_channel *channel, const prom_want *want, const prom_bytes32 *name);
/* Signs what was put off. Returns whether anything was. */
bool prom_node_sign(prom_node *node);
/* The arbiter's part of a FROST session (frost.c); secret nonces are wiped with the sessions. */
void prom_node_drop_nonces(prom_node_channel *channel);
PROM_MUST_USE prom_result prom_node_frost_nonce(prom_node *node, const prom_to_sign *wanted, prom_arena *arena,
                                                prom_signed_event *signed_, prom_error *error);
PROM_MUST_USE prom_result prom_node_frost_share(prom_node *node, const prom_to_sign *wanted, prom_arena *arena,
                                                prom_signed_event *signed_, prom_error *error);

/* -- Questions to bitcoind (asks.c) -- */

PROM_MUST_USE prom_result prom_node_ask(prom_node *node, const prom_node_channel *channel, const prom_want *want,
                                        const prom_bytes32 *name, prom_error *error);
void prom_node_answered(prom_node *node, const prom_watcher_job *job);

/* -- Blocks (blocks.c) -- */

PROM_MUST_USE prom_result prom_node_connected(prom_node *node, const prom_index_block *block, prom_error *error);
PROM_MUST_USE prom_result prom_node_disconnected(prom_node *node, uint32_t height, prom_error *error);
void prom_node_all_stale(prom_node *node);
void prom_node_unload(prom_node_channel *channel);
void prom_node_free_channel(prom_node *node, prom_node_channel *channel);
/* Makes what is on the disk of a new channel the same as its facts, in the open transaction. */
PROM_MUST_USE prom_result prom_node_write_facts(prom_node *node, prom_node_channel *channel, prom_arena *arena,
                                                prom_error *error);

/* -- Bodies (files.c) -- */

/* Programs and inputs are shared by all channels, packages are of one. */
PROM_MUST_USE prom_result prom_node_body_path(const prom_node *node, char path[PATH_MAX], uint64_t channel,
                                              prom_body_kind what, const prom_bytes32 *hash, prom_error *error);
bool prom_node_has_body(const prom_node *node, uint64_t channel, prom_body_kind what, const prom_bytes32 *hash,
                        uint64_t *length);
/* Returns whether the body of that hash lies here, and completes what is known of it. */
bool prom_node_find_body(const prom_node *node, uint64_t channel, prom_body *body, prom_body_kind what);
/* Deletes all that no other channel has: its packages, and what has come so far of all bodies. */
void prom_node_delete_own_bodies(const prom_node *node, uint64_t channel);
/* Gives packages that an older version has kept the names that they have now. */
void prom_node_rename_bodies(const prom_node *node, const prom_node_channel *channel);

/* -- Links (links.c) -- */

PROM_MUST_USE prom_result prom_node_links_open(prom_node *node, const prom_node_options *options, prom_error *error);
void prom_node_links_close(prom_node *node);
/* Returns a link to the node of somebody whom the key names in a channel, if there is one now; else 0, and one is
 * tried. Where it is known which node that is, no other will do. */
uint64_t prom_node_link_to(prom_node *node, prom_node_channel *channel, const prom_bytes32 *key);
/* Notes where somebody was heard: there it is answered, unless the link is of another node than its own. */
void prom_node_heard_on(prom_node *node, const prom_node_channel *channel, prom_correspondent *peer, uint64_t link);
/* Keeps the link on which somebody was heard, where it is of a contract: one for each. Who says something new on
 * another gives up the one before, and cannot hold many. Who only asks, under as many keys as he likes, is a stranger
 * among strangers. */
void prom_node_keep_link(prom_node *node, prom_correspondent *peer, bool known);
/* Returns whether a key belongs to the contract: to a place of it, or to somebody who is asked for a seat. */
bool prom_node_is_known(const prom_channel *channel, const prom_bytes32 *key);

/* -- Messages (mail.c, peers.c) -- */

/* Does what links have for us, and hands them what waits. */
void prom_node_mail_turn(prom_node *node);
/* Takes an envelope that came over a link; 0: of another channel of ours. */
void prom_node_take_envelope(void *context, uint64_t link, const prom_envelope *envelope);
/* Returns our channel in the contract that this client names, whose own words these are; NULL: none. */
prom_node_channel *prom_node_channel_for(prom_node *node, const prom_bytes32 *client, const prom_bytes32 *words);
/* Sends what waits for that peer, as far as it has room (send.c). */
void prom_node_send_to(prom_node *node, prom_node_channel *channel, prom_correspondent *peer, int64_t now);

/* Signs an envelope of this channel, whose other members are filled in, and sends it. False as of prom_net_send. */
PROM_MUST_USE bool prom_node_send_envelope(prom_node *node, const prom_node_channel *channel, uint64_t link,
                                           prom_envelope *envelope);

/* What comes of somebody who is nobody in a contract that runs (outsiders.c): a worker's tower. `peer` is NULL where we
 * never talked to the sender. */
bool prom_node_is_outsider(const prom_node_channel *channel, const prom_correspondent *peer,
                           const prom_envelope *envelope);
void prom_node_take_outsider(prom_node *node, prom_node_channel *channel, uint64_t link, const prom_envelope *envelope);

/* Reads from the store whom the channel talks to, and how far. */
PROM_MUST_USE prom_result prom_node_load_peers(prom_node *node, prom_node_channel *channel, prom_error *error);
void prom_node_drop_peers(prom_node *node, prom_node_channel *channel);
void prom_node_drop_early(prom_node *node, prom_correspondent *peer);
/* Returns whom the key belongs to; with `add`, a new one where it is not known, NULL when there is no room. */
prom_correspondent *prom_node_peer_of(prom_node *node, prom_node_channel *channel, const prom_bytes32 *key, bool add);
/* Puts a message, whose body was written already, into the outbox, in the open transaction. */
PROM_MUST_USE prom_result prom_node_post(prom_node *node, prom_node_channel *channel, const prom_output *output,
                                         prom_span body, prom_error *error);

/* Fetches a body (fetch.c). */
PROM_MUST_USE prom_result prom_node_begin_fetch(prom_node *node, prom_node_channel *channel, bool *begun,
                                                const prom_want *want, const prom_bytes32 *name, prom_error *error);
/* What links ask of the node about bodies. */
bool prom_node_serve(void *context, const prom_bytes32 *peer, const prom_fetch *fetch, prom_net_served *served);
void prom_node_fetched(void *context, const prom_net_order *order, const char *reason);
/* That node has sent something else: it is not asked for this body again. */
void prom_node_lied(void *context, const prom_net_order *order, const prom_bytes32 *peer);
/* There is a new link: whoever should have what is fetched is asked, too. */
void prom_node_fetch_from_more(prom_node *node);
/* Returns whether a body is on its way, or is asked for again in a moment. */
bool prom_node_awaits_bodies(const prom_node *node);
/* Ends all fetches of a channel. */
void prom_node_fetch_no_more(prom_node *node, uint64_t channel);

/* -- Transactions in blocks (publish.c) -- */

void prom_node_publications_drop(prom_node_channel *channel);
/* Begins the list anew; what is added that was in the old one is not published sooner for that. */
void prom_node_publications_begin(prom_node_channel *channel);
PROM_MUST_USE prom_result prom_node_publication_add(prom_node *node, prom_node_channel *channel, prom_arena *arena,
                                                    const prom_want *want, prom_error *error);
/* Hands what is wanted to the watcher's thread, when it is time. */
void prom_node_publish(prom_node *node);
/* Whether a job of that thread was such a round; and what came of it. */
bool prom_node_is_round(const prom_watcher_job *job);
void prom_node_round_over(prom_node *node, const prom_watcher_job *job);

#endif
