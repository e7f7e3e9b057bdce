#include "node/host.h"

#include "contract/signed_terms.h"

static bool ask(struct host *host, uint64_t link, size_t client, prom_role role, prom_begun *begun)
{
    const prom_begin begin = {.channel = named("client", client),
                              .role = role,
                              .terms = world_facts(host->world, PLACE_W)->kept[PROM_KEPT_BASE]};
    return prom_node_begin(host->node, link, &begin, begun);
}

/* Who asks gets a channel, the same one when it asks again; so many on one link, and so many in all. */
static void strangers_tie_up_a_fixed_amount(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_begun first;
    prom_begun begun;
    (void)host_pay(host, 2 * (PROM_ASKED_MAX + 1));
    assert_false(ask(host, 1, 0, PROM_ROLE_VERIFIER, &begun));
    assert_true(ask(host, 1, 0, PROM_ROLE_WORKER, &first));
    assert_true(ask(host, 1, 0, PROM_ROLE_WORKER, &begun));
    assert_true(prom_bytes32_equal(&begun.words, &first.words));
    assert_int_equal(host->node->channel_count, 1);
    for (size_t i = 1; i < PROM_ASKED_BY_ONE_MAX; i++) {
        assert_true(ask(host, 1, i, PROM_ROLE_WORKER, &begun));
    }
    assert_false(ask(host, 1, PROM_ASKED_BY_ONE_MAX, PROM_ROLE_WORKER, &begun));
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "one peer"));
    for (size_t i = PROM_ASKED_BY_ONE_MAX; i < PROM_ASKED_MAX; i++) {
        assert_true(ask(host, 2 + i / 3, i, PROM_ROLE_WORKER, &begun));
    }
    assert_false(ask(host, 99, PROM_ASKED_MAX, PROM_ROLE_WORKER, &begun));
    assert_int_equal(host->node->channel_count, PROM_ASKED_MAX);
    host_free(host);
}

/* A node that does not follow the chain, whose disk is full, or that has no coins, takes nothing. */
static void what_is_missing_is_said(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_begun begun;
    assert_false(ask(host, 1, 0, PROM_ROLE_WORKER, &begun));
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "sat"));
    (void)host_pay(host, 2);
    host->node->health.may_begin = false;
    assert_false(ask(host, 1, 0, PROM_ROLE_WORKER, &begun));
    host->node->health.may_begin = true;
    host->node->disk_short = true;
    assert_false(ask(host, 1, 0, PROM_ROLE_WORKER, &begun));
    host->node->disk_short = false;
    assert_true(ask(host, 1, 0, PROM_ROLE_WORKER, &begun));
    host_free(host);
}

/* A node that is full, or has too little memory, begins nothing, and defends what it has. */
static void open_contracts_come_first(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_step step;
    prom_begun begun;
    prom_node_channel *open = host_with(host, PLACE_W);
    (void)host_pay(host, 4);
    host->node->channels_max = 1;
    assert_false(ask(host, 1, 0, PROM_ROLE_WORKER, &begun));
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "its owner's limit is 1"));
    host->node->channels_max = PROM_NODE_CHANNELS_MAX;
    host->node->memory_spare = UINT64_MAX / 2;
    assert_false(ask(host, 1, 0, PROM_ROLE_WORKER, &begun));
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "MiB of memory are left"));
    host_mine_tx(host, PROM_TX0);
    host_take(host, open, &step, &(prom_event){.kind = PROM_EVENT_TIME});
    assert_false(step.failed);
    assert_true(open->channel->facts.tx0.there);
    host->node->memory_spare = PROM_NODE_MEMORY_SPARE;
    assert_true(ask(host, 1, 0, PROM_ROLE_WORKER, &begun));
    host_free(host);
}

/* An arbiter is invited to what its offer is for, and to nothing else. */
static void an_arbiter_is_invited(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_error *error = &host->test->error;
    const prom_bytes32 client = named("client", 0);
    prom_message message = {.kind = PROM_MESSAGE_PROPOSAL};
    const struct session *session = &host->world->session;
    const prom_base_signatures signatures = sign_base(host->test, &session->cast, &session->terms);
    const prom_span terms = signed_bytes(host->test, &session->terms, &signatures);
    prom_node_channel *begun = NULL;
    assert_fails(prom_node_begin_asked(host->node, &begun, 1, &client, &message, error), PROM_CATEGORY_PEER, error,
                 "begins no contract");
    message = (prom_message){.kind = PROM_MESSAGE_INVITATION, .as.invitation.signed_terms = terms};
    assert_fails(prom_node_begin_asked(host->node, &begun, 1, &client, &message, error), PROM_CATEGORY_BAD_INPUT, error,
                 "our offer");
    host->node->config.announcement.offer = host_pay(host, 2);
    message.as.invitation.signed_terms = prom_span_of(terms.data, terms.length / 2);
    assert_fails(prom_node_begin_asked(host->node, &begun, 1, &client, &message, error), PROM_CATEGORY_PEER, error, "");
    message.as.invitation.signed_terms = terms;
    assert_ok(prom_node_begin_asked(host->node, &begun, 1, &client, &message, error), error);
    assert_true(
        prom_outpoint_equal(&begun->channel->facts.own.coins[0].outpoint, &host->node->config.announcement.offer));
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(strangers_tie_up_a_fixed_amount),
        FIXTURE_TEST(what_is_missing_is_said),
        FIXTURE_TEST(open_contracts_come_first),
        FIXTURE_TEST(an_arbiter_is_invited),
    };
    return cmocka_run_group_tests_name("node/begin", tests, NULL, NULL);
}
