/* The arbiters' key generation (ChillDKG). C, W and V are its coordinators, all three, and trusted with nothing: each
 * gathers what the arbiters send and passes it on, so that nobody can say of an arbiter that it is silent, or keep it
 * so. The arbiters know each other by keys that serve this alone, fresh for each contract: host keys.
 *
 *   each arbiter                          each of C, W, V
 *   deal            -- signed deal -->
 *                   <-- all deals --
 *   signature       -- signature -->
 *                   <-- all signatures --
 *
 * What a coordinator computes from the deals anybody can compute, so nobody need be told it. A deal is signed with the
 * host key: a bad one, or two of one session, prove its dealer at fault to anybody. Nothing is remembered between the
 * steps: each is a function of the session and of what was sent, and may be done twice. */
#ifndef PROMETHEUS_CONTRACT_KEYGEN_H
#define PROMETHEUS_CONTRACT_KEYGEN_H

#include "prometheus/base/declarations.h"
#include "prometheus/contract/parameters.h"
#include "prometheus/crypto/chilldkg.h"

PROM_DECLARATIONS_BEGIN

/* What a message of the key generation is. The numbers stand on the wire. */
typedef enum prom_keygen_step {
    PROM_KEYGEN_ENTER = 0,       /* any to any: its sender has come to these seats, and asks for what there is */
    PROM_KEYGEN_DEAL = 1,        /* A to C, W, V: its first message, and its signature of it */
    PROM_KEYGEN_DEALS = 2,       /* C, W, V to A: all of them, in the order of the seats */
    PROM_KEYGEN_SIGNATURE = 3,   /* A to C, W, V: of what the deals add up to, 64 bytes */
    PROM_KEYGEN_CERTIFICATE = 4, /* C, W, V to A: all of them: Y can be used */
    PROM_KEYGEN_DONE = 5,
} prom_keygen_step;

/* Makes a session of the arbiters with these host keys, of whom `threshold` make a decision. */
PROM_MUST_USE prom_result prom_keygen_session(const prom_curve *curve, prom_dkg_session *session,
                                              const prom_bytes32 *host_keys, size_t count, size_t threshold,
                                              prom_error *error);

/* Writes, and reads, what all arbiters sent: each with its length (u16). */
PROM_MUST_USE prom_result prom_keygen_write_list(prom_arena *arena, prom_span *bytes, const prom_span *items,
                                                 size_t count, prom_error *error);
PROM_MUST_USE prom_result prom_keygen_read_list(prom_span *items, size_t count, prom_span bytes, prom_error *error);

/* What is to be said of a deal. */
typedef enum prom_deal_standing {
    PROM_DEAL_UNSIGNED,    /* it is nobody's */
    PROM_DEAL_BAD,         /* its dealer has signed what shows by itself that it is bad */
    PROM_DEAL_WELL_FORMED, /* whether each share is good its receiver alone can see */
} prom_deal_standing;
/* Finds it. */
PROM_MUST_USE prom_result prom_keygen_check_deal(const prom_curve *curve, prom_arena *arena,
                                                 prom_deal_standing *standing, const prom_dkg_session *session,
                                                 size_t dealer, prom_span deal, prom_error *error);

/* Returns whether two deals are the same, whatever signatures they bear: of one message there are many good ones. */
bool prom_keygen_same_deal(prom_span one, prom_span other);

/* Succeeds when it is the arbiter's signature of what these deals, all well formed, add up to. */
PROM_MUST_USE prom_result prom_keygen_check_signature(const prom_curve *curve, prom_arena *arena,
                                                      const prom_dkg_session *session, const prom_span *deals,
                                                      size_t signer, prom_span signature, prom_error *error);

/* The key that was made. */
typedef struct prom_keygen_key {
    prom_bytes32 Y;     /* x-only */
    prom_span recovery; /* with a host key an arbiter's share comes of it */
} prom_keygen_key;

/* Checks all signatures, and gives the key. PROM_CATEGORY_PEER when one is not valid. */
PROM_MUST_USE prom_result prom_keygen_finish(const prom_curve *curve, prom_arena *arena, prom_keygen_key *key,
                                             const prom_dkg_session *session, const prom_span *deals,
                                             const prom_span *signatures, prom_error *error);

/* A step of an arbiter's, as a channel asks for it: long work, which needs its secrets. */
typedef struct prom_keygen_order {
    prom_keygen_step step;          /* PROM_KEYGEN_DEAL or PROM_KEYGEN_SIGNATURE */
    prom_span bytes;                /* as prom_keygen_write_order wrote them */
    const prom_key *key;            /* the host key */
    const prom_bytes32 *randomness; /* 32 random bytes: the same whenever the session is, as a deal is made once */
} prom_keygen_order;

/* Writes what such a step takes: the session, and, for the signature, the list of all deals. */
PROM_MUST_USE prom_result prom_keygen_write_order(prom_arena *arena, prom_span *bytes, const prom_dkg_session *session,
                                                  prom_span deals, prom_error *error);

typedef struct prom_keygen_answer {
    size_t culprit;  /* a dealer whose share for us is bad, or PROM_ARBITERS_MAX */
    prom_span bytes; /* the deal, or the signature; with a culprit what proves its fault */
} prom_keygen_answer;

/* Does the step; the answer lies in the arena. PROM_CATEGORY_BAD_INPUT when the host key is none of the session's. */
PROM_MUST_USE prom_result prom_keygen_work(const prom_curve *curve, prom_arena *arena, prom_keygen_answer *answer,
                                           const prom_keygen_order *order, prom_error *error);

/* What proves a dealer at fault: its deal; and, where that is well formed, a second one, or a complaint by the receiver
 * of a share in it. */
typedef struct prom_keygen_proof {
    prom_span deal;
    prom_span other;   /* empty: none */
    size_t complainer; /* PROM_ARBITERS_MAX: nobody */
    prom_span complaint;
} prom_keygen_proof;

/* Writes a proof. */
PROM_MUST_USE prom_result prom_keygen_write_proof(prom_arena *arena, prom_span *bytes, const prom_keygen_proof *proof,
                                                  prom_error *error);
/* Finds whether the bytes prove the dealer at fault; anybody can, and comes to the same. What is not well formed proves
 * nothing. */
PROM_MUST_USE prom_result prom_keygen_judge(const prom_curve *curve, prom_arena *arena, bool *proven,
                                            const prom_dkg_session *session, size_t dealer, prom_span proof,
                                            prom_error *error);

PROM_DECLARATIONS_END

#endif
