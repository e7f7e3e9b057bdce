/* What an owner brings to a job whose program is a module, and what comes of it. */
#ifndef PROM_JOB_MODULE_H
#define PROM_JOB_MODULE_H

#include "cli/command.h"
#include "files/items.h"
#include "prometheus/module/module.h"

/* Reads the items of files or folders, as `kind` (of PROM_ITEMS_KINDS; NULL: files) says what an item is, and writes
 * their canonical bytes. PROM_CATEGORY_BAD_INPUT names what cannot be used. */
PROM_MUST_USE prom_result prom_job_module_items(prom_arena *arena, prom_span *bytes, prom_items *items,
                                                prom_items_origin *origin, const prom_texts *inputs, const char *kind,
                                                prom_error *error);

/* The files that an output goes to; one that is NULL is not written. */
typedef struct prom_module_outputs {
    const char *result;              /* the last fold's result, or those of all items */
    bool lines;                      /* each of these with a newline */
    const char *results;             /* of all nodes, in canonical bytes */
    const prom_items_origin *origin; /* where items come from; NULL: not known */
} prom_module_outputs;

/* Writes an output as 'prom program run' does, and writes to `written` whether there was a result to write. Tells on
 * standard error what failed. PROM_CATEGORY_BROKEN when `output` is none. */
PROM_MUST_USE prom_result prom_job_module_write(const prom_module_outputs *to, bool *written, prom_span program,
                                                prom_span output, prom_error *error);

#endif
