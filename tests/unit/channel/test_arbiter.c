#include "channel/simulation.h"

enum { W = PROM_PARTY_W, V = PROM_PARTY_V, C = PROM_PARTY_C, A = FIRST_ARBITER };

static void refuses(struct simulation *sim, size_t from, prom_message_kind kind, prom_span body, const char *sentence)
{
    assert_int_equal(sim_tell_as(sim, from, A, kind, body).category, PROM_CATEGORY_PEER);
    if (strstr(sim->actors[A].last_fault.sentence, sentence) == NULL) {
        fail_msg("wanted '...%s...'; got '%s'", sentence, sim->actors[A].last_fault.sentence);
    }
}

/* One receipt for each contract, ever; not for rubbish, and not for whoever is not the worker. */
static void one_receipt_is_given(void **state)
{
    const uint8_t rubbish[] = {1, 2, 3};
    struct simulation *sim = sim_new(*state, 3, 0);
    sim_start(sim);
    sim_run_until(sim, A, PROM_STAGE_LOCKED);
    refuses(sim, W, PROM_MESSAGE_PACKAGE, prom_span_of(rubbish, sizeof rubbish), "these bytes are not a package");
    assert_int_equal(sim->actors[A].sent[PROM_MESSAGE_RECEIPT], 0);
    sim_run_until(sim, A, PROM_STAGE_DELIVERED);
    assert_int_equal(sim->actors[A].sent[PROM_MESSAGE_RECEIPT], 1);
    const prom_span package = sim->actors[W].channel->packages[W];
    assert_true(sim_has_stored(&sim->actors[A], package));
    refuses(sim, W, PROM_MESSAGE_PACKAGE, package, "the arbiter does not take a package from the worker");
    refuses(sim, V, PROM_MESSAGE_PACKAGE, package, "the arbiter does not take a package from the verifier");
    assert_int_equal(sim->actors[A].sent[PROM_MESSAGE_RECEIPT], 1);
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

/* The receipt is dated by the arbiter's own tip. */
static void receipt_names_the_tip(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim_start(sim);
    sim_run_until(sim, W, PROM_STAGE_DELIVERED);
    sim_run_until(sim, A, PROM_STAGE_DELIVERED);
    const uint32_t tip = sim->actors[A].channel->tip;
    sim_run(sim);
    const prom_channel *worker = sim->actors[W].channel;
    for (size_t i = 0; i < 3; i++) {
        const prom_bytes32 hash = block_hash(tip);
        assert_int_equal(worker->receipts[i].height, tip);
        assert_true(prom_bytes32_equal(&worker->receipts[i].tip, &hash));
    }
    sim_free(sim);
}

/* Before the end W's signature is not even looked at; afterwards it must be W's, of this very release. */
static void release_needs_the_workers_signature(void **state)
{
    const uint8_t rubbish[64] = {1};
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_RELEASE, W, A, 0};
    sim_start(sim);
    sim_run_until(sim, A, PROM_STAGE_SETTLED);
    refuses(sim, W, PROM_MESSAGE_RELEASE, prom_span_of(rubbish, 64), "the signature of release by the worker");
    refuses(sim, W, PROM_MESSAGE_RELEASE, prom_span_of(rubbish, 63), "a signature has 63 bytes instead of 64");
    refuses(sim, V, PROM_MESSAGE_RELEASE, prom_span_of(rubbish, 64), "the verifier may not send a release");
    sim_run(sim);
    assert_int_equal(sim->tampered, 1);
    assert_int_equal(sim->actors[A].broadcasts, 0);
    assert_int_equal(sim->actors[A].channel->stage, PROM_STAGE_SETTLED);
    assert_int_equal(sim->actors[A + 1].channel->stage, PROM_STAGE_CLOSED);
    sim_free(sim);
}

/* A worker that sends its signature again and again: the stake is taken back once. */
static void release_is_published_once(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim_start(sim);
    sim_run_until(sim, W, PROM_STAGE_CLOSED);
    while (sim->actors[A].broadcasts == 0) {
        assert_true(sim_step(sim));
    }
    for (size_t i = 0; i < sim->actors[W].stored_count; i++) { /* one of the releases is this arbiter's */
        const struct stored *stored = &sim->actors[W].stored[i];
        if (strcmp(stored->name, "release") == 0) {
            (void)sim_tell_as(sim, W, A, PROM_MESSAGE_RELEASE, stored->bytes);
            (void)sim_tell_as(sim, W, A, PROM_MESSAGE_RELEASE, stored->bytes);
        }
    }
    assert_int_equal(sim->actors[A].broadcasts, 1);
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

/* A client that collects witnesses and never publishes: nothing is locked, and the arbiter has signed once. */
static void withheld_tx0_locks_nothing(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_TX0_WITNESSES, V, C, 0};
    sim_start(sim);
    sim_run(sim);
    assert_int_equal(sim->tx_count, 0);
    assert_int_equal(sim->actors[A].channel->stage, PROM_STAGE_SIGNED);
    assert_int_equal(sim->actors[A].sent[PROM_MESSAGE_TX0_WITNESSES], 1);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(one_receipt_is_given),
        FIXTURE_TEST(receipt_names_the_tip),
        FIXTURE_TEST(release_needs_the_workers_signature),
        FIXTURE_TEST(release_is_published_once),
        FIXTURE_TEST(withheld_tx0_locks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
