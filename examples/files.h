/* What both examples do with files: read one whole, write one. */
#ifndef EXAMPLES_FILES_H
#define EXAMPLES_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* Reads the file. What `bytes` is then, the caller frees. False, and told on stderr, when it cannot be read. */
bool read_file(const char *path, void **bytes, size_t *length);

/* False, and told on stderr, when it cannot be written. */
bool write_file(const char *path, const void *bytes, size_t length);

#endif
