#include "trade/buying.h"

/* Nothing is ordered by it. */
static void a_quote_has_a_plan(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_bytes32 id = buying_ask(buying);
    const prom_bytes32 other = named("no quote", 0);
    const prom_quoted *quoted = prom_jobs_quoted(buying->jobs, &id);
    assert_non_null(quoted);
    assert_null(prom_jobs_quoted(buying->jobs, &other));
    buying_turn(buying);
    assert_false(quoted->over);
    buying_answer(buying, &buying->jobs->quotes[0]->placing);
    buying_turn(buying);
    assert_true(quoted->over);
    assert_int_equal(quoted->placed.plan->left, 0);
    assert_int_equal(buying->jobs->open_count, 0);
    assert_int_equal(buying->host->node->channel_count, 0);
    buying_free(buying);
}

/* So many are kept. */
static void old_quotes_make_room(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_bytes32 first = buying_ask(buying);
    prom_bytes32 last = first;
    for (size_t i = 0; i < PROM_JOBS_QUOTES_MAX; i++) {
        last = buying_ask(buying);
    }
    assert_null(prom_jobs_quoted(buying->jobs, &first));
    assert_non_null(prom_jobs_quoted(buying->jobs, &last));
    assert_int_equal(buying->jobs->quote_count, PROM_JOBS_QUOTES_MAX);
    buying_free(buying);
}

/* A batch may have a gigabyte, and quotes stay: each keeps the program alone. */
static void a_quote_keeps_no_batch(void **state)
{
    enum { LARGE = 20000 };
    struct buying *buying = buying_new(*state);
    fixture *test = buying->test;
    const uint32_t values = (uint32_t)buying->files.program->input.count;
    void *data = NULL;
    prom_span bytes;
    char path[PATH_MAX];
    assert_ok(prom_arena_alloc(&test->arena, &data, LARGE, values, &test->error), &test->error);
    const prom_batch batch = {LARGE, values, data};
    assert_ok(prom_batch_write(&test->arena, &bytes, &batch, &test->error), &test->error);
    files_write(&buying->files, path, PROM_BATCH_INPUT, bytes);
    (void)buying_ask(buying);
    assert_true(buying->jobs->quotes[0]->arena.used < bytes.length);
    buying_free(buying);
}

static void what_cannot_be_is_no_quote(void **state)
{
    struct buying *buying = buying_new(*state);
    prom_job_request request = buying_request(buying);
    prom_bytes32 id;
    bool later = true;
    request.program = request.input;
    assert_fails(prom_jobs_quote(buying->jobs, &id, &later, &request, &buying->test->error), PROM_CATEGORY_BAD_INPUT,
                 &buying->test->error, request.input);
    assert_int_equal(buying->jobs->quote_count, 0);
    buying_free(buying);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_quote_has_a_plan),
        FIXTURE_TEST(old_quotes_make_room),
        FIXTURE_TEST(a_quote_keeps_no_batch),
        FIXTURE_TEST(what_cannot_be_is_no_quote),
    };
    return cmocka_run_group_tests_name("trade/quotes", tests, NULL, NULL);
}
