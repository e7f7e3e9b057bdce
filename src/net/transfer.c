/* Bodies that are fetched: chunks are asked of all who may have the body, and proven one after the other, from the last
 * to the first, by the hash of the whole (docs/protocol.md, section 9). */
#include <string.h>
#include <unistd.h>

#include "net/parts.h"
#include "system/clock.h"

enum {
    ASKED_OF_SOURCE = 8,   /* chunks of one body that are asked for and have not come */
    ASKED_AGAIN_MS = 1000, /* then another source is asked for what all wait for */
};

/* By all that a piece names: who serves another channel chooses its hashes. */
static struct transfer *transfer_of(prom_net *net, const prom_bytes32 *channel, prom_body_kind what,
                                    const prom_bytes32 *hash)
{
    for (size_t i = 0; i < PROM_NET_FETCHES_MAX; i++) {
        const prom_net_order *order = &net->transfers[i].order;
        if (net->transfers[i].used && order->what == what && prom_bytes32_equal(&order->hash, hash) &&
            prom_bytes32_equal(&order->channel, channel)) {
            return &net->transfers[i];
        }
    }
    return NULL;
}

/* What still comes of it is passed over. */
static void stop(prom_net *net, struct transfer *transfer)
{
    for (size_t i = 0; i < net->links_used; i++) {
        struct bodies *bodies = net->links[i].bodies;
        if (bodies != NULL && bodies->transfer == transfer) {
            bodies->transfer = NULL;
        }
    }
    (void)close(transfer->file);
    transfer->used = false;
}

void prom_transfer_give_up(prom_net *net, struct transfer *transfer, const char *reason)
{
    const prom_net_order order = transfer->order;
    stop(net, transfer);
    net->events.fetched(net->events.context, &order, reason);
}

static struct slot *slot_of(struct transfer *transfer, uint32_t back)
{
    return &transfer->window[back % WINDOW];
}

/* -- Sources -- */

static struct source *source_of(struct transfer *transfer, const prom_bytes32 *node)
{
    for (size_t i = 0; i < PROM_NET_SOURCES_MAX; i++) {
        if (transfer->sources[i].used && prom_bytes32_equal(&transfer->sources[i].node, node)) {
            return &transfer->sources[i];
        }
    }
    return NULL;
}

static void add_source(struct transfer *transfer, const prom_bytes32 *node, int64_t now)
{
    for (size_t i = 0; i < PROM_NET_SOURCES_MAX && source_of(transfer, node) == NULL; i++) {
        if (!transfer->sources[i].used) {
            transfer->sources[i] = (struct source){.used = true, .node = *node, .moved = now, .since = now};
        }
    }
}

/* Frees what it was asked for; and, with `come`, what it has brought and is not proven. */
static void free_slots(prom_net *net, struct transfer *transfer, const struct source *source, bool come)
{
    for (size_t i = 0; i < WINDOW; i++) {
        struct slot *slot = &transfer->window[i];
        if (slot->source == (size_t)(source - transfer->sources) && (slot->state == SLOT_ASKED || come)) {
            *slot = (struct slot){.state = SLOT_FREE};
        }
    }
    for (size_t i = 0; i < net->links_used; i++) {
        struct link *link = &net->links[i];
        if (link->bodies != NULL && link->bodies->transfer == transfer &&
            prom_bytes32_equal(&link->node, &source->node)) {
            link->bodies->transfer = NULL;
        }
    }
}

/* It is asked no more, and what it brought is worth nothing, but what is proven: nobody could be blamed for it later.
 * With the last one the fetch is over. */
static void drop_source(prom_net *net, struct transfer *transfer, struct source *source, const char *reason)
{
    bool left = false;
    free_slots(net, transfer, source, true);
    source->used = false;
    for (size_t i = 0; i < PROM_NET_SOURCES_MAX; i++) {
        left = left || transfer->sources[i].used;
    }
    if (!left) {
        prom_transfer_give_up(net, transfer, reason);
    }
}

/* It sent what cannot be of the body. */
static void has_lied(prom_net *net, struct transfer *transfer, struct source *source, const char *reason)
{
    const prom_net_order order = transfer->order;
    const prom_bytes32 node = source->node;
    if (net->events.lied != NULL) {
        net->events.lied(net->events.context, &order, &node);
    }
    transfer = transfer_of(net, &order.channel, order.what, &order.hash); /* who was told may have stopped it */
    source = transfer == NULL ? NULL : source_of(transfer, &node);
    if (source != NULL) {
        drop_source(net, transfer, source, reason);
    }
}

void prom_transfer_lost(prom_net *net, const prom_bytes32 *node, bool gone)
{
    for (size_t i = 0; i < PROM_NET_FETCHES_MAX; i++) {
        struct transfer *transfer = &net->transfers[i];
        struct source *source = transfer->used ? source_of(transfer, node) : NULL;
        if (source != NULL && gone) {
            drop_source(net, transfer, source, "the link was lost");
        } else if (source != NULL) {
            free_slots(net, transfer, source, false);
        }
    }
}

/* -- Asking -- */

static unsigned asked_of(const struct transfer *transfer, const struct source *source)
{
    unsigned asked = 0;
    for (size_t i = 0; i < WINDOW; i++) {
        const struct slot *slot = &transfer->window[i];
        asked += slot->state == SLOT_ASKED && slot->source == (size_t)(source - transfer->sources);
    }
    return asked;
}

/* The last chunk alone, before it is proven how many there are. */
static uint32_t window_end(const struct transfer *transfer)
{
    const uint32_t count = prom_chunk_count(&transfer->chunks);
    if (transfer->proven == 0) {
        return 1;
    }
    return count - transfer->proven < WINDOW ? count : transfer->proven + WINDOW;
}

/* Which chunk a source is asked for next: one that nobody is asked for; or, where it has nothing to do, the one that
 * all wait for, if that is late; but that once: else two that are slow took it from each other for ever. False: none.
 */
static bool choose(struct transfer *transfer, const struct source *source, uint32_t *back, int64_t now)
{
    const uint32_t end = window_end(transfer);
    for (*back = transfer->proven; *back < end; (*back)++) {
        if (slot_of(transfer, *back)->state == SLOT_FREE) {
            return true;
        }
    }
    const struct slot *first = slot_of(transfer, transfer->proven);
    *back = transfer->proven;
    return transfer->proven < end && first->state == SLOT_ASKED && !first->again &&
           now - first->asked > ASKED_AGAIN_MS && first->source != (size_t)(source - transfer->sources) &&
           asked_of(transfer, source) == 0;
}

/* Whoever was asked for it before is not listened to any more. */
static void take_over(prom_net *net, struct transfer *transfer, const struct source *source, uint32_t back, int64_t now)
{
    struct slot *slot = slot_of(transfer, back);
    for (size_t i = 0; i < net->links_used; i++) {
        struct bodies *bodies = net->links[i].bodies;
        if (bodies != NULL && bodies->transfer == transfer && bodies->slot == back % WINDOW) {
            bodies->transfer = NULL;
        }
    }
    *slot = (struct slot){.state = SLOT_ASKED,
                          .again = slot->state == SLOT_ASKED,
                          .source = (size_t)(source - transfer->sources),
                          .asked = now};
}

static void ask_source(prom_net *net, struct transfer *transfer, const struct source *source, int64_t now)
{
    struct link *link = prom_bodies_with(net, &source->node, now);
    unsigned asked = asked_of(transfer, source);
    uint32_t back = 0;
    while (link != NULL && asked < ASKED_OF_SOURCE && link->bodies->unanswered < PROM_NET_CHUNKS_WAITING_MAX &&
           choose(transfer, source, &back, now)) {
        const prom_packet packet = {
            .kind = PROM_PACKET_FETCH,
            .as.fetch = {transfer->order.channel, transfer->order.what, transfer->order.hash, back}};
        if (!prom_link_put(net, link, &packet, PROM_NET_WAITING_MAX)) {
            return; /* asked again when a piece comes, or with the next look */
        }
        take_over(net, transfer, source, back, now);
        if (link->bodies->unanswered++ == 0 && link->bodies->coming == 0) {
            link->bodies->owed_since = now;
            link->bodies->owed_came = 0;
        }
        link->bodies->used = now;
        asked++;
    }
}

static void ask(prom_net *net, struct transfer *transfer, int64_t now)
{
    for (size_t i = 0; i < PROM_NET_SOURCES_MAX; i++) {
        struct source *source = &transfer->sources[i];
        if (!source->used) {
            continue;
        }
        ask_source(net, transfer, source, now);
        if (asked_of(transfer, source) == 0 && prom_bodies_with(net, &source->node, now) != NULL) {
            source->moved = source->since = now; /* it has nothing to bring */
            source->came = 0;
        }
    }
}

prom_result prom_net_fetch(prom_net *net, uint64_t id, const prom_net_order *order, prom_error *error)
{
    const struct link *link = prom_link_find(net, id);
    struct transfer *place = NULL;
    for (size_t i = 0; i < PROM_NET_FETCHES_MAX && place == NULL; i++) {
        place = net->transfers[i].used ? NULL : &net->transfers[i];
    }
    if (link == NULL || !link->up || place == NULL ||
        transfer_of(net, &order->channel, order->what, &order->hash) != NULL) {
        return prom_fail(error, PROM_CATEGORY_MISUSE,
                         "a body cannot be fetched: its link is not up, or it is being fetched, or too many are");
    }
    *place = (struct transfer){.order = *order};
    PROM_TRY(prom_part_open(place, error));
    place->used = true;
    add_source(place, &link->node, prom_clock_milliseconds());
    net->due = 0;
    return prom_ok();
}

void prom_net_fetch_also(prom_net *net, uint64_t id, const prom_bytes32 *channel, prom_body_kind what,
                         const prom_bytes32 *hash)
{
    const struct link *link = prom_link_find(net, id);
    struct transfer *transfer = transfer_of(net, channel, what, hash);
    if (link != NULL && link->up && transfer != NULL) {
        add_source(transfer, &link->node, prom_clock_milliseconds());
        net->due = 0;
    }
}

void prom_net_fetch_stop(prom_net *net, const prom_bytes32 *channel, prom_body_kind what, const prom_bytes32 *hash)
{
    struct transfer *transfer = transfer_of(net, channel, what, hash);
    if (transfer != NULL) {
        stop(net, transfer);
    }
}

/* -- What comes -- */

static const char not_asked_for[] = "the peer sent something else than was asked for";

/* Whether the piece is the chunk that it says it is, of a body as it was ordered. */
static bool fits(const struct transfer *transfer, const prom_piece *piece)
{
    const struct prom_chunks chunks = {transfer->chunks.before, piece->total};
    const uint32_t count = prom_chunk_count(&chunks);
    const bool long_enough = piece->total >= transfer->order.length_min && piece->total <= transfer->order.length_max;
    if (!long_enough || piece->back >= count || (transfer->proven > 0 && piece->total != transfer->chunks.total)) {
        return false;
    }
    const uint32_t number = count - 1 - piece->back;
    return piece->length == prom_chunk_begin(&chunks, number + 1) - prom_chunk_begin(&chunks, number) &&
           piece->first == (number == 0);
}

static void begin_chunk(struct link *link, struct transfer *transfer, const prom_piece *piece)
{
    struct bodies *bodies = link->bodies;
    transfer->chunks.total = piece->total;
    const uint32_t number = prom_chunk_count(&transfer->chunks) - 1 - piece->back;
    bodies->transfer = transfer;
    bodies->slot = piece->back % WINDOW;
    bodies->at = prom_chunk_begin(&transfer->chunks, number);
    if (number == 0) {
        bodies->hasher = transfer->order.hasher;
    } else {
        prom_hasher_init_at(&bodies->hasher, &piece->state, prom_chunk_hashed(&transfer->chunks, number));
    }
    slot_of(transfer, piece->back)->begin = piece->state;
}

/* Whether the source was asked for this chunk, and still is. */
static bool is_asked(struct transfer *transfer, const struct source *source, uint32_t back)
{
    const struct slot *slot = slot_of(transfer, back);
    return back >= transfer->proven && back < window_end(transfer) && slot->state == SLOT_ASKED &&
           slot->source == (size_t)(source - transfer->sources);
}

void prom_transfer_take(prom_net *net, struct link *link, const prom_piece *piece, int64_t now)
{
    struct bodies *bodies = link->bodies;
    struct transfer *transfer = transfer_of(net, &piece->channel, piece->what, &piece->hash);
    struct source *source = transfer == NULL ? NULL : source_of(transfer, &link->node);
    if (bodies->unanswered == 0) {
        prom_link_end(link, "the peer sent a body that nobody has asked for");
        return;
    }
    bodies->unanswered--;
    bodies->used = now;
    bodies->coming = piece->length;
    bodies->transfer = NULL;
    if (source == NULL || !is_asked(transfer, source, piece->back)) {
        return; /* of a fetch that was given up, or that another source was asked for since */
    }
    if (piece->total == 0) {
        drop_source(net, transfer, source, "the peer does not have it");
    } else if (!fits(transfer, piece)) { /* before a chunk is proven it may be who told us of it that is wrong */
        (transfer->proven > 0 ? has_lied : drop_source)(net, transfer, source, not_asked_for);
    } else {
        begin_chunk(link, transfer, piece);
    }
}

/* Goes on with what has come, from the proven chunks on. Whoever brought one that does not lead to what is proven has
 * lied: it alone can have. Returns whether the fetch goes on. */
static bool prove(prom_net *net, struct transfer *transfer)
{
    const uint32_t before = transfer->proven;
    while (transfer->proven < window_end(transfer) && slot_of(transfer, transfer->proven)->state == SLOT_COME) {
        struct slot *slot = slot_of(transfer, transfer->proven);
        if (!prom_bytes32_equal(&slot->end, &transfer->state)) {
            has_lied(net, transfer, &transfer->sources[slot->source], "the peer sent a body of another hash");
            return false;
        }
        slot->state = SLOT_FREE;
        transfer->state = slot->begin;
        transfer->proven++;
    }
    if (transfer->proven > before && !prom_part_note(transfer)) {
        prom_transfer_give_up(net, transfer, "the disk did not take it");
        return false;
    }
    if (transfer->proven > 0 && transfer->proven == prom_chunk_count(&transfer->chunks)) {
        prom_part_finish(net, transfer);
        return false;
    }
    return true;
}

/* The last chunk ends in the hash, any other in the state before the next. */
static void end_chunk(prom_net *net, struct link *link, int64_t now)
{
    struct bodies *bodies = link->bodies;
    struct transfer *transfer = bodies->transfer;
    struct slot *slot = &transfer->window[bodies->slot];
    bodies->transfer = NULL;
    slot->state = SLOT_COME;
    if (bodies->at == transfer->chunks.total) {
        prom_hasher_finish(&bodies->hasher, &slot->end);
    } else if (!prom_hasher_state(&bodies->hasher, &slot->end)) {
        slot->end = (prom_bytes32){{0}}; /* chunks end with a block */
    }
    if (prove(net, transfer)) {
        ask(net, transfer, now);
    }
}

void prom_transfer_bytes(prom_net *net, struct link *link, prom_span bytes, int64_t now)
{
    struct bodies *bodies = link->bodies;
    struct transfer *transfer = bodies->transfer;
    struct source *source = transfer == NULL ? NULL : source_of(transfer, &link->node);
    bodies->coming -= bytes.length;
    bodies->owed_came += bytes.length;
    bodies->used = now;
    if (source == NULL) {
        return;
    }
    prom_quota_return(&link->bytes, bytes.length); /* we have asked for them */
    if (!prom_part_write(transfer, bodies->at, bytes)) {
        prom_transfer_give_up(net, transfer, "the disk did not take it");
        return;
    }
    prom_hasher_add(&bodies->hasher, bytes);
    bodies->at += bytes.length;
    source->moved = now;
    source->came += bytes.length;
    if (bodies->coming == 0) {
        end_chunk(net, link, now);
    }
}

/* -- Time -- */

static uint64_t least_pace(const struct transfer *transfer)
{
    const uint64_t in_time = transfer->chunks.total / PROM_NET_HELD_UP_MAX;
    return in_time > PROM_NET_PACE_MIN ? in_time : PROM_NET_PACE_MIN;
}

/* Whether too little came since it was looked at last, a stall's time ago or more. */
static bool is_slow(prom_net *net, const struct transfer *transfer, struct source *source, int64_t now)
{
    uint64_t sharing = 0;
    const uint64_t came = source->came;
    if (now - source->since <= net->limits.stall_ms) {
        return false;
    }
    for (size_t i = 0; i < PROM_NET_FETCHES_MAX; i++) {
        struct transfer *other = &net->transfers[i];
        sharing += other->used && source_of(other, &source->node) != NULL;
    }
    source->since = now;
    source->came = 0;
    return came * sharing < least_pace(transfer) * (uint64_t)net->limits.stall_ms / 1000;
}

/* Nobody was asked for anything before. */
static void begin_measuring(struct transfer *transfer, int64_t now)
{
    for (size_t i = 0; i < PROM_NET_SOURCES_MAX; i++) {
        transfer->sources[i].moved = transfer->sources[i].since = now;
    }
}

/* Drops sources that bring nothing. Returns whether the fetch goes on. */
static bool look_at_sources(prom_net *net, struct transfer *transfer, int64_t now)
{
    for (size_t i = 0; i < PROM_NET_SOURCES_MAX && transfer->used; i++) {
        struct source *source = &transfer->sources[i];
        if (source->used && now - source->moved > net->limits.stall_ms) {
            drop_source(net, transfer, source, "the peer sends no more of it");
        } else if (source->used && is_slow(net, transfer, source, now)) {
            drop_source(net, transfer, source, "the peer sends it too slowly");
        }
    }
    return transfer->used;
}

int64_t prom_transfer_due(prom_net *net, int64_t now)
{
    enum { LOOK_MS = 500 };
    int64_t next = net->limits.stall_ms;
    for (size_t i = 0; i < PROM_NET_FETCHES_MAX; i++) {
        struct transfer *transfer = &net->transfers[i];
        if (!transfer->used) {
            continue;
        }
        if (transfer->again) {
            prom_part_hash_some(net, transfer);
            begin_measuring(transfer, now);
            next = 0;
        } else if (prove(net, transfer) && look_at_sources(net, transfer, now)) {
            ask(net, transfer, now);
            next = next < LOOK_MS ? next : LOOK_MS;
        }
    }
    return next;
}

void prom_transfer_free(prom_net *net)
{
    for (size_t i = 0; i < PROM_NET_FETCHES_MAX; i++) {
        if (net->transfers[i].used) {
            stop(net, &net->transfers[i]);
        }
    }
}
