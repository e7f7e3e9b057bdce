/* What pictures in SVG have in common: the page and its colours, boxes, lines and text. All lengths are whole pixels.
 * Text is escaped here, and nowhere else. */
#ifndef OUTLOOK_DRAWING_H
#define OUTLOOK_DRAWING_H

#include <stddef.h>
#include <stdio.h>

#include "prometheus/base/result.h"

/* The looks of boxes and lines of one class. */
typedef struct prom_drawing_look {
    const char *class;
    const char *stroke; /* a colour, also of the arrowhead */
    const char *fill;   /* of boxes */
    const char *width;  /* of the line */
} prom_drawing_look;

typedef struct prom_drawing_page {
    const char *title;
    const char *style; /* more CSS, with its line ends */
    const prom_drawing_look *looks;
    size_t look_count;
    int width;
    int height;
} prom_drawing_page;

/* Writes the beginning of a page: what is written next stands on white. Besides the looks it has the classes "title",
 * "note", "amount" (ends at x) and "wait" (in the middle of x) for text. */
void prom_drawing_begin(FILE *to, const prom_drawing_page *page);
/* Writes the end of the page. */
void prom_drawing_end(FILE *to);

typedef struct prom_drawing_box {
    int left;
    int top;
    int width;
    int height;
} prom_drawing_box;

/* Writes a box of this class. */
void prom_drawing_rect(FILE *to, const char *class, const prom_drawing_box *box);

/* Writes a line of text on the baseline y; `class`, which may be NULL, is one or more classes. */
PROM_PRINTF(5, 6)
void prom_drawing_text(FILE *to, const char *class, int x, int y, const char *format, ...);

/* Writes text as it stands in XML: what means something there escaped, control characters but line ends as question
 * marks. */
void prom_drawing_escaped(FILE *to, const char *text);

#endif
