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

static void bad_packages_get_no_verdict(void **state)
{
    static const size_t places[] = {0, 20, 300, 700, 1000};
    for (enum harm harm = HARM_FLIP; harm <= HARM_GROW; harm++) {
        for (size_t i = 0; i < COUNT_OF(places); i++) {
            if (harm == HARM_CUT && places[i] == 1000) {
                continue;
            }
            struct simulation *sim = sim_new(*state, 3, 0);
            sim->tampering = (struct tampering){harm, PROM_MESSAGE_PACKAGE, W, V, places[i]};
            sim_start(sim);
            sim_run(sim);
            assert_no_verdict(sim, "");
            assert_string_not_equal(sim->actors[V].reason, "");
            sim_free(sim);
        }
    }
}

static void package_above_the_limit_is_dropped(void **state)
{
    fixture *test = *state;
    struct simulation *sim = sim_new(test, 3, 0);
    enum { MAX = 65536 };
    sim->actors[C].config.proposal.most_package = MAX;
    sim_start(sim);
    sim_run_until(sim, V, PROM_STAGE_LOCKED);
    uint8_t *large = calloc(1, MAX + 1);
    assert_non_null(large);
    assert_int_equal(sim_tell_as(sim, W, V, PROM_MESSAGE_PACKAGE, prom_span_of(large, MAX + 1)).category,
                     PROM_CATEGORY_PEER);
    assert_string_equal(sim->actors[V].last_fault.sentence, "the package is larger than the terms allow");
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
    const prom_span package = sim->actors[W].channel->packages[W];
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
    const prom_event verified = {.kind = PROM_EVENT_VERIFIED, .valid = true, .reason = ""};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(wrong_output_gets_no_verdict),
        FIXTURE_TEST(bad_packages_get_no_verdict),
        FIXTURE_TEST(package_above_the_limit_is_dropped),
        FIXTURE_TEST(second_package_is_refused),
        FIXTURE_TEST(only_the_worker_delivers),
        FIXTURE_TEST(verdicts_that_were_not_asked_for_are_misuse),
        FIXTURE_TEST(client_has_the_package_before_the_verdict_is_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
