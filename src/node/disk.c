/* Transactions of the store, and what follows when the disk does not take one: nothing was signed or sent, the owner is
 * told once, the spare room goes to what defends contracts, and nothing new is begun before there is room again. */
#include <sys/statvfs.h>

#include "node/state.h"
#include "store/spare.h"

/* The spare room is taken again when so many times as much is free: else it would come and go with every write. */
enum { ROOM_TIMES = 4 };

void prom_node_disk_failed(prom_node *node, const prom_error *reason)
{
    prom_error why;
    if (prom_store_is_full(node->store) && !prom_is_ok(prom_store_release_spare(node->store, &why))) {
        prom_node_report(node, PROM_REPORT_FAULT, 0, "%s", why.sentence);
    }
    if (!node->disk_short) {
        node->disk_short = true;
        prom_node_report(node, PROM_REPORT_ALARM, 0,
                         "the disk does not take what is written, so nothing is signed and no contract is begun; open "
                         "ones are defended with the room that is kept for that: make room (%s)",
                         reason->sentence);
    }
}

prom_result prom_node_transact(prom_node *node, prom_node_act *act, void *context, prom_error *error)
{
    prom_result result = prom_store_begin(node->store, error);
    if (prom_is_ok(result)) {
        result = act(node, context, error);
        if (prom_is_ok(result)) {
            result = prom_store_commit(node->store, error);
        } else {
            prom_store_rollback(node->store);
        }
    }
    if (result.category == PROM_CATEGORY_IO) {
        prom_node_disk_failed(node, error);
    }
    return result;
}

static bool has_room(const prom_node *node)
{
    struct statvfs disk;
    return statvfs(node->folder, &disk) == 0 &&
           (uint64_t)disk.f_bavail * disk.f_frsize >= (uint64_t)ROOM_TIMES * PROM_SPARE_BYTES;
}

/* Whether the disk takes a write now: the own tip is written as it is. */
static prom_result write_something(prom_node *node, void *context, prom_error *error)
{
    (void)context;
    return prom_store_raise_tip(node->store, node->own_tip, error);
}

void prom_node_look_at_disk(prom_node *node)
{
    prom_error reason;
    const bool has_spare = prom_store_has_spare(node->store);
    if (has_spare && !node->disk_short) {
        return;
    }
    if (!has_room(node) || !prom_is_ok(prom_store_spare(node->store, &reason)) ||
        !prom_is_ok(prom_node_transact(node, write_something, NULL, &reason))) {
        if (!node->disk_short) {
            node->disk_short = true;
            prom_node_report(node, PROM_REPORT_ALARM, 0,
                             "the disk has no room to spare, so no contract is begun: make room");
        }
        return;
    }
    if (node->disk_short) {
        node->disk_short = false;
        prom_node_report(node, PROM_REPORT_NOTE, 0, "the disk has room again");
        for (size_t i = 0; i < node->channel_count; i++) {
            node->channels[i]->wants_due = true;
        }
    }
}
