/* What the parties of a contract say to each other, as values. Their bytes on a link are src/wire's; what is signed in
 * them has canonical bytes of its own (docs/protocol.md). Spans point into memory of whoever made the message.
 *
 * A party is known by its own-words key, fresh for each contract; a contract is known by its client's. Programs, inputs
 * and packages are never in a message: what names them by hash is, and the bytes are fetched (want.h). */
#ifndef PROMETHEUS_CHANNEL_MESSAGE_H
#define PROMETHEUS_CHANNEL_MESSAGE_H

#include "prometheus/base/declarations.h"
#include "prometheus/contract/attestation.h"
#include "prometheus/contract/offer.h"
#include "prometheus/contract/signing.h"
#include "prometheus/contract/terms.h"

PROM_DECLARATIONS_BEGIN

/* The numbers stand on the wire: append only. 2, 5 and 11 are of the first edition and not used again. */
typedef enum prom_message_kind {
    PROM_MESSAGE_PROPOSAL = 1,                     /* C to W, V */
    PROM_MESSAGE_ACCEPTANCE = 3,                   /* W, V to C */
    PROM_MESSAGE_ANNOUNCEMENTS = 4,                /* C, W, V to each other: of the offers that the seed orders first */
    PROM_MESSAGE_DIGEST = 6,                       /* all to all */
    PROM_MESSAGE_NONCES = PROM_SIGNING_NONCES,     /* all to all */
    PROM_MESSAGE_PARTIALS = PROM_SIGNING_PARTIALS, /* all to all */
    PROM_MESSAGE_TX0_SIGNATURES = 9,               /* W, V, A to C */
    PROM_MESSAGE_STATEMENT = 10,                   /* anybody to anybody: a package signed, a notice, receipt, answer,
                                                      vote's commitment, vote; its own signature says whose it is */
    PROM_MESSAGE_VERDICT = 12,                     /* V to W: r = 1 */
    PROM_MESSAGE_REFUSAL = 13,                     /* any to any: the setup is over, and why */
    PROM_MESSAGE_KEYGEN = 14,                      /* C, W, V, A to each other: prom_keygen_step */
    PROM_MESSAGE_TX0 = 15,                         /* C to all: published */
    PROM_MESSAGE_BASE_TERMS = 16,                  /* C to W, V: signed by C */
    PROM_MESSAGE_BASE_SIGNATURE = 17,              /* W, V to the other two */
    PROM_MESSAGE_INVITATION = 18,                  /* C, W, V to A; A to an arbiter that comes before it */
    PROM_MESSAGE_SEAT = 19,                        /* A to whoever invited it; passed on to all: yes, or no */
    PROM_MESSAGE_LOSS = 20,                        /* any to all of the setup: an arbiter has lost its seat */
    PROM_MESSAGE_QUESTION = 21,                    /* V to A: the final question */
    PROM_MESSAGE_KEY = 22,                         /* W to A, once TxA is in a block: h_p */
    PROM_MESSAGE_ECHO = 23,                        /* A to A */
    PROM_MESSAGE_DECISION = 24,                    /* A to A: a step of signing the decision */
} prom_message_kind;
#define PROM_MESSAGE_KINDS 25

/* Returns the kind's name, as "proposal", or "unknown". */
const char *prom_message_name(prom_message_kind kind);

/* Spans, one after the other. */
typedef struct prom_span_list {
    const prom_span *items;
    size_t count;
} prom_span_list;

/* Where a node listens, as its owner wrote it: what the node makes of it is the links' business. */
typedef struct prom_address {
    uint8_t length;
    uint8_t bytes[PROM_ADDRESS_MAX];
} prom_address;

/* Returns whether two are the same, as they are written. */
bool prom_address_equal(const prom_address *a, const prom_address *b);

/* Says at which node a party is, as base terms and draws are kept apart by nodes: the node's key signs the tagged hash
 * `prometheus/node` of the party's own-words key. So nobody can name a node that is another's. */
typedef struct prom_node_word {
    prom_bytes32 key;
    prom_signature signature;
} prom_node_word;

/* Base terms with C's part, and C's wishes for snapshot, draw's block and deadline; W's and V's parts are zero. */
typedef struct prom_proposal_message {
    prom_span terms;
    prom_address address; /* of C's node */
    prom_node_word node;  /* C's */
} prom_proposal_message;

typedef struct prom_acceptance_message {
    prom_party_terms part;
    prom_bytes32 h;       /* W; V: zero */
    prom_bytes32 k_h;     /* W; V: zero */
    prom_span earlier;    /* signed base terms of the aborted draw that binds the three, as far as the sender knows */
    prom_address address; /* of its node */
    prom_node_word node;  /* the sender's */
} prom_acceptance_message;

typedef struct prom_base_terms_message {
    prom_span terms; /* base terms, whole */
    prom_signature signature;
    prom_address addresses[PROM_PARTIES];
    prom_node_word nodes[PROM_PARTIES];
} prom_base_terms_message;

typedef struct prom_invitation_message {
    prom_span signed_terms; /* base terms with the three signatures */
    prom_address addresses[PROM_PARTIES];
} prom_invitation_message;

/* The keys that an arbiter brings to a contract, each of which signs its yes: else somebody who copies another's key
 * into its own word would make terms of both that nobody can accept. Their order is that of the signatures. */
typedef enum prom_seat_key {
    PROM_SEAT_WORDS,
    PROM_SEAT_JOINT,
    PROM_SEAT_HOST,
    PROM_SEAT_PAYOUT,
    PROM_SEAT_KEYS,
} prom_seat_key;

/* What an arbiter says to the question whether it takes a seat. Signed by the node key of its announcement: the tagged
 * hash `prometheus/seat` of setup id, yes (u8) and all that stands before the signatures. */
typedef struct prom_seat {
    bool yes;
    prom_announcement announcement;    /* of its offer; signed by Q */
    prom_arbiter_terms terms;          /* yes: its part of the full terms; no: its offer alone, zeros else */
    prom_bytes32 host_key;             /* yes: for the key generation */
    prom_signature signature;          /* by the node's key */
    prom_signature by[PROM_SEAT_KEYS]; /* yes: of the same hash; no: zeros */
} prom_seat;

/* Why an arbiter has lost its seat, beside its own refusal. */
typedef enum prom_loss_kind {
    PROM_LOSS_SILENT = 1,  /* C, W and V all say so; one of them says it here: the tagged hash `prometheus/silence` of
                              setup id, offer and the hash of the seats, signed by its own words */
    PROM_LOSS_KEYGEN = 2,  /* anybody can check: a share that it dealt was bad */
    PROM_LOSS_SIGNING = 3, /* anybody can check: prom_signing_judge */
    PROM_LOSS_WORDS = 4,   /* anybody can check: two different words of it about its seat */
} prom_loss_kind;

typedef struct prom_loss {
    prom_loss_kind kind;
    prom_outpoint offer;      /* whose seat */
    prom_bytes32 seating;     /* hash of the seats (prom_setup_seating) that it lost one of */
    uint8_t place;            /* silent: who says so, C, W or V */
    prom_signature signature; /* silent */
    prom_span proof;          /* key generation, signing: number of seats (u8), the candidate in each (u8), and what
                                 shows the fault; words: both, as prom_seat_write has them */
} prom_loss;

typedef struct prom_digest_message {
    prom_bytes32 contract_id;
    prom_bytes32 digest;
} prom_digest_message;

typedef struct prom_keygen_message {
    prom_bytes32 seating; /* hash of the seats that the key is made for */
    uint8_t step;         /* prom_keygen_step */
    prom_span bytes;
} prom_keygen_message;

/* What is passed on among arbiters, with the echoes of some of them. */
#define PROM_ECHOES_MAX PROM_ARBITERS_MAX
typedef struct prom_echo_message {
    bool of_key;                /* of h_p; else of a statement */
    prom_bytes32 h_p;           /* of_key */
    prom_attestation statement; /* else */
    uint8_t count;
    prom_attestation echoes[PROM_ECHOES_MAX]; /* statements of the kind echo, by different arbiters */
} prom_echo_message;

/* A step of a FROST session: one arbiter, who decides nothing by it, asks those of S for nonces, and tells the k that
 * answered first whose they are. Each of the k gives its share to the others and the coordinator: whoever has all adds
 * them up. */
typedef enum prom_decision_step {
    PROM_DECISION_ASK = 1,    /* coordinator to each of S */
    PROM_DECISION_NONCE = 2,  /* to the coordinator: a public nonce, 66 bytes */
    PROM_DECISION_LIST = 3,   /* coordinator to the k signers: signers (u32) and their nonces, in order */
    PROM_DECISION_SHARE = 4,  /* signer to the k and the coordinator: 32 bytes */
    PROM_DECISION_SIGNED = 5, /* to all: Y's signature, 64 bytes */
} prom_decision_step;

typedef struct prom_decision_message {
    uint8_t decision;    /* prom_decision */
    uint32_t deciders;   /* S: bit i for arbiter i */
    uint8_t coordinator; /* index of an arbiter */
    uint32_t session;    /* of this coordinator */
    uint8_t step;        /* prom_decision_step */
    prom_span bytes;
} prom_decision_message;

typedef struct prom_message {
    prom_message_kind kind;
    uint16_t batch; /* of a channel that holds several; 0 in messages of the setup */
    union {
        prom_proposal_message proposal;
        prom_acceptance_message acceptance;
        prom_span_list announcements;
        prom_span bytes; /* nonces, partials, Tx0's signatures, Tx0; refusal: the reason, as text */
        prom_digest_message digest;
        prom_attestation statement;
        prom_signature signature; /* verdict: V's of Tx4; base signature: the sender's of the setup id */
        prom_keygen_message keygen;
        prom_base_terms_message base_terms;
        prom_invitation_message invitation;
        prom_seat seat;
        prom_loss loss;
        prom_bytes32 h_p; /* key */
        prom_echo_message echo;
        prom_decision_message decision;
    } as; /* question: nothing */
} prom_message;

/* Makes a copy whose spans lie in the arena. */
PROM_MUST_USE prom_result prom_message_copy(prom_arena *arena, prom_message *copy, const prom_message *message,
                                            prom_error *error);

/* Returns the most bytes that the kind's spans may hold together; what is larger no party need take. */
size_t prom_message_bytes_max(prom_message_kind kind);

PROM_DECLARATIONS_END

#endif
