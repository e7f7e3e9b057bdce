#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "prometheus/channel/channel.h"

/* Bytes: the role, and whether the terms are the base or the full ones; u32 length of terms, and terms, which name the
 * parties; then messages: kind, sender, u16 length, body. Sender: a place of the terms, or, from 12 on, a stranger; a
 * kind of 0 is a step of the key generation that succeeds with these bytes. */
enum { TIP = 115, KEYGEN_DONE = 0 };

struct play {
    prom_arena arena;
    prom_channel channel;
    prom_channel_config config;
    prom_terms terms;
};

static const prom_curve *the_curve(void)
{
    static const prom_bytes32 zeros;
    static prom_arena arena;
    static prom_curve *curve;
    if (curve == NULL) {
        prom_arena_init(&arena, FUZZ_MEMORY);
        must(prom_is_ok(prom_curve_new(&arena, &curve, &zeros, NULL)));
    }
    return curve;
}

/* No signature comes to be here: the others' digests never agree. */
static prom_result no_signature(void *context, prom_signature *signature, const prom_bytes32 *hash, prom_error *error)
{
    (void)context, (void)signature, (void)hash;
    return prom_fail(error, PROM_CATEGORY_IO, "there is no key");
}

static prom_result no_coin(void *context, prom_signature *signature, const prom_bytes32 *hash, size_t coin,
                           prom_error *error)
{
    (void)coin;
    return no_signature(context, signature, hash, error);
}

static prom_result no_nonces(void *context, prom_arena *arena, prom_signing *signing, prom_span *nonces,
                             prom_error *error)
{
    (void)arena, (void)signing, (void)nonces;
    return no_signature(context, NULL, NULL, error);
}

/* A channel of that role, with what it needs to take these terms up. The client's is past its start. */
static void begin(struct play *play, prom_role role)
{
    const prom_terms *terms = &play->terms;
    const prom_signer signer = {NULL, no_signature, no_coin, no_nonces};
    prom_channel_config *config = &play->config;
    config->role = role;
    config->genesis = terms->genesis;
    config->limits = (prom_terms_limits){PROM_PAYLOAD_MAX, PROM_PAYLOAD_MAX, PROM_FEERATE_MAX, terms->P.w, true};
    config->peers[PROM_PARTY_C] = terms->parties[PROM_PARTY_C].key;
    config->P = terms->P;
    config->p_txid = terms->p_txid;
    config->signet_challenge = terms->signet_challenge;
    config->time = (prom_job_time){.bytes_per_second = 1000000000};
    if (role == PROM_ROLE_ARBITER) {
        config->seat = terms->arbiters[0];
        config->announcement.p_txid = terms->p_txid;
        config->announcement.retainer = terms->retainer;
        config->host_key = (prom_bytes32){{7}};
    } else {
        config->party = terms->parties[role]; /* the parties stand in the roles' order */
    }
    prom_channel_init(&play->channel, &play->arena, the_curve(), &signer, config);
    if (role == PROM_ROLE_CLIENT) {
        play->channel.terms = *terms;
        play->channel.terms.arbiter_count = 0;
        play->channel.place = PROM_PARTY_C;
        play->channel.stage = PROM_STAGE_PROPOSED;
    }
}

/* One event, whose bytes are gone when it is over. */
static void take(struct play *play, prom_event event, prom_span *bytes)
{
    prom_actions actions;
    prom_error error = {{0}};
    uint8_t *copy = malloc(bytes->length + 1);
    must(copy != NULL);
    if (bytes->length > 0) {
        memcpy(copy, bytes->data, bytes->length);
    }
    *bytes = prom_span_of(copy, bytes->length);
    event.message.body = event.result = *bytes;
    const prom_stage before = play->channel.stage;
    const prom_result result = prom_channel_step(&play->channel, &event, &actions, &error);
    free(copy);
    if (event.kind == PROM_EVENT_MESSAGE) {
        must(result.category == PROM_CATEGORY_OK || result.category == PROM_CATEGORY_PEER ||
             result.category == PROM_CATEGORY_BAD_INPUT || result.category == PROM_CATEGORY_IO);
    }
    must(prom_is_ok(result) || error.sentence[0] != '\0');
    for (size_t i = 0; i < actions.count; i++) {
        const prom_action *action = &actions.list[i];
        must(action->kind != PROM_ACTION_SEND || action->message.body.data != copy);
        must(action->kind != PROM_ACTION_BROADCAST && action->kind != PROM_ACTION_DELIVER);
    }
    if (event.kind == PROM_EVENT_MESSAGE && event.from.bytes[0] == 0xee && event.from.bytes[31] == 0xee) {
        must(play->channel.stage == before); /* a stranger */
    }
}

static void play_messages(struct play *play, prom_reader reader)
{
    while (!reader.failed && reader.left > 0) {
        const uint8_t kind = prom_read_u8(&reader);
        const uint8_t sender = prom_read_u8(&reader);
        prom_span body = prom_read_span(&reader, prom_read_u16(&reader));
        prom_event event = {.kind = PROM_EVENT_MESSAGE, .message.kind = (prom_message_kind)kind};
        memset(event.from.bytes, 0xee, sizeof event.from.bytes);
        if (sender < PROM_PARTIES + play->terms.arbiter_count) {
            event.from = *prom_place_key(&play->terms, sender);
        }
        if (reader.failed) {
            return;
        }
        if (kind == KEYGEN_DONE) {
            event.kind = PROM_EVENT_KEYGEN;
            event.valid = true;
            event.step = (prom_keygen_step)(sender % (PROM_KEYGEN_DONE + 1));
            event.Y = play->terms.Y;
        }
        const bool possible = play->config.role == PROM_ROLE_CLIENT || play->config.role == PROM_ROLE_ARBITER;
        if (kind != KEYGEN_DONE || possible) {
            take(play, event, &body);
        }
    }
}

/* Messages to one channel that is about to be set up: nothing of them is our own fault, and strangers change nothing.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    prom_reader reader = prom_reader_of(prom_span_of(data, length));
    const uint8_t first = prom_read_u8(&reader);
    const prom_span bytes = prom_read_span(&reader, prom_read_u32(&reader));
    struct play *play = calloc(1, sizeof *play);
    must(play != NULL);
    prom_arena_init(&play->arena, FUZZ_MEMORY);
    const prom_result read = (first & 4U) != 0 ? prom_terms_read(&play->terms, bytes, NULL)
                                               : prom_terms_read_base(&play->terms, bytes, NULL);
    const prom_role role = (prom_role)(first & 3U);
    const bool possible = role != PROM_ROLE_CLIENT || prom_terms_network(&play->terms) != NULL; /* it would not begin */
    if (!reader.failed && prom_is_ok(read) && possible) {
        const prom_event tip = {.kind = PROM_EVENT_BLOCK, .height = TIP};
        prom_span none = prom_span_of(NULL, 0);
        begin(play, role);
        take(play, tip, &none);
        play_messages(play, reader);
    }
    if (play->channel.signing != NULL) {
        prom_signing_wipe(play->channel.signing);
    }
    prom_arena_free(&play->arena);
    free(play);
    return 0;
}
