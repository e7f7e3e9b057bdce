#include "prom/job_watch.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"
#include "cli/tell.h"
#include "prom/job_files.h"
#include "prom/job_text.h"
#include "prom/program_text.h"
#include "system/clock.h"
#include "system/terminal_line.h"

enum {
    LOOK_MILLISECONDS = 500,    /* from one question to the node to the next */
    AWAY_MILLISECONDS = 120000, /* that the node may be away, as while it is restarted */
};

/* -- Watching a job -- */

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

struct watching {
    const prom_job_following *following;
    size_t told[512]; /* hash of what was told last of each attempt */
    size_t hindrance; /* and of what hinders the job */
    bool terminal;
    bool line;    /* a line that changes stands on the terminal */
    bool unknown; /* the node answered that it has no such job */
};

static void clear_line(struct watching *it)
{
    if (it->line) {
        prom_terminal_line_end(stderr);
        it->line = false;
    }
}

static size_t hash_of(const char *text)
{
    size_t hash = 5381;
    for (; *text != '\0'; text++) {
        hash = hash * 33 + (unsigned char)*text;
    }
    return hash;
}

/* What is new of an attempt: its phase, not the blocks that pass. */
static void tell_attempt(struct watching *it, const json_t *attempt, size_t at)
{
    char shown[PROM_ATTEMPT_TEXT];
    char stands[PROM_ATTEMPT_TEXT];
    (void)snprintf(stands, sizeof stands, "%s", prom_job_attempt_text(shown, attempt));
    const char *comma = strstr(stands, " left");
    const size_t hash = comma != NULL ? hash_of(prom_told_text(attempt, "phase")) : hash_of(stands);
    if (at < sizeof it->told / sizeof it->told[0] && it->told[at] != hash) {
        char items[PROM_ATTEMPT_ITEMS];
        it->told[at] = hash;
        clear_line(it);
        (void)fprintf(stderr, "%s%s, worker %.*s: %s\n", prom_told_true(attempt, "reduces") ? "" : "items ",
                      prom_job_attempt_items(items, attempt), PROM_JOB_ID_SHOWN, prom_told_text(attempt, "worker"),
                      stands);
    }
}

/* A sentence each, once: it may ask for something to be done. */
static void tell_hindrance(struct watching *it, const char *hindrance)
{
    const size_t hash = hash_of(hindrance);
    if (hindrance[0] != '\0' && hash != it->hindrance) {
        clear_line(it);
        (void)fprintf(stderr, "%s\n", hindrance);
        it->hindrance = hash;
    }
}

static void tell_progress(struct watching *it, const json_t *job)
{
    const json_t *attempt = NULL;
    size_t i = 0;
    long long left = 0;
    size_t running = 0;
    if (it->following->json) {
        return;
    }
    json_array_foreach(json_object_get(job, "attempts"), i, attempt)
    {
        tell_attempt(it, attempt, i);
        if (!prom_told_true(attempt, "over") && !prom_told_true(attempt, "has_result")) {
            const long long its = json_integer_value(json_object_get(attempt, "blocks_left"));
            left = its > left ? its : left;
            running++;
        }
    }
    tell_hindrance(it, prom_told_text(job, "hindrance"));
    if (it->terminal) {
        char parts[PROM_UNITS];
        char blocks[PROM_UNITS];
        char under_way[3 * PROM_UNITS] = "no part is under way";
        if (running > 0) {
            (void)snprintf(under_way, sizeof under_way, "%s under way, %s left at most",
                           prom_units_count(parts, running, "part"), prom_units_count(blocks, (uint64_t)left, "block"));
        }
        prom_terminal_line(stderr, "%lld of %lld items done, %s", prom_told_number(job, "done"),
                           prom_told_number(job, "items"), under_way);
        it->line = true;
    }
}

static prom_result ask(struct watching *it, json_t **job, prom_error *error)
{
    PROM_SCOPED(prom_rpc_client_close) prom_rpc_client *client = NULL;
    PROM_TRY(prom_node_connect(it->following->place, &client, error));
    const prom_result asked =
        prom_rpc_client_call(client, job, "job.show", json_pack("{s:s}", "id", it->following->id), error);
    it->unknown = asked.category == PROM_CATEGORY_BAD_INPUT;
    return asked;
}

/* A node that is away, as while it is restarted, is waited for: the job goes on with it. */
static prom_result ask_patiently(struct watching *it, json_t **job, prom_error *error)
{
    const int64_t since = prom_clock_milliseconds();
    bool told = it->following->json;
    for (;;) {
        const prom_result asked = ask(it, job, error);
        if (prom_is_ok(asked) || it->unknown || interrupted || prom_clock_milliseconds() - since > AWAY_MILLISECONDS) {
            return asked;
        }
        if (!told) {
            clear_line(it);
            (void)fprintf(stderr, "the node does not answer; it is waited for, two minutes at most\n");
            told = true;
        }
        (void)poll(NULL, 0, LOOK_MILLISECONDS);
    }
}

static bool has_ended(const json_t *job)
{
    return strcmp(prom_told_text(job, "state"), "ended") == 0;
}

static bool is_over(const json_t *job)
{
    return prom_told_true(job, "merged") || has_ended(job);
}

/* Until the output is there, the job has ended, or the user has enough: then `job` is NULL where the node was away. */
static prom_result watch(struct watching *it, json_t **job, prom_error *error)
{
    for (;;) {
        json_t *seen = NULL;
        const prom_result asked = ask_patiently(it, &seen, error);
        if (!prom_is_ok(asked)) {
            clear_line(it);
            *job = NULL;
            return interrupted && !it->unknown && !it->following->json ? prom_ok() : asked;
        }
        tell_progress(it, seen);
        if (is_over(seen) || interrupted) {
            clear_line(it);
            *job = seen;
            return prom_ok();
        }
        json_decref(seen);
        (void)poll(NULL, 0, LOOK_MILLISECONDS);
    }
}

/* -- The end -- */

static prom_result tell_left(const struct watching *it, json_t *job, prom_exit *code, prom_error *error)
{
    *code = PROM_EXIT_FAILURE;
    if (it->following->json) {
        return prom_tell_json(job, error);
    }
    json_decref(job);
    (void)fprintf(stderr,
                  "The job goes on without this command. 'prom jobs show %.*s' tells how it stands, and the same 'prom "
                  "run', without --again, takes it up again.\n",
                  PROM_JOB_ID_SHOWN, it->following->id);
    return prom_ok();
}

/* Items of an output that lacks some have other numbers than the input's. */
static prom_result write_output(const struct watching *it, bool *written, const json_t *result, bool all,
                                prom_error *error)
{
    const char *from = json_string_value(json_object_get(result, "output_file"));
    const char *program = prom_told_text(result, "program_file");
    prom_output_form form = it->following->form;
    *written = false;
    if (from == NULL || (form.to == NULL && form.results == NULL)) {
        return prom_ok();
    }
    form.origin = all ? form.origin : NULL;
    return prom_job_files_write_output(&form, written, from, program, error);
}

void prom_job_add_made(json_t *told, const prom_program_made *made)
{
    if (made != NULL) {
        const prom_module_limits *limits = &made->module.limits;
        (void)json_object_set_new(told, "limits", prom_limits_json(limits));
        (void)json_object_set_new(told, "sample",
                                  made->sampled ? prom_measure_json(&made->measure, limits) : json_null());
    }
}

static prom_result finish(const struct watching *it, json_t *job, prom_exit *code, prom_error *error)
{
    json_auto_t *shown = job;
    json_auto_t *result = NULL;
    const prom_output_form *form = &it->following->form;
    bool written = false;
    const json_int_t done = json_integer_value(json_object_get(job, "done"));
    const json_int_t items = json_integer_value(json_object_get(job, "items"));
    PROM_TRY(prom_node_call(it->following->place, &result, "job.result", json_pack("{s:s}", "id", it->following->id),
                            error));
    const bool joined = strcmp(prom_told_text(result, "reduce"), "nobody") != 0;
    PROM_TRY(write_output(it, &written, result, done == items, error));
    *code = done == items && joined && (written || form->to == NULL) ? PROM_EXIT_OK : PROM_EXIT_FAILURE;
    (void)json_object_set_new(shown, "output", written ? json_string(form->to) : json_null());
    (void)json_object_set_new(shown, "results",
                              form->results != NULL && done > 0 ? json_string(form->results) : json_null());
    prom_job_add_made(shown, it->following->made);
    (void)json_object_set(shown, "done_parts", json_object_get(result, "done_parts"));
    if (it->following->json) {
        return prom_tell_json(json_incref(shown), error);
    }
    (void)fprintf(prom_tell_beside(form->to), "%lld of %lld items have their output%s%s%s\n", (long long)done,
                  (long long)items, joined ? "" : ", and nobody has joined the parts", written ? ": " : "",
                  written ? form->to : "");
    (void)fprintf(prom_tell_beside(form->to), "'prom jobs receipt %.*s' says who got what%s\n", PROM_JOB_ID_SHOWN,
                  it->following->id, has_ended(job) ? "" : "; contracts are settled in the next blocks");
    return prom_ok();
}

static struct watching begin(const prom_job_following *following)
{
    const struct sigaction action = {.sa_handler = interrupt};
    (void)sigaction(SIGINT, &action, NULL);
    return (struct watching){.following = following, .terminal = isatty(STDERR_FILENO) == 1};
}

bool prom_job_watch_interrupted(void)
{
    return interrupted != 0;
}

prom_result prom_job_watch(const prom_job_following *following, json_t **job, prom_job_watched *watched,
                           prom_error *error)
{
    struct watching it = begin(following);
    *job = NULL;
    const prom_result result = watch(&it, job, error);
    *watched = it.unknown                      ? PROM_JOB_WATCHED_UNKNOWN
               : *job != NULL && is_over(*job) ? PROM_JOB_WATCHED_OVER
                                               : PROM_JOB_WATCHED_LEFT;
    return result;
}

prom_result prom_job_follow(const prom_job_following *following, prom_exit *code, prom_error *error)
{
    struct watching it = begin(following);
    json_t *job = NULL;
    PROM_TRY(watch(&it, &job, error));
    return job != NULL && is_over(job) ? finish(&it, job, code, error) : tell_left(&it, job, code, error);
}
