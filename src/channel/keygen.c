/* The arbiters make their joint key Y, k of n (ChillDKG); the client carries their messages and is trusted with
 * nothing. The steps themselves, which need secrets, are actions. */
#include <string.h>

#include "channel/step.h"

static prom_result act_keygen(struct step *step, prom_keygen_step keygen_step, prom_span bytes)
{
    return prom_channel_act(step, (prom_action){.kind = PROM_ACTION_KEYGEN, .step = keygen_step, .bytes = bytes});
}

/* A message of the key generation: the step that takes it, and the bytes for that step. */
static prom_result keygen_body(struct step *step, prom_span *body, prom_keygen_step keygen_step, prom_span bytes)
{
    prom_writer writer = prom_writer_in(step->channel->arena);
    prom_write_u8(&writer, (uint8_t)keygen_step);
    prom_write_span(&writer, bytes);
    return prom_writer_finish(&writer, body, step->error);
}

static prom_result failed(struct step *step, const prom_event *event)
{
    return prom_fail(step->error, PROM_CATEGORY_PEER, "the arbiters' key generation failed: %s",
                     event->reason == NULL ? "no reason is known" : event->reason);
}

static prom_result send_to_arbiters(struct step *step, prom_keygen_step keygen_step, prom_span bytes)
{
    const prom_terms *terms = &step->channel->terms;
    prom_span body;
    PROM_TRY(keygen_body(step, &body, keygen_step, bytes));
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        PROM_TRY(prom_channel_act_send(step, &terms->arbiters[i].key, PROM_MESSAGE_KEYGEN, body));
    }
    return prom_ok();
}

/* What a key generation begins with: the threshold, and the arbiters' host keys in the order of their seats. */
static prom_result write_session(struct step *step, prom_span *session)
{
    const prom_channel *channel = step->channel;
    const prom_terms *terms = &channel->terms;
    prom_writer writer = prom_writer_in(channel->arena);
    prom_write_u8(&writer, (uint8_t)prom_parameters_quorum(&terms->P));
    prom_write_u8(&writer, (uint8_t)terms->arbiter_count);
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        prom_write_bytes32(&writer, &channel->host_keys[i]);
    }
    return prom_writer_finish(&writer, session, step->error);
}

prom_result prom_channel_start_keygen(struct step *step)
{
    prom_channel *channel = step->channel;
    prom_span session;
    PROM_TRY(write_session(step, &session));
    channel->stage = PROM_STAGE_SEATED;
    channel->keygen_step = PROM_KEYGEN_FIRST;
    PROM_TRY(act_keygen(step, PROM_KEYGEN_SESSION, session));
    return send_to_arbiters(step, PROM_KEYGEN_SESSION, session);
}

prom_result prom_channel_check_session(struct step *step, const prom_terms *terms)
{
    prom_reader reader = prom_reader_of(step->channel->keygen_session);
    const uint8_t k = prom_read_u8(&reader);
    const uint8_t n = prom_read_u8(&reader);
    if (k != prom_parameters_quorum(&terms->P) || n != terms->arbiter_count ||
        !prom_bytes32_equal(&terms->Y, &step->channel->Y)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER,
                         "the terms name another joint key, or other arbiters, than the key was made with");
    }
    return prom_ok();
}

/* When every arbiter has answered, the coordinator's next step takes all answers, in the order of the seats. */
static prom_result go_on_when_all_answered(struct step *step)
{
    prom_channel *channel = step->channel;
    prom_writer writer = prom_writer_in(channel->arena);
    prom_span all;
    for (size_t i = 0; i < channel->terms.arbiter_count; i++) {
        if (channel->keygen[i].length == 0) {
            return prom_ok();
        }
        prom_write_u32(&writer, (uint32_t)channel->keygen[i].length);
        prom_write_span(&writer, channel->keygen[i]);
    }
    PROM_TRY(prom_writer_finish(&writer, &all, step->error));
    memset(channel->keygen, 0, sizeof channel->keygen);
    return act_keygen(step, channel->keygen_step, all);
}

prom_result prom_channel_take_arbiter_keygen(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    prom_span *kept = &channel->keygen[message->place - PROM_PARTIES];
    prom_reader reader = prom_reader_of(message->body);
    const uint8_t keygen_step = prom_read_u8(&reader);
    if (reader.failed || reader.left == 0 || keygen_step != (uint8_t)channel->keygen_step || kept->length > 0) {
        char name[PROM_PLACE_NAME];
        return prom_fail(step->error, PROM_CATEGORY_PEER, "%s sent a message of the key generation out of turn",
                         prom_place_name(name, message->place));
    }
    PROM_TRY(prom_span_copy(channel->arena, kept, prom_read_span(&reader, reader.left), step->error));
    return go_on_when_all_answered(step);
}

prom_result prom_channel_coordinator_keygen_done(struct step *step, const prom_event *event)
{
    prom_channel *channel = step->channel;
    prom_span result;
    if (channel->stage != PROM_STAGE_SEATED) {
        return prom_fail(step->error, PROM_CATEGORY_MISUSE, "no key generation is under way");
    }
    if (!event->valid) {
        return failed(step, event);
    }
    PROM_TRY(prom_span_copy(channel->arena, &result, event->result, step->error));
    PROM_TRY(send_to_arbiters(step, event->step, result));
    if (event->step == PROM_KEYGEN_CERTIFICATE) {
        channel->terms.Y = event->Y;
        channel->stage = PROM_STAGE_KEYED;
    }
    channel->keygen_step = PROM_KEYGEN_SECOND;
    return prom_ok();
}

/* A session that we can take part in: with k and n of our P, and with us. All else is compared with the terms. */
static bool is_our_session(const prom_channel *channel, prom_span session)
{
    prom_reader reader = prom_reader_of(session);
    const prom_parameters *P = &channel->config->P;
    const bool sizes = prom_read_u8(&reader) == prom_parameters_quorum(P) && prom_read_u8(&reader) == P->n;
    bool there = false;
    for (size_t i = 0; i < P->n; i++) {
        const prom_bytes32 key = prom_read_bytes32(&reader);
        there = prom_bytes32_equal(&key, &channel->config->host_key) || there;
    }
    return prom_reader_done(&reader) && sizes && there;
}

/* Each step comes once, in turn. */
prom_result prom_channel_take_coordinator_keygen(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    prom_reader reader = prom_reader_of(message->body);
    const uint8_t keygen_step = prom_read_u8(&reader);
    const bool first = channel->stage == PROM_STAGE_NEW;
    prom_span bytes;
    if (reader.failed || keygen_step != (uint8_t)channel->keygen_step) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "a message of the key generation came out of turn");
    }
    const prom_span told = prom_read_span(&reader, reader.left);
    if (first && !is_our_session(channel, told)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "a key generation is not for the k and n of our P, and us");
    }
    PROM_TRY(prom_span_copy(channel->arena, &bytes, told, step->error));
    channel->keygen_session = first ? bytes : channel->keygen_session;
    channel->stage = PROM_STAGE_SEATED;
    channel->keygen_step = PROM_KEYGEN_DONE; /* until this step is done, none is expected */
    return act_keygen(step, (prom_keygen_step)keygen_step, bytes);
}

prom_result prom_channel_arbiter_keygen_done(struct step *step, const prom_event *event)
{
    prom_channel *channel = step->channel;
    prom_span result;
    prom_span body;
    if (channel->stage != PROM_STAGE_SEATED) {
        return prom_fail(step->error, PROM_CATEGORY_MISUSE, "no key generation is under way");
    }
    if (!event->valid) {
        return failed(step, event);
    }
    PROM_TRY(prom_span_copy(channel->arena, &result, event->result, step->error));
    if (event->step == PROM_KEYGEN_DONE) { /* with the recovery data and its seed an arbiter can make its share again */
        channel->Y = event->Y;
        channel->stage = PROM_STAGE_KEYED;
        return prom_channel_act_store(step, "key-recovery", result);
    }
    channel->keygen_step = (prom_keygen_step)(event->step + 1); /* the coordinator's step is between ours */
    PROM_TRY(keygen_body(step, &body, event->step, result));
    return prom_channel_act_send(step, &channel->config->peers[PROM_PARTY_C], PROM_MESSAGE_KEYGEN, body);
}
