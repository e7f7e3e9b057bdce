/* The page about a command, written from its entry in the table: as help for a terminal, in lines of its width from 40
 * to 80 characters (the environment's COLUMNS goes before it; 80 where the stream is no terminal), or as the source of
 * a man page. */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include <stdio.h>

#include "cli/command.h"

/* How one kind of page looks. Names of commands come without `prom` before them. */
typedef struct prom_page_format {
    void (*title)(FILE *stream, const char *command, const char *summary);
    /* One way to call it. `parts` is up to NULL; no line is broken inside a part. */
    void (*usage)(FILE *stream, const char *command, const char *const *parts, bool is_first);
    void (*heading)(FILE *stream, const char *title);
    void (*gap)(FILE *stream); /* between a paragraph and what comes before or behind it */
    void (*paragraph)(FILE *stream, const char *text);
    /* A term and its explanation, which begins in `column` where the lines are those of a terminal. */
    void (*item)(FILE *stream, const char *term, const char *text, size_t column);
    void (*examples)(FILE *stream, const char *const *lines); /* up to NULL */
    void (*end)(FILE *stream, const prom_path *path);
} prom_page_format;

extern const prom_page_format prom_page_help;
extern const prom_page_format prom_page_man; /* in scdoc's language */

/* Writes the page about the last command of the path. */
void prom_page_print(FILE *stream, const prom_path *path, const prom_page_format *format);

/* Writes "-o, --output FILE", "--json" or "FILE". Returns `text`. */
#define PROM_PAGE_TERM 80
const char *prom_page_term(char text[PROM_PAGE_TERM], const prom_parameter *parameter);

#endif
