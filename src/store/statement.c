#include "store/statement.h"

#include <string.h>

static const char *const texts[PROM_STATEMENTS] = {
    [PROM_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [PROM_SQL_COMMIT] = "COMMIT",
    [PROM_SQL_ROLLBACK] = "ROLLBACK",

    [PROM_SQL_META] = "SELECT genesis, generation, epoch, own_tip, channels FROM meta",
    [PROM_SQL_META_SETTLE] = "UPDATE meta SET settled = settled + 1",
    [PROM_SQL_META_CHANNELS] = "UPDATE meta SET channels = channels + 1 WHERE channels < 2147483647",
    [PROM_SQL_META_TIP] = "UPDATE meta SET own_tip = ?1 WHERE own_tip < ?1",

    [PROM_SQL_CHANNEL_ADD] = "INSERT INTO channel (number, role, name, created) VALUES (?1, ?2, ?3, ?4)",
    [PROM_SQL_CHANNEL_CLOSE] = "UPDATE channel SET closed = 1 WHERE number = ?1",
    [PROM_SQL_CHANNEL_GET] = "SELECT number, role, name, created, closed, restored FROM channel WHERE number = ?1",
    [PROM_SQL_CHANNEL_NAMED] = "SELECT number, role, name, created, closed, restored FROM channel WHERE name = ?1",
    [PROM_SQL_CHANNEL_EACH] = "SELECT number, role, name, created, closed, restored FROM channel ORDER BY number",
    [PROM_SQL_CHANNEL_CLEAR_PARTS] = "DELETE FROM part WHERE channel = ?1",
    [PROM_SQL_CHANNEL_CLEAR_OUTBOX] = "DELETE FROM outbox WHERE channel = ?1",
    [PROM_SQL_CHANNEL_CLEAR_SENT] = "DELETE FROM sent WHERE channel = ?1",
    [PROM_SQL_CHANNEL_CLEAR_INBOX] = "DELETE FROM inbox WHERE channel = ?1",
    [PROM_SQL_CHANNEL_CLEAR_NAME] = "UPDATE channel SET name = name || '-' || number WHERE number = ?1",
    /* Whatever was said of it: where something was signed, or may have been since a backup, a number is never had
       twice. */
    [PROM_SQL_CHANNEL_NOTE_USE] =
        "UPDATE channel SET idle = CASE WHEN ?2 = 1 AND (restored = 1 OR number >> 32 != (SELECT epoch FROM meta)"
        " OR EXISTS (SELECT 1 FROM journal WHERE journal.channel = ?1)) THEN 2 ELSE ?2 END WHERE number = ?1",
    [PROM_SQL_CHANNEL_IDLE] = "SELECT number FROM channel WHERE idle = 1 AND restored = 0"
                              " AND number >> 32 = (SELECT epoch FROM meta) ORDER BY number LIMIT 1",
    [PROM_SQL_CHANNEL_AGAIN] =
        "UPDATE channel SET idle = 0, closed = 0, role = ?2, name = ?3, created = ?4 WHERE number = ?1",
    [PROM_SQL_CHANNEL_VAIN] = "SELECT count(*) FROM channel WHERE idle = 2 AND created > ?1",

    [PROM_SQL_PART_PUT] = "INSERT INTO part (channel, batch, part, bytes) VALUES (?1, ?2, ?3, ?4)"
                          " ON CONFLICT DO UPDATE SET bytes = excluded.bytes",
    [PROM_SQL_PART_EACH] = "SELECT batch, part, bytes FROM part WHERE channel = ?1 ORDER BY batch, part",
    [PROM_SQL_PART_REMOVE] = "DELETE FROM part WHERE channel = ?1 AND batch = ?2 AND part = ?3",

    [PROM_SQL_OUTBOX_PUT] = "INSERT INTO outbox (channel, peer, number, bytes) VALUES (?1, ?2, ?3, ?4)",
    [PROM_SQL_OUTBOX_SENT] = "INSERT INTO sent (channel, peer, number) VALUES (?1, ?2, ?3)"
                             " ON CONFLICT DO UPDATE SET number = excluded.number WHERE number < excluded.number",
    [PROM_SQL_OUTBOX_LAST] = "SELECT number FROM sent WHERE channel = ?1 AND peer = ?2",
    [PROM_SQL_OUTBOX_GET] = "SELECT bytes FROM outbox WHERE channel = ?1 AND peer = ?2 AND number = ?3",
    [PROM_SQL_OUTBOX_EACH] = "SELECT peer, number, bytes FROM outbox WHERE channel = ?1 ORDER BY peer, number",
    [PROM_SQL_OUTBOX_DROP] = "DELETE FROM outbox WHERE channel = ?1 AND peer = ?2 AND number <= ?3",

    [PROM_SQL_INBOX_PUT] = "INSERT INTO inbox (channel, peer, generation, number) VALUES (?1, ?2, ?3, ?4)"
                           " ON CONFLICT DO UPDATE SET generation = excluded.generation, number = excluded.number"
                           " WHERE (generation, number) <= (excluded.generation, excluded.number)",
    [PROM_SQL_PEER_EACH] = "SELECT peer FROM inbox WHERE channel = ?1 UNION SELECT peer FROM sent WHERE channel = ?1"
                           " ORDER BY peer",
    [PROM_SQL_INBOX_GET] = "SELECT generation, number FROM inbox WHERE channel = ?1 AND peer = ?2",

    /* The next block is right above the top one, or the first of all. */
    [PROM_SQL_BLOCK_PUT] = "INSERT INTO block (height, hash) SELECT ?1, ?2"
                           " WHERE ?1 = coalesce((SELECT max(height) + 1 FROM block), ?1)",
    [PROM_SQL_BLOCK_PRUNE] = "DELETE FROM block WHERE height <= ?1",
    [PROM_SQL_BLOCK_UNDO] = "DELETE FROM block WHERE height = (SELECT max(height) FROM block) AND hash = ?1",
    [PROM_SQL_BLOCK_TOP] = "SELECT height, hash FROM block ORDER BY height DESC LIMIT 1",
    [PROM_SQL_BLOCK_AT] = "SELECT height, hash FROM block WHERE height = ?1",

    [PROM_SQL_INDEX_OWNER_PUT] = "INSERT INTO index_owner (one, keys) VALUES (1, ?1)"
                                 " ON CONFLICT DO UPDATE SET keys = excluded.keys",
    [PROM_SQL_INDEX_OWNER_GET] = "SELECT keys FROM index_owner",
    [PROM_SQL_INDEX_BLOCK_PUT] = "INSERT INTO index_block (height, hash) VALUES (?1, ?2)",
    [PROM_SQL_INDEX_BLOCK_DROP] = "DELETE FROM index_block WHERE height > ?1",
    [PROM_SQL_INDEX_BLOCK_TOP] = "SELECT height, hash FROM index_block ORDER BY height DESC LIMIT 1",
    [PROM_SQL_INDEX_BLOCK_EACH] = "SELECT height, hash FROM index_block ORDER BY height",
    [PROM_SQL_INDEX_ENTRY_PUT] =
        "INSERT INTO index_entry (number, kind, height, txid, p_txid, parameters, value, key, fate, spent, spent_by,"
        " offers, reward) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
        " ON CONFLICT DO UPDATE SET fate = excluded.fate, spent = excluded.spent, spent_by = excluded.spent_by,"
        " reward = excluded.reward",
    [PROM_SQL_INDEX_ENTRY_DROP] = "DELETE FROM index_entry WHERE height > ?1",
    [PROM_SQL_INDEX_ENTRY_UNSPEND] = "UPDATE index_entry SET fate = 0, spent = 0, spent_by = zeroblob(32),"
                                     " reward = 0"
                                     " WHERE spent > ?1 AND spent > 0",
    [PROM_SQL_INDEX_ENTRY_EACH] = "SELECT number, kind, height, txid, p_txid, parameters, value, key, fate, spent,"
                                  " spent_by, offers, reward FROM index_entry ORDER BY number",
    [PROM_SQL_INDEX_COIN_PUT] =
        "INSERT INTO index_coin (number, height, outpoint, value, key, coinbase, spent, spent_by)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
        " ON CONFLICT DO UPDATE SET spent = excluded.spent, spent_by = excluded.spent_by",
    [PROM_SQL_INDEX_COIN_DROP] = "DELETE FROM index_coin WHERE height > ?1",
    [PROM_SQL_INDEX_COIN_UNSPEND] = "UPDATE index_coin SET spent = 0, spent_by = zeroblob(32)"
                                    " WHERE spent > ?1 AND spent > 0",
    [PROM_SQL_INDEX_COIN_EACH] = "SELECT number, height, outpoint, value, key, coinbase, spent, spent_by"
                                 " FROM index_coin ORDER BY number",

    [PROM_SQL_JOURNAL_PUT] = "INSERT INTO journal (channel, batch, purpose, detail, hash) VALUES (?1, ?2, ?3, ?4, ?5)",
    [PROM_SQL_JOURNAL_GET] = "SELECT hash FROM journal"
                             " WHERE channel = ?1 AND batch = ?2 AND purpose = ?3 AND detail = ?4",

    [PROM_SQL_SEEN_PUT] = "INSERT INTO seen_hash (hash, channel) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    [PROM_SQL_SEEN_EACH] = "SELECT hash, channel FROM seen_hash ORDER BY hash",

    [PROM_SQL_DRAW_PUT] = "INSERT INTO draw (id, bytes, own_tip) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    [PROM_SQL_DRAW_EACH] = "SELECT id, bytes, own_tip FROM draw WHERE own_tip >= ?1 ORDER BY number",
    [PROM_SQL_DRAW_FORGET] = "DELETE FROM draw WHERE own_tip < ?1",

    [PROM_SQL_COIN_PUT] = "INSERT INTO coin (outpoint, channel) VALUES (?1, ?2)"
                          " ON CONFLICT DO UPDATE SET channel = excluded.channel WHERE channel = excluded.channel",
    [PROM_SQL_COIN_EACH] = "SELECT outpoint, channel FROM coin ORDER BY channel, outpoint",
    [PROM_SQL_COIN_RELEASE] = "DELETE FROM coin WHERE channel = ?1",

    [PROM_SQL_META_RAISE_CHANNELS] = "UPDATE meta SET channels = ?1 WHERE channels < ?1 AND ?1 < 2147483647",
    [PROM_SQL_USED_GET] = "SELECT addresses, own FROM used",
    [PROM_SQL_USED_RAISE] = "INSERT INTO used (one, addresses, own) VALUES (1, ?1, ?2)"
                            " ON CONFLICT DO UPDATE SET addresses = max(addresses, excluded.addresses),"
                            "  own = max(own, excluded.own)",
    /* What was signed stays signed: of a PSBT that went out the signed transaction takes the place. */
    [PROM_SQL_PAYMENT_PUT] = "INSERT INTO payment (number, purpose, txid, state, bytes, fee, made, announcement,"
                             "  reference) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
                             " ON CONFLICT DO UPDATE SET state = excluded.state, bytes = excluded.bytes"
                             " WHERE state = 0 AND txid = excluded.txid",
    [PROM_SQL_PAYMENT_OVER] = "UPDATE payment SET state = 2 WHERE txid = ?1 AND state = 1",
    [PROM_SQL_PAYMENT_EACH] = "SELECT txid, state, bytes, fee, made, number, purpose, announcement, reference"
                              " FROM payment ORDER BY number",
    /* What a job began as stays. */
    [PROM_SQL_JOB_PUT] = "INSERT INTO job (id, created, ended, generation, bytes) VALUES (?1, ?2, ?3, ?4, ?5)"
                         " ON CONFLICT DO UPDATE SET ended = excluded.ended, bytes = excluded.bytes",
    [PROM_SQL_JOB_GET] = "SELECT id, created, ended, generation, bytes FROM job WHERE id = ?1",
    [PROM_SQL_JOB_EACH] = "SELECT id, created, ended, generation, bytes FROM job ORDER BY number",
    [PROM_SQL_JOB_OPEN_EACH] = "SELECT id, created, ended, generation, bytes FROM job WHERE ended = 0 ORDER BY number",
    [PROM_SQL_JOB_FORGET] = "DELETE FROM job WHERE id = ?1 AND ended = 1",
};

static prom_category category_of(int code)
{
    const int primary = code & 0xff;
    if (primary == SQLITE_NOMEM) {
        return PROM_CATEGORY_MEMORY;
    }
    if (primary == SQLITE_CORRUPT || primary == SQLITE_ERROR) { /* no moment's trouble: nobody waits for it to pass */
        return PROM_CATEGORY_BROKEN;
    }
    return primary == SQLITE_CONSTRAINT || primary == SQLITE_MISUSE || primary == SQLITE_RANGE ? PROM_CATEGORY_MISUSE
                                                                                               : PROM_CATEGORY_IO;
}

prom_result prom_store_failure(prom_store *store, int code, const char *what, prom_error *error)
{
    store->full = (code & 0xff) == SQLITE_FULL;
    if (store->full) {
        return prom_fail(error, PROM_CATEGORY_IO, "%s could not be %s: the disk is full; make room on it", store->path,
                         what);
    }
    /* Of statements that are right, SQLITE_ERROR says that what the file says of its tables is not. */
    if ((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_ERROR) {
        return prom_fail(error, category_of(code), "%s could not be %s: it is damaged, restore a backup", store->path,
                         what);
    }
    return prom_fail(error, category_of(code), "%s could not be %s: %s", store->path, what,
                     (code & 0xff) == SQLITE_CONSTRAINT ? sqlite3_errmsg(store->database) : sqlite3_errstr(code));
}

/* The statement, prepared once, ready to be bound. */
static int ready(prom_store *store, sqlite3_stmt **found, prom_statement statement)
{
    sqlite3_stmt **cached = &store->statements[statement];
    *found = NULL;
    if (*cached == NULL) {
        const int prepared =
            sqlite3_prepare_v3(store->database, texts[statement], -1, SQLITE_PREPARE_PERSISTENT, cached, NULL);
        if (prepared != SQLITE_OK) {
            return prepared;
        }
    }
    if (sqlite3_stmt_busy(*cached) != 0) { /* in a row's function: the reading further up goes on */
        return SQLITE_MISUSE;
    }
    *found = *cached;
    return SQLITE_OK;
}

static int bind(sqlite3_stmt *statement, const prom_value *values, size_t count)
{
    int bound = SQLITE_OK;
    for (size_t i = 0; i < count && bound == SQLITE_OK; i++) {
        const prom_value *value = &values[i];
        const int at = (int)i + 1;
        switch (value->kind) {
        case PROM_VALUE_INTEGER:
            bound = value->integer < 0 ? SQLITE_RANGE : sqlite3_bind_int64(statement, at, value->integer);
            break;
        case PROM_VALUE_BLOB:
            bound = sqlite3_bind_blob64(statement, at, value->blob.length > 0 ? (const void *)value->blob.data : "",
                                        value->blob.length, SQLITE_STATIC);
            break;
        case PROM_VALUE_TEXT:
            bound = sqlite3_bind_text(statement, at, value->text, -1, SQLITE_STATIC);
            break;
        }
    }
    return bound;
}

static void release(sqlite3_stmt *statement)
{
    if (statement == NULL) {
        return;
    }
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
}

int prom_store_run(prom_store *store, prom_statement statement)
{
    sqlite3_stmt *found = NULL;
    int code = ready(store, &found, statement);
    if (code == SQLITE_OK) {
        code = sqlite3_step(found);
        release(found);
    }
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

prom_result prom_store_write(prom_store *store, uint64_t *changed, prom_statement statement, const prom_value *values,
                             size_t count, prom_error *error)
{
    sqlite3_stmt *found = NULL;
    if (!store->open) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%s is written outside of a transaction", store->path);
    }
    if (store->failed) { /* SQLite may have rolled back by itself: what came now would be committed alone */
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%s is written in a transaction that has failed", store->path);
    }
    int code = ready(store, &found, statement);
    code = code == SQLITE_OK ? bind(found, values, count) : code;
    code = code == SQLITE_OK ? sqlite3_step(found) : code;
    store->failed = code != SQLITE_DONE;
    /* A constraint's name is lost with the reset. */
    const prom_result result = store->failed ? prom_store_failure(store, code, "written", error) : prom_ok();
    if (changed != NULL) {
        *changed = store->failed ? 0 : (uint64_t)sqlite3_changes64(store->database);
    }
    release(found);
    return result;
}

prom_result prom_store_read(prom_store *store, prom_statement statement, const prom_value *values, size_t count,
                            const prom_rows *rows, prom_error *error)
{
    sqlite3_stmt *found = NULL;
    uint64_t number = 0;
    int code = ready(store, &found, statement);
    if (code != SQLITE_OK) {
        return prom_store_failure(store, code, "read", error);
    }
    prom_result result = prom_ok();
    code = bind(found, values, count);
    code = code == SQLITE_OK ? sqlite3_step(found) : code;
    while (code == SQLITE_ROW && prom_is_ok(result)) {
        number++;
        result = rows->row != NULL ? rows->row(rows->context, found, error) : prom_ok();
        code = prom_is_ok(result) ? sqlite3_step(found) : code;
    }
    if (prom_is_ok(result) && code != SQLITE_DONE) {
        result = prom_store_failure(store, code, "read", error);
    }
    release(found);
    if (rows->count != NULL) {
        *rows->count = number;
    }
    return result;
}

prom_span prom_column_blob(sqlite3_stmt *row, int column)
{
    const uint8_t *data = sqlite3_column_blob(row, column);
    return prom_span_of(data, data == NULL ? 0 : (size_t)sqlite3_column_bytes(row, column));
}

uint64_t prom_column_number(sqlite3_stmt *row, int column)
{
    return (uint64_t)sqlite3_column_int64(row, column);
}

prom_result prom_column_hash(prom_bytes32 *hash, sqlite3_stmt *row, int column, prom_error *error)
{
    const prom_span blob = prom_column_blob(row, column);
    if (blob.length != sizeof hash->bytes) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the database holds %zu bytes where a hash belongs", blob.length);
    }
    memcpy(hash->bytes, blob.data, sizeof hash->bytes);
    return prom_ok();
}
