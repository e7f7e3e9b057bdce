/* The owner's standing caps, at their limits: where a quote is made, where a part is placed, and where its contract is
 * begun. */
#include "trade/buying.h"

static uint64_t sat(prom_amount amount)
{
    uint64_t value = 0;
    assert_true(prom_amount_get(amount, &value));
    return value;
}

static prom_amount whole(const prom_attempt *attempt)
{
    return prom_amount_add(attempt->cost, attempt->fees);
}

static prom_amount less(prom_amount amount)
{
    return prom_amount_subtract(amount, prom_amount_of(1));
}

/* Which cap the plan of a quote is refused by; PROM_REASON_NONE: by none. */
static prom_reason_code quoted_reason(struct buying *buying)
{
    const prom_bytes32 id = buying_ask(buying);
    buying_answer(buying, &buying->jobs->quotes[0]->placing);
    buying_turn(buying);
    const prom_plan *plan = prom_jobs_quoted(buying->jobs, &id)->placed.plan;
    const prom_reasons *reasons = plan->reasons.count > 0 && plan->reasons.list[0].code != PROM_REASON_UNPLACED
                                      ? &plan->reasons
                                      : &plan->offers[0].reasons;
    const prom_reason_code code = plan->part_count > 0 ? PROM_REASON_NONE : (prom_reason_code)reasons->list[0].code;
    prom_jobs_drop_quotes(buying->jobs);
    return code;
}

static void quotes_keep_the_caps(void **state)
{
    struct buying *buying = buying_new(*state);
    prom_standing_caps *caps = &buying->standing;
    const prom_standing_caps none = *caps;
    prom_amount cost;
    prom_amount fees;
    buying_costs(buying, &cost, &fees);
    *caps = (prom_standing_caps){.job = cost, .day = cost, .peer = cost, .fees = fees};
    assert_int_equal(quoted_reason(buying), PROM_REASON_NONE);
    caps->job = less(cost);
    assert_int_equal(quoted_reason(buying), PROM_REASON_CAP_JOB);
    *caps = none;
    caps->day = less(cost);
    assert_int_equal(quoted_reason(buying), PROM_REASON_CAP_DAY);
    *caps = none;
    caps->fees = less(fees);
    assert_int_equal(quoted_reason(buying), PROM_REASON_CAP_CONTRACT_FEES);
    *caps = none;
    caps->peer = less(cost); /* the other worker is dearer */
    assert_int_equal(quoted_reason(buying), PROM_REASON_CAP_PEER);
    buying_free(buying);
}

/* A part that would be above a cap is not placed, and the owner is told why; it is once the cap is raised. */
static void parts_keep_the_caps(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    prom_amount cost;
    prom_amount fees;
    buying_costs(buying, &cost, &fees);
    buying->standing.job = less(cost);
    (void)buying_order(buying, &request);
    buying_turn(buying);
    buying_answer(buying, buying_job(buying)->placing);
    prom_quote *other = &buying_job(buying)->placing->asked[1].quote; /* which is no worker: that is not why */
    other->reasons[0] = (prom_quote_reason){.code = PROM_REASON_ROLE};
    other->reason_count = 1;
    buying_turn(buying);
    const prom_market_job *job = buying_facts(buying);
    assert_int_equal(job->attempt_count, 0);
    assert_int_equal(job->parts[0].reason, PROM_REASON_CAP_JOB);
    assert_non_null(strstr(prom_jobs_hindrance(buying->jobs, &job->order.id), "`job_max` in prom.conf"));
    buying->standing.job = cost;
    host_block(buying->host, NULL, 0);
    assert_true(buying_begin(buying)->contract != 0);
    buying_free(buying);
}

/* What the owner offers in place of the smallest reward counts. */
static void an_offered_reward_keeps_the_caps(void **state)
{
    struct buying *buying = buying_new(*state);
    prom_job_request request = buying_request(buying);
    prom_amount cost;
    prom_amount fees;
    buying_costs(buying, &cost, &fees);
    request.wishes.reward = prom_amount_of(100000);
    buying->standing.peer = cost; /* of the smallest */
    (void)buying_order(buying, &request);
    buying_turn(buying);
    buying_answer(buying, buying_job(buying)->placing);
    buying_turn(buying);
    assert_int_equal(buying_facts(buying)->attempt_count, 0);
    assert_int_equal(buying_facts(buying)->parts[0].reason, PROM_REASON_CAP_PEER);
    buying_free(buying);
}

/* A cap that is lowered between plan and contract holds: the contract is not begun. What other jobs have promised
 * counts, and after a restart it counts the same. */
static void contracts_keep_the_caps(void **state)
{
    struct buying *buying = buying_new(*state);
    buying_order_two(buying);
    const prom_attempt *attempts = buying_facts(buying)->attempts;
    const prom_amount both = prom_amount_add(whole(&attempts[0]), whole(&attempts[1]));
    assert_true(attempts[0].contract != 0 && attempts[1].contract == 0);
    assert_true(prom_amount_equal(prom_jobs_open_with(buying->jobs, &attempts[0].worker), both));
    const struct {
        prom_standing_caps refused;
        prom_standing_caps taken;
        const char *says;
    } cases[] = {
        {{.job = less(both)}, {.job = both}, "job_max"},
        {{.day = less(both)}, {.day = both}, "day_max"},
        {{.peer = less(both)}, {.peer = both}, "peer_max"},
        {{.fees = less(attempts[1].fees)}, {.fees = attempts[1].fees}, "fees_max"},
    };
    for (unsigned pass = 0; pass < 2; pass++) { /* then after a restart */
        const struct driven *driven = buying_job(buying);
        const prom_attempt *second = &driven->ordered->job->attempts[1];
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            prom_error *error = &buying->test->error;
            buying->standing = cases[i].refused;
            assert_fails(prom_jobs_check_caps(buying->jobs, driven, second, error), PROM_CATEGORY_BAD_INPUT, error,
                         cases[i].says);
            buying->standing = cases[i].taken;
            assert_ok(prom_jobs_check_caps(buying->jobs, driven, second, error), error);
        }
        buying->standing = (prom_standing_caps){.job = prom_amount_zero()};
        if (pass == 0) {
            buying_restart(buying);
        }
    }
    buying_free(buying);
}

/* By what the node does: the second contract waits for the cap, the first one that is begun goes on. */
static void a_lowered_cap_stops_what_is_not_begun(void **state)
{
    struct buying *buying = buying_new(*state);
    buying_order_two(buying);
    struct driven *driven = buying_job(buying);
    prom_attempt *attempts = driven->ordered->job->attempts;
    attempts[0].phase = PROM_ATTEMPT_TRANSFER; /* the next may begin */
    buying->host->node->pending[0].channel = 0;
    buying->standing.peer = less(prom_amount_add(whole(&attempts[0]), whole(&attempts[1])));
    const size_t channels = buying->host->node->channel_count;
    buying_turn(buying);
    assert_int_equal(attempts[1].contract, 0);
    assert_int_equal(buying->host->node->channel_count, channels);
    assert_non_null(strstr(prom_jobs_hindrance(buying->jobs, &driven->ordered->job->order.id), "`peer_max`"));
    assert_true(sat(attempts[0].cost) > 0 && attempts[0].contract != 0 && !attempts[0].given_up);
    buying->standing.peer = prom_amount_add(buying->standing.peer, prom_amount_of(1));
    memset(driven->tried_ms, 0, sizeof driven->tried_ms);
    buying_turn(buying);
    assert_true(attempts[1].contract != 0);
    buying_free(buying);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(quotes_keep_the_caps),
        FIXTURE_TEST(parts_keep_the_caps),
        FIXTURE_TEST(an_offered_reward_keeps_the_caps),
        FIXTURE_TEST(contracts_keep_the_caps),
        FIXTURE_TEST(a_lowered_cap_stops_what_is_not_begun),
    };
    return cmocka_run_group_tests_name("trade/jobs_caps", tests, NULL, NULL);
}
