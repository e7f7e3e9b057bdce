#include "fuzz.h"
#include "prometheus/contract/evidence.h"
#include "prometheus/contract/offer.h"
#include "prometheus/contract/package.h"
#include "prometheus/contract/sampling.h"
#include "prometheus/contract/terms.h"

enum { PACKAGE_MAX = 1 << 20 };

static void read_evidence(prom_arena *arena, prom_span bytes, prom_error *error)
{
    static const prom_bytes32 contract_id = {{1}};
    prom_key_opening opening;
    prom_key_refutation refutation;
    prom_receipts receipts;
    prom_equivocation equivocation;
    prom_span written;
    if (prom_is_ok(prom_key_opening_read(&opening, bytes, error))) {
        must(prom_is_ok(prom_key_opening_write(arena, &written, &opening, error)));
        must(prom_span_equal(written, bytes));
    }
    if (prom_is_ok(prom_key_refutation_read(&refutation, bytes, error))) {
        must(prom_is_ok(prom_key_refutation_write(arena, &written, &refutation, error)));
        must(prom_span_equal(written, bytes));
    }
    if (prom_is_ok(prom_receipts_read(&receipts, bytes, &contract_id, error))) {
        must(prom_is_ok(prom_receipts_write(arena, &written, &receipts, error)));
        must(prom_span_equal(written, bytes));
    }
    if (prom_is_ok(prom_equivocation_read(&equivocation, bytes, error))) {
        must(prom_is_ok(prom_equivocation_write(arena, &written, &equivocation, error)));
        must(prom_span_equal(written, bytes));
    }
}

/* What peers send. Whatever of it can be read is written again as the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, FUZZ_MEMORY);
    const prom_span bytes = prom_span_of(data, length);
    prom_error error = {{0}};
    prom_span written;
    prom_terms terms;
    prom_announcement announcement;
    prom_package package;
    prom_delivery delivery;
    prom_span ciphertext;
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
    if (prom_is_ok(prom_package_read(&package, bytes, PACKAGE_MAX, &error))) {
        must(prom_is_ok(prom_package_write(&arena, &written, &package, &error)));
        must(prom_span_equal(written, bytes));
    }
    if (prom_is_ok(prom_delivery_read(&delivery, bytes, &error))) {
        must(prom_is_ok(prom_delivery_write(&arena, &written, &delivery, &error)));
        must(prom_span_equal(written, bytes));
    }
    if (prom_is_ok(prom_openings_read(&ciphertext, bytes, PACKAGE_MAX, &error))) {
        must(prom_is_ok(prom_openings_write(&arena, &written, ciphertext, &error)));
        must(prom_span_equal(written, bytes));
    }
    read_evidence(&arena, bytes, &error);
    return 0;
}
