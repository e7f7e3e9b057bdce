#include "node/host.h"

static bool same(const prom_want *a, const prom_want *b)
{
    prom_bytes32 one;
    prom_bytes32 other;
    prom_want_name(&one, a);
    prom_want_name(&other, b);
    return prom_bytes32_equal(&one, &other);
}

/* Wants are the same when all is but their urgency. */
static void wants_are_named_by_what_they_ask(void **state)
{
    (void)state;
    const prom_want sign = {.kind = PROM_WANT_SIGN, .as.sign = {.purpose = PROM_PURPOSE_BASE, .hash = {{1}}}};
    prom_want other = sign;
    assert_true(same(&sign, &other));
    other.as.sign.hash.bytes[0] = 2;
    assert_false(same(&sign, &other));
    other = sign;
    other.batch = 1;
    assert_false(same(&sign, &other));
    other = sign;
    other.as.sign.attempt = 1;
    assert_false(same(&sign, &other));
    const prom_want publish = {.kind = PROM_WANT_PUBLISH, .as.publish = {.tx = 3}};
    other = publish;
    other.as.publish.due.last_block = 7;
    assert_true(same(&publish, &other));
    other.as.publish.tx = 4;
    assert_false(same(&publish, &other));
    const prom_want fetch = {.kind = PROM_WANT_FETCH, .as.fetch = {.what = PROM_BODY_INPUT}};
    other = fetch;
    other.as.fetch.what = PROM_BODY_PROGRAM;
    assert_false(same(&fetch, &other));
    const prom_want job = {.kind = PROM_WANT_JOB, .as.job = {.job = PROM_JOB_CHECK}};
    other = job;
    other.as.job.subject.bytes[0] = 1;
    assert_false(same(&job, &other));
}

/* What is under way is not begun again, and what is over can be. */
static void a_want_is_begun_once(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *channel = host_with(host, PLACE_W);
    host_mine_tx(host, PROM_TX0);
    host_mine_to(host, WORLD_H0 + WORLD_MARGIN);
    prom_node_look_at_wants(host->node);
    const size_t under_way = channel->under_way_count;
    assert_true(under_way > 0); /* to compute, if nothing else */
    channel->wants_due = true;
    prom_node_look_at_wants(host->node);
    assert_int_equal(channel->under_way_count, under_way);
    assert_int_equal(host->reports[PROM_REPORT_BUSY], 1);
    const prom_bytes32 name = channel->under_way[0].what;
    prom_node_want_over(channel, &name);
    assert_true(channel->under_way_count == under_way - 1 && channel->wants_due);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(wants_are_named_by_what_they_ask),
        FIXTURE_TEST(a_want_is_begun_once),
    };
    return cmocka_run_group_tests_name("node/wants", tests, NULL, NULL);
}
