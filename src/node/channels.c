/* The channels of a node: loaded from the store, stepped, written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/beginning.h"
#include "node/room.h"
#include "prometheus/crypto/hash.h"
#include "system/clock.h"

/* -- Loading -- */

struct loading {
    prom_node_channel *channel;
    prom_arena *scratch;
    prom_part_bytes parts[PROM_PARTS + PROM_BATCHES_MAX * PROM_PART_KEPT];
    size_t count;
};

static prom_result take_part(void *context, const prom_store_key *key, prom_span bytes, prom_error *error)
{
    struct loading *loading = context;
    const bool kept = key->part >= PROM_PART_KEPT && key->part < PROM_PARTS;
    if ((!kept && key->part > PROM_PART_ARBITRATION) || key->batch >= PROM_BATCHES_MAX ||
        loading->count == sizeof loading->parts / sizeof loading->parts[0]) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the store holds a part %u of a channel that there is not",
                         (unsigned)key->part);
    }
    prom_part_bytes *part = &loading->parts[loading->count++];
    *part = (prom_part_bytes){.part = (prom_part)key->part, .batch = key->batch};
    if (!kept) {
        const size_t slot = (size_t)key->batch * (PROM_PART_ARBITRATION + 1) + key->part;
        prom_sha256(&loading->channel->digests[slot], bytes);
    }
    return prom_span_copy(loading->scratch, &part->bytes, bytes, error);
}

/* What was read is what is on the disk: all that lies elsewhere from now on is new, and what loading left out goes. */
static void note_written(prom_node_channel *channel, const struct loading *loading)
{
    memset(channel->written, 0, sizeof channel->written);
    for (size_t i = 0; i < loading->count; i++) {
        if (loading->parts[i].part >= PROM_PART_KEPT) {
            const size_t kind = (size_t)loading->parts[i].part - PROM_PART_KEPT;
            const prom_span *now = &channel->channel->facts.kept[kind];
            channel->written[kind] = now->length > 0 ? *now : prom_span_of(NULL, 1);
        }
    }
}

void prom_node_unload(prom_node_channel *channel)
{
    prom_node_drop_nonces(channel);
    if (channel->channel != NULL) {
        prom_channel_wipe(channel->channel);
        channel->channel = NULL;
    }
    prom_arena_free(&channel->arena);
}

/* In small blocks: there are many channels, and in each the last block is not full. */
static void begin_arena(prom_node_channel *channel)
{
    enum { BLOCK = 4096 };
    prom_arena_init(&channel->arena, PROM_NODE_CHANNEL_MEMORY);
    channel->arena.block = BLOCK;
}

static prom_result load_parts(prom_node *node, prom_node_channel *channel, struct loading *loading, prom_error *error)
{
    PROM_TRY(prom_store_part_each(node->store, channel->record.number, take_part, loading, error));
    PROM_TRY(prom_channel_load(node->curve, &channel->arena, &channel->channel, loading->parts, loading->count, NULL,
                               error));
    channel->channel->facts.restored = channel->record.restored;
    note_written(channel, loading);
    return prom_node_load_peers(node, channel, error);
}

/* What cannot be loaded is not there. */
static prom_result load(prom_node *node, prom_node_channel *channel, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    struct loading *loading = NULL;
    prom_arena_init(&scratch, PROM_NODE_STEP_MEMORY);
    PROM_TRY_NEW(loading, &scratch, 1, error);
    loading->channel = channel;
    loading->scratch = &scratch;
    prom_node_unload(channel);
    memset(channel->digests, 0, sizeof channel->digests);
    begin_arena(channel);
    const prom_result loaded = load_parts(node, channel, loading, error);
    if (!prom_is_ok(loaded)) {
        channel->channel = NULL;
        prom_node_unload(channel);
        return loaded;
    }
    channel->stale = false;
    channel->wants_due = true;
    return prom_ok();
}

prom_result prom_node_refresh(prom_node *node, prom_node_channel *channel, prom_error *error)
{
    return channel->stale || channel->channel == NULL ? load(node, channel, error) : prom_ok();
}

/* -- The list -- */

static prom_result new_entry(prom_node *node, prom_node_channel **entry, prom_error *error)
{
    if (node->channel_count == PROM_NODE_CHANNELS_MAX) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "this node has %u channels already, and takes no more",
                         PROM_NODE_CHANNELS_MAX);
    }
    *entry = calloc(1, sizeof **entry);
    if (*entry == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    begin_arena(*entry);
    (*entry)->entry = ++node->entries;
    (*entry)->begun = prom_clock_milliseconds();
    node->channels[node->channel_count++] = *entry;
    return prom_ok();
}

void prom_node_free_channel(prom_node *node, prom_node_channel *channel)
{
    prom_node_unload(channel);
    prom_node_drop_peers(node, channel);
    prom_node_publications_drop(channel);
    prom_key_wipe(&channel->words_key);
    free(channel->under_way);
    free(channel);
}

struct adding {
    prom_node_channel *entry;
    prom_facts *facts;
    const prom_terms *terms;
};

/* The last ones are left to our own contracts. */
enum { NUMBERS_OF_OTHERS = PROM_COINS_MAX_OF_EACH - PROM_COINS_MAX_OF_EACH / 10 };

/* A setup of others' gets a number of one that came to nothing, where there is one: its keys are watched already. */
static prom_result take_number(prom_node *node, prom_store_channel *record, prom_error *error)
{
    bool found = false;
    if (record->role != (uint8_t)PROM_ROLE_CLIENT) {
        PROM_TRY(prom_store_channel_again(node->store, record, &found, error));
    }
    if (found) {
        return prom_ok();
    }
    PROM_TRY(prom_store_channel_add(node->store, record, error));
    const bool own = record->role == (uint8_t)PROM_ROLE_CLIENT;
    const uint32_t most = own ? PROM_COINS_MAX_OF_EACH : NUMBERS_OF_OTHERS;
    return (uint32_t)record->number <= most
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_PEER,
                           "this node has had %u channels, and begins no more%s: it would not see what they pay", most,
                           own ? "" : " for others");
}

static prom_result write_new(prom_node *node, void *context, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const struct adding *adding = context;
    prom_node_channel *entry = adding->entry;
    prom_facts *facts = adding->facts;
    prom_arena_init(&scratch, PROM_NODE_STEP_MEMORY);
    PROM_TRY(take_number(node, &entry->record, error));
    facts->number = entry->record.number;
    PROM_TRY(prom_fold_watch(node, (prom_coins_used){.channels = (uint32_t)facts->number}, error));
    PROM_TRY(prom_node_own_keys(node, facts, error));
    PROM_TRY(prom_channel_new(node->curve, &entry->arena, &entry->channel, facts, error));
    PROM_TRY(prom_node_load_peers(node, entry, error));
    PROM_TRY(prom_node_takes_coin(node, entry) ? prom_node_reserve(node, entry, adding->terms, error) : prom_ok());
    return prom_node_write_facts(node, entry, &scratch, error);
}

prom_result prom_node_add_channel(prom_node *node, prom_node_channel **added, const char *name, prom_facts *facts,
                                  const prom_terms *terms, prom_error *error)
{
    prom_node_channel *entry = NULL;
    if (node->disk_short || node->backup_fails) {
        return prom_fail(error, PROM_CATEGORY_IO, "nothing new is begun before %s",
                         node->disk_short ? "the disk has room" : "the backup can be written");
    }
    PROM_TRY(new_entry(node, &entry, error));
    entry->record.role = (uint8_t)facts->role;
    entry->record.created = node->own_tip;
    entry->room = prom_room_of_terms(terms);
    (void)snprintf(entry->record.name, sizeof entry->record.name, "%s", name);
    struct adding adding = {entry, facts, terms};
    const prom_result result = prom_node_transact(node, write_new, &adding, error);
    if (!prom_is_ok(result)) {
        prom_node_forget_reserved(node, entry->record.number);
        node->channel_count--;
        prom_node_free_channel(node, entry);
        return result;
    }
    entry->wants_due = true;
    prom_node_backup_due(node);
    *added = entry;
    return prom_ok();
}

static prom_result load_one(void *context, const prom_store_channel *record, prom_error *error)
{
    prom_node *node = context;
    prom_node_channel *entry = NULL;
    if (record->closed) {
        return prom_ok();
    }
    PROM_TRY(new_entry(node, &entry, error));
    entry->record = *record;
    entry->stale = true;
    return prom_ok();
}

prom_result prom_node_load_channels(prom_node *node, prom_error *error)
{
    PROM_TRY(prom_store_channel_each(node->store, load_one, node, error));
    for (size_t i = 0; i < node->channel_count; i++) {
        prom_error reason;
        if (!prom_is_ok(prom_node_refresh(node, node->channels[i], &reason))) {
            prom_node_report(node, PROM_REPORT_ALARM, node->channels[i]->record.number,
                             "the channel cannot be loaded, and nothing defends it here: %s", reason.sentence);
        } else {
            prom_node_rename_bodies(node, node->channels[i]);
        }
    }
    return prom_ok();
}

void prom_node_drop_channels(prom_node *node)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        prom_node_free_channel(node, node->channels[i]);
    }
    node->channel_count = 0;
}
