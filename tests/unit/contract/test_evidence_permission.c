#include "contract/evidence_scene.h"

/* An arbiter that has all that it needs to receipt package A. */
static prom_arbiter_view ready(const prom_bytes32 *holds, uint32_t tip)
{
    return (prom_arbiter_view){.arbiter = 1, .tip = tip, .in_step = true, .holds_job = true, .holds = holds};
}

static void refuses(fixture *test, const struct scene *scene, prom_round round, const prom_arbiter_view *view,
                    prom_permission permission, const char *reason)
{
    const prom_case known = case_of(scene);
    test->error = (prom_error){{0}};
    assert_int_equal(prom_may_receipt(&known, round, view, &test->error), permission);
    if (strstr(test->error.sentence, reason) == NULL) {
        fail_msg("wanted '...%s...', got '%s'", reason, test->error.sentence);
    }
}

static void permits(const struct scene *scene, prom_round round, const prom_arbiter_view *view)
{
    const prom_case known = case_of(scene);
    prom_error error = {{0}};
    if (prom_may_receipt(&known, round, view, &error) != PROM_PERMITTED) {
        fail_msg("refused: %s", error.sentence);
    }
}

static void receipt_is_for_what_is_signed_and_held(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_scene(test);
    const prom_bytes32 held = named("package", 0);
    const prom_bytes32 other = named("package", 1);
    prom_arbiter_view view = ready(&held, LAST);
    refuses(test, scene, PROM_ROUND_A, &view, PROM_NOT_YET, "the worker has not signed what the receipt would be of");
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    permits(scene, PROM_ROUND_A, &view);
    view.holds = &other;
    refuses(test, scene, PROM_ROUND_A, &view, PROM_NOT_YET, "package, program and input are not all here yet");
    view.holds = NULL;
    refuses(test, scene, PROM_ROUND_A, &view, PROM_NOT_YET, "package, program and input are not all here yet");
    view = ready(&held, LAST);
    view.holds_job = false;
    refuses(test, scene, PROM_ROUND_A, &view, PROM_NOT_YET, "package, program and input are not all here yet");
    view = ready(&held, LAST);
    view.in_step = false;
    refuses(test, scene, PROM_ROUND_A, &view, PROM_NOT_YET, "our node is not in step with the chain");
    view = ready(&held, LAST + 1);
    refuses(test, scene, PROM_ROUND_A, &view, PROM_NEVER, "at the tip 213 a receipt would not count any more");
    view = ready(&held, LAST);
    refuses(test, scene, PROM_ROUND_B, &view, PROM_NEVER, "the contract has no such round: all is delivered in one");
    refuses(test, scene, PROM_ROUND_NOTICE, &view, PROM_NEVER, "the contract has no such round");
}

/* The receipt that is made counts, and no second one is permitted. */
static void one_receipt_a_round(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_scene(test);
    const prom_bytes32 held = named("package", 0);
    const prom_case known = case_of(scene);
    prom_arbiter_view view = ready(&held, 205);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    assert_true(take(test, scene, prom_receipt_make(&known, &scene->contract_id, PROM_ROUND_A, &view)));
    assert_int_equal(prom_case_receipts(&known, PROM_ROUND_A, &held), 1 << 1);
    refuses(test, scene, PROM_ROUND_A, &view, PROM_NEVER, "a receipt of this round is given already");
    view.tip++;
    refuses(test, scene, PROM_ROUND_A, &view, PROM_NEVER, "a receipt of this round is given already");
    view.arbiter = 2; /* what another gave is another's */
    permits(scene, PROM_ROUND_A, &view);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 1)));
    refuses(test, scene, PROM_ROUND_A, &view, PROM_NEVER, "the worker has signed two different packages");
}

static void nothing_is_receipted_after_the_answer(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_sampling_scene(test);
    const prom_bytes32 held = named("package", 0);
    const prom_case known = case_of(scene);
    prom_arbiter_view view = ready(&held, LAST);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    assert_true(take(test, scene, prom_receipt_make(&known, &scene->contract_id, PROM_ROUND_A, &view)));
    assert_int_equal(prom_may_answer(&known, &view, &test->error), PROM_NOT_YET);
    assert_string_equal(test->error.sentence, "the final question is answered from the tip 213 on, and ours is 212");
    view.tip = LAST + 1;
    view.in_step = false; /* no block for hours is no reason to be silent: the own tip alone decides */
    assert_int_equal(prom_may_answer(&known, &view, &test->error), PROM_PERMITTED);
    const prom_attestation answer = prom_answer_make(&known, &scene->contract_id, &view);
    assert_int_equal(answer.as.answer.count, 1);
    assert_int_equal(answer.as.answer.tip, LAST + 1);
    assert_true(take(test, scene, answer));
    assert_false(prom_case_voided(&known, 1));
    assert_int_equal(prom_case_receipts(&known, PROM_ROUND_A, &held), 1 << 1);
    assert_int_equal(prom_may_answer(&known, &view, &test->error), PROM_NEVER);
    view.tip = 205; /* a reorganisation has moved H0 up: what was said stays said */
    assert_true(take(test, scene, package_of(PROM_ROUND_B, 0)));
    refuses(test, scene, PROM_ROUND_B, &view, PROM_NEVER, "the final question is answered: no receipt");
}

static void notice_is_receipted_before_its_block_alone(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_sampling_scene(test);
    const prom_case known = case_of(scene);
    const prom_bytes32 held = named("package", 0);
    const prom_attestation notice = notice_of(0, 207);
    prom_arbiter_view view = ready(&held, 207 - LEAD);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    refuses(test, scene, PROM_ROUND_NOTICE, &view, PROM_NOT_YET, "the worker has not signed");
    assert_true(take(test, scene, notice));
    permits(scene, PROM_ROUND_NOTICE, &view);
    view.tip++;
    refuses(test, scene, PROM_ROUND_NOTICE, &view, PROM_NEVER, "at the tip 206 a receipt would not count any more");
    view.tip--;
    view.holds = NULL; /* only who holds the package that the notice fixes */
    refuses(test, scene, PROM_ROUND_NOTICE, &view, PROM_NOT_YET, "are not all here yet");
    view.holds = &held;
    assert_true(take(test, scene, prom_receipt_make(&known, &scene->contract_id, PROM_ROUND_NOTICE, &view)));
    const prom_bytes32 hash = notice_hash(scene, notice);
    assert_int_equal(prom_case_receipts(&known, PROM_ROUND_NOTICE, &hash), 1 << 1);
    view.arbiter = 2;
    assert_true(take(test, scene, notice_of(0, 208)));
    refuses(test, scene, PROM_ROUND_NOTICE, &view, PROM_NEVER, "two notices");

    scene = make_sampling_scene(test);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    assert_true(take(test, scene, notice_of(1, 207))); /* of another package than that which W has signed */
    refuses(test, scene, PROM_ROUND_NOTICE, &view, PROM_NOT_YET, "the worker has not signed");
    scene = make_sampling_scene(test);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    assert_true(take(test, scene, notice_of(0, BLOCK_X + 1)));
    refuses(test, scene, PROM_ROUND_NOTICE, &view, PROM_NEVER, "a receipt would not count any more");
}

static void openings_are_receipted_behind_their_block_alone(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_sampling_scene(test);
    const prom_bytes32 held = named("package", 7);
    const prom_bytes32 block = named("block", 0);
    const prom_bytes32 fork = named("block", 1);
    prom_arbiter_view view = ready(&held, 207 + MARGIN);
    view.block = &block;
    view.best_x = &block;
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    assert_true(take(test, scene, package_of(PROM_ROUND_B, 7)));
    refuses(test, scene, PROM_ROUND_B, &view, PROM_NOT_YET, "the worker has not signed"); /* no notice: no X */
    assert_true(take(test, scene, notice_of(0, 207)));
    permits(scene, PROM_ROUND_B, &view);
    view.tip--;
    refuses(test, scene, PROM_ROUND_B, &view, PROM_NOT_YET, "the block 207 draws the sample, and is deep enough from");
    view.tip++;
    view.best_x = NULL;
    refuses(test, scene, PROM_ROUND_B, &view, PROM_NOT_YET, "deep enough");
    view.best_x = &fork;
    refuses(test, scene, PROM_ROUND_B, &view, PROM_NOT_YET, "package B names another block than that at height 207");
    view.best_x = &block;
    view.block = NULL;
    refuses(test, scene, PROM_ROUND_B, &view, PROM_NOT_YET, "package B names another block");
    view.block = &block;
    view.tip = LAST + 1;
    refuses(test, scene, PROM_ROUND_B, &view, PROM_NEVER, "would not count any more");
}

static void worker_signs_one_package_and_one_notice(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_sampling_scene(test);
    const prom_case known = case_of(scene);
    const prom_bytes32 hash = named("package", 0);
    const prom_bytes32 other = named("package", 1);
    enum { TIP = 204, FIRST = TIP + 3 };
    assert_int_equal(prom_may_package(&known, PROM_ROUND_A, &hash, &test->error), PROM_PERMITTED);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    assert_int_equal(prom_may_package(&known, PROM_ROUND_A, &hash, &test->error), PROM_PERMITTED);
    assert_int_equal(prom_may_package(&known, PROM_ROUND_B, &other, &test->error), PROM_PERMITTED);
    assert_int_equal(prom_may_package(&known, PROM_ROUND_A, &other, &test->error), PROM_NEVER);

    assert_int_equal(prom_may_notice(&known, TIP, FIRST, &test->error), PROM_NOT_YET);
    assert_string_equal(test->error.sentence, "0 receipts of the package count, and 3 are needed");
    receipt_package(test, scene, PROM_ROUND_A, 0, QUORUM);
    assert_int_equal(prom_may_notice(&known, TIP, FIRST, &test->error), PROM_PERMITTED);
    assert_int_equal(prom_may_notice(&known, TIP, FIRST - 1, &test->error), PROM_NEVER);
    assert_string_equal(test->error.sentence,
                        "the block 206 cannot draw the sample: the first that can is 207, the last 210");
    assert_int_equal(prom_may_notice(&known, TIP, BLOCK_X, &test->error), PROM_PERMITTED);
    assert_int_equal(prom_may_notice(&known, TIP, BLOCK_X + 1, &test->error), PROM_NEVER);
    assert_int_equal(prom_may_notice(&known, UINT32_MAX, UINT32_MAX, &test->error), PROM_NEVER);
    assert_true(take(test, scene, notice_of(0, FIRST)));
    assert_int_equal(prom_may_notice(&known, TIP, FIRST, &test->error), PROM_NEVER);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 1)));
    assert_int_equal(prom_may_package(&known, PROM_ROUND_A, &hash, &test->error), PROM_NEVER);

    scene = make_scene(test);
    const prom_case plain = case_of(scene);
    assert_int_equal(prom_may_notice(&plain, TIP, FIRST, &test->error), PROM_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(receipt_is_for_what_is_signed_and_held),
        FIXTURE_TEST(one_receipt_a_round),
        FIXTURE_TEST(nothing_is_receipted_after_the_answer),
        FIXTURE_TEST(notice_is_receipted_before_its_block_alone),
        FIXTURE_TEST(openings_are_receipted_behind_their_block_alone),
        FIXTURE_TEST(worker_signs_one_package_and_one_notice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
