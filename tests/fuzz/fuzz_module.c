#include <string.h>

#include "fuzz.h"
#include "prometheus/module/module.h"

#define RESERVED "prom_metering_"

enum {
    GROWTH = 64,          /* bytes that metering adds for a byte of the module, at most, */
    GROWTH_ALWAYS = 1024, /* and for a whole one */
};

/* Gives our globals names that are not ours, the last thing that a metered module has of them. Returns their number. */
static size_t rename_ours(uint8_t *bytes, size_t length)
{
    const size_t name = strlen(RESERVED);
    size_t renamed = 0;
    for (size_t i = 0; i + name <= length; i++) {
        if (memcmp(bytes + i, RESERVED, name) == 0) {
            bytes[i] = 'P';
            renamed++;
        }
    }
    return renamed;
}

/* What is metered is a module again, with the same facts: where it was at a limit, it may be above that. */
static void look_again(prom_arena *arena, const prom_module_facts *before, prom_span metered)
{
    prom_error error = {{0}};
    prom_module_facts after = {0};
    prom_span renamed = {0};
    prom_result result = prom_module_look(arena, &after, metered, &error);
    must_be_refusal(result, &error);
    must(strstr(error.sentence, "reserved") != NULL);
    must(prom_is_ok(prom_span_copy(arena, &renamed, metered, &error)));
    uint8_t *bytes = NULL;
    memcpy(&bytes, &renamed.data, sizeof bytes); /* the copy is ours to change */
    must(rename_ours(bytes, renamed.length) >= 3);
    result = prom_module_look(arena, &after, renamed, &error);
    if (!prom_is_ok(result)) {
        must(strstr(error.sentence, "a function has 40000 at most") != NULL ||
             strstr(error.sentence, "nested deeper than") != NULL || strstr(error.sentence, "is metered") != NULL);
        return;
    }
    must(after.folds == before->folds && after.functions == before->functions && after.pages == before->pages);
    must(after.table_slots == before->table_slots && after.data_bytes == before->data_bytes);
    must(after.floats == before->floats && after.simd == before->simd);
}

static void meter(prom_arena *arena, const prom_module_facts *facts, prom_span code)
{
    prom_error error = {{0}};
    prom_span metered = {0};
    prom_module_facts same = {0};
    prom_module module = {
        .limits = {.folds = facts->folds, .pages = PROM_MODULE_PAGES_MAX, .fuel = 1},
        .code = code,
    };
    must(prom_is_ok(prom_module_meter(arena, &metered, &same, &module, &error)));
    must(same.setup_fuel == facts->setup_fuel);
    must(metered.length > 0 && metered.length <= GROWTH * code.length + GROWTH_ALWAYS);
    look_again(arena, facts, metered);
}

/* A program, items, results and a module, whichever of these the bytes are: what is read has the same bytes when it is
 * written again, and a module that is one can be metered. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, FUZZ_MEMORY);
    prom_error error = {{0}};
    const prom_span bytes = prom_span_of(data, length);
    prom_module_facts facts = {0};
    prom_module module = {0};
    prom_items items = {0};
    const prom_node_result *results = NULL;
    uint32_t count = 0;
    prom_span written = {0};
    prom_result result = prom_module_look(&arena, &facts, bytes, &error);
    if (prom_is_ok(result)) {
        meter(&arena, &facts, bytes);
    } else {
        must_be_refusal(result, &error);
        must(prom_module_meter(&arena, &written, &facts, &(prom_module){.limits = {.pages = 1}, .code = bytes}, NULL)
                 .category == result.category);
    }
    if (prom_is_ok(prom_module_read(&module, bytes, &error))) {
        must(prom_is_ok(prom_module_write(&arena, &written, &module.limits, module.code, &error)));
        must(prom_span_equal(written, bytes));
    }
    if (prom_is_ok(prom_items_read(&arena, &items, bytes, &error))) {
        must(prom_is_ok(prom_items_write(&arena, &written, &items, &error)));
        must(prom_span_equal(written, bytes));
    }
    if (prom_is_ok(prom_results_read(&arena, &results, &count, bytes, &error))) {
        must(prom_is_ok(prom_results_write(&arena, &written, results, count, &error)));
        must(prom_span_equal(written, bytes));
    }
    return 0;
}
