/* prom program make | check | run | verify */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "cli/outputs.h"
#include "cli/tell.h"
#include "files/rounds.h"
#include "prom/module_file.h"
#include "prom/program_text.h"
#include "prom/root.h"
#include "system/clock.h"
#include "system/file.h"
#include "wasm/runner.h"

#define MEMORY ((size_t)1 << 36)
#define RESULTS_MAX ((size_t)1 << 32)

typedef struct arguments {
    bool json;
    const char *file;
    const char *output;
    prom_limit_options limits;
    const char *sample;
    const char *kind;
    const char *state;
    const char *results;
    char beside[PATH_MAX]; /* the module: the output where none is given */
} arguments;

static void end_arena(prom_arena *arena)
{
    prom_arena_free(arena);
}

/* -- make -- */

/* What limits are measured by. */
struct measured {
    prom_items items;
    prom_items_origin origin;
    prom_limit_sources sources;
};

/* Makes them what 'prom iterate' makes of data. */
static prom_result add_state(prom_arena *arena, prom_items *items, const char *path, prom_error *error)
{
    const prom_items data = *items;
    prom_span state;
    PROM_TRY(prom_file_read(arena, &state, path, PROM_MODULE_RESULT_MAX, error));
    return prom_rounds_items(arena, items, state, &data, error);
}

static prom_result read_sources(prom_arena *arena, struct measured *it, const arguments *given, prom_error *error)
{
    prom_items_kind kind = PROM_ITEMS_FILES;
    prom_span results;
    if (given->kind != NULL && given->sample == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "--items says what an item of --sample is, and that is not "
                         "given");
    }
    if (given->state != NULL && given->sample == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "--state goes before the items of --sample, which is not given");
    }
    PROM_TRY(prom_items_kind_of(&kind, given->kind, error));
    if (given->sample != NULL) {
        PROM_TRY(prom_files_read_items(arena, &it->items, &it->origin, &given->sample, 1, kind, error));
        PROM_TRY(given->state == NULL ? prom_ok() : add_state(arena, &it->items, given->state, error));
        it->sources.items = &it->items;
        it->sources.origin = &it->origin;
    }
    if (given->results != NULL) {
        PROM_TRY(prom_file_read(arena, &results, given->results, RESULTS_MAX, error));
        PROM_TRY(prom_within(prom_results_read(arena, &it->sources.results, &it->sources.result_count, results, error),
                             error, "%.200s holds no results", given->results));
    }
    return prom_ok();
}

static prom_result make(prom_arena *arena, const arguments *given, prom_error *error)
{
    struct measured measured = {.sources = {.items = NULL}};
    prom_module_file file;
    prom_program_made made;
    char digest[PROM_HEX32];
    PROM_TRY(prom_module_file_read(arena, &file, given->file, error));
    PROM_TRY(read_sources(arena, &measured, given, error));
    PROM_TRY(prom_program_make(arena, &made, &file, &given->limits, &measured.sources, error));
    PROM_TRY(prom_file_write(given->output, made.bytes, error));
    const prom_module_limits *limits = &made.module.limits;
    json_t *object = json_pack("{s:s, s:s, s:o, s:o}",                             //
                               "output", given->output,                            //
                               "program", prom_hex32(digest, &made.module.digest), //
                               "limits", prom_limits_json(limits),                 //
                               "sample", made.sampled ? prom_measure_json(&made.measure, limits) : json_null());
    if (!given->json && made.sampled) {
        prom_measure_print(stdout, &made.measure, limits);
    }
    if (!given->json) {
        prom_limits_print(stdout, limits);
    }
    return prom_tell(given->json, object, error, "%s: program %s\n", given->output, digest);
}

static prom_result run_make(void *values, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(end_arena) prom_arena arena = {0};
    (void)code;
    prom_arena_init(&arena, MEMORY);
    return make(&arena, values, error);
}

/* -- check -- */

struct checking {
    prom_arena arena;
    prom_module module; /* of a module alone, with limits that are as wide as can be */
    bool program;
    prom_module_facts facts;
    double seconds; /* that compiling took */
};

static void end_checking(struct checking *checking)
{
    prom_arena_free(&checking->arena);
}

static prom_result read_either(struct checking *it, const char *path, prom_error *error)
{
    prom_module_file file;
    prom_span bytes;
    PROM_TRY(prom_module_file_read(&it->arena, &file, path, error));
    it->program = file.program;
    it->facts = file.facts;
    it->module.code = file.code;
    it->module.limits = (prom_module_limits){.pages = PROM_MODULE_PAGES_MAX, .fuel = PROM_MODULE_FUEL_MAX};
    if (!file.program) {
        return prom_ok();
    }
    PROM_TRY(prom_module_write(&it->arena, &bytes, &file.limits, file.code, error));
    return prom_module_read(&it->module, bytes, error);
}

static prom_result compile(struct checking *it, const char *path, prom_error *error)
{
    prom_runner runner;
    prom_wasm_runner_init(&runner, NULL);
    const double started = prom_clock_seconds();
    const prom_result result = runner.check(&runner, &it->module, NULL, error);
    it->seconds = prom_clock_seconds() - started;
    return prom_within(result, error, "%.200s", path);
}

static void print_facts(const struct checking *it)
{
    const prom_module_facts *facts = &it->facts;
    char text[PROM_UNITS];
    (void)printf("exports     memory, prom_alloc, map%s\n", facts->folds ? ", reduce" : "");
    (void)printf("module      %s\n", prom_units_bytes(text, it->module.code.length));
    (void)printf("functions   %s\n", prom_units_number(text, facts->functions));
    (void)printf("memory      %s at first\n", prom_units_bytes(text, (uint64_t)facts->pages * PROM_MODULE_PAGE));
    (void)printf("data        %s\n", prom_units_bytes(text, facts->data_bytes));
    (void)printf("tables      %s\n", prom_units_count(text, facts->table_slots, "slot"));
    (void)printf("setting up  fuel %s of each item and fold\n", prom_units_number(text, facts->setup_fuel));
    (void)printf("floats      %s\n", !facts->floats ? "none" : "with the same bits on every machine, NaNs too");
    (void)printf("simd        %s\n", facts->simd ? "fixed width" : "none");
    (void)printf("compiled in %s\n", prom_units_seconds(text, it->seconds));
}

static prom_result tell_check(const struct checking *it, const arguments *given, prom_error *error)
{
    const prom_module_facts *facts = &it->facts;
    char digest[PROM_HEX32];
    json_t *object = json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:f, s:o, s:o}",                  //
                               "folds", facts->folds,                                                           //
                               "module_bytes", (json_int_t)it->module.code.length,                              //
                               "functions", (json_int_t)facts->functions,                                       //
                               "memory_bytes", (json_int_t)facts->pages * PROM_MODULE_PAGE,                     //
                               "data_bytes", (json_int_t)facts->data_bytes,                                     //
                               "table_slots", (json_int_t)facts->table_slots,                                   //
                               "setup_fuel", (json_int_t)facts->setup_fuel,                                     //
                               "floats", facts->floats,                                                         //
                               "simd", facts->simd,                                                             //
                               "compile_seconds", prom_units_measured(it->seconds),                             //
                               "program",                                                                       //
                               it->program ? json_string(prom_hex32(digest, &it->module.digest)) : json_null(), //
                               "limits", it->program ? prom_limits_json(&it->module.limits) : json_null());
    if (given->json) {
        return prom_tell_json(object, error);
    }
    json_decref(object);
    print_facts(it);
    if (it->program) {
        prom_limits_print(stdout, &it->module.limits);
        (void)printf("program     %s\n", prom_hex32(digest, &it->module.digest));
    }
    (void)printf("%s runs, the same on every machine\n", given->file);
    prom_error useless;
    if (it->program && !prom_is_ok(prom_limits_suffice(&it->module.limits, facts, &useless))) {
        (void)printf("%s\n", useless.sentence);
    }
    return prom_ok();
}

static prom_result run_check(void *values, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(end_checking) struct checking checking = {.program = false};
    const arguments *given = values;
    (void)code;
    prom_arena_init(&checking.arena, MEMORY);
    PROM_TRY(read_either(&checking, given->file, error));
    PROM_TRY(compile(&checking, given->file, error));
    return tell_check(&checking, given, error);
}

/* -- The tables -- */

static prom_result complete_make(void *values, prom_error *error)
{
    arguments *given = values;
    if (given->output != NULL || given->file == NULL) {
        return prom_ok();
    }
    /* One that is a program already has another name to be given. */
    const size_t length = strlen(given->file);
    const bool program = length > 5 && strcmp(given->file + length - 5, ".prom") == 0;
    PROM_TRY(prom_outputs_beside(given->beside, given->file, program ? ".prom" : ".wasm", ".prom", error));
    given->output = given->beside;
    return prom_ok();
}

static const prom_parameter MAKE_PARAMETERS[] = {
    {.value = "MODULE.wasm|PROGRAM",
     .noun = "module",
     .required = true,
     PROM_TO_TEXT(file),
     .stream = PROM_STREAM_INPUT,
     .files = "wasm prom",
     .help = "A WebAssembly module with the exports that docs/programs.md names; or a program, of which another one is "
             "made, with its limits where nothing else is said."},
    {.option = "--output",
     .letter = "-o",
     .value = "FILE.prom",
     PROM_TO_TEXT(output),
     .files = "prom",
     .writes = true,
     .help = "Write the program to FILE.prom. Default: beside the module, with .prom for .wasm."},
    PROM_PARAMETERS_LIMITS(PROM_LIMIT_MEMORY ", or what it has at first", PROM_LIMIT_FUEL, PROM_LIMIT_RESULT),
    {.option = "--fold-only",
     PROM_TO_FLAG(limits.fold_only),
     .help = "Fold, and map nothing: items are results already, each of --fold-bytes at most. 'prom run' buys no such "
             "program."},
    {.option = "--sample",
     .value = "INPUT",
     PROM_TO_TEXT(sample),
     .stream = PROM_STREAM_INPUT,
     .files = "*",
     .help = "Measure limits that are not given: run up to 16 items of INPUT, spread over it, the longest one among "
             "them, and their folds, and allow twice the most that was needed."},
    {.option = "--items",
     .value = "KIND",
     .noun = "kind of items",
     PROM_TO_TEXT(kind),
     .words = PROM_ITEMS_KINDS,
     .help = "What an item of the sample is, as of 'prom program run'. Default: files."},
    {.option = "--state",
     .value = "FILE",
     .noun = "state",
     PROM_TO_TEXT(state),
     .files = "*",
     .help = "Put the state in FILE before each item of the sample, as 'prom iterate' does."},
    {.option = "--results",
     .value = "FILE",
     .noun = "file of results",
     PROM_TO_TEXT(results),
     .stream = PROM_STREAM_INPUT,
     .files = "*",
     .help = "Allow what the costliest item and the costliest fold of these results took, and no more: those of 'prom "
             "program run', 'prom run' or 'prom jobs result' with --results."},
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text MAKE_DESCRIPTION[] = {
    {NULL,
     "A program is a module and what it is allowed: memory, fuel and bytes of results. All of that is in its "
     "digest, which contracts name. What does not fit its limits when it runs is a failed item, the same on every "
     "machine; limits that are wider than need be make a job's worst case, and so its price, larger. Limits of fuel "
     "that setting up an instance takes already are "
     "refused; 'prom program check' tells how much that is."},
    {NULL, "It folds where the module exports 'reduce'."},
    {NULL,
     "With --sample it tells what the sample took, and what all of INPUT takes by its averages and by the limits. "
     "Folds that grow from level to level are reckoned to go on growing as much. Where an item of the sample "
     "fails, nothing is made."},
    {0},
};

static const prom_text MAKE_JSON[] = {
    {"output", "the file"},
    {"program", "the program's digest"},
    {"limits", "memory_bytes; of one that maps result_bytes and fuel, of one that folds fold_bytes and fold_fuel, else "
               "null"},
    {"sample", "null, or items and folds (null where there are none), of each count, fuel_max, fuel_average and "
               "result_bytes_max; memory_bytes, which were enough; input_items, input_fuel_average and input_fuel_max "
               "of all of INPUT"},
    {0},
};

static const char *const MAKE_EXAMPLES[] = {
    "prom program make wordcount.wasm --sample chapters",
    "prom program make wordcount.prom --results counts.results -o exact.prom",
    NULL,
};

static const prom_command MAKE = {
    .name = "make",
    .summary = "make a program of a module and its limits",
    .description = MAKE_DESCRIPTION,
    .parameters = MAKE_PARAMETERS,
    .json = MAKE_JSON,
    .examples = MAKE_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .complete = complete_make,
    .run = run_make,
};

static const prom_parameter CHECK_PARAMETERS[] = {
    {.value = "FILE",
     .noun = "module or program",
     .required = true,
     PROM_TO_TEXT(file),
     .stream = PROM_STREAM_INPUT,
     .files = "wasm prom",
     .help = "A module, or a program that 'prom program make' wrote."},
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text CHECK_DESCRIPTION[] = {
    {NULL, "Finds out whether a module can be run, the same on every machine: that it exports what is needed, imports "
           "nothing, and has no instruction whose result depends on the machine. It is compiled, and not run."},
    {0},
};

static const prom_text CHECK_JSON[] = {
    {"folds", "whether the module exports 'reduce'"},
    {"module_bytes, functions, memory_bytes, data_bytes, table_slots", "what is in it; memory as it is at first"},
    {"setup_fuel", "fuel that each item and fold takes to be set up: limits below it let none succeed"},
    {"floats, simd", "whether it computes with them"},
    {"compile_seconds", "time that compiling took, the helper's start included"},
    {"program, limits", "of a program, as of 'make'; of a module null"},
    {0},
};

static const char *const CHECK_EXAMPLES[] = {"prom program check wordcount.wasm", NULL};

static const prom_command CHECK = {
    .name = "check",
    .summary = "find out whether a module can be run, and what is in it",
    .description = CHECK_DESCRIPTION,
    .parameters = CHECK_PARAMETERS,
    .json = CHECK_JSON,
    .exits = {[PROM_EXIT_USAGE] = "it cannot be run: the reason is told"},
    .examples = CHECK_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_check,
};

static const prom_command *const ACTIONS[] = {&MAKE, &CHECK, &prom_command_program_run, &prom_command_program_verify,
                                              NULL};

static const prom_text DESCRIPTION[] = {
    {NULL,
     "Programs of any kind of computation: WebAssembly modules, mapped over the items of a batch, whose results may "
     "be folded into one. docs/programs.md says how to write one. 'prom compile' makes programs of neural "
     "networks."},
    {0},
};

const prom_command prom_command_program = {
    .name = "program",
    .summary = "make, check and run programs that are WebAssembly modules",
    .description = DESCRIPTION,
    .subcommands = ACTIONS,
};
