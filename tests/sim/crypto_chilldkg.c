#include <string.h>

#include "prometheus/crypto/chilldkg.h"
#include "stand_in.h"

/* A first message is the public share that its sender chose, and a mark: the dealing is good, or bad for one of the
 * participants. All first messages make the key. The transcript is session and first messages. */
enum { FIRST_BYTES = 34, GOOD = 0x01, BAD_FOR = 0x80 };

static bool is_well_formed(const uint8_t *first)
{
    const uint8_t mark = first[FIRST_BYTES - 1];
    return (first[0] | 1) == 3 && (mark == GOOD || mark >= BAD_FOR);
}

static prom_result accuse(prom_dkg_blame *blame, prom_dkg_fault fault, size_t participant, prom_error *error)
{
    *blame = (prom_dkg_blame){fault, participant};
    return prom_fail(error, PROM_CATEGORY_PEER, "participant %zu of the key generation is at fault", participant);
}

prom_result prom_dkg_session_hash(const prom_curve *curve, prom_bytes32 *hash, const prom_dkg_session *session,
                                  prom_error *error)
{
    const uint8_t threshold = (uint8_t)session->threshold;
    (void)curve;
    if (session->count == 0 || session->count > PROM_DKG_PARTICIPANTS_MAX || session->threshold == 0 ||
        session->threshold > session->count) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a key generation of %zu of %zu", session->threshold,
                         session->count);
    }
    for (size_t i = 0; i < session->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (memcmp(&session->host_keys[i], &session->host_keys[j], sizeof(prom_point)) == 0) {
                return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a host key is there twice");
            }
        }
    }
    prom_stand_in(hash, STAND_IN_SESSION, prom_span_of(&threshold, 1),
                  prom_span_of(session->host_keys[0].bytes, session->count * sizeof(prom_point)));
    return prom_ok();
}

static prom_result secret_share(const prom_curve *curve, prom_bytes32 *share, const prom_dkg_session *session,
                                const prom_bytes32 *host, prom_error *error)
{
    prom_bytes32 hash;
    PROM_TRY(prom_dkg_session_hash(curve, &hash, session, error));
    prom_stand_in(share, STAND_IN_SHARE, prom_span_of32(host), prom_span_of32(&hash));
    return prom_ok();
}

static prom_result find_id(const prom_curve *curve, size_t *id, const prom_dkg_session *session,
                           const prom_bytes32 *host, prom_error *error)
{
    prom_point own;
    PROM_TRY(prom_point_of_secret(curve, &own, host, error));
    for (*id = 0; *id < session->count; (*id)++) {
        if (memcmp(&session->host_keys[*id], &own, sizeof own) == 0) {
            return prom_ok();
        }
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the host secret belongs to no participant");
}

prom_result prom_dkg_participant_step1(const prom_dkg_context *context, prom_dkg_participant *participant,
                                       prom_span *message, const prom_dkg_session *session,
                                       const prom_dkg_secrets *secrets, prom_error *error)
{
    uint8_t bytes[FIRST_BYTES];
    prom_bytes32 share;
    memset(participant, 0, sizeof *participant);
    participant->session = *session;
    PROM_TRY(find_id(context->curve, &participant->id, session, secrets->host, error));
    PROM_TRY(secret_share(context->curve, &share, session, secrets->host, error));
    PROM_TRY(prom_point_of_secret(context->curve, &participant->commitment, &share, error));
    memcpy(bytes, participant->commitment.bytes, sizeof participant->commitment.bytes);
    bytes[FIRST_BYTES - 1] = GOOD;
    return prom_span_copy(context->arena, message, prom_span_of(bytes, sizeof bytes), error);
}

/* What all first messages make. */
static prom_result outcome_of(const prom_dkg_context *context, prom_dkg_outcome *outcome,
                              const prom_dkg_session *session, prom_span firsts, prom_error *error)
{
    prom_writer writer = prom_writer_in(context->arena);
    prom_bytes32 key;
    prom_bytes32 hash;
    memset(outcome, 0, sizeof *outcome);
    PROM_TRY(prom_dkg_session_hash(context->curve, &hash, session, error));
    if (firsts.length != session->count * FIRST_BYTES) {
        return accuse(context->blame, PROM_DKG_FAULT_COORDINATOR, 0, error);
    }
    outcome->session = *session;
    outcome->output.count = session->count;
    for (size_t i = 0; i < session->count; i++) {
        const uint8_t *first = firsts.data + i * FIRST_BYTES;
        if (!is_well_formed(first)) {
            return accuse(context->blame, PROM_DKG_FAULT_PARTICIPANT, i, error);
        }
        memcpy(outcome->output.public_shares[i].bytes, first, sizeof(prom_point));
    }
    prom_stand_in(&key, STAND_IN_JOINT, prom_span_of32(&hash), firsts);
    outcome->output.key = prom_point_of_public_key(&key);
    prom_write_bytes32(&writer, &hash);
    prom_write_span(&writer, firsts);
    return prom_writer_finish(&writer, &outcome->transcript, error);
}

prom_result prom_dkg_participant_step2(const prom_dkg_context *context, prom_dkg_outcome *outcome,
                                       prom_signature *signature, const prom_dkg_participant *participant,
                                       const prom_dkg_secrets *secrets, prom_span coordinator_message,
                                       prom_error *error)
{
    prom_bytes32 share;
    prom_point own;
    PROM_TRY(outcome_of(context, outcome, &participant->session, coordinator_message, error));
    PROM_TRY(secret_share(context->curve, &share, &participant->session, secrets->host, error));
    PROM_TRY(prom_point_of_secret(context->curve, &own, &share, error));
    if (memcmp(&own, &outcome->output.public_shares[participant->id], sizeof own) != 0) {
        memset(outcome, 0, sizeof *outcome);
        return accuse(context->blame, PROM_DKG_FAULT_COORDINATOR, 0, error);
    }
    for (size_t i = 0; i < participant->session.count; i++) {
        if (coordinator_message.data[(i + 1) * FIRST_BYTES - 1] == (BAD_FOR | participant->id)) {
            memset(outcome, 0, sizeof *outcome);
            return accuse(context->blame, PROM_DKG_FAULT_PARTICIPANT, i, error);
        }
    }
    outcome->output.secret_share = share;
    prom_bytes32 key;
    memcpy(key.bytes, participant->session.host_keys[participant->id].bytes + 1, sizeof key.bytes);
    prom_stand_in_sign(signature, &key, outcome->transcript);
    return prom_ok();
}

prom_result prom_dkg_signature_check(const prom_dkg_context *context, const prom_dkg_outcome *outcome,
                                     size_t participant, prom_span signature, prom_error *error)
{
    prom_bytes32 key;
    prom_signature right;
    (void)context;
    memcpy(key.bytes, outcome->session.host_keys[participant].bytes + 1, sizeof key.bytes);
    prom_stand_in_sign(&right, &key, outcome->transcript);
    return prom_span_equal(signature, prom_span_of(right.bytes, sizeof right.bytes))
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "participant %zu has not signed", participant);
}

static prom_result check_signatures(const prom_dkg_context *context, const prom_dkg_outcome *outcome,
                                    const prom_dkg_messages *signatures, prom_error *error)
{
    for (size_t i = 0; i < outcome->session.count; i++) {
        if (!prom_is_ok(prom_dkg_signature_check(context, outcome, i, signatures->spans[i], error))) {
            return accuse(context->blame, PROM_DKG_FAULT_PARTICIPANT, i, error);
        }
    }
    return prom_ok();
}

prom_result prom_dkg_complain(const prom_dkg_context *context, prom_span *complaint,
                              const prom_dkg_participant *participant, const prom_dkg_secrets *secrets,
                              const prom_dkg_dispute *dispute, prom_error *error)
{
    static const uint8_t bytes[PROM_DKG_COMPLAINT_BYTES] = {2};
    (void)participant;
    (void)secrets;
    (void)dispute;
    return prom_span_copy(context->arena, complaint, prom_span_of(bytes, sizeof bytes), error);
}

prom_result prom_dkg_judge(const prom_dkg_context *context, const prom_dkg_session *session,
                           const prom_dkg_dispute *dispute, prom_error *error)
{
    const prom_span message = dispute->message;
    if (dispute->dealer >= session->count || dispute->complainer >= session->count ||
        dispute->dealer == dispute->complainer) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "these are no two participants");
    }
    const bool bad = message.length != FIRST_BYTES || !is_well_formed(message.data) ||
                     (dispute->complaint.length == PROM_DKG_COMPLAINT_BYTES &&
                      message.data[FIRST_BYTES - 1] == (BAD_FOR | dispute->complainer));
    return accuse(context->blame, PROM_DKG_FAULT_PARTICIPANT, bad ? dispute->dealer : dispute->complainer, error);
}

/* Session, first messages, signatures. */
static prom_result write_recovery(const prom_dkg_context *context, prom_span *recovery, const prom_dkg_outcome *outcome,
                                  prom_span signatures, prom_error *error)
{
    prom_writer writer = prom_writer_in(context->arena);
    prom_write_u8(&writer, (uint8_t)outcome->session.threshold);
    prom_write_u8(&writer, (uint8_t)outcome->session.count);
    prom_write_span(&writer,
                    prom_span_of(outcome->session.host_keys[0].bytes, outcome->session.count * sizeof(prom_point)));
    prom_write_span(&writer, prom_span_of(outcome->transcript.data + 32, outcome->transcript.length - 32));
    prom_write_span(&writer, signatures);
    return prom_writer_finish(&writer, recovery, error);
}

/* The signatures, one after the other, as messages. */
static void split(prom_span spans[PROM_DKG_PARTICIPANTS_MAX], prom_span bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const bool there = bytes.length >= (i + 1) * sizeof(prom_signature);
        spans[i] = there ? prom_span_of(bytes.data + i * sizeof(prom_signature), sizeof(prom_signature))
                         : prom_span_of(NULL, 0);
    }
}

prom_result prom_dkg_participant_finalize(const prom_dkg_context *context, prom_dkg_output *output, prom_span *recovery,
                                          const prom_dkg_outcome *outcome, prom_span coordinator_message,
                                          prom_error *error)
{
    prom_span spans[PROM_DKG_PARTICIPANTS_MAX];
    const prom_dkg_messages messages = {spans, outcome->session.count};
    memset(output, 0, sizeof *output);
    split(spans, coordinator_message, outcome->session.count);
    PROM_TRY(check_signatures(context, outcome, &messages, error));
    PROM_TRY(write_recovery(context, recovery, outcome, coordinator_message, error));
    *output = outcome->output;
    return prom_ok();
}

prom_result prom_dkg_coordinator_step1(const prom_dkg_context *context, prom_dkg_outcome *outcome, prom_span *message,
                                       const prom_dkg_session *session, const prom_dkg_messages *messages,
                                       prom_error *error)
{
    prom_writer writer = prom_writer_in(context->arena);
    for (size_t i = 0; i < messages->count; i++) {
        if (messages->spans[i].length != FIRST_BYTES) {
            return accuse(context->blame, PROM_DKG_FAULT_PARTICIPANT, i, error);
        }
        prom_write_span(&writer, messages->spans[i]);
    }
    PROM_TRY(prom_writer_finish(&writer, message, error));
    return outcome_of(context, outcome, session, *message, error);
}

prom_result prom_dkg_coordinator_finalize(const prom_dkg_context *context, prom_dkg_output *output, prom_span *message,
                                          prom_span *recovery, const prom_dkg_outcome *outcome,
                                          const prom_dkg_messages *signatures, prom_error *error)
{
    prom_writer writer = prom_writer_in(context->arena);
    memset(output, 0, sizeof *output);
    PROM_TRY(check_signatures(context, outcome, signatures, error));
    for (size_t i = 0; i < signatures->count; i++) {
        prom_write_span(&writer, signatures->spans[i]);
    }
    PROM_TRY(prom_writer_finish(&writer, message, error));
    PROM_TRY(write_recovery(context, recovery, outcome, *message, error));
    *output = outcome->output;
    return prom_ok();
}

prom_result prom_dkg_recover(prom_arena *arena, const prom_curve *curve, prom_dkg_output *output,
                             prom_dkg_session *session, const prom_bytes32 *host_secret, prom_span recovery,
                             prom_error *error)
{
    prom_dkg_blame blame;
    const prom_dkg_context context = {arena, curve, &blame};
    prom_reader reader = prom_reader_of(recovery);
    prom_span spans[PROM_DKG_PARTICIPANTS_MAX];
    prom_dkg_outcome outcome;
    size_t id = 0;
    memset(session, 0, sizeof *session);
    memset(output, 0, sizeof *output);
    session->threshold = prom_read_u8(&reader);
    session->count = prom_read_u8(&reader);
    if (session->count > PROM_DKG_PARTICIPANTS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "these are no recovery data");
    }
    for (size_t i = 0; i < session->count; i++) {
        const prom_span key = prom_read_span(&reader, sizeof(prom_point));
        memcpy(session->host_keys[i].bytes, key.length > 0 ? key.data : (const uint8_t *)&outcome, key.length);
    }
    const prom_span firsts = prom_read_span(&reader, session->count * FIRST_BYTES);
    const prom_span signatures = prom_read_span(&reader, session->count * sizeof(prom_signature));
    if (!prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "these are no recovery data");
    }
    split(spans, signatures, session->count);
    const prom_dkg_messages messages = {spans, session->count};
    prom_result restored = outcome_of(&context, &outcome, session, firsts, error);
    restored = prom_is_ok(restored) ? check_signatures(&context, &outcome, &messages, error) : restored;
    if (!prom_is_ok(restored)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the recovery data are not signed by all");
    }
    *output = outcome.output;
    if (host_secret == NULL) {
        return prom_ok();
    }
    PROM_TRY(find_id(curve, &id, session, host_secret, error));
    return secret_share(curve, &output->secret_share, session, host_secret, error);
}
