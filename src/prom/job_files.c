#include "prom/job_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prometheus/program/batch.h"
#include "prometheus/quantise/quantise.h"
#include "system/file.h"

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
    if (snprintf(files->folder, sizeof files->folder, "%s/job-XXXXXX", place->folder) >= PATH_MAX - NAME_MAX ||
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
    const prom_files_batch batch = {brought->input, &pictures, brought->options->as_numbers};
    PROM_TRY(prom_files_read_codes(&files->arena, &codes, files->program, &batch, error));
    if (!brought->quiet) {
        prom_batch_tell(files->program, &codes, brought->input);
    }
    if (codes.items > UINT32_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.200s has too many items for a job", brought->input);
    }
    const prom_batch whole = {(uint32_t)codes.items, (uint32_t)files->program->input.count, codes.codes};
    files->items = codes.items;
    return prom_batch_write(&files->arena, bytes, &whole, error);
}

prom_result prom_job_files_make(prom_job_files *files, const prom_node_place *place, const prom_job_brought *brought,
                                prom_error *error)
{
    prom_span input;
    prom_arena_init(&files->arena, MEMORY);
    if (is_model(brought->program)) {
        PROM_TRY(compile(files, brought, error));
    } else if (brought->calibration != NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.200s is no .onnx model: a program is calibrated already",
                         brought->program);
    } else {
        PROM_TRY(prom_files_read_program(&files->arena, &files->program, brought->program, error));
    }
    PROM_TRY(read_batch(files, &input, brought, error));
    PROM_TRY(make_folder(files, place, error));
    PROM_TRY(prom_file_write(files->program_path, files->program->bytes, error));
    return prom_file_write(files->input_path, input, error);
}

void prom_job_files_end(prom_job_files *files)
{
    if (files->folder[0] != '\0') {
        (void)unlink(files->program_path);
        (void)unlink(files->input_path);
        (void)rmdir(files->folder);
        files->folder[0] = '\0';
    }
    prom_arena_free(&files->arena);
}

prom_result prom_job_files_write_output(const char *to, const char *from, const char *program, bool integers,
                                        prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_program *its = NULL;
    prom_batch batch;
    prom_span bytes;
    prom_tensor output;
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(prom_files_read_program(&arena, &its, program, error));
    PROM_TRY(prom_file_load(&arena, &bytes, from, SIZE_MAX, error));
    PROM_TRY(prom_within(prom_batch_read(&batch, bytes, error), error, "%.300s", from));
    if (batch.values != prom_program_output(its)->count) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "%.300s is no output of the job's program", from);
    }
    PROM_TRY(integers ? prom_files_output_integers(&arena, &output, its, batch.data, batch.items, error)
                      : prom_files_output_numbers(&arena, &output, its, batch.data, batch.items, error));
    return prom_files_write_tensor(to, &output, error);
}
