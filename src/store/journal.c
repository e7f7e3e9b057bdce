#include "store/journal.h"

#include "store/statement.h"

static prom_result take_hash(void *context, sqlite3_stmt *row, prom_error *error)
{
    return prom_column_hash(context, row, 0, error);
}

prom_result prom_store_journal_find(prom_store *store, prom_journal_answer *answer, const prom_journal_key *key,
                                    const prom_bytes32 *hash, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(key->channel), prom_value_integer(key->batch),
                                 prom_value_integer(key->purpose), prom_value_hash(&key->detail)};
    prom_bytes32 signed_hash;
    uint64_t count = 0;
    *answer = PROM_JOURNAL_OTHER;
    PROM_TRY(
        prom_store_read(store, PROM_SQL_JOURNAL_GET, values, 4, &(prom_rows){take_hash, &signed_hash, &count}, error));
    *answer = count == 0                               ? PROM_JOURNAL_NEW
              : prom_bytes32_equal(&signed_hash, hash) ? PROM_JOURNAL_SAME
                                                       : PROM_JOURNAL_OTHER;
    return prom_ok();
}

prom_result prom_store_journal_add(prom_store *store, const prom_journal_key *key, const prom_bytes32 *hash,
                                   prom_error *error)
{
    const prom_value values[] = {prom_value_integer(key->channel), prom_value_integer(key->batch),
                                 prom_value_integer(key->purpose), prom_value_hash(&key->detail),
                                 prom_value_hash(hash)};
    return prom_store_write(store, NULL, PROM_SQL_JOURNAL_PUT, values, 5, error);
}
