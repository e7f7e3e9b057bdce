/* The arbiters' key generation (ChillDKG) with the client as its untrusted coordinator, step by step, as the channel
 * asks for them. Each step's result is what the next one takes. The arbiters know each other by keys that serve this
 * alone, fresh for each contract: host keys. */
#ifndef PROMETHEUS_CONTRACT_KEYGEN_H
#define PROMETHEUS_CONTRACT_KEYGEN_H

#include "prometheus/base/declarations.h"
#include "prometheus/contract/parameters.h"
#include "prometheus/crypto/chilldkg.h"

PROM_DECLARATIONS_BEGIN

typedef enum prom_keygen_step {
    PROM_KEYGEN_SESSION = 0,     /* A: threshold (u8), number (u8), host keys. C: the same, without result */
    PROM_KEYGEN_FIRST = 1,       /* C: all arbiters' first messages, each with its length (u32) */
    PROM_KEYGEN_COMMITMENTS = 2, /* A: the coordinator's first message */
    PROM_KEYGEN_SECOND = 3,      /* C: all arbiters' signatures, each with its length (u32); gives Y */
    PROM_KEYGEN_CERTIFICATE = 4, /* A: the coordinator's second message; gives Y, and the recovery data as its result */
    PROM_KEYGEN_DONE = 5,
} prom_keygen_step;

/* What C, or an arbiter, knows between the steps; holds the arbiter's share in the end. For its owner to wipe. */
typedef struct prom_keygen {
    prom_dkg_session session;
    prom_dkg_participant participant; /* A */
    prom_dkg_outcome outcome;
    prom_dkg_output output;
} prom_keygen;

/* Returns whether a step is the coordinator's, C's; the others are the arbiters'. Both take PROM_KEYGEN_SESSION. */
bool prom_keygen_is_coordinators(prom_keygen_step step);

/* One step, as the channel asks for it. */
typedef struct prom_keygen_action {
    prom_keygen_step step;
    prom_span bytes;
    const prom_key *key;            /* an arbiter's host key, its point the even one; C's is NULL */
    const prom_bytes32 *randomness; /* 32 fresh random bytes */
} prom_keygen_action;

/* Does one step. `result` lies in the arena, which must outlive the key generation; `Y` is written by the last
 * steps. PROM_CATEGORY_PEER, and who is at fault where that is known, when others broke the protocol. */
PROM_MUST_USE prom_result prom_keygen_do(const prom_curve *curve, prom_arena *arena, prom_keygen *keygen,
                                         prom_span *result, prom_bytes32 *Y, const prom_keygen_action *action,
                                         prom_error *error);

PROM_DECLARATIONS_END

#endif
