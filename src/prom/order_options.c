#include "prom/order_options.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "system/clock.h"
#include "system/terminal_line.h"

enum {
    LOOK_MILLISECONDS = 500,     /* from one question to the node to the next */
    OTHERS_MILLISECONDS = 60000, /* that arbiters are waited for, of which none is known */
    WORKERS_BYTES = 16384,
};

static prom_result add_amount(json_t *params, const char *name, const char *option, const char *text, prom_error *error)
{
    uint64_t sat = 0;
    if (text == NULL) {
        return prom_ok();
    }
    PROM_TRY(prom_within(prom_node_read_sat(&sat, 1, text, error), error, "%s", option));
    (void)json_object_set_new(params, name, json_integer((json_int_t)sat));
    return prom_ok();
}

static void add_number(json_t *params, const char *name, uint32_t number)
{
    if (number != 0) {
        (void)json_object_set_new(params, name, json_integer((json_int_t)number));
    }
}

static void add_text(json_t *params, const char *name, const char *text)
{
    if (text != NULL) {
        (void)json_object_set_new(params, name, json_string(text));
    }
}

/* Commas stand between nodes on the command line. */
static prom_result add_workers(json_t *params, const char *text, prom_error *error)
{
    char workers[WORKERS_BYTES];
    if (text == NULL) {
        return prom_ok();
    }
    if (snprintf(workers, sizeof workers, "%s", text) >= (int)sizeof workers) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--worker names too many nodes");
    }
    for (char *comma = strchr(workers, ','); comma != NULL; comma = strchr(comma, ',')) {
        *comma = ' ';
    }
    add_text(params, "workers", workers);
    return prom_ok();
}

prom_result prom_order_fill(json_t *params, const prom_order_options *given, const prom_job_files *files,
                            prom_error *error)
{
    add_text(params, "program", files->program_path);
    add_text(params, "input", files->input_path);
    add_text(params, "contract", given->contract);
    add_text(params, "verifier", given->verifier);
    add_number(params, "parts", given->parts);
    add_number(params, "spread", given->spread);
    add_text(params, "reduce", given->reduce);
    add_number(params, "feerate", given->feerate);
    add_number(params, "height", given->height);
    PROM_TRY(add_workers(params, given->worker, error));
    PROM_TRY(add_amount(params, "reward", "--reward", given->reward, error));
    PROM_TRY(add_amount(params, "retainer", "--retainer", given->retainer, error));
    PROM_TRY(add_amount(params, "max_price", "--max-price", given->max_price, error));
    PROM_TRY(add_amount(params, "max_day", "--max-day", given->max_day, error));
    PROM_TRY(add_amount(params, "max_peer", "--max-peer", given->max_peer, error));
    return add_amount(params, "max_fees", "--max-fees", given->max_fees, error);
}

prom_result prom_order_call(const prom_node_place *place, json_t **result, const char *method, json_t *params,
                            bool quiet, prom_error *error)
{
    const int64_t begun = prom_clock_milliseconds();
    const bool terminal = !quiet && isatty(STDERR_FILENO) == 1;
    prom_result called = prom_node_call(place, result, method, json_incref(params), error);
    for (int64_t waited = 0; called.category == PROM_CATEGORY_PEER && waited < OTHERS_MILLISECONDS;
         waited = prom_clock_milliseconds() - begun) {
        if (waited == 0 && !quiet) {
            (void)fprintf(stderr, "%s\nit is asked again now, for a minute at most\n", error->sentence);
        }
        if (terminal) {
            prom_terminal_line(stderr, "%lld s", (long long)(waited / 1000));
        }
        (void)poll(NULL, 0, LOOK_MILLISECONDS);
        called = prom_node_call(place, result, method, json_incref(params), error);
    }
    if (terminal) {
        prom_terminal_line_end(stderr);
    }
    json_decref(params);
    return called.category == PROM_CATEGORY_PEER ? (prom_result){PROM_CATEGORY_BAD_INPUT} : called;
}
