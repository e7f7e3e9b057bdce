/* The nodes of a batch, level after level. */
#include "scheme/mapping.h"

/* A run is of some of the nodes; whoever waits counts all of them. */
struct counting {
    const prom_progress *progress;
    size_t before;
    size_t nodes;
};

static bool count_nodes(void *context, size_t done, size_t total)
{
    const struct counting *it = context;
    (void)total;
    return it->progress == NULL || it->progress->report(it->progress->context, it->before + done, it->nodes);
}

struct computing {
    const prom_mapping *mapping;
    const prom_mapping_session *session;
    prom_node_result *results;
    prom_module_call *calls; /* of one run, and where their results belong */
    size_t *nodes;
    prom_node_result *computed;
    struct counting counting;
};

static bool operands_are_good(const struct computing *it, const prom_module_fold *fold)
{
    return it->results[fold->left].status == PROM_NODE_OK && it->results[fold->right].status == PROM_NODE_OK;
}

/* Computes nodes that need none of each other. */
static prom_result compute(struct computing *it, prom_arena *arena, size_t first, size_t end, prom_error *error)
{
    const prom_progress progress = {count_nodes, &it->counting};
    size_t count = 0;
    for (size_t node = first; node < end; node++) {
        const prom_module_fold *fold = prom_mapping_fold(it->mapping, node);
        if (fold != NULL && !operands_are_good(it, fold)) {
            it->results[node] = (prom_node_result){.status = PROM_NODE_OPERAND};
            continue;
        }
        it->calls[count] = prom_mapping_call(it->mapping, it->results, node);
        it->nodes[count++] = node;
    }
    it->counting.before = end - count;
    PROM_TRY(prom_mapping_run(it->session, arena, it->computed, it->calls, count, &progress, error));
    for (size_t i = 0; i < count; i++) {
        it->results[it->nodes[i]] = it->computed[i];
    }
    return prom_ok();
}

/* All items, or folds as far as all operands lie before the first of them: a level at least. */
static size_t level_end(const prom_mapping *mapping, size_t first, size_t nodes)
{
    size_t end = first;
    if (first < mapping->items.count) {
        return mapping->items.count;
    }
    while (end < nodes && prom_mapping_fold(mapping, end)->left < first &&
           prom_mapping_fold(mapping, end)->right < first) {
        end++;
    }
    return end;
}

prom_result prom_mapping_compute(const prom_mapping_session *session, prom_arena *arena, const prom_mapping *mapping,
                                 prom_node_result *results, size_t first, const prom_progress *progress,
                                 prom_error *error)
{
    const uint32_t items = mapping->items.count;
    const size_t nodes = prom_module_nodes(items, mapping->module.limits.folds);
    struct computing it = {
        .mapping = mapping, .session = session, .results = results, .counting = {progress, 0, nodes}};
    PROM_TRY_NEW(it.calls, arena, items, error);
    PROM_TRY_NEW(it.nodes, arena, items, error);
    PROM_TRY_NEW(it.computed, arena, items, error);
    while (first < nodes) {
        const size_t end = level_end(mapping, first, nodes);
        if (end == first) {
            return prom_fail(error, PROM_CATEGORY_BROKEN, "fold %zu has an operand that comes after it", first);
        }
        PROM_TRY(compute(&it, arena, first, end, error));
        first = end;
    }
    return prom_ok();
}
