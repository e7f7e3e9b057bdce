#include <string.h>

#include "crypto/chilldkg_parts.h"
#include "crypto/secret_flow.h"

/* What a participant computes its first message with; wiped as one. */
struct dealing {
    prom_bytes32 seed;
    prom_bytes32 nonce_secret;
    prom_bytes32 shared;
    prom_dkg_polynomial polynomial;
    prom_scalar share;
    prom_scalar pad;
};

static void wipe_dealing(struct dealing *dealing)
{
    prom_wipe(dealing, sizeof *dealing);
}

/* The seed of all that the participant draws in this session: bad randomness alone does not give it away. */
static void derive_seed(prom_bytes32 *seed, const prom_dkg_session *session, const prom_dkg_secrets *secrets)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "BIP DKG/encpedpop seed");
    prom_hasher_add(&hasher, prom_span_of32(secrets->host));
    prom_hasher_add(&hasher, prom_span_of32(secrets->randomness));
    prom_dkg_hash_session(&hasher, session);
    prom_hasher_finish(&hasher, seed);
}

/* The shares for all participants, each blinded for its receiver. */
static prom_result deal_shares(const prom_curve *curve, struct dealing *dealing, prom_dkg_deal *deal,
                               const prom_dkg_participant *participant, const prom_bytes32 *host_secret,
                               prom_error *error)
{
    const prom_dkg_session *session = &participant->session;
    for (size_t i = 0; i < session->count; i++) {
        if (i == participant->id) {
            prom_dkg_pad_to_self(&dealing->pad, host_secret, &deal->nonce, i, session);
        } else if (prom_dkg_shared_secret(curve, &dealing->shared, &dealing->nonce_secret, &session->host_keys[i])) {
            prom_dkg_pad(&dealing->pad, &dealing->shared, &deal->nonce, i, session);
        } else {
            return prom_fail(error, PROM_CATEGORY_BROKEN, "a host key that was checked is no point any more");
        }
        prom_dkg_share(&dealing->share, &dealing->polynomial, i);
        prom_scalar_add(&deal->shares[i], &dealing->share, &dealing->pad);
    }
    prom_declare_public(deal->shares, sizeof deal->shares);
    return prom_ok();
}

prom_result prom_dkg_participant_step1(const prom_dkg_context *context, prom_dkg_participant *participant,
                                       prom_span *message, const prom_dkg_session *session,
                                       const prom_dkg_secrets *secrets, prom_error *error)
{
    const prom_curve *curve = context->curve;
    static const prom_bytes32 zeros = {{0}};
    PROM_SCOPED(wipe_dealing) struct dealing dealing = {0};
    prom_dkg_deal deal = {.proof = {{0}}};
    prom_bytes32 auxiliary;
    PROM_TRY(prom_dkg_check_session(curve, session, error));
    *participant = (prom_dkg_participant){.session = *session};
    PROM_TRY(prom_dkg_find_participant(curve, &participant->id, session, secrets->host, error));
    const bool no_randomness = prom_secret_equal(secrets->randomness->bytes, zeros.bytes, sizeof zeros.bytes);
    prom_declare_public(&no_randomness, sizeof no_randomness);
    if (no_randomness) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the randomness is all zeros: is the random generator sound?");
    }
    derive_seed(&dealing.seed, session, secrets);
    prom_tagged_hash(&auxiliary, "BIP DKG/simplpedpop aux", prom_span_of32(&dealing.seed));
    prom_tagged_hash(&dealing.nonce_secret, "BIP DKG/encpedpop secnonce", prom_span_of32(&dealing.seed));
    PROM_TRY(prom_dkg_polynomial_of_seed(&dealing.polynomial, session->threshold, &dealing.seed, error));
    PROM_TRY(prom_point_of_secret(curve, &deal.nonce, &dealing.nonce_secret, error));
    prom_dkg_commit(curve, &deal.commitment, &dealing.polynomial);
    PROM_TRY(
        prom_dkg_prove(curve, &deal.proof, &dealing.polynomial.coefficients[0], participant->id, &auxiliary, error));
    PROM_TRY(deal_shares(curve, &dealing, &deal, participant, secrets->host, error));
    participant->nonce = deal.nonce;
    participant->commitment = prom_element_serialize(curve, &deal.commitment.terms[0]);
    return prom_dkg_write_deal(context->arena, curve, message, session, &deal, error);
}

/* The coordinator's first message, read and opened; wiped as one. */
struct opening {
    prom_dkg_round round;
    prom_scalar pads[PROM_DKG_MAX];
    prom_scalar share;
    prom_bytes32 bytes;
};

static void wipe_opening(struct opening *opening)
{
    prom_wipe(opening, sizeof *opening);
}

static prom_result open_round(const prom_curve *curve, struct opening *opening, prom_dkg_blame *blame,
                              const prom_dkg_participant *participant, const prom_bytes32 *host_secret,
                              prom_span message, prom_error *error)
{
    const prom_dkg_session *session = &participant->session;
    const prom_dkg_transcript *transcript = &opening->round.transcript;
    const size_t own = participant->id;
    size_t id = 0;
    PROM_TRY(prom_dkg_find_participant(curve, &id, session, host_secret, error));
    if (id != own) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the host secret is not the one of the first step");
    }
    const prom_result read = prom_dkg_read_round(curve, &opening->round, session, message, error);
    if (!prom_is_ok(read)) {
        return prom_dkg_accuse(blame, PROM_DKG_FAULT_COORDINATOR, 0, read);
    }
    if (memcmp(&transcript->nonces[own], &participant->nonce, sizeof participant->nonce) != 0) {
        return prom_dkg_accuse(blame, PROM_DKG_FAULT_COORDINATOR, 0,
                               prom_fail(error, PROM_CATEGORY_PEER, "the coordinator changed our encryption nonce"));
    }
    const prom_dkg_receiver receiver = {session, own, host_secret};
    const prom_result made = prom_dkg_pads(curve, opening->pads, &id, &receiver, transcript->nonces, error);
    if (!prom_is_ok(made)) {
        return prom_dkg_accuse(blame, PROM_DKG_FAULT_PARTICIPANT_OR_COORDINATOR, id, made);
    }
    prom_dkg_open_sum(&opening->share, &transcript->shares[own], opening->pads, session->count);
    return prom_ok();
}

/* That all know their part of the secret: else one could choose its part by the others', and with it the key. */
static prom_result check_proofs(const prom_curve *curve, prom_dkg_blame *blame, const prom_dkg_participant *participant,
                                const prom_dkg_round *round, prom_error *error)
{
    const prom_point own = prom_element_serialize(curve, &round->secrets[participant->id]);
    if (memcmp(&own, &participant->commitment, sizeof own) != 0) {
        return prom_dkg_accuse(blame, PROM_DKG_FAULT_COORDINATOR, 0,
                               prom_fail(error, PROM_CATEGORY_PEER, "the coordinator changed our commitment"));
    }
    for (size_t i = 0; i < participant->session.count; i++) {
        const prom_element *secret = &round->secrets[i];
        if (i == participant->id) {
            continue;
        }
        if (secret->infinite) {
            return prom_dkg_accuse(
                blame, PROM_DKG_FAULT_PARTICIPANT_OR_COORDINATOR, i,
                prom_fail(error, PROM_CATEGORY_PEER, "participant %zu's commitment to its secret is infinity", i));
        }
        if (!prom_dkg_proof_valid(curve, &round->proofs[i], secret, i)) {
            return prom_dkg_accuse(
                blame, PROM_DKG_FAULT_PARTICIPANT_OR_COORDINATOR, i,
                prom_fail(error, PROM_CATEGORY_PEER, "participant %zu does not prove that it knows its secret", i));
        }
    }
    return prom_ok();
}

/* The output, when the share received is the one that was committed to. */
static prom_result derive_share(const prom_curve *curve, prom_dkg_output *output, prom_dkg_blame *blame,
                                struct opening *opening, const prom_dkg_participant *participant, prom_error *error)
{
    const prom_dkg_commitment *sum = &opening->round.transcript.sum;
    prom_scalar tweak;
    prom_element point;
    const prom_result derived = prom_dkg_derive_output(curve, output, &tweak, sum, participant->session.count, error);
    if (!prom_is_ok(derived)) {
        return prom_dkg_accuse(blame, PROM_DKG_FAULT_UNKNOWN, 0, derived);
    }
    prom_scalar_add(&opening->share, &opening->share, &tweak);
    prom_element_of_scalar(curve, &point, &opening->share);
    const prom_point public_share = prom_element_serialize(curve, &point);
    if (memcmp(&public_share, &output->public_shares[participant->id], sizeof public_share) != 0) {
        return prom_dkg_accuse(blame, PROM_DKG_FAULT_UNKNOWN, 0,
                               prom_fail(error, PROM_CATEGORY_PEER,
                                         "our share of the key is not the one that was committed to; ask the "
                                         "coordinator to investigate"));
    }
    prom_scalar_serialize(&output->secret_share, &opening->share);
    return prom_ok();
}

static prom_result step2(const prom_dkg_context *context, prom_dkg_outcome *outcome, prom_signature *signature,
                         const prom_dkg_participant *participant, const prom_dkg_secrets *secrets, prom_span message,
                         prom_error *error)
{
    PROM_SCOPED(wipe_opening) struct opening opening = {0};
    const prom_curve *curve = context->curve;
    prom_dkg_blame *blame = context->blame;
    PROM_TRY(open_round(curve, &opening, blame, participant, secrets->host, message, error));
    PROM_TRY(check_proofs(curve, blame, participant, &opening.round, error));
    PROM_TRY(derive_share(curve, &outcome->output, blame, &opening, participant, error));
    outcome->session = participant->session;
    PROM_TRY(prom_dkg_write_transcript(context->arena, curve, &outcome->transcript, &participant->session,
                                       &opening.round.transcript, error));
    return prom_dkg_certificate_sign(context->arena, curve, signature, outcome->transcript, participant->id, secrets,
                                     error);
}

prom_result prom_dkg_participant_step2(const prom_dkg_context *context, prom_dkg_outcome *outcome,
                                       prom_signature *signature, const prom_dkg_participant *participant,
                                       const prom_dkg_secrets *secrets, prom_span coordinator_message,
                                       prom_error *error)
{
    *context->blame = (prom_dkg_blame){PROM_DKG_FAULT_NONE, 0};
    *outcome = (prom_dkg_outcome){.transcript = {NULL, 0}};
    const prom_result done = step2(context, outcome, signature, participant, secrets, coordinator_message, error);
    if (!prom_is_ok(done)) {
        prom_wipe(outcome, sizeof *outcome);
    }
    return done;
}

prom_result prom_dkg_participant_finalize(const prom_dkg_context *context, prom_dkg_output *output, prom_span *recovery,
                                          const prom_dkg_outcome *outcome, prom_span coordinator_message,
                                          prom_error *error)
{
    size_t culprit = 0;
    *context->blame = (prom_dkg_blame){PROM_DKG_FAULT_NONE, 0};
    *output = (prom_dkg_output){.count = 0};
    const prom_result checked = prom_dkg_certificate_check(context->arena, context->curve, &culprit, &outcome->session,
                                                           outcome->transcript, coordinator_message, error);
    if (checked.category == PROM_CATEGORY_BAD_INPUT) { /* whoever's signature it is, the coordinator accepted it */
        return prom_dkg_accuse(context->blame, PROM_DKG_FAULT_COORDINATOR, 0, checked);
    }
    PROM_TRY(checked);
    PROM_TRY(prom_dkg_write_recovery(context->arena, recovery, outcome->transcript, coordinator_message, error));
    *output = outcome->output;
    return prom_ok();
}

/* The investigation message must agree with what the coordinator sent before. */
static prom_result check_sums(const prom_curve *curve, const prom_dkg_round *round, const prom_dkg_evidence *evidence,
                              const prom_dkg_participant *participant, prom_error *error)
{
    prom_scalar shares = prom_scalar_of_number(0);
    prom_element public_shares = prom_element_infinity();
    prom_element due;
    for (size_t i = 0; i < participant->session.count; i++) {
        prom_scalar_add(&shares, &shares, &evidence->shares[i]);
        prom_element_add(curve, &public_shares, &public_shares, &evidence->public_shares[i]);
    }
    prom_dkg_public_share(curve, &due, &round->transcript.sum, participant->id);
    if (!prom_element_equal(curve, &public_shares, &due)) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "the public shares that the coordinator names do not add up to ours");
    }
    prom_scalar_subtract(&shares, &shares, &round->transcript.shares[participant->id]);
    return prom_scalar_is_zero(&shares)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_PEER,
                           "the encrypted shares that the coordinator names do not add up to ours");
}

/* Whose encrypted share does not open to what it should. */
static prom_result find_culprit(const prom_curve *curve, prom_dkg_blame *blame, struct opening *opening,
                                const prom_dkg_evidence *evidence, const prom_dkg_participant *participant,
                                prom_error *error)
{
    for (size_t i = 0; i < participant->session.count; i++) {
        prom_element point;
        prom_scalar_subtract(&opening->share, &evidence->shares[i], &opening->pads[i]);
        prom_element_of_scalar(curve, &point, &opening->share);
        if (prom_element_equal(curve, &point, &evidence->public_shares[i])) {
            continue;
        }
        if (i == participant->id) {
            return prom_dkg_accuse(
                blame, PROM_DKG_FAULT_COORDINATOR, 0,
                prom_fail(error, PROM_CATEGORY_PEER, "the coordinator changed our share for ourselves"));
        }
        return prom_dkg_accuse(
            blame, PROM_DKG_FAULT_PARTICIPANT_OR_COORDINATOR, i,
            prom_fail(error, PROM_CATEGORY_PEER, "participant %zu's share for us is not the one committed to", i));
    }
    return prom_fail(error, PROM_CATEGORY_MISUSE, "nothing to investigate: the messages are all in order");
}

prom_result prom_dkg_participant_investigate(const prom_dkg_context *context, const prom_dkg_participant *participant,
                                             const prom_bytes32 *host_secret, prom_span coordinator_message,
                                             prom_span investigation, prom_error *error)
{
    const prom_curve *curve = context->curve;
    prom_dkg_blame *blame = context->blame;
    PROM_SCOPED(wipe_opening) struct opening opening = {0};
    prom_dkg_evidence evidence;
    *blame = (prom_dkg_blame){PROM_DKG_FAULT_NONE, 0};
    PROM_TRY(open_round(curve, &opening, blame, participant, host_secret, coordinator_message, error));
    prom_result sound = prom_dkg_read_evidence(curve, &evidence, &participant->session, investigation, error);
    if (prom_is_ok(sound)) {
        sound = check_sums(curve, &opening.round, &evidence, participant, error);
    }
    if (!prom_is_ok(sound)) {
        return prom_dkg_accuse(blame, PROM_DKG_FAULT_COORDINATOR, 0, sound);
    }
    return find_culprit(curve, blame, &opening, &evidence, participant, error);
}
