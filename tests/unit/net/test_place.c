/* Who makes room where not all have a place. */
#include "net/pair.h"

enum { LINKS = 6 };

/* A stranger's link from that network; the other end is left open. */
static uint64_t stranger(struct side *side, uint64_t source)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    const struct link_start start = {.descriptor = ends[0], .source = source};
    const struct link *link = prom_link_new(side->net, &start, prom_clock_milliseconds());
    return link == NULL ? 0 : link->id;
}

static bool is_there(struct side *side, uint64_t id)
{
    return prom_link_find(side->net, id) != NULL;
}

/* Whoever comes again and again from one network puts out its own links: those of others stay, the first ones too. */
static void test_one_network_puts_out_its_own(void **state)
{
    struct side a;
    prom_net_limits limits = prom_net_limits_usual();
    limits.links = LINKS;
    side_open_with(*state, &a, &limits, 1);
    const uint64_t first = stranger(&a, 1);
    const uint64_t second = stranger(&a, 2);
    uint64_t flood[100];
    for (unsigned i = 0; i < COUNT_OF(flood); i++) {
        flood[i] = stranger(&a, 3);
        assert_int_not_equal(flood[i], 0);
        assert_true(prom_net_link_count(a.net) <= LINKS);
    }
    assert_true(is_there(&a, first) && is_there(&a, second));
    for (unsigned i = 0; i < COUNT_OF(flood); i++) {
        assert_int_equal(is_there(&a, flood[i]), i >= COUNT_OF(flood) - (LINKS - 2)); /* the oldest went first */
    }
    const uint64_t late = stranger(&a, 4); /* and a newcomer has a place */
    assert_true(is_there(&a, first) && is_there(&a, second) && is_there(&a, late));
    side_close(&a);
}

/* From everywhere at once, the oldest goes. */
static void test_the_oldest_goes(void **state)
{
    struct side a;
    prom_net_limits limits = prom_net_limits_usual();
    uint64_t ids[LINKS + 1];
    limits.links = LINKS;
    side_open_with(*state, &a, &limits, 1);
    for (unsigned i = 0; i <= LINKS; i++) {
        ids[i] = stranger(&a, i);
    }
    assert_false(is_there(&a, ids[0]));
    assert_true(is_there(&a, ids[1]));
    side_close(&a);
}

/* Connections that say nothing put out each other, and not who has shown who it is, though all come from one network;
 * and who is about to show it is let be for as long as they are few. */
static void test_who_is_up_stays(void **state)
{
    enum { MANY = 8 };
    struct side a;
    prom_net_limits limits = prom_net_limits_usual();
    uint64_t up[MANY];
    uint64_t flood[100];
    size_t left = 0;
    limits.links = MANY;
    side_open_with(*state, &a, &limits, 1);
    for (unsigned i = 0; i < MANY; i++) {
        up[i] = stranger(&a, 1);
        prom_link_find(a.net, up[i])->up = true;
    }
    for (unsigned i = 0; i < COUNT_OF(flood); i++) {
        flood[i] = stranger(&a, 1);
        assert_true(i == 0 || is_there(&a, flood[i - 1])); /* a quarter of the places is two */
    }
    for (unsigned i = 0; i < MANY; i++) {
        left += is_there(&a, up[i]) ? 1 : 0;
    }
    assert_int_equal(left, MANY - MANY / 4);
    assert_false(is_there(&a, up[0]) || is_there(&a, up[1]));
    assert_false(is_there(&a, flood[COUNT_OF(flood) - 3]));
    /* One that comes up is as good as any. */
    prom_link_find(a.net, flood[COUNT_OF(flood) - 1])->up = true;
    (void)stranger(&a, 1);
    assert_true(is_there(&a, flood[COUNT_OF(flood) - 1]));
    assert_false(is_there(&a, up[2]));
    side_close(&a);
}

static void test_whom_we_know_stays(void **state)
{
    struct side a;
    prom_net_limits limits = prom_net_limits_usual();
    limits.links = LINKS;
    side_open_with(*state, &a, &limits, 1);
    const uint64_t kept = stranger(&a, 3);
    assert_true(prom_link_is_stranger(a.net, prom_link_find(a.net, kept)));
    prom_net_keep(a.net, kept);
    assert_false(prom_link_is_stranger(a.net, prom_link_find(a.net, kept)));
    for (unsigned i = 0; i < 100; i++) {
        (void)stranger(&a, 3);
    }
    assert_true(is_there(&a, kept));
    assert_int_equal(prom_net_link_count(a.net), LINKS + 1);
    prom_net_unkeep(a.net, kept);
    (void)stranger(&a, 3);
    assert_false(is_there(&a, kept)); /* it is the oldest stranger now */
    side_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_one_network_puts_out_its_own),
        FIXTURE_TEST(test_the_oldest_goes),
        FIXTURE_TEST(test_who_is_up_stays),
        FIXTURE_TEST(test_whom_we_know_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
