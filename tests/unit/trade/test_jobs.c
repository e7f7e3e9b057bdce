/* The driver of jobs: on a node whose blocks the test makes, with workers that it answers for. */
#include "trade/buying.h"

#include "system/clock.h"

/* From the order to a contract whose parties are asked; what is on the disk is what is in memory. */
static void a_job_comes_to_a_contract(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    const prom_bytes32 id = buying_order(buying, &request);
    const prom_attempt *attempt = buying_begin(buying);
    assert_int_equal(attempt->items, JOB_ITEMS);
    assert_true(prom_bytes32_equal(&attempt->worker, &buying->workers[0].public_key)); /* the cheaper one */
    assert_true(attempt->contract != 0);
    assert_int_equal(buying_records(buying), 1);
    const prom_terms *terms = &buying->host->node->pending[0].terms;
    assert_int_equal(terms->job.items, JOB_ITEMS);
    assert_true(prom_amount_equal(terms->c, buying_job(buying)->ordered->terms[0].c));
    assert_true(prom_bytes32_equal(&buying->host->node->pending[0].what.peers[PROM_PARTY_V],
                                   prom_node_key(buying->host->node)));
    prom_ordered *read = NULL;
    char hex[PROM_HEX32];
    assert_ok(prom_jobs_find(buying->jobs, &buying->test->arena, &read, prom_hex32(hex, &id), &buying->test->error),
              &buying->test->error);
    assert_int_equal(read->job->attempts[0].contract, attempt->contract);
    for (unsigned i = 0; i < 5; i++) {
        buying_turn(buying); /* nothing is begun twice */
    }
    assert_int_equal(buying_records(buying), 1);
    assert_int_equal(buying_facts(buying)->attempt_count, 1);
    buying_free(buying);
}

/* A crash between the beginning of a contract and the note of it begins no second one. */
static void a_crash_begins_nothing_twice(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    (void)buying_order(buying, &request);
    const uint64_t contract = buying_begin(buying)->contract;
    buying_job(buying)->ordered->job->attempts[0].contract = 0; /* as it was before the note */
    assert_ok(prom_jobs_write(buying->jobs, buying_job(buying), &buying->test->error), &buying->test->error);
    buying_restart(buying);
    assert_int_equal(buying_facts(buying)->attempts[0].contract, 0);
    buying_turn(buying);
    assert_int_equal(buying_facts(buying)->attempts[0].contract, contract);
    assert_int_equal(buying_records(buying), 1);
    assert_int_equal(buying->host->node->pending[0].channel, contract); /* and its parties are asked again */
    buying_free(buying);
}

/* The same is not paid twice, unless the owner says so. */
static void the_same_job_is_taken_up(void **state)
{
    struct buying *buying = buying_new(*state);
    fixture *test = buying->test;
    prom_job_request request = buying_request(buying);
    const prom_bytes32 id = buying_order(buying, &request);
    prom_jobs_ordered other;
    assert_ok(prom_jobs_order(buying->jobs, &other, &request, &test->error), &test->error);
    assert_true(other.taken_up && prom_bytes32_equal(&id, &other.id));
    request.again = true;
    assert_ok(prom_jobs_order(buying->jobs, &other, &request, &test->error), &test->error);
    assert_false(other.taken_up || prom_bytes32_equal(&id, &other.id));
    assert_int_equal(buying->jobs->open_count, 2);
    buying_free(buying);
}

/* One that is cancelled before anything is at stake ends, and its coins are free again. */
static void a_job_is_cancelled(void **state)
{
    struct buying *buying = buying_new(*state);
    fixture *test = buying->test;
    const prom_job_request request = buying_request(buying);
    const prom_bytes32 id = buying_order(buying, &request);
    prom_ordered *read = NULL;
    char hex[PROM_HEX32];
    (void)buying_begin(buying);
    assert_ok(prom_jobs_cancel(buying->jobs, &id, &test->error), &test->error);
    for (unsigned i = 0; i < 3 && buying->jobs->open_count > 0; i++) {
        buying_turn(buying);
    }
    assert_int_equal(buying->jobs->open_count, 0);
    assert_fails(prom_jobs_cancel(buying->jobs, &id, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, "has ended");
    assert_ok(prom_jobs_find(buying->jobs, &test->arena, &read, prom_hex32(hex, &id), &test->error), &test->error);
    assert_int_equal(read->job->end, PROM_JOB_END_CANCELLED);
    assert_int_equal(read->job->attempts[0].loss, PROM_MISHAP_CANCELLED);
    assert_true(prom_node_can_propose(buying->host->node));
    buying_restart(buying);
    assert_int_equal(buying->jobs->open_count, 0);
    buying_free(buying);
}

static void assert_phase(struct buying *buying, prom_attempt_phase phase)
{
    buying_turn(buying);
    assert_int_equal(buying_facts(buying)->attempts[0].phase, phase);
}

/* The result is taken from the channel to the job's output; the contract ends when it is deep. */
static void a_result_is_taken(void **state)
{
    struct buying *buying = buying_new(*state);
    fixture *test = buying->test;
    const prom_job_request request = buying_request(buying);
    const prom_bytes32 id = buying_order(buying, &request);
    char program[PATH_MAX];
    char output[PATH_MAX];
    (void)buying_begin(buying);
    prom_node_channel *channel = buying_make_live(buying);
    assert_phase(buying, PROM_ATTEMPT_QUEUE);
    assert_true(buying_facts(buying)->attempts[0].live);
    host_mine_tx(buying->host, PROM_TX0);
    assert_phase(buying, PROM_ATTEMPT_TRANSFER);
    host_block(buying->host, NULL, 0);
    host_block(buying->host, NULL, 0);
    assert_phase(buying, PROM_ATTEMPT_COMPUTE);
    prom_evidence *statements = &channel->channel->facts.batches[0].evidence.statements;
    const prom_evidence before = *statements;
    prom_attestation said = {.kind = PROM_ATTESTATION_PACKAGE};
    *statements = (prom_evidence){1, 1, &said};
    assert_phase(buying, PROM_ATTEMPT_VERDICT);
    *statements = before; /* nobody has signed it */
    const prom_span bytes = buying_write_made(buying, channel);
    buying_turn(buying);
    assert_true(buying_facts(buying)->attempts[0].has_result);
    assert_true(buying_facts(buying)->merged);
    assert_int_equal(buying_facts(buying)->state, PROM_JOB_RUNNING); /* its money is on the way */
    prom_span written;
    assert_ok(prom_jobs_files(buying->jobs, program, output, &id, &test->error), &test->error);
    assert_ok(prom_file_load(&test->arena, &written, output, SIZE_MAX, &test->error), &test->error);
    assert_true(prom_span_equal(written, bytes));
    host_mine_tx(buying->host, PROM_TX4);
    host_block(buying->host, NULL, 0);
    buying_turn(buying);
    assert_int_equal(buying->jobs->open_count, 0);
    prom_ordered *read = NULL;
    char hex[PROM_HEX32];
    assert_ok(prom_jobs_find(buying->jobs, &test->arena, &read, prom_hex32(hex, &id), &test->error), &test->error);
    assert_int_equal(read->job->end, PROM_JOB_END_DONE);
    assert_int_equal(read->job->attempts[0].end, 3);
    assert_true(prom_bytes32_equal(&read->job->attempts[0].txid, &channel->channel->tree->tx[PROM_TX4].txid));
    prom_jobs_ordered other;
    assert_ok(prom_jobs_order(buying->jobs, &other, &request, &test->error), &test->error);
    assert_true(other.taken_up); /* and is not paid again */
    buying_free(buying);
}

/* A worker that is silent has its part taken, and does not get it again. */
static void a_lost_part_goes_to_another(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    (void)buying_order(buying, &request);
    (void)buying_begin(buying);
    (void)buying_make_live(buying);
    host_mine_tx(buying->host, PROM_TX0);
    host_mine_tx(buying->host, PROM_TX1);
    buying_turn(buying);
    assert_int_equal(buying_facts(buying)->attempts[0].loss, PROM_MISHAP_NONE);
    host_block(buying->host, NULL, 0);
    buying_turn(buying);
    assert_int_equal(buying_facts(buying)->attempts[0].loss, PROM_MISHAP_SILENT);
    assert_int_equal(buying_facts(buying)->attempts[0].end, 1);
    buying->host->node->pending[0].channel = 0; /* it was asked for long ago */
    const prom_attempt *second = buying_begin(buying);
    assert_int_equal(second->number, 2);
    assert_true(second->contract != 0);
    assert_true(prom_bytes32_equal(&second->worker, &buying->workers[1].public_key));
    buying_free(buying);
}

/* Two nodes set up one contract at a time with each other. */
static void contracts_with_one_worker_are_set_up_in_turn(void **state)
{
    struct buying *buying = buying_new(*state);
    buying_order_two(buying);
    prom_attempt *attempts = buying_job(buying)->ordered->job->attempts;
    buying->host->node->pending[0].channel = 0; /* the first one is asked for no more: it is being set up */
    memset(buying_job(buying)->tried_ms, 1, sizeof buying_job(buying)->tried_ms);
    buying_turn(buying);
    assert_true(attempts[0].contract != 0 && attempts[1].contract == 0);
    attempts[0].live = true; /* not even when it is signed: a block must have its Tx0 */
    buying_turn(buying);
    assert_int_equal(attempts[1].contract, 0);
    attempts[0].phase = PROM_ATTEMPT_TRANSFER;
    memset(buying_job(buying)->tried_ms, 0, sizeof buying_job(buying)->tried_ms);
    buying->host->node->pending[0].channel = 0;
    buying_turn(buying);
    assert_true(attempts[1].contract != 0);
    buying_free(buying);
}

/* With others more are, where there are arbiters enough for that. */
static void few_arbiters_take_one_setup_at_a_time(void **state)
{
    struct buying *buying = buying_new(*state);
    prom_job_request request = buying_request(buying);
    prom_announcement announced[8 * PROM_ARBITERS_MAX];
    const size_t needed = 8 * (size_t)buying->asked.terms.P.n;
    request.wishes.parts_min = 2;
    request.wishes.workers_min = 2;
    (void)buying_order(buying, &request);
    (void)buying_begin(buying);
    prom_attempt *attempts = buying_job(buying)->ordered->job->attempts;
    for (size_t i = 0; i < needed; i++) {
        announced[i] =
            (prom_announcement){.p_txid = buying->asked.terms.p_txid, .node_key = named("arbiter", (uint8_t)i)};
    }
    buying->host->node->announced = announced;
    announced[needed - 1].node_key = announced[0].node_key; /* two offers of one arbiter */
    buying->host->node->announced_count = needed;
    buying_turn(buying);
    assert_true(attempts[1].contract == 0);
    announced[needed - 1].node_key = named("arbiter", (uint8_t)(needed - 1));
    buying->host->node->announced_count = needed - 1;
    buying_turn(buying);
    assert_true(attempts[0].contract != 0 && attempts[1].contract == 0);
    buying->host->node->announced_count = needed;
    buying_turn(buying);
    assert_true(attempts[1].contract != 0);
    /* Both are asked for at once, each with coins of its own. */
    const prom_pending *pending = buying->host->node->pending;
    assert_int_equal(pending[0].channel, attempts[0].contract);
    assert_int_equal(pending[1].channel, attempts[1].contract);
    const prom_own *own[2];
    for (size_t i = 0; i < 2; i++) {
        own[i] = &prom_node_channel_of(buying->host->node, attempts[i].contract)->channel->facts.own;
    }
    assert_false(prom_outpoint_equal(&own[0]->coins[0].outpoint, &own[1]->coins[0].outpoint));
    buying->host->node->announced_count = 0;
    buying_free(buying);
}

static void names_of_jobs_are_found(void **state)
{
    struct buying *buying = buying_new(*state);
    fixture *test = buying->test;
    const prom_job_request request = buying_request(buying);
    prom_ordered *read = NULL;
    char hex[PROM_HEX32];
    const prom_bytes32 id = buying_order(buying, &request);
    (void)prom_hex32(hex, &id);
    hex[6] = '\0';
    assert_ok(prom_jobs_find(buying->jobs, &test->arena, &read, hex, &test->error), &test->error);
    assert_fails(prom_jobs_find(buying->jobs, &test->arena, &read, "abc", &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "there is no job abc");
    hex[0] = hex[0] == '0' ? '1' : '0';
    assert_fails(prom_jobs_find(buying->jobs, &test->arena, &read, hex, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "there is no job");
    buying_free(buying);
}

/* Who has too few coins is told with the reason, so that nobody deposits where enough is. */
static void a_refusal_names_the_worker(void **state)
{
    struct buying *buying = buying_new(*state);
    const prom_job_request request = buying_request(buying);
    const prom_bytes32 id = buying_order(buying, &request);
    char hex[PROM_HEX32];
    char expected[128];
    buying->refusal = (prom_quote_reason){PROM_REASON_STAKE, PROM_UNIT_SAT, 2000000, 0};
    buying_turn(buying);
    buying_answer(buying, buying_job(buying)->placing);
    buying_turn(buying);
    assert_int_equal(buying_facts(buying)->attempt_count, 0);
    const char *told = prom_jobs_hindrance(buying->jobs, &id);
    bool named = false;
    for (size_t i = 0; i < BUYING_WORKERS; i++) {
        (void)snprintf(expected, sizeof expected, "worker %.12s: stake, fees and the coin",
                       prom_hex32(hex, &buying->workers[i].public_key));
        named = named || strncmp(told, expected, strlen(expected)) == 0;
    }
    assert_true(named);
    buying_free(buying);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_job_comes_to_a_contract),
        FIXTURE_TEST(a_crash_begins_nothing_twice),
        FIXTURE_TEST(the_same_job_is_taken_up),
        FIXTURE_TEST(a_job_is_cancelled),
        FIXTURE_TEST(a_result_is_taken),
        FIXTURE_TEST(a_lost_part_goes_to_another),
        FIXTURE_TEST(contracts_with_one_worker_are_set_up_in_turn),
        FIXTURE_TEST(few_arbiters_take_one_setup_at_a_time),
        FIXTURE_TEST(names_of_jobs_are_found),
        FIXTURE_TEST(a_refusal_names_the_worker),
    };
    return cmocka_run_group_tests_name("trade/jobs", tests, NULL, NULL);
}
