#include "node/host.h"

#include <sqlite3.h>

#include "node/look.h"

/* A folder that no process holds is looked into, and nothing in it changes. */
static void a_folder_is_looked_into(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    const uint64_t number = host_with(host, PLACE_W)->record.number;
    prom_look *look = NULL;
    prom_store_channel record;
    prom_explain_tips tips;
    prom_channel *channel = NULL;
    char text[PROM_HEX32];
    assert_int_equal(prom_look_open(&look, host->folder, error).category, PROM_CATEGORY_IO); /* the node has it */
    assert_null(look);
    prom_node_close(host->node);
    host->node = NULL;
    assert_ok(prom_look_open(&look, host->folder, error), error);
    assert_ok(prom_look_tips(look, &tips, error), error);
    assert_int_equal(tips.own, VALID_TIP);
    assert_int_equal(tips.read, VALID_TIP);
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    assert_ok(prom_look_find(look, &record, text, error), error);
    assert_ok(prom_look_find(look, &record, "given 0", error), error);
    assert_int_equal(record.number, number);
    assert_ok(prom_look_load(look, &host->test->arena, &channel, &record, error), error);
    assert_int_equal(channel->place, PLACE_W);
    (void)prom_hex32(text, &channel->tree->contract_id);
    assert_ok(prom_look_find(look, &record, text, error), error);
    text[3] = '\0';
    assert_fails(prom_look_find(look, &record, text, error), PROM_CATEGORY_BAD_INPUT, error, "there is no channel");
    prom_look_close(&look);
    assert_fails(prom_look_open(&look, "/nowhere", error), PROM_CATEGORY_BAD_INPUT, error, "no node's folder");
    host_free(host);
}

/* Who looks is told how far the old blocks are read. */
static void what_is_not_read_yet_is_seen(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_look *look = NULL;
    prom_explain_tips tips;
    sqlite3 *database = NULL;
    char path[128];
    host_mine_to(host, VALID_TIP);
    prom_node_close(host->node);
    host->node = NULL;
    (void)snprintf(path, sizeof path, "%s/" PROM_STORE_FILE, host->folder);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, "DELETE FROM index_block WHERE height > 103", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
    assert_ok(prom_look_open(&look, host->folder, error), error);
    assert_ok(prom_look_tips(look, &tips, error), error);
    assert_int_equal(tips.best, VALID_TIP);
    assert_int_equal(tips.read, 103);
    prom_look_close(&look);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_folder_is_looked_into),
        FIXTURE_TEST(what_is_not_read_yet_is_seen),
    };
    return cmocka_run_group_tests_name("node/look", tests, NULL, NULL);
}
