/* A job of the demo whose program is a WebAssembly module: docs/programs.md. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/printable.h"
#include "base/units.h"
#include "demo/job.h"
#include "files/items.h"
#include "files/results.h"
#include "system/clock.h"
#include "system/file.h"
#include "wasm/runner.h"

/* What a module may take that comes without limits, while it is measured; and how much more than it took it gets. */
#define TRIED_PAGES 4096U
#define TRIED_FUEL UINT64_C(100000000000)
#define TRIED_BYTES (UINT32_C(1) << 27) /* of all results together */
#define FUEL_MIN UINT64_C(1000000)
#define BYTES_MIN UINT32_C(4096)

enum { ROOM_FACTOR = 2, LINES_SHOWN = 5, COLUMNS = 72 };

/* -- Reading -- */

static bool is_code(prom_span file)
{
    static const uint8_t magic[] = {0, 'a', 's', 'm'};
    return file.length >= sizeof magic && memcmp(file.data, magic, sizeof magic) == 0;
}

static prom_result open_job(prom_arena *arena, const prom_scheme_job **opened, const prom_demo_job *job,
                            const prom_scheme *scheme, const char *path, prom_error *error)
{
    return prom_within(scheme->open(arena, opened, &job->bytes, error), error, "%.200s", path);
}

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

static prom_module_limits tried_limits(const prom_module_facts *facts, uint32_t nodes)
{
    const uint32_t each = TRIED_BYTES / nodes;
    const uint32_t bytes = each < PROM_MODULE_RESULT_MAX ? each : PROM_MODULE_RESULT_MAX;
    return (prom_module_limits){.folds = facts->folds,
                                .pages = facts->pages > TRIED_PAGES ? facts->pages : TRIED_PAGES,
                                .result_bytes = bytes,
                                .fold_bytes = facts->folds ? bytes : 0,
                                .fuel = TRIED_FUEL,
                                .fold_fuel = facts->folds ? TRIED_FUEL : 0};
}

static void widen(uint64_t *fuel, uint32_t *bytes, const prom_node_result *node)
{
    *fuel = ROOM_FACTOR * node->fuel > *fuel ? ROOM_FACTOR * node->fuel : *fuel;
    *bytes = ROOM_FACTOR * node->bytes.length > *bytes ? (uint32_t)(ROOM_FACTOR * node->bytes.length) : *bytes;
}

/* The limits of a module that has none: twice of what it takes, as a maker would set them who has run it. One of which
 * a node fails keeps the wide ones, as that node might have failed by others. */
static prom_result measure(prom_arena *arena, prom_module_limits *limits, const prom_scheme_job *job, prom_error *error)
{
    const prom_node_result *nodes = NULL;
    double seconds = 0;
    prom_module_limits found = *limits;
    const uint32_t items = job->named.items / (limits->folds ? 2 : 1) + (limits->folds ? 1 : 0);
    found.fuel = FUEL_MIN;
    found.fold_fuel = limits->folds ? FUEL_MIN : 0;
    found.result_bytes = BYTES_MIN;
    found.fold_bytes = limits->folds ? BYTES_MIN : 0;
    PROM_TRY(run(arena, &nodes, job, &seconds, error));
    for (uint32_t i = 0; i < job->named.items; i++) {
        if (nodes[i].status != PROM_NODE_OK) {
            return prom_ok();
        }
        widen(i < items ? &found.fuel : &found.fold_fuel, i < items ? &found.result_bytes : &found.fold_bytes,
              &nodes[i]);
    }
    *limits = found;
    return prom_ok();
}

/* Makes a program of a module alone. */
static prom_result make_program(prom_arena *arena, prom_demo_job *job, const char *path, prom_span code,
                                const prom_scheme *scheme, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_scheme_job *opened = NULL;
    prom_module_facts facts;
    prom_arena_init_within(&scratch, arena);
    PROM_TRY(prom_within(prom_module_look(&scratch, &facts, code, error), error, "%.200s", path));
    prom_module_limits limits = tried_limits(&facts, prom_module_nodes((uint32_t)job->items, facts.folds));
    PROM_TRY(prom_module_write(&scratch, &job->bytes.program, &limits, code, error));
    PROM_TRY(open_job(&scratch, &opened, job, scheme, path, error));
    PROM_TRY(measure(&scratch, &limits, opened, error));
    return prom_module_write(arena, &job->bytes.program, &limits, code, error);
}

static prom_result read_items(prom_arena *arena, prom_demo_job *job, const prom_demo_files *files, prom_error *error)
{
    prom_items_kind kind = PROM_ITEMS_FILES;
    prom_items items;
    if (!prom_items_kind_of(&kind, files->kind)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--items is one of " PROM_ITEMS_KINDS);
    }
    PROM_TRY(prom_files_read_items(arena, &items, NULL, &files->input, 1, kind, error));
    job->items = items.count;
    job->module.lines = kind == PROM_ITEMS_LINES;
    return prom_items_write(arena, &job->bytes.input, &items, error);
}

prom_result prom_demo_module_load(prom_arena *arena, prom_demo_job *job, const prom_demo_files *files,
                                  const prom_scheme *scheme, prom_error *error)
{
    const prom_scheme_job *opened = NULL;
    PROM_TRY(prom_file_read(arena, &job->bytes.program, files->module,
                            (size_t)PROM_MODULE_BYTES_MAX + PROM_MODULE_MANIFEST, error));
    prom_wasm_runner_init(&job->module.runner, NULL);
    job->bytes.runner = &job->module.runner;
    PROM_TRY(read_items(arena, job, files, error));
    if (is_code(job->bytes.program)) {
        PROM_TRY(make_program(arena, job, files->module, job->bytes.program, scheme, error));
    } else if (!prom_module_is(job->bytes.program)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.200s is neither a WebAssembly module nor a program that 'prom program make' wrote of one: "
                         "a network is given by --model",
                         files->module);
    }
    PROM_TRY(
        prom_within(prom_module_read(&job->module.program, job->bytes.program, error), error, "%.200s", files->module));
    PROM_TRY(open_job(arena, &opened, job, scheme, files->module, error));
    job->named = opened->named;
    job->module.nodes = opened->named.items;
    return prom_ok();
}

/* -- Running it here -- */

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
