#include "discovery/dht.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/printable.h"
#include "discovery/line.h"
#include "prometheus/crypto/hash.h"
#include "system/child.h"

enum {
    OUT_BYTES = 4 * PROM_DHT_LINE_MAX,
    READS_A_TURN = 16,
    REASON_BYTES = 160,
};

static const char HINT[] = "'make dht' builds it, and `dht_program` in prom.conf says where it is";

/* A key in use: what the child is to know of it, and whether it was told. */
struct wish {
    bool used;
    bool known; /* the child has a place for the key, for good, though it may be used no more */
    bool listens;
    bool told_listen;
    bool told_put;
    size_t length; /* of the value that is put; 0: none */
    prom_dht_key key;
    uint8_t value[PROM_DHT_VALUE_MAX];
};

struct prom_dht {
    prom_dht_options options;
    prom_dht_events events;
    int epoll;
    prom_child child;
    bool up;
    bool watched_out; /* epoll tells when the socket can be written to */
    uint16_t port;
    uint32_t starts;
    int64_t started_at;
    int64_t next_start; /* while there is no child */
    int64_t wait;       /* after the next failure */
    int64_t asked_at;   /* how it is */
    int64_t answered_at;
    prom_dht_event said; /* its last status */
    size_t bootstraps_told;
    bool spent; /* it has used as many keys as it can in its life, and is to know another one */
    struct wish wishes[PROM_DHT_KEYS_MAX];
    char last_words[REASON_BYTES]; /* what it said that was no event */
    size_t in_length;
    char in[PROM_DHT_LINE_MAX];
    size_t out_length;
    char out[OUT_BYTES];
};

prom_dht_key prom_dht_key_of(const prom_bytes32 *place)
{
    prom_dht_key key;
    memcpy(key.bytes, place->bytes, sizeof key.bytes);
    return key;
}

uint32_t prom_dht_network_of(const prom_bytes32 *genesis)
{
    prom_bytes32 hash;
    prom_tagged_hash(&hash, "prometheus/discovery", prom_span_of32(genesis));
    prom_reader reader = prom_reader_of(prom_span_of32(&hash));
    return prom_read_u32(&reader);
}

prom_result prom_dht_new(prom_dht **dht, const prom_dht_options *options, const prom_dht_events *events,
                         prom_error *error)
{
    for (size_t i = 0; i < options->bootstrap_count; i++) {
        if (i >= PROM_DHT_BOOTSTRAPS_MAX || !prom_dht_host_valid(&options->bootstraps[i])) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "bootstrap node %zu of the DHT has no host and port, or is one of more than %u", i + 1,
                             PROM_DHT_BOOTSTRAPS_MAX);
        }
    }
    prom_dht *made = calloc(1, sizeof *made);
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (made == NULL || epoll < 0) {
        free(made);
        if (epoll >= 0) {
            (void)close(epoll);
        }
        return prom_fail(error, PROM_CATEGORY_IO, "cannot prepare to start prom-dht: %s", strerror(errno));
    }
    made->options = *options;
    made->events = *events;
    made->epoll = epoll;
    made->child = prom_child_none();
    made->next_start = INT64_MIN;
    made->wait = PROM_DHT_AGAIN_MIN_MS;
    *dht = made;
    return prom_ok();
}

void prom_dht_free(prom_dht *dht)
{
    if (dht != NULL) {
        (void)prom_child_end(&dht->child);
        (void)close(dht->epoll);
        free(dht);
    }
}

/* -- The child -- */

static void start(prom_dht *dht, int64_t now)
{
    char port[8];
    char network[16];
    char port_option[] = "--port";
    char network_option[] = "--network";
    char *const arguments[] = {dht->options.program, port_option, port, network_option, network, NULL};
    struct epoll_event watch = {.events = EPOLLIN};
    prom_error error;
    (void)snprintf(port, sizeof port, "%u", dht->options.port);
    (void)snprintf(network, sizeof network, "%u", dht->options.network);
    dht->starts++;
    dht->started_at = now;
    dht->in_length = 0;
    dht->out_length = 0;
    dht->bootstraps_told = 0;
    dht->spent = false;
    dht->watched_out = false;
    dht->last_words[0] = '\0';
    dht->said = (prom_dht_event){0};
    prom_result result = prom_child_start(&dht->child, arguments, HINT, &error);
    if (prom_is_ok(result) && epoll_ctl(dht->epoll, EPOLL_CTL_ADD, dht->child.socket, &watch) != 0) {
        result = prom_fail(&error, PROM_CATEGORY_IO, "cannot watch %s: %s", arguments[0], strerror(errno));
        (void)prom_child_end(&dht->child);
    }
    if (!prom_is_ok(result)) {
        dht->next_start = now + dht->wait;
        dht->wait = dht->wait * 2 > PROM_DHT_AGAIN_MAX_MS ? PROM_DHT_AGAIN_MAX_MS : dht->wait * 2;
        dht->events.changed(dht->events.context, error.sentence);
    }
    for (size_t i = 0; i < PROM_DHT_KEYS_MAX; i++) {
        dht->wishes[i].known = false;
        dht->wishes[i].told_listen = false;
        dht->wishes[i].told_put = false;
    }
}

/* Ends it; a new one is started after a while. */
static void end(prom_dht *dht, int64_t now, const char *why)
{
    char reason[2 * REASON_BYTES];
    if (now - dht->started_at >= PROM_DHT_WELL_MS && dht->up) {
        dht->wait = PROM_DHT_AGAIN_MIN_MS;
    }
    (void)epoll_ctl(dht->epoll, EPOLL_CTL_DEL, dht->child.socket, NULL);
    (void)prom_child_end(&dht->child);
    dht->up = false;
    dht->port = 0;
    dht->next_start = now + dht->wait;
    dht->wait = dht->wait * 2 > PROM_DHT_AGAIN_MAX_MS ? PROM_DHT_AGAIN_MAX_MS : dht->wait * 2;
    (void)snprintf(reason, sizeof reason, "prom-dht %s%s%s", why, dht->last_words[0] == '\0' ? "" : ": ",
                   dht->last_words);
    dht->events.changed(dht->events.context, reason);
}

/* -- What it says -- */

/* Returns why it is to be ended, or NULL. */
static const char *take_line(prom_dht *dht, const char *line, size_t length, int64_t now)
{
    prom_dht_event event;
    prom_dht_event_read(&event, line, length);
    switch (event.kind) {
    case PROM_DHT_OTHER:
        return NULL;
    case PROM_DHT_READY:
        if (event.version != PROM_DHT_PROTOCOL) {
            return "is of another version: build and install the one of this version";
        }
        if (!dht->up) {
            dht->up = true;
            dht->port = event.port;
            dht->asked_at = now;
            dht->answered_at = now;
            dht->events.changed(dht->events.context, NULL);
        }
        return NULL;
    case PROM_DHT_VALUE:
        if (dht->up) {
            dht->events.value(dht->events.context, &event.key, prom_span_of(event.value, event.length));
        }
        return NULL;
    case PROM_DHT_STATUS:
        dht->said = event;
        dht->answered_at = now;
        return NULL;
    case PROM_DHT_NO_EVENT:
        (void)prom_printable(dht->last_words, sizeof dht->last_words, line, length);
        return NULL;
    }
    return NULL;
}

static const char *take_lines(prom_dht *dht, int64_t now)
{
    const char *why = NULL;
    size_t begin = 0;
    const char *found = memchr(dht->in, '\n', dht->in_length);
    while (found != NULL && why == NULL) {
        const size_t length = (size_t)(found - (dht->in + begin));
        why = take_line(dht, dht->in + begin, length, now);
        begin += length + 1;
        found = memchr(dht->in + begin, '\n', dht->in_length - begin);
    }
    dht->in_length -= begin;
    memmove(dht->in, dht->in + begin, dht->in_length);
    return why == NULL && dht->in_length == sizeof dht->in ? "said a line without an end" : why;
}

/* Reads what is there, within bounds: the rest in the next turn. Returns why it is to be ended, or NULL. */
static const char *read_some(prom_dht *dht, int64_t now)
{
    const char *why = NULL;
    for (int i = 0; i < READS_A_TURN && why == NULL; i++) {
        const ssize_t count = recv(dht->child.socket, dht->in + dht->in_length, sizeof dht->in - dht->in_length, 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
            return NULL;
        }
        if (count <= 0) {
            return "has ended";
        }
        dht->in_length += (size_t)count;
        why = take_lines(dht, now);
    }
    return why;
}

/* -- What it is told -- */

static bool say(prom_dht *dht, const char *line, size_t length)
{
    if (dht->out_length + length > sizeof dht->out) {
        return false;
    }
    memcpy(dht->out + dht->out_length, line, length);
    dht->out_length += length;
    return true;
}

static bool tell_wish(prom_dht *dht, struct wish *wish)
{
    char line[PROM_DHT_LINE_MAX];
    bool told = true;
    if (wish->used && wish->listens && !wish->told_listen) {
        told = say(dht, line, prom_dht_write_key(line, "listen", &wish->key));
        wish->told_listen = told;
    }
    if (told && wish->used && wish->length > 0 && !wish->told_put) {
        told = say(dht, line, prom_dht_write_put(line, &wish->key, prom_span_of(wish->value, wish->length)));
        wish->told_put = told;
    }
    wish->known = wish->known || wish->told_listen || wish->told_put;
    return told;
}

/* Says what it was not told yet, as far as there is room. */
static void tell(prom_dht *dht, int64_t now)
{
    static const char status[] = "{\"do\":\"status\"}\n";
    char line[PROM_DHT_LINE_MAX];
    bool room = true;
    while (room && dht->bootstraps_told < dht->options.bootstrap_count) {
        room = say(dht, line, prom_dht_write_bootstrap(line, &dht->options.bootstraps[dht->bootstraps_told]));
        dht->bootstraps_told += room;
    }
    for (size_t i = 0; i < PROM_DHT_KEYS_MAX && room; i++) {
        room = tell_wish(dht, &dht->wishes[i]);
    }
    if (now - dht->asked_at >= PROM_DHT_ASK_MS && say(dht, status, sizeof status - 1)) {
        dht->asked_at = now;
    }
}

/* Returns why it is to be ended, or NULL. */
static const char *write_some(prom_dht *dht)
{
    const ssize_t count = dht->out_length == 0 ? 0 : send(dht->child.socket, dht->out, dht->out_length, MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN && errno != EINTR) {
        return "has ended";
    }
    if (count > 0) {
        dht->out_length -= (size_t)count;
        memmove(dht->out, dht->out + count, dht->out_length);
    }
    const bool wants = dht->out_length > 0;
    struct epoll_event watch = {.events = EPOLLIN | (wants ? (uint32_t)EPOLLOUT : 0)};
    if (wants != dht->watched_out && epoll_ctl(dht->epoll, EPOLL_CTL_MOD, dht->child.socket, &watch) == 0) {
        dht->watched_out = wants;
    }
    return NULL;
}

void prom_dht_turn(prom_dht *dht, int64_t now)
{
    if (dht->child.pid == 0 && now >= dht->next_start) {
        start(dht, now);
    }
    if (dht->child.pid == 0) {
        return;
    }
    const char *why = read_some(dht, now);
    if (why == NULL && !dht->up && now - dht->started_at >= PROM_DHT_READY_MS) {
        why = "was not ready in time";
    }
    if (why == NULL && dht->up && now - dht->answered_at >= PROM_DHT_ASK_MS + PROM_DHT_PATIENCE_MS) {
        why = "does not answer";
    }
    if (why == NULL && dht->up && dht->spent) {
        why = "has used its keys up: another one begins afresh";
    }
    if (why == NULL && dht->up) {
        tell(dht, now);
        why = write_some(dht);
    }
    if (why != NULL) {
        end(dht, now, why);
    }
}

/* -- What it is to do -- */

/* The place of this key; one that is free, where there is none and it `makes` one, best of those that the child does
 * not know by another key. NULL when there is none. */
static struct wish *wish_of(prom_dht *dht, const prom_dht_key *key, bool makes)
{
    struct wish *fresh = NULL;
    struct wish *idle = NULL;
    for (size_t i = 0; i < PROM_DHT_KEYS_MAX; i++) {
        struct wish *wish = &dht->wishes[i];
        if ((wish->used || wish->known) && memcmp(&wish->key, key, sizeof *key) == 0) {
            wish->used = wish->used || makes;
            return wish->used ? wish : NULL;
        }
        fresh = fresh == NULL && !wish->used && !wish->known ? wish : fresh;
        idle = idle == NULL && !wish->used ? wish : idle;
    }
    struct wish *made = fresh != NULL ? fresh : idle;
    if (!makes || made == NULL) {
        return NULL;
    }
    dht->spent = dht->spent || made->known;
    *made = (struct wish){.used = true, .key = *key};
    return made;
}

static prom_result no_room(prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_MISUSE, "prom-dht is used for %u keys of values of %u bytes at most",
                     PROM_DHT_KEYS_MAX, PROM_DHT_VALUE_MAX);
}

prom_result prom_dht_put(prom_dht *dht, const prom_dht_key *key, prom_span value, prom_error *error)
{
    const bool fits = value.length > 0 && value.length <= PROM_DHT_VALUE_MAX;
    struct wish *wish = fits ? wish_of(dht, key, true) : NULL;
    if (wish == NULL) {
        return no_room(error);
    }
    memcpy(wish->value, value.data, value.length);
    wish->length = value.length;
    wish->told_put = false;
    return prom_ok();
}

prom_result prom_dht_listen(prom_dht *dht, const prom_dht_key *key, prom_error *error)
{
    struct wish *wish = wish_of(dht, key, true);
    if (wish == NULL) {
        return no_room(error);
    }
    wish->listens = true;
    return prom_ok();
}

void prom_dht_forget(prom_dht *dht, const prom_dht_key *key)
{
    char line[PROM_DHT_LINE_MAX];
    struct wish *wish = wish_of(dht, key, false);
    if (wish != NULL) {
        /* Where there is no room for it, the child goes on: what is forgotten expires by itself. */
        if (dht->up && (wish->told_listen || wish->told_put)) {
            (void)say(dht, line, prom_dht_write_key(line, "forget", key));
        }
        *wish = (struct wish){.known = wish->known, .key = wish->key};
    }
}

void prom_dht_unlisten(prom_dht *dht, const prom_dht_key *key)
{
    char line[PROM_DHT_LINE_MAX];
    struct wish *wish = wish_of(dht, key, false);
    if (wish == NULL || wish->length == 0) {
        prom_dht_forget(dht, key);
        return;
    }
    if (dht->up && wish->told_listen) {
        (void)say(dht, line, prom_dht_write_key(line, "forget", key)); /* both; and it is told to put again */
        wish->told_put = false;
    }
    wish->listens = false;
    wish->told_listen = false;
}

/* -- For the loop -- */

int prom_dht_descriptor(const prom_dht *dht)
{
    return dht->epoll;
}

int64_t prom_dht_due(const prom_dht *dht)
{
    if (dht->child.pid == 0) {
        return dht->next_start;
    }
    if (!dht->up) {
        return dht->started_at + PROM_DHT_READY_MS;
    }
    for (size_t i = 0; i < PROM_DHT_KEYS_MAX; i++) {
        const struct wish *wish = &dht->wishes[i];
        if (wish->used && ((wish->listens && !wish->told_listen) || (wish->length > 0 && !wish->told_put)) &&
            dht->out_length == 0) {
            return INT64_MIN; /* something to tell, and room for it */
        }
    }
    const int64_t gives_up = dht->answered_at + PROM_DHT_ASK_MS + PROM_DHT_PATIENCE_MS;
    const int64_t asks = dht->asked_at + PROM_DHT_ASK_MS;
    return asks < gives_up ? asks : gives_up;
}

prom_dht_status prom_dht_status_of(const prom_dht *dht)
{
    return (prom_dht_status){dht->up,          dht->port, dht->starts, dht->said.bytes_in, dht->said.bytes_out,
                             dht->said.dropped};
}
