#include "market/reason.h"
#include "node/asked.h"

#include "node/deal.h"

/* Who asks gets a channel, the same one when it asks again; so many on one link, and so many in all. */
static void strangers_begin_a_fixed_number(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const struct asked asked = asked_publish_p(host);
    (void)host_pay(host, 2);
    assert_int_equal(asked_why(host, 1, 0, PROM_ROLE_VERIFIER, &asked), PROM_REASON_ROLE);
    assert_true(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked));
    const prom_bytes32 words = host->node->channels[0]->channel->facts.own.words;
    assert_true(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked));
    assert_int_equal(host->node->channel_count, 1);
    assert_true(prom_bytes32_equal(&host->node->channels[0]->channel->facts.own.words, &words));
    for (size_t i = 1; i < PROM_ASKED_BY_ONE_MAX; i++) {
        assert_true(asked_for(host, 1, i, PROM_ROLE_WORKER, &asked));
    }
    assert_int_equal(asked_why(host, 1, PROM_ASKED_BY_ONE_MAX, PROM_ROLE_WORKER, &asked), PROM_REASON_BUSY);
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "one peer"));
    for (size_t i = PROM_ASKED_BY_ONE_MAX; i < PROM_ASKED_MAX; i++) {
        assert_true(asked_for(host, 2 + i / 3, i, PROM_ROLE_WORKER, &asked));
    }
    assert_int_equal(asked_why(host, 99, PROM_ASKED_MAX, PROM_ROLE_WORKER, &asked), PROM_REASON_BUSY);
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

/* What our own verifier is about to name no stranger names first, nor is it found for one. */
static void strangers_take_no_coin_of_our_verifier(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const struct asked asked = asked_publish_p(host);
    (void)host_pay(host, 6);
    assert_true(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked));
    assert_true(asked_for(host, 2, 1, PROM_ROLE_WORKER, &asked));
    prom_facts *meant = &host->node->channels[0]->channel->facts;
    prom_channel *later = host->node->channels[1]->channel;
    later->terms = asked.terms;
    later->facts.own.coins[0] = meant->own.coins[0];
    assert_true(prom_node_can_name(host->node, later));
    prom_facts wish = {.role = PROM_ROLE_CLIENT, .batch_count = 1};
    prom_node_channel *client = NULL;
    assert_ok(host_add(host, &client, "wish", &wish), &host->test->error);
    client->channel->facts.own.coin_count = 0;
    client->channel->facts.client = meant->client;
    assert_false(prom_node_can_name(host->node, later));
    prom_own own = {.coin_count = 0};
    for (size_t i = 0; i < 2; i++) { /* for a contract of our own it may be the last that is found */
        assert_ok(prom_node_fund_contract(host->node, &own, &asked.terms, PROM_PARTY_W, i == 1, &host->test->error),
                  &host->test->error);
        assert_false(prom_outpoint_equal(&own.coins[0].outpoint, &meant->own.coins[0].outpoint));
    }
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
    assert_int_equal(asked_why(host, 1, 0, PROM_ROLE_WORKER, &asked), PROM_REASON_TERMS);
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

/* A setup that has ended takes its place until its end was heard, or for a while: who has each of its proposals
 * refused, and hears of none, has no more of them than others, and keeps no contract from us. */
static void what_has_ended_does_not_pile_up(void **state)
{
    enum { MANY = 100 };
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const struct asked asked = asked_publish_p(host);
    size_t begun = 0;
    (void)host_pay(host, 3);
    host->node->channels_max = PROM_ASKED_MAX;
    for (size_t i = 0; i < MANY; i++) {
        begun += asked_for(host, 1, i, PROM_ROLE_WORKER, &asked);
        const prom_node_channel *last = host->node->channels[host->node->channel_count - 1];
        assert_ok(prom_node_give_up(host->node, last->record.number, &host->test->error), &host->test->error);
        prom_node_close_finished(host->node);
    }
    assert_int_equal(begun, PROM_ASKED_BY_ONE_MAX);
    assert_int_equal(host->node->channel_count, PROM_ASKED_BY_ONE_MAX);
    assert_ok(prom_node_check_limits(host->node, PROM_ROLE_WORKER, &host->test->error), &host->test->error);
    for (size_t i = begun; i < PROM_ASKED_MAX; i++) {
        assert_true(asked_for(host, 2 + i, i, PROM_ROLE_WORKER, &asked));
    }
    for (size_t i = 0; i < PROM_ASKED_MAX; i++) {
        host->node->channels[i]->over -= i < begun ? 11 * 1000 : 0;
    }
    prom_node_close_finished(host->node); /* others wait for the room: one makes it */
    assert_int_equal(host->node->channel_count, PROM_ASKED_MAX - 1);
    assert_true(asked_for(host, 2 + PROM_ASKED_MAX, PROM_ASKED_MAX, PROM_ROLE_WORKER, &asked));
    host_free(host);
}

static prom_result highest_number(void *context, const prom_store_channel *channel, prom_error *error)
{
    uint32_t *highest = context;
    (void)error;
    *highest = (uint32_t)channel->number > *highest ? (uint32_t)channel->number : *highest;
    return prom_ok();
}

static uint32_t count_numbers(struct host *host)
{
    uint32_t highest = 0;
    assert_ok(prom_store_channel_each(host->node->store, highest_number, &highest, &host->test->error),
              &host->test->error);
    return highest;
}

/* Strangers use up no numbers, before a restart and after it: where our part was not given the number is the next
 * one's, whether nothing was proposed, or it was refused, or the job was not taken after it was looked at. */
static void what_comes_to_nothing_leaves_its_number(void **state)
{
    enum { BEGINS = 200, WAITED = 11 * 60 * 1000 };
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const struct asked asked = asked_publish_p(host);
    (void)host_pay(host, 3);
    for (size_t i = 0; i < BEGINS; i++) {
        assert_true(asked_for(host, 1, i, PROM_ROLE_WORKER, &asked));
        prom_node_channel *begun = host->node->channels[host->node->channel_count - 1];
        begun->begun -= i % 2 == 0 ? WAITED : 0;
        begun->channel->facts.setup.phase = i % 2 == 0 ? PROM_SETUP_NEW : PROM_SETUP_OVER;
        begun->channel->facts.kept[PROM_KEPT_PROPOSAL] = i % 4 == 1 ? asked.bytes : prom_span_of(NULL, 0);
        if (host->node->channel_count == PROM_ASKED_BY_ONE_MAX) {
            prom_node_close_finished(host->node);
            assert_int_equal(host->node->channel_count, 0);
        }
        if (i == BEGINS / 2 - 1) {
            host_reopen(host);
            asked_limits(host, &asked);
        }
    }
    assert_int_equal(count_numbers(host), PROM_ASKED_BY_ONE_MAX);
    host_free(host);
}

/* Where our part was given the number is never had again, and so many may go that way in a day. */
static void what_comes_to_nothing_later_is_bounded(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const struct asked asked = asked_publish_p(host);
    (void)host_pay(host, 3);
    for (size_t i = 0; i < PROM_VAIN_MAX; i++) {
        assert_true(asked_for(host, 1, i, PROM_ROLE_WORKER, &asked));
        host->node->channels[0]->channel->facts.setup.accepting = true;
        host->node->channels[0]->channel->facts.setup.phase = PROM_SETUP_OVER;
        prom_node_close_finished(host->node);
        assert_int_equal(host->node->channel_count, 0);
    }
    assert_int_equal(count_numbers(host), PROM_VAIN_MAX);
    host_reopen(host);
    asked_limits(host, &asked);
    assert_int_equal(asked_why(host, 1, PROM_VAIN_MAX, PROM_ROLE_WORKER, &asked), PROM_REASON_VAIN);
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "came to nothing"));
    host->node->own_tip += PROM_VAIN_BLOCKS;
    assert_true(asked_for(host, 1, PROM_VAIN_MAX, PROM_ROLE_WORKER, &asked));
    host_free(host);
}

/* But for what our own jobs begin with ourselves as the verifier, and whose workers leave. */
static void own_setups_keep_nobody_from_us(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    uint64_t count = 1;
    (void)host_pay(host, 3);
    for (size_t i = 0; i < 3; i++) {
        prom_facts facts = {.role = PROM_ROLE_VERIFIER, .batch_count = 1};
        prom_node_channel *own = NULL;
        char name[PROM_STORE_NAME_MAX + 1];
        (void)snprintf(name, sizeof name, "own %zu", i);
        assert_ok(host_add(host, &own, name, &facts), &host->test->error);
        own->channel->facts.setup.accepting = true;
        own->channel->facts.setup.phase = PROM_SETUP_OVER;
        own->channel->facts.nodes[PROM_PARTY_C].key = host->node->key.public_key;
        prom_node_close_finished(host->node);
        assert_int_equal(host->node->channel_count, 0);
    }
    assert_int_equal(count_numbers(host), 3); /* none is had again */
    assert_ok(prom_store_channel_count_vain(host->node->store, &count, 0, &host->test->error), &host->test->error);
    assert_int_equal(count, 0);
    host_free(host);
}

static void raise_numbers(struct host *host, uint32_t number)
{
    const prom_store_used used = {.channels = number};
    assert_ok(prom_store_begin(host->node->store, &host->test->error), &host->test->error);
    assert_ok(prom_store_used_raise(host->node->store, &used, &host->test->error), &host->test->error);
    assert_ok(prom_store_commit(host->node->store, &host->test->error), &host->test->error);
}

/* What is paid to keys beyond is not seen: nothing is begun there, and others stop before our own contracts do. */
static void numbers_end_where_keys_do(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const struct asked asked = asked_publish_p(host);
    prom_facts facts = {.role = PROM_ROLE_CLIENT, .batch_count = 1};
    prom_node_channel *added = NULL;
    (void)host_pay(host, 3);
    assert_true(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked));
    raise_numbers(host, PROM_COINS_MAX_OF_EACH - PROM_COINS_MAX_OF_EACH / 10);
    assert_int_equal(asked_why(host, 1, 1, PROM_ROLE_WORKER, &asked), PROM_REASON_NOT_READY);
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "900000"));
    raise_numbers(host, PROM_COINS_MAX_OF_EACH);
    assert_fails(host_add(host, &added, "own", &facts), PROM_CATEGORY_PEER, &host->test->error, "1000000");
    host->node->channels[0]->begun -= 11 * 60 * 1000;
    prom_node_close_finished(host->node);
    assert_true(asked_for(host, 1, 1, PROM_ROLE_WORKER, &asked)); /* a number that is had again */
    host_free(host);
}

/* A node that does not follow the chain, whose disk is full, or that has no coins, takes nothing. */
static void what_is_missing_is_said(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const struct asked asked = asked_publish_p(host);
    assert_int_equal(asked_why(host, 1, 0, PROM_ROLE_WORKER, &asked), PROM_REASON_STAKE);
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "sat"));
    (void)host_pay(host, 2);
    host->node->health.may_begin = false;
    assert_int_equal(asked_why(host, 1, 0, PROM_ROLE_WORKER, &asked), PROM_REASON_NOT_READY);
    host->node->health.may_begin = true;
    host->node->disk_short = true;
    assert_int_equal(asked_why(host, 1, 0, PROM_ROLE_WORKER, &asked), PROM_REASON_NOT_READY);
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
    assert_int_equal(asked_why(host, 1, 0, PROM_ROLE_WORKER, &asked), PROM_REASON_BUSY);
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "its owner's limit is 1"));
    host->node->channels_max = PROM_NODE_CHANNELS_MAX;
    host->node->memory_spare = UINT64_MAX / 2;
    assert_int_equal(asked_why(host, 1, 0, PROM_ROLE_WORKER, &asked), PROM_REASON_BUSY);
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
        FIXTURE_TEST(strangers_begin_a_fixed_number),
        FIXTURE_TEST(who_asks_ties_up_nothing),
        FIXTURE_TEST(strangers_take_no_coin_of_our_verifier),
        FIXTURE_TEST(terms_are_looked_at_first),
        FIXTURE_TEST(room_is_made),
        FIXTURE_TEST(what_has_ended_does_not_pile_up),
        FIXTURE_TEST(what_is_missing_is_said),
        FIXTURE_TEST(open_contracts_come_first),
        FIXTURE_TEST(what_comes_to_nothing_leaves_its_number),
        FIXTURE_TEST(what_comes_to_nothing_later_is_bounded),
        FIXTURE_TEST(own_setups_keep_nobody_from_us),
        FIXTURE_TEST(numbers_end_where_keys_do),
    };
    return cmocka_run_group_tests_name("node/begin", tests, NULL, NULL);
}
