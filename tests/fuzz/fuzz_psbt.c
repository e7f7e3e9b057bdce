#include "fuzz.h"
#include "prometheus/bitcoin/psbt.h"

static const prom_bytes32 zeros;

/* A PSBT that came back is either refused or brings a transaction of the same id. */
static void come_back(prom_arena *arena, prom_psbt *psbt, const prom_psbt *returned)
{
    prom_error error = {{0}};
    prom_curve *curve = NULL;
    prom_tx *tx = NULL;
    size_t taken = 0;
    prom_bytes32 unsigned_id;
    prom_bytes32 signed_id;
    must(prom_is_ok(prom_curve_new(arena, &curve, &zeros, &error)));
    const prom_result took = prom_psbt_take_signatures(curve, arena, psbt, returned, &taken, &error);
    if (!prom_is_ok(took)) {
        must_be_refusal(took, &error);
        must(taken == 0);
    }
    must(prom_is_ok(prom_psbt_combine(arena, psbt, returned, &error)));
    const prom_result extracted = prom_psbt_extract(curve, arena, &tx, psbt, &error);
    if (!prom_is_ok(extracted)) {
        must_be_refusal(extracted, &error);
        return;
    }
    must(prom_is_ok(prom_tx_id(arena, &unsigned_id, psbt->tx, &error)));
    must(prom_is_ok(prom_tx_id(arena, &signed_id, tx, &error)));
    must(prom_bytes32_equal(&unsigned_id, &signed_id));
}

/* What parses is written again as the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, FUZZ_MEMORY);
    prom_error error = {{0}};
    prom_psbt *psbt = NULL;
    prom_psbt *again = NULL;
    prom_span bytes;
    const prom_result parsed = prom_psbt_parse(&arena, &psbt, prom_span_of(data, length), &error);
    if (!prom_is_ok(parsed)) {
        must_be_refusal(parsed, &error);
        return 0;
    }
    must(prom_is_ok(prom_psbt_write(&arena, &bytes, psbt, &error)));
    must(prom_span_equal(bytes, prom_span_of(data, length)));
    must(prom_is_ok(prom_psbt_parse(&arena, &again, bytes, &error)));
    come_back(&arena, psbt, again);
    return 0;
}
