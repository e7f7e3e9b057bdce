#include "prom/results_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/units.h"
#include "files/results.h"

enum { FAILURES_TOLD = 5 };

prom_result prom_results_gather(prom_arena *arena, prom_span *result, const prom_node_results *results, bool lines,
                                prom_error *error)
{
    const prom_gathering what = {.folds = results->limits->folds, .lines = lines};
    return prom_files_gather(arena, result, results->nodes, results->count, &what, error);
}

bool prom_results_any(const prom_node_results *results)
{
    for (uint32_t i = results->limits->folds ? results->count - 1 : 0; i < results->count; i++) {
        if (results->nodes[i].status == PROM_NODE_OK) {
            return true;
        }
    }
    return false;
}

const char *prom_results_none_text(const prom_node_results *results)
{
    return results->limits->folds ? "the last fold failed, so there is no result"
                                  : "all items failed, so there is no result";
}

/* What it means, and which limit of 'prom program make' it met. */
static const char *meaning_of(const prom_node_result *result, bool item)
{
    switch (result->status) {
    case PROM_NODE_FUEL:
        return item ? "it takes more than --fuel allows" : "it takes more than --fold-fuel allows";
    case PROM_NODE_DEPTH:
        return "its calls are nested too deeply";
    case PROM_NODE_SHAPE:
        return "a place or a result is not in the module's memory";
    case PROM_NODE_LONG:
        return item ? "its result is longer than --result-bytes allows"
                    : "its result is longer than --fold-bytes allows";
    case PROM_NODE_OPERAND:
        return "an operand of it failed";
    case PROM_NODE_TRAP:
        return prom_node_trap_name(result->trap);
    case PROM_NODE_OK:
        break;
    }
    return "";
}

const char *prom_result_reason(char text[PROM_RESULT_REASON], const prom_node_result *result, bool item, size_t length,
                               const prom_module_limits *limits)
{
    const uint64_t memory = (uint64_t)limits->pages * PROM_MODULE_PAGE;
    char size[PROM_UNITS];
    char most[PROM_UNITS];
    /* A module that has no place for its item traps, or names one beyond its memory. */
    const bool tight =
        item && length > memory / 2 && (result->status == PROM_NODE_TRAP || result->status == PROM_NODE_SHAPE);
    const int written =
        snprintf(text, PROM_RESULT_REASON, "%s: %s", prom_node_status_name(result->status), meaning_of(result, item));
    if (tight && written > 0 && written < PROM_RESULT_REASON) {
        (void)snprintf(text + written, (size_t)(PROM_RESULT_REASON - written),
                       "; the item has %s, and --memory allows %s", prom_units_bytes(size, length),
                       prom_units_bytes(most, memory));
    }
    return text;
}

static uint32_t items_of(const prom_node_results *results)
{
    return results->limits->folds ? results->count / 2 + 1 : results->count;
}

/* Folds have the numbers of their nodes (docs/programs.md), as everywhere. */
static void print_failure(const prom_node_results *results, uint32_t node)
{
    char why[PROM_RESULT_REASON];
    char place[PROM_ITEMS_PLACE] = "";
    const bool item = node < items_of(results);
    const size_t length = item && results->items != NULL ? results->items->list[node].length : 0;
    if (item && results->origin != NULL) {
        (void)prom_items_place(place, results->origin, node);
    }
    (void)fprintf(stderr, "%s %" PRIu32 "%s%s%s: %s\n", item ? "item" : "fold", node, place[0] != '\0' ? " (" : "",
                  place, place[0] != '\0' ? ")" : "",
                  prom_result_reason(why, &results->nodes[node], item, length, results->limits));
}

void prom_results_print_failures(const prom_node_results *results)
{
    uint32_t failed = 0;
    for (uint32_t i = 0; i < results->count; i++) {
        if (results->nodes[i].status != PROM_NODE_OK && failed++ < FAILURES_TOLD) {
            print_failure(results, i);
        }
    }
    if (failed > FAILURES_TOLD) {
        char more[PROM_UNITS];
        (void)fprintf(stderr, "... and %s more failed\n", prom_units_number(more, failed - FAILURES_TOLD));
    }
}

json_t *prom_results_failures_json(const prom_node_results *results)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < results->count; i++) {
        const prom_node_result *result = &results->nodes[i];
        const bool item = i < items_of(results) && results->origin != NULL;
        uint32_t number = 0;
        const char *file = item ? prom_items_file_of(results->origin, i, &number) : NULL;
        if (result->status != PROM_NODE_OK) {
            (void)json_array_append_new(
                list, json_pack("{s:I, s:s, s:s?, s:s?, s:o}",                                                       //
                                "node", (json_int_t)i,                                                               //
                                "status", prom_node_status_name(result->status),                                     //
                                "trap", result->status == PROM_NODE_TRAP ? prom_node_trap_name(result->trap) : NULL, //
                                "file", file,                                                                        //
                                "number", file != NULL ? json_integer((json_int_t)number) : json_null()));
        }
    }
    return list;
}
