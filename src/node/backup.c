/* The backup: written anew before anything leaves that it must know. Without it a contract whose disk was lost cannot
 * be defended, so none is begun while it cannot be written; open ones go on. */
#include "store/backup.h"
#include "node/state.h"
#include "system/clock.h"

enum {
    PAUSE_TIMES = 10,          /* a backup that took a second is written every ten at most, but for what cannot wait */
    AGAIN_MILLISECONDS = 5000, /* after a failure */
};

void prom_node_backup_due(prom_node *node)
{
    node->backup_due = node->backup[0] != '\0';
}

static void failed(prom_node *node, const prom_error *reason)
{
    if (!node->backup_fails) {
        prom_node_report(node, PROM_REPORT_ALARM, 0,
                         "the backup cannot be written, so no contract is begun and no deposit signed; open contracts "
                         "go on: %s",
                         reason->sentence);
    }
    node->backup_fails = true;
    node->backup_next = prom_clock_milliseconds() + AGAIN_MILLISECONDS;
}

static void written(prom_node *node, int64_t begun)
{
    const int64_t now = prom_clock_milliseconds();
    if (node->backup_fails) {
        prom_node_report(node, PROM_REPORT_NOTE, 0, "the backup is written again");
    }
    node->backup_due = node->backup_fails = false;
    node->backup_next = now + PAUSE_TIMES * (now - begun);
}

bool prom_node_back_up(prom_node *node, bool now)
{
    const int64_t begun = prom_clock_milliseconds();
    prom_error reason;
    if (!node->backup_due || (!now && begun < node->backup_next)) {
        return !node->backup_due;
    }
    if (prom_is_ok(prom_backup_write(node->store, node->backup, &node->backup_key, &reason))) {
        written(node, begun);
    } else {
        failed(node, &reason);
    }
    return !node->backup_due;
}
