/* A client's node that follows no bitcoind, with a P and coins on its chain, files of a job, and workers that are
 * reached by nobody: the test answers for them. */
#ifndef PROMETHEUS_TEST_TRADE_BUYING_H
#define PROMETHEUS_TEST_TRADE_BUYING_H

#include "trade/files.h"

#include "node/asked.h"
#include "trade/jobs_parts.h"

enum { BUYING_WORKERS = 2 };

struct buying {
    fixture *test;
    struct host *host;
    struct files files;
    struct asked asked; /* its P */
    prom_key workers[BUYING_WORKERS];
    prom_jobs *jobs;
    prom_standing_caps standing; /* none, unless a test sets some */
    prom_quote_reason refusal;   /* that every worker answers with; code 0: they take the job */
    char last[512];              /* that the jobs reported */
};

static inline void buying_hear(void *context, prom_report_kind kind, const char *text)
{
    struct buying *buying = context;
    (void)kind;
    (void)snprintf(buying->last, sizeof buying->last, "%s", text);
}

static inline const prom_standing_caps *buying_standing(void *context)
{
    const struct buying *buying = context;
    return &buying->standing;
}

static inline void buying_open(struct buying *buying)
{
    const prom_jobs_options options = {.node = buying->host->node,
                                       .folder = buying->host->folder,
                                       .context = buying,
                                       .standing = buying_standing,
                                       .report = buying_hear};
    assert_ok(prom_jobs_open(&buying->jobs, &options, &buying->test->error), &buying->test->error);
}

/* As many offers for the P as a draw needs, old enough to count. */
static inline void buying_arbiters(struct buying *buying)
{
    fixture *test = buying->test;
    const prom_terms *terms = &buying->asked.terms;
    for (size_t i = 0; i < terms->P.n; i++) {
        const prom_bytes32 secret = named("an arbiter's secret", i);
        prom_key key;
        prom_tx *tx = NULL;
        assert_ok(prom_key_from_secret(test->curve, &key, &secret, &test->error), &test->error);
        assert_ok(prom_tx_new(&test->arena, &tx, 1, PROM_OFFER_OUTPUTS, &test->error), &test->error);
        tx->inputs[0].outpoint = (prom_outpoint){named("an arbiter's coin", buying->host->paid++), 0};
        assert_ok(prom_offer_outputs(test->curve, &test->arena, tx->outputs, &terms->p_txid, &terms->P, &key.public_key,
                                     &test->error),
                  &test->error);
        const prom_tx *txs[] = {tx};
        host_block(buying->host, txs, 1);
    }
    for (unsigned i = 0; i < 6; i++) {
        host_block(buying->host, NULL, 0);
    }
}

static inline struct buying *buying_new(fixture *test)
{
    struct buying *buying = calloc(1, sizeof *buying);
    assert_non_null(buying);
    buying->test = test;
    buying->host = host_new(test, PROM_ROLE_CLIENT);
    buying->files = files_new(test);
    buying->asked = asked_publish_p(buying->host);
    (void)host_pay(buying->host, 24);
    buying_arbiters(buying);
    for (size_t i = 0; i < BUYING_WORKERS; i++) {
        const prom_bytes32 secret = named("a worker's secret", i);
        assert_ok(prom_key_from_secret(test->curve, &buying->workers[i], &secret, &test->error), &test->error);
    }
    buying_open(buying);
    return buying;
}

static inline void buying_clear(const struct buying *buying)
{
    char path[512];
    DIR *folder = NULL;
    (void)snprintf(path, sizeof path, "%s/jobs", buying->host->folder);
    folder = opendir(path);
    for (const struct dirent *entry = NULL; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char job[1024];
        (void)snprintf(job, sizeof job, "%s/%.255s", path, entry->d_name);
        if (entry->d_name[0] != '.') {
            host_clear_folder(job);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    host_clear_folder(path);
}

static inline void buying_free(struct buying *buying)
{
    buying_clear(buying);
    files_free(&buying->files);
    /* The jobs are a guest of the node: it goes first. */
    prom_jobs *jobs = buying->jobs;
    host_free(buying->host);
    prom_jobs_close(jobs);
    free(buying);
}

/* As after a crash: another node of the same folder. */
static inline void buying_restart(struct buying *buying)
{
    prom_jobs *jobs = buying->jobs;
    prom_node_close(buying->host->node);
    prom_jobs_close(jobs);
    host_open(buying->host);
    asked_limits(buying->host, &buying->asked);
    buying_open(buying);
}

static inline prom_job_request buying_request(const struct buying *buying)
{
    prom_job_request request = prom_job_request_empty();
    request.program = buying->files.program_path;
    request.input = buying->files.input_path;
    request.has_p = true;
    request.p_txid = buying->asked.terms.p_txid;
    request.wishes.retainer = buying->asked.terms.retainer;
    request.wishes.feerate = 2;
    request.wishes.worker_count = BUYING_WORKERS;
    for (size_t i = 0; i < BUYING_WORKERS; i++) {
        prom_order_node *node = &request.wishes.workers[i];
        node->key = buying->workers[i].public_key;
        node->address.length =
            (uint8_t)snprintf((char *)node->address.bytes, sizeof node->address.bytes, "127.0.0.1:%zu", i + 1);
    }
    return request;
}

/* What is asked for, with program and batch loaded in the test's arena. */
static inline prom_result buying_sketch(const struct buying *buying, prom_sketch *sketch,
                                        const prom_job_request *request)
{
    fixture *test = buying->test;
    prom_batch_job batch;
    prom_job_bytes bytes;
    PROM_TRY(
        prom_batch_load(&test->arena, &test->arena, &batch, &bytes, request->program, request->input, &test->error));
    return prom_sketch_make(sketch, buying->host->node, &batch, request, &test->error);
}

static inline prom_bytes32 buying_order(struct buying *buying, const prom_job_request *request)
{
    prom_jobs_ordered ordered;
    assert_ok(prom_jobs_order(buying->jobs, &ordered, request, &buying->test->error), &buying->test->error);
    assert_false(ordered.taken_up || ordered.later);
    return ordered.id;
}

/* Asks for a quote. */
static inline prom_bytes32 buying_ask(struct buying *buying)
{
    const prom_job_request request = buying_request(buying);
    prom_bytes32 id;
    bool later = true;
    assert_ok(prom_jobs_quote(buying->jobs, &id, &later, &request, &buying->test->error), &buying->test->error);
    assert_false(later);
    return id;
}

/* A turn of the node, at which the jobs look at all that there is. */
static inline void buying_turn(struct buying *buying)
{
    buying->jobs->looked = 0;
    prom_node_guests_turn(buying->host->node);
}

/* What a worker answers that takes the job, for more the higher its number is; or, where a refusal is set,
 * why it does not. */
static inline prom_quote buying_quote(const struct buying *buying, size_t worker, const prom_ask *ask)
{
    static const prom_bytes32 auxiliary;
    prom_quote quote = {.node = buying->workers[worker].public_key,
                        .price = prom_amount_of(1000 * (worker + 1)),
                        .rates = {.least = prom_amount_of(1000 * (worker + 1))},
                        .machine = {.macs_per_second = 1000000000,
                                    .effort_per_second = 1000000000,
                                    .steps_per_second = 1000000000,
                                    .bytes_per_second = 1000000000,
                                    .memory = UINT64_C(1) << 40},
                        .begins = 0,
                        .capacity = 8,
                        .valid_until = UINT32_MAX};
    prom_bytes32 hash;
    if (buying->refusal.code != 0) {
        quote.price = prom_amount_zero();
        quote.reasons[quote.reason_count++] = buying->refusal;
    }
    prom_ask_hash(&quote.ask, ask);
    prom_quote_hash(&hash, &quote);
    assert_ok(prom_sign(buying->test->curve, &quote.signature, &hash, &buying->workers[worker], &auxiliary,
                        &buying->test->error),
              &buying->test->error);
    return quote;
}

/* All who are asked in the round answer so. */
static inline void buying_answer(struct buying *buying, prom_placing *placing)
{
    for (size_t i = 0; i < placing->count; i++) {
        const prom_ask ask = placing->asked[i].ask;
        for (size_t worker = 0; worker < BUYING_WORKERS; worker++) {
            if (prom_bytes32_equal(&placing->asked[i].peer.key, &buying->workers[worker].public_key)) {
                const prom_quote quote = buying_quote(buying, worker, &ask);
                prom_jobs_quoted_event(buying->jobs, &quote.node, &ask, &quote);
            }
        }
    }
}

static inline struct driven *buying_job(struct buying *buying)
{
    assert_int_equal(buying->jobs->open_count, 1);
    return buying->jobs->open[0];
}

/* What a contract with the first worker costs, with fees, and its fees. */
static inline void buying_costs(struct buying *buying, prom_amount *cost, prom_amount *fees)
{
    const prom_bytes32 id = buying_ask(buying);
    buying_answer(buying, &buying->jobs->quotes[0]->placing);
    buying_turn(buying);
    const prom_plan *plan = prom_jobs_quoted(buying->jobs, &id)->placed.plan;
    assert_int_equal(plan->part_count, 1);
    *cost = prom_amount_add(plan->cost, plan->fees);
    *fees = plan->fees;
    prom_jobs_drop_quotes(buying->jobs);
}

/* The job's only part, or the first that waits, has a contract that is being begun. */
static inline const prom_attempt *buying_begin(struct buying *buying)
{
    buying_turn(buying);
    assert_non_null(buying_job(buying)->placing);
    buying_answer(buying, buying_job(buying)->placing);
    buying_turn(buying);
    const prom_market_job *job = buying_job(buying)->ordered->job;
    assert_true(job->attempt_count > 0);
    buying_turn(buying);
    return &job->attempts[job->attempt_count - 1];
}

/* Contracts of jobs that the node has. */
static inline size_t buying_records(struct buying *buying)
{
    size_t count = 0;
    prom_node *node = buying->host->node;
    for (size_t i = 0; i < node->channel_count; i++) {
        count += strncmp(node->channels[i]->record.name, "job-", 4) == 0;
    }
    return count;
}

/* The facts of the only job. */
static inline const prom_market_job *buying_facts(struct buying *buying)
{
    return buying_job(buying)->ordered->job;
}

/* A job of two parts, both with one worker: the first contract is being begun, the second waits for it. */
static inline void buying_order_two(struct buying *buying)
{
    prom_job_request request = buying_request(buying);
    request.wishes.worker_count = 1;
    request.wishes.parts_min = 2;
    (void)buying_order(buying, &request);
    (void)buying_begin(buying);
    assert_int_equal(buying_facts(buying)->attempt_count, 2);
}

/* A contract of the world's in the place of the job's own. */
static inline prom_node_channel *buying_make_live(struct buying *buying)
{
    char name[PROM_ATTEMPT_NAME];
    struct driven *driven = buying_job(buying);
    host_mine_to(buying->host, VALID_TIP);
    prom_node_channel *channel = host_give(buying->host, PLACE_C);
    (void)prom_attempt_name(name, &driven->ordered->job->order.id, (uint32_t)driven->ordered->job->attempt_count);
    for (size_t i = 0; i < buying->host->node->channel_count; i++) {
        prom_node_channel *other = buying->host->node->channels[i];
        if (strcmp(other->record.name, name) == 0) {
            other->record.name[0] = 'x';
        }
    }
    (void)snprintf(channel->record.name, sizeof channel->record.name, "%s", name);
    return channel;
}

/* The contract's output is there, checked: its bytes are returned. */
static inline prom_span buying_write_made(struct buying *buying, prom_node_channel *channel)
{
    fixture *test = buying->test;
    const uint8_t values[3 * JOB_ITEMS] = {1, 2, 3};
    const prom_batch batch = {JOB_ITEMS, 3, values};
    char made[PATH_MAX];
    prom_span bytes;
    assert_ok(prom_batch_write(&test->arena, &bytes, &batch, &test->error), &test->error);
    assert_ok(prom_node_output_path(buying->host->node, made, &channel->channel->facts, &test->error), &test->error);
    FILE *file = fopen(made, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.length, file), bytes.length);
    assert_int_equal(fclose(file), 0);
    channel->channel->facts.batches[0].evidence.result_open = true;
    return bytes;
}

#endif
