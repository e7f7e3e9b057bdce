#include <string.h>

#include "fuzz.h"
#include "prometheus/bitcoin/descriptor.h"

/* Every leaf of what parses can be weighed, and its key path. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    static const prom_bytes32 blinding = {{1}};
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, FUZZ_MEMORY);
    prom_error error = {{0}};
    prom_curve *curve = NULL;
    prom_descriptor *descriptor = NULL;
    void *memory = NULL;
    must(prom_is_ok(prom_curve_new(&arena, &curve, &blinding, &error)));
    must(prom_is_ok(prom_arena_alloc(&arena, &memory, length + 1, 1, &error)));
    char *text = memory;
    if (length > 0) {
        memcpy(text, data, length);
    }
    const prom_result parsed = prom_descriptor_parse(curve, &arena, &descriptor, text, &error);
    if (!prom_is_ok(parsed)) {
        must_be_refusal(parsed, &error);
        return 0;
    }
    for (size_t leaf = 0; leaf <= descriptor->leaf_count; leaf++) {
        const size_t way = leaf < descriptor->leaf_count ? leaf : PROM_KEY_PATH;
        const prom_span *witness = NULL;
        size_t count = 0;
        must(prom_is_ok(prom_descriptor_witness(&arena, &witness, &count, descriptor, way, NULL, &error)));
        must(way == PROM_KEY_PATH ? count == 1 : count >= 2);
    }
    return 0;
}
