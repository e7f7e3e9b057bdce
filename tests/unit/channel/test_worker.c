#include "channel/simulation.h"

enum { W = PROM_PARTY_W, V = PROM_PARTY_V, C = PROM_PARTY_C, A = FIRST_ARBITER };

static void refuses(struct simulation *sim, size_t from, prom_message_kind kind, prom_span body, const char *sentence)
{
    assert_int_equal(sim_tell_as(sim, from, W, kind, body).category, PROM_CATEGORY_PEER);
    if (strstr(sim->actors[W].last_fault.sentence, sentence) == NULL) {
        fail_msg("wanted '...%s...'; got '%s'", sentence, sim->actors[W].last_fault.sentence);
    }
}

/* A wrong signature by C, or none: W never signs Tx0. */
static void tx0_is_not_signed_without_all_good_signatures(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->tampering = (struct tampering){HARM_FLIP, PROM_MESSAGE_SIGNATURES, C, W, 500};
    sim_start(sim);
    sim_run(sim);
    assert_setup_ended(sim);
    assert_int_equal(sim->actors[W].sent[PROM_MESSAGE_TX0_WITNESSES], 0);
    assert_string_equal(sim->actors[W].reason, "the signature of TxA by the client is not valid");
    sim_free(sim);

    sim = sim_new(*state, 3, 0);
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_SIGNATURES, C, W, 0};
    sim_start(sim);
    sim_run(sim);
    assert_int_equal(sim->actors[W].channel->stage, PROM_STAGE_COMPARED);
    assert_int_equal(sim->actors[W].sent[PROM_MESSAGE_TX0_WITNESSES], 0);
    sim_free(sim);
}

/* It waits for s confirmations of Tx0, and releases the stakes s confirmations after the end. */
static void it_waits_for_burial(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim_start(sim);
    sim_run_until(sim, W, PROM_STAGE_LOCKED);
    const prom_channel *worker = sim->actors[W].channel;
    assert_int_equal(worker->tip, worker->tx0_height);
    assert_false(worker->working);
    sim_run_until(sim, W, PROM_STAGE_DELIVERED);
    assert_int_equal(worker->tip, worker->tx0_height + 1);
    sim_run_until(sim, W, PROM_STAGE_SETTLED);
    assert_int_equal(sim->actors[W].sent[PROM_MESSAGE_RELEASE], 0);
    sim_run_until(sim, W, PROM_STAGE_CLOSED);
    assert_int_equal(worker->tip, worker->settled_height + 1);
    assert_int_equal(sim->actors[W].sent[PROM_MESSAGE_RELEASE], 3);
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
            assert_settled(sim); /* receipts are evidence; the normal path does not wait for them */
            const prom_channel *worker = sim->actors[W].channel;
            size_t receipts = 0;
            for (size_t j = 0; j < 3; j++) {
                receipts += worker->receipted[j];
            }
            assert_int_equal(receipts, 2);
            assert_int_equal(sim->actors[W].faults, harm == HARM_DROP ? 0 : 1);
            sim_free(sim);
            assert_int_equal(fixture_free(state), 0);
            assert_int_equal(fixture_make(state), 0);
        }
    }
}

/* A receipt, well signed, for another package than the one that W has sent. */
static void receipts_for_other_packages_are_dropped(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->tampering = (struct tampering){HARM_FLIP, PROM_MESSAGE_PACKAGE, W, A, 1000};
    sim_start(sim);
    sim_run(sim);
    assert_settled(sim);
    const prom_channel *worker = sim->actors[W].channel;
    assert_int_equal(worker->receipted[0] + worker->receipted[1] + worker->receipted[2], 2);
    assert_non_null(strstr(sim->actors[W].last_fault.sentence, "the receipt of arbiter"));
    sim_free(sim);
}

static prom_span receipt_of(struct simulation *sim, size_t arbiter, uint32_t height)
{
    fixture *test = sim->test;
    const prom_channel *worker = sim->actors[W].channel;
    prom_receipt receipt = {.contract_id = worker->tree->contract_id, .round = PROM_ROUND_A, .height = height};
    prom_writer writer = prom_writer_in(&test->arena);
    prom_bytes32 hash;
    prom_span body;
    prom_package_hash(&receipt.package_hash, &receipt.contract_id, PROM_ROUND_A, worker->packages[W]);
    assert_ok(prom_receipt_hash(&test->arena, &hash, &receipt, &test->error), &test->error);
    receipt.signature = sign_hash(test, sim->actors[arbiter].key, &hash);
    prom_write_u8(&writer, PROM_ROUND_A);
    prom_write_bytes32(&writer, &receipt.package_hash);
    prom_write_u32(&writer, height);
    prom_write_bytes32(&writer, &receipt.tip);
    prom_write_span(&writer, prom_span_of(receipt.signature.bytes, 64));
    assert_ok(prom_writer_finish(&writer, &body, &test->error), &test->error);
    return body;
}

/* An arbiter that signs a later height afterwards does not take its first word back. */
static void first_receipt_stands(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim_start(sim);
    sim_run_until(sim, W, PROM_STAGE_DELIVERED);
    const prom_channel *worker = sim->actors[W].channel;
    size_t seat = 0;
    while (!prom_bytes32_equal(&worker->terms.arbiters[seat].key, &sim->cast.arbiter[0].public_key)) {
        seat++;
    }
    assert_true(prom_is_ok(sim_tell_as(sim, A, W, PROM_MESSAGE_RECEIPT, receipt_of(sim, A, 115))));
    assert_true(prom_is_ok(sim_tell_as(sim, A, W, PROM_MESSAGE_RECEIPT, receipt_of(sim, A, 999))));
    assert_true(worker->receipted[seat]);
    assert_int_equal(worker->receipts[seat].height, 115);
    refuses(sim, V, PROM_MESSAGE_RECEIPT, receipt_of(sim, V, 115), "the verifier may not send a receipt");
    refuses(sim, A + 1, PROM_MESSAGE_RECEIPT, receipt_of(sim, A, 115), "is not valid");
    sim_run(sim);
    assert_settled(sim);
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
            "the signature of Tx4 by the verifier is not valid");
    refuses(sim, V, PROM_MESSAGE_VERDICT, prom_span_of(rubbish, 65), "a signature has 65 bytes instead of 64");
    refuses(sim, V, PROM_MESSAGE_VERDICT, prom_span_of(rubbish, 0), "a signature has 0 bytes instead of 64");
    refuses(sim, C, PROM_MESSAGE_VERDICT, prom_span_of(verdict.bytes, 64), "the client may not send a verdict");
    assert_int_equal(sim->actors[W].broadcasts, 0);
    assert_int_equal(sim->actors[W].channel->stage, PROM_STAGE_DELIVERED);
    assert_true(prom_is_ok(sim_tell_as(sim, V, W, PROM_MESSAGE_VERDICT, prom_span_of(verdict.bytes, 64))));
    assert_int_equal(sim->actors[W].broadcasts, 1);
    refuses(sim, V, PROM_MESSAGE_VERDICT, prom_span_of(verdict.bytes, 64), "does not take a verdict");
    assert_int_equal(sim->actors[W].broadcasts, 1);
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

/* A verdict on the chain settles nothing: the stakes must stay where an appeal can take them. */
static void verdict_on_chain_frees_no_stake(void **state)
{
    static const prom_tree_id verdicts[] = {PROM_TXV0, PROM_TXV1};
    for (size_t i = 0; i < COUNT_OF(verdicts); i++) {
        struct simulation *sim = sim_new(*state, 3, 0);
        prom_actions actions;
        sim_start(sim);
        sim_run_until(sim, W, PROM_STAGE_LOCKED);
        prom_channel *worker = sim->actors[W].channel;
        prom_event event = {.kind = PROM_EVENT_CONFIRMED, .height = worker->tip + 1};
        event.tx = worker->tree->tx[verdicts[i]].tx;
        assert_fails(prom_channel_step(worker, &event, &actions, &sim->test->error), PROM_CATEGORY_PEER,
                     &sim->test->error, "has left the normal path");
        for (uint32_t height = worker->tip + 1; height < FIRST_HEIGHT + 20; height++) {
            const prom_event block = {.kind = PROM_EVENT_BLOCK, .height = height};
            assert_ok(prom_channel_step(worker, &block, &actions, &sim->test->error), &sim->test->error);
            for (size_t j = 0; j < actions.count; j++) {
                assert_int_not_equal(actions.list[j].kind, PROM_ACTION_SEND);
            }
        }
        assert_int_equal(worker->stage, PROM_STAGE_LOCKED);
        sim_free(sim);
        assert_int_equal(fixture_free(state), 0);
        assert_int_equal(fixture_make(state), 0);
    }
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

/* Whoever is not in the contract changes nothing, in any stage. */
static void strangers_are_ignored(void **state)
{
    fixture *test = *state;
    const prom_key stranger = named_key(test, "stranger", 0);
    const uint8_t rubbish[64] = {1};
    static const prom_stage stages[] = {PROM_STAGE_NEW,    PROM_STAGE_PROPOSED, PROM_STAGE_ACCEPTED, PROM_STAGE_AGREED,
                                        PROM_STAGE_SIGNED, PROM_STAGE_LOCKED,   PROM_STAGE_DELIVERED};
    for (size_t i = 0; i < COUNT_OF(stages); i++) {
        struct simulation *sim = sim_new(test, 3, 0);
        sim_start(sim);
        sim_run_until(sim, W, stages[i]);
        for (unsigned kind = 0; kind <= PROM_MESSAGE_KINDS + 1; kind++) {
            for (size_t to = 0; to < sim->actor_count; to++) {
                const struct actor *actor = &sim->actors[to];
                const prom_stage before = actor->channel->stage;
                (void)sim_tell(sim, &stranger.public_key, to, (prom_message_kind)kind, prom_span_of(rubbish, 64));
                assert_int_equal(actor->channel->stage, before);
            }
        }
        sim_run(sim);
        assert_settled(sim);
        sim_free(sim);
        assert_int_equal(fixture_free(state), 0);
        assert_int_equal(fixture_make(state), 0);
        test = *state;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(tx0_is_not_signed_without_all_good_signatures),
        FIXTURE_TEST(it_waits_for_burial),
        FIXTURE_TEST(results_that_were_not_asked_for_are_misuse),
        FIXTURE_TEST(bad_receipts_are_dropped),
        FIXTURE_TEST(receipts_for_other_packages_are_dropped),
        FIXTURE_TEST(first_receipt_stands),
        FIXTURE_TEST(bad_verdicts_are_dropped),
        FIXTURE_TEST(verdict_on_chain_frees_no_stake),
        FIXTURE_TEST(late_verdict_is_not_paid),
        FIXTURE_TEST(strangers_are_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
