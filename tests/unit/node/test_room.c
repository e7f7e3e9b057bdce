#include "market/reason.h"
#include "node/asked.h"

#include "node/room.h"

static const uint64_t MANY = UINT64_C(1) << 50;

static prom_node_room room_of(const struct host *host, prom_role role)
{
    prom_node_room room;
    prom_node_room_of(host->node, role, &room);
    return room;
}

/* What is open has what its terms allow, and new contracts what that leaves: of the role, of all, and of the disk. */
static void room_follows_from_terms_limits_and_disk(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_WORKER);
    prom_node *node = host->node;
    node->disk_free = MANY;
    node->body_bytes = 0;
    assert_int_equal(room_of(host, PROM_ROLE_WORKER).left, MANY);
    assert_int_equal(room_of(host, PROM_ROLE_WORKER).bound, PROM_ROOM_DISK);
    (void)host_pay(host, 4);
    const prom_node_channel *channel = host_give(host, PLACE_W);
    const prom_terms *terms = &channel->channel->terms;
    const uint64_t its = prom_room_of_terms(terms);
    assert_int_equal(its, terms->job.program_bytes + terms->job.input_bytes + 2 * (uint64_t)terms->package_max);
    assert_int_equal(room_of(host, PROM_ROLE_WORKER).taken, its);
    assert_int_equal(room_of(host, PROM_ROLE_VERIFIER).taken, 0);
    assert_int_equal(room_of(host, PROM_ROLE_VERIFIER).left, MANY - its);
    node->body_bytes = 7; /* that have come already */
    assert_int_equal(room_of(host, PROM_ROLE_VERIFIER).left, MANY - its + 7);
    node->body_bytes = 2 * its; /* of jobs, or left by a crash: the disk knows of them */
    assert_int_equal(room_of(host, PROM_ROLE_VERIFIER).left, MANY);
    node->policies[PROM_ROLE_WORKER].disk_max = its + 10;
    assert_int_equal(room_of(host, PROM_ROLE_WORKER).left, 10);
    assert_int_equal(room_of(host, PROM_ROLE_WORKER).max, its + 10);
    assert_int_equal(room_of(host, PROM_ROLE_WORKER).bound, PROM_ROOM_ROLE);
    assert_int_equal(room_of(host, PROM_ROLE_VERIFIER).left, MANY);
    node->disk_max = its + 5;
    assert_int_equal(room_of(host, PROM_ROLE_WORKER).left, 5);
    assert_int_equal(room_of(host, PROM_ROLE_VERIFIER).left, 5);
    assert_int_equal(room_of(host, PROM_ROLE_VERIFIER).bound, PROM_ROOM_ALL);
    node->disk_max = 1; /* lowered while the contract is open */
    assert_int_equal(room_of(host, PROM_ROLE_WORKER).left, 0);
    host_free(host);
}

static void what_does_not_fit_is_refused_with_numbers(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_WORKER);
    prom_node *node = host->node;
    node->disk_free = MANY;
    assert_ok(prom_node_check_room(node, PROM_ROLE_WORKER, MANY, &test->error), &test->error);
    assert_fails(prom_node_check_room(node, PROM_ROLE_WORKER, MANY + 1, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "more are what the disk has");
    node->disk_max = 3000000;
    assert_fails(prom_node_check_room(node, PROM_ROLE_WORKER, 5000000, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error,
                 "as worker this may bring 5.00 MB to the node's disk, and 3.00 MB more are what disk_max_mb");
    node->policies[PROM_ROLE_VERIFIER].disk_max = 2000000;
    assert_fails(prom_node_check_room(node, PROM_ROLE_VERIFIER, 5000000, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "2.00 MB more are what verifier_disk_mb in prom.conf allows");
    assert_fails(prom_node_check_room(node, PROM_ROLE_VERIFIER, UINT64_MAX, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "as verifier");
    host_free(host);
}

/* Nobody begins a contract with us that does not fit; of one that is open the same words are taken again. */
static void a_contract_that_does_not_fit_is_not_begun(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_WORKER);
    struct asked asked = asked_publish_p(host);
    prom_begun begun;
    prom_quote_reason why;
    (void)host_pay(host, 6);
    const uint64_t its = prom_room_of_terms(&asked.terms);
    const prom_begin begin = {.channel = named("a client", 1), .role = PROM_ROLE_WORKER, .terms = asked.bytes};
    host->node->disk_free = MANY;
    host->node->disk_max = its - 1;
    assert_false(prom_node_begin(host->node, 1, &begin, &begun, &why));
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "disk_max_mb in prom.conf allows"));
    assert_int_equal(why.code, PROM_REASON_DISK);
    assert_int_equal(why.needed, its);
    assert_int_equal(why.there, its - 1);
    assert_int_equal(host->node->channel_count, 0);
    host->node->disk_max = its;
    assert_true(prom_node_begin(host->node, 1, &begin, &begun, &why));
    assert_int_equal(host->node->channel_count, 1);
    host->node->disk_max = 1;
    assert_true(prom_node_begin(host->node, 1, &begin, &begun, &why));
    host_free(host);
}

/* Setups that begin at once have no terms yet: what each was begun for is taken all the same. */
static void what_is_begun_takes_its_room_at_once(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_WORKER);
    const struct asked asked = asked_publish_p(host);
    (void)host_pay(host, 6);
    const uint64_t its = prom_room_of_terms(&asked.terms);
    host->node->disk_free = MANY;
    host->node->disk_max = 2 * its - 1;
    assert_true(asked_for(host, 1, 1, PROM_ROLE_WORKER, &asked));
    assert_int_equal(room_of(host, PROM_ROLE_WORKER).taken, its);
    assert_false(asked_for(host, 2, 2, PROM_ROLE_WORKER, &asked));
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "disk_max_mb in prom.conf allows"));
    host->node->disk_max = 2 * its;
    assert_true(asked_for(host, 2, 2, PROM_ROLE_WORKER, &asked));
    host_free(host);
}

/* After a restart nobody knows what a setup without terms was begun for, and others propose more than they said: before
 * a part is given to such a one all of it is looked at again. */
static void what_has_more_terms_than_it_was_begun_for_is_looked_at_again(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_WORKER);
    const prom_node_judge judge = {.job = host_take_any};
    const prom_work work = {.items = 1};
    prom_node *node = host->node;
    (void)host_pay(host, 4);
    prom_node_channel *channel = host_give(host, PLACE_W);
    const uint64_t its = prom_room_of_terms(&channel->channel->terms);
    prom_node_set_judge(node, &judge);
    node->disk_free = MANY;
    node->policies[PROM_ROLE_WORKER].disk_max = its - 1;
    channel->room = its;
    assert_ok(prom_node_judge_job(node, channel, &work, &test->error), &test->error);
    channel->room = 0;
    assert_fails(prom_node_judge_job(node, channel, &work, &test->error), PROM_CATEGORY_PEER, &test->error,
                 "may bring 1 byte more than worker_disk_mb in prom.conf allows");
    node->policies[PROM_ROLE_WORKER].disk_max = its;
    assert_ok(prom_node_judge_job(node, channel, &work, &test->error), &test->error);
    node->disk_max = its - 1;
    assert_fails(prom_node_judge_job(node, channel, &work, &test->error), PROM_CATEGORY_PEER, &test->error,
                 "more than disk_max_mb");
    node->disk_max = 0;
    node->body_bytes = 7; /* that have come already */
    node->disk_free = its - 7;
    assert_ok(prom_node_judge_job(node, channel, &work, &test->error), &test->error);
    node->disk_free = its - 8;
    assert_fails(prom_node_judge_job(node, channel, &work, &test->error), PROM_CATEGORY_PEER, &test->error,
                 "more than the disk has");
    host_free(host);
}

static uint64_t its_bytes(void *context)
{
    const uint64_t *bytes = context;
    return *bytes;
}

/* What guests have counts as the client's, who ordered it. */
static void the_clients_files_count(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_CLIENT);
    uint64_t bytes = 0;
    const prom_node_guest guest = {.context = &bytes, .bytes = its_bytes};
    host->node->disk_free = MANY;
    assert_ok(prom_node_add_guest(host->node, &guest, &test->error), &test->error);
    host->node->policies[PROM_ROLE_CLIENT].disk_max = 1000;
    assert_int_equal(room_of(host, PROM_ROLE_CLIENT).left, 1000);
    bytes = 600;
    assert_int_equal(room_of(host, PROM_ROLE_CLIENT).left, 400);
    assert_int_equal(room_of(host, PROM_ROLE_WORKER).taken, 0);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(room_follows_from_terms_limits_and_disk),
        FIXTURE_TEST(what_does_not_fit_is_refused_with_numbers),
        FIXTURE_TEST(a_contract_that_does_not_fit_is_not_begun),
        FIXTURE_TEST(what_is_begun_takes_its_room_at_once),
        FIXTURE_TEST(what_has_more_terms_than_it_was_begun_for_is_looked_at_again),
        FIXTURE_TEST(the_clients_files_count),
    };
    return cmocka_run_group_tests_name("node/room", tests, NULL, NULL);
}
