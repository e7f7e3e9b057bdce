/* Addresses that links are kept to. */
#include "net/pair.h"

#include <sys/stat.h>

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
    const prom_hello hello = {0};
    const prom_net_events events = {0};
    const prom_net_limits limits = prom_net_limits_usual();
    prom_net *net = NULL;
    assert_ok(prom_net_new(&net, &hello, &limits, &events, &test->error), &test->error);
    assert_ok(prom_net_listen(net, &left, &test->error), &test->error);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700); /* the owner's alone */
    assert_fails(prom_net_listen(net, &left, &test->error), PROM_CATEGORY_MISUSE, &test->error, "one address");
    prom_net_free(net);
    assert_int_not_equal(stat(path, &status), 0);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_ok(prom_net_new(&net, &hello, &limits, &events, &test->error), &test->error);
    assert_fails(prom_net_listen(net, &left, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, "in use");
    assert_int_equal(stat(path, &status), 0);
    prom_net_free(net);
    side_close(&a);
}

static prom_address address_in(const struct side *side, const char *name, unsigned number)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s%u", side->folder, name, number);
    return address_of(path);
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
    for (unsigned turn = 0; turn < 50 && prom_net_link_to(a.net, &c.address) == 0; turn++) {
        for (unsigned i = 0; i < GONE; i++) {
            const prom_address gone = address_in(&a, "gone", i);
            assert_int_equal(prom_net_link_to(a.net, &gone), 0);
        }
        poll_side(&a);
        poll_side(&c);
        poll_side(&a);
    }
    assert_int_not_equal(prom_net_link_to(a.net, &c.address), 0);
    assert_int_not_equal(prom_net_link_to(a.net, &b.address), 0);
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
        (void)prom_net_link_to(a.net, &its);
        poll_side(&a);
        const int peer = accept(listeners[i], NULL, NULL);
        if (peer >= 0) {
            rude_send(peer, rude_hello(test));
            poll_side(&a);
            (void)close(listeners[i]);
            listeners[i] = peer;
        }
    }
    UNTIL(a.downs == 1, &a, &b);
    assert_string_equal(a.reason, "it makes room for a link to another");
    for (unsigned i = 0; i < PROM_NET_DIALS_MAX; i++) {
        (void)close(listeners[i]);
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
    (void)prom_net_link_to(a.net, &address);
    let_pass(&a, 20);
    assert_true(prom_net_due(a.net) <= 100);
    let_pass(&a, 400);
    assert_true(prom_net_due(a.net) > 100);
    side_close(&a);
    side_close(&b);
}

/* A node may ask for a link to itself. */
static void test_a_link_to_oneself(void **state)
{
    fixture *test = *state;
    struct side a;
    side_open(test, &a);
    UNTIL(prom_net_link_to(a.net, &a.address) != 0, &a, &a);
    const prom_envelope envelope = envelope_of(1, prom_span_of((const uint8_t *)"x", 1));
    assert_true(prom_net_send(a.net, prom_net_link_to(a.net, &a.address), &envelope));
    UNTIL(a.envelopes == 1, &a, &a);
    side_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_a_socket_that_was_left_over), FIXTURE_TEST(test_who_is_gone_ends_no_link),
        FIXTURE_TEST(test_addresses_make_room),         FIXTURE_TEST(test_waits_grow),
        FIXTURE_TEST(test_a_link_to_oneself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
