#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/holder.h"
#include "store/schema.h"
#include "store/statement.h"
#include "system/random.h"

/* One connection holds the file alone: Debian 12's SQLite can lose a write-ahead log that two connections share. A
 * commit is on the disk before it is acknowledged. */
static const char before_first_look[] = "PRAGMA locking_mode = EXCLUSIVE;"
                                        "PRAGMA synchronous = FULL;"
                                        "PRAGMA foreign_keys = ON;"
                                        "PRAGMA trusted_schema = OFF;"
                                        "PRAGMA cell_size_check = ON;";

enum { FIRST_WITH_META = 2 }; /* the version that names its chain */

/* -- What the file is -- */

static prom_result cannot_open(prom_store *store, int code, prom_error *error)
{
    char who[PROM_HOLDER_TEXT];
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return prom_fail(error, PROM_CATEGORY_IO, "%s is in use by %s: end that first", store->path,
                         prom_holder_name(who, store->path));
    case SQLITE_NOTADB:
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is no database: name another file", store->path);
    case SQLITE_CORRUPT:
    case SQLITE_ERROR:
        return prom_fail(error, PROM_CATEGORY_IO, "%s is damaged: restore a backup", store->path);
    default:
        return prom_store_failure(store, code, "opened", error);
    }
}

/* The number that a pragma or a count gives. */
static int ask(prom_store *store, int64_t *number, const char *text)
{
    sqlite3_stmt *select = NULL;
    int code = sqlite3_prepare_v2(store->database, text, -1, &select, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(select);
        *number = code == SQLITE_ROW ? sqlite3_column_int64(select, 0) : 0;
    }
    (void)sqlite3_finalize(select);
    return code == SQLITE_ROW ? SQLITE_OK : code;
}

/* Finds the version of a database of ours, 0 of an empty one, and refuses all others. Changes nothing. */
static prom_result look(prom_store *store, size_t *version, prom_error *error)
{
    int64_t tables = 0;
    int64_t mark = 0;
    int64_t number = 0;
    int64_t first_cut = 0;
    int code = ask(store, &tables, "SELECT count(*) FROM sqlite_schema");
    code = code == SQLITE_OK ? ask(store, &mark, "PRAGMA application_id") : code;
    code = code == SQLITE_OK ? ask(store, &number, "PRAGMA user_version") : code;
    code = code == SQLITE_OK ? ask(store, &first_cut,
                                   "SELECT count(*) FROM pragma_table_info('journal')"
                                   " WHERE name IN ('number', 'kind', 'bytes')")
                             : code;
    if (code != SQLITE_OK) {
        return cannot_open(store, code, error);
    }
    const bool is_new = tables == 0 && mark == 0 && number == 0;
    const bool is_ours = number >= 1 && (mark == PROM_SCHEMA_MARK || (mark == 0 && number == 1 && first_cut == 3));
    if (!is_new && !is_ours) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is a database of another program: name another file",
                         store->path);
    }
    if (number > PROM_SCHEMA_VERSION) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s was written by a newer version of this program (schema %lld, and %d is known here): use "
                         "that one",
                         store->path, (long long)number, PROM_SCHEMA_VERSION);
    }
    *version = (size_t)number;
    return prom_ok();
}

/* -- Making and migrating -- */

static int put_meta(prom_store *store, const prom_bytes32 *genesis)
{
    static const char text[] = "INSERT INTO meta (one, genesis, generation, epoch, channels, own_tip, settled)"
                               " VALUES (1, ?1, 1, ?2, 0, 0, 0)";
    sqlite3_stmt *insert = NULL;
    int code = sqlite3_prepare_v2(store->database, text, -1, &insert, NULL);
    if (code == SQLITE_OK) {
        (void)sqlite3_bind_blob(insert, 1, genesis->bytes, sizeof genesis->bytes, SQLITE_STATIC);
        (void)sqlite3_bind_int64(insert, 2, prom_store_draw_epoch());
        code = sqlite3_step(insert);
    }
    (void)sqlite3_finalize(insert);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int run_text(prom_store *store, const char *text)
{
    return sqlite3_exec(store->database, text, NULL, NULL, NULL);
}

static int migrate(prom_store *store, size_t version, const prom_bytes32 *genesis)
{
    char text[96];
    int code = run_text(store, "BEGIN IMMEDIATE");
    for (size_t i = version; i < PROM_SCHEMA_VERSION && code == SQLITE_OK; i++) {
        code = run_text(store, prom_schema_migrations[i]);
    }
    if (version < FIRST_WITH_META && code == SQLITE_OK) {
        code = put_meta(store, genesis);
    }
    (void)snprintf(text, sizeof text, "PRAGMA user_version = %d; PRAGMA application_id = %d", PROM_SCHEMA_VERSION,
                   PROM_SCHEMA_MARK);
    code = code == SQLITE_OK ? run_text(store, text) : code;
    code = code == SQLITE_OK ? run_text(store, "COMMIT") : code;
    if (code != SQLITE_OK) {
        (void)run_text(store, "ROLLBACK");
    }
    return code;
}

static prom_result take_meta(void *context, sqlite3_stmt *row, prom_error *error)
{
    prom_store *store = context;
    PROM_TRY(prom_column_hash(&store->genesis, row, 0, error));
    store->generation = prom_column_number(row, 1);
    store->epoch = (uint32_t)prom_column_number(row, 2);
    return prom_ok();
}

static prom_result check_chain(prom_store *store, const prom_bytes32 *genesis, prom_error *error)
{
    char text[PROM_HEX32];
    uint64_t count = 0;
    PROM_TRY(prom_store_read(store, PROM_SQL_META, NULL, 0, &(prom_rows){take_meta, store, &count}, error));
    if (count != 1) {
        return cannot_open(store, SQLITE_CORRUPT, error);
    }
    if (genesis != NULL && !prom_bytes32_equal(&store->genesis, genesis)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s belongs to another chain, whose first block is %s: use another folder for this chain",
                         store->path, prom_hex32_reversed(text, &store->genesis));
    }
    return prom_ok();
}

static prom_result check_whole(prom_store *store, prom_error *error)
{
    sqlite3_stmt *check = NULL;
    int code = sqlite3_prepare_v2(store->database, "PRAGMA quick_check(1)", -1, &check, NULL);
    code = code == SQLITE_OK ? sqlite3_step(check) : code;
    if (code == SQLITE_ROW) {
        code = strcmp((const char *)sqlite3_column_text(check, 0), "ok") == 0 ? SQLITE_OK : SQLITE_CORRUPT;
    }
    (void)sqlite3_finalize(check);
    return code == SQLITE_OK ? prom_ok() : cannot_open(store, code, error);
}

/* A database that was copied here, or made by the first cut, may be open to others. */
static prom_result close_to_others(const prom_store *store, prom_error *error)
{
    struct stat status;
    if (stat(store->path, &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0 &&
        chmod(store->path, S_IRUSR | S_IWUSR) != 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "%s is readable by others, and cannot be closed to them: %s",
                         store->path, strerror(errno));
    }
    return prom_ok();
}

/* Turns the write-ahead log on; SQLite says in words whether it could. */
static int log_ahead(prom_store *store)
{
    sqlite3_stmt *pragma = NULL;
    int code = sqlite3_prepare_v2(store->database, "PRAGMA journal_mode = WAL", -1, &pragma, NULL);
    code = code == SQLITE_OK ? sqlite3_step(pragma) : code;
    if (code == SQLITE_ROW) {
        code = strcmp((const char *)sqlite3_column_text(pragma, 0), "wal") == 0 ? SQLITE_OK : SQLITE_IOERR;
    }
    (void)sqlite3_finalize(pragma);
    return code;
}

/* Without the chain of a new one, none is made, and none that does not name its own is taken. */
static prom_result open_database(prom_store *store, const prom_bytes32 *genesis, prom_error *error)
{
    enum { FLAGS = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE };
    const int flags = FLAGS | (genesis != NULL ? SQLITE_OPEN_CREATE : 0);
    size_t version = 0;
    int code = sqlite3_open_v2(store->path, &store->database, flags, NULL);
    code = code == SQLITE_OK ? run_text(store, before_first_look) : code;
    if (code != SQLITE_OK) {
        return cannot_open(store, code, error);
    }
    PROM_TRY(look(store, &version, error));
    if (genesis == NULL && version < FIRST_WITH_META) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s holds no channels: name the folder of a node",
                         store->path);
    }
    PROM_TRY(close_to_others(store, error));
    code = log_ahead(store);
    if (code != SQLITE_OK) {
        return cannot_open(store, code, error);
    }
    if (version > 0) {
        PROM_TRY(check_whole(store, error));
    }
    code = version < PROM_SCHEMA_VERSION ? migrate(store, version, genesis) : SQLITE_OK;
    return code == SQLITE_OK ? check_chain(store, genesis, error) : cannot_open(store, code, error);
}

uint32_t prom_store_draw_epoch(void)
{
    enum { EPOCHS = 0x7ffffffe };
    const prom_bytes32 random = prom_random_bytes32();
    uint64_t number = 0;
    memcpy(&number, random.bytes, sizeof number);
    return (uint32_t)(number % EPOCHS) + 1;
}

static prom_result open_at(prom_store **store, const char *path, const prom_bytes32 *genesis, prom_error *error)
{
    prom_store *made = calloc(1, sizeof *made);
    *store = NULL;
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    if (strlen(path) >= sizeof made->path) {
        free(made);
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the path of the database has more than %zu characters",
                         sizeof made->path - 1);
    }
    memcpy(made->path, path, strlen(path) + 1);
    const mode_t before = umask(S_IRWXG | S_IRWXO); /* it holds secrets */
    const prom_result opened = open_database(made, genesis, error);
    (void)umask(before);
    if (!prom_is_ok(opened)) {
        prom_store_close(made);
        return opened;
    }
    *store = made;
    return opened;
}

prom_result prom_store_open(prom_store **store, const char *path, const prom_bytes32 *genesis, prom_error *error)
{
    return open_at(store, path, genesis, error);
}

prom_result prom_store_open_there(prom_store **store, const char *path, prom_error *error)
{
    return open_at(store, path, NULL, error);
}

void prom_store_close(prom_store *store)
{
    if (store == NULL) {
        return;
    }
    prom_store_rollback(store);
    for (size_t i = 0; i < PROM_STATEMENTS; i++) {
        (void)sqlite3_finalize(store->statements[i]);
    }
    (void)sqlite3_close(store->database);
    free(store);
}

/* -- Transactions -- */

/* After a commit that failed, its last frame may lie in the write-ahead log, and a restart would find it whole. Another
 * frame in its place ends that. */
static int settle(prom_store *store)
{
    int code = prom_store_run(store, PROM_SQL_BEGIN);
    if (code == SQLITE_OK) {
        code = prom_store_run(store, PROM_SQL_META_SETTLE);
        code = code == SQLITE_OK ? prom_store_run(store, PROM_SQL_COMMIT) : code;
        if (sqlite3_get_autocommit(store->database) == 0) {
            (void)prom_store_run(store, PROM_SQL_ROLLBACK);
        }
    }
    store->unsure = code != SQLITE_OK;
    return code;
}

prom_result prom_store_begin(prom_store *store, prom_error *error)
{
    if (store->open) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%s has a transaction open already", store->path);
    }
    int code = store->unsure ? settle(store) : SQLITE_OK;
    code = code == SQLITE_OK ? prom_store_run(store, PROM_SQL_BEGIN) : code;
    if (code != SQLITE_OK) {
        return prom_store_failure(store, code, "written", error);
    }
    store->open = true;
    store->failed = false;
    store->full = false;
    return prom_ok();
}

prom_result prom_store_commit(prom_store *store, prom_error *error)
{
    if (!store->open) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%s has no transaction open", store->path);
    }
    if (store->failed) {
        const bool full = store->full;
        prom_store_rollback(store);
        store->full = full;
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%s: a transaction that has failed cannot be committed",
                         store->path);
    }
    const int code = prom_store_run(store, PROM_SQL_COMMIT);
    if (code == SQLITE_OK) {
        store->open = false;
        return prom_ok();
    }
    prom_store_rollback(store);
    store->unsure = true;
    (void)settle(store);
    return prom_store_failure(store, code, "written", error);
}

void prom_store_rollback(prom_store *store)
{
    if (store->open && sqlite3_get_autocommit(store->database) == 0) {
        (void)prom_store_run(store, PROM_SQL_ROLLBACK);
    }
    store->open = false;
    store->failed = false;
}

bool prom_store_is_full(const prom_store *store)
{
    return store->full;
}

/* -- About the whole -- */

const prom_bytes32 *prom_store_genesis(const prom_store *store)
{
    return &store->genesis;
}

uint64_t prom_store_generation(const prom_store *store)
{
    return store->generation;
}

uint32_t prom_store_epoch(const prom_store *store)
{
    return store->epoch;
}

static prom_result take_tip(void *context, sqlite3_stmt *row, prom_error *error)
{
    uint32_t *height = context;
    (void)error;
    *height = (uint32_t)prom_column_number(row, 3);
    return prom_ok();
}

prom_result prom_store_own_tip(prom_store *store, uint32_t *height, prom_error *error)
{
    *height = 0;
    return prom_store_read(store, PROM_SQL_META, NULL, 0, &(prom_rows){take_tip, height, NULL}, error);
}

prom_result prom_store_raise_tip(prom_store *store, uint32_t height, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(height)};
    return prom_store_write(store, NULL, PROM_SQL_META_TIP, values, 1, error);
}
