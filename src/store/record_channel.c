#include <stdio.h>
#include <string.h>

#include "store/record.h"
#include "store/statement.h"

/* -- Channels -- */

static prom_result take_count(void *context, sqlite3_stmt *row, prom_error *error)
{
    uint64_t *count = context;
    (void)error;
    *count = prom_column_number(row, 4);
    return prom_ok();
}

prom_result prom_store_channel_add(prom_store *store, prom_store_channel *channel, prom_error *error)
{
    uint64_t changed = 0;
    uint64_t count = 0;
    PROM_TRY(prom_store_write(store, &changed, PROM_SQL_META_CHANNELS, NULL, 0, error));
    PROM_TRY(prom_store_read(store, PROM_SQL_META, NULL, 0, &(prom_rows){take_count, &count, NULL}, error));
    if (changed != 1) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%s has no numbers left for channels", store->path);
    }
    channel->number = (uint64_t)store->epoch << 32 | count;
    channel->closed = false;
    channel->restored = false;
    const prom_value values[] = {prom_value_integer(channel->number), prom_value_integer(channel->role),
                                 prom_value_text(channel->name), prom_value_integer(channel->created)};
    return prom_store_write(store, NULL, PROM_SQL_CHANNEL_ADD, values, 4, error);
}

static prom_result take_number(void *context, sqlite3_stmt *row, prom_error *error)
{
    (void)error;
    *(uint64_t *)context = prom_column_number(row, 0);
    return prom_ok();
}

prom_result prom_store_channel_again(prom_store *store, prom_store_channel *channel, bool *found, prom_error *error)
{
    uint64_t number = 0;
    uint64_t count = 0;
    PROM_TRY(prom_store_read(store, PROM_SQL_CHANNEL_IDLE, NULL, 0, &(prom_rows){take_number, &number, &count}, error));
    *found = count > 0;
    if (!*found) {
        return prom_ok();
    }
    channel->number = number;
    channel->closed = false;
    channel->restored = false;
    const prom_value values[] = {prom_value_integer(channel->number), prom_value_integer(channel->role),
                                 prom_value_text(channel->name), prom_value_integer(channel->created)};
    return prom_store_write(store, NULL, PROM_SQL_CHANNEL_AGAIN, values, 4, error);
}

static prom_result clear_channel(prom_store *store, const prom_value *number, prom_error *error)
{
    static const prom_statement cleared[] = {PROM_SQL_CHANNEL_CLEAR_PARTS, PROM_SQL_CHANNEL_CLEAR_OUTBOX,
                                             PROM_SQL_CHANNEL_CLEAR_SENT, PROM_SQL_CHANNEL_CLEAR_INBOX,
                                             PROM_SQL_CHANNEL_CLEAR_NAME};
    for (size_t i = 0; i < sizeof cleared / sizeof cleared[0]; i++) {
        PROM_TRY(prom_store_write(store, NULL, cleared[i], number, 1, error));
    }
    return prom_ok();
}

prom_result prom_store_channel_close(prom_store *store, uint64_t channel, bool clear, prom_store_use use,
                                     prom_error *error)
{
    const prom_store_use noted = use == PROM_STORE_IDLE && !clear ? PROM_STORE_VAIN : use;
    const prom_value values[] = {prom_value_integer(channel), prom_value_integer((uint64_t)noted)};
    PROM_TRY(prom_store_write(store, NULL, PROM_SQL_CHANNEL_CLOSE, values, 1, error));
    PROM_TRY(prom_store_write(store, NULL, PROM_SQL_CHANNEL_NOTE_USE, values, 2, error));
    return clear ? clear_channel(store, values, error) : prom_ok();
}

prom_result prom_store_channel_count_vain(prom_store *store, uint64_t *count, uint32_t height, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(height)};
    *count = 0;
    return prom_store_read(store, PROM_SQL_CHANNEL_VAIN, values, 1, &(prom_rows){take_number, count, NULL}, error);
}

static prom_store_channel channel_of(sqlite3_stmt *row)
{
    prom_store_channel channel = {.number = prom_column_number(row, 0),
                                  .role = (uint8_t)prom_column_number(row, 1),
                                  .created = (uint32_t)prom_column_number(row, 3),
                                  .closed = prom_column_number(row, 4) != 0,
                                  .restored = prom_column_number(row, 5) != 0};
    const unsigned char *name = sqlite3_column_text(row, 2);
    (void)snprintf(channel.name, sizeof channel.name, "%s", name != NULL ? (const char *)name : "");
    return channel;
}

static prom_result take_channel(void *context, sqlite3_stmt *row, prom_error *error)
{
    prom_store_channel *channel = context;
    (void)error;
    *channel = channel_of(row);
    return prom_ok();
}

prom_result prom_store_channel_get(prom_store *store, prom_store_channel *channel, bool *found, uint64_t number,
                                   prom_error *error)
{
    const prom_value values[] = {prom_value_integer(number)};
    uint64_t count = 0;
    *channel = (prom_store_channel){.number = number};
    PROM_TRY(
        prom_store_read(store, PROM_SQL_CHANNEL_GET, values, 1, &(prom_rows){take_channel, channel, &count}, error));
    *found = count > 0;
    return prom_ok();
}

prom_result prom_store_channel_named(prom_store *store, prom_store_channel *channel, bool *found, const char *name,
                                     prom_error *error)
{
    const prom_value values[] = {prom_value_text(name)};
    uint64_t count = 0;
    *channel = (prom_store_channel){.number = 0};
    PROM_TRY(
        prom_store_read(store, PROM_SQL_CHANNEL_NAMED, values, 1, &(prom_rows){take_channel, channel, &count}, error));
    *found = count > 0;
    return prom_ok();
}

struct channel_visit {
    prom_store_channel_visit visit;
    void *context;
};

static prom_result visit_channel(void *context, sqlite3_stmt *row, prom_error *error)
{
    const struct channel_visit *to = context;
    const prom_store_channel channel = channel_of(row);
    return to->visit(to->context, &channel, error);
}

prom_result prom_store_channel_each(prom_store *store, prom_store_channel_visit visit, void *context, prom_error *error)
{
    struct channel_visit to = {visit, context};
    return prom_store_read(store, PROM_SQL_CHANNEL_EACH, NULL, 0, &(prom_rows){visit_channel, &to, NULL}, error);
}

/* -- Parts -- */

prom_result prom_store_part_put(prom_store *store, const prom_store_key *key, prom_span bytes, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(key->channel), prom_value_integer(key->batch),
                                 prom_value_integer(key->part), prom_value_blob(bytes)};
    return prom_store_write(store, NULL, PROM_SQL_PART_PUT, values, 4, error);
}

prom_result prom_store_part_remove(prom_store *store, const prom_store_key *key, prom_error *error)
{
    const prom_value values[] = {prom_value_integer(key->channel), prom_value_integer(key->batch),
                                 prom_value_integer(key->part)};
    return prom_store_write(store, NULL, PROM_SQL_PART_REMOVE, values, 3, error);
}

struct part_visit {
    prom_store_part_visit visit;
    void *context;
    uint64_t channel;
};

static prom_result visit_part(void *context, sqlite3_stmt *row, prom_error *error)
{
    const struct part_visit *to = context;
    const prom_store_key key = {to->channel, (uint16_t)prom_column_number(row, 0),
                                (uint16_t)prom_column_number(row, 1)};
    return to->visit(to->context, &key, prom_column_blob(row, 2), error);
}

prom_result prom_store_part_each(prom_store *store, uint64_t channel, prom_store_part_visit visit, void *context,
                                 prom_error *error)
{
    const prom_value values[] = {prom_value_integer(channel)};
    struct part_visit to = {visit, context, channel};
    return prom_store_read(store, PROM_SQL_PART_EACH, values, 1, &(prom_rows){visit_part, &to, NULL}, error);
}
