/* Events in their order, or in any that a network could bring them in; blocks that hold what was broadcast. */
#ifndef PROMETHEUS_TEST_CHANNEL_RUNNING_H
#define PROMETHEUS_TEST_CHANNEL_RUNNING_H

#include "channel/actors.h"

/* One step of an actor's channel and its actions. `owned`, which the event points to, is gone before they are carried
 * out: they must point to nothing of it. */
static inline prom_result sim_take(struct simulation *sim, size_t index, const prom_event *event, uint8_t *owned)
{
    struct actor *actor = &sim->actors[index];
    prom_actions actions;
    prom_error error = {{0}};
    const prom_result result = prom_channel_step(actor->channel, event, &actions, &error);
    free(owned);
    for (size_t i = 0; i < actions.count; i++) {
        sim_carry_out(sim, actor, &actions.list[i]);
    }
    if (result.category == PROM_CATEGORY_PEER || result.category == PROM_CATEGORY_BAD_INPUT) {
        actor->faults++;
        actor->last_fault = error;
    } else if (!prom_is_ok(result)) {
        fail_msg("actor %zu: %s: %s", index, prom_category_name(result.category), error.sentence);
    }
    return result;
}

/* A message that an actor gets from a key, out of turn. */
static inline prom_result sim_tell(struct simulation *sim, const prom_bytes32 *from, size_t to, prom_message_kind kind,
                                   prom_span body)
{
    uint8_t *copy = exact_copy(body.data, body.length);
    const prom_event event = {
        .kind = PROM_EVENT_MESSAGE, .from = *from, .message = {kind, prom_span_of(copy, body.length)}};
    return sim_take(sim, to, &event, copy);
}

static inline prom_result sim_tell_as(struct simulation *sim, size_t from, size_t to, prom_message_kind kind,
                                      prom_span body)
{
    return sim_tell(sim, &sim->actors[from].key->public_key, to, kind, body);
}

static inline bool sim_concerns(const struct actor *actor, const prom_tx *tx, const prom_bytes32 *txid)
{
    bool found = false;
    for (size_t i = 0; i < actor->watch_count; i++) {
        found = found || prom_bytes32_equal(&actor->watches[i].txid, txid);
        for (size_t j = 0; j < tx->input_count; j++) {
            found = found || prom_outpoint_equal(&actor->watches[i], &tx->inputs[j].outpoint);
        }
    }
    return found;
}

/* The next block that an actor has not seen: what it holds, then the block itself. */
static inline void sim_see_block(struct simulation *sim, struct actor *actor)
{
    prom_event event = {.kind = PROM_EVENT_CONFIRMED, .height = ++actor->height};
    for (size_t i = 0; i < sim->mined_count; i++) {
        if (sim->tx_height[i] == event.height && sim_concerns(actor, sim->txs[i], &sim->txids[i])) {
            event.tx = sim->txs[i];
            (void)sim_take(sim, actor->index, &event, NULL);
        }
    }
    event = (prom_event){.kind = PROM_EVENT_BLOCK, .height = actor->height, .in_step = true};
    (void)sim_take(sim, actor->index, &event, NULL);
}

static inline void sim_add_coin(struct simulation *sim, const prom_outpoint *outpoint, const prom_tx_output *output,
                                uint32_t height)
{
    assert_true(sim->coin_count < COINS_MAX);
    sim->coins[sim->coin_count++] = (struct chain_coin){.outpoint = *outpoint, .output = *output, .height = height};
}

/* A block with all that was broadcast; of two that spend one coin, the first. */
static inline void sim_mine(struct simulation *sim)
{
    sim->height++;
    for (; sim->mined_count < sim->tx_count; sim->mined_count++) {
        const prom_tx *tx = sim->txs[sim->mined_count];
        prom_outpoint outpoint = {sim->txids[sim->mined_count], 0};
        bool spent = false;
        for (size_t i = 0; i < tx->input_count; i++) {
            struct chain_coin *coin = sim_coin(sim, &tx->inputs[i].outpoint);
            spent = spent || coin->spent;
            coin->spent = true;
        }
        if (spent) {
            continue;
        }
        for (; outpoint.index < tx->output_count; outpoint.index++) {
            sim_add_coin(sim, &outpoint, &tx->outputs[outpoint.index], sim->height);
        }
        sim->tx_height[sim->mined_count] = sim->height;
    }
}

/* Whether the queue holds nothing older between the same two. */
static inline bool sim_first_of_pair(const struct simulation *sim, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (sim->pending[i].from == sim->pending[index].from && sim->pending[i].to == sim->pending[index].to) {
            return false;
        }
    }
    return true;
}

static inline void sim_deliver(struct simulation *sim, size_t index)
{
    const struct pending pending = sim->pending[index];
    memmove(&sim->pending[index], &sim->pending[index + 1], (--sim->pending_count - index) * sizeof pending);
    (void)sim_take(sim, pending.to, &pending.event, pending.bytes);
}

/* One thing that can happen, happens: a message arrives, or somebody sees a block. False when nothing is left. */
static inline bool sim_step(struct simulation *sim)
{
    size_t choices[PENDING_MAX + ACTORS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < sim->pending_count; i++) {
        if (sim_first_of_pair(sim, i)) {
            choices[count++] = i;
        }
    }
    for (size_t i = 0; i < sim->actor_count; i++) {
        if (sim->actors[i].height < sim->height) {
            choices[count++] = PENDING_MAX + i;
        }
    }
    if (count == 0) {
        return false;
    }
    const size_t choice = choices[sim->any_order ? random_below(&sim->random, count) : 0];
    if (choice < PENDING_MAX) {
        sim_deliver(sim, choice);
    } else {
        sim_see_block(sim, &sim->actors[choice - PENDING_MAX]);
    }
    return true;
}

static inline bool sim_all_closed(const struct simulation *sim)
{
    bool all = true;
    for (size_t i = 0; i < sim->actor_count; i++) {
        all = all && sim->actors[i].closed;
    }
    return all;
}

/* Until nothing moves, however many blocks come. */
static inline void sim_run(struct simulation *sim)
{
    for (size_t blocks = 0; blocks < BLOCKS_MAX; blocks++) {
        while (sim_step(sim)) {
        }
        if (sim_all_closed(sim)) {
            return;
        }
        sim_mine(sim);
    }
}

/* Until an actor has reached a stage; the others may be behind. */
static inline void sim_run_until(struct simulation *sim, size_t actor, prom_stage stage)
{
    for (size_t blocks = 0; blocks < BLOCKS_MAX; blocks++) {
        while (sim->actors[actor].channel->stage < stage && sim_step(sim)) {
        }
        if (sim->actors[actor].channel->stage >= stage) {
            assert_int_equal(sim->actors[actor].channel->stage, stage);
            return;
        }
        sim_mine(sim);
    }
    fail_msg("actor %zu did not reach the stage '%s'", actor, prom_stage_name(stage));
}

#endif
