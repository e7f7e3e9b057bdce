/* A file that holds a secret in one line, readable by its owner only. */
#ifndef SYSTEM_SECRET_FILE_H
#define SYSTEM_SECRET_FILE_H

#include <stddef.h>

#include "prometheus/base/result.h"

#define PROM_SECRET_LINE_MAX 512U

/* Makes the file, which is on the disk when this succeeds. `what` is what it holds, for sentences: "a seed".
 * PROM_CATEGORY_BAD_INPUT when something has the name already: a secret is never replaced. PROM_CATEGORY_IO when it
 * cannot be written; nothing is left then. */
PROM_MUST_USE prom_result prom_secret_file_make(const char *path, const char *line, const char *what,
                                                prom_error *error);

/* Reads the line, without its end, to `line`, which has `room` bytes for it and its end. PROM_CATEGORY_BAD_INPUT when
 * there is no file, it is open to others, or it holds something else than one line; PROM_CATEGORY_IO. `line` is then
 * zeroed. */
PROM_MUST_USE prom_result prom_secret_file_read(char *line, size_t room, const char *path, const char *what,
                                                prom_error *error);

#endif
