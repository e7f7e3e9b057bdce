/* Links for bodies: each stands beside one for messages with the same node, dialled by who dialled that. */
#include <stdlib.h>
#include <unistd.h>

#include "net/parts.h"
#include "wire/frame.h"

enum {
    TRIED_AGAIN_MS = 2000,
    UNUSED_MS = 60 * 1000,
    READS_AT_ONCE = 8,
    FRAMES_AT_ONCE = 16,
};

bool prom_bodies_begin(struct link *link)
{
    link->bodies = calloc(1, sizeof *link->bodies);
    if (link->bodies != NULL) {
        link->bodies->file = -1;
    }
    return link->bodies != NULL;
}

void prom_bodies_close_file(struct bodies *bodies)
{
    if (bodies->file >= 0) {
        (void)close(bodies->file);
        bodies->file = -1;
    }
}

void prom_bodies_free(struct bodies *bodies)
{
    if (bodies != NULL) {
        prom_bodies_close_file(bodies);
    }
    free(bodies);
}

/* -- Which one -- */

static bool leads_to(const struct link *link, const prom_bytes32 *node, bool bodies)
{
    return link->id != 0 && link->up && !link->ending && (link->bodies != NULL) == bodies &&
           prom_bytes32_equal(&link->node, node);
}

static struct link *find(prom_net *net, const prom_bytes32 *node, bool bodies)
{
    for (size_t i = 0; i < net->links_used; i++) {
        if (leads_to(&net->links[i], node, bodies)) {
            return &net->links[i];
        }
    }
    return NULL;
}

bool prom_bodies_up(prom_net *net, struct link *link, int64_t now)
{
    struct link *older = find(net, &link->node, true);
    link->bodies->used = now;
    if (find(net, &link->node, false) == NULL) {
        prom_link_end(link, "a link for bodies stands beside none for messages");
        return false;
    }
    if (older != NULL && older != link) {
        prom_link_end(older, "the same node has opened a newer one");
    }
    return true;
}

/* One that is under way is waited for. */
static bool is_coming(const prom_net *net, const prom_bytes32 *node)
{
    bool coming = false;
    for (size_t i = 0; i < net->links_used && !coming; i++) {
        const struct link *link = &net->links[i];
        coming = link->id != 0 && link->bodies != NULL && link->ours && !link->up && !link->ending &&
                 prom_bytes32_equal(&link->wanted, node);
    }
    return coming;
}

/* Whether another one may be tried: whoever asks again and again has us dial no more often. */
static bool may_try(struct link *beside, int64_t now)
{
    const bool may = beside->bodies_tried == 0 || now - beside->bodies_tried >= TRIED_AGAIN_MS;
    beside->bodies_tried = may ? now : beside->bodies_tried;
    return may;
}

struct link *prom_bodies_with(prom_net *net, const prom_bytes32 *node, int64_t now)
{
    const prom_packet packet = {.kind = PROM_PACKET_BODIES};
    struct link *found = find(net, node, true);
    struct link *beside = found != NULL ? NULL : find(net, node, false);
    if (beside == NULL || is_coming(net, node) || !may_try(beside, now)) {
        return found;
    }
    if (beside->ours) {
        prom_dial_beside(net, beside, now);
    } else {
        (void)!prom_link_put(net, beside, &packet, PROM_NET_WAITING_MAX); /* it is asked again */
    }
    return NULL;
}

void prom_bodies_wanted(prom_net *net, const struct link *link, int64_t now)
{
    struct link *beside = prom_link_find(net, link->id);
    if (beside != NULL && beside->ours && find(net, &link->node, true) == NULL && !is_coming(net, &link->node) &&
        may_try(beside, now)) {
        prom_dial_beside(net, beside, now);
    }
}

void prom_bodies_lost(prom_net *net, const prom_bytes32 *node, bool bodies)
{
    struct link *left = find(net, node, true);
    const bool alone = find(net, node, false) == NULL;
    if (alone && left != NULL) {
        prom_link_end(left, "the link for messages beside it is gone");
    }
    if (bodies || alone) {
        prom_transfer_lost(net, node, alone);
    }
}

/* -- Reading -- */

/* Hands the bytes of a chunk on. Returns whether there were any. */
static bool take_chunk(prom_net *net, struct link *link, int64_t now)
{
    const prom_span come = prom_net_buffer_bytes(&link->in);
    const size_t length = come.length < link->bodies->coming ? come.length : link->bodies->coming;
    if (length > 0) {
        prom_transfer_bytes(net, link, prom_span_of(come.data, length), now);
        prom_net_buffer_drop(&link->in, &net->room, length);
    }
    return length > 0;
}

/* Takes frames, and what follows them. Returns whether there was anything. */
static bool take_all(prom_net *net, struct link *link, int64_t now)
{
    bool any = take_chunk(net, link, now);
    for (unsigned i = 0; i < FRAMES_AT_ONCE && link->bodies->coming == 0 && !link->ending; i++) {
        if (!prom_link_take_frame(net, link, now)) {
            break;
        }
        any = true;
        (void)take_chunk(net, link, now);
        if (prom_link_is_stranger(net, link)) { /* as with messages, one at a time */
            break;
        }
    }
    return any;
}

void prom_bodies_turn(prom_net *net, const struct link *link)
{
    if (net->body_bytes == 0) {
        net->turn = (size_t)(link - net->links) + 1;
    }
}

void prom_bodies_read(prom_net *net, struct link *link, int64_t now)
{
    bool any = false;
    uint64_t came = 1;
    for (unsigned i = 0; i < READS_AT_ONCE && came > 0 && net->body_bytes > 0 && !link->ending; i++) {
        const uint64_t before = prom_tls_received(link->tls);
        const bool room = prom_net_buffer_bytes(&link->in).length < PROM_FRAME_HEAD + PROM_FRAME_MAX;
        if (room && prom_quota_allows(&link->bytes, now) && !prom_link_receive(net, link, now)) {
            return;
        }
        came = prom_tls_received(link->tls) - before;
        net->body_bytes -= came < net->body_bytes ? (size_t)came : net->body_bytes;
        any = take_all(net, link, now) || any;
    }
    const bool waits = prom_net_buffer_bytes(&link->in).length > 0 || link->bodies->coming > 0;
    prom_bodies_turn(net, link);
    if (link->up && !waits) {
        link->waits_since = INT64_MAX;
    } else if (any || link->waits_since == INT64_MAX) {
        link->waits_since = now;
    }
}

/* -- Whether it is wanted -- */

bool prom_bodies_waits(const struct link *link)
{
    return link->bodies != NULL && (link->bodies->count > 0 || link->bodies->head_left > 0 || link->bodies->left > 0);
}

bool prom_bodies_is_used(const struct link *link, int64_t now)
{
    const struct bodies *bodies = link->bodies;
    return bodies == NULL || !link->up || prom_bodies_waits(link) || bodies->unanswered > 0 || bodies->coming > 0 ||
           now - bodies->used <= UNUSED_MS;
}

/* Else what it never answers would count against what it may be asked for later: fetches waited for it, and for ever.
 */
bool prom_bodies_is_owed(const prom_net *net, struct link *link, int64_t now)
{
    struct bodies *bodies = link->bodies;
    if (bodies == NULL || (bodies->unanswered == 0 && bodies->coming == 0) ||
        now - bodies->owed_since <= net->limits.stall_ms) {
        return false;
    }
    const bool owed = bodies->owed_came < PROM_NET_PACE_MIN * (uint64_t)net->limits.stall_ms / 1000;
    bodies->owed_since = now;
    bodies->owed_came = 0;
    return owed;
}
