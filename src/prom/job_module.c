#include "prom/job_module.h"

#include <stdio.h>

#include "prom/results_text.h"
#include "system/file.h"

#define MEMORY ((size_t)1 << 36)

prom_result prom_job_module_items(prom_arena *arena, prom_span *bytes, prom_items *items, prom_items_origin *origin,
                                  const prom_texts *inputs, const char *kind, prom_error *error)
{
    prom_items_kind read_as = PROM_ITEMS_FILES;
    PROM_TRY(prom_items_kind_of(&read_as, kind, error));
    PROM_TRY(prom_files_read_items(arena, items, origin, inputs->list, inputs->count, read_as, error));
    return prom_items_write(arena, bytes, items, error);
}

prom_result prom_job_module_write(const prom_module_outputs *to, bool *written, prom_span program, prom_span output,
                                  prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_node_results results = {.origin = to->origin};
    prom_module module;
    prom_file_output files[2];
    size_t count = 0;
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(prom_module_read(&module, program, error));
    const prom_result read = prom_results_read(&arena, &results.nodes, &results.count, output, error);
    if (!prom_is_ok(read)) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the job's output is none of its program");
    }
    results.limits = &module.limits;
    prom_results_print_failures(&results);
    if (to->results != NULL) {
        files[count++] = (prom_file_output){to->results, output};
    }
    *written = to->result != NULL && prom_results_any(&results);
    if (*written) {
        files[count].path = to->result;
        PROM_TRY(prom_results_gather(&arena, &files[count++].content, &results, to->lines, error));
    } else if (to->result != NULL) {
        (void)fprintf(stderr, "%s is not written: %s\n", to->result, prom_results_none_text(&results));
    }
    return count > 0 ? prom_file_write_together(files, count, error) : prom_ok();
}
