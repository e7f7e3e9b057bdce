#include "store/record.h"
#include "store/statement.h"

static prom_result take_used(void *context, sqlite3_stmt *row, prom_error *error)
{
    prom_store_used *used = context;
    (void)error;
    used->addresses = (uint32_t)prom_column_number(row, 0);
    used->own = (uint32_t)prom_column_number(row, 1);
    return prom_ok();
}

static prom_result take_channels(void *context, sqlite3_stmt *row, prom_error *error)
{
    prom_store_used *used = context;
    (void)error;
    used->channels = (uint32_t)prom_column_number(row, 4);
    return prom_ok();
}

prom_result prom_store_used_get(prom_store *store, prom_store_used *used, prom_error *error)
{
    *used = (prom_store_used){.addresses = 0};
    PROM_TRY(prom_store_read(store, PROM_SQL_USED_GET, NULL, 0, &(prom_rows){take_used, used, NULL}, error));
    return prom_store_read(store, PROM_SQL_META, NULL, 0, &(prom_rows){take_channels, used, NULL}, error);
}

prom_result prom_store_used_raise(prom_store *store, const prom_store_used *used, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(used->addresses), prom_value_integer(used->own)};
    const prom_value channels[] = {prom_value_integer(used->channels)};
    PROM_TRY(prom_store_write(store, NULL, PROM_SQL_USED_RAISE, values, 2, error));
    return prom_store_write(store, NULL, PROM_SQL_META_RAISE_CHANNELS, channels, 1, error);
}

prom_result prom_store_payment_put(prom_store *store, const prom_store_payment *payment, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(payment->number),
                                 prom_value_integer(payment->purpose),
                                 prom_value_hash(&payment->txid),
                                 prom_value_integer((uint64_t)payment->state),
                                 prom_value_blob(payment->bytes),
                                 prom_value_integer(payment->fee),
                                 prom_value_integer((uint64_t)payment->made),
                                 prom_value_blob(payment->announcement),
                                 prom_value_text(payment->reference)};
    uint64_t changed = 0;
    PROM_TRY(prom_store_write(store, &changed, PROM_SQL_PAYMENT_PUT, values, sizeof values / sizeof values[0], error));
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
                                  .made = (int64_t)prom_column_number(row, 4),
                                  .number = (uint32_t)prom_column_number(row, 5),
                                  .purpose = (uint8_t)prom_column_number(row, 6),
                                  .announcement = prom_column_blob(row, 7),
                                  .reference = (const char *)sqlite3_column_text(row, 8)};
    PROM_TRY(prom_column_hash(&payment.txid, row, 0, error));
    return to->visit(to->context, &payment, error);
}

prom_result prom_store_payment_each(prom_store *store, prom_store_payment_visit visit, void *context, prom_error *error)
{
    struct payment_visit to = {visit, context};
    return prom_store_read(store, PROM_SQL_PAYMENT_EACH, NULL, 0, &(prom_rows){visit_payment, &to, NULL}, error);
}
