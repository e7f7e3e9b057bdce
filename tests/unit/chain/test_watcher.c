/* The watcher before a chain that grows, is reorganised, goes away and comes back: what it tells is always a walk over
 * blocks, each on the one before it. */
#include "chain/watching.h"

static void tells_all_from_the_first_block(void **state)
{
    (void)state;
    setting with = begin("regtest", 200);
    watch_from(&with, 0, 0);
    assert_int_equal(settle(&with), 4); /* 64 steps each, the first of which finds the genesis block */
    assert_in_sync(&with);
    assert_int_equal(with.told->connected, 200);
    assert_int_equal(with.told->txs, 200);
    assert_int_equal(with.told->best, 200);
    assert_int_equal(with.told->health.trouble, PROM_CHAIN_FINE);
    assert_true(with.told->health.in_step && with.told->health.may_begin);
    assert_int_equal(with.told->healths, 2); /* that it catches up, and that it has */
    fake_mine(with.node, 1, 0);
    assert_int_equal(settle(&with), 1);
    assert_in_sync(&with);
    assert_int_equal(with.told->healths, 2);
    end(&with);
}

static void goes_on_where_its_user_stands(void **state)
{
    (void)state;
    setting with = begin("regtest", 150);
    watch_from(&with, 100, 10);
    (void)settle(&with);
    assert_in_sync(&with);
    assert_int_equal(with.told->connected, 50);
    end(&with);
}

/* As deep as the hashes that it was given, deeper, and deeper than it keeps. */
static void follows_reorganisations(void **state)
{
    (void)state;
    static const struct {
        uint32_t depth, blocks;
    } CASES[] = {{1, 2}, {1, 1}, {6, 7}, {100, 101}, {7, 3}, {1100, 1101}};
    setting with = begin("regtest", 1200);
    watch_from(&with, 1200, 3);
    (void)settle(&with);
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        with.told->connected = 0;
        with.told->disconnected = 0;
        fake_reorganise(with.node, CASES[i].depth, CASES[i].blocks, (uint32_t)i + 1);
        (void)settle(&with);
        assert_in_sync(&with);
        assert_int_equal(with.told->disconnected, CASES[i].depth);
        assert_int_equal(with.told->connected, CASES[i].blocks);
    }
    end(&with);
}

/* A start with one hash, on a branch that bitcoind left while the user was away. */
static void wakes_up_on_a_stale_branch(void **state)
{
    (void)state;
    setting with = begin("regtest", 150);
    watch_from(&with, 150, 1);
    fake_reorganise(with.node, 30, 40, 1);
    (void)settle(&with);
    assert_in_sync(&with);
    assert_int_equal(with.told->disconnected, 30);
    end(&with);
}

static void other_chain_of_the_same_network_is_lost(void **state)
{
    (void)state;
    setting with = begin("regtest", 50);
    watch_from(&with, 50, 5);
    with.node->forgets = true;
    fake_reorganise(with.node, 50, 60, 1);
    (void)settle(&with);
    assert_int_equal(with.told->health.trouble, PROM_CHAIN_LOST);
    assert_non_null(strstr(with.told->health.told.sentence, "does not know block 46"));
    assert_false(with.told->health.may_begin);
    assert_int_equal(with.told->disconnected, 4);
    fake_reorganise(with.node, 60, 0, 0); /* it has the old data folder again */
    with.node->forgets = false;
    (void)pthread_mutex_lock(&with.node->lock);
    with.node->height = 50;
    for (uint32_t height = 1; height <= 50; height++) {
        with.node->best[height] = height - 1;
    }
    (void)pthread_mutex_unlock(&with.node->lock);
    (void)settle(&with);
    assert_in_sync(&with);
    assert_int_equal(with.told->health.trouble, PROM_CHAIN_FINE);
    end(&with);
}

static void shorter_chain_undoes_nothing(void **state)
{
    (void)state;
    setting with = begin("regtest", 1300);
    watch_from(&with, 1300, 20);
    (void)settle(&with);
    static const uint32_t HEIGHTS[] = {0, 1, 100, 1290, 1299};
    for (size_t i = 0; i < COUNT_OF(HEIGHTS); i++) {
        with.node->height = HEIGHTS[i];
        (void)settle(&with);
        assert_int_equal(with.told->health.trouble, PROM_CHAIN_BEHIND);
        assert_false(with.told->health.in_step || with.told->health.may_begin);
        assert_int_equal(with.told->disconnected, 0);
    }
    with.node->height = 1300;
    (void)settle(&with);
    assert_int_equal(with.told->health.trouble, PROM_CHAIN_FINE);
    with.node->height = 1297; /* and now other blocks, though no more of them */
    fake_mine(with.node, 1, 9);
    (void)settle(&with);
    assert_in_sync(&with);
    assert_int_equal(with.told->disconnected, 3);
    end(&with);
}

/* Nothing is lost of what was not taken, be it a block or its end. */
static void what_is_not_taken_comes_again(void **state)
{
    (void)state;
    setting with = begin("regtest", 20);
    watch_from(&with, 0, 1);
    with.told->refuse = 8;
    for (size_t i = 0; i < 7; i++) {
        assert_false(prom_watcher_poll(with.watcher, &with.calls, with.now));
        assert_int_equal(with.told->connected, 0);
        assert_int_equal(with.told->health.trouble, PROM_CHAIN_CATCHING_UP);
    }
    (void)settle(&with);
    assert_in_sync(&with);
    fake_reorganise(with.node, 5, 6, 1);
    with.told->refuse = 3;
    (void)settle(&with);
    assert_int_equal(with.told->disconnected, 0);
    fake_reorganise(with.node, 6, 6, 2); /* another reorganisation before it was taken */
    (void)settle(&with);
    (void)settle(&with);
    (void)settle(&with);
    assert_in_sync(&with);
    assert_int_equal(with.told->disconnected, 5);
    end(&with);
}

static void silence_is_unknown_and_over_when_it_is(void **state)
{
    (void)state;
    setting with = begin("regtest", 20);
    watch_from(&with, 0, 1);
    (void)settle(&with);
    assert_int_equal(with.told->healths, 1);
    with.node->away = true;
    for (size_t i = 0; i < 3; i++) {
        (void)settle(&with);
        assert_int_equal(with.told->healths, 2);
        assert_int_equal(with.told->health.trouble, PROM_CHAIN_UNKNOWN);
        assert_non_null(strstr(with.told->health.told.sentence, "did not answer"));
        assert_false(with.told->health.in_step || with.told->health.may_begin);
    }
    with.node->away = false;
    fake_mine(with.node, 2, 0);
    (void)settle(&with);
    assert_in_sync(&with);
    assert_int_equal(with.told->healths, 3);
    assert_int_equal(with.told->health.trouble, PROM_CHAIN_FINE);
    end(&with);
}

/* bitcoind hangs up in the middle, now at one call and now at another, while the chain moves: in the end all was told.
 */
typedef struct faults {
    uint64_t seed;
    bool on;
} faults;

static json_t *answer_with_faults(fake_node *node, const char *method, const json_t *params, int *code)
{
    faults *with = node->context;
    if (with->on && random_below(&with->seed, 6) == 0) {
        *code = random_below(&with->seed, 2) == 0 ? FAKE_NO_ANSWER : -28;
        return NULL;
    }
    json_t *answer = fake_chain_answer(node, method, params, code);
    if (with->on && random_below(&with->seed, 4) == 0) { /* the chain moves between two calls */
        const uint32_t depth = (uint32_t)random_below(&with->seed, node->height < 5 ? 1 : 5);
        const uint32_t count = depth + (uint32_t)random_below(&with->seed, 2);
        node->height -= depth;
        for (uint32_t i = 0; i < count && node->block_count < FAKE_BLOCKS_MAX - 100; i++) {
            fake_mine_body(node, (uint32_t)next_random(&with->seed), prom_span_of((const uint8_t[]){0}, 1));
        }
    }
    return answer;
}

static void faults_and_races_lose_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        faults trouble = {.seed = seed};
        setting with = begin("regtest", 30);
        with.node->answer = answer_with_faults;
        with.node->context = &trouble;
        watch_from(&with, 10, 4);
        trouble.on = true;
        for (size_t i = 0; i < 60; i++) {
            (void)prom_watcher_poll(with.watcher, &with.calls, with.now);
        }
        assert_true(with.told->connected > 20);
        trouble.on = false;
        fake_mine(with.node, 1, 77);
        (void)settle(&with);
        assert_in_sync(&with);
        end(&with);
    }
}

static void pruned_blocks_stop_it_until_they_are_there(void **state)
{
    (void)state;
    setting with = begin("regtest", 50);
    watch_from(&with, 20, 1);
    with.node->first_block = 30;
    (void)settle(&with);
    assert_int_equal(with.told->health.trouble, PROM_CHAIN_PRUNED);
    assert_non_null(strstr(with.told->health.told.sentence, "those from 21 on are needed"));
    with.node->first_block = 0;
    (void)settle(&with);
    assert_in_sync(&with);
    with.node->first_block = 30;
    (void)settle(&with);
    assert_int_equal(with.told->health.trouble, PROM_CHAIN_FINE);
    end(&with);
    with = begin("regtest", 50);
    with.needed = 29; /* though it is not asked for now */
    watch_from(&with, 50, 1);
    with.node->first_block = 30;
    (void)settle(&with);
    assert_non_null(strstr(with.told->health.told.sentence, "those from 29 on are needed"));
    end(&with);
}

/* A public network: peers are to be there for ten minutes, by the clock that nobody sets. */
static void peers_are_timed(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds; /* after the one before */
        uint32_t connections;
        bool away;
        prom_chain_trouble trouble;
    } CASES[] = {
        {0, 0, false, PROM_CHAIN_NO_PEERS},   {50, 3, false, PROM_CHAIN_NEW_PEERS},
        {50, 8, false, PROM_CHAIN_NEW_PEERS}, {50, 8, true, PROM_CHAIN_UNKNOWN},
        {10, 8, false, PROM_CHAIN_NEW_PEERS}, {60, 8, false, PROM_CHAIN_NEW_PEERS},
        {60, 8, false, PROM_CHAIN_NEW_PEERS}, {60, 8, false, PROM_CHAIN_NEW_PEERS},
        {60, 8, false, PROM_CHAIN_NEW_PEERS}, {60, 8, false, PROM_CHAIN_NEW_PEERS},
        {60, 8, false, PROM_CHAIN_NEW_PEERS}, {60, 8, false, PROM_CHAIN_NEW_PEERS},
        {60, 8, false, PROM_CHAIN_NEW_PEERS}, {9, 8, false, PROM_CHAIN_NEW_PEERS},
        {1, 8, false, PROM_CHAIN_FINE},       {60, 1, false, PROM_CHAIN_FINE},
        {61, 8, false, PROM_CHAIN_NEW_PEERS}, /* unseen for too long */
        {1, 0, false, PROM_CHAIN_NO_PEERS},   {1, 1, false, PROM_CHAIN_NEW_PEERS},
    };
    setting with = begin("main", 3);
    watch_from(&with, 3, 3);
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        with.now += CASES[i].seconds * 1000;
        with.node->connections = CASES[i].connections;
        with.node->away = CASES[i].away;
        (void)settle(&with);
        if (prom_watcher_health(with.watcher)->trouble != CASES[i].trouble) {
            fail_msg("case %zu: %s", i, prom_watcher_health(with.watcher)->told.sentence);
        }
    }
    end(&with);
}

/* The date is asked once: the tip ages by the clock that nobody sets. */
static void tip_ages_by_the_steady_clock(void **state)
{
    (void)state;
    setting with = begin("main", 3);
    watch_from(&with, 3, 3);
    for (size_t minute = 0; minute <= 179; minute++) {
        (void)settle(&with);
        with.now += 60000;
    }
    assert_int_equal(prom_watcher_health(with.watcher)->trouble, PROM_CHAIN_FINE);
    assert_true(prom_watcher_health(with.watcher)->in_step);
    (void)settle(&with);
    assert_int_equal(with.told->health.trouble, PROM_CHAIN_OLD_TIP);
    assert_non_null(strstr(with.told->health.told.sentence, "3 hours old"));
    fake_mine(with.node, 1, 0);
    with.node->tip_time = DATE + 180 * 60;
    (void)settle(&with);
    assert_int_equal(with.told->health.trouble, PROM_CHAIN_FINE);
    end(&with);
}

static json_t *answer_wrong_block(fake_node *node, const char *method, const json_t *params, int *code)
{
    if (strcmp(method, "getblock") == 0 && node->context == NULL) {
        return json_string(node->blocks[0].hex);
    }
    return strcmp(method, "getblock") == 0 ? json_string(node->context) : fake_chain_answer(node, method, params, code);
}

static void wrong_block_is_unknown(void **state)
{
    (void)state;
    setting with = begin("regtest", 2);
    watch_from(&with, 1, 1);
    with.node->answer = answer_wrong_block;
    (void)settle(&with);
    assert_int_equal(with.told->health.trouble, PROM_CHAIN_UNKNOWN);
    assert_non_null(strstr(with.told->health.told.sentence, "another block than was asked for as block 2"));
    static char garbage[] = "0011";
    with.node->context = garbage;
    (void)settle(&with);
    assert_non_null(strstr(prom_watcher_health(with.watcher)->told.sentence, "block 2, of bitcoind: these 2 bytes"));
    with.node->answer = fake_chain_answer;
    (void)settle(&with);
    assert_in_sync(&with);
    end(&with);
}

static void start_is_checked(void **state)
{
    (void)state;
    const prom_watcher_start start = {.height = 1, .hash_count = 3};
    prom_watcher *watcher = NULL;
    prom_error error = {{0}};
    assert_fails(prom_watcher_new(&watcher, NULL, &start, &error), PROM_CATEGORY_MISUSE, &error, "no 3 blocks");
    assert_null(watcher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_all_from_the_first_block),
        cmocka_unit_test(goes_on_where_its_user_stands),
        cmocka_unit_test(follows_reorganisations),
        cmocka_unit_test(wakes_up_on_a_stale_branch),
        cmocka_unit_test(other_chain_of_the_same_network_is_lost),
        cmocka_unit_test(shorter_chain_undoes_nothing),
        cmocka_unit_test(what_is_not_taken_comes_again),
        cmocka_unit_test(silence_is_unknown_and_over_when_it_is),
        cmocka_unit_test(faults_and_races_lose_nothing),
        cmocka_unit_test(pruned_blocks_stop_it_until_they_are_there),
        cmocka_unit_test(peers_are_timed),
        cmocka_unit_test(tip_ages_by_the_steady_clock),
        cmocka_unit_test(wrong_block_is_unknown),
        cmocka_unit_test(start_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
