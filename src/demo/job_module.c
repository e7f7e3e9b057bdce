/* A job of the demo whose program is a WebAssembly module: docs/programs.md. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/printable.h"
#include "base/units.h"
#include "demo/job.h"
#include "files/results.h"
#include "system/clock.h"
#include "system/file.h"
#include "wasm/runner.h"

enum { LINES_SHOWN = 5, COLUMNS = 72 };

/* -- Taking it -- */

prom_result prom_demo_module_take(prom_arena *arena, prom_demo_job *job, const prom_demo_program *given,
                                  const prom_scheme *scheme, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_scheme_job *opened = NULL;
    *job = (prom_demo_job){.float_accuracy = -1, .items = given->items->count, .module.lines = given->lines};
    prom_wasm_runner_init(&job->module.runner, NULL);
    job->bytes.runner = &job->module.runner;
    job->bytes.tried = true;
    PROM_TRY(prom_span_copy(arena, &job->bytes.program, given->bytes, error));
    PROM_TRY(prom_items_write(arena, &job->bytes.input, given->items, error));
    PROM_TRY(prom_module_read(&job->module.program, job->bytes.program, error));
    prom_arena_init_within(&scratch, arena);
    PROM_TRY(scheme->open(&scratch, &opened, &job->bytes, error));
    job->named = opened->named;
    job->module.nodes = opened->named.items;
    return prom_ok();
}

/* -- Running it here -- */

/* Runs all nodes, as a worker would. */
static prom_result run(prom_arena *arena, const prom_node_result **nodes, const prom_scheme_job *job, double *seconds,
                       prom_error *error)
{
    prom_delivery delivery;
    prom_bytes32 root;
    uint32_t count = 0;
    const double started = prom_clock_seconds();
    PROM_TRY(job->scheme->deliver(arena, &delivery, &root, job, NULL, error));
    *seconds = prom_clock_seconds() - started;
    return prom_results_read(arena, nodes, &count, delivery.output, error);
}

prom_result prom_demo_module_time(prom_arena *arena, prom_demo_job *job, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_scheme_job *opened = NULL;
    const prom_node_result *nodes = NULL;
    prom_arena_init_within(&scratch, arena);
    PROM_TRY(prom_scheme_by_number(job->named.scheme)->open(&scratch, &opened, &job->bytes, error));
    PROM_TRY(run(&scratch, &nodes, opened, &job->run_seconds, error));
    for (uint32_t i = 0; i < job->module.nodes; i++) {
        job->module.fuel += nodes[i].fuel;
        job->module.failed += nodes[i].status != PROM_NODE_OK;
    }
    return prom_ok();
}

/* -- The result -- */

prom_result prom_demo_module_save(prom_arena *arena, prom_demo_job *job, prom_span output, const char *path,
                                  prom_error *error)
{
    const prom_gathering what = {.folds = job->module.program.limits.folds, .lines = job->module.lines};
    const prom_node_result *nodes = NULL;
    uint32_t count = 0;
    PROM_TRY(prom_results_read(arena, &nodes, &count, output, error));
    PROM_TRY(prom_files_gather(arena, &job->module.result, nodes, count, &what, error));
    return prom_file_write(path, job->module.result, error);
}

/* -- What is told -- */

/* Whether its beginning is lines of text. */
static bool is_text(prom_span bytes)
{
    size_t seen = 0;
    for (; seen < bytes.length && seen < (size_t)LINES_SHOWN * COLUMNS; seen++) {
        const uint8_t byte = bytes.data[seen];
        if (byte == 0x7f || (byte < ' ' && byte != '\n' && byte != '\t' && byte != '\r')) {
            return false;
        }
    }
    return seen > 0;
}

static void print_head(prom_span result)
{
    for (int i = 0; i < LINES_SHOWN && result.length > 0; i++) {
        const uint8_t *end = memchr(result.data, '\n', result.length);
        const size_t length = end != NULL ? (size_t)(end - result.data) : result.length;
        const size_t whole = length + (end != NULL);
        char line[COLUMNS + 1];
        (void)printf("             %s\n", prom_printable(line, sizeof line, (const char *)result.data, length));
        result = prom_span_of(result.data + whole, result.length - whole);
    }
    if (result.length > 0) {
        (void)printf("             ...\n");
    }
}

void prom_demo_module_print(const prom_demo_job *job, const prom_parameters *P)
{
    const prom_demo_module *module = &job->module;
    const uint32_t folds = module->nodes - (uint32_t)job->items;
    char items[PROM_UNITS];
    char text[PROM_UNITS];
    char fuel[PROM_UNITS];
    if (job->program != NULL) {
        return;
    }
    if (is_text(module->result)) {
        print_head(module->result);
    }
    (void)printf("  computed   %s", prom_units_count(items, job->items, "item"));
    if (folds > 0) {
        (void)printf(" and %s", prom_units_count(text, folds, "fold"));
    }
    (void)printf(", fuel %s, %s by this machine alone\n", prom_units_number(fuel, module->fuel),
                 prom_units_seconds(text, job->run_seconds));
    (void)printf(
        "  share ς    %.4g %%: so many of them a contract's verifier, and in a dispute its arbiters, compute again\n",
        P->varsigma / 100.0);
    if (module->failed > 0) {
        (void)printf("  failed     %s of them, the same on every machine: 'prom program run' says which and why\n",
                     prom_units_number(text, module->failed));
    }
}

json_t *prom_demo_module_json(const prom_demo_job *job)
{
    const prom_demo_module *module = &job->module;
    return job->program != NULL ? json_null()
                                : json_pack("{s:I, s:I, s:I, s:f}", "nodes", (json_int_t)module->nodes, "failed",
                                            (json_int_t)module->failed, "fuel", (json_int_t)module->fuel, "seconds",
                                            prom_units_measured(job->run_seconds));
}
