/* What the conditions are about, in words. */
#include "prometheus/game/solution.h"

const char *prom_game_claim_text(prom_game_claim claim)
{
    static const char *const texts[PROM_CLAIMS] = {
        [PROM_CLAIM_WORKER_COMES] = "a worker comes",
        [PROM_CLAIM_VERIFIER_COMES] = "a verifier comes",
        [PROM_CLAIM_CLIENT_COMES] = "a client comes",
        [PROM_CLAIM_ARBITER_COMES] = "an arbiter comes",
        [PROM_CLAIM_WORKER_HONEST] = "the worker keeps the rules",
        [PROM_CLAIM_VERIFIER_HONEST] = "the verifier keeps the rules",
        [PROM_CLAIM_CLIENT_HONEST] = "the client keeps the rules",
        [PROM_CLAIM_ARBITER_HONEST] = "an arbiter keeps the rules",
        [PROM_CLAIM_CLIENT_VERIFIER] = "client and verifier together keep the rules",
        [PROM_CLAIM_CLIENT_WORKER] = "client and worker together keep the rules",
        [PROM_CLAIM_WORKER_VERIFIER] = "worker and verifier together keep the rules",
        [PROM_CLAIM_STALLING] = "nobody gains from stalling the arbitration",
        [PROM_CLAIM_APPEAL] = "a worker appeals when it is in the right, and only then",
    };
    return texts[claim];
}
