/* Those who play one contract without a network, a disk or a clock: what each has, and how the actions of its channel
 * are carried out, with real keys and proofs. All that is random follows from a seed. */
#ifndef PROMETHEUS_TEST_CHANNEL_ACTORS_H
#define PROMETHEUS_TEST_CHANNEL_ACTORS_H

#include "prometheus/channel/channel.h"
#include "prometheus/program/run.h"
#include "scheme/job.h"

enum {
    ACTORS_MAX = PROM_PARTIES + PROM_ARBITERS_MAX + 1, /* one more arbiter than there can be seats */
    PENDING_MAX = 1024,
    STORED_MAX = 64,
    SIGNED_MAX = 64,
    COINS_MAX = 128,
    TXS_MAX = 64,
    FIRST_HEIGHT = VALID_TIP,
    COIN_HEIGHT = VALID_P_HEIGHT,
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
    const prom_key *key;   /* of its own words */
    const prom_key *joint; /* in ALL */
    const prom_key *seal;  /* V */
    const prom_key *coin;  /* the output key of its coins; A: of its offer */
    prom_key host;         /* A: of the key generation */
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
    bool coinbase;
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
    prom_bytes32 txids[TXS_MAX];
    uint32_t tx_height[TXS_MAX]; /* 0: not in a block */
    size_t tx_count;
    size_t mined_count; /* of them: whose time in the mempool is over */
    struct tampering tampering;
    size_t tampered;
    size_t unseen_coin;   /* that the chain denies: 1 + its number */
    bool false_delivery;  /* the worker lies about one value */
    bool sleeping_worker; /* what it broadcasts never arrives */
    bool other_chain;     /* the snapshot is not a block of it */
    bool full_mempool;    /* it takes no transaction that is tried */
};

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
    const bool arbiter = actor->config.role == PROM_ROLE_ARBITER;
    assert_true(coin < (arbiter ? 1 : actor->config.party.coin_count));
    return sim_sign_with(actor, signature, hash, actor->coin, error);
}

static inline prom_result sim_give_nonces(void *context, prom_arena *arena, prom_signing *signing, prom_span *nonces,
                                          prom_error *error)
{
    const struct actor *actor = context;
    const prom_own_words words = {context, sim_sign};
    prom_bytes32 randomness = named("nonces", actor->index);
    return prom_signing_give_nonces(arena, signing, nonces, actor->joint, &words, &randomness, error);
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
    } else if (event->kind == PROM_EVENT_VERIFIED || event->kind == PROM_EVENT_TRIED) {
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
        event.confirmations = coin->height > sim->height ? 0 : sim->height - coin->height + 1;
        event.height = event.confirmations == 0 ? 0 : coin->height;
        event.coinbase = coin->coinbase;
    }
    sim_post(sim, actor, actor, &event);
}

/* A step of the real key generation, with randomness that follows from the actor. */
static inline void sim_keygen(struct simulation *sim, struct actor *actor, const prom_action *action)
{
    fixture *test = sim->test;
    const prom_key *key = actor->config.role == PROM_ROLE_ARBITER ? &actor->host : NULL;
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

/* The honest worker's package; or a lie, sealed as it should be. */
static inline void sim_compute(struct simulation *sim, struct actor *actor)
{
    fixture *test = sim->test;
    const prom_delivery_context context = prom_channel_delivery_context(actor->channel);
    const prom_scheme *scheme = context.job->scheme;
    const prom_delivery_secrets secrets = {.h_p = actor->config.h_p, .nonce = {{7}}};
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
    prom_event event = {.kind = PROM_EVENT_VERIFIED};
    prom_error reason = {{0}};
    prom_span output;
    const prom_result opened = prom_delivery_open_key(&context, &event.h_p, package, actor->seal, &reason);
    assert_true(prom_is_ok(opened) || opened.category == PROM_CATEGORY_PEER);
    if (prom_is_ok(opened)) {
        const prom_checked checked =
            prom_delivery_check(&context, &test->arena, &output, &packages, &event.h_p, NULL, &reason);
        assert_int_not_equal(checked, PROM_CHECKED_UNKNOWN);
        event.valid = checked == PROM_CHECKED_GOOD;
    }
    event.reason = reason.sentence;
    sim_post(sim, actor->index, actor->index, &event);
}

/* Whether every relative lock of the transaction is over in the next block. */
static inline bool sim_is_final(struct simulation *sim, const prom_tx *tx)
{
    bool final = true;
    for (size_t i = 0; i < tx->input_count; i++) {
        const struct chain_coin *coin = sim_coin(sim, &tx->inputs[i].outpoint);
        const uint32_t sequence = tx->inputs[i].sequence;
        const uint32_t lock = (sequence & 0x80000000U) != 0 ? 0 : sequence & 0xffffU;
        final = final && sim->height + 1 >= coin->height + lock;
    }
    return final;
}

/* What the chain, or the mempool, says. */
static inline void sim_look_up_block(struct simulation *sim, size_t actor, uint32_t height)
{
    const prom_event event = {.kind = PROM_EVENT_SNAPSHOT,
                              .height = height,
                              .found = height <= sim->height,
                              .hash = named(sim->other_chain ? "another snapshot" : "snapshot", 0)};
    sim_post(sim, actor, actor, &event);
}

static inline void sim_try_tx(struct simulation *sim, size_t actor)
{
    const prom_event event = {
        .kind = PROM_EVENT_TRIED, .valid = !sim->full_mempool, .reason = sim->full_mempool ? "mempool full" : ""};
    sim_post(sim, actor, actor, &event);
}

/* As a node takes it: once, when its coins are there and its locks are over. */
static inline bool sim_offer_tx(struct simulation *sim, prom_tx *tx)
{
    prom_bytes32 txid;
    bool spent = false;
    assert_ok(prom_tx_id(&sim->test->arena, &txid, tx, &sim->test->error), &sim->test->error);
    for (size_t i = 0; i < sim->tx_count; i++) {
        if (prom_bytes32_equal(&sim->txids[i], &txid)) {
            return true;
        }
    }
    for (size_t i = 0; i < tx->input_count; i++) {
        const struct chain_coin *coin = sim_coin(sim, &tx->inputs[i].outpoint);
        assert_non_null(coin);
        assert_true(tx->inputs[i].witness_count > 0);
        spent = spent || coin->spent;
    }
    if (spent || !sim_is_final(sim, tx)) {
        return false;
    }
    assert_true(sim->tx_count < TXS_MAX);
    sim->txids[sim->tx_count] = txid;
    sim->txs[sim->tx_count++] = tx;
    return true;
}

static inline void sim_broadcast(struct simulation *sim, prom_span bytes)
{
    fixture *test = sim->test;
    prom_tx *tx = NULL;
    prom_span copy;
    assert_ok(prom_span_copy(&test->arena, &copy, bytes, &test->error), &test->error);
    assert_ok(prom_tx_parse(&test->arena, &tx, copy, &test->error), &test->error);
    assert_true(sim_offer_tx(sim, tx));
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
    return kind == PROM_MESSAGE_NONCES || kind == PROM_MESSAGE_PARTIALS || kind == PROM_MESSAGE_TX0_SIGNATURES ||
           kind == PROM_MESSAGE_PACKAGE || kind == PROM_MESSAGE_RECEIPT || kind == PROM_MESSAGE_VERDICT;
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
    case PROM_ACTION_LOOK_UP_BLOCK:
        sim_look_up_block(sim, actor->index, action->height);
        break;
    case PROM_ACTION_TRY:
        sim_try_tx(sim, actor->index);
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
        if (!sim->sleeping_worker || actor->index != PROM_PARTY_W) {
            sim_broadcast(sim, action->bytes);
        }
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

#endif
