/* What is wrong with a node, one thing at a time, and of two the one that comes first. */
#include "support.h"

#include "chain/health.h"

enum { NOW = 1700000000 };

/* A node of main with which nothing is wrong. */
static prom_chain_look fine_look(void)
{
    return (prom_chain_look){
        .info = {.name = "main",
                 .height = 100,
                 .headers = 100,
                 .tip_time = NOW - 600,
                 .genesis = prom_chain_parameters_by_name("main")->genesis,
                 .id = prom_chain_parameters_by_name("main")->id},
        .connections = 8,
        .moment = {NOW, 600},
        .processed = 100,
        .needed = UINT32_MAX,
    };
}

static void break_it(prom_chain_look *look, prom_chain_trouble trouble)
{
    switch (trouble) {
    case PROM_CHAIN_FOREIGN:
        look->info.id.bytes[0] ^= 1;
        return;
    case PROM_CHAIN_PRUNED:
        look->info.first_block = 50;
        look->needed = 49;
        return;
    case PROM_CHAIN_LOST:
        look->lost = true;
        return;
    case PROM_CHAIN_BEHIND:
        look->behind = true;
        return;
    case PROM_CHAIN_DOWNLOADING:
        look->info.downloading = true;
        return;
    case PROM_CHAIN_LAGGING:
        look->info.headers = look->info.height + 2;
        return;
    case PROM_CHAIN_CATCHING_UP:
        look->processed = look->info.height - 1;
        return;
    case PROM_CHAIN_CLOCK:
        look->info.tip_time = NOW + PROM_BLOCK_FUTURE_SECONDS + 1;
        return;
    case PROM_CHAIN_OLD_TIP:
        look->info.tip_time = NOW - 3 * 3600;
        return;
    case PROM_CHAIN_NO_PEERS:
        look->connections = 0;
        return;
    case PROM_CHAIN_NEW_PEERS:
        look->moment.connected_seconds = 599;
        return;
    case PROM_CHAIN_FINE:
    case PROM_CHAIN_UNKNOWN:
    case PROM_CHAIN_TROUBLES:
        return;
    }
}

static void each_trouble_is_told(void **state)
{
    static const char *const WORDS[PROM_CHAIN_TROUBLES] = {
        [PROM_CHAIN_FINE] = "at block 100",
        [PROM_CHAIN_FOREIGN] = "connect to a bitcoind of 'main'",
        [PROM_CHAIN_PRUNED] = "the blocks before 50, and those from 49 on",
        [PROM_CHAIN_LOST] = "does not know block 100",
        [PROM_CHAIN_BEHIND] = "ends with block 100",
        [PROM_CHAIN_DOWNLOADING] = "block 100 of 100",
        [PROM_CHAIN_LAGGING] = "has block 100 and knows of 102",
        [PROM_CHAIN_CATCHING_UP] = "up to 99 of 100",
        [PROM_CHAIN_CLOCK] = "120 minutes ahead",
        [PROM_CHAIN_OLD_TIP] = "3 hours old",
        [PROM_CHAIN_NO_PEERS] = "no peers",
        [PROM_CHAIN_NEW_PEERS] = "less than 10 minutes",
    };
    (void)state;
    for (prom_chain_trouble trouble = PROM_CHAIN_FINE; trouble < PROM_CHAIN_TROUBLES; trouble++) {
        prom_chain_look look = fine_look();
        prom_chain_health health;
        if (trouble == PROM_CHAIN_UNKNOWN) {
            continue;
        }
        break_it(&look, trouble);
        prom_chain_judge(&health, &look, prom_chain_parameters_by_name("main"));
        assert_int_equal(health.trouble, trouble);
        assert_int_equal(health.in_step, trouble == PROM_CHAIN_FINE);
        assert_int_equal(health.may_begin, trouble == PROM_CHAIN_FINE || trouble == PROM_CHAIN_NEW_PEERS);
        assert_int_equal(health.height, 100);
        if (strstr(health.told.sentence, WORDS[trouble]) == NULL) {
            fail_msg("'%s' lacks '%s'", health.told.sentence, WORDS[trouble]);
        }
    }
}

static void the_first_of_two_is_told(void **state)
{
    (void)state;
    for (prom_chain_trouble a = PROM_CHAIN_FOREIGN; a < PROM_CHAIN_TROUBLES; a++) {
        for (prom_chain_trouble b = a + 1; b < PROM_CHAIN_TROUBLES; b++) {
            prom_chain_look look = fine_look();
            prom_chain_health health;
            break_it(&look, b);
            break_it(&look, a);
            prom_chain_judge(&health, &look, prom_chain_parameters_by_name("main"));
            assert_int_equal(health.trouble, a);
        }
    }
}

/* A header that came before its block is no trouble, but then what is seen cannot be dated. */
static void a_header_in_flight_is_no_trouble(void **state)
{
    prom_chain_look look = fine_look();
    prom_chain_health health;
    (void)state;
    look.info.headers = 101;
    prom_chain_judge(&health, &look, prom_chain_parameters_by_name("main"));
    assert_int_equal(health.trouble, PROM_CHAIN_FINE);
    assert_true(health.may_begin);
    assert_false(health.in_step);
}

static void regtest_asks_for_neither_peers_nor_a_young_tip(void **state)
{
    prom_chain_look look = fine_look();
    prom_chain_health health;
    const prom_chain_parameters *regtest = prom_chain_parameters_by_name("regtest");
    (void)state;
    look.info.genesis = regtest->genesis;
    look.info.id = regtest->id;
    look.info.tip_time = 1296688602;
    look.info.downloading = true;
    look.connections = 0;
    look.moment.connected_seconds = -1;
    prom_chain_judge(&health, &look, regtest);
    assert_int_equal(health.trouble, PROM_CHAIN_FINE);
    assert_true(health.in_step && health.may_begin);
    look.info.tip_time = NOW + 100000;
    prom_chain_judge(&health, &look, regtest);
    assert_int_equal(health.trouble, PROM_CHAIN_FINE);
}

static void blocks_that_wait_are_needed(void **state)
{
    prom_chain_look look = fine_look();
    prom_chain_health health;
    (void)state;
    look.processed = 48;
    look.info.first_block = 49;
    prom_chain_judge(&health, &look, prom_chain_parameters_by_name("main"));
    assert_int_equal(health.trouble, PROM_CHAIN_CATCHING_UP);
    look.info.first_block = 50;
    prom_chain_judge(&health, &look, prom_chain_parameters_by_name("main"));
    assert_int_equal(health.trouble, PROM_CHAIN_PRUNED);
}

static void silence_is_unknown(void **state)
{
    prom_chain_health health;
    (void)state;
    prom_chain_judge_unknown(&health, "nobody listens");
    assert_int_equal(health.trouble, PROM_CHAIN_UNKNOWN);
    assert_false(health.in_step || health.may_begin);
    assert_string_equal(health.told.sentence, "nobody listens");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_trouble_is_told),
        cmocka_unit_test(the_first_of_two_is_told),
        cmocka_unit_test(a_header_in_flight_is_no_trouble),
        cmocka_unit_test(regtest_asks_for_neither_peers_nor_a_young_tip),
        cmocka_unit_test(blocks_that_wait_are_needed),
        cmocka_unit_test(silence_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
