#include "node/host.h"

#include "node/look.h"
#include "node/owner.h"

static void it_tells_how_it_is(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_WORKER);
    prom_node_told told;
    prom_node_tell(host->node, &told);
    assert_int_equal(told.roles, PROM_ROLE_BIT(PROM_ROLE_WORKER));
    assert_ptr_equal(told.network, &host->network);
    assert_true(prom_bytes32_equal(&told.key, &host->node->key.public_key));
    assert_int_equal(told.tip, host->node->best_tip);
    assert_int_equal(told.channels, 0);
    assert_false(told.chain_foreign);
    host->node->health = (prom_chain_health){.trouble = PROM_CHAIN_FOREIGN, .told = {"it is another chain"}};
    prom_node_tell(host->node, &told);
    assert_true(told.chain_foreign);
    assert_false(told.ready);
    assert_non_null(strstr(told.waiting.sentence, "it is another chain"));
    host_free(host);
}

static void it_takes_a_policy(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_WORKER);
    const prom_bytes32 genesis = host->node->config.genesis;
    const prom_channel_config policy = {.limits = {.feerate = 7}, .answer_seconds = 9, .address = {.length = 5}};
    const prom_node_policy policies[PROM_ROLES] = {[PROM_ROLE_WORKER] = {.channels_max = 2, .disk_max = 1 << 20}};
    prom_node_set_policy(host->node, &policy, policies, 3, 1 << 30);
    assert_int_equal(host->node->policies[PROM_ROLE_WORKER].channels_max, 2);
    assert_int_equal(host->node->config.limits.feerate, 7);
    assert_int_equal(host->node->config.answer_seconds, 9);
    assert_int_equal(host->node->config.address.length, 0);
    assert_true(prom_bytes32_equal(&host->node->config.genesis, &genesis));
    assert_int_equal(host->node->channels_max, 3);
    assert_int_equal(host->node->disk_max, 1 << 30);
    assert_int_equal(host->node->policies[PROM_ROLE_WORKER].disk_max, 1 << 20);
    host_free(host);
}

/* A running node tells of a channel what its folder tells when it does not run. */
static void it_can_be_looked_at(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_WORKER);
    (void)host_pay(host, 4);
    const prom_node_channel *channel = host_give(host, PLACE_W);
    const uint64_t number = channel->record.number;
    PROM_SCOPED(prom_look_close) prom_look *look = NULL;
    const prom_explanation *running = NULL;
    const prom_explanation *resting = NULL;
    prom_store_channel record;
    prom_bytes32 id;
    char hex[PROM_HEX32];
    assert_false(prom_node_contract_id(host->node, &id, number + 1));
    assert_true(prom_node_contract_id(host->node, &id, number));
    assert_ok(prom_look_at(&look, host->node, &test->error), &test->error);
    (void)prom_hex32(hex, &id);
    hex[8] = '\0';
    assert_ok(prom_look_find(look, &record, hex, &test->error), &test->error);
    assert_true(record.number == number);
    assert_ok(prom_look_explain(look, &test->arena, &running, &record, &test->error), &test->error);
    assert_non_null(running);
    assert_true(prom_bytes32_equal(&running->contract_id, &id));
    const unsigned schemes = running->schemes;
    const prom_lambda lambda = running->lambda;
    prom_look_close(&look);
    prom_node_close(host->node);
    host->node = NULL;
    assert_ok(prom_look_open(&look, host->folder, &test->error), &test->error);
    assert_ok(prom_look_find(look, &record, hex, &test->error), &test->error);
    assert_ok(prom_look_explain(look, &test->arena, &resting, &record, &test->error), &test->error);
    assert_int_equal(resting->schemes, schemes);
    assert_int_equal(resting->lambda, lambda);
    prom_look_close(&look);
    host_open(host);
    host_free(host);
}

static void count_peer(void *context, const prom_node_peer *peer)
{
    size_t *count = context;
    *count += peer->channel != 0 ? 1 : 0;
}

static void it_lists_peers(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_WORKER);
    (void)host_pay(host, 4);
    prom_node_channel *channel = host_give(host, PLACE_W);
    size_t count = 0;
    prom_node_peer_each(host->node, count_peer, &count);
    assert_int_equal(count, channel->peer_count);
    const size_t before = count;
    const prom_bytes32 key = named("somebody", 1);
    assert_non_null(prom_node_peer_of(host->node, channel, &key, true));
    count = 0;
    prom_node_peer_each(host->node, count_peer, &count);
    assert_int_equal(count, before + 1);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(it_tells_how_it_is),
        FIXTURE_TEST(it_takes_a_policy),
        FIXTURE_TEST(it_can_be_looked_at),
        FIXTURE_TEST(it_lists_peers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
