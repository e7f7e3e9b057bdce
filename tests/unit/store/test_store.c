#include "store/place.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "store/schema.h"
#include "store/store.h"

/* Runs SQL on the file, with nobody else at it. */
static void run_on(const char *path, const char *text)
{
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, text, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static int64_t ask_of(const char *path, const char *text)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *select = NULL;
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(database, text, -1, &select, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(select), SQLITE_ROW);
    const int64_t number = sqlite3_column_int64(select, 0);
    (void)sqlite3_finalize(select);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
    return number;
}

/* That the file cannot be opened as a store, for this reason, and stays as it is. */
static void assert_refused(const struct place *place, prom_category category, const char *part)
{
    prom_span before;
    prom_span after;
    prom_store *store = NULL;
    FILE *file = fopen(place->path, "rb");
    uint8_t *bytes = calloc(2, 1 << 20);
    assert_true(file != NULL && bytes != NULL);
    before = prom_span_of(bytes, fread(bytes, 1, 1 << 20, file));
    (void)fclose(file);
    assert_fails(prom_store_open(&store, place->path, &chain_of_test, place->error), category, place->error, part);
    assert_null(store);
    file = fopen(place->path, "rb");
    assert_non_null(file);
    after = prom_span_of(bytes + (1 << 20), fread(bytes + (1 << 20), 1, 1 << 20, file));
    (void)fclose(file);
    assert_true(prom_span_equal(before, after));
    free(bytes);
}

static void new_store_is_empty(void **state)
{
    const struct place *place = *state;
    uint32_t tip = 1;
    prom_store *store = open_store(place);
    assert_int_equal(prom_store_generation(store), 1);
    assert_in_range(prom_store_epoch(store), 1, 0x7ffffffe);
    assert_ok(prom_store_own_tip(store, &tip, place->error), place->error);
    assert_int_equal(tip, 0);
    const uint32_t epoch = prom_store_epoch(store);
    prom_store_close(store);
    prom_store_close(NULL);
    store = open_store(place);
    assert_int_equal(prom_store_epoch(store), epoch);
    prom_store_close(store);
    assert_int_equal(ask_of(place->path, "PRAGMA user_version"), PROM_SCHEMA_VERSION);
}

static void own_tip_never_falls(void **state)
{
    const struct place *place = *state;
    static const uint32_t heights[] = {100, 99, 101, 7};
    static const uint32_t tips[] = {100, 100, 101, 101};
    prom_store *store = open_store(place);
    for (size_t i = 0; i < COUNT_OF(heights); i++) {
        uint32_t tip = 0;
        begin(place, store);
        assert_ok(prom_store_raise_tip(store, heights[i], place->error), place->error);
        commit(place, store);
        assert_ok(prom_store_own_tip(store, &tip, place->error), place->error);
        assert_int_equal(tip, tips[i]);
    }
    prom_store_close(store);
}

static void transaction_is_all_or_nothing(void **state)
{
    const struct place *place = *state;
    prom_store_channel channel = {.role = 1, .name = "kept"};
    uint32_t tip = 0;
    bool found = true;
    prom_store *store = open_store(place);
    assert_fails(prom_store_raise_tip(store, 1, place->error), PROM_CATEGORY_MISUSE, place->error,
                 "outside of a transaction");
    assert_fails(prom_store_commit(store, place->error), PROM_CATEGORY_MISUSE, place->error, "no transaction open");
    prom_store_rollback(store);
    begin(place, store);
    assert_fails(prom_store_begin(store, place->error), PROM_CATEGORY_MISUSE, place->error, "open already");
    assert_ok(prom_store_raise_tip(store, 9, place->error), place->error);
    prom_store_rollback(store);
    assert_ok(prom_store_own_tip(store, &tip, place->error), place->error);
    assert_int_equal(tip, 0);

    /* What has failed cannot be committed, nor go on. */
    const uint64_t number = make_channel(place, store, "kept");
    begin(place, store);
    assert_ok(prom_store_raise_tip(store, 9, place->error), place->error);
    assert_fails(prom_store_channel_add(store, &channel, place->error), PROM_CATEGORY_MISUSE, place->error,
                 "UNIQUE constraint failed: channel.name");
    assert_fails(prom_store_raise_tip(store, 10, place->error), PROM_CATEGORY_MISUSE, place->error, "has failed");
    assert_fails(prom_store_commit(store, place->error), PROM_CATEGORY_MISUSE, place->error, "cannot be committed");
    assert_ok(prom_store_own_tip(store, &tip, place->error), place->error);
    assert_int_equal(tip, 0);
    assert_ok(prom_store_channel_get(store, &channel, &found, number, place->error), place->error);
    assert_true(found);

    /* An open one is nothing when the store is closed. */
    begin(place, store);
    assert_ok(prom_store_raise_tip(store, 9, place->error), place->error);
    prom_store_close(store);
    store = open_store(place);
    assert_ok(prom_store_own_tip(store, &tip, place->error), place->error);
    assert_int_equal(tip, 0);
    prom_store_close(store);
}

static void other_files_are_refused(void **state)
{
    const struct place *place = *state;
    char newer[64];
    static const prom_bytes32 other_chain = {{9}};
    prom_store *store = NULL;
    assert_ok(prom_store_open(&store, place->path, &other_chain, place->error), place->error);
    prom_store_close(store);
    assert_refused(place, PROM_CATEGORY_BAD_INPUT,
                   "belongs to another chain, whose first block is "
                   "0000000000000000000000000000000000000000000000000000000000000009: use another folder");
    (void)snprintf(newer, sizeof newer, "PRAGMA user_version = %d", PROM_SCHEMA_VERSION + 1);
    run_on(place->path, newer);
    (void)snprintf(newer, sizeof newer, "newer version of this program (schema %d", PROM_SCHEMA_VERSION + 1);
    assert_refused(place, PROM_CATEGORY_BAD_INPUT, newer);
    run_on(place->path, "PRAGMA application_id = 1");
    assert_refused(place, PROM_CATEGORY_BAD_INPUT, "is a database of another program");
    assert_int_equal(unlink(place->path), 0);
    run_on(place->path, "CREATE TABLE journal (a, b); PRAGMA user_version = 1");
    assert_refused(place, PROM_CATEGORY_BAD_INPUT, "is a database of another program");
    assert_int_equal(unlink(place->path), 0);

    FILE *file = fopen(place->path, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < 1000; i++) {
        (void)fprintf(file, "no database\n");
    }
    (void)fclose(file);
    assert_refused(place, PROM_CATEGORY_BAD_INPUT, "is no database: name another file");
    assert_int_equal(unlink(place->path), 0);
    assert_fails(prom_store_open(&store, "/nowhere/at/all", &chain_of_test, place->error), PROM_CATEGORY_IO,
                 place->error, "/nowhere/at/all could not be opened");
    char path[PATH_MAX + 2];
    memset(path, 'x', sizeof path);
    path[sizeof path - 1] = '\0';
    assert_fails(prom_store_open(&store, path, &chain_of_test, place->error), PROM_CATEGORY_BAD_INPUT, place->error,
                 "has more than");
}

/* To be looked at: of whatever chain, but there. */
static void opens_what_is_there(void **state)
{
    const struct place *place = *state;
    prom_store *store = NULL;
    assert_fails(prom_store_open_there(&store, place->path, place->error), PROM_CATEGORY_IO, place->error, "opened");
    assert_int_not_equal(access(place->path, F_OK), 0);
    prom_store_close(open_store(place));
    assert_ok(prom_store_open_there(&store, place->path, place->error), place->error);
    assert_true(prom_bytes32_equal(prom_store_genesis(store), &chain_of_test));
    prom_store_close(store);
    run_on(place->path, "PRAGMA user_version = 1; PRAGMA application_id = 0;"
                        "CREATE TABLE x (y); ALTER TABLE journal RENAME TO z;"
                        "CREATE TABLE journal (number INTEGER, kind TEXT, bytes BLOB)");
    assert_fails(prom_store_open_there(&store, place->path, place->error), PROM_CATEGORY_BAD_INPUT, place->error,
                 "no channels");
}

static void damage_is_noticed(void **state)
{
    const struct place *place = *state;
    prom_store *store = open_store(place);
    const uint64_t channel = make_channel(place, store, "one");
    uint8_t bytes[9000] = {1};
    begin(place, store);
    assert_ok(
        prom_store_part_put(store, &(prom_store_key){channel, 0, 0}, prom_span_of(bytes, sizeof bytes), place->error),
        place->error);
    commit(place, store);
    prom_store_close(store);
    const int file = open(place->path, O_WRONLY | O_CLOEXEC);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(pwrite(file, bytes, 4096, 3 * 4096), 4096);
    (void)close(file);
    assert_refused(place, PROM_CATEGORY_IO, "is damaged: restore a backup");
}

static void older_database_is_migrated(void **state)
{
    const struct place *place = *state;
    run_on(place->path, prom_schema_migrations[0]);
    run_on(place->path, "PRAGMA journal_mode = WAL; PRAGMA user_version = 1;"
                        "INSERT INTO journal (kind, bytes) VALUES ('seed', x'0102'), ('h_p', x'03')");
    assert_int_equal(chmod(place->path, 0644), 0);
    prom_store *store = open_store(place);
    (void)make_channel(place, store, "one");
    prom_store_close(store);
    assert_int_equal(ask_of(place->path, "SELECT count(*) FROM note WHERE bytes IN (x'0102', x'03')"), 2);
    assert_int_equal(ask_of(place->path, "PRAGMA user_version"), PROM_SCHEMA_VERSION);
    struct stat status;
    assert_int_equal(stat(place->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    store = open_store(place);
    prom_store_close(store);
}

/* A database of the second version has what it had, and an index that is empty. Draws were among signed setups, which
 * were found by tags. */
static void second_version_is_migrated(void **state)
{
    const struct place *place = *state;
    prom_store_block top = {.height = 0};
    bool found = false;
    run_on(place->path, prom_schema_migrations[0]);
    run_on(place->path, prom_schema_migrations[1]);
    run_on(place->path,
           "PRAGMA journal_mode = WAL; PRAGMA user_version = 2; PRAGMA application_id = 0x50524f4d;"
           "INSERT INTO meta VALUES (1, x'0102030000000000000000000000000000000000000000000000000000000000',"
           " 3, 77, 1, 9, 0);"
           "INSERT INTO channel VALUES (5, 1, 'one', 8, 0, 0);"
           "INSERT INTO part VALUES (5, 0, 1, x'0405');"
           "INSERT INTO block VALUES (9, zeroblob(32));"
           "INSERT INTO signed_setup VALUES (1, zeroblob(32), x'0a', 9, 1, 8);"
           "INSERT INTO signed_setup VALUES (2, x'0200000000000000000000000000000000000000000000000000000000000000',"
           " x'0b', 9, 0, NULL);"
           "INSERT INTO setup_tag VALUES (x'01', 1), (x'01', 2)");
    prom_store *store = open_store(place);
    assert_int_equal(prom_store_generation(store), 3);
    assert_int_equal(prom_store_epoch(store), 77);
    assert_ok(prom_store_block_top(store, &top, &found, place->error), place->error);
    assert_true(found && top.height == 9);
    assert_ok(prom_store_index_top(store, &top, &found, place->error), place->error);
    assert_false(found);
    prom_store_close(store);
    assert_int_equal(ask_of(place->path, "SELECT count(*) FROM part WHERE channel = 5 AND bytes = x'0405'"), 1);
    assert_int_equal(ask_of(place->path, "SELECT count(*) FROM draw"), 1);
    assert_int_equal(
        ask_of(place->path, "SELECT count(*) FROM draw WHERE id = zeroblob(32) AND bytes = x'0a' AND own_tip = 8"), 1);
    assert_int_equal(ask_of(place->path, "SELECT count(*) FROM sqlite_schema"
                                         " WHERE name IN ('route', 'file', 'signed_setup', 'setup_tag')"),
                     0);
    assert_int_equal(ask_of(place->path, "PRAGMA user_version"), PROM_SCHEMA_VERSION);
}

/* It holds secrets: so do the files that SQLite puts beside it. */
static void only_the_owner_can_read_it(void **state)
{
    const struct place *place = *state;
    static const char *const suffixes[] = {"", "-wal"};
    const mode_t before = umask(0);
    prom_store *store = open_store(place);
    (void)make_channel(place, store, "one");
    assert_int_equal(umask(before), 0); /* it has given the mask back */
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        char path[192];
        struct stat found;
        (void)snprintf(path, sizeof path, "%s%s", place->path, suffixes[i]);
        assert_int_equal(stat(path, &found), 0);
        assert_int_equal(found.st_mode & 0777, 0600);
    }
    prom_store_close(store);
}

/* Tries to open the store in another process: true when that is refused, with the sentence. */
static bool is_refused_elsewhere(const struct place *place, const char *part)
{
    int status = 0;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        prom_error error = {{0}};
        prom_store *store = NULL;
        const prom_result opened = prom_store_open(&store, place->path, &chain_of_test, &error);
        _exit(opened.category == PROM_CATEGORY_IO && strstr(error.sentence, part) != NULL ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void second_process_is_refused(void **state)
{
    const struct place *place = *state;
    char part[128];
    prom_store *store = open_store(place);
    prom_store *second = NULL;
    (void)snprintf(part, sizeof part, "is in use by unit.store.stor (process %d): end that first", (int)getpid());
    assert_true(is_refused_elsewhere(place, part));
    assert_fails(prom_store_open(&second, place->path, &chain_of_test, place->error), PROM_CATEGORY_IO, place->error,
                 "is in use by");
    assert_true(is_refused_elsewhere(place, part)); /* the second try has not freed the lock */
    (void)make_channel(place, store, "one");
    assert_true(is_refused_elsewhere(place, part));
    prom_store_close(store);
    assert_false(is_refused_elsewhere(place, part));
}

/* Adds channel after channel, tells the parent the number of each one that is kept, until it is killed. */
static void add_for_ever(const struct place *place, int told)
{
    prom_error error;
    prom_store *store = NULL;
    if (!prom_is_ok(prom_store_open(&store, place->path, &chain_of_test, &error))) {
        _exit(1);
    }
    for (;;) {
        prom_store_channel channel = {.role = 2};
        (void)snprintf(channel.name, sizeof channel.name, "%d %ld", (int)getpid(), random());
        if (!prom_is_ok(prom_store_begin(store, &error)) ||
            !prom_is_ok(prom_store_channel_add(store, &channel, &error)) ||
            !prom_is_ok(prom_store_commit(store, &error)) ||
            write(told, &channel.number, sizeof channel.number) != sizeof channel.number) {
            _exit(1);
        }
    }
}

/* Whatever was told to be kept is there after kill -9. */
static void killed_process_loses_nothing(void **state)
{
    const struct place *place = *state;
    for (uint32_t round = 1; round <= 5; round++) {
        int channel[2];
        uint64_t told = 0;
        bool found = false;
        prom_store_channel kept;
        assert_int_equal(pipe(channel), 0);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            add_for_ever(place, channel[1]);
        }
        (void)close(channel[1]);
        while ((told & 0xffffffff) < 20 * round) {
            assert_int_equal(read(channel[0], &told, sizeof told), sizeof told);
        }
        assert_int_equal(kill(child, SIGKILL), 0);
        while (read(channel[0], &told, sizeof told) == sizeof told) { /* what it said before it died */
        }
        (void)close(channel[0]);
        assert_int_equal(waitpid(child, NULL, 0), child);
        prom_store *store = open_store(place);
        assert_ok(prom_store_channel_get(store, &kept, &found, told, place->error), place->error);
        assert_true(found);
        prom_store_close(store);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(new_store_is_empty),
        STORE_TEST(own_tip_never_falls),
        STORE_TEST(transaction_is_all_or_nothing),
        STORE_TEST(other_files_are_refused),
        STORE_TEST(opens_what_is_there),
        STORE_TEST(damage_is_noticed),
        STORE_TEST(older_database_is_migrated),
        STORE_TEST(second_version_is_migrated),
        STORE_TEST(only_the_owner_can_read_it),
        STORE_TEST(second_process_is_refused),
        STORE_TEST(killed_process_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
