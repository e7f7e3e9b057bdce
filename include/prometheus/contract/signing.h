/* The signing session: ALL's signature of every branch of the tree, made by MuSig2 (BIP 327) before Tx0. All send the
 * public nonces of all branches at once, then all partial signatures; when everybody's are there, the signatures are
 * put together and verified. Tx0 itself is signed with the parties' coins, once everything here is complete.
 *
 * Both messages are signed with the sender's own-words key, and a message of partial signatures names the nonces that
 * it was made with, each with its sender's own signature. So whoever holds all messages of an attempt that failed holds
 * a proof of who is at fault, which anybody can check: prom_signing_judge.
 *
 * Secret nonces live in memory alone and are destroyed by our partial signatures; what is asked for again after that is
 * the stored bytes. Who crashed begins the next attempt, with new nonces, and everybody follows to the highest attempt
 * that somebody has signed nonces for; what is of an earlier one is passed over, and nobody's fault: it may be anybody
 * who sends it again. The number is on the disk, in the stored message of nonces, before it is out: so nobody honest
 * ever signs two different nonces, or partial signatures, for one attempt.
 *
 *   prom_signing_new, prom_signing_begin
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

/* Attempts are counted from 1 and end here: each takes new memory, and whoever lets a signing begin so often anew is as
 * bad as one that is silent. */
#define PROM_SIGNING_ATTEMPTS_MAX 16U

/* The two messages of a session, by their numbers on the wire. */
typedef enum prom_signing_kind {
    PROM_SIGNING_NONCES = 7,
    PROM_SIGNING_PARTIALS = 8,
} prom_signing_kind;

/* Bytes of a message: the attempt (u32), then a nonce for each branch, in the order of the tree; or, for each place,
 * the digest of its nonces and its signature of them, and a partial signature for each branch; then the sender's
 * signature.
 */
#define PROM_SIGNING_VOUCHED_BYTES (sizeof(prom_bytes32) + sizeof(prom_signature))
#define PROM_SIGNING_NONCES_BYTES(branches)                                                                            \
    (sizeof(uint32_t) + (branches) * sizeof(prom_musig_nonce) + sizeof(prom_signature))
#define PROM_SIGNING_PARTIALS_BYTES(places, branches)                                                                  \
    (sizeof(uint32_t) + (places)*PROM_SIGNING_VOUCHED_BYTES + (branches) * sizeof(prom_musig_partial) +                \
     sizeof(prom_signature))

/* Computes what stands signed at the end of a message: the tagged hash `prometheus/signing` of contract id, kind (u8),
 * attempt (u32) and the digest of what is between: the tagged hash `prometheus/nonces`, or `prometheus/partials`. */
void prom_signing_hash(prom_bytes32 *hash, const prom_bytes32 *contract_id, prom_signing_kind kind, uint32_t attempt,
                       const prom_bytes32 *digest);
void prom_signing_digest(prom_bytes32 *digest, prom_signing_kind kind, prom_span content);

/* Signs with the own-words key of our place. */
typedef struct prom_own_words {
    void *context;
    prom_result (*sign)(void *context, prom_signature *signature, const prom_bytes32 *hash, prom_error *error);
} prom_own_words;

/* Makes a session of the party at `place`. `curve`, `terms` and `tree` must outlive it; prom_signing_wipe must be
 * called before the arena is freed. */
PROM_MUST_USE prom_result prom_signing_new(const prom_curve *curve, prom_arena *arena, prom_signing **signing,
                                           const prom_terms *terms, const prom_tree *tree, size_t place,
                                           prom_error *error);
/* Begins our attempt number `last` + 1, `last` being the number of the last one that our disk knows, or 0. Comes before
 * all below, once. PROM_CATEGORY_BAD_INPUT when there were PROM_SIGNING_ATTEMPTS_MAX. */
PROM_MUST_USE prom_result prom_signing_begin(prom_signing *signing, uint32_t last, prom_error *error);

/* Returns how many branches are signed: all transactions but Tx0. */
size_t prom_signing_count(const prom_signing *signing);
/* Returns the number of the attempt under way. */
uint32_t prom_signing_attempt(const prom_signing *signing);
/* Returns whether our nonces of the attempt under way are to be given. A session that is complete gives them too when
 * somebody else, who was not, has begun anew. */
bool prom_signing_wants_nonces(const prom_signing *signing);
/* Returns whether our partial signatures of the attempt under way are to be given. */
bool prom_signing_wants_partials(const prom_signing *signing);

/* Makes our nonces, from 32 fresh random bytes, which are zeroed, and writes the message, which must be on the disk
 * before it is sent. `key` is our joint key's. Called again it writes the same bytes, and looks at none of the three.
 */
PROM_MUST_USE prom_result prom_signing_give_nonces(prom_arena *arena, prom_signing *signing, prom_span *message,
                                                   const prom_key *key, const prom_own_words *words,
                                                   prom_bytes32 *randomness, prom_error *error);
/* Takes another's nonces. Those of a later attempt begin it. Those of an earlier one change nothing: `old` is true
 * then, and the sender lacks our nonces of this attempt. PROM_CATEGORY_PEER when
 * the message is not signed by the place, which changes nothing; or when it proves somebody at fault, which ends the
 * session. */
PROM_MUST_USE prom_result prom_signing_take_nonces(prom_signing *signing, size_t place, prom_span message, bool *old,
                                                   prom_error *error);
/* Returns whether everybody's nonces are there. */
bool prom_signing_has_nonces(const prom_signing *signing);

/* Makes our partial signatures, and destroys our secret nonces. Called again it writes the same bytes.
 * PROM_CATEGORY_MISUSE when nonces are missing. PROM_CATEGORY_PEER, naming place and transaction, when a nonce is not
 * two points of the curve; that ends the session, with nothing signed. */
PROM_MUST_USE prom_result prom_signing_give_partials(prom_arena *arena, prom_signing *signing, prom_span *message,
                                                     const prom_own_words *words, prom_error *error);
/* Takes another's partial signatures; those of an earlier attempt change nothing. Fails as prom_signing_take_nonces;
 * PROM_CATEGORY_BROKEN when the message proves that we have begun later attempts than we know of. */
PROM_MUST_USE prom_result prom_signing_take_partials(prom_signing *signing, size_t place, prom_span message,
                                                     prom_error *error);
/* Returns whether everybody's partial signatures are there. */
bool prom_signing_has_partials(const prom_signing *signing);

/* Returns whose nonces of the attempt under way are missing; where all are there, whose partial signatures. Bits of
 * places. */
uint32_t prom_signing_missing(const prom_signing *signing);
/* Returns our own message of the attempt under way; empty when it was not made. */
prom_span prom_signing_own(const prom_signing *signing, prom_signing_kind kind);

/* Puts the signatures together and verifies each. PROM_CATEGORY_PEER, naming place and transaction, when a partial
 * signature is not valid, which ends the session. PROM_CATEGORY_MISUSE when partial signatures, or our own, are
 * missing.
 */
PROM_MUST_USE prom_result prom_signing_complete(prom_signing *signing, prom_error *error);
/* Returns whether prom_signing_complete has succeeded, or complete signatures were loaded. */
bool prom_signing_is_complete(const prom_signing *signing);

/* Returns the place that is proven at fault, or PROM_PLACES_MAX. */
size_t prom_signing_culprit(const prom_signing *signing);
/* Writes the words of the attempt under way, and the one that ended it if one did: for each message place (u8), kind
 * (u8), length (u32) and its bytes. What two parties wrote, one behind the other, is words again. */
PROM_MUST_USE prom_result prom_signing_words(prom_arena *arena, prom_span *words, const prom_signing *signing,
                                             prom_error *error);

/* Messages that can be judged at once: what three sessions hold at most. */
#define PROM_SIGNING_WORDS_MAX ((size_t)3 * (2 * PROM_PLACES_MAX + 1))

/* Who is at fault, and why. */
typedef struct prom_signing_blame {
    size_t place; /* PROM_PLACES_MAX: nobody is proven at fault */
    prom_error reason;
} prom_signing_blame;

/* Judges words that prom_signing_words wrote, by one party or several; anybody can, and comes to the same. What its
 * place has not signed counts for nothing. A place is at fault that has signed
 *
 *   - a message of another length than it should have, or of an attempt above PROM_SIGNING_ATTEMPTS_MAX;
 *   - two different nonces, or two different partial signatures, for one attempt;
 *   - partial signatures with nonces that their place has not signed;
 *   - a nonce that is not two points of the curve;
 *   - partial signatures that are not valid with the nonces that it names.
 *
 * Where an honest party holds everybody's nonces and partial signatures of an attempt, and the signatures do not come
 * out, its own words prove somebody at fault. PROM_CATEGORY_BAD_INPUT when the bytes are not words of this contract, or
 * too many. */
PROM_MUST_USE prom_result prom_signing_judge(const prom_curve *curve, prom_arena *arena, prom_signing_blame *blame,
                                             const prom_terms *terms, const prom_tree *tree, prom_span words,
                                             prom_error *error);

/* Destroys our secret nonces, if there are any; no attempt goes on then. */
void prom_signing_wipe(prom_signing *signing);

/* Writes the complete signatures, 64 bytes for each branch in the order of the tree: what a party keeps on its disk.
 * PROM_CATEGORY_MISUSE when the session is not complete. */
PROM_MUST_USE prom_result prom_signing_write(prom_arena *arena, prom_span *signatures, const prom_signing *signing,
                                             prom_error *error);
/* Loads what was written, which must outlive the session, into a session that is not complete, and completes it.
 * PROM_CATEGORY_BAD_INPUT names the first signature that is not valid; the session is then what it was. */
PROM_MUST_USE prom_result prom_signing_load(prom_signing *signing, prom_span signatures, prom_error *error);
/* Makes a session that is complete take part in its attempt nevertheless: others may lack signatures, and wait for us.
 */
void prom_signing_go_on(prom_signing *signing);

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
