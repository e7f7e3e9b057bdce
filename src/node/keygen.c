/* The steps of the arbiters' key generation that need a secret: an arbiter's host key is its contract key. */
#include <string.h>

#include <sodium.h>

#include "node/hub.h"

static prom_bytes32 random_bytes32(void)
{
    prom_bytes32 value;
    randombytes_buf(value.bytes, sizeof value.bytes);
    return value;
}

/* PROM_KEYGEN_SESSION's bytes. */
static prom_result read_session(prom_node *node, prom_span bytes, prom_error *error)
{
    prom_dkg_session *session = &node->dkg_session;
    prom_reader reader = prom_reader_of(bytes);
    *session = (prom_dkg_session){0};
    session->threshold = prom_read_u8(&reader);
    session->count = prom_read_u8(&reader);
    for (size_t i = 0; i < session->count && session->count <= PROM_MOST_ARBITERS; i++) {
        const prom_bytes32 key = prom_read_bytes32(&reader);
        session->host_keys[i] = prom_point_of_public_key(&key);
    }
    if (session->count > PROM_MOST_ARBITERS || !prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "these bytes are no session");
    }
    return prom_ok();
}

/* PROM_KEYGEN_FIRST's and PROM_KEYGEN_SECOND's bytes: one message of each arbiter. */
static prom_result read_messages(const prom_node *node, prom_span messages[PROM_MOST_ARBITERS], prom_span bytes,
                                 prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    for (size_t i = 0; i < node->dkg_session.count; i++) {
        messages[i] = prom_read_span(&reader, prom_read_u32(&reader));
    }
    return prom_reader_done(&reader)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BROKEN, "the arbiters' messages are not in order");
}

static prom_bytes32 x_of(const prom_point *point)
{
    prom_bytes32 x;
    memcpy(x.bytes, point->bytes + 1, sizeof x.bytes);
    return x;
}

/* An arbiter's step. `host` is the secret of its key's even point. */
static prom_result arbiter_step(prom_node *node, prom_event *event, prom_keygen_step step, prom_span bytes,
                                const prom_bytes32 *host, prom_error *error)
{
    const prom_bytes32 randomness = random_bytes32();
    prom_signature signature;
    prom_dkg_blame blame;
    if (step == PROM_KEYGEN_SESSION) {
        PROM_TRY(read_session(node, bytes, error));
        return prom_dkg_participant_step1(&node->arena, node->curve, &node->dkg_participant, &event->result,
                                          &node->dkg_session, host, &randomness, error);
    }
    if (step == PROM_KEYGEN_COMMITMENTS) {
        PROM_TRY(prom_dkg_participant_step2(&node->arena, node->curve, &node->dkg_outcome, &signature, &blame,
                                            &node->dkg_participant, host, bytes, &randomness, error));
        return prom_span_copy(&node->arena, &event->result, prom_span_of(signature.bytes, sizeof signature.bytes),
                              error);
    }
    PROM_TRY(prom_dkg_participant_finalize(&node->arena, node->curve, &node->dkg_output, &event->result, &blame,
                                           &node->dkg_outcome, bytes, error));
    event->Y = x_of(&node->dkg_output.key);
    return prom_ok();
}

static prom_result coordinator_step(prom_node *node, prom_event *event, prom_keygen_step step, prom_span bytes,
                                    prom_error *error)
{
    const size_t count = node->dkg_session.count;
    prom_span messages[PROM_MOST_ARBITERS];
    prom_dkg_output output;
    prom_dkg_blame blame;
    prom_span recovery;
    PROM_TRY(read_messages(node, messages, bytes, error));
    if (step == PROM_KEYGEN_FIRST) {
        return prom_dkg_coordinator_step1(&node->arena, node->curve, &node->dkg_outcome, &event->result, &blame,
                                          &node->dkg_session, messages, count, error);
    }
    PROM_TRY(prom_dkg_coordinator_finalize(&node->arena, node->curve, &output, &event->result, &recovery, &blame,
                                           &node->dkg_outcome, messages, count, error));
    event->Y = x_of(&output.key);
    return prom_ok();
}

prom_result prom_node_keygen(prom_node *node, prom_keygen_step step, prom_span bytes, prom_error *error)
{
    const bool arbiter = node->config.role == PROM_ROLE_ARBITER;
    prom_event event = {.kind = PROM_EVENT_KEYGEN, .step = (prom_keygen_step)(step + 1)};
    PROM_SCOPED(prom_wipe32) prom_bytes32 host = {{0}};
    prom_error reason = {{0}};
    prom_result done = prom_ok();
    if (!arbiter && step == PROM_KEYGEN_SESSION) {
        return read_session(node, bytes, error); /* the coordinator only has to know who takes part */
    }
    if (arbiter) {
        PROM_TRY(prom_key_even_secret(node->curve, &host, &node->key, error));
        done = arbiter_step(node, &event, step, bytes, &host, &reason);
    } else {
        done = coordinator_step(node, &event, step, bytes, &reason);
    }
    done = prom_blame_peer(done); /* what others sent was no session, or no answer */
    if (!prom_is_ok(done) && done.category != PROM_CATEGORY_PEER) {
        return prom_fail(error, done.category, "the key generation: %s", reason.sentence);
    }
    event.valid = prom_is_ok(done);
    event.reason = reason.sentence;
    return prom_hub_post_to(node->hub, node, &event, error);
}
