/* The signing session: ALL's signature of every branch of the tree, made by MuSig2 (BIP 327) before Tx0. All send the
 * public nonces of all branches at once, then all partial signatures; when everybody's are there, the signatures are
 * put together and verified. Only when one fails are the partial ones looked at, and the sender at fault is named. Tx0
 * itself is signed with the parties' coins, once everything here is complete.
 *
 * Secret nonces live in memory alone and are destroyed by our partial signatures; what is asked for again after that is
 * the stored bytes. A second, different word of one sender ends the session, and so does a bad one. A crash means a new
 * session with new nonces.
 *
 *   prom_signing_new
 *   prom_signing_give_nonces    -- to everybody -->   prom_signing_take_nonces
 *   prom_signing_give_partials  -- to everybody -->   prom_signing_take_partials
 *   prom_signing_complete, prom_signing_write to disk, and only then the own signatures of Tx0:
 *   prom_tx0_check of everybody's, prom_tx0_finish
 *   prom_signing_finish, when a branch is published */
#ifndef PROMETHEUS_CONTRACT_SIGNING_H
#define PROMETHEUS_CONTRACT_SIGNING_H

#include "prometheus/base/declarations.h"
#include "prometheus/contract/tree.h"
#include "prometheus/crypto/musig.h"

PROM_DECLARATIONS_BEGIN

/* Places: C, W, V, then A_1 to A_n. */
#define PROM_PLACES_MAX (PROM_PARTIES + PROM_ARBITERS_MAX)

typedef struct prom_signing prom_signing;

/* Makes a session of the party at `place`. `curve`, `terms` and `tree` must outlive it; prom_signing_wipe must be
 * called before the arena is freed. */
PROM_MUST_USE prom_result prom_signing_new(const prom_curve *curve, prom_arena *arena, prom_signing **signing,
                                           const prom_terms *terms, const prom_tree *tree, size_t place,
                                           prom_error *error);

/* Returns how many branches are signed: all transactions but Tx0. */
size_t prom_signing_count(const prom_signing *signing);

/* Bytes of what each sends: a nonce for each branch, in the order of the tree; the digest of all nonces that it signs
 * with, and a partial signature for each branch. */
#define PROM_SIGNING_NONCES_BYTES(branches) ((branches) * sizeof(prom_musig_nonce))
#define PROM_SIGNING_PARTIALS_BYTES(branches) (sizeof(prom_bytes32) + (branches) * sizeof(prom_musig_partial))

/* Makes our nonces, from 32 fresh random bytes, which are zeroed, and writes their public halves. `key` is our joint
 * key's. Called again it writes the same bytes, and looks at neither. */
PROM_MUST_USE prom_result prom_signing_give_nonces(prom_arena *arena, prom_signing *signing, prom_span *nonces,
                                                   const prom_key *key, prom_bytes32 *randomness, prom_error *error);
/* Takes another's nonces. PROM_CATEGORY_PEER, naming the sender, when there are not as many as there should be, or they
 * are not those that it sent before, which ends the session. Whether they are points, prom_signing_give_partials
 * sees. */
PROM_MUST_USE prom_result prom_signing_take_nonces(prom_signing *signing, size_t place, prom_span nonces,
                                                   prom_error *error);
/* Returns whether everybody's nonces are there. */
bool prom_signing_has_nonces(const prom_signing *signing);

/* Makes our partial signatures, and destroys our secret nonces. Called again it writes the same bytes.
 * PROM_CATEGORY_MISUSE when nonces are missing. PROM_CATEGORY_PEER, naming the place (also in `culprit`, which may be
 * NULL) and the transaction, when a nonce is not two points of the curve; that ends the session, with nothing signed.
 */
PROM_MUST_USE prom_result prom_signing_give_partials(prom_arena *arena, prom_signing *signing, prom_span *partials,
                                                     size_t *culprit, prom_error *error);
/* Takes another's partial signatures. PROM_CATEGORY_PEER, naming the sender, when there are not as many as there should
 * be, or they are not those that it sent before, which ends the session. */
PROM_MUST_USE prom_result prom_signing_take_partials(prom_signing *signing, size_t place, prom_span partials,
                                                     prom_error *error);
/* Returns whether everybody's partial signatures are there. */
bool prom_signing_has_partials(const prom_signing *signing);

/* Puts the signatures together and verifies each. PROM_CATEGORY_PEER, naming the place (also in `culprit`, which may be
 * NULL) and the transaction, when a partial signature is not valid. `culprit` is PROM_PLACES_MAX when nobody is proven
 * at fault: somebody signed with other nonces than those that we hold, so that either it or a sender of nonces told two
 * stories; whose, the signed messages show. Both end the session. PROM_CATEGORY_MISUSE when partial signatures, or our
 * own, are missing. */
PROM_MUST_USE prom_result prom_signing_complete(prom_signing *signing, size_t *culprit, prom_error *error);
/* Returns whether prom_signing_complete has succeeded, or complete signatures were loaded. */
bool prom_signing_is_complete(const prom_signing *signing);

/* Destroys our secret nonces, if there are any; an incomplete session is over then. */
void prom_signing_wipe(prom_signing *signing);

/* Writes the complete signatures, 64 bytes for each branch in the order of the tree: what a party keeps on its disk.
 * PROM_CATEGORY_MISUSE when the session is not complete. */
PROM_MUST_USE prom_result prom_signing_write(prom_arena *arena, prom_span *signatures, const prom_signing *signing,
                                             prom_error *error);
/* Loads what was written into a session that is not complete, which it completes. PROM_CATEGORY_BAD_INPUT names the
 * first signature that is not valid; nothing is loaded then. */
PROM_MUST_USE prom_result prom_signing_load(prom_signing *signing, prom_span signatures, prom_error *error);

/* What a branch waits for, when it is published; NULL: not at hand. */
typedef struct prom_publication {
    const prom_signature *V; /* the verdict */
    const prom_signature *Y; /* the decision */
    const prom_bytes32 *h_p;
    const prom_bytes32 *k_p;
} prom_publication;

/* Makes the transaction `tx` of the tree, not Tx0, with its whole witness. PROM_CATEGORY_BAD_INPUT says what is missing
 * or not valid; PROM_CATEGORY_MISUSE when the session is not complete. */
PROM_MUST_USE prom_result prom_signing_finish(prom_arena *arena, prom_tx **finished, const prom_signing *signing,
                                              const prom_tree_tx *tx, const prom_publication *with, prom_error *error);

/* Tx0 is signed input by input: each place sends one signature, 64 bytes, for each of its own inputs, in their order.
 * Nothing else can come into a witness, so that Tx0 has the weight that was agreed. */

/* Returns how many inputs of Tx0 a place has; `first` gets the index of the first one. */
size_t prom_tx0_inputs(const prom_terms *terms, size_t place, size_t *first);

/* Succeeds when `signatures` are the place's of all of its inputs. PROM_CATEGORY_PEER, naming place and input, when
 * there are not as many as there should be or one is not valid. */
PROM_MUST_USE prom_result prom_tx0_check(const prom_curve *curve, prom_arena *arena, const prom_terms *terms,
                                         const prom_tree *tree, size_t place, prom_span signatures, prom_error *error);

/* Makes Tx0 with all witnesses, from what prom_tx0_check accepted of each place. */
PROM_MUST_USE prom_result prom_tx0_finish(prom_arena *arena, prom_tx **finished, const prom_terms *terms,
                                          const prom_tree *tree, const prom_span signatures[PROM_PLACES_MAX],
                                          prom_error *error);

#define PROM_PLACE_NAME 24
/* Writes the place's name, as "the client" or "arbiter 2". Returns `text`. */
const char *prom_place_name(char text[PROM_PLACE_NAME], size_t place);

/* Returns the own-words key, and the joint key, of a place. */
const prom_bytes32 *prom_place_key(const prom_terms *terms, size_t place);
const prom_bytes32 *prom_place_joint_key(const prom_terms *terms, size_t place);

PROM_DECLARATIONS_END

#endif
