/* What all files have in common that somebody gives. */
#ifndef FILES_BYTES_H
#define FILES_BYTES_H

#include "system/file.h"

/* Reads a file as prom_file_read_part, whole or not at all. PROM_CATEGORY_BAD_INPUT also when it is empty. */
PROM_MUST_USE prom_result prom_files_read_bytes(prom_arena *arena, prom_span *file, const char *path,
                                                const prom_file_limit *limit, prom_error *error);

#endif
