#include "fuzz.h"
#include "prometheus/contract/offer.h"
#include "prometheus/contract/terms.h"

/* Made once: it is dear. */
static const prom_curve *the_curve(void)
{
    static const prom_bytes32 zeros;
    static prom_arena arena;
    static prom_curve *curve;
    if (curve == NULL) {
        prom_arena_init(&arena, FUZZ_MEMORY);
        must(prom_is_ok(prom_curve_new(&arena, &curve, &zeros, NULL)));
    }
    return curve;
}

/* Whatever numbers the terms have, they are accepted or refused with a sentence. */
static void check_terms(const prom_terms *terms)
{
    const prom_terms_view view = {115, 100, &terms->snapshot_hash};
    static const prom_job_time time = {.compute_seconds = 1000, .verify_seconds = 10, .bytes_per_second = 100000};
    static const prom_terms_limits limits = {.payload_bytes = 1 << 20, .package_bytes = 1 << 20, .feerate = 100};
    prom_error error = {{0}};
    const prom_result checks[] = {
        prom_terms_check_now(terms, &view, &error),
        prom_terms_check_seat(terms, &view, &error),
        prom_terms_check_limits(the_curve(), terms, &limits, &error),
        prom_terms_check_fresh(terms, &terms->p_txid, 1, &error),
        prom_terms_check_base(the_curve(), terms, &error),
        prom_terms_check(the_curve(), terms, &error),
    };
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (!prom_is_ok(checks[i])) {
            must_be_refusal(checks[i], &error);
        }
    }
    const prom_result fits[] = {prom_terms_check_work(terms, &time, &error),
                                prom_terms_check_verification(terms, &time, &error)};
    must((prom_is_ok(fits[0]) && prom_is_ok(fits[1])) || error.sentence[0] != '\0');
}

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
        check_terms(&terms);
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
