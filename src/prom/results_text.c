#include "prom/results_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/units.h"

enum { FAILURES_TOLD = 5 };

prom_result prom_results_gather(prom_arena *arena, prom_span *result, const prom_node_results *results, bool lines,
                                prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    for (uint32_t i = results->folds ? results->count - 1 : 0; i < results->count; i++) {
        prom_write_span(&writer, results->nodes[i].bytes);
        if (!results->folds && lines) {
            prom_write_u8(&writer, '\n');
        }
    }
    return prom_writer_finish(&writer, result, error);
}

/* What it means, and which limit of 'prom program make' it met. */
static const char *reason_of(prom_node_status status, bool item)
{
    switch (status) {
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
    case PROM_NODE_OK:
    case PROM_NODE_TRAP:
        break;
    }
    return "";
}

/* Folds have the numbers of their nodes (docs/programs.md), as everywhere. */
static void print_failure(const prom_node_results *results, uint32_t node)
{
    const prom_node_result *result = &results->nodes[node];
    const uint32_t items = results->folds ? results->count / 2 + 1 : results->count;
    const bool trap = result->status == PROM_NODE_TRAP;
    (void)fprintf(stderr, "%s %" PRIu32 ": %s: %s\n", node < items ? "item" : "fold", node,
                  prom_node_status_name(result->status),
                  trap ? prom_node_trap_name(result->trap) : reason_of(result->status, node < items));
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
