/* The channel between the parties of one contract, as a pure step: an event goes in, the state changes, actions come
 * out. It opens no file and no socket and asks no clock; who runs it (src/node, or a test) carries the actions out, in
 * their order, and brings what happens back as events. So far it walks the normal path, from the proposal to
 * settlement scheme #3. Base terms signed by three and the draw of the arbiters are not yet part of it: arbiters take
 * the seats in the order in which the chain confirms their offers to the client. */
#ifndef PROMETHEUS_CHANNEL_CHANNEL_H
#define PROMETHEUS_CHANNEL_CHANNEL_H

#include "prometheus/base/declarations.h"
#include "prometheus/contract/evidence.h"
#include "prometheus/contract/keygen.h"
#include "prometheus/contract/offer.h"
#include "prometheus/contract/package.h"
#include "prometheus/contract/signing.h"
#include "prometheus/contract/terms.h"
#include "prometheus/contract/tree.h"
#include "prometheus/scheme/delivery.h"

PROM_DECLARATIONS_BEGIN

typedef enum prom_role {
    PROM_ROLE_CLIENT,
    PROM_ROLE_WORKER,
    PROM_ROLE_VERIFIER,
    PROM_ROLE_ARBITER,
    PROM_ROLES,
} prom_role;

/* The paper's states of a channel. */
typedef enum prom_lambda {
    PROM_LAMBDA_SETUP,
    PROM_LAMBDA_COMPUTATION,
    PROM_LAMBDA_VERIFICATION,
    PROM_LAMBDA_ARBITRATION,
    PROM_LAMBDA_CLOSED,
} prom_lambda;

/* How far a party is, step by step. */
typedef enum prom_stage {
    PROM_STAGE_NEW,       /* nothing is agreed */
    PROM_STAGE_PROPOSED,  /* the base terms are proposed */
    PROM_STAGE_ACCEPTED,  /* W and V have accepted them and hold the payload */
    PROM_STAGE_SEATED,    /* C, A: the arbiters are chosen and make their joint key */
    PROM_STAGE_KEYED,     /* A: the joint key is made */
    PROM_STAGE_AGREED,    /* the full terms stand and the tree is built */
    PROM_STAGE_COMPARED,  /* everybody has the same tree; it is being signed */
    PROM_STAGE_SIGNED,    /* our signature of Tx0 is given */
    PROM_STAGE_LOCKED,    /* Tx0 is confirmed */
    PROM_STAGE_DELIVERED, /* the package is there */
    PROM_STAGE_JUDGED,    /* the verdict is given */
    PROM_STAGE_SETTLED,   /* the closing transaction is confirmed */
    PROM_STAGE_CLOSED,    /* nothing is left to do */
    PROM_STAGE_FAILED,    /* no agreement, or a verdict r = 0 */
    PROM_STAGES,
} prom_stage;

/* Returns the paper's state that a stage belongs to, and the names of stages and roles, for people. */
prom_lambda prom_stage_lambda(prom_stage stage);
const char *prom_stage_name(prom_stage stage);
const char *prom_role_name(prom_role role);

/* The messages between parties. The numbers are written to the wire: append only. Bodies: docs/protocol.md. */
typedef enum prom_message_kind {
    PROM_MESSAGE_PROPOSAL = 1,                     /* C to W, V: base terms without W's and V's parts */
    PROM_MESSAGE_PAYLOAD = 2,                      /* C to W, V; W to A: program and input */
    PROM_MESSAGE_ACCEPTANCE = 3,                   /* W, V to C: own part of the base terms; W's h and k_h */
    PROM_MESSAGE_ANNOUNCEMENT = 4,                 /* A to C: its offer, its part of the full terms, its host key */
    PROM_MESSAGE_TERMS = 5,                        /* C to all: full terms */
    PROM_MESSAGE_DIGEST = 6,                       /* all to all: contract id and digest of the tree */
    PROM_MESSAGE_NONCES = PROM_SIGNING_NONCES,     /* all to all: a public nonce for each branch of the tree; signed */
    PROM_MESSAGE_PARTIALS = PROM_SIGNING_PARTIALS, /* all to all: a partial signature of each branch; signed */
    PROM_MESSAGE_TX0_SIGNATURES = 9,               /* W, V, A to C: of own inputs */
    PROM_MESSAGE_PACKAGE = 10,                     /* W to A, V, C; V to C: signed by W */
    PROM_MESSAGE_RECEIPT = 11,                     /* A to W, V, A */
    PROM_MESSAGE_VERDICT = 12,                     /* V to W: signature of Tx4, which is r = 1 */
    PROM_MESSAGE_REFUSAL = 13,                     /* any to any: why the setup is over */
    PROM_MESSAGE_KEYGEN = 14,                      /* C to A, A to C: a step of the arbiters' key generation */
    PROM_MESSAGE_TX0 = 15,                         /* C to all: Tx0 with all witnesses, published */
} prom_message_kind;
#define PROM_MESSAGE_KINDS 16

/* Returns the kind's name, as "proposal", or "unknown". */
const char *prom_message_name(prom_message_kind kind);

/* A message; peers are known by the key they use in the contract. */
typedef struct prom_message {
    prom_message_kind kind;
    prom_span body;
} prom_message;

typedef enum prom_event_kind {
    PROM_EVENT_START, /* the client begins */
    PROM_EVENT_MESSAGE,
    PROM_EVENT_BLOCK,     /* the chain has a new tip; what that block holds was told before */
    PROM_EVENT_OUTPUT,    /* what PROM_ACTION_LOOK_UP asked for */
    PROM_EVENT_SNAPSHOT,  /* what PROM_ACTION_LOOK_UP_BLOCK asked for */
    PROM_EVENT_TRIED,     /* what the mempool says to the transaction of PROM_ACTION_TRY */
    PROM_EVENT_CONFIRMED, /* a watched transaction, or one that spends a watched output, is in a block */
    PROM_EVENT_KEYGEN,    /* a step of the key generation is done */
    PROM_EVENT_COMPUTED,  /* the package is made */
    PROM_EVENT_VERIFIED,  /* the package is checked */
} prom_event_kind;

typedef struct prom_event {
    prom_event_kind kind;
    prom_bytes32 from;      /* message */
    prom_message message;   /* message */
    uint32_t height;        /* block, confirmed, snapshot; output: of its block, 0 where it is in none */
    bool in_step;           /* block: the node is in step with the chain (docs/protocol.md, section 8) */
    prom_bytes32 hash;      /* snapshot: of the best chain's block at that height */
    prom_outpoint outpoint; /* output */
    bool found;             /* output: it is unspent; snapshot: the chain has such a block */
    prom_tx_output output;  /* output */
    uint32_t confirmations; /* output */
    bool coinbase;          /* output */
    const prom_tx *tx;      /* confirmed */
    prom_keygen_step step;  /* key generation: the one that follows */
    prom_span result;       /* key generation: what it gave; computed: the package */
    prom_bytes32 Y;         /* key generation, at its end */
    bool valid;             /* key generation: it succeeded; verified: r; tried: the mempool would take it */
    prom_bytes32 h_p;       /* verified: what E_V held, when r = 1 */
    const char *reason;     /* key generation, verified, tried: why not; may be NULL where it succeeded */
} prom_event;

typedef enum prom_action_kind {
    PROM_ACTION_STORE, /* write to disk, before any later action is carried out */
    PROM_ACTION_SEND,
    PROM_ACTION_LOOK_UP,       /* find an unspent output in the chain */
    PROM_ACTION_LOOK_UP_BLOCK, /* find the hash of the best chain's block at a height */
    PROM_ACTION_TRY,           /* ask the mempool whether it would take a transaction */
    PROM_ACTION_WATCH,         /* tell when Tx0 is confirmed, and when the output of it named here is spent */
    PROM_ACTION_KEYGEN,        /* do a step of the key generation */
    PROM_ACTION_COMPUTE,       /* run, prove and seal; gives the package */
    PROM_ACTION_VERIFY,        /* check the package */
    PROM_ACTION_BROADCAST,
    PROM_ACTION_DELIVER, /* the client's result */
    PROM_ACTION_CLOSE,   /* the channel is over; `reason` is empty when it ended well */
} prom_action_kind;

typedef struct prom_action {
    prom_action_kind kind;
    prom_bytes32 to;        /* send */
    prom_message message;   /* send */
    const char *name;       /* store: of what; broadcast, try: of the transaction */
    prom_keygen_step step;  /* key generation */
    prom_span bytes;        /* store, key generation, verify (the package), broadcast, try (the transaction), deliver */
    prom_outpoint outpoint; /* look up, watch */
    uint32_t height;        /* look up a block */
    const char *reason;     /* close */
} prom_action;

#define PROM_INPUTS_MAX (PROM_PARTIES * PROM_COINS_MAX + PROM_ARBITERS_MAX)
/* The most that one step asks for: every input of Tx0 looked up, three messages to everybody (the last of the key
 * generation, the terms, the digest), and some to keep. */
#define PROM_ACTIONS_MAX (PROM_INPUTS_MAX + 3 * PROM_PLACES_MAX + 8)

typedef struct prom_actions {
    prom_action list[PROM_ACTIONS_MAX];
    size_t count;
} prom_actions;

/* How the channel signs: it has no key itself. */
typedef struct prom_signer {
    void *context;
    /* Signs with the own-words key. */
    prom_result (*sign)(void *context, prom_signature *signature, const prom_bytes32 *hash, prom_error *error);
    /* Signs with the output key of the own input number `coin` of Tx0: C, W, V: of their coins; A: 0, its offer's. */
    prom_result (*sign_coin)(void *context, prom_signature *signature, const prom_bytes32 *hash, size_t coin,
                             prom_error *error);
    /* Calls prom_signing_give_nonces with the joint key, the own-words key and fresh randomness. */
    prom_result (*give_nonces)(void *context, prom_arena *arena, prom_signing *signing, prom_span *message,
                               prom_error *error);
} prom_signer;

/* What a party brings. Spans must outlive the channel. */
typedef struct prom_channel_config {
    prom_role role;
    prom_party_terms party;           /* C, W, V: own part of the base terms */
    prom_terms proposal;              /* C: base terms, but for all three parts, h and k_h */
    prom_bytes32 peers[PROM_PARTIES]; /* C: the keys of W and V. W, V, A: C's key, whom the channel was begun with */
    prom_job_bytes job_bytes;         /* C */
    prom_bytes32 h_p;                 /* W */
    prom_bytes32 k_p;                 /* W */
    prom_parameters P;                /* that we work on, as our node has read it off the chain; A: its offer's */
    prom_bytes32 p_txid;              /* of the transaction that published it */
    uint32_t p_height;                /* of the block that holds it */
    prom_announcement announcement;   /* A; signed */
    prom_arbiter_terms seat;          /* A: own part of the full terms, with the announced offer */
    prom_bytes32 host_key;            /* A: for the key generation */
    prom_bytes32 genesis;             /* of the chain that we are on; other terms are refused */
    prom_span signet_challenge;       /* of an own signet, as terms hold it; empty elsewhere */
    prom_job_time time;               /* W, V, A: what our machine and line can do with the largest job that we take */
    prom_terms_limits limits;         /* terms above them are refused */
    const prom_bytes32 *seen;         /* every h and k_h of our other contracts: terms with one of them are refused */
    size_t seen_count;
    prom_amount reward_min; /* W, V: of the own share; a proposal below is refused */
    uint64_t memory_max;    /* W: bytes that proving may take, 0: PROM_DELIVERY_MEMORY_MAX; a job above is refused */
} prom_channel_config;

/* Messages that came before their stage and wait for it: of parties alone, the first of each kind from each, so that
 * there is always room; and of so many bytes each before the full terms stand. */
#define PROM_DEFERRED_MAX ((size_t)PROM_PLACES_MAX * PROM_MESSAGE_KINDS)
#define PROM_DEFERRED_BODY_MAX 65536U

typedef struct prom_deferred {
    prom_bytes32 from;
    prom_message message;
} prom_deferred;

/* So many of the messages that it has taken from each party a channel knows again, the last ones. */
#define PROM_TAKEN_MAX 16

typedef struct prom_taken {
    prom_message_kind kind;
    prom_bytes32 hash; /* of the body */
} prom_taken;

/* So many announced offers C keeps at most. Anybody can announce what is not there, and the chain is asked at once:
 * what it does not confirm leaves, and while it is silent a new announcement takes the place of the oldest. */
#define PROM_CANDIDATES_MAX 2048U

/* An arbiter that has announced its offer to the client. */
typedef struct prom_candidate {
    prom_announcement announcement;    /* whose address is in `address` */
    uint8_t address[PROM_ADDRESS_MAX]; /* here and not in the arena, so that who leaves leaves nothing behind */
    prom_arbiter_terms seat;
    prom_bytes32 host_key;
    bool confirmed; /* by the chain */
} prom_candidate;

/* The state. Read it freely; prom_channel_step alone writes it. */
typedef struct prom_channel {
    const prom_curve *curve;
    prom_arena *arena; /* of what lives as long as the channel */
    prom_signer signer;
    const prom_channel_config *config;
    prom_stage stage;
    prom_bytes32 self;                         /* the own-words key, by which peers know us */
    uint32_t tip;                              /* own tip: the greatest height ever seen of a best chain's tip */
    bool in_step;                              /* the node was in step with the chain at the last block */
    prom_deferred deferred[PROM_DEFERRED_MAX]; /* messages that came before their stage */
    size_t deferred_count;
    prom_taken taken[PROM_PLACES_MAX][PROM_TAKEN_MAX]; /* by sender: a ring */
    size_t taken_count[PROM_PLACES_MAX];

    prom_terms terms;            /* base terms from PROM_STAGE_PROPOSED on, full ones from PROM_STAGE_AGREED on */
    const prom_scheme_job *job;  /* C, W, V: the terms', opened; NULL before */
    bool accepted[PROM_PARTIES]; /* C: whose part of the base terms is there */
    prom_candidate *candidates;  /* C */
    size_t candidate_count;
    size_t candidate_room;
    prom_bytes32 host_keys[PROM_ARBITERS_MAX]; /* C: of the seated arbiters */
    prom_bytes32 Y;                            /* A: the joint key that it made */
    prom_span keygen[PROM_ARBITERS_MAX];       /* C: the arbiters' messages of the step under way */
    prom_span keygen_session;                  /* C, A: what the key generation was begun with */
    prom_keygen_step keygen_step;              /* C: that step */
    prom_tree *tree;
    size_t place;                      /* our own among C, W, V, A_1 .. A_n, as everybody's below */
    bool input_found[PROM_INPUTS_MAX]; /* C, W, V: an input of Tx0 that the chain confirms */
    bool snapshot_found;               /* the terms' snapshot is a block of our chain */
    bool digest_seen[PROM_PLACES_MAX];
    prom_signing *signing;                     /* of all branches of the tree */
    prom_span nonces;                          /* our own message of them, of the present attempt */
    size_t culprit;                            /* who is proven at fault in signing it, or PROM_PLACES_MAX */
    prom_span tx0_signatures[PROM_PLACES_MAX]; /* C: of whose inputs of Tx0 they are there; checked */
    prom_span tx0;                             /* Tx0 with all witnesses: C: as the mempool was asked; else from C */
    prom_span payload;                         /* W, V: for the arbiters; A: held */
    bool payload_served;                       /* W, V: it went to the arbiters */
    uint32_t tx0_height;
    bool working;                     /* W, V: a computation or verification is under way */
    prom_evidence evidence;           /* W's signed package, the arbiters' receipts */
    prom_span packages[PROM_PARTIES]; /* by who sent it; W's own is at W */
    prom_span delivery;               /* W: the message that delivers the package */
    bool delivered;                   /* W: it went to V and C */
    const char *verdict_reason;       /* V: why r = 0 */
    prom_signature verdict;           /* V: its signature of Tx4 */
    uint32_t verdict_tip;             /* V: the tip at which it gave it */
    bool published;                   /* V: has published Tx4 itself */
    bool accused;                     /* TxV0 is in a block: nothing of the normal path is done any more */
    uint32_t settled_height;
    prom_bytes32 settled_txid;
    unsigned settled_scheme; /* 0: by a transaction that is not of the tree */
    bool h_p_shown;          /* the settling transaction showed h_p */
    prom_bytes32 h_p;        /* from there; V: from E_V, when it said r = 1 */
    prom_span output;        /* C: the result */
} prom_channel;

/* Starts a channel in PROM_STAGE_NEW. `config` must outlive it. */
void prom_channel_init(prom_channel *channel, prom_arena *arena, const prom_curve *curve, const prom_signer *signer,
                       const prom_channel_config *config);

/* Writes the body of an arbiter's announcement: PROM_MESSAGE_ANNOUNCEMENT, with which a client hears of it. */
PROM_MUST_USE prom_result prom_channel_announcement(prom_arena *arena, prom_span *body,
                                                    const prom_channel_config *config, prom_error *error);

/* Returns what deliveries of the channel's contract are sealed and checked with; valid while the channel is. Called
 * with a channel that has its tree, from PROM_STAGE_AGREED on. */
prom_delivery_context prom_channel_delivery_context(const prom_channel *channel);

/* Takes one event. The actions are to be carried out whatever the result is; they point into the channel's arena.
 * PROM_CATEGORY_PEER or PROM_CATEGORY_BAD_INPUT is what the event deserved: before anything is signed it ends the
 * setup, and the actions tell the others why (a stranger's message ends nothing); later the event is dropped. Other
 * failures are our own. */
PROM_MUST_USE prom_result prom_channel_step(prom_channel *channel, const prom_event *event, prom_actions *actions,
                                            prom_error *error);

PROM_DECLARATIONS_END

#endif
