/* What depends on who signs, and when: the chain's heights, what the signer has seen and can do, and an earlier setup.
 */
#include "contract/signed_terms.h"

static void no_hash_stands_in_two_contracts(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_terms terms = valid_terms(test, &cast, 3);
    prom_bytes32 seen[] = {named("other", 0), named("other", 1), named("other", 2)};
    assert_ok(prom_terms_check_fresh(&terms, NULL, 0, &test->error), &test->error);
    assert_ok(prom_terms_check_fresh(&terms, seen, 3, &test->error), &test->error);
    for (size_t i = 0; i < 3; i++) {
        const prom_bytes32 kept = seen[i];
        seen[i] = terms.h; /* whatever it was there: h or k_h */
        assert_fails(prom_terms_check_fresh(&terms, seen, 3, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                     "h stands in another contract already");
        seen[i] = terms.k_h;
        assert_fails(prom_terms_check_fresh(&terms, seen, 3, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                     "k_h stands in another contract already");
        seen[i] = kept;
    }
}

static void roles_have_limits(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    prom_terms terms = valid_terms(test, &cast, 3);
    const prom_terms_limits exact = {3000, 1 << 20, 2, terms.P.w, false, terms.c, false};
    prom_terms_limits limits = exact;
    assert_ok(prom_terms_check_limits(test->curve, &terms, &limits, &test->error), &test->error);
    limits.payload_bytes--;
    assert_fails(prom_terms_check_limits(test->curve, &terms, &limits, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error,
                 "the size of program and input in bytes is 3000, and at most 2999 is allowed: our own limit");
    limits = exact;
    limits.package_bytes--;
    assert_fails(prom_terms_check_limits(test->curve, &terms, &limits, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error,
                 "the largest package in bytes is 1048576, and at most 1048575 is allowed: our own limit");
    limits = exact;
    limits.feerate--;
    assert_fails(prom_terms_check_limits(test->curve, &terms, &limits, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "the feerate in sat/vB is 2, and at most 1 is allowed: our own limit");
    limits = exact;
    limits.reward_max = prom_amount_subtract(terms.c, prom_amount_of(1));
    assert_fails(prom_terms_check_limits(test->curve, &terms, &limits, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "the reward c is ");
    terms.job.program_bytes = UINT64_MAX - 1; /* no overflow */
    assert_fails(prom_terms_check_limits(test->curve, &terms, &exact, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "the size of program and input in bytes is 18446744073709551615");
}

/* A P that is valid, and that an owner need not like. */
static void owners_have_limits_for_p(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    prom_terms terms = valid_terms(test, &cast, 3);
    prom_terms_limits limits = {
        PROM_PAYLOAD_MAX, PROM_PAYLOAD_MAX, PROM_FEERATE_MAX, terms.P.w, false, prom_amount_zero(), false};
    assert_ok(prom_terms_check_limits(test->curve, &terms, &limits, &test->error), &test->error);
    limits.three_max = prom_amount_of(1999999);
    assert_fails(prom_terms_check_limits(test->curve, &terms, &limits, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error,
                 "w of a P with 3 arbiters is 2000000 sat, and at most 1999999 is allowed: our own limit, as they are "
                 "cheap to own");
    limits.three_max = (prom_terms_limits){0}.three_max; /* what nobody has set */
    assert_fails(prom_terms_check_limits(test->curve, &terms, &limits, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "at most 0 is allowed");
    terms = valid_terms(test, &cast, 4);
    assert_ok(prom_terms_check_limits(test->curve, &terms, &limits, &test->error), &test->error);
    terms.P.F = cast.party[PROM_PARTY_C].public_key;
    assert_fails(prom_terms_check_limits(test->curve, &terms, &limits, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "the common fund F of P is not the key that nobody has");
    limits.any_fund = true;
    assert_ok(prom_terms_check_limits(test->curve, &terms, &limits, &test->error), &test->error);
}

static prom_result now(fixture *test, const prom_terms *terms, uint32_t tip, uint32_t p_height)
{
    const prom_bytes32 snapshot = named("snapshot", 0);
    const prom_terms_view view = {tip, p_height, &snapshot};
    return prom_terms_check_now(terms, &view, &test->error);
}

static void late(fixture *test, const prom_terms *terms, uint32_t tip, uint32_t p_height, const char *sentence)
{
    assert_fails(now(test, terms, tip, p_height), PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
}

static void heights_have_bounds_on_regtest(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    prom_terms terms = valid_terms(test, &cast, 3);
    assert_ok(now(test, &terms, VALID_TIP, VALID_P_HEIGHT), &test->error);
    assert_ok(now(test, &terms, VALID_TIP, 109), &test->error);
    late(test, &terms, VALID_TIP, 110,
         "the snapshot is 110, and at least 111 is needed: P and the blocks it must be deep");
    late(test, &terms, VALID_TIP, UINT32_MAX, "the snapshot is 110, and at least 4294967296 is needed");
    assert_ok(now(test, &terms, 111, VALID_P_HEIGHT), &test->error);
    late(test, &terms, 110, VALID_P_HEIGHT, "the tip is 110, and at least 111 is needed: the snapshot");
    late(test, &terms, 116, VALID_P_HEIGHT,
         "the height of the draw's block is 118, and at least 119 is needed: the tip and 3");
    terms.draw_height = 1140;
    terms.setup_deadline = 1200;
    assert_ok(now(test, &terms, 1110, VALID_P_HEIGHT), &test->error);
    late(test, &terms, 1111, VALID_P_HEIGHT, "the tip is 1111, and at most 1110 is allowed: the snapshot");
    terms = valid_terms(test, &cast, 3);
    terms.setup_deadline = VALID_TIP + 6;
    assert_ok(now(test, &terms, VALID_TIP, VALID_P_HEIGHT), &test->error);
    terms.setup_deadline--;
    late(test, &terms, VALID_TIP, VALID_P_HEIGHT, "deadline is 120, and at least 121 is needed: the tip and the time");
    terms.setup_deadline = VALID_TIP + 144;
    assert_ok(now(test, &terms, VALID_TIP, VALID_P_HEIGHT), &test->error);
    terms.setup_deadline++;
    late(test, &terms, VALID_TIP, VALID_P_HEIGHT, "deadline is 260, and at most 259 is allowed: the tip and the time");
    terms.genesis.bytes[0] ^= 1;
    late(test, &terms, VALID_TIP, VALID_P_HEIGHT, "does not know the chain");
}

static void heights_have_bounds_on_main(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    prom_terms terms = valid_terms(test, &cast, 3);
    terms.genesis = prom_chain_parameters_by_name("main")->genesis;
    terms.snapshot_height = 1000000;
    terms.draw_height = 1000039;
    terms.setup_deadline = 1000080;
    assert_ok(now(test, &terms, 1000036, 999994), &test->error);
    late(test, &terms, 1000036, 999995, "the snapshot is 1000000, and at least 1000001 is needed");
    late(test, &terms, 1000037, 999994, "the tip is 1000037, and at most 1000036 is allowed");
    assert_ok(now(test, &terms, 1000006, 999994), &test->error);
    late(test, &terms, 1000005, 999994, "the tip is 1000005, and at least 1000006 is needed");
    terms.setup_deadline = 1000017;
    late(test, &terms, 1000006, 999994, "deadline is 1000017, and at least 1000018 is needed");
    terms.setup_deadline = 1000151;
    late(test, &terms, 1000006, 999994, "deadline is 1000151, and at most 1000150 is allowed");
}

/* Who has another block there, or none, counts other offers. */
static void the_snapshot_is_a_block_of_our_chain(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_terms terms = valid_terms(test, &cast, 3);
    const prom_bytes32 other = named("another snapshot", 0);
    char sentence[192];
    char ours[PROM_HEX32];
    char theirs[PROM_HEX32];
    prom_terms_view view = {VALID_TIP, VALID_P_HEIGHT, &other};
    (void)snprintf(sentence, sizeof sentence, "the snapshot is block %s at height 110, and our chain has %s there",
                   prom_hex32_reversed(theirs, &terms.snapshot_hash), prom_hex32_reversed(ours, &other));
    assert_fails(prom_terms_check_now(&terms, &view, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
    assert_fails(prom_terms_check_seat(&terms, &view, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
    view.snapshot = NULL;
    assert_fails(prom_terms_check_now(&terms, &view, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "and our chain has no block there");
    assert_fails(prom_terms_check_seat(&terms, &view, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "and our chain has no block there");
    view.snapshot = &terms.snapshot_hash;
    assert_ok(prom_terms_check_now(&terms, &view, &test->error), &test->error);
    assert_ok(prom_terms_check_seat(&terms, &view, &test->error), &test->error);
}

static void no_seat(fixture *test, const prom_terms *terms, uint32_t tip, uint32_t p_height, const char *sentence)
{
    const prom_terms_view view = {tip, p_height, &terms->snapshot_hash};
    const prom_result result = prom_terms_check_seat(terms, &view, &test->error);
    if (sentence == NULL) {
        assert_ok(result, &test->error);
    } else {
        assert_fails(result, PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
    }
}

/* An arbiter comes to the terms later than their signers, maybe after the draw's block. */
static void seats_have_bounds(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    prom_terms terms = valid_terms(test, &cast, 3);
    no_seat(test, &terms, 143, 109, NULL); /* s is 2, and the deadline 145 */
    no_seat(test, &terms, 144, 109, "deadline is 145, and at least 146 is needed: the tip and s");
    no_seat(test, &terms, 143, 110, "the snapshot is 110, and at least 111 is needed: P and");
    no_seat(test, &terms, 111, 109, NULL);
    no_seat(test, &terms, 110, 109, "the tip is 110, and at least 111 is needed: the snapshot");
    terms.setup_deadline = 111 + 144;
    no_seat(test, &terms, 111, 109, NULL);
    terms.setup_deadline++;
    no_seat(test, &terms, 111, 109, "deadline is 256, and at most 255 is allowed: the tip and the time");
    terms.genesis.bytes[0] ^= 1;
    no_seat(test, &terms, 111, 109, "does not know the chain");
}

/* Heights at the end of their range do not wrap. */
static void heights_do_not_wrap(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    prom_terms terms = valid_terms(test, &cast, 3);
    terms.snapshot_height = UINT32_MAX;
    late(test, &terms, 2, 1, "the tip is 2, and at least 4294967296 is needed");
    terms.snapshot_height = UINT32_MAX - 5;
    terms.draw_height = 5;
    late(test, &terms, UINT32_MAX, 1, "the draw's block is 5, and at least 4294967298 is needed");
}

static void base_terms_are_signed_by_all_three(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_terms terms = valid_terms(test, &cast, 3);
    static const char *const names[] = {"the client has not signed the base terms",
                                        "the worker has not signed the base terms",
                                        "the verifier has not signed the base terms"};
    const prom_base_signatures signatures = sign_base(test, &cast, &terms);
    assert_ok(prom_terms_signed(test->curve, &terms, &signatures, &test->error), &test->error);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        prom_base_signatures others = signatures;
        others.by[i] = signatures.by[(i + 1) % PROM_PARTIES];
        assert_fails(prom_terms_signed(test->curve, &terms, &others, &test->error), PROM_CATEGORY_PEER, &test->error,
                     names[i]);
    }
    prom_terms changed = terms;
    changed.retention++;
    assert_fails(prom_terms_signed(test->curve, &changed, &signatures, &test->error), PROM_CATEGORY_PEER, &test->error,
                 names[0]);
    changed = terms;
    changed.arbiter_count = 0; /* the arbiters come later */
    assert_ok(prom_terms_signed(test->curve, &changed, &signatures, &test->error), &test->error);
}

static void signed_base_terms_are_read_as_they_were_written(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_terms terms = valid_terms(test, &cast, 3);
    const prom_base_signatures signatures = sign_base(test, &cast, &terms);
    const prom_span bytes = signed_bytes(test, &terms, &signatures);
    prom_terms back;
    prom_base_signatures back_signatures;
    assert_ok(prom_terms_read_signed(&back, &back_signatures, bytes, &test->error), &test->error);
    assert_memory_equal(&signatures, &back_signatures, sizeof signatures);
    assert_true(prom_span_equal(signed_bytes(test, &back, &back_signatures), bytes));
    for (size_t length = 0; length < bytes.length; length++) {
        uint8_t *cut = exact_copy(bytes.data, length);
        assert_fails(prom_terms_read_signed(&back, &back_signatures, prom_span_of(cut, length), &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, "not the terms of a contract");
        free(cut);
    }
}

/* Terms of the same three whose draw is that of an earlier setup, with these changes to the earlier one. */
static prom_terms second_try(fixture *test, const struct cast *cast, const prom_terms *earlier)
{
    const prom_base_signatures signatures = sign_base(test, cast, earlier);
    prom_terms terms = valid_terms(test, cast, 3);
    terms.setup_deadline = 170;
    terms.h = named("another h", 0);
    terms.earlier = signed_bytes(test, earlier, &signatures);
    return terms;
}

static void the_earlier_draw_stands(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_terms earlier = valid_terms(test, &cast, 3);
    prom_terms terms = second_try(test, &cast, &earlier);
    prom_bytes32 first;
    prom_bytes32 second;
    assert_ok(prom_terms_check(test->curve, &terms, &test->error), &test->error);
    assert_ok(prom_terms_draw_id(&test->arena, &first, &earlier, &test->error), &test->error);
    assert_ok(prom_terms_draw_id(&test->arena, &second, &terms, &test->error), &test->error);
    assert_true(prom_bytes32_equal(&first, &second));
    assert_ok(prom_terms_setup_id(&test->arena, &second, &earlier, &test->error), &test->error);
    assert_true(prom_bytes32_equal(&first, &second));
    assert_ok(prom_terms_setup_id(&test->arena, &second, &terms, &test->error), &test->error);
    assert_false(prom_bytes32_equal(&first, &second));

    late(test, &terms, 117, VALID_P_HEIGHT, "the tip is 117, and at least 118 is needed: the block of the earlier");
    assert_ok(now(test, &terms, 118, VALID_P_HEIGHT), &test->error);
    assert_ok(now(test, &terms, 160, VALID_P_HEIGHT), &test->error); /* its snapshot may be old */
    late(test, &terms, 165, VALID_P_HEIGHT, "deadline is 170, and at least 171 is needed"); /* the deadline is new */
    terms.earlier = prom_span_of(terms.earlier.data, 191);
    assert_fails(prom_terms_draw_id(&test->arena, &first, &terms, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "not the signed terms of an earlier setup");
}

static void refuse_earlier(fixture *test, const prom_terms *terms, const char *sentence)
{
    assert_fails(prom_terms_check_base(test->curve, terms, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 sentence);
}

static void another_draw_is_not_taken(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_terms valid = valid_terms(test, &cast, 3);
    prom_terms terms = second_try(test, &cast, &valid);
    uint8_t *bytes = exact_copy(terms.earlier.data, terms.earlier.length);
    terms.earlier.data = bytes;
    bytes[terms.earlier.length - 1] ^= 1;
    refuse_earlier(test, &terms, "of the earlier setup whose draw stands: the verifier has not signed the base terms");
    terms.earlier.length--;
    refuse_earlier(test, &terms, "of the earlier setup whose draw stands: these bytes are not the terms of a contract");
    free(bytes);

    prom_terms earlier = second_try(test, &cast, &valid);
    terms = second_try(test, &cast, &earlier);
    refuse_earlier(test, &terms, "the earlier setup has its draw from one before it");
    earlier = valid;
    earlier.p_txid.bytes[0] ^= 1;
    terms = second_try(test, &cast, &earlier);
    refuse_earlier(test, &terms, "was of another P");
    earlier = valid;
    earlier.genesis.bytes[0] ^= 1;
    terms = second_try(test, &cast, &earlier);
    refuse_earlier(test, &terms, "was of another P");
    const uint8_t challenge = 1;
    earlier = valid;
    earlier.signet_challenge = prom_span_of(&challenge, 1);
    terms = second_try(test, &cast, &earlier);
    refuse_earlier(test, &terms, "was of another P");

    terms = second_try(test, &cast, &valid);
    terms.snapshot_height--;
    refuse_earlier(test, &terms, "the snapshot is block 109 and the draw's block is 118, and those of the earlier");
    terms = second_try(test, &cast, &valid);
    terms.draw_height++;
    refuse_earlier(test, &terms,
                   "the draw's block is 119, and those of the earlier setup whose draw stands are needed: 110 and 118");
    terms = second_try(test, &cast, &valid);
    terms.snapshot_hash.bytes[31] ^= 1;
    refuse_earlier(test, &terms, "with its hash");
}

/* On main, where s is 6 and vt is 22: 3 arbiters, packages of 1 MiB and a line of 100,000 bytes a second. */
static prom_terms job_of_main(fixture *test, const struct cast *cast)
{
    prom_terms terms = valid_terms(test, cast, 3);
    terms.genesis = prom_chain_parameters_by_name("main")->genesis;
    terms.job.program_bytes = 90000000;
    terms.job.input_bytes = 10000000;
    terms.package_max = 20000000;
    return terms;
}

static void refuse_work(fixture *test, prom_terms terms, prom_job_time time, uint16_t needed)
{
    char sentence[64];
    terms.P.t1 = needed;
    assert_ok(prom_terms_check_work(&terms, &time, &test->error), &test->error);
    terms.P.t1--;
    (void)snprintf(sentence, sizeof sentence, "t1 is %u, and at least %u is needed: 2s, half as long again", needed - 1,
                   needed);
    assert_fails(prom_terms_check_work(&terms, &time, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
}

static void work_fits_t1(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_terms terms = job_of_main(test, &cast);
    /* 5 packages and 3 payloads are 400,000,000 bytes: 4,000 s, 7 blocks. */
    refuse_work(test, terms, (prom_job_time){.bytes_per_second = 100000}, 6 + 0 + 7 + 6);
    refuse_work(test, terms, (prom_job_time){.compute_seconds = 1, .bytes_per_second = 100000}, 6 + 2 + 7 + 6);
    refuse_work(test, terms, (prom_job_time){.compute_seconds = 4000, .bytes_per_second = 100000}, 6 + 15 + 7 + 6);
    refuse_work(test, terms, (prom_job_time){.compute_seconds = 4001, .bytes_per_second = 100000}, 6 + 17 + 7 + 6);
    /* The second round carries the 5 packages again: 1,000 s, 2 blocks; the block named is 12 ahead, and s deep twice.
     */
    refuse_work(test, terms, (prom_job_time){.bytes_per_second = 100000, .two_rounds = true}, 6 + 7 + 6 + 12 + 12 + 2);
    refuse_work(test, valid_terms(test, &cast, 3), (prom_job_time){.bytes_per_second = 1000000000, .two_rounds = true},
                2 + 1 + 2 + 3 + 4 + 1);
    prom_terms most = terms;
    most.P.n = 9;
    most.P.t1 = UINT16_MAX;
    most.package_max = PROM_PAYLOAD_MAX;
    most.job.program_bytes = PROM_PAYLOAD_MAX - most.job.input_bytes;
    assert_fails(prom_terms_check_work(&most, &(prom_job_time){UINT64_MAX, 0, 1, true}, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error,
                 "t1 is 65535, and at least 69175290331887518"); /* no overflow */
    assert_fails(prom_terms_check_work(&terms, &(prom_job_time){.bytes_per_second = 0}, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "at least 1 byte a second");
}

static void verification_fits_vt(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_terms terms = job_of_main(test, &cast);
    prom_job_time time = {.verify_seconds = 4200, .bytes_per_second = 100000}; /* and 200 for the package: 22 * 200 */
    assert_ok(prom_terms_check_verification(&terms, &time, &test->error), &test->error);
    time.verify_seconds++;
    assert_fails(prom_terms_check_verification(&terms, &time, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the time to fetch and verify the worst package, in seconds, is 4401, and at most 4400 is allowed: vt "
                 "blocks of 200 seconds");
    time.verify_seconds = 4000;
    time.two_rounds = true;
    assert_ok(prom_terms_check_verification(&terms, &time, &test->error), &test->error);
    time.verify_seconds++;
    assert_fails(prom_terms_check_verification(&terms, &time, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "is 4401, and at most 4400");
    time.verify_seconds = UINT64_MAX; /* no overflow */
    assert_fails(prom_terms_check_verification(&terms, &time, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "is 18446744073709551615, and at most 4400");
    time.bytes_per_second = 0;
    assert_fails(prom_terms_check_verification(&terms, &time, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "at least 1 byte a second");
}

/* Sizes that no valid terms have, whose sums would wrap to small ones. */
static void sizes_beyond_all_bounds_do_not_fit(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_job_time time = {.bytes_per_second = 1000000000, .two_rounds = true};
    const prom_terms valid = valid_terms(test, &cast, 3);
    prom_terms terms = valid;
    terms.P.t1 = UINT16_MAX;
    const prom_terms fitting = terms;
    assert_ok(prom_terms_check_work(&terms, &time, &test->error), &test->error);
    terms.package_max = UINT64_C(1) << 63; /* two of them are none */
    assert_fails(prom_terms_check_verification(&terms, &time, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the largest package in bytes is 9223372036854775808, and at most 1073741824 is allowed");
    terms.package_max = UINT64_MAX / 5 + 1; /* nor are five */
    assert_fails(prom_terms_check_work(&terms, &time, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the largest package in bytes is 3689348814741910324, and at most");
    terms = fitting;
    terms.job.program_bytes = UINT64_MAX;
    assert_fails(prom_terms_check_work(&terms, &time, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the program's size in bytes is 18446744073709551615, and at most 1073741824");
    terms = fitting;
    terms.job.input_bytes = UINT64_MAX - 900;
    assert_fails(prom_terms_check_work(&terms, &time, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the input's size in bytes is 18446744073709550715, and at most 1073741824");
    terms = fitting;
    terms.P.n = 10;
    assert_fails(prom_terms_check_work(&terms, &time, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the number of arbiters is 10, and at most 9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(no_hash_stands_in_two_contracts),
        FIXTURE_TEST(roles_have_limits),
        FIXTURE_TEST(owners_have_limits_for_p),
        FIXTURE_TEST(heights_have_bounds_on_regtest),
        FIXTURE_TEST(heights_have_bounds_on_main),
        FIXTURE_TEST(the_snapshot_is_a_block_of_our_chain),
        FIXTURE_TEST(seats_have_bounds),
        FIXTURE_TEST(heights_do_not_wrap),
        FIXTURE_TEST(base_terms_are_signed_by_all_three),
        FIXTURE_TEST(signed_base_terms_are_read_as_they_were_written),
        FIXTURE_TEST(the_earlier_draw_stands),
        FIXTURE_TEST(another_draw_is_not_taken),
        FIXTURE_TEST(work_fits_t1),
        FIXTURE_TEST(verification_fits_vt),
        FIXTURE_TEST(sizes_beyond_all_bounds_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
