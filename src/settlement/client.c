/* What C does while its contract runs: it takes W's package from whomever, and once the chain has shown h_p it opens it
 * and checks it for itself. */
#include "settlement/settlement.h"

/* The bit of W's package of that hash, by the order of its statements of the round; 0: there is none. */
static unsigned bit_of(const prom_evidence *statements, prom_round round, const prom_bytes32 *hash)
{
    unsigned bit = 1;
    for (size_t i = 0; i < statements->count; i++) {
        const prom_attestation *said = &statements->list[i];
        if (said->kind == PROM_ATTESTATION_PACKAGE && said->as.package.round == round) {
            if (prom_bytes32_equal(&said->as.package.hash, hash)) {
                return bit;
            }
            bit <<= 1;
        }
    }
    return 0;
}

bool prom_result_may_be(const prom_channel *channel, uint16_t batch, prom_round round, const prom_bytes32 *hash)
{
    const prom_evidence_facts *evidence = &channel->facts.batches[batch].evidence;
    const unsigned bit = bit_of(&evidence->statements, round, hash);
    return bit != 0 && (round != PROM_ROUND_A || (evidence->results_bad & bit) == 0);
}

static bool is_due(const struct step *step, uint16_t batch)
{
    const prom_batch_facts *its = &step->facts->batches[batch];
    return its->money.key_known && its->evidence.result != PROM_CHECKED_GOOD &&
           prom_packages_at_hand(step->channel, batch);
}

prom_result prom_want_client(struct step *step, prom_wants *wants)
{
    const bool is_client = step->facts->role == PROM_ROLE_CLIENT;
    for (uint16_t batch = 0; is_client && batch < step->facts->batch_count; batch++) {
        prom_bytes32 subject;
        prom_packages_subject(step->channel, batch, &subject);
        if (is_due(step, batch)) {
            PROM_TRY(prom_want_add_job(step, wants, batch, PROM_JOB_RESULT, &subject));
        }
    }
    return prom_ok();
}

/* Whether W has signed another one, which may be what V signed for. */
static bool has_another(const struct step *step, uint16_t batch)
{
    const prom_evidence *statements = &step->facts->batches[batch].evidence.statements;
    bool found = false;
    for (size_t i = 0; i < statements->count; i++) {
        const prom_attestation *said = &statements->list[i];
        found = found || (said->kind == PROM_ATTESTATION_PACKAGE && said->as.package.round == PROM_ROUND_A &&
                          prom_result_may_be(step->channel, batch, PROM_ROUND_A, &said->as.package.hash));
    }
    return found;
}

/* protocol 7: C tells its owner if V signed for a bad package. */
static prom_result tell(struct step *step, uint16_t batch, const char *reason)
{
    if (has_another(step, batch)) {
        return prom_alarm(step, "the worker signed two packages; one is bad, and the other is looked for: %s", reason);
    }
    return prom_channel_scheme(step->channel, batch) == 3
               ? prom_alarm(step, "the verifier signed for a package that our own check finds bad: %s", reason)
               : prom_alarm(step, "our own check finds the worker's package bad: %s", reason);
}

prom_result prom_result_done(struct step *step, const prom_event *event)
{
    const prom_done_event *done = &event->as.done;
    prom_evidence_facts *evidence = &step->facts->batches[done->batch].evidence;
    const prom_bytes32 *hash = &evidence->bodies[PROM_BODY_PACKAGE_A].hash;
    prom_bytes32 subject;
    prom_packages_subject(step->channel, done->batch, &subject);
    if (!prom_bytes32_equal(&subject, &done->subject) || !is_due(step, done->batch)) {
        return prom_ok(); /* of something that we no longer ask about */
    }
    if (done->unable || done->checked == PROM_CHECKED_UNKNOWN) {
        return prom_alarm(step, "the result could not be checked, and is checked again: %s",
                          done->reason != NULL ? done->reason : "");
    }
    evidence->result = done->checked;
    prom_keep_reason(evidence->result_reason, sizeof evidence->result_reason, done->reason);
    if (done->checked == PROM_CHECKED_GOOD) {
        evidence->result_open = true;
        return prom_note(step, "the result is here");
    }
    evidence->results_bad = (uint8_t)(evidence->results_bad | bit_of(&evidence->statements, PROM_ROUND_A, hash));
    return tell(step, done->batch, evidence->result_reason);
}
