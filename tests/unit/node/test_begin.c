#include "node/asked.h"

/* Who asks gets a channel, the same one when it asks again; so many on one link, and so many in all. */
static void strangers_begin_a_fixed_number(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const struct asked asked = asked_publish_p(host);
    (void)host_pay(host, 2);
    assert_false(asked_for(host, 1, 0, PROM_ROLE_VERIFIER, &asked));
    assert_true(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked));
    const prom_bytes32 words = host->node->channels[0]->channel->facts.own.words;
    assert_true(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked));
    assert_int_equal(host->node->channel_count, 1);
    assert_true(prom_bytes32_equal(&host->node->channels[0]->channel->facts.own.words, &words));
    for (size_t i = 1; i < PROM_ASKED_BY_ONE_MAX; i++) {
        assert_true(asked_for(host, 1, i, PROM_ROLE_WORKER, &asked));
    }
    assert_false(asked_for(host, 1, PROM_ASKED_BY_ONE_MAX, PROM_ROLE_WORKER, &asked));
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "one peer"));
    for (size_t i = PROM_ASKED_BY_ONE_MAX; i < PROM_ASKED_MAX; i++) {
        assert_true(asked_for(host, 2 + i / 3, i, PROM_ROLE_WORKER, &asked));
    }
    assert_false(asked_for(host, 99, PROM_ASKED_MAX, PROM_ROLE_WORKER, &asked));
    assert_int_equal(host->node->channel_count, PROM_ASKED_MAX);
    host_free(host);
}

/* They tie up no coin by it, neither for the deposit nor for fees. */
static void who_asks_ties_up_nothing(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const struct asked asked = asked_publish_p(host);
    size_t count = 0;
    (void)host_pay(host, 3);
    for (size_t i = 0; i < PROM_ASKED_BY_ONE_MAX; i++) {
        assert_true(asked_for(host, 1, i, PROM_ROLE_WORKER, &asked));
    }
    assert_int_equal(host->node->reserved_count, 0);
    const prom_wallet_coin *coins = prom_coins_list(host->node->fold->coins, &count);
    for (size_t i = 0; i < count; i++) {
        assert_true(prom_node_is_free(host->node, &coins[i]));
    }
    /* They are named coins that are named to nobody else, as long as there are some; who gives its part first has them.
     */
    prom_channel *later = host->node->channels[3]->channel;
    prom_facts *facts[2] = {&host->node->channels[0]->channel->facts, &later->facts};
    const prom_outpoint *coin = &facts[0]->own.coins[0].outpoint;
    assert_false(prom_outpoint_equal(coin, &host->node->channels[1]->channel->facts.own.coins[0].outpoint));
    later->terms = asked.terms;
    facts[1]->own.coins[0] = facts[0]->own.coins[0];
    assert_true(prom_node_can_name(host->node, later));
    facts[0]->setup.phase = PROM_SETUP_ACCEPTED;
    assert_true(prom_node_can_name(host->node, later));
    facts[0]->setup.accepting = true;
    assert_false(prom_node_is_free(host->node, prom_coins_find(host->node->fold->coins, coin)));
    assert_false(prom_node_can_name(host->node, later));
    host_free(host);
}

/* What would be refused when it is proposed begins nothing. */
static void terms_are_looked_at_first(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    struct asked asked = asked_publish_p(host);
    (void)host_pay(host, 3);
    asked.terms.p_txid = named("another P", 0);
    asked_write_terms(host, &asked);
    assert_false(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked));
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "not on our chain"));
    asked = asked_publish_p(host);
    host->node->config.reward_min = asked.terms.c;
    host->node->config.limits.feerate = 0;
    assert_false(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked));
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "feerate"));
    assert_int_equal(host->node->channel_count, 0);
    host_free(host);
}

/* To ask again keeps nothing alive, and what is asked and not proposed makes room for others. */
static void room_is_made(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const struct asked asked = asked_publish_p(host);
    (void)host_pay(host, 3);
    for (size_t i = 0; i < PROM_ASKED_MAX; i++) {
        assert_true(asked_for(host, 1 + i, i, PROM_ROLE_WORKER, &asked));
    }
    host->node->channels[0]->begun -= 11 * 1000;
    assert_true(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked)); /* again */
    prom_node_close_finished(host->node);
    assert_int_equal(host->node->channel_count, PROM_ASKED_MAX - 1);
    host->node->channels[0]->begun -= 11 * 1000; /* there is room: it may stay */
    prom_node_close_finished(host->node);
    assert_int_equal(host->node->channel_count, PROM_ASKED_MAX - 1);
    assert_true(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked)); /* who was closed begins anew */
    assert_int_equal(host->node->channel_count, PROM_ASKED_MAX);
    host->node->channels[0]->begun -= 11 * 60 * 1000;
    assert_true(asked_for(host, 2, 1, PROM_ROLE_WORKER, &asked)); /* again */
    prom_node_close_finished(host->node);
    assert_int_equal(host->node->channel_count, PROM_ASKED_MAX - 1);
    host_free(host);
}

/* A node that does not follow the chain, whose disk is full, or that has no coins, takes nothing. */
static void what_is_missing_is_said(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const struct asked asked = asked_publish_p(host);
    assert_false(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked));
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "sat"));
    (void)host_pay(host, 2);
    host->node->health.may_begin = false;
    assert_false(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked));
    host->node->health.may_begin = true;
    host->node->disk_short = true;
    assert_false(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked));
    host->node->disk_short = false;
    assert_true(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked));
    host_free(host);
}

/* A node that is full, or has too little memory, begins nothing, and defends what it has. */
static void open_contracts_come_first(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_step step;
    const struct asked asked = asked_publish_p(host);
    prom_node_channel *open = host_with(host, PLACE_W);
    (void)host_pay(host, 4);
    host->node->channels_max = 1;
    assert_false(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked));
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "its owner's limit is 1"));
    host->node->channels_max = PROM_NODE_CHANNELS_MAX;
    host->node->memory_spare = UINT64_MAX / 2;
    assert_false(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked));
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "MiB of memory are left"));
    host_mine_tx(host, PROM_TX0);
    host_take(host, open, &step, &(prom_event){.kind = PROM_EVENT_TIME});
    assert_false(step.failed);
    assert_true(open->channel->facts.tx0.there);
    host->node->memory_spare = PROM_NODE_MEMORY_SPARE;
    assert_true(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked));
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(strangers_begin_a_fixed_number), FIXTURE_TEST(who_asks_ties_up_nothing),
        FIXTURE_TEST(terms_are_looked_at_first),      FIXTURE_TEST(room_is_made),
        FIXTURE_TEST(what_is_missing_is_said),        FIXTURE_TEST(open_contracts_come_first),
    };
    return cmocka_run_group_tests_name("node/begin", tests, NULL, NULL);
}
