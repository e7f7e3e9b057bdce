#include "fuzz.h"
#include "prometheus/model/onnx.h"

/* A network that is read has layers, and the widths of neighbours agree. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena;
    prom_arena_init(&arena, FUZZ_MEMORY);
    prom_error error = {{0}};
    const prom_network *network = NULL;
    const prom_result parsed = prom_onnx_read(&arena, &network, prom_span_of(data, length), &error);
    if (!prom_is_ok(parsed)) {
        must_be_refusal(parsed, &error);
        return 0;
    }
    must(network->layer_count > 0);
    for (size_t i = 1; i < network->layer_count; i++) {
        must(network->layers[i].inputs == network->layers[i - 1].outputs);
    }
    return 0;
}
