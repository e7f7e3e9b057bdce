#include "channel/simulation.h"

enum { W = PROM_PARTY_W, V = PROM_PARTY_V, C = PROM_PARTY_C, A = FIRST_ARBITER };

/* V has closed with this reason, and W has no verdict. */
static void assert_no_verdict(const struct simulation *sim, const char *reason)
{
    const struct actor *verifier = &sim->actors[V];
    if (verifier->channel->stage != PROM_STAGE_FAILED || strstr(verifier->reason, reason) == NULL) {
        fail_msg("wanted '...%s...'; got '%s' in the stage '%s'", reason, verifier->reason,
                 prom_stage_name(verifier->channel->stage));
    }
    assert_string_equal(verifier->channel->verdict_reason, verifier->reason);
    assert_int_equal(verifier->sent[PROM_MESSAGE_VERDICT], 0);
    assert_int_equal(verifier->sent[PROM_MESSAGE_PACKAGE], 0);
    assert_true(sim_has_stored(verifier, prom_span_of((const uint8_t *)verifier->reason, strlen(verifier->reason))));
    assert_int_equal(sim->actors[W].broadcasts, 0);
    assert_int_equal(sim->tx_count, 1); /* Tx0 */
    assert_null(sim->actors[C].delivered.data);
}

/* A worker that lies about one value of the output. */
static void wrong_output_gets_no_verdict(void **state)
{
    static const char *const sentences[] = {[PROM_SCHEME_REPLAY] =
                                                "the output of item 4 is not what the program computes",
                                            [PROM_SCHEME_SUMCHECK] = "the output is not proven"};
    for (uint16_t scheme = PROM_SCHEME_REPLAY; scheme <= PROM_SCHEME_SUMCHECK; scheme++) {
        struct simulation *sim = sim_new_by(*state, 3, 0, scheme);
        sim->false_delivery = true;
        sim_start(sim);
        sim_run(sim);
        assert_no_verdict(sim, sentences[scheme]);
        sim_free(sim);
    }
}

/* The worker signs a package of these bytes, and V gets it instead of the right one. */
static void deliver_signed(struct simulation *sim, prom_span package)
{
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_PACKAGE, W, V, 0};
    sim_start(sim);
    sim_run_until(sim, W, PROM_STAGE_DELIVERED);
    sim_run_until(sim, V, PROM_STAGE_LOCKED);
    const prom_span message = sim_package_message(sim, package, sim->actors[W].key);
    assert_true(prom_is_ok(sim_tell_as(sim, W, V, PROM_MESSAGE_PACKAGE, message)));
    sim_run(sim);
}

/* Packages that W has signed, and that are not good: each bit counts, in head, E_V and ciphertext. */
static void bad_packages_get_no_verdict(void **state)
{
    static const size_t places[] = {0, 20, 60, 90, 104, 300, 700, 1000};
    for (enum harm harm = HARM_FLIP; harm <= HARM_GROW; harm++) {
        for (size_t i = 0; i < COUNT_OF(places); i++) {
            if (harm == HARM_CUT && places[i] == 1000) {
                continue;
            }
            struct simulation *sim = sim_new(*state, 3, 0);
            struct simulation *honest = sim_new(*state, 3, 0);
            sim_start(honest);
            sim_run_until(honest, W, PROM_STAGE_DELIVERED);
            const prom_span package = honest->actors[W].channel->packages[W];
            const size_t at = places[i] < 105 ? places[i] : (package.length - 1) * places[i] / 1000;
            uint8_t *bytes = new_bytes(&sim->test->arena, package.length + 1, 1);
            memcpy(bytes, package.data, package.length);
            bytes[at] ^= harm == HARM_FLIP;
            deliver_signed(sim, prom_span_of(bytes, harm == HARM_CUT ? at : package.length + (harm == HARM_GROW)));
            assert_no_verdict(sim, "");
            assert_string_not_equal(sim->actors[V].reason, "");
            sim_free(honest);
            sim_free(sim);
            assert_int_equal(fixture_free(state), 0);
            assert_int_equal(fixture_make(state), 0);
        }
    }
}

/* What W has not signed is not even looked at: neither bare bytes, nor a package under another signature, nor one
 * harmed on its way. It binds nobody, and the right one is still taken. */
static void unsigned_packages_are_refused(void **state)
{
    static const size_t places[] = {0, 10, 100, 300, 1000};
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_PACKAGE, W, V, 0};
    sim_start(sim);
    sim_run_until(sim, W, PROM_STAGE_DELIVERED);
    sim_run_until(sim, V, PROM_STAGE_LOCKED);
    const struct actor *verifier = &sim->actors[V];
    const prom_channel *worker = sim->actors[W].channel;
    const prom_span right = worker->delivery;
    const prom_span wrong[] = {worker->packages[W], sim_package_message(sim, worker->packages[W], sim->actors[C].key),
                               prom_span_of(right.data, right.length - 1), prom_span_of(right.data, 0)};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(sim_tell_as(sim, W, V, PROM_MESSAGE_PACKAGE, wrong[i]).category, PROM_CATEGORY_PEER);
    }
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        uint8_t *harmed = exact_copy(right.data, right.length);
        harmed[(right.length - 1) * places[i] / 1000] ^= 1;
        assert_int_equal(sim_tell_as(sim, W, V, PROM_MESSAGE_PACKAGE, prom_span_of(harmed, right.length)).category,
                         PROM_CATEGORY_PEER);
        free(harmed);
    }
    assert_int_equal(verifier->channel->stage, PROM_STAGE_LOCKED);
    assert_null(prom_case_package(
        &(prom_case){&verifier->channel->terms, verifier->channel->tx0_height, &verifier->channel->evidence},
        PROM_ROUND_A));
    assert_true(prom_is_ok(sim_tell_as(sim, W, V, PROM_MESSAGE_PACKAGE, right)));
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

static void package_above_the_limit_is_dropped(void **state)
{
    fixture *test = *state;
    struct simulation *sim = sim_new(test, 3, 0);
    enum { MAX = 65536 };
    sim->actors[C].config.proposal.package_max = MAX;
    sim_start(sim);
    sim_run_until(sim, V, PROM_STAGE_LOCKED);
    const size_t length = MAX + 2 + PROM_ATTESTATION_MAX;
    uint8_t *large = calloc(1, length);
    assert_non_null(large);
    assert_int_equal(sim_tell_as(sim, W, V, PROM_MESSAGE_PACKAGE, prom_span_of(large, length)).category,
                     PROM_CATEGORY_PEER);
    assert_string_equal(sim->actors[V].last_fault.sentence, "these bytes are not a package that the terms allow");
    free(large);
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

/* The first package is the one that is judged. */
static void second_package_is_refused(void **state)
{
    const uint8_t rubbish[] = {1};
    struct simulation *sim = sim_new(*state, 3, 0);
    sim_start(sim);
    sim_run_until(sim, V, PROM_STAGE_DELIVERED);
    assert_int_equal(sim_tell_as(sim, W, V, PROM_MESSAGE_PACKAGE, prom_span_of(rubbish, 1)).category,
                     PROM_CATEGORY_PEER);
    assert_non_null(strstr(sim->actors[V].last_fault.sentence,
                           "the verifier does not take a package from the worker in the stage 'delivered'"));
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

static void only_the_worker_delivers(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_PACKAGE, W, V, 0};
    sim_start(sim);
    sim_run_until(sim, W, PROM_STAGE_DELIVERED);
    sim_run_until(sim, V, PROM_STAGE_LOCKED);
    const prom_span package = sim->actors[W].channel->delivery;
    assert_int_equal(sim_tell_as(sim, A, V, PROM_MESSAGE_PACKAGE, package).category, PROM_CATEGORY_PEER);
    assert_int_equal(sim->actors[V].channel->stage, PROM_STAGE_LOCKED);
    assert_true(prom_is_ok(sim_tell_as(sim, W, V, PROM_MESSAGE_PACKAGE, package)));
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

static void verdicts_that_were_not_asked_for_are_misuse(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    const prom_event verified = {.kind = PROM_EVENT_VERIFIED, .valid = true, .reason = ""};
    prom_actions actions;
    sim_start(sim);
    sim_run_until(sim, V, PROM_STAGE_LOCKED);
    assert_fails(prom_channel_step(sim->actors[V].channel, &verified, &actions, &sim->test->error),
                 PROM_CATEGORY_MISUSE, &sim->test->error, "nothing was to be verified");
    assert_int_equal(actions.count, 0);
    sim_free(sim);
}

/* The client gets the package before the worker can be paid for it. */
static void client_has_the_package_before_the_verdict_is_out(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim_start(sim);
    sim_run_until(sim, V, PROM_STAGE_DELIVERED);
    const prom_event verified = {.kind = PROM_EVENT_VERIFIED, .valid = true, .h_p = sim->cast.h_p};
    prom_actions actions;
    size_t package = 0;
    size_t verdict = 0;
    assert_ok(prom_channel_step(sim->actors[V].channel, &verified, &actions, &sim->test->error), &sim->test->error);
    for (size_t i = 0; i < actions.count; i++) {
        package = actions.list[i].message.kind == PROM_MESSAGE_PACKAGE ? i : package;
        verdict = actions.list[i].message.kind == PROM_MESSAGE_VERDICT ? i : verdict;
    }
    assert_true(0 < package && package < verdict);
    sim_free(sim);
}

/* Tx3 as W and C, or anybody who has seen h_p, would publish it; whether the chain takes it. */
static bool offer_tx3(struct simulation *sim)
{
    fixture *test = sim->test;
    const prom_channel *worker = sim->actors[W].channel;
    const prom_publication with = {.h_p = &sim->cast.h_p};
    prom_tx *tx3 = NULL;
    assert_ok(
        prom_signing_finish(&test->arena, &tx3, worker->signing, &worker->tree->tx[PROM_TX3], &with, &test->error),
        &test->error);
    return sim_offer_tx(sim, tx3);
}

/* A W that has the verdict, works with C, and lets it lie until Tx3 would cost V [beta v]: V publishes Tx4 itself, s
 * blocks after its verdict. Without that rule, here taken out of V's hands, Tx3 takes half of its stake. */
static void sleeping_worker_robs_nobody(void **state)
{
    for (int rule = 0; rule < 2; rule++) {
        struct simulation *sim = sim_new(*state, 3, 0);
        sim->sleeping_worker = true;
        sim_start(sim);
        sim_run_until(sim, V, PROM_STAGE_JUDGED);
        prom_channel *verifier = sim->actors[V].channel;
        const uint32_t H0 = verifier->tx0_height;
        verifier->published = rule == 0;
        while (sim->height < H0 + verifier->terms.P.t2 - 1) {
            while (sim_step(sim)) {
            }
            assert_false(offer_tx3(sim));
            sim_mine(sim);
        }
        while (sim_step(sim)) {
        }
        if (rule == 0) {
            assert_int_equal(sim->actors[V].broadcasts, 0);
            assert_true(offer_tx3(sim));
            sim_mine(sim);
            const prom_amount left = sim->txs[1]->outputs[V].value;
            assert_true(prom_amount_equal(left, prom_amount_of(1250000))); /* of 2,500,000 */
        } else {
            assert_int_equal(sim->actors[V].broadcasts, 1);
            assert_false(offer_tx3(sim));
            assert_int_equal(sim->tx_height[1], verifier->verdict_tip + 2 + 1); /* s = 2 */
            sim_run(sim);
            assert_settled(sim);
        }
        sim_free(sim);
        assert_int_equal(fixture_free(state), 0);
        assert_int_equal(fixture_make(state), 0);
    }
}

/* A verdict at the last tip before Tx3 could follow is published at once. */
static void late_verdict_is_published_at_once(void **state)
{
    for (uint32_t early = 0; early < 2; early++) {
        struct simulation *sim = sim_new(*state, 3, 0);
        prom_actions actions;
        sim_start(sim);
        sim_run_until(sim, V, PROM_STAGE_DELIVERED);
        prom_channel *verifier = sim->actors[V].channel;
        const uint32_t last = verifier->tx0_height + verifier->terms.P.t2 - 2 - 1; /* s = 2 */
        const prom_event block = {.kind = PROM_EVENT_BLOCK, .height = last - early};
        const prom_event verified = {.kind = PROM_EVENT_VERIFIED, .valid = true, .h_p = sim->cast.h_p};
        bool published = false;
        assert_true(prom_is_ok(sim_take(sim, V, &block, NULL)));
        assert_ok(prom_channel_step(verifier, &verified, &actions, &sim->test->error), &sim->test->error);
        for (size_t i = 0; i < actions.count; i++) {
            published = published || actions.list[i].kind == PROM_ACTION_BROADCAST;
        }
        assert_int_equal(published, early == 0);
        assert_int_equal(verifier->stage, PROM_STAGE_JUDGED);
        sim_free(sim);
    }
}

/* V's verdict alone pays nobody: Tx4 waits for h_p, and another preimage does not do. */
static void verdict_without_h_p_pays_nobody(void **state)
{
    fixture *test = *state;
    struct simulation *sim = sim_new(test, 3, 0);
    sim_start(sim);
    sim_run_until(sim, V, PROM_STAGE_JUDGED);
    const prom_channel *client = sim->actors[C].channel;
    const prom_tree_tx *tx4 = &client->tree->tx[PROM_TX4];
    const prom_signature verdict = sim->actors[V].channel->verdict;
    const prom_publication without = {.V = &verdict};
    const prom_publication wrong = {.V = &verdict, .h_p = &sim->cast.k_p};
    const prom_publication with = {.V = &verdict, .h_p = &sim->cast.h_p};
    const prom_publication unjudged = {.h_p = &sim->cast.h_p};
    prom_tx *tx = NULL;
    assert_int_equal(prom_signing_finish(&test->arena, &tx, client->signing, tx4, &without, &test->error).category,
                     PROM_CATEGORY_BAD_INPUT);
    assert_int_equal(prom_signing_finish(&test->arena, &tx, client->signing, tx4, &wrong, &test->error).category,
                     PROM_CATEGORY_BAD_INPUT);
    assert_int_equal(prom_signing_finish(&test->arena, &tx, client->signing, tx4, &unjudged, &test->error).category,
                     PROM_CATEGORY_BAD_INPUT);
    assert_ok(prom_signing_finish(&test->arena, &tx, client->signing, tx4, &with, &test->error), &test->error);
    sim_free(sim);
}

/* A verifier that could not find out gives no reason; that must not bring it down. */
static void verdict_needs_no_reason(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    const prom_event verified = {.kind = PROM_EVENT_VERIFIED};
    sim_start(sim);
    sim_run_until(sim, V, PROM_STAGE_DELIVERED);
    assert_true(prom_is_ok(sim_take(sim, V, &verified, NULL)));
    assert_no_verdict(sim, "no reason is known");
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(wrong_output_gets_no_verdict),
        FIXTURE_TEST(bad_packages_get_no_verdict),
        FIXTURE_TEST(unsigned_packages_are_refused),
        FIXTURE_TEST(package_above_the_limit_is_dropped),
        FIXTURE_TEST(second_package_is_refused),
        FIXTURE_TEST(only_the_worker_delivers),
        FIXTURE_TEST(verdicts_that_were_not_asked_for_are_misuse),
        FIXTURE_TEST(client_has_the_package_before_the_verdict_is_out),
        FIXTURE_TEST(sleeping_worker_robs_nobody),
        FIXTURE_TEST(late_verdict_is_published_at_once),
        FIXTURE_TEST(verdict_without_h_p_pays_nobody),
        FIXTURE_TEST(verdict_needs_no_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
