#include "trade/buying.h"

static prom_result sketch(struct buying *buying, prom_sketch *made, const prom_job_request *request)
{
    return buying_sketch(buying, made, request);
}

/* What the owner leaves out follows from chain and program. */
static void an_order_is_made(void **state)
{
    struct buying *buying = buying_new(*state);
    fixture *test = buying->test;
    prom_job_request request = buying_request(buying);
    prom_sketch made;
    assert_ok(sketch(buying, &made, &request), &test->error);
    assert_int_equal(made.order.items, JOB_ITEMS);
    assert_int_equal(made.order.scheme, PROM_SCHEME_SUMCHECK);
    assert_true(prom_bytes32_equal(&made.terms.p_txid, &buying->asked.terms.p_txid));
    assert_int_equal(made.terms.feerate, 2);
    assert_int_equal(made.terms.P.n, buying->asked.terms.P.n);
    assert_true(made.order.clocks[PROM_ATTEMPT_QUEUE] > made.terms.P.n);
    request.scheme = PROM_SCHEME_REPLAY;
    assert_ok(sketch(buying, &made, &request), &test->error);
    assert_int_equal(made.order.scheme, PROM_SCHEME_REPLAY);
    buying_free(buying);
}

static void what_is_missing_is_said(void **state)
{
    struct buying *buying = buying_new(*state);
    fixture *test = buying->test;
    prom_job_request request = buying_request(buying);
    prom_sketch made;
    request.wishes.feerate = 0;
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_BAD_INPUT, &test->error, "give a feerate");
    buying->host->node->estimates.soon = 1500;
    assert_ok(sketch(buying, &made, &request), &test->error);
    assert_int_equal(made.wishes.feerate, 2);
    request.wishes.feerate = PROM_FEERATE_MAX + 1;
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_BAD_INPUT, &test->error, "at most");
    request = buying_request(buying);
    request.wishes.retainer = prom_amount_invalid();
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_PEER, &test->error, "no arbiter");
    request = buying_request(buying);
    request.p_txid = named("another P", 0);
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_BAD_INPUT, &test->error, "not on this node's chain");
    assert_memory_equal(&made.order.p_txid, &(prom_bytes32){{0}}, 32);
    request = buying_request(buying);
    request.has_p = false; /* the only one there is, of which no arbiter is known: he is to be looked for */
    request.wishes.retainer = prom_amount_invalid();
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_PEER, &test->error, "are looked for");
    assert_memory_equal(&made.order.p_txid, &buying->asked.terms.p_txid, 32);
    request = buying_request(buying);
    buying->host->node->config.limits.three_max = prom_amount_zero();
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_BAD_INPUT, &test->error, "none that prom.conf allows");
    request.has_p = false;
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_BAD_INPUT, &test->error, "no contract P");
    request.has_p = true;
    asked_limits(buying->host, &buying->asked);
    request.verifier = PROM_VERIFIER_KEY;
    request.verifier_key = *prom_node_key(buying->host->node);
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_BAD_INPUT, &test->error, "--verifier self");
    request = buying_request(buying);
    request.input = "/nowhere/at/all";
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_BAD_INPUT, &test->error, "/nowhere/at/all");
    buying->host->node->roles = PROM_ROLE_BIT(PROM_ROLE_WORKER);
    request = buying_request(buying);
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_BAD_INPUT, &test->error, "no client");
    buying->host->node->roles = PROM_ROLE_BIT(PROM_ROLE_CLIENT);
    buying->host->node->health.may_begin = false;
    request = buying_request(buying);
    assert_false(prom_is_ok(sketch(buying, &made, &request)));
    buying_free(buying);
}

/* Where one P alone has arbiters that are known, it is the one; a second one makes the owner choose. */
static void the_only_contract_is_taken(void **state)
{
    struct buying *buying = buying_new(*state);
    fixture *test = buying->test;
    prom_job_request request = buying_request(buying);
    prom_sketch made;
    prom_announcement announced[] = {
        {.p_txid = buying->asked.terms.p_txid, .retainer = prom_amount_of(1234)},
        {.retainer = prom_amount_of(1234)},
    };
    buying->host->node->announced = announced;
    buying->host->node->announced_count = 1;
    request.has_p = false;
    request.wishes.retainer = prom_amount_invalid();
    assert_ok(sketch(buying, &made, &request), &test->error);
    assert_true(prom_amount_equal(made.wishes.retainer, prom_amount_of(1234)));
    buying->host->node->config.retainer_max = prom_amount_of(1233);
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_PEER, &test->error,
                 "more than 1233 sat, the `retainer_max`");
    request.wishes.retainer = prom_amount_of(1234); /* the owner's own word */
    assert_ok(sketch(buying, &made, &request), &test->error);
    request.wishes.retainer = prom_amount_invalid();
    buying->host->node->config.retainer_max = prom_amount_of(1234);
    assert_ok(sketch(buying, &made, &request), &test->error);
    prom_tx *second = host_payment(buying->host, 52, 1);
    assert_ok(prom_parameters_script(&test->arena, &second->outputs[0].script, &buying->asked.terms.P, &test->error),
              &test->error);
    second->outputs[0].value = prom_amount_zero();
    announced[1].p_txid = host_outpoint(buying->host, second).txid;
    host_block(buying->host, (const prom_tx *const *)&second, 1);
    for (unsigned i = 0; i < 3; i++) {
        host_block(buying->host, NULL, 0);
    }
    buying->host->node->announced = announced; /* every block looks at them again */
    buying->host->node->announced_count = 2;
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_BAD_INPUT, &test->error, "2 contracts P suit");
    buying->host->node->announced_count = 0;
    /* Where the chain has no offers, as of the second, waiting for their arbiters helps nobody. */
    request.has_p = true;
    request.p_txid = announced[1].p_txid;
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "needs 3 arbiters, and the chain has 0 offers");
    request.p_txid = announced[0].p_txid;
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_PEER, &test->error, "is known yet");
    buying_free(buying);
}

/* What is no public key is no node's, be it of the right length. */
static void keys_of_nobody_are_refused(void **state)
{
    struct buying *buying = buying_new(*state);
    prom_job_request request = buying_request(buying);
    prom_sketch made;
    request.wishes.workers[1].key = (prom_bytes32){{0}};
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_BAD_INPUT, &buying->test->error,
                 "worker 2: 0000000000000000000000000000000000000000000000000000000000000000 is the key of no node");
    request = buying_request(buying);
    request.verifier = PROM_VERIFIER_KEY;
    memset(&request.verifier_key, 0xff, sizeof request.verifier_key);
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_BAD_INPUT, &buying->test->error,
                 "is the key of no node");
    buying_free(buying);
}

/* Who knows no arbiter yet may know some soon: that is no fault of what is asked for. */
static void arbiters_are_waited_for(void **state)
{
    struct buying *buying = buying_new(*state);
    prom_job_request request = buying_request(buying);
    prom_sketch made;
    request.wishes.retainer = prom_amount_invalid();
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_PEER, &buying->test->error, "is known yet");
    prom_announcement dear = {.p_txid = buying->asked.terms.p_txid, .retainer = buying->asked.terms.P.w};
    buying->host->node->announced = &dear;
    buying->host->node->announced_count = 1;
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_PEER, &buying->test->error, "leaves room for");
    buying->host->node->announced_count = 0;
    request = buying_request(buying);
    request.wishes.feerate = 0; /* which nothing makes known where blocks are empty */
    assert_fails(sketch(buying, &made, &request), PROM_CATEGORY_BAD_INPUT, &buying->test->error, "(--feerate)");
    buying_free(buying);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(keys_of_nobody_are_refused), FIXTURE_TEST(arbiters_are_waited_for),
        FIXTURE_TEST(an_order_is_made),           FIXTURE_TEST(what_is_missing_is_said),
        FIXTURE_TEST(the_only_contract_is_taken),
    };
    return cmocka_run_group_tests_name("trade/sketch", tests, NULL, NULL);
}
