#include "contract/index_entries.h"

#include <string.h>

static unsigned bit_of(const prom_bytes32 *txid, unsigned bit)
{
    return (unsigned)txid->bytes[bit / 8] >> (7 - bit % 8) & 1U;
}

static bool is_leaf(size_t link)
{
    return (link & 1) != 0;
}

/* The entry that shares the longest beginning of its txid with `txid`; there must be one. */
static struct index_entry *nearest(const prom_index *index, const prom_bytes32 *txid)
{
    size_t link = index->root;
    while (!is_leaf(link)) {
        const struct index_entry *node = &index->entries[link / 2];
        link = node->child[bit_of(txid, node->bit)];
    }
    return &index->entries[link / 2];
}

struct index_entry *prom_index_entry_find(const prom_index *index, const prom_bytes32 *txid)
{
    if (index->entry_count == 0) {
        return NULL;
    }
    struct index_entry *found = nearest(index, txid);
    return prom_bytes32_equal(&found->record.txid, txid) ? found : NULL;
}

prom_result prom_index_make_room(prom_arena *arena, void **array, size_t *capacity, size_t count, size_t size,
                                 prom_error *error)
{
    enum { MIN = 64 };
    void *larger = NULL;
    if (count < *capacity) {
        return prom_ok();
    }
    const size_t wanted = *capacity == 0 ? MIN : *capacity * 2;
    PROM_TRY(prom_arena_alloc(arena, &larger, wanted, size, error));
    if (count > 0) {
        memcpy(larger, *array, count * size);
    }
    *array = larger;
    *capacity = wanted;
    return prom_ok();
}

prom_result prom_index_entry_add(prom_index *index, const prom_index_record *record, prom_error *error)
{
    const size_t number = index->entry_count;
    const prom_bytes32 *txid = &record->txid;
    void *entries = index->entries;
    PROM_TRY(
        prom_index_make_room(index->arena, &entries, &index->entry_capacity, number, sizeof *index->entries, error));
    index->entries = entries;
    struct index_entry *entry = &index->entries[number];
    *entry = (struct index_entry){.record = *record};
    size_t *link = &index->root;
    if (number > 0) {
        const prom_bytes32 *other = &nearest(index, txid)->record.txid;
        while (bit_of(other, entry->bit) == bit_of(txid, entry->bit)) {
            entry->bit++;
        }
        while (!is_leaf(*link) && index->entries[*link / 2].bit < entry->bit) {
            struct index_entry *node = &index->entries[*link / 2];
            link = &node->child[bit_of(txid, node->bit)];
        }
        const unsigned side = bit_of(txid, entry->bit);
        entry->child[side] = number * 2 + 1;
        entry->child[1 - side] = *link;
    }
    *link = number > 0 ? number * 2 : 1;
    index->entry_count++;
    return prom_ok();
}

void prom_index_entry_remove(prom_index *index)
{
    /* The last entry's leaf hangs on its own node, for what came between them is gone: its other side takes its place.
     */
    const size_t number = --index->entry_count;
    const struct index_entry *last = &index->entries[number];
    size_t *link = &index->root;
    if (number == 0) {
        return;
    }
    while (*link != number * 2) {
        struct index_entry *node = &index->entries[*link / 2];
        link = &node->child[bit_of(&last->record.txid, node->bit)];
    }
    *link = last->child[1 - bit_of(&last->record.txid, last->bit)];
}
