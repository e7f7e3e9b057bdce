#include "market/orders.h"

static void test_the_normal_way(void **state)
{
    fixture *test = *state;
    const prom_order order = plain_order(10);
    prom_market_job *job = new_job(test, &order);
    assert_wants(job, "P");
    assert_true(take(test, job, placed(0, 6, 1)).changed); /* the first six; the others are a part of their own */
    assert_int_equal(job->part_count, 2);
    assert_wants(job, "PB");
    assert_true(take(test, job, placed(6, 4, 2)).changed);
    assert_wants(job, "BB");
    assert_true(take(test, job, begun(1, 77)).changed);
    assert_false(take(test, job, begun(1, 77)).changed);
    (void)take(test, job, begun(2, 78));
    assert_wants(job, "");
    (void)take(test, job, tip(1003));
    for (prom_attempt_phase phase = PROM_ATTEMPT_TRANSFER; phase < PROM_ATTEMPT_OVER; phase++) {
        assert_true(take(test, job, at_phase(1, phase)).changed);
        assert_false(take(test, job, at_phase(1, phase)).changed);
        assert_false(take(test, job, at_phase(1, PROM_ATTEMPT_TRANSFER)).changed); /* never back */
    }
    (void)take(test, job, at_phase(2, PROM_ATTEMPT_COMPUTE));
    assert_true(take(test, job, result(2)).changed);
    assert_false(take(test, job, result(2)).changed);
    assert_false(take(test, job, lost(2, PROM_MISHAP_SILENT)).changed); /* what is here is not lost */
    assert_int_equal(job->parts[1].state, PROM_PART_DONE);
    assert_true(take(test, job, closed(1, 3)).changed); /* paid, and the client has not read h_p yet */
    assert_wants(job, "O");
    assert_true(take(test, job, result(1)).changed);
    assert_wants(job, "M");
    assert_true(take(test, job, about(PROM_JOB_EVENT_MERGED, 0)).changed);
    assert_int_equal(job->state, PROM_JOB_RUNNING); /* the second contract's money is on its way */
    assert_true(take(test, job, closed(2, 3)).changed);
    assert_int_equal(job->state, PROM_JOB_ENDED);
    assert_int_equal(job->end, PROM_JOB_END_DONE);
    const prom_job_sums sums = prom_market_job_sums(job);
    assert_int_equal(sat_of(sums.spent), 2000);
    assert_int_equal(sat_of(sums.promised), 0);
    assert_int_equal(sat_of(sums.fees), 180);
    assert_wants(job, "");
    assert_false(take(test, job, tip(2000)).changed); /* what has ended has ended */
}

static void test_a_part_goes_elsewhere(void **state)
{
    fixture *test = *state;
    const prom_order order = plain_order(10);
    prom_market_job *job = new_job(test, &order);
    (void)take(test, job, placed(0, 10, 1));
    (void)take(test, job, begun(1, 5));
    (void)take(test, job, at_phase(1, PROM_ATTEMPT_COMPUTE));
    assert_int_equal(take(test, job, placed(0, 10, 2)).refused.count, 1); /* it may still come */
    (void)take(test, job, lost(1, PROM_MISHAP_SILENT));
    assert_false(take(test, job, lost(1, PROM_MISHAP_BAD)).changed);
    assert_wants(job, "P");
    const prom_job_outcome outcome = take(test, job, placed(0, 10, 1));
    assert_int_equal(outcome.refused.list[0].code, PROM_REASON_PEER_FAILED);
    assert_true(take(test, job, placed(0, 4, 2)).changed); /* the two parts know both who failed */
    assert_int_equal(take(test, job, placed(4, 6, 1)).refused.list[0].code, PROM_REASON_PEER_FAILED);
    assert_true(take(test, job, placed(4, 6, 2)).changed);
    assert_int_equal(sat_of(prom_market_job_sums(job).promised), 3000);
    (void)take(test, job, closed(1, 1));
    assert_false(take(test, job, closed(1, 3)).changed); /* it has ended as it has ended */
    assert_int_equal(job->attempts[0].end, 1);
    assert_int_equal(sat_of(prom_market_job_sums(job).promised), 2000);
    assert_int_equal(job->parts[0].attempt, 2);
    assert_int_equal(sat_of(prom_market_job_with(job, &job->attempts[1].worker)), 2000);
}

/* A result that came after all: it is checked, and so it counts; who is not needed any more is given up. */
static void test_a_late_result(void **state)
{
    fixture *test = *state;
    const prom_order order = plain_order(10);
    prom_market_job *job = new_job(test, &order);
    (void)take(test, job, placed(0, 10, 1));
    (void)take(test, job, at_phase(1, PROM_ATTEMPT_PROOF));
    (void)take(test, job, lost(1, PROM_MISHAP_SILENT));
    (void)take(test, job, placed(0, 10, 2));
    (void)take(test, job, result(1));
    assert_int_equal(job->parts[0].state, PROM_PART_DONE);
    assert_int_equal(job->parts[0].attempt, 1);
    assert_wants(job, "GM");
    (void)take(test, job, closed(2, PROM_ATTEMPT_UNSIGNED));
    assert_int_equal(job->attempts[1].loss, PROM_MISHAP_NEEDLESS);
    (void)take(test, job, closed(1, 7));
    (void)take(test, job, about(PROM_JOB_EVENT_MERGED, 0));
    assert_int_equal(job->end, PROM_JOB_END_DONE);
    assert_int_equal(job->parts[0].failed_count, 1);
}

/* It comes when all is written without it, and the money is on its way: it is written with it. */
static void test_a_very_late_result(void **state)
{
    fixture *test = *state;
    prom_order order = plain_order(10);
    order.failures_max = 1;
    prom_market_job *job = new_job(test, &order);
    for (uint32_t i = 1; i <= 2; i++) {
        (void)take(test, job, placed(5 * (i - 1), 5, i));
        (void)take(test, job, at_phase(i, PROM_ATTEMPT_VERDICT));
    }
    (void)take(test, job, result(1));
    (void)take(test, job, closed(1, 3));
    (void)take(test, job, lost(2, PROM_MISHAP_SILENT));
    assert_int_equal(job->parts[1].state, PROM_PART_FAILED);
    (void)take(test, job, about(PROM_JOB_EVENT_MERGED, 0));
    assert_wants(job, "");
    (void)take(test, job, result(2));
    assert_wants(job, "M");
    (void)take(test, job, closed(2, 7));
    assert_int_equal(job->state, PROM_JOB_RUNNING);
    (void)take(test, job, about(PROM_JOB_EVENT_MERGED, 0));
    assert_int_equal(job->end, PROM_JOB_END_DONE);
}

static void test_the_queues_clock(void **state)
{
    fixture *test = *state;
    const prom_order order = plain_order(10);
    prom_market_job *job = new_job(test, &order);
    (void)take(test, job, placed(0, 5, 1));
    (void)take(test, job, placed(5, 5, 2));
    (void)take(test, job, begun(1, 5));
    (void)take(test, job, tip(BEGIN_TIP + 6));
    assert_wants(job, "B");
    (void)take(test, job, about(PROM_JOB_EVENT_LIVE, 2)); /* money may be locked: the chain alone ends it */
    (void)take(test, job, tip(BEGIN_TIP + 7));
    assert_wants(job, "GB");
    assert_int_equal(take(test, job, placed(0, 5, 3)).refused.count, 1); /* it is not certain yet that it is over */
    (void)take(test, job, closed(1, PROM_ATTEMPT_UNSIGNED));
    assert_int_equal(job->attempts[0].loss, PROM_MISHAP_LATE);
    assert_wants(job, "PB");
    (void)take(test, job, placed(0, 5, 3));
    (void)take(test, job, tip(BEGIN_TIP + 14));
    assert_wants(job, "BG");
    (void)take(test, job, about(PROM_JOB_EVENT_LIVE, 3)); /* it was signed before we could give it up */
    assert_wants(job, "BB");
}

/* Lost while nothing is locked: the setup is ended too, and until it is, it stays among what may cost. */
static void test_lost_in_its_setup(void **state)
{
    fixture *test = *state;
    const prom_order order = plain_order(10);
    prom_market_job *job = new_job(test, &order);
    (void)take(test, job, placed(0, 10, 1));
    (void)take(test, job, lost(1, PROM_MISHAP_SETUP));
    assert_wants(job, "PG");
    assert_int_equal(sat_of(prom_market_job_sums(job).promised), 1000);
    (void)take(test, job, closed(1, PROM_ATTEMPT_UNSIGNED));
    assert_wants(job, "P");
    assert_int_equal(sat_of(prom_market_job_sums(job).promised), 0);
    assert_int_equal(job->parts[0].failed_count, 1);
}

/* Strangers who quote a low price and take part in nothing cost nothing, and end no job, with however many keys: each
 * is a block of the time that a part waits, and that it waits before a setup is not forgotten. */
static void test_setups_are_no_failures(void **state)
{
    fixture *test = *state;
    prom_order order = plain_order(10);
    order.failures_max = 1;
    order.search_blocks = 2 * PROM_JOB_FAILED_MAX;
    prom_market_job *job = new_job(test, &order);
    const uint32_t begun = job->tip;
    uint32_t number = 1;
    for (; number < PROM_JOB_FAILED_MAX + 10; number++) {
        (void)take(test, job, placed(0, 10, number));
        (void)take(test, job, lost(number, PROM_MISHAP_SETUP));
        (void)take(test, job, closed(number, PROM_ATTEMPT_UNSIGNED));
        assert_int_equal(job->parts[0].failed_count, number < PROM_JOB_FAILED_MAX ? number : PROM_JOB_FAILED_MAX);
        assert_int_equal(job->parts[0].state, PROM_PART_WAITING);
        assert_int_equal(job->parts[0].since, begun - number);
        assert_ok(prom_market_job_check(job, &test->error), &test->error);
    }
    const prom_market_job before = *job;
    (void)take(test, job, placed(0, 10, number));
    (void)take(test, job, about(PROM_JOB_EVENT_LIVE, number));
    (void)take(test, job, closed(number, 1)); /* with a contract one is enough */
    assert_int_equal(job->end, PROM_JOB_END_FAILURES);
    *job = before;
    for (; job->state == PROM_JOB_RUNNING; number++) {
        assert_true(number <= order.search_blocks + 1);
        (void)take(test, job, placed(0, 10, number));
        (void)take(test, job, lost(number, PROM_MISHAP_SETUP));
        (void)take(test, job, closed(number, PROM_ATTEMPT_UNSIGNED));
    }
    assert_int_equal(number, order.search_blocks + 2);
    assert_int_equal(job->end, PROM_JOB_END_NO_WORKER);
}

/* Blocks of a setup are no waiting; those before it are. */
static void test_waiting_is_counted_on(void **state)
{
    fixture *test = *state;
    const prom_order order = plain_order(10);
    prom_market_job *job = new_job(test, &order);
    const uint32_t begun = job->tip;
    prom_job_event tip = {.kind = PROM_JOB_EVENT_TIP, .as.tip = begun + 5};
    (void)take(test, job, tip);
    (void)take(test, job, placed(0, 10, 1));
    tip.as.tip = begun + 8;
    (void)take(test, job, tip);
    (void)take(test, job, closed(1, PROM_ATTEMPT_UNSIGNED));
    assert_int_equal(job->parts[0].since, begun + 8 - 5 - 1);
    (void)take(test, job, placed(0, 10, 2));
    (void)take(test, job, about(PROM_JOB_EVENT_LIVE, 2));
    (void)take(test, job, closed(2, 1)); /* a contract took its time, and its worker lost a stake */
    assert_int_equal(job->parts[0].since, begun + 8);
}

static void test_ends(void **state)
{
    fixture *test = *state;
    prom_order order = plain_order(4);
    order.failures_max = 2;
    prom_market_job *job = new_job(test, &order);
    for (uint32_t i = 1; i <= 2; i++) { /* two workers fail */
        (void)take(test, job, placed(0, 4, i));
        (void)take(test, job, about(PROM_JOB_EVENT_LIVE, i));
        (void)take(test, job, closed(i, i == 1 ? 1 : 4));
    }
    assert_int_equal(job->end, PROM_JOB_END_FAILURES);
    job = new_job(test, &order); /* nobody is found */
    prom_job_event event = {.kind = PROM_JOB_EVENT_UNPLACED,
                            .as.unplaced = {.first = 0, .reason = PROM_REASON_CAP_JOB}};
    assert_true(take(test, job, event).changed);
    assert_false(take(test, job, event).changed);
    (void)take(test, job, tip(BEGIN_TIP + 20));
    assert_int_equal(job->state, PROM_JOB_RUNNING);
    (void)take(test, job, tip(BEGIN_TIP + 21));
    assert_int_equal(job->end, PROM_JOB_END_NO_WORKER);
    job = new_job(test, &order); /* a half is done */
    (void)take(test, job, placed(0, 2, 1));
    (void)take(test, job, result(1));
    (void)take(test, job, closed(1, 3));
    (void)take(test, job, tip(BEGIN_TIP + 21));
    assert_wants(job, "M");
    (void)take(test, job, about(PROM_JOB_EVENT_MERGED, 0));
    assert_int_equal(job->end, PROM_JOB_END_PARTLY);
}

static void test_cancelling(void **state)
{
    fixture *test = *state;
    const prom_order order = plain_order(9);
    prom_market_job *job = new_job(test, &order);
    (void)take(test, job, placed(0, 3, 1));
    (void)take(test, job, placed(3, 3, 2));
    (void)take(test, job, about(PROM_JOB_EVENT_LIVE, 2));
    assert_true(take(test, job, about(PROM_JOB_EVENT_CANCEL, 0)).changed);
    assert_true(job->attempts[0].given_up && !job->attempts[1].given_up);
    assert_wants(job, "GB");
    assert_int_equal(take(test, job, placed(6, 3, 3)).refused.count, 1);
    (void)take(test, job, closed(1, PROM_ATTEMPT_UNSIGNED));
    assert_int_equal(job->attempts[0].loss, PROM_MISHAP_CANCELLED);
    assert_int_equal(job->parts[0].failed_count, 0); /* that was not the worker's fault */
    (void)take(test, job, closed(2, 1));
    assert_int_equal(job->end, PROM_JOB_END_CANCELLED);
}

static void test_caps(void **state)
{
    fixture *test = *state;
    static const struct {
        size_t cap;
        prom_reason_code code;
        uint64_t at; /* so much is enough for two, and not for three */
    } cases[] = {{1, PROM_REASON_CAP_JOB, 2200},
                 {2, PROM_REASON_CAP_DAY, 2200},
                 {3, PROM_REASON_CAP_PEER, 2000},
                 {4, PROM_REASON_CAP_FEES, 200}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_order order = plain_order(9);
        prom_amount *caps[] = {&order.caps.contract, &order.caps.job, &order.caps.day, &order.caps.peer,
                               &order.caps.fees};
        *caps[cases[i].cap] = prom_amount_of(cases[i].at);
        prom_market_job *job = new_job(test, &order);
        assert_true(take(test, job, placed(0, 3, 1)).changed);
        assert_true(take(test, job, placed(3, 3, 1)).changed);
        prom_job_outcome outcome = take(test, job, placed(6, 3, 1));
        assert_false(outcome.changed);
        assert_int_equal(outcome.refused.count, 1);
        assert_int_equal(outcome.refused.list[0].code, cases[i].code);
        assert_int_equal(outcome.refused.list[0].there, 0);
        (void)take(test, job, closed(1, PROM_ATTEMPT_UNSIGNED)); /* it cost nothing: there is room again */
        assert_true(take(test, job, placed(6, 3, 1)).changed);
        assert_false(take(test, job, placed(0, 3, 2)).changed && cases[i].code != PROM_REASON_CAP_PEER);
    }
    prom_order order = plain_order(9);
    order.caps.contract = prom_amount_of(999);
    order.caps.day = prom_amount_of(1200);
    prom_market_job *job = new_job(test, &order);
    prom_job_event event = placed(0, 3, 1);
    event.as.placed.day = prom_amount_of(101);
    event.as.placed.peer = prom_amount_of(5);
    const prom_job_outcome outcome = take(test, job, event);
    assert_int_equal(outcome.refused.count, 2); /* all of them are told */
    assert_int_equal(prom_reasons_find(&outcome.refused, PROM_REASON_CAP_DAY)->there, 1099);
}

static void test_verifiers(void **state)
{
    fixture *test = *state;
    prom_job_outcome outcome;
    prom_order order = plain_order(9);
    prom_market_job *job = new_job(test, &order);
    prom_job_event event = placed(0, 9, 1);
    event.as.placed.verifier = named("verifier", 1);
    assert_fails(prom_market_job_step(job, &event, &outcome, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "another verifier");
    order.verifier = PROM_VERIFIER_MARKET;
    job = new_job(test, &order);
    assert_true(take(test, job, event).changed);
    job = new_job(test, &order);
    event.as.placed.verifier = event.as.placed.worker; /* who checks itself checks nothing */
    assert_fails(prom_market_job_step(job, &event, &outcome, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "another verifier");
    order.verifier = PROM_VERIFIER_KEY;
    assert_fails(prom_market_job_new(&test->arena, &job, &order, 1, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "key is named nowhere");
    order.verifier_key = named("verifier", 1);
    job = new_job(test, &order);
    event.as.placed.verifier = named("verifier", 1);
    assert_true(take(test, job, event).changed);
    order.verifier = PROM_VERIFIER_SELF;
    assert_fails(prom_market_job_new(&test->arena, &job, &order, 1, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "another is to verify");
    order.items = 0;
    assert_fails(prom_market_job_new(&test->arena, &job, &order, 1, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "0 items");
    order = plain_order(9);
    order.caps.job = prom_amount_invalid();
    assert_fails(prom_market_job_new(&test->arena, &job, &order, 1, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "no amount");
}

static void test_what_no_caller_may_say(void **state)
{
    fixture *test = *state;
    const prom_order order = plain_order(9);
    prom_job_outcome outcome;
    prom_market_job *job = new_job(test, &order);
    (void)take(test, job, placed(0, 9, 1));
    (void)take(test, job, begun(1, 5));
    prom_job_event wrong[] = {begun(1, 6),
                              begun(1, 0),
                              at_phase(1, PROM_ATTEMPT_OVER),
                              lost(1, PROM_MISHAP_NONE),
                              lost(1, PROM_MISHAPS),
                              closed(1, PROM_SCHEMES + 1),
                              closed(1, 3),
                              about(PROM_JOB_EVENTS, 0)};
    wrong[6].as.closed.paid = prom_amount_invalid();
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        const prom_result said = prom_market_job_step(job, &wrong[i], &outcome, &test->error);
        assert_int_equal(said.category, PROM_CATEGORY_MISUSE);
        assert_ok(prom_market_job_check(job, &test->error), &test->error);
    }
    for (uint32_t i = 0; i < 5; i += 2) { /* of attempts that there are not nothing is heard */
        if (i != 1) {
            assert_false(take(test, job, closed(i, 3)).changed);
            assert_false(take(test, job, result(i)).changed);
        }
    }
    assert_null(prom_market_job_attempt(job, 0));
    assert_null(prom_market_job_attempt(job, 2));
}

/* -- Words -- */

struct heard {
    char text[4096];
};

static void hear(void *context, const prom_job_line *line)
{
    struct heard *heard = context;
    const size_t length = strlen(heard->text);
    (void)snprintf(heard->text + length, sizeof heard->text - length, "%s\n", line->text);
}

static void test_words(void **state)
{
    fixture *test = *state;
    const prom_order order = plain_order(9);
    struct heard heard = {""};
    prom_market_job *job = new_job(test, &order);
    prom_job_event unplaced = {.kind = PROM_JOB_EVENT_UNPLACED,
                               .as.unplaced = {.first = 0, .reason = PROM_REASON_BUSY}};
    (void)take(test, job, unplaced);
    (void)take(test, job, tip(BEGIN_TIP + 2));
    prom_market_job_why(job, hear, &heard);
    assert_string_equal(heard.text,
                        "items 0 to 8 wait for a worker since block 1000; in 19 blocks they are given up; 0 have "
                        "failed with them; the last answer was: busy\n");
    (void)take(test, job, placed(0, 8, 1));
    (void)take(test, job, at_phase(1, PROM_ATTEMPT_COMPUTE));
    (void)take(test, job, tip(BEGIN_TIP + 14));
    heard.text[0] = '\0';
    prom_market_job_why(job, hear, &heard);
    assert_non_null(
        strstr(heard.text, "items 0 to 7, attempt 1: the worker computes since block 1002, late by 2 blocks"));
    assert_non_null(strstr(heard.text, "item 8 wait"));
    (void)take(test, job, result(1));
    (void)take(test, job, closed(1, 3));
    (void)take(test, job, tip(BEGIN_TIP + 40));
    heard.text[0] = '\0';
    prom_market_job_why(job, hear, &heard);
    assert_non_null(strstr(heard.text, "item 8 get no output"));
    assert_non_null(strstr(heard.text, "are being put together"));
    (void)take(test, job, about(PROM_JOB_EVENT_MERGED, 0));
    heard.text[0] = '\0';
    const prom_parameters P = {.w = prom_amount_of(4), .v = prom_amount_of(21)};
    prom_market_job_receipt(job, NULL, hear, &heard);
    assert_non_null(strstr(heard.text, "8 of 9 items have their output; some items have their output"));
    assert_non_null(strstr(heard.text, "attempt 1, items 0 to 7: #3: the result was accepted; transaction "));
    assert_non_null(strstr(heard.text, "the worker got 10 sat; the verifier 20 sat"));
    assert_non_null(strstr(heard.text, "the client got 0 sat of its deposit, the fund 50 sat"));
    assert_non_null(strstr(heard.text, "1,000 sat paid, 0 sat promised, 90 sat of fees, 0 sat gained"));
    prom_market_job_receipt(job, &P, hear, &heard);
    assert_non_null(strstr(heard.text, "the worker got 6 sat, and its stake of 4 sat back; the verifier 20 sat back of "
                                       "its stake of 21 sat"));
}

/* docs/market.md lists the names under their numbers. */
static void test_the_page_lists_the_names(void **state)
{
    static const struct {
        const char *heading;
        const char *(*name)(unsigned number);
        unsigned count;
    } tables[] = {{"| number | phase |", prom_attempt_phase_name, PROM_ATTEMPT_PHASES},
                  {"| number | mishap |", prom_mishap_name, PROM_MISHAPS},
                  {"| number | end |", prom_job_end_name, PROM_JOB_ENDS}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        char line[1024];
        bool inside = false;
        unsigned found = 0;
        FILE *page = fopen(MODELS "/../docs/market.md", "r");
        assert_non_null(page);
        while (fgets(line, sizeof line, page) != NULL) {
            char name[64];
            unsigned number = 0;
            inside = (inside && line[0] == '|') || strncmp(line, tables[i].heading, strlen(tables[i].heading)) == 0;
            if (inside && sscanf(line, "| %u | `%63[a-z_]` |", &number, name) == 2) {
                assert_int_equal(number, found);
                assert_string_equal(name, tables[i].name(number));
                found++;
            }
        }
        (void)fclose(page);
        assert_int_equal(found, tables[i].count);
        assert_null(tables[i].name(tables[i].count));
    }
    assert_string_equal(prom_part_state_name(PROM_PART_DONE), "done");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_the_normal_way),
        FIXTURE_TEST(test_a_part_goes_elsewhere),
        FIXTURE_TEST(test_a_late_result),
        FIXTURE_TEST(test_a_very_late_result),
        FIXTURE_TEST(test_the_queues_clock),
        FIXTURE_TEST(test_lost_in_its_setup),
        FIXTURE_TEST(test_setups_are_no_failures),
        FIXTURE_TEST(test_waiting_is_counted_on),
        FIXTURE_TEST(test_ends),
        FIXTURE_TEST(test_cancelling),
        FIXTURE_TEST(test_caps),
        FIXTURE_TEST(test_verifiers),
        FIXTURE_TEST(test_what_no_caller_may_say),
        FIXTURE_TEST(test_words),
        FIXTURE_TEST(test_the_page_lists_the_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
