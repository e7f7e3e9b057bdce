/* Work on files, at once and beside. */
#include "trade/files.h"

#include "system/clock.h"
#include "trade/errand.h"

enum { PATIENCE_MS = 20000 };

static prom_errands *opened(fixture *test)
{
    prom_errands *errands = NULL;
    assert_ok(prom_errands_open(&errands, NULL, &test->error), &test->error);
    return errands;
}

static prom_errand load_of(const struct files *files)
{
    prom_errand wish = {.kind = PROM_ERRAND_LOAD};
    (void)snprintf(wish.program, sizeof wish.program, "%s", files->program_path);
    (void)snprintf(wish.input, sizeof wish.input, "%s", files->input_path);
    return wish;
}

/* Asks with each turn, as an owner does. Returns in how many turns it was not over. */
static unsigned wait_for(prom_errands *errands, prom_errand **slot, const prom_errand *wish, uint64_t bytes)
{
    const int64_t began = prom_clock_milliseconds();
    unsigned turns = 0;
    while (!prom_errand_do(errands, slot, wish, bytes)) {
        assert_true(prom_clock_milliseconds() - began < PATIENCE_MS);
        prom_errands_turn(errands);
        turns++;
    }
    return turns;
}

static void what_is_large_is_done_beside(void **state)
{
    fixture *test = *state;
    const struct files files = files_new(test);
    prom_errands *errands = opened(test);
    prom_errand *slot = NULL;
    prom_errand wish = load_of(&files);
    assert_true(prom_errand_do(errands, &slot, &wish, PROM_ERRAND_SMALL - 1));
    assert_int_equal(slot->batch.work.items, JOB_ITEMS);
    prom_errand_leave(&slot);
    assert_null(slot);
    assert_false(prom_errand_do(errands, &slot, &wish, PROM_ERRAND_SMALL)); /* not before a turn, however quick it is */
    assert_true(wait_for(errands, &slot, &wish, PROM_ERRAND_SMALL) > 0);
    assert_ok(slot->result, &slot->error);
    assert_int_equal(slot->batch.work.items, JOB_ITEMS);
    /* The same is there until it is left; another one takes its place. */
    const prom_errand *before = slot;
    assert_true(prom_errand_do(errands, &slot, &wish, PROM_ERRAND_SMALL));
    assert_ptr_equal(slot, before);
    (void)snprintf(wish.input, sizeof wish.input, "%s", files.program_path);
    (void)wait_for(errands, &slot, &wish, PROM_ERRAND_SMALL);
    assert_int_equal(slot->result.category, PROM_CATEGORY_BAD_INPUT);
    assert_non_null(strstr(slot->error.sentence, files.program_path));
    prom_errand_leave(&slot);
    prom_errands_close(errands);
    files_free(&files);
}

static void one_is_gone_on_with(void **state)
{
    fixture *test = *state;
    const struct files files = files_new(test);
    prom_errands *errands = opened(test);
    prom_errand *slot = NULL;
    const prom_errand wish = load_of(&files);
    prom_batch_folder folder;
    const prom_bytes32 id = named("another job", 0);
    assert_ok(prom_batch_folder_of(&folder, files.root, &id, true, &test->error), &test->error);
    assert_true(prom_errand_do(errands, &slot, &wish, 0));
    slot->folder = folder;
    assert_false(prom_errand_go_on(errands, slot, PROM_ERRAND_COPY, PROM_ERRAND_SMALL));
    while (!slot->over) {
        prom_errands_turn(errands);
    }
    assert_ok(slot->result, &slot->error);
    assert_int_equal(prom_batch_bytes(&folder), files.bytes.program.length + files.bytes.input.length);
    prom_errand_leave(&slot);
    assert_true(prom_batch_delete(&folder) > 0);
    prom_errands_close(errands);
    prom_errands_close(NULL);
    files_free(&files);
}

/* Nobody waits for it, be it under way or not: it is freed all the same. */
static void what_is_left_is_freed(void **state)
{
    enum { MANY = 20 };
    fixture *test = *state;
    const struct files files = files_new(test);
    prom_errands *errands = opened(test);
    prom_errand *slots[MANY] = {NULL};
    const prom_errand wish = load_of(&files);
    for (unsigned i = 0; i < MANY; i++) {
        (void)prom_errand_do(errands, &slots[i], &wish, PROM_ERRAND_SMALL);
        if (i % 2 == 0) {
            prom_errand_leave(&slots[i]);
        }
        prom_errands_turn(errands);
    }
    prom_errands_close(errands);
    for (unsigned i = 0; i < MANY; i++) {
        assert_true(slots[i] == NULL || slots[i]->over);
        prom_errand_leave(&slots[i]);
    }
    files_free(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_is_large_is_done_beside),
        FIXTURE_TEST(one_is_gone_on_with),
        FIXTURE_TEST(what_is_left_is_freed),
    };
    return cmocka_run_group_tests_name("trade/errand", tests, NULL, NULL);
}
