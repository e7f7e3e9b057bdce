#include "scheme/mapping.h"

#include <inttypes.h>

#include "base/units.h"

#include "prometheus/scheme/delivery.h"
#include "scheme/scheme.h"

/* -- Sizes -- */

enum { OUTPUT_HEAD = 4, NODE_HEAD = 1 + 1 + 8 + 4 };

/* Of memory, for each node: its call, its result, its leaf, and those of the levels of the tree above it. */
enum { NODE_MEMORY = sizeof(prom_module_call) + sizeof(prom_node_result) + 4 * sizeof(prom_bytes32) };
enum { OUTPUT_COPIES = 2 /* of results: as the runner gives them, and as they are written */ };

static prom_result items_of(uint32_t *items, const prom_module *module, uint32_t nodes, prom_error *error)
{
    *items = module->limits.folds ? nodes / 2 + 1 : nodes;
    const uint32_t fewest = module->limits.folds_alone ? 2 : 1;
    return *items >= fewest && *items <= PROM_MODULE_ITEMS_MAX &&
                   prom_module_nodes(*items, module->limits.folds) == nodes
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "no batch of this program has %" PRIu32 " items%s", nodes,
                           module->limits.folds ? " and folds together" : "");
}

/* The most bytes of an item's result: where it folds alone, that is the item. */
static uint32_t item_bytes(const prom_module_limits *limits)
{
    return limits->folds_alone ? limits->fold_bytes : limits->result_bytes;
}

/* No product here comes near 2^64. */
prom_result prom_mapping_size(prom_scheme_size *size, const prom_module *module, uint32_t nodes, prom_error *error)
{
    const prom_module_limits *limits = &module->limits;
    uint32_t items = 0;
    char package[PROM_UNITS];
    *size = (prom_scheme_size){0};
    PROM_TRY(items_of(&items, module, nodes, error));
    const uint64_t results = (uint64_t)items * item_bytes(limits) + (uint64_t)(nodes - items) * limits->fold_bytes;
    const uint64_t output = OUTPUT_HEAD + (uint64_t)nodes * NODE_HEAD + results;
    /* No opening has a hash for more than every other node, rounded up: each stands for a subtree beside one in which
     * something is opened. */
    const uint64_t openings = ((uint64_t)nodes + 1) / 2 * sizeof(prom_bytes32);
    size->delivery_bytes = output + openings;
    size->proving_bytes =
        OUTPUT_COPIES * output + (uint64_t)nodes * NODE_MEMORY + (uint64_t)limits->pages * PROM_MODULE_PAGE;
    if (prom_delivery_package_bytes(size->delivery_bytes) <= PROM_PAYLOAD_MAX) {
        return prom_ok();
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "the results may make a package of %s, and one has 1 GiB at most: split the batch, or make the "
                     "program with a smaller --result-bytes or --fold-bytes",
                     prom_units_bytes(package, prom_delivery_package_bytes(size->delivery_bytes)));
}

/* -- Jobs -- */

static prom_result check_runner(const prom_runner *runner, prom_error *error)
{
    return runner != NULL
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_IO, "its program is a module, and nothing here runs modules");
}

/* That it can be run, with room to spare, is to be known before anything is signed. */
static prom_result try_module(const prom_mapping *mapping, const prom_progress *progress, prom_error *error)
{
    const prom_runner *runner = mapping->runner;
    PROM_TRY(check_runner(runner, error));
    return runner->check(runner, &mapping->module, progress, error);
}

/* Where it folds alone, items are what it may fold. */
static prom_result check_items(const prom_mapping *mapping, prom_error *error)
{
    const prom_module_limits *limits = &mapping->module.limits;
    for (size_t i = 0; limits->folds_alone && i < mapping->items.count; i++) {
        if (mapping->items.list[i].length > limits->fold_bytes) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "item %zu has %zu bytes, and a program that folds alone with results of %" PRIu32
                             " bytes takes no longer ones",
                             i, mapping->items.list[i].length, limits->fold_bytes);
        }
    }
    return prom_ok();
}

prom_result prom_mapping_open(prom_arena *arena, prom_scheme_job **job, const prom_scheme *scheme,
                              const prom_job_bytes *bytes, prom_error *error)
{
    prom_mapping *mapping = NULL;
    prom_scheme_job *opened = NULL;
    *job = NULL;
    PROM_TRY_NEW(mapping, arena, 1, error);
    PROM_TRY_NEW(opened, arena, 1, error);
    PROM_TRY(prom_module_read(&mapping->module, bytes->program, error));
    PROM_TRY(prom_items_read(arena, &mapping->items, bytes->input, error));
    PROM_TRY(check_items(mapping, error));
    const bool folds = mapping->module.limits.folds;
    if (folds) {
        PROM_TRY(prom_module_folds(arena, &mapping->folds, mapping->items.count, error));
    }
    mapping->runner = bytes->runner;
    opened->named.program_digest = mapping->module.digest;
    opened->named.items = prom_module_nodes(mapping->items.count, folds);
    opened->fuel = prom_module_fuel(&mapping->module.limits, opened->named.items);
    opened->program.module = &mapping->module;
    opened->mapping = mapping;
    PROM_TRY(prom_scheme_job_complete(arena, opened, scheme, bytes, error));
    PROM_TRY(bytes->tried ? prom_ok() : try_module(mapping, bytes->progress, error));
    *job = opened;
    return prom_ok();
}

const prom_module_fold *prom_mapping_fold(const prom_mapping *mapping, size_t node)
{
    return node < mapping->items.count ? NULL : &mapping->folds[node - mapping->items.count];
}

const char *prom_mapping_node_name(const prom_mapping *mapping, size_t node)
{
    return prom_mapping_fold(mapping, node) == NULL ? "item" : "fold";
}

prom_node_result prom_mapping_given(const prom_mapping *mapping, size_t item)
{
    return (prom_node_result){.status = PROM_NODE_OK, .bytes = mapping->items.list[item]};
}

/* -- Outputs -- */

const char *prom_mapping_difference(const prom_node_result *a, const prom_node_result *b)
{
    return a->status != b->status                 ? "another status"
           : a->trap != b->trap                   ? "another trap"
           : a->fuel != b->fuel                   ? "other fuel"
           : !prom_span_equal(a->bytes, b->bytes) ? "other bytes"
                                                  : NULL;
}

/* An item of a program that folds alone is its own result. */
static prom_result check_given(const prom_mapping *mapping, const prom_node_result *results, size_t item,
                               prom_error *error)
{
    const prom_node_result given = prom_mapping_given(mapping, item);
    const char *differs = prom_mapping_difference(&results[item], &given);
    return differs == NULL
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_PEER,
                           "item %zu has %s than the input, and this program folds it as it is", item, differs);
}

/* What can be seen of any node without computing it. */
static prom_result check_result(const prom_mapping *mapping, const prom_node_result *results, size_t node,
                                prom_error *error)
{
    const prom_module_limits *limits = &mapping->module.limits;
    const prom_module_fold *fold = prom_mapping_fold(mapping, node);
    const prom_node_result *it = &results[node];
    const uint64_t fuel = fold == NULL ? limits->fuel : limits->fold_fuel;
    const uint32_t bytes = fold == NULL ? item_bytes(limits) : limits->fold_bytes;
    if (fold == NULL && limits->folds_alone) {
        return check_given(mapping, results, node, error);
    }
    const bool operand_failed =
        fold != NULL && (results[fold->left].status != PROM_NODE_OK || results[fold->right].status != PROM_NODE_OK);
    if (it->bytes.length > bytes) {
        return prom_fail(error, PROM_CATEGORY_PEER, "%s %zu has %zu bytes; the program allows %" PRIu32,
                         prom_mapping_node_name(mapping, node), node, it->bytes.length, bytes);
    }
    if (it->fuel > fuel) {
        return prom_fail(error, PROM_CATEGORY_PEER, "%s %zu took %" PRIu64 " of fuel; the program allows %" PRIu64,
                         prom_mapping_node_name(mapping, node), node, it->fuel, fuel);
    }
    if ((it->status == PROM_NODE_OPERAND) != operand_failed) {
        return prom_fail(error, PROM_CATEGORY_PEER, "%s %zu has status '%s', and %s",
                         prom_mapping_node_name(mapping, node), node, prom_node_status_name(it->status),
                         operand_failed ? "an operand of it has failed" : "no operand of it has failed");
    }
    return prom_ok();
}

prom_result prom_mapping_read_output(prom_arena *arena, const prom_node_result **results, const prom_scheme_job *job,
                                     prom_span output, prom_error *error)
{
    uint32_t count = 0;
    PROM_TRY(prom_blame_peer(prom_results_read(arena, results, &count, output, error)));
    if (count != job->named.items) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "the output has the results of %" PRIu32 " nodes; the job has %" PRIu32, count,
                         job->named.items);
    }
    for (size_t node = 0; node < count; node++) {
        PROM_TRY(check_result(job->mapping, *results, node, error));
    }
    return prom_ok();
}

/* -- Running -- */

/* A runner has no peer, and the job it could not run it has opened before. */
static prom_result our_own(prom_result result)
{
    const prom_result broken = {PROM_CATEGORY_BROKEN};
    return result.category == PROM_CATEGORY_PEER || result.category == PROM_CATEGORY_BAD_INPUT ? broken : result;
}

prom_result prom_mapping_begin(prom_mapping_session *session, const prom_mapping *mapping,
                               const prom_progress *progress, prom_error *error)
{
    *session = (prom_mapping_session){.session = NULL};
    PROM_TRY(check_runner(mapping->runner, error));
    session->runner = mapping->runner;
    return our_own(mapping->runner->open(mapping->runner, &session->session, &mapping->module, progress, error));
}

prom_result prom_mapping_run(const prom_mapping_session *session, prom_arena *arena, prom_node_result *results,
                             const prom_module_call *calls, size_t count, const prom_progress *progress,
                             prom_error *error)
{
    return count == 0 ? prom_ok()
                      : our_own(session->runner->run(session->session, arena, results, calls, count, progress, error));
}

prom_module_call prom_mapping_call(const prom_mapping *mapping, const prom_node_result *results, size_t node)
{
    const prom_module_fold *fold = prom_mapping_fold(mapping, node);
    return fold == NULL ? (prom_module_call){.first = mapping->items.list[node]}
                        : (prom_module_call){true, results[fold->left].bytes, results[fold->right].bytes};
}

void prom_mapping_end(prom_mapping_session *session)
{
    if (session->runner != NULL) {
        session->runner->close(session->session);
        *session = (prom_mapping_session){.session = NULL};
    }
}
