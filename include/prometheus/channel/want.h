/* What a channel wants done now: a pure function of its facts and of what it sees. Whoever runs it compares that with
 * what is under way, after every step and after every start, and begins what is not: so that nothing asked for is lost
 * by a crash, and nothing is done that is not on disk. A want is the same as another when all but its urgency is. */
#ifndef PROMETHEUS_CHANNEL_WANT_H
#define PROMETHEUS_CHANNEL_WANT_H

#include "prometheus/base/declarations.h"
#include "prometheus/channel/facts.h"
#include "prometheus/channel/fees.h"

PROM_DECLARATIONS_BEGIN

/* What is signed, and by which key. The signer keeps a journal: for each purpose, batch and hash of `detail` it signs
 * one hash, ever. Append only: the numbers stand in the journal. */
typedef enum prom_purpose {
    PROM_PURPOSE_BASE = 1, /* C, W, V: a setup id, own words; detail: that id */
    PROM_PURPOSE_SEAT = 2, /* A: its word about a seat, node key; and, in the event's bytes, the signatures of the same
                            * hash by the keys that it brings, in the order of prom_seat_key; detail: setup id */
    PROM_PURPOSE_SILENCE = 3,   /* C, W, V: own words; detail: what is signed */
    PROM_PURPOSE_STATEMENT = 4, /* own words; detail: kind and round of the statement; of an echo what is echoed */
    PROM_PURPOSE_VERDICT = 5,   /* V: own words: the sighash of Tx4, or that of TxV0: one of the two; detail: nothing */
    PROM_PURPOSE_NONCES = 6,    /* joint key: a message of nonces; detail: contract id and attempt, hashed */
    PROM_PURPOSE_PARTIALS = 7,  /* joint key: a message of partial signatures; detail: likewise */
    PROM_PURPOSE_TX0 = 8,       /* keys of coins, or of the offer: all own inputs of Tx0; detail: the txid */
    PROM_PURPOSE_FROST_NONCE = 9,  /* A: fresh for each hash, in memory alone; detail: none, and no journal; hash: names
                                      the  session; gives the public nonce (66 bytes) */
    PROM_PURPOSE_FROST_SHARE = 10, /* A: share of Y (32 bytes), by prom_decision_open; detail: SHA-256 of our public
                                      nonce, which is used once; hash: names signers and nonces */
    PROM_PURPOSE_ABANDON = 11,     /* coin key: spends an own input of Tx0 elsewhere; detail: nothing, and no journal */
    PROM_PURPOSE_VOTE_NONCE =
        12,                /* A: 32 secret bytes, derived from the seed for this contract and batch: the same ones
                              whenever they are asked for; nobody else may know them before we reveal our vote */
    PROM_PURPOSE_KEY = 13, /* W: no signature but h_p itself, to be shown to the arbiters; no journal */
} prom_purpose;

typedef struct prom_want_sign {
    prom_purpose purpose;
    prom_bytes32 detail; /* see prom_purpose; a hash, or zeros */
    prom_bytes32 hash;   /* that is signed; zeros where the signer makes it: nonces, partials, Tx0 */
    uint32_t attempt;    /* nonces, partials */
    const struct prom_decision_session *session; /* FROST */
} prom_want_sign;

/* A transaction that we want in a block. */
typedef struct prom_want_publish {
    uint32_t tx;             /* index in the tree: prom_channel_finish makes it whole */
    prom_fee_obligation due; /* until when, what is at risk, and what lateness costs */
} prom_want_publish;

/* An own input of Tx0 spent to ourselves. */
typedef struct prom_want_abandon {
    prom_coin coin;
    prom_fee_obligation due;
} prom_want_abandon;

/* A body that we lack, and whom to ask for it. */
typedef struct prom_want_fetch {
    prom_body_kind what;
    prom_bytes32 hash;
    uint64_t length;   /* program and input: exact; packages: at most */
    uint16_t places;   /* bits of those who should have it */
    prom_bytes32 from; /* where the terms name no places yet: this key */
} prom_want_fetch;

/* Long work, for the pool. Every job may be run twice. */
typedef enum prom_job_kind {
    PROM_JOB_OPEN_JOB, /* W, V, A: program and input make a job that the terms allow, and that our machine can do */
    PROM_JOB_COMPUTE,  /* W: run, prove, seal: package A */
    PROM_JOB_OPENINGS, /* W: package B for the block X of the notice */
    PROM_JOB_OPEN_KEY, /* V: E_V, as soon as the package is there */
    PROM_JOB_CHECK,    /* V, A: the packages, with h_p */
    PROM_JOB_RESULT,   /* C: opens the package with h_p, checks it for itself, and gives the result to its owner */
    PROM_JOB_KEYGEN,   /* A: a step of the key generation: prom_keygen_work */
    PROM_JOBS,
} prom_job_kind;

typedef struct prom_want_job {
    prom_job_kind job;
    prom_bytes32 subject; /* hash of what it is about: of the packages, of the step's bytes */
    uint8_t step;         /* key generation: prom_keygen_step */
    prom_span bytes;      /* key generation: what the step takes */
    prom_bytes32 block;   /* openings: the hash of block X */
    int64_t until;        /* the last tip at which it helps; PROM_WINDOW_OPEN: at any. The soonest is begun first */
} prom_want_job;

typedef enum prom_want_kind {
    PROM_WANT_SIGN,
    PROM_WANT_PUBLISH,
    PROM_WANT_PUBLISH_TX0,
    PROM_WANT_ABANDON,
    PROM_WANT_FETCH,
    PROM_WANT_JOB,
    PROM_WANT_LOOK_UP, /* what the chain says of an outpoint */
    PROM_WANT_TRY,     /* Tx0 on our mempool */
} prom_want_kind;

typedef struct prom_want {
    prom_want_kind kind;
    uint16_t batch;
    union {
        prom_want_sign sign;
        prom_want_publish publish;
        prom_want_abandon abandon;
        prom_want_fetch fetch;
        prom_want_job job;
        prom_outpoint look_up;
    } as;
} prom_want;

#define PROM_WANTS_MAX 224U

typedef struct prom_wants {
    prom_want list[PROM_WANTS_MAX];
    size_t count;
} prom_wants;

PROM_DECLARATIONS_END

#endif
