/* A hostile network: every kind of message, from everybody and from strangers, in every stage, with bodies that are
 * nothing, rubbish, or true ones with something changed. */
#include "channel/simulation.h"

enum { W = PROM_PARTY_W, V = PROM_PARTY_V, C = PROM_PARTY_C, A = FIRST_ARBITER, CORPUS_MAX = 256 };

/* Bodies as they were sent in an honest contract. */
struct corpus {
    fixture test;
    prom_message messages[CORPUS_MAX];
    size_t count;
};

static void keep_bodies(struct corpus *corpus, struct simulation *sim)
{
    for (size_t i = 0; i < sim->pending_count; i++) {
        const struct pending *pending = &sim->pending[i];
        bool known = pending->event.kind != PROM_EVENT_MESSAGE || corpus->count == CORPUS_MAX;
        const prom_message *message = &pending->event.message;
        for (size_t j = 0; j < corpus->count && !known; j++) {
            known =
                corpus->messages[j].kind == message->kind && prom_span_equal(corpus->messages[j].body, message->body);
        }
        if (!known) {
            prom_message *kept = &corpus->messages[corpus->count++];
            kept->kind = message->kind;
            assert_ok(prom_span_copy(&corpus->test.arena, &kept->body, message->body, &corpus->test.error),
                      &corpus->test.error);
        }
    }
}

static struct corpus *make_corpus(void)
{
    struct corpus *corpus = calloc(1, sizeof *corpus);
    void *test = NULL;
    bool seen[PROM_MESSAGE_KINDS] = {false};
    assert_non_null(corpus);
    prom_arena_init(&corpus->test.arena, (size_t)1 << 26);
    assert_int_equal(fixture_make(&test), 0);
    struct simulation *sim = sim_new(test, 3, 0);
    sim_start(sim);
    for (size_t blocks = 0; blocks < BLOCKS_MAX && !sim_all_closed(sim); blocks++) {
        do {
            keep_bodies(corpus, sim);
        } while (sim_step(sim));
        sim_mine(sim);
    }
    assert_settled(sim);
    sim_free(sim);
    assert_int_equal(fixture_free(&test), 0);
    for (size_t i = 0; i < corpus->count; i++) {
        seen[corpus->messages[i].kind] = true;
    }
    for (unsigned kind = PROM_MESSAGE_PROPOSAL; kind < PROM_MESSAGE_KINDS; kind++) {
        assert_int_equal(seen[kind], kind != PROM_MESSAGE_REFUSAL); /* nothing of what is sent is left out */
    }
    return corpus;
}

static void free_corpus(struct corpus *corpus)
{
    prom_arena_free(&corpus->test.arena);
    free(corpus);
}

/* A body to attack with, for its caller to free: of `kind`, or of another, or none at all. */
static uint8_t *hostile_body(const struct corpus *corpus, uint64_t *random, unsigned kind, size_t *length)
{
    const prom_message *message = &corpus->messages[random_below(random, corpus->count)];
    for (size_t i = 0; i < 8 * corpus->count && (unsigned)message->kind != kind && random_below(random, 9) > 0; i++) {
        message = &corpus->messages[random_below(random, corpus->count)];
    }
    uint8_t *body = malloc(message->body.length + 64);
    assert_non_null(body);
    memcpy(body, message->body.data, message->body.length);
    *length = message->body.length;
    switch (random_below(random, 6)) {
    case 0:
        *length = 0;
        break;
    case 1:
        *length = random_below(random, *length + 1);
        break;
    case 2:
        random_bytes(random, body + *length, 64);
        *length += 1 + random_below(random, 64);
        break;
    case 3:
        random_bytes(random, body, *length);
        break;
    default:
        for (size_t flips = 1 + random_below(random, 3); flips > 0; flips--) {
            body[random_below(random, *length)] ^= (uint8_t)(1U << random_below(random, 8));
        }
    }
    return body;
}

/* One hostile message to everybody. */
static void attack(struct simulation *sim, const struct corpus *corpus, const prom_bytes32 *from, unsigned kind)
{
    for (size_t to = 0; to < sim->actor_count; to++) {
        size_t length = 0;
        uint8_t *body = hostile_body(corpus, &sim->random, kind, &length);
        if (!prom_bytes32_equal(from, &sim->actors[to].key->public_key)) {
            (void)sim_tell(sim, from, to, (prom_message_kind)kind, prom_span_of(body, length));
        }
        free(body);
    }
}

/* Runs to the end; whenever `actor` reaches a stage, everybody gets a message of each kind from that key. */
static void run_attacked(struct simulation *sim, const struct corpus *corpus, size_t actor, const prom_bytes32 *from,
                         prom_stage first)
{
    prom_stage last = PROM_STAGES;
    for (size_t blocks = 0; blocks < BLOCKS_MAX && !sim_all_closed(sim); blocks++) {
        do {
            const prom_stage stage = sim->actors[actor].channel->stage;
            if (stage != last && stage >= first) {
                for (unsigned kind = 0; kind <= PROM_MESSAGE_KINDS; kind++) {
                    attack(sim, corpus, from, kind);
                }
            }
            last = stage;
        } while (sim_step(sim));
        sim_mine(sim);
    }
}

/* Whoever is not in the contract changes nothing, in any stage, with whatever bytes; and gets no answer. */
static void strangers_change_nothing(void **state)
{
    struct corpus *corpus = make_corpus();
    for (uint64_t round = 1; round <= 12; round++) {
        const prom_key stranger = named_key(*state, "stranger", round);
        struct simulation *sim = sim_new(*state, 3, round);
        sim_start(sim);
        run_attacked(sim, corpus, round % sim->actor_count, &stranger.public_key, PROM_STAGE_NEW);
        assert_settled(sim);
        for (size_t i = 0; i < sim->actor_count; i++) {
            assert_int_equal(sim->actors[i].sent[PROM_MESSAGE_REFUSAL], 0);
            assert_true(sim->actors[i].faults > 0);
        }
        sim_free(sim);
        assert_int_equal(fixture_free(state), 0);
        assert_int_equal(fixture_make(state), 0);
    }
    free_corpus(corpus);
}

/* A party may end a setup with rubbish, and that is all: no coin is locked, or the contract goes to its end. */
static void parties_end_setups_at_most(void **state)
{
    struct corpus *corpus = make_corpus();
    size_t ended = 0;
    for (uint64_t round = 0; round < 60; round++) {
        struct simulation *sim = sim_new(*state, 3, 1 + round);
        const size_t hostile = round % sim->actor_count;
        const size_t watched = (round / sim->actor_count + hostile + 1) % sim->actor_count;
        const prom_stage first = (prom_stage)(round % PROM_STAGE_SIGNED);
        sim_start(sim);
        run_attacked(sim, corpus, watched, &sim->actors[hostile].key->public_key, first);
        if (sim->tx_count > 0) {
            assert_settled(sim);
        } else {
            ended++;
        }
        sim_free(sim);
        assert_int_equal(fixture_free(state), 0);
        assert_int_equal(fixture_make(state), 0);
    }
    assert_true(ended > 0);
    free_corpus(corpus);
}

/* Once Tx0 is signed, rubbish from no party stops anything. */
static void signed_contracts_go_on(void **state)
{
    struct corpus *corpus = make_corpus();
    for (uint64_t round = 0; round < 24; round++) {
        struct simulation *sim = sim_new(*state, 3, 0);
        const size_t hostile = round % sim->actor_count;
        sim->random = 100 + round;
        sim_start(sim);
        sim_run_until(sim, C, PROM_STAGE_SIGNED);
        run_attacked(sim, corpus, hostile == V ? W : V, &sim->actors[hostile].key->public_key, PROM_STAGE_SIGNED);
        assert_settled(sim);
        sim_free(sim);
        assert_int_equal(fixture_free(state), 0);
        assert_int_equal(fixture_make(state), 0);
    }
    free_corpus(corpus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(strangers_change_nothing),
        FIXTURE_TEST(parties_end_setups_at_most),
        FIXTURE_TEST(signed_contracts_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
