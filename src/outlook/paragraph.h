/* Text in lines of at most 80 columns. */
#ifndef OUTLOOK_PARAGRAPH_H
#define OUTLOOK_PARAGRAPH_H

#include "prometheus/base/result.h"

#define PROM_PARAGRAPH_WIDTH 80
#define PROM_PARAGRAPH_MAX 2048

/* Prints the text, broken at blanks, the first line as it begins and the others behind `indent` blanks. '~' stands for
 * a blank at which no line ends. */
PROM_PRINTF(2, 3) void prom_paragraph(int indent, const char *format, ...);

#endif
