/* Bodies that others ask for: chunk by chunk, each with SHA-256's state before it, which is found by hashing the file
 * once and is kept for as long as somebody asks. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/parts.h"
#include "system/clock.h"
#include "wire/frame.h"

enum { PACKET_MEMORY = 1 << 16 };

/* -- States -- */

static void forget(struct served *served)
{
    free(served->states);
    *served = (struct served){0};
}

void prom_serve_free(prom_net *net)
{
    for (size_t i = 0; i < SERVED_MAX; i++) {
        forget(&net->served[i]);
    }
}

static int open_body(const char *path, struct stat *status)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file >= 0 && (fstat(file, status) != 0 || !S_ISREG(status->st_mode) || status->st_size <= 0 ||
                      (uint64_t)status->st_size > PROM_PAYLOAD_MAX)) {
        (void)close(file);
        return -1;
    }
    return file;
}

static bool is_same(const struct served *served, const struct stat *status)
{
    return served->inode == (uint64_t)status->st_ino && served->chunks.total == (uint64_t)status->st_size &&
           served->changed.tv_sec == status->st_mtim.tv_sec && served->changed.tv_nsec == status->st_mtim.tv_nsec;
}

/* The one that nobody has asked for the longest makes room. */
static struct served *place_for(prom_net *net, const char *path)
{
    struct served *place = &net->served[0];
    for (size_t i = 0; i < SERVED_MAX; i++) {
        struct served *its = &net->served[i];
        if (its->used && strcmp(its->path, path) == 0) {
            return its;
        }
        if (place->used && (!its->used || its->asked < place->asked)) {
            place = its;
        }
    }
    forget(place);
    return place;
}

/* What is known of a body that lies open in `file`; NULL where there is no memory. */
static struct served *served_of(prom_net *net, const prom_net_served *what, const struct stat *status, int64_t now)
{
    struct served *served = place_for(net, what->path);
    if (served->used && !is_same(served, status)) {
        forget(served);
    }
    if (!served->used) {
        *served =
            (struct served){.inode = (uint64_t)status->st_ino, .changed = status->st_mtim, .hasher = what->hasher};
        (void)snprintf(served->path, sizeof served->path, "%s", what->path);
        served->chunks = (struct prom_chunks){prom_hasher_length(&what->hasher), (uint64_t)status->st_size};
        served->states = calloc(prom_chunk_count(&served->chunks), sizeof *served->states);
        served->used = served->states != NULL;
    }
    served->asked = now;
    return served->used ? served : NULL;
}

/* Goes on to the state before chunk `number`, as far as there is time. Returns whether the file can be read. */
static bool hash_to(prom_net *net, struct served *served, int file, uint32_t number)
{
    while (served->known < number && net->body_bytes > 0) {
        const uint64_t at = prom_hasher_length(&served->hasher) - served->chunks.before;
        const uint64_t left = prom_chunk_begin(&served->chunks, served->known + 1) - at;
        const size_t length = left < sizeof net->block ? (size_t)left : sizeof net->block;
        if (pread(file, net->block, length, (off_t)at) != (ssize_t)length) {
            return false;
        }
        prom_hasher_add(&served->hasher, prom_span_of(net->block, length));
        net->body_bytes -= length < net->body_bytes ? length : net->body_bytes;
        if (length == left && prom_hasher_state(&served->hasher, &served->states[served->known])) {
            served->known++;
        }
    }
    return true;
}

/* -- What is asked for -- */

void prom_serve_take(prom_net *net, struct link *link, const prom_fetch *fetch, int64_t now)
{
    struct bodies *bodies = link->bodies;
    (void)net;
    if (bodies->count == PROM_NET_CHUNKS_WAITING_MAX) {
        prom_link_end(link, "the peer asks for more than it takes");
        return;
    }
    bodies->requests[(bodies->first + bodies->count) % PROM_NET_CHUNKS_WAITING_MAX] = *fetch;
    bodies->count++;
    bodies->used = now;
    link->stuck_since = link->stuck_since == INT64_MAX ? now : link->stuck_since;
}

/* Makes the piece's frame; its bytes follow from `file`, which is closed where there are none. */
static bool begin_piece(struct link *link, const prom_piece *piece, int file, uint64_t offset)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    struct bodies *bodies = link->bodies;
    const prom_packet packet = {.kind = PROM_PACKET_PIECE, .as.piece = *piece};
    prom_span bytes;
    prom_arena_init(&arena, PACKET_MEMORY);
    if (!prom_is_ok(prom_packet_encode(&arena, &bytes, &packet, NULL)) ||
        bytes.length > sizeof bodies->head - PROM_FRAME_HEAD) {
        prom_link_end(link, "an answer could not be written");
        return false;
    }
    prom_frame_head(bodies->head, bytes.length);
    memcpy(bodies->head + PROM_FRAME_HEAD, bytes.data, bytes.length);
    bodies->head_length = bodies->head_left = PROM_FRAME_HEAD + bytes.length;
    bodies->file = piece->total > 0 ? dup(file) : -1;
    bodies->offset = offset;
    bodies->left = bodies->file >= 0 ? piece->length : 0;
    if (piece->total > 0 && bodies->file < 0) {
        prom_link_end(link, "the machine has no descriptor left");
    }
    return !link->ending;
}

/* Finds what was asked for. False while its state is not known yet; else the piece says what there is. */
static bool find_piece(prom_net *net, prom_piece *piece, uint64_t *offset, struct served *served, int file)
{
    const uint32_t count = prom_chunk_count(&served->chunks);
    if (piece->back >= count) {
        return true;
    }
    const uint32_t number = count - 1 - piece->back;
    if (!hash_to(net, served, file, number)) {
        forget(served);
        return true;
    }
    if (served->known < number) {
        return false;
    }
    *offset = prom_chunk_begin(&served->chunks, number);
    piece->total = served->chunks.total;
    piece->length = (uint32_t)(prom_chunk_begin(&served->chunks, number + 1) - *offset);
    piece->first = number == 0;
    piece->state = number == 0 ? (prom_bytes32){{0}} : served->states[number - 1];
    return true;
}

/* Begins to answer the first request. False when there is none, or its answer is not ready. */
static bool begin_answer(prom_net *net, struct link *link, int64_t now)
{
    struct bodies *bodies = link->bodies;
    const prom_fetch *fetch = &bodies->requests[bodies->first]; /* of none, if count is 0 */
    prom_piece piece = {
        .channel = fetch->channel, .what = fetch->what, .hash = fetch->hash, .back = fetch->back, .first = true};
    prom_net_served what;
    struct stat status;
    uint64_t offset = 0;
    if (bodies->count == 0) {
        return false;
    }
    const int file =
        net->events.serve(net->events.context, &link->node, fetch, &what) ? open_body(what.path, &status) : -1;
    struct served *served = file < 0 ? NULL : served_of(net, &what, &status, now);
    const bool ready = served == NULL || find_piece(net, &piece, &offset, served, file);
    const bool begun = ready && begin_piece(link, &piece, file, offset);
    if (file >= 0) {
        (void)close(file);
    }
    if (begun) {
        bodies->first = (bodies->first + 1) % PROM_NET_CHUNKS_WAITING_MAX;
        bodies->count--;
    } else if (!ready) {
        link->stuck_since = now; /* it is we who have not come to it */
    }
    return begun;
}

/* -- Sending -- */

/* Writes some; false when the socket takes no more. */
static bool write_some(struct link *link, prom_span bytes, size_t *put)
{
    const char *reason = prom_link_end_of(link, prom_tls_write(link->tls, bytes, put));
    if (reason != NULL) {
        prom_link_end(link, "%s", reason);
    }
    return !link->ending && *put == bytes.length;
}

static bool write_chunk(prom_net *net, struct link *link, size_t *put)
{
    struct bodies *bodies = link->bodies;
    const size_t length = bodies->left < sizeof net->block ? bodies->left : sizeof net->block;
    if (pread(bodies->file, net->block, length, (off_t)bodies->offset) != (ssize_t)length) {
        prom_link_end(link, "a body of ours cannot be read any more");
        return false;
    }
    const bool all = write_some(link, prom_span_of(net->block, length), put);
    bodies->offset += *put;
    bodies->left -= *put;
    if (bodies->left == 0) {
        prom_bodies_close_file(bodies);
    }
    return all;
}

/* What comes next: a piece that was begun, to its end; then what else waits; then the next piece. */
static bool write_next(prom_net *net, struct link *link, size_t *put, int64_t now)
{
    struct bodies *bodies = link->bodies;
    const prom_span out = prom_net_buffer_bytes(&link->out);
    if (bodies->head_left > 0) {
        const size_t done = bodies->head_length - bodies->head_left;
        const bool all = write_some(link, prom_span_of(bodies->head + done, bodies->head_left), put);
        bodies->head_left -= *put;
        return all;
    }
    if (bodies->left > 0) {
        return write_chunk(net, link, put);
    }
    if (out.length > 0) {
        const bool all = write_some(link, out, put);
        prom_net_buffer_drop(&link->out, &net->room, *put);
        return all;
    }
    return link->up && begin_answer(net, link, now);
}

void prom_bodies_write(prom_net *net, struct link *link, int64_t now)
{
    size_t all = 0;
    bool more = true;
    while (more && net->body_bytes > 0 && !link->ending) {
        size_t put = 0;
        more = write_next(net, link, &put, now);
        net->body_bytes -= put < net->body_bytes ? put : net->body_bytes;
        all += put;
    }
    prom_bodies_turn(net, link);
    const bool waits = prom_net_buffer_bytes(&link->out).length > 0 || prom_bodies_waits(link);
    if (!waits) {
        link->stuck_since = INT64_MAX;
    } else if (all > 0) {
        link->stuck_since = now;
        link->bodies->used = now;
    }
}
