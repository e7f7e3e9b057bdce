/* What nodes publish of themselves: whatever can be read as a pointer or as a listing is written again as the same
 * bytes, and is refused as unsigned with a sentence. */
#include "fuzz.h"
#include "listing/listing.h"

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

static void must_be_peers(prom_result result, const prom_error *error)
{
    must(prom_is_ok(result) || (result.category == PROM_CATEGORY_PEER && error->sentence[0] != '\0'));
}

static void try_pointer(prom_arena *arena, prom_span bytes)
{
    prom_error error = {{0}};
    prom_pointer pointer;
    prom_span written;
    const prom_result result = prom_pointer_read(&pointer, bytes, &error);
    must_be_peers(result, &error);
    if (prom_is_ok(result)) {
        must(prom_is_ok(prom_pointer_write(arena, &written, &pointer, &error)));
        must(prom_span_equal(written, bytes) && bytes.length <= PROM_POINTER_MAX);
        must_be_peers(prom_pointer_signed(the_curve(), arena, &pointer, &error), &error);
        must(prom_pointer_same(&pointer, &pointer) && !prom_pointer_replaces(&pointer, &pointer));
        must(prom_lifetime_holds(pointer.issued_at, pointer.expires_at, pointer.issued_at));
    }
}

static void try_listing(prom_arena *arena, prom_span bytes)
{
    prom_error error = {{0}};
    prom_listing listing;
    prom_span written;
    const prom_result result = prom_listing_read(&listing, bytes, &error);
    must_be_peers(result, &error);
    if (prom_is_ok(result)) {
        const prom_job_size job = {listing.macs, listing.bytes_up, listing.features};
        must(prom_is_ok(prom_listing_write(arena, &written, &listing, &error)));
        must(prom_span_equal(written, bytes) && bytes.length <= PROM_LISTING_MAX);
        must_be_peers(prom_listing_check(the_curve(), arena, &listing, &listing.genesis, &listing.node,
                                         listing.issued_at, &error),
                      &error);
        must(prom_listing_has_contract(&listing, &listing.contracts[0]));
        (void)prom_listing_asks(&listing, &job);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, FUZZ_MEMORY);
    try_pointer(&arena, prom_span_of(data, length));
    try_listing(&arena, prom_span_of(data, length));
    return 0;
}
