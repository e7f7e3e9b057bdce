#include <string.h>

#include "store/record.h"
#include "store/statement.h"

/* -- Writing -- */

prom_result prom_store_index_own(prom_store *store, const prom_bytes32 *keys, prom_error *error)
{
    const prom_value values[] = {prom_value_hash(keys)};
    return prom_store_write(store, NULL, PROM_SQL_INDEX_OWNER_PUT, values, 1, error);
}

prom_result prom_store_index_cut(prom_store *store, uint32_t height, prom_error *error)
{
    static const prom_statement steps[] = {PROM_SQL_INDEX_ENTRY_DROP, PROM_SQL_INDEX_ENTRY_UNSPEND,
                                           PROM_SQL_INDEX_COIN_DROP, PROM_SQL_INDEX_COIN_UNSPEND,
                                           PROM_SQL_INDEX_BLOCK_DROP};
    const prom_value values[] = {prom_value_integer(height)};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        PROM_TRY(prom_store_write(store, NULL, steps[i], values, 1, error));
    }
    return prom_ok();
}

prom_result prom_store_index_block_add(prom_store *store, const prom_store_block *block, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(block->height), prom_value_hash(&block->hash)};
    return prom_store_write(store, NULL, PROM_SQL_INDEX_BLOCK_PUT, values, 2, error);
}

prom_result prom_store_entry_put(prom_store *store, const prom_store_entry *entry, prom_error *error)
{
    const prom_value values[] = {
        prom_value_integer(entry->number), prom_value_integer(entry->kind),   prom_value_integer(entry->height),
        prom_value_hash(&entry->txid),     prom_value_hash(&entry->p_txid),   prom_value_blob(entry->parameters),
        prom_value_integer(entry->value),  prom_value_hash(&entry->key),      prom_value_integer(entry->fate),
        prom_value_integer(entry->spent),  prom_value_hash(&entry->spent_by), prom_value_integer(entry->offers),
        prom_value_integer(entry->reward)};
    return prom_store_write(store, NULL, PROM_SQL_INDEX_ENTRY_PUT, values, sizeof values / sizeof values[0], error);
}

prom_result prom_store_output_put(prom_store *store, const prom_store_output *output, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(output->number),
                                 prom_value_integer(output->height),
                                 prom_value_blob(prom_span_of(output->outpoint, sizeof output->outpoint)),
                                 prom_value_integer(output->value),
                                 prom_value_hash(&output->key),
                                 prom_value_integer(output->coinbase),
                                 prom_value_integer(output->spent),
                                 prom_value_hash(&output->spent_by)};
    return prom_store_write(store, NULL, PROM_SQL_INDEX_COIN_PUT, values, sizeof values / sizeof values[0], error);
}

/* -- Reading -- */

static prom_result take_hash(void *context, sqlite3_stmt *row, prom_error *error)
{
    return prom_column_hash(context, row, 0, error);
}

prom_result prom_store_index_owner(prom_store *store, prom_bytes32 *keys, bool *found, prom_error *error)
{
    uint64_t count = 0;
    PROM_TRY(prom_store_read(store, PROM_SQL_INDEX_OWNER_GET, NULL, 0, &(prom_rows){take_hash, keys, &count}, error));
    *found = count > 0;
    return prom_ok();
}

static prom_result read_block(prom_store_block *block, sqlite3_stmt *row, prom_error *error)
{
    block->height = (uint32_t)prom_column_number(row, 0);
    return prom_column_hash(&block->hash, row, 1, error);
}

static prom_result take_block(void *context, sqlite3_stmt *row, prom_error *error)
{
    return read_block(context, row, error);
}

prom_result prom_store_index_top(prom_store *store, prom_store_block *block, bool *found, prom_error *error)
{
    uint64_t count = 0;
    *block = (prom_store_block){.height = 0};
    PROM_TRY(prom_store_read(store, PROM_SQL_INDEX_BLOCK_TOP, NULL, 0, &(prom_rows){take_block, block, &count}, error));
    *found = count > 0;
    return prom_ok();
}

struct block_visit {
    prom_store_block_visit visit;
    void *context;
};

static prom_result visit_block(void *context, sqlite3_stmt *row, prom_error *error)
{
    const struct block_visit *to = context;
    prom_store_block block;
    PROM_TRY(read_block(&block, row, error));
    return to->visit(to->context, &block, error);
}

prom_result prom_store_index_block_each(prom_store *store, prom_store_block_visit visit, void *context,
                                        prom_error *error)
{
    struct block_visit to = {visit, context};
    return prom_store_read(store, PROM_SQL_INDEX_BLOCK_EACH, NULL, 0, &(prom_rows){visit_block, &to, NULL}, error);
}

struct entry_visit {
    prom_store_entry_visit visit;
    void *context;
};

static prom_result visit_entry(void *context, sqlite3_stmt *row, prom_error *error)
{
    const struct entry_visit *to = context;
    prom_store_entry entry = {.number = prom_column_number(row, 0),
                              .kind = (uint8_t)prom_column_number(row, 1),
                              .height = (uint32_t)prom_column_number(row, 2),
                              .parameters = prom_column_blob(row, 5),
                              .value = prom_column_number(row, 6),
                              .fate = (uint8_t)prom_column_number(row, 8),
                              .spent = (uint32_t)prom_column_number(row, 9),
                              .offers = (uint32_t)prom_column_number(row, 11),
                              .reward = prom_column_number(row, 12)};
    PROM_TRY(prom_column_hash(&entry.txid, row, 3, error));
    PROM_TRY(prom_column_hash(&entry.p_txid, row, 4, error));
    PROM_TRY(prom_column_hash(&entry.key, row, 7, error));
    PROM_TRY(prom_column_hash(&entry.spent_by, row, 10, error));
    return to->visit(to->context, &entry, error);
}

prom_result prom_store_entry_each(prom_store *store, prom_store_entry_visit visit, void *context, prom_error *error)
{
    struct entry_visit to = {visit, context};
    return prom_store_read(store, PROM_SQL_INDEX_ENTRY_EACH, NULL, 0, &(prom_rows){visit_entry, &to, NULL}, error);
}

struct output_visit {
    prom_store_output_visit visit;
    void *context;
};

static prom_result visit_output(void *context, sqlite3_stmt *row, prom_error *error)
{
    const struct output_visit *to = context;
    const prom_span outpoint = prom_column_blob(row, 2);
    prom_store_output output = {.number = prom_column_number(row, 0),
                                .height = (uint32_t)prom_column_number(row, 1),
                                .value = prom_column_number(row, 3),
                                .coinbase = prom_column_number(row, 5) != 0,
                                .spent = (uint32_t)prom_column_number(row, 6)};
    if (outpoint.length != sizeof output.outpoint) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the database holds %zu bytes where an outpoint belongs",
                         outpoint.length);
    }
    memcpy(output.outpoint, outpoint.data, sizeof output.outpoint);
    PROM_TRY(prom_column_hash(&output.key, row, 4, error));
    PROM_TRY(prom_column_hash(&output.spent_by, row, 7, error));
    return to->visit(to->context, &output, error);
}

prom_result prom_store_output_each(prom_store *store, prom_store_output_visit visit, void *context, prom_error *error)
{
    struct output_visit to = {visit, context};
    return prom_store_read(store, PROM_SQL_INDEX_COIN_EACH, NULL, 0, &(prom_rows){visit_output, &to, NULL}, error);
}
