/* Messages that came before their time: too early for the channel, or behind one that was. They are kept, so that their
 * sender need not bring them again, which takes it a second at least. In memory alone, and not acknowledged: what is
 * dropped comes again. */
#include "node/early.h"

#include <stdlib.h>
#include <string.h>

/* Larger ones are brought again. */
enum { BODY_MAX = 65536, OF_ONE_BYTES_MAX = 131072 };

static void drop_at(prom_node *node, prom_correspondent *peer, size_t at)
{
    node->early_bytes -= peer->early[at].length;
    free(peer->early[at].body);
    peer->early[at] = peer->early[--peer->early_count];
}

void prom_node_drop_early(prom_node *node, prom_correspondent *peer)
{
    while (peer->early_count > 0) {
        drop_at(node, peer, peer->early_count - 1);
    }
}

static const prom_incoming *stream_of(const prom_correspondent *peer, const prom_early *early)
{
    return early->to_node ? &peer->to_node : &peer->incoming;
}

/* What was taken meanwhile, or is of a database that its sender has no more. */
static void drop_old(prom_node *node, prom_correspondent *peer)
{
    for (size_t i = peer->early_count; i-- > 0;) {
        const prom_early *early = &peer->early[i];
        if (prom_incoming_judge(stream_of(peer, early), early->generation, early->number) == PROM_ARRIVAL_OLD) {
            drop_at(node, peer, i);
        }
    }
}

/* Whether it is of the next ones, and fits. */
static bool is_kept(const prom_node *node, const prom_correspondent *peer, const prom_early *early)
{
    const prom_incoming *before = stream_of(peer, early);
    const uint64_t taken = early->generation == before->generation ? before->number : 0;
    size_t bytes = early->length;
    for (size_t i = 0; i < peer->early_count; i++) {
        const prom_early *other = &peer->early[i];
        bytes += other->length;
        if (other->to_node == early->to_node && other->generation == early->generation &&
            other->number == early->number) {
            return false; /* it is here */
        }
    }
    return peer->early_count < PROM_EARLY_MAX && early->number - taken <= PROM_EARLY_MAX && early->length <= BODY_MAX &&
           bytes <= OF_ONE_BYTES_MAX && node->early_bytes + early->length <= PROM_EARLY_BYTES_MAX;
}

void prom_node_keep_early(prom_node *node, prom_correspondent *peer, const prom_envelope *envelope, bool lenient)
{
    prom_early early = {.length = envelope->body.length,
                        .number = envelope->number,
                        .generation = envelope->generation,
                        .to_node = prom_bytes32_equal(&envelope->receiver, &node->key.public_key),
                        .lenient = lenient};
    drop_old(node, peer);
    if (!is_kept(node, peer, &early)) {
        return;
    }
    early.body = malloc(early.length + 1);
    if (early.body != NULL) {
        if (early.length > 0) {
            memcpy(early.body, envelope->body.data, early.length);
        }
        node->early_bytes += early.length;
        peer->early[peer->early_count++] = early;
    }
}

bool prom_node_take_early(prom_node *node, prom_correspondent *peer, prom_early *early)
{
    drop_old(node, peer);
    for (size_t i = 0; i < peer->early_count; i++) {
        *early = peer->early[i];
        if (prom_incoming_judge(stream_of(peer, early), early->generation, early->number) == PROM_ARRIVAL_NEXT) {
            node->early_bytes -= early->length;
            peer->early[i] = peer->early[--peer->early_count];
            return true;
        }
    }
    return false;
}
