#include "scheme/replay_module.h"

#include "prometheus/crypto/merkle.h"
#include "scheme/mapping.h"

static prom_module_call call_of(const prom_mapping *mapping, const prom_node_result *results, size_t node)
{
    const prom_module_fold *fold = prom_mapping_fold(mapping, node);
    return fold == NULL ? (prom_module_call){.first = mapping->items.list[node]}
                        : (prom_module_call){true, results[fold->left].bytes, results[fold->right].bytes};
}

/* -- The worker's part -- */

/* A run is of some of the nodes; whoever waits counts all of them. */
struct part {
    const prom_progress *progress;
    size_t before;
    size_t nodes;
};

static bool report_part(void *context, size_t done, size_t total)
{
    const struct part *part = context;
    (void)total;
    return part->progress == NULL || part->progress->report(part->progress->context, part->before + done, part->nodes);
}

struct delivering {
    const prom_mapping *mapping;
    prom_mapping_session session;
    prom_node_result *results;
    prom_module_call *calls; /* of one run, and where their results belong */
    size_t *nodes;
    prom_node_result *computed;
    struct part part;
};

static bool operands_are_good(const struct delivering *it, const prom_module_fold *fold)
{
    return it->results[fold->left].status == PROM_NODE_OK && it->results[fold->right].status == PROM_NODE_OK;
}

/* Computes nodes that need none of each other. */
static prom_result compute(struct delivering *it, prom_arena *arena, size_t first, size_t end, prom_error *error)
{
    const prom_progress progress = {report_part, &it->part};
    size_t count = 0;
    for (size_t node = first; node < end; node++) {
        const prom_module_fold *fold = prom_mapping_fold(it->mapping, node);
        if (fold != NULL && !operands_are_good(it, fold)) {
            it->results[node] = (prom_node_result){.status = PROM_NODE_OPERAND};
            continue;
        }
        it->calls[count] = call_of(it->mapping, it->results, node);
        it->nodes[count++] = node;
    }
    it->part.before = end - count;
    PROM_TRY(prom_mapping_run(&it->session, arena, it->computed, it->calls, count, &progress, error));
    for (size_t i = 0; i < count; i++) {
        it->results[it->nodes[i]] = it->computed[i];
    }
    return prom_ok();
}

/* Folds as far as all operands lie before the first of them: a level at least. */
static size_t level_end(const prom_mapping *mapping, size_t first, size_t nodes)
{
    size_t end = first;
    while (end < nodes && prom_mapping_fold(mapping, end)->left < first &&
           prom_mapping_fold(mapping, end)->right < first) {
        end++;
    }
    return end;
}

static prom_result compute_all(struct delivering *it, prom_arena *arena, prom_error *error)
{
    const size_t nodes = it->part.nodes;
    PROM_TRY(compute(it, arena, 0, it->mapping->items.count, error));
    for (size_t first = it->mapping->items.count; first < nodes;) {
        const size_t end = level_end(it->mapping, first, nodes);
        if (end == first) {
            return prom_fail(error, PROM_CATEGORY_BROKEN, "fold %zu has an operand that comes after it", first);
        }
        PROM_TRY(compute(it, arena, first, end, error));
        first = end;
    }
    return prom_ok();
}

static prom_result leaves_of(prom_arena *arena, prom_bytes32 **leaves, const prom_node_result *results,
                             const prom_sample *nodes, prom_error *error)
{
    PROM_TRY_NEW(*leaves, arena, nodes->count, error);
    for (size_t i = 0; i < nodes->count; i++) {
        PROM_TRY(prom_results_leaf(arena, &(*leaves)[i], &results[nodes->positions[i]], error));
    }
    return prom_ok();
}

prom_result prom_replay_module_deliver(prom_arena *arena, prom_delivery *delivery, prom_bytes32 *root,
                                       const prom_scheme_job *job, const prom_progress *progress, prom_error *error)
{
    const uint32_t nodes = job->named.items;
    prom_bytes32 *leaves = NULL;
    prom_sample all;
    struct delivering it = {.mapping = job->mapping, .part = {progress, 0, nodes}};
    *delivery = (prom_delivery){.proof = prom_span_of(NULL, 0)};
    PROM_TRY_NEW(it.results, arena, nodes, error);
    PROM_TRY_NEW(it.calls, arena, job->mapping->items.count, error);
    PROM_TRY_NEW(it.nodes, arena, job->mapping->items.count, error);
    PROM_TRY_NEW(it.computed, arena, job->mapping->items.count, error);
    PROM_TRY(prom_mapping_begin(&it.session, job->mapping, progress, error));
    const prom_result computed = compute_all(&it, arena, error);
    prom_mapping_end(&it.session);
    PROM_TRY(computed);
    PROM_TRY(prom_sample_all(arena, &all, nodes, error));
    PROM_TRY(leaves_of(arena, &leaves, it.results, &all, error));
    PROM_TRY(prom_merkle_root(arena, root, leaves, nodes, error));
    return prom_results_write(arena, &delivery->output, it.results, nodes, error);
}

/* What is opened for a sample: its nodes, the operands of its folds, as they are what these are computed from, and the
 * last node, which is what the client buys. */
static prom_result opened_nodes(prom_arena *arena, prom_sample *opened, const prom_scheme_job *job,
                                const prom_sample *sample, prom_error *error)
{
    const uint32_t nodes = job->named.items;
    bool *is_opened = NULL;
    size_t *positions = NULL;
    size_t count = 0;
    PROM_TRY_NEW(is_opened, arena, nodes, error);
    PROM_TRY_NEW(positions, arena, nodes, error);
    is_opened[nodes - 1] = job->mapping->module.limits.folds;
    for (size_t i = 0; i < sample->count; i++) {
        const size_t node = sample->positions[i];
        const prom_module_fold *fold = prom_mapping_fold(job->mapping, node);
        is_opened[node] = true;
        if (fold != NULL) {
            is_opened[fold->left] = true;
            is_opened[fold->right] = true;
        }
    }
    for (size_t node = 0; node < nodes; node++) {
        if (is_opened[node]) {
            positions[count++] = node;
        }
    }
    *opened = (prom_sample){positions, count};
    return prom_ok();
}

prom_result prom_replay_module_open_sample(prom_arena *arena, prom_span *proof, const prom_scheme_job *job,
                                           prom_span output, const prom_sample *sample, prom_error *error)
{
    const prom_node_result *results = NULL;
    prom_bytes32 *leaves = NULL;
    prom_sample all;
    prom_sample opened;
    PROM_TRY(prom_mapping_read_output(arena, &results, job, output, error));
    PROM_TRY(prom_sample_all(arena, &all, job->named.items, error));
    PROM_TRY(leaves_of(arena, &leaves, results, &all, error));
    PROM_TRY(opened_nodes(arena, &opened, job, sample, error));
    return prom_merkle_open(arena, proof, leaves, all.count, opened.positions, opened.count, error);
}

/* -- Whoever verifies -- */

static prom_result check_root(prom_arena *arena, const prom_scheme_job *job, const prom_node_result *claimed,
                              const prom_bytes32 *root, prom_span proof, const prom_sample *sample, prom_error *error)
{
    prom_bytes32 *leaves = NULL;
    prom_sample opened;
    PROM_TRY(opened_nodes(arena, &opened, job, sample, error));
    PROM_TRY(leaves_of(arena, &leaves, claimed, &opened, error));
    const prom_merkle_items items = {
        .count = job->named.items, .positions = opened.positions, .leaves = leaves, .position_count = opened.count};
    return prom_blame_peer(prom_merkle_verify(arena, root, &items, proof, error));
}

/* What two results of a node differ in, or NULL. */
static const char *difference(const prom_node_result *a, const prom_node_result *b)
{
    return a->status != b->status                 ? "another status"
           : a->trap != b->trap                   ? "another trap"
           : a->fuel != b->fuel                   ? "other fuel"
           : !prom_span_equal(a->bytes, b->bytes) ? "other bytes"
                                                  : NULL;
}

/* Folds of failed operands need no computing, as the output's shape says all of them. */
static prom_result compute_again(prom_arena *arena, const prom_scheme_job *job, const prom_node_result *claimed,
                                 const prom_sample *sample, const prom_progress *progress, prom_error *error)
{
    const prom_mapping *mapping = job->mapping;
    PROM_SCOPED(prom_mapping_end) prom_mapping_session session = {0};
    prom_module_call *calls = NULL;
    prom_node_result *computed = NULL;
    size_t count = 0;
    PROM_TRY_NEW(calls, arena, sample->count, error);
    PROM_TRY_NEW(computed, arena, sample->count, error);
    for (size_t i = 0; i < sample->count; i++) {
        if (claimed[sample->positions[i]].status != PROM_NODE_OPERAND) {
            calls[count++] = call_of(mapping, claimed, sample->positions[i]);
        }
    }
    PROM_TRY(prom_mapping_begin(&session, mapping, progress, error));
    PROM_TRY(prom_mapping_run(&session, arena, computed, calls, count, progress, error));
    count = 0;
    for (size_t i = 0; i < sample->count; i++) {
        const size_t node = sample->positions[i];
        const char *differs =
            claimed[node].status == PROM_NODE_OPERAND ? NULL : difference(&claimed[node], &computed[count++]);
        if (differs != NULL) {
            return prom_fail(error, PROM_CATEGORY_PEER, "%s %zu has %s than the program computes",
                             prom_mapping_node_name(mapping, node), node, differs);
        }
    }
    return prom_ok();
}

prom_result prom_replay_module_verify(prom_arena *arena, const prom_scheme_job *job, const prom_delivery *delivery,
                                      const prom_bytes32 *root, const prom_sample *sample,
                                      const prom_progress *progress, prom_error *error)
{
    const prom_node_result *claimed = NULL;
    PROM_TRY(prom_mapping_read_output(arena, &claimed, job, delivery->output, error));
    PROM_TRY(check_root(arena, job, claimed, root, delivery->proof, sample, error));
    return compute_again(arena, job, claimed, sample, progress, error);
}
