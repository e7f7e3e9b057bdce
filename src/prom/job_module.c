#include "prom/job_module.h"

#include "files/items.h"
#include "prom/results_text.h"
#include "system/file.h"

#define MEMORY ((size_t)1 << 36)

prom_result prom_job_module_items(prom_arena *arena, prom_span *bytes, uint32_t *items, const prom_texts *inputs,
                                  const char *kind, prom_error *error)
{
    prom_items_kind read_as = PROM_ITEMS_FILES;
    prom_items read;
    if (!prom_items_kind_of(&read_as, kind)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--items is one of " PROM_ITEMS_KINDS);
    }
    PROM_TRY(prom_files_read_items(arena, &read, inputs->list, inputs->count, read_as, error));
    *items = read.count;
    return prom_items_write(arena, bytes, &read, error);
}

prom_result prom_job_module_write(const char *to, prom_span program, prom_span output, bool lines, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_node_results results;
    prom_module module;
    prom_span bytes;
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(prom_module_read(&module, program, error));
    const prom_result read = prom_results_read(&arena, &results.nodes, &results.count, output, error);
    if (!prom_is_ok(read)) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the job's output is none of its program");
    }
    results.folds = module.limits.folds;
    prom_results_print_failures(&results);
    PROM_TRY(prom_results_gather(&arena, &bytes, &results, lines, error));
    return prom_file_write(to, bytes, error);
}
