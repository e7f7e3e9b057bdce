/* Measures one node under load: how much memory and processor time 200 links and 50 contracts in progress take, and how
 * long others wait for the answer to a ping meanwhile, also while a block comes that touches every contract. The node
 * follows no bitcoind, its blocks are told by the bench (tests/unit/node/host.h); links are TCP and TLS over loopback,
 * of a process beside it, each of another key; half of them are kept, as those of contracts are. Over each goes a ping
 * a second. docs/performance.md has the results on a named machine. */
#include "node/host.h"

#include "port.h"

#include "../tools/hostile.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "net/parts.h"

enum {
    LINKS = 200,
    AT_ONCE = 16, /* are opened */
    KEPT = 100,
    CONTRACTS = 50,
    SECONDS = 20,       /* of each row, */
    SETTLE_SECONDS = 3, /* and before it */
    PING_MS = 1000,
    TIMES_MAX = 1 << 16,
    PATIENCE_MS = 60000,
    TURN_MS = 20,
    MICROSECONDS = 1000000,
};

/* What the others tell us. */
struct heard {
    volatile size_t up;
    volatile size_t times;
    volatile bool over;
    int64_t time[TIMES_MAX]; /* microseconds that each ping took */
};
static struct heard *heard;

static int64_t now_microseconds(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (int64_t)now.tv_sec * MICROSECONDS + now.tv_nsec / 1000;
}

/* -- The others -- */

struct other {
    struct peer peer;
    int64_t pinged_at;
    bool waits; /* for the pong */
};

static void hear(struct other *other)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_packet packet;
    prom_arena_init(&arena, (size_t)1 << 22);
    while (peer_hear(&other->peer, &arena, &packet)) {
        if (packet.kind == PROM_PACKET_PONG && other->waits && heard->times < TIMES_MAX) {
            heard->time[heard->times] = now_microseconds() - other->pinged_at;
            heard->times++;
        }
        other->waits = other->waits && packet.kind != PROM_PACKET_PONG;
    }
}

static void go_on(struct to *to, struct other *other, bool readable)
{
    struct peer *peer = &other->peer;
    if (peer->stage != PEER_OPEN) {
        if (readable) {
            peer_greet(to, peer);
        }
        assert_int_not_equal(peer->stage, PEER_GONE);
        if (peer->stage == PEER_OPEN) {
            const prom_packet hello = peer_hello(to, peer, PROM_LINK_DIALER);
            assert_true(peer_say(peer, &hello));
            peer_write(peer);
            other->pinged_at = now_microseconds();
            heard->up++;
        }
        return;
    }
    if (readable) {
        peer_read(peer, true);
        assert_int_equal(peer->stage, PEER_OPEN);
        hear(other);
    }
    if (!other->waits && now_microseconds() - other->pinged_at >= (int64_t)PING_MS * 1000) {
        const prom_packet ping = {.kind = PROM_PACKET_PING, .as.ping = 1};
        other->pinged_at = now_microseconds();
        other->waits = true;
        assert_true(peer_say(peer, &ping));
        peer_write(peer);
    }
}

static void be_others(fixture *test, const char *address)
{
    static struct other others[LINKS];
    struct pollfd watched[LINKS];
    struct to to = to_node(test, address);
    size_t opened = 0;
    to.networks = LINKS;
    while (!heard->over) {
        for (; opened < LINKS && opened < heard->up + AT_ONCE; opened++) {
            peer_open(&to, &others[opened].peer, "other");
        }
        for (size_t i = 0; i < opened; i++) {
            const struct peer *peer = &others[i].peer;
            watched[i] =
                (struct pollfd){.fd = peer->descriptor, .events = peer->stage == PEER_CONNECTS ? POLLOUT : POLLIN};
        }
        (void)poll(watched, (nfds_t)opened, 2);
        for (size_t i = 0; i < opened; i++) {
            go_on(&to, &others[i], watched[i].revents != 0);
        }
    }
    _exit(0);
}

/* -- The node -- */

/* All of a node's turn but for the chain; and links of strangers are made such of contracts, as many as are to be. */
static void turn(prom_node *node)
{
    prom_error error;
    size_t kept = 0;
    assert_ok(prom_net_poll(node->net, TURN_MS, &error), &error);
    prom_node_mail_turn(node);
    prom_node_go_on_beginning(node);
    prom_node_look_at_wants(node);
    (void)prom_node_sign(node);
    (void)prom_node_take_jobs(node);
    prom_node_guests_turn(node);
    for (size_t i = 0; i < node->net->links_used; i++) {
        kept += node->net->links[i].kept > 0 ? 1 : 0;
    }
    for (size_t i = 0; i < node->net->links_used && kept < KEPT; i++) {
        const struct link *link = &node->net->links[i];
        if (link->up && link->kept == 0) {
            prom_net_keep(node->net, link->id);
            kept++;
        }
    }
}

static double processor_seconds(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / MICROSECONDS;
}

static double megabytes(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*u %lu", &pages), 1);
    assert_int_equal(fclose(file), 0);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static int compare_times(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;
    return (*x > *y) - (*x < *y);
}

/* A row; with `tx`, half of the time a block with it comes. */
static void measure(struct host *host, double empty, const prom_tx *tx)
{
    static int64_t times[TIMES_MAX];
    const int64_t settled = now_microseconds() + (int64_t)SETTLE_SECONDS * MICROSECONDS;
    double block = 0;
    while (now_microseconds() < settled) { /* pings that waited while something else was done */
        turn(host->node);
    }
    const int64_t begun = now_microseconds();
    const double spent = processor_seconds();
    heard->times = 0;
    while (now_microseconds() - begun < (int64_t)SECONDS * MICROSECONDS) {
        turn(host->node);
        if (tx != NULL && now_microseconds() - begun >= (int64_t)SECONDS * MICROSECONDS / 2) {
            block = processor_seconds();
            host_block(host, &tx, 1);
            block = processor_seconds() - block;
            tx = NULL;
        }
    }
    const size_t count = heard->times;
    memcpy(times, heard->time, count * sizeof times[0]);
    qsort(times, count, sizeof times[0], compare_times);
    assert_true(count > 0);
    (void)printf("| %zu | %zu | %.1f | %.1f %% | %.3f | %zu | %.2f | %.2f | %.2f |\n", host->node->channel_count,
                 prom_net_link_count(host->node->net), megabytes() - empty,
                 100 * (processor_seconds() - spent) / SECONDS, block, count, (double)times[count / 2] / 1000,
                 (double)times[count * 99 / 100] / 1000, (double)times[count - 1] / 1000);
    (void)fflush(stdout);
}

static void gather(struct host *host, const char *address)
{
    const int64_t end = prom_clock_milliseconds() + PATIENCE_MS;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        be_others(host->test, address);
    }
    while (heard->up < LINKS || heard->times < LINKS) {
        assert_true(prom_clock_milliseconds() < end);
        turn(host->node);
    }
}

/* Contracts whose Tx0 is about to be in a block, in turns as client, worker, verifier and arbiter. */
static void give_contracts(struct host *host)
{
    static const size_t places[] = {PLACE_C, PLACE_W, PLACE_V, PLACE_A};
    (void)host_pay(host, CONTRACTS);
    host_mine_to(host, VALID_TIP);
    for (size_t i = 0; i < CONTRACTS; i++) {
        (void)host_give(host, places[i % COUNT_OF(places)]);
    }
}

static void test_load(void **state)
{
    char address[64];
    struct host *host = host_make(*state, PROM_ROLE_WORKER);
    prom_address *listens = &host->options.config.address;
    heard = mmap(NULL, sizeof *heard, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(heard, MAP_FAILED);
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", free_port(AF_INET));
    listens->length = (uint8_t)snprintf((char *)listens->bytes, sizeof listens->bytes, "%s", address);
    host_open(host);
    const double empty = megabytes();
    (void)printf(
        "| contracts | links | memory beside that of an empty node, MB | CPU | of a block, s | pings | median, ms | "
        "99 %%, ms | slowest, ms |\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    gather(host, address);
    measure(host, empty, NULL);
    give_contracts(host);
    host_block(host, NULL, 0);
    const prom_tx *tx0 = world_tx(host->world, PROM_TX0);
    host_block(host, &tx0, 1);
    measure(host, empty, NULL);
    measure(host, empty, world_tx(host->world, PROM_TX4));
    heard->over = true;
    (void)wait(NULL);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_load)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
