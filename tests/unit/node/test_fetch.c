#include "node/host.h"

static void make_body(struct host *host, prom_body_kind what, const prom_bytes32 *hash, char path[PATH_MAX])
{
    assert_ok(prom_node_body_path(host->node, path, what, hash, &host->test->error), &host->test->error);
    FILE *body = fopen(path, "w");
    assert_non_null(body);
    assert_int_equal(fputs("input", body) >= 0, 1);
    assert_int_equal(fclose(body), 0);
}

/* A body is served to who names a contract of ours and its hash. */
static void bodies_are_served_by_contract_and_hash(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const prom_node_channel *channel = host_with(host, PLACE_W);
    prom_fetch fetch = {.channel = channel->channel->facts.client, .what = PROM_BODY_INPUT, .hash = named("body", 0)};
    char path[PATH_MAX];
    char served[PATH_MAX];
    assert_false(prom_node_serve(host->node, 1, &fetch, served));
    make_body(host, PROM_BODY_INPUT, &fetch.hash, path);
    assert_true(prom_node_serve(host->node, 1, &fetch, served));
    assert_string_equal(served, path);
    fetch.channel = named("stranger", 0);
    assert_false(prom_node_serve(host->node, 1, &fetch, served));
    fetch.channel = channel->channel->facts.client;
    fetch.what = PROM_BODIES;
    assert_false(prom_node_serve(host->node, 1, &fetch, served));
    host_free(host);
}

/* What another channel has is not fetched again; but a package of the same name may be another contract's. */
static void what_lies_here_is_not_fetched(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_node_channel *channel = host_with(host, PLACE_A);
    const prom_bytes32 name = named("want", 0);
    for (prom_body_kind what = 0; what < PROM_BODIES; what++) {
        const prom_want want = {.kind = PROM_WANT_FETCH,
                                .as.fetch = {.what = what, .hash = named("body", 0), .length = 5, .places = 7}};
        char path[PATH_MAX];
        bool begun = false;
        make_body(host, what, &want.as.fetch.hash, path);
        channel->wants_due = false;
        assert_ok(prom_node_begin_fetch(host->node, channel, &begun, &want, &name, &host->test->error),
                  &host->test->error);
        assert_int_equal(channel->wants_due, what == PROM_BODY_PROGRAM || what == PROM_BODY_INPUT);
    }
    host_free(host);
}

/* Nobody is reached: nothing is under way, and it is tried again. */
static void without_a_link_nothing_is_begun(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_node_channel *channel = host_with(host, PLACE_A);
    const prom_want want = {.kind = PROM_WANT_FETCH,
                            .as.fetch = {.what = PROM_BODY_INPUT, .hash = named("body", 0), .length = 5, .places = 7}};
    const prom_bytes32 name = named("want", 0);
    bool begun = false;
    assert_ok(prom_node_begin_fetch(host->node, channel, &begun, &want, &name, &host->test->error), &host->test->error);
    assert_false(begun);
    assert_int_equal(host->node->fetch_count, 0);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(bodies_are_served_by_contract_and_hash),
        FIXTURE_TEST(what_lies_here_is_not_fetched),
        FIXTURE_TEST(without_a_link_nothing_is_begun),
    };
    return cmocka_run_group_tests_name("node/fetch", tests, NULL, NULL);
}
