#include "scheme/replay_module.h"

#include "prometheus/crypto/merkle.h"
#include "scheme/mapping.h"

/* -- The worker's part -- */

static prom_result compute_all(prom_arena *arena, prom_node_result *results, const prom_mapping *mapping,
                               const prom_progress *progress, prom_error *error)
{
    PROM_SCOPED(prom_mapping_end) prom_mapping_session session = {0};
    const size_t given = mapping->module.limits.folds_alone ? mapping->items.count : 0;
    for (size_t i = 0; i < given; i++) {
        results[i] = prom_mapping_given(mapping, i);
    }
    PROM_TRY(prom_mapping_begin(&session, mapping, progress, error));
    return prom_mapping_compute(&session, arena, mapping, results, given, progress, error);
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
    prom_node_result *results = NULL;
    *delivery = (prom_delivery){.proof = prom_span_of(NULL, 0)};
    PROM_TRY_NEW(results, arena, nodes, error);
    PROM_TRY(compute_all(arena, results, job->mapping, progress, error));
    PROM_TRY(prom_sample_all(arena, &all, nodes, error));
    PROM_TRY(leaves_of(arena, &leaves, results, &all, error));
    PROM_TRY(prom_merkle_root(arena, root, leaves, nodes, error));
    return prom_results_write(arena, &delivery->output, results, nodes, error);
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

/* Folds of failed operands need no computing, nor do items of a program that folds alone: the output's shape has said
 * all of them. */
static bool is_computed(const prom_mapping *mapping, const prom_node_result *claimed, size_t node)
{
    return claimed[node].status != PROM_NODE_OPERAND &&
           !(mapping->module.limits.folds_alone && prom_mapping_fold(mapping, node) == NULL);
}

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
        if (is_computed(mapping, claimed, sample->positions[i])) {
            calls[count++] = prom_mapping_call(mapping, claimed, sample->positions[i]);
        }
    }
    PROM_TRY(prom_mapping_begin(&session, mapping, progress, error));
    PROM_TRY(prom_mapping_run(&session, arena, computed, calls, count, progress, error));
    count = 0;
    for (size_t i = 0; i < sample->count; i++) {
        const size_t node = sample->positions[i];
        const char *differs =
            is_computed(mapping, claimed, node) ? prom_mapping_difference(&claimed[node], &computed[count++]) : NULL;
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
