/* What goes wrong with a job that is nobody's fault: disks, crashes, and what our own node cannot do. */
#include "trade/buying.h"

#include <unistd.h>

#include "net/parts.h"
#include "node/beginning.h"
#include "node/guest.h"

/* A crash, or a full disk, between the output's coming to the job's folder and the note of that loses nothing. */
static void an_output_that_was_taken_is_found_again(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    (void)buying_order(buying, &request);
    (void)buying_begin(buying);
    prom_node_channel *channel = buying_make_live(buying);
    host_mine_tx(buying->host, PROM_TX0);
    buying_write_made(buying, channel);
    char made[PATH_MAX];
    prom_batch_taken taken;
    assert_ok(prom_node_output_path(buying->host->node, made, &channel->channel->facts, &buying->test->error),
              &buying->test->error);
    assert_ok(prom_batch_take_output(&buying_job(buying)->folder, &taken, &buying_facts(buying)->attempts[0], made,
                                     &buying->test->error),
              &buying->test->error);
    buying_turn(buying);
    assert_true(buying_facts(buying)->attempts[0].has_result);
    assert_true(buying_facts(buying)->merged);
    buying_free(buying);
}

/* What a disk refuses is not tried with every look: files may be large, and the node has one thread. */
static void a_merge_that_failed_is_not_repeated_at_once(void **state)
{
    struct buying *buying = buying_new(*state);
    fixture *test = buying->test;
    const prom_job_request request = buying_request(buying);
    const prom_bytes32 id = buying_order(buying, &request);
    char program[PATH_MAX];
    char output[PATH_MAX];
    (void)buying_begin(buying);
    prom_node_channel *channel = buying_make_live(buying);
    host_mine_tx(buying->host, PROM_TX0);
    (void)buying_write_made(buying, channel);
    assert_ok(prom_jobs_files(buying->jobs, program, output, &id, &test->error), &test->error);
    assert_int_equal(mkdir(output, 0700), 0); /* where the output is to go */
    buying_turn(buying);
    assert_true(buying_facts(buying)->attempts[0].has_result);
    assert_string_not_equal(prom_jobs_hindrance(buying->jobs, &id), "");
    assert_int_equal(rmdir(output), 0);
    buying_turn(buying);
    assert_false(buying_facts(buying)->merged);
    buying_job(buying)->files_ms = 0; /* some time later */
    buying_turn(buying);
    assert_true(buying_facts(buying)->merged);
    buying_free(buying);
}

/* Who is asked in vain for a minute is left; but not for time in which nobody asked, as we could not go on ourselves.
 */
static void only_a_silent_worker_is_left(void **state)
{
    enum { LONG_MS = 61000 };
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    (void)buying_order(buying, &request);
    const uint64_t contract = buying_begin(buying)->contract;
    struct driven *driven = buying_job(buying);
    buying_turn(buying);
    buying->host->node->pending[0].since -= LONG_MS;
    driven->tried_ms[0] = 0;
    buying->host->node->pending[0].channel = 0; /* our own node could not be the verifier */
    buying_turn(buying);
    assert_int_equal(buying->host->node->pending[0].channel, contract);
    buying_turn(buying);
    assert_int_equal(buying_facts(buying)->attempts[0].loss, PROM_MISHAP_NONE);
    buying->host->node->pending[0].since -= LONG_MS;
    buying_turn(buying);
    assert_int_equal(buying_facts(buying)->attempts[0].loss, PROM_MISHAP_WORKER_LEFT);
    buying_free(buying);
}

/* The second of the workers, as the verifier of the market: whoever does not answer is left, and nobody else. */
static size_t list_verifier(void *context, prom_trade_peer *list, size_t max, const prom_bytes32 *p_txid,
                            prom_role role)
{
    const struct buying *buying = context;
    (void)p_txid;
    assert_true(max >= 1);
    list[0] = (prom_trade_peer){.key = buying->workers[1].public_key, .address = {.length = 3, .bytes = "a:1"}};
    return role == PROM_ROLE_VERIFIER;
}

static struct buying *begin_with_verifier(fixture *test)
{
    struct buying *buying = buying_new(test);
    prom_job_request request = buying_request(buying);
    request.verifier = PROM_VERIFIER_MARKET;
    request.wishes.worker_count = 1;
    buying->jobs->options.list = list_verifier;
    (void)buying_order(buying, &request);
    const prom_attempt *attempt = buying_begin(buying);
    assert_true(prom_bytes32_equal(&attempt->worker, &buying->workers[0].public_key));
    assert_true(prom_bytes32_equal(&attempt->verifier, &buying->workers[1].public_key));
    assert_int_equal(buying->host->node->pending[0].channel, attempt->contract);
    return buying;
}

static void who_does_not_answer_is_left_and_nobody_else(void **state)
{
    enum { LONG_MS = 61000 };
    static const struct {
        unsigned answered;
        prom_mishap loss;
        bool worker, verifier; /* has failed with the part */
    } cases[] = {
        {0, PROM_MISHAP_SETUP, true, true},
        {1U << PROM_PARTY_V, PROM_MISHAP_WORKER_LEFT, true, false},
        {1U << PROM_PARTY_W, PROM_MISHAP_VERIFIER_LEFT, false, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buying *buying = begin_with_verifier(*state);
        buying_turn(buying);
        buying->host->node->pending[0].answered = cases[i].answered;
        buying->host->node->pending[0].since -= LONG_MS;
        buying_turn(buying);
        const prom_market_job *job = buying_facts(buying);
        assert_int_equal(job->attempts[0].loss, cases[i].loss);
        assert_int_equal(job->parts[0].failed_count, cases[i].worker);
        assert_int_equal(prom_market_job_verifier_failed(job, &job->parts[0], &buying->workers[1].public_key),
                         cases[i].verifier);
        buying_turn(buying);
        assert_int_equal(job->attempts[0].phase, PROM_ATTEMPT_OVER);
        buying_job(buying)->placed_tip = UINT32_MAX;
        buying_turn(buying);
        const prom_placing *placing = buying_job(buying)->placing; /* the next round */
        assert_non_null(placing);
        assert_int_equal(placing->count, 2);
        assert_int_equal(placing->asked[0].failed, cases[i].worker);
        assert_int_equal(placing->asked[1].failed, cases[i].verifier);
        buying_free(buying);
    }
}

static void note_line(void *context, const prom_job_line *line)
{
    char *text = context;
    const size_t length = strlen(text);
    (void)snprintf(text + length, 1024 - length, "%s\n", line->text);
}

/* Who says no is left at once, with its reason, and nobody else, though the other has not answered either. */
static void who_declines_is_left_at_once(void **state)
{
    static const prom_quote_reason busy = {PROM_REASON_BUSY, PROM_UNIT_NUMBER, 9, 8};
    static const struct {
        prom_party party;
        prom_mishap loss;
        const char *says;
    } cases[] = {
        {PROM_PARTY_W, PROM_MISHAP_WORKER_LEFT, "the worker takes no part, and says: open contracts would be 9"},
        {PROM_PARTY_V, PROM_MISHAP_VERIFIER_LEFT, "the verifier takes no part, and says: open contracts would be 9"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buying *buying = begin_with_verifier(*state);
        char why[1024] = "";
        buying_turn(buying);
        assert_int_equal(buying_facts(buying)->attempts[0].loss, PROM_MISHAP_NONE);
        buying->host->node->pending[0].declined[cases[i].party] = busy;
        buying_turn(buying);
        const prom_attempt *attempt = &buying_facts(buying)->attempts[0];
        assert_int_equal(attempt->loss, cases[i].loss);
        assert_int_equal(buying_facts(buying)->parts[0].failed_count, cases[i].party == PROM_PARTY_W);
        buying_turn(buying);
        assert_int_equal(attempt->phase, PROM_ATTEMPT_OVER);
        assert_int_equal(buying->host->node->pending[0].channel, 0);
        buying_restart(buying);
        attempt = &buying_facts(buying)->attempts[0];
        assert_memory_equal(&attempt->declined, &busy, sizeof busy);
        prom_market_job_why(buying_facts(buying), note_line, why);
        assert_non_null(strstr(why, cases[i].says));
        buying_free(buying);
    }
}

/* A part that nobody takes holds up no other: each that waits has its turn. */
static void a_part_without_a_worker_holds_up_no_other(void **state)
{
    static const prom_quote_reason busy = {PROM_REASON_BUSY, PROM_UNIT_NUMBER, 9, 8};
    struct buying *buying = buying_new(*state);
    buying_order_two(buying);
    buying->host->node->pending[0].declined[PROM_PARTY_W] = busy;
    buying_turn(buying);
    prom_market_job *job = buying_job(buying)->ordered->job;
    assert_int_equal(job->parts[0].failed_count, 1);
    job->attempts[1].phase = PROM_ATTEMPT_OVER; /* by nobody's fault */
    job->attempts[1].loss = PROM_MISHAP_CANCELLED;
    job->attempts[1].given_up = true;
    job->parts[1].state = PROM_PART_WAITING;
    job->parts[1].attempt = 0;
    for (size_t block = 0; block < 2; block++) {
        host_block(buying->host, NULL, 0);
        for (size_t turn = 0; turn < 3; turn++) {
            buying_turn(buying);
            if (buying_job(buying)->placing != NULL) {
                buying_answer(buying, buying_job(buying)->placing);
            }
        }
    }
    assert_int_equal(buying_facts(buying)->parts[0].state, PROM_PART_WAITING);
    assert_int_equal(buying_facts(buying)->parts[1].state, PROM_PART_RUNNING);
    buying_free(buying);
}

static void set_link(struct buying *buying, const prom_bytes32 *node, bool there)
{
    enum { A_LINK = 4 };
    prom_net *net = prom_node_net(buying->host->node);
    assert_int_equal(net->links_used, there ? 0 : 1);
    if (there) {
        net->links[0] = (struct link){.id = A_LINK, .up = true, .node = *node, .descriptor = -1};
        net->links_used = 1;
    } else {
        prom_link_drop(net, &net->links[0]);
    }
}

/* Who was never reached has longer than who is there and says nothing: the latter alone is left when its time is over.
 */
static void who_is_not_reached_has_longer(void **state)
{
    enum { LINKED_MS = 21000, REACHING_MS = 59000 };
    for (prom_party party = PROM_PARTY_W; party <= PROM_PARTY_V; party++) {
        struct buying *buying = begin_with_verifier(*state);
        buying_turn(buying);
        prom_pending *pending = &buying->host->node->pending[0];
        pending->since -= REACHING_MS;
        pending->asked = INT64_MAX / 2; /* the link is none to be written to */
        buying_turn(buying);
        assert_int_equal(buying_facts(buying)->attempts[0].loss, PROM_MISHAP_NONE);
        prom_node_go_on_beginning(buying->host->node);
        assert_int_equal(pending->linked[party], 0);
        set_link(buying, &buying->workers[party - PROM_PARTY_W].public_key, true);
        prom_node_go_on_beginning(buying->host->node);
        set_link(buying, &buying->workers[party - PROM_PARTY_W].public_key, false); /* whoever had one was told */
        buying_turn(buying);
        assert_int_equal(buying_facts(buying)->attempts[0].loss, PROM_MISHAP_NONE);
        assert_true(pending->linked[party] > LINKED_MS);
        pending->linked[party] -= LINKED_MS;
        buying_turn(buying);
        assert_int_equal(buying_facts(buying)->attempts[0].loss,
                         party == PROM_PARTY_W ? PROM_MISHAP_WORKER_LEFT : PROM_MISHAP_VERIFIER_LEFT);
        buying_free(buying);
    }
}

/* Who refuses what it was proposed has said so itself; no sentence decides who it was. */
static void who_refuses_is_left_and_nobody_else(void **state)
{
    static const struct {
        const char *reason;
        uint8_t refused_by;
        prom_mishap loss;
    } cases[] = {
        {"the verifier says: no", 1U << PROM_PARTY_V, PROM_MISHAP_VERIFIER_LEFT},
        {"the worker says: no", 1U << PROM_PARTY_W, PROM_MISHAP_WORKER_LEFT},
        {"the worker says: the verifier's signature is wrong", 0, PROM_MISHAP_SETUP}, /* it may be either */
        {"the others have not answered in time", 0, PROM_MISHAP_SETUP},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buying *buying = begin_with_verifier(*state);
        prom_node *node = buying->host->node;
        prom_setup_session *setup =
            &prom_node_channel_of(node, buying_facts(buying)->attempts[0].contract)->channel->facts.setup;
        node->pending[0].channel = 0;
        setup->phase = PROM_SETUP_OVER;
        setup->refused_by = cases[i].refused_by;
        (void)snprintf(setup->reason, sizeof setup->reason, "%s", cases[i].reason);
        buying_turn(buying);
        assert_int_equal(buying_facts(buying)->attempts[0].phase, PROM_ATTEMPT_OVER);
        assert_int_equal(buying_facts(buying)->attempts[0].loss, cases[i].loss);
        buying_free(buying);
    }
}

/* Where our own verifier refuses nobody else has failed. */
static void our_own_refusal_is_no_workers_fault(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    (void)buying_order(buying, &request);
    prom_node_channel *channel = prom_node_channel_of(buying->host->node, buying_begin(buying)->contract);
    assert_non_null(channel);
    buying->host->node->pending[0].channel = 0;
    channel->channel->facts.setup.phase = PROM_SETUP_OVER;
    channel->channel->facts.setup.refused_by = 1U << PROM_PARTY_V;
    buying_turn(buying);
    assert_int_equal(buying_facts(buying)->attempts[0].phase, PROM_ATTEMPT_OVER);
    assert_int_equal(buying_facts(buying)->attempts[0].loss, PROM_MISHAP_CANCELLED);
    assert_int_equal(buying_facts(buying)->parts[0].failed_count, 0);
    buying_free(buying);
}

/* A contract that is closed before it was proposed failed by nobody but us: the worker may have its part again. */
static void what_was_never_proposed_is_no_workers_fault(void **state)
{
    enum { DAY_MS = 24 * 3600 * 1000 };
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    (void)buying_order(buying, &request);
    prom_node_channel *channel = prom_node_channel_of(buying->host->node, buying_begin(buying)->contract);
    assert_non_null(channel);
    buying->host->node->pending[0].channel = 0; /* our own node could not be the verifier */
    channel->begun -= DAY_MS;
    prom_node_close_finished(buying->host->node);
    buying_turn(buying);
    assert_int_equal(buying_facts(buying)->attempts[0].phase, PROM_ATTEMPT_OVER);
    assert_int_equal(buying_facts(buying)->attempts[0].loss, PROM_MISHAP_CANCELLED);
    assert_int_equal(buying_facts(buying)->parts[0].failed_count, 0);
    buying_free(buying);
}

/* What keeps our own node from being the verifier is tried again and again, and told its owner as an alarm once. */
static void the_owner_is_alarmed_once(void **state)
{
    struct buying *buying = buying_new(*state);
    prom_node *node = buying->host->node;
    const prom_job_request request = buying_request(buying);
    (void)buying_order(buying, &request);
    (void)buying_begin(buying);
    node->channels_max = (uint32_t)node->channel_count; /* there is no room for another one */
    for (unsigned i = 0; i < 3; i++) {
        assert_true(node->pending[0].channel != 0);
        node->pending[0].asked = 0;
        prom_node_go_on_beginning(node);
        assert_int_equal(node->pending[0].channel, 0);
        assert_int_equal(buying->host->reports[PROM_REPORT_ALARM], 1);
        buying_job(buying)->tried_ms[0] = 0;
        buying_turn(buying);
    }
    assert_non_null(strstr(buying->host->last[PROM_REPORT_NOTE], "cannot be its verifier"));
    buying_free(buying);
}

/* However often a contract is tried to be begun, that takes no more memory. */
static void trying_again_takes_no_memory(void **state)
{
    struct buying *buying = buying_new(*state);
    prom_node *node = buying->host->node;
    const prom_job_request request = buying_request(buying);
    (void)buying_order(buying, &request);
    (void)buying_begin(buying);
    const size_t taken = node->arena.used;
    for (unsigned i = 0; i < 3; i++) {
        node->pending[0].channel = 0;
        buying_job(buying)->tried_ms[0] = 0;
        buying_turn(buying);
        assert_true(node->pending[0].channel != 0 && node->pending[0].base_length > 0);
    }
    assert_int_equal(node->arena.used, taken);
    buying_free(buying);
}

/* A job of a backup may have attempts that it knows nothing of: it is cancelled, though the disk refuses at first. */
static void a_restored_job_begins_nothing(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    (void)buying_order(buying, &request);
    buying_job(buying)->restored = true;
    assert_ok(prom_store_begin(buying->host->node->store, &buying->test->error), &buying->test->error);
    buying_turn(buying);
    assert_true(buying_job(buying)->stale);
    prom_store_rollback(buying->host->node->store);
    buying_turn(buying);
    buying_turn(buying);
    assert_int_equal(buying->jobs->open_count, 0);
    buying_free(buying);
}

/* A record that cannot be read keeps no node from its start, nor another job from going on. */
static void a_damaged_job_stops_no_other(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    const prom_store_job damaged = {
        .id = named("damaged", 0), .created = 1, .bytes = prom_span_of((const uint8_t *)"no", 2)};
    (void)buying_order(buying, &request);
    assert_ok(prom_node_put_job(buying->host->node, &damaged, &buying->test->error), &buying->test->error);
    buying_restart(buying);
    assert_non_null(strstr(buying->last, "cannot be read"));
    assert_int_equal(buying_begin(buying)->number, 1);
    buying_free(buying);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(an_output_that_was_taken_is_found_again),
        FIXTURE_TEST(a_merge_that_failed_is_not_repeated_at_once),
        FIXTURE_TEST(only_a_silent_worker_is_left),
        FIXTURE_TEST(who_does_not_answer_is_left_and_nobody_else),
        FIXTURE_TEST(who_declines_is_left_at_once),
        FIXTURE_TEST(a_part_without_a_worker_holds_up_no_other),
        FIXTURE_TEST(who_is_not_reached_has_longer),
        FIXTURE_TEST(who_refuses_is_left_and_nobody_else),
        FIXTURE_TEST(what_was_never_proposed_is_no_workers_fault),
        FIXTURE_TEST(our_own_refusal_is_no_workers_fault),
        FIXTURE_TEST(the_owner_is_alarmed_once),
        FIXTURE_TEST(trying_again_takes_no_memory),
        FIXTURE_TEST(a_restored_job_begins_nothing),
        FIXTURE_TEST(a_damaged_job_stops_no_other),
    };
    return cmocka_run_group_tests_name("trade/jobs_faults", tests, NULL, NULL);
}
