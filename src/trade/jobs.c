#include "trade/jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/guest.h"
#include "system/clock.h"
#include "system/file.h"
#include "system/random.h"
#include "trade/jobs_parts.h"

#define JOB_BYTES ((size_t)1 << 24)

enum { LOOK_MILLISECONDS = 200 }; /* from one look at contracts to the next */

/* -- Open jobs -- */

struct driven *prom_jobs_find_open(const prom_jobs *jobs, const prom_bytes32 *id)
{
    for (size_t i = 0; i < jobs->open_count; i++) {
        if (prom_bytes32_equal(&jobs->open[i]->ordered->job->order.id, id)) {
            return jobs->open[i];
        }
    }
    return NULL;
}

static void want(const prom_jobs *jobs, const prom_order *order, bool wanted)
{
    if (jobs->options.want != NULL) {
        jobs->options.want(jobs->options.context, &order->p_txid, PROM_ROLE_WORKER, wanted);
        if (order->verifier == PROM_VERIFIER_MARKET) {
            jobs->options.want(jobs->options.context, &order->p_txid, PROM_ROLE_VERIFIER, wanted);
        }
    }
}

static void forget(prom_jobs *jobs, size_t at)
{
    struct driven *driven = jobs->open[at];
    prom_batch_tidy(&driven->folder, driven->ordered->job);
    prom_ledger_add(jobs->ledger, driven->ordered->job);
    want(jobs, &driven->ordered->job->order, false);
    prom_jobs_free(driven);
    jobs->open_count--;
    memmove(&jobs->open[at], &jobs->open[at + 1], (jobs->open_count - at) * sizeof(struct driven *));
}

/* Its contracts are channels of the node, which defends them as before. */
static void tell_unread(const prom_jobs *jobs, const prom_bytes32 *id, const prom_error *reason)
{
    char hex[PROM_HEX32];
    char text[512];
    (void)snprintf(
        text, sizeof text,
        "the job %s cannot be read, and does not go on; no other is ordered, as it is not known what this one "
        "may cost: restore the backup (%.200s)",
        prom_hex32(hex, id), reason->sentence);
    if (jobs->options.report != NULL) {
        jobs->options.report(jobs->options.context, PROM_REPORT_ALARM, text);
    }
}

/* One that is restored may have attempts that it knows nothing of: nothing of it is begun any more. */
static prom_result load_one(void *context, const prom_store_job *record, prom_error *error)
{
    prom_jobs *jobs = context;
    struct driven *driven = NULL;
    if (jobs->open_count == PROM_JOBS_OPEN_MAX) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the database has more open jobs than %u", PROM_JOBS_OPEN_MAX);
    }
    const prom_result loaded = prom_jobs_load(jobs, &driven, record, error);
    if (loaded.category == PROM_CATEGORY_BROKEN) {
        tell_unread(jobs, &record->id, error);
        return prom_ok();
    }
    PROM_TRY(loaded);
    driven->restored = record->restored;
    jobs->open[jobs->open_count++] = driven;
    want(jobs, &driven->ordered->job->order, true);
    return prom_ok();
}

/* -- A turn -- */

static prom_result cancel_restored(prom_jobs *jobs, struct driven *driven, prom_error *error)
{
    const prom_job_event event = {.kind = PROM_JOB_EVENT_CANCEL};
    prom_job_outcome outcome;
    if (!driven->restored) {
        return prom_ok();
    }
    PROM_TRY(prom_jobs_take(jobs, driven, &event, &outcome, error));
    driven->restored = false; /* once the disk has it: what is loaded again runs as before */
    return prom_ok();
}

static prom_result drive(prom_jobs *jobs, struct driven *driven, prom_error *error)
{
    if (driven->stale) {
        PROM_TRY(prom_jobs_reload(jobs, driven, error));
    }
    PROM_TRY(cancel_restored(jobs, driven, error));
    PROM_TRY(prom_jobs_watch(jobs, driven, error));
    return prom_jobs_act(jobs, driven, error);
}

static void turn(void *context)
{
    prom_jobs *jobs = context;
    const int64_t now = prom_clock_milliseconds();
    if (now - jobs->looked < LOOK_MILLISECONDS) {
        return;
    }
    jobs->looked = now;
    prom_errands_turn(jobs->errands);
    prom_jobs_turn_staged(jobs);
    for (size_t i = 0; i < jobs->open_count;) {
        struct driven *driven = jobs->open[i];
        prom_error reason;
        if (!prom_is_ok(drive(jobs, driven, &reason))) {
            prom_jobs_hinder(jobs, driven, reason.sentence);
        }
        if (driven->ordered->job->state == PROM_JOB_ENDED && !driven->stale) {
            forget(jobs, i);
        } else {
            i++;
        }
    }
    if (jobs->swept != prom_node_tip(jobs->options.node)) {
        prom_jobs_sweep(jobs);
    }
    prom_jobs_turn_quotes(jobs);
}

static uint64_t bytes_of(void *context)
{
    const prom_jobs *jobs = context;
    return jobs->bytes;
}

/* -- Opening and closing -- */

static prom_result open_all(prom_jobs *jobs, prom_error *error)
{
    prom_node *node = jobs->options.node;
    const prom_asker_events events = {jobs, prom_jobs_quoted_event, prom_jobs_failed_event};
    const prom_node_guest guest = {.context = jobs, .turn = turn, .bytes = bytes_of};
    const uint32_t patience = jobs->options.patience_ms != 0 ? jobs->options.patience_ms : PROM_ASKER_PATIENCE_MS;
    PROM_TRY(prom_errands_open(&jobs->errands, prom_node_runner(jobs->options.node), error));
    PROM_TRY(prom_ledger_open(&jobs->ledger, prom_node_store(node), error));
    PROM_TRY(prom_store_job_each(prom_node_store(node), true, load_one, jobs, error));
    prom_jobs_sweep(jobs);
    prom_jobs_sweep_brought(jobs);
    PROM_TRY(prom_asker_open(&jobs->asker, node, &events, patience, error));
    return prom_node_add_guest(node, &guest, error);
}

prom_result prom_jobs_open(prom_jobs **jobs, const prom_jobs_options *options, prom_error *error)
{
    *jobs = calloc(1, sizeof **jobs);
    if (*jobs == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    (*jobs)->options = *options;
    (void)snprintf((*jobs)->folder, sizeof(*jobs)->folder, "%s", options->folder);
    const prom_result opened = open_all(*jobs, error);
    if (!prom_is_ok(opened)) {
        prom_jobs_close(*jobs);
        *jobs = NULL;
    }
    return opened;
}

void prom_jobs_close(prom_jobs *jobs)
{
    if (jobs == NULL) {
        return;
    }
    prom_errands_close(jobs->errands);
    for (size_t i = 0; i < PROM_JOBS_STAGED_MAX; i++) {
        prom_jobs_unstage(jobs, &jobs->staged[i]);
    }
    for (size_t i = 0; i < jobs->open_count; i++) {
        prom_jobs_free(jobs->open[i]);
    }
    prom_jobs_drop_quotes(jobs);
    prom_asker_close(jobs->asker);
    prom_ledger_close(jobs->ledger);
    free(jobs);
}

/* -- Ordering -- */

struct same {
    const prom_jobs *jobs;
    const prom_order *order;
    prom_bytes32 id;
    bool found;
};

static prom_result compare(void *context, const prom_ordered *ordered, prom_error *error)
{
    struct same *same = context;
    const prom_market_job *job = ordered->job;
    (void)error;
    if ((job->state == PROM_JOB_RUNNING || job->end == PROM_JOB_END_DONE) &&
        prom_bytes32_equal(&job->order.program_digest, &same->order->program_digest) &&
        prom_bytes32_equal(&job->order.input_hash, &same->order->input_hash) &&
        (job->state == PROM_JOB_RUNNING || prom_jobs_have_output(same->jobs, &job->order.id))) {
        same->id = job->order.id;
        same->found = true;
    }
    return prom_ok();
}

/* Files first: a job that is in the database has them. */
static prom_result add_job(prom_jobs *jobs, struct driven *driven, const struct staged *staged,
                           const prom_sketch *sketch, prom_error *error)
{
    prom_arena_init(&driven->arena, JOB_BYTES);
    driven->placed_tip = UINT32_MAX;
    PROM_TRY_NEW(driven->ordered, &driven->arena, 1, error);
    driven->ordered->wishes = sketch->wishes;
    PROM_TRY(prom_market_job_new(&driven->arena, &driven->ordered->job, &sketch->order,
                                 prom_node_tip(jobs->options.node), error));
    driven->folder = staged->errand->folder;
    jobs->bytes += prom_batch_bytes(&driven->folder);
    return prom_jobs_write(jobs, driven, error);
}

static prom_result order_new(prom_jobs *jobs, const struct staged *staged, const prom_sketch *sketch, prom_error *error)
{
    struct driven *driven = calloc(1, sizeof *driven);
    if (driven == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    const prom_result added = add_job(jobs, driven, staged, sketch, error);
    if (!prom_is_ok(added)) {
        prom_jobs_free(driven);
        return added;
    }
    jobs->open[jobs->open_count++] = driven;
    want(jobs, &sketch->order, true);
    return prom_ok();
}

/* Whoever asks for a P will want its arbiters and workers: they are looked for at once, whatever else is missing. */
prom_result prom_jobs_sketch(prom_jobs *jobs, prom_sketch *sketch, const prom_errand *loaded,
                             const prom_job_request *request, prom_error *error)
{
    static const prom_bytes32 none;
    const prom_result made = prom_sketch_make(sketch, jobs->options.node, &loaded->batch, request, error);
    if (jobs->options.look != NULL && !prom_bytes32_equal(&sketch->order.p_txid, &none)) {
        jobs->options.look(jobs->options.context, &sketch->order.p_txid, PROM_ROLE_WORKER);
        if (request->verifier == PROM_VERIFIER_MARKET) {
            jobs->options.look(jobs->options.context, &sketch->order.p_txid, PROM_ROLE_VERIFIER);
        }
    }
    PROM_TRY(made);
    const bool joins = prom_node_runner(jobs->options.node) != NULL && jobs->options.machine != NULL;
    return prom_sketch_join(sketch, request, joins ? jobs->options.machine(jobs->options.context) : NULL, error);
}

static prom_result order_staged(prom_jobs *jobs, struct staged *staged, prom_jobs_ordered *ordered,
                                const prom_job_request *request, prom_error *error)
{
    prom_sketch sketch;
    PROM_TRY(prom_jobs_sketch(jobs, &sketch, staged->errand, request, error));
    struct same same = {.jobs = jobs, .order = &sketch.order};
    PROM_TRY(request->again ? prom_ok() : prom_jobs_each(jobs, compare, &same, error));
    ordered->taken_up = same.found;
    ordered->id = same.id;
    if (same.found) {
        return prom_ok();
    }
    if (jobs->open_count == PROM_JOBS_OPEN_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%u jobs are open, and no more are taken: wait until one has ended, or cancel one",
                         PROM_JOBS_OPEN_MAX);
    }
    PROM_TRY(prom_jobs_stage_copy(jobs, staged, &ordered->later, error));
    ordered->id = sketch.order.id = staged->id;
    return ordered->later ? prom_ok() : order_new(jobs, staged, &sketch, error);
}

prom_result prom_jobs_order(prom_jobs *jobs, prom_jobs_ordered *ordered, const prom_job_request *request,
                            prom_error *error)
{
    struct staged *staged = NULL;
    *ordered = (prom_jobs_ordered){.later = true};
    PROM_TRY(prom_sketch_check(jobs->options.node, request, error));
    PROM_TRY(prom_jobs_stage(jobs, &staged, request, PROM_STAGED_ORDER, error));
    if (staged == NULL) {
        return prom_ok();
    }
    ordered->later = false;
    const prom_result result = order_staged(jobs, staged, ordered, request, error);
    if (!ordered->later) {
        prom_jobs_unstage(jobs, staged);
    }
    return result;
}

prom_result prom_jobs_cancel(prom_jobs *jobs, const prom_bytes32 *id, prom_error *error)
{
    const prom_job_event event = {.kind = PROM_JOB_EVENT_CANCEL};
    struct driven *driven = prom_jobs_find_open(jobs, id);
    prom_job_outcome outcome;
    return driven != NULL ? prom_jobs_take(jobs, driven, &event, &outcome, error)
                          : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the job has ended, and cannot be cancelled");
}

/* -- Looking -- */

struct visiting {
    prom_jobs_visit visit;
    void *context;
};

static prom_result visit_record(void *context, const prom_store_job *record, prom_error *error)
{
    const struct visiting *visiting = context;
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_ordered *ordered = NULL;
    prom_arena_init(&arena, JOB_BYTES);
    PROM_TRY(prom_ordered_read(&arena, &ordered, record->bytes, error));
    return visiting->visit(visiting->context, ordered, error);
}

prom_result prom_jobs_each(prom_jobs *jobs, prom_jobs_visit visit, void *context, prom_error *error)
{
    struct visiting visiting = {visit, context};
    return prom_store_job_each(prom_node_store(jobs->options.node), false, visit_record, &visiting, error);
}

struct search {
    const char *prefix;
    prom_bytes32 id;
    size_t found;
};

static prom_result search_record(void *context, const prom_store_job *record, prom_error *error)
{
    struct search *search = context;
    char hex[PROM_HEX32];
    (void)error;
    if (strncmp(prom_hex32(hex, &record->id), search->prefix, strlen(search->prefix)) == 0) {
        search->id = record->id;
        search->found++;
    }
    return prom_ok();
}

prom_result prom_jobs_find(prom_jobs *jobs, prom_arena *arena, prom_ordered **ordered, const char *id,
                           prom_error *error)
{
    struct search search = {.prefix = id};
    prom_store_job record;
    bool found = false;
    *ordered = NULL;
    if (strlen(id) >= PROM_JOB_PREFIX_MIN) {
        PROM_TRY(prom_store_job_each(prom_node_store(jobs->options.node), false, search_record, &search, error));
    }
    if (search.found != 1) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         search.found == 0 ? "there is no job %.80s: give the first %u digits of its id at least, as "
                                             "'prom jobs list' shows it"
                                           : "%.80s is more than one job: give more than %u digits of its id",
                         id, search.found == 0 ? PROM_JOB_PREFIX_MIN : (unsigned)strlen(id));
    }
    PROM_TRY(prom_store_job_get(prom_node_store(jobs->options.node), arena, &record, &found, &search.id, error));
    return prom_ordered_read(arena, ordered, record.bytes, error);
}

prom_result prom_jobs_deal(prom_jobs *jobs, prom_deal *deal, const prom_market_job *job, uint32_t attempt,
                           prom_error *error)
{
    char name[PROM_ATTEMPT_NAME];
    return prom_node_deal(jobs->options.node, deal, prom_attempt_name(name, &job->order.id, attempt), error);
}

const char *prom_jobs_hindrance(const prom_jobs *jobs, const prom_bytes32 *job)
{
    const struct driven *driven = prom_jobs_find_open(jobs, job);
    return driven == NULL ? "" : driven->hindrance[0] != '\0' ? driven->hindrance : driven->coins;
}

/* After its package is delivered nothing of it is waited for; before the contract is begun its node was just asked. */
bool prom_jobs_is_away(const prom_jobs *jobs, const prom_ordered *ordered, const prom_attempt *attempt,
                       char why[PROM_JOBS_AWAY_TEXT])
{
    prom_net *net = prom_node_net(jobs->options.node);
    const prom_address *address = &ordered->terms[attempt->number - 1].worker;
    const bool waited_for = attempt->contract != 0 && attempt->phase < PROM_ATTEMPT_VERDICT && !attempt->has_result &&
                            attempt->loss == PROM_MISHAP_NONE;
    const char *reason = "";
    if (!waited_for || prom_net_link_of(net, &attempt->worker) != 0) {
        return false;
    }
    if (address->length > 0) {
        (void)prom_net_failures(net, address, &attempt->worker, &reason);
    }
    (void)snprintf(why, PROM_JOBS_AWAY_TEXT, "%.180s", reason[0] != '\0' ? reason : "there is no link to it");
    return true;
}
