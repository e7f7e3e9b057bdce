#include "crypto/chilldkg_parts.h"

/* All participants' first messages. */
static prom_result read_deals(const prom_dkg_context *context, prom_dkg_deal **deals, const prom_dkg_session *session,
                              const prom_dkg_messages *messages, prom_error *error)
{
    const prom_curve *curve = context->curve;
    const size_t count = messages->count;
    *context->blame = (prom_dkg_blame){PROM_DKG_FAULT_NONE, 0};
    PROM_TRY(prom_dkg_check_session(curve, session, error));
    if (count != session->count) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu messages of %zu participants", count, session->count);
    }
    PROM_TRY_NEW(*deals, context->arena, count, error);
    for (size_t i = 0; i < count; i++) {
        const prom_result read = prom_dkg_read_deal(curve, &(*deals)[i], session, messages->spans[i], error);
        if (!prom_is_ok(read)) {
            return prom_dkg_accuse(context->blame, PROM_DKG_FAULT_PARTICIPANT, i,
                                   prom_within(read, error, "participant %zu's first message", i));
        }
    }
    return prom_ok();
}

/* The coordinator's first message: the sums of what the participants sent, and what cannot be summed. */
static void sum_deals(const prom_curve *curve, prom_dkg_round *round, const prom_dkg_session *session,
                      const prom_dkg_deal *deals)
{
    prom_dkg_transcript *transcript = &round->transcript;
    transcript->sum.count = session->threshold;
    for (size_t i = 0; i < session->threshold; i++) {
        transcript->sum.terms[i] = prom_element_infinity();
        for (size_t j = 0; j < session->count; j++) {
            prom_element_add(curve, &transcript->sum.terms[i], &transcript->sum.terms[i],
                             &deals[j].commitment.terms[i]);
        }
    }
    for (size_t i = 0; i < session->count; i++) {
        round->secrets[i] = deals[i].commitment.terms[0];
        round->proofs[i] = deals[i].proof;
        transcript->nonces[i] = deals[i].nonce;
        transcript->shares[i] = prom_scalar_of_number(0);
        for (size_t j = 0; j < session->count; j++) {
            prom_scalar_add(&transcript->shares[i], &transcript->shares[i], &deals[j].shares[i]);
        }
    }
}

prom_result prom_dkg_coordinator_step1(const prom_dkg_context *context, prom_dkg_outcome *outcome, prom_span *message,
                                       const prom_dkg_session *session, const prom_dkg_messages *messages,
                                       prom_error *error)
{
    prom_arena *arena = context->arena;
    const prom_curve *curve = context->curve;
    prom_dkg_deal *deals = NULL;
    prom_dkg_round round;
    prom_scalar tweak;
    *outcome = (prom_dkg_outcome){.session = *session};
    PROM_TRY(read_deals(context, &deals, session, messages, error));
    sum_deals(curve, &round, session, deals);
    const prom_result derived =
        prom_dkg_derive_output(curve, &outcome->output, &tweak, &round.transcript.sum, messages->count, error);
    if (!prom_is_ok(derived)) {
        return prom_dkg_accuse(context->blame, PROM_DKG_FAULT_UNKNOWN, 0, derived);
    }
    PROM_TRY(prom_dkg_write_transcript(arena, curve, &outcome->transcript, session, &round.transcript, error));
    return prom_dkg_write_round(arena, curve, message, session, &round, error);
}

prom_result prom_dkg_coordinator_finalize(const prom_dkg_context *context, prom_dkg_output *output, prom_span *message,
                                          prom_span *recovery, const prom_dkg_outcome *outcome,
                                          const prom_dkg_messages *signatures, prom_error *error)
{
    prom_arena *arena = context->arena;
    prom_dkg_blame *blame = context->blame;
    const size_t count = signatures->count;
    prom_writer writer = prom_writer_in(arena);
    size_t culprit = 0;
    *blame = (prom_dkg_blame){PROM_DKG_FAULT_NONE, 0};
    *output = (prom_dkg_output){.count = 0};
    if (count != outcome->session.count) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu signatures of %zu participants", count,
                         outcome->session.count);
    }
    for (size_t i = 0; i < count; i++) {
        if (signatures->spans[i].length != sizeof(prom_signature)) {
            return prom_dkg_accuse(blame, PROM_DKG_FAULT_PARTICIPANT, i,
                                   prom_fail(error, PROM_CATEGORY_PEER, "participant %zu's signature has %zu bytes", i,
                                             signatures->spans[i].length));
        }
        prom_write_span(&writer, signatures->spans[i]);
    }
    PROM_TRY(prom_writer_finish(&writer, message, error));
    const prom_result checked = prom_dkg_certificate_check(arena, context->curve, &culprit, &outcome->session,
                                                           outcome->transcript, *message, error);
    if (checked.category == PROM_CATEGORY_BAD_INPUT) {
        return prom_dkg_accuse(blame, PROM_DKG_FAULT_PARTICIPANT, culprit, checked);
    }
    PROM_TRY(checked);
    PROM_TRY(prom_dkg_write_recovery(arena, recovery, outcome->transcript, *message, error));
    *output = outcome->output;
    return prom_ok();
}

prom_result prom_dkg_coordinator_investigate(const prom_dkg_context *context, prom_span *investigations,
                                             const prom_dkg_session *session, const prom_dkg_messages *messages,
                                             prom_error *error)
{
    const prom_curve *curve = context->curve;
    const size_t count = messages->count;
    prom_dkg_deal *deals = NULL;
    PROM_TRY(read_deals(context, &deals, session, messages, error));
    for (size_t i = 0; i < count; i++) {
        prom_dkg_evidence evidence;
        for (size_t j = 0; j < count; j++) {
            evidence.shares[j] = deals[j].shares[i];
            prom_dkg_public_share(curve, &evidence.public_shares[j], &deals[j].commitment, i);
        }
        PROM_TRY(prom_dkg_write_evidence(context->arena, curve, &investigations[i], session, &evidence, error));
    }
    return prom_ok();
}
