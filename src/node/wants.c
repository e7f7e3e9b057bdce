/* What channels want done, compared with what is under way: what is not is begun. */
#include <stdlib.h>
#include <string.h>

#include "node/state.h"
#include "prometheus/crypto/hash.h"

void prom_want_name(prom_bytes32 *name, const prom_want *want)
{
    uint8_t room[256];
    prom_arena none = {0};
    prom_writer writer = {.arena = &none, .data = room, .capacity = sizeof room};
    prom_write_u8(&writer, (uint8_t)want->kind);
    prom_write_u16(&writer, want->batch);
    switch (want->kind) {
    case PROM_WANT_SIGN:
        prom_write_u8(&writer, (uint8_t)want->as.sign.purpose);
        prom_write_bytes32(&writer, &want->as.sign.detail);
        prom_write_bytes32(&writer, &want->as.sign.hash);
        prom_write_u32(&writer, want->as.sign.attempt);
        break;
    case PROM_WANT_FETCH:
        prom_write_u8(&writer, (uint8_t)want->as.fetch.what);
        prom_write_bytes32(&writer, &want->as.fetch.hash);
        break;
    case PROM_WANT_JOB:
        prom_write_u8(&writer, (uint8_t)want->as.job.job);
        prom_write_u8(&writer, want->as.job.step);
        prom_write_bytes32(&writer, &want->as.job.subject);
        prom_write_bytes32(&writer, &want->as.job.block);
        break;
    case PROM_WANT_LOOK_UP:
        prom_write_bytes32(&writer, &want->as.look_up.txid);
        prom_write_u32(&writer, want->as.look_up.index);
        break;
    case PROM_WANT_PUBLISH:
        prom_write_u32(&writer, want->as.publish.tx);
        break;
    case PROM_WANT_ABANDON:
        prom_write_bytes32(&writer, &want->as.abandon.coin.outpoint.txid);
        prom_write_u32(&writer, want->as.abandon.coin.outpoint.index);
        break;
    case PROM_WANT_PUBLISH_TX0:
    case PROM_WANT_TRY:
        break;
    }
    prom_sha256(name, prom_span_of(room, writer.length));
}

static prom_under_way *find_under_way(const prom_node_channel *channel, const prom_bytes32 *name)
{
    for (size_t i = 0; i < channel->under_way_count; i++) {
        if (prom_bytes32_equal(&channel->under_way[i].what, name)) {
            return &channel->under_way[i];
        }
    }
    return NULL;
}

static prom_result note_under_way(prom_node_channel *channel, const prom_bytes32 *name, prom_error *error)
{
    if (channel->under_way_count == channel->under_way_room) {
        const size_t room = channel->under_way_room == 0 ? 16 : 2 * channel->under_way_room;
        prom_under_way *grown = realloc(channel->under_way, room * sizeof *grown);
        if (grown == NULL) {
            return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
        }
        channel->under_way = grown;
        channel->under_way_room = room;
    }
    channel->under_way[channel->under_way_count++] = (prom_under_way){*name, true};
    return prom_ok();
}

void prom_node_want_over(prom_node_channel *channel, const prom_bytes32 *name)
{
    prom_under_way *found = find_under_way(channel, name);
    if (found != NULL) {
        *found = channel->under_way[--channel->under_way_count];
    }
    channel->wants_due = true;
}

/* What is wanted no more is forgotten: should it be wanted again, it begins anew. */
static void forget_unwanted(prom_node_channel *channel)
{
    for (size_t i = 0; i < channel->under_way_count;) {
        if (channel->under_way[i].seen) {
            i++;
        } else {
            channel->under_way[i] = channel->under_way[--channel->under_way_count];
        }
    }
}

/* Transactions are no work that is over once it is done: they are looked at again and again (publish.c). */
static bool is_publication(prom_want_kind kind)
{
    return kind == PROM_WANT_PUBLISH || kind == PROM_WANT_PUBLISH_TX0 || kind == PROM_WANT_ABANDON;
}

static prom_result begin(prom_node *node, prom_node_channel *channel, const prom_want *want, prom_error *error)
{
    prom_bytes32 name;
    prom_want_name(&name, want);
    prom_under_way *found = find_under_way(channel, &name);
    if (found != NULL) {
        found->seen = true;
        return prom_ok();
    }
    bool begun = false;
    PROM_TRY(prom_node_begin_want(node, channel, &begun, want, &name, error));
    return begun ? note_under_way(channel, &name, error) : prom_ok();
}

/* One after the other, transactions first; that one cannot be begun is told, and is nothing to the others. */
static void take_up(prom_node *node, prom_node_channel *channel, prom_arena *arena, const prom_wants *wants,
                    bool publications)
{
    for (size_t i = 0; i < wants->count; i++) {
        const prom_want *want = &wants->list[i];
        prom_error reason;
        if (channel->stale || channel->channel == NULL) {
            channel->wants_due = true; /* what it wants is found anew, once it is read again */
            return;
        }
        if (is_publication(want->kind) != publications) {
            continue;
        }
        if (!prom_is_ok(publications ? prom_node_publication_add(node, channel, arena, want, &reason)
                                     : begin(node, channel, want, &reason))) {
            prom_node_report(node, PROM_REPORT_FAULT, channel->record.number, "%s", reason.sentence);
        }
    }
}

static prom_result look_at(prom_node *node, prom_node_channel *channel, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_channel_view view;
    prom_wants *wants = NULL;
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    PROM_TRY(prom_node_refresh(node, channel, error));
    PROM_TRY_NEW(wants, &arena, 1, error);
    PROM_TRY(prom_node_view(node, channel, &arena, &view, error));
    PROM_TRY(prom_channel_wants(channel->channel, &arena, wants, &view, error));
    for (size_t i = 0; i < channel->under_way_count; i++) {
        channel->under_way[i].seen = false;
    }
    prom_node_publications_begin(channel);
    take_up(node, channel, &arena, wants, true);
    take_up(node, channel, &arena, wants, false);
    forget_unwanted(channel);
    return prom_ok();
}

/* A channel whose wants cannot be found is no reason to leave the others' undone: it is looked at again at the next
 * turn, and its owner is told. */
void prom_node_look_at_wants(prom_node *node)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        prom_node_channel *channel = node->channels[i];
        prom_error reason;
        if (!channel->wants_due) {
            continue;
        }
        channel->wants_due = false;
        channel->fetch_waits = false;
        channel->fetch_apart = 0;
        if (!prom_is_ok(look_at(node, channel, &reason))) {
            prom_node_report(node, PROM_REPORT_FAULT, channel->record.number, "%s", reason.sentence);
        }
    }
}
