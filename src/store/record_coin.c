#include <string.h>

#include "store/record.h"
#include "store/statement.h"

prom_result prom_store_coin_reserve(prom_store *store, bool *reserved, const prom_store_coin *coin, prom_error *error)
{
    const prom_value values[] = {prom_value_blob(prom_span_of(coin->outpoint, sizeof coin->outpoint)),
                                 prom_value_integer(coin->channel)};
    uint64_t changed = 0;
    *reserved = false;
    PROM_TRY(prom_store_write(store, &changed, PROM_SQL_COIN_PUT, values, 2, error));
    *reserved = changed == 1;
    return prom_ok();
}

prom_result prom_store_coin_release(prom_store *store, uint64_t channel, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(channel)};
    return prom_store_write(store, NULL, PROM_SQL_COIN_RELEASE, values, 1, error);
}

struct coin_visit {
    prom_store_coin_visit visit;
    void *context;
};

static prom_result visit_coin(void *context, sqlite3_stmt *row, prom_error *error)
{
    const struct coin_visit *to = context;
    prom_store_coin coin = {.channel = prom_column_number(row, 1)};
    const prom_span outpoint = prom_column_blob(row, 0);
    if (outpoint.length != sizeof coin.outpoint) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the database holds a coin of %zu bytes", outpoint.length);
    }
    memcpy(coin.outpoint, outpoint.data, sizeof coin.outpoint);
    return to->visit(to->context, &coin, error);
}

prom_result prom_store_coin_each(prom_store *store, prom_store_coin_visit visit, void *context, prom_error *error)
{
    struct coin_visit to = {visit, context};
    return prom_store_read(store, PROM_SQL_COIN_EACH, NULL, 0, &(prom_rows){visit_coin, &to, NULL}, error);
}
