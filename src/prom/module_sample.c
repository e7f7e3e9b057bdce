#include "prom/module_sample.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/units.h"
#include "prom/results_text.h"
#include "system/progress_bar.h"
#include "wasm/runner.h"

#define MEMORY ((size_t)1 << 33)

enum { NODES_MAX = 2 * PROM_SAMPLE_ITEMS - 1 };

/* The sample's own batch: its items and folds, as those of any other. */
struct sampling {
    const prom_module_sample *sample;
    prom_arena arena;
    prom_runner runner;
    prom_runner_session *session;
    prom_progress_bar bar;
    size_t steps; /* that were taken, and are to be taken, as the bar shows them */
    size_t steps_all;
    uint32_t chosen[PROM_SAMPLE_ITEMS];
    uint32_t count;
    uint32_t nodes;
    const prom_module_fold *folds;
    prom_node_result results[NODES_MAX];
    uint32_t levels[NODES_MAX]; /* 0: an item */
};

static void end_sampling(struct sampling *it)
{
    prom_progress_bar_end(&it->bar);
    if (it->session != NULL) {
        it->runner.close(it->session);
    }
    prom_arena_free(&it->arena);
}

static prom_result open_session(struct sampling *it, prom_module *module, uint32_t pages, prom_error *error)
{
    it->runner.close(it->session);
    it->session = NULL;
    *module = *it->sample->module;
    module->limits.pages = pages;
    return it->runner.open(&it->runner, &it->session, module, NULL, error);
}

static prom_result run_node(struct sampling *it, prom_arena *arena, prom_node_result *result, uint32_t node,
                            prom_error *error)
{
    prom_module_call call = {0};
    if (node < it->count) {
        call.first = it->sample->items->list[it->chosen[node]];
    } else {
        const prom_module_fold *fold = &it->folds[node - it->count];
        call = (prom_module_call){true, it->results[fold->left].bytes, it->results[fold->right].bytes};
    }
    PROM_TRY(it->runner.run(it->session, arena, result, &call, 1, NULL, error));
    prom_progress_bar_draw(&it->bar, ++it->steps, it->steps_all);
    return prom_ok();
}

static prom_result refuse(const struct sampling *it, uint32_t node, prom_error *error)
{
    const prom_node_result *failed = &it->results[node];
    const prom_items_origin nowhere = {.count = 0};
    const prom_items_origin *origin = it->sample->origin != NULL ? it->sample->origin : &nowhere;
    char place[PROM_ITEMS_PLACE] = "";
    char why[PROM_RESULT_REASON];
    char fuel[PROM_UNITS];
    const prom_module_limits *limits = &it->sample->module->limits;
    const bool item = node < it->count;
    const size_t length = item ? it->sample->items->list[it->chosen[node]].length : 0;
    (void)prom_result_reason(why, failed, item, length, limits);
    if (failed->status == PROM_NODE_FUEL) {
        (void)snprintf(why, sizeof why, "it takes more fuel than %s, and %s allows no more",
                       prom_units_number(fuel, item ? limits->fuel : limits->fold_fuel),
                       item ? "--fuel" : "--fold-fuel");
    }
    if (!item) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a fold of the sample failed, %s: limits cannot be measured by it; give them yourself", why);
    }
    (void)prom_items_place(place, origin, it->chosen[node]);
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "item %" PRIu32 "%s%s%s of the sample failed, %s: limits cannot be measured by it; give them "
                     "yourself where that is as it should be",
                     it->chosen[node], place[0] != '\0' ? " (" : "", place, place[0] != '\0' ? ")" : "", why);
}

static prom_result run_all(struct sampling *it, prom_error *error)
{
    for (uint32_t node = 0; node < it->nodes; node++) {
        if (node >= it->count) {
            const prom_module_fold *fold = &it->folds[node - it->count];
            const uint32_t left = it->levels[fold->left];
            const uint32_t right = it->levels[fold->right];
            it->levels[node] = 1 + (left > right ? left : right);
        }
        PROM_TRY(run_node(it, &it->arena, &it->results[node], node, error));
        PROM_TRY(it->results[node].status == PROM_NODE_OK ? prom_ok() : refuse(it, node, error));
    }
    return prom_ok();
}

static bool is_same(const prom_node_result *a, const prom_node_result *b)
{
    return a->status == b->status && a->fuel == b->fuel && prom_span_equal(a->bytes, b->bytes);
}

/* Doubles the memory until every node gives what it gave with as much as there may be. None is run again with
 * more: it gives the same there, unless it reads the size of its memory or goes on where memory.grow failed. */
static prom_result find_pages(struct sampling *it, uint32_t *pages, prom_error *error)
{
    prom_module module;
    *pages = it->sample->pages_least > 0 ? it->sample->pages_least : 1;
    PROM_TRY(open_session(it, &module, *pages, error));
    for (uint32_t node = 0; node < it->nodes;) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_node_result again;
        prom_arena_init(&arena, MEMORY);
        PROM_TRY(run_node(it, &arena, &again, node, error));
        if (is_same(&again, &it->results[node]) || *pages == it->sample->module->limits.pages) {
            node++;
            continue;
        }
        it->steps--;
        *pages = *pages <= it->sample->module->limits.pages / 2 ? 2 * *pages : it->sample->module->limits.pages;
        PROM_TRY(open_session(it, &module, *pages, error));
    }
    return prom_ok();
}

static prom_result measure_all(struct sampling *it, prom_module_measure *measure, prom_error *error)
{
    const prom_module_sample *sample = it->sample;
    const bool folds = sample->module->limits.folds;
    prom_module module;
    it->count = prom_sample_choose(it->chosen, sample->items);
    it->nodes = prom_module_nodes(it->count, folds);
    it->steps_all = (sample->find_pages ? 2 : 1) * (size_t)it->nodes;
    if (folds) {
        PROM_TRY(prom_module_folds(&it->arena, &it->folds, it->count, error));
    }
    PROM_TRY(open_session(it, &module, sample->module->limits.pages, error));
    PROM_TRY(run_all(it, error));
    *measure = (prom_module_measure){.whole = sample->items->count, .pages = sample->module->limits.pages};
    for (uint32_t node = 0; node < it->nodes; node++) {
        const uint32_t level = it->levels[node];
        prom_node_measure_add(level == 0 ? &measure->items : &measure->folds[level - 1], &it->results[node]);
        measure->levels = level > measure->levels ? level : measure->levels;
    }
    return sample->find_pages ? find_pages(it, &measure->pages, error) : prom_ok();
}

prom_result prom_module_sample_run(prom_module_measure *measure, const prom_module_sample *sample, prom_error *error)
{
    PROM_SCOPED(end_sampling) struct sampling it = {.sample = sample, .bar = prom_progress_bar_start("sample")};
    prom_arena_init(&it.arena, MEMORY);
    prom_wasm_runner_init(&it.runner, NULL);
    return measure_all(&it, measure, error);
}
