#include "fuzz.h"
#include "prometheus/contract/index.h"

/* What counts at a block, of whatever P the index knows. */
static void list_counted(prom_arena *arena, const prom_index *index, uint32_t snapshot, prom_error *error)
{
    const prom_index_record *const *counted = NULL;
    size_t count = 0;
    for (const prom_index_record *P = NULL; (P = prom_index_next(index, P, PROM_INDEX_P, NULL)) != NULL;) {
        const prom_offer_query query = {&P->txid, snapshot, false};
        if (prom_is_ok(prom_index_counted(index, arena, &counted, &count, &query, error))) {
            for (size_t i = 0; i < count; i++) {
                must(prom_index_is_good(index, counted[i], P, snapshot));
            }
        }
    }
}

/* A block of any bytes, between two empty ones. Whatever it holds, taking it off again brings the index back. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    static const prom_bytes32 zeros;
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, FUZZ_MEMORY);
    prom_error error = {{0}};
    prom_curve *curve = NULL;
    prom_index *index = NULL;
    prom_index_block block;
    prom_bytes32 before;
    prom_bytes32 after;
    must(prom_is_ok(prom_curve_new(&arena, &curve, &zeros, &error)));
    must(prom_is_ok(prom_index_new(&arena, &index, curve, prom_chain_parameters_by_name("regtest"), 1, &error)));
    const prom_result read = prom_index_block_read(&arena, &block, prom_span_of(data, length), 2, &error);
    if (!prom_is_ok(read)) {
        must_be_refusal(read, &error);
        return 0;
    }
    const prom_index_block first = {.height = 1, .hash = block.previous};
    const prom_index_block last = {.height = 3, .hash = zeros, .previous = block.hash};
    must(prom_is_ok(prom_index_connect(index, &first, &error)));
    must(prom_is_ok(prom_index_digest(index, &before, &error)));
    const prom_result connected = prom_index_connect(index, &block, &error);
    if (prom_is_ok(connected)) {
        must(prom_is_ok(prom_index_connect(index, &last, &error)));
        list_counted(&arena, index, last.height, &error);
        must(prom_is_ok(prom_index_disconnect(index, &error)));
        must(prom_is_ok(prom_index_disconnect(index, &error)));
    } else {
        must_be_refusal(connected, &error);
    }
    must(prom_is_ok(prom_index_digest(index, &after, &error)));
    must(prom_bytes32_equal(&before, &after));
    return 0;
}
