#include "contract/cast.h"

static prom_span write_terms(fixture *test, const prom_terms *terms, bool full)
{
    prom_span bytes;
    assert_ok(full ? prom_terms_write(&test->arena, &bytes, terms, &test->error)
                   : prom_terms_write_base(&test->arena, &bytes, terms, &test->error),
              &test->error);
    return bytes;
}

static prom_result read_terms(fixture *test, prom_terms *terms, prom_span bytes, bool full)
{
    return full ? prom_terms_read(terms, bytes, &test->error) : prom_terms_read_base(terms, bytes, &test->error);
}

/* Terms with as many coins and arbiters as there can be, on an own signet, with an earlier setup. */
static prom_terms largest_terms(fixture *test)
{
    static uint8_t challenge[PROM_SIGNET_CHALLENGE_MAX];
    static uint8_t earlier[5000];
    const struct cast cast = make_cast(test);
    prom_terms terms = valid_terms(test, &cast, PROM_ARBITERS_MAX);
    uint64_t random = 7;
    random_bytes(&random, challenge, sizeof challenge);
    random_bytes(&random, earlier, sizeof earlier);
    terms.signet_challenge = prom_span_of(challenge, sizeof challenge);
    terms.earlier = prom_span_of(earlier, sizeof earlier);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        prom_party_terms *party = &terms.parties[i];
        party->coin_count = PROM_COINS_MAX;
        for (size_t j = 0; j < PROM_COINS_MAX; j++) {
            party->coins[j] = party->coins[0];
            party->coins[j].outpoint = (prom_outpoint){named("coin", i), (uint32_t)j};
            party->coins[j].value = prom_amount_of(next_random(&random) % PROM_AMOUNT_MAX);
        }
    }
    return terms;
}

static void they_are_read_as_they_were_written(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_terms written[] = {valid_terms(test, &cast, 3), largest_terms(test)};
    for (size_t i = 0; i < COUNT_OF(written); i++) {
        for (int full = 0; full <= 1; full++) {
            prom_terms back;
            const prom_span bytes = write_terms(test, &written[i], full);
            assert_ok(read_terms(test, &back, bytes, full), &test->error);
            assert_true(prom_span_equal(write_terms(test, &back, full), bytes));
            assert_int_equal(back.arbiter_count, full ? written[i].arbiter_count : 0);
        }
    }
}

/* Every field is in the bytes: changing it changes them. */
static void every_field_counts(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_terms terms = valid_terms(test, &cast, 3);
    const prom_span bytes = write_terms(test, &terms, true);
    prom_bytes32 id;
    assert_ok(prom_terms_contract_id(&test->arena, &id, &terms, &test->error), &test->error);
    for (size_t i = 0; i < bytes.length; i++) {
        uint8_t *other = exact_copy(bytes.data, bytes.length);
        prom_terms back;
        other[i] ^= 1;
        /* A length or a count that no longer fits is refused; all else is read, and is another contract. */
        if (prom_is_ok(prom_terms_read(&back, prom_span_of(other, bytes.length), &test->error))) {
            prom_bytes32 other_id;
            assert_true(prom_span_equal(write_terms(test, &back, true), prom_span_of(other, bytes.length)));
            assert_ok(prom_terms_contract_id(&test->arena, &other_id, &back, &test->error), &test->error);
            assert_false(prom_bytes32_equal(&id, &other_id));
        } else {
            assert_string_equal(test->error.sentence, "these bytes are not the terms of a contract");
        }
        free(other);
    }
}

static void ids_are_tagged_hashes_of_the_bytes(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    prom_terms terms = valid_terms(test, &cast, 3);
    prom_bytes32 setup;
    prom_bytes32 contract;
    prom_bytes32 expected;
    assert_ok(prom_terms_setup_id(&test->arena, &setup, &terms, &test->error), &test->error);
    assert_ok(prom_terms_contract_id(&test->arena, &contract, &terms, &test->error), &test->error);
    prom_tagged_hash(&expected, "prometheus/setup", write_terms(test, &terms, false));
    assert_true(prom_bytes32_equal(&setup, &expected));
    prom_tagged_hash(&expected, "prometheus/contract", write_terms(test, &terms, true));
    assert_true(prom_bytes32_equal(&contract, &expected));

    terms.arbiters[0].offer.index++; /* not in the base terms */
    prom_bytes32 again;
    assert_ok(prom_terms_setup_id(&test->arena, &again, &terms, &test->error), &test->error);
    assert_true(prom_bytes32_equal(&setup, &again));
    assert_ok(prom_terms_contract_id(&test->arena, &again, &terms, &test->error), &test->error);
    assert_false(prom_bytes32_equal(&contract, &again));
}

static void other_bytes_are_refused(void **state)
{
    fixture *test = *state;
    const prom_terms terms = largest_terms(test);
    for (int full = 0; full <= 1; full++) {
        const prom_span bytes = write_terms(test, &terms, full);
        prom_terms back;
        for (size_t length = 0; length < bytes.length; length++) {
            uint8_t *cut = exact_copy(bytes.data, length);
            assert_fails(read_terms(test, &back, prom_span_of(cut, length), full), PROM_CATEGORY_BAD_INPUT,
                         &test->error, "not the terms of a contract");
            free(cut);
        }
        uint8_t *longer = malloc(bytes.length + 1);
        assert_non_null(longer);
        memcpy(longer, bytes.data, bytes.length);
        longer[bytes.length] = 0;
        assert_fails(read_terms(test, &back, prom_span_of(longer, bytes.length + 1), full), PROM_CATEGORY_BAD_INPUT,
                     &test->error, "not the terms of a contract");
        longer[1] ^= 1; /* the version */
        assert_fails(read_terms(test, &back, prom_span_of(longer, bytes.length), full), PROM_CATEGORY_BAD_INPUT,
                     &test->error, "not the terms of a contract");
        free(longer);
    }
}

/* One coin, or one arbiter, more than there is room for. */
static void too_many_are_refused(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    prom_party_terms party = valid_party(test, &cast, PROM_PARTY_W, prom_amount_of(1000));
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span bytes;
    party.coin_count = PROM_COINS_MAX;
    for (size_t i = 1; i < PROM_COINS_MAX; i++) {
        party.coins[i] = party.coins[0];
    }
    prom_party_terms_write(&writer, &party);
    assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
    const size_t count_at = 5 * 32;
    const size_t coin = (bytes.length - count_at - 1) / PROM_COINS_MAX;
    uint8_t *one_more = malloc(bytes.length + coin);
    assert_non_null(one_more);
    memcpy(one_more, bytes.data, bytes.length);
    memcpy(one_more + bytes.length, bytes.data + bytes.length - coin, coin);
    one_more[count_at] = PROM_COINS_MAX + 1;
    prom_reader reader = prom_reader_of(prom_span_of(one_more, bytes.length + coin));
    prom_party_terms_read(&reader, &party);
    assert_true(reader.failed);
    assert_int_equal(party.coin_count, 0);
    free(one_more);

    const prom_terms terms = valid_terms(test, &cast, PROM_ARBITERS_MAX);
    const size_t base = write_terms(test, &terms, false).length;
    const prom_span full = write_terms(test, &terms, true);
    const size_t arbiter = (full.length - base - 1 - 32) / PROM_ARBITERS_MAX;
    uint8_t *ten = malloc(full.length + arbiter);
    assert_non_null(ten);
    memcpy(ten, full.data, full.length);
    memcpy(ten + full.length, full.data + full.length - arbiter, arbiter);
    ten[base] = PROM_ARBITERS_MAX + 1;
    prom_terms back;
    assert_fails(prom_terms_read(&back, prom_span_of(ten, full.length + arbiter), &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "not the terms of a contract");
    free(ten);
}

/* What cannot be written in the layout's lengths is not written at all. */
static void what_has_no_layout_is_not_written(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    static const uint8_t zeros[UINT16_MAX + 1];
    prom_span bytes;
    prom_terms terms = valid_terms(test, &cast, 3);
    terms.signet_challenge = prom_span_of(zeros, UINT8_MAX);
    assert_ok(prom_terms_write_base(&test->arena, &bytes, &terms, &test->error), &test->error);
    terms.signet_challenge = prom_span_of(zeros, UINT8_MAX + 1);
    assert_false(prom_is_ok(prom_terms_write_base(&test->arena, &bytes, &terms, &test->error)));
    terms = valid_terms(test, &cast, 3);
    terms.earlier = prom_span_of(zeros, UINT16_MAX);
    assert_ok(prom_terms_write_base(&test->arena, &bytes, &terms, &test->error), &test->error);
    terms.earlier = prom_span_of(zeros, UINT16_MAX + 1);
    assert_false(prom_is_ok(prom_terms_write_base(&test->arena, &bytes, &terms, &test->error)));
    terms = valid_terms(test, &cast, 3);
    terms.parties[PROM_PARTY_W].coin_count = PROM_COINS_MAX + 1;
    assert_false(prom_is_ok(prom_terms_write_base(&test->arena, &bytes, &terms, &test->error)));
    terms = valid_terms(test, &cast, 3);
    terms.arbiter_count = PROM_ARBITERS_MAX + 1;
    assert_false(prom_is_ok(prom_terms_write(&test->arena, &bytes, &terms, &test->error)));
    terms = valid_terms(test, &cast, 3);
    terms.c = prom_amount_invalid();
    assert_false(prom_is_ok(prom_terms_write(&test->arena, &bytes, &terms, &test->error)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(they_are_read_as_they_were_written),
        FIXTURE_TEST(every_field_counts),
        FIXTURE_TEST(ids_are_tagged_hashes_of_the_bytes),
        FIXTURE_TEST(other_bytes_are_refused),
        FIXTURE_TEST(too_many_are_refused),
        FIXTURE_TEST(what_has_no_layout_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
