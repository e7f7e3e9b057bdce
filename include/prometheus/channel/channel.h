/* The channel between the parties of one contract, as seen by one of them: a pure step. An event goes in; facts change,
 * and messages come out. What is to be done besides is a function of the facts (prom_channel_wants). It opens no file
 * and no socket, keeps no key and asks no clock.
 *
 *   event ──> prom_channel_step ──> facts, outputs ──> one database transaction
 *                                     │
 *             prom_channel_wants <────┘ ──> signer, pool, links, mempool ──> events
 *
 * After a failure of any kind the facts in memory are worthless: the channel is loaded again from what is on disk. */
#ifndef PROMETHEUS_CHANNEL_CHANNEL_H
#define PROMETHEUS_CHANNEL_CHANNEL_H

#include "prometheus/base/declarations.h"
#include "prometheus/channel/event.h"
#include "prometheus/channel/facts.h"
#include "prometheus/channel/want.h"
#include "prometheus/contract/signing.h"
#include "prometheus/contract/tree.h"
#include "prometheus/crypto/frost.h"

PROM_DECLARATIONS_BEGIN

/* The paper's states of a channel. */
typedef enum prom_lambda {
    PROM_LAMBDA_SETUP,
    PROM_LAMBDA_COMPUTATION,
    PROM_LAMBDA_VERIFICATION,
    PROM_LAMBDA_ARBITRATION,
    PROM_LAMBDA_CLOSED,
} prom_lambda;

/* Returns "setup", "computation", "verification", "arbitration", "closed". */
const char *prom_lambda_name(prom_lambda lambda);

/* A FROST session that is under way: in memory alone, as its secret nonce is; a crash ends it. */
#define PROM_DECISION_SESSIONS_MAX ((size_t)2 * PROM_ARBITERS_MAX)
typedef struct prom_decision_session {
    bool used;
    bool own; /* we are its coordinator */
    uint16_t batch;
    uint8_t coordinator;
    uint32_t number;   /* the coordinator's */
    uint32_t serial;   /* ours: no two sessions of a loading have the same */
    uint32_t deciders; /* S */
    prom_decision decision;
    uint64_t begun_seconds;
    bool nonce_here;        /* ours */
    prom_frost_nonce nonce; /* our public one; the secret one is the signer's, in memory alone */
    uint32_t signers;       /* bits: of the list */
    prom_frost_nonce nonces[PROM_ARBITERS_MAX];
    uint32_t nonces_here; /* bits; at the coordinator */
    bool listed;
    bool share_done; /* ours */
    prom_bytes32 shares[PROM_ARBITERS_MAX];
    uint32_t shares_come; /* bits: some may come before the list, by which they are checked */
    uint32_t shares_here; /* of those the valid ones */
} prom_decision_session;

/* How the signing of a batch's decision goes on, in memory alone. */
typedef struct prom_decision_course {
    bool open;                         /* signing may begin */
    uint64_t open_seconds;             /* when that was seen */
    uint32_t begun;                    /* sessions of ours since then */
    uint32_t stalled;                  /* arbiters that let a session of ours stall */
    uint32_t wrong;                    /* that gave us a wrong share */
    uint8_t shared[PROM_ARBITERS_MAX]; /* sessions of each coordinator whose shares we gave to the other signers, too */
} prom_decision_course;

/* A: what a check of the packages found that began before it was known which packages count. */
typedef struct prom_check_ahead {
    bool done;
    prom_bytes32 subject; /* of which packages, opened by which h_p */
    prom_checked result;
} prom_check_ahead;

typedef struct prom_channel {
    const prom_curve *curve;
    prom_arena *arena; /* of what lives as long as this loading */
    prom_facts facts;

    /* Follows from the facts. */
    prom_terms terms;      /* base terms, with arbiters and Y once they are full; zeros before there are any */
    const prom_tree *tree; /* may be shared with other channels of the contract; NULL before full terms */
    size_t place;          /* our own among C, W, V, A_1 .. A_n */
    prom_signing *signing; /* of the tree's branches: holds secret nonces while it is under way */

    /* Memory alone. */
    prom_decision_session *sessions;                           /* in the arena; NULL before the first one */
    size_t session_count;                                      /* that there is room for, used or not */
    uint32_t question_tip;                                     /* V: own tip when it asked the final question last */
    uint32_t answered_tips[PROM_BATCHES_MAX][PROM_PLACES_MAX]; /* A: own tip when it answered a place again */
    uint32_t sessions_begun;                                   /* by anybody, that we took part in */
    prom_decision_course courses[PROM_BATCHES_MAX];
    prom_check_ahead ahead[PROM_BATCHES_MAX];
} prom_channel;

/* Makes a channel of a role with nothing agreed. `facts` gives number, role, own keys, client's key (not C's); the rest
 * of it is empty. */
PROM_MUST_USE prom_result prom_channel_new(const prom_curve *curve, prom_arena *arena, prom_channel **channel,
                                           const prom_facts *facts, prom_error *error);

typedef struct prom_part_bytes {
    prom_part part;
    uint16_t batch;
    prom_span bytes;
} prom_part_bytes;

/* Loads a channel from its parts, as prom_facts_write wrote them: builds terms and tree, loads the signatures. `tree`
 * may be that of another channel of the same contract, or NULL. PROM_CATEGORY_BROKEN when the parts do not fit. */
PROM_MUST_USE prom_result prom_channel_load(const prom_curve *curve, prom_arena *arena, prom_channel **channel,
                                            const prom_part_bytes *parts, size_t count, const prom_tree *tree,
                                            prom_error *error);

/* Destroys secret nonces that are left. The arena is its owner's. */
void prom_channel_wipe(prom_channel *channel);

/* What became of an event. */
typedef enum prom_reception {
    PROM_TAKEN,     /* facts and outputs are to be written, then acted upon */
    PROM_TOO_EARLY, /* a message: not acknowledged, its sender brings it again */
    PROM_REFUSED,   /* a message: acknowledged and forgotten; `error` says why */
} prom_reception;

/* Takes an event. `step` is an arena of this step alone, in which the outputs lie. A success says in `reception` what
 * became of it; too early and refused have changed no fact. A failure is one of our own (memory, a broken invariant):
 * the channel is to be loaded again, and frozen if that recurs. */
PROM_MUST_USE prom_result prom_channel_step(prom_channel *channel, prom_arena *step, prom_reception *reception,
                                            prom_outputs *outputs, const prom_event *event,
                                            const prom_channel_view *view, prom_error *error);

/* Returns for how many of its batches W still has to make the package, V to give the verdict; none for others, and none
 * in a setup that is not accepted yet. */
size_t prom_channel_open_work(const prom_channel *channel);

/* What an invitation is to an arbiter that has no channel for it. */
typedef enum prom_invitation {
    PROM_INVITATION_REFUSED,  /* C, W and V have not signed it, or it does not draw our offer */
    PROM_INVITATION_EARLY,    /* we lag behind, begin nothing now, or our offer takes part in another setup */
    PROM_INVITATION_UNSUITED, /* a no will be said to it */
    PROM_INVITATION_SUITS,
} prom_invitation;

/* Judges it by itself and our own chain, before anything is spent on it: a channel is made for the last two, and no
 * stranger comes to them for nothing. `error` says why it is refused, or does not suit. */
PROM_MUST_USE prom_result prom_invitation_judge(const prom_curve *curve, prom_arena *arena, prom_invitation *judged,
                                                const prom_bytes32 *client, const prom_message *message,
                                                const prom_channel_view *view, prom_error *error);

/* Succeeds when base terms that somebody asks us to take a part in would suit a worker or verifier, whoever the parties
 * are: their P is on our chain, and limits, reward and time are our owner's. */
PROM_MUST_USE prom_result prom_proposal_judge(const prom_curve *curve, prom_arena *arena, prom_role role,
                                              const prom_terms *terms, const prom_channel_view *view,
                                              prom_error *error);

/* Lists what is wanted now. */
PROM_MUST_USE prom_result prom_channel_wants(const prom_channel *channel, prom_arena *step, prom_wants *wants,
                                             const prom_channel_view *view, prom_error *error);

/* W's secrets: what the signer derives for a batch; NULL for all others. */
typedef struct prom_channel_secrets {
    prom_bytes32 h_p;
    prom_bytes32 k_p;
} prom_channel_secrets;

/* Makes the transaction of a publish want whole. PROM_CATEGORY_MISUSE when something is missing. */
PROM_MUST_USE prom_result prom_channel_finish(const prom_channel *channel, prom_arena *step, prom_tx **tx,
                                              uint16_t batch, uint32_t index, const prom_channel_secrets *secrets,
                                              prom_error *error);

/* Opens, for the signer, the FROST session in which our share of the decision is made (prom_frost_sign), and which
 * every share is checked by. Its signers are those of the list, in the order of their numbers. PROM_CATEGORY_PEER when
 * their nonces are none; PROM_CATEGORY_BROKEN when we have not what the key generation gave. */
PROM_MUST_USE prom_result prom_decision_open(const prom_channel *channel, prom_arena *step,
                                             prom_frost_session **session, const prom_decision_session *its,
                                             prom_error *error);

#define PROM_WATCHED_MAX (PROM_INPUTS_MAX + PROM_BATCHES_MAX * PROM_TREE_OUTPUTS)
/* Lists the outpoints whose spending changes facts: the inputs of Tx0, O0, OV0, OA. Returns how many. */
size_t prom_channel_watched(const prom_channel *channel, prom_outpoint watched[PROM_WATCHED_MAX]);

/* Finds what other channels must know of the base terms that this one has signed, or of the setup that an arbiter has a
 * part in (view.setups); spans and terms lie in the channel. Returns false when there are none. */
bool prom_channel_signed_setup(const prom_channel *channel, prom_signed_setup *setup);
/* Makes what is remembered of a setup that ended after its draw (PROM_OUTPUT_REMEMBER), at the own tip `tip`; its spans
 * lie in the channel, and what it lists in the arena. PROM_CATEGORY_MISUSE when there is nothing. */
PROM_MUST_USE prom_result prom_channel_aborted_draw(const prom_channel *channel, prom_arena *arena,
                                                    prom_aborted_draw *draw, uint32_t tip, prom_error *error);

/* -- Where it stands, for people -- */

/* Returns the paper's state. */
prom_lambda prom_channel_lambda(const prom_channel *channel);
/* Returns the scheme that a transaction in the chain has settled the batch by, 1 to 7, or 0. */
unsigned prom_channel_scheme(const prom_channel *channel, uint16_t batch);
/* Returns whether nothing is left to do and to keep: settled, or spoilt, so deep that no reorganisation undoes it; or
 * over before anything was at stake. */
bool prom_channel_is_finished(const prom_channel *channel, const prom_channel_view *view);
/* Returns whether the retention runs on something that the client has paid for, as the chain shows h_p: of the client a
 * result that it has not found, of others a package that they hold. */
bool prom_channel_keeps_result(const prom_channel *channel, const prom_channel_view *view);
#define PROM_NO_PLACE SIZE_MAX
/* Returns the place of an own-words key among those of the terms, or PROM_NO_PLACE. */
size_t prom_channel_place_of(const prom_channel *channel, const prom_bytes32 *key);
/* Finds where the node of an own-words key, or of a node's key, listens. Returns NULL when nothing says so. */
const prom_address *prom_channel_address_of(const prom_channel *channel, const prom_bytes32 *key);
/* Finds the key of the node that an own-words key, or a node's key, is at: that node has signed for it. Returns NULL
 * when nothing says so. */
const prom_bytes32 *prom_channel_node_of(const prom_channel *channel, const prom_bytes32 *key);

PROM_DECLARATIONS_END

#endif
