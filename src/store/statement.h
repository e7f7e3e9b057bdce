/* The store's own: the database handle, its statements, and how values go in and rows come out. Only files of src/store
 * include this. */
#ifndef STORE_STATEMENT_H
#define STORE_STATEMENT_H

#include <limits.h>
#include <sqlite3.h>
#include <stdint.h>

#include "store/store.h"

/* Every statement that is run more than once; its text is in the table of statement.c. */
typedef enum prom_statement {
    PROM_SQL_BEGIN,
    PROM_SQL_COMMIT,
    PROM_SQL_ROLLBACK,
    PROM_SQL_META,
    PROM_SQL_META_SETTLE,
    PROM_SQL_META_CHANNELS,
    PROM_SQL_META_TIP,
    PROM_SQL_CHANNEL_ADD,
    PROM_SQL_CHANNEL_CLOSE,
    PROM_SQL_CHANNEL_GET,
    PROM_SQL_CHANNEL_NAMED,
    PROM_SQL_CHANNEL_EACH,
    PROM_SQL_CHANNEL_CLEAR_PARTS,
    PROM_SQL_CHANNEL_CLEAR_OUTBOX,
    PROM_SQL_CHANNEL_CLEAR_SENT,
    PROM_SQL_CHANNEL_CLEAR_INBOX,
    PROM_SQL_CHANNEL_CLEAR_NAME,
    PROM_SQL_CHANNEL_NOTE_USE,
    PROM_SQL_CHANNEL_IDLE,
    PROM_SQL_CHANNEL_AGAIN,
    PROM_SQL_CHANNEL_VAIN,
    PROM_SQL_PART_PUT,
    PROM_SQL_PART_EACH,
    PROM_SQL_PART_REMOVE,
    PROM_SQL_OUTBOX_PUT,
    PROM_SQL_OUTBOX_SENT,
    PROM_SQL_OUTBOX_LAST,
    PROM_SQL_OUTBOX_GET,
    PROM_SQL_OUTBOX_EACH,
    PROM_SQL_OUTBOX_DROP,
    PROM_SQL_INBOX_PUT,
    PROM_SQL_INBOX_GET,
    PROM_SQL_PEER_EACH,
    PROM_SQL_BLOCK_PUT,
    PROM_SQL_BLOCK_PRUNE,
    PROM_SQL_BLOCK_UNDO,
    PROM_SQL_BLOCK_TOP,
    PROM_SQL_BLOCK_AT,
    PROM_SQL_INDEX_OWNER_PUT,
    PROM_SQL_INDEX_OWNER_GET,
    PROM_SQL_INDEX_BLOCK_PUT,
    PROM_SQL_INDEX_BLOCK_DROP,
    PROM_SQL_INDEX_BLOCK_TOP,
    PROM_SQL_INDEX_BLOCK_EACH,
    PROM_SQL_INDEX_ENTRY_PUT,
    PROM_SQL_INDEX_ENTRY_DROP,
    PROM_SQL_INDEX_ENTRY_UNSPEND,
    PROM_SQL_INDEX_ENTRY_EACH,
    PROM_SQL_INDEX_COIN_PUT,
    PROM_SQL_INDEX_COIN_DROP,
    PROM_SQL_INDEX_COIN_UNSPEND,
    PROM_SQL_INDEX_COIN_EACH,
    PROM_SQL_JOURNAL_PUT,
    PROM_SQL_JOURNAL_GET,
    PROM_SQL_SEEN_PUT,
    PROM_SQL_SEEN_EACH,
    PROM_SQL_DRAW_PUT,
    PROM_SQL_DRAW_EACH,
    PROM_SQL_DRAW_FORGET,
    PROM_SQL_COIN_PUT,
    PROM_SQL_COIN_EACH,
    PROM_SQL_COIN_RELEASE,
    PROM_SQL_META_RAISE_CHANNELS,
    PROM_SQL_USED_GET,
    PROM_SQL_USED_RAISE,
    PROM_SQL_PAYMENT_PUT,
    PROM_SQL_PAYMENT_OVER,
    PROM_SQL_PAYMENT_EACH,
    PROM_SQL_JOB_PUT,
    PROM_SQL_JOB_GET,
    PROM_SQL_JOB_EACH,
    PROM_SQL_JOB_OPEN_EACH,
    PROM_SQL_JOB_FORGET,
    PROM_STATEMENTS
} prom_statement;

struct prom_store {
    sqlite3 *database;
    sqlite3_stmt *statements[PROM_STATEMENTS];
    char path[PATH_MAX];
    prom_bytes32 genesis;
    uint64_t generation;
    uint32_t epoch;
    bool open;   /* a transaction is */
    bool failed; /* something in it has: it will not be committed */
    bool full;   /* the last failure was for want of room */
    bool unsure; /* a commit has failed, and the disk may have it nevertheless */
};

/* What is bound to a statement's parameter. */
typedef struct prom_value {
    enum { PROM_VALUE_INTEGER, PROM_VALUE_BLOB, PROM_VALUE_TEXT } kind;
    int64_t integer;
    prom_span blob;
    const char *text;
} prom_value;

/* A number above PROM_STORE_NUMBER_MAX fails when it is bound. */
static inline prom_value prom_value_integer(uint64_t integer)
{
    return (prom_value){.kind = PROM_VALUE_INTEGER, .integer = (int64_t)integer};
}

static inline prom_value prom_value_blob(prom_span blob)
{
    return (prom_value){.kind = PROM_VALUE_BLOB, .blob = blob};
}

static inline prom_value prom_value_hash(const prom_bytes32 *hash)
{
    return prom_value_blob(prom_span_of32(hash));
}

static inline prom_value prom_value_text(const char *text)
{
    return (prom_value){.kind = PROM_VALUE_TEXT, .text = text};
}

/* Called with a row; what it fails with ends the reading. */
typedef prom_result (*prom_row)(void *context, sqlite3_stmt *row, prom_error *error);

/* Runs a statement that changes something, in the open transaction: PROM_CATEGORY_MISUSE without one. A failure gives
 * the transaction up. `changed`, which may be NULL, is the number of rows. */
PROM_MUST_USE prom_result prom_store_write(prom_store *store, uint64_t *changed, prom_statement statement,
                                           const prom_value *values, size_t count, prom_error *error);

/* Calls `row` with each row of the answer. `rows`, which may be NULL, is their number. A row's function may use the
 * store, but not run the same statement. */
typedef struct prom_rows {
    prom_row row;
    void *context;
    uint64_t *count;
} prom_rows;
PROM_MUST_USE prom_result prom_store_read(prom_store *store, prom_statement statement, const prom_value *values,
                                          size_t count, const prom_rows *rows, prom_error *error);

/* Runs BEGIN, COMMIT, ROLLBACK: SQLite's own code is returned. */
int prom_store_run(prom_store *store, prom_statement statement);

/* Writes the sentence for SQLite's code, "PATH could not be WHAT: ...", and notes whether the disk is full. Categories:
 * PROM_CATEGORY_MEMORY, PROM_CATEGORY_MISUSE (a constraint: the caller's rows do not fit), else PROM_CATEGORY_IO. */
PROM_MUST_USE prom_result prom_store_failure(prom_store *store, int code, const char *what, prom_error *error);

/* Returns a number from 1 to 2^31 - 2 that nobody has used. */
uint32_t prom_store_draw_epoch(void);

/* Returns what a column holds: bytes that are valid until the row's function returns. */
prom_span prom_column_blob(sqlite3_stmt *row, int column);
uint64_t prom_column_number(sqlite3_stmt *row, int column);
/* Reads 32 bytes. PROM_CATEGORY_BROKEN when it is anything else. */
PROM_MUST_USE prom_result prom_column_hash(prom_bytes32 *hash, sqlite3_stmt *row, int column, prom_error *error);

#endif
