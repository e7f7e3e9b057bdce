/* One contract played without a network, a disk or a clock: channels with real keys, a toy chain that confirms what is
 * broadcast, and messages that come in any order between different pairs. All that it does follows from a seed. */
#ifndef PROMETHEUS_TEST_CHANNEL_SIMULATION_H
#define PROMETHEUS_TEST_CHANNEL_SIMULATION_H

#include "prometheus/channel/channel.h"
#include "prometheus/contract/payout.h"
#include "prometheus/program/run.h"
#include "scheme/job.h"

enum {
    ACTORS_MAX = PROM_PARTIES + PROM_ARBITERS_MAX + 1, /* one more arbiter than there can be seats */
    PENDING_MAX = 1024,
    STORED_MAX = 64,
    SIGNED_MAX = 64,
    COINS_MAX = 128,
    TXS_MAX = 64,
    FIRST_HEIGHT = 110,
    BLOCKS_MAX = 60,
    FIRST_ARBITER = PROM_PARTIES,
};

struct simulation;

struct stored {
    const char *name;
    prom_span bytes;
};

/* One party with all that it has. */
struct actor {
    struct simulation *sim;
    size_t index;
    prom_arena arena;
    prom_channel *channel;
    prom_channel_config config;
    const prom_key *key;
    const prom_key *coin;
    prom_outpoint watches[4];
    size_t watch_count;
    uint32_t height; /* of the last block that it has seen */
    struct stored stored[STORED_MAX];
    size_t stored_count;
    prom_bytes32 signed_hashes[SIGNED_MAX];
    size_t signed_count;
    size_t sent[PROM_MESSAGE_KINDS];
    size_t broadcasts;
    bool closed;
    char reason[512];
    prom_span delivered;
    prom_keygen keygen;
    prom_error keygen_reason; /* why its last step failed */
    size_t faults;            /* events that its channel refused */
    prom_error last_fault;
};

/* An event on its way. */
struct pending {
    size_t from; /* an actor, or ACTORS_MAX */
    size_t to;
    prom_event event;
    uint8_t *bytes; /* that the event points to */
};

struct chain_coin {
    prom_outpoint outpoint;
    prom_tx_output output;
    uint32_t height; /* of its block */
    bool spent;
};

/* What happens to the messages of a kind between two actors, ACTORS_MAX meaning any. */
enum harm { HARM_NONE, HARM_FLIP, HARM_CUT, HARM_GROW, HARM_DROP, HARM_TWICE };
struct tampering {
    enum harm harm;
    prom_message_kind kind;
    size_t from;
    size_t to;
    size_t at; /* of 1000: where in the body */
};

struct simulation {
    fixture *test;
    struct cast cast;
    prom_job_bytes job_bytes;
    prom_span output; /* the right one */
    prom_span payload;
    struct actor actors[ACTORS_MAX];
    size_t actor_count;
    bool any_order;
    uint64_t random;
    struct pending pending[PENDING_MAX];
    size_t pending_count;
    uint32_t height;
    struct chain_coin coins[COINS_MAX];
    size_t coin_count;
    prom_tx *txs[TXS_MAX]; /* broadcast */
    uint32_t tx_height[TXS_MAX];
    size_t tx_count;
    size_t mined_count; /* of them */
    struct tampering tampering;
    size_t tampered;
    size_t unseen_coin;  /* that the chain denies: 1 + its number */
    bool false_delivery; /* the worker lies about one value */
};

static inline prom_bytes32 block_hash(uint32_t height)
{
    return named("block", height);
}

static inline prom_result sim_sign_with(struct actor *actor, prom_signature *signature, const prom_bytes32 *hash,
                                        const prom_key *key, prom_error *error)
{
    const prom_bytes32 auxiliary = {{0}};
    for (size_t i = 0; i < actor->signed_count; i++) { /* nothing is ever signed twice */
        assert_false(prom_bytes32_equal(&actor->signed_hashes[i], hash));
    }
    assert_true(actor->signed_count < SIGNED_MAX);
    actor->signed_hashes[actor->signed_count++] = *hash;
    return prom_sign(actor->sim->test->curve, signature, hash, key, &auxiliary, error);
}

static inline prom_result sim_sign(void *context, prom_signature *signature, const prom_bytes32 *hash,
                                   prom_error *error)
{
    struct actor *actor = context;
    return sim_sign_with(actor, signature, hash, actor->key, error);
}

static inline prom_result sim_sign_coin(void *context, prom_signature *signature, const prom_bytes32 *hash, size_t coin,
                                        prom_error *error)
{
    struct actor *actor = context;
    assert_true(coin < actor->config.party.coin_count);
    return sim_sign_with(actor, signature, hash, actor->coin, error);
}

static inline bool sim_verify(void *context, const prom_signature *signature, const prom_bytes32 *hash,
                              const prom_bytes32 *public_key)
{
    const struct actor *actor = context;
    return prom_signature_valid(actor->sim->test->curve, signature, prom_span_of32(hash), public_key);
}

/* Queues an event; what it points to is copied. */
static inline void sim_post(struct simulation *sim, size_t from, size_t to, const prom_event *event)
{
    assert_true(sim->pending_count < PENDING_MAX);
    struct pending *pending = &sim->pending[sim->pending_count++];
    *pending = (struct pending){.from = from, .to = to, .event = *event};
    prom_span *bytes = NULL;
    if (event->kind == PROM_EVENT_MESSAGE) {
        bytes = &pending->event.message.body;
    } else if (event->kind == PROM_EVENT_COMPUTED || event->kind == PROM_EVENT_KEYGEN) {
        bytes = &pending->event.result;
    } else if (event->kind == PROM_EVENT_OUTPUT) {
        bytes = &pending->event.output.script;
    } else if (event->kind == PROM_EVENT_VERIFIED) {
        pending->bytes = exact_copy((const uint8_t *)event->reason, strlen(event->reason) + 1);
        pending->event.reason = (const char *)pending->bytes;
    }
    if (bytes != NULL) {
        pending->bytes = exact_copy(bytes->data, bytes->length);
        bytes->data = pending->bytes;
    }
}

static inline size_t sim_find(const struct simulation *sim, const prom_bytes32 *key)
{
    for (size_t i = 0; i < sim->actor_count; i++) {
        if (prom_bytes32_equal(&sim->actors[i].key->public_key, key)) {
            return i;
        }
    }
    return ACTORS_MAX;
}

static inline bool sim_harmed(const struct tampering *harmed, size_t from, size_t to, prom_message_kind kind)
{
    return harmed->harm != HARM_NONE && harmed->kind == kind && (harmed->from == ACTORS_MAX || harmed->from == from) &&
           (harmed->to == ACTORS_MAX || harmed->to == to);
}

/* A message on its way, or what somebody made of it. */
static inline void sim_send(struct simulation *sim, size_t from, size_t to, const prom_message *message)
{
    prom_event event = {.kind = PROM_EVENT_MESSAGE, .from = sim->actors[from].key->public_key, .message = *message};
    const enum harm harm = sim_harmed(&sim->tampering, from, to, message->kind) ? sim->tampering.harm : HARM_NONE;
    const size_t length = message->body.length;
    uint8_t *body = malloc(length + 1);
    assert_non_null(body);
    memcpy(body, message->body.data, length);
    body[length] = 0;
    event.message.body = prom_span_of(body, length);
    sim->tampered += harm != HARM_NONE;
    if (harm == HARM_FLIP) {
        body[(length - 1) * sim->tampering.at / 1000] ^= 1;
    } else if (harm == HARM_CUT) {
        event.message.body.length = length * sim->tampering.at / 1000;
    } else if (harm == HARM_GROW) {
        event.message.body.length++;
    }
    for (int times = harm == HARM_DROP ? 0 : harm == HARM_TWICE ? 2 : 1; times > 0; times--) {
        sim_post(sim, from, to, &event);
    }
    free(body);
}

static inline struct chain_coin *sim_coin(struct simulation *sim, const prom_outpoint *outpoint)
{
    for (size_t i = 0; i < sim->coin_count; i++) {
        if (prom_outpoint_equal(&sim->coins[i].outpoint, outpoint)) {
            return &sim->coins[i];
        }
    }
    return NULL;
}

static inline void sim_look_up(struct simulation *sim, size_t actor, const prom_outpoint *outpoint)
{
    const struct chain_coin *coin = sim_coin(sim, outpoint);
    prom_event event = {.kind = PROM_EVENT_OUTPUT, .outpoint = *outpoint};
    if (coin != NULL && !coin->spent && sim->unseen_coin != (size_t)(coin - sim->coins) + 1) {
        event.found = true;
        event.output = coin->output;
        event.confirmations = sim->height - coin->height + 1;
    }
    sim_post(sim, actor, actor, &event);
}

/* A step of the real key generation, with randomness that follows from the actor. */
static inline void sim_keygen(struct simulation *sim, struct actor *actor, const prom_action *action)
{
    fixture *test = sim->test;
    const prom_key *key = actor->config.role == PROM_ROLE_ARBITER ? actor->key : NULL;
    const prom_bytes32 randomness = named("keygen", (uint32_t)actor->index);
    prom_event event = {.kind = PROM_EVENT_KEYGEN, .step = (prom_keygen_step)(action->step + 1)};
    const prom_result done = prom_keygen_do(
        test->curve, &test->arena, &actor->keygen, &event.result, &event.Y,
        &(prom_keygen_action){.step = action->step, .bytes = action->bytes, .key = key, .randomness = &randomness},
        &actor->keygen_reason);
    assert_true(prom_is_ok(done) || done.category == PROM_CATEGORY_PEER);
    event.valid = prom_is_ok(done);
    event.reason = actor->keygen_reason.sentence;
    if (key != NULL || action->step != PROM_KEYGEN_SESSION) {
        sim_post(sim, actor->index, actor->index, &event);
    }
}

static inline void sim_compute(struct simulation *sim, struct actor *actor)
{
    fixture *test = sim->test;
    const prom_delivery_context context = prom_channel_delivery_context(actor->channel);
    const prom_scheme *scheme = context.job->scheme;
    const prom_delivery_secrets secrets = {.h_p = actor->config.h_p, .ephemeral = named("ephemeral", 0)};
    prom_delivery delivery;
    prom_bytes32 root;
    prom_event event = {.kind = PROM_EVENT_COMPUTED};
    assert_ok(scheme->deliver(&test->arena, &delivery, &root, context.job, NULL, &test->error), &test->error);
    if (sim->false_delivery) {
        lie_about(test, &delivery, &root, scheme);
    }
    assert_ok(prom_delivery_seal(&context, &test->arena, &event.result, &root, &delivery, &secrets, &test->error),
              &test->error);
    sim_post(sim, actor->index, actor->index, &event);
}

static inline void sim_judge(struct simulation *sim, struct actor *actor, prom_span package)
{
    fixture *test = sim->test;
    const prom_delivery_context context = prom_channel_delivery_context(actor->channel);
    const prom_delivery_packages packages = {.round_a = package};
    prom_error reason = {{0}};
    prom_span output;
    const prom_result checked =
        prom_delivery_verify(&context, &test->arena, &output, &packages, actor->key, NULL, &reason);
    assert_true(prom_is_ok(checked) || checked.category == PROM_CATEGORY_PEER);
    const prom_event event = {.kind = PROM_EVENT_VERIFIED, .valid = prom_is_ok(checked), .reason = reason.sentence};
    sim_post(sim, actor->index, actor->index, &event);
}

static inline void sim_broadcast(struct simulation *sim, prom_span bytes)
{
    fixture *test = sim->test;
    prom_tx *tx = NULL;
    prom_span copy;
    assert_ok(prom_span_copy(&test->arena, &copy, bytes, &test->error), &test->error);
    assert_ok(prom_tx_parse(&test->arena, &tx, copy, &test->error), &test->error);
    for (size_t i = 0; i < tx->input_count; i++) {
        const struct chain_coin *coin = sim_coin(sim, &tx->inputs[i].outpoint);
        assert_non_null(coin);
        assert_false(coin->spent);
        assert_true(tx->inputs[i].witness_count > 0);
    }
    assert_true(sim->tx_count < TXS_MAX);
    sim->txs[sim->tx_count++] = tx;
}

static inline bool sim_has_stored(const struct actor *actor, prom_span bytes)
{
    for (size_t i = 0; i < actor->stored_count; i++) {
        if (prom_span_equal(actor->stored[i].bytes, bytes)) {
            return true;
        }
    }
    return false;
}

/* The first record of that name. */
static inline prom_span sim_stored(const struct actor *actor, const char *name)
{
    for (size_t i = 0; i < actor->stored_count; i++) {
        if (strcmp(actor->stored[i].name, name) == 0) {
            return actor->stored[i].bytes;
        }
    }
    fail_msg("nothing named '%s' is stored", name);
    return prom_span_of(NULL, 0);
}

/* What binds its sender, and so must be on its disk before it is sent. */
static inline bool sim_binds(prom_message_kind kind)
{
    return kind == PROM_MESSAGE_SIGNATURES || kind == PROM_MESSAGE_TX0_WITNESSES || kind == PROM_MESSAGE_PACKAGE ||
           kind == PROM_MESSAGE_RECEIPT || kind == PROM_MESSAGE_VERDICT || kind == PROM_MESSAGE_RELEASE;
}

static inline void sim_store(struct actor *actor, const prom_action *action)
{
    assert_true(actor->stored_count < STORED_MAX);
    actor->stored[actor->stored_count++] = (struct stored){action->name, action->bytes};
}

static inline void sim_carry_out(struct simulation *sim, struct actor *actor, const prom_action *action)
{
    switch (action->kind) {
    case PROM_ACTION_STORE:
        sim_store(actor, action);
        break;
    case PROM_ACTION_SEND:
        assert_true(!sim_binds(action->message.kind) || sim_has_stored(actor, action->message.body));
        actor->sent[action->message.kind]++;
        const size_t to = sim_find(sim, &action->to);
        if (to != ACTORS_MAX) {
            sim_send(sim, actor->index, to, &action->message);
        }
        break;
    case PROM_ACTION_LOOK_UP:
        sim_look_up(sim, actor->index, &action->outpoint);
        break;
    case PROM_ACTION_WATCH:
        assert_true(actor->watch_count < COUNT_OF(actor->watches));
        actor->watches[actor->watch_count++] = action->outpoint;
        break;
    case PROM_ACTION_KEYGEN:
        sim_keygen(sim, actor, action);
        break;
    case PROM_ACTION_COMPUTE:
        sim_compute(sim, actor);
        break;
    case PROM_ACTION_VERIFY:
        sim_judge(sim, actor, action->bytes);
        break;
    case PROM_ACTION_BROADCAST:
        assert_true(sim_has_stored(actor, action->bytes));
        actor->broadcasts++;
        sim_broadcast(sim, action->bytes);
        break;
    case PROM_ACTION_DELIVER:
        assert_null(actor->delivered.data);
        actor->delivered = action->bytes;
        break;
    case PROM_ACTION_CLOSE:
        assert_false(actor->closed);
        actor->closed = true;
        (void)snprintf(actor->reason, sizeof actor->reason, "%s", action->reason);
        break;
    }
}

/* One step of an actor's channel and its actions. `owned`, which the event points to, is gone before they are carried
 * out: they must point to nothing of it. */
static inline prom_result sim_take(struct simulation *sim, size_t index, const prom_event *event, uint8_t *owned)
{
    struct actor *actor = &sim->actors[index];
    prom_actions actions;
    prom_error error = {{0}};
    const prom_result result = prom_channel_step(actor->channel, event, &actions, &error);
    free(owned);
    for (size_t i = 0; i < actions.count; i++) {
        sim_carry_out(sim, actor, &actions.list[i]);
    }
    if (result.category == PROM_CATEGORY_PEER || result.category == PROM_CATEGORY_BAD_INPUT) {
        actor->faults++;
        actor->last_fault = error;
    } else if (!prom_is_ok(result)) {
        fail_msg("actor %zu: %s: %s", index, prom_category_name(result.category), error.sentence);
    }
    return result;
}

/* A message that an actor gets from a key, out of turn. */
static inline prom_result sim_tell(struct simulation *sim, const prom_bytes32 *from, size_t to, prom_message_kind kind,
                                   prom_span body)
{
    uint8_t *copy = exact_copy(body.data, body.length);
    const prom_event event = {
        .kind = PROM_EVENT_MESSAGE, .from = *from, .message = {kind, prom_span_of(copy, body.length)}};
    return sim_take(sim, to, &event, copy);
}

static inline prom_result sim_tell_as(struct simulation *sim, size_t from, size_t to, prom_message_kind kind,
                                      prom_span body)
{
    return sim_tell(sim, &sim->actors[from].key->public_key, to, kind, body);
}

static inline bool sim_concerns(const struct actor *actor, const prom_tx *tx, const prom_bytes32 *txid)
{
    bool found = false;
    for (size_t i = 0; i < actor->watch_count; i++) {
        found = found || prom_bytes32_equal(&actor->watches[i].txid, txid);
        for (size_t j = 0; j < tx->input_count; j++) {
            found = found || prom_outpoint_equal(&actor->watches[i], &tx->inputs[j].outpoint);
        }
    }
    return found;
}

/* The next block that an actor has not seen. */
static inline void sim_see_block(struct simulation *sim, struct actor *actor)
{
    prom_event event = {.kind = PROM_EVENT_BLOCK, .height = ++actor->height};
    event.block = block_hash(event.height);
    (void)sim_take(sim, actor->index, &event, NULL);
    event.kind = PROM_EVENT_CONFIRMED;
    for (size_t i = 0; i < sim->mined_count; i++) {
        prom_bytes32 txid;
        assert_ok(prom_tx_id(&sim->test->arena, &txid, sim->txs[i], &sim->test->error), &sim->test->error);
        if (sim->tx_height[i] == event.height && sim_concerns(actor, sim->txs[i], &txid)) {
            event.tx = sim->txs[i];
            (void)sim_take(sim, actor->index, &event, NULL);
        }
    }
}

static inline void sim_add_coin(struct simulation *sim, const prom_outpoint *outpoint, const prom_tx_output *output,
                                uint32_t height)
{
    assert_true(sim->coin_count < COINS_MAX);
    sim->coins[sim->coin_count++] = (struct chain_coin){*outpoint, *output, height, false};
}

/* A block with all that was broadcast. */
static inline void sim_mine(struct simulation *sim)
{
    sim->height++;
    for (; sim->mined_count < sim->tx_count; sim->mined_count++) {
        const prom_tx *tx = sim->txs[sim->mined_count];
        prom_outpoint outpoint;
        assert_ok(prom_tx_id(&sim->test->arena, &outpoint.txid, tx, &sim->test->error), &sim->test->error);
        for (size_t i = 0; i < tx->input_count; i++) {
            struct chain_coin *coin = sim_coin(sim, &tx->inputs[i].outpoint);
            assert_false(coin->spent);
            coin->spent = true;
        }
        for (outpoint.index = 0; outpoint.index < tx->output_count; outpoint.index++) {
            sim_add_coin(sim, &outpoint, &tx->outputs[outpoint.index], sim->height);
        }
        sim->tx_height[sim->mined_count] = sim->height;
    }
}

/* Whether the queue holds nothing older between the same two. */
static inline bool sim_first_of_pair(const struct simulation *sim, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (sim->pending[i].from == sim->pending[index].from && sim->pending[i].to == sim->pending[index].to) {
            return false;
        }
    }
    return true;
}

static inline void sim_deliver(struct simulation *sim, size_t index)
{
    const struct pending pending = sim->pending[index];
    memmove(&sim->pending[index], &sim->pending[index + 1], (--sim->pending_count - index) * sizeof pending);
    (void)sim_take(sim, pending.to, &pending.event, pending.bytes);
}

/* One thing that can happen, happens: a message arrives, or somebody sees a block. False when nothing is left. */
static inline bool sim_step(struct simulation *sim)
{
    size_t choices[PENDING_MAX + ACTORS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < sim->pending_count; i++) {
        if (sim_first_of_pair(sim, i)) {
            choices[count++] = i;
        }
    }
    for (size_t i = 0; i < sim->actor_count; i++) {
        if (sim->actors[i].height < sim->height) {
            choices[count++] = PENDING_MAX + i;
        }
    }
    if (count == 0) {
        return false;
    }
    const size_t choice = choices[sim->any_order ? random_below(&sim->random, count) : 0];
    if (choice < PENDING_MAX) {
        sim_deliver(sim, choice);
    } else {
        sim_see_block(sim, &sim->actors[choice - PENDING_MAX]);
    }
    return true;
}

static inline bool sim_all_closed(const struct simulation *sim)
{
    bool all = true;
    for (size_t i = 0; i < sim->actor_count; i++) {
        all = all && sim->actors[i].closed;
    }
    return all;
}

/* Until nothing moves, however many blocks come. */
static inline void sim_run(struct simulation *sim)
{
    for (size_t blocks = 0; blocks < BLOCKS_MAX; blocks++) {
        while (sim_step(sim)) {
        }
        if (sim_all_closed(sim)) {
            return;
        }
        sim_mine(sim);
    }
}

/* Until an actor has reached a stage; the others may be behind. */
static inline void sim_run_until(struct simulation *sim, size_t actor, prom_stage stage)
{
    for (size_t blocks = 0; blocks < BLOCKS_MAX; blocks++) {
        while (sim->actors[actor].channel->stage < stage && sim_step(sim)) {
        }
        if (sim->actors[actor].channel->stage >= stage) {
            assert_int_equal(sim->actors[actor].channel->stage, stage);
            return;
        }
        sim_mine(sim);
    }
    fail_msg("actor %zu did not reach the stage '%s'", actor, prom_stage_name(stage));
}

static inline void sim_make_channel(struct simulation *sim, struct actor *actor)
{
    const prom_signer signer = {{actor, sim_sign, sim_verify}, sim_sign_coin};
    const prom_event block = {.kind = PROM_EVENT_BLOCK, .height = sim->height, .block = block_hash(sim->height)};
    fixture *test = sim->test;
    prom_arena_init(&actor->arena, (size_t)1 << 28);
    actor->channel = calloc(1, sizeof *actor->channel);
    assert_non_null(actor->channel);
    prom_channel_init(actor->channel, &actor->arena, test->curve, &signer, &actor->config);
    actor->height = sim->height;
    (void)sim_take(sim, actor->index, &block, NULL);
}

static inline void sim_make_party(struct simulation *sim, prom_party party, const prom_terms *terms)
{
    static const prom_role roles[PROM_PARTIES] = {PROM_ROLE_CLIENT, PROM_ROLE_WORKER, PROM_ROLE_VERIFIER};
    struct actor *actor = &sim->actors[party];
    const prom_coin *coin = &terms->parties[party].coins[0];
    const prom_tx_output output = {coin->value, coin->script};
    actor->key = &sim->cast.party[party];
    actor->coin = &sim->cast.coin[party];
    actor->config.role = roles[party];
    actor->config.party = terms->parties[party];
    actor->config.reward_min = prom_amount_of(1);
    actor->config.genesis = terms->genesis;
    actor->config.feerate_max = PROM_FEERATE_MAX;
    sim_add_coin(sim, &coin->outpoint, &output, FIRST_HEIGHT);
}

static inline void sim_make_arbiter(struct simulation *sim, size_t seat)
{
    fixture *test = sim->test;
    struct actor *actor = &sim->actors[FIRST_ARBITER + seat];
    prom_announcement *announcement = &actor->config.announcement;
    const prom_terms *terms = &sim->actors[PROM_PARTY_C].config.proposal;
    prom_descriptor *offer = NULL;
    prom_bytes32 hash;
    actor->key = &sim->cast.arbiter[seat];
    actor->config.role = PROM_ROLE_ARBITER;
    actor->config.genesis = terms->genesis;
    actor->config.feerate_max = PROM_FEERATE_MAX;
    actor->config.x = sim->cast.x[seat];
    actor->config.P = terms->P;
    announcement->p_txid = terms->p_txid;
    announcement->offer = valid_arbiter(test, &sim->cast, seat);
    assert_ok(prom_announcement_hash(&test->arena, &hash, announcement, &test->error), &test->error);
    announcement->signature = sign_hash(test, actor->key, &hash);
    assert_ok(prom_offer_output(test->curve, &test->arena, &offer, &terms->p_txid, &announcement->offer, &test->error),
              &test->error);
    const prom_tx_output output = {terms->P.a, offer->script};
    sim_add_coin(sim, &announcement->offer.offer, &output, FIRST_HEIGHT);
}

static inline prom_span sim_announcement(struct simulation *sim, const prom_announcement *announcement)
{
    prom_span bytes;
    assert_ok(prom_announcement_write(&sim->test->arena, &bytes, announcement, &sim->test->error), &sim->test->error);
    return bytes;
}

/* C's proposal: terms without what the others bring. */
static inline void sim_propose(struct simulation *sim, prom_terms terms)
{
    struct actor *client = &sim->actors[PROM_PARTY_C];
    client->config.job_bytes = sim->job_bytes;
    client->config.peers[PROM_PARTY_W] = sim->cast.party[PROM_PARTY_W].public_key;
    client->config.peers[PROM_PARTY_V] = sim->cast.party[PROM_PARTY_V].public_key;
    terms.h = terms.k_h = (prom_bytes32){{0}};
    memset(terms.parties, 0, sizeof terms.parties);
    terms.arbiter_count = 0;
    client->config.proposal = terms;
}

/* A contract between C, W, V and `n` arbiters before its first message. Change configs before sim_start. */
static inline struct simulation *sim_new_by(fixture *test, uint8_t n, uint64_t seed, uint16_t scheme_number)
{
    struct simulation *sim = calloc(1, sizeof *sim);
    const prom_program *program = NULL;
    assert_non_null(sim);
    sim->test = test;
    sim->random = seed;
    sim->any_order = seed != 0;
    sim->height = FIRST_HEIGHT;
    sim->cast = make_cast(test);
    sim->job_bytes = random_job(test, &program, 1);
    sim->actor_count = FIRST_ARBITER + n;
    prom_terms terms = valid_terms(test, &sim->cast, n);
    terms.P.mu = 10000; /* so that t4 suffices for all n, and there is one S */
    const prom_scheme *scheme = prom_scheme_by_number(scheme_number);
    const prom_scheme_job *job = open_job(test, scheme, &sim->job_bytes);
    prom_delivery delivery;
    prom_bytes32 root;
    assert_ok(scheme->deliver(&test->arena, &delivery, &root, job, NULL, &test->error), &test->error);
    terms.job = job->named;
    sim->output = delivery.output;
    sim_propose(sim, terms);
    for (size_t i = 0; i < sim->actor_count; i++) {
        sim->actors[i].sim = sim;
        sim->actors[i].index = i;
    }
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        sim_make_party(sim, party, &terms);
    }
    for (size_t i = 0; i < n; i++) {
        sim_make_arbiter(sim, i);
    }
    sim->actors[PROM_PARTY_W].config.h_p = sim->cast.h_p;
    sim->actors[PROM_PARTY_W].config.k_p = sim->cast.k_p;
    return sim;
}

static inline struct simulation *sim_new(fixture *test, uint8_t n, uint64_t seed)
{
    return sim_new_by(test, n, seed, PROM_SCHEME_REPLAY);
}

/* Makes the channels, announces the offers and lets the client begin. */
static inline void sim_start(struct simulation *sim)
{
    const prom_event start = {.kind = PROM_EVENT_START};
    for (size_t i = 0; i < sim->actor_count; i++) {
        sim_make_channel(sim, &sim->actors[i]);
    }
    for (size_t i = FIRST_ARBITER; i < sim->actor_count; i++) {
        const prom_message message = {PROM_MESSAGE_ANNOUNCEMENT,
                                      sim_announcement(sim, &sim->actors[i].config.announcement)};
        sim_send(sim, i, PROM_PARTY_C, &message);
    }
    sim_post(sim, PROM_PARTY_C, PROM_PARTY_C, &start);
}

static inline void sim_free(struct simulation *sim)
{
    for (size_t i = 0; i < sim->pending_count; i++) {
        free(sim->pending[i].bytes);
    }
    for (size_t i = 0; i < sim->actor_count; i++) {
        prom_arena_free(&sim->actors[i].arena);
        free(sim->actors[i].channel);
    }
    free(sim);
}

/* A contract that went as it should: the client has the result, W is paid and its payment shows h_p, all is closed. */
static inline void assert_settled(const struct simulation *sim)
{
    for (size_t i = 0; i < sim->actor_count; i++) {
        const struct actor *actor = &sim->actors[i];
        if (actor->channel->stage != PROM_STAGE_CLOSED || !actor->closed || actor->reason[0] != '\0') {
            fail_msg("actor %zu is in the stage '%s': '%s' (%s)", i, prom_stage_name(actor->channel->stage),
                     actor->reason, actor->last_fault.sentence);
        }
        assert_int_equal(actor->channel->settled_scheme, 3);
        assert_true(actor->channel->h_p_shown);
        assert_true(prom_bytes32_equal(&actor->channel->h_p, &sim->cast.h_p));
    }
    assert_true(prom_span_equal(sim->actors[PROM_PARTY_C].delivered, sim->output));
    assert_int_equal(sim->tx_count, 2 + sim->actor_count - FIRST_ARBITER); /* Tx0, Tx4, the releases */
}

static inline void sim_sign_announcement(struct simulation *sim, prom_announcement *announcement, const prom_key *key)
{
    fixture *test = sim->test;
    const prom_bytes32 auxiliary = {{0}};
    prom_bytes32 hash;
    assert_ok(prom_announcement_hash(&test->arena, &hash, announcement, &test->error), &test->error);
    assert_ok(prom_sign(test->curve, &announcement->signature, &hash, key, &auxiliary, &test->error), &test->error);
}

/* Tx0 never came to the chain, the client knows why, and so does whoever had not yet signed it. */
static inline void assert_setup_ended(const struct simulation *sim)
{
    const struct actor *client = &sim->actors[PROM_PARTY_C];
    assert_int_equal(sim->tx_count, 0);
    assert_true(client->closed);
    for (size_t i = 0; i < sim->actor_count; i++) {
        const struct actor *actor = &sim->actors[i];
        const prom_stage stage = actor->channel->stage;
        if (stage != PROM_STAGE_FAILED && stage != PROM_STAGE_NEW && stage != PROM_STAGE_SIGNED) {
            fail_msg("actor %zu is in the stage '%s'", i, prom_stage_name(stage));
        }
        assert_int_equal(actor->closed, stage == PROM_STAGE_FAILED);
        assert_int_equal(actor->reason[0] != '\0', stage == PROM_STAGE_FAILED);
    }
}

#endif
