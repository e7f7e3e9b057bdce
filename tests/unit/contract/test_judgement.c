#include "contract/evidence_scene.h"
#include "prometheus/contract/judgement.h"

static void judges(const struct scene *scene, bool shown, prom_checked checked, prom_decision decision,
                   prom_reason reason)
{
    const prom_case known = case_of(scene);
    const prom_judgement judgement = prom_judge(&known, shown, checked);
    assert_true(judgement.known);
    assert_int_equal(judgement.reason, reason);
    assert_int_equal(judgement.decision, decision);
}

/* d = 1, whatever h_p and check say. */
static void blames_worker(const struct scene *scene, prom_reason reason)
{
    for (prom_checked checked = PROM_CHECKED_UNKNOWN; checked <= PROM_CHECKED_BAD; checked++) {
        judges(scene, true, checked, PROM_DECISION_WORKER, reason);
        judges(scene, false, checked, PROM_DECISION_WORKER, reason);
    }
}

static void rules(const struct scene *scene, const prom_verifier_view *view, prom_verdict_due due, prom_reason reason)
{
    const prom_case known = case_of(scene);
    prom_reason found;
    const prom_verdict_due given = prom_verdict(&known, view, &found);
    if (given != due || (due != PROM_VERDICT_WAIT && found != reason)) {
        fail_msg("wanted %d, '%s'; got %d, '%s'", due, prom_reason_text(reason), given, prom_reason_text(found));
    }
}

/* All that can be delivered is delivered and receipted by `count` arbiters. */
static struct scene *delivered(fixture *test, bool samples, size_t count)
{
    struct scene *scene = samples ? make_sampling_scene(test) : make_scene(test);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    receipt_package(test, scene, PROM_ROUND_A, 0, count);
    if (samples) {
        const prom_attestation notice = notice_of(0, BLOCK_X);
        assert_true(take(test, scene, notice));
        receipt_notice(test, scene, notice, count);
        assert_true(take(test, scene, package_of(PROM_ROUND_B, 1)));
        receipt_package(test, scene, PROM_ROUND_B, 1, count);
    }
    return scene;
}

static void good_package_is_for_the_worker(void **state)
{
    fixture *test = *state;
    for (int samples = 0; samples < 2; samples++) {
        const struct scene *scene = delivered(test, samples == 1, QUORUM);
        const prom_case known = case_of(scene);
        judges(scene, true, PROM_CHECKED_GOOD, PROM_DECISION_VERIFIER, PROM_REASON_GOOD);
        judges(scene, true, PROM_CHECKED_BAD, PROM_DECISION_WORKER, PROM_REASON_BAD);
        judges(scene, false, PROM_CHECKED_GOOD, PROM_DECISION_WORKER, PROM_REASON_KEY_NOT_SHOWN);
        judges(scene, false, PROM_CHECKED_UNKNOWN, PROM_DECISION_WORKER, PROM_REASON_KEY_NOT_SHOWN);
        const prom_judgement open = prom_judge(&known, true, PROM_CHECKED_UNKNOWN);
        assert_false(open.known);
        assert_int_equal(open.reason, PROM_REASON_NOT_CHECKED);
    }
}

static void worker_is_blamed_for_what_is_missing(void **state)
{
    fixture *test = *state;
    blames_worker(make_scene(test), PROM_REASON_NO_PACKAGE);
    blames_worker(delivered(test, false, QUORUM - 1), PROM_REASON_FEW_RECEIPTS);
    blames_worker(delivered(test, true, QUORUM - 1), PROM_REASON_FEW_RECEIPTS);
    for (int missing = 0; missing < 4; missing++) { /* of the receipts of A, of the notice, of B; package B */
        struct scene *scene = make_sampling_scene(test);
        const prom_attestation notice = notice_of(0, BLOCK_X);
        assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
        assert_true(take(test, scene, notice));
        receipt_package(test, scene, PROM_ROUND_A, 0, missing == 0 ? QUORUM - 1 : ARBITERS);
        receipt_notice(test, scene, notice, missing == 1 ? QUORUM - 1 : ARBITERS);
        if (missing < 3) {
            assert_true(take(test, scene, package_of(PROM_ROUND_B, 1)));
            receipt_package(test, scene, PROM_ROUND_B, 1, missing == 2 ? QUORUM - 1 : ARBITERS);
        }
        blames_worker(scene, missing < 3 ? PROM_REASON_FEW_RECEIPTS : PROM_REASON_NO_PACKAGE);
    }
}

static void notice_must_be_of_the_package_and_in_time(void **state)
{
    fixture *test = *state;
    const prom_attestation notices[] = {notice_of(9, BLOCK_X), notice_of(0, BLOCK_X + 1)};
    for (size_t i = 0; i <= COUNT_OF(notices); i++) {
        struct scene *scene = make_sampling_scene(test);
        assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
        assert_true(take(test, scene, package_of(PROM_ROUND_B, 1)));
        receipt_package(test, scene, PROM_ROUND_A, 0, ARBITERS);
        receipt_package(test, scene, PROM_ROUND_B, 1, ARBITERS);
        if (i < COUNT_OF(notices)) {
            assert_true(take(test, scene, notices[i]));
            receipt_notice(test, scene, notices[i], ARBITERS);
        }
        blames_worker(scene, PROM_REASON_NOTICE);
    }
}

static void what_is_signed_twice_blames_the_worker(void **state)
{
    fixture *test = *state;
    const prom_attestation second[] = {package_of(PROM_ROUND_A, 5), package_of(PROM_ROUND_B, 5),
                                       notice_of(0, BLOCK_X - 1)};
    const prom_verifier_view view = {.checked = PROM_CHECKED_GOOD, .at_hand = true};
    for (size_t i = 0; i < COUNT_OF(second); i++) {
        struct scene *scene = delivered(test, true, ARBITERS);
        const prom_reason reason = i < 2 ? PROM_REASON_TWO_PACKAGES : PROM_REASON_TWO_NOTICES;
        assert_true(take(test, scene, second[i]));
        blames_worker(scene, reason);
        rules(scene, &view, PROM_VERDICT_ACCUSE, reason);
    }
}

static void verifier_accepts_a_good_package_whatever_the_receipts(void **state)
{
    fixture *test = *state;
    const prom_verifier_view view = {.checked = PROM_CHECKED_GOOD, .at_hand = true};
    struct scene *scene = delivered(test, false, 0);
    rules(scene, &view, PROM_VERDICT_ACCEPT, PROM_REASON_GOOD);
    for (size_t i = 0; i < ARBITERS; i++) {
        assert_true(take(test, scene, answer_of(i, LAST + 1)));
    }
    rules(scene, &view, PROM_VERDICT_ACCEPT, PROM_REASON_GOOD);
}

static void verifier_accuses_a_bad_package_at_once(void **state)
{
    fixture *test = *state;
    const prom_verifier_view view = {.checked = PROM_CHECKED_BAD, .at_hand = true};
    rules(delivered(test, false, ARBITERS), &view, PROM_VERDICT_ACCUSE, PROM_REASON_BAD);
    rules(delivered(test, true, ARBITERS), &view, PROM_VERDICT_ACCUSE, PROM_REASON_BAD);
}

/* k answers without a receipt are enough; fewer are, when all are in or the time is over. */
static void verifier_without_a_package_asks_first(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_scene(test);
    prom_verifier_view view = {.checked = PROM_CHECKED_UNKNOWN};
    rules(scene, &view, PROM_VERDICT_WAIT, PROM_REASON_NO_PACKAGE);
    for (size_t i = 0; i < QUORUM - 1; i++) {
        assert_true(take(test, scene, answer_of(i, LAST + 1)));
    }
    rules(scene, &view, PROM_VERDICT_WAIT, PROM_REASON_NO_PACKAGE);
    view.question_over = true;
    rules(scene, &view, PROM_VERDICT_ACCUSE, PROM_REASON_NO_PACKAGE);
    view.question_over = false;
    assert_true(take(test, scene, answer_of(4, LAST + 1)));
    rules(scene, &view, PROM_VERDICT_ACCUSE, PROM_REASON_FEW_RECEIPTS);
}

/* A package that is here, but not yet checked, may still be good. Not to know by the last moment is V's own fault, and
 * costs less than a wrong accusation. */
static void verification_that_is_not_over_is_no_accusation(void **state)
{
    fixture *test = *state;
    struct scene *scene = delivered(test, false, ARBITERS);
    prom_verifier_view view = {.checked = PROM_CHECKED_UNKNOWN, .at_hand = true, .question_over = true};
    rules(scene, &view, PROM_VERDICT_WAIT, PROM_REASON_NOT_CHECKED);
    view.last_moment = true;
    rules(scene, &view, PROM_VERDICT_ACCEPT, PROM_REASON_NOT_CHECKED);
    view.at_hand = false; /* nor is it the worker's that we could not fetch what k arbiters hold */
    rules(scene, &view, PROM_VERDICT_ACCEPT, PROM_REASON_NOT_CHECKED);
    view.last_moment = false;
    rules(scene, &view, PROM_VERDICT_WAIT, PROM_REASON_NOT_CHECKED);
    rules(delivered(test, false, QUORUM - 1), &view, PROM_VERDICT_ACCUSE, PROM_REASON_NO_PACKAGE);
    view.at_hand = true;
    view.last_moment = true;
    scene = delivered(test, false, 0);
    for (size_t i = 0; i < QUORUM; i++) {
        assert_true(take(test, scene, answer_of(i, LAST + 1)));
    }
    rules(scene, &view, PROM_VERDICT_ACCUSE, PROM_REASON_FEW_RECEIPTS); /* nobody can show k receipts */
    view.last_moment = false;
    rules(scene, &view, PROM_VERDICT_WAIT, PROM_REASON_NOT_CHECKED);
}

/* W's notice as V saw it, and what the arbiters say of it. */
static void verifier_takes_the_block_that_was_named_before(void **state)
{
    fixture *test = *state;
    const prom_bytes32 block = named("block", 0);
    const prom_attestation notice = notice_of(0, BLOCK_X);
    prom_verifier_view view = {.checked = PROM_CHECKED_GOOD,
                               .at_hand = true,
                               .saw_notice = true,
                               .notice_tip = BLOCK_X - 2,
                               .block = &block,
                               .best_x = &block};
    struct scene *scene = make_sampling_scene(test);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    assert_true(take(test, scene, package_of(PROM_ROUND_B, 1)));
    rules(scene, &view, PROM_VERDICT_WAIT, PROM_REASON_NOTICE);
    assert_true(take(test, scene, notice));
    rules(scene, &view, PROM_VERDICT_ACCEPT, PROM_REASON_GOOD);
    view.notice_tip++; /* too late to be a witness itself: the arbiters must be */
    rules(scene, &view, PROM_VERDICT_WAIT, PROM_REASON_BLOCK);
    view.question_over = true;
    rules(scene, &view, PROM_VERDICT_ACCEPT, PROM_REASON_GOOD); /* nobody has answered: all may have seen it */
    view.question_over = false;
    for (size_t i = 0; i < ARBITERS - QUORUM; i++) {
        assert_true(take(test, scene, answer_of(i, LAST + 1)));
    }
    rules(scene, &view, PROM_VERDICT_WAIT, PROM_REASON_BLOCK);
    assert_true(take(test, scene, answer_of(ARBITERS - QUORUM, LAST + 1)));
    rules(scene, &view, PROM_VERDICT_ACCUSE, PROM_REASON_BLOCK);

    scene = make_sampling_scene(test);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    assert_true(take(test, scene, package_of(PROM_ROUND_B, 1)));
    view.question_over = true;
    rules(scene, &view, PROM_VERDICT_ACCUSE, PROM_REASON_NOTICE); /* none at all */
    view.question_over = false;
    assert_true(take(test, scene, notice));
    receipt_notice(test, scene, notice, QUORUM);
    rules(scene, &view, PROM_VERDICT_ACCEPT, PROM_REASON_GOOD); /* k have: no more need be asked */
}

/* The hash in package B: k receipts make it stand; else V's own best chain does, once the block is deep. */
static void block_in_package_b_must_be_x(void **state)
{
    fixture *test = *state;
    const prom_bytes32 block = named("block", 0);
    const prom_bytes32 other = named("block", 1);
    prom_verifier_view view = {.checked = PROM_CHECKED_GOOD,
                               .at_hand = true,
                               .saw_notice = true,
                               .notice_tip = 201,
                               .block = &block,
                               .best_x = &other};
    struct scene *scene = make_sampling_scene(test);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    assert_true(take(test, scene, package_of(PROM_ROUND_B, 1)));
    assert_true(take(test, scene, notice_of(0, BLOCK_X)));
    rules(scene, &view, PROM_VERDICT_WAIT,
          PROM_REASON_BLOCK); /* k may have seen another chain than we: they are asked */
    view.question_over = true;
    rules(scene, &view, PROM_VERDICT_ACCUSE, PROM_REASON_BLOCK);
    view.best_x = NULL;
    rules(scene, &view, PROM_VERDICT_WAIT, PROM_REASON_BLOCK);
    view.last_moment = true;
    rules(scene, &view, PROM_VERDICT_ACCEPT, PROM_REASON_NOT_CHECKED);
    view.last_moment = false;
    view.best_x = &other;
    receipt_package(test, scene, PROM_ROUND_B, 1, QUORUM);
    rules(scene, &view, PROM_VERDICT_ACCEPT, PROM_REASON_GOOD); /* a reorganisation took it after k had seen it */
    view.block = NULL;
    rules(scene, &view, PROM_VERDICT_WAIT, PROM_REASON_BLOCK);
}

/* Before the question is over k arbiters that deny package B are enough: nobody can show k receipts of it any more. */
static void another_block_is_a_fault_once_k_deny_its_package(void **state)
{
    fixture *test = *state;
    const prom_bytes32 block = named("block", 0);
    const prom_bytes32 other = named("block", 1);
    const prom_attestation notice = notice_of(0, BLOCK_X);
    const prom_verifier_view view = {.checked = PROM_CHECKED_GOOD,
                                     .at_hand = true,
                                     .saw_notice = true,
                                     .notice_tip = 201,
                                     .block = &block,
                                     .best_x = &other};
    struct scene *scene = make_sampling_scene(test);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    assert_true(take(test, scene, package_of(PROM_ROUND_B, 1)));
    assert_true(take(test, scene, notice));
    for (size_t i = 0; i < QUORUM; i++) {
        rules(scene, &view, PROM_VERDICT_WAIT, PROM_REASON_BLOCK);
        assert_true(
            take(test, scene, listing(answer_of(i, LAST + 1), notice_receipt(scene, i, notice, BLOCK_X - LEAD))));
    }
    rules(scene, &view, PROM_VERDICT_ACCUSE, PROM_REASON_BLOCK);
}

/* Of every round k answers list a receipt of one thing that W has signed, and has not reached V: it is there to be had,
 * and W can show it. */
static void what_k_arbiters_hold_is_not_missing(void **state)
{
    fixture *test = *state;
    for (int samples = 0; samples < 2; samples++) {
        struct scene *scene = samples == 1 ? make_sampling_scene(test) : make_scene(test);
        const prom_attestation notice = notice_of(0, BLOCK_X);
        prom_verifier_view view = {.checked = PROM_CHECKED_UNKNOWN, .question_over = true};
        for (size_t i = 0; i < QUORUM; i++) {
            prom_attestation answer = listing(answer_of(i, LAST + 1), package_receipt(i, PROM_ROUND_A, 0, LAST));
            if (samples == 1) {
                answer = listing(answer, package_receipt(i, PROM_ROUND_B, 1, LAST));
                answer = listing(answer, notice_receipt(scene, i, notice, BLOCK_X - LEAD));
            }
            rules(scene, &view, PROM_VERDICT_ACCUSE, samples == 1 ? PROM_REASON_NOTICE : PROM_REASON_NO_PACKAGE);
            assert_true(take(test, scene, answer));
        }
        rules(scene, &view, PROM_VERDICT_WAIT, PROM_REASON_NOT_CHECKED);
        view.last_moment = true;
        rules(scene, &view, PROM_VERDICT_ACCEPT, PROM_REASON_NOT_CHECKED);
        assert_true(take(test, scene, package_of(PROM_ROUND_A, 5))); /* what they hold, W cannot show beside this */
        rules(scene, &view, PROM_VERDICT_ACCUSE, PROM_REASON_NO_PACKAGE);
    }
}

/* The notice alone has not reached V. */
static void notice_that_k_arbiters_hold_is_not_missing(void **state)
{
    fixture *test = *state;
    const prom_bytes32 block = named("block", 0);
    const prom_attestation notice = notice_of(0, BLOCK_X);
    prom_verifier_view view = {.checked = PROM_CHECKED_GOOD, .at_hand = true, .block = &block, .question_over = true};
    struct scene *scene = make_sampling_scene(test);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    assert_true(take(test, scene, package_of(PROM_ROUND_B, 1)));
    receipt_notice(test, scene, notice, QUORUM - 1);
    rules(scene, &view, PROM_VERDICT_ACCUSE, PROM_REASON_NOTICE);
    const prom_attestation last = notice_receipt(scene, QUORUM - 1, notice, BLOCK_X - LEAD);
    assert_true(take(test, scene, listing(answer_of(QUORUM - 1, LAST + 1), last)));
    rules(scene, &view, PROM_VERDICT_WAIT, PROM_REASON_NOTICE);
    view.last_moment = true;
    rules(scene, &view, PROM_VERDICT_ACCEPT, PROM_REASON_NOT_CHECKED);
}

static void every_reason_has_a_sentence(void **state)
{
    (void)state;
    for (prom_reason reason = PROM_REASON_GOOD; reason <= PROM_REASON_NOT_CHECKED; reason++) {
        assert_true(strlen(prom_reason_text(reason)) > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(good_package_is_for_the_worker),
        FIXTURE_TEST(worker_is_blamed_for_what_is_missing),
        FIXTURE_TEST(notice_must_be_of_the_package_and_in_time),
        FIXTURE_TEST(what_is_signed_twice_blames_the_worker),
        FIXTURE_TEST(verifier_accepts_a_good_package_whatever_the_receipts),
        FIXTURE_TEST(verifier_accuses_a_bad_package_at_once),
        FIXTURE_TEST(verifier_without_a_package_asks_first),
        FIXTURE_TEST(verification_that_is_not_over_is_no_accusation),
        FIXTURE_TEST(verifier_takes_the_block_that_was_named_before),
        FIXTURE_TEST(block_in_package_b_must_be_x),
        FIXTURE_TEST(another_block_is_a_fault_once_k_deny_its_package),
        FIXTURE_TEST(what_k_arbiters_hold_is_not_missing),
        FIXTURE_TEST(notice_that_k_arbiters_hold_is_not_missing),
        FIXTURE_TEST(every_reason_has_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
