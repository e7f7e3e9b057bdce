/* Rounds of asking. */
#include "trade/buying.h"

#include "node/guest.h"
#include "node/survey.h"

struct round {
    struct buying *buying;
    prom_sketch sketch;
    prom_placing *placing;
    prom_trade_market market;
};

static struct round round_new(struct buying *buying, const prom_job_request *request)
{
    struct round round = {.buying = buying, .placing = calloc(1, sizeof *round.placing)};
    fixture *test = buying->test;
    assert_non_null(round.placing);
    assert_ok(buying_sketch(buying, &round.sketch, request), &test->error);
    round.market = prom_jobs_market(buying->jobs);
    return round;
}

static void begin(struct round *round, const prom_job_part *part)
{
    const prom_placing_subject subject = {.order = &round->sketch.order,
                                          .wishes = &round->sketch.wishes,
                                          .work = round->sketch.batch.work,
                                          .terms = &round->sketch.terms,
                                          .items = round->sketch.order.items,
                                          .part = part,
                                          .spent = {prom_amount_zero(), prom_amount_zero(), prom_amount_zero()}};
    assert_ok(prom_placing_begin(round->placing, &round->market, &subject, &round->buying->test->error),
              &round->buying->test->error);
}

static prom_quote quote_of(const struct round *round, size_t asked, size_t worker)
{
    return buying_quote(round->buying, worker, &round->placing->asked[asked].ask);
}

static prom_placed plan(const struct round *round)
{
    prom_placed placed;
    fixture *test = round->buying->test;
    assert_ok(prom_placing_plan(round->placing, &test->arena, &placed, &round->market, 1, &test->error), &test->error);
    return placed;
}

static void all_are_asked_and_the_plan_follows(void **state)
{
    struct buying *buying = buying_new(*state);
    prom_job_request request = buying_request(buying);
    request.wishes.parts_min = 2;
    request.wishes.workers_min = 2;
    struct round round = round_new(buying, &request);
    begin(&round, NULL);
    assert_int_equal(round.placing->count, BUYING_WORKERS);
    assert_int_equal(round.placing->asked[0].ask.items, 1);
    assert_true(round.placing->asked[0].reputation.trust > PROM_TRUST_UNKNOWN); /* the owner has named it */
    assert_false(prom_placing_is_over(round.placing));
    const prom_quote quotes[] = {quote_of(&round, 0, 0), quote_of(&round, 1, 1)};
    prom_ask other = round.placing->asked[0].ask;
    other.nonce = named("another ask", 0);
    prom_placing_quoted(round.placing, &other, &quotes[0]); /* of another round */
    assert_int_equal(round.placing->asked[0].state, PROM_ASKED_WAITS);
    for (size_t i = 0; i < 2; i++) {
        prom_placing_quoted(round.placing, &round.placing->asked[i].ask, &quotes[i]);
    }
    prom_placing_failed(round.placing, &round.placing->asked[0].ask, "too late"); /* it has answered */
    assert_int_equal(round.placing->asked[0].state, PROM_ASKED_QUOTED);
    assert_true(prom_placing_is_over(round.placing));
    const prom_placed placed = plan(&round);
    assert_int_equal(placed.plan->part_count, 2);
    assert_int_equal(placed.plan->left, 0);
    assert_true(placed.workers[placed.plan->parts[0].offer] != placed.workers[placed.plan->parts[1].offer]);
    assert_null(placed.verifier);
    free(round.placing);
    buying_free(buying);
}

/* What our own machine cannot verify in time is not planned. */
static void our_own_machine_verifies(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    const prom_machine slow = {.macs_per_second = 1,
                               .effort_per_second = 1,
                               .steps_per_second = 1,
                               .bytes_per_second = 1,
                               .memory = UINT64_C(1) << 40};
    struct round round = round_new(buying, &request);
    begin(&round, NULL);
    for (size_t i = 0; i < BUYING_WORKERS; i++) {
        const prom_quote quote = quote_of(&round, i, i);
        prom_placing_quoted(round.placing, &round.placing->asked[i].ask, &quote);
    }
    assert_int_equal(plan(&round).plan->left, 0);
    round.market.machine = &slow;
    const prom_placed placed = plan(&round);
    assert_int_equal(placed.plan->left, JOB_ITEMS);
    assert_non_null(prom_reasons_find(&placed.plan->offers[0].reasons, PROM_REASON_VERIFICATION));
    free(round.placing);
    buying_free(buying);
}

/* Who has failed with the part is not asked; who is not reached is told of. */
static void failures_are_told(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    const prom_job_part part = {.items = JOB_ITEMS, .failed = {buying->workers[0].public_key}, .failed_count = 1};
    struct round round = round_new(buying, &request);
    begin(&round, &part);
    assert_int_equal(round.placing->asked[0].state, PROM_ASKED_FAILED);
    assert_true(round.placing->asked[0].failed);
    prom_placing_failed(round.placing, &round.placing->asked[1].ask, "it was not reached");
    assert_string_equal(round.placing->asked[1].why, "it was not reached");
    assert_true(prom_placing_is_over(round.placing));
    const prom_placed placed = plan(&round);
    assert_int_equal(placed.plan->part_count, 0);
    assert_int_equal(placed.plan->left, JOB_ITEMS);
    free(round.placing);
    buying_free(buying);
}

static size_t list_verifiers(void *context, prom_trade_peer *list, size_t max, const prom_bytes32 *p_txid,
                             prom_role role)
{
    const struct buying *buying = context;
    (void)p_txid;
    assert_true(max >= 2);
    assert_int_equal(role, PROM_ROLE_VERIFIER);
    for (size_t i = 0; i < 2; i++) {
        list[i] = (prom_trade_peer){.key = buying->workers[i].public_key, .address = {.length = 3, .bytes = "a:1"}};
    }
    return 2;
}

/* Whoever verifies does not compute. */
static void a_third_party_verifies(void **state)
{
    struct buying *buying = buying_new(*state);
    prom_job_request request = buying_request(buying);
    request.verifier = PROM_VERIFIER_MARKET;
    struct round round = round_new(buying, &request);
    round.market.context = buying;
    round.market.list = list_verifiers;
    round.market.past = NULL;
    round.market.open = NULL;
    begin(&round, NULL);
    assert_int_equal(round.placing->count, 4);
    for (size_t i = 0; i < 2; i++) {
        const prom_quote quote = quote_of(&round, i, i);
        prom_placing_quoted(round.placing, &round.placing->asked[i].ask, &quote);
    }
    prom_placing_failed(round.placing, &round.placing->asked[2].ask, "away");
    assert_false(prom_placing_is_over(round.placing));
    const prom_placed none = plan(&round);
    assert_null(none.plan); /* nobody verifies */
    assert_int_equal(none.reasons.list[0].code, PROM_REASON_ROLE);
    const prom_quote quote = quote_of(&round, 3, 1);
    prom_placing_quoted(round.placing, &round.placing->asked[3].ask, &quote);
    const prom_placed placed = plan(&round);
    assert_true(placed.verifier == &round.placing->asked[3]);
    assert_int_equal(placed.plan->offer_count, 1);
    assert_int_equal(placed.plan->part_count, 1);
    assert_true(placed.workers[0] == &round.placing->asked[0]);
    assert_false(prom_amount_is_zero(placed.plan->parts[0].price_v));
    free(round.placing);
    buying_free(buying);
}

/* An answer that others have held up until it was no longer good is asked for again; not for ever. */
static void old_answers_are_asked_for_again(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    struct round round = round_new(buying, &request);
    begin(&round, NULL);
    prom_quote quote = quote_of(&round, 0, 0);
    quote.valid_until = buying->host->node->best_tip;
    const prom_bytes32 nonce = round.placing->asked[0].ask.nonce;
    prom_placing_quoted(round.placing, &round.placing->asked[0].ask, &quote);
    prom_placing_failed(round.placing, &round.placing->asked[1].ask, "away");
    assert_false(prom_placing_renew(round.placing, &round.market));
    host_block(buying->host, NULL, 0);
    assert_true(prom_placing_renew(round.placing, &round.market));
    assert_false(prom_placing_is_over(round.placing));
    assert_memory_not_equal(&round.placing->asked[0].ask.nonce, &nonce, sizeof nonce);
    unsigned renewed = 1;
    do {
        prom_placing_quoted(round.placing, &round.placing->asked[0].ask, &quote);
    } while (prom_placing_renew(round.placing, &round.market) && ++renewed < 10);
    assert_int_equal(renewed, 3);
    free(round.placing);
    buying_free(buying);
}

static void past_of_a_liar(void *context, prom_history *history, prom_amount *spent, const prom_bytes32 *node)
{
    const struct buying *buying = context;
    (void)spent;
    history->bad = 1; /* a package that the other one has made says nothing of its verdicts */
    history->lied = prom_bytes32_equal(node, &buying->workers[0].public_key);
}

/* A verifier that has judged falsely is not asked again, unless its owner wants that one. */
static void a_verifier_that_lied_is_not_asked(void **state)
{
    for (int named_by_owner = 0; named_by_owner < 2; named_by_owner++) {
        struct buying *buying = buying_new(*state);
        prom_job_request request = buying_request(buying);
        request.verifier = named_by_owner != 0 ? PROM_VERIFIER_KEY : PROM_VERIFIER_MARKET;
        request.verifier_key = named_by_owner != 0 ? buying->workers[0].public_key : request.verifier_key;
        request.wishes.verifier = (prom_address){.length = 3, .bytes = "a:1"};
        struct round round = round_new(buying, &request);
        round.market.context = buying;
        round.market.list = list_verifiers;
        round.market.past = past_of_a_liar;
        begin(&round, NULL);
        const prom_asked *liar = &round.placing->asked[BUYING_WORKERS];
        assert_true(prom_bytes32_equal(&liar->peer.key, &buying->workers[0].public_key));
        assert_int_equal(liar->state, named_by_owner != 0 ? PROM_ASKED_WAITS : PROM_ASKED_FAILED);
        assert_int_equal(round.placing->asked[0].state, PROM_ASKED_WAITS); /* as a worker */
        if (named_by_owner == 0) {
            assert_int_equal(round.placing->asked[BUYING_WORKERS + 1].state, PROM_ASKED_WAITS);
        }
        free(round.placing);
        buying_free(buying);
    }
}

/* An offer that stands on the chain, and whose key has named a node, speaks for that one until it is spent. */
static void stakes_on_the_chain_count(void **state)
{
    struct buying *buying = buying_new(*state);
    struct host *host = buying->host;
    fixture *test = buying->test;
    const prom_job_request request = buying_request(buying);
    const prom_bytes32 secret = named("an arbiter's secret", 0);
    const prom_index_record *offer = prom_index_next(prom_node_index(host->node), NULL, PROM_INDEX_OFFER, NULL);
    const prom_outpoint outpoint = {offer->txid, 0};
    prom_bytes32 hash;
    prom_key Q;
    bool fresh = false;
    assert_ok(prom_key_from_secret(test->curve, &Q, &secret, &test->error), &test->error);
    prom_announcement announcement = {.p_txid = offer->p_txid,
                                      .offer = outpoint,
                                      .Q = Q.public_key,
                                      .retainer = prom_amount_of(1),
                                      .node_key = buying->workers[1].public_key,
                                      .address = prom_span_of((const uint8_t *)"/a", 2)};
    assert_ok(prom_announcement_hash(&test->arena, &hash, &announcement, &test->error), &test->error);
    announcement.signature = sign_hash(test, &Q, &hash);
    assert_ok(prom_node_hear(host->node, &announcement, &fresh, &test->error), &test->error);
    struct round round = round_new(buying, &request);
    begin(&round, NULL);
    const prom_asked *asked = round.placing->asked;
    assert_int_equal(asked[0].reputation.points[PROM_TRUST_STAKE] + (int)asked[0].chain.offers, 0);
    assert_true(asked[1].reputation.points[PROM_TRUST_STAKE] > 0);
    assert_true(asked[1].reputation.trust > asked[0].reputation.trust);
    assert_true(prom_amount_equal(asked[1].chain.stake, buying->asked.terms.P.a));
    prom_tx *spend = NULL;
    assert_ok(prom_tx_new(&test->arena, &spend, 1, 1, &test->error), &test->error);
    spend->inputs[0].outpoint = outpoint;
    spend->outputs[0].script = p2tr_script(test, &Q.public_key);
    const prom_tx *txs[] = {spend};
    host_block(host, txs, 1);
    begin(&round, NULL);
    assert_int_equal(asked[1].reputation.points[PROM_TRUST_STAKE], 0);
    free(round.placing);
    buying_free(buying);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(all_are_asked_and_the_plan_follows),
        FIXTURE_TEST(our_own_machine_verifies),
        FIXTURE_TEST(failures_are_told),
        FIXTURE_TEST(a_third_party_verifies),
        FIXTURE_TEST(old_answers_are_asked_for_again),
        FIXTURE_TEST(a_verifier_that_lied_is_not_asked),
        FIXTURE_TEST(stakes_on_the_chain_count),
    };
    return cmocka_run_group_tests_name("trade/placing", tests, NULL, NULL);
}
