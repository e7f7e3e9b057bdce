#include "fuzz.h"
#include "prometheus/contract/offer.h"
#include "prometheus/contract/terms.h"

/* What peers send before a contract runs. Whatever of it can be read is written again as the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, FUZZ_MEMORY);
    const prom_span bytes = prom_span_of(data, length);
    prom_error error = {{0}};
    prom_span written;
    prom_terms terms;
    prom_announcement announcement;
    if (prom_is_ok(prom_terms_read_base(&terms, bytes, &error))) {
        must(prom_is_ok(prom_terms_write_base(&arena, &written, &terms, &error)));
        must(prom_span_equal(written, bytes));
    }
    if (prom_is_ok(prom_terms_read(&terms, bytes, &error))) {
        must(prom_is_ok(prom_terms_write(&arena, &written, &terms, &error)));
        must(prom_span_equal(written, bytes));
    }
    prom_base_signatures signatures;
    if (prom_is_ok(prom_terms_read_signed(&terms, &signatures, bytes, &error))) {
        must(prom_is_ok(prom_terms_write_signed(&arena, &written, &terms, &signatures, &error)));
        must(prom_span_equal(written, bytes));
    }
    if (prom_is_ok(prom_announcement_read(&announcement, bytes, &error))) {
        must(prom_is_ok(prom_announcement_write(&arena, &written, &announcement, &error)));
        must(prom_span_equal(written, bytes));
    }
    return 0;
}
