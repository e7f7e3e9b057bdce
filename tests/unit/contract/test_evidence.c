#include "contract/evidence_scene.h"

static uint32_t count_receipts(const struct scene *scene, prom_round round, size_t package)
{
    const prom_case known = case_of(scene);
    const prom_bytes32 hash = named("package", package);
    return prom_arbiters_count(prom_case_receipts(&known, round, &hash));
}

static uint32_t count_notice_receipts(const struct scene *scene, prom_attestation notice)
{
    const prom_case known = case_of(scene);
    const prom_bytes32 hash = notice_hash(scene, notice);
    return prom_arbiters_count(prom_case_receipts(&known, PROM_ROUND_NOTICE, &hash));
}

static void set_keeps_two_of_each(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_scene(test);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    assert_false(take(test, scene, package_of(PROM_ROUND_A, 0)));
    assert_true(take(test, scene, package_of(PROM_ROUND_B, 0))); /* another round is another word */
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 1)));
    assert_false(take(test, scene, package_of(PROM_ROUND_A, 1)));
    assert_false(take(test, scene, package_of(PROM_ROUND_A, 2)));
    assert_true(take(test, scene, package_receipt(0, PROM_ROUND_A, 0, 205)));
    assert_true(take(test, scene, package_receipt(1, PROM_ROUND_A, 0, 205)));
    assert_int_equal(scene->evidence.count, 5);

    const prom_bytes32 auxiliary = {{1}};
    prom_attestation again = sign(test, scene, package_receipt(0, PROM_ROUND_A, 0, 205));
    assert_ok(prom_attestation_sign(test->curve, &again, &scene->cast.arbiter[0], &auxiliary, &test->error),
              &test->error);
    assert_false(add_evidence(test, &scene->evidence, &again)); /* another signature of the same word */
    for (prom_attestation_kind kind = PROM_ATTESTATION_ECHO; kind <= PROM_ATTESTATION_VOTE; kind++) {
        assert_false(take(test, scene, (prom_attestation){.kind = kind, .place = PROM_PLACE_ARBITER}));
    }
    assert_int_equal(scene->evidence.count, 5);
}

/* However much is signed, the set has room for all that it keeps. */
static void set_never_overflows(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_scene(test);
    prom_evidence *evidence = &scene->evidence;
    for (uint32_t i = 0; i < 4; i++) {
        prom_attestation said[2 * PROM_ROUNDS];
        for (size_t arbiter = 0; arbiter < PROM_ARBITERS_MAX; arbiter++) {
            for (prom_round round = PROM_ROUND_A; round <= PROM_ROUND_NOTICE; round++) {
                said[0] = package_receipt(arbiter, round, 0, i);
                assert_int_equal(add_evidence(test, evidence, &said[0]), i < 2);
            }
            said[0] = answer_of(arbiter, i);
            assert_int_equal(add_evidence(test, evidence, &said[0]), i < 2);
        }
        said[0] = package_of(PROM_ROUND_A, i);
        said[1] = package_of(PROM_ROUND_B, i);
        said[2] = notice_of(0, i);
        for (size_t at = 0; at < 3; at++) {
            assert_int_equal(add_evidence(test, evidence, &said[at]), i < 2);
        }
    }
    assert_int_equal(evidence->count, PROM_EVIDENCE_MAX);
}

static void receipts_count_until_t1(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_scene(test);
    const prom_case known = case_of(scene);
    prom_receipt receipt;
    assert_true(take(test, scene, package_receipt(0, PROM_ROUND_A, 0, LAST)));
    assert_true(take(test, scene, package_receipt(1, PROM_ROUND_A, 0, LAST + 1)));
    assert_true(take(test, scene, package_receipt(2, PROM_ROUND_A, 1, LAST)));
    assert_true(take(test, scene, package_receipt(3, PROM_ROUND_B, 0, LAST)));
    assert_int_equal(count_receipts(scene, PROM_ROUND_A, 0), 1);
    assert_int_equal(count_receipts(scene, PROM_ROUND_A, 1), 1);
    assert_int_equal(count_receipts(scene, PROM_ROUND_B, 0), 1);
    assert_true(prom_case_receipt(&known, &receipt, 0, PROM_ROUND_A));
    assert_int_equal(receipt.height, LAST);
    assert_false(prom_case_receipt(&known, &receipt, 1, PROM_ROUND_A));
    assert_int_equal(receipt.height, 0);
    assert_false(prom_case_receipt(&known, &receipt, 0, PROM_ROUND_B));
}

/* Two receipts that differ in anything void each other, even if one alone would count. */
static void different_receipts_void_each_other(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_scene(test);
    for (size_t i = 0; i < 3; i++) {
        assert_true(take(test, scene, package_receipt(i, PROM_ROUND_A, 0, 205)));
    }
    assert_int_equal(count_receipts(scene, PROM_ROUND_A, 0), 3);
    assert_false(take(test, scene, package_receipt(0, PROM_ROUND_A, 0, 205)));
    assert_int_equal(count_receipts(scene, PROM_ROUND_A, 0), 3);
    assert_true(take(test, scene, package_receipt(0, PROM_ROUND_A, 0, 206)));
    assert_int_equal(count_receipts(scene, PROM_ROUND_A, 0), 2);
    assert_true(take(test, scene, package_receipt(1, PROM_ROUND_A, 1, 205)));
    assert_int_equal(count_receipts(scene, PROM_ROUND_A, 0), 1);
    assert_int_equal(count_receipts(scene, PROM_ROUND_A, 1), 0);
    assert_true(take(test, scene, package_receipt(2, PROM_ROUND_A, 0, LAST + 1)));
    assert_int_equal(count_receipts(scene, PROM_ROUND_A, 0), 0);
}

/* Receipts of a notice end before its block can be known. */
static void notice_receipts_count_before_the_block(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_sampling_scene(test);
    const prom_attestation notice = notice_of(0, BLOCK_X);
    assert_true(take(test, scene, notice_receipt(scene, 0, notice, BLOCK_X - LEAD)));
    assert_true(take(test, scene, notice_receipt(scene, 1, notice, BLOCK_X - LEAD + 1)));
    assert_int_equal(count_notice_receipts(scene, notice), 2); /* no date is late for a notice that we do not know */
    assert_true(take(test, scene, notice));
    assert_int_equal(count_notice_receipts(scene, notice), 1);
    assert_true(take(test, scene, notice_receipt(scene, 0, notice, 3)));
    assert_int_equal(count_notice_receipts(scene, notice), 0);

    scene = make_sampling_scene(test);
    const prom_attestation late = notice_of(0, BLOCK_X + 1);
    assert_true(take(test, scene, late));
    receipt_notice(test, scene, late, 3);
    assert_int_equal(count_notice_receipts(scene, late), 0);
}

static void words_of_the_worker_are_found(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_sampling_scene(test);
    const prom_case known = case_of(scene);
    assert_true(prom_case_samples(&known));
    assert_null(prom_case_package(&known, PROM_ROUND_A));
    assert_null(prom_case_notice(&known));
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    assert_true(take(test, scene, package_of(PROM_ROUND_B, 1)));
    assert_true(take(test, scene, notice_of(0, 206)));
    assert_non_null(prom_case_package(&known, PROM_ROUND_A));
    assert_int_equal(prom_case_notice(&known)->as.notice.height, 206);
    assert_false(prom_case_two_packages(&known) || prom_case_two_notices(&known));
    assert_true(take(test, scene, package_of(PROM_ROUND_B, 2)));
    assert_null(prom_case_package(&known, PROM_ROUND_B));
    assert_true(prom_case_two_packages(&known));
    assert_false(prom_case_two_notices(&known));
    assert_true(take(test, scene, notice_of(0, 207)));
    assert_null(prom_case_notice(&known));
    assert_true(prom_case_two_notices(&known));
    scene->terms.P.varsigma = PROM_BASIS_POINTS_ONE;
    assert_false(prom_case_samples(&known));
}

static void answers_void_what_they_do_not_list(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_scene(test);
    const prom_case known = case_of(scene);
    const prom_attestation given = package_receipt(0, PROM_ROUND_A, 0, 205);
    for (size_t i = 0; i < ARBITERS; i++) {
        prom_attestation receipt = given;
        receipt.place = PROM_PLACE_ARBITER + i;
        assert_true(take(test, scene, receipt));
    }
    assert_true(take(test, scene, listing(answer_of(0, LAST + 1), given)));
    assert_int_equal(count_receipts(scene, PROM_ROUND_A, 0), 5);
    assert_true(take(test, scene, answer_of(1, LAST + 1))); /* lists none */
    assert_int_equal(count_receipts(scene, PROM_ROUND_A, 0), 4);
    assert_true(take(test, scene, listing(answer_of(2, LAST + 1), package_receipt(2, PROM_ROUND_A, 0, 206))));
    assert_int_equal(count_receipts(scene, PROM_ROUND_A, 0), 3);
    assert_true(take(test, scene, listing(answer_of(3, 1), package_receipt(3, PROM_ROUND_B, 0, 205))));
    assert_int_equal(count_receipts(scene, PROM_ROUND_A, 0), 2); /* early or not, a last word is the last */
    assert_false(prom_case_voided(&known, 0));
    assert_true(take(test, scene, listing(answer_of(0, LAST + 2), given)));
    assert_true(prom_case_voided(&known, 0)); /* two answers */
    assert_int_equal(count_receipts(scene, PROM_ROUND_A, 0), 1);
}

/* A receipt that an answer leaves out takes those of all rounds with it. */
static void void_answer_voids_all_rounds(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_sampling_scene(test);
    const prom_attestation first = package_receipt(0, PROM_ROUND_A, 0, 205);
    assert_true(take(test, scene, first));
    assert_true(take(test, scene, listing(answer_of(0, LAST + 1), first)));
    assert_int_equal(count_receipts(scene, PROM_ROUND_A, 0), 1);
    assert_true(take(test, scene, package_receipt(0, PROM_ROUND_B, 0, LAST)));
    assert_int_equal(count_receipts(scene, PROM_ROUND_A, 0), 0);
    assert_int_equal(count_receipts(scene, PROM_ROUND_B, 0), 0);
}

static void what_an_answer_lists_counts_as_given(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_sampling_scene(test);
    assert_true(take(test, scene,
                     listing(listing(answer_of(0, LAST + 1), package_receipt(0, PROM_ROUND_A, 0, LAST)),
                             package_receipt(0, PROM_ROUND_B, 0, LAST + 1))));
    assert_int_equal(count_receipts(scene, PROM_ROUND_A, 0), 1);
    assert_int_equal(count_receipts(scene, PROM_ROUND_B, 0), 0);
}

static void denials_are_answers_without_a_receipt(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_scene(test);
    const prom_case known = case_of(scene);
    assert_true(take(test, scene, answer_of(0, LAST))); /* too early to be an answer */
    assert_int_equal(prom_case_answers(&known), 0);
    assert_true(take(test, scene, answer_of(1, LAST + 1)));
    assert_true(take(test, scene, listing(answer_of(2, LAST + 9), package_receipt(2, PROM_ROUND_A, 0, LAST))));
    assert_true(take(test, scene, listing(answer_of(3, LAST + 1), package_receipt(3, PROM_ROUND_A, 0, LAST + 1))));
    assert_int_equal(prom_case_answers(&known), 1 << 1 | 1 << 2 | 1 << 3);
    assert_int_equal(prom_case_denials(&known, PROM_ROUND_A), 1 << 1 | 1 << 3);
    assert_int_equal(prom_case_denials(&known, PROM_ROUND_B), 1 << 1 | 1 << 2 | 1 << 3);
    assert_true(take(test, scene, answer_of(2, LAST + 1))); /* a second answer voids the receipt */
    assert_int_equal(prom_case_denials(&known, PROM_ROUND_A), 1 << 1 | 1 << 2 | 1 << 3);
    assert_true(take(test, scene, answer_of(0, LAST - 1))); /* two answers, whatever their tips */
    assert_int_equal(prom_case_denials(&known, PROM_ROUND_A), 0xf);
}

/* Of whom W can still show a receipt: who gave it, and who said nothing that excludes it. */
static void notice_witnesses_are_those_who_can_have_seen_it(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_sampling_scene(test);
    const prom_case known = case_of(scene);
    const prom_attestation notice = notice_of(0, BLOCK_X);
    assert_int_equal(prom_case_notice_witnesses(&known), 0);
    assert_true(take(test, scene, notice));
    assert_int_equal(prom_case_notice_witnesses(&known), 0x1f);
    assert_true(take(test, scene, answer_of(0, LAST + 1)));
    assert_true(take(test, scene, notice_receipt(scene, 1, notice, BLOCK_X - LEAD)));
    assert_true(take(test, scene, notice_receipt(scene, 2, notice, BLOCK_X)));
    assert_true(take(test, scene, notice_receipt(scene, 3, notice_of(1, BLOCK_X), 205)));
    assert_int_equal(prom_case_notice_witnesses(&known), 1 << 1 | 1 << 4);
    assert_true(take(test, scene, answer_of(4, 1)));
    assert_true(take(test, scene, answer_of(1, LAST + 1)));
    assert_int_equal(prom_case_notice_witnesses(&known), 0);
    assert_true(take(test, scene, notice_of(0, BLOCK_X - 1)));
    assert_int_equal(prom_case_notice_witnesses(&known), 0);
}

static size_t holders(const struct scene *scene, prom_round round)
{
    const prom_case known = case_of(scene);
    return prom_arbiters_count(prom_case_holders(&known, round));
}

/* What W has signed, where that is known; else what most receipts agree on. */
static void holders_agree_on_one_thing(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_sampling_scene(test);
    const prom_attestation notice = notice_of(0, BLOCK_X);
    assert_int_equal(holders(scene, PROM_ROUND_A), 0);
    for (size_t i = 0; i < ARBITERS; i++) {
        assert_true(take(test, scene, package_receipt(i, PROM_ROUND_A, i < 1 ? 7 : 8, i < 4 ? LAST : LAST + 1)));
        assert_true(take(test, scene, listing(answer_of(i, LAST + 1), scene->evidence.list[2 * i])));
    }
    assert_int_equal(holders(scene, PROM_ROUND_A), 3);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 9)));
    assert_int_equal(holders(scene, PROM_ROUND_A), 0);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 8)));
    assert_int_equal(holders(scene, PROM_ROUND_A), 0); /* of two none is W's */
    scene = make_sampling_scene(test);
    for (size_t i = 0; i < 4; i++) {
        assert_true(take(test, scene, notice_receipt(scene, i, notice, 205)));
    }
    assert_true(take(test, scene, notice_receipt(scene, 4, notice_of(1, BLOCK_X), 205)));
    assert_int_equal(holders(scene, PROM_ROUND_NOTICE), 4);
    assert_int_equal(holders(scene, PROM_ROUND_B), 0);
    assert_true(take(test, scene, notice_of(1, BLOCK_X)));
    assert_int_equal(holders(scene, PROM_ROUND_NOTICE), 1);
}

/* No number that a stranger may name overflows. */
static void heights_do_not_wrap(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_sampling_scene(test);
    const prom_attestation notice = notice_of(0, UINT32_MAX);
    const prom_attestation first = notice_of(0, 0);
    prom_case known = case_of(scene);
    assert_true(take(test, scene, package_receipt(0, PROM_ROUND_A, 0, UINT32_MAX)));
    assert_true(take(test, scene, notice));
    assert_true(take(test, scene, notice_receipt(scene, 0, notice, UINT32_MAX)));
    assert_int_equal(count_receipts(scene, PROM_ROUND_A, 0), 0);
    assert_int_equal(count_notice_receipts(scene, notice), 0);
    known.H0 = UINT32_MAX; /* H0 + t1 is above what 32 bits hold */
    assert_int_equal(
        prom_arbiters_count(prom_case_receipts(&known, PROM_ROUND_A, &scene->evidence.list[0].as.receipt.hash)), 1);
    assert_true(take(test, scene, first));
    assert_true(take(test, scene, notice_receipt(scene, 1, first, UINT32_MAX)));
    assert_int_equal(count_notice_receipts(scene, first), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(set_keeps_two_of_each),
        FIXTURE_TEST(set_never_overflows),
        FIXTURE_TEST(receipts_count_until_t1),
        FIXTURE_TEST(different_receipts_void_each_other),
        FIXTURE_TEST(notice_receipts_count_before_the_block),
        FIXTURE_TEST(words_of_the_worker_are_found),
        FIXTURE_TEST(answers_void_what_they_do_not_list),
        FIXTURE_TEST(void_answer_voids_all_rounds),
        FIXTURE_TEST(what_an_answer_lists_counts_as_given),
        FIXTURE_TEST(denials_are_answers_without_a_receipt),
        FIXTURE_TEST(notice_witnesses_are_those_who_can_have_seen_it),
        FIXTURE_TEST(holders_agree_on_one_thing),
        FIXTURE_TEST(heights_do_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
