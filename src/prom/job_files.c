#include "prom/job_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/tell.h"
#include "prom/job_module.h"
#include "prom/program_text.h"
#include "prometheus/contract/terms.h"
#include "prometheus/program/batch.h"
#include "prometheus/quantise/quantise.h"
#include "system/file.h"
#include "trade/batch.h"

#define MEMORY ((size_t)1 << 36)

/* -- A model -- */

static bool is_model(const char *path)
{
    static const char ending[] = ".onnx";
    const size_t length = strlen(path);
    return length >= sizeof ending - 1 && strcmp(path + length - (sizeof ending - 1), ending) == 0;
}

/* As 'prom compile' does where it is given nothing but the calibration set. */
static prom_result compile(prom_job_files *files, const prom_job_brought *brought, prom_error *error)
{
    const bool calibrated = brought->calibration != NULL;
    const prom_network *network = NULL;
    prom_image_options pictures;
    prom_tensor calibration;
    prom_shape item;
    prom_quantised quantised;
    const bool has_item = calibrated && prom_files_item_of(&item, brought->calibration);
    prom_onnx_request request = {.item = has_item ? &item : NULL};
    PROM_TRY(prom_batch_pictures(&pictures, brought->options, error));
    PROM_TRY(prom_files_read_part(&files->arena, &network, brought->program, &request, error));
    if (calibrated) {
        PROM_TRY(prom_files_read_inputs(&files->arena, &calibration, brought->calibration, &network->input_shape,
                                        &pictures, NULL, error));
    }
    PROM_TRY(prom_within(
        prom_network_quantise(&files->arena, &quantised, network, calibrated ? &calibration : NULL, NULL, error), error,
        "%.150s%s%.150s", brought->program, calibrated ? ", calibrated with " : ", without --calibrate",
        calibrated ? brought->calibration : ""));
    files->program = quantised.program;
    return prom_ok();
}

/* -- The files -- */

static prom_result make_folder(prom_job_files *files, const prom_node_place *place, prom_error *error)
{
    if (snprintf(files->folder, sizeof files->folder, "%s/" PROM_BATCH_BROUGHT, place->folder) >= PATH_MAX - NAME_MAX ||
        mkdtemp(files->folder) == NULL) {
        files->folder[0] = '\0';
        return prom_fail(error, PROM_CATEGORY_IO, "no folder can be made in the node's, %.300s: %s", place->folder,
                         strerror(errno));
    }
    (void)snprintf(files->program_path, sizeof files->program_path, "%.4000s/program", files->folder);
    (void)snprintf(files->input_path, sizeof files->input_path, "%.4000s/input", files->folder);
    return prom_ok();
}

static prom_result read_batch(prom_job_files *files, prom_span *bytes, const prom_job_brought *brought,
                              prom_error *error)
{
    prom_image_options pictures;
    prom_files_codes codes;
    PROM_TRY(prom_batch_pictures(&pictures, brought->options, error));
    const prom_files_batch batch = {brought->inputs.list[0], &pictures, brought->options->as_numbers};
    PROM_TRY(prom_files_read_codes(&files->arena, &codes, files->program, &batch, error));
    if (!brought->quiet) {
        prom_batch_tell(files->program, &codes, brought->inputs.list[0]);
    }
    if (codes.items > UINT32_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.200s has too many items for a job",
                         brought->inputs.list[0]);
    }
    const prom_batch whole = {(uint32_t)codes.items, (uint32_t)files->program->input.count, codes.codes};
    files->items = codes.items;
    return prom_batch_write(&files->arena, bytes, &whole, error);
}

/* The first bytes say of which kind a program is; of a module one is made when its items are there. */
static prom_result read_program(prom_job_files *files, const prom_job_brought *brought, prom_error *error)
{
    PROM_TRY(prom_file_read(&files->arena, &files->module, brought->program, PROM_PAYLOAD_MAX, error));
    if (prom_module_file_is_code(files->module)) {
        return prom_ok();
    }
    if (prom_module_is(files->module)) {
        prom_module ignored;
        return prom_within(prom_module_read(&ignored, files->module, error), error, "%.200s", brought->program);
    }
    return prom_within(prom_program_parse(&files->arena, &files->program, files->module, error), error, "%s",
                       brought->program);
}

static prom_result check_limits(const prom_job_files *files, const prom_job_brought *brought, prom_error *error)
{
    const char *option = prom_limit_options_first(brought->limits);
    return option == NULL || (files->program == NULL && prom_module_file_is_code(files->module))
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "%s is for modules, and %.200s is none: what a program of a module allows is written in it",
                           option, brought->program);
}

static prom_result make_program(prom_job_files *files, const prom_items *items, const prom_job_brought *brought,
                                prom_error *error)
{
    const prom_limit_sources sources = {.items = items, .origin = &files->origin};
    FILE *stream = prom_tell_beside(brought->output);
    prom_module_file file;
    if (!prom_module_file_is_code(files->module)) {
        return prom_ok();
    }
    PROM_TRY(prom_module_file_take(&files->arena, &file, brought->program, files->module, error));
    PROM_TRY(prom_program_make(&files->arena, &files->made, &file, brought->limits, &sources, error));
    files->module = files->made.bytes;
    if (!brought->quiet && files->made.sampled) {
        prom_measure_print(stream, &files->made.measure, &files->made.module.limits);
    }
    if (!brought->quiet) {
        prom_limits_print(stream, &files->made.module.limits);
        (void)fputc('\n', stream);
        (void)fflush(stream);
    }
    return prom_ok();
}

static prom_result take_program(prom_job_files *files, const prom_job_brought *brought, prom_error *error)
{
    if (is_model(brought->program)) {
        return compile(files, brought, error);
    }
    return brought->calibration == NULL
               ? read_program(files, brought, error)
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.200s is no .onnx model: a program is calibrated already",
                           brought->program);
}

static prom_result take_batch(prom_job_files *files, prom_span *input, const prom_job_brought *brought,
                              prom_error *error)
{
    prom_items items;
    prom_items_origin origin;
    if (files->program == NULL) {
        PROM_TRY(prom_job_module_items(&files->arena, input, &items, &origin, &brought->inputs, brought->items, error));
        PROM_TRY(prom_items_origin_copy(&files->places, &files->origin, &origin, error));
        files->items = items.count;
        return make_program(files, &items, brought, error);
    }
    if (brought->inputs.count != 1 || brought->items != NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.200s takes one batch, X.npy: several inputs, and --items, are for programs with modules",
                         brought->program);
    }
    return read_batch(files, input, brought, error);
}

prom_result prom_job_files_put(prom_job_files *files, const prom_node_place *place, prom_span program, prom_span input,
                               prom_error *error)
{
    PROM_TRY(make_folder(files, place, error));
    PROM_TRY(prom_file_write(files->program_path, program, error));
    return prom_file_write(files->input_path, input, error);
}

prom_result prom_job_files_make(prom_job_files *files, const prom_node_place *place, const prom_job_brought *brought,
                                prom_error *error)
{
    prom_span input = prom_span_of(NULL, 0);
    prom_arena_init(&files->arena, MEMORY);
    prom_arena_init(&files->places, MEMORY);
    PROM_TRY(take_program(files, brought, error));
    PROM_TRY(check_limits(files, brought, error));
    PROM_TRY(take_batch(files, &input, brought, error));
    return prom_job_files_put(files, place, files->program != NULL ? files->program->bytes : files->module, input,
                              error);
}

void prom_job_files_delete(prom_job_files *files)
{
    if (files->folder[0] != '\0') {
        (void)unlink(files->program_path);
        (void)unlink(files->input_path);
        (void)rmdir(files->folder);
        files->folder[0] = '\0';
    }
    prom_arena_free(&files->arena);
}

void prom_job_files_end(prom_job_files *files)
{
    prom_job_files_delete(files);
    prom_arena_free(&files->places);
}

static prom_result write_tensor(prom_arena *arena, const prom_output_form *form, const char *from, prom_span program,
                                prom_span output, prom_error *error)
{
    const prom_program *its = NULL;
    prom_batch batch;
    prom_tensor tensor;
    if (form->results != NULL || form->to == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--results is for programs that are modules: give -o");
    }
    PROM_TRY(prom_program_parse(arena, &its, program, error));
    PROM_TRY(prom_within(prom_batch_read(&batch, output, error), error, "%.300s", from));
    if (batch.values != prom_program_output(its)->count) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "%.300s is no output of the job's program", from);
    }
    PROM_TRY(form->integers ? prom_files_output_integers(arena, &tensor, its, batch.data, batch.items, error)
                            : prom_files_output_numbers(arena, &tensor, its, batch.data, batch.items, error));
    return prom_files_write_tensor(form->to, &tensor, error);
}

prom_result prom_job_files_write_output(const prom_output_form *form, bool *written, const char *from,
                                        const char *program, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_module_outputs module = {form->to, form->lines, form->results, form->origin};
    prom_span program_bytes;
    prom_span output;
    *written = form->to != NULL;
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(prom_file_load(&arena, &program_bytes, program, PROM_PAYLOAD_MAX, error));
    PROM_TRY(prom_file_load(&arena, &output, from, SIZE_MAX, error));
    return prom_module_is(program_bytes) ? prom_job_module_write(&module, written, program_bytes, output, error)
                                         : write_tensor(&arena, form, from, program_bytes, output, error);
}
