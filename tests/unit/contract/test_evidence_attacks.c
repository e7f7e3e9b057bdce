/* Coalitions that tried to rob somebody by what they sign, and the rule that each of them meets. In every test W, two
 * of the five arbiters (A_1 and A_2, as many as may be bribed: n - k) and, where it says so, C are one. Those who are
 * not follow the rules: they say what they may, and V has all that they have. */
#include "contract/evidence_scene.h"
#include "prometheus/contract/judgement.h"

enum { BRIBED = ARBITERS - QUORUM };

static prom_verdict_due verdict(const struct scene *scene, const prom_verifier_view *view)
{
    const prom_case known = case_of(scene);
    prom_reason reason;
    return prom_verdict(&known, view, &reason);
}

/* The decision of honest arbiters: h_p is shown, the package is good. */
static prom_decision decision(const struct scene *scene)
{
    const prom_case known = case_of(scene);
    const prom_judgement judgement = prom_judge(&known, true, PROM_CHECKED_GOOD);
    assert_true(judgement.known);
    return judgement.decision;
}

/* What an honest arbiter may receipt at this tip: it holds package A, program and input. */
static prom_permission honest(const struct scene *scene, prom_round round, uint32_t tip)
{
    const prom_bytes32 held = named("package", 0);
    const prom_case known = case_of(scene);
    const prom_arbiter_view view = {.arbiter = BRIBED, .tip = tip, .in_step = true, .holds_job = true, .holds = &held};
    prom_error error;
    return prom_may_receipt(&known, round, &view, &error);
}

/* All of a delivery by sample but the receipts of its notice. */
static struct scene *notice_alone(fixture *test, prom_attestation notice)
{
    struct scene *scene = make_sampling_scene(test);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    receipt_package(test, scene, PROM_ROUND_A, 0, QUORUM);
    assert_true(take(test, scene, notice));
    assert_true(take(test, scene, package_of(PROM_ROUND_B, 1)));
    receipt_package(test, scene, PROM_ROUND_B, 1, QUORUM);
    return scene;
}

/* E8: W never delivered to anybody honest, and with two bribed receipts says that it had: V, honestly at r = 0, would
 * lose its stake to a package that appears with the appeal. */
static void claim_of_a_delivery_needs_an_honest_receipt(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_scene(test);
    const prom_verifier_view view = {.checked = PROM_CHECKED_UNKNOWN};
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    for (size_t i = BRIBED; i < ARBITERS; i++) {
        assert_true(take(test, scene, answer_of(i, LAST + 1)));
    }
    assert_int_equal(verdict(scene, &view), PROM_VERDICT_ACCUSE);
    receipt_package(test, scene, PROM_ROUND_A, 0, BRIBED);
    assert_int_equal(decision(scene), PROM_DECISION_WORKER);
}

/* E8, the other way round: V, bribed by C, says that W delivered nothing, and two bribed arbiters say so too: W would
 * lose its stake for a package that three hold. */
static void denial_of_a_delivery_does_not_undo_k_receipts(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_scene(test);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    for (size_t i = BRIBED; i < ARBITERS; i++) {
        assert_true(take(test, scene, package_receipt(i, PROM_ROUND_A, 0, LAST)));
    }
    for (size_t i = 0; i < BRIBED; i++) {
        assert_true(take(test, scene, answer_of(i, LAST + 1)));
    }
    assert_int_equal(decision(scene), PROM_DECISION_VERIFIER);
}

/* An answer that leaves a receipt out: the bribed tell V that they hold nothing, and so make its r = 0 look safe, then
 * give W receipts of an earlier date: V would lose its stake. */
static void answer_that_leaves_a_receipt_out_voids_it(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_scene(test);
    const prom_verifier_view view = {.checked = PROM_CHECKED_UNKNOWN};
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    for (size_t i = 0; i < QUORUM; i++) { /* the third honest one was not reached, and holds nothing */
        assert_true(take(test, scene, answer_of(i, LAST + 1)));
    }
    assert_int_equal(verdict(scene, &view), PROM_VERDICT_ACCUSE);
    for (size_t i = 0; i < BRIBED; i++) {
        assert_true(take(test, scene, package_receipt(i, PROM_ROUND_A, 0, LAST)));
    }
    assert_true(take(test, scene, package_receipt(QUORUM, PROM_ROUND_A, 0, LAST)));
    assert_int_equal(decision(scene), PROM_DECISION_WORKER);
}

/* Two answers: the bribed tell V the one, and show the other, which lists a receipt, in the arbitration. */
static void second_answer_voids_the_receipts(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_scene(test);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    for (size_t i = 0; i < QUORUM; i++) {
        const prom_attestation receipt = package_receipt(i, PROM_ROUND_A, 0, LAST);
        assert_true(take(test, scene, receipt));
        assert_true(take(test, scene, listing(answer_of(i, LAST + 1), receipt)));
    }
    assert_int_equal(decision(scene), PROM_DECISION_VERIFIER);
    for (size_t i = 0; i < BRIBED; i++) {
        assert_true(take(test, scene, answer_of(i, LAST + 1)));
    }
    assert_int_equal(decision(scene), PROM_DECISION_WORKER);
}

/* E23, a receipt dated twice: of W's notice the bribed show V one of a date that does not count, so that V takes the
 * notice for unwitnessed and says r = 0, and show the arbitration another in time: V would lose its stake. */
static void receipt_dated_twice_is_void(void **state)
{
    fixture *test = *state;
    const prom_attestation notice = notice_of(0, BLOCK_X);
    const prom_bytes32 block = named("block", 0);
    struct scene *scene = notice_alone(test, notice);
    const prom_verifier_view view = {.checked = PROM_CHECKED_GOOD,
                                     .at_hand = true,
                                     .saw_notice = true,
                                     .notice_tip = BLOCK_X,
                                     .block = &block,
                                     .best_x = &block,
                                     .question_over = true};
    for (size_t i = 0; i < BRIBED; i++) {
        assert_true(take(test, scene, notice_receipt(scene, i, notice, BLOCK_X)));
    }
    assert_true(take(test, scene, notice_receipt(scene, 2, notice, 205))); /* honest, and the only one that was asked */
    assert_true(take(test, scene, listing(answer_of(3, LAST + 1), package_receipt(3, PROM_ROUND_A, 0, LAST))));
    assert_true(take(test, scene, answer_of(4, LAST + 1)));
    assert_int_equal(verdict(scene, &view), PROM_VERDICT_ACCUSE);
    struct scene *shown = notice_alone(test, notice); /* to the arbiters: those in time, then what V was shown */
    for (size_t i = 0; i <= BRIBED; i++) {
        assert_true(take(test, shown, notice_receipt(shown, i, notice, 205)));
    }
    assert_int_equal(decision(shown), PROM_DECISION_VERIFIER);
    for (size_t i = 0; i < BRIBED; i++) {
        assert_true(take(test, scene, notice_receipt(scene, i, notice, 205)));
        assert_true(take(test, shown, notice_receipt(shown, i, notice, BLOCK_X)));
    }
    assert_int_equal(decision(scene), PROM_DECISION_WORKER);
    assert_int_equal(decision(shown), PROM_DECISION_WORKER);
}

/* E23, E11, a second notice: W sees the sample that block X draws, dislikes it, and signs another notice for a later
 * block, receipted by the bribed and by one honest arbiter that has not heard of the first: each notice would be a new
 * roll of the dice for nothing. */
static void second_notice_is_a_fault(void **state)
{
    fixture *test = *state;
    const prom_attestation first = notice_of(0, 206);
    const prom_attestation second = notice_of(0, BLOCK_X);
    const prom_verifier_view view = {.checked = PROM_CHECKED_GOOD, .at_hand = true}; /* at once, before it asks */
    struct scene *scene = notice_alone(test, second);
    receipt_notice(test, scene, second, QUORUM);
    assert_int_equal(decision(scene), PROM_DECISION_VERIFIER);
    assert_true(take(test, scene, first)); /* the honest arbiter that receipted it has sent it to V at once */
    assert_true(take(test, scene, notice_receipt(scene, 3, first, 204)));
    assert_int_equal(verdict(scene, &view), PROM_VERDICT_ACCUSE);
    assert_int_equal(decision(scene), PROM_DECISION_WORKER);
    assert_int_equal(honest(scene, PROM_ROUND_NOTICE, 204), PROM_NEVER);
}

/* A notice for a block that is already there: W waits for a block that draws only what it has computed, names it, and
 * has it receipted at any date by the bribed: W would be paid for garbage in all that is not drawn. */
static void notice_for_a_block_that_is_there_is_nothing(void **state)
{
    fixture *test = *state;
    const prom_attestation notice = notice_of(0, 206);
    const prom_bytes32 block = named("block", 0);
    struct scene *scene = notice_alone(test, notice);
    const prom_verifier_view view = {.checked = PROM_CHECKED_GOOD,
                                     .at_hand = true,
                                     .saw_notice = true,
                                     .notice_tip = 206,
                                     .block = &block,
                                     .best_x = &block,
                                     .question_over = true};
    assert_int_equal(honest(scene, PROM_ROUND_NOTICE, 206), PROM_NEVER);
    assert_int_equal(honest(scene, PROM_ROUND_NOTICE, 205),
                     PROM_NEVER); /* one block ahead may be mined, and withheld */
    assert_int_equal(honest(scene, PROM_ROUND_NOTICE, 204), PROM_PERMITTED);
    for (size_t i = 0; i < BRIBED; i++) {
        assert_true(take(test, scene, notice_receipt(scene, i, notice, 201))); /* a lie */
    }
    assert_true(take(test, scene, notice_receipt(scene, 2, notice, 206))); /* what somebody honest would have to say */
    for (size_t i = BRIBED; i < ARBITERS; i++) {
        assert_true(take(test, scene, answer_of(i, LAST + 1)));
    }
    assert_int_equal(verdict(scene, &view), PROM_VERDICT_ACCUSE);
    assert_int_equal(decision(scene), PROM_DECISION_WORKER);
}

/* E11, grinding the root: when block X is known W makes package after package until X draws only what it has computed:
 * the notice fixes package A, and honest arbiters sign it only for the one that they hold. */
static void package_made_for_the_block_is_not_the_one_of_the_notice(void **state)
{
    fixture *test = *state;
    const prom_attestation notice = notice_of(0, BLOCK_X);
    const prom_bytes32 block = named("block", 0);
    const prom_verifier_view view = {.checked = PROM_CHECKED_GOOD,
                                     .at_hand = true,
                                     .saw_notice = true,
                                     .notice_tip = 201,
                                     .block = &block,
                                     .best_x = &block,
                                     .question_over = true};
    struct scene *scene = make_sampling_scene(test);
    assert_true(take(test, scene, notice)); /* of package 0, which W keeps to itself and the bribed */
    receipt_notice(test, scene, notice, QUORUM);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 5))); /* ground */
    receipt_package(test, scene, PROM_ROUND_A, 5, QUORUM);
    assert_true(take(test, scene, package_of(PROM_ROUND_B, 1)));
    receipt_package(test, scene, PROM_ROUND_B, 1, QUORUM);
    assert_int_equal(verdict(scene, &view), PROM_VERDICT_ACCUSE);
    assert_int_equal(decision(scene), PROM_DECISION_WORKER);

    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0))); /* that which the honest arbiter held */
    assert_int_equal(verdict(scene, &view), PROM_VERDICT_ACCUSE);
    assert_int_equal(decision(scene), PROM_DECISION_WORKER);
}

/* E11: the seed is the block's, not one that package B makes up: with fewer than k receipts for it V looks itself, and
 * an honest arbiter receipts no other. */
static void block_that_package_b_makes_up_draws_nothing(void **state)
{
    fixture *test = *state;
    const prom_attestation notice = notice_of(0, BLOCK_X);
    const prom_bytes32 ground = named("ground", 0);
    const prom_bytes32 block = named("block", 0);
    const prom_bytes32 held = named("package", 1);
    struct scene *scene = make_sampling_scene(test);
    const prom_case known = case_of(scene);
    const prom_verifier_view view = {.checked = PROM_CHECKED_GOOD,
                                     .at_hand = true,
                                     .saw_notice = true,
                                     .notice_tip = 201,
                                     .block = &ground,
                                     .best_x = &block,
                                     .question_over = true};
    const prom_arbiter_view arbiter = {.arbiter = BRIBED,
                                       .tip = LAST,
                                       .in_step = true,
                                       .holds_job = true,
                                       .holds = &held,
                                       .block = &ground,
                                       .best_x = &block};
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    assert_true(take(test, scene, notice));
    assert_true(take(test, scene, package_of(PROM_ROUND_B, 1)));
    assert_int_equal(prom_may_receipt(&known, PROM_ROUND_B, &arbiter, &test->error), PROM_NOT_YET);
    receipt_package(test, scene, PROM_ROUND_A, 0, QUORUM);
    receipt_notice(test, scene, notice, QUORUM);
    receipt_package(test, scene, PROM_ROUND_B, 1, BRIBED);
    assert_int_equal(verdict(scene, &view), PROM_VERDICT_ACCUSE);
    assert_int_equal(decision(scene), PROM_DECISION_WORKER);
}

/* A package that W has not signed: C, who wants its reward back, gives V and the arbiters a bad package in W's name: W
 * would be accused, and with its own package lose for having two. */
static void package_that_is_not_signed_is_nothing(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_scene(test);
    const prom_verifier_view forged = {.checked = PROM_CHECKED_BAD, .at_hand = true};
    const prom_verifier_view good = {.checked = PROM_CHECKED_GOOD, .at_hand = true};
    prom_attestation claim = package_of(PROM_ROUND_A, 6);
    claim.contract_id = scene->contract_id;
    claim.signature = sign_hash(test, &scene->cast.party[PROM_PARTY_C], &claim.as.package.hash);
    assert_fails(prom_attestation_check(test->curve, &claim, &scene->terms, &scene->contract_id, &test->error),
                 PROM_CATEGORY_PEER, &test->error, "the signature of the statement is not valid");
    assert_int_equal(verdict(scene, &forged), PROM_VERDICT_WAIT);
    assert_int_equal(honest(scene, PROM_ROUND_A, 205), PROM_NOT_YET);
    receipt_package(test, scene, PROM_ROUND_A, 6, BRIBED);

    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0))); /* W's own, later */
    assert_int_equal(honest(scene, PROM_ROUND_A, 205), PROM_PERMITTED);
    for (size_t i = BRIBED; i < ARBITERS; i++) {
        assert_true(take(test, scene, package_receipt(i, PROM_ROUND_A, 0, LAST)));
    }
    assert_int_equal(verdict(scene, &good), PROM_VERDICT_ACCEPT);
    assert_int_equal(decision(scene), PROM_DECISION_VERIFIER);
}

/* Two packages: W gives V a bad one, so that it says r = 0, and has a good one receipted: V would lose its stake. */
static void second_package_is_a_fault(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_scene(test);
    const prom_verifier_view bad = {.checked = PROM_CHECKED_BAD, .at_hand = true};
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    assert_int_equal(verdict(scene, &bad), PROM_VERDICT_ACCUSE);
    struct scene *shown = make_scene(test); /* what W shows, without the bad one: it would win */
    receipt_package(test, scene, PROM_ROUND_A, 5, QUORUM);
    receipt_package(test, shown, PROM_ROUND_A, 5, QUORUM);
    assert_true(take(test, shown, package_of(PROM_ROUND_A, 5)));
    assert_int_equal(decision(shown), PROM_DECISION_VERIFIER);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 5)));
    assert_int_equal(decision(scene), PROM_DECISION_WORKER);
    const prom_verifier_view good = {.checked = PROM_CHECKED_GOOD, .at_hand = true};
    assert_int_equal(verdict(scene, &good), PROM_VERDICT_ACCUSE);
}

/* A late receipt: W delivers after t1, when V has already said r = 0, and those who are honest would date it truly. */
static void late_receipts_do_not_count(void **state)
{
    fixture *test = *state;
    struct scene *scene = make_scene(test);
    assert_true(take(test, scene, package_of(PROM_ROUND_A, 0)));
    assert_int_equal(honest(scene, PROM_ROUND_A, LAST + 1), PROM_NEVER);
    receipt_package(test, scene, PROM_ROUND_A, 0, BRIBED);
    assert_true(take(test, scene, package_receipt(BRIBED, PROM_ROUND_A, 0, LAST + 1)));
    assert_int_equal(decision(scene), PROM_DECISION_WORKER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(claim_of_a_delivery_needs_an_honest_receipt),
        FIXTURE_TEST(denial_of_a_delivery_does_not_undo_k_receipts),
        FIXTURE_TEST(answer_that_leaves_a_receipt_out_voids_it),
        FIXTURE_TEST(second_answer_voids_the_receipts),
        FIXTURE_TEST(receipt_dated_twice_is_void),
        FIXTURE_TEST(second_notice_is_a_fault),
        FIXTURE_TEST(notice_for_a_block_that_is_there_is_nothing),
        FIXTURE_TEST(package_made_for_the_block_is_not_the_one_of_the_notice),
        FIXTURE_TEST(block_that_package_b_makes_up_draws_nothing),
        FIXTURE_TEST(package_that_is_not_signed_is_nothing),
        FIXTURE_TEST(second_package_is_a_fault),
        FIXTURE_TEST(late_receipts_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
