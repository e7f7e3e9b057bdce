#include "prometheus/contract/index.h"

#include <stdlib.h>
#include <string.h>

#include "prometheus/bitcoin/script.h"
#include "prometheus/crypto/hash.h"

/* A record, and with it a node of a crit-bit tree over the txids: it is as deep as two txids have bits in common, so
 * nobody can make it deep without as much work. A link is twice an entry's number: plus 1, the record there is the
 * leaf; plus 0, the node there tells on. Entry 0 came into an empty tree and made no node. */
struct entry {
    prom_index_record record;
    unsigned bit; /* the first one in which the leaves on either side differ */
    size_t child[2];
};

struct prom_index {
    prom_arena *arena;
    const prom_curve *curve;
    const prom_chain_parameters *network;
    uint32_t first_height;
    prom_bytes32 *blocks; /* their hashes, from first_height on */
    size_t block_count;
    size_t block_capacity;
    struct entry *entries; /* in the order of the chain: a block's are the last until the next one comes */
    size_t entry_count;
    size_t entry_capacity;
    size_t root;
};

/* The entries. What came last goes first: the tree is then what it was. */

static unsigned bit_of(const prom_bytes32 *txid, unsigned bit)
{
    return (unsigned)txid->bytes[bit / 8] >> (7 - bit % 8) & 1U;
}

static bool is_leaf(size_t link)
{
    return (link & 1) != 0;
}

/* The entry that shares the longest beginning of its txid with `txid`; there must be one. */
static struct entry *nearest(const prom_index *index, const prom_bytes32 *txid)
{
    size_t link = index->root;
    while (!is_leaf(link)) {
        const struct entry *node = &index->entries[link / 2];
        link = node->child[bit_of(txid, node->bit)];
    }
    return &index->entries[link / 2];
}

static struct entry *find_entry(const prom_index *index, const prom_bytes32 *txid)
{
    if (index->entry_count == 0) {
        return NULL;
    }
    struct entry *found = nearest(index, txid);
    return prom_bytes32_equal(&found->record.txid, txid) ? found : NULL;
}

/* Sets `array` to one with room for one more than `count`. Doubling, all arrays of an arena take twice the last. */
static prom_result make_room(prom_arena *arena, void **array, size_t *capacity, size_t count, size_t size,
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

/* Adds a record whose txid is new. */
static prom_result add_entry(prom_index *index, const prom_index_record *record, prom_error *error)
{
    const size_t number = index->entry_count;
    const prom_bytes32 *txid = &record->txid;
    void *entries = index->entries;
    PROM_TRY(make_room(index->arena, &entries, &index->entry_capacity, number, sizeof *index->entries, error));
    index->entries = entries;
    struct entry *entry = &index->entries[number];
    *entry = (struct entry){.record = *record};
    size_t *link = &index->root;
    if (number > 0) {
        const prom_bytes32 *other = &nearest(index, txid)->record.txid;
        while (bit_of(other, entry->bit) == bit_of(txid, entry->bit)) {
            entry->bit++;
        }
        while (!is_leaf(*link) && index->entries[*link / 2].bit < entry->bit) {
            struct entry *node = &index->entries[*link / 2];
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

/* The last entry's leaf hangs on its own node, for what came between them is gone: its other side takes its place. */
static void remove_entry(prom_index *index)
{
    const size_t number = --index->entry_count;
    const struct entry *last = &index->entries[number];
    size_t *link = &index->root;
    if (number == 0) {
        return;
    }
    while (*link != number * 2) {
        struct entry *node = &index->entries[*link / 2];
        link = &node->child[bit_of(&last->record.txid, node->bit)];
    }
    *link = last->child[1 - bit_of(&last->record.txid, last->bit)];
}

static const prom_bytes32 none;

static void set_fate(prom_index_record *offer, prom_offer_fate fate, uint32_t height, const prom_bytes32 *spent_by)
{
    offer->offer.fate = fate;
    offer->offer.spent_height = height;
    offer->offer.spent_by = *spent_by;
}

/* What a transaction is, docs/protocol.md, section 4. */

/* The data of the OP_RETURN that a transaction has exactly one of, if it is one push of the shortest form; else
 * nothing. */
static prom_span only_mark(const prom_tx *tx, size_t *position)
{
    prom_span script = {NULL, 0};
    for (size_t i = 0; i < tx->output_count; i++) {
        const prom_span it = tx->outputs[i].script;
        if (it.length > 0 && it.data[0] == PROM_OP_RETURN) {
            if (script.length > 0) {
                return (prom_span){NULL, 0};
            }
            script = it;
            *position = i;
        }
    }
    prom_reader reader = prom_reader_of(script);
    (void)prom_read_u8(&reader);
    const uint8_t opcode = prom_read_u8(&reader);
    const size_t length = opcode == PROM_OP_PUSHDATA1 ? prom_read_u8(&reader) : opcode;
    const prom_span data = prom_read_span(&reader, length);
    const bool shortest = opcode < PROM_OP_PUSHDATA1 || (opcode == PROM_OP_PUSHDATA1 && length >= PROM_OP_PUSHDATA1);
    return shortest && prom_reader_done(&reader) ? data : (prom_span){NULL, 0};
}

/* Whether the mark is `magic` and a txid of P. */
static bool names_p(prom_bytes32 *p_txid, prom_span mark, const char *magic)
{
    prom_reader reader = prom_reader_of(mark);
    const prom_span found = prom_read_span(&reader, 4);
    *p_txid = prom_read_bytes32(&reader);
    return prom_reader_done(&reader) && memcmp(found.data, magic, 4) == 0;
}

static bool publishes_p(const prom_index *index, prom_parameters *P, prom_span mark)
{
    prom_reader reader = prom_reader_of(mark);
    prom_parameters_read(&reader, P);
    return prom_reader_done(&reader) && prom_is_ok(prom_parameters_check(index->curve, P, index->network, NULL));
}

/* Output 0 of an offer: to be worth a is asked of it when P is known. */
static bool locks_stake(prom_index_record *record, const prom_tx_output *output)
{
    if (!prom_script_is_p2tr(output->script)) {
        return false;
    }
    record->offer.value = output->value;
    memcpy(record->offer.key.bytes, output->script.data + 2, sizeof record->offer.key.bytes);
    return true;
}

/* Whether the transaction has the form of one of the three. Of a Tx0 it is still to be seen which offers it engages. */
static bool classify(const prom_index *index, prom_index_record *record, const prom_tx *tx)
{
    size_t position = 0;
    const prom_span mark = only_mark(tx, &position);
    if (publishes_p(index, &record->P, mark)) {
        record->kind = PROM_INDEX_P;
        return true;
    }
    if (names_p(&record->p_txid, mark, "PRMO")) {
        record->kind = PROM_INDEX_OFFER;
        set_fate(record, PROM_OFFER_UNSPENT, 0, &none);
        return position == 1 && locks_stake(record, &tx->outputs[0]);
    }
    record->kind = PROM_INDEX_TX0;
    record->tx0.offers = 0;
    return names_p(&record->p_txid, mark, "PRMC");
}

/* The unspent offer that an input spends, or NULL. */
static prom_index_record *spent_offer(const prom_index *index, const prom_outpoint *outpoint)
{
    struct entry *entry = outpoint->index == 0 ? find_entry(index, &outpoint->txid) : NULL;
    const bool found = entry != NULL && entry->record.kind == PROM_INDEX_OFFER;
    return found && entry->record.offer.fate == PROM_OFFER_UNSPENT ? &entry->record : NULL;
}

static bool spends_offer(const prom_index *index, const prom_tx *tx)
{
    for (size_t i = 0; i < tx->input_count; i++) {
        if (spent_offer(index, &tx->inputs[i].outpoint) != NULL) {
            return true;
        }
    }
    return false;
}

/* Whether an offer is spent by a leaf and_v(v:pk(A),older(E)): the script in the witness says so, and the chain saw to
 * it that the output holds that script. */
static bool waited(const prom_tx_input *input)
{
    enum { KEY_BYTES = 32, ANNEX = 0x50 };
    size_t count = input->witness_count;
    if (count >= 2 && input->witness[count - 1].length > 0 && input->witness[count - 1].data[0] == ANNEX) {
        count--; /* BIP 341 */
    }
    if (count < 2) {
        return false;
    }
    const prom_span script = input->witness[count - 2];
    return script.length > KEY_BYTES + 3 && script.data[0] == KEY_BYTES &&
           script.data[1 + KEY_BYTES] == PROM_OP_CHECKSIGVERIFY &&
           script.data[script.length - 1] == PROM_OP_CHECKSEQUENCEVERIFY;
}

/* Writes down what becomes of the offers that a transaction spends; gives the number of those that it engages. `tx0`
 * is NULL unless it has the mark of a Tx0. */
static uint32_t spend_offers(const prom_index *index, const prom_tx *tx, const prom_bytes32 *txid, uint32_t height,
                             const prom_index_record *tx0)
{
    uint32_t engaged = 0;
    for (size_t i = 0; i < tx->input_count; i++) {
        prom_index_record *offer = spent_offer(index, &tx->inputs[i].outpoint);
        if (offer == NULL) {
            continue;
        }
        const bool same_p = tx0 != NULL && prom_bytes32_equal(&tx0->p_txid, &offer->p_txid);
        const prom_offer_fate unwaited = same_p ? PROM_OFFER_ENGAGED : PROM_OFFER_LOST;
        set_fate(offer, waited(&tx->inputs[i]) ? PROM_OFFER_WITHDRAWN : unwaited, height, txid);
        engaged += offer->offer.fate == PROM_OFFER_ENGAGED;
    }
    return engaged;
}

static prom_result add_transaction(prom_index *index, const prom_tx *tx, uint32_t height, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_index_record record = {.height = height};
    const bool kept = classify(index, &record, tx);
    if (!kept && !spends_offer(index, tx)) {
        return prom_ok();
    }
    prom_arena_init(&scratch, SIZE_MAX);
    PROM_TRY(prom_tx_id(&scratch, &record.txid, tx, error));
    if (find_entry(index, &record.txid) != NULL) {
        char text[PROM_HEX32];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "transaction %s is on the chain already",
                         prom_hex32_reversed(text, &record.txid));
    }
    const bool is_tx0 = kept && record.kind == PROM_INDEX_TX0;
    const uint32_t engaged = spend_offers(index, tx, &record.txid, height, is_tx0 ? &record : NULL);
    if (!kept || (is_tx0 && engaged == 0)) {
        return prom_ok();
    }
    if (is_tx0) {
        record.tx0.offers = engaged;
    }
    if (record.kind == PROM_INDEX_P) {
        record.p_txid = record.txid;
    }
    return add_entry(index, &record, error);
}

/* Undoes all that the block at `height`, the highest, has done. */
static void forget(prom_index *index, uint32_t height)
{
    while (index->entry_count > 0 && index->entries[index->entry_count - 1].record.height == height) {
        remove_entry(index);
    }
    for (size_t i = 0; i < index->entry_count; i++) {
        prom_index_record *record = &index->entries[i].record;
        if (record->kind == PROM_INDEX_OFFER && record->offer.spent_height == height) {
            set_fate(record, PROM_OFFER_UNSPENT, 0, &none);
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
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu bytes are left over behind a block", reader.left);
    }
    *block = (prom_index_block){.height = height, .txs = txs, .tx_count = (size_t)count};
    prom_sha256_twice(&block->hash, header);
    memcpy(block->previous.bytes, header.data + 4, sizeof block->previous.bytes); /* behind the version */
    return prom_ok();
}

prom_result prom_index_new(prom_arena *arena, prom_index **index, const prom_curve *curve,
                           const prom_chain_parameters *network, uint32_t first_height, prom_error *error)
{
    if (first_height == 0) { /* 0 stands for a height that is not */
        return prom_fail(error, PROM_CATEGORY_MISUSE, "the first block holds nothing to index: begin behind it");
    }
    PROM_TRY_NEW(*index, arena, 1, error);
    (*index)->arena = arena;
    (*index)->curve = curve;
    (*index)->network = network;
    (*index)->first_height = first_height;
    return prom_ok();
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

prom_result prom_index_connect(prom_index *index, const prom_index_block *block, prom_error *error)
{
    PROM_TRY(check_order(index, block, error));
    void *blocks = index->blocks;
    PROM_TRY(
        make_room(index->arena, &blocks, &index->block_capacity, index->block_count, sizeof *index->blocks, error));
    index->blocks = blocks;
    for (size_t i = 0; i < block->tx_count; i++) {
        const prom_result result = add_transaction(index, block->txs[i], block->height, error);
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
    const struct entry *entry = find_entry(index, txid);
    return entry != NULL && entry->record.kind == kind ? &entry->record : NULL;
}

const prom_index_record *prom_index_next(const prom_index *index, const prom_index_record *after, prom_index_kind kind,
                                         const prom_bytes32 *p_txid)
{
    /* The record is an entry's first member. */
    size_t i = after == NULL ? 0 : (size_t)((const struct entry *)after - index->entries) + 1;
    for (; i < index->entry_count; i++) {
        const prom_index_record *record = &index->entries[i].record;
        if (record->kind == kind && (p_txid == NULL || prom_bytes32_equal(&record->p_txid, p_txid))) {
            return record;
        }
    }
    return NULL;
}

bool prom_index_counts(const prom_index *index, const prom_index_record *offer, const prom_index_record *P,
                       uint32_t snapshot)
{
    const bool there = offer->height <= snapshot && P->height <= snapshot;
    const bool old = there && snapshot - offer->height + 1 >= index->network->offer_age;
    const bool unspent = offer->offer.fate == PROM_OFFER_UNSPENT || offer->offer.spent_height > snapshot;
    return old && unspent && prom_bytes32_equal(&offer->p_txid, &P->txid) &&
           prom_amount_equal(offer->offer.value, P->P.a);
}

/* The order of their outpoints, all of them output 0; then that in which they were given. */
static int compare_announcements(const void *left, const void *right)
{
    const prom_announcement *a = *(const prom_announcement *const *)left;
    const prom_announcement *b = *(const prom_announcement *const *)right;
    const int order = prom_bytes32_compare_vartime(&a->offer.offer.txid, &b->offer.offer.txid);
    return order != 0 ? order : (a > b) - (a < b);
}

/* Whether the announcement is its arbiter's, and of the output that the chain holds. A failure is the machine's. */
static prom_result check_announcement(const prom_index *index, bool *right, const prom_announcement *announcement,
                                      const prom_index_record *offer, const prom_index_record *P, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_tx_output output = {.value = offer->offer.value};
    prom_arena_init(&scratch, SIZE_MAX);
    PROM_TRY(prom_script_p2tr(&scratch, &output.script, &offer->offer.key, error));
    const prom_result result =
        prom_blame_peer(prom_announcement_check(index->curve, &scratch, announcement, &P->P, &output, error));
    *right = prom_is_ok(result);
    return result.category == PROM_CATEGORY_PEER ? prom_ok() : result;
}

prom_result prom_index_eligible(const prom_index *index, prom_arena *arena, const prom_announcement *const **eligible,
                                size_t *eligible_count, const prom_bytes32 *p_txid, uint32_t snapshot,
                                const prom_announcement *announced, size_t announced_count, prom_error *error)
{
    const prom_index_record *P = prom_index_find(index, PROM_INDEX_P, p_txid);
    const prom_announcement **found = NULL;
    size_t found_count = 0;
    size_t count = 0;
    if (!holds_block(index, snapshot) || P == NULL || P->height > snapshot) {
        char text[PROM_HEX32];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "at block %u the index knows no P with the txid %s: wait for the block, or name another P",
                         (unsigned)snapshot, prom_hex32_reversed(text, p_txid));
    }
    PROM_TRY_NEW(found, arena, announced_count, error);
    for (size_t i = 0; i < announced_count; i++) {
        const prom_outpoint *outpoint = &announced[i].offer.offer;
        const prom_index_record *offer = prom_index_find(index, PROM_INDEX_OFFER, &outpoint->txid);
        if (offer != NULL && outpoint->index == 0 && prom_index_counts(index, offer, P, snapshot)) {
            found[found_count++] = &announced[i];
        }
    }
    qsort(found, found_count, sizeof *found, compare_announcements);
    for (size_t i = 0; i < found_count; i++) {
        const prom_outpoint *outpoint = &found[i]->offer.offer;
        const prom_index_record *offer = prom_index_find(index, PROM_INDEX_OFFER, &outpoint->txid);
        bool right = false;
        if (count == 0 || !prom_outpoint_equal(&found[count - 1]->offer.offer, outpoint)) {
            PROM_TRY(check_announcement(index, &right, found[i], offer, P, error));
        }
        if (right) {
            found[count++] = found[i];
        }
    }
    *eligible = found;
    *eligible_count = count;
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
        prom_write_u32(writer, record->tx0.offers);
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
