/* What is behind a model's handle, and what the functions of prometheus/api/model.h have in common. */
#ifndef API_HANDLE_H
#define API_HANDLE_H

#include "prometheus/api/model.h"
#include "prometheus/base/arena.h"
#include "prometheus/program/program.h"
#include "quantise/warnings.h"

#define PROM_API_MEMORY_ALL ((size_t)1 << 46) /* bytes: more than a machine has */

struct prom_model {
    prom_arena arena;
    const prom_program *program;
    struct runner *runner;
    const char *note;                       /* see prom_model_note */
    const prom_fidelity_warnings *warnings; /* of the compilation, or NULL */
};

static inline const prom_model_options *prom_api_options(const prom_model_options *options)
{
    static const prom_model_options defaults;
    return options != NULL ? options : &defaults;
}

static inline size_t prom_api_memory(const prom_model_options *options)
{
    return options->memory_max != 0 ? options->memory_max : PROM_API_MEMORY_ALL;
}

static inline const prom_progress *prom_api_progress(const prom_model_options *options)
{
    return options->progress.report != NULL ? &options->progress : NULL;
}

static inline prom_result prom_api_check_items(size_t items, prom_error *error)
{
    return items > 0 ? prom_ok() : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "there are no items");
}

/* Tells the prom_progress that `context` is of hundredths of what a room counts. */
static inline bool prom_api_report_items(void *context, size_t items_done, size_t items)
{
    const prom_progress *whole = context;
    enum { HUNDREDTHS = 100 };
    return whole->report(whole->context, HUNDREDTHS * items_done / items, HUNDREDTHS);
}

#endif
