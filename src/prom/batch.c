#include "prom/batch.h"

#include <stdio.h>

#include "base/units.h"

prom_result prom_batch_pictures(prom_image_options *pictures, const prom_batch_options *options, prom_error *error)
{
    return prom_files_picture_options(pictures, options->resize, options->mean, options->deviation, error);
}

prom_result prom_batch_read_files(prom_arena *arena, const prom_program **program, prom_files_codes *input,
                                  const prom_batch_files *files, prom_error *error)
{
    prom_image_options pictures;
    const prom_files_batch batch = {files->input, &pictures, files->options->as_numbers};
    PROM_TRY(prom_batch_pictures(&pictures, files->options, error));
    PROM_TRY(prom_files_read_program(arena, program, files->program, error));
    PROM_TRY(prom_files_read_codes(arena, input, *program, &batch, error));
    if (!files->quiet) {
        prom_batch_tell(*program, input, files->input);
    }
    return prom_ok();
}

/* Exact powers of two and the like are told shortly, others with the digits that tell them apart from their like. */
static const char *number_text(char text[PROM_UNITS], double number)
{
    (void)snprintf(text, PROM_UNITS, "%.4g", number);
    return text;
}

void prom_batch_clamped_text(char text[PROM_BATCH_NOTE], const prom_program *program, size_t items, size_t clamped)
{
    const double scale = (double)program->input_scale;
    const uint64_t values = (uint64_t)items * program->input.count;
    char part[PROM_UNITS];
    char count[PROM_UNITS];
    char low[PROM_UNITS];
    char high[PROM_UNITS];
    (void)snprintf(text, PROM_BATCH_NOTE,
                   "%.3g %% of the input (%s of %s) lies beyond %s to %s, the range that the program was "
                   "calibrated for, and was clamped to it",
                   100 * (double)clamped / (double)values, prom_units_number(part, clamped),
                   prom_units_count(count, values, "value"), number_text(low, scale * program->input.range.low),
                   number_text(high, scale * program->input.range.high));
}

/* Whether a number and the integer that stands for it differ. */
static bool codes_differ(const prom_program *program)
{
    return program->input_scale != 1.0F || program->input_zero != 0;
}

void prom_batch_tell(const prom_program *program, const prom_files_codes *read, const char *path)
{
    char text[PROM_BATCH_NOTE];
    if (read->clamped > 0) {
        prom_batch_clamped_text(text, program, read->items, read->clamped);
        (void)fprintf(stderr, "prom: warning: %s: %s\n", path, text);
    }
    if (read->own && codes_differ(program)) {
        (void)fprintf(stderr,
                      "prom: note: %s holds integers, taken as the program's own: the integer %d is 0, and a step is "
                      "%.4g; with --float they are plain numbers, as they are for 'prom compile'\n",
                      path, program->input_zero, (double)program->input_scale);
    }
}
