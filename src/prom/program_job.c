#include "prom/program_job.h"

#include "cli/tell.h"
#include "prom/program_text.h"
#include "wasm/runner.h"

#define MEMORY ((size_t)1 << 36)

void prom_program_job_end(prom_program_job *it)
{
    prom_arena_free(&it->arena);
}

static prom_result read_items(prom_program_job *it, const prom_program_given *given, prom_error *error)
{
    prom_items_kind kind = PROM_ITEMS_FILES;
    PROM_TRY(prom_items_kind_of(&kind, given->kind, error));
    return prom_files_read_items(&it->arena, &it->items, &it->origin, given->inputs->list, given->inputs->count, kind,
                                 error);
}

static prom_result make(prom_program_job *it, const prom_module_file *file, const prom_program_given *given,
                        prom_error *error)
{
    const prom_limit_sources sources = {.items = &it->items, .origin = &it->origin};
    FILE *stream = prom_tell_beside(given->output);
    PROM_TRY(prom_program_make(&it->arena, &it->made, file, given->limits, &sources, error));
    if (given->quiet) {
        return prom_ok();
    }
    if (it->made.sampled) {
        prom_measure_print(stream, &it->made.measure, &it->made.module.limits);
    }
    prom_limits_print(stream, &it->made.module.limits);
    (void)fflush(stream);
    return prom_ok();
}

/* A program has its limits: it is taken as it is. */
static prom_result take_program(prom_program_job *it, const prom_module_file *file, const prom_program_given *given,
                                prom_error *error)
{
    const char *option = given->limits != NULL ? prom_limit_options_first(given->limits) : NULL;
    if (option != NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.200s is a program, which has its limits, and %s is for modules: 'prom program make' makes "
                         "another one of it",
                         given->program, option);
    }
    PROM_TRY(prom_module_write(&it->arena, &it->made.bytes, &file->limits, file->code, error));
    return prom_module_read(&it->made.module, it->made.bytes, error);
}

static prom_result read_program(prom_program_job *it, const prom_program_given *given, prom_error *error)
{
    prom_module_file file;
    PROM_TRY(prom_module_file_read(&it->arena, &file, given->program, error));
    if (file.program) {
        PROM_TRY(take_program(it, &file, given, error));
    } else if (given->limits == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.200s is a module, and results are those of a program: give the one that they are of",
                         given->program);
    }
    PROM_TRY(read_items(it, given, error));
    return file.program ? prom_ok() : make(it, &file, given, error);
}

prom_result prom_program_job_open(prom_program_job *it, const prom_program_given *given, prom_error *error)
{
    const prom_scheme *replay = prom_scheme_by_number(PROM_SCHEME_REPLAY_MODULE);
    prom_job_bytes bytes = {.runner = &it->runner};
    prom_arena_init(&it->arena, MEMORY);
    prom_wasm_runner_init(&it->runner, NULL);
    PROM_TRY(read_program(it, given, error));
    bytes.program = it->made.bytes;
    PROM_TRY(prom_items_write(&it->arena, &bytes.input, &it->items, error));
    return replay->open(&it->arena, &it->job, &bytes, error);
}
