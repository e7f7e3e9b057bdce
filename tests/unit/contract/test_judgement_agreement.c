/* Verdict and decision over all scenes of a kind: V's r and the arbiters' d never rob somebody between them. */
#include "contract/evidence_scene.h"
#include "prometheus/contract/judgement.h"

/* W signs `packages[round]` packages and `notices` notices of the kind; all there is gets every receipt. */
static struct scene *signed_scene(fixture *test, bool samples, const size_t packages[2], size_t notices, int kind)
{
    const prom_attestation notice[] = {notice_of(0, BLOCK_X), notice_of(9, BLOCK_X), notice_of(0, BLOCK_X + 1)};
    struct scene *scene = samples ? make_sampling_scene(test) : make_scene(test);
    for (prom_round round = PROM_ROUND_A; round <= PROM_ROUND_B; round++) {
        for (size_t i = 0; i < packages[round]; i++) {
            assert_true(take(test, scene, package_of(round, 2 * i + round)));
        }
        if (packages[round] > 0) {
            receipt_package(test, scene, round, round, ARBITERS);
        }
    }
    for (size_t i = 0; i < notices; i++) {
        prom_attestation said = notice[kind];
        said.as.notice.height -= (uint32_t)i;
        assert_true(take(test, scene, said));
    }
    if (notices > 0) {
        receipt_notice(test, scene, notice[kind], ARBITERS);
    }
    return scene;
}

/* Receipts apart, d = 0 exactly where V must say r = 1: whatever W signs, with all receipts that there can be. */
static void verdict_and_decision_agree(void **state)
{
    fixture *test = *state;
    const prom_bytes32 block = named("block", 0);
    size_t accepted = 0;
    for (unsigned number = 0; number < 2 * 3 * 3 * 3 * 3 * 2; number++) {
        const bool samples = number % 2 == 1;
        const size_t packages[2] = {number / 2 % 3, number / 6 % 3};
        const size_t notices = number / 18 % 3;
        const prom_checked checked = number / 162 == 0 ? PROM_CHECKED_GOOD : PROM_CHECKED_BAD;
        const struct scene *scene = signed_scene(test, samples, packages, notices, (int)(number / 54 % 3));
        const prom_case known = case_of(scene);
        const bool at_hand = packages[0] > 0 && (!samples || packages[1] > 0);
        const prom_verifier_view view = {.checked = at_hand ? checked : PROM_CHECKED_UNKNOWN,
                                         .at_hand = at_hand,
                                         .saw_notice = true,
                                         .notice_tip = 201,
                                         .block = packages[1] > 0 ? &block : NULL,
                                         .best_x = &block,
                                         .question_over = true};
        prom_reason reason;
        const prom_verdict_due due = prom_verdict(&known, &view, &reason);
        const prom_judgement judgement = prom_judge(&known, true, checked);
        assert_true(judgement.known);
        assert_int_equal(due, judgement.decision == PROM_DECISION_VERIFIER ? PROM_VERDICT_ACCEPT : PROM_VERDICT_ACCUSE);
        accepted += due == PROM_VERDICT_ACCEPT ? 1 : 0;
    }
    /* One package A and a good check: without sampling any one or no package B and notice, of each kind; with sampling
     * one of both, of the first kind. */
    assert_int_equal(accepted, 2 * 2 * 3 + 1);
}

/* What has not reached V of a scene, and what V knows beside it. */
struct lack {
    bool package[2]; /* W's claim, and with it the package */
    bool notice;
    bool saw_late;
    bool answered; /* the arbiters, whatever they hold */
    bool last_moment;
    unsigned chain; /* our block X: that of package B, another, none */
};

static struct lack lack_of(unsigned number)
{
    return (struct lack){.package = {number % 2 == 1, number / 2 % 2 == 1},
                         .notice = number / 4 % 2 == 1,
                         .saw_late = number / 8 % 2 == 1,
                         .answered = number / 16 % 2 == 1,
                         .last_moment = number / 32 % 2 == 1,
                         .chain = number / 64 % 3};
}

enum { LACKS = 64 * 3 };

/* The scene as V sees it: the receipts, or answers, of all; of what W says itself not all. */
static struct scene seen_by_verifier(fixture *test, const struct scene *all, const struct lack *lack)
{
    const prom_case known = case_of(all);
    struct scene seen = *all;
    seen.evidence = (prom_evidence){.count = 0};
    for (size_t i = 0; i < all->evidence.count; i++) {
        const prom_attestation *said = &all->evidence.list[i];
        const bool missing = (said->kind == PROM_ATTESTATION_PACKAGE && lack->package[said->as.package.round]) ||
                             (said->kind == PROM_ATTESTATION_NOTICE && lack->notice) ||
                             (said->kind == PROM_ATTESTATION_RECEIPT && lack->answered);
        assert_true(missing || add_evidence(test, &seen.evidence, said));
    }
    for (size_t i = 0; i < ARBITERS && lack->answered; i++) {
        const prom_arbiter_view view = {.arbiter = i, .tip = LAST + 1};
        const prom_attestation answer = prom_answer_make(&known, &all->contract_id, &view);
        assert_true(add_evidence(test, &seen.evidence, &answer));
    }
    return seen;
}

static prom_verdict_due verdict_of(fixture *test, const struct scene *all, const struct lack *lack)
{
    const prom_bytes32 block[] = {named("block", 0), named("block", 1)};
    const struct scene seen = seen_by_verifier(test, all, lack);
    const prom_case known = case_of(&seen);
    const bool at_hand = !lack->package[0] && !lack->package[1];
    const prom_verifier_view view = {.checked = at_hand ? PROM_CHECKED_GOOD : PROM_CHECKED_UNKNOWN,
                                     .at_hand = at_hand,
                                     .saw_notice = lack->saw_late && !lack->notice,
                                     .notice_tip = BLOCK_X,
                                     .block = lack->package[1] ? NULL : &block[0],
                                     .best_x = lack->chain == 2 ? NULL : &block[lack->chain],
                                     .question_over = true,
                                     .last_moment = lack->last_moment};
    prom_reason reason;
    return prom_verdict(&known, &view, &reason);
}

/* A V that has the receipts which give d = 0 never says r = 0: whatever it lacks of what W has signed, whatever its own
 * chain shows for block X, whenever it saw the notice. With fewer receipts it may. */
static void verdict_never_accuses_where_the_decision_is_for_the_worker(void **state)
{
    fixture *test = *state;
    enum { COUNTS = ARBITERS - QUORUM + 2 }; /* k - 1 receipts, to all */
    const prom_attestation notice = notice_of(0, BLOCK_X);
    size_t given[2][PROM_VERDICT_ACCUSE + 1] = {{0}};
    for (unsigned number = 0; number < COUNTS * COUNTS * COUNTS; number++) {
        struct scene *all = make_sampling_scene(test);
        assert_true(take(test, all, package_of(PROM_ROUND_A, 0)));
        assert_true(take(test, all, notice));
        assert_true(take(test, all, package_of(PROM_ROUND_B, 1)));
        receipt_package(test, all, PROM_ROUND_A, 0, QUORUM - 1 + number % COUNTS);
        receipt_package(test, all, PROM_ROUND_B, 1, QUORUM - 1 + number / COUNTS % COUNTS);
        receipt_notice(test, all, notice, QUORUM - 1 + number / COUNTS / COUNTS);
        const prom_case known = case_of(all);
        const prom_judgement judgement = prom_judge(&known, true, PROM_CHECKED_GOOD);
        assert_true(judgement.known);
        for (unsigned i = 0; i < LACKS; i++) {
            const struct lack lack = lack_of(i);
            const prom_verdict_due due = verdict_of(test, all, &lack);
            given[judgement.decision][due]++;
            assert_true(due != PROM_VERDICT_WAIT || !lack.last_moment);
        }
    }
    assert_int_equal(given[PROM_DECISION_VERIFIER][PROM_VERDICT_ACCUSE], 0);
    assert_true(given[PROM_DECISION_VERIFIER][PROM_VERDICT_ACCEPT] > 0);
    assert_true(given[PROM_DECISION_VERIFIER][PROM_VERDICT_WAIT] > 0);
    assert_true(given[PROM_DECISION_WORKER][PROM_VERDICT_ACCUSE] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(verdict_and_decision_agree),
        FIXTURE_TEST(verdict_never_accuses_where_the_decision_is_for_the_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
