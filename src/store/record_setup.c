#include "store/record.h"
#include "store/statement.h"

/* -- Hashes and keys of all contracts -- */

prom_result prom_store_hash_add(prom_store *store, const prom_bytes32 *hash, uint64_t channel, prom_error *error)
{
    const prom_value values[] = {prom_value_hash(hash), prom_value_integer(channel)};
    return prom_store_write(store, NULL, PROM_SQL_SEEN_PUT, values, 2, error);
}

static prom_result take_owner(void *context, sqlite3_stmt *row, prom_error *error)
{
    uint64_t *channel = context;
    (void)error;
    *channel = prom_column_number(row, 1);
    return prom_ok();
}

prom_result prom_store_hash_find(prom_store *store, uint64_t *channel, bool *found, const prom_bytes32 *hash,
                                 prom_error *error)
{
    const prom_value values[] = {prom_value_hash(hash)};
    uint64_t count = 0;
    *channel = 0;
    PROM_TRY(prom_store_read(store, PROM_SQL_SEEN_GET, values, 1, &(prom_rows){take_owner, channel, &count}, error));
    *found = count > 0;
    return prom_ok();
}

struct hash_visit {
    prom_store_hash_visit visit;
    void *context;
};

static prom_result visit_hash(void *context, sqlite3_stmt *row, prom_error *error)
{
    const struct hash_visit *to = context;
    prom_bytes32 hash;
    PROM_TRY(prom_column_hash(&hash, row, 0, error));
    return to->visit(to->context, &hash, prom_column_number(row, 1), error);
}

prom_result prom_store_hash_each(prom_store *store, prom_store_hash_visit visit, void *context, prom_error *error)
{
    struct hash_visit to = {visit, context};
    return prom_store_read(store, PROM_SQL_SEEN_EACH, NULL, 0, &(prom_rows){visit_hash, &to, NULL}, error);
}

/* -- Setups -- */

prom_result prom_store_setup_add(prom_store *store, const prom_store_setup *setup, prom_error *error)
{
    const prom_value values[] = {prom_value_hash(&setup->id), prom_value_blob(setup->bytes),
                                 prom_value_integer(setup->deadline)};
    return prom_store_write(store, NULL, PROM_SQL_SETUP_PUT, values, 3, error);
}

prom_result prom_store_setup_tag(prom_store *store, const prom_bytes32 *id, prom_span tag, prom_error *error)
{
    const prom_value values[] = {prom_value_blob(tag), prom_value_hash(id)};
    if (tag.length == 0 || tag.length > PROM_STORE_TAG_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a setup cannot be found by %zu bytes", tag.length);
    }
    return prom_store_write(store, NULL, PROM_SQL_SETUP_TAG, values, 2, error);
}

prom_result prom_store_setup_end(prom_store *store, const prom_bytes32 *id, prom_error *error)
{
    const prom_value values[] = {prom_value_hash(id)};
    return prom_store_write(store, NULL, PROM_SQL_SETUP_END, values, 1, error);
}

prom_result prom_store_setup_abort(prom_store *store, const prom_bytes32 *id, uint32_t height, prom_error *error)
{
    const prom_value values[] = {prom_value_hash(id), prom_value_integer(height)};
    return prom_store_write(store, NULL, PROM_SQL_SETUP_ABORT, values, 2, error);
}

struct setup_visit {
    prom_store_setup_visit visit;
    void *context;
};

static prom_result visit_setup(void *context, sqlite3_stmt *row, prom_error *error)
{
    const struct setup_visit *to = context;
    prom_store_setup setup = {.deadline = (uint32_t)prom_column_number(row, 2),
                              .aborted = (uint32_t)prom_column_number(row, 3)};
    PROM_TRY(prom_column_hash(&setup.id, row, 0, error));
    setup.bytes = prom_column_blob(row, 1);
    return to->visit(to->context, &setup, error);
}

prom_result prom_store_setup_open(prom_store *store, prom_span tag, uint32_t height, prom_store_setup_visit visit,
                                  void *context, prom_error *error)
{
    const prom_value values[] = {prom_value_blob(tag), prom_value_integer(height)};
    struct setup_visit to = {visit, context};
    return prom_store_read(store, PROM_SQL_SETUP_OPEN, values, 2, &(prom_rows){visit_setup, &to, NULL}, error);
}

prom_result prom_store_setup_draws(prom_store *store, prom_span tag, uint32_t height, prom_store_setup_visit visit,
                                   void *context, prom_error *error)
{
    const prom_value values[] = {prom_value_blob(tag), prom_value_integer(height)};
    struct setup_visit to = {visit, context};
    return prom_store_read(store, PROM_SQL_SETUP_DRAWS, values, 2, &(prom_rows){visit_setup, &to, NULL}, error);
}

static prom_result take_total(void *context, sqlite3_stmt *row, prom_error *error)
{
    uint64_t *count = context;
    (void)error;
    *count = prom_column_number(row, 0);
    return prom_ok();
}

prom_result prom_store_setup_count_draws(prom_store *store, uint64_t *count, uint32_t height, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(height)};
    *count = 0;
    return prom_store_read(store, PROM_SQL_SETUP_COUNT, values, 1, &(prom_rows){take_total, count, NULL}, error);
}

prom_result prom_store_setup_forget(prom_store *store, uint32_t height, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(height)};
    PROM_TRY(prom_store_write(store, NULL, PROM_SQL_SETUP_FORGET_TAGS, values, 1, error));
    return prom_store_write(store, NULL, PROM_SQL_SETUP_FORGET, values, 1, error);
}
