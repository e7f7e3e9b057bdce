/* The watcher before a bitcoind of another chain than its network's. */
#include "chain/watching.h"

static void foreign_network_is_told_and_nothing_else(void **state)
{
    (void)state;
    setting with = begin("testnet4", 20);
    watch_from(&with, 0, 0);
    prom_watcher_free(&with.watcher);
    const prom_watcher_start start = {.network = prom_chain_parameters_by_name("regtest"), .now = NOW, .date = DATE};
    assert_ok(prom_watcher_new(&with.watcher, with.node->rpc, &start, &with.node->error), &with.node->error);
    (void)settle(&with);
    assert_int_equal(with.told->health.trouble, PROM_CHAIN_FOREIGN);
    assert_non_null(strstr(with.told->health.told.sentence, "'testnet4'"));
    assert_int_equal(with.told->connected, 0);
    end(&with);
}

/* All signets have the first block in common. */
static void another_signet_in_the_place_of_the_right_one_is_not_followed(void **state)
{
    static const uint8_t challenge[] = {0x51};
    const prom_span own = prom_span_of(challenge, sizeof challenge);
    (void)state;
    setting with = begin("signet", 20);
    prom_chain_parameters network = *prom_chain_parameters_of(&with.node->network->genesis, own);
    network.id = prom_signet_id(own);
    with.node->network = &network;
    with.node->challenge = "51";
    watch_from(&with, 0, 0);
    (void)settle(&with);
    assert_in_sync(&with);
    assert_int_equal(with.told->connected, 20);
    static const char *const others[] = {"52", NULL};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        (void)pthread_mutex_lock(&with.node->lock);
        with.node->challenge = others[i];
        (void)pthread_mutex_unlock(&with.node->lock);
        fake_reorganise(with.node, 2, 3, (uint32_t)i + 1);
        (void)settle(&with);
        assert_int_equal(with.told->health.trouble, PROM_CHAIN_FOREIGN);
        assert_int_equal(with.told->connected, 20);
        assert_int_equal(with.told->disconnected, 0);
    }
    (void)pthread_mutex_lock(&with.node->lock);
    with.node->challenge = "51";
    (void)pthread_mutex_unlock(&with.node->lock);
    (void)settle(&with);
    assert_in_sync(&with);
    end(&with);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_network_is_told_and_nothing_else),
        cmocka_unit_test(another_signet_in_the_place_of_the_right_one_is_not_followed),
    };
    return cmocka_run_group_tests_name("chain/watcher_foreign", tests, NULL, NULL);
}
