#include "prom/iterate_round.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "prom/job_text.h"
#include "prom/job_watch.h"
#include "prometheus/crypto/hash.h"
#include "prometheus/scheme/scheme.h"
#include "system/clock.h"
#include "system/file.h"
#include "system/progress_bar.h"

enum {
    LOOK_MILLISECONDS = 500,    /* from one question to the node to the next */
    AWAY_MILLISECONDS = 120000, /* that the node may be away, as while it is restarted */
    CUT_MAX = 3,                /* answers that may be cut by that */
};

static prom_result write_input(const prom_iteration *it, prom_iterate_round *round, prom_span *input, prom_error *error)
{
    PROM_TRY(prom_rounds_items(&round->arena, &round->items, it->rounds.state, &it->data, error));
    return prom_items_write(&round->arena, input, &round->items, error);
}

/* The first node that was computed and failed; what is above it has failed by it. `count`: there is none. */
static uint32_t find_culprit(const prom_iterate_round *round)
{
    uint32_t node = 0;
    while (node < round->count &&
           (round->nodes[node].status == PROM_NODE_OK || round->nodes[node].status == PROM_NODE_OPERAND)) {
        node++;
    }
    return node;
}

static prom_result read_output(const prom_iteration *it, prom_iterate_round *round, prom_span output, prom_error *error)
{
    PROM_TRY(prom_results_read(&round->arena, &round->nodes, &round->count, output, error));
    if (round->count != prom_module_nodes(it->data.count, true)) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "there are %" PRIu32 " results of %" PRIu32 " items",
                         round->count, it->data.count);
    }
    for (uint32_t i = 0; i < round->count; i++) {
        round->fuel += round->nodes[i].fuel;
    }
    round->culprit = find_culprit(round);
    return round->nodes[round->count - 1].status == PROM_NODE_OK || round->culprit < round->count
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_PEER,
                           "nobody has joined what the parts have folded: --again orders the round anew");
}

/* -- On this machine -- */

prom_result prom_iterate_compute(prom_iteration *it, prom_iterate_round *round, prom_error *error)
{
    const prom_scheme *replay = prom_scheme_by_number(PROM_SCHEME_REPLAY_MODULE);
    prom_job_bytes bytes = {.program = it->program, .runner = &it->runner, .tried = it->tried};
    const prom_scheme_job *job = NULL;
    prom_delivery delivery;
    prom_bytes32 root;
    PROM_TRY(write_input(it, round, &bytes.input, error));
    PROM_TRY(replay->open(&round->arena, &job, &bytes, error));
    it->tried = true;
    prom_progress_bar bar = prom_progress_bar_start("round");
    const prom_progress progress = prom_progress_bar_reporter(&bar);
    const double started = prom_clock_seconds();
    const prom_result result = replay->deliver(&round->arena, &delivery, &root, job, &progress, error);
    round->seconds = prom_clock_seconds() - started;
    prom_progress_bar_end(&bar);
    PROM_TRY(result);
    return read_output(it, round, delivery.output, error);
}

/* -- Bought -- */

/* Whether a job of the list is an order of this round. */
static bool is_of(const json_t *job, const char *program, const char *input)
{
    return strcmp(prom_told_text(job, "program"), program) == 0 && strcmp(prom_told_text(job, "input"), input) == 0;
}

/* Finds the last job of the same program and input, whatever became of it: a command that was killed between the order
 * and its note may have ordered it. `job` is empty when there is none. */
static prom_result find_order(const prom_iteration *it, char job[PROM_ROUNDS_ID], prom_span input, prom_error *error)
{
    char program[PROM_HEX32];
    char hash[PROM_HEX32];
    prom_bytes32 digest;
    json_int_t from = 0;
    prom_sha256(&digest, input);
    (void)prom_hex32(hash, &digest);
    (void)prom_hex32(program, &it->module.digest);
    job[0] = '\0';
    for (bool more = true; more;) {
        json_auto_t *told = NULL;
        const json_t *one = NULL;
        size_t i = 0;
        PROM_TRY(prom_node_call(&it->place, &told, "job.list", json_pack("{s:I}", "from", from), error));
        json_array_foreach(json_object_get(told, "jobs"), i, one)
        {
            if (is_of(one, program, hash)) {
                (void)snprintf(job, PROM_ROUNDS_ID, "%s", prom_told_text(one, "job"));
            }
        }
        more = json_is_integer(json_object_get(told, "next"));
        from = json_integer_value(json_object_get(told, "next"));
    }
    if (strcmp(job, it->rounds.given_up) == 0) {
        job[0] = '\0';
    }
    return prom_ok();
}

struct ordering {
    prom_job_files files;
};

static void end_ordering(struct ordering *ordering)
{
    prom_job_files_end(&ordering->files);
}

static prom_result order(const prom_iteration *it, char job[PROM_ROUNDS_ID], prom_span input, prom_error *error)
{
    PROM_SCOPED(end_ordering) struct ordering ordering = {.files = {.items = 0}};
    json_auto_t *told = NULL;
    json_t *params = json_object();
    prom_result made = prom_job_files_put(&ordering.files, &it->place, it->program, input, error);
    if (prom_is_ok(made)) {
        made = prom_order_fill(params, it->order, &ordering.files, error);
    }
    if (!prom_is_ok(made)) {
        json_decref(params);
        return made;
    }
    if (it->rounds.given_up[0] != '\0') { /* it may still run, and would be taken up */
        (void)json_object_set_new(params, "again", json_true());
    }
    PROM_TRY(prom_order_call(&it->place, &told, "job.run", params, it->json, error));
    if (strlen(prom_told_text(told, "job")) != PROM_ROUNDS_ID - 1) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the node tells no id of the job that it took");
    }
    (void)snprintf(job, PROM_ROUNDS_ID, "%s", prom_told_text(told, "job"));
    return prom_ok();
}

/* What came of ordering a round. */
struct ordered {
    bool before;  /* it may have been ordered already */
    bool refused; /* it certainly was not, and is not now */
    char job[PROM_ROUNDS_ID];
};

static prom_result find_or_order(const prom_iteration *it, struct ordered *what, prom_span input, prom_error *error)
{
    what->job[0] = '\0';
    what->refused = false;
    PROM_TRY(what->before ? find_order(it, what->job, input, error) : prom_ok());
    if (what->job[0] != '\0') {
        return prom_ok();
    }
    const prom_result result = order(it, what->job, input, error);
    what->refused = result.category == PROM_CATEGORY_BAD_INPUT;
    return result;
}

static bool is_there(const prom_node_place *place)
{
    PROM_SCOPED(prom_rpc_client_close) prom_rpc_client *client = NULL;
    prom_error ignored;
    return prom_is_ok(prom_node_connect(place, &client, &ignored));
}

/* A node that is restarted between two rounds is waited for. What it did before it went is found, and not ordered
 * again. */
static prom_result order_patiently(const prom_iteration *it, struct ordered *what, prom_span input, prom_error *error)
{
    const int64_t since = prom_clock_milliseconds();
    for (int cut = 0;;) {
        const prom_result result = find_or_order(it, what, input, error);
        const bool away =
            !prom_is_ok(result) && (!is_there(&it->place) || (result.category == PROM_CATEGORY_IO && cut++ < CUT_MAX));
        if (!away || prom_job_watch_interrupted() || prom_clock_milliseconds() - since > AWAY_MILLISECONDS) {
            return result;
        }
        what->before = true;
        (void)poll(NULL, 0, LOOK_MILLISECONDS);
    }
}

/* Notes stand around the order: whoever is killed in between looks for it first. */
static prom_result have_order(prom_iteration *it, prom_span input, prom_error *error)
{
    struct ordered what = {.before = it->rounds.ordering};
    if (it->rounds.job[0] != '\0') {
        return prom_ok();
    }
    PROM_TRY(what.before ? prom_ok() : prom_rounds_order(&it->rounds, it->node, error));
    const prom_result result = order_patiently(it, &what, input, error);
    if (what.refused) {
        PROM_TRY(prom_rounds_refused(&it->rounds, error));
    }
    PROM_TRY(result);
    return prom_rounds_ordered(&it->rounds, what.job, error);
}

static bool has_all(const json_t *job)
{
    return json_integer_value(json_object_get(job, "done")) == json_integer_value(json_object_get(job, "items"));
}

static prom_result read_result(const prom_iteration *it, prom_iterate_round *round, prom_error *error)
{
    json_auto_t *result = NULL;
    prom_span output;
    const char *id = it->rounds.job;
    PROM_TRY(prom_node_call(&it->place, &result, "job.result", json_pack("{s:s}", "id", id), error));
    const char *path = json_string_value(json_object_get(result, "output_file"));
    if (path == NULL) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "the output of the job %.*s is not there any more: order the round anew with --again",
                         PROM_JOB_ID_SHOWN, id);
    }
    PROM_TRY(prom_file_load(&round->arena, &output, path, SIZE_MAX, error));
    return prom_within(read_output(it, round, output, error), error, "the job %.*s", PROM_JOB_ID_SHOWN, id);
}

static prom_result tell_missing(const prom_iteration *it, const json_t *job, prom_error *error)
{
    const char *id = it->rounds.job;
    return prom_fail(error, PROM_CATEGORY_PEER,
                     "the job %.*s %s %lld of %lld items: 'prom jobs why %.*s' says why; --again orders the round anew",
                     PROM_JOB_ID_SHOWN, id,
                     strcmp(prom_told_text(job, "state"), "ended") == 0 ? "has ended with" : "gets no more than",
                     prom_told_number(job, "done"), prom_told_number(job, "items"), PROM_JOB_ID_SHOWN, id);
}

/* Follows the order of the round. `missing`: it ends without all results, nothing is left of them, or the node does not
 * know of it, as after it was restored from a backup. */
static prom_result follow(const prom_iteration *it, prom_iterate_round *round, bool *missing, prom_error *error)
{
    json_auto_t *job = NULL;
    const prom_job_following following = {.place = &it->place, .id = it->rounds.job, .json = it->json};
    prom_job_watched watched = PROM_JOB_WATCHED_LEFT;
    *missing = false;
    const prom_result result = prom_job_watch(&following, &job, &watched, error);
    if (watched == PROM_JOB_WATCHED_UNKNOWN) {
        *missing = true;
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "the node has no job %.*s, as which the round was ordered: --again orders it anew",
                         PROM_JOB_ID_SHOWN, it->rounds.job);
    }
    PROM_TRY(result);
    if (watched == PROM_JOB_WATCHED_LEFT) {
        round->left = true;
        return prom_ok();
    }
    if (!has_all(job)) {
        *missing = true;
        return tell_missing(it, job, error);
    }
    const prom_result read = read_result(it, round, error);
    *missing = read.category == PROM_CATEGORY_PEER;
    return read;
}

prom_result prom_iterate_buy(prom_iteration *it, prom_iterate_round *round, prom_error *error)
{
    prom_span input;
    bool missing = false;
    const double started = prom_clock_seconds();
    const bool taken_up = it->rounds.ordering;
    PROM_TRY(write_input(it, round, &input, error));
    PROM_TRY(have_order(it, input, error));
    prom_result result = follow(it, round, &missing, error);
    if (missing && taken_up && it->again) {
        PROM_TRY(prom_rounds_give_up(&it->rounds, error));
        PROM_TRY(have_order(it, input, error));
        result = follow(it, round, &missing, error);
    }
    round->seconds = prom_clock_seconds() - started;
    memcpy(round->job, it->rounds.job, sizeof round->job);
    return result;
}
