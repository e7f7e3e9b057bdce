/* MuSig2 (BIP 327): all holders of some keys make BIP 340 signatures under one key made of theirs. Each signer
 * makes a nonce for each message and sends its public half; anybody adds the public halves of a message up; all make
 * the same session of it; each makes its partial signature; anybody adds these up. Signers are numbered in the order in
 * which their keys were given. Keys of signers are x-only, and stand for their points with the even y (prefix 02, where
 * BIP 327 has plain keys).
 *
 *   prom_musig_key_new ........... ALL;  prom_musig_key_tweak: what an output commits to (BIP 341)
 *   prom_musig_nonces_new ........ one signer's nonces for many messages  -- public halves -->
 *   prom_musig_nonce_sum ......... the sum of all signers' for one message
 *   prom_musig_session_new ....... with the message and the key
 *   prom_musig_sign .............. this signer's, for one nonce  -- partial signatures -->
 *   prom_musig_signature ......... the signature, checked;  prom_musig_partial_valid: whose is wrong, if one is
 */
#ifndef PROMETHEUS_CRYPTO_MUSIG_H
#define PROMETHEUS_CRYPTO_MUSIG_H

#include <stdbool.h>
#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"
#include "prometheus/crypto/key.h"

PROM_DECLARATIONS_BEGIN

#define PROM_MUSIG_SIGNERS_MAX 16

/* A key of several signers, tweaked or not. Nothing in it is secret. It is good in the process that made it only. */
typedef struct prom_musig_key {
    prom_bytes32 public_key;                    /* x-only: signatures are valid under it */
    size_t count;                               /* of the signers; 0 in a key that was not made */
    prom_point signers[PROM_MUSIG_SIGNERS_MAX]; /* their plain keys, in the order in which they were given */
    uint8_t private_state[197];
} prom_musig_key;

/* Makes the key of 1 to PROM_MUSIG_SIGNERS_MAX signers, which hangs on the set of their keys and not on its order (BIP
 * 327, KeySort). PROM_CATEGORY_BAD_INPUT when there are more or none, or when one's key is not the x coordinate of a
 * point; `key` is zeroed after a failure. */
PROM_MUST_USE prom_result prom_musig_key_new(const prom_curve *curve, prom_musig_key *key, const prom_bytes32 *signers,
                                             size_t count, prom_error *error);

/* Makes the same signers' key lift_x(key->public_key) + tweak * G: with prom_taproot_tweak's value, what spends an
 * output by its key path (BIP 341). `tweaked` may be `key`. PROM_CATEGORY_BAD_INPUT when the tweak is not below the
 * order or would make the key infinity; PROM_CATEGORY_MISUSE, as in every function that is given a key, when the key
 * was not made. `tweaked` is zeroed after a failure. */
PROM_MUST_USE prom_result prom_musig_key_tweak(const prom_curve *curve, prom_musig_key *tweaked,
                                               const prom_musig_key *key, const prom_bytes32 *tweak, prom_error *error);

/* The public half of a nonce: two points, compressed. In a sum 33 zeros stand for the point at infinity. */
typedef struct prom_musig_nonce {
    uint8_t bytes[66];
} prom_musig_nonce;

/* A partial signature: what one signer adds to the signature. */
typedef struct prom_musig_partial {
    uint8_t bytes[32];
} prom_musig_partial;

/* One signer's secret nonces. Two partial signatures under one nonce give the signer's secret away: each nonce makes
 * one, and there is no way to copy nonces or to write them down. They live and die with the process; after a crash the
 * signing begins anew with new ones. A process that has them must not fork. */
typedef struct prom_musig_nonces prom_musig_nonces;

/* Who makes nonces. */
typedef struct prom_musig_signer {
    const prom_key *own;       /* whose public key is one of the signers' */
    const prom_musig_key *all; /* untweaked, or under any tweak: the nonces serve all tweaks of it */
    const prom_bytes32 *bound; /* what all will be signed for; the same randomness for another makes other nonces */
    prom_bytes32 *randomness;  /* 32 fresh random bytes; zeroed, for they are good once */
} prom_musig_signer;

/* Makes `count` nonces in the arena and writes their public halves. prom_musig_nonces_wipe must be called before the
 * arena is freed. PROM_CATEGORY_BAD_INPUT when the own key is not one of the signers'; PROM_CATEGORY_MISUSE when there
 * are no nonces to be made or the randomness is all zeros, as it is after its first use; PROM_CATEGORY_BROKEN when the
 * halves of the own key do not belong together. After a failure `nonces` is NULL. */
PROM_MUST_USE prom_result prom_musig_nonces_new(prom_arena *arena, const prom_curve *curve, prom_musig_nonces **nonces,
                                                prom_musig_nonce *public_halves, size_t count,
                                                const prom_musig_signer *signer, prom_error *error);

/* Destroys all nonces that are left and the signer's secret with them; NULL is nothing to wipe. What signs with them
 * afterwards is refused. */
void prom_musig_nonces_wipe(prom_musig_nonces *nonces);

/* Computes the sum of the signers' public halves for one message. PROM_CATEGORY_PEER when one is not two points, with
 * its index in `culprit`: its signer sent it so. Else `culprit` is `count`. PROM_CATEGORY_MISUSE when there are none or
 * more than PROM_MUSIG_SIGNERS_MAX. */
PROM_MUST_USE prom_result prom_musig_nonce_sum(const prom_curve *curve, prom_musig_nonce *sum, size_t *culprit,
                                               const prom_musig_nonce *nonces, size_t count, prom_error *error);

/* What all signers of one message agree on; nothing in it is secret. It is good in the process that made it only. */
typedef struct prom_musig_session {
    prom_bytes32 message;
    prom_bytes32 public_key; /* of the key that it was made with */
    uint8_t private_state[133];
} prom_musig_session;

/* Makes a session of a message of 32 bytes, to be signed under `key`, and the sum of the nonces. PROM_CATEGORY_PEER
 * when the sum is not two points or infinity: whoever added the nonces up sent it so. `session` is zeroed after a
 * failure. */
PROM_MUST_USE prom_result prom_musig_session_new(const prom_curve *curve, prom_musig_session *session,
                                                 const prom_musig_key *key, const prom_musig_nonce *sum,
                                                 const prom_bytes32 *message, prom_error *error);

/* Makes the signer's partial signature of the session with its nonce number `index`. That nonce is destroyed whatever
 * comes of it; a second use is refused (PROM_CATEGORY_MISUSE), as is an index that is not below the count, or a session
 * that was not made with `key`. PROM_CATEGORY_BAD_INPUT when the signer is none of the key's; PROM_CATEGORY_BROKEN when
 * the machine computed wrongly. `partial` is zeroed after any failure. */
PROM_MUST_USE prom_result prom_musig_sign(const prom_curve *curve, prom_musig_partial *partial,
                                          prom_musig_nonces *nonces, size_t index, const prom_musig_key *key,
                                          const prom_musig_session *session, prom_error *error);

/* Returns whether `partial` is what the key's signer number `signer` owes, who sent `nonce` as its public half for this
 * message. If it is not, and the nonce is what that signer sent, then that signer is at fault. Whoever only wants the
 * signature need not ask: prom_musig_signature checks the whole. */
PROM_MUST_USE bool prom_musig_partial_valid(const prom_curve *curve, const prom_musig_key *key,
                                            const prom_musig_session *session, size_t signer,
                                            const prom_musig_nonce *nonce, const prom_musig_partial *partial);

/* Makes the BIP 340 signature of the session's message under key->public_key from the partial signatures of all
 * key->count signers, in their order. PROM_CATEGORY_PEER when one is not below the order, with its index in `culprit`,
 * which is key->count when nobody is accused. PROM_CATEGORY_BAD_INPUT when what they add up to is no valid signature:
 * then prom_musig_partial_valid tells whose is wrong. PROM_CATEGORY_MISUSE when the session was not made with `key`.
 * `signature` is zeroed after a failure. */
PROM_MUST_USE prom_result prom_musig_signature(const prom_curve *curve, prom_signature *signature, size_t *culprit,
                                               const prom_musig_key *key, const prom_musig_session *session,
                                               const prom_musig_partial *partials, prom_error *error);

PROM_DECLARATIONS_END

#endif
