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

static prom_result arbiter_step(const prom_curve *curve, prom_arena *arena, prom_keygen *keygen, prom_span *result,
                                prom_bytes32 *Y, prom_keygen_step step, prom_span bytes, const prom_bytes32 *host,
                                const prom_bytes32 *randomness, prom_error *error)
{
    prom_signature signature;
    prom_dkg_blame blame;
    if (step == PROM_KEYGEN_SESSION) {
        PROM_TRY(read_session(&keygen->session, bytes, error));
        return prom_dkg_participant_step1(arena, curve, &keygen->participant, result, &keygen->session, host,
                                          randomness, error);
    }
    if (step == PROM_KEYGEN_COMMITMENTS) {
        PROM_TRY(prom_dkg_participant_step2(arena, curve, &keygen->outcome, &signature, &blame, &keygen->participant,
                                            host, bytes, randomness, error));
        return prom_span_copy(arena, result, prom_span_of(signature.bytes, sizeof signature.bytes), error);
    }
    if (keygen->outcome.session.count == 0) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the key generation was not taken part in yet");
    }
    PROM_TRY(
        prom_dkg_participant_finalize(arena, curve, &keygen->output, result, &blame, &keygen->outcome, bytes, error));
    x_of(Y, &keygen->output.key);
    return prom_ok();
}

static prom_result coordinator_step(const prom_curve *curve, prom_arena *arena, prom_keygen *keygen, prom_span *result,
                                    prom_bytes32 *Y, prom_keygen_step step, prom_span bytes, prom_error *error)
{
    const size_t count = keygen->session.count;
    prom_span messages[PROM_ARBITERS_MAX];
    prom_dkg_blame blame;
    prom_span recovery;
    PROM_TRY(read_messages(messages, count, bytes, error));
    if (step == PROM_KEYGEN_FIRST) {
        return prom_dkg_coordinator_step1(arena, curve, &keygen->outcome, result, &blame, &keygen->session, messages,
                                          count, error);
    }
    PROM_TRY(prom_dkg_coordinator_finalize(arena, curve, &keygen->output, result, &recovery, &blame, &keygen->outcome,
                                           messages, count, error));
    x_of(Y, &keygen->output.key);
    return prom_ok();
}

prom_result prom_keygen_do(const prom_curve *curve, prom_arena *arena, prom_keygen *keygen, prom_span *result,
                           prom_bytes32 *Y, prom_keygen_step step, prom_span bytes, const prom_key *key,
                           const prom_bytes32 *randomness, prom_error *error)
{
    PROM_SCOPED(prom_wipe32) prom_bytes32 host = {{0}};
    *result = prom_span_of(NULL, 0);
    if (key == NULL && step == PROM_KEYGEN_SESSION) {
        return read_session(&keygen->session, bytes, error); /* the coordinator only has to know who takes part */
    }
    if (step >= PROM_KEYGEN_DONE || prom_keygen_is_coordinators(step) != (key == NULL)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "step %u of the key generation is not ours", (unsigned)step);
    }
    if (key == NULL) {
        return prom_blame_peer(coordinator_step(curve, arena, keygen, result, Y, step, bytes, error));
    }
    PROM_TRY(prom_key_even_secret(curve, &host, key, error));
    return prom_blame_peer(arbiter_step(curve, arena, keygen, result, Y, step, bytes, &host, randomness, error));
}
