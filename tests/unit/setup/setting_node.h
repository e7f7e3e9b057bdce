/* The parties of a setup and their nodes: wants are answered, messages carried. setting.h makes them. */
#ifndef PROMETHEUS_TEST_SETUP_SETTING_NODE_H
#define PROMETHEUS_TEST_SETUP_SETTING_NODE_H

#include "contract/chain.h"

#include "prometheus/bitcoin/script.h"
#include "prometheus/channel/channel.h"
#include "prometheus/contract/payout.h"
#include "setup/setup.h"

enum {
    SETTING_OFFERS_MAX = 24,
    SETTING_ACTORS_MAX = PROM_PARTIES + SETTING_OFFERS_MAX,
    SETTING_BLOCKS_MAX = 512,
    SETTING_MAIL_MAX = 16384,
    SETTING_ABORTED_MAX = 8,
    SETTING_ROUNDS_MAX = 400,
    SETTING_ANSWER_SECONDS = 60,
};

/* A party and its node. */
struct actor {
    prom_role role;
    size_t number; /* in the setting: C, W, V, then the owners of the offers */
    prom_key words, joint, seal, host, payout, node, coin;
    prom_channel_config config;
    prom_channel_view view; /* what is fixed of it; setting_view gives the rest */
    prom_index *index;
    uint32_t own_tip;
    prom_announcement heard[SETTING_OFFERS_MAX]; /* of offers, by its node */
    size_t heard_count;
    prom_bytes32 seen[64];
    size_t seen_count;
    prom_aborted_draw aborted[SETTING_ABORTED_MAX];
    size_t aborted_count;
    prom_channel *channel;
    prom_checked job; /* what opening program and input comes to */
    bool away;        /* it gets nothing and does nothing; its mail waits */
    bool lags;        /* it sees no new blocks */
    bool signs_not;   /* its signer is not available */
    size_t remembered, seen_told, alarms;
    char note[256];
};

struct parcel {
    size_t from, to;
    prom_message message;
    bool done;
    bool answer;
};

struct block {
    prom_bytes32 hash;
    const prom_tx *const *txs;
    size_t count;
};

struct setting {
    fixture *test;
    struct world chain; /* makes transactions; its index is nobody's */
    struct block blocks[SETTING_BLOCKS_MAX];
    size_t block_count;
    size_t blocks_made;
    uint64_t seconds;
    size_t rounds; /* of setups, for keys that are new in each */
    prom_parameters P;
    prom_bytes32 p_txid;
    prom_terms proposal;
    struct actor actors[SETTING_ACTORS_MAX];
    size_t actor_count;
    struct parcel *mail;
    size_t mail_count;
    size_t mail_read; /* all before are done */
    bool repeat;      /* every message comes twice */
    bool chain_away;  /* nothing is said of coins */
    size_t penniless; /* whose coins are spent: 1 + party; 0: nobody's */
    bool reload;      /* after every step a channel is loaded again from what it has on disk */
    bool (*lost)(struct setting *it, const struct parcel *parcel); /* NULL: none; a link that is broken for it */
    /* Answers a want that setting_answer does not; NULL: there are none. Returns whether it did. */
    bool (*answer)(struct setting *it, struct actor *actor, const prom_want *want);
    void *context;
};

static inline struct actor *setting_party(struct setting *it, prom_party party)
{
    return &it->actors[party];
}

static inline struct actor *setting_arbiter(struct setting *it, size_t index)
{
    return &it->actors[PROM_PARTIES + index];
}

static inline prom_setup_session *setting_setup(struct actor *actor)
{
    return &actor->channel->facts.setup;
}

static inline uint32_t setting_tip(const struct actor *actor)
{
    return prom_index_next_height(actor->index) - 1;
}

/* What the node of an actor sees now. */
static inline prom_channel_view setting_view(const struct setting *it, const struct actor *actor)
{
    prom_channel_view view = actor->view;
    view.config = &actor->config;
    view.index = actor->index;
    view.own_tip = actor->own_tip;
    view.seconds = it->seconds;
    view.announced = actor->heard;
    view.announced_count = actor->heard_count;
    view.seen = actor->seen;
    view.seen_count = actor->seen_count;
    view.aborted = actor->aborted;
    view.aborted_count = actor->aborted_count;
    return view;
}

static inline size_t setting_find(const struct setting *it, const prom_bytes32 *key)
{
    for (size_t i = 0; i < it->actor_count; i++) {
        if (prom_bytes32_equal(&it->actors[i].words.public_key, key) ||
            (it->actors[i].role == PROM_ROLE_ARBITER && prom_bytes32_equal(&it->actors[i].node.public_key, key))) {
            return i;
        }
    }
    return SETTING_ACTORS_MAX;
}

static inline void setting_post(struct setting *it, size_t from, size_t to, const prom_message *message)
{
    assert_true(it->mail_count < SETTING_MAIL_MAX && to < it->actor_count);
    struct parcel *parcel = &it->mail[it->mail_count++];
    *parcel = (struct parcel){.from = from, .to = to};
    assert_ok(prom_message_copy(&it->test->arena, &parcel->message, message, &it->test->error), &it->test->error);
}

static inline void setting_remember(struct setting *it, struct actor *actor)
{
    assert_true(actor->aborted_count < SETTING_ABORTED_MAX);
    assert_ok(prom_channel_aborted_draw(actor->channel, &it->test->arena, &actor->aborted[actor->aborted_count++],
                                        actor->own_tip, &it->test->error),
              &it->test->error);
    actor->remembered++;
}

static inline void setting_output(struct setting *it, struct actor *actor, const prom_output *output)
{
    switch (output->kind) {
    case PROM_OUTPUT_SEND:
        setting_post(it, actor->number, setting_find(it, &output->to), &output->message);
        it->mail[it->mail_count - 1].answer = output->answer;
        return;
    case PROM_OUTPUT_REMEMBER:
        setting_remember(it, actor);
        return;
    case PROM_OUTPUT_SEEN:
        actor->seen_told++;
        return;
    case PROM_OUTPUT_ALARM:
        actor->alarms++;
        return;
    case PROM_OUTPUT_NOTE:
        memcpy(actor->note, output->text, sizeof actor->note);
        return;
    }
}

/* The channel as it is on disk. */
static inline void setting_load(struct setting *it, struct actor *actor)
{
    static const prom_part plain[] = {PROM_PART_CHANNEL, PROM_PART_SETUP, PROM_PART_MONEY, PROM_PART_EVIDENCE,
                                      PROM_PART_ARBITRATION};
    prom_part_bytes parts[PROM_PARTS];
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(plain) + PROM_KEPT_KINDS; i++) {
        const prom_part part = i < COUNT_OF(plain) ? plain[i] : (prom_part)(PROM_PART_KEPT + i - COUNT_OF(plain));
        parts[count] = (prom_part_bytes){.part = part};
        assert_ok(
            prom_facts_write(&it->test->arena, &parts[count].bytes, &actor->channel->facts, part, 0, &it->test->error),
            &it->test->error);
        count += parts[count].bytes.length > 0;
    }
    assert_ok(
        prom_channel_load(it->test->curve, &it->test->arena, &actor->channel, parts, count, NULL, &it->test->error),
        &it->test->error);
}

/* One step of an actor's channel; what it says goes on its way. */
static inline prom_reception setting_step(struct setting *it, struct actor *actor, const prom_event *event)
{
    const prom_channel_view view = setting_view(it, actor);
    prom_reception reception = PROM_TAKEN;
    prom_outputs outputs;
    prom_arena arena;
    prom_arena_init(&arena, (size_t)1 << 26);
    assert_ok(prom_channel_step(actor->channel, &arena, &reception, &outputs, event, &view, &it->test->error),
              &it->test->error);
    assert_true(reception == PROM_TAKEN || outputs.count == 0);
    for (size_t i = 0; i < outputs.count; i++) {
        setting_output(it, actor, &outputs.list[i]);
    }
    prom_arena_free(&arena);
    if (it->reload && reception == PROM_TAKEN) {
        setting_load(it, actor);
    }
    return reception;
}

static inline void setting_tick(struct setting *it, struct actor *actor)
{
    (void)setting_step(it, actor, &(prom_event){.kind = PROM_EVENT_TIME});
}

/* Brings a message to an actor, as if from the holder of this own-words key. */
static inline prom_reception setting_say(struct setting *it, const prom_bytes32 *from, struct actor *to,
                                         const prom_message *message)
{
    return setting_step(it, to, &(prom_event){.kind = PROM_EVENT_MESSAGE, .as.message = {from, message}});
}

/* -- What wants are answered by -- */

static inline bool setting_sign(struct setting *it, struct actor *actor, const prom_want *want)
{
    const prom_want_sign *sign = &want->as.sign;
    const bool is_seat = sign->purpose == PROM_PURPOSE_SEAT;
    if (actor->signs_not || (!is_seat && sign->purpose != PROM_PURPOSE_BASE && sign->purpose != PROM_PURPOSE_SILENCE)) {
        return false;
    }
    const prom_key *const brought[PROM_SEAT_KEYS] = {&actor->words, &actor->joint, &actor->host, &actor->payout};
    prom_signature signatures[PROM_SEAT_KEYS];
    for (size_t i = 0; i < PROM_SEAT_KEYS && is_seat; i++) {
        signatures[i] = sign_hash(it->test, brought[i], &sign->hash);
    }
    const prom_event event = {
        .kind = PROM_EVENT_SIGNED,
        .as.signed_ = {.bytes = prom_span_of((const uint8_t *)signatures, is_seat ? sizeof signatures : 0),
                       .purpose = sign->purpose,
                       .batch = want->batch,
                       .hash = sign->hash,
                       .signature = sign_hash(it->test, is_seat ? &actor->node : &actor->words, &sign->hash)}};
    (void)setting_step(it, actor, &event);
    return true;
}

static inline bool setting_fetch(struct setting *it, struct actor *actor, const prom_want *want)
{
    const prom_want_fetch *fetch = &want->as.fetch;
    if (fetch->what != PROM_BODY_PROGRAM && fetch->what != PROM_BODY_INPUT) {
        return false;
    }
    const prom_event event = {.kind = PROM_EVENT_FETCHED,
                              .as.fetched = {.what = fetch->what,
                                             .batch = want->batch,
                                             .body = {.here = true, .hash = fetch->hash, .length = fetch->length}}};
    (void)setting_step(it, actor, &event);
    return true;
}

static inline bool setting_open_job(struct setting *it, struct actor *actor, const prom_want *want)
{
    if (want->as.job.job != PROM_JOB_OPEN_JOB || actor->job == PROM_CHECKED_UNKNOWN) {
        return false;
    }
    const prom_event event = {.kind = PROM_EVENT_DONE,
                              .as.done = {.job = PROM_JOB_OPEN_JOB,
                                          .batch = want->batch,
                                          .subject = want->as.job.subject,
                                          .checked = actor->job,
                                          .reason = "the program is none"}};
    (void)setting_step(it, actor, &event);
    return true;
}

/* What the chain says of a coin of C, W or V that an arbiter asks for before its yes: as the terms have it, unless a
 * test has spent it. */
static inline bool setting_look_up(struct setting *it, struct actor *actor, const prom_want *want)
{
    prom_event event = {.kind = PROM_EVENT_OUTPUT, .as.output = {.outpoint = want->as.look_up}};
    prom_input_view *view = &event.as.output.output;
    if (actor->channel->facts.setup.phase != PROM_SETUP_SEATING || it->chain_away) {
        return false;
    }
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        const prom_party_terms *part = &actor->channel->terms.parties[i];
        for (size_t j = 0; j < part->coin_count && i + 1 != it->penniless; j++) {
            if (prom_outpoint_equal(&part->coins[j].outpoint, &want->as.look_up)) {
                event.as.output.found = true;
                *view = (prom_input_view){true, {.value = part->coins[j].value}, 2, false, actor->own_tip};
                assert_ok(
                    prom_script_p2tr(&it->test->arena, &view->output.script, &part->coins[j].key, &it->test->error),
                    &it->test->error);
            }
        }
    }
    (void)setting_step(it, actor, &event);
    return true;
}

static inline bool setting_answer(struct setting *it, struct actor *actor, const prom_want *want)
{
    const bool answered = (want->kind == PROM_WANT_SIGN && setting_sign(it, actor, want)) ||
                          (want->kind == PROM_WANT_FETCH && setting_fetch(it, actor, want)) ||
                          (want->kind == PROM_WANT_LOOK_UP && setting_look_up(it, actor, want)) ||
                          (want->kind == PROM_WANT_JOB && setting_open_job(it, actor, want));
    return answered || (it->answer != NULL && it->answer(it, actor, want));
}

/* Does what the actor's channel wants, one want after the other, until nothing is left that is answered here. */
static inline bool setting_serve(struct setting *it, struct actor *actor)
{
    bool served = false;
    for (size_t round = 0; actor->channel != NULL && !actor->away; round++) {
        const prom_channel_view view = setting_view(it, actor);
        prom_wants *wants = malloc(sizeof *wants);
        bool answered = false;
        assert_non_null(wants);
        assert_true(round < SETTING_ROUNDS_MAX); /* an answer that changes nothing is asked for again */
        assert_ok(prom_channel_wants(actor->channel, &it->test->arena, wants, &view, &it->test->error),
                  &it->test->error);
        for (size_t i = 0; i < wants->count && !answered; i++) {
            answered = setting_answer(it, actor, &wants->list[i]);
        }
        free(wants);
        served = served || answered;
        if (!answered) {
            break;
        }
    }
    return served;
}

/* -- Links -- */

static inline bool setting_deliver_one(struct setting *it, struct parcel *parcel)
{
    struct actor *to = &it->actors[parcel->to];
    const prom_bytes32 *from = &it->actors[parcel->from].words.public_key;
    if (setting_say(it, from, to, &parcel->message) == PROM_TOO_EARLY) {
        return false;
    }
    if (it->repeat) {
        (void)setting_say(it, from, to, &parcel->message);
    }
    parcel->done = true;
    return true;
}

/* Carries what is under way once, each sender's messages to each in order; what comes too early holds back the rest. */
static inline bool setting_carry(struct setting *it)
{
    bool blocked[SETTING_ACTORS_MAX][SETTING_ACTORS_MAX] = {0};
    bool moved = false;
    while (it->mail_read < it->mail_count && it->mail[it->mail_read].done) {
        it->mail_read++;
    }
    for (size_t i = it->mail_read; i < it->mail_count; i++) {
        struct parcel *parcel = &it->mail[i];
        bool *link = &blocked[parcel->from][parcel->to];
        if (parcel->done || *link || it->actors[parcel->to].away || it->actors[parcel->to].channel == NULL) {
            continue;
        }
        if (it->lost != NULL && it->lost(it, parcel)) {
            *link = true;
        } else if (setting_deliver_one(it, parcel)) {
            moved = true;
        } else {
            *link = true;
        }
    }
    return moved;
}

/* Everything goes on until nobody has anything to do or to say. */
static inline void setting_run(struct setting *it)
{
    bool moved = true;
    for (size_t round = 0; moved; round++) {
        assert_true(round < SETTING_ROUNDS_MAX);
        moved = false;
        for (size_t i = 0; i < it->actor_count; i++) {
            moved = setting_serve(it, &it->actors[i]) || moved;
        }
        moved = setting_carry(it) || moved;
    }
}

#endif
