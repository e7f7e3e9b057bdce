#include "channel/simulation.h"

enum { W = PROM_PARTY_W, V = PROM_PARTY_V, C = PROM_PARTY_C, A = FIRST_ARBITER };

static void refuses(struct simulation *sim, size_t from, prom_message_kind kind, prom_span body, const char *sentence)
{
    assert_int_equal(sim_tell_as(sim, from, W, kind, body).category, PROM_CATEGORY_PEER);
    if (strstr(sim->actors[W].last_fault.sentence, sentence) == NULL) {
        fail_msg("wanted '...%s...'; got '%s'", sentence, sim->actors[W].last_fault.sentence);
    }
}

/* A bad partial signature of C, or none: W never signs Tx0. */
static void tx0_is_not_signed_before_the_tree(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_PARTIALS, C, W, 0};
    sim_start(sim);
    sim_run(sim);
    assert_int_equal(sim->actors[W].channel->stage, PROM_STAGE_FAILED); /* at the deadline */
    assert_int_equal(sim->actors[W].sent[PROM_MESSAGE_TX0_SIGNATURES], 0);
    assert_int_equal(sim->tx_count, 0);
    sim_free(sim);
}

/* It waits for s confirmations of Tx0, and closes s confirmations after the end. */
static void it_waits_for_burial(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim_start(sim);
    sim_run_until(sim, W, PROM_STAGE_LOCKED);
    const prom_channel *worker = sim->actors[W].channel;
    assert_int_equal(worker->tip, worker->tx0_height);
    assert_false(worker->working);
    assert_int_equal(sim->actors[W].sent[PROM_MESSAGE_PAYLOAD], 0);
    sim_run_until(sim, W, PROM_STAGE_DELIVERED);
    assert_int_equal(worker->tip, worker->tx0_height + 1);
    assert_int_equal(sim->actors[W].sent[PROM_MESSAGE_PAYLOAD], 3);
    sim_run_until(sim, W, PROM_STAGE_SETTLED);
    sim_run_until(sim, W, PROM_STAGE_CLOSED);
    assert_int_equal(worker->tip, worker->settled_height + 1);
    sim_free(sim);
}

static void results_that_were_not_asked_for_are_misuse(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    const prom_event computed = {.kind = PROM_EVENT_COMPUTED};
    prom_actions actions;
    sim_start(sim);
    assert_fails(prom_channel_step(sim->actors[W].channel, &computed, &actions, &sim->test->error),
                 PROM_CATEGORY_MISUSE, &sim->test->error, "nothing was to be computed");
    sim_free(sim);
}

/* k = 2 of 3: V and C get the package once two arbiters have given their receipts, and no sooner. */
static void package_waits_for_k_receipts(void **state)
{
    for (size_t k = 2; k <= 3; k++) {
        struct simulation *sim = sim_new(*state, 3, 0);
        prom_parameters P = sim->actors[C].config.proposal.P;
        P.mu = k == 2 ? 6000 : 10000;
        sim_set_parameters(sim, &P);
        sim_start(sim);
        sim_run_until(sim, W, PROM_STAGE_DELIVERED);
        const struct actor *worker = &sim->actors[W];
        size_t receipts = 0;
        assert_int_equal(worker->sent[PROM_MESSAGE_PACKAGE], 3); /* to the arbiters */
        while (worker->sent[PROM_MESSAGE_PACKAGE] == 3) {
            receipts = sim_receipts(worker->channel);
            assert_true(receipts < k);
            assert_true(sim_step(sim));
        }
        assert_int_equal(receipts, k - 1);
        assert_int_equal(sim_receipts(worker->channel), k);
        assert_int_equal(worker->sent[PROM_MESSAGE_PACKAGE], 5); /* and to V and C */
        sim_run(sim);
        assert_settled(sim);
        sim_free(sim);
        assert_int_equal(fixture_free(state), 0);
        assert_int_equal(fixture_make(state), 0);
    }
}

/* Arbiters that give no receipts: W delivers when there is no more time to wait for them, at tip H0 + t1 - s. */
static void package_waits_until_its_deadline(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_RECEIPT, A + 1, W, 0};
    sim_start(sim);
    const struct actor *worker = &sim->actors[W];
    sim_run_until(sim, V, PROM_STAGE_DELIVERED);
    const prom_channel *channel = worker->channel;
    assert_int_equal(channel->tip, channel->tx0_height + channel->terms.P.t1 - 2); /* s = 2 */
    assert_int_equal(sim_receipts(channel), 2);
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

/* Harmed receipts count for nothing: V gets the package at the deadline. */
static void bad_receipts_are_dropped(void **state)
{
    static const size_t places[] = {0, 100, 300, 480, 600, 999, 1000};
    for (enum harm harm = HARM_FLIP; harm <= HARM_DROP; harm++) {
        for (size_t i = 0; i < COUNT_OF(places); i++) {
            if (harm == HARM_CUT && places[i] == 1000) {
                continue;
            }
            struct simulation *sim = sim_new(*state, 3, 0);
            sim->tampering = (struct tampering){harm, PROM_MESSAGE_RECEIPT, A, W, places[i]};
            sim_start(sim);
            sim_run(sim);
            assert_int_equal(sim->tampered, 1);
            assert_settled(sim);
            assert_int_equal(sim_receipts(sim->actors[W].channel), 2);
            assert_int_equal(sim->actors[W].faults, harm == HARM_DROP ? 0 : 1);
            sim_free(sim);
            assert_int_equal(fixture_free(state), 0);
            assert_int_equal(fixture_make(state), 0);
        }
    }
}

/* A receipt of this arbiter for that package, dated at that height. */
static prom_span receipt_of(struct simulation *sim, size_t arbiter, const prom_bytes32 *hash, uint32_t height)
{
    fixture *test = sim->test;
    const prom_channel *worker = sim->actors[W].channel;
    const prom_bytes32 auxiliary = {{0}};
    prom_attestation receipt = {.kind = PROM_ATTESTATION_RECEIPT, .contract_id = worker->tree->contract_id};
    prom_span body;
    while (!prom_bytes32_equal(prom_place_key(&worker->terms, receipt.place), &sim->actors[arbiter].key->public_key)) {
        receipt.place++;
    }
    receipt.as.receipt = (prom_receipt){.round = PROM_ROUND_A, .hash = *hash, .height = height};
    assert_ok(prom_attestation_sign(test->curve, &receipt, sim->actors[arbiter].key, &auxiliary, &test->error),
              &test->error);
    assert_ok(prom_attestation_write(&test->arena, &body, &receipt, &test->error), &test->error);
    return body;
}

/* W counts no receipt for another package, none that came twice with another date, and none of somebody else's. */
static void receipts_that_do_not_count(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    prom_bytes32 hash;
    const prom_bytes32 other = named("another package", 0);
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_RECEIPT, ACTORS_MAX, W, 0};
    sim_start(sim);
    sim_run_until(sim, W, PROM_STAGE_DELIVERED);
    const prom_channel *worker = sim->actors[W].channel;
    prom_package_hash(&hash, &worker->tree->contract_id, PROM_ROUND_A, worker->packages[W]);
    const uint32_t tip = worker->tip;
    assert_true(prom_is_ok(sim_tell_as(sim, A, W, PROM_MESSAGE_RECEIPT, receipt_of(sim, A, &other, tip))));
    assert_int_equal(sim_receipts(worker), 0);
    const uint32_t late = worker->tx0_height + worker->terms.P.t1 + 1;
    assert_true(prom_is_ok(sim_tell_as(sim, A + 1, W, PROM_MESSAGE_RECEIPT, receipt_of(sim, A + 1, &hash, late))));
    assert_int_equal(sim_receipts(worker), 0);
    const prom_span receipt = receipt_of(sim, A + 2, &hash, tip);
    refuses(sim, V, PROM_MESSAGE_RECEIPT, receipt, "the verifier may not send a receipt");
    refuses(sim, A, PROM_MESSAGE_RECEIPT, receipt, "not by whom");
    assert_true(prom_is_ok(sim_tell_as(sim, A + 2, W, PROM_MESSAGE_RECEIPT, receipt)));
    assert_true(prom_is_ok(sim_tell_as(sim, A + 2, W, PROM_MESSAGE_RECEIPT, receipt)));
    assert_int_equal(sim_receipts(worker), 1);
    const size_t stored = sim->actors[W].stored_count;
    assert_true(prom_is_ok(sim_tell_as(sim, A + 2, W, PROM_MESSAGE_RECEIPT, receipt_of(sim, A + 2, &hash, tip + 1))));
    assert_int_equal(sim_receipts(worker), 0); /* they void each other */
    for (uint32_t i = 2; i < 10; i++) {        /* and of one arbiter no more than two are kept */
        assert_true(
            prom_is_ok(sim_tell_as(sim, A + 2, W, PROM_MESSAGE_RECEIPT, receipt_of(sim, A + 2, &hash, tip + i))));
    }
    assert_int_equal(sim->actors[W].stored_count, stored + 1);
    sim_free(sim);
}

/* A verdict that is no signature is dropped, and W still takes the right one. */
static void bad_verdicts_are_dropped(void **state)
{
    const uint8_t rubbish[65] = {1};
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_VERDICT, V, W, 0};
    sim_start(sim);
    sim_run_until(sim, V, PROM_STAGE_JUDGED);
    prom_signature verdict;
    memcpy(verdict.bytes, sim_stored(&sim->actors[V], "verdict").data, sizeof verdict.bytes);
    refuses(sim, V, PROM_MESSAGE_VERDICT, prom_span_of(rubbish, 64),
            "the verdict is not the verifier's signature of Tx4");
    refuses(sim, V, PROM_MESSAGE_VERDICT, prom_span_of(rubbish, 65), "a signature has 65 bytes instead of 64");
    refuses(sim, V, PROM_MESSAGE_VERDICT, prom_span_of(rubbish, 0), "a signature has 0 bytes instead of 64");
    refuses(sim, C, PROM_MESSAGE_VERDICT, prom_span_of(verdict.bytes, 64), "the client may not send a verdict");
    assert_int_equal(sim->actors[W].broadcasts, 0);
    assert_int_equal(sim->actors[W].channel->stage, PROM_STAGE_DELIVERED);
    assert_true(prom_is_ok(sim_tell_as(sim, V, W, PROM_MESSAGE_VERDICT, prom_span_of(verdict.bytes, 64))));
    assert_int_equal(sim->actors[W].broadcasts, 1);
    assert_true(prom_is_ok(sim_tell_as(sim, V, W, PROM_MESSAGE_VERDICT, prom_span_of(verdict.bytes, 64))));
    refuses(sim, V, PROM_MESSAGE_VERDICT, prom_span_of(rubbish, 64), "does not take a verdict");
    assert_int_equal(sim->actors[W].broadcasts, 1);
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

/* A verdict r = 0 on the chain settles nothing; and a V that gives both does not get h_p for the other one. */
static void accusation_settles_nothing(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    prom_actions actions;
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_VERDICT, V, W, 0};
    sim_start(sim);
    sim_run_until(sim, V, PROM_STAGE_JUDGED);
    prom_channel *worker = sim->actors[W].channel;
    prom_event event = {.kind = PROM_EVENT_CONFIRMED, .height = worker->tip + 1};
    event.tx = worker->tree->tx[PROM_TXV0].tx;
    assert_fails(prom_channel_step(worker, &event, &actions, &sim->test->error), PROM_CATEGORY_PEER, &sim->test->error,
                 "has left the normal path");
    assert_int_equal(worker->settled_height, 0);
    assert_int_equal(worker->stage, PROM_STAGE_DELIVERED);
    refuses(sim, V, PROM_MESSAGE_VERDICT, sim_stored(&sim->actors[V], "verdict"), "after the other one was in a block");
    assert_int_equal(sim->actors[W].broadcasts, 0);
    sim_free(sim);
}

/* h_p is not shown where Tx1 could come first. */
static void late_verdict_is_not_paid(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    prom_actions actions;
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_VERDICT, V, W, 0};
    sim_start(sim);
    sim_run_until(sim, V, PROM_STAGE_JUDGED);
    prom_channel *worker = sim->actors[W].channel;
    const prom_span verdict = sim_stored(&sim->actors[V], "verdict");
    const prom_event late = {.kind = PROM_EVENT_BLOCK, .height = worker->tx0_height + worker->terms.P.t3 - 1};
    assert_ok(prom_channel_step(worker, &late, &actions, &sim->test->error), &sim->test->error);
    refuses(sim, V, PROM_MESSAGE_VERDICT, verdict, "the verdict came too late to be paid safely");
    assert_int_equal(sim->actors[W].broadcasts, 0);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(tx0_is_not_signed_before_the_tree),
        FIXTURE_TEST(it_waits_for_burial),
        FIXTURE_TEST(results_that_were_not_asked_for_are_misuse),
        FIXTURE_TEST(package_waits_for_k_receipts),
        FIXTURE_TEST(package_waits_until_its_deadline),
        FIXTURE_TEST(bad_receipts_are_dropped),
        FIXTURE_TEST(receipts_that_do_not_count),
        FIXTURE_TEST(bad_verdicts_are_dropped),
        FIXTURE_TEST(accusation_settles_nothing),
        FIXTURE_TEST(late_verdict_is_not_paid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
