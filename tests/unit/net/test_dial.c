/* Addresses that links are kept to. */
#include "net/pair.h"

#include <netinet/in.h>
#include <sys/stat.h>

static prom_address address_in(const struct side *side, const char *name, unsigned number)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s%u", side->folder, name, number);
    return address_of(path);
}

/* A killed process leaves its socket's file: the next one listens there all the same; a file that is no socket stays.
 */
static void test_a_socket_that_was_left_over(void **state)
{
    fixture *test = *state;
    struct side a;
    struct stat status;
    char path[256];
    side_open(test, &a);
    (void)snprintf(path, sizeof path, "%s/left", a.folder);
    const prom_address left = address_of(path);
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    memcpy(name.sun_path, left.bytes, left.length);
    const int killed = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(killed, (const struct sockaddr *)&name, sizeof name), 0);
    (void)close(killed);
    const prom_net_limits limits = prom_net_limits_usual();
    const prom_net_options options = options_of(&a, &limits, 1);
    const prom_net_events events = events_of(&a);
    prom_net *net = NULL;
    assert_ok(prom_net_new(&net, &options, &events, &test->error), &test->error);
    assert_ok(prom_net_listen(net, &left, &test->error), &test->error);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700); /* the owner's alone */
    for (unsigned i = 1; i < PROM_NET_LISTENERS_MAX; i++) {
        const prom_address other = address_in(&a, "other", i);
        assert_ok(prom_net_listen(net, &other, &test->error), &test->error);
    }
    assert_fails(prom_net_listen(net, &left, &test->error), PROM_CATEGORY_MISUSE, &test->error, "4 addresses");
    prom_net_free(net);
    assert_int_not_equal(stat(path, &status), 0);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_ok(prom_net_new(&net, &options, &events, &test->error), &test->error);
    assert_fails(prom_net_listen(net, &left, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, "in use");
    assert_int_equal(stat(path, &status), 0);
    prom_net_free(net);
    side_close(&a);
}

/* However many there are who do not answer, and how often they are asked for: a link that is up stays, and whoever
 * comes to listen is reached. */
static void test_who_is_gone_ends_no_link(void **state)
{
    enum { GONE = 2 * PROM_NET_DIALS_MAX };
    fixture *test = *state;
    struct side a;
    struct side b;
    struct side c;
    side_open(test, &a);
    side_open(test, &b);
    side_open(test, &c);
    link_up(&a, &b);
    for (unsigned turn = 0; turn < 50 && prom_net_link_to(a.net, &c.address, NULL) == 0; turn++) {
        for (unsigned i = 0; i < GONE; i++) {
            const prom_address gone = address_in(&a, "gone", i);
            assert_int_equal(prom_net_link_to(a.net, &gone, NULL), 0);
        }
        poll_side(&a);
        poll_side(&c);
        poll_side(&a);
    }
    assert_int_not_equal(prom_net_link_to(a.net, &c.address, NULL), 0);
    assert_int_not_equal(prom_net_link_to(a.net, &b.address, NULL), 0);
    assert_int_equal(a.downs, 0);
    side_close(&a);
    side_close(&b);
    side_close(&c);
}

/* Who answers, and is asked for no more, makes room where all answer. */
static void test_addresses_make_room(void **state)
{
    fixture *test = *state;
    struct side a;
    struct side b;
    int listeners[PROM_NET_DIALS_MAX];
    side_open(test, &a);
    side_open(test, &b);
    link_up(&a, &b);
    let_pass(&a, 5);
    for (unsigned i = 0; i < PROM_NET_DIALS_MAX; i++) {
        const prom_address its = address_in(&a, "other", i);
        struct sockaddr_un name = {.sun_family = AF_UNIX};
        memcpy(name.sun_path, its.bytes, its.length);
        listeners[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        assert_int_equal(bind(listeners[i], (const struct sockaddr *)&name, sizeof name), 0);
        assert_int_equal(listen(listeners[i], 1), 0);
        (void)prom_net_link_to(a.net, &its, NULL);
        poll_side(&a);
        const int peer = accept(listeners[i], NULL, NULL);
        if (peer >= 0) {
            const size_t before = a.ups;
            rude_shake(peer, &a, false);
            rude_send(peer,
                      framed(test, &(prom_packet){.kind = PROM_PACKET_HELLO,
                                                  .as.hello = hello_by(test, peer, 7, PROM_LINK_LISTENER).as.hello}));
            for (unsigned turn = 0; turn < 100 && a.ups == before; turn++) {
                poll_side(&a);
            }
            rude_close(listeners[i]);
            listeners[i] = peer;
        }
    }
    UNTIL(a.downs == 1, &a, &b);
    assert_string_equal(a.reason, "it makes room for a link to another");
    for (unsigned i = 0; i < PROM_NET_DIALS_MAX; i++) {
        rude_close(listeners[i]);
    }
    side_close(&a);
    side_close(&b);
}

/* Nobody there is tried more and more rarely. */
static void test_waits_grow(void **state)
{
    fixture *test = *state;
    struct side a;
    struct side b;
    side_open(test, &a);
    side_open(test, &b);
    const prom_address address = b.address;
    prom_net_free(b.net);
    b.net = NULL;
    (void)prom_net_link_to(a.net, &address, NULL);
    let_pass(&a, 20);
    assert_true(prom_net_due(a.net) <= 100);
    let_pass(&a, 400);
    assert_true(prom_net_due(a.net) > 100);
    side_close(&a);
    side_close(&b);
}

/* What is given up is not tried again, whoever comes to listen; a link that is up stays. */
static void test_what_is_given_up(void **state)
{
    fixture *test = *state;
    struct side a;
    struct side b;
    side_open(test, &a);
    side_open(test, &b);
    const prom_address gone = address_in(&a, "gone", 0);
    (void)prom_net_link_to(a.net, &gone, NULL);
    let_pass(&a, 20);
    const size_t failures = a.failures;
    assert_true(failures > 0);
    prom_net_give_up(a.net, &gone, NULL);
    assert_ok(prom_net_listen(b.net, &gone, &test->error), &test->error);
    for (unsigned turn = 0; turn < 60; turn++) {
        let_pass(&a, 5);
        poll_side(&b);
    }
    assert_int_equal(a.ups, 0);
    UNTIL(prom_net_link_to(a.net, &gone, NULL) != 0, &a, &b);
    prom_net_give_up(a.net, &gone, NULL);
    let_pass(&a, 20);
    assert_int_equal(a.downs, 0);
    side_close(&a);
    side_close(&b);
}

/* Of a link that we opened the other end is where it was asked for. */
static void test_where_the_other_end_is(void **state)
{
    fixture *test = *state;
    struct side a;
    struct side b;
    bool ours = false;
    side_open(test, &a);
    side_open(test, &b);
    link_up(&a, &b);
    const prom_address *address = prom_net_address_of(a.net, prom_net_link_to(a.net, &b.address, NULL), &ours);
    assert_true(ours);
    assert_true(prom_address_equal(address, &b.address));
    address = prom_net_address_of(b.net, b.link, &ours);
    assert_non_null(address);
    assert_false(ours);
    assert_int_equal(address->length, 0); /* its socket has no name */
    assert_null(prom_net_address_of(b.net, b.link + 1000, &ours));
    side_close(&a);
    side_close(&b);
}

/* A node may ask for a link to itself. */
static void test_a_link_to_oneself(void **state)
{
    fixture *test = *state;
    struct side a;
    side_open(test, &a);
    UNTIL(prom_net_link_to(a.net, &a.address, NULL) != 0, &a, &a);
    const prom_envelope envelope = envelope_of(1, prom_span_of((const uint8_t *)"x", 1));
    assert_true(prom_net_send(a.net, prom_net_link_to(a.net, &a.address, NULL), &envelope));
    UNTIL(a.envelopes == 1, &a, &a);
    side_close(&a);
}

/* Nobody there, and why: told once, not with every try. */
static void test_reasons_are_told(void **state)
{
    fixture *test = *state;
    struct side a;
    side_open(test, &a);
    const prom_address refused = address_of("127.0.0.1:1"); /* tcpmux, which nobody has */
    const prom_address missing = address_in(&a, "missing", 1);
    const prom_address onion = address_of("abcdefghijklmnopqrstuvwxyz27abcdefghijklmnopqrstuvwxyz27.onion:9735");
    (void)prom_net_link_to(a.net, &refused, NULL);
    UNTIL(a.failures == 1, &a, &a);
    assert_non_null(strstr(a.failure, "refused"));
    (void)prom_net_link_to(a.net, &missing, NULL);
    UNTIL(a.failures == 2, &a, &a);
    assert_non_null(strstr(a.failure, "cannot be reached: No such file"));
    (void)prom_net_link_to(a.net, &onion, NULL);
    UNTIL(a.failures == 3, &a, &a);
    assert_non_null(strstr(a.failure, "by a proxy"));
    let_pass(&a, 500);
    assert_int_equal(a.failures, 3);
    side_close(&a);
}

/* Whoever gives us addresses does not have us look through a network that he cannot see. */
static void test_where_addresses_of_others_may_lead(void **state)
{
    static const char *const closed[] = {"/tmp/socket",      "127.0.0.1:1",   "10.0.0.1:22", "169.254.169.254:80",
                                         "192.168.1.1:80",   "[::1]:1",       "[fe80::1]:1", "localhost:1",
                                         "node.example:443", "[fd00::1]:9735"};
    fixture *test = *state;
    struct side a;
    struct side b;
    side_open(test, &a);
    side_open(test, &b);
    a.net->anywhere = false;
    for (size_t i = 0; i < COUNT_OF(closed); i++) {
        const prom_address address = address_of(closed[i]);
        assert_int_equal(prom_net_link_to(a.net, &address, NULL), 0);
        assert_int_equal(prom_net_link_to(a.net, &address, &b.key.public_key), 0);
    }
    assert_int_equal(prom_net_link_to(a.net, &b.address, NULL), 0);
    let_pass(&a, 30);
    for (size_t i = 0; i < PROM_NET_DIALS_MAX; i++) {
        assert_false(a.net->dials[i].used);
    }
    UNTIL(prom_net_link_to_own(a.net, &b.address, NULL) != 0, &a, &b); /* its owner knows what he does */
    side_close(&a);
    side_close(&b);
}

/* -- Names -- */

static prom_address listen_at_loopback(struct side *side, const char *host)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof name;
    char text[64];
    const int probe = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(probe, (const struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(getsockname(probe, (struct sockaddr *)&name, &length), 0);
    (void)close(probe);
    (void)snprintf(text, sizeof text, "127.0.0.1:%u", ntohs(name.sin_port));
    const prom_address address = address_of(text);
    assert_ok(prom_net_listen(side->net, &address, &side->test->error), &side->test->error);
    (void)snprintf(text, sizeof text, "%s:%u", host, ntohs(name.sin_port));
    return address_of(text);
}

/* Whatever else the name stands for, nobody listens there: the next one is tried. */
static void test_names_are_looked_up(void **state)
{
    fixture *test = *state;
    struct side a;
    struct side b;
    side_open(test, &a);
    side_open(test, &b);
    const prom_address name = listen_at_loopback(&b, "localhost");
    UNTIL(prom_net_link_to(a.net, &name, &b.key.public_key) != 0, &a, &b);
    const uint64_t first = a.link;
    prom_net_end(b.net, b.link, "enough");
    UNTIL(a.downs == 1, &a, &b);
    UNTIL(prom_net_link_to(a.net, &name, NULL) > first, &a, &b); /* again */
    side_close(&a);
    side_close(&b);
}

/* -- Proxies -- */

struct proxy {
    int listener;
    int client;
    int server;
    prom_address address;
};

static void proxy_open(struct proxy *proxy, const struct side *side)
{
    *proxy = (struct proxy){.client = -1, .server = -1, .address = address_in(side, "proxy", 0)};
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    memcpy(name.sun_path, proxy->address.bytes, proxy->address.length);
    proxy->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(proxy->listener, (const struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(listen(proxy->listener, 4), 0);
}

static void proxy_close(const struct proxy *proxy)
{
    (void)close(proxy->listener);
    (void)close(proxy->client);
    (void)close(proxy->server);
}

static void use_proxy(struct side *side, const struct proxy *proxy, bool for_onions)
{
    prom_endpoint *its = for_onions ? &side->net->onion_proxy : &side->net->proxy;
    assert_ok(prom_endpoint_read(its, &proxy->address, &side->test->error), &side->test->error);
    side->net->has_proxy = !for_onions;
    side->net->has_onion_proxy = for_onions;
}

static void proxy_accept(struct proxy *proxy, struct side *side)
{
    for (unsigned turn = 0; turn < 2000 && proxy->client < 0; turn++) {
        poll_side(side);
        proxy->client = accept4(proxy->listener, NULL, NULL, SOCK_NONBLOCK);
    }
    assert_true(proxy->client >= 0);
}

/* So many bytes that the side sends to it; they are what they should be. */
static void proxy_hears(const struct proxy *proxy, struct side *side, const void *bytes, size_t length)
{
    uint8_t come[600];
    size_t got = 0;
    for (unsigned turn = 0; turn < 1000 && got < length; turn++) {
        poll_side(side);
        const ssize_t some = recv(proxy->client, come + got, length - got, 0);
        got += some > 0 ? (size_t)some : 0;
    }
    assert_int_equal(got, length);
    assert_memory_equal(come, bytes, length);
}

static void proxy_says(const struct proxy *proxy, const void *bytes, size_t length)
{
    assert_int_equal(send(proxy->client, bytes, length, MSG_NOSIGNAL), (ssize_t)length);
}

static void pass(int from, int to)
{
    uint8_t bytes[65536];
    const ssize_t got = recv(from, bytes, sizeof bytes, MSG_DONTWAIT);
    assert_true(got <= 0 || send(to, bytes, (size_t)got, MSG_NOSIGNAL) == got);
}

/* The name goes to the proxy as it is; behind it all is as without one, the proof too. */
static void test_the_way_through_a_proxy(void **state)
{
    static const char onion[] = "abcdefghijklmnopqrstuvwxyz27abcdefghijklmnopqrstuvwxyz27.onion";
    static const char name[] = "nowhere.example";
    for (unsigned onions = 0; onions < 2; onions++) {
        struct side a;
        struct side b;
        struct proxy proxy;
        char text[100];
        const char *host = onions != 0 ? onion : name;
        side_open(*state, &a);
        side_open(*state, &b);
        proxy_open(&proxy, &a);
        use_proxy(&a, &proxy, onions != 0);
        (void)snprintf(text, sizeof text, "%s:9735", host);
        const prom_address address = address_of(text);
        (void)prom_net_link_to(a.net, &address, &b.key.public_key);
        proxy_accept(&proxy, &a);
        proxy_hears(&proxy, &a, "\5\2\0\2", 4);
        proxy_says(&proxy, "\5\0", 2);
        const uint8_t head[] = {5, 1, 0, 3, (uint8_t)strlen(host)};
        proxy_hears(&proxy, &a, head, sizeof head);
        proxy_hears(&proxy, &a, host, strlen(host));
        proxy_hears(&proxy, &a, "\x26\x07", 2);
        proxy.server = plain_peer(&b);
        proxy_says(&proxy, "\5\0\0\1\0\0\0\0\0\0", 10);
        for (unsigned turn = 0; turn < 1000 && (a.ups == 0 || b.ups == 0); turn++) {
            poll_side(&a);
            poll_side(&b);
            pass(proxy.client, proxy.server);
            pass(proxy.server, proxy.client);
        }
        assert_int_equal(a.ups, 1);
        assert_int_equal(b.ups, 1);
        assert_null(a.net->resolver); /* nobody here has looked a name up */
        proxy_close(&proxy);
        side_close(&a);
        side_close(&b);
    }
}

/* Whatever a proxy does, it costs a link that is not up, and is told. */
static void test_proxies_that_do_harm(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
        bool hangs_up;
        const char *says;
    } wrong[] = {
        {"HTTP/1.1 400 no\r\n", 17, false, "does not speak SOCKS5"},
        {"\5", 1, true, "the proxy has closed it"},
        {"\5", 1, false, "the proxy does not answer"},
        {"\5\0\5\0\0\3\377name", 11, false, "the proxy does not answer"},
        {"\5\0\5\5\0\1\0", 7, false, "nobody listens there"},
        {"\5\0\5\0\0\1\0\0\0\0\0\0garbage and more of it", 34, false, "does not speak TLS"},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct side a;
        struct proxy proxy;
        prom_net_limits limits = prom_net_limits_usual();
        limits.stall_ms = 300;
        side_open_with(*state, &a, &limits, 1);
        proxy_open(&proxy, &a);
        use_proxy(&a, &proxy, false);
        const prom_address address = address_of("192.0.2.1:9735");
        (void)prom_net_link_to(a.net, &address, NULL);
        proxy_accept(&proxy, &a);
        proxy_says(&proxy, wrong[i].bytes, wrong[i].length);
        if (wrong[i].hangs_up) {
            (void)shutdown(proxy.client, SHUT_WR);
        }
        UNTIL(a.failures == 1, &a, &a);
        assert_non_null(strstr(a.failure, wrong[i].says));
        assert_int_equal(a.ups, 0);
        proxy_close(&proxy);
        side_close(&a);
    }
}

/* Nobody is at the proxy's own address. */
static void test_no_proxy_there(void **state)
{
    struct side a;
    struct proxy proxy;
    side_open(*state, &a);
    proxy_open(&proxy, &a);
    use_proxy(&a, &proxy, false);
    (void)close(proxy.listener);
    const prom_address address = address_of("node.example:9735");
    (void)prom_net_link_to(a.net, &address, NULL);
    UNTIL(a.failures == 1, &a, &a);
    assert_non_null(strstr(a.failure, "its proxy cannot be"));
    side_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_a_socket_that_was_left_over),
        FIXTURE_TEST(test_who_is_gone_ends_no_link),
        FIXTURE_TEST(test_addresses_make_room),
        FIXTURE_TEST(test_waits_grow),
        FIXTURE_TEST(test_what_is_given_up),
        FIXTURE_TEST(test_where_the_other_end_is),
        FIXTURE_TEST(test_a_link_to_oneself),
        FIXTURE_TEST(test_reasons_are_told),
        FIXTURE_TEST(test_where_addresses_of_others_may_lead),
        FIXTURE_TEST(test_names_are_looked_up),
        FIXTURE_TEST(test_the_way_through_a_proxy),
        FIXTURE_TEST(test_proxies_that_do_harm),
        FIXTURE_TEST(test_no_proxy_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
