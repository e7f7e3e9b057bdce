#include "store/record.h"
#include "store/statement.h"

static prom_result take_number(void *context, sqlite3_stmt *row, prom_error *error)
{
    uint64_t *number = context;
    (void)error;
    *number = prom_column_number(row, 0);
    return prom_ok();
}

prom_result prom_store_outbox_last(prom_store *store, uint64_t *number, uint64_t channel, const prom_bytes32 *peer,
                                   prom_error *error)
{
    const prom_value values[] = {prom_value_integer(channel), prom_value_hash(peer)};
    *number = 0;
    return prom_store_read(store, PROM_SQL_OUTBOX_LAST, values, 2, &(prom_rows){take_number, number, NULL}, error);
}

prom_result prom_store_outbox_put(prom_store *store, const prom_store_message *message, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(message->channel), prom_value_hash(&message->peer),
                                 prom_value_integer(message->number), prom_value_blob(message->bytes)};
    uint64_t changed = 0;
    PROM_TRY(prom_store_write(store, &changed, PROM_SQL_OUTBOX_SENT, values, 3, error));
    if (changed != 1) {
        store->failed = true;
        return prom_fail(error, PROM_CATEGORY_MISUSE, "message number %llu was used before",
                         (unsigned long long)message->number);
    }
    return prom_store_write(store, NULL, PROM_SQL_OUTBOX_PUT, values, 4, error);
}

prom_result prom_store_outbox_drop(prom_store *store, uint64_t channel, const prom_bytes32 *peer, uint64_t number,
                                   prom_error *error)
{
    const prom_value values[] = {prom_value_integer(channel), prom_value_hash(peer), prom_value_integer(number)};
    return prom_store_write(store, NULL, PROM_SQL_OUTBOX_DROP, values, 3, error);
}

struct message_visit {
    prom_store_message_visit visit;
    void *context;
    uint64_t channel;
};

static prom_result visit_message(void *context, sqlite3_stmt *row, prom_error *error)
{
    const struct message_visit *to = context;
    prom_store_message message = {.channel = to->channel, .number = prom_column_number(row, 1)};
    PROM_TRY(prom_column_hash(&message.peer, row, 0, error));
    message.bytes = prom_column_blob(row, 2);
    return to->visit(to->context, &message, error);
}

prom_result prom_store_outbox_each(prom_store *store, uint64_t channel, prom_store_message_visit visit, void *context,
                                   prom_error *error)
{
    const prom_value values[] = {prom_value_integer(channel)};
    struct message_visit to = {visit, context, channel};
    return prom_store_read(store, PROM_SQL_OUTBOX_EACH, values, 1, &(prom_rows){visit_message, &to, NULL}, error);
}

struct message_copy {
    prom_arena *arena;
    prom_span *bytes;
    bool *found;
};

static prom_result copy_message(void *context, sqlite3_stmt *row, prom_error *error)
{
    const struct message_copy *to = context;
    *to->found = true;
    return prom_span_copy(to->arena, to->bytes, prom_column_blob(row, 0), error);
}

prom_result prom_store_outbox_get(prom_store *store, prom_arena *arena, prom_store_message *message, bool *found,
                                  prom_error *error)
{
    const prom_value values[] = {prom_value_integer(message->channel), prom_value_hash(&message->peer),
                                 prom_value_integer(message->number)};
    struct message_copy to = {arena, &message->bytes, found};
    *found = false;
    return prom_store_read(store, PROM_SQL_OUTBOX_GET, values, 3, &(prom_rows){copy_message, &to, NULL}, error);
}

prom_result prom_store_inbox_put(prom_store *store, uint64_t channel, const prom_bytes32 *peer,
                                 const prom_store_seen *seen, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(channel), prom_value_hash(peer),
                                 prom_value_integer(seen->generation), prom_value_integer(seen->number)};
    uint64_t changed = 0;
    PROM_TRY(prom_store_write(store, &changed, PROM_SQL_INBOX_PUT, values, 4, error));
    store->failed = changed != 1;
    return changed == 1 ? prom_ok()
                        : prom_fail(error, PROM_CATEGORY_MISUSE, "messages up to a higher number were taken before");
}

static prom_result take_seen(void *context, sqlite3_stmt *row, prom_error *error)
{
    prom_store_seen *seen = context;
    (void)error;
    *seen = (prom_store_seen){prom_column_number(row, 0), prom_column_number(row, 1)};
    return prom_ok();
}

prom_result prom_store_inbox_get(prom_store *store, prom_store_seen *seen, uint64_t channel, const prom_bytes32 *peer,
                                 prom_error *error)
{
    const prom_value values[] = {prom_value_integer(channel), prom_value_hash(peer)};
    *seen = (prom_store_seen){0, 0};
    return prom_store_read(store, PROM_SQL_INBOX_GET, values, 2, &(prom_rows){take_seen, seen, NULL}, error);
}

struct peer_visit {
    prom_store_peer_visit visit;
    void *context;
};

static prom_result visit_peer(void *context, sqlite3_stmt *row, prom_error *error)
{
    const struct peer_visit *to = context;
    prom_bytes32 peer;
    PROM_TRY(prom_column_hash(&peer, row, 0, error));
    return to->visit(to->context, &peer, error);
}

prom_result prom_store_peer_each(prom_store *store, uint64_t channel, prom_store_peer_visit visit, void *context,
                                 prom_error *error)
{
    const prom_value values[] = {prom_value_integer(channel)};
    struct peer_visit to = {visit, context};
    return prom_store_read(store, PROM_SQL_PEER_EACH, values, 1, &(prom_rows){visit_peer, &to, NULL}, error);
}
