/* Who is at the other end: what proves it, and those who would be somebody else. */
#include "net/pair.h"

static prom_net_limits hasty(void)
{
    prom_net_limits limits = prom_net_limits_usual();
    limits.stall_ms = 500;
    return limits;
}

/* A side with the key of this byte that listens. */
static void open_as(fixture *test, struct side *side, uint8_t key, const prom_net_limits *limits)
{
    char path[128];
    side_make(test, side, limits, key);
    (void)snprintf(path, sizeof path, "%s/socket", side->folder);
    side->address = address_of(path);
    assert_ok(prom_net_listen(side->net, &side->address, &test->error), &test->error);
}

struct three {
    struct side a;
    struct side b;
    prom_bytes32 other; /* a key of nobody who is there */
};

static void open_three(fixture *test, struct three *it)
{
    const prom_net_limits limits = hasty();
    open_as(test, &it->a, 3, &limits);
    open_as(test, &it->b, 4, &limits);
    it->other = key_of(test, 5).public_key;
}

static void close_three(struct three *it)
{
    side_close(&it->a);
    side_close(&it->b);
}

static void test_both_are_proven(void **state)
{
    struct three it;
    open_three(*state, &it);
    UNTIL(prom_net_link_to(it.a.net, &it.b.address, &it.b.key.public_key) != 0 && it.b.ups > 0, &it.a, &it.b);
    assert_memory_equal(&it.a.node, &it.b.key.public_key, sizeof it.a.node);
    assert_memory_equal(&it.b.node, &it.a.key.public_key, sizeof it.b.node);
    assert_memory_equal(prom_net_node_of(it.a.net, it.a.link), &it.b.key.public_key, sizeof it.a.node);
    assert_null(prom_net_node_of(it.a.net, it.a.link + 1));
    assert_int_equal(prom_net_link_of(it.a.net, &it.b.key.public_key), it.a.link);
    assert_int_equal(prom_net_link_of(it.a.net, &it.other), 0);
    /* the link that came from a is as good as one that b would open, wherever a says that it listens */
    const prom_address nowhere = address_of("/nowhere");
    assert_int_equal(prom_net_link_to(it.b.net, &nowhere, &it.a.key.public_key), it.b.link);
    let_pass(&it.b, 20);
    assert_int_equal(it.b.failures, 0);
    close_three(&it);
}

static void test_another_node_than_was_asked_for(void **state)
{
    struct three it;
    open_three(*state, &it);
    assert_int_equal(prom_net_link_to(it.a.net, &it.b.address, &it.other), 0);
    UNTIL(it.a.failures > 0, &it.a, &it.b);
    assert_string_equal(it.a.failure, "another node answers there than was asked for");
    assert_int_equal(it.a.ups, 0);
    /* whoever names a wrong key for its address keeps nobody from b */
    UNTIL(prom_net_link_to(it.a.net, &it.b.address, &it.b.key.public_key) != 0, &it.a, &it.b);
    assert_int_equal(prom_net_link_to(it.a.net, &it.b.address, &it.other), 0);
    close_three(&it);
}

/* -- Somebody between -- */

/* Takes links at an address of its own, and opens them to another: what TLS hides from others lies open to it. */
struct man {
    int listener;
    int near;
    int far;
    prom_address address;
    size_t passed[2]; /* bytes from who dialled it, and to it */
};

static void man_listen(struct man *man, const struct side *side)
{
    char path[128];
    *man = (struct man){.near = -1, .far = -1};
    (void)snprintf(path, sizeof path, "%s/man", side->folder);
    man->address = address_of(path);
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    memcpy(name.sun_path, path, strlen(path));
    man->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(man->listener, (const struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(listen(man->listener, 4), 0);
}

static int man_accept(const struct man *man, struct side *side)
{
    int got = -1;
    for (unsigned turn = 0; turn < 2000 && got < 0; turn++) {
        poll_side(side);
        got = accept(man->listener, NULL, NULL);
    }
    assert_true(got >= 0);
    return got;
}

static prom_span man_pass(struct man *man, bool back)
{
    static uint8_t bytes[65536];
    size_t got = 0;
    size_t put = 0;
    (void)!prom_tls_read(rude_of(back ? man->far : man->near)->tls, bytes, sizeof bytes, &got);
    if (got > 0) {
        (void)!prom_tls_write(rude_of(back ? man->near : man->far)->tls, prom_span_of(bytes, got), &put);
        assert_int_equal(put, got);
    }
    man->passed[back ? 1 : 0] += got;
    return prom_span_of(bytes, got);
}

static void man_close(const struct man *man)
{
    if (man->near >= 0) {
        rude_close(man->near);
    }
    if (man->far >= 0) {
        rude_close(man->far);
    }
    (void)close(man->listener);
}

static void test_a_man_in_the_middle(void **state)
{
    for (unsigned asks = 0; asks < 2; asks++) {
        struct three it;
        struct man man;
        open_three(*state, &it);
        man_listen(&man, &it.a);
        (void)prom_net_link_to(it.a.net, &man.address, asks != 0 ? &it.b.key.public_key : NULL);
        man.near = man_accept(&man, &it.a);
        rude_shake(man.near, &it.a, false);
        man.far = rude_peer(&it.b);
        for (unsigned turn = 0; turn < 1000 && (it.a.failures == 0 || prom_net_link_count(it.b.net) > 0); turn++) {
            poll_side(&it.a);
            poll_side(&it.b);
            (void)man_pass(&man, false);
            (void)man_pass(&man, true);
        }
        assert_true(man.passed[0] > 0 && man.passed[1] > 0); /* it has read both hellos, and passed them on */
        assert_int_equal(it.a.ups + it.b.ups, 0);
        assert_non_null(strstr(it.a.failure, "somebody may stand between"));
        assert_int_equal(prom_net_link_count(it.b.net), 0);
        man_close(&man);
        close_three(&it);
    }
}

/* What somebody has said on another link, or says on this one, proves nothing of who repeats it. */
static void test_hellos_of_others(void **state)
{
    fixture *test = *state;
    struct three it;
    struct man man;
    open_three(test, &it);
    man_listen(&man, &it.a);
    (void)prom_net_link_to(it.a.net, &man.address, NULL);
    man.near = man_accept(&man, &it.a);
    rude_shake(man.near, &it.a, false);
    static uint8_t hello[1000];
    size_t length = 0;
    for (unsigned turn = 0; turn < 100 && length == 0; turn++) {
        poll_side(&it.a);
        (void)!prom_tls_read(rude_of(man.near)->tls, hello, sizeof hello, &length);
    }
    assert_true(length > 0);
    rude_send(man.near, prom_span_of(hello, length)); /* back to who said it */
    UNTIL(it.a.failures == 1, &it.a, &it.b);
    assert_non_null(strstr(it.a.failure, "does not prove its key"));
    man.far = rude_peer(&it.b); /* and on, to another */
    rude_send(man.far, prom_span_of(hello, length));
    let_pass(&it.b, 20);
    assert_int_equal(it.a.ups + it.b.ups, 0);
    assert_int_equal(prom_net_link_count(it.b.net), 0);
    man_close(&man);
    close_three(&it);
}

/* Nothing is taken for a key's word but its signature. */
static void test_hellos_that_are_signed_wrong(void **state)
{
    fixture *test = *state;
    const prom_net_limits limits = hasty();
    for (unsigned i = 0; i < 4; i++) {
        struct side a;
        open_as(test, &a, 3, &limits);
        const int peer = rude_peer(&a);
        prom_packet hello = hello_by(test, peer, 9, i == 0 ? PROM_LINK_LISTENER : PROM_LINK_DIALER);
        if (i == 1) {
            hello.as.hello.signature.bytes[63] ^= 1;
        } else if (i == 2) {
            hello.as.hello.node = a.key.public_key;
        }
        rude_send(peer, framed(test, &hello));
        let_pass(&a, 20);
        assert_int_equal(a.ups, i == 3 ? 1 : 0);
        assert_int_equal(prom_net_link_count(a.net), i == 3 ? 1 : 0);
        rude_close(peer);
        side_close(&a);
    }
}

/* -- Those who never get so far -- */

/* Nothing, no TLS, half a handshake, a byte of it now and then: none of them has a place for longer than a stall. */
static void test_who_does_not_get_so_far(void **state)
{
    fixture *test = *state;
    struct side a;
    const prom_net_limits limits = hasty();
    open_as(test, &a, 3, &limits);
    static const char http[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    static const uint8_t begun[] = {0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3};
    const int silent = plain_peer(&a);
    const int plain = plain_peer(&a);
    const int half = plain_peer(&a);
    const int slow = plain_peer(&a);
    const int no_hello = rude_peer(&a);
    assert_true(send(plain, http, sizeof http - 1, 0) > 0);
    assert_true(send(half, begun, sizeof begun, 0) > 0);
    let_pass(&a, 50);
    assert_int_equal(prom_net_link_count(a.net), 4); /* who speaks no TLS is left at once */
    for (unsigned i = 0; i < sizeof begun; i++) {
        (void)send(slow, begun + i, 1, MSG_NOSIGNAL);
        let_pass(&a, 50);
    }
    let_pass(&a, 100);
    assert_int_equal(prom_net_link_count(a.net), 0);
    assert_int_equal(a.ups + a.downs, 0);
    (void)close(silent);
    (void)close(plain);
    (void)close(half);
    (void)close(slow);
    rude_close(no_hello);
    side_close(&a);
}

/* Who is dialled and says nothing, or no TLS: told why. */
static void test_who_is_dialled_and_is_no_node(void **state)
{
    fixture *test = *state;
    static const char *const reasons[] = {"the handshake was not over in time", "does not speak TLS 1.3",
                                          "the peer has closed it", "the peer said no hello"};
    for (unsigned i = 0; i < COUNT_OF(reasons); i++) {
        struct side a;
        struct man man;
        const prom_net_limits limits = hasty();
        open_as(test, &a, 3, &limits);
        man_listen(&man, &a);
        (void)prom_net_link_to(a.net, &man.address, NULL);
        const int peer = man_accept(&man, &a);
        if (i == 1) {
            assert_true(send(peer, "SSH-2.0-x\r\n", 11, 0) > 0);
        } else if (i == 2) {
            (void)shutdown(peer, SHUT_RDWR);
        } else if (i == 3) {
            rude_shake(peer, &a, false);
        }
        UNTIL(a.failures == 1, &a, &a);
        assert_non_null(strstr(a.failure, reasons[i]));
        rude_close(peer);
        man_close(&man);
        side_close(&a);
    }
}

/* -- Versions -- */

/* An older or a newer program at the other end: they talk where there is a version that both speak. */
static void test_versions_side_by_side(void **state)
{
    static const struct {
        uint32_t min;
        uint32_t max;
        uint64_t features;
        const char *says; /* NULL: they talk */
    } theirs[] = {
        {PROM_WIRE_VERSION, PROM_WIRE_VERSION + 5, 0, NULL},
        {0, PROM_WIRE_VERSION, 0, NULL},
        {PROM_WIRE_VERSION, PROM_WIRE_VERSION, 128, NULL},
        {PROM_WIRE_VERSION + 1, PROM_WIRE_VERSION + 2, 0, "speaks the versions 2 to 3"},
        {0, PROM_WIRE_VERSION - 1, 0, "speaks the versions 0 to 0"},
        {PROM_WIRE_VERSION, PROM_WIRE_VERSION, 16, "a feature that this version does not know"},
    };
    for (size_t i = 0; i < COUNT_OF(theirs); i++) {
        struct three it;
        open_three(*state, &it);
        it.b.net->hello.version_min = theirs[i].min;
        it.b.net->hello.version_max = theirs[i].max;
        it.b.net->hello.features = theirs[i].features;
        (void)prom_net_link_to(it.a.net, &it.b.address, &it.b.key.public_key);
        UNTIL(it.a.failures + it.a.ups == 1, &it.a, &it.b);
        if (theirs[i].says == NULL) {
            assert_int_equal(it.a.ups, 1);
            assert_int_equal(prom_net_is_lenient(it.a.net, it.a.link), theirs[i].features != 0);
        } else {
            assert_non_null(strstr(it.a.failure, theirs[i].says));
        }
        close_three(&it);
    }
}

/* A newer version's hello may hold more than we know. */
static void test_a_hello_that_says_more(void **state)
{
    fixture *test = *state;
    struct side a;
    const prom_net_limits limits = hasty();
    static const uint8_t more[] = {0x52, 1, 'x'}; /* field 10 */
    uint8_t frame[300];
    open_as(test, &a, 3, &limits);
    const int peer = rude_peer(&a);
    const prom_span hello = rude_hello(test, peer);
    const size_t head = PROM_FRAME_HEAD;
    memcpy(frame, hello.data, hello.length);
    memcpy(frame + hello.length, more, sizeof more);
    assert_int_equal(frame[head], 1 << 3 | 2); /* the packet's one field, and its length, of two bytes */
    const unsigned inner = (frame[head + 1] & 0x7fU) | (unsigned)frame[head + 2] << 7;
    assert_int_equal(inner + 3 + head, hello.length);
    frame[head + 1] = (uint8_t)((inner + sizeof more) & 0x7f) | 0x80;
    frame[head + 2] = (uint8_t)((inner + sizeof more) >> 7);
    prom_frame_head(frame, hello.length - head + sizeof more);
    rude_send(peer, prom_span_of(frame, hello.length + sizeof more));
    let_pass(&a, 20);
    assert_int_equal(a.ups, 1);
    assert_false(prom_net_is_lenient(a.net, a.link));
    rude_close(peer);
    side_close(&a);
}

/* -- Many of one node -- */

static void test_one_node_has_few_links(void **state)
{
    enum { OPENED = 3 * PROM_NET_NODE_LINKS_MAX };
    fixture *test = *state;
    struct side a;
    const prom_net_limits limits = prom_net_limits_usual();
    int peers[OPENED];
    uint64_t first_other = 0;
    open_as(test, &a, 3, &limits);
    const int other = rude_peer(&a);
    rude_send(other, rude_hello(test, other));
    let_pass(&a, 10);
    first_other = a.link;
    for (unsigned i = 0; i < OPENED; i++) {
        peers[i] = rude_peer(&a);
        const prom_packet hello = hello_by(test, peers[i], 9, PROM_LINK_DIALER);
        rude_send(peers[i], framed(test, &hello));
        let_pass(&a, 10);
        assert_int_equal(a.ups, i + 2);
        prom_net_keep(a.net, a.link); /* even where it is kept */
    }
    assert_int_equal(prom_net_link_count(a.net), 1 + PROM_NET_NODE_LINKS_MAX);
    assert_string_equal(a.reason, "the same node has opened newer ones");
    assert_non_null(prom_net_node_of(a.net, first_other));
    assert_non_null(prom_net_node_of(a.net, a.link));
    for (unsigned i = 0; i < OPENED; i++) {
        rude_close(peers[i]);
    }
    rude_close(other);
    side_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_both_are_proven),
        FIXTURE_TEST(test_another_node_than_was_asked_for),
        FIXTURE_TEST(test_a_man_in_the_middle),
        FIXTURE_TEST(test_hellos_of_others),
        FIXTURE_TEST(test_hellos_that_are_signed_wrong),
        FIXTURE_TEST(test_who_does_not_get_so_far),
        FIXTURE_TEST(test_who_is_dialled_and_is_no_node),
        FIXTURE_TEST(test_versions_side_by_side),
        FIXTURE_TEST(test_a_hello_that_says_more),
        FIXTURE_TEST(test_one_node_has_few_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
