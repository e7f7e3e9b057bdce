/* Sockets that listen: of which addresses, and where their peers come from. */
#include "net/pair.h"

#include "port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

static prom_address loopback(int family)
{
    char text[64];
    (void)snprintf(text, sizeof text, family == AF_INET6 ? "[::1]:%u" : "127.0.0.1:%u", free_port(family));
    return address_of(text);
}

/* One node at a path, at IPv4 and at IPv6, where the machine has it: it is reached at each. */
static void test_several_addresses(void **state)
{
    fixture *test = *state;
    struct side a;
    struct side b;
    prom_address at[2];
    side_open(test, &a);
    side_open(test, &b);
    size_t count = 0;
    for (unsigned i = 0; i < 2; i++) {
        const int family = i == 0 ? AF_INET : AF_INET6;
        if (free_port(family) != 0) {
            at[count] = loopback(family);
            assert_ok(prom_net_listen(b.net, &at[count++], &test->error), &test->error);
        }
    }
    assert_true(count > 0); /* IPv4 is everywhere */
    link_up(&a, &b);
    for (size_t i = 0; i < count; i++) {
        UNTIL(prom_net_link_to(a.net, &at[i], NULL) != 0, &a, &b);
        const struct link *link = prom_link_find(a.net, prom_net_link_to(a.net, &at[i], NULL));
        int value = 0;
        socklen_t length = sizeof value;
        assert_int_equal(getsockopt(link->descriptor, IPPROTO_TCP, TCP_NODELAY, &value, &length), 0);
        assert_int_not_equal(value, 0);
        assert_int_equal(getsockopt(link->descriptor, SOL_SOCKET, SO_KEEPALIVE, &value, &length), 0);
        assert_int_not_equal(value, 0);
    }
    assert_int_equal(prom_net_link_count(a.net), 1 + count);
    const prom_envelope envelope = envelope_of(1, prom_span_of((const uint8_t *)"x", 1));
    for (size_t i = 0; i < count; i++) {
        assert_true(prom_net_send(a.net, prom_net_link_to(a.net, &at[i], NULL), &envelope));
    }
    UNTIL(b.envelopes == count, &a, &b);
    side_close(&a);
    side_close(&b);
}

static void test_where_nobody_can_listen(void **state)
{
    static const struct {
        const char *at;
        const char *says;
    } wrong[] = {
        {"192.0.2.1:9735", "cannot listen"}, /* of no machine */
        {"node.example:9735", "neither"},
        {"127.0.0.1", "no port"},
        {"/nowhere/at/all", "cannot listen"},
    };
    fixture *test = *state;
    struct listener first = {.descriptor = -1};
    struct listener second = {.descriptor = -1};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        const prom_address address = address_of(wrong[i].at);
        assert_false(prom_is_ok(prom_listen_at(&first, &address, &test->error)));
        assert_non_null(strstr(test->error.sentence, wrong[i].says));
        assert_int_equal(first.descriptor, -1);
    }
    const prom_address taken = loopback(AF_INET);
    assert_ok(prom_listen_at(&first, &taken, &test->error), &test->error);
    assert_fails(prom_listen_at(&second, &taken, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, "in use");
    prom_listen_end(&first);
    assert_int_equal(first.descriptor, -1);
    assert_ok(prom_listen_at(&second, &taken, &test->error), &test->error); /* at once */
    prom_listen_end(&second);
    prom_listen_end(&second);
}

static uint64_t source_of(const char *ip)
{
    struct sockaddr_storage storage = {.ss_family = AF_UNSPEC};
    struct sockaddr_in ipv4 = {.sin_family = AF_INET};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, ip, &ipv4.sin_addr) == 1) {
        memcpy(&storage, &ipv4, sizeof ipv4);
    } else {
        assert_int_equal(inet_pton(AF_INET6, ip, &ipv6.sin6_addr), 1);
        memcpy(&storage, &ipv6, sizeof ipv6);
    }
    return prom_listen_source(&storage);
}

static void test_networks_of_peers(void **state)
{
    (void)state;
    const struct sockaddr_storage path = {.ss_family = AF_UNIX};
    assert_int_equal(prom_listen_source(&path), 0);
    assert_int_equal(source_of("192.0.2.1"), source_of("192.0.2.255"));
    assert_int_not_equal(source_of("192.0.2.1"), source_of("192.0.3.1"));
    assert_int_equal(source_of("2001:db8:1:2::3"), source_of("2001:db8:1:ffff::9"));
    assert_int_not_equal(source_of("2001:db8:1::"), source_of("2001:db8:2::"));
    assert_int_not_equal(source_of("0.0.0.0"), source_of("::"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_several_addresses),
        FIXTURE_TEST(test_where_nobody_can_listen),
        FIXTURE_TEST(test_networks_of_peers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
