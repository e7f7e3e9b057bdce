/* The signing session: every signature of the tree that is made before Tx0, in the order that keeps everybody safe. A
 * stage's signatures leave only when all of the stages before are there and checked; every signature is verified when
 * it comes, and a bad one is its sender's fault, by name. Tx0 itself is signed with the parties' coins, after all
 * stages here. */
#ifndef PROMETHEUS_CONTRACT_SIGNING_H
#define PROMETHEUS_CONTRACT_SIGNING_H

#include "prometheus/base/declarations.h"
#include "prometheus/contract/tree.h"

PROM_DECLARATIONS_BEGIN

/* Places: C, W, V, then A_1 to A_n. */
#define PROM_PLACES_MAX (PROM_PARTIES + PROM_ARBITERS_MAX)

/* How a party signs with its contract key, and how anybody's signature is verified; a simulation hands in others. */
typedef struct prom_contract_signer {
    void *context;
    prom_result (*sign)(void *context, prom_signature *signature, const prom_bytes32 *hash, prom_error *error);
    bool (*verify)(void *context, const prom_signature *signature, const prom_bytes32 *hash,
                   const prom_bytes32 *public_key);
} prom_contract_signer;

/* One signature of the tree: who makes it, and of what. */
typedef struct prom_signing_slot {
    size_t tx; /* index in the tree */
    size_t input;
    prom_bytes32 hash;
    bool held;
    prom_signature signature;
} prom_signing_slot;

typedef struct prom_signing {
    const prom_terms *terms;
    const prom_tree *tree;
    size_t place;                              /* our own */
    prom_signing_slot *slots[PROM_PLACES_MAX]; /* of each place, in the order of the tree */
    size_t slot_count[PROM_PLACES_MAX];
    bool taken[PROM_PLACES_MAX][PROM_SIGNING_STAGES]; /* all of the place's signatures of the stage are there */
} prom_signing;

/* Makes a session that holds nothing yet. `terms` and `tree` must outlive it. */
PROM_MUST_USE prom_result prom_signing_new(prom_arena *arena, prom_signing **signing, const prom_terms *terms,
                                           const prom_tree *tree, size_t place, prom_error *error);

/* Returns whether everybody's signatures of all stages before `stage` are there. */
bool prom_signing_may_give(const prom_signing *signing, prom_stage_of_signing stage);

/* Makes our own signatures of a stage before PROM_SIGNING_LOCKING, one after another in the order of the tree, 64 bytes
 * each (none: an empty span). PROM_CATEGORY_MISUSE when prom_signing_may_give does not allow it. */
PROM_MUST_USE prom_result prom_signing_give(prom_arena *arena, prom_signing *signing, prom_span *signatures,
                                            prom_stage_of_signing stage, const prom_contract_signer *signer,
                                            prom_error *error);

/* Takes another's signatures of a stage. PROM_CATEGORY_PEER, naming the sender and the transaction, when there are not
 * as many as there should be, or one is not valid; nothing is taken then. */
PROM_MUST_USE prom_result prom_signing_take(prom_signing *signing, size_t place, prom_stage_of_signing stage,
                                            prom_span signatures, const prom_contract_signer *signer,
                                            prom_error *error);

/* Makes the transaction `tx` of the tree with all witnesses, out of the signatures held, our own where `own` is not
 * NULL and we are one of those who complete it, those in `late` of others who do, and the preimages in `late`.
 * PROM_CATEGORY_BAD_INPUT says what is missing. */
PROM_MUST_USE prom_result prom_signing_finish(prom_arena *arena, prom_tx **finished, const prom_signing *signing,
                                              const prom_tree_tx *tx, const prom_contract_signer *own,
                                              const prom_satisfaction *late, prom_error *error);

#define PROM_PLACE_NAME 24
/* Writes the place's name, as "the client" or "arbiter 2". Returns `text`. */
const char *prom_place_name(char text[PROM_PLACE_NAME], size_t place);

/* Returns the contract key of a place. */
const prom_bytes32 *prom_place_key(const prom_terms *terms, size_t place);

PROM_DECLARATIONS_END

#endif
