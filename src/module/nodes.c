#include "prometheus/module/module.h"

uint32_t prom_module_nodes(uint32_t items, bool folds)
{
    return folds && items > 0 ? 2 * items - 1 : items;
}

uint64_t prom_module_fuel(const prom_module_limits *limits, uint32_t nodes)
{
    const uint32_t items = limits->folds ? nodes / 2 + 1 : nodes;
    uint64_t maps = 0;
    uint64_t folds = 0;
    uint64_t all = 0;
    const bool over = __builtin_mul_overflow(limits->fuel, items, &maps) ||
                      __builtin_mul_overflow(limits->fold_fuel, nodes - items, &folds) ||
                      __builtin_add_overflow(maps, folds, &all);
    return over ? UINT64_MAX : all;
}

/* Pairs the nodes of a level from the left, whose numbers stand in `level`; what stands there afterwards are those of
 * the next. Returns how many these are. */
static uint32_t pair_level(uint32_t *level, uint32_t count, prom_module_fold *folds, uint32_t *made, uint32_t items)
{
    for (uint32_t i = 0; i + 1 < count; i += 2) {
        folds[*made] = (prom_module_fold){level[i], level[i + 1]};
        level[i / 2] = items + *made;
        ++*made;
    }
    if (count % 2 == 1) {
        level[count / 2] = level[count - 1];
    }
    return count / 2 + count % 2;
}

prom_result prom_module_folds(prom_arena *arena, const prom_module_fold **folds, uint32_t items, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_module_fold *list = NULL;
    uint32_t *level = NULL;
    uint32_t made = 0;
    *folds = NULL;
    if (items == 0 || items > PROM_MODULE_ITEMS_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "there are no folds of so many items");
    }
    PROM_TRY_NEW(list, arena, items - 1, error);
    prom_arena_init_within(&scratch, arena);
    PROM_TRY_NEW(level, &scratch, items, error);
    for (uint32_t i = 0; i < items; i++) {
        level[i] = i;
    }
    for (uint32_t count = items; count > 1;) {
        count = pair_level(level, count, list, &made, items);
    }
    *folds = list;
    return prom_ok();
}
