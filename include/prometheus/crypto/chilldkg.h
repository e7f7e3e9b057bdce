/* ChillDKG (BIP draft, "ChillDKG: Distributed Key Generation for FROST"): n participants, who know each other by host
 * keys, make a key of which any t hold enough (Shamir's sharing of a secret that nobody ever sees). A coordinator, who
 * is trusted with nothing but to go on, carries the messages:
 *
 *   participant                            coordinator
 *   step 1      -- first message  -->      step 1
 *   step 2      <-- first message --
 *               -- second message -->      finalize
 *   finalize    <-- second message --
 *
 * Who has finished holds the recovery data, which prove to every participant that the key was made, and from which
 * each can restore its share with its host secret alone. So a host secret is kept even when the session seems to have
 * failed. If step 2 fails and nobody can be named, the coordinator's investigation message tells whom to suspect.
 *
 * Each step is a function of its arguments: the same arguments give the same result. Participants are numbered from 0,
 * in the order of the host keys. What comes from others is a span of any bytes, checked here; faults of others are
 * PROM_CATEGORY_PEER, and the context's blame then says whose. Spans written lie in the arena. States and outputs hold
 * secrets, and are wiped by their owner with prom_wipe. */
#ifndef PROMETHEUS_CRYPTO_CHILLDKG_H
#define PROMETHEUS_CRYPTO_CHILLDKG_H

#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"
#include "prometheus/crypto/key.h"

PROM_DECLARATIONS_BEGIN

#define PROM_DKG_PARTICIPANTS_MAX 16

/* Who makes a key. Each participant has the others' host keys from a source that it trusts: prom_point_of_secret of a
 * host secret, 32 bytes that its owner drew at random and keeps. */
typedef struct prom_dkg_session {
    size_t threshold; /* t, 1 to n */
    size_t count;     /* n, at most PROM_DKG_PARTICIPANTS_MAX */
    prom_point host_keys[PROM_DKG_PARTICIPANTS_MAX];
} prom_dkg_session;

/* Whose fault a failed step is. */
typedef enum prom_dkg_fault {
    PROM_DKG_FAULT_NONE = 0,                   /* no fault of others */
    PROM_DKG_FAULT_PARTICIPANT,                /* the participant named */
    PROM_DKG_FAULT_COORDINATOR,                /* the coordinator */
    PROM_DKG_FAULT_PARTICIPANT_OR_COORDINATOR, /* the participant named, or the coordinator made it look so */
    PROM_DKG_FAULT_UNKNOWN,                    /* some participant, or the coordinator: ask it to investigate */
} prom_dkg_fault;

typedef struct prom_dkg_blame {
    prom_dkg_fault fault;
    size_t participant; /* where one is named, else 0 */
} prom_dkg_blame;

/* Where a step takes place. */
typedef struct prom_dkg_context {
    prom_arena *arena; /* of the spans that are written */
    const prom_curve *curve;
    prom_dkg_blame *blame; /* gets whose fault it was when a step fails with PROM_CATEGORY_PEER, and none else */
} prom_dkg_context;

/* A participant's host secret, and 32 fresh random bytes. */
typedef struct prom_dkg_secrets {
    const prom_bytes32 *host;
    const prom_bytes32 *randomness;
} prom_dkg_secrets;

/* One message of each participant, in the participants' order. */
typedef struct prom_dkg_messages {
    const prom_span *spans;
    size_t count;
} prom_dkg_messages;

/* The key that was made, ready for Taproot: it commits to no script (BIP 341). */
typedef struct prom_dkg_output {
    prom_bytes32 secret_share; /* the participant's own; zeros at the coordinator */
    prom_point key;
    size_t count;
    prom_point public_shares[PROM_DKG_PARTICIPANTS_MAX]; /* the participants' secret shares, times G */
} prom_dkg_output;

/* Computes the hash that tells whether two parties speak of the same session. PROM_CATEGORY_BAD_INPUT, as in every
 * function that is given a session: when threshold or number of participants is out of range, or a host key is not a
 * point of secp256k1 or is there twice. */
PROM_MUST_USE prom_result prom_dkg_session_hash(const prom_curve *curve, prom_bytes32 *hash,
                                                const prom_dkg_session *session, prom_error *error);

/* What a participant knows between its steps; no secret. */
typedef struct prom_dkg_participant {
    prom_dkg_session session;
    size_t id;
    prom_point nonce;      /* its public encryption nonce */
    prom_point commitment; /* to its part of the secret */
} prom_dkg_participant;

/* What a participant or the coordinator knows before it finishes. */
typedef struct prom_dkg_outcome {
    prom_dkg_session session;
    prom_dkg_output output; /* not to be used before prom_dkg_..._finalize gives it out */
    prom_span transcript;   /* that all must sign; in the arena */
} prom_dkg_outcome;

/* Takes a participant's first step; `message` is for the coordinator. PROM_CATEGORY_BAD_INPUT when the session is not
 * well-formed, the host secret is out of range or belongs to no host key, or the randomness is all zeros. */
PROM_MUST_USE prom_result prom_dkg_participant_step1(const prom_dkg_context *context, prom_dkg_participant *participant,
                                                     prom_span *message, const prom_dkg_session *session,
                                                     const prom_dkg_secrets *secrets, prom_error *error);

/* Takes a participant's second step, on the coordinator's first message; `signature` is the message for the
 * coordinator, and the random bytes are BIP 340's. PROM_CATEGORY_BAD_INPUT when the host secret is not the one of step
 * 1; PROM_CATEGORY_PEER, and blame, when another is at fault. `outcome` is zeroed after a failure. */
PROM_MUST_USE prom_result prom_dkg_participant_step2(const prom_dkg_context *context, prom_dkg_outcome *outcome,
                                                     prom_signature *signature, const prom_dkg_participant *participant,
                                                     const prom_dkg_secrets *secrets, prom_span coordinator_message,
                                                     prom_error *error);

/* Takes a participant's last step, on the coordinator's second message; `recovery` gets the recovery data.
 * PROM_CATEGORY_PEER, and blame, when it does not hold everybody's signature: the key may be in use all the same, and
 * the host secret must be kept. `output` is zeroed after a failure. */
PROM_MUST_USE prom_result prom_dkg_participant_finalize(const prom_dkg_context *context, prom_dkg_output *output,
                                                        prom_span *recovery, const prom_dkg_outcome *outcome,
                                                        prom_span coordinator_message, prom_error *error);

/* Finds whose fault it is that step 2 failed with PROM_DKG_FAULT_UNKNOWN on `coordinator_message`, judged by this
 * participant's investigation message. Never succeeds: PROM_CATEGORY_PEER, and blame, with the answer;
 * PROM_CATEGORY_BAD_INPUT when the host secret is not the one of step 1; PROM_CATEGORY_MISUSE when the messages are all
 * in order. */
PROM_MUST_USE prom_result prom_dkg_participant_investigate(const prom_dkg_context *context,
                                                           const prom_dkg_participant *participant,
                                                           const prom_bytes32 *host_secret,
                                                           prom_span coordinator_message, prom_span investigation,
                                                           prom_error *error);

/* Takes the coordinator's first step, on all participants' first messages in the participants' order; `message` is for
 * all of them. PROM_CATEGORY_BAD_INPUT when the session is not well-formed or the messages are not as many as its
 * participants; PROM_CATEGORY_PEER, and blame, when a participant is at fault. */
PROM_MUST_USE prom_result prom_dkg_coordinator_step1(const prom_dkg_context *context, prom_dkg_outcome *outcome,
                                                     prom_span *message, const prom_dkg_session *session,
                                                     const prom_dkg_messages *messages, prom_error *error);

/* Succeeds when a second message, `signature`, is the participant's signature of the outcome; `context->blame` is not
 * used. PROM_CATEGORY_BAD_INPUT when it is not. */
PROM_MUST_USE prom_result prom_dkg_signature_check(const prom_dkg_context *context, const prom_dkg_outcome *outcome,
                                                   size_t participant, prom_span signature, prom_error *error);

/* Takes the coordinator's last step, on all participants' second messages; `message` is for all of them, and `recovery`
 * gets the recovery data. PROM_CATEGORY_BAD_INPUT when they are not as many as the participants; PROM_CATEGORY_PEER,
 * and blame, when a signature is not valid. `output` is zeroed after a failure. */
PROM_MUST_USE prom_result prom_dkg_coordinator_finalize(const prom_dkg_context *context, prom_dkg_output *output,
                                                        prom_span *message, prom_span *recovery,
                                                        const prom_dkg_outcome *outcome,
                                                        const prom_dkg_messages *signatures, prom_error *error);

/* Makes one investigation message for each participant, which may all be sent to all, from the participants' first
 * messages. Fails as prom_dkg_coordinator_step1 does. */
PROM_MUST_USE prom_result prom_dkg_coordinator_investigate(const prom_dkg_context *context, prom_span *investigations,
                                                           const prom_dkg_session *session,
                                                           const prom_dkg_messages *messages, prom_error *error);

/* One participant says that another, the dealer, dealt it a bad share. */
typedef struct prom_dkg_dispute {
    size_t dealer;
    size_t complainer;
    prom_span message;   /* the dealer's first message, which the caller knows to be the dealer's */
    prom_span complaint; /* PROM_DKG_COMPLAINT_BYTES of prom_dkg_complain */
} prom_dkg_dispute;

#define PROM_DKG_COMPLAINT_BYTES 97
/* Makes a complaint about the dealer's first message that anybody can judge: the Diffie-Hellman point that the share
 * for us was encrypted with, and a proof that it is that (BIP 374). It opens the share to all, so the session must be
 * over. `randomness` are 32 fresh random bytes. PROM_CATEGORY_BAD_INPUT when the host secret is not the participant's,
 * or the message shows by itself that it is bad: then none is needed. */
PROM_MUST_USE prom_result prom_dkg_complain(const prom_dkg_context *context, prom_span *complaint,
                                            const prom_dkg_participant *participant, const prom_dkg_secrets *secrets,
                                            const prom_dkg_dispute *dispute, prom_error *error);

/* Judges a dispute. Never succeeds: PROM_CATEGORY_PEER, and blame, name the dealer when the message is not well-formed,
 * its proof is not valid, or the share in it is not the one committed to, and else the complainer;
 * PROM_CATEGORY_BAD_INPUT when the session is not well-formed or the two are not two of its participants. */
PROM_MUST_USE prom_result prom_dkg_judge(const prom_dkg_context *context, const prom_dkg_session *session,
                                         const prom_dkg_dispute *dispute, prom_error *error);

/* Restores the session and its output from recovery data; the share of `host_secret`'s owner with it, unless that is
 * NULL. PROM_CATEGORY_BAD_INPUT, with session and output zeroed, when the recovery data are not well-formed or not
 * signed by all participants, when the host secret is out of range or belongs to none of them, or when the data do not
 * hold its share. */
PROM_MUST_USE prom_result prom_dkg_recover(prom_arena *arena, const prom_curve *curve, prom_dkg_output *output,
                                           prom_dkg_session *session, const prom_bytes32 *host_secret,
                                           prom_span recovery, prom_error *error);

PROM_DECLARATIONS_END

#endif
