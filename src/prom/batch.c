#include "prom/batch.h"

#include <stdio.h>

#include "base/units.h"

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
    char count[PROM_UNITS];
    char least[PROM_UNITS];
    char most[PROM_UNITS];
    (void)snprintf(text, PROM_BATCH_NOTE,
                   "%.3g %% of the input (%zu of %s) lies beyond %s to %s, the range that the program was "
                   "calibrated for, and was clamped to it",
                   100 * (double)clamped / (double)values, clamped, prom_units_count(count, values, "value"),
                   number_text(least, scale * program->input.range.low),
                   number_text(most, scale * program->input.range.high));
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
