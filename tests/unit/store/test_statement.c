#include "store/place.h"

#include "store/statement.h"

static void every_statement_can_be_prepared(void **state)
{
    const struct place *place = *state;
    prom_store *store = open_store(place);
    begin(place, store);
    for (prom_statement i = 0; i < PROM_STATEMENTS; i++) {
        if (i != PROM_SQL_BEGIN && i != PROM_SQL_COMMIT && i != PROM_SQL_ROLLBACK) {
            /* Without its parameters each of them does nothing, or fails on a constraint. */
            const int code = prom_store_run(store, i);
            assert_true(code == SQLITE_OK || code == SQLITE_ROW || (code & 0xff) == SQLITE_CONSTRAINT);
            assert_non_null(store->statements[i]);
        }
    }
    prom_store_rollback(store);
    prom_store_close(store);
}

struct nested {
    prom_store *store;
    prom_result inner;
    prom_error error;
    int rows;
};

static prom_result read_again(void *context, sqlite3_stmt *row, prom_error *error)
{
    struct nested *nested = context;
    (void)row;
    (void)error;
    nested->rows++;
    nested->inner =
        prom_store_read(nested->store, PROM_SQL_CHANNEL_EACH, NULL, 0, &(prom_rows){NULL, NULL, NULL}, &nested->error);
    return prom_ok();
}

static void statement_is_not_run_within_itself(void **state)
{
    const struct place *place = *state;
    struct nested nested = {.store = open_store(place)};
    uint64_t count = 0;
    (void)make_channel(place, nested.store, "one");
    (void)make_channel(place, nested.store, "two");
    assert_ok(prom_store_read(nested.store, PROM_SQL_CHANNEL_EACH, NULL, 0, &(prom_rows){read_again, &nested, &count},
                              place->error),
              place->error);
    assert_int_equal(nested.inner.category, PROM_CATEGORY_MISUSE);
    assert_int_equal(nested.rows, 2);
    assert_int_equal(count, 2);
    prom_store_close(nested.store);
}

static void failures_have_categories(void **state)
{
    const struct place *place = *state;
    static const struct {
        int code;
        prom_category category;
        const char *part;
        bool full;
    } cases[] = {
        {SQLITE_FULL, PROM_CATEGORY_IO, "the disk is full; make room on it", true},
        {SQLITE_IOERR_FSYNC, PROM_CATEGORY_IO, "could not be written: disk I/O error", false},
        {SQLITE_NOMEM, PROM_CATEGORY_MEMORY, "out of memory", false},
        {SQLITE_CORRUPT, PROM_CATEGORY_BROKEN, "it is damaged, restore a backup", false},
        {SQLITE_ERROR, PROM_CATEGORY_BROKEN, "it is damaged, restore a backup", false},
        {SQLITE_MISUSE, PROM_CATEGORY_MISUSE, "could not be written", false},
    };
    prom_store *store = open_store(place);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_fails(prom_store_failure(store, cases[i].code, "written", place->error), cases[i].category, place->error,
                     cases[i].part);
        assert_int_equal(prom_store_is_full(store), cases[i].full);
    }
    prom_store_close(store);
}

static void numbers_above_the_limit_are_refused(void **state)
{
    const struct place *place = *state;
    const prom_value good[] = {prom_value_integer(INT64_MAX)};
    const prom_value bad[] = {prom_value_integer((uint64_t)INT64_MAX + 1)};
    uint64_t count = 1;
    prom_store *store = open_store(place);
    const prom_rows rows = {NULL, NULL, &count};
    assert_ok(prom_store_read(store, PROM_SQL_CHANNEL_GET, good, 1, &rows, place->error), place->error);
    assert_int_equal(count, 0);
    assert_fails(prom_store_read(store, PROM_SQL_CHANNEL_GET, bad, 1, &rows, place->error), PROM_CATEGORY_MISUSE,
                 place->error, "could not be read");
    prom_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(every_statement_can_be_prepared),
        STORE_TEST(statement_is_not_run_within_itself),
        STORE_TEST(failures_have_categories),
        STORE_TEST(numbers_above_the_limit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
