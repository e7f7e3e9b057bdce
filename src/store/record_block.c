#include "store/record.h"
#include "store/statement.h"

/* A transaction whose change found no row to change is over. */
static prom_result expect_one(prom_store *store, uint64_t changed, const char *what, prom_error *error)
{
    store->failed = changed != 1;
    return changed == 1 ? prom_ok() : prom_fail(error, PROM_CATEGORY_MISUSE, "%s", what);
}

prom_result prom_store_block_add(prom_store *store, const prom_store_block *block, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(block->height), prom_value_hash(&block->hash)};
    uint64_t changed = 0;
    PROM_TRY(prom_store_write(store, &changed, PROM_SQL_BLOCK_PUT, values, 2, error));
    PROM_TRY(expect_one(store, changed, "a block that is not the next one was to be added", error));
    if (block->height >= PROM_STORE_BLOCKS_MAX) {
        const prom_value last[] = {prom_value_integer(block->height - PROM_STORE_BLOCKS_MAX)};
        PROM_TRY(prom_store_write(store, NULL, PROM_SQL_BLOCK_PRUNE, last, 1, error));
    }
    return prom_store_raise_tip(store, block->height, error);
}

prom_result prom_store_block_undo(prom_store *store, const prom_bytes32 *hash, prom_error *error)
{
    const prom_value values[] = {prom_value_hash(hash)};
    uint64_t changed = 0;
    PROM_TRY(prom_store_write(store, &changed, PROM_SQL_BLOCK_UNDO, values, 1, error));
    return expect_one(store, changed, "a block that is not the top one was to be undone", error);
}

static prom_result take_block(void *context, sqlite3_stmt *row, prom_error *error)
{
    prom_store_block *block = context;
    block->height = (uint32_t)prom_column_number(row, 0);
    return prom_column_hash(&block->hash, row, 1, error);
}

static prom_result find_block(prom_store *store, prom_store_block *block, bool *found, const prom_value *height,
                              prom_error *error)
{
    uint64_t count = 0;
    *block = (prom_store_block){.height = 0};
    PROM_TRY(prom_store_read(store, height != NULL ? PROM_SQL_BLOCK_AT : PROM_SQL_BLOCK_TOP, height,
                             height != NULL ? 1 : 0, &(prom_rows){take_block, block, &count}, error));
    *found = count > 0;
    return prom_ok();
}

prom_result prom_store_block_top(prom_store *store, prom_store_block *block, bool *found, prom_error *error)
{
    return find_block(store, block, found, NULL, error);
}

prom_result prom_store_block_at(prom_store *store, prom_store_block *block, bool *found, uint32_t height,
                                prom_error *error)
{
    const prom_value value = prom_value_integer(height);
    return find_block(store, block, found, &value, error);
}
