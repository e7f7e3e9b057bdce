#include <string.h>

#include "crypto/chilldkg_parts.h"
#include "prometheus/crypto/dleq.h"

/* Reads the dealer's first message; fails when it is bad in itself. */
static prom_result read_deal(const prom_curve *curve, prom_dkg_deal *deal, const prom_dkg_session *session,
                             const prom_dkg_dispute *dispute, prom_error *error)
{
    prom_element nonce;
    PROM_TRY(prom_dkg_read_deal(curve, deal, session, dispute->message, error));
    if (!prom_element_parse(curve, &nonce, &deal->nonce)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the encryption nonce of participant %zu is not a point of secp256k1", dispute->dealer);
    }
    if (!prom_dkg_proof_valid(curve, &deal->proof, &deal->commitment.terms[0], dispute->dealer)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "participant %zu has not proven that it knows its part of the secret", dispute->dealer);
    }
    return prom_ok();
}

static prom_result check_dispute(const prom_curve *curve, const prom_dkg_session *session,
                                 const prom_dkg_dispute *dispute, prom_error *error)
{
    PROM_TRY(prom_dkg_check_session(curve, session, error));
    if (dispute->dealer >= session->count || dispute->complainer >= session->count ||
        dispute->dealer == dispute->complainer) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a dispute is between two of %zu participants, not %zu and %zu", session->count,
                         dispute->dealer, dispute->complainer);
    }
    return prom_ok();
}

prom_result prom_dkg_complain(const prom_dkg_context *context, prom_span *complaint,
                              const prom_dkg_participant *participant, const prom_dkg_secrets *secrets,
                              const prom_dkg_dispute *dispute, prom_error *error)
{
    const prom_dkg_session *session = &participant->session;
    prom_writer writer = prom_writer_in(context->arena);
    prom_dleq_proof proof;
    prom_dkg_deal deal;
    prom_bytes32 hash;
    PROM_TRY(check_dispute(context->curve, session, dispute, error));
    PROM_TRY(read_deal(context->curve, &deal, session, dispute, error));
    PROM_TRY(prom_dkg_session_hash(context->curve, &hash, session, error));
    prom_dleq_statement statement = {.generator = prom_generator, .base = deal.nonce};
    PROM_TRY(prom_dleq_prove(context->curve, &proof, &statement, secrets->host, &hash, secrets->randomness, error));
    if (dispute->complainer != participant->id ||
        memcmp(&statement.public_key, &session->host_keys[participant->id], sizeof statement.public_key) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the host secret of a complaint is not the complainer's");
    }
    prom_write_span(&writer, prom_span_of(statement.shared.bytes, sizeof statement.shared.bytes));
    prom_write_span(&writer, prom_span_of(proof.bytes, sizeof proof.bytes));
    return prom_writer_finish(&writer, complaint, error);
}

/* Reads the point that the complaint shows, if it is the right one. */
static bool read_complaint(const prom_curve *curve, prom_point *shared, const prom_dkg_session *session,
                           const prom_dkg_dispute *dispute, const prom_dkg_deal *deal)
{
    prom_dleq_statement statement = {
        .generator = prom_generator, .public_key = session->host_keys[dispute->complainer], .base = deal->nonce};
    prom_dleq_proof proof;
    prom_bytes32 hash;
    if (dispute->complaint.length != PROM_DKG_COMPLAINT_BYTES ||
        !prom_is_ok(prom_dkg_session_hash(curve, &hash, session, NULL))) {
        return false;
    }
    memcpy(statement.shared.bytes, dispute->complaint.data, sizeof statement.shared.bytes);
    memcpy(proof.bytes, dispute->complaint.data + sizeof statement.shared.bytes, sizeof proof.bytes);
    *shared = statement.shared;
    return prom_dleq_valid(curve, &proof, &statement, &hash);
}

/* Whether the complainer's share, opened with the shared point, is the one that the dealer committed to. */
static bool share_is_good(const prom_curve *curve, const prom_point *shared, const prom_dkg_session *session,
                          const prom_dkg_dispute *dispute, const prom_dkg_deal *deal)
{
    prom_bytes32 secret; /* secp256k1_ecdh's: SHA-256 of the compressed point */
    prom_scalar pad;
    prom_scalar share;
    prom_element point;
    prom_element due;
    prom_sha256(&secret, prom_span_of(shared->bytes, sizeof shared->bytes));
    prom_dkg_pad(&pad, &secret, &deal->nonce, dispute->complainer, session);
    prom_scalar_subtract(&share, &deal->shares[dispute->complainer], &pad);
    prom_element_of_scalar(curve, &point, &share);
    prom_dkg_public_share(curve, &due, &deal->commitment, dispute->complainer);
    return prom_element_equal(curve, &point, &due);
}

prom_result prom_dkg_judge(const prom_dkg_context *context, const prom_dkg_session *session,
                           const prom_dkg_dispute *dispute, prom_error *error)
{
    prom_dkg_blame *blame = context->blame;
    prom_dkg_deal deal;
    prom_point shared;
    *blame = (prom_dkg_blame){PROM_DKG_FAULT_NONE, 0};
    PROM_TRY(check_dispute(context->curve, session, dispute, error));
    const prom_result read = read_deal(context->curve, &deal, session, dispute, error);
    if (!prom_is_ok(read)) {
        return prom_dkg_accuse(blame, PROM_DKG_FAULT_PARTICIPANT, dispute->dealer, read);
    }
    if (!read_complaint(context->curve, &shared, session, dispute, &deal)) {
        return prom_dkg_accuse(
            blame, PROM_DKG_FAULT_PARTICIPANT, dispute->complainer,
            prom_fail(error, PROM_CATEGORY_PEER, "participant %zu's complaint proves nothing", dispute->complainer));
    }
    if (share_is_good(context->curve, &shared, session, dispute, &deal)) {
        return prom_dkg_accuse(blame, PROM_DKG_FAULT_PARTICIPANT, dispute->complainer,
                               prom_fail(error, PROM_CATEGORY_PEER,
                                         "participant %zu complains of a share that is the one committed to",
                                         dispute->complainer));
    }
    return prom_dkg_accuse(blame, PROM_DKG_FAULT_PARTICIPANT, dispute->dealer,
                           prom_fail(error, PROM_CATEGORY_PEER,
                                     "participant %zu's share for participant %zu is not the one committed to",
                                     dispute->dealer, dispute->complainer));
}
