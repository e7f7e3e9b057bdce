#include "prometheus/contract/keygen.h"

#include <string.h>

/* PROM_KEYGEN_SESSION's bytes. */
static prom_result read_session(prom_dkg_session *session, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    *session = (prom_dkg_session){0};
    session->threshold = prom_read_u8(&reader);
    session->count = prom_read_u8(&reader);
    for (size_t i = 0; i < session->count && session->count <= PROM_ARBITERS_MAX; i++) {
        const prom_bytes32 key = prom_read_bytes32(&reader);
        session->host_keys[i] = prom_point_of_public_key(&key);
    }
    if (session->count > PROM_ARBITERS_MAX || !prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "these bytes are no session of a key generation");
    }
    return prom_ok();
}

/* PROM_KEYGEN_FIRST's and PROM_KEYGEN_SECOND's bytes: one message of each arbiter. */
static prom_result read_messages(prom_span messages[PROM_ARBITERS_MAX], size_t count, prom_span bytes,
                                 prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    for (size_t i = 0; i < count; i++) {
        messages[i] = prom_read_span(&reader, prom_read_u32(&reader));
    }
    return prom_reader_done(&reader)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_MISUSE, "the messages of a key generation are not in order");
}

static void x_of(prom_bytes32 *x, const prom_point *point)
{
    memcpy(x->bytes, point->bytes + 1, sizeof x->bytes);
}

bool prom_keygen_is_coordinators(prom_keygen_step step)
{
    return step == PROM_KEYGEN_FIRST || step == PROM_KEYGEN_SECOND;
}

static prom_result arbiter_step(const prom_dkg_context *context, prom_keygen *keygen, prom_span *result,
                                prom_bytes32 *Y, const prom_keygen_action *action, const prom_bytes32 *host,
                                prom_error *error)
{
    const prom_dkg_secrets secrets = {host, action->randomness};
    prom_signature signature;
    if (action->step == PROM_KEYGEN_SESSION) {
        PROM_TRY(read_session(&keygen->session, action->bytes, error));
        return prom_dkg_participant_step1(context, &keygen->participant, result, &keygen->session, &secrets, error);
    }
    if (action->step == PROM_KEYGEN_COMMITMENTS) {
        PROM_TRY(prom_dkg_participant_step2(context, &keygen->outcome, &signature, &keygen->participant, &secrets,
                                            action->bytes, error));
        return prom_span_copy(context->arena, result, prom_span_of(signature.bytes, sizeof signature.bytes), error);
    }
    if (keygen->outcome.session.count == 0) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the key generation was not taken part in yet");
    }
    PROM_TRY(prom_dkg_participant_finalize(context, &keygen->output, result, &keygen->outcome, action->bytes, error));
    x_of(Y, &keygen->output.key);
    return prom_ok();
}

static prom_result coordinator_step(const prom_dkg_context *context, prom_keygen *keygen, prom_span *result,
                                    prom_bytes32 *Y, const prom_keygen_action *action, prom_error *error)
{
    const size_t count = keygen->session.count;
    prom_span spans[PROM_ARBITERS_MAX];
    const prom_dkg_messages messages = {spans, count};
    prom_span recovery;
    PROM_TRY(read_messages(spans, count, action->bytes, error));
    if (action->step == PROM_KEYGEN_FIRST) {
        return prom_dkg_coordinator_step1(context, &keygen->outcome, result, &keygen->session, &messages, error);
    }
    PROM_TRY(
        prom_dkg_coordinator_finalize(context, &keygen->output, result, &recovery, &keygen->outcome, &messages, error));
    x_of(Y, &keygen->output.key);
    return prom_ok();
}

prom_result prom_keygen_do(const prom_curve *curve, prom_arena *arena, prom_keygen *keygen, prom_span *result,
                           prom_bytes32 *Y, const prom_keygen_action *action, prom_error *error)
{
    PROM_SCOPED(prom_wipe32) prom_bytes32 host = {{0}};
    prom_dkg_blame blame;
    const prom_dkg_context context = {.arena = arena, .curve = curve, .blame = &blame};
    const bool coordinates = action->key == NULL;
    *result = prom_span_of(NULL, 0);
    if (coordinates && action->step == PROM_KEYGEN_SESSION) {
        return read_session(&keygen->session, action->bytes, error); /* C only has to know who takes part */
    }
    if (action->step >= PROM_KEYGEN_DONE || prom_keygen_is_coordinators(action->step) != coordinates) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "step %u of the key generation is not ours",
                         (unsigned)action->step);
    }
    if (coordinates) {
        return prom_blame_peer(coordinator_step(&context, keygen, result, Y, action, error));
    }
    PROM_TRY(prom_key_even_secret(curve, &host, action->key, error));
    return prom_blame_peer(arbiter_step(&context, keygen, result, Y, action, &host, error));
}
