#include "node/host.h"

#include "node/owner.h"
#include "store/backup.h"

static void name_backup(struct host *host, char path[128], const char *name)
{
    (void)snprintf(path, 128, "%s/%s", host->folder, name);
    host->options.backup = path;
    host_reopen(host);
}

/* As after the disk was lost. */
static void restore(struct host *host, const char *backup)
{
    char database[128];
    char lost[160];
    prom_node_backup_due(host->node);
    assert_true(prom_node_back_up(host->node, true));
    const prom_bytes32 key = host->node->backup_key;
    (void)snprintf(database, sizeof database, "%s/" PROM_STORE_FILE, host->folder);
    (void)snprintf(lost, sizeof lost, "%s.lost", database);
    prom_node_close(host->node);
    host->node = NULL;
    assert_int_equal(rename(database, lost), 0);
    assert_ok(prom_backup_restore(backup, &key, 1, database, &host->test->error), &host->test->error);
    host_open(host);
}

/* The channel is in the backup; restored it signs nothing, and publishes what is signed when nobody else does. */
static void a_restored_node_publishes_what_is_signed(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    char path[128];
    name_backup(host, path, "backup");
    (void)host_with(host, PLACE_W);
    host_mine_tx(host, PROM_TX0);
    const uint32_t generation = host->node->generation;
    restore(host, path);
    assert_int_equal(host->node->best_tip, WORLD_H0); /* coins for fees are known at once */
    const prom_node_channel *channel = host->node->channels[0];
    assert_true(channel->record.restored && channel->channel->facts.restored && channel->channel->facts.tx0.there);
    assert_true(host->node->generation > generation);
    const uint32_t last = (uint32_t)WORLD_H0 + host->world->session.terms.P.t3;
    for (uint32_t height = WORLD_H0 + 1; height <= last; height++) {
        host_mine_to(host, height);
        prom_node_look_at_wants(host->node);
        assert_int_equal(host->node->to_sign_count, 0);
    }
    assert_int_equal(channel->publication_count, 1);
    assert_string_equal(channel->publications[0].name, "Tx1");
    host_free(host);
}

static void end_jobs(struct host *host, size_t alarms)
{
    for (unsigned i = 0; i < 5000 && host->reports[PROM_REPORT_ALARM] < alarms; i++) {
        (void)prom_node_take_jobs(host->node);
        (void)usleep(1000);
    }
    assert_int_equal(host->reports[PROM_REPORT_ALARM], alarms);
}

/* Facts say that program, input and package are here, and no backup holds them: what its job does not find is wanted
 * from the others. */
static void a_restored_client_fetches_its_bodies_again(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    char path[128];
    name_backup(host, path, "backup");
    prom_node_channel *channel = host_with(host, PLACE_C);
    const prom_message claim = world_statement_message(host->world, world_claim(PROM_ROUND_A, 0));
    const prom_event events[] = {
        {.kind = PROM_EVENT_MESSAGE, .as.message = {prom_place_key(&host->world->session.terms, PLACE_W), &claim}},
        {.kind = PROM_EVENT_FETCHED, .as.fetched = {PROM_BODY_PACKAGE_A, 0, world_package(PROM_BODY_PACKAGE_A, 0)}},
    };
    host_mine_tx(host, PROM_TX0);
    for (size_t i = 0; i < 2; i++) {
        prom_node_step step;
        host_take(host, channel, &step, &events[i]);
        assert_int_equal(step.reception, PROM_TAKEN);
    }
    restore(host, path);
    host_mine_tx(host, PROM_TX0);
    host_mine_tx(host, PROM_TX4);
    const prom_body *bodies = host->node->channels[0]->channel->facts.batches[0].evidence.bodies;
    assert_true(bodies[PROM_BODY_PROGRAM].here && bodies[PROM_BODY_PACKAGE_A].here);
    prom_node_look_at_wants(host->node);
    end_jobs(host, host->reports[PROM_REPORT_ALARM] + 1);
    assert_false(bodies[PROM_BODY_PROGRAM].here); /* which is read first; the others follow once it is here */
    assert_non_null(strstr(host->last[PROM_REPORT_ALARM], "the program is lost, and is fetched again"));
    host_free(host);
}

/* What cannot be backed up is not begun; open contracts go on, and the owner is told once. */
static void without_a_backup_nothing_is_begun(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    char path[128];
    prom_facts facts = {.role = PROM_ROLE_CLIENT, .batch_count = 1};
    prom_node_channel *added = NULL;
    prom_error why;
    name_backup(host, path, "nowhere/backup");
    prom_node_channel *open = host_with(host, PLACE_C);
    assert_false(prom_node_back_up(host->node, true));
    assert_false(prom_node_back_up(host->node, true));
    assert_int_equal(host->reports[PROM_REPORT_ALARM], 1);
    assert_false(prom_node_may_begin(host->node, &why));
    assert_non_null(strstr(why.sentence, "`backup` in prom.conf"));
    assert_fails(host_add(host, &added, "new", &facts), PROM_CATEGORY_IO, &host->test->error, "backup");
    host_mine_tx(host, PROM_TX0);
    assert_true(open->channel->facts.tx0.there);
    (void)snprintf(host->node->backup, sizeof host->node->backup, "%s/backup", host->folder);
    assert_true(prom_node_back_up(host->node, true));
    assert_true(prom_node_may_begin(host->node, &why));
    assert_ok(host_add(host, &added, "new", &facts), &host->test->error);
    host_free(host);
}

/* Nothing changed: nothing is written. */
static void a_backup_is_written_when_it_is_due(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    char path[128];
    name_backup(host, path, "backup");
    assert_true(prom_node_back_up(host->node, true));
    assert_int_equal(unlink(path), 0);
    assert_true(prom_node_back_up(host->node, true));
    assert_int_equal(access(path, F_OK), -1);
    (void)host_with(host, PLACE_C);
    assert_true(prom_node_back_up(host->node, true));
    assert_int_equal(access(path, F_OK), 0);
    host_free(host);
}

/* Money, evidence and arbitration are what a restored node defends with; a block that moves nothing moves no backup. */
static void what_defends_makes_a_backup_due(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    char path[128];
    name_backup(host, path, "backup");
    prom_node_channel *channel = host_with(host, PLACE_C);
    prom_batch_facts *its = &channel->channel->facts.batches[0];
    host_mine_tx(host, PROM_TX0);
    assert_true(prom_node_back_up(host->node, true));
    for (unsigned i = 0; i < 5; i++) {
        host_block(host, NULL, 0);
        assert_false(host->node->backup_due);
    }
    host_mine_tx(host, PROM_TXV0); /* money alone: C hands nothing in */
    assert_true(host->node->backup_due);
    assert_true(prom_node_back_up(host->node, true));
    its->money.verdict_known = true;
    assert_ok(prom_node_transact(host->node, host_write_given, channel, &host->test->error), &host->test->error);
    assert_true(host->node->backup_due);
    assert_true(prom_node_back_up(host->node, true));
    its->arbitration.decided = true;
    assert_ok(prom_node_transact(host->node, host_write_given, channel, &host->test->error), &host->test->error);
    assert_true(host->node->backup_due);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_restored_node_publishes_what_is_signed),
        FIXTURE_TEST(a_restored_client_fetches_its_bodies_again),
        FIXTURE_TEST(without_a_backup_nothing_is_begun),
        FIXTURE_TEST(a_backup_is_written_when_it_is_due),
        FIXTURE_TEST(what_defends_makes_a_backup_due),
    };
    return cmocka_run_group_tests_name("node/backup", tests, NULL, NULL);
}
