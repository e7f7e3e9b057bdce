/* What is looked for before a contract is placed and begun: coins for it, which are split where they are too few, and
 * arbiters. */
#include "trade/buying.h"

#include "market/fees.h"
#include "node/pay.h"
#include "node/payments.h"

/* A node that has lost its chain: no block has paid to it, and nobody has made an offer. */
static struct buying *buying_poor(fixture *test)
{
    struct buying *buying = buying_new(test);
    const prom_job_request request = buying_request(buying);
    (void)buying_order(buying, &request);
    buying_turn(buying);
    host_forget_fold(buying->host);
    host_mine_to(buying->host, WORLD_FIRST);
    buying->host->paid = 0; /* the same P again */
    buying->asked = asked_publish_p(buying->host);
    return buying;
}

static const char *hindrance_of(struct buying *buying)
{
    return prom_jobs_hindrance(buying->jobs, &buying_facts(buying)->order.id);
}

/* A round that begins with the last block, and what it comes to. */
static void place(struct buying *buying)
{
    buying_turn(buying);
    assert_non_null(buying_job(buying)->placing);
    buying_answer(buying, buying_job(buying)->placing);
    buying_turn(buying);
}

/* What the coins do not suffice for is not begun, and said. */
static void coins_are_counted_first(void **state)
{
    struct buying *buying = buying_poor(*state);
    buying_arbiters(buying);
    buying_answer(buying, buying_job(buying)->placing);
    buying_turn(buying);
    assert_int_equal(buying_facts(buying)->attempt_count, 0);
    assert_int_equal(buying_facts(buying)->parts[0].reason, PROM_REASON_STAKE);
    assert_non_null(strstr(buying->last, "sat are missing: the next contract takes"));
    assert_non_null(strstr(hindrance_of(buying), "and 0 sat are free"));
    buying_free(buying);
}

/* With one coin, which holds enough for the whole job. */
static struct buying *buying_one_coin(fixture *test)
{
    struct buying *buying = buying_poor(test);
    const prom_tx *deposit = host_payment(buying->host, 0, 1000000000);
    host_block(buying->host, &deposit, 1);
    buying_arbiters(buying);
    return buying;
}

/* One coin that holds enough for the whole job is split first, by one payment that outlives a crash and is not
 * repeated; it is within the job's caps, and among its fees. */
static void one_coin_is_split_for_a_job(void **state)
{
    struct buying *buying = buying_one_coin(*state);
    struct host *host = buying->host;
    const uint8_t n = buying->asked.terms.P.n;
    buying_job(buying)->ordered->job->order.caps.fees =
        prom_amount_add(prom_contract_fees_of(PROM_ROLE_CLIENT, n, 2, 1).normal,
                        prom_contract_fees_of(PROM_ROLE_VERIFIER, n, 2, 1).normal); /* and none for a payment */
    buying_answer(buying, buying_job(buying)->placing);
    buying_turn(buying);
    assert_int_equal(host->node->payment_count, 0);
    assert_non_null(strstr(hindrance_of(buying), "cannot be split: the fee"));
    buying_job(buying)->ordered->job->order.caps.fees = prom_amount_of(PROM_AMOUNT_MAX);
    host_block(host, NULL, 0);
    place(buying);
    assert_int_equal(buying_facts(buying)->attempt_count, 0);
    assert_int_equal(host->node->payment_count, 1);
    assert_non_null(strstr(hindrance_of(buying), "are split by the payment"));
    assert_non_null(strstr(buying->last, "are split by the payment"));
    buying_restart(buying);
    host_block(host, NULL, 0);
    place(buying);
    assert_int_equal(host->node->payment_count, 1);
    assert_non_null(strstr(hindrance_of(buying), "waits for a block"));
    const prom_tx *split = host->node->payments[0].tx;
    assert_int_equal(split->output_count, 5);
    host_block(host, &split, 1);
    place(buying);
    assert_non_null(strstr(hindrance_of(buying), "are young: arbiters take them from block"));
    for (unsigned i = 0; i < 5; i++) {
        host_block(host, NULL, 0);
    }
    place(buying);
    assert_int_equal(buying_facts(buying)->attempt_count, 1);
    assert_string_equal(hindrance_of(buying), "");
    prom_split_sums splits;
    assert_ok(prom_jobs_splits(buying->jobs, &buying_facts(buying)->order.id, &splits, &buying->test->error),
              &buying->test->error);
    assert_true(splits.paid == 1 && prom_amount_equal(splits.fees, host->node->payments[0].fee));
    buying_turn(buying);
    assert_true(buying_facts(buying)->attempts[0].contract != 0);
    buying_free(buying);
}

/* The split of the one coin is in a block, and old enough; its fee is returned. */
static prom_amount mine_split(struct host *host)
{
    const prom_tx *split = host->node->payments[0].tx;
    host_block(host, &split, 1);
    for (unsigned i = 0; i < 5; i++) {
        host_block(host, NULL, 0);
    }
    return host->node->payments[0].fee;
}

/* A cap that leaves what the contract costs, and nothing for a split, has none paid. */
static void a_split_keeps_the_caps(void **state)
{
    struct buying *buying = buying_one_coin(*state);
    prom_caps *caps = &buying_job(buying)->ordered->job->order.caps;
    const prom_caps unlimited = *caps;
    prom_amount cost;
    prom_amount fees;
    buying_costs(buying, &cost, &fees);
    const struct {
        prom_standing_caps standing;
        bool job;
        bool day;
    } cases[] = {{.standing.job = cost}, {.standing.day = cost}, {.job = true}, {.day = true}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        buying->standing = cases[i].standing;
        caps->job = cases[i].job ? cost : unlimited.job;
        caps->day = cases[i].day ? cost : unlimited.day;
        buying_answer(buying, buying_job(buying)->placing);
        buying_turn(buying);
        assert_int_equal(buying->host->node->payment_count, 0);
        assert_non_null(strstr(hindrance_of(buying), "cannot be split: the fee"));
        host_block(buying->host, NULL, 0);
        buying_turn(buying);
    }
    *caps = unlimited;
    buying->standing = (prom_standing_caps){.job = prom_amount_add(cost, prom_amount_of(PROM_PAY_FEE_MAX_SAT))};
    buying_answer(buying, buying_job(buying)->placing);
    buying_turn(buying);
    assert_int_equal(buying->host->node->payment_count, 1);
    buying_free(buying);
}

static void assert_day(struct buying *buying, prom_amount expected)
{
    prom_spent spent;
    assert_ok(prom_jobs_spent(buying->jobs, NULL, &spent, &buying->test->error), &buying->test->error);
    assert_true(prom_amount_equal(spent.day, expected));
}

/* What a split has cost counts for its job, and for the day of all jobs, also when its own has ended. */
static void a_split_counts_for_the_caps(void **state)
{
    struct buying *buying = buying_one_coin(*state);
    struct host *host = buying->host;
    prom_error *error = &buying->test->error;
    buying_answer(buying, buying_job(buying)->placing);
    buying_turn(buying);
    const prom_amount fee = mine_split(host);
    place(buying);
    const struct driven *driven = buying_job(buying);
    const prom_attempt *attempt = &driven->ordered->job->attempts[0];
    assert_int_equal(driven->ordered->job->attempt_count, 1);
    const prom_amount whole = prom_amount_add(prom_amount_add(attempt->cost, attempt->fees), fee);
    const prom_amount less = prom_amount_subtract(whole, prom_amount_of(1));
    const struct {
        prom_standing_caps refused;
        prom_standing_caps taken;
        const char *says;
    } cases[] = {{{.job = less}, {.job = whole}, "job_max"}, {{.day = less}, {.day = whole}, "day_max"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        buying->standing = cases[i].refused;
        assert_fails(prom_jobs_check_caps(buying->jobs, driven, attempt, error), PROM_CATEGORY_BAD_INPUT, error,
                     cases[i].says);
        buying->standing = cases[i].taken;
        assert_ok(prom_jobs_check_caps(buying->jobs, driven, attempt, error), error);
    }
    for (unsigned i = 0; i < PROM_LEDGER_DAY; i++) {
        host_block(host, NULL, 0);
    }
    assert_day(buying, whole); /* as long as its job runs */
    for (unsigned i = 0; i < PROM_LEDGER_DAY; i++) {
        host_unblock(host);
    }
    const prom_bytes32 id = driven->ordered->job->order.id;
    assert_ok(prom_jobs_cancel(buying->jobs, &id, error), error);
    for (unsigned i = 0; i < 3 && buying->jobs->open_count > 0; i++) {
        buying_turn(buying);
    }
    assert_int_equal(buying->jobs->open_count, 0);
    assert_day(buying, fee);
    for (unsigned i = 5; i < PROM_LEDGER_DAY - 1; i++) {
        host_block(host, NULL, 0);
    }
    assert_day(buying, fee);
    host_block(host, NULL, 0);
    assert_day(buying, prom_amount_zero());
    buying_free(buying);
}

/* A payment that splits a coin for the job, whatever it would need. */
static prom_amount pay_split(struct buying *buying)
{
    prom_node *node = buying->host->node;
    char reference[PROM_NODE_REFERENCE_MAX + 1];
    size_t count = 0;
    const prom_wallet_coin *coin = prom_coins_list(node->fold->coins, &count);
    coin += count - 1;
    const prom_tx_output payee = {prom_amount_of(100000), span_of_hex(buying->test, "51024e73")};
    (void)prom_jobs_split_reference(reference, &buying_facts(buying)->order.id);
    (void)strncat(reference, "1", 2);
    const prom_pay_order order = {.purpose = PROM_OWN_SPLIT,
                                  .payees = &payee,
                                  .payee_count = 1,
                                  .required = &coin,
                                  .required_count = 1,
                                  .alone = true,
                                  .reference = reference};
    const prom_pay_options how = {.feerate = 2000, .fee_max = prom_amount_of(100000), .mode = PROM_PAY_SEND};
    prom_node_paid paid;
    assert_ok(prom_node_pay(node, &buying->test->arena, &paid, &order, &how, &buying->test->error),
              &buying->test->error);
    return paid.fee;
}

/* What is paid while others are asked counts when they have answered: for an attempt that was placed before, say. */
static void a_split_counts_for_a_round_under_way(void **state)
{
    for (unsigned i = 0; i < 4; i++) {
        struct buying *buying = buying_new(*state);
        const bool of_fees = i / 2 == 1;
        const bool suffices = i % 2 == 1;
        prom_amount whole;
        prom_amount fees;
        buying_costs(buying, &whole, &fees);
        const prom_job_request request = buying_request(buying);
        (void)buying_order(buying, &request);
        buying_turn(buying);
        prom_caps *caps = &buying_job(buying)->ordered->job->order.caps;
        const prom_amount split = pay_split(buying);
        const prom_amount most =
            prom_amount_subtract(prom_amount_add(of_fees ? fees : whole, split), prom_amount_of(suffices ? 0 : 1));
        *(of_fees ? &caps->fees : &caps->job) = most;
        buying_answer(buying, buying_job(buying)->placing);
        buying_turn(buying);
        assert_int_equal(buying_facts(buying)->attempt_count, suffices);
        assert_int_equal(buying_facts(buying)->parts[0].reason, suffices  ? 0
                                                                : of_fees ? PROM_REASON_CAP_FEES
                                                                          : PROM_REASON_CAP_JOB);
        buying_free(buying);
    }
}

/* Coins are split for one job at its own feerate, whatever another one pays that is listed before it. */
static void a_split_has_its_jobs_feerate(void **state)
{
    enum { FEERATE = 7 }; /* and the first job's is 2 */
    struct buying *buying = buying_one_coin(*state);
    prom_job_request request = buying_request(buying);
    buying_answer(buying, buying_job(buying)->placing);
    buying_turn(buying);
    (void)mine_split(buying->host);
    place(buying);
    assert_int_equal(buying_facts(buying)->attempt_count, 1);
    request.again = true;
    request.wishes.feerate = FEERATE;
    (void)buying_order(buying, &request);
    buying_turn(buying);
    buying_answer(buying, buying->jobs->open[1]->placing);
    buying_turn(buying);
    assert_int_equal(buying->host->node->payment_count, 2);
    const prom_node_payment *split = &buying->host->node->payments[1];
    size_t weight = 0;
    assert_ok(prom_tx_weight(&buying->test->arena, &weight, split->tx, &buying->test->error), &buying->test->error);
    const prom_amount least = prom_amount_multiply(prom_amount_of(FEERATE), prom_vsize(weight));
    assert_false(prom_amount_above(least, split->fee));
    assert_false(prom_amount_above(split->fee, prom_amount_add(least, prom_amount_of(2 * FEERATE))));
    buying_free(buying);
}

/* A contract that was placed, and whose coins have gone another way, is not proposed without those of its verifier; and
 * its owner is told. */
static void coins_that_are_gone_are_told(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    (void)buying_order(buying, &request);
    place(buying);
    const struct prom_node *node = buying->host->node;
    size_t count = 0;
    const prom_wallet_coin *list = prom_coins_list(node->fold->coins, &count);
    prom_tx *spending = NULL;
    assert_ok(prom_tx_new(&buying->test->arena, &spending, count - 3, 1, &buying->test->error), &buying->test->error);
    for (size_t i = 3; i < count; i++) {
        spending->inputs[i - 3].outpoint = list[i].coin.outpoint; /* three are left, of four */
    }
    spending->outputs[0] = (prom_tx_output){prom_amount_of(1000), span_of_hex(*state, "51024e73")};
    const prom_tx *txs[] = {spending};
    host_block(buying->host, txs, 1);
    buying_job(buying)->tried_ms[0] = 0;
    buying_turn(buying);
    assert_int_equal(buying_records(buying), 0);
    assert_non_null(strstr(hindrance_of(buying), "the wallet's coins are too few, and are split by the payment"));
    assert_int_equal(buying->host->node->payment_count, 1);
    buying_free(buying);
}

/* A job of so many parts for one worker, which another node verifies. */
static void order_verified(struct buying *buying, uint32_t parts)
{
    prom_job_request request = buying_request(buying);
    request.verifier = PROM_VERIFIER_KEY;
    request.verifier_key = request.wishes.workers[1].key;
    request.wishes.verifier = request.wishes.workers[1].address;
    request.wishes.worker_count = 1;
    request.wishes.parts_min = parts;
    (void)buying_order(buying, &request);
}

/* A contract whose parties are asked once more after a crash has its coins: where it lacks nothing, nothing keeps it
 * back, and no coins are split. */
static void what_is_begun_lacks_nothing(void **state)
{
    struct buying *buying = buying_new(*state);
    prom_error *error = &buying->test->error;
    order_verified(buying, 1);
    const uint64_t contract = buying_begin(buying)->contract;
    assert_true(contract != 0);
    buying_restart(buying);
    char text[PROM_COINS_TEXT];
    prom_contract_coins found = {.ready = false};
    const prom_coins_wish wish = {
        .driven = buying_job(buying), .attempt = &buying_facts(buying)->attempts[0], .found = &found};
    assert_ok(prom_jobs_find_coins(buying->jobs, &wish, text, error), error);
    assert_true(found.ready && found.client == 0 && found.verifier == 0);
    assert_string_equal(text, "");
    buying_turn(buying);
    assert_int_equal(buying->host->node->pending[0].channel, contract);
    buying_free(buying);
}

/* Nor does what another one lacks, which waits for it. */
static void what_another_lacks_keeps_none_back(void **state)
{
    struct buying *buying = buying_new(*state);
    order_verified(buying, 2);
    assert_int_equal(buying_begin(buying)->contract, 0);
    assert_int_equal(buying_facts(buying)->attempt_count, 2);
    buying_restart(buying);
    buying_job(buying)->ordered->terms[1].c = prom_amount_of(1000000000); /* no coin suffices */
    buying_turn(buying);
    assert_string_equal(hindrance_of(buying), "");
    assert_int_equal(buying->host->node->pending[0].channel, buying_facts(buying)->attempts[0].contract);
    assert_int_equal(buying->host->node->payment_count, 0);
    buying_free(buying);
}

/* A job whose P a reorganisation took away keeps no other from being placed. */
static void another_jobs_p_may_be_gone(void **state)
{
    struct buying *buying = buying_new(*state);
    prom_job_request request = buying_request(buying);
    (void)buying_order(buying, &request);
    place(buying);
    prom_market_job *first = buying_job(buying)->ordered->job;
    first->order.p_txid = named("a P of another branch", 0);
    first->attempts[0].contract = 0;
    request.again = true;
    (void)buying_order(buying, &request);
    struct driven *second = buying->jobs->open[1];
    buying_turn(buying);
    assert_non_null(second->placing);
    buying_answer(buying, second->placing);
    buying_turn(buying);
    assert_int_equal(second->ordered->job->attempt_count, 1);
    buying_free(buying);
}

/* Without arbiters every setup would end at its draw, and its worker would be blamed. */
static void arbiters_are_counted_first(void **state)
{
    struct buying *buying = buying_poor(*state);
    buying_answer(buying, buying_job(buying)->placing);
    buying_turn(buying);
    assert_int_equal(buying_facts(buying)->attempt_count, 0);
    assert_int_equal(buying_facts(buying)->parts[0].reason, PROM_REASON_ARBITERS);
    assert_non_null(strstr(prom_jobs_hindrance(buying->jobs, &buying_facts(buying)->order.id), "3 arbiters"));
    buying_free(buying);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(coins_are_counted_first),
        FIXTURE_TEST(one_coin_is_split_for_a_job),
        FIXTURE_TEST(a_split_keeps_the_caps),
        FIXTURE_TEST(a_split_counts_for_the_caps),
        FIXTURE_TEST(a_split_has_its_jobs_feerate),
        FIXTURE_TEST(coins_that_are_gone_are_told),
        FIXTURE_TEST(what_is_begun_lacks_nothing),
        FIXTURE_TEST(what_another_lacks_keeps_none_back),
        FIXTURE_TEST(another_jobs_p_may_be_gone),
        FIXTURE_TEST(arbiters_are_counted_first),
        FIXTURE_TEST(a_split_counts_for_a_round_under_way),
    };
    return cmocka_run_group_tests_name("trade/jobs_coins", tests, NULL, NULL);
}
