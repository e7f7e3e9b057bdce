/* Names out of a stranger's file, before they reach a terminal. */
#ifndef BASE_PRINTABLE_H
#define BASE_PRINTABLE_H

#include <stddef.h>

/* As much of the `length` characters at `name` as fits `size` bytes, with '?' for all that is not printable ASCII.
 * Returns `text`. */
const char *prom_printable(char *text, size_t size, const char *name, size_t length);

#endif
