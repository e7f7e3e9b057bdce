#include "store/place.h"

#include "store/faulty_vfs.h"
#include "store/schema.h"
#include "store/statement.h"
#include "store/store.h"

enum { STEPS = 8, PART = 9000, CHECKPOINT = 6 };

static const char path[] = "/disk/party.sqlite";

/* What a run has been told, and what it was doing. */
struct run {
    uint32_t acknowledged; /* the last step whose commit succeeded */
    uint32_t attempted;
    bool unsure;
    prom_error error;
};

static void fill(uint8_t bytes[PART], uint32_t step)
{
    memset(bytes, (int)step, PART);
}

/* A step: facts over several pages, a message, a block. */
static prom_result take_step(prom_store *store, uint32_t step, prom_error *error)
{
    static const prom_bytes32 peer = {{1}};
    uint8_t bytes[PART];
    uint64_t channel = (uint64_t)prom_store_epoch(store) << 32 | 1;
    prom_store_channel first = {.role = 1, .name = "one"};
    bool found = false;
    fill(bytes, step);
    PROM_TRY(prom_store_begin(store, error));
    PROM_TRY(prom_store_channel_get(store, &first, &found, channel, error));
    if (!found) {
        (void)snprintf(first.name, sizeof first.name, "one");
        PROM_TRY(prom_store_channel_add(store, &first, error));
    }
    PROM_TRY(prom_store_part_put(store, &(prom_store_key){channel, 0, 0}, prom_span_of(bytes, PART), error));
    PROM_TRY(prom_store_outbox_put(store, &(prom_store_message){channel, peer, step, prom_span_of(bytes, 100)}, error));
    PROM_TRY(prom_store_raise_tip(store, step, error));
    return prom_store_commit(store, error);
}

static void take_steps(struct run *run, prom_store *store)
{
    (void)sqlite3_wal_autocheckpoint(store->database, CHECKPOINT);
    for (uint32_t step = 1; step <= STEPS && !faulty.dead; step++) {
        uint32_t tip = 0;
        run->attempted = step;
        if (prom_is_ok(take_step(store, step, &run->error))) {
            run->acknowledged = step;
        } else {
            assert_true(run->error.sentence[0] != '\0');
            assert_int_equal(prom_store_is_full(store), faulty.without_room);
            prom_store_rollback(store);
            faulty.without_room = false; /* somebody has made room */
        }
        if (!faulty.dead) { /* as of before the step, for us too */
            assert_ok(prom_store_own_tip(store, &tip, &run->error), &run->error);
            assert_int_equal(tip, run->acknowledged);
        }
    }
    run->unsure = store->unsure || faulty.dead;
}

static prom_result compare_part(void *context, const prom_store_key *key, prom_span bytes, prom_error *error)
{
    uint8_t expected[PART];
    const uint32_t *step = context;
    (void)key;
    (void)error;
    fill(expected, *step);
    assert_true(prom_span_equal(bytes, prom_span_of(expected, PART)));
    return prom_ok();
}

/* That the database is exactly what was acknowledged, or what was being committed where nobody could know. */
static void assert_state(const struct run *run)
{
    prom_error error = {{0}};
    prom_store *store = NULL;
    uint32_t tip = 0;
    uint64_t number = 0;
    assert_ok(prom_store_open(&store, path, &chain_of_test, &error), &error);
    const uint64_t channel = (uint64_t)prom_store_epoch(store) << 32 | 1;
    assert_ok(prom_store_own_tip(store, &tip, &error), &error);
    if (tip != run->acknowledged && (!run->unsure || tip != run->attempted)) {
        fail_msg("operation %llu, fault %d: step %u is there, %u was acknowledged, %u attempted",
                 (unsigned long long)faulty.at, (int)faulty.kind, tip, run->acknowledged, run->attempted);
    }
    assert_ok(prom_store_part_each(store, channel, compare_part, &tip, &error), &error);
    assert_ok(prom_store_outbox_last(store, &number, channel, &(prom_bytes32){{1}}, &error), &error);
    assert_int_equal(number, tip);
    prom_store_close(store);
}

/* One run with one fault, in the making of the database too where it is to be closed in the end; else the machine is
 * switched off. Whether the fault came. */
static bool run_with_fault(enum faulty_kind kind, uint64_t at, enum faulty_rest rest, bool closed)
{
    struct run run = {.acknowledged = 0};
    prom_store *store = NULL;
    faulty_reset(closed ? kind : FAULTY_NONE, at);
    if (prom_is_ok(prom_store_open(&store, path, &chain_of_test, &run.error))) {
        faulty.kind = kind;
        take_steps(&run, store);
    }
    faulty.dead = faulty.dead || !closed;
    prom_store_close(store);
    const bool struck = faulty.struck;
    faulty_restart(rest);
    assert_state(&run);
    return struck;
}

static void acknowledged_is_there_after_any_fault(void **state)
{
    size_t points = 0;
    (void)state;
    for (enum faulty_kind kind = FAULTY_FAILS; kind < FAULTY_KINDS; kind++) {
        for (unsigned end = 0; end <= FAULTY_RESTS; end++) {
            uint64_t at = 1;
            while (run_with_fault(kind, at, (enum faulty_rest)(end % FAULTY_RESTS), end == FAULTY_RESTS)) {
                at++;
                points++;
            }
        }
    }
    print_message("%zu points of failure\n", points);
    assert_true(points > 1000);
}

static void make_first_cut(void)
{
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, prom_schema_migrations[0], NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database,
                                  "INSERT INTO journal (kind, bytes) VALUES ('seed', x'0102');"
                                  "PRAGMA user_version = 1",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

/* An old database is whole before and after, wherever its migration is stopped. */
static void migration_is_all_or_nothing(void **state)
{
    bool struck = true;
    (void)state;
    for (uint64_t at = 1; struck; at++) {
        for (enum faulty_kind kind = FAULTY_FAILS; kind < FAULTY_KINDS; kind++) {
            prom_error error = {{0}};
            prom_store *store = NULL;
            sqlite3_stmt *select = NULL;
            faulty_reset(FAULTY_NONE, at);
            make_first_cut();
            faulty.kind = kind;
            const prom_result opened = prom_store_open(&store, path, &chain_of_test, &error);
            assert_int_equal(prom_is_ok(opened), store != NULL);
            faulty.dead = true;
            prom_store_close(store);
            struck = faulty.struck;
            faulty_restart((enum faulty_rest)(at % FAULTY_RESTS));
            assert_ok(prom_store_open(&store, path, &chain_of_test, &error), &error);
            assert_int_equal(sqlite3_prepare_v2(store->database, "SELECT count(*) FROM note WHERE bytes = x'0102'", -1,
                                                &select, NULL),
                             SQLITE_OK);
            assert_int_equal(sqlite3_step(select), SQLITE_ROW);
            assert_int_equal(sqlite3_column_int(select, 0), 1);
            (void)sqlite3_finalize(select);
            prom_store_close(store);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acknowledged_is_there_after_any_fault),
        cmocka_unit_test(migration_is_all_or_nothing),
    };
    faulty_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
