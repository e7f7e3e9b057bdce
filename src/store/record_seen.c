#include "store/record.h"
#include "store/statement.h"

/* -- Hashes and keys of all contracts -- */

prom_result prom_store_hash_add(prom_store *store, const prom_bytes32 *hash, uint64_t channel, prom_error *error)
{
    const prom_value values[] = {prom_value_hash(hash), prom_value_integer(channel)};
    return prom_store_write(store, NULL, PROM_SQL_SEEN_PUT, values, 2, error);
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

/* -- Draws -- */

prom_result prom_store_draw_add(prom_store *store, bool *added, const prom_store_draw *draw, prom_error *error)
{
    const prom_value values[] = {prom_value_hash(&draw->id), prom_value_blob(draw->bytes),
                                 prom_value_integer(draw->own_tip)};
    uint64_t changed = 0;
    *added = false;
    PROM_TRY(prom_store_write(store, &changed, PROM_SQL_DRAW_PUT, values, 3, error));
    *added = changed == 1;
    return prom_ok();
}

struct draw_visit {
    prom_store_draw_visit visit;
    void *context;
};

static prom_result visit_draw(void *context, sqlite3_stmt *row, prom_error *error)
{
    const struct draw_visit *to = context;
    prom_store_draw draw = {.bytes = prom_column_blob(row, 1), .own_tip = (uint32_t)prom_column_number(row, 2)};
    PROM_TRY(prom_column_hash(&draw.id, row, 0, error));
    return to->visit(to->context, &draw, error);
}

prom_result prom_store_draw_each(prom_store *store, uint32_t height, prom_store_draw_visit visit, void *context,
                                 prom_error *error)
{
    const prom_value values[] = {prom_value_integer(height)};
    struct draw_visit to = {visit, context};
    return prom_store_read(store, PROM_SQL_DRAW_EACH, values, 1, &(prom_rows){visit_draw, &to, NULL}, error);
}

prom_result prom_store_draw_forget(prom_store *store, uint32_t height, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(height)};
    return prom_store_write(store, NULL, PROM_SQL_DRAW_FORGET, values, 1, error);
}
