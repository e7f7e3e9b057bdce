/* Measures a body of a gibibyte over loopback between nodes that are processes of their own: the clock, processor time
 * of both sides, the most memory of either; from one node and from three, and killed in the middle and resumed. Beside
 * it, curl fetches the same file from openssl's server by TLS 1.3, which proves nothing about it, and sha256sum reads
 * it. Files lie in $TMPDIR, or in /tmp. docs/performance.md has the results on a named machine. */
#include "net/pair_bodies.h"

#include "port.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

enum { BODY_MIB = 1024, ROUNDS = 3 };
static const double body_megabytes = BODY_MIB * 1048576.0 / 1e6;

/* What a child did. */
struct cost {
    double seconds;
    double processor;
    double megabytes; /* of memory, at most */
};

/* What children tell us. */
struct told {
    double seconds;
    uint32_t proven; /* chunks, so far */
};
static struct told *told;

static char folder[64];
static prom_net_order order;

static double now_seconds(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct cost wait_for(pid_t child)
{
    struct rusage usage;
    int status = 0;
    assert_int_equal(wait4(child, &status, 0, &usage), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return (struct cost){.processor = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 +
                                      (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6,
                         .megabytes = (double)usage.ru_maxrss * 1024 / 1e6};
}

static struct cost end(pid_t child)
{
    assert_int_equal(kill(child, SIGKILL), 0);
    return wait_for(child);
}

static void path_in(char path[PATH_MAX], const char *name)
{
    (void)snprintf(path, PATH_MAX, "%s/%s", folder, name);
}

/* -- Nodes -- */

/* A node that serves the body at 127.0.0.1:PORT until it is ended. */
static pid_t start_server(fixture *test, unsigned port, uint8_t key)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0) {
        return child;
    }
    struct side side;
    char text[64];
    const prom_net_limits limits = prom_net_limits_usual();
    side_make(test, &side, &limits, key);
    (void)rmdir(side.folder);
    (void)snprintf(text, sizeof text, "127.0.0.1:%u", port);
    side.address = address_of(text);
    assert_ok(prom_net_listen(side.net, &side.address, &test->error), &test->error);
    path_in(side.served.path, "body");
    side.served.hasher = order.hasher;
    while (true) {
        assert_ok(prom_net_poll(side.net, 1000, &test->error), &test->error);
    }
}

/* A node that fetches it from those, tells how long it took from the first request on, and ends. */
static pid_t start_client(fixture *test, const unsigned *ports, size_t count)
{
    *told = (struct told){0};
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0) {
        return child;
    }
    struct side side;
    uint64_t links[SERVERS] = {0};
    const prom_net_limits limits = prom_net_limits_usual();
    side_make(test, &side, &limits, 9);
    (void)rmdir(side.folder);
    for (size_t i = 0; i < count; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "127.0.0.1:%u", ports[i]);
        const prom_address address = address_of(text);
        while ((links[i] = prom_net_link_to(side.net, &address, NULL)) == 0) {
            assert_ok(prom_net_poll(side.net, 100, &test->error), &test->error);
        }
    }
    const double begin = now_seconds();
    assert_ok(prom_net_fetch(side.net, links[0], &order, &test->error), &test->error);
    for (size_t i = 1; i < count; i++) {
        prom_net_fetch_also(side.net, links[i], &order.channel, order.what, &order.hash);
    }
    while (side.fetched == 0) {
        assert_ok(prom_net_poll(side.net, 1000, &test->error), &test->error);
        told->proven = side.net->transfers[0].proven;
    }
    assert_string_equal(side.fetch_reason, "");
    told->seconds = now_seconds() - begin;
    _exit(0);
}

static void print_row(const char *what, const struct cost costs[2])
{
    const struct cost *fetch = &costs[0];
    const struct cost *serve = &costs[1];
    (void)printf("| %s | %.2f s, %.0f MB/s | %.2f s, %.0f MB/s | %.2f s, %.0f MB/s | %.1f, %.1f MB |\n", what,
                 fetch->seconds, body_megabytes / fetch->seconds, fetch->processor, body_megabytes / fetch->processor,
                 serve->processor, body_megabytes / serve->processor, fetch->megabytes, serve->megabytes);
    (void)fflush(stdout);
}

static void add(struct cost *sum, const struct cost *cost)
{
    sum->seconds += cost->seconds;
    sum->processor += cost->processor;
    sum->megabytes = cost->megabytes > sum->megabytes ? cost->megabytes : sum->megabytes;
}

/* What has come is the body, and is gone for the next. */
static void take_away(void)
{
    char body[PATH_MAX];
    path_in(body, "body");
    assert_true(same_files(body, order.path));
    assert_int_equal(unlink(order.path), 0);
}

/* Keeps the round that cost who fetches the least: others disturb it, and nothing makes it cheaper. */
static void keep_least(struct cost least[2], const struct cost *fetch, const struct cost *serve)
{
    if (least[0].processor == 0 || fetch->processor < least[0].processor) {
        least[0] = *fetch;
        least[1] = *serve;
    }
}

static void bench_nodes(fixture *test, struct cost least[2], size_t count)
{
    pid_t servers[SERVERS];
    unsigned ports[SERVERS];
    struct cost serve = {0};
    for (size_t i = 0; i < count; i++) {
        ports[i] = free_port(AF_INET);
        servers[i] = start_server(test, ports[i], (uint8_t)(10 + i));
    }
    struct cost fetch = wait_for(start_client(test, ports, count));
    fetch.seconds = told->seconds;
    for (size_t i = 0; i < count; i++) {
        const struct cost its = end(servers[i]);
        add(&serve, &its);
    }
    keep_least(least, &fetch, &serve);
    take_away();
}

/* Killed when half of it is proven, as by kill -9. */
static void bench_interrupted(fixture *test, struct cost least[2])
{
    const unsigned port = free_port(AF_INET);
    const pid_t server = start_server(test, port, 10);
    const double begin = now_seconds();
    const pid_t first = start_client(test, &port, 1);
    while (((volatile struct told *)told)->proven < BODY_MIB / 2) {
        (void)usleep(1000);
    }
    struct cost fetch = end(first);
    fetch.seconds = now_seconds() - begin;
    struct cost second = wait_for(start_client(test, &port, 1));
    second.seconds = told->seconds;
    add(&fetch, &second);
    const struct cost serve = end(server);
    keep_least(least, &fetch, &serve);
    take_away();
}

/* -- Others -- */

/* In the folder; the shell becomes the program. */
static pid_t start_command(const char *command)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0) {
        return child;
    }
    if (chdir(folder) == 0) {
        (void)execlp("sh", "sh", "-c", command, (char *)NULL);
    }
    _exit(127);
}

static bool works(const char *command)
{
    int status = 0;
    return waitpid(start_command(command), &status, 0) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static struct cost time_of(const char *command)
{
    const double begin = now_seconds();
    struct cost cost = wait_for(start_command(command));
    cost.seconds = now_seconds() - begin;
    return cost;
}

static bool make_certificate(void)
{
    return works("curl --version > out && openssl req -x509 -newkey ed25519 -nodes -keyout key -out certificate "
                 "-days 1 -subj /CN=127.0.0.1 2> out");
}

static void bench_curl(struct cost least[2])
{
    char serve[256];
    char fetch[256];
    const unsigned port = free_port(AF_INET);
    (void)snprintf(
        serve, sizeof serve,
        "exec openssl s_server -tls1_3 -WWW -key key -cert certificate -accept %u -quiet < /dev/null > out 2>&1", port);
    (void)snprintf(
        fetch, sizeof fetch,
        "exec curl -ks --tlsv1.3 --tls13-ciphers TLS_AES_128_GCM_SHA256 -o fetched https://127.0.0.1:%u/body", port);
    const pid_t server = start_command(serve);
    (void)usleep(500000); /* to ask it whether it is there would cost it something */
    const struct cost fetched = time_of(fetch);
    const struct cost served = end(server);
    keep_least(least, &fetched, &served);
    take_away();
}

/* -- All -- */

static void make_body(void)
{
    static uint8_t block[1 << 20];
    uint64_t random = 1;
    char path[PATH_MAX];
    path_in(path, "body");
    path_in(order.path, "fetched");
    path_in(order.part, "fetched.part");
    order.channel = bytes_of(1);
    order.what = PROM_BODY_INPUT;
    order.length_min = order.length_max = (uint64_t)BODY_MIB << 20;
    prom_hasher_init_plain(&order.hasher);
    prom_hasher hasher = order.hasher;
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (unsigned i = 0; i < BODY_MIB; i++) {
        random_bytes(&random, block, 4096);
        assert_int_equal(fwrite(block, 1, sizeof block, file), sizeof block);
        prom_hasher_add(&hasher, prom_span_of(block, sizeof block));
    }
    assert_int_equal(fclose(file), 0);
    prom_hasher_finish(&hasher, &order.hash);
}

static void test_all(void **state)
{
    char command[128];
    const char *where = getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%s/prom-bodies-XXXXXX", where == NULL ? "/tmp" : where);
    assert_non_null(mkdtemp(folder));
    told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(told, MAP_FAILED);
    make_body();
    struct cost one[2] = {0};
    struct cost three[2] = {0};
    struct cost interrupted[2] = {0};
    struct cost curl[2] = {0};
    struct cost hash[2] = {0};
    const bool has_curl = make_certificate();
    for (unsigned round = 0; round < ROUNDS; round++) {
        bench_nodes(*state, one, 1);
        bench_nodes(*state, three, SERVERS);
        bench_interrupted(*state, interrupted);
        if (has_curl) {
            bench_curl(curl);
        }
        const struct cost hashed = time_of("exec sha256sum body > out");
        keep_least(hash, &hashed, &hashed);
    }
    (void)printf("| a body of 1 GiB, the least of %u rounds | clock | CPU of who fetches | CPU of who serves | memory, "
                 "either |\n|---|---|---|---|---|\n",
                 ROUNDS);
    print_row("a node, from one", one);
    print_row("a node, from three", three);
    print_row("a node, killed at the half and resumed", interrupted);
    if (has_curl) {
        print_row("curl, from openssl s_server, nothing checked", curl);
    }
    (void)printf("| sha256sum of the file | %.2f s | %.2f s, %.0f MB/s | | |\n", hash[0].seconds, hash[0].processor,
                 body_megabytes / hash[0].processor);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
