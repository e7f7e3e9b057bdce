#include "crypto/chilldkg_parts.h"

/* All participants' first messages. */
static prom_result read_deals(prom_arena *arena, const prom_curve *curve, prom_dkg_deal **deals, prom_dkg_blame *blame,
                              const prom_dkg_session *session, const prom_span *messages, size_t count,
                              prom_error *error)
{
    *blame = (prom_dkg_blame){PROM_DKG_FAULT_NONE, 0};
    PROM_TRY(prom_dkg_check_session(curve, session, error));
    if (count != session->count) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu messages of %zu participants", count, session->count);
    }
    PROM_TRY_NEW(*deals, arena, count, error);
    for (size_t i = 0; i < count; i++) {
        const prom_result read = prom_dkg_read_deal(curve, &(*deals)[i], session, messages[i], error);
        if (!prom_is_ok(read)) {
            return prom_dkg_accuse(blame, PROM_DKG_FAULT_PARTICIPANT, i,
                                   prom_within(read, error, "participant %zu's first message", i));
        }
    }
    return prom_ok();
}

/* The coordinator's first message: the sums of what the participants sent, and what can not be summed. */
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

prom_result prom_dkg_coordinator_step1(prom_arena *arena, const prom_curve *curve, prom_dkg_outcome *outcome,
                                       prom_span *message, prom_dkg_blame *blame, const prom_dkg_session *session,
                                       const prom_span *messages, size_t count, prom_error *error)
{
    prom_dkg_deal *deals = NULL;
    prom_dkg_round round;
    prom_scalar tweak;
    *outcome = (prom_dkg_outcome){.session = *session};
    PROM_TRY(read_deals(arena, curve, &deals, blame, session, messages, count, error));
    sum_deals(curve, &round, session, deals);
    const prom_result derived =
        prom_dkg_derive_output(curve, &outcome->output, &tweak, &round.transcript.sum, count, error);
    if (!prom_is_ok(derived)) {
        return prom_dkg_accuse(blame, PROM_DKG_FAULT_UNKNOWN, 0, derived);
    }
    PROM_TRY(prom_dkg_write_transcript(arena, curve, &outcome->transcript, session, &round.transcript, error));
    return prom_dkg_write_round(arena, curve, message, session, &round, error);
}

prom_result prom_dkg_coordinator_finalize(prom_arena *arena, const prom_curve *curve, prom_dkg_output *output,
                                          prom_span *message, prom_span *recovery, prom_dkg_blame *blame,
                                          const prom_dkg_outcome *outcome, const prom_span *signatures, size_t count,
                                          prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    size_t culprit = 0;
    *blame = (prom_dkg_blame){PROM_DKG_FAULT_NONE, 0};
    *output = (prom_dkg_output){.count = 0};
    if (count != outcome->session.count) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu signatures of %zu participants", count,
                         outcome->session.count);
    }
    for (size_t i = 0; i < count; i++) {
        if (signatures[i].length != sizeof(prom_signature)) {
            return prom_dkg_accuse(blame, PROM_DKG_FAULT_PARTICIPANT, i,
                                   prom_fail(error, PROM_CATEGORY_PEER, "participant %zu's signature has %zu bytes", i,
                                             signatures[i].length));
        }
        prom_write_span(&writer, signatures[i]);
    }
    PROM_TRY(prom_writer_finish(&writer, message, error));
    const prom_result checked =
        prom_dkg_certificate_check(arena, curve, &culprit, &outcome->session, outcome->transcript, *message, error);
    if (checked.category == PROM_CATEGORY_BAD_INPUT) {
        return prom_dkg_accuse(blame, PROM_DKG_FAULT_PARTICIPANT, culprit, checked);
    }
    PROM_TRY(checked);
    PROM_TRY(prom_dkg_write_recovery(arena, recovery, outcome->transcript, *message, error));
    *output = outcome->output;
    return prom_ok();
}

prom_result prom_dkg_coordinator_investigate(prom_arena *arena, const prom_curve *curve, prom_span *investigations,
                                             prom_dkg_blame *blame, const prom_dkg_session *session,
                                             const prom_span *messages, size_t count, prom_error *error)
{
    prom_dkg_deal *deals = NULL;
    PROM_TRY(read_deals(arena, curve, &deals, blame, session, messages, count, error));
    for (size_t i = 0; i < count; i++) {
        prom_dkg_evidence evidence;
        for (size_t j = 0; j < count; j++) {
            evidence.shares[j] = deals[j].shares[i];
            prom_dkg_public_share(curve, &evidence.public_shares[j], &deals[j].commitment, i);
        }
        PROM_TRY(prom_dkg_write_evidence(arena, curve, &investigations[i], session, &evidence, error));
    }
    return prom_ok();
}
