#include "prom/module_file.h"

#include <inttypes.h>
#include <string.h>

#include "cli/size.h"
#include "prom/module_sample.h"
#include "prom/program_text.h"
#include "system/file.h"

/* What a sample may take where nothing is given: no more than a user waits for, and all the memory that there may be.
 */
#define SAMPLE_FUEL UINT64_C(100000000000)

/* -- Reading -- */

bool prom_module_file_is_code(prom_span bytes)
{
    static const uint8_t magic[] = {'\0', 'a', 's', 'm'};
    return bytes.length >= sizeof magic && memcmp(bytes.data, magic, sizeof magic) == 0;
}

prom_result prom_module_file_take(prom_arena *arena, prom_module_file *file, const char *path, prom_span bytes,
                                  prom_error *error)
{
    *file = (prom_module_file){.path = path, .program = prom_module_is(bytes), .code = bytes};
    if (!file->program && !prom_module_file_is_code(bytes)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.200s is neither a WebAssembly module in binary form nor a program that 'prom program make' "
                         "wrote of one; networks are for 'prom compile' and 'prom infer'",
                         path);
    }
    if (file->program) {
        prom_module module;
        PROM_TRY(prom_within(prom_module_read(&module, bytes, error), error, "%.200s", path));
        file->limits = module.limits;
        file->code = module.code;
    }
    return prom_within(prom_module_look(arena, &file->facts, file->code, error), error, "%.200s", path);
}

prom_result prom_module_file_read(prom_arena *arena, prom_module_file *file, const char *path, prom_error *error)
{
    prom_span bytes;
    PROM_TRY(prom_file_read(arena, &bytes, path, PROM_MODULE_FILE_MAX, error));
    return prom_module_file_take(arena, file, path, bytes, error);
}

/* -- Options -- */

const char *prom_limit_options_first(const prom_limit_options *options)
{
    const struct {
        const char *name;
        bool given;
    } all[] = {
        {"--memory", options->memory != NULL},         {"--fuel", options->fuel != NULL},
        {"--fold-fuel", options->fold_fuel != NULL},   {"--result-bytes", options->result_bytes != NULL},
        {"--fold-bytes", options->fold_bytes != NULL}, {"--map-only", options->map_only},
        {"--fold-only", options->fold_only},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i].given) {
            return all[i].name;
        }
    }
    return NULL;
}

static prom_result parse_bytes(uint32_t *bytes, const char *text, const char *option, prom_error *error)
{
    uint64_t size = 0;
    if (text == NULL) {
        return prom_ok();
    }
    PROM_TRY(prom_within(prom_parse_size(&size, text, error), error, "%s", option));
    if (size > PROM_MODULE_RESULT_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is above 64M, the most that a result may have", option);
    }
    *bytes = (uint32_t)size;
    return prom_ok();
}

static prom_result parse_fuel(uint64_t *fuel, const char *text, const char *option, prom_error *error)
{
    return text == NULL ? prom_ok() : prom_parse_fuel(fuel, text, option, error);
}

static prom_result parse_pages(uint32_t *pages, const char *text, const prom_module_facts *facts, prom_error *error)
{
    uint64_t size = 0;
    if (text == NULL) {
        *pages = *pages < facts->pages ? facts->pages : *pages;
        return prom_ok();
    }
    PROM_TRY(prom_within(prom_parse_size(&size, text, error), error, "%s", "--memory"));
    const uint64_t wanted = (size + PROM_MODULE_PAGE - 1) / PROM_MODULE_PAGE;
    if (wanted > PROM_MODULE_PAGES_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--memory is above 1G, the most that a module may have");
    }
    if (wanted < facts->pages) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "--memory is %.40s, and the module's memory has %" PRIu32 " pages of 64 KiB at first", text,
                         facts->pages);
    }
    *pages = (uint32_t)wanted;
    return prom_ok();
}

static const char *no_folds(const prom_limit_options *given, const prom_module_facts *facts)
{
    return !facts->folds     ? "its module exports no 'reduce'"
           : given->map_only ? "--map-only is given"
                             : "it was made with --map-only";
}

/* Limits of what the program does not do are no options. */
static prom_result check_given(const prom_module_limits *limits, const prom_limit_options *given,
                               const prom_module_facts *facts, prom_error *error)
{
    if (given->fold_only && !limits->folds) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "--fold-only is for programs that fold, and this one does not: %s", no_folds(given, facts));
    }
    if (limits->folds_alone && (given->fuel != NULL || given->result_bytes != NULL)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is for programs that map, and this one folds alone",
                         given->fuel != NULL ? "--fuel" : "--result-bytes");
    }
    if (!limits->folds && (given->fold_bytes != NULL || given->fold_fuel != NULL)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is for programs that fold, and this one does not: %s",
                         given->fold_bytes != NULL ? "--fold-bytes" : "--fold-fuel", no_folds(given, facts));
    }
    return prom_ok();
}

/* Puts what is given in the place of what limits have; of what the program does not do there are none. */
static prom_result take_given(prom_module_limits *limits, const prom_limit_options *given,
                              const prom_module_facts *facts, prom_error *error)
{
    PROM_TRY(check_given(limits, given, facts, error));
    PROM_TRY(parse_pages(&limits->pages, given->memory, facts, error));
    PROM_TRY(parse_bytes(&limits->result_bytes, given->result_bytes, "--result-bytes", error));
    PROM_TRY(parse_fuel(&limits->fuel, given->fuel, "--fuel", error));
    PROM_TRY(parse_bytes(&limits->fold_bytes, given->fold_bytes, "--fold-bytes", error));
    PROM_TRY(parse_fuel(&limits->fold_fuel, given->fold_fuel, "--fold-fuel", error));
    limits->fuel = limits->folds_alone ? 0 : limits->fuel;
    limits->result_bytes = limits->folds_alone ? 0 : limits->result_bytes;
    limits->fold_fuel = limits->folds ? limits->fold_fuel : 0;
    limits->fold_bytes = limits->folds ? limits->fold_bytes : 0;
    return prom_ok();
}

/* -- Making -- */

/* Of nothing that was measured: the program's, or the defaults. */
static prom_result begin_limits(prom_module_limits *limits, const prom_module_file *file,
                                const prom_limit_options *options, prom_error *error)
{
    const prom_limit_options defaults = {.memory = PROM_LIMIT_MEMORY,
                                         .fuel = PROM_LIMIT_FUEL,
                                         .fold_fuel = PROM_LIMIT_FUEL,
                                         .result_bytes = PROM_LIMIT_RESULT,
                                         .fold_bytes = PROM_LIMIT_RESULT};
    const prom_module_facts any = {.folds = true};
    *limits = file->limits;
    if (!file->program) {
        limits->folds = true;
        PROM_TRY(take_given(limits, &defaults, &any, error));
    }
    limits->folds = limits->folds && file->facts.folds && !options->map_only;
    limits->folds_alone = limits->folds && (limits->folds_alone || options->fold_only);
    return prom_ok();
}

/* Whether a limit is neither given nor in the results. */
static bool is_wanted(const prom_limit_options *options, const prom_limit_sources *sources, bool folds)
{
    const bool fuel = options->fuel == NULL || options->result_bytes == NULL;
    const bool fold_fuel = folds && (options->fold_fuel == NULL || options->fold_bytes == NULL);
    return options->memory == NULL || (sources->results == NULL && (fuel || fold_fuel));
}

static prom_result take_sample(prom_program_made *made, prom_module_limits *limits, const prom_module_file *file,
                               const prom_limit_options *options, const prom_limit_sources *sources, prom_error *error)
{
    prom_module wide = {.code = file->code,
                        .limits = {.folds = limits->folds,
                                   .pages = PROM_MODULE_PAGES_MAX,
                                   .result_bytes = PROM_MODULE_RESULT_MAX,
                                   .fold_bytes = PROM_MODULE_RESULT_MAX,
                                   .fuel = SAMPLE_FUEL,
                                   .fold_fuel = SAMPLE_FUEL}};
    PROM_TRY(take_given(&wide.limits, options, &file->facts, error));
    const prom_module_sample sample = {.module = &wide,
                                       .items = sources->items,
                                       .origin = sources->origin,
                                       .find_pages = options->memory == NULL,
                                       .pages_least = file->facts.pages};
    PROM_TRY(prom_within(prom_module_sample_run(&made->measure, &sample, error), error, "%.200s", file->path));
    made->measure.setup = file->facts.setup_fuel;
    prom_limits_with_room(limits, &made->measure);
    made->sampled = true;
    return prom_ok();
}

/* Items are at the beginning, whatever the folds behind them join. */
static prom_result take_results(prom_module_limits *limits, const prom_limit_sources *sources, prom_error *error)
{
    const uint32_t items = limits->folds ? sources->result_count / 2 + 1 : sources->result_count;
    prom_module_measure all = {.whole = items};
    if (prom_module_nodes(items, limits->folds) != sources->result_count) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "there are %" PRIu32 " results, and no batch of a program that folds has so many",
                         sources->result_count);
    }
    for (uint32_t i = 0; i < sources->result_count; i++) {
        const prom_node_result *result = &sources->results[i];
        if (result->status == PROM_NODE_FUEL || result->status == PROM_NODE_LONG) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "what %s %" PRIu32 " needs is not known, as it failed by a limit: %s; run it with wider "
                             "ones first",
                             i < items ? "item" : "fold", i, prom_node_status_name(result->status));
        }
        if (result->status == PROM_NODE_OK) {
            prom_node_measure_add(i < items ? &all.items : &all.folds[0], result);
        }
    }
    if (all.items.nodes == 0 || (limits->folds && items > 1 && all.folds[0].nodes == 0)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s that succeeded is among the results",
                         all.items.nodes == 0 ? "no item" : "no fold");
    }
    prom_limits_exact(limits, &all);
    if (limits->folds_alone && limits->fold_bytes < all.items.bytes_most) { /* items are operands as they are */
        limits->fold_bytes = all.items.bytes_most;
    }
    return prom_ok();
}

prom_result prom_program_make(prom_arena *arena, prom_program_made *made, const prom_module_file *file,
                              const prom_limit_options *options, const prom_limit_sources *sources, prom_error *error)
{
    prom_module_limits limits;
    *made = (prom_program_made){.sampled = false};
    PROM_TRY(begin_limits(&limits, file, options, error));
    if (sources->results != NULL && sources->items == NULL && options->memory == NULL && !file->program) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "results do not tell how much memory was needed: give --memory or --sample too, or in place "
                         "of the module the program that they are of");
    }
    if (sources->items != NULL && limits.folds_alone) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "a program that folds alone has no sample: make one that maps and folds by it, and of that one "
            "this with --fold-only");
    }
    if (sources->items != NULL && is_wanted(options, sources, limits.folds)) {
        PROM_TRY(take_sample(made, &limits, file, options, sources, error));
    }
    if (sources->results != NULL) {
        PROM_TRY(take_results(&limits, sources, error));
    }
    PROM_TRY(take_given(&limits, options, &file->facts, error));
    PROM_TRY(prom_limits_suffice(&limits, &file->facts, error));
    PROM_TRY(prom_module_write(arena, &made->bytes, &limits, file->code, error));
    return prom_module_read(&made->module, made->bytes, error);
}
