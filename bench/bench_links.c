/* Measures links between two nodes of one process over loopback, each in a thread of its own: what it costs to open
 * one, how long an envelope is under way, and what memory a link takes. docs/performance.md has the results on a named
 * machine. */
#include "net/pair.h"

#include <malloc.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum { HANDSHAKES = 300, ROUNDS = 5000, QUIET = 100 };

static double seconds(clockid_t clock)
{
    struct timespec now;
    assert_int_equal(clock_gettime(clock, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* -- The other node, in its thread -- */

struct server {
    struct side side;
    atomic_bool stop;
    double cpu;
    pthread_t thread;
};

static void answer(void *context, uint64_t link, const prom_envelope *envelope)
{
    struct side *side = context;
    (void)!prom_net_send(side->net, link, envelope);
}

static void *serve(void *context)
{
    struct server *server = context;
    while (!atomic_load(&server->stop)) {
        poll_side(&server->side);
    }
    server->cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
    return NULL;
}

static void start(struct server *server)
{
    atomic_store(&server->stop, false);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static double stop(struct server *server)
{
    atomic_store(&server->stop, true);
    assert_int_equal(pthread_join(server->thread, NULL), 0);
    return server->cpu;
}

static void listen_at(struct side *side)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof name;
    char text[64];
    const int probe = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(probe, (const struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(getsockname(probe, (struct sockaddr *)&name, &length), 0);
    (void)close(probe);
    (void)snprintf(text, sizeof text, "127.0.0.1:%u", ntohs(name.sin_port));
    side->address = address_of(text);
    assert_ok(prom_net_listen(side->net, &side->address, &side->test->error), &side->test->error);
}

static void open_both(fixture *test, struct server *server, struct side *client)
{
    prom_net_limits limits = prom_net_limits_usual();
    limits.packets_a_second = 1 << 20;
    limits.bytes_a_second = 1 << 30; /* what is possible, not what a peer may */
    side_make(test, &server->side, &limits, 3);
    side_make(test, client, &limits, 4);
    listen_at(&server->side);
}

static void close_both(struct server *server, struct side *client)
{
    side_close(client);
    side_close(&server->side);
}

static uint64_t reach(struct side *client, const struct server *server)
{
    uint64_t link = 0;
    while (link == 0) {
        link = prom_net_link_to(client->net, &server->side.address, &server->side.key.public_key);
        poll_side(client);
    }
    return link;
}

/* -- What is measured -- */

/* Both sides in one thread: what both do is counted, and no waiting. */
static void bench_handshakes(fixture *test)
{
    struct server server;
    struct side client;
    open_both(test, &server, &client);
    const double begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (unsigned i = 0; i < HANDSHAKES; i++) {
        const size_t ups = client.ups;
        const size_t downs = client.downs;
        client.net->dials[0] = (struct dial){0}; /* at once, without the wait after a failure */
        while (client.ups == ups || server.side.ups == ups) {
            (void)prom_net_link_to(client.net, &server.side.address, &server.side.key.public_key);
            assert_ok(prom_net_poll(client.net, 0, &test->error), &test->error);
            assert_ok(prom_net_poll(server.side.net, 0, &test->error), &test->error);
        }
        prom_net_end(client.net, client.link, "enough");
        while (client.downs == downs || server.side.downs == downs) {
            poll_side(&client);
            poll_side(&server.side);
        }
    }
    (void)printf("| a link until it is up, CPU of both sides | %.2f ms |\n",
                 (seconds(CLOCK_PROCESS_CPUTIME_ID) - begin) * 1e3 / HANDSHAKES);
    close_both(&server, &client);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void bench_latency(fixture *test)
{
    static double took[ROUNDS];
    static const uint8_t body[1000];
    struct server server;
    struct side client;
    open_both(test, &server, &client);
    server.side.net->events.envelope = answer;
    start(&server);
    const uint64_t link = reach(&client, &server);
    const prom_envelope envelope = envelope_of(1, prom_span_of(body, sizeof body));
    for (size_t i = 0; i < ROUNDS; i++) {
        const double begin = seconds(CLOCK_MONOTONIC);
        const size_t before = client.envelopes;
        assert_true(prom_net_send(client.net, link, &envelope));
        while (client.envelopes == before) {
            assert_ok(prom_net_poll(client.net, 1000, &test->error), &test->error);
        }
        took[i] = (seconds(CLOCK_MONOTONIC) - begin) * 1e6 / 2;
    }
    qsort(took, ROUNDS, sizeof took[0], by_value);
    (void)printf("| an envelope of 1 kB, one way: half of them, 99 of 100 | %.0f us, %.0f us |\n", took[ROUNDS / 2],
                 took[ROUNDS * 99 / 100]);
    (void)stop(&server);
    close_both(&server, &client);
}

static void bench_memory(fixture *test)
{
    struct server server;
    struct side client;
    int peers[QUIET];
    open_both(test, &server, &client);
    char path[128];
    (void)snprintf(path, sizeof path, "%s/socket", server.side.folder);
    server.side.address = address_of(path);
    assert_ok(prom_net_listen(server.side.net, &server.side.address, &test->error), &test->error);
    rude_close(rude_peer(&server.side)); /* what is made once */
    const size_t before = mallinfo2().uordblks;
    for (unsigned i = 0; i < QUIET; i++) {
        peers[i] = rude_peer(&server.side);
        rude_send(peers[i], rude_hello(test, peers[i]));
        let_pass(&server.side, 2);
    }
    const size_t all = mallinfo2().uordblks - before;
    for (unsigned i = 0; i < QUIET; i++) {
        rude_close(peers[i]);
    }
    const size_t left = mallinfo2().uordblks - before; /* our side of them */
    (void)printf("| a link that is up and quiet, memory beside its buffers | %.1f kB |\n", (double)left / QUIET / 1e3);
    assert_true(left < all);
    close_both(&server, &client);
}

static void test_all(void **state)
{
    (void)printf("| | |\n|---|---|\n");
    bench_handshakes(*state);
    bench_latency(*state);
    bench_memory(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
