/* Makes what a watchtower is given, from a channel. */
#ifndef TOWER_EXPORT_H
#define TOWER_EXPORT_H

#include "prometheus/channel/channel.h"
#include "tower/file.h"

/* What W gives for its appeal: all of it, or nothing. Half of it turns #4 into #6. */
typedef struct prom_tower_gift {
    prom_channel_secrets secrets;
    prom_span packages[2];
} prom_tower_gift;

/* Returns whether the channel is a worker's that would appeal when it is accused: its packages are signed, and enough
 * receipts for them count. `error` says what is missing. */
PROM_MUST_USE prom_result prom_tower_may_appeal(const prom_channel *channel, uint16_t batch, prom_error *error);

/* Makes it; bytes lie in the arena. `gift` is NULL without an appeal. PROM_CATEGORY_BAD_INPUT when the contract is on a
 * signet of somebody's own, which no file can name, the branches are not signed yet, the contract is over, or, with a
 * gift, as prom_tower_may_appeal. */
PROM_MUST_USE prom_result prom_tower_export(const prom_channel *channel, uint16_t batch, prom_arena *arena,
                                            prom_tower_file *file, const prom_tower_gift *gift, prom_error *error);

#endif
