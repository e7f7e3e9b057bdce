/* Secrets that a person types, or keeps in a file. */
#ifndef CLI_SECRET_H
#define CLI_SECRET_H

#include <stddef.h>

#include "prometheus/base/result.h"

/* Reads a line to `line` of `room` bytes: from `file`, readable by its owner only, or where that is NULL from the
 * terminal, which does not show it, behind `prompt`. `twice`: and has it typed again. PROM_CATEGORY_BAD_INPUT when
 * there is neither file nor terminal, the line is empty or too long, or the two differ; `line` is then zeroed. */
PROM_MUST_USE prom_result prom_secret_ask(char *line, size_t room, const char *file, const char *prompt, bool twice,
                                          prom_error *error);

#endif
