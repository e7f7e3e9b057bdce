/* FROST (BIP 445 draft, "FROST Signing for BIP340-compatible Threshold Signatures"): t of n holders of shares of a key
 * make one BIP 340 signature. Each signer makes a nonce and sends its public half; anybody (the coordinator) adds the
 * public nonces up; all describe the same session; each signer makes a share of the signature; anybody adds these up.
 * Participants are numbered from 0; shares of a key come from prom_dkg (prometheus/crypto/chilldkg.h). */
#ifndef PROMETHEUS_CRYPTO_FROST_H
#define PROMETHEUS_CRYPTO_FROST_H

#include <stdbool.h>
#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"
#include "prometheus/crypto/key.h"

PROM_DECLARATIONS_BEGIN

#define PROM_FROST_PARTICIPANTS_MAX 16

/* The secret half of a nonce: for one prom_frost_sign, ever. To be kept in memory only: what is restored from a disk
 * may be used twice, and two shares under one nonce give the secret share away. */
typedef struct prom_frost_secret_nonce {
    prom_bytes32 first;
    prom_bytes32 second;
} prom_frost_secret_nonce;

/* The public half of a nonce, or a sum of public halves, where 33 zeros stand for the point at infinity. */
typedef struct prom_frost_nonce {
    prom_point first;
    prom_point second;
} prom_frost_nonce;

/* What else goes into a nonce, as far as it is known already: each is a defence should the randomness be bad. A NULL is
 * left out. */
typedef struct prom_frost_nonce_input {
    const prom_bytes32 *secret_share;
    const prom_point *public_share;
    const prom_bytes32 *key; /* x-only, tweaked */
    const prom_span *message;
    prom_span extra; /* any other bytes, or none */
} prom_frost_nonce_input;

/* Makes a fresh nonce from 32 fresh random bytes. Fails, with `secret` zeroed, when `extra` is longer than 2^32 - 1
 * bytes (PROM_CATEGORY_MISUSE), or with a chance of 2^-255 (PROM_CATEGORY_BROKEN). */
PROM_MUST_USE prom_result prom_frost_nonce_new(const prom_curve *curve, prom_frost_secret_nonce *secret,
                                               prom_frost_nonce *nonce, const prom_bytes32 *randomness,
                                               const prom_frost_nonce_input *input, prom_error *error);

/* Computes the sum of the signers' public nonces. PROM_CATEGORY_PEER when one is not two points, with its index in
 * `culprit`: its signer sent it so. */
PROM_MUST_USE prom_result prom_frost_nonce_sum(const prom_curve *curve, prom_frost_nonce *sum, size_t *culprit,
                                               const prom_frost_nonce *nonces, size_t count, prom_error *error);

/* A tweak of the key: key + value * G, where `xonly` first makes the key's y even (BIP 341). */
typedef struct prom_frost_tweak {
    prom_bytes32 value;
    bool xonly;
} prom_frost_tweak;

/* What all signers of a session must agree on. */
typedef struct prom_frost_terms {
    size_t participants;             /* n, at most PROM_FROST_PARTICIPANTS_MAX */
    size_t threshold;                /* t, 1 to n */
    prom_point key;                  /* that the participants share */
    const uint32_t *ids;             /* of the signers, in any order, each below n */
    const prom_point *public_shares; /* the signers' shares of the key, times G; in the order of the ids */
    size_t count;                    /* of the signers, t to n */
    const prom_frost_tweak *tweaks;  /* in the order in which they are applied */
    size_t tweak_count;
    prom_frost_nonce nonce; /* the sum of the signers' */
    prom_span message;      /* of any length */
} prom_frost_terms;

/* Terms that were checked, with all that follows from them. */
typedef struct prom_frost_session prom_frost_session;

/* Makes a session in the arena; `terms` may go, but not the message. PROM_CATEGORY_PEER when the nonce is not two
 * points or infinity: whoever added the nonces up sent it so. PROM_CATEGORY_BAD_INPUT when the terms are not as stated
 * above, when the public shares do not belong to the key, when a tweak is not below the order or the tweaked key would
 * be infinity. */
PROM_MUST_USE prom_result prom_frost_session_new(prom_arena *arena, const prom_curve *curve,
                                                 prom_frost_session **session, const prom_frost_terms *terms,
                                                 prom_error *error);

/* Writes the tweaked, x-only key under which the session's signature is valid. */
prom_bytes32 prom_frost_session_key(const prom_frost_session *session);

/* Makes participant `id`'s share of the signature. `nonce` is zeroed before anything is computed with it and whatever
 * comes of it, so that it cannot be used again; a zeroed nonce is refused (PROM_CATEGORY_MISUSE).
 * PROM_CATEGORY_BAD_INPUT when `id` is not among the signers or `secret_share` is not its share; PROM_CATEGORY_BROKEN
 * when the machine computed wrongly. `share` is zeroed after any failure. */
PROM_MUST_USE prom_result prom_frost_sign(const prom_curve *curve, prom_bytes32 *share, prom_frost_secret_nonce *nonce,
                                          const prom_frost_session *session, uint32_t id,
                                          const prom_bytes32 *secret_share, prom_error *error);

/* Returns whether `share` is what the signer at `index` of the terms owes, who sent `nonce` as its public nonce. If it
 * is not, and the nonce is what that signer sent, then that signer is at fault. */
PROM_MUST_USE bool prom_frost_share_valid(const prom_curve *curve, const prom_frost_session *session, size_t index,
                                          const prom_frost_nonce *nonce, const prom_bytes32 *share);

/* Makes the BIP 340 signature from all signers' shares, in the order of the terms. PROM_CATEGORY_PEER when one is not
 * below the order, with its index in `culprit`. PROM_CATEGORY_BAD_INPUT when there are not as many shares as signers,
 * or when what they add up to is no valid signature: then prom_frost_share_valid tells whose share is wrong.
 * `signature` is zeroed after a failure, and `culprit` is `count` when nobody is accused. */
PROM_MUST_USE prom_result prom_frost_signature(const prom_curve *curve, prom_signature *signature, size_t *culprit,
                                               const prom_frost_session *session, const prom_bytes32 *shares,
                                               size_t count, prom_error *error);

PROM_DECLARATIONS_END

#endif
