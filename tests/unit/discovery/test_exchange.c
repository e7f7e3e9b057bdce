#include "discovery/crowd.h"

#include "discovery/exchange.h"

enum { START = 1000000 };

static void test_pointers_spread(void **state)
{
    fixture *test = *state;
    prom_directory *knows = directory_of(test, false);
    prom_directory *asks = directory_of(test, false);
    const prom_source peer = by_peer("198.51.100.1:7067");
    const prom_bytes32 random = named("random", 0);
    const prom_bytes32 P = named("P", 0);
    prom_exchange here = prom_exchange_begin(START);
    prom_exchange there = prom_exchange_begin(START);
    prom_get_pointers question;
    prom_pointers answer;
    size_t fresh = 0;
    assert_int_equal(tell_crowd(test, knows, "node", 5, 0, &by_dht), 5);
    assert_int_equal(tell_crowd(test, knows, "itself", 1, 9, &by_ourselves), 1);
    assert_true(prom_exchange_ask(&here, &question, &P, PROM_ROLE_WORKER, START));
    assert_false(prom_exchange_ask(&here, &question, &P, PROM_ROLE_WORKER, START + 1)); /* an answer is waited for */
    assert_int_equal(question.most, PROM_POINTERS_MAX);
    assert_true(prom_exchange_answer(&there, &test->arena, &answer, &question, knows, &random, START));
    assert_int_equal(answer.pointers.count, 6);
    assert_ok(prom_exchange_take(&here, &answer, asks, &peer, HEIGHT, &fresh, &test->error), &test->error);
    assert_int_equal(fresh, 6);
    assert_int_equal(counts_of(asks).heard_peers, 6);
    assert_true(prom_exchange_ask(&here, &question, &P, PROM_ROLE_WORKER, START + 1));
    assert_ok(prom_exchange_take(&here, &answer, asks, &peer, HEIGHT, &fresh, &test->error), &test->error);
    assert_int_equal(fresh, 0);
    question.most = 2;
    assert_true(prom_exchange_answer(&there, &test->arena, &answer, &question, knows, &random, START));
    assert_int_equal(answer.pointers.count, 2);
    question.most = UINT32_MAX;
    question.role = PROM_ROLE_VERIFIER; /* is not followed there: an empty answer */
    assert_true(prom_exchange_answer(&there, &test->arena, &answer, &question, knows, &random, START));
    assert_int_equal(answer.pointers.count, 0);
}

/* Who never answers is asked again after a while; and nobody more often than he would answer. */
static void test_questions_are_few(void **state)
{
    const prom_bytes32 P = named("P", 0);
    prom_exchange exchange = prom_exchange_begin(START);
    prom_get_pointers question;
    size_t questions = 0;
    (void)state;
    assert_true(prom_exchange_ask(&exchange, &question, &P, PROM_ROLE_ARBITER, START));
    assert_int_equal(question.role, PROM_ROLE_ARBITER);
    assert_memory_equal(&question.p_txid, &P, sizeof P);
    assert_false(prom_exchange_ask(&exchange, &question, &P, PROM_ROLE_WORKER, START + PROM_EXCHANGE_PATIENCE_MS - 1));
    assert_true(prom_exchange_ask(&exchange, &question, &P, PROM_ROLE_WORKER, START + PROM_EXCHANGE_PATIENCE_MS));
    assert_int_equal(question.role, PROM_ROLE_WORKER);
    exchange = prom_exchange_begin(START);
    for (int64_t now = START; now < START + 100000; now += 100) { /* to whom answers at once */
        questions += prom_exchange_ask(&exchange, &question, &P, PROM_ROLE_WORKER, now);
        exchange.waits = false;
    }
    assert_in_range(questions, PROM_EXCHANGE_ANSWERS_MAX + 9, PROM_EXCHANGE_ANSWERS_MAX + 10);
}

/* A question that was not sent is counted, and nothing is waited for; of answers only the one that is. */
static void test_what_is_waited_for(void **state)
{
    const prom_bytes32 P = named("P", 0);
    const prom_bytes32 other = named("P", 1);
    prom_exchange exchange = prom_exchange_begin(START);
    (void)state;
    assert_false(prom_exchange_answered(&exchange, &P, PROM_ROLE_WORKER));
    for (size_t i = 0; i < PROM_EXCHANGE_ANSWERS_MAX; i++) {
        assert_true(prom_exchange_may_ask(&exchange, START));
    }
    assert_false(prom_exchange_may_ask(&exchange, START));
    assert_true(prom_exchange_may_ask(&exchange, START + PROM_EXCHANGE_ANSWER_MS));
    prom_exchange_asked(&exchange, &P, PROM_ROLE_WORKER, START + PROM_EXCHANGE_ANSWER_MS);
    assert_false(prom_exchange_may_ask(&exchange, START + 2 * PROM_EXCHANGE_ANSWER_MS));
    assert_false(prom_exchange_answered(&exchange, &other, PROM_ROLE_WORKER));
    assert_false(prom_exchange_answered(&exchange, &P, PROM_ROLE_VERIFIER));
    assert_true(prom_exchange_answered(&exchange, &P, PROM_ROLE_WORKER));
    assert_false(prom_exchange_answered(&exchange, &P, PROM_ROLE_WORKER)); /* once */
    assert_true(prom_exchange_may_ask(&exchange, START + 2 * PROM_EXCHANGE_ANSWER_MS));
}

static void test_who_is_left(void **state)
{
    fixture *test = *state;
    prom_directory *directory = directory_of(test, false);
    const prom_source peer = by_peer("198.51.100.1:7067");
    const prom_pointer honest = pointer_of(test, "node", 0, "203.0.113.5:7067");
    prom_pointer lie = honest;
    lie.addresses[0] = span_of_text("203.0.113.6:7067");
    lie.node = named_key(test, "node", 1).public_key;
    prom_span items[] = {pointer_bytes(test, &honest), pointer_bytes(test, &lie)};
    prom_pointers answer = {honest.p_txid, PROM_ROLE_WORKER, {items, 2}};
    prom_exchange exchange = prom_exchange_begin(START);
    prom_get_pointers question;
    size_t fresh = 0;
    assert_fails(prom_exchange_take(&exchange, &answer, directory, &peer, HEIGHT, &fresh, &test->error),
                 PROM_CATEGORY_PEER, &test->error, "nobody asked");
    assert_int_equal(counts_of(directory).heard_peers, 0);
    assert_true(prom_exchange_ask(&exchange, &question, &honest.p_txid, PROM_ROLE_WORKER, START));
    answer.role = PROM_ROLE_VERIFIER;
    assert_fails(prom_exchange_take(&exchange, &answer, directory, &peer, HEIGHT, &fresh, &test->error),
                 PROM_CATEGORY_PEER, &test->error, "nobody asked");
    answer.role = PROM_ROLE_WORKER;
    answer.p_txid.bytes[0] ^= 1;
    assert_false(prom_is_ok(prom_exchange_take(&exchange, &answer, directory, &peer, HEIGHT, &fresh, &test->error)));
    answer.p_txid.bytes[0] ^= 1;
    assert_fails(prom_exchange_take(&exchange, &answer, directory, &peer, HEIGHT, &fresh, &test->error),
                 PROM_CATEGORY_PEER, &test->error, "or unsigned");
    assert_int_equal(fresh, 1); /* the honest one before it stays */
    answer.pointers.count = 1;
    assert_fails(prom_exchange_take(&exchange, &answer, directory, &peer, HEIGHT, &fresh, &test->error),
                 PROM_CATEGORY_PEER, &test->error, "nobody asked"); /* twice */
}

static void test_who_asks_too_often(void **state)
{
    fixture *test = *state;
    const prom_directory *directory = directory_of(test, false);
    const prom_get_pointers question = {named("P", 0), PROM_ROLE_WORKER, 1};
    const prom_bytes32 random = named("random", 0);
    prom_exchange exchange = prom_exchange_begin(START);
    prom_pointers answer;
    size_t answers = 0;
    for (int64_t now = START; now < START + 100000; now += 100) { /* 100 seconds, ten times a second */
        answers += prom_exchange_answer(&exchange, &test->arena, &answer, &question, directory, &random, now);
    }
    assert_in_range(answers, PROM_EXCHANGE_ANSWERS_MAX + 9, PROM_EXCHANGE_ANSWERS_MAX + 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_pointers_spread),    FIXTURE_TEST(test_questions_are_few),
        FIXTURE_TEST(test_what_is_waited_for), FIXTURE_TEST(test_who_is_left),
        FIXTURE_TEST(test_who_asks_too_often),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
