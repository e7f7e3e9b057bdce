/* Old blocks that are read behind the backs of open contracts: those that the fold lacks, where the disk has no index
 * or an older one than the channels are, and those in which the coins of partners may have moved, whose draws stand.
 * Only new contracts wait for them. */
#include "node/beginning.h"

enum {
    EVENTS_A_TURN = 32, /* then the world has its turn */
    KEEP_BLOCKS = 64,   /* are on the disk in one transaction */
};

/* -- What there is to read -- */

static uint32_t first_to_read(const prom_node *node)
{
    const uint32_t start = node->network->first_block;
    uint32_t first = node->behind != NULL ? prom_fold_tip(node->behind) + 1 : UINT32_MAX;
    for (size_t i = 0; i < node->aborted_count; i++) {
        const prom_kept_draw *draw = &node->kept_draws[i];
        const uint32_t from = draw->snapshot < start ? start : draw->snapshot;
        first = !draw->followed && from < first ? from : first;
    }
    return first;
}

/* `behind`, where there is one, has the hash. */
static void set_read(prom_node *node, uint32_t height)
{
    node->read = height;
    node->read_hash = (prom_bytes32){{0}};
    if (node->behind != NULL) {
        (void)!prom_index_block_hash(node->behind->index, &node->read_hash, height);
    }
}

static prom_result start_reading(prom_node *node, prom_error *error)
{
    const uint32_t first = first_to_read(node);
    const uint32_t tip = prom_fold_tip(node->fold);
    const bool follows = node->behind != NULL && first == prom_fold_tip(node->behind) + 1;
    prom_node_end_follower(&node->reader);
    if (node->behind != NULL || first <= tip) {
        PROM_TRY(prom_node_start_follower(node, &node->reader, follows ? node->behind : NULL, first - 1, error));
        set_read(node, first - 1);
        node->reader.left = tip > node->read ? tip - node->read : 0;
    }
    node->read_due = false;
    return prom_ok();
}

/* -- Reading -- */

static void unfold(prom_node *node)
{
    prom_fold_disconnect(node->behind);
    prom_node_unkept(node);
}

/* Where the reading began below what is folded, that is compared: a block that is another takes those above with it. */
static prom_result fold_block(prom_node *node, const prom_index_block *block, prom_error *error)
{
    while (prom_fold_tip(node->behind) >= block->height) {
        if (prom_fold_has(node->behind, block->height, &block->hash)) {
            return prom_ok();
        }
        unfold(node);
    }
    PROM_TRY(prom_fold_connect(node->behind, block, error));
    return prom_fold_watch(node, prom_coins_seen(node->behind->coins), error);
}

static prom_result keep(prom_node *node, void *context, prom_error *error)
{
    (void)context;
    return prom_node_keep(node, error);
}

/* What the disk does not take now it gets with later blocks. */
static void keep_some(prom_node *node, uint32_t blocks)
{
    prom_error reason;
    if (!prom_node_keeps(node) || prom_fold_tip(node->behind) - node->kept < blocks) {
        return;
    }
    const prom_result kept = prom_node_transact(node, keep, NULL, &reason);
    if (prom_is_ok(kept)) {
        prom_node_has_kept(node);
    } else if (kept.category != PROM_CATEGORY_IO) {
        prom_node_report(node, PROM_REPORT_FAULT, 0, "%s", reason.sentence);
    }
}

static prom_result read_block(prom_node *node, const prom_watcher_block *told, prom_error *error)
{
    const prom_index_block *block = &told->block;
    PROM_TRY(prom_node_follow_draws(node, block, error));
    if (node->behind != NULL) {
        PROM_TRY(fold_block(node, block, error));
        keep_some(node, KEEP_BLOCKS);
    }
    node->read = block->height;
    node->read_hash = block->hash;
    prom_node_note_left(node, &node->reader, told,
                        "the node reads old blocks, and begins no contract before it has them");
    return prom_ok();
}

static void undo_block(prom_node *node, uint32_t height)
{
    if (node->behind != NULL && prom_fold_tip(node->behind) == height) {
        unfold(node);
    }
    set_read(node, height - 1);
}

static prom_result read_health(prom_node *node, const prom_chain_health *health, prom_error *error)
{
    if (health->trouble == PROM_CHAIN_PRUNED) {
        prom_node_report(node, PROM_REPORT_ALARM, 0,
                         "bitcoind has deleted old blocks that no contract can be begun without, from block %u on; "
                         "open ones are defended: give this node a bitcoind that has them",
                         (unsigned)node->read + 1);
    }
    if (health->trouble != PROM_CHAIN_LOST || node->behind == NULL) {
        return prom_ok();
    }
    prom_fold *fold = NULL;
    PROM_TRY(prom_fold_new(node, &fold, node->network->first_block, error));
    prom_node_report(node, PROM_REPORT_ALARM, 0,
                     "bitcoind does not know the blocks of the index that the disk has: it is folded anew from block "
                     "%u on",
                     (unsigned)node->network->first_block);
    prom_fold_free(node->behind);
    node->behind = fold;
    prom_node_unkept(node);
    node->read_due = true;
    return prom_ok();
}

prom_result prom_node_take_old(prom_node *node, const prom_watcher_event *event, prom_error *error)
{
    switch (event->kind) {
    case PROM_WATCHER_CONNECTED:
        return read_block(node, &event->told, error);
    case PROM_WATCHER_DISCONNECTED:
        undo_block(node, event->height);
        return prom_ok();
    case PROM_WATCHER_HEALTH:
        return read_health(node, &event->health, error);
    case PROM_WATCHER_DONE:
        break; /* it is asked nothing */
    }
    return prom_ok();
}

/* -- The end -- */

/* The blocks that were read are all that the channels have taken. */
static bool is_over(prom_node *node)
{
    const uint32_t tip = prom_fold_tip(node->fold);
    if (node->read != tip || !prom_fold_has(node->fold, tip, &node->read_hash)) {
        return false;
    }
    while (node->behind != NULL && prom_fold_tip(node->behind) > tip) {
        unfold(node);
    }
    return true;
}

void prom_node_end_reading(prom_node *node)
{
    if (node->read_due || !is_over(node)) {
        return;
    }
    prom_node_end_follower(&node->reader);
    for (size_t i = 0; i < node->aborted_count; i++) {
        node->kept_draws[i].followed = true;
    }
    if (node->behind != NULL) {
        keep_some(node, 1);
        prom_fold_free(node->fold);
        node->fold = node->behind;
        node->behind = NULL;
        prom_node_look_at_offers(node);
    }
    node->ticked = 0; /* what waited for that is done now */
    prom_node_report(node, PROM_REPORT_NOTE, 0, "the old blocks are read");
}

void prom_node_read_behind(prom_node *node)
{
    prom_error reason;
    prom_result result = node->read_due ? start_reading(node, &reason) : prom_ok();
    for (unsigned i = 0; i < EVENTS_A_TURN && prom_is_ok(result) && node->reader.thread != NULL && !node->read_due;
         i++) {
        const prom_watcher_event *event = prom_node_next_told(&node->reader);
        if (event == NULL) {
            break;
        }
        result = prom_node_take_old(node, event, &reason);
        if (prom_is_ok(result)) {
            prom_node_taken(&node->reader);
        }
    }
    if (!prom_is_ok(result)) {
        prom_node_report(node, PROM_REPORT_FAULT, 0, "an old block could not be read: %s", reason.sentence);
    } else if (node->reader.thread != NULL) {
        prom_node_end_reading(node);
    }
}
