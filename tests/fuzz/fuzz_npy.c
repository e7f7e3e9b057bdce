#include "fuzz.h"
#include "prometheus/tensor/npy.h"

/* What is read and written, is read and written again as the same bytes; and it becomes float32, and int64 or nothing.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, FUZZ_MEMORY);
    prom_error error = {{0}};
    prom_tensor tensor;
    const prom_result parsed = prom_npy_read(&arena, &tensor, prom_span_of(data, length), &error);
    if (!prom_is_ok(parsed)) {
        must_be_refusal(parsed, &error);
        return 0;
    }
    prom_span first;
    prom_span second;
    prom_tensor converted;
    must(prom_is_ok(prom_tensor_as_float(&arena, &converted, &tensor, &error)));
    const prom_result integers = prom_tensor_as_integers(&arena, &converted, &tensor, &error);
    if (!prom_is_ok(integers)) {
        must_be_refusal(integers, &error);
    }
    must(prom_is_ok(prom_npy_write(&arena, &first, &tensor, &error)));
    must(prom_is_ok(prom_npy_read(&arena, &tensor, first, &error)));
    must(prom_is_ok(prom_npy_write(&arena, &second, &tensor, &error)));
    must(prom_span_equal(first, second));
    return 0;
}
