/* `prom`, whose links to other nodes fail: what functional tests start nodes as. Links are encrypted, so it is in the
 * program, between a link and its TLS, that messages are told apart.
 *
 *   PROM_CUT=FILE          has lines "NAME HOW NUMBER" or "NAME HOW NUMBER/EVERY": what becomes of the packet of that
 * name that this process sends as its NUMBER-th one, and of every EVERY-th that follows. The file is read again when it
 *   has changed, and all are counted anew. HOW is
 *
 *       before   its link is closed before the first byte of it is sent,
 *       middle   when half of it is sent,
 *       after    when all of it is sent, and whatever would have come back is lost;
 *       drop     it is not sent, and all that follows is;
 *       dead     from its first byte on nothing goes out or comes in any more, and the link stays open
 *
 *   PROM_CUT_TOLD=FILE     gets a line "HOW NAME NUMBER" for each packet that this happens to; with HOW "sent", for all
 *   others; of a piece followed by the first digits of its body's hash, and which chunk it is, from the end
 *
 *   PROM_CUT_STALL=MS      how long links wait for a sign of life, where that is not to take a minute
 *
 *   PROM_CUT_FALSIFY=N     a prom_falsification: what this party does wrong on purpose
 *
 * NAME is a kind of message (channel/message.h), "acknowledgement", or a kind of packet (wire/packet.h); of a piece the
 * bytes of its chunk are a part. Everything else is the program's. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "net/net.h"
#include "net/tls.h"
#include "node/node.h"
#include "wire/body.h"
#include "wire/frame.h"

int prom_main(int argc, char **argv);
/* The linker puts the second of each pair in place of a function, whose own name is then the first. */
prom_tls *__real_prom_tls_new(prom_tls_context *context, int descriptor, bool dials);
prom_tls *__wrap_prom_tls_new(prom_tls_context *context, int descriptor, bool dials);
void __real_prom_tls_free(prom_tls *tls);
void __wrap_prom_tls_free(prom_tls *tls);
prom_tls_state __real_prom_tls_read(prom_tls *tls, uint8_t *bytes, size_t room, size_t *got);
prom_tls_state __wrap_prom_tls_read(prom_tls *tls, uint8_t *bytes, size_t room, size_t *got);
prom_tls_state __real_prom_tls_write(prom_tls *tls, prom_span bytes, size_t *put);
prom_tls_state __wrap_prom_tls_write(prom_tls *tls, prom_span bytes, size_t *put);
bool __real_prom_tls_pending(const prom_tls *tls);
bool __wrap_prom_tls_pending(const prom_tls *tls);
prom_net_limits __real_prom_net_limits_usual(void);
prom_net_limits __wrap_prom_net_limits_usual(void);
prom_result __real_prom_node_open(prom_node **node, const prom_node_options *options, prom_error *error);
prom_result __wrap_prom_node_open(prom_node **node, const prom_node_options *options, prom_error *error);

/* -- The plan -- */

static const char *const hows[] = {"before", "middle", "after", "drop", "dead"};
enum how { BEFORE, MIDDLE, AFTER, DROP, DEAD, HOWS };

struct entry {
    char name[24];
    enum how how; /* HOWS: nothing happens, it is counted */
    unsigned long number;
    unsigned long every; /* 0: once */
    unsigned long sent;
};
enum { ENTRIES_MAX = 256 };
static struct entry entries[ENTRIES_MAX];
static size_t entry_count;
static struct timespec plan_of; /* when the file was changed that they are of */

static _Noreturn void bad_plan(const char *line)
{
    (void)fprintf(stderr, "cut: '%s' is not NAME HOW NUMBER[/EVERY]\n", line);
    exit(EXIT_FAILURE);
}

static void take_line(char *line)
{
    struct entry entry = {0};
    char how[8];
    line[strcspn(line, "\n")] = '\0';
    if (sscanf(line, "%23s %7s %lu/%lu", entry.name, how, &entry.number, &entry.every) < 3 ||
        entry_count == ENTRIES_MAX) {
        bad_plan(line);
    }
    while (entry.how < HOWS && strcmp(hows[entry.how], how) != 0) {
        entry.how++;
    }
    if (entry.how == HOWS) {
        bad_plan(line);
    }
    entries[entry_count++] = entry;
}

static void read_plan(void)
{
    const char *path = getenv("PROM_CUT");
    struct stat status;
    char line[128];
    if (path == NULL || stat(path, &status) != 0 ||
        (status.st_mtim.tv_sec == plan_of.tv_sec && status.st_mtim.tv_nsec == plan_of.tv_nsec)) {
        return;
    }
    FILE *file = fopen(path, "r");
    entry_count = 0;
    plan_of = status.st_mtim;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        take_line(line);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

static void tell(const char *how, const char *name, unsigned long number, const char *detail)
{
    const char *path = getenv("PROM_CUT_TOLD");
    FILE *file = path == NULL ? NULL : fopen(path, "a");
    if (file != NULL) {
        (void)fprintf(file, "%s %s %lu%s\n", how, name, number, detail);
        (void)fclose(file);
    }
}

/* What becomes of the next packet of that name; HOWS: it is sent. */
static enum how fate_of(const char *name, const char *detail)
{
    enum how fate = HOWS;
    unsigned long sent = 0;
    read_plan();
    for (size_t i = 0; i < entry_count; i++) {
        struct entry *entry = &entries[i];
        if (strcmp(entry->name, name) != 0) {
            continue;
        }
        sent = ++entry->sent;
        const bool again = entry->every != 0 && sent > entry->number && (sent - entry->number) % entry->every == 0;
        fate = sent == entry->number || again ? entry->how : fate;
    }
    tell(fate == HOWS ? "sent" : hows[fate], name, sent, detail);
    return fate;
}

/* -- Packets -- */

static const char *const packet_names[] = {
    [PROM_PACKET_HELLO] = "hello",       [PROM_PACKET_FETCH] = "fetch",
    [PROM_PACKET_PIECE] = "piece",       [PROM_PACKET_BEGIN] = "begin",
    [PROM_PACKET_BEGUN] = "begun",       [PROM_PACKET_PING] = "ping",
    [PROM_PACKET_PONG] = "pong",         [PROM_PACKET_BODIES] = "bodies",
    [PROM_PACKET_DECLINED] = "declined", [PROM_PACKET_GET_POINTERS] = "get-pointers",
    [PROM_PACKET_POINTERS] = "pointers", [PROM_PACKET_GET_LISTINGS] = "get-listings",
    [PROM_PACKET_LISTINGS] = "listings", [PROM_PACKET_ASK] = "ask",
    [PROM_PACKET_QUOTE] = "quote",
};

static _Noreturn void no_packet(void)
{
    (void)fprintf(stderr, "cut: what a link sends does not begin with a packet\n");
    abort();
}

enum { DETAIL_BYTES = 32 };

static const char *name_of(prom_arena *arena, const prom_packet *packet)
{
    prom_message message;
    if (packet->kind != PROM_PACKET_ENVELOPE) {
        return packet_names[packet->kind];
    }
    if (packet->as.envelope.number == 0) {
        return "acknowledgement";
    }
    if (!prom_is_ok(prom_body_decode(arena, &message, packet->as.envelope.body, false, NULL))) {
        no_packet();
    }
    return prom_message_name(message.kind);
}

static const char *detail_of(char detail[DETAIL_BYTES], const prom_packet *packet)
{
    char hash[PROM_HEX32];
    detail[0] = '\0';
    if (packet->kind == PROM_PACKET_PIECE && packet->as.piece.total > 0) {
        (void)snprintf(detail, DETAIL_BYTES, " %.8s %u", prom_hex32(hash, &packet->as.piece.hash),
                       packet->as.piece.back);
    }
    return detail;
}

/* -- Links -- */

struct stream {
    struct stream *next;
    const prom_tls *tls;
    int descriptor;
    uint64_t left;   /* bytes that are still to be sent of the packet that was begun */
    uint64_t cut_in; /* so many bytes later the link is closed; UINT64_MAX: it is not */
    bool dropped;    /* that packet is */
    bool dead;
};
static struct stream *streams;

static struct stream *stream_of(const prom_tls *tls)
{
    struct stream *stream = streams;
    while (stream != NULL && stream->tls != tls) {
        stream = stream->next;
    }
    return stream;
}

prom_tls *__wrap_prom_tls_new(prom_tls_context *context, int descriptor, bool dials)
{
    prom_tls *tls = __real_prom_tls_new(context, descriptor, dials);
    struct stream *stream = tls == NULL ? NULL : calloc(1, sizeof *stream);
    if (stream != NULL) {
        *stream = (struct stream){.next = streams, .tls = tls, .descriptor = descriptor, .cut_in = UINT64_MAX};
        streams = stream;
    }
    return tls;
}

void __wrap_prom_tls_free(prom_tls *tls)
{
    struct stream **place = &streams;
    while (*place != NULL && (*place)->tls != tls) {
        place = &(*place)->next;
    }
    struct stream *stream = *place;
    if (stream != NULL) {
        *place = stream->next;
        free(stream);
    }
    __real_prom_tls_free(tls);
}

/* A packet begins: decides what becomes of it. Links put whole packets into their buffers. */
static void begin_packet(struct stream *stream, prom_span bytes)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_packet packet;
    prom_span span;
    size_t needed = 0;
    prom_arena_init(&arena, SIZE_MAX);
    if (prom_frame_find(&span, &needed, bytes) != PROM_FRAME_WHOLE ||
        !prom_is_ok(prom_packet_decode(&arena, &packet, span, false, NULL))) {
        no_packet();
    }
    stream->left = needed + (packet.kind == PROM_PACKET_PIECE ? packet.as.piece.length : 0);
    char detail[DETAIL_BYTES];
    const enum how how = fate_of(name_of(&arena, &packet), detail_of(detail, &packet));
    const uint64_t cut_in[HOWS] = {[MIDDLE] = stream->left / 2, [AFTER] = stream->left};
    stream->cut_in = how <= AFTER ? cut_in[how] : UINT64_MAX;
    stream->dropped = how == DROP;
    stream->dead = how == DEAD;
}

/* Sends some, of one packet. Returns false when no more goes now. */
static bool write_some(struct stream *stream, prom_tls *tls, prom_span bytes, size_t *put, prom_tls_state *state)
{
    if (stream->left == 0 && stream->cut_in != 0) {
        begin_packet(stream, bytes);
    }
    if (stream->cut_in == 0) {
        (void)shutdown(stream->descriptor, SHUT_RDWR);
        *state = PROM_TLS_OVER;
        return false;
    }
    const uint64_t until = stream->left < stream->cut_in ? stream->left : stream->cut_in;
    const size_t length = bytes.length < until ? bytes.length : (size_t)until;
    if (stream->dropped || stream->dead) {
        *put = length;
    } else {
        *state = __real_prom_tls_write(tls, prom_span_of(bytes.data, length), put);
    }
    stream->left -= *put;
    stream->cut_in -= stream->cut_in == UINT64_MAX ? 0 : *put;
    return *put == length && *state == PROM_TLS_DONE;
}

prom_tls_state __wrap_prom_tls_write(prom_tls *tls, prom_span bytes, size_t *put)
{
    struct stream *stream = stream_of(tls);
    prom_tls_state state = PROM_TLS_DONE;
    bool more = true;
    *put = 0;
    if (stream == NULL) {
        return __real_prom_tls_write(tls, bytes, put);
    }
    while (more && !stream->dead && (*put < bytes.length || stream->cut_in == 0)) {
        size_t some = 0;
        more = write_some(stream, tls, prom_span_of(bytes.data + *put, bytes.length - *put), &some, &state);
        *put += some;
    }
    *put = stream->dead ? bytes.length : *put;
    return state;
}

prom_tls_state __wrap_prom_tls_read(prom_tls *tls, uint8_t *bytes, size_t room, size_t *got)
{
    const struct stream *stream = stream_of(tls);
    uint8_t lost[4096];
    ssize_t came = 1;
    if (stream == NULL || !stream->dead) {
        return __real_prom_tls_read(tls, bytes, room, got);
    }
    *got = 0;
    while (came > 0) {
        came = recv(stream->descriptor, lost, sizeof lost, MSG_DONTWAIT);
    }
    return came == 0 || (errno != EAGAIN && errno != EINTR) ? PROM_TLS_OVER : PROM_TLS_WANT_READ;
}

bool __wrap_prom_tls_pending(const prom_tls *tls)
{
    const struct stream *stream = stream_of(tls);
    return (stream == NULL || !stream->dead) && __real_prom_tls_pending(tls);
}

/* -- The rest -- */

prom_net_limits __wrap_prom_net_limits_usual(void)
{
    prom_net_limits limits = __real_prom_net_limits_usual();
    const char *stall = getenv("PROM_CUT_STALL");
    limits.stall_ms = stall != NULL ? (uint32_t)strtoul(stall, NULL, 10) : limits.stall_ms;
    return limits;
}

prom_result __wrap_prom_node_open(prom_node **node, const prom_node_options *options, prom_error *error)
{
    prom_node_options changed = *options;
    const char *falsify = getenv("PROM_CUT_FALSIFY");
    changed.falsify = falsify != NULL ? (prom_falsification)strtoul(falsify, NULL, 10) : changed.falsify;
    return __real_prom_node_open(node, &changed, error);
}

int main(int argc, char **argv)
{
    return prom_main(argc, argv);
}
