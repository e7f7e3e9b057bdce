#include "store/record.h"
#include "store/statement.h"

prom_result prom_store_own_add(prom_store *store, const prom_store_own *own, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(own->number), prom_value_integer(own->purpose),
                                 prom_value_hash(&own->txid),     prom_value_blob(own->bytes),
                                 prom_value_integer(own->fee),    prom_value_blob(own->announcement)};
    return prom_store_write(store, NULL, PROM_SQL_OWN_PUT, values, sizeof values / sizeof values[0], error);
}

struct own_visit {
    prom_store_own_visit visit;
    void *context;
};

static prom_result visit_own(void *context, sqlite3_stmt *row, prom_error *error)
{
    const struct own_visit *to = context;
    prom_store_own own = {.number = (uint32_t)prom_column_number(row, 0),
                          .purpose = (uint8_t)prom_column_number(row, 1),
                          .bytes = prom_column_blob(row, 3),
                          .fee = prom_column_number(row, 4),
                          .announcement = prom_column_blob(row, 5)};
    PROM_TRY(prom_column_hash(&own.txid, row, 2, error));
    return to->visit(to->context, &own, error);
}

prom_result prom_store_own_each(prom_store *store, prom_store_own_visit visit, void *context, prom_error *error)
{
    struct own_visit to = {visit, context};
    return prom_store_read(store, PROM_SQL_OWN_EACH, NULL, 0, &(prom_rows){visit_own, &to, NULL}, error);
}
