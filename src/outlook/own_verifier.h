/* A client that is its own verifier, as it is by default: what the worker is promised against both in one hand, and
 * what they have of it. */
#ifndef OUTLOOK_OWN_VERIFIER_H
#define OUTLOOK_OWN_VERIFIER_H

#include "prometheus/game/solution.h"

/* What happens with so many arbiters in the same hand. */
typedef struct prom_own_verifier_play {
    uint32_t arbiters;
    const prom_game_attack *attack; /* the best that client, verifier and these arbiters can do */
    double worker; /* the least that the closing transaction may be expected to pay a worker that keeps the rules,
                      whatever they do, sat */
} prom_own_verifier_play;

typedef struct prom_own_verifier {
    double locked;                  /* by client and verifier together, but for fees, sat */
    double honest;                  /* what both together get when all keep the rules (utility), sat */
    double promised;                /* to the worker: stake and share, sat */
    prom_own_verifier_play play[2]; /* with no arbiter, and with n - k */
    size_t count;                   /* of plays: one where n - k is 0 */
} prom_own_verifier;

/* Computes it from a solution that has games. Fails when memory is short. */
PROM_MUST_USE prom_result prom_own_verifier_of(prom_own_verifier *it, const prom_game_solution *solution,
                                               prom_error *error);

/* Returns whether the play leaves the worker what it is promised. */
bool prom_own_verifier_keeps(const prom_own_verifier *it, const prom_own_verifier_play *play);

#endif
