#include "store/record.h"
#include "store/statement.h"

static prom_result take_number(void *context, sqlite3_stmt *row, prom_error *error)
{
    uint32_t *number = context;
    (void)error;
    *number = (uint32_t)prom_column_number(row, 0);
    return prom_ok();
}

prom_result prom_store_addresses(prom_store *store, uint32_t *given, prom_error *error)
{
    *given = 0;
    return prom_store_read(store, PROM_SQL_ADDRESS_GET, NULL, 0, &(prom_rows){take_number, given, NULL}, error);
}

prom_result prom_store_raise_addresses(prom_store *store, uint32_t given, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(given)};
    return prom_store_write(store, NULL, PROM_SQL_ADDRESS_RAISE, values, 1, error);
}

static prom_result take_channels(void *context, sqlite3_stmt *row, prom_error *error)
{
    uint32_t *count = context;
    (void)error;
    *count = (uint32_t)prom_column_number(row, 4);
    return prom_ok();
}

prom_result prom_store_numbered(prom_store *store, uint32_t *count, prom_error *error)
{
    *count = 0;
    return prom_store_read(store, PROM_SQL_META, NULL, 0, &(prom_rows){take_channels, count, NULL}, error);
}

prom_result prom_store_raise_numbered(prom_store *store, uint32_t count, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(count)};
    return prom_store_write(store, NULL, PROM_SQL_META_RAISE_CHANNELS, values, 1, error);
}

prom_result prom_store_payment_put(prom_store *store, const prom_store_payment *payment, prom_error *error)
{
    const prom_value values[] = {prom_value_hash(&payment->txid), prom_value_integer((uint64_t)payment->state),
                                 prom_value_blob(payment->bytes), prom_value_integer(payment->fee),
                                 prom_value_integer((uint64_t)payment->made)};
    uint64_t changed = 0;
    PROM_TRY(prom_store_write(store, &changed, PROM_SQL_PAYMENT_PUT, values, 5, error));
    return changed == 1 ? prom_ok()
                        : prom_fail(error, PROM_CATEGORY_MISUSE, "%s has this payment already, signed", store->path);
}

prom_result prom_store_payment_over(prom_store *store, const prom_bytes32 *txid, prom_error *error)
{
    const prom_value values[] = {prom_value_hash(txid)};
    return prom_store_write(store, NULL, PROM_SQL_PAYMENT_OVER, values, 1, error);
}

struct payment_visit {
    prom_store_payment_visit visit;
    void *context;
};

static prom_result visit_payment(void *context, sqlite3_stmt *row, prom_error *error)
{
    const struct payment_visit *to = context;
    prom_store_payment payment = {.state = (prom_payment_state)prom_column_number(row, 1),
                                  .bytes = prom_column_blob(row, 2),
                                  .fee = prom_column_number(row, 3),
                                  .made = (int64_t)prom_column_number(row, 4)};
    PROM_TRY(prom_column_hash(&payment.txid, row, 0, error));
    return to->visit(to->context, &payment, error);
}

prom_result prom_store_payment_each(prom_store *store, prom_store_payment_visit visit, void *context, prom_error *error)
{
    struct payment_visit to = {visit, context};
    return prom_store_read(store, PROM_SQL_PAYMENT_EACH, NULL, 0, &(prom_rows){visit_payment, &to, NULL}, error);
}
