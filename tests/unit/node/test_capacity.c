#include "node/asked.h"

#include "node/capacity.h"

static prom_node_capacity capacity_of(const struct host *host, prom_role role)
{
    prom_node_capacity capacity;
    prom_node_capacity_of(host->node, NULL, role, &capacity);
    return capacity;
}

static void room_follows_from_channels_and_limits(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    (void)host_pay(host, 4);
    host_mine_to(host, VALID_TIP);
    host->node->channels_max = 5;
    prom_node_capacity capacity = capacity_of(host, PROM_ROLE_WORKER);
    assert_int_equal(capacity.tip, VALID_TIP);
    assert_int_equal(capacity.begins, VALID_TIP);
    assert_int_equal(capacity.open, 0);
    assert_int_equal(capacity.room, 5);
    assert_int_equal(capacity.work_ahead, 0);
    assert_int_equal(capacity.feerate, 1); /* as long as nothing is known */
    (void)host_give(host, PLACE_W);
    capacity = capacity_of(host, PROM_ROLE_WORKER);
    assert_int_equal(capacity.open, 1);
    assert_int_equal(capacity.room, 4);
    assert_int_equal(capacity.work_ahead, 1);
    assert_int_equal(capacity_of(host, PROM_ROLE_VERIFIER).open, 0);
    assert_int_equal(capacity_of(host, PROM_ROLE_VERIFIER).room, 4);
    host->node->policies[PROM_ROLE_WORKER].channels_max = 2;
    assert_int_equal(capacity_of(host, PROM_ROLE_WORKER).room, 1);
    host->node->policies[PROM_ROLE_WORKER].channels_max = 1;
    assert_int_equal(capacity_of(host, PROM_ROLE_WORKER).room, 0);
    assert_int_equal(capacity_of(host, PROM_ROLE_VERIFIER).room, 4);
    host->node->estimates.soon = 3001;
    assert_int_equal(capacity_of(host, PROM_ROLE_WORKER).feerate, 4);
    host->node->disk_short = true;
    assert_int_equal(capacity_of(host, PROM_ROLE_VERIFIER).room, 0);
    host->node->disk_short = false;
    const prom_aborted_draw given_up[] = {{.aborted_height = VALID_TIP}, {.aborted_height = VALID_TIP}};
    prom_aborted_draw *const none = host->node->aborted;
    host->node->aborted = (prom_aborted_draw *)(uintptr_t)given_up;
    host->node->aborted_count = COUNT_OF(given_up);
    host->node->config.aborted_max = 2;
    assert_int_equal(capacity_of(host, PROM_ROLE_VERIFIER).room, 4);
    host->node->config.aborted_max = 1;
    assert_int_equal(capacity_of(host, PROM_ROLE_VERIFIER).room, 0);
    assert_int_equal(capacity_of(host, PROM_ROLE_CLIENT).room, 0);
    assert_int_equal(capacity_of(host, PROM_ROLE_ARBITER).room, 4);
    host->node->aborted = none;
    host->node->aborted_count = 0;
    assert_int_equal(capacity_of(host, PROM_ROLE_VERIFIER).room, 4);
    host->node->health.may_begin = false;
    assert_int_equal(capacity_of(host, PROM_ROLE_VERIFIER).room, 0);
    host_free(host);
}

/* Where there is no room it begins when the first contract is over: known once its Tx0 is in a block. */
static void it_begins_when_the_first_one_is_over(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    (void)host_with(host, PLACE_W);
    const prom_parameters *P = &host->world->session.terms.P;
    host->node->policies[PROM_ROLE_WORKER].channels_max = 1;
    assert_int_equal(capacity_of(host, PROM_ROLE_WORKER).begins, VALID_TIP);
    host_mine_tx(host, PROM_TX0);
    const uint32_t tip = host->node->best_tip;
    const prom_node_capacity capacity = capacity_of(host, PROM_ROLE_WORKER);
    assert_int_equal(capacity.room, 0);
    const int64_t closed = prom_deadline_window(PROM_DEADLINE_TX3, P, &host->network, tip).earliest;
    assert_int_equal(capacity.begins, closed + 100);
    assert_true(closed > tip);
    host_free(host);
}

/* What is staked with one client follows from the channels, and is the same after a restart. */
static void stakes_with_a_client_are_summed_up(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const prom_terms *terms = &host->world->session.terms;
    const prom_node_channel *channel = host_with(host, PLACE_W);
    const prom_bytes32 client = channel->channel->facts.nodes[PROM_PARTY_C].key;
    const prom_bytes32 other = named("another client", 0);
    assert_true(prom_amount_equal(prom_node_staked_with(host->node, &client), terms->P.w));
    assert_true(prom_amount_is_zero(prom_node_staked_with(host->node, &other)));
    prom_node_close(host->node);
    host_open(host);
    assert_true(prom_amount_equal(prom_node_staked_with(host->node, &client), terms->P.w));
    prom_channel *own = host->node->channels[0]->channel;
    own->facts.setup.phase = PROM_SETUP_OVER; /* nothing is at stake */
    assert_true(prom_amount_is_zero(prom_node_staked_with(host->node, &client)));
    host_free(host);
}

/* What a contract that cannot be read has at stake nobody knows: none is added to it. */
static void nothing_is_staked_beside_what_cannot_be_read(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_WORKER);
    prom_node_channel *channel = host_with(host, PLACE_W);
    const prom_role staking[] = {PROM_ROLE_WORKER, PROM_ROLE_VERIFIER};
    assert_true(capacity_of(host, PROM_ROLE_WORKER).room > 0);
    prom_node_unload(channel);
    for (size_t i = 0; i < sizeof staking / sizeof staking[0]; i++) {
        assert_fails(prom_node_check_limits(host->node, staking[i], &test->error), PROM_CATEGORY_BAD_INPUT,
                     &test->error, "cannot be read, so it is not known what is staked");
        assert_int_equal(capacity_of(host, staking[i]).room, 0);
    }
    assert_ok(prom_node_check_limits(host->node, PROM_ROLE_CLIENT, &test->error), &test->error);
    assert_ok(prom_node_refresh(host->node, channel, &test->error), &test->error);
    assert_ok(prom_node_check_limits(host->node, PROM_ROLE_WORKER, &test->error), &test->error);
    host_free(host);
}

static void coins_are_those_that_a_contract_would_take(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_WORKER);
    prom_terms terms = host->world->session.terms;
    prom_node_purse purse;
    host_mine_to(host, VALID_TIP);
    prom_node_purse_for(host->node, PROM_ROLE_WORKER, &terms, &purse);
    assert_true(prom_amount_is_zero(purse.funds));
    assert_true(prom_amount_above(purse.fee_coin, prom_amount_zero()));
    (void)host_pay(host, 1); /* one for fees, and none for the stake */
    prom_node_purse_for(host->node, PROM_ROLE_WORKER, &terms, &purse);
    assert_true(prom_amount_is_zero(purse.funds));
    (void)host_pay(host, 1);
    prom_node_purse_for(host->node, PROM_ROLE_WORKER, &terms, &purse);
    assert_true(prom_amount_equal(purse.funds, prom_amount_of(UINT64_C(2) * HOST_COIN_SAT)));
    assert_int_equal(purse.coins, 1);
    terms.c = prom_amount_invalid();
    terms.P.w = prom_amount_invalid();
    prom_node_purse_for(host->node, PROM_ROLE_WORKER, &terms, &purse);
    assert_true(prom_amount_is_zero(purse.funds) && prom_amount_is_zero(purse.fee_coin));
    (void)host_give(host, PLACE_W); /* keeps one of the two for its fees */
    terms = host->world->session.terms;
    prom_node_purse_for(host->node, PROM_ROLE_WORKER, &terms, &purse);
    assert_true(prom_amount_is_zero(purse.funds));
    host_free(host);
}

static void p_is_known_once_it_is_deep_enough(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const struct asked asked = asked_publish_p(host);
    const prom_bytes32 other = named("another P", 0);
    const uint32_t published = host->node->best_tip;
    const uint32_t depth = host->network.offer_age + host->network.snapshot_depth.low;
    assert_null(prom_node_known_p(host->node, &asked.terms.p_txid));
    host_mine_to(host, published + depth - 1);
    assert_null(prom_node_known_p(host->node, &asked.terms.p_txid));
    host_mine_to(host, published + depth);
    const prom_parameters *P = prom_node_known_p(host->node, &asked.terms.p_txid);
    assert_non_null(P);
    assert_true(prom_amount_equal(P->w, asked.terms.P.w));
    assert_null(prom_node_known_p(host->node, &other));
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(room_follows_from_channels_and_limits),
        FIXTURE_TEST(it_begins_when_the_first_one_is_over),
        FIXTURE_TEST(stakes_with_a_client_are_summed_up),
        FIXTURE_TEST(nothing_is_staked_beside_what_cannot_be_read),
        FIXTURE_TEST(coins_are_those_that_a_contract_would_take),
        FIXTURE_TEST(p_is_known_once_it_is_deep_enough),
    };
    return cmocka_run_group_tests_name("node/capacity", tests, NULL, NULL);
}
