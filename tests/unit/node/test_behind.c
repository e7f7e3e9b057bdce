#include "node/host.h"

#include <sqlite3.h>

/* What the disk has is changed while nobody runs. */
static void change_disk(struct host *host, const char *text)
{
    char path[128];
    sqlite3 *database = NULL;
    prom_node_close(host->node);
    host->node = NULL;
    (void)snprintf(path, sizeof path, "%s/" PROM_STORE_FILE, host->folder);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    if (sqlite3_exec(database, text, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", text, sqlite3_errmsg(database));
    }
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
    host_open(host);
}

/* As a database of the version before was: without an index. */
static const char no_index[] = "DELETE FROM index_coin; DELETE FROM index_entry; DELETE FROM index_block;"
                               "DELETE FROM index_owner";

/* The old chain, told to the one who reads it: its block at `height`, with `txs`. */
static void read_old(struct host *host, uint32_t height, const prom_tx *const *txs, size_t count)
{
    prom_watcher_event event = {.kind = PROM_WATCHER_CONNECTED};
    event.told.best = host->node->best_tip;
    event.told.block = (prom_index_block){.height = height,
                                          .hash = host_hash(host, height),
                                          .previous = host_hash(host, height - 1),
                                          .txs = txs,
                                          .tx_count = count};
    if (host->node->behind != NULL && height == prom_fold_tip(host->node->behind) + 1) {
        (void)!prom_index_block_hash(host->node->behind->index, &event.told.block.previous, height - 1);
    }
    assert_ok(prom_node_take_old(host->node, &event, &host->test->error), &host->test->error);
    prom_node_end_reading(host->node);
}

static void read_to(struct host *host, uint32_t from, uint32_t to)
{
    for (uint32_t height = from; height <= to; height++) {
        read_old(host, height, NULL, 0);
    }
}

/* Without an index a contract is defended at once, from where its facts are; setups and new contracts wait for the old
 * blocks, and then all is as if they had never been missing. */
static void contracts_do_not_wait_for_old_blocks(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_facts facts = {.role = PROM_ROLE_CLIENT, .batch_count = 1};
    prom_node_channel *fresh = NULL;
    prom_bytes32 hash;
    (void)host_with(host, PLACE_W);
    assert_ok(host_add(host, &fresh, "fresh", &facts), error);
    change_disk(host, no_index);
    prom_node *node = host->node;
    assert_true(node->behind != NULL && prom_fold_tip(node->behind) == WORLD_FIRST - 1);
    assert_int_equal(node->best_tip, VALID_TIP);
    assert_int_equal(prom_index_next_height(node->fold->index), VALID_TIP + 1);
    assert_true(prom_index_block_hash(node->fold->index, &hash, WORLD_FIRST)); /* of the last ones */
    node->reader.left = 9;
    assert_false(prom_node_is_ready(node));
    assert_fails(prom_node_check_ready(node, error), PROM_CATEGORY_BAD_INPUT, error, "old blocks of the chain: 9 are");
    host_mine_tx(host, PROM_TX0);
    assert_int_equal(node->channels[0]->channel->facts.tx0.height, WORLD_H0);
    assert_int_equal(node->kept, WORLD_FIRST - 1);

    host->paid = 0;
    const prom_tx *coin = host_payment(host, 0, HOST_COIN_SAT);
    const prom_outpoint outpoint = host_outpoint(host, coin);
    read_old(host, WORLD_FIRST, &coin, 1);
    read_to(host, WORLD_FIRST + 1, VALID_TIP);
    assert_non_null(node->behind);
    assert_null(prom_coins_any(node->fold->coins, &outpoint));
    read_to(host, WORLD_H0, WORLD_H0);
    assert_null(node->behind);
    assert_non_null(prom_coins_any(node->fold->coins, &outpoint));
    assert_int_equal(node->kept, WORLD_H0);
    assert_true(prom_node_is_ready(node));
    host_reopen(host);
    assert_null(host->node->behind);
    assert_non_null(prom_coins_any(host->node->fold->coins, &outpoint));
    host_free(host);
}

static void propose_at(const prom_node_channel *channel, const struct host *host, uint32_t tip)
{
    channel->channel->facts.setup.phase = PROM_SETUP_PROPOSED;
    channel->channel->facts.setup.begun_tip = tip;
    channel->channel->terms = host->world->session.terms;
}

/* The setup's messages and duties wait while the index lacks P and the offers, but for those that end it in its time.
 */
static void setups_wait_for_the_index(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_error *error = &host->test->error;
    const prom_message refusal = {.kind = PROM_MESSAGE_REFUSAL};
    const prom_event event = {.kind = PROM_EVENT_MESSAGE,
                              .as.message = {&host->world->session.terms.parties[PROM_PARTY_W].key, &refusal}};
    prom_facts facts = {.role = PROM_ROLE_CLIENT, .batch_count = 1};
    prom_node_channel *channel = NULL;
    prom_channel_view view;
    prom_node_step step;
    (void)host_pay(host, 2);
    host_mine_to(host, VALID_TIP);
    assert_ok(host_add(host, &channel, "fresh", &facts), error);
    change_disk(host, no_index);
    channel = host->node->channels[0];
    propose_at(channel, host, host->node->best_tip);
    assert_ok(prom_node_view(host->node, channel, &host->test->arena, &view, error), error);
    assert_true(view.partial);
    host_take(host, channel, &step, &event);
    assert_int_equal(step.reception, PROM_TOO_EARLY);
    assert_int_equal(channel->channel->facts.setup.phase, PROM_SETUP_PROPOSED);
    read_to(host, WORLD_FIRST, host->node->best_tip);
    assert_null(host->node->behind);
    host_take(host, channel, &step, &event);
    assert_int_equal(channel->channel->facts.setup.phase, PROM_SETUP_OVER);
    host_free(host);
}

static void setups_end_without_an_index(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_facts facts = {.role = PROM_ROLE_CLIENT, .batch_count = 1};
    prom_node_channel *channel = NULL;
    (void)host_pay(host, 2);
    host_mine_to(host, VALID_TIP);
    assert_ok(host_add(host, &channel, "fresh", &facts), &host->test->error);
    change_disk(host, no_index);
    channel = host->node->channels[0];
    propose_at(channel, host, 1);
    host_block(host, NULL, 0);
    assert_non_null(host->node->behind);
    assert_int_equal(channel->channel->facts.setup.phase, PROM_SETUP_OVER);
    host_free(host);
}

/* An index on the disk that is another wallet's, or damaged, is folded anew, loudly; one that is behind goes on. */
static void what_the_disk_has_is_judged(void **state)
{
    static const struct {
        const char *change;
        uint32_t tip; /* of what is used */
        size_t alarms;
    } rows[] = {
        {"UPDATE index_owner SET keys = zeroblob(32)", WORLD_FIRST - 1, 1},
        {"UPDATE index_coin SET key = zeroblob(32)", WORLD_FIRST - 1, 1},
        {"UPDATE index_coin SET number = number + 9", WORLD_FIRST - 1, 1},
        {"DELETE FROM index_block WHERE height = 103", WORLD_FIRST - 1, 1},
        {"DELETE FROM index_coin; DELETE FROM index_block WHERE height < 102", WORLD_FIRST - 1, 1},
        {"DELETE FROM index_block WHERE height > 104", 104, 0},
        {"UPDATE index_block SET hash = zeroblob(32) WHERE height > 105", 105, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct host *host = host_new(*state, PROM_ROLE_WORKER);
        (void)host_pay(host, 2);
        host_mine_to(host, WORLD_FIRST + 10);
        change_disk(host, rows[i].change);
        assert_non_null(host->node->behind);
        assert_int_equal(prom_fold_tip(host->node->behind), rows[i].tip);
        assert_int_equal(host->reports[PROM_REPORT_ALARM], rows[i].alarms);
        assert_int_equal(host->node->best_tip, WORLD_FIRST + 10);
        read_to(host, rows[i].tip + 1, WORLD_FIRST + 10);
        assert_null(host->node->behind);
        host_free(host);
    }
}

/* While the disk is full the index is not written, and what is missing comes with the first block after. */
static void a_full_disk_is_for_defending(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    (void)host_pay(host, 2);
    host->node->disk_short = true;
    const prom_outpoint outpoint = host_pay(host, 2);
    host_block(host, NULL, 0);
    assert_int_equal(host->node->kept, WORLD_FIRST);
    host_unblock(host);
    host->node->disk_short = false;
    host_block(host, NULL, 0);
    assert_int_equal(host->node->kept, WORLD_FIRST + 2);
    host_reopen(host);
    assert_null(host->node->behind);
    assert_non_null(prom_coins_any(host->node->fold->coins, &outpoint));
    host_free(host);
}

/* Blocks that the reader has from another branch give way to those of the best chain. */
static void another_branch_is_read(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    host_mine_to(host, WORLD_FIRST + 10);
    change_disk(host, "UPDATE index_block SET hash = randomblob(32) WHERE height > 104;"
                      "DELETE FROM index_block WHERE height > 108");
    prom_node *node = host->node;
    assert_non_null(node->behind);
    const prom_watcher_event event = {.kind = PROM_WATCHER_DISCONNECTED, .height = 104};
    assert_ok(prom_node_take_old(node, &event, &host->test->error), &host->test->error);
    assert_int_equal(prom_fold_tip(node->behind), 103);
    read_to(host, WORLD_FIRST, WORLD_FIRST + 10);
    assert_null(node->behind);
    host_free(host);
}

/* A bitcoind that lacks old blocks is told of; one that knows none of those in the index makes it begin anew. */
static void a_bitcoind_without_old_blocks_is_told_of(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_watcher_event event = {.kind = PROM_WATCHER_HEALTH, .health = {.trouble = PROM_CHAIN_PRUNED}};
    host_mine_to(host, WORLD_FIRST + 10);
    change_disk(host, "DELETE FROM index_block WHERE height > 104");
    assert_ok(prom_node_take_old(host->node, &event, error), error);
    assert_int_equal(host->reports[PROM_REPORT_ALARM], 1);
    assert_non_null(strstr(host->last[PROM_REPORT_ALARM], "has deleted old blocks"));
    assert_int_equal(prom_fold_tip(host->node->behind), 104);
    event.health.trouble = PROM_CHAIN_LOST;
    assert_ok(prom_node_take_old(host->node, &event, error), error);
    assert_int_equal(host->reports[PROM_REPORT_ALARM], 2);
    assert_int_equal(prom_fold_tip(host->node->behind), WORLD_FIRST - 1);
    assert_true(host->node->read_due && host->node->kept == WORLD_FIRST - 1);
    host->node->read_due = false;
    read_to(host, WORLD_FIRST, WORLD_FIRST + 10);
    assert_null(host->node->behind);
    assert_int_equal(host->node->kept, WORLD_FIRST + 10);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(contracts_do_not_wait_for_old_blocks),
        FIXTURE_TEST(setups_wait_for_the_index),
        FIXTURE_TEST(setups_end_without_an_index),
        FIXTURE_TEST(what_the_disk_has_is_judged),
        FIXTURE_TEST(a_full_disk_is_for_defending),
        FIXTURE_TEST(another_branch_is_read),
        FIXTURE_TEST(a_bitcoind_without_old_blocks_is_told_of),
    };
    return cmocka_run_group_tests_name("node/behind", tests, NULL, NULL);
}
