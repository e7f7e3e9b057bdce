/* Results of a module's nodes, as they are written and told. */
#ifndef PROM_RESULTS_TEXT_H
#define PROM_RESULTS_TEXT_H

#include <jansson.h>

#include "files/items.h"
#include "prometheus/module/module.h"

typedef struct prom_node_results {
    const prom_node_result *nodes;
    uint32_t count;
    const prom_module_limits *limits;
    const prom_items *items;         /* NULL: not known */
    const prom_items_origin *origin; /* NULL likewise */
} prom_node_results;

/* Gathers what the user wants of them: the last fold's result, or those of all items; `lines`: each of these with a
 * newline behind it. */
PROM_MUST_USE prom_result prom_results_gather(prom_arena *arena, prom_span *result, const prom_node_results *results,
                                              bool lines, prom_error *error);

/* Returns whether there is something to gather: the last fold has not failed, or of a program that does not fold not
 * every item. */
bool prom_results_any(const prom_node_results *results);
/* Returns why there is nothing. */
const char *prom_results_none_text(const prom_node_results *results);

/* Writes what a failed node met, "trap: division by zero", and of an item of so many bytes, whose memory may have been
 * too small for it, both sizes. Returns `text`. */
#define PROM_RESULT_REASON 160
const char *prom_result_reason(char text[PROM_RESULT_REASON], const prom_node_result *result, bool item, size_t length,
                               const prom_module_limits *limits);

/* Tells on standard error of the first that failed, "item 3 (book.txt, line 4): trap: division by zero", and how many
 * others did. */
void prom_results_print_failures(const prom_node_results *results);
/* Lists all that failed; NULL when memory ran out. */
json_t *prom_results_failures_json(const prom_node_results *results);

#endif
