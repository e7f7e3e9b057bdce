#include "channel/simulation.h"

enum { W = PROM_PARTY_W, V = PROM_PARTY_V, C = PROM_PARTY_C, A = FIRST_ARBITER, ANYBODY = ACTORS_MAX };

static void refuses(struct simulation *sim, size_t from, prom_message_kind kind, prom_span body, const char *sentence)
{
    assert_int_equal(sim_tell_as(sim, from, A, kind, body).category, PROM_CATEGORY_PEER);
    if (strstr(sim->actors[A].last_fault.sentence, sentence) == NULL) {
        fail_msg("wanted '...%s...'; got '%s'", sentence, sim->actors[A].last_fault.sentence);
    }
}

/* To W, V and the other two arbiters, and the same bytes to all. */
enum { RECEIPT_COPIES = 4 };

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
    assert_int_equal(sim->actors[A].sent[PROM_MESSAGE_RECEIPT], RECEIPT_COPIES);
    const prom_span package = sim->actors[W].channel->delivery;
    assert_true(sim_has_stored(&sim->actors[A], package));
    const prom_span other = prom_span_of(package.data, package.length - 1);
    assert_true(prom_is_ok(sim_tell_as(sim, W, A, PROM_MESSAGE_PACKAGE, package))); /* the same again */
    refuses(sim, W, PROM_MESSAGE_PACKAGE, other, "the arbiter does not take a package from the worker");
    refuses(sim, V, PROM_MESSAGE_PACKAGE, package, "the arbiter does not take a package from the verifier");
    assert_int_equal(sim->actors[A].sent[PROM_MESSAGE_RECEIPT], RECEIPT_COPIES);
    sim_run(sim);
    assert_settled(sim);
    for (size_t i = W; i < sim->actor_count; i++) { /* everybody but C, which needs none */
        assert_int_equal(sim_receipts(sim->actors[i].channel), 3);
    }
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
    const prom_case known = {&worker->terms, worker->tx0_height, &worker->evidence};
    for (size_t i = 0; i < 3; i++) {
        prom_receipt receipt;
        assert_true(prom_case_receipt(&known, &receipt, i, PROM_ROUND_A));
        assert_int_equal(receipt.height, tip);
    }
    sim_free(sim);
}

/* Program and input were lost: no receipt, until they come; from the worker or the verifier, and from nobody else. */
static void no_receipt_without_the_job(void **state)
{
    fixture *test = *state;
    struct simulation *sim = sim_new(test, 3, 0);
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_PAYLOAD, ANYBODY, A, 0};
    sim_start(sim);
    sim_run_until(sim, W, PROM_STAGE_DELIVERED);
    while (sim_step(sim)) {
    }
    const struct actor *arbiter = &sim->actors[A];
    assert_true(sim_has_stored(arbiter, sim->actors[W].channel->delivery));
    assert_int_equal(arbiter->channel->stage, PROM_STAGE_LOCKED);
    assert_int_equal(arbiter->sent[PROM_MESSAGE_RECEIPT], 0);
    assert_int_equal(sim->actors[V].channel->evidence.count, 2); /* the others' */

    const prom_span payload = sim->actors[W].channel->payload;
    uint8_t *bad = exact_copy(payload.data, payload.length);
    bad[payload.length - 1] ^= 1;
    refuses(sim, V, PROM_MESSAGE_PAYLOAD, prom_span_of(bad, payload.length), "are not the ones that the job names");
    refuses(sim, W, PROM_MESSAGE_PAYLOAD, prom_span_of(bad, payload.length - 1), "of the sizes that the terms name");
    refuses(sim, W, PROM_MESSAGE_PAYLOAD, prom_span_of(bad, 7), "of the sizes that the terms name");
    refuses(sim, C, PROM_MESSAGE_PAYLOAD, payload, "the client may not send a payload");
    free(bad);
    assert_int_equal(arbiter->sent[PROM_MESSAGE_RECEIPT], 0);
    assert_true(prom_is_ok(sim_tell_as(sim, V, A, PROM_MESSAGE_PAYLOAD, payload)));
    assert_int_equal(arbiter->sent[PROM_MESSAGE_RECEIPT], RECEIPT_COPIES);
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

/* A receipt that would be dated too late is not given: its date is what it is for. */
static void no_receipt_after_t1(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_PACKAGE, W, ANYBODY, 0};
    sim_start(sim);
    sim_run_until(sim, W, PROM_STAGE_DELIVERED);
    sim_run_until(sim, A, PROM_STAGE_LOCKED);
    const prom_channel *arbiter = sim->actors[A].channel;
    const uint32_t last = arbiter->tx0_height + arbiter->terms.P.t1;
    prom_event block = {.kind = PROM_EVENT_BLOCK, .height = last + 1, .in_step = true};
    assert_true(prom_is_ok(sim_take(sim, A, &block, NULL)));
    assert_true(prom_is_ok(sim_tell_as(sim, W, A, PROM_MESSAGE_PACKAGE, sim->actors[W].channel->delivery)));
    assert_int_equal(sim->actors[A].sent[PROM_MESSAGE_RECEIPT], 0);
    block.height = last; /* a reorganisation: the own tip is the greatest ever seen */
    assert_true(prom_is_ok(sim_take(sim, A, &block, NULL)));
    assert_int_equal(arbiter->tip, last + 1);
    assert_int_equal(sim->actors[A].sent[PROM_MESSAGE_RECEIPT], 0);
    assert_true(prom_is_ok(sim_take(sim, A + 1, &block, NULL)));
    assert_true(prom_is_ok(sim_tell_as(sim, W, A + 1, PROM_MESSAGE_PACKAGE, sim->actors[W].channel->delivery)));
    assert_int_equal(sim->actors[A + 1].sent[PROM_MESSAGE_RECEIPT], RECEIPT_COPIES);
    sim_free(sim);
}

/* Two packages signed by W, before the job is here: kept, both, and none is receipted. */
static void two_packages_get_no_receipt(void **state)
{
    fixture *test = *state;
    struct simulation *sim = sim_new(test, 3, 0);
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_PAYLOAD, ANYBODY, A, 0};
    sim_start(sim);
    sim_run_until(sim, W, PROM_STAGE_DELIVERED);
    while (sim_step(sim)) {
    }
    const prom_channel *worker = sim->actors[W].channel;
    const prom_span other = sim_other_package(sim);
    assert_true(prom_is_ok(sim_tell_as(sim, W, A, PROM_MESSAGE_PACKAGE, other)));
    assert_true(sim_has_stored(&sim->actors[A], other));
    const size_t stored = sim->actors[A].stored_count;
    assert_true(prom_is_ok(sim_tell_as(sim, W, A, PROM_MESSAGE_PACKAGE, other)));
    assert_true(prom_is_ok(sim_tell_as(sim, W, A, PROM_MESSAGE_PACKAGE, worker->delivery)));
    assert_int_equal(sim->actors[A].stored_count, stored); /* each is kept once */
    assert_true(prom_is_ok(sim_tell_as(sim, W, A, PROM_MESSAGE_PAYLOAD, worker->payload)));
    assert_int_equal(sim->actors[A].sent[PROM_MESSAGE_RECEIPT], 0);
    sim_free(sim);
}

/* A client that collects signatures and never publishes: nothing is locked, and the arbiter has signed once. */
static void withheld_tx0_locks_nothing(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_TX0_SIGNATURES, V, C, 0};
    sim_start(sim);
    sim_run(sim);
    assert_int_equal(sim->tx_count, 0);
    assert_int_equal(sim->actors[A].channel->stage, PROM_STAGE_SIGNED);
    assert_int_equal(sim->actors[A].sent[PROM_MESSAGE_TX0_SIGNATURES], 1);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(one_receipt_is_given),        FIXTURE_TEST(receipt_names_the_tip),
        FIXTURE_TEST(no_receipt_without_the_job),  FIXTURE_TEST(no_receipt_after_t1),
        FIXTURE_TEST(two_packages_get_no_receipt), FIXTURE_TEST(withheld_tx0_locks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
