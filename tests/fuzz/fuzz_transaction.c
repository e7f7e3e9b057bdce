#include "fuzz.h"
#include "prometheus/bitcoin/transaction.h"

/* What parses is written again as the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, FUZZ_MEMORY);
    prom_error error = {{0}};
    prom_tx *tx = NULL;
    const prom_result parsed = prom_tx_parse(&arena, &tx, prom_span_of(data, length), &error);
    if (!prom_is_ok(parsed)) {
        must_be_refusal(parsed, &error);
        return 0;
    }
    prom_span bytes;
    must(prom_is_ok(prom_tx_serialize(&arena, &bytes, tx, true, &error)));
    must(prom_span_equal(bytes, prom_span_of(data, length)));
    return 0;
}
