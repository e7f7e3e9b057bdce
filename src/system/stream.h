/* Standard input and standard output as files, which "-" stands for. */
#ifndef SYSTEM_STREAM_H
#define SYSTEM_STREAM_H

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"

/* Returns whether the path is "-". */
bool prom_stream_is(const char *path);

/* Reads standard input to its end, at most `most` bytes. PROM_CATEGORY_BAD_INPUT when it is a terminal, empty or
 * longer, PROM_CATEGORY_IO when it cannot be read. */
PROM_MUST_USE prom_result prom_stream_read(prom_arena *arena, prom_span *content, size_t most, prom_error *error);

/* Reads an open pipe, which sentences call `name`, as prom_stream_read. */
PROM_MUST_USE prom_result prom_stream_read_pipe(prom_arena *arena, prom_span *content, int pipe, const char *name,
                                                size_t most, prom_error *error);

/* Writes to standard output. PROM_CATEGORY_BAD_INPUT when it is a terminal, which bytes that are no text would upset,
 * PROM_CATEGORY_IO when it cannot be written. */
PROM_MUST_USE prom_result prom_stream_write(prom_span content, prom_error *error);

#endif
