#include "prometheus/contract/index.h"

#include <stdlib.h>
#include <string.h>

#include "contract/index_endings.h"
#include "contract/index_entries.h"
#include "contract/index_transactions.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/crypto/hash.h"

static const prom_bytes32 none;

/* Undoes all that the block at `height`, the highest, has done. */
static void forget(prom_index *index, uint32_t height)
{
    while (index->entry_count > 0 && index->entries[index->entry_count - 1].record.height == height) {
        prom_index_entry_remove(index);
    }
    index->full_since = index->full_since < height ? index->full_since : 0;
    for (size_t i = 0; i < index->entry_count; i++) {
        prom_index_record *record = &index->entries[i].record;
        if (record->kind == PROM_INDEX_OFFER && record->offer.spent_height == height) {
            prom_index_set_fate(record, PROM_OFFER_UNSPENT, 0, &none);
        } else if (prom_index_is_lock(record) && record->lock.spent_height == height) {
            prom_index_set_way(record, &(struct index_spend){.way = 0});
        }
    }
}

prom_result prom_index_block_read(prom_arena *arena, prom_index_block *block, prom_span bytes, uint32_t height,
                                  prom_error *error)
{
    enum { HEADER_BYTES = 80, TX_BYTES_MIN = 51 };
    const prom_tx **txs = NULL;
    prom_reader reader = prom_reader_of(bytes);
    const prom_span header = prom_read_span(&reader, HEADER_BYTES);
    const uint64_t count = prom_read_compact_size(&reader);
    if (reader.failed || count > reader.left / TX_BYTES_MIN) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "these %zu bytes are not a block", bytes.length);
    }
    PROM_TRY_NEW(txs, arena, (size_t)count, error);
    for (size_t i = 0; i < count; i++) {
        prom_tx *tx = NULL;
        PROM_TRY(prom_within(prom_tx_read(arena, &tx, &reader, error), error, "transaction %zu of a block", i));
        txs[i] = tx;
    }
    if (!prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu bytes are left over after a block", reader.left);
    }
    *block = (prom_index_block){.height = height, .txs = txs, .tx_count = (size_t)count};
    prom_sha256_twice(&block->hash, header);
    memcpy(block->previous.bytes, header.data + 4, sizeof block->previous.bytes); /* after the version */
    return prom_ok();
}

prom_result prom_index_new(prom_arena *arena, prom_index **index, const prom_curve *curve,
                           const prom_chain_parameters *network, uint32_t first_height, prom_error *error)
{
    if (first_height == 0) { /* 0 stands for a height that is not */
        return prom_fail(error, PROM_CATEGORY_MISUSE, "the first block holds nothing to index: begin after it");
    }
    PROM_TRY_NEW(*index, arena, 1, error);
    (*index)->arena = arena;
    (*index)->curve = curve;
    (*index)->network = network;
    (*index)->first_height = first_height;
    (*index)->entry_max = PROM_INDEX_RECORDS_MAX;
    return prom_ok();
}

uint32_t prom_index_full_since(const prom_index *index)
{
    return index->full_since;
}

uint32_t prom_index_next_height(const prom_index *index)
{
    return index->first_height + (uint32_t)index->block_count;
}

static prom_result check_order(const prom_index *index, const prom_index_block *block, prom_error *error)
{
    const uint32_t height = prom_index_next_height(index);
    if (block->height != height) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the next block of the index is number %u, not %u",
                         (unsigned)height, (unsigned)block->height);
    }
    if (index->block_count > 0 && !prom_bytes32_equal(&block->previous, &index->blocks[index->block_count - 1])) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "block %u does not stand on block %u of the index: the chain was reorganised, disconnect first",
            (unsigned)height, (unsigned)(height - 1));
    }
    return prom_ok();
}

static prom_result make_room_for_block(prom_index *index, prom_error *error)
{
    void *blocks = index->blocks;
    PROM_TRY(prom_index_make_room(index->arena, &blocks, &index->block_capacity, index->block_count,
                                  sizeof *index->blocks, error));
    index->blocks = blocks;
    return prom_ok();
}

prom_result prom_index_connect(prom_index *index, const prom_index_block *block, prom_error *error)
{
    PROM_TRY(check_order(index, block, error));
    PROM_TRY(make_room_for_block(index, error));
    for (size_t i = 0; i < block->tx_count; i++) {
        const prom_result result = prom_index_add_transaction(index, block->txs[i], block->height, error);
        if (!prom_is_ok(result)) {
            forget(index, block->height);
            return prom_within(result, error, "block %u", (unsigned)block->height);
        }
    }
    index->blocks[index->block_count++] = block->hash;
    return prom_ok();
}

prom_result prom_index_disconnect(prom_index *index, prom_error *error)
{
    if (index->block_count == 0) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "the index holds no block that could be disconnected");
    }
    index->block_count--;
    forget(index, prom_index_next_height(index));
    return prom_ok();
}

size_t prom_index_count(const prom_index *index)
{
    return index->entry_count;
}

const prom_index_record *prom_index_at(const prom_index *index, size_t number)
{
    return &index->entries[number].record;
}

prom_result prom_index_load_block(prom_index *index, const prom_bytes32 *hash, prom_error *error)
{
    if (index->entry_count > 0) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "blocks of an index are loaded before its records");
    }
    PROM_TRY(make_room_for_block(index, error));
    index->blocks[index->block_count++] = *hash;
    return prom_ok();
}

static bool is_possible(const prom_index *index, const prom_index_record *record)
{
    const uint32_t before =
        index->entry_count == 0 ? index->first_height : index->entries[index->entry_count - 1].record.height;
    const uint32_t next = prom_index_next_height(index);
    if (index->entry_count >= index->entry_max || record->height < before || record->height >= next ||
        prom_index_entry_find(index, &record->txid) != NULL) {
        return false;
    }
    switch (record->kind) {
    case PROM_INDEX_P:
        return prom_bytes32_equal(&record->p_txid, &record->txid) &&
               prom_is_ok(prom_parameters_check(index->curve, &record->P, index->network, NULL));
    case PROM_INDEX_OFFER:
        return record->offer.fate == PROM_OFFER_UNSPENT
                   ? record->offer.spent_height == 0 && prom_bytes32_equal(&record->offer.spent_by, &none)
                   : record->offer.fate <= PROM_OFFER_WITHDRAWN && record->offer.spent_height >= record->height &&
                         record->offer.spent_height < next;
    case PROM_INDEX_TX0:
    case PROM_INDEX_TXV0:
    case PROM_INDEX_TXA:
        return prom_index_lock_is_possible(record, next);
    }
    return false;
}

prom_result prom_index_load_record(prom_index *index, const prom_index_record *record, prom_error *error)
{
    if (!is_possible(index, record)) {
        char text[PROM_HEX32];
        return prom_fail(error, PROM_CATEGORY_BROKEN, "no index holds what was kept of transaction %s",
                         prom_hex32_reversed(text, &record->txid));
    }
    return prom_index_entry_add(index, record, error);
}

static bool holds_block(const prom_index *index, uint32_t height)
{
    return height >= index->first_height && height - index->first_height < index->block_count;
}

bool prom_index_block_hash(const prom_index *index, prom_bytes32 *hash, uint32_t height)
{
    const bool held = holds_block(index, height);
    *hash = held ? index->blocks[height - index->first_height] : none;
    return held;
}

const prom_index_record *prom_index_find(const prom_index *index, prom_index_kind kind, const prom_bytes32 *txid)
{
    const struct index_entry *entry = prom_index_entry_find(index, txid);
    return entry != NULL && entry->record.kind == kind ? &entry->record : NULL;
}

const prom_index_record *prom_index_next(const prom_index *index, const prom_index_record *after, prom_index_kind kind,
                                         const prom_bytes32 *p_txid)
{
    /* The record is an entry's first member. */
    size_t i = after == NULL ? 0 : (size_t)((const struct index_entry *)after - index->entries) + 1;
    for (; i < index->entry_count; i++) {
        const prom_index_record *record = &index->entries[i].record;
        if (record->kind == kind && (p_txid == NULL || prom_bytes32_equal(&record->p_txid, p_txid))) {
            return record;
        }
    }
    return NULL;
}

static bool is_old(const prom_index *index, const prom_index_record *record, uint32_t snapshot)
{
    return record->height <= snapshot && snapshot - record->height >= index->network->offer_age;
}

bool prom_index_is_good(const prom_index *index, const prom_index_record *offer, const prom_index_record *P,
                        uint32_t snapshot)
{
    const bool unspent = offer->offer.fate == PROM_OFFER_UNSPENT || offer->offer.spent_height > snapshot;
    return is_old(index, offer, snapshot) && is_old(index, P, snapshot) && unspent &&
           prom_bytes32_equal(&offer->p_txid, &P->txid) && prom_amount_equal(offer->offer.value, P->P.a);
}

/* The order of the chain: records lie in it. */
static int compare_records(const void *left, const void *right)
{
    const prom_index_record *a = *(const prom_index_record *const *)left;
    const prom_index_record *b = *(const prom_index_record *const *)right;
    return (a > b) - (a < b);
}

/* The order of the offers' keys; then that of the chain. */
static int compare_keys(const void *left, const void *right)
{
    const prom_index_record *a = *(const prom_index_record *const *)left;
    const prom_index_record *b = *(const prom_index_record *const *)right;
    const int order = prom_bytes32_compare_vartime(&a->offer.key, &b->offer.key);
    return order != 0 ? order : compare_records(left, right);
}

/* Keeps the first offer of each key, and gives their number. */
static size_t keep_first_of_key(const prom_index_record **offers, size_t count)
{
    size_t kept = 0;
    qsort(offers, count, sizeof *offers, compare_keys);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || !prom_bytes32_equal(&offers[kept - 1]->offer.key, &offers[i]->offer.key)) {
            offers[kept++] = offers[i];
        }
    }
    qsort(offers, kept, sizeof *offers, compare_records);
    return kept;
}

prom_result prom_index_counted(const prom_index *index, prom_arena *arena, const prom_index_record *const **counted,
                               size_t *counted_count, const prom_offer_query *query, prom_error *error)
{
    const prom_index_record *P = prom_index_find(index, PROM_INDEX_P, query->p_txid);
    const prom_index_record **good = NULL;
    size_t good_count = 0;
    if (!holds_block(index, query->snapshot) || P == NULL || !is_old(index, P, query->snapshot)) {
        char text[PROM_HEX32];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%u blocks before block %u the index knows no P with the txid %s: wait for blocks, or name "
                         "another P",
                         (unsigned)index->network->offer_age, (unsigned)query->snapshot,
                         prom_hex32_reversed(text, query->p_txid));
    }
    PROM_TRY_NEW(good, arena, index->entry_count, error);
    for (const prom_index_record *offer = NULL;
         (offer = prom_index_next(index, offer, PROM_INDEX_OFFER, query->p_txid)) != NULL;) {
        if (prom_index_is_good(index, offer, P, query->snapshot)) {
            good[good_count++] = offer;
        }
    }
    const size_t kept = keep_first_of_key(good, good_count);
    *counted_count = 0;
    for (size_t i = 0; i < kept; i++) {
        if (!query->unspent_still || good[i]->offer.fate == PROM_OFFER_UNSPENT) {
            good[(*counted_count)++] = good[i];
        }
    }
    *counted = good;
    return prom_ok();
}

/* Whether the announcement is signed by the offer's key, and of the output that the chain holds. A failure is the
 * machine's. */
static prom_result check_announcement(const prom_index *index, bool *right, const prom_announcement *announcement,
                                      const prom_index_record *offer, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_index_record *P = prom_index_find(index, PROM_INDEX_P, &offer->p_txid);
    prom_tx_output output = {.value = offer->offer.value};
    *right = false;
    if (P == NULL || !prom_bytes32_equal(&announcement->p_txid, &offer->p_txid)) {
        return prom_ok();
    }
    prom_arena_init(&scratch, SIZE_MAX);
    PROM_TRY(prom_script_p2tr(&scratch, &output.script, &offer->offer.key, error));
    const prom_result result =
        prom_blame_peer(prom_announcement_check(index->curve, &scratch, announcement, &P->P, &output, error));
    *right = prom_is_ok(result);
    return result.category == PROM_CATEGORY_PEER ? prom_ok() : result;
}

prom_result prom_index_announced(const prom_index *index, const prom_announcement **found,
                                 const prom_index_record *const *counted, size_t counted_count,
                                 const prom_announcement *announced, size_t announced_count, prom_error *error)
{
    for (size_t i = 0; i < counted_count; i++) {
        found[i] = NULL;
    }
    for (size_t i = 0; i < announced_count; i++) {
        const prom_index_record *offer = prom_index_find(index, PROM_INDEX_OFFER, &announced[i].offer.txid);
        const prom_index_record *const *at =
            offer == NULL || announced[i].offer.index != 0 || counted_count == 0
                ? NULL
                : bsearch(&offer, counted, counted_count, sizeof *counted, compare_records);
        bool right = false;
        if (at != NULL && found[at - counted] == NULL) {
            PROM_TRY(check_announcement(index, &right, &announced[i], offer, error));
        }
        if (right) {
            found[at - counted] = &announced[i];
        }
    }
    return prom_ok();
}

static void write_record(prom_writer *writer, const prom_index_record *record)
{
    prom_write_u8(writer, (uint8_t)record->kind);
    prom_write_u32(writer, record->height);
    prom_write_bytes32(writer, &record->txid);
    prom_write_bytes32(writer, &record->p_txid);
    switch (record->kind) {
    case PROM_INDEX_P:
        prom_parameters_write(writer, &record->P);
        break;
    case PROM_INDEX_OFFER:
        prom_write_amount(writer, record->offer.value);
        prom_write_bytes32(writer, &record->offer.key);
        prom_write_u8(writer, (uint8_t)record->offer.fate);
        prom_write_u32(writer, record->offer.spent_height);
        prom_write_bytes32(writer, &record->offer.spent_by);
        break;
    case PROM_INDEX_TX0:
    case PROM_INDEX_TXV0:
    case PROM_INDEX_TXA:
        prom_write_u32(writer, record->lock.offers);
        prom_write_amount(writer, record->lock.value);
        prom_write_u8(writer, record->lock.way);
        prom_write_u32(writer, record->lock.spent_height);
        prom_write_bytes32(writer, &record->lock.spent_by);
        prom_write_amount(writer, record->lock.reward);
        break;
    }
}

/* `record` NULL: the tip instead. */
static prom_result hash_part(prom_hasher *hasher, const prom_index *index, const prom_index_record *record,
                             prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_span bytes;
    prom_arena_init(&scratch, SIZE_MAX);
    prom_writer writer = prom_writer_in(&scratch);
    if (record != NULL) {
        write_record(&writer, record);
    } else {
        prom_write_u32(&writer, prom_index_next_height(index));
        prom_write_bytes32(&writer, index->block_count > 0 ? &index->blocks[index->block_count - 1] : &none);
    }
    PROM_TRY(prom_writer_finish(&writer, &bytes, error));
    prom_hasher_add(hasher, bytes);
    return prom_ok();
}

prom_result prom_index_digest(const prom_index *index, prom_bytes32 *digest, prom_error *error)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/index");
    PROM_TRY(hash_part(&hasher, index, NULL, error));
    for (size_t i = 0; i < index->entry_count; i++) {
        PROM_TRY(hash_part(&hasher, index, &index->entries[i].record, error));
    }
    prom_hasher_finish(&hasher, digest);
    return prom_ok();
}
