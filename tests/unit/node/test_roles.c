#include "market/reason.h"
#include "node/asked.h"

static void set_roles(struct host *host, unsigned roles)
{
    host->options.roles = roles;
    host_reopen(host);
}

/* A client's channel, and what names its contract to others. */
static prom_bytes32 client_of(struct host *host)
{
    prom_facts facts = {.role = PROM_ROLE_CLIENT, .batch_count = 1};
    prom_node_channel *channel = NULL;
    assert_ok(host_add(host, &channel, "own", &facts), &host->test->error);
    return channel->channel->facts.client;
}

static bool begin_for(struct host *host, uint64_t link, const prom_bytes32 *client, prom_role role,
                      const struct asked *asked)
{
    const prom_begin begin = {.channel = *client, .role = role, .terms = asked->bytes};
    prom_begun begun;
    prom_quote_reason why;
    const bool takes_part = prom_node_begin(host->node, link, &begin, &begun, &why);
    assert_int_equal(why.code, takes_part ? 0 : PROM_REASON_PART);
    return takes_part;
}

static bool was_refused(const struct host *host, const char *why)
{
    return strstr(host->last[PROM_REPORT_REFUSED], why) != NULL;
}

/* A node is what its owner has switched on, be it several at once. */
static void a_node_has_several_roles(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    struct asked asked = asked_publish_p(host);
    (void)host_pay(host, 6);
    assert_false(asked_for(host, 1, 0, PROM_ROLE_VERIFIER, &asked));
    assert_true(was_refused(host, "takes no contract as a verifier"));
    set_roles(host, PROM_ROLE_BIT(PROM_ROLE_WORKER) | PROM_ROLE_BIT(PROM_ROLE_VERIFIER));
    asked_limits(host, &asked);
    assert_true(asked_for(host, 1, 0, PROM_ROLE_VERIFIER, &asked));
    assert_true(asked_for(host, 1, 1, PROM_ROLE_WORKER, &asked));
    assert_int_equal(host->node->channel_count, 2);
    set_roles(host, 0);
    asked_limits(host, &asked);
    assert_int_equal(host->node->channel_count, 2); /* what is open goes on */
    assert_false(asked_for(host, 1, 2, PROM_ROLE_WORKER, &asked));
    host_free(host);
}

/* In one contract it is one of them. */
static void nobody_has_two_parts(void **state)
{
    static const prom_role parts[][2] = {{PROM_ROLE_WORKER, PROM_ROLE_VERIFIER},
                                         {PROM_ROLE_VERIFIER, PROM_ROLE_WORKER}};
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    set_roles(host, PROM_ROLES_ALL);
    const struct asked asked = asked_publish_p(host);
    (void)host_pay(host, 8);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        assert_true(asked_for(host, 1, i, parts[i][0], &asked));
        assert_false(asked_for(host, 1, i, parts[i][1], &asked));
        assert_true(was_refused(host, "of that contract, and no"));
        assert_true(asked_for(host, 1, i, parts[i][0], &asked)); /* the same part again */
    }
    const prom_bytes32 own = client_of(host);
    assert_false(begin_for(host, 2, &own, PROM_ROLE_WORKER, &asked));
    assert_true(was_refused(host, "is the client of that contract"));
    assert_int_equal(host->node->channel_count, 1 + COUNT_OF(parts));
    assert_false(begin_for(host, 2, &own, PROM_ROLE_VERIFIER, &asked)); /* in our name */
    assert_true(was_refused(host, "asks its verifier itself"));
    assert_int_equal(host->node->channel_count, 1 + COUNT_OF(parts));
    host_free(host);
}

/* A client that is its own verifier needs to be none for others, and is judged by no reward; others are no such client.
 */
static void a_client_is_its_own_verifier(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    struct asked asked = asked_publish_p(host);
    (void)host_pay(host, 6);
    host->node->config.reward_min = asked.terms.c;
    const prom_bytes32 own = client_of(host);
    assert_false(begin_for(host, 7, &own, PROM_ROLE_VERIFIER, &asked)); /* over a link */
    assert_true(was_refused(host, "asks its verifier itself"));
    assert_false(asked_for(host, 0, 0, PROM_ROLE_VERIFIER, &asked)); /* of another client */
    assert_true(begin_for(host, 0, &own, PROM_ROLE_VERIFIER, &asked));
    assert_false(begin_for(host, 7, &own, PROM_ROLE_VERIFIER, &asked)); /* nor is it told what we have begun */
    assert_int_equal(host->node->channel_count, 2);
    const prom_facts *facts = &host->node->channels[1]->channel->facts;
    assert_int_equal(facts->role, PROM_ROLE_VERIFIER);
    assert_true(prom_bytes32_equal(&facts->client, &own));
    assert_true(prom_bytes32_equal(&facts->own.node_key, &host->node->key.public_key));
    /* Another coin for each part. */
    assert_true(facts->own.coin_count > 0);
    assert_null(prom_node_coin_of(host->node, host->node->channels[1]->record.number)); /* before it gives its part */
    host_free(host);
}

static prom_result propose(struct host *host, const prom_bytes32 *worker, const prom_bytes32 *verifier)
{
    prom_node_proposal proposal = {
        .name = "wish", .what = {.proposal = &host->world->session.terms}, .program = "none", .input = "none"};
    uint64_t channel = 0;
    proposal.what.peers[PROM_PARTY_W] = *worker;
    proposal.what.peers[PROM_PARTY_V] = *verifier;
    return prom_node_propose(host->node, &proposal, &channel, &host->test->error);
}

/* What would be two parts in one hand no client begins. */
static void parties_are_different_people(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const prom_error *error = &host->test->error;
    const prom_bytes32 other = named("node", 0);
    const prom_bytes32 third = named("node", 1);
    (void)host_pay(host, 3);
    assert_fails(propose(host, &other, &third), PROM_CATEGORY_BAD_INPUT, error, "is no client");
    set_roles(host, PROM_ROLE_BIT(PROM_ROLE_CLIENT));
    const prom_bytes32 own = host->node->key.public_key;
    assert_fails(propose(host, &own, &third), PROM_CATEGORY_BAD_INPUT, error, "its own worker");
    assert_fails(propose(host, &other, &other), PROM_CATEGORY_BAD_INPUT, error, "at one node");
    assert_int_equal(host->node->channel_count, 0);
    assert_ok(propose(host, &other, &own), error);
    assert_int_equal(host->node->channel_count, 1);
    host_free(host);
}

/* Each role has a limit of its own, beside that of all, and a reward that it works for. */
static void a_role_has_a_policy(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    host->options.policies[PROM_ROLE_WORKER].channels_max = 1;
    host->options.policies[PROM_ROLE_VERIFIER].reward_min = host->world->session.terms.c;
    set_roles(host, PROM_ROLE_BIT(PROM_ROLE_WORKER) | PROM_ROLE_BIT(PROM_ROLE_VERIFIER));
    const struct asked asked = asked_publish_p(host);
    (void)host_pay(host, 6);
    assert_false(asked_for(host, 1, 0, PROM_ROLE_VERIFIER, &asked));
    assert_true(was_refused(host, "less than we work for"));
    assert_true(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked));
    assert_false(asked_for(host, 1, 1, PROM_ROLE_WORKER, &asked));
    assert_true(was_refused(host, "as a worker, and its owner's limit for these is 1"));
    host->node->policies[PROM_ROLE_VERIFIER].reward_min = prom_amount_zero();
    assert_true(asked_for(host, 1, 1, PROM_ROLE_VERIFIER, &asked));
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_node_has_several_roles),     FIXTURE_TEST(nobody_has_two_parts),
        FIXTURE_TEST(a_client_is_its_own_verifier), FIXTURE_TEST(parties_are_different_people),
        FIXTURE_TEST(a_role_has_a_policy),
    };
    return cmocka_run_group_tests_name("node/roles", tests, NULL, NULL);
}
