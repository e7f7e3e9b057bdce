#include "store/place.h"

#include "store/statement.h"

#define OK(expression) assert_ok((expression), place->error)

/* What a visit collects: the first byte of each id, what it says, and its bytes. */
struct lines {
    char text[1024];
    size_t length;
};

static prom_result on_job(void *context, const prom_store_job *job, prom_error *error)
{
    struct lines *lines = context;
    (void)error;
    const int added = snprintf(lines->text + lines->length, sizeof lines->text - lines->length, "%x %u%s%s %.*s\n",
                               job->id.bytes[0], job->created, job->ended ? " ended" : "",
                               job->restored ? " restored" : "", (int)job->bytes.length, (const char *)job->bytes.data);
    assert_true(added > 0);
    lines->length += (size_t)added;
    return prom_ok();
}

static void assert_jobs(const struct place *place, prom_store *store, bool open_only, const char *wanted)
{
    struct lines lines = {.length = 0};
    OK(prom_store_job_each(store, open_only, on_job, &lines, place->error));
    assert_string_equal(lines.text, wanted);
}

static void put(const struct place *place, prom_store *store, prom_store_job job)
{
    begin(place, store);
    OK(prom_store_job_put(store, &job, place->error));
    commit(place, store);
}

static void jobs_are_put_again(void **state)
{
    const struct place *place = *state;
    prom_store *store = open_store(place);
    prom_store_job job = {.id = {{8}}, .created = 100, .bytes = span_of_text("one")};
    assert_fails(prom_store_job_put(store, &job, place->error), PROM_CATEGORY_MISUSE, place->error, "transaction");
    put(place, store, job);
    put(place, store, (prom_store_job){.id = {{7}}, .created = 101, .bytes = span_of_text("two")});
    job.created = 999; /* it began when it began */
    job.bytes = span_of_text("more");
    put(place, store, job);
    assert_jobs(place, store, false, "8 100 more\n7 101 two\n");
    job.ended = true;
    put(place, store, job);
    prom_store_close(store);
    store = open_store(place);
    assert_jobs(place, store, false, "8 100 ended more\n7 101 two\n");
    assert_jobs(place, store, true, "7 101 two\n");
    begin(place, store);
    OK(prom_store_job_forget(store, &(prom_bytes32){{7}}, place->error)); /* it has not ended */
    OK(prom_store_job_forget(store, &(prom_bytes32){{8}}, place->error));
    commit(place, store);
    assert_jobs(place, store, false, "7 101 two\n");
    prom_store_close(store);
}

static void a_job_is_found(void **state)
{
    const struct place *place = *state;
    prom_store *store = open_store(place);
    prom_store_job job;
    bool found = true;
    put(place, store, (prom_store_job){.id = {{8}}, .created = 100, .bytes = span_of_text("one")});
    OK(prom_store_job_get(store, &place->test->arena, &job, &found, &(prom_bytes32){{9}}, place->error));
    assert_false(found);
    OK(prom_store_job_get(store, &place->test->arena, &job, &found, &(prom_bytes32){{8}}, place->error));
    assert_true(found && job.created == 100 && !job.ended && !job.restored);
    assert_true(prom_span_equal(job.bytes, span_of_text("one")));
    prom_store_close(store);
}

/* What a backup held is known to be old. */
static void restored_jobs_are_marked(void **state)
{
    const struct place *place = *state;
    prom_store *store = open_store(place);
    put(place, store, (prom_store_job){.id = {{8}}, .created = 100, .bytes = span_of_text("one")});
    store->generation++; /* as a restore does */
    put(place, store, (prom_store_job){.id = {{7}}, .created = 101, .bytes = span_of_text("two")});
    put(place, store, (prom_store_job){.id = {{8}}, .created = 102, .bytes = span_of_text("more")});
    assert_jobs(place, store, false, "8 100 restored more\n7 101 two\n");
    prom_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(jobs_are_put_again),
        STORE_TEST(a_job_is_found),
        STORE_TEST(restored_jobs_are_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
