/* What is folded from the chain's blocks: the index and the wallet's coins. In memory, and on the disk, where it is
 * kept with the blocks that channels have taken: a restart folds only what came since. */
#include "node/fold.h"

#include <stdlib.h>

#include "node/state.h"

#define INDEX_MEMORY ((size_t)1 << 30)

static const prom_bytes32 none;

/* -- In memory -- */

prom_result prom_fold_new(prom_node *node, prom_fold **fold, uint32_t first, prom_error *error)
{
    *fold = calloc(1, sizeof **fold);
    if (*fold == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    prom_arena_init(&(*fold)->arena, INDEX_MEMORY);
    prom_result result = prom_index_new(&(*fold)->arena, &(*fold)->index, node->curve, node->network, first, error);
    if (prom_is_ok(result)) {
        result = prom_coins_new(&(*fold)->coins, &node->wallet, node->used, error);
    }
    if (!prom_is_ok(result)) {
        prom_fold_free(*fold);
        *fold = NULL;
    }
    return result;
}

void prom_fold_free(prom_fold *fold)
{
    if (fold != NULL) {
        prom_coins_free(fold->coins);
        prom_arena_free(&fold->arena);
        free(fold);
    }
}

static void raise(uint32_t *count, uint32_t to)
{
    *count = to > *count ? to : *count;
}

prom_result prom_fold_watch(prom_node *node, prom_coins_used used, prom_error *error)
{
    raise(&used.addresses, node->used.addresses);
    raise(&used.channels, node->used.channels);
    raise(&used.own, node->used.own);
    PROM_TRY(prom_coins_watch(node->fold->coins, &node->wallet, used, error));
    if (node->behind != NULL) {
        PROM_TRY(prom_coins_watch(node->behind->coins, &node->wallet, used, error));
    }
    node->used = used;
    return prom_ok();
}

uint32_t prom_fold_tip(const prom_fold *fold)
{
    return prom_index_next_height(fold->index) - 1;
}

prom_result prom_fold_connect(prom_fold *fold, const prom_index_block *block, prom_error *error)
{
    PROM_TRY(prom_index_connect(fold->index, block, error));
    const prom_result result = prom_coins_connect(fold->coins, block, error);
    if (!prom_is_ok(result)) {
        prom_error ignored;
        (void)!prom_is_ok(prom_index_disconnect(fold->index, &ignored));
    }
    return result;
}

void prom_fold_disconnect(prom_fold *fold)
{
    prom_error ignored;
    prom_coins_disconnect(fold->coins, prom_fold_tip(fold));
    (void)!prom_is_ok(prom_index_disconnect(fold->index, &ignored)); /* an empty one stays so */
}

bool prom_fold_has(const prom_fold *fold, uint32_t height, const prom_bytes32 *hash)
{
    prom_bytes32 own;
    return prom_index_block_hash(fold->index, &own, height) && prom_bytes32_equal(&own, hash);
}

/* -- To the disk -- */

static prom_fold *whole_of(const prom_node *node)
{
    return node->behind != NULL ? node->behind : node->fold;
}

void prom_node_unkept(prom_node *node)
{
    const uint32_t tip = prom_fold_tip(whole_of(node));
    node->kept = tip < node->kept ? tip : node->kept;
}

static prom_result put_record(prom_node *node, size_t number, const prom_index_record *record, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_store_entry entry = {.number = number,
                              .kind = (uint8_t)record->kind,
                              .height = record->height,
                              .txid = record->txid,
                              .p_txid = record->p_txid};
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    prom_writer writer = prom_writer_in(&arena);
    switch (record->kind) {
    case PROM_INDEX_P:
        prom_parameters_write(&writer, &record->P);
        PROM_TRY(prom_writer_finish(&writer, &entry.parameters, error));
        break;
    case PROM_INDEX_OFFER:
        if (!prom_amount_get(record->offer.value, &entry.value)) {
            return prom_fail(error, PROM_CATEGORY_BROKEN, "the index holds an offer without a value");
        }
        entry.key = record->offer.key;
        entry.fate = (uint8_t)record->offer.fate;
        entry.spent = record->offer.spent_height;
        entry.spent_by = record->offer.spent_by;
        break;
    case PROM_INDEX_TX0:
    case PROM_INDEX_TXV0:
    case PROM_INDEX_TXA:
        if (!prom_amount_get(record->lock.value, &entry.value) ||
            !prom_amount_get(record->lock.reward, &entry.reward)) {
            return prom_fail(error, PROM_CATEGORY_BROKEN, "the index holds a contract without a value");
        }
        entry.fate = record->lock.way;
        entry.spent = record->lock.spent_height;
        entry.spent_by = record->lock.spent_by;
        entry.offers = record->lock.offers;
        break;
    }
    return prom_store_entry_put(node->store, &entry, error);
}

static prom_result put_records(prom_node *node, const prom_index *index, prom_error *error)
{
    for (size_t i = 0; i < prom_index_count(index); i++) {
        const prom_index_record *record = prom_index_at(index, i);
        const uint32_t spent = record->kind == PROM_INDEX_P       ? 0
                               : record->kind == PROM_INDEX_OFFER ? record->offer.spent_height
                                                                  : record->lock.spent_height;
        if (record->height > node->kept || spent > node->kept) {
            PROM_TRY(put_record(node, i, record, error));
        }
    }
    return prom_ok();
}

static prom_result put_coins(prom_node *node, const prom_coins *coins, prom_error *error)
{
    size_t count = 0;
    const prom_wallet_coin *list = prom_coins_list(coins, &count);
    for (size_t i = 0; i < count; i++) {
        const prom_wallet_coin *coin = &list[i];
        prom_store_output output = {.number = i,
                                    .height = coin->height,
                                    .key = coin->coin.key,
                                    .coinbase = coin->coinbase,
                                    .spent = coin->spent,
                                    .spent_by = coin->spent != 0 ? coin->spent_by : none};
        if (coin->height <= node->kept && coin->spent <= node->kept) {
            continue;
        }
        if (!prom_amount_get(coin->coin.value, &output.value)) {
            return prom_fail(error, PROM_CATEGORY_BROKEN, "the wallet holds a coin without a value");
        }
        prom_node_write_outpoint(output.outpoint, &coin->coin.outpoint);
        PROM_TRY(prom_store_output_put(node->store, &output, error));
    }
    return prom_ok();
}

/* A disk that is full has no room for what can be folded again: that is for defending. What lacks records is not kept.
 */
bool prom_node_keeps(const prom_node *node)
{
    return !node->disk_short && !node->keeps_none && prom_index_full_since(whole_of(node)->index) == 0;
}

/* What was undone since is forgotten first, so that a transaction that failed is made good by the next one. */
static prom_result write_missing(prom_node *node, prom_error *error)
{
    const prom_fold *whole = whole_of(node);
    prom_bytes32 keys;
    const bool nothing = node->kept < node->network->first_block;
    PROM_TRY(prom_store_index_cut(node->store, nothing ? 0 : node->kept, error));
    if (nothing) {
        PROM_TRY(prom_coins_keys(&keys, &node->wallet, error));
        PROM_TRY(prom_store_index_own(node->store, &keys, error));
    }
    for (uint32_t height = node->kept + 1; height <= prom_fold_tip(whole); height++) {
        prom_store_block block = {.height = height};
        (void)!prom_index_block_hash(whole->index, &block.hash, height);
        PROM_TRY(prom_store_index_block_add(node->store, &block, error));
    }
    PROM_TRY(put_records(node, whole->index, error));
    PROM_TRY(put_coins(node, whole->coins, error));
    const prom_coins_used seen = prom_coins_seen(whole->coins); /* their keys are watched when they are loaded */
    return prom_store_used_raise(node->store, &seen, error);
}

/* Whatever is wrong with the index on the disk, no channel waits for it. */
prom_result prom_node_keep(prom_node *node, prom_error *error)
{
    const prom_result written = write_missing(node, error);
    if (written.category == PROM_CATEGORY_MISUSE || written.category == PROM_CATEGORY_BROKEN) {
        node->keeps_none = true;
        prom_node_report(node, PROM_REPORT_ALARM, 0,
                         "the index of the chain cannot be kept on the disk before the next start, which will take "
                         "longer: %s",
                         error->sentence);
    }
    return written;
}

void prom_node_has_kept(prom_node *node)
{
    node->kept = prom_fold_tip(whole_of(node));
}

/* -- From the disk -- */

struct loading {
    prom_fold *fold;
    uint64_t entries;
    uint64_t outputs;
};

static prom_result load_block(void *context, const prom_store_block *block, prom_error *error)
{
    struct loading *loading = context;
    return block->height == prom_index_next_height(loading->fold->index)
               ? prom_index_load_block(loading->fold->index, &block->hash, error)
               : prom_fail(error, PROM_CATEGORY_BROKEN, "block %u is kept where block %u belongs",
                           (unsigned)block->height, (unsigned)prom_index_next_height(loading->fold->index));
}

static prom_result load_entry(void *context, const prom_store_entry *entry, prom_error *error)
{
    struct loading *loading = context;
    prom_index_record record = {
        .kind = (prom_index_kind)entry->kind, .height = entry->height, .txid = entry->txid, .p_txid = entry->p_txid};
    prom_reader reader = prom_reader_of(entry->parameters);
    if (record.kind == PROM_INDEX_P) {
        prom_parameters_read(&reader, &record.P);
    } else if (record.kind == PROM_INDEX_OFFER) {
        record.offer.value = prom_amount_of(entry->value);
        record.offer.key = entry->key;
        record.offer.fate = (prom_offer_fate)entry->fate;
        record.offer.spent_height = entry->spent;
        record.offer.spent_by = entry->spent_by;
    } else {
        record.lock.offers = entry->offers;
        record.lock.value = prom_amount_of(entry->value);
        record.lock.way = entry->fate;
        record.lock.spent_height = entry->spent;
        record.lock.spent_by = entry->spent_by;
        record.lock.reward = prom_amount_of(entry->reward);
    }
    if (entry->number != loading->entries++ || !prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "entry %llu of the index is none",
                         (unsigned long long)entry->number);
    }
    return prom_index_load_record(loading->fold->index, &record, error);
}

static prom_result load_output(void *context, const prom_store_output *output, prom_error *error)
{
    struct loading *loading = context;
    const prom_wallet_coin coin = {
        .coin = {prom_node_read_outpoint(output->outpoint), prom_amount_of(output->value), output->key},
        .height = output->height,
        .spent = output->spent,
        .spent_by = output->spent_by,
        .coinbase = output->coinbase};
    if (output->number != loading->outputs++) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "coin %llu is out of order", (unsigned long long)output->number);
    }
    return prom_coins_load(loading->fold->coins, &coin, error);
}

static prom_result load_all(prom_node *node, prom_fold *fold, prom_error *error)
{
    struct loading loading = {.fold = fold};
    prom_bytes32 keys;
    prom_bytes32 owner = {{0}};
    bool found = false;
    PROM_TRY(prom_store_index_owner(node->store, &owner, &found, error));
    PROM_TRY(prom_coins_keys(&keys, &node->wallet, error));
    if (found && !prom_bytes32_equal(&keys, &owner)) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the coins that are kept are another wallet's");
    }
    PROM_TRY(prom_store_index_block_each(node->store, load_block, &loading, error));
    PROM_TRY(prom_store_entry_each(node->store, load_entry, &loading, error));
    PROM_TRY(prom_store_output_each(node->store, load_output, &loading, error));
    prom_coins_loaded(fold->coins);
    return prom_ok();
}

/* What the disk has; where that cannot be used nothing, loudly. */
static prom_result load(prom_node *node, prom_fold **fold, prom_error *error)
{
    PROM_TRY(prom_fold_new(node, fold, node->network->first_block, error));
    const prom_result loaded = load_all(node, *fold, error);
    node->kept = prom_fold_tip(*fold);
    if (loaded.category != PROM_CATEGORY_BROKEN) {
        return loaded;
    }
    prom_node_report(node, PROM_REPORT_ALARM, 0, "the index of the chain is folded anew from block %u on: %s",
                     (unsigned)node->network->first_block, error->sentence);
    prom_fold_free(*fold);
    node->kept = node->network->first_block - 1;
    return prom_fold_new(node, fold, node->network->first_block, error);
}

/* Takes off what channels have not seen: blocks that were undone where the disk had no room for that. */
static prom_result unfold_to_channels(prom_node *node, prom_fold *fold, const prom_store_block *top, prom_error *error)
{
    while (prom_fold_tip(fold) >= node->network->first_block) {
        const uint32_t height = prom_fold_tip(fold);
        prom_store_block at;
        bool found = false;
        PROM_TRY(prom_store_block_at(node->store, &at, &found, height, error));
        if (height <= top->height && (!found || prom_fold_has(fold, height, &at.hash))) {
            return prom_ok();
        }
        prom_fold_disconnect(fold);
    }
    return prom_ok();
}

/* A fold that knows the hashes of the last blocks that channels have taken, and nothing of what was in them: all that a
 * contract whose Tx0 is signed asks of it. */
static prom_result begin_at_channels(prom_node *node, prom_fold **fold, const prom_store_block *top, prom_error *error)
{
    prom_store_block block;
    uint32_t first = top->height;
    bool found = true;
    while (found && first > node->network->first_block) {
        PROM_TRY(prom_store_block_at(node->store, &block, &found, first - 1, error));
        first -= found ? 1 : 0;
    }
    PROM_TRY(prom_fold_new(node, fold, first, error));
    for (uint32_t height = first; height <= top->height; height++) {
        PROM_TRY(prom_store_block_at(node->store, &block, &found, height, error));
        PROM_TRY(prom_index_load_block((*fold)->index, &block.hash, error));
    }
    return prom_ok();
}

prom_result prom_node_load_fold(prom_node *node, prom_error *error)
{
    prom_fold *kept = NULL;
    prom_store_block top;
    bool found = false;
    const prom_result loaded = load(node, &kept, error);
    node->fold = kept; /* it is freed with the node */
    PROM_TRY(loaded);
    PROM_TRY(prom_store_block_top(node->store, &top, &found, error));
    if (found) {
        PROM_TRY(unfold_to_channels(node, kept, &top, error));
        prom_node_unkept(node);
    }
    if (found && prom_fold_tip(kept) != top.height) {
        node->behind = kept;
        node->fold = NULL;
        PROM_TRY(begin_at_channels(node, &node->fold, &top, error));
    }
    node->best_tip = prom_fold_tip(node->fold);
    return prom_ok();
}
