/* What an owner brings to a job whose program is a module, and what comes of it. */
#ifndef PROM_JOB_MODULE_H
#define PROM_JOB_MODULE_H

#include "cli/command.h"
#include "prometheus/module/module.h"

/* Reads the items of `count` files or folders, as `kind` (of PROM_ITEMS_KINDS; NULL: files) says what an item is, and
 * writes their canonical bytes. PROM_CATEGORY_BAD_INPUT names what cannot be used. */
PROM_MUST_USE prom_result prom_job_module_items(prom_arena *arena, prom_span *bytes, uint32_t *items,
                                                const prom_texts *inputs, const char *kind, prom_error *error);

/* Writes an output as 'prom program run' does: the last fold's result, or those of all items; `lines`: each of these
 * with a newline. Tells on standard error what failed. PROM_CATEGORY_BROKEN when `output` is none. */
PROM_MUST_USE prom_result prom_job_module_write(const char *to, prom_span program, prom_span output, bool lines,
                                                prom_error *error);

#endif
