/* Strangers' handshakes, which take turns. */
#include "net/pair.h"

/* A side that listens. */
static void open_side(fixture *test, struct side *side)
{
    const prom_net_limits limits = prom_net_limits_usual();
    char path[128];
    side_make(test, side, &limits, 3);
    (void)snprintf(path, sizeof path, "%s/socket", side->folder);
    side->address = address_of(path);
    assert_ok(prom_net_listen(side->net, &side->address, &test->error), &test->error);
}

/* Whoever begins handshakes without end has a part of our time: each waits for its turn, and has it. */
static void test_handshakes_take_turns(void **state)
{
    enum { PEERS = 20, A_SECOND = 20, AT_ONCE = 4 };
    fixture *test = *state;
    struct side a;
    prom_tls_context *context = NULL;
    prom_tls *tls[PEERS];
    int peers[PEERS];
    size_t done = 0;
    open_side(test, &a);
    a.net->shakes = prom_quota_new(A_SECOND, prom_clock_milliseconds());
    prom_quota_use(&a.net->shakes, (uint64_t)A_SECOND * PROM_QUOTA_BURST_SECONDS - AT_ONCE);
    assert_ok(prom_tls_context_new(&context, &test->error), &test->error);
    const int64_t begin = prom_clock_milliseconds();
    for (unsigned i = 0; i < PEERS; i++) {
        peers[i] = plain_peer(&a);
        tls[i] = prom_tls_new(context, peers[i], true);
        assert_int_equal(prom_tls_shake(tls[i]), PROM_TLS_WANT_READ);
    }
    for (unsigned turn = 0; turn < 2000 && done < PEERS; turn++) {
        poll_side(&a);
        done = 0;
        for (unsigned i = 0; i < PEERS; i++) {
            done += prom_tls_shake(tls[i]) == PROM_TLS_DONE ? 1 : 0;
        }
        const size_t since = (size_t)(prom_clock_milliseconds() - begin) * A_SECOND / 1000;
        assert_true(done <= AT_ONCE + 2 + since);
    }
    assert_int_equal(done, PEERS);
    for (unsigned i = 0; i < PEERS; i++) {
        prom_tls_free(tls[i]);
        (void)close(peers[i]);
    }
    prom_tls_context_free(context);
    side_close(&a);
}

/* Strangers with half a handshake that wait for their turn, as if they came from that network. */
struct crowd {
    prom_tls_context *context;
    int peers[64];
    prom_tls *tls[64];
    size_t count;
};

/* One more; not before it is accepted does it say anything. */
static prom_tls *join(struct crowd *crowd, struct side *side, uint64_t source)
{
    const size_t at = crowd->count++;
    const uint64_t last = side->net->last_id;
    assert_true(at < COUNT_OF(crowd->peers));
    crowd->peers[at] = plain_peer(side);
    for (unsigned turn = 0; turn < 1000 && side->net->last_id == last; turn++) {
        poll_side(side);
    }
    assert_int_equal(side->net->last_id, last + 1);
    prom_link_find(side->net, last + 1)->source = source;
    crowd->tls[at] = prom_tls_new(crowd->context, crowd->peers[at], true);
    assert_int_equal(prom_tls_shake(crowd->tls[at]), PROM_TLS_WANT_READ);
    let_pass(side, 1);
    return crowd->tls[at];
}

static void disperse(struct crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++) {
        prom_tls_free(crowd->tls[i]);
        (void)close(crowd->peers[i]);
    }
    prom_tls_context_free(crowd->context);
}

/* Turns that are had until that one's handshake is over; whenever one is had, another of the crowd comes. */
static size_t turns_until(struct crowd *crowd, struct side *side, prom_tls *wanted, uint64_t source)
{
    size_t turns = 0;
    while (turns < 40 && prom_tls_shake(wanted) != PROM_TLS_DONE) {
        side->net->shakes = prom_quota_new(1, prom_clock_milliseconds());
        prom_quota_use(&side->net->shakes, PROM_QUOTA_BURST_SECONDS - 1); /* one is left */
        let_pass(side, 1);
        turns++;
        (void)join(crowd, side, source);
    }
    return turns;
}

/* Many from one network wait for each other, and nobody else for them; and in the order in which they came. */
static void test_a_crowd_waits_for_itself(void **state)
{
    enum { CROWD = 12, MINE = 5, OTHERS = 6 };
    fixture *test = *state;
    struct side a;
    struct crowd crowd = {.count = 0};
    open_side(test, &a);
    assert_ok(prom_tls_context_new(&crowd.context, &test->error), &test->error);
    a.net->shakes = prom_quota_new(1, prom_clock_milliseconds());
    prom_quota_use(&a.net->shakes, 2 * PROM_QUOTA_BURST_SECONDS);
    for (unsigned i = 0; i < CROWD; i++) {
        (void)join(&crowd, &a, MINE);
    }
    prom_tls *last = crowd.tls[CROWD - 1];
    prom_tls *honest = join(&crowd, &a, OTHERS);
    assert_in_range(turns_until(&crowd, &a, honest, MINE), 1, 3);
    assert_in_range(turns_until(&crowd, &a, last, MINE), 1, CROWD);
    disperse(&crowd);
    side_close(&a);
}

/* Who hangs up before its turn is gone at once. */
static void test_who_does_not_wait_for_its_turn(void **state)
{
    fixture *test = *state;
    struct side a;
    open_side(test, &a);
    a.net->shakes = prom_quota_new(1, prom_clock_milliseconds());
    prom_quota_use(&a.net->shakes, 2 * PROM_QUOTA_BURST_SECONDS);
    const int peer = plain_peer(&a);
    assert_int_equal(send(peer, "x", 1, 0), 1);
    let_pass(&a, 10);
    assert_int_equal(prom_net_link_count(a.net), 1);
    (void)close(peer);
    let_pass(&a, 10);
    assert_int_equal(prom_net_link_count(a.net), 0);
    side_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_handshakes_take_turns),
        FIXTURE_TEST(test_a_crowd_waits_for_itself),
        FIXTURE_TEST(test_who_does_not_wait_for_its_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
