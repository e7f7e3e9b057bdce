#include "store/store.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { SCHEMA_VERSION = 1 };

struct prom_store {
    sqlite3 *database;
};

/* WAL with full synchronisation: a commit is on the disk before the next action is taken. */
static const char schema[] = "PRAGMA journal_mode = WAL;"
                             "PRAGMA synchronous = FULL;"
                             "PRAGMA foreign_keys = ON;"
                             "BEGIN IMMEDIATE;"
                             "CREATE TABLE IF NOT EXISTS journal ("
                             "  number INTEGER PRIMARY KEY AUTOINCREMENT,"
                             "  kind TEXT NOT NULL,"
                             "  bytes BLOB NOT NULL) STRICT;"
                             "PRAGMA user_version = 1;"
                             "COMMIT;";

static prom_result sqlite_failed(sqlite3 *database, prom_error *error, const char *what)
{
    return prom_fail(error, PROM_CATEGORY_IO, "the store could not %s: %s", what, sqlite3_errmsg(database));
}

/* The schema's version in the file; 0 where it is new, or no database: opening it will say so. */
static int version_of(sqlite3 *database)
{
    sqlite3_stmt *select = NULL;
    int version = 0;
    if (sqlite3_prepare_v2(database, "PRAGMA user_version", -1, &select, NULL) == SQLITE_OK &&
        sqlite3_step(select) == SQLITE_ROW) {
        version = sqlite3_column_int(select, 0);
    }
    (void)sqlite3_finalize(select);
    return version;
}

static prom_result open_database(prom_store *store, const char *path, prom_error *error)
{
    const mode_t before = umask(S_IRWXG | S_IRWXO); /* it holds secrets */
    const int opened =
        sqlite3_open_v2(path, &store->database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (opened == SQLITE_OK) {
        (void)sqlite3_busy_timeout(store->database, 5000);
    }
    if (opened == SQLITE_OK && version_of(store->database) > SCHEMA_VERSION) {
        (void)umask(before);
        return prom_fail(error, PROM_CATEGORY_IO, "%s was written by a newer version of this program", path);
    }
    const int made = opened == SQLITE_OK ? sqlite3_exec(store->database, schema, NULL, NULL, NULL) : opened;
    (void)umask(before);
    return made == SQLITE_OK ? prom_ok()
                             : prom_within(sqlite_failed(store->database, error, "be opened"), error, "%s", path);
}

prom_result prom_store_open(prom_store **store, const char *path, prom_error *error)
{
    *store = calloc(1, sizeof **store);
    if (*store == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    const prom_result opened = open_database(*store, path, error);
    if (!prom_is_ok(opened)) {
        prom_store_close(*store);
        *store = NULL;
    }
    return opened;
}

void prom_store_close(prom_store *store)
{
    if (store != NULL) {
        (void)sqlite3_close(store->database);
        free(store);
    }
}

prom_result prom_store_append(prom_store *store, const char *kind, prom_span bytes, prom_error *error)
{
    sqlite3_stmt *insert = NULL;
    int done =
        sqlite3_prepare_v2(store->database, "INSERT INTO journal (kind, bytes) VALUES (?1, ?2)", -1, &insert, NULL);
    if (done == SQLITE_OK) {
        (void)sqlite3_bind_text(insert, 1, kind, -1, SQLITE_STATIC);
        (void)sqlite3_bind_blob64(insert, 2, bytes.length > 0 ? (const void *)bytes.data : "", bytes.length,
                                  SQLITE_STATIC);
        done = sqlite3_step(insert);
    }
    const prom_result result = done == SQLITE_DONE ? prom_ok() : sqlite_failed(store->database, error, "be written");
    (void)sqlite3_finalize(insert);
    return result;
}

prom_result prom_store_newest(prom_store *store, prom_arena *arena, prom_span *bytes, bool *found, const char *kind,
                              prom_error *error)
{
    static const char query[] = "SELECT bytes FROM journal WHERE kind = ?1 ORDER BY number DESC LIMIT 1";
    sqlite3_stmt *select = NULL;
    prom_result result = prom_ok();
    *found = false;
    *bytes = prom_span_of(NULL, 0);
    int done = sqlite3_prepare_v2(store->database, query, -1, &select, NULL);
    if (done == SQLITE_OK) {
        (void)sqlite3_bind_text(select, 1, kind, -1, SQLITE_STATIC);
        done = sqlite3_step(select);
    }
    if (done == SQLITE_ROW) {
        const uint8_t *data = sqlite3_column_blob(select, 0);
        const int length = sqlite3_column_bytes(select, 0);
        *found = true;
        result = prom_span_copy(arena, bytes, prom_span_of(data, (size_t)length), error);
    } else if (done != SQLITE_DONE) {
        result = sqlite_failed(store->database, error, "be read");
    }
    (void)sqlite3_finalize(select);
    return result;
}
