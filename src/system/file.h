/* Whole files. */
#ifndef SYSTEM_FILE_H
#define SYSTEM_FILE_H

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"

/* Reads a regular file of at most `most` bytes. PROM_CATEGORY_BAD_INPUT, naming the file, when there is none,
 * it cannot be read, or it is larger. */
PROM_MUST_USE prom_result prom_file_read(prom_arena *arena, prom_span *content, const char *path, size_t most,
                                         prom_error *error);

/* Fails with PROM_CATEGORY_BAD_INPUT when `output` is one of the files or folders that the command reads, by whatever
 * name; each may be NULL. */
PROM_MUST_USE prom_result prom_file_check_output(const char *output, const char *const *inputs, size_t count,
                                                 prom_error *error);

/* Replaces the file: its old content stays until the new one is on the disk. PROM_CATEGORY_IO when that fails,
 * PROM_CATEGORY_BAD_INPUT when something else than a file has the name. */
PROM_MUST_USE prom_result prom_file_write(const char *path, prom_span content, prom_error *error);

#endif
