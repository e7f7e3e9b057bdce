/* Files in pieces: served to others, and fetched into a file of parts until they are whole and checked. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/parts.h"
#include "system/clock.h"
#include "system/file.h"

/* Pieces that are asked for and have not come: of one file, and over one link, so that the other side's buffer, which
 * PROM_NET_PIECES_WAITING_MAX ends, holds them all. */
enum { PIECES_OF_FILE = 4, PIECES_OF_LINK = 16 };

/* Bytes of a file that are hashed at once: nobody else waits for the rest. */
enum { HASHED_AT_ONCE = 1 << 18 };
_Static_assert((size_t)PIECES_OF_LINK *(PROM_PIECE_MAX + 512) + PROM_NET_WAITING_MAX <= PROM_NET_PIECES_WAITING_MAX,
               "an honest peer never asks for more than we take");

/* -- Serving -- */

/* Reads the piece that was asked for. A file that is not there, or shorter, is not here. */
static bool read_piece(prom_piece *piece, uint8_t *bytes, const char *path, const prom_fetch *fetch)
{
    struct stat status;
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool good = file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
                (uint64_t)status.st_size <= PROM_PAYLOAD_MAX;
    if (good && fetch->offset > (uint64_t)status.st_size) {
        piece->offset = 0; /* nothing, but how long it is */
        piece->total = (uint64_t)status.st_size;
    } else if (good) {
        const uint64_t left = (uint64_t)status.st_size - fetch->offset;
        const size_t length = left < fetch->length ? (size_t)left : fetch->length;
        good = pread(file, bytes, length, (off_t)fetch->offset) == (ssize_t)length;
        piece->total = (uint64_t)status.st_size;
        piece->bytes = prom_span_of(bytes, length);
    }
    if (file >= 0) {
        (void)close(file);
    }
    return good;
}

void prom_transfer_serve(prom_net *net, struct link *link, const prom_fetch *fetch)
{
    static const uint64_t not_here = 0;
    uint8_t bytes[PROM_PIECE_MAX];
    char path[PATH_MAX];
    prom_packet packet = {
        .kind = PROM_PACKET_PIECE,
        .as.piece = {.channel = fetch->channel, .what = fetch->what, .hash = fetch->hash, .offset = fetch->offset}};
    if (!net->events.serve(net->events.context, link->id, fetch, path) ||
        !read_piece(&packet.as.piece, bytes, path, fetch)) {
        packet.as.piece.offset = 0;
        packet.as.piece.total = not_here;
        packet.as.piece.bytes = prom_span_of(NULL, 0);
    }
    if (!prom_link_put(net, link, &packet, PROM_NET_PIECES_WAITING_MAX)) {
        prom_link_end(link, "the peer asks for more than it takes");
    }
}

/* -- Fetching -- */

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

static void stop(struct transfer *transfer)
{
    (void)close(transfer->file);
    *transfer = (struct transfer){0};
}

static void give_up(prom_net *net, struct transfer *transfer, const char *reason)
{
    const prom_net_order order = transfer->order;
    stop(transfer);
    net->events.fetched(net->events.context, &order, reason);
}

/* What came is worth nothing: whoever sent it, it is not gone on from. */
static void forget(prom_net *net, struct transfer *transfer, const char *reason)
{
    (void)unlink(transfer->order.part);
    give_up(net, transfer, reason);
}

static size_t under_way(const struct transfer *transfer)
{
    return (size_t)((transfer->asked - transfer->have + PROM_PIECE_MAX - 1) / PROM_PIECE_MAX);
}

static bool may_ask(const prom_net *net, const struct transfer *transfer)
{
    size_t all = 0;
    for (size_t i = 0; i < PROM_NET_FETCHES_MAX; i++) {
        const struct transfer *its = &net->transfers[i];
        all += its->used && its->link == transfer->link ? under_way(its) : 0;
    }
    return under_way(transfer) < PIECES_OF_FILE && all < PIECES_OF_LINK;
}

static void ask(prom_net *net, struct transfer *transfer)
{
    struct link *link = prom_link_find(net, transfer->link);
    /* The first piece says how much there is: before it one alone is asked for. */
    const uint64_t end = transfer->total != 0 ? transfer->total : transfer->have + 1;
    while (link != NULL && transfer->asked < end && may_ask(net, transfer)) {
        const prom_packet packet = {.kind = PROM_PACKET_FETCH,
                                    .as.fetch = {.channel = transfer->order.channel,
                                                 .what = transfer->order.what,
                                                 .hash = transfer->order.hash,
                                                 .offset = transfer->asked,
                                                 .length = PROM_PIECE_MAX}};
        if (!prom_link_put(net, link, &packet, PROM_NET_WAITING_MAX)) {
            return; /* asked again when a piece comes, or when it is too long ago */
        }
        transfer->asked += PROM_PIECE_MAX;
    }
}

prom_result prom_net_fetch(prom_net *net, uint64_t id, const prom_net_order *order, prom_error *error)
{
    const struct link *link = prom_link_find(net, id);
    struct transfer *place = NULL;
    struct stat status;
    for (size_t i = 0; i < PROM_NET_FETCHES_MAX && place == NULL; i++) {
        place = net->transfers[i].used ? NULL : &net->transfers[i];
    }
    if (link == NULL || !link->up || place == NULL ||
        transfer_of(net, &order->channel, order->what, &order->hash) != NULL) {
        return prom_fail(error, PROM_CATEGORY_MISUSE,
                         "a body cannot be fetched: its link is not up, or it is being fetched, or too many are");
    }
    const int file = open(order->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0 || fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        const int why = errno;
        if (file >= 0) {
            (void)close(file);
        }
        return prom_fail(error, PROM_CATEGORY_IO, "cannot write '%s': %s", order->part, strerror(why));
    }
    *place = (struct transfer){.used = true, .link = id, .order = *order, .file = file};
    place->have = (uint64_t)status.st_size <= order->length_max ? (uint64_t)status.st_size : 0;
    place->asked = place->have;
    place->then = place->have;
    place->since = place->moved = prom_clock_milliseconds();
    ask(net, place);
    return prom_ok();
}

void prom_net_fetch_stop(prom_net *net, const prom_bytes32 *channel, prom_body_kind what, const prom_bytes32 *hash)
{
    struct transfer *transfer = transfer_of(net, channel, what, hash);
    if (transfer != NULL) {
        stop(transfer);
    }
}

static void finish(prom_net *net, struct transfer *transfer)
{
    prom_error error = {{0}};
    prom_bytes32 hash;
    const prom_net_order order = transfer->order;
    prom_hasher_finish(&transfer->order.hasher, &hash);
    if (!prom_bytes32_equal(&hash, &order.hash)) {
        forget(net, transfer, "the peer sent a body of another hash");
        return;
    }
    if (ftruncate(transfer->file, (off_t)transfer->total) != 0 || fsync(transfer->file) != 0) {
        give_up(net, transfer, "the disk did not take it");
        return;
    }
    const prom_result kept = prom_file_rename(order.part, order.path, &error);
    give_up(net, transfer, prom_is_ok(kept) ? NULL : error.sentence);
}

static bool is_whole(const struct transfer *transfer)
{
    return transfer->total != 0 && transfer->have == transfer->total && transfer->hashed == transfer->have;
}

/* What came before may be all of it, which is seen by its hash though nobody has said how long it is. */
static bool is_all(const struct transfer *transfer)
{
    prom_hasher hasher = transfer->order.hasher;
    prom_bytes32 hash;
    prom_hasher_finish(&hasher, &hash);
    return transfer->have >= transfer->order.length_min && prom_bytes32_equal(&hash, &transfer->order.hash);
}

/* What came before this fetch is hashed from the file, some of it at each look; and whatever came meanwhile. */
static void hash_some(prom_net *net, struct transfer *transfer)
{
    uint8_t bytes[HASHED_AT_ONCE];
    const uint64_t left = transfer->have - transfer->hashed;
    const size_t length = left < sizeof bytes ? (size_t)left : sizeof bytes;
    const ssize_t got = pread(transfer->file, bytes, length, (off_t)transfer->hashed);
    if (got <= 0) {
        forget(net, transfer, "what came of it cannot be read again");
        return;
    }
    prom_hasher_add(&transfer->order.hasher, prom_span_of(bytes, (size_t)got));
    transfer->hashed += (uint64_t)got;
    if (transfer->total == 0 && transfer->hashed == transfer->have && is_all(transfer)) {
        transfer->total = transfer->have;
    }
    if (is_whole(transfer)) {
        finish(net, transfer);
    }
}

static bool write_piece(const struct transfer *transfer, prom_span bytes)
{
    size_t done = 0;
    while (done < bytes.length) {
        const ssize_t put =
            pwrite(transfer->file, bytes.data + done, bytes.length - done, (off_t)(transfer->have + done));
        if (put <= 0) {
            return false;
        }
        done += (size_t)put;
    }
    return true;
}

/* Whether the piece goes on from what we have, is whole, and of a body as it was ordered. */
static bool piece_fits(const struct transfer *transfer, const prom_piece *piece)
{
    const uint64_t left = piece->total - transfer->have; /* we may have all of it already */
    const bool whole =
        piece->offset <= piece->total && piece->bytes.length == (left < PROM_PIECE_MAX ? left : PROM_PIECE_MAX);
    return piece->offset == transfer->have && whole && piece->total >= transfer->order.length_min &&
           piece->total <= transfer->order.length_max && (transfer->total == 0 || transfer->total == piece->total);
}

void prom_transfer_take(prom_net *net, struct link *link, const prom_piece *piece, int64_t now)
{
    struct transfer *transfer = transfer_of(net, &piece->channel, piece->what, &piece->hash);
    if (transfer == NULL || transfer->link != link->id) {
        return; /* of a fetch that was given up */
    }
    if (piece->total == 0 && transfer->total == 0 && transfer->hashed < transfer->have) {
        transfer->asked = transfer->have; /* once more, where what came before is not all */
        return;
    }
    if (piece->total == 0) {
        give_up(net, transfer, "the peer does not have it");
        return;
    }
    if (piece->offset < transfer->have && piece->bytes.length > 0) {
        return; /* of a fetch of the same that was given up */
    }
    if (!piece_fits(transfer, piece)) {
        const bool too_long = piece->total < transfer->have; /* what came is, or the peer lies: nobody can tell */
        (too_long ? forget : give_up)(net, transfer, "the peer sent something else than was asked for");
        return;
    }
    if (!write_piece(transfer, piece->bytes)) {
        give_up(net, transfer, "the disk did not take it");
        return;
    }
    if (transfer->hashed == transfer->have) {
        prom_hasher_add(&transfer->order.hasher, piece->bytes);
        transfer->hashed += piece->bytes.length;
    }
    transfer->total = piece->total;
    transfer->have += piece->bytes.length;
    transfer->moved = now;
    if (is_whole(transfer)) {
        finish(net, transfer);
    } else {
        ask(net, transfer);
    }
}

void prom_transfer_lost(prom_net *net, uint64_t link)
{
    for (size_t i = 0; i < PROM_NET_FETCHES_MAX; i++) {
        if (net->transfers[i].used && net->transfers[i].link == link) {
            give_up(net, &net->transfers[i], "the link was lost");
        }
    }
}

static uint64_t least_pace(const struct transfer *transfer)
{
    const uint64_t in_time = transfer->total / PROM_NET_HELD_UP_MAX;
    return in_time > PROM_NET_PACE_MIN ? in_time : PROM_NET_PACE_MIN;
}

/* Whether too little came since it was looked at last, a stall's time ago or more. */
static bool is_slow(const prom_net *net, struct transfer *transfer, int64_t now)
{
    uint64_t sharing = 0;
    const uint64_t came = transfer->have - transfer->then;
    const int64_t passed = now - transfer->since;
    if (passed <= net->limits.stall_ms) {
        return false;
    }
    for (size_t i = 0; i < PROM_NET_FETCHES_MAX; i++) {
        sharing += net->transfers[i].used && net->transfers[i].link == transfer->link;
    }
    transfer->since = now;
    transfer->then = transfer->have;
    return came * sharing < least_pace(transfer) * (uint64_t)net->limits.stall_ms / 1000;
}

int64_t prom_transfer_due(prom_net *net, int64_t now)
{
    int64_t next = net->limits.stall_ms;
    for (size_t i = 0; i < PROM_NET_FETCHES_MAX; i++) {
        struct transfer *transfer = &net->transfers[i];
        if (transfer->used && transfer->hashed < transfer->have) {
            hash_some(net, transfer);
            next = 0;
        } else if (transfer->used && now - transfer->moved > net->limits.stall_ms) {
            give_up(net, transfer, "the peer sends no more of it");
        } else if (transfer->used && is_slow(net, transfer, now)) {
            give_up(net, transfer, "the peer sends it too slowly");
        } else if (transfer->used) {
            ask(net, transfer);
            const int64_t left = net->limits.stall_ms - (now - transfer->moved) + 1;
            next = left < next ? left : next;
        }
    }
    return next;
}

void prom_transfer_free(prom_net *net)
{
    for (size_t i = 0; i < PROM_NET_FETCHES_MAX; i++) {
        if (net->transfers[i].used) {
            stop(&net->transfers[i]);
        }
    }
}
