/* What the parties and arbiters of a running contract say under their own-words keys: canonical bytes, a tagged hash,
 * a BIP 340 signature. The verdict is not among them: V's signature of Tx4's or of TxV0's input is its only form. What
 * is read here comes from strangers: whatever the bytes, reading ends in success or in a reason. */
#ifndef PROMETHEUS_CONTRACT_ATTESTATION_H
#define PROMETHEUS_CONTRACT_ATTESTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/contract/package.h"
#include "prometheus/contract/terms.h"

PROM_DECLARATIONS_BEGIN

/* Append only: the numbers stand in bytes. Each has a tag of its own. */
typedef enum prom_attestation_kind {
    PROM_ATTESTATION_PACKAGE = 1,    /* `prometheus/signed-package`, W: this is my package of the round, the only one */
    PROM_ATTESTATION_NOTICE = 2,     /* `prometheus/notice`, W: block X draws the sample of this package */
    PROM_ATTESTATION_RECEIPT = 3,    /* `prometheus/receipt`, an arbiter: I hold this, and had it at that height */
    PROM_ATTESTATION_ANSWER = 4,     /* `prometheus/answer`, an arbiter, its last word: these are all my receipts */
    PROM_ATTESTATION_ECHO = 5,       /* `prometheus/echo`, an arbiter: this has reached me */
    PROM_ATTESTATION_COMMITMENT = 6, /* `prometheus/vote-commitment`, an arbiter */
    PROM_ATTESTATION_VOTE = 7,       /* `prometheus/vote`, an arbiter: what it had committed to */
} prom_attestation_kind;

/* Where the signers stand, as in the signing session: C, W, V, then the arbiters. */
#define PROM_PLACE_W ((size_t)PROM_PARTY_W)
#define PROM_PLACE_ARBITER ((size_t)PROM_PARTIES) /* of the first */

/* One for each round, ever. */
typedef struct prom_package_claim {
    prom_round round; /* A or B */
    prom_bytes32 hash;
} prom_package_claim;

/* One for each contract, ever. */
typedef struct prom_block_notice {
    prom_bytes32 package_hash; /* H(package A) */
    uint32_t height;           /* X */
} prom_block_notice;

/* One for each arbiter and round, ever. */
typedef struct prom_receipt {
    prom_round round;
    prom_bytes32 hash; /* H(package), or prom_attestation_hash of the notice */
    uint32_t height;   /* the arbiter's own tip */
} prom_receipt;

/* One for each arbiter, ever. What it lists counts as given. */
typedef struct prom_answer {
    uint32_t tip; /* the arbiter's own */
    size_t count;
    prom_receipt receipts[PROM_ROUNDS]; /* by round, strictly rising */
} prom_answer;

/* The decision d of an arbitration. */
typedef enum prom_decision {
    PROM_DECISION_VERIFIER = 0, /* V is at fault */
    PROM_DECISION_WORKER = 1,   /* W is at fault */
} prom_decision;

typedef struct prom_vote {
    prom_decision decision;
    prom_bytes32 nonce; /* 32 fresh random bytes */
} prom_vote;

typedef struct prom_attestation {
    prom_attestation_kind kind;
    prom_bytes32 contract_id;
    size_t place; /* of the signer: W, or an arbiter */
    union {
        prom_package_claim package;
        prom_block_notice notice;
        prom_receipt receipt;
        prom_answer answer;
        prom_bytes32 echo;       /* prom_attestation_hash, or prom_shown_key_hash, of what is passed on */
        prom_bytes32 commitment; /* prom_vote_commitment */
        prom_vote vote;
    } as;
    prom_signature signature; /* of prom_attestation_hash */
} prom_attestation;

/* The most bytes that a statement has: an answer's with three receipts. */
#define PROM_ATTESTATION_MAX (1 + 32 + 1 + 4 + 1 + PROM_ROUNDS * (1 + 32 + 4) + 64)

/* Writes the bytes of a statement: kind (1), contract id (32), place (1), content, signature (64). */
PROM_MUST_USE prom_result prom_attestation_write(prom_arena *arena, prom_span *bytes,
                                                 const prom_attestation *attestation, prom_error *error);
/* Reads exactly one. PROM_CATEGORY_PEER, and `attestation` zeroed, on anything else: also when somebody says what is
 * not for its place to say. Whether it is signed is prom_attestation_check's. */
PROM_MUST_USE prom_result prom_attestation_read(prom_attestation *attestation, prom_span bytes, prom_error *error);

/* Computes the hash that is signed, and by which a statement is named: the tagged hash, its kind's, of all bytes before
 * the signature. */
void prom_attestation_hash(prom_bytes32 *hash, const prom_attestation *attestation);
/* Returns whether two statements say the same; signatures are not compared. */
PROM_MUST_USE bool prom_attestation_same(const prom_attestation *a, const prom_attestation *b);

/* Signs with the own-words key of the statement's place and 32 fresh random bytes. It is on disk before it is sent. */
PROM_MUST_USE prom_result prom_attestation_sign(const prom_curve *curve, prom_attestation *attestation,
                                                const prom_key *key, const prom_bytes32 *auxiliary, prom_error *error);

/* Succeeds when the statement is of this contract and signed by the one whose place it names. PROM_CATEGORY_PEER says
 * what is wrong. */
PROM_MUST_USE prom_result prom_attestation_check(const prom_curve *curve, const prom_attestation *attestation,
                                                 const prom_terms *terms, const prom_bytes32 *contract_id,
                                                 prom_error *error);

/* Computes by what an h_p is named where arbiters pass it on: the tagged hash `prometheus/shown-key` of contract id and
 * h_p. */
void prom_shown_key_hash(prom_bytes32 *hash, const prom_bytes32 *contract_id, const prom_bytes32 *h_p);

/* Finds whose echoes of `named` these are: bit i for arbiter i. Those of other things, of others, or not validly signed
 * are passed over. */
uint32_t prom_echoes_count(const prom_curve *curve, const prom_bytes32 *named, const prom_attestation *echoes,
                           size_t count, const prom_terms *terms, const prom_bytes32 *contract_id);

/* Computes what an arbiter commits to before anybody votes: the tagged hash `prometheus/vote-nonce` of contract id,
 * place (1), decision (1) and nonce. */
void prom_vote_commitment(prom_bytes32 *commitment, const prom_bytes32 *contract_id, size_t place,
                          const prom_vote *vote);
/* Returns whether a vote is the one that its arbiter committed to. Both statements were checked. */
PROM_MUST_USE bool prom_vote_opens(const prom_attestation *vote, const prom_attestation *commitment);

PROM_DECLARATIONS_END

#endif
