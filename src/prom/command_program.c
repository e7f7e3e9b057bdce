/* prom program make | check | run | verify */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "base/units.h"
#include "cli/outputs.h"
#include "cli/size.h"
#include "cli/tell.h"
#include "prom/program_text.h"
#include "prom/root.h"
#include "prometheus/module/module.h"
#include "system/clock.h"
#include "system/file.h"
#include "wasm/runner.h"

#define MEMORY ((size_t)1 << 28)
#define FILE_MAX ((size_t)PROM_MODULE_BYTES_MAX + PROM_MODULE_MANIFEST)

/* What a program allows where its maker says nothing. */
#define FUEL_DEFAULT "10G"
#define RESULT_DEFAULT "64K"
#define MEMORY_DEFAULT "16M"

typedef struct arguments {
    bool json;
    bool map_only;
    bool fold_only;
    const char *file;
    const char *output;
    const char *memory;
    const char *result_bytes;
    const char *fold_bytes;
    const char *fuel;
    const char *fold_fuel;
    char beside[PATH_MAX]; /* the module: the output where none is given */
} arguments;

static void end_arena(prom_arena *arena)
{
    prom_arena_free(arena);
}

static prom_result read_code(prom_arena *arena, prom_span *code, prom_module_facts *facts, const char *path,
                             prom_error *error)
{
    PROM_TRY(prom_file_read(arena, code, path, FILE_MAX, error));
    if (prom_module_is(*code)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.200s is a program already: give the module that it was made from", path);
    }
    return prom_within(prom_module_look(arena, facts, *code, error), error, "%.200s", path);
}

/* -- make -- */

static prom_result parse_bytes(uint32_t *bytes, const char *text, const char *fallback, const char *option,
                               prom_error *error)
{
    uint64_t size = 0;
    PROM_TRY(prom_within(prom_parse_size(&size, text != NULL ? text : fallback, error), error, "%s", option));
    if (size > PROM_MODULE_RESULT_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is above 64M, the most that a result may have", option);
    }
    *bytes = (uint32_t)size;
    return prom_ok();
}

static prom_result parse_pages(uint32_t *pages, const char *text, const prom_module_facts *facts, prom_error *error)
{
    uint64_t size = 0;
    PROM_TRY(prom_within(prom_parse_size(&size, text != NULL ? text : MEMORY_DEFAULT, error), error, "%s", "--memory"));
    const uint64_t wanted = (size + PROM_MODULE_PAGE - 1) / PROM_MODULE_PAGE;
    if (wanted > PROM_MODULE_PAGES_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--memory is above 1G, the most that a module may have");
    }
    if (text != NULL && wanted < facts->pages) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "--memory is %.40s, and the module's memory has %" PRIu32 " pages of 64 KiB at first", text,
                         facts->pages);
    }
    *pages = (uint32_t)(wanted < facts->pages ? facts->pages : wanted);
    return prom_ok();
}

/* Limits of what the program does not do are no options. */
static prom_result check_options(const arguments *given, const prom_module_limits *limits,
                                 const prom_module_facts *facts, prom_error *error)
{
    if (given->fold_only && !limits->folds) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "--fold-only is for programs that fold, and this one does not: %s",
                         facts->folds ? "--map-only is given" : "its module exports no 'reduce'");
    }
    if (given->fold_only && (given->fuel != NULL || given->result_bytes != NULL)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s is for programs that map, and --fold-only makes one that does not: leave it out",
                         given->fuel != NULL ? "--fuel" : "--result-bytes");
    }
    if (!limits->folds && (given->fold_bytes != NULL || given->fold_fuel != NULL)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is for programs that fold, and this one does not: %s",
                         given->fold_bytes != NULL ? "--fold-bytes" : "--fold-fuel",
                         facts->folds ? "--map-only is given" : "its module exports no 'reduce'");
    }
    return prom_ok();
}

static prom_result find_limits(prom_module_limits *limits, const arguments *given, const prom_module_facts *facts,
                               prom_error *error)
{
    *limits = (prom_module_limits){.folds = facts->folds && !given->map_only, .folds_alone = given->fold_only};
    PROM_TRY(check_options(given, limits, facts, error));
    PROM_TRY(parse_pages(&limits->pages, given->memory, facts, error));
    if (!limits->folds_alone) {
        PROM_TRY(parse_bytes(&limits->result_bytes, given->result_bytes, RESULT_DEFAULT, "--result-bytes", error));
        PROM_TRY(prom_parse_fuel(&limits->fuel, given->fuel != NULL ? given->fuel : FUEL_DEFAULT, "--fuel", error));
    }
    if (!limits->folds) {
        return prom_ok();
    }
    PROM_TRY(parse_bytes(&limits->fold_bytes, given->fold_bytes, RESULT_DEFAULT, "--fold-bytes", error));
    return prom_parse_fuel(&limits->fold_fuel, given->fold_fuel != NULL ? given->fold_fuel : FUEL_DEFAULT,
                           "--fold-fuel", error);
}

static prom_result make(prom_arena *arena, const arguments *given, prom_error *error)
{
    prom_span code;
    prom_span bytes;
    prom_module module;
    prom_module_facts facts;
    prom_module_limits limits;
    char digest[PROM_HEX32];
    PROM_TRY(read_code(arena, &code, &facts, given->file, error));
    PROM_TRY(find_limits(&limits, given, &facts, error));
    PROM_TRY(prom_limits_suffice(&limits, &facts, error));
    PROM_TRY(prom_module_write(arena, &bytes, &limits, code, error));
    PROM_TRY(prom_module_read(&module, bytes, error));
    PROM_TRY(prom_file_write(given->output, bytes, error));
    json_t *object = json_pack("{s:s, s:s, s:o}", "output", given->output, "program",
                               prom_hex32(digest, &module.digest), "limits", prom_limits_json(&limits));
    if (!given->json) {
        prom_limits_print(&limits);
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
    prom_span file;
    PROM_TRY(prom_file_read(&it->arena, &file, path, FILE_MAX, error));
    it->program = prom_module_is(file);
    if (it->program) {
        PROM_TRY(prom_within(prom_module_read(&it->module, file, error), error, "%.200s", path));
    } else {
        it->module.code = file;
    }
    PROM_TRY(prom_within(prom_module_look(&it->arena, &it->facts, it->module.code, error), error, "%.200s", path));
    if (!it->program) {
        it->module.limits = (prom_module_limits){.pages = PROM_MODULE_PAGES_MAX, .fuel = PROM_MODULE_FUEL_MAX};
    }
    return prom_ok();
}

static prom_result compile(struct checking *it, const char *path, prom_error *error)
{
    prom_runner runner;
    prom_runner_session *session = NULL;
    prom_wasm_runner_init(&runner, NULL);
    const double started = prom_clock_seconds();
    const prom_result result = runner.open(&runner, &session, &it->module, NULL, error);
    it->seconds = prom_clock_seconds() - started;
    runner.close(session);
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
        prom_limits_print(&it->module.limits);
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
    PROM_TRY(prom_outputs_beside(given->beside, given->file, ".wasm", ".prom", error));
    given->output = given->beside;
    return prom_ok();
}

static const prom_parameter MAKE_PARAMETERS[] = {
    {.value = "MODULE.wasm",
     .noun = "module",
     .required = true,
     PROM_TO_TEXT(file),
     .stream = PROM_STREAM_INPUT,
     .files = "wasm",
     .help = "A WebAssembly module with the exports that docs/programs.md names."},
    {.option = "--output",
     .letter = "-o",
     .value = "FILE.prom",
     PROM_TO_TEXT(output),
     .files = "prom",
     .writes = true,
     .help = "Write the program to FILE.prom. Default: beside the module, with .prom for .wasm."},
    {.option = "--memory",
     .value = "SIZE",
     PROM_TO_TEXT(memory),
     .help = "Let its memory grow to SIZE, at most 1G. Default: " MEMORY_DEFAULT ", or what it has at first."},
    {.option = "--fuel",
     .value = "N",
     PROM_TO_TEXT(fuel),
     .help =
         "Let an item take N instructions, about; k, M, G and T stand for 10^3 to 10^12. Default: " FUEL_DEFAULT "."},
    {.option = "--fold-fuel",
     .value = "N",
     PROM_TO_TEXT(fold_fuel),
     .help = "The same of a fold. Default: " FUEL_DEFAULT "."},
    {.option = "--result-bytes",
     .value = "SIZE",
     PROM_TO_TEXT(result_bytes),
     .help = "Let the result of an item have SIZE bytes, at most 64M. Default: " RESULT_DEFAULT "."},
    {.option = "--fold-bytes",
     .value = "SIZE",
     PROM_TO_TEXT(fold_bytes),
     .help = "The same of a fold. Default: " RESULT_DEFAULT "."},
    {.option = "--map-only", PROM_TO_FLAG(map_only), .help = "Do not fold, though the module exports 'reduce'."},
    {.option = "--fold-only",
     PROM_TO_FLAG(fold_only),
     .help = "Fold, and map nothing: items are results already, each of --fold-bytes at most."},
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
    {0},
};

static const prom_text MAKE_JSON[] = {
    {"output", "the file"},
    {"program", "the program's digest"},
    {"limits", "memory_bytes; of one that maps result_bytes and fuel, of one that folds fold_bytes and fold_fuel, else "
               "null"},
    {0},
};

static const char *const MAKE_EXAMPLES[] = {
    "prom program make wordcount.wasm --result-bytes 256K --fold-bytes 1M",
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
