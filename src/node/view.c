/* What a channel sees of the world, put together for one step. */
#include "node/beginning.h"
#include "system/clock.h"

/* Base terms that other channels of ours have signed, and setups that an arbiter of ours may get a seat in. */
static prom_result other_setups(const prom_node *node, const prom_node_channel *own, prom_arena *arena,
                                prom_channel_view *view, prom_error *error)
{
    prom_signed_setup *setups = NULL;
    PROM_TRY_NEW(setups, arena, node->channel_count, error);
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_node_channel *other = node->channels[i];
        if (other != own && other->channel != NULL &&
            prom_channel_signed_setup(other->channel, &setups[view->setup_count])) {
            view->setup_count++;
        }
    }
    view->setups = setups;
    return prom_ok();
}

/* Channels of one contract see the same keys: where a client is its own verifier it has two. */
static prom_result seen_elsewhere(const prom_node *node, const prom_node_channel *own, prom_arena *arena,
                                  prom_channel_view *view, prom_error *error)
{
    const prom_node_channel *sibling =
        own == NULL ? NULL : prom_node_sibling(node, &own->channel->facts.client, own, PROM_ROLES_ALL);
    prom_bytes32 *seen = NULL;
    PROM_TRY_NEW(seen, arena, node->seen.count, error);
    for (size_t i = 0; i < node->seen.count; i++) {
        const uint64_t its = node->seen.items[i].channel;
        if ((own == NULL || its != own->record.number) && (sibling == NULL || its != sibling->record.number)) {
            seen[view->seen_count++] = node->seen.items[i].hash;
        }
    }
    view->seen = seen;
    return prom_ok();
}

/* What is judged by its work once its program is here promises none before: it is judged beside what was promised. */
static bool promises_work(const prom_node *node, const prom_facts *facts)
{
    return !prom_node_is_judged(node, facts->role) || facts->setup.phase != PROM_SETUP_ACCEPTED ||
           facts->setup.accepting;
}

uint32_t prom_node_work_ahead(const prom_node *node, const prom_node_channel *own)
{
    size_t open = 0;
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_node_channel *other = node->channels[i];
        const bool counts = other != own && other->channel != NULL && promises_work(node, &other->channel->facts);
        open += counts ? prom_channel_open_work(other->channel) : 0;
    }
    return (uint32_t)(open / prom_pool_threads(node->pool));
}

/* The disk has room, the backup is written, and a coin for fees is there, where it is not taken later. */
static bool may_begin(const prom_node *node, const prom_node_channel *channel)
{
    return prom_node_is_ready(node) && !node->disk_short && !node->backup_fails &&
           (channel == NULL || !prom_node_takes_coin(node, channel) ||
            prom_node_coin_of(node, channel->record.number) != NULL);
}

static void begin_view(const prom_node *node, const prom_node_channel *channel, prom_channel_view *view)
{
    const prom_setup_phase phase = channel == NULL ? PROM_SETUP_NEW : channel->channel->facts.setup.phase;
    *view = (prom_channel_view){
        .config = &node->config,
        .index = node->fold->index,
        .own_tip = node->own_tip,
        .partial = node->behind != NULL || prom_index_full_since(node->fold->index) != 0,
        .in_step = node->health.in_step,
        .may_begin = phase < PROM_SETUP_GIVEN && may_begin(node, channel),
        .seconds = (uint64_t)(prom_clock_seconds() - node->started),
        .announced = node->announced,
        .announced_count = node->announced_count,
        .aborted = node->aborted,
        .aborted_count = node->aborted_count,
    };
}

prom_result prom_node_view_new(const prom_node *node, const prom_newcomer *newcomer, prom_arena *arena,
                               prom_channel_view *view, prom_error *error)
{
    begin_view(node, NULL, view);
    PROM_TRY(prom_node_config_for(node, newcomer, arena, &view->config, error));
    view->work_ahead = prom_node_work_ahead(node, NULL);
    PROM_TRY(other_setups(node, NULL, arena, view, error));
    return seen_elsewhere(node, NULL, arena, view, error);
}

prom_result prom_node_view(const prom_node *node, const prom_node_channel *channel, prom_arena *arena,
                           prom_channel_view *view, prom_error *error)
{
    const prom_facts *facts = &channel->channel->facts;
    begin_view(node, channel, view);
    if (facts->setup.phase >= PROM_SETUP_GIVEN) {
        return prom_ok(); /* what is left are questions of the setup */
    }
    const bool arbiter = facts->role == PROM_ROLE_ARBITER;
    const prom_newcomer as_new = {.role = facts->role,
                                  .client = &facts->client,
                                  .offer = arbiter ? prom_node_offer_of(node, &facts->own.coins[0].outpoint) : NULL};
    PROM_TRY(prom_node_config_for(node, &as_new, arena, &view->config, error));
    view->coins_gone = facts->setup.phase == PROM_SETUP_ACCEPTED && !prom_node_has_named(facts) &&
                       !prom_node_can_name(node, channel->channel);
    view->work_ahead = prom_node_work_ahead(node, channel);
    PROM_TRY(other_setups(node, channel, arena, view, error));
    return seen_elsewhere(node, channel, arena, view, error);
}
