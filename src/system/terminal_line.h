/* A line of a terminal that changes in its place, as where something stands. */
#ifndef SYSTEM_TERMINAL_LINE_H
#define SYSTEM_TERMINAL_LINE_H

#include <stdio.h>

#include "prometheus/base/result.h"

/* Writes the text, in ASCII, over the line that the cursor of the terminal behind `stream` is in. What is wider than
 * the terminal is left out: a line that is broken could not be written over. */
void prom_terminal_line(FILE *stream, const char *format, ...) PROM_PRINTF(2, 3);

/* Leaves the line empty, for what is told otherwise. */
void prom_terminal_line_end(FILE *stream);

#endif
