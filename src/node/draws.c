/* Draws of setups that were given up: they bind the same three for a week (docs/protocol.md), so they are on the disk,
 * whatever became of the channels that they were drawn in. Where the partners' coins went is found in the blocks, anew
 * with every start (behind.c). */
#include <stdlib.h>
#include <string.h>

#include "node/state.h"
#include "prometheus/crypto/hash.h"

/* A partner's coins grow by what spends them, up to PROM_DRAW_FOLLOWED_MAX. */
#define DRAW_MEMORY ((size_t)16 << 20)

/* -- Bytes -- */

static void write_partner(prom_writer *writer, const prom_draw_partner *partner)
{
    prom_write_bytes32(writer, &partner->node_key);
    prom_write_u8(writer, (uint8_t)partner->coin_count);
    for (size_t i = 0; i < partner->coin_count; i++) {
        prom_write_bytes32(writer, &partner->coins[i].txid);
        prom_write_u32(writer, partner->coins[i].index);
    }
}

static prom_result write_draw(prom_arena *arena, prom_span *bytes, const prom_aborted_draw *draw, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_u32(&writer, draw->draw_height);
    prom_write_u32(&writer, draw->aborted_height);
    for (size_t i = 0; i < PROM_DRAW_PARTNERS; i++) {
        write_partner(&writer, &draw->partners[i]);
    }
    prom_write_span(&writer, draw->signed_terms);
    return prom_writer_finish(&writer, bytes, error);
}

static prom_result read_partner(prom_arena *arena, prom_reader *reader, prom_draw_partner *partner, prom_error *error)
{
    prom_outpoint *coins = NULL;
    partner->node_key = prom_read_bytes32(reader);
    partner->coin_count = prom_read_u8(reader);
    PROM_TRY_NEW(coins, arena, partner->coin_count, error);
    for (size_t i = 0; i < partner->coin_count; i++) {
        coins[i].txid = prom_read_bytes32(reader);
        coins[i].index = prom_read_u32(reader);
    }
    partner->coins = coins;
    return prom_ok();
}

/* The spans lie in the arena. */
static prom_result read_draw(prom_arena *arena, prom_aborted_draw *draw, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    *draw = (prom_aborted_draw){.draw_height = prom_read_u32(&reader)};
    draw->aborted_height = prom_read_u32(&reader);
    for (size_t i = 0; i < PROM_DRAW_PARTNERS; i++) {
        PROM_TRY(read_partner(arena, &reader, &draw->partners[i], error));
    }
    const prom_span terms = prom_read_span(&reader, reader.left);
    return prom_reader_done(&reader)
               ? prom_span_copy(arena, &draw->signed_terms, terms, error)
               : prom_fail(error, PROM_CATEGORY_BROKEN, "the store holds a draw that nobody has written");
}

static prom_result find_setup(prom_kept_draw *kept, const prom_aborted_draw *draw, prom_error *error)
{
    prom_terms terms;
    prom_base_signatures signatures;
    PROM_TRY(prom_terms_read_signed(&terms, &signatures, draw->signed_terms, error));
    kept->snapshot = terms.snapshot_height;
    return prom_terms_draw_id(&kept->arena, &kept->id, &terms, error);
}

/* -- In memory -- */

static prom_result make_room(prom_node *node, prom_error *error)
{
    if (node->aborted_count < node->aborted_room) {
        return prom_ok();
    }
    const size_t room = node->aborted_room == 0 ? 4 : 2 * node->aborted_room;
    prom_aborted_draw *draws = realloc(node->aborted, room * sizeof *draws);
    node->aborted = draws != NULL ? draws : node->aborted;
    prom_kept_draw *kept = realloc(node->kept_draws, room * sizeof *kept);
    node->kept_draws = kept != NULL ? kept : node->kept_draws;
    if (draws == NULL || kept == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    node->aborted_room = room;
    return prom_ok();
}

static void drop(prom_node *node, size_t i)
{
    prom_arena_free(&node->kept_draws[i].arena);
    for (node->aborted_count--; i < node->aborted_count; i++) {
        node->aborted[i] = node->aborted[i + 1];
        node->kept_draws[i] = node->kept_draws[i + 1];
    }
}

/* Where the coins of the same draw have gone stays known. */
static prom_result carry_over(prom_arena *arena, prom_aborted_draw *draw, const prom_aborted_draw *before,
                              prom_error *error)
{
    for (size_t i = 0; i < PROM_DRAW_PARTNERS; i++) {
        const prom_draw_partner *from = &before->partners[i];
        prom_draw_partner *to = &draw->partners[i];
        PROM_TRY_NEW(to->followed, arena, from->followed_count, error);
        if (from->followed_count > 0) {
            memcpy(to->followed, from->followed, from->followed_count * sizeof *to->followed);
        }
        to->followed_count = to->followed_room = from->followed_count;
    }
    return prom_ok();
}

/* A setup that carried an earlier draw is remembered as that one: the last time stands. */
static prom_result replace(prom_node *node, prom_kept_draw *kept, prom_aborted_draw *draw, prom_error *error)
{
    for (size_t i = 0; i < node->aborted_count; i++) {
        if (prom_bytes32_equal(&node->kept_draws[i].id, &kept->id)) {
            PROM_TRY(carry_over(&kept->arena, draw, &node->aborted[i], error));
            drop(node, i);
            return prom_ok();
        }
    }
    return prom_ok();
}

static prom_result add(prom_node *node, prom_span bytes, prom_error *error)
{
    prom_kept_draw kept = {0};
    prom_aborted_draw draw;
    prom_arena_init(&kept.arena, DRAW_MEMORY);
    prom_result result = make_room(node, error);
    if (prom_is_ok(result)) {
        result = read_draw(&kept.arena, &draw, bytes, error);
    }
    if (prom_is_ok(result)) {
        result = find_setup(&kept, &draw, error);
    }
    if (prom_is_ok(result)) {
        result = replace(node, &kept, &draw, error);
    }
    if (!prom_is_ok(result)) {
        prom_arena_free(&kept.arena);
        return result;
    }
    node->aborted[node->aborted_count] = draw;
    node->kept_draws[node->aborted_count++] = kept;
    node->read_due = true; /* its partners may have spent their coins already */
    return prom_ok();
}

void prom_node_drop_draws(prom_node *node)
{
    while (node->aborted_count > 0) {
        drop(node, node->aborted_count - 1);
    }
    free(node->aborted);
    free(node->kept_draws);
    node->aborted = NULL;
    node->kept_draws = NULL;
    node->aborted_room = 0;
}

/* -- In the store -- */

static uint32_t oldest(const prom_node *node)
{
    return node->own_tip > PROM_DRAW_MEMORY ? node->own_tip - PROM_DRAW_MEMORY : 0;
}

static prom_result load_one(void *context, const prom_store_draw *draw, prom_error *error)
{
    return add(context, draw->bytes, error);
}

prom_result prom_node_load_draws(prom_node *node, prom_error *error)
{
    return prom_store_draw_each(node->store, oldest(node), load_one, node, error);
}

/* What the store has of it: the draw with the height at which it ended, named by its bytes. A fault in making it is the
 * channel's own, of which its owner is told. */
static bool make_row(prom_node *node, const prom_node_channel *channel, prom_arena *arena, prom_store_draw *row)
{
    prom_aborted_draw draw;
    prom_error reason;
    const bool made = prom_is_ok(prom_channel_aborted_draw(channel->channel, arena, &draw, node->own_tip, &reason)) &&
                      prom_is_ok(write_draw(arena, &row->bytes, &draw, &reason));
    if (!made) {
        prom_node_report(node, PROM_REPORT_FAULT, channel->record.number, "a draw cannot be remembered: %s",
                         reason.sentence);
        return false;
    }
    prom_tagged_hash(&row->id, "prometheus/aborted-draw", row->bytes);
    return true;
}

prom_result prom_node_remember_draw(prom_node *node, const prom_node_channel *channel, prom_arena *arena,
                                    prom_error *error)
{
    prom_store_draw row = {.own_tip = node->own_tip};
    bool added = false;
    if (!make_row(node, channel, arena, &row)) {
        return prom_ok();
    }
    PROM_TRY(prom_store_draw_add(node->store, &added, &row, error));
    return added ? add(node, row.bytes, error) : prom_ok(); /* a block that spoilt it may come twice */
}

prom_result prom_node_forget_draws(prom_node *node, prom_error *error)
{
    for (size_t i = 0; i < node->aborted_count;) {
        if (node->aborted[i].aborted_height < oldest(node)) {
            drop(node, i);
        } else {
            i++;
        }
    }
    return prom_store_draw_forget(node->store, oldest(node), error);
}

/* -- Blocks -- */

static prom_result follow_tx(prom_node *node, prom_arena *arena, const prom_tx *tx, prom_error *error)
{
    prom_bytes32 txid;
    PROM_TRY(prom_tx_id(arena, &txid, tx, error));
    for (size_t i = 0; i < node->aborted_count; i++) {
        for (size_t j = 0; j < PROM_DRAW_PARTNERS; j++) {
            PROM_TRY(prom_draw_follow(&node->kept_draws[i].arena, &node->aborted[i].partners[j], tx, &txid, error));
        }
    }
    return prom_ok();
}

prom_result prom_node_follow_draws(prom_node *node, const prom_index_block *block, prom_error *error)
{
    for (size_t i = 0; i < block->tx_count && node->aborted_count > 0; i++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
        PROM_TRY(follow_tx(node, &arena, block->txs[i], error));
    }
    return prom_ok();
}
