#include "support.h"

#include "trade/inbox.h"

static prom_ask ask_of(uint64_t link, unsigned number)
{
    return (prom_ask){.macs = link, .items = number};
}

static bool put(prom_inbox *inbox, uint64_t link, unsigned number, int64_t now)
{
    const prom_ask ask = ask_of(link, number);
    return prom_inbox_put(inbox, link, &ask, now);
}

static void assert_takes(prom_inbox *inbox, uint64_t link, unsigned number, int64_t now)
{
    uint64_t from = 0;
    prom_ask ask;
    assert_true(prom_inbox_take(inbox, &from, &ask, now));
    assert_int_equal(from, link);
    assert_int_equal(ask.macs, link);
    assert_int_equal(ask.items, number);
}

static void assert_empty(prom_inbox *inbox, int64_t now)
{
    uint64_t link = 0;
    prom_ask ask;
    assert_false(prom_inbox_take(inbox, &link, &ask, now));
}

static void asks_of_one_link_keep_their_order_and_links_take_turns(void **state)
{
    prom_inbox *inbox = prom_inbox_new(0);
    (void)state;
    assert_empty(inbox, 0);
    for (unsigned i = 1; i <= PROM_INBOX_WAITING_MAX; i++) {
        assert_true(put(inbox, 7, i, 0));
    }
    assert_false(put(inbox, 7, 9, 0)); /* enough of it wait */
    assert_true(put(inbox, 8, 1, 0));
    assert_takes(inbox, 7, 1, 0);
    assert_takes(inbox, 8, 1, 0);
    assert_takes(inbox, 7, 2, 0);
    assert_true(put(inbox, 7, 5, 0));
    assert_takes(inbox, 7, 3, 0);
    assert_takes(inbox, 7, 4, 0);
    assert_takes(inbox, 7, 5, 0);
    assert_empty(inbox, 0);
    prom_inbox_free(inbox);
    prom_inbox_free(NULL);
}

/* As fast as it can, for a minute: it gets its quota, and what it had saved up. */
static void a_link_is_answered_so_often_and_no_more(void **state)
{
    prom_inbox *inbox = prom_inbox_new(0);
    unsigned taken = 0;
    uint64_t link = 0;
    prom_ask ask;
    (void)state;
    for (int64_t now = 0; now < 60000; now += 10) {
        (void)!put(inbox, 7, 1, now);
        while (prom_inbox_take(inbox, &link, &ask, now)) {
            taken++;
        }
    }
    assert_in_range(taken, 60 * PROM_INBOX_A_SECOND, 70 * PROM_INBOX_A_SECOND + 1);
    prom_inbox_free(inbox);
}

/* All links that there can be ask as much as they can: answers take their part of the time, and one that asks once gets
 * its answer within a round of all. */
static void many_links_cost_little_and_keep_nobody_waiting(void **state)
{
    enum { LINKS = PROM_NET_LINKS_MAX - 1, QUIET = LINKS + 1, BEGIN = 30000, END = 90000, STEP = 50, COST = 400 };
    const unsigned a_second = PROM_INBOX_MICROSECONDS_A_SECOND / COST;
    prom_inbox *inbox = prom_inbox_new(0);
    unsigned taken = 0;
    int64_t answered = 0;
    uint64_t link = 0;
    prom_ask ask;
    (void)state;
    for (int64_t now = 0; now < END; now += STEP) {
        for (uint64_t i = 1; i <= LINKS; i++) {
            (void)!put(inbox, i, 1, now);
        }
        if (now == BEGIN) {
            assert_true(put(inbox, QUIET, 1, now));
        }
        while (prom_inbox_take(inbox, &link, &ask, now)) {
            prom_inbox_spend(inbox, COST);
            taken++;
            answered = link == QUIET ? now : answered;
        }
    }
    assert_in_range(taken, (END / 1000 - 1) * a_second, (END / 1000 + 11) * a_second);
    assert_in_range(answered, BEGIN, BEGIN + 1000 * (LINKS / a_second + 2));
    prom_inbox_free(inbox);
}

static void what_a_link_asked_goes_with_it(void **state)
{
    prom_inbox *inbox = prom_inbox_new(0);
    (void)state;
    for (uint64_t link = 1; link <= 3; link++) {
        assert_true(put(inbox, link, 1, 0));
    }
    prom_inbox_drop(inbox, 2);
    prom_inbox_drop(inbox, 2);
    prom_inbox_drop(inbox, 99);
    assert_takes(inbox, 1, 1, 0);
    assert_takes(inbox, 3, 1, 0);
    assert_empty(inbox, 0);
    assert_true(put(inbox, 4, 1, 0));
    prom_inbox_drop(inbox, 1);
    prom_inbox_drop(inbox, 3);
    prom_inbox_drop(inbox, 4);
    assert_empty(inbox, 0);
    prom_inbox_free(inbox);
}

/* More links than there can be are no danger: those beyond are not heard. */
static void there_is_room_for_all_links_that_there_can_be(void **state)
{
    prom_inbox *inbox = prom_inbox_new(0);
    (void)state;
    for (uint64_t link = 1; link <= PROM_NET_LINKS_MAX; link++) {
        assert_true(put(inbox, link, 1, 0));
    }
    assert_false(put(inbox, PROM_NET_LINKS_MAX + 1, 1, 0));
    prom_inbox_drop(inbox, 5);
    assert_true(put(inbox, PROM_NET_LINKS_MAX + 1, 1, 0));
    prom_inbox_free(inbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_of_one_link_keep_their_order_and_links_take_turns),
        cmocka_unit_test(a_link_is_answered_so_often_and_no_more),
        cmocka_unit_test(many_links_cost_little_and_keep_nobody_waiting),
        cmocka_unit_test(what_a_link_asked_goes_with_it),
        cmocka_unit_test(there_is_room_for_all_links_that_there_can_be),
    };
    return cmocka_run_group_tests_name("trade/inbox", tests, NULL, NULL);
}
