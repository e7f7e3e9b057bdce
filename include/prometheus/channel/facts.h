/* All that a party knows of one channel and must not forget: the setup session, and for each batch the money and the
 * evidence. Facts, no stage: where a channel stands is a function of them (prom_channel_lambda, channel.h). Heights in
 * them belong to blocks of the best chain, and go when these blocks do. Everything is plain data; a few byte strings
 * lie in the channel's arena.
 *
 *   prom_facts ── setup ──── from the proposal to the own signature of Tx0
 *              ├─ tx0 ────── Tx0 in the chain, or what spends one of its inputs instead
 *              ├─ kept ───── terms, signatures, Tx0: byte strings of the whole channel
 *              └─ batches ── money: O0, OV0, OA in the chain; what we said and showed for good
 *                            evidence: statements, bodies at hand, what was checked
 *                            arbitration: A: rounds, votes, decision */
#ifndef PROMETHEUS_CHANNEL_FACTS_H
#define PROMETHEUS_CHANNEL_FACTS_H

#include "prometheus/base/declarations.h"
#include "prometheus/channel/message.h"
#include "prometheus/contract/evidence.h"
#include "prometheus/contract/judgement.h"
#include "prometheus/contract/tree.h"

PROM_DECLARATIONS_BEGIN

/* Append only: written to disk, as every enum of this header. */
typedef enum prom_role {
    PROM_ROLE_CLIENT,
    PROM_ROLE_WORKER,
    PROM_ROLE_VERIFIER,
    PROM_ROLE_ARBITER,
    PROM_ROLES,
} prom_role;

/* Returns "client", "worker", "verifier", "arbiter". */
const char *prom_role_name(prom_role role);

/* -- The setup session -- */

/* How far a setup is. It goes one way: who is in a later phase has done what the earlier ones ask. */
typedef enum prom_setup_phase {
    PROM_SETUP_NEW,      /* nothing is agreed */
    PROM_SETUP_PROPOSED, /* C: proposals are out */
    PROM_SETUP_ACCEPTED, /* W, V: the proposal suits us; program and input are being fetched, then our part is given */
    PROM_SETUP_BASE,     /* C, W, V: the base terms stand, and are signed by some */
    PROM_SETUP_HELD,     /* C, W, V: all three signatures are here; the draw's block is still to come */
    PROM_SETUP_SEATING,  /* the order of the draw is known, arbiters are asked; A: we were asked, and said yes */
    PROM_SETUP_KEYING,   /* n seats are taken, their key Y is being made */
    PROM_SETUP_AGREED,   /* the full terms stand: trees, inputs and digests are compared */
    PROM_SETUP_SIGNING,  /* everybody has the same tree; its branches are being signed */
    PROM_SETUP_COMPLETE, /* all branches are signed and on our disk; our signature of Tx0 is not out */
    PROM_SETUP_GIVEN,    /* it is: the contract is live until Tx0, or what spends one of its inputs, is buried */
    PROM_SETUP_OVER,     /* ended before our signature of Tx0 was out: nothing is at stake */
    PROM_SETUP_PHASES,
} prom_setup_phase;

/* Returns "new", "proposed" and so on. */
const char *prom_setup_phase_name(prom_setup_phase phase);

/* So many of the offers that the seed orders first are looked at: a setup that needs more ends. */
#define PROM_CANDIDATES_MAX 64U

/* An offer in the order of the draw, and what is known of its owner. */
typedef struct prom_candidate {
    prom_outpoint offer;
    bool announced;         /* we know where its owner's node is */
    bool asked;             /* by us; and so many times */
    uint32_t asked_tip;     /* own tip when it was asked last */
    uint64_t asked_seconds; /* on the view's clock; begins anew with the node */
    bool answered;          /* to us, whatever */
    bool has_seat_word;     /* `seat` is its signed yes, or no */
    prom_seat seat;         /* whose announcement's address lies in `address` */
    prom_address address;
    bool lost;             /* its seat, for this setup */
    uint8_t loss;          /* prom_loss_kind */
    prom_span proof;       /* of a loss that anybody can check; in the channel's arena */
    prom_bytes32 question; /* C, W, V: the seats for which we ask anew whether it is there; zero: we do not */
    bool silent;           /* C, W, V: we have decided to say that it is silent, for these seats */
    uint8_t silent_by;     /* bits of C, W, V that say so, and for which seats */
    prom_bytes32 silent_seatings[PROM_PARTIES];
    prom_signature silent_words[PROM_PARTIES];
} prom_candidate;

/* A tree that was to be signed for seats which we have left: how often. */
typedef struct prom_left_tree {
    prom_bytes32 contract_id;
    uint32_t attempt; /* the last one */
} prom_left_tree;
#define PROM_LEFT_TREES_MAX 16U

#define PROM_INPUTS_MAX (PROM_PARTIES * PROM_COINS_MAX + PROM_ARBITERS_MAX)

typedef struct prom_setup_session {
    prom_setup_phase phase;
    char reason[192]; /* PROM_SETUP_OVER: why, for people */
    /* Bit of the party that has ended it, and has said so before the base terms had a signature: later a party may have
     * been brought to it by what another one sent it. 0: nobody is known to. */
    uint8_t refused_by;
    uint32_t begun_tip;
    bool job_open;        /* W, V: program and input were opened, and suit us */
    bool accepting;       /* W, V: our part is given */
    prom_bytes32 inviter; /* A: whose invitation we answer first */
    uint8_t accepted;     /* C: bits of the parties whose part is here */
    uint8_t base_signed;  /* bits of the parties whose signature of the base terms is here and valid */
    prom_base_signatures base_signatures;
    uint32_t held_tip; /* own tip when we came to hold the third; UINT32_MAX: we do not */
    bool drawn;
    prom_bytes32 draw_block; /* the hash that the seed was taken from */
    prom_bytes32 seed;
    size_t counted;             /* offers that count at the snapshot */
    size_t candidate_count;     /* at most PROM_CANDIDATES_MAX */
    prom_candidate *candidates; /* in the channel's arena; none once our signature of Tx0 is out */
    uint8_t announcements_from; /* bits of the parties whose announcements are here */
    uint16_t announcements_sent;

    prom_bytes32 seating;             /* hash of the seats that the key is being made for; zero: none */
    uint8_t seats[PROM_ARBITERS_MAX]; /* candidates, in the order of the draw */
    size_t seat_count;
    uint32_t seating_tip;   /* own tip when these seats were taken */
    uint32_t told;          /* C, W, V: how much of what the seats follow from was sent to those who have them */
    uint32_t waiting_for;   /* C, W, V: a number for the step under way that we wait for the seats in */
    uint64_t moved_seconds; /* since when; on the view's clock, and begins anew with the node */
    uint8_t keygen_step;    /* prom_keygen_step: what we say next, or wait for from the arbiters */
    bool keygen_here[PROM_ARBITERS_MAX]; /* C, W, V: whose message of the step under way is in PROM_KEPT_KEYGEN + i */
    prom_bytes32 Y;

    uint16_t digest_same;                  /* bits of places whose digest is ours */
    uint8_t inputs_found[PROM_INPUTS_MAX]; /* of Tx0, that the chain confirms: C, W, V as of the best tip; A before its
                                              yes */
    bool passed_over_asked;                /* A: those before the last seat were asked */
    uint64_t passed_over_seconds;
    uint32_t attempt;                         /* of signing the tree that there is: the last one that we have begun */
    prom_left_tree left[PROM_LEFT_TREES_MAX]; /* oldest first */
    size_t left_count;
    uint32_t left_attempt; /* no tree older than those was to be signed more often */
    uint16_t tx0_signed;   /* C: bits of places whose signatures of Tx0 are in PROM_KEPT_TX0_SIGNATURES + i */
    bool tx0_tried;        /* C: our mempool would not take Tx0, as of the best tip */
} prom_setup_session;

/* -- Byte strings of the channel -- */

typedef enum prom_kept_kind {
    PROM_KEPT_PROPOSAL,           /* C: base terms as proposed; W, V: as they came */
    PROM_KEPT_BASE,               /* base terms, whole */
    PROM_KEPT_SIGNED_BASE,        /* with the signatures of C, W and V; stays until the contract is over */
    PROM_KEPT_TERMS,              /* full terms */
    PROM_KEPT_SIGNATURES,         /* of all branches, prom_signing_write */
    PROM_KEPT_TX0,                /* with all witnesses */
    PROM_KEPT_RECOVERY,           /* A: of the key generation: with the host key the share of Y comes again */
    PROM_KEPT_FAULT,              /* the words that prove somebody at fault in signing */
    PROM_KEPT_NONCES,             /* our own message of nonces, of the attempt under way */
    PROM_KEPT_PARTIALS,           /* our own partial signatures */
    PROM_KEPT_KEYGEN_SIGNATURE,   /* A: its own */
    PROM_KEPT_KEYGEN_DEALS,       /* of all arbiters, prom_keygen_write_list */
    PROM_KEPT_KEYGEN_CERTIFICATE, /* all signatures, likewise */
    PROM_KEPT_KEYGEN, /* C, W, V: + i: the message of arbiter i of the step under way; A: + its own: its deal */
    PROM_KEPT_TX0_SIGNATURES = PROM_KEPT_KEYGEN + PROM_ARBITERS_MAX, /* C: + i: of place i */
    PROM_KEPT_KINDS = PROM_KEPT_TX0_SIGNATURES + PROM_PLACES_MAX,
} prom_kept_kind;

/* -- The chain -- */

/* A transaction in a block of the best chain that spends an output which matters here, or makes it. */
typedef struct prom_spend {
    bool there;
    uint32_t height; /* of its block */
    prom_bytes32 txid;
    uint32_t tx; /* its index in the tree, or PROM_TREE_OTHER */
} prom_spend;

/* -- The money of a batch -- */

typedef struct prom_money {
    prom_spend spent[PROM_TREE_OUTPUTS]; /* of O0, OV0, OA */
    /* For good: what was signed stays signed, whatever the chain does. */
    prom_verdict_due verdict; /* V: what it has decided, before anything of it was signed; never changed */
    prom_reason verdict_reason;
    uint32_t verdict_tip; /* own tip then */
    bool verdict_known;   /* V: its own signature is here; W: V's of Tx4 is */
    prom_signature verdict_signature;
    bool key_known; /* h_p: C, A, V: known; W: shown, so that others may know it */
    prom_bytes32 h_p;
    bool released; /* W: Tx3 or Tx4 was let out; V: Tx4 was */
    bool appealed; /* W: TxA was let out: k_p is shown */
} prom_money;

/* -- The evidence of a batch -- */

/* What has a body, beside its hash. */
typedef enum prom_body_kind {
    PROM_BODY_PROGRAM,
    PROM_BODY_INPUT,
    PROM_BODY_PACKAGE_A,
    PROM_BODY_PACKAGE_B,
    PROM_BODIES,
} prom_body_kind;

/* A body on our disk whose hash was checked. */
typedef struct prom_body {
    bool here;
    prom_bytes32 hash; /* by which it is named: program digest, SHA-256 of the input, H(package) */
    uint64_t length;
    prom_bytes32 block; /* package B: the hash that it names for block X */
} prom_body;

/* How far a statement of ours is that is decided, and so will be signed, and never another. */
#define PROM_INTENTS_MAX 8U

typedef struct prom_evidence_facts {
    prom_evidence statements;                   /* that are signed, ours too */
    prom_attestation intents[PROM_INTENTS_MAX]; /* decided, the signature is being made */
    size_t intent_count;
    prom_body bodies[PROM_BODIES];
    prom_checked checked; /* of the packages that W signed, as V or A found it */
    char checked_reason[160];
    bool key_opened;     /* V: E_V was opened; `money.h_p` holds what it gave, where it was good */
    bool saw_notice;     /* V: itself */
    uint32_t notice_tip; /* V: own tip when it did */
    uint16_t delivered;  /* W: bits of places that were given the packages (round A) */
    uint16_t delivered_b;
    bool questioned;    /* V: the final question is out; A: V has asked it */
    uint16_t handed_in; /* W, V: how many of our statements were handed to the arbiters since TxV0; A: how many of all
                           that are here, to the others */
    bool key_shown;     /* W: to the arbiters, since TxA */
    bool result_open;   /* C: the result was read with h_p from the chain */
    uint8_t
        results_bad; /* C: W's packages of round A, in the order of their statements, that its check found bad: bits */
    prom_checked result; /* C: what its own check says */
    char result_reason[160];
} prom_evidence_facts;

/* -- An arbitration, as an arbiter sees it -- */

/* How a statement stands with us. */
typedef enum prom_standing {
    PROM_STANDING_HERE,   /* it has reached us */
    PROM_STANDING_COUNTS, /* in time, or by enough echoes: our own echo is to be signed */
    PROM_STANDING_ECHOED, /* and was passed on */
} prom_standing;

/* Others' echoes of one thing. */
typedef struct prom_heard {
    uint16_t by; /* bits of arbiters */
    prom_signature of[PROM_ARBITERS_MAX];
} prom_heard;

typedef struct prom_arbitration {
    uint32_t appeal_height; /* b_A, as it was when D_0's tip was first seen */
    uint8_t rounds_over;    /* how many of D_0 .. D_(n-k+1) have passed */
    uint64_t round_seconds; /* on the view's clock, when the last of them did: of a node that was another one, where the
                               clock shows less */
    uint8_t standing[PROM_EVIDENCE_MAX]; /* prom_standing, of evidence.statements.list */
    uint8_t key_standing;                /* of h_p */
    bool key_here;
    prom_heard *heard[PROM_EVIDENCE_MAX + 1]; /* of what counts by others' echoes and waits for our own; h_p is last.
                                                 In the channel's arena; NULL: none */
    bool voted;                               /* decided: what we commit to */
    prom_vote vote;
    prom_reason vote_reason;
    /* Two at most of each arbiter, in the channel's arena; NULL before the first one. */
    prom_attestation *commitments[PROM_ARBITERS_MAX]; /* that came in time; two different ones void each other */
    uint8_t commitment_count[PROM_ARBITERS_MAX];
    prom_attestation *votes[PROM_ARBITERS_MAX]; /* one for each decision */
    uint8_t vote_count[PROM_ARBITERS_MAX];
    uint32_t signed_for; /* S that we have given a share for last: only larger ones follow */
    bool decided;        /* Y's signature is here */
    prom_decision decision;
    uint32_t deciders;
    prom_signature decision_signature;
} prom_arbitration;

typedef struct prom_batch_facts {
    prom_money money;
    prom_evidence_facts evidence;
    prom_arbitration arbitration; /* A alone */
} prom_batch_facts;

/* For now a channel holds one batch. */
#define PROM_BATCHES_MAX 1U

/* The party's own keys in this contract, as far as others see them. */
typedef struct prom_own {
    prom_bytes32 words;
    prom_bytes32 joint;
    prom_bytes32 seal;             /* V */
    prom_bytes32 host;             /* A */
    prom_bytes32 node_key;         /* of our node; A: of its announcement */
    prom_signature node_signature; /* by it, of our own-words key: prom_node_word */
    prom_bytes32 payout;
    prom_bytes32 change;
    prom_coin coins[PROM_COINS_MAX]; /* C, W, V: A: the first is its offer */
    size_t coin_count;
    prom_bytes32 h;   /* W */
    prom_bytes32 k_h; /* W */
} prom_own;

typedef struct prom_facts {
    uint64_t number; /* of the channel, at its node: keys and files are derived from it */
    prom_role role;
    bool restored; /* from a backup that may be older than the contract's last step: nothing is signed any more */
    bool frozen;   /* by a fault of our own: nothing new is signed, what is signed is defended */
    char frozen_reason[160];
    bool
        given_up; /* our owner gave the setup up when our signature of Tx0 was out: an input is to be spent elsewhere */
    bool tx0_seen; /* Tx0 was in a block once: it is published again where that block is gone, and nothing else is */
    prom_own own;
    prom_bytes32 client;                     /* C's own-words key: names the contract before it has an id */
    prom_address addresses[PROM_PLACES_MAX]; /* of the places' nodes, as far as they are known */
    prom_node_word nodes[PROM_PARTIES];      /* C, W, V: at whose nodes the parties are; checked */
    prom_setup_session setup;
    prom_spend tx0;    /* Tx0 in the chain */
    prom_spend spoilt; /* another transaction that spends an input of Tx0 */
    uint16_t batch_count;
    prom_batch_facts batches[PROM_BATCHES_MAX];
    prom_span kept[PROM_KEPT_KINDS];
} prom_facts;

/* The parts that facts are written in, each to bytes of its own, so that a step writes what it changed alone. The
 * numbers stand in databases: append only. */
typedef enum prom_part {
    PROM_PART_CHANNEL = 0, /* role, own keys, addresses, Tx0 */
    PROM_PART_SETUP = 1,
    PROM_PART_MONEY = 2,       /* of a batch */
    PROM_PART_EVIDENCE = 3,    /* of a batch */
    PROM_PART_ARBITRATION = 4, /* of a batch; A */
    PROM_PART_KEPT = 64,       /* + prom_kept_kind */
    PROM_PARTS = PROM_PART_KEPT + PROM_KEPT_KINDS,
} prom_part;

/* Writes a part's bytes, canonical: the same facts give the same bytes, and equal bytes the same facts. Empty where
 * there is nothing of the part to keep: the setup of a contract whose Tx0 was given out keeps its phase alone. */
PROM_MUST_USE prom_result prom_facts_write(prom_arena *arena, prom_span *bytes, const prom_facts *facts, prom_part part,
                                           uint16_t batch, prom_error *error);
/* Reads a part into facts that hold all others already, or nothing; byte strings are copied to the arena.
 * PROM_CATEGORY_BROKEN on bytes that prom_facts_write did not write. */
PROM_MUST_USE prom_result prom_facts_read(prom_arena *arena, prom_facts *facts, prom_part part, uint16_t batch,
                                          prom_span bytes, prom_error *error);

PROM_DECLARATIONS_END

#endif
