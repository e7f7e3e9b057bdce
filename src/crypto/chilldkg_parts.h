/* The parts of ChillDKG that participants, coordinator and recovery have in common: sharing of secrets, encryption of
 * shares, messages, and the certificate that all have signed the same transcript. */
#ifndef CRYPTO_CHILLDKG_PARTS_H
#define CRYPTO_CHILLDKG_PARTS_H

#include "crypto/group.h"
#include "crypto/scalar.h"
#include "prometheus/crypto/chilldkg.h"
#include "prometheus/crypto/hash.h"

#define PROM_DKG_MAX PROM_DKG_PARTICIPANTS_MAX

/* --- Sessions, and the certificate that all signed the same (chilldkg.c) --- */

PROM_MUST_USE prom_result prom_dkg_check_session(const prom_curve *curve, const prom_dkg_session *session,
                                                 prom_error *error);

void prom_dkg_hash_session(prom_hasher *hasher, const prom_dkg_session *session);

/* Writes which participant the host secret belongs to; fails when to none. */
PROM_MUST_USE prom_result prom_dkg_find_participant(const prom_curve *curve, size_t *id,
                                                    const prom_dkg_session *session, const prom_bytes32 *host_secret,
                                                    prom_error *error);

/* Names the culprit; gives back `result`, bad input as the peer's fault. */
PROM_MUST_USE prom_result prom_dkg_accuse(prom_dkg_blame *blame, prom_dkg_fault fault, size_t participant,
                                          prom_result result);

/* Participant `id`'s signature of the transcript. */
PROM_MUST_USE prom_result prom_dkg_certificate_sign(prom_arena *arena, const prom_curve *curve,
                                                    prom_signature *signature, prom_span transcript, size_t id,
                                                    const prom_dkg_secrets *secrets, prom_error *error);
/* Whether `certificate` is all participants' signatures of the transcript, one after another. Fails, with whose is
 * missing or not valid in `culprit`, when it is not. */
PROM_MUST_USE prom_result prom_dkg_certificate_check(prom_arena *arena, const prom_curve *curve, size_t *culprit,
                                                     const prom_dkg_session *session, prom_span transcript,
                                                     prom_span certificate, prom_error *error);

/* --- Sharing (chilldkg_sharing.c) --- */

/* A polynomial whose value at 0 is a secret, and at id + 1 a participant's share of it. */
typedef struct prom_dkg_polynomial {
    size_t count;
    prom_scalar coefficients[PROM_DKG_MAX];
} prom_dkg_polynomial;

/* Its coefficients times G; some may be infinity, or else one participant could spoil a sum. */
typedef struct prom_dkg_commitment {
    size_t count;
    prom_element terms[PROM_DKG_MAX];
} prom_dkg_commitment;

PROM_MUST_USE prom_result prom_dkg_polynomial_of_seed(prom_dkg_polynomial *polynomial, size_t count,
                                                      const prom_bytes32 *seed, prom_error *error);
void prom_dkg_share(prom_scalar *share, const prom_dkg_polynomial *polynomial, size_t id);
void prom_dkg_commit(const prom_curve *curve, prom_dkg_commitment *commitment, const prom_dkg_polynomial *polynomial);
/* The share of `id` times G. */
void prom_dkg_public_share(const prom_curve *curve, prom_element *share, const prom_dkg_commitment *commitment,
                           size_t id);

/* A proof that participant `id` knows the secret, and whether it is one for secret * G. */
PROM_MUST_USE prom_result prom_dkg_prove(const prom_curve *curve, prom_signature *proof, const prom_scalar *secret,
                                         size_t id, const prom_bytes32 *auxiliary, prom_error *error);
PROM_MUST_USE bool prom_dkg_proof_valid(const prom_curve *curve, const prom_signature *proof,
                                        const prom_element *commitment, size_t id);

/* The key and the public shares (not the secret one) of the summed commitment, moved by `tweak` so that the key commits
 * to no script. Fails when one of them is infinity. */
PROM_MUST_USE prom_result prom_dkg_derive_output(const prom_curve *curve, prom_dkg_output *output, prom_scalar *tweak,
                                                 const prom_dkg_commitment *sum, size_t participants,
                                                 prom_error *error);

/* --- Encryption (chilldkg_encryption.c) --- */

/* What blinds the share that the sender, who knows the secret of `nonce`, sends to participant `receiver`. `shared` is
 * their Diffie-Hellman secret. */
void prom_dkg_pad(prom_scalar *pad, const prom_bytes32 *shared, const prom_point *nonce, size_t receiver,
                  const prom_dkg_session *session);
/* What blinds the share that a participant sends to itself. */
void prom_dkg_pad_to_self(prom_scalar *pad, const prom_bytes32 *host_secret, const prom_point *nonce, size_t self,
                          const prom_dkg_session *session);
/* The Diffie-Hellman secret; false when `point` is not one. The secret is in range. */
PROM_MUST_USE bool prom_dkg_shared_secret(const prom_curve *curve, prom_bytes32 *shared, const prom_bytes32 *secret,
                                          const prom_point *point);
/* A participant who opens what all have sent to it. */
typedef struct prom_dkg_receiver {
    const prom_dkg_session *session;
    size_t id;
    const prom_bytes32 *host_secret;
} prom_dkg_receiver;

/* What blinds the shares that all participants sent to the receiver, in their order. Fails, with the sender in
 * `culprit`, when a nonce is not a point. */
PROM_MUST_USE prom_result prom_dkg_pads(const prom_curve *curve, prom_scalar pads[PROM_DKG_MAX], size_t *culprit,
                                        const prom_dkg_receiver *receiver, const prom_point *nonces, prom_error *error);
/* Opens the sum of the shares that were blinded with `pads`. */
void prom_dkg_open_sum(prom_scalar *share, const prom_scalar *sum, const prom_scalar *pads, size_t count);

/* --- Messages (chilldkg_message.c) --- */

/* A participant's first message. */
typedef struct prom_dkg_deal {
    prom_dkg_commitment commitment;
    prom_signature proof;             /* that it knows its part of the secret */
    prom_point nonce;                 /* for the encryption; perhaps no point */
    prom_scalar shares[PROM_DKG_MAX]; /* one for each participant, blinded */
} prom_dkg_deal;

/* What all must agree on, besides the session. */
typedef struct prom_dkg_transcript {
    prom_dkg_commitment sum;          /* of all commitments */
    prom_point nonces[PROM_DKG_MAX];  /* perhaps no points */
    prom_scalar shares[PROM_DKG_MAX]; /* for each participant the sum of what it was sent, blinded */
} prom_dkg_transcript;

/* The coordinator's first message. */
typedef struct prom_dkg_round {
    prom_element secrets[PROM_DKG_MAX];  /* the commitments' first terms */
    prom_signature proofs[PROM_DKG_MAX]; /* the participants' */
    prom_dkg_transcript transcript;      /* its first term is not sent, but summed from `secrets` */
} prom_dkg_round;

/* The coordinator's investigation message. */
typedef struct prom_dkg_evidence {
    prom_scalar shares[PROM_DKG_MAX];         /* that one participant was sent by each, blinded */
    prom_element public_shares[PROM_DKG_MAX]; /* what these must be times G */
} prom_dkg_evidence;

PROM_MUST_USE prom_result prom_dkg_write_deal(prom_arena *arena, const prom_curve *curve, prom_span *message,
                                              const prom_dkg_session *session, const prom_dkg_deal *deal,
                                              prom_error *error);
PROM_MUST_USE prom_result prom_dkg_read_deal(const prom_curve *curve, prom_dkg_deal *deal,
                                             const prom_dkg_session *session, prom_span message, prom_error *error);
PROM_MUST_USE prom_result prom_dkg_write_round(prom_arena *arena, const prom_curve *curve, prom_span *message,
                                               const prom_dkg_session *session, const prom_dkg_round *round,
                                               prom_error *error);
PROM_MUST_USE prom_result prom_dkg_read_round(const prom_curve *curve, prom_dkg_round *round,
                                              const prom_dkg_session *session, prom_span message, prom_error *error);
PROM_MUST_USE prom_result prom_dkg_write_evidence(prom_arena *arena, const prom_curve *curve, prom_span *message,
                                                  const prom_dkg_session *session, const prom_dkg_evidence *evidence,
                                                  prom_error *error);
PROM_MUST_USE prom_result prom_dkg_read_evidence(const prom_curve *curve, prom_dkg_evidence *evidence,
                                                 const prom_dkg_session *session, prom_span message, prom_error *error);
/* The transcript with its session, as everybody signs it. */
PROM_MUST_USE prom_result prom_dkg_write_transcript(prom_arena *arena, const prom_curve *curve, prom_span *bytes,
                                                    const prom_dkg_session *session,
                                                    const prom_dkg_transcript *transcript, prom_error *error);
PROM_MUST_USE prom_result prom_dkg_write_recovery(prom_arena *arena, prom_span *recovery, prom_span transcript,
                                                  prom_span certificate, prom_error *error);
/* Recovery data: a transcript, whose session is not checked yet, and the certificate after it. */
PROM_MUST_USE prom_result prom_dkg_read_recovery(const prom_curve *curve, prom_dkg_transcript *transcript,
                                                 prom_dkg_session *session, prom_span *bytes, prom_span *certificate,
                                                 prom_span recovery, prom_error *error);

#endif
