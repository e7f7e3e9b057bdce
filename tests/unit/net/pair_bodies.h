/* Nodes that serve and fetch a body, on top of pair.h. */
#ifndef PROMETHEUS_TEST_NET_PAIR_BODIES_H
#define PROMETHEUS_TEST_NET_PAIR_BODIES_H

#include "net/pair.h"

#include <sys/stat.h>

enum { CHUNK = PROM_CHUNK_BYTES, SERVERS = 3 };

static inline void write_file(const char *path, size_t length)
{
    uint64_t random = length;
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < length; i += 8) {
        const uint64_t value = next_random(&random);
        assert_int_equal(fwrite(&value, 1, length - i < 8 ? length - i : 8, file), length - i < 8 ? length - i : 8);
    }
    assert_int_equal(fclose(file), 0);
}

/* Changes one byte. */
static inline void spoil_file(const char *path, long offset)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    const int byte = fgetc(file);
    assert_true(byte >= 0);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
    assert_int_equal(fclose(file), 0);
}

static inline bool same_files(const char *a, const char *b)
{
    char command[3 * PATH_MAX];
    (void)snprintf(command, sizeof command, "cmp -s '%.4095s' '%.4095s'", a, b);
    return system(command) == 0;
}

static inline bool copy_file(const char *from, const char *to)
{
    char command[3 * PATH_MAX];
    (void)snprintf(command, sizeof command, "cp '%.4095s' '%.4095s'", from, to);
    return system(command) == 0;
}

static inline bool is_there(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

/* One that fetches, and some that serve the same body, each a node of its own. */
struct pair {
    struct side client;
    struct side servers[SERVERS];
    uint64_t links[SERVERS]; /* the client's */
    size_t count;
    prom_net_order order;
    char body[PATH_MAX]; /* as it should be */
};

static inline void poll_pair(struct pair *it)
{
    poll_side(&it->client);
    for (size_t i = 0; i < it->count; i++) {
        if (it->servers[i].net != NULL) {
            poll_side(&it->servers[i]);
        }
    }
}

#define UNTIL_ALL(done, it)                                                                                            \
    do {                                                                                                               \
        const int64_t end_ = prom_clock_milliseconds() + 60000;                                                        \
        while (!(done) && prom_clock_milliseconds() < end_) {                                                          \
            poll_pair(it);                                                                                             \
        }                                                                                                              \
        assert_true(done);                                                                                             \
    } while (0)

/* Of the same file one of many hashes: as bodies of different contracts have. `before` bytes are hashed before it. */
static inline void name_body(struct pair *it, uint64_t number, size_t before)
{
    uint8_t bytes[4096];
    size_t got = 0;
    prom_hasher_init(&it->order.hasher, "test/body");
    for (size_t i = 0; i < before; i++) {
        prom_hasher_add_number(&it->order.hasher, number, 1);
    }
    prom_hasher hasher = it->order.hasher;
    for (size_t i = 0; i < it->count; i++) {
        it->servers[i].served.hasher = hasher;
    }
    FILE *file = fopen(it->body, "rb");
    assert_non_null(file);
    while ((got = fread(bytes, 1, sizeof bytes, file)) > 0) {
        prom_hasher_add(&hasher, prom_span_of(bytes, got));
    }
    assert_int_equal(fclose(file), 0);
    prom_hasher_finish(&hasher, &it->order.hash);
}

static inline void open_server(fixture *test, struct side *side, const prom_net_limits *limits, size_t number)
{
    char path[128];
    side_make(test, side, limits, (uint8_t)(10 + number));
    (void)snprintf(path, sizeof path, "%s/socket", side->folder);
    side->address = address_of(path);
    assert_ok(prom_net_listen(side->net, &side->address, &test->error), &test->error);
}

static inline void open_client(struct pair *it, fixture *test, const prom_net_limits *limits)
{
    side_make(test, &it->client, limits, 9);
    for (size_t i = 0; i < it->count; i++) {
        UNTIL_ALL((it->links[i] = prom_net_link_to(it->client.net, &it->servers[i].address, NULL)) != 0, it);
    }
}

static inline void open_some(fixture *test, struct pair *it, size_t count, size_t length, uint32_t stall_ms)
{
    prom_net_limits limits = prom_net_limits_usual();
    limits.stall_ms = stall_ms;
    *it = (struct pair){.count = count};
    for (size_t i = 0; i < count; i++) {
        open_server(test, &it->servers[i], &limits, i);
        (void)snprintf(it->servers[i].served.path, PATH_MAX, "%s/body", it->servers[i].folder);
    }
    (void)snprintf(it->body, sizeof it->body, "%s/true", it->servers[0].folder);
    write_file(it->body, length);
    for (size_t i = 0; i < count; i++) {
        assert_true(copy_file(it->body, it->servers[i].served.path));
    }
    open_client(it, test, &limits);
    it->order =
        (prom_net_order){.channel = bytes_of(1), .what = PROM_BODY_INPUT, .length_min = length, .length_max = length};
    name_body(it, 0, 33); /* as of a package: no whole block */
    (void)snprintf(it->order.path, sizeof it->order.path, "%s/body", it->client.folder);
    (void)snprintf(it->order.part, sizeof it->order.part, "%s/body.part", it->client.folder);
}

static inline void open_pair(fixture *test, struct pair *it, size_t length)
{
    open_some(test, it, 1, length, 30 * 1000);
}

/* Of the first, and of so many others. */
static inline void begin_with(struct pair *it, size_t count)
{
    fixture *test = it->client.test;
    assert_ok(prom_net_fetch(it->client.net, it->links[0], &it->order, &test->error), &test->error);
    for (size_t i = 1; i < count; i++) {
        prom_net_fetch_also(it->client.net, it->links[i], &it->order.channel, it->order.what, &it->order.hash);
    }
}

static inline void begin(struct pair *it)
{
    begin_with(it, 1);
}

static inline void comes_whole(struct pair *it)
{
    const size_t before = it->client.fetched;
    UNTIL_ALL(it->client.fetched > before, it);
    assert_string_equal(it->client.fetch_reason, "");
    assert_true(same_files(it->order.path, it->body));
    assert_false(is_there(it->order.part));
}

static inline void fails(struct pair *it, const char *reason)
{
    const size_t before = it->client.fetched;
    UNTIL_ALL(it->client.fetched > before, it);
    assert_string_equal(it->client.fetch_reason, reason);
    assert_false(is_there(it->order.path));
}

static inline void close_pair(struct pair *it)
{
    for (size_t i = 0; i < it->count; i++) {
        side_close(&it->servers[i]);
    }
    side_close(&it->client);
}

/* The link for bodies of a side, NULL where there is none. */
static inline struct link *bodies_of(struct side *side)
{
    for (size_t i = 0; i < side->net->links_used; i++) {
        if (side->net->links[i].id != 0 && side->net->links[i].bodies != NULL && side->net->links[i].up) {
            return &side->net->links[i];
        }
    }
    return NULL;
}

/* A peer without manners that has a link for messages with a side, and one for bodies. */
struct rude_node {
    int messages;
    int bodies;
};

static inline int rude_link(struct side *side, uint8_t key, uint64_t features)
{
    const int descriptor = rude_peer(side);
    prom_packet hello = hello_by(side->test, descriptor, key, PROM_LINK_DIALER);
    hello.as.hello.features = features;
    rude_send(descriptor, framed(side->test, &hello));
    let_pass(side, 5);
    return descriptor;
}

static inline struct rude_node rude_node_of(struct side *side, uint8_t key)
{
    const int messages = rude_link(side, key, 0);
    return (struct rude_node){messages, rude_link(side, key, PROM_FEATURE_BODIES)};
}

static inline void rude_node_close(const struct rude_node *node)
{
    rude_close(node->bodies);
    rude_close(node->messages);
}

#endif
