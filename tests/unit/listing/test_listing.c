/* With --seeds FOLDER: writes the seeds of the fuzz target (fuzz_listing.c) there. */
#include "listing/listed.h"

static prom_span listing_bytes(fixture *test, const prom_listing *listing)
{
    prom_span bytes;
    assert_ok(prom_listing_write(&test->arena, &bytes, listing, &test->error), &test->error);
    return bytes;
}

static prom_result check(fixture *test, const prom_listing *listing)
{
    const prom_bytes32 genesis = named("genesis", 0);
    const prom_bytes32 node = named_key(test, "node", 0).public_key;
    return prom_listing_check(test->curve, &test->arena, listing, &genesis, &node, 1100, &test->error);
}

static void test_a_listing_comes_back(void **state)
{
    fixture *test = *state;
    const prom_listing *listing = listing_of(test, "node");
    const prom_span bytes = listing_bytes(test, listing);
    assert_int_equal(bytes.length, 152 + 1 + 2 * 32 + 1 + 2 * 2 + 2 + 3 * 32 + 64);
    prom_listing back;
    assert_ok(prom_listing_read(&back, bytes, &test->error), &test->error);
    assert_true(prom_span_equal(listing_bytes(test, &back), bytes));
    assert_ok(check(test, &back), &test->error);
    assert_int_equal(back.capacity, 3);
    assert_int_equal(back.price_macs, 250);
    assert_int_equal(back.price_bytes, 1500);
    assert_int_equal(back.price_effort, 7);
    assert_int_equal(back.bytes_down, 5000000);
    assert_int_equal(back.macs_proven, 90000000);
    assert_int_equal(back.version_max, 2);
    assert_int_equal(back.features, 2);

    prom_bytes32 hash;
    prom_bytes32 expected;
    prom_tagged_hash(&expected, "prometheus/listing", prom_span_of(bytes.data, bytes.length - 64));
    assert_ok(prom_listing_hash(&test->arena, &hash, &back, &test->error), &test->error);
    assert_true(prom_bytes32_equal(&hash, &expected));
}

static void test_every_byte_is_signed(void **state)
{
    fixture *test = *state;
    const prom_span bytes = listing_bytes(test, listing_of(test, "node"));
    size_t read = 0;
    for (size_t i = 0; i < bytes.length; i++) {
        uint8_t *other = exact_copy(bytes.data, bytes.length);
        prom_listing lie;
        other[i] ^= 1;
        if (prom_is_ok(prom_listing_read(&lie, prom_span_of(other, bytes.length), &test->error))) {
            read++;
            assert_int_equal(check(test, &lie).category, PROM_CATEGORY_PEER);
        }
        free(other);
    }
    assert_true(read > bytes.length - 40 && read < bytes.length);
    prom_listing read_back;
    for (size_t length = 0; length < bytes.length; length++) {
        uint8_t *cut = exact_copy(bytes.data, length);
        assert_fails(prom_listing_read(&read_back, prom_span_of(cut, length), &test->error), PROM_CATEGORY_PEER,
                     &test->error, "are not the listing of a node");
        free(cut);
    }
}

/* Values that no reader takes: nobody writes them. */
static void test_what_is_no_listing(void **state)
{
    fixture *test = *state;
    const prom_listing *honest = listing_of(test, "node");
    prom_listing lies[15];
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        lies[i] = *honest;
    }
    lies[0].role = PROM_ROLE_ARBITER;
    lies[1].expires_at = lies[1].issued_at;
    lies[2].expires_at = lies[2].issued_at + PROM_POINTER_BLOCKS_MAX + 1;
    lies[3].version_min = 3;
    lies[4].price_macs = PROM_PRICE_MAX + 1;
    lies[5].price_bytes = PROM_PRICE_MAX + 1;
    lies[6].price_effort = PROM_PRICE_MAX + 1;
    lies[7].contract_count = 0;
    lies[8].contract_count = PROM_LISTING_CONTRACTS_MAX + 1;
    lies[9].scheme_count = 0;
    lies[10].schemes[1] = lies[10].schemes[0]; /* twice */
    lies[11].contracts[1] = lies[11].contracts[0];
    lies[12].models[0] = lies[12].models[2];
    lies[13].model_count = PROM_LISTING_MODELS_MAX + 1;
    lies[14].reward_min = prom_amount_invalid();
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        prom_span bytes;
        assert_fails(prom_listing_write(&test->arena, &bytes, &lies[i], &test->error), PROM_CATEGORY_MISUSE,
                     &test->error, "a listing needs");
    }
}

/* And those bytes, which somebody else may write. */
static void test_bytes_of_no_listing(void **state)
{
    fixture *test = *state;
    const prom_span bytes = listing_bytes(test, listing_of(test, "node"));
    prom_listing read;
    /* Version; role; a lifetime of nothing; version_min; lists: none of contracts, the second one not above the first,
     * no scheme, more models than there may be. */
    static const struct {
        size_t at;
        uint8_t byte;
    } lies[] = {{0, 2}, {65, 3}, {73, 0xe8 - 1}, {74, 9}, {152, 0}, {153 + 32, 0}, {153 + 64, 0}, {153 + 64 + 5, 2}};
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        uint8_t *other = exact_copy(bytes.data, bytes.length);
        other[lies[i].at] = lies[i].byte;
        if (i == 2) {
            other[72] = 3; /* 0x03e7: before it is issued */
        }
        assert_fails(prom_listing_read(&read, prom_span_of(other, bytes.length), &test->error), PROM_CATEGORY_PEER,
                     &test->error, "are not the listing");
        free(other);
    }
}

static void test_the_largest_fits(void **state)
{
    fixture *test = *state;
    prom_listing listing = *listing_of(test, "node");
    const prom_key key = named_key(test, "node", 0);
    listing.contract_count = PROM_LISTING_CONTRACTS_MAX;
    listing.scheme_count = PROM_LISTING_SCHEMES_MAX;
    listing.model_count = PROM_LISTING_MODELS_MAX;
    for (size_t i = 0; i < PROM_LISTING_MODELS_MAX; i++) {
        listing.models[i] = (prom_bytes32){{(uint8_t)(i >> 8), (uint8_t)i}};
        listing.contracts[i % PROM_LISTING_CONTRACTS_MAX] = (prom_bytes32){{(uint8_t)(i % PROM_LISTING_CONTRACTS_MAX)}};
        listing.schemes[i % PROM_LISTING_SCHEMES_MAX] = (uint16_t)(i % PROM_LISTING_SCHEMES_MAX);
    }
    sign_listing(test, &listing, &key);
    const prom_span bytes = listing_bytes(test, &listing);
    prom_listing back;
    assert_true(bytes.length <= PROM_LISTING_MAX);
    assert_ok(prom_listing_read(&back, bytes, &test->error), &test->error);
    assert_ok(check(test, &back), &test->error);
}

static void test_checks(void **state)
{
    fixture *test = *state;
    prom_listing listing = *listing_of(test, "node");
    assert_ok(check(test, &listing), &test->error);
    listing.genesis.bytes[0] ^= 1;
    assert_fails(check(test, &listing), PROM_CATEGORY_PEER, &test->error, "of another chain");
    listing = *listing_of(test, "another node");
    assert_fails(check(test, &listing), PROM_CATEGORY_PEER, &test->error, "another node's");
    listing = *listing_of(test, "node");
    listing.expires_at = 1100;
    assert_fails(check(test, &listing), PROM_CATEGORY_PEER, &test->error, "from block 1000 to 1100, and the tip");
    listing = *listing_of(test, "node");
    listing.price_macs--;
    assert_fails(check(test, &listing), PROM_CATEGORY_PEER, &test->error, "not signed by the node's key");
}

static void test_what_it_says(void **state)
{
    fixture *test = *state;
    const prom_listing *listing = listing_of(test, "node");
    prom_bytes32 wanted = listing->contracts[1];
    assert_true(prom_listing_has_contract(listing, &wanted));
    wanted.bytes[0]++;
    assert_false(prom_listing_has_contract(listing, &wanted));
    assert_true(prom_listing_has_scheme(listing, 4));
    assert_false(prom_listing_has_scheme(listing, 5));
    assert_true(prom_listing_has_model(listing, &listing->models[2]));
    assert_false(prom_listing_has_model(listing, &wanted));
}

static void assert_asks(const prom_listing *listing, uint64_t macs, uint64_t bytes, uint64_t effort, uint64_t sat)
{
    const prom_job_size job = {macs, bytes, effort};
    uint64_t asked = 0;
    assert_true(prom_amount_get(prom_listing_asks(listing, &job), &asked));
    assert_int_equal(asked, sat);
}

static void test_what_it_asks(void **state)
{
    fixture *test = *state;
    prom_listing listing = *listing_of(test, "node");
    assert_asks(&listing, 0, 0, 0, 1000); /* the least reward */
    /* 250 for 10^9, 1500 for 10^6, 7 for 10^6. */
    assert_asks(&listing, UINT64_C(4000000000000), 0, 0, 1000);
    assert_asks(&listing, UINT64_C(4000000000001), 0, 0, 1001);
    assert_asks(&listing, UINT64_C(8000000000000), 2000000, 1000000, 2000 + 4); /* 3.007, rounded up */
    listing.reward_min = prom_amount_zero();
    assert_asks(&listing, 1, 0, 0, 1);
    assert_asks(&listing, 0, 0, 0, 0);
    listing.price_macs = 1; /* the least there can be, rounded up twice */
    assert_asks(&listing, 1, 0, 0, 1);
    listing.price_macs = UINT64_C(1999999999999999999); /* what is left over does not overflow */
    assert_asks(&listing, 999999999, 0, 0, UINT64_C(1999999998000000));
    listing.price_macs = PROM_PRICE_MAX;
    assert_asks(&listing, PROM_PRICE_MACS, 0, 0, PROM_AMOUNT_MAX);
    const prom_job_size large[] = {
        {PROM_PRICE_MACS + 1, 0, 0}, {UINT64_MAX, UINT64_MAX, UINT64_MAX}, {0, UINT64_MAX, 0}};
    listing.price_bytes = PROM_PRICE_MAX;
    for (size_t i = 0; i < COUNT_OF(large); i++) {
        assert_false(prom_amount_is_valid(prom_listing_asks(&listing, &large[i])));
    }
}

static void write_seed(const char *folder, const char *name, prom_span bytes)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/listing.%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.length, file), bytes.length);
    assert_int_equal(fclose(file), 0);
}

static void write_seeds(const char *folder)
{
    void *test = NULL;
    assert_int_equal(fixture_make(&test), 0);
    const prom_pointer pointer = pointer_of(test, "node", 0, "worker.example:7067");
    write_seed(folder, "pointer", pointer_bytes(test, &pointer));
    write_seed(folder, "worker", listing_bytes(test, listing_of(test, "node")));
    (void)fixture_free(&test);
}

int main(int count, char **words)
{
    if (count == 3 && strcmp(words[1], "--seeds") == 0) {
        write_seeds(words[2]);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_a_listing_comes_back), FIXTURE_TEST(test_every_byte_is_signed),
        FIXTURE_TEST(test_what_is_no_listing),   FIXTURE_TEST(test_bytes_of_no_listing),
        FIXTURE_TEST(test_the_largest_fits),     FIXTURE_TEST(test_checks),
        FIXTURE_TEST(test_what_it_says),         FIXTURE_TEST(test_what_it_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
