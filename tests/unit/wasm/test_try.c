/* Whether prom-wasm can do here what it is for, and how long anybody waits for that. */
#include "acts.h"

static void test_where_it_works(void **state)
{
    fixture *test = *state;
    prom_runner runner;
    prom_wasm_runner_init(&runner, HELPER_OR_SKIP());
    assert_ok(prom_wasm_runner_try(&runner, &test->error), &test->error);
}

static void test_where_it_does_not(void **state)
{
    fixture *test = *state;
    prom_runner runner;
    prom_wasm_runner_init(&runner, "/bin/true");
    assert_fails(prom_wasm_runner_try(&runner, &test->error), PROM_CATEGORY_IO, &test->error, "ended with code 0");
    prom_wasm_runner_init(&runner, "/nowhere/prom-wasm");
    assert_fails(prom_wasm_runner_try(&runner, &test->error), PROM_CATEGORY_IO, &test->error, "cannot start");
}

static bool never(void *context, size_t done, size_t total)
{
    (void)context;
    (void)done;
    (void)total;
    return false;
}

/* A helper that says nothing is waited for as long as whoever asks wants to. */
static void test_opening_is_stopped(void **state)
{
    fixture *test = *state;
    const prom_module module = acts_module(test);
    const prom_progress progress = {never, NULL};
    prom_runner runner;
    prom_runner_session *session = NULL;
    prom_wasm_runner_init(&runner, "/bin/cat"); /* which gives back no answer, but the question */
    assert_false(prom_is_ok(runner.open(&runner, &session, &module, &progress, &test->error)));
    prom_wasm_runner_init(&runner, "/usr/bin/yes");
    assert_false(prom_is_ok(runner.open(&runner, &session, &module, &progress, &test->error)));
    prom_wasm_runner_init(&runner, HELPER_OR_SKIP());
    assert_fails(runner.open(&runner, &session, &module, &progress, &test->error), PROM_CATEGORY_STOPPED, &test->error,
                 "as the caller asked");
    assert_null(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_where_it_works),
        FIXTURE_TEST(test_where_it_does_not),
        FIXTURE_TEST(test_opening_is_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
