/* Where prom-wasm lies. */
#ifndef WASM_FIND_H
#define WASM_FIND_H

#include <stddef.h>

/* Writes the path of the program `name` that lies in the same folder as the running one, or, where there is none, on
 * `path`, folders with colons between them (NULL: none). Writes the first of these places where it lies nowhere.
 * Returns `found`. */
const char *prom_wasm_find(char *found, size_t size, const char *name, const char *path);

#endif
