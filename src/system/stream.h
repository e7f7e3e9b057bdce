/* Standard input and standard output as files, which "-" stands for. */
#ifndef SYSTEM_STREAM_H
#define SYSTEM_STREAM_H

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"
#include "system/file.h"

/* Returns whether the path is "-". */
bool prom_stream_is(const char *path);

/* Reads standard input as far as the limit allows, and writes to `most` how far that is. `read` is how many bytes were
 * read, one more than `most` where there are more; `content` has at most `most`. PROM_CATEGORY_BAD_INPUT when it is a
 * terminal or empty, PROM_CATEGORY_IO when it cannot be read; what the limit fails with. */
PROM_MUST_USE prom_result prom_stream_read(prom_arena *arena, prom_span *content, size_t *read, size_t *most,
                                           const prom_file_limit *limit, prom_error *error);

/* An open pipe, which sentences call `name`, and where to write how far it is read. */
typedef struct prom_pipe {
    int file;
    const char *name;
    size_t *most;
} prom_pipe;

/* Reads a pipe, as prom_stream_read does. */
PROM_MUST_USE prom_result prom_stream_read_pipe(prom_arena *arena, prom_span *content, size_t *read,
                                                const prom_pipe *pipe, const prom_file_limit *limit, prom_error *error);

/* Writes to standard output. PROM_CATEGORY_BAD_INPUT when it is a terminal, which bytes that are no text would upset,
 * PROM_CATEGORY_IO when it cannot be written. */
PROM_MUST_USE prom_result prom_stream_write(prom_span content, prom_error *error);

#endif
