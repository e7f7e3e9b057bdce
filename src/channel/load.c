/* A channel in memory: new, or as it is on disk. */
#include "channel/step.h"

static prom_result make(const prom_curve *curve, prom_arena *arena, prom_channel **channel, prom_error *error)
{
    *channel = NULL;
    PROM_TRY_NEW(*channel, arena, 1, error);
    (*channel)->curve = curve;
    (*channel)->arena = arena;
    (*channel)->place = PROM_NO_PLACE;
    return prom_ok();
}

prom_result prom_channel_new(const prom_curve *curve, prom_arena *arena, prom_channel **channel,
                             const prom_facts *facts, prom_error *error)
{
    PROM_TRY(make(curve, arena, channel, error));
    prom_facts *its = &(*channel)->facts;
    *its = *facts;
    its->setup.held_tip = UINT32_MAX;
    its->batch_count = 1;
    if (its->role == PROM_ROLE_CLIENT) {
        its->client = its->own.words;
    }
    return prom_channel_derive(*channel, NULL, error);
}

prom_result prom_channel_load(const prom_curve *curve, prom_arena *arena, prom_channel **channel,
                              const prom_part_bytes *parts, size_t count, const prom_tree *tree, prom_error *error)
{
    bool whole = false;
    PROM_TRY(make(curve, arena, channel, error));
    for (size_t i = 0; i < count; i++) {
        PROM_TRY(prom_facts_read(arena, &(*channel)->facts, parts[i].part, parts[i].batch, parts[i].bytes, error));
        whole = whole || (parts[i].part == PROM_PART_CHANNEL && parts[i].bytes.length > 0);
    }
    if (!whole) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a channel on disk lacks the part that says what it is");
    }
    return prom_channel_derive(*channel, tree, error);
}

void prom_channel_wipe(prom_channel *channel)
{
    if (channel->signing != NULL) {
        prom_signing_wipe(channel->signing);
    }
}
