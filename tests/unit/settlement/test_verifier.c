/* V's verdict: what it rests on, when it is given, and what becomes of it. */
#include "channel/running.h"

static const prom_money *money_of(struct world *world)
{
    return &world_batch(world, PLACE_V)->money;
}

static size_t verdicts_under_way(const struct world *world)
{
    return world_under_way(world, PLACE_V, PLACE_W, PROM_MESSAGE_VERDICT);
}

static size_t questions_to(const struct world *world, size_t arbiter)
{
    return world_under_way(world, PLACE_V, PLACE_A + arbiter, PROM_MESSAGE_QUESTION);
}

/* -- Opening and checking -- */

/* From W, C, another arbiter: the signature in it is W's. */
static void takes_a_package_from_whomever(void **state)
{
    static const size_t senders[] = {PLACE_W, PLACE_C, PLACE_A, PLACE_A + 2};
    for (size_t i = 0; i < COUNT_OF(senders); i++) {
        struct world *world = buried_world(*state);
        verifier_gets_package(world, senders[i], 0);
        assert_null(world_want_job(world, PLACE_V, PROM_JOB_CHECK)); /* h_p is not known yet */
        verifier_checks(world, PROM_CHECKED_GOOD);
        assert_int_equal(verdict_of(world), PROM_VERDICT_ACCEPT);
        assert_true(verifier_signed(world, PROM_TX4));
        assert_int_equal(verdicts_under_way(world), 1);
        world_free(world);
    }
}

static void verifies_nothing_that_w_has_not_signed(void **state)
{
    struct world *world = buried_world(*state);
    prom_message forged = world_statement_message(world, world_claim(PROM_ROUND_A, 0));
    forged.as.statement.as.package.hash = named("another", 0);
    assert_int_equal(world_say(world, PLACE_W, PLACE_V, &forged), PROM_REFUSED);
    const prom_body body = world_package(PROM_BODY_PACKAGE_A, 0);
    world_fetched(world, PLACE_V, PROM_BODY_PACKAGE_A, &body);
    assert_false(world_batch(world, PLACE_V)->evidence.bodies[PROM_BODY_PACKAGE_A].here);
    assert_null(world_want_job(world, PLACE_V, PROM_JOB_OPEN_KEY));
    world_free(world);
}

static void a_bad_key_makes_the_package_bad(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    world_finish_job(world, PLACE_V, PROM_JOB_OPEN_KEY,
                     (prom_done_event){.checked = PROM_CHECKED_BAD, .reason = "E_V"});
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCUSE);
    assert_int_equal(money_of(world)->verdict_reason, PROM_REASON_BAD);
    assert_true(verifier_signed(world, PROM_TXV0));
    assert_int_equal(verdicts_under_way(world), 0); /* r = 0 is a transaction, and no message */
    world_free(world);
}

/* A job that could not be done says nothing about W: it is asked for again, and the owner hears of it. */
static void a_fault_of_our_own_is_no_fault_of_the_worker(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    world_finish_job(world, PLACE_V, PROM_JOB_OPEN_KEY, (prom_done_event){.unable = true});
    world_finish_job(world, PLACE_V, PROM_JOB_OPEN_KEY,
                     (prom_done_event){.checked = PROM_CHECKED_GOOD, .h_p = named("no preimage", 0)});
    assert_false(money_of(world)->key_known);
    verifier_opens(world);
    world_finish_job(world, PLACE_V, PROM_JOB_CHECK, (prom_done_event){.unable = true});
    world_finish_job(world, PLACE_V, PROM_JOB_CHECK, (prom_done_event){.checked = PROM_CHECKED_UNKNOWN});
    assert_int_equal(world->parties[PLACE_V].alarms, 4);
    assert_int_equal(verdict_of(world), PROM_VERDICT_WAIT);
    assert_non_null(world_want_job(world, PLACE_V, PROM_JOB_CHECK));
    world_free(world);
}

static void takes_no_answer_about_another_package(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    verifier_opens(world);
    const prom_event done = {
        .kind = PROM_EVENT_DONE,
        .as.done = {.job = PROM_JOB_CHECK, .subject = named("package A", 1), .checked = PROM_CHECKED_BAD}};
    assert_int_equal(world_step(world, PLACE_V, &done), PROM_TAKEN);
    assert_int_equal(verdict_of(world), PROM_VERDICT_WAIT);
    world_free(world);

    world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    const prom_event opened = {
        .kind = PROM_EVENT_DONE,
        .as.done = {.job = PROM_JOB_OPEN_KEY, .subject = named("package A", 1), .checked = PROM_CHECKED_BAD}};
    assert_int_equal(world_step(world, PLACE_V, &opened), PROM_TAKEN);
    assert_int_equal(verdict_of(world), PROM_VERDICT_WAIT);
    world_mine_tx(world, PROM_TX1); /* and opens nothing when all is settled */
    assert_null(world_want(world, PLACE_V, PROM_WANT_JOB));
    world_free(world);
}

/* -- r = 1 -- */

static void offers_a_good_package_to_the_client(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    verifier_checks(world, PROM_CHECKED_GOOD);
    assert_int_equal(world_under_way(world, PLACE_V, PLACE_C, PROM_MESSAGE_STATEMENT), 1);
    assert_int_equal(verdicts_under_way(world), 0); /* not before it is signed */
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCEPT);
    world_deliver_to(world, PLACE_C);
    assert_non_null(world_want_fetch(world, PLACE_C, PROM_BODY_PACKAGE_A));
    world_free(world);
}

/* No receipt at all, and denials of all arbiters: a good package is r = 1. */
static void accepts_a_good_package_whatever_the_receipts_say(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    verifier_opens(world);
    world_mine_to(world, TIP_QUESTION);
    arbiters_answer(world, 1, TIP_QUESTION);
    assert_int_equal(verdict_of(world), PROM_VERDICT_WAIT);
    world_finish_job(world, PLACE_V, PROM_JOB_CHECK, (prom_done_event){.checked = PROM_CHECKED_GOOD});
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCEPT);
    arbiters_answer(world, 3, TIP_QUESTION);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCEPT);
    world_free(world);
}

static void waits_until_tx0_is_s_deep(void **state)
{
    struct world *world = world_new(*state);
    world_confirm(world);
    verifier_gets_package(world, PLACE_W, 0);
    verifier_checks(world, PROM_CHECKED_GOOD);
    assert_int_equal(verdict_of(world), PROM_VERDICT_WAIT);
    assert_null(world_want(world, PLACE_V, PROM_WANT_JOB)); /* once is enough; what runs twice finds nothing new */
    const prom_event again = {
        .kind = PROM_EVENT_DONE,
        .as.done = {.job = PROM_JOB_CHECK, .subject = named("package A", 0), .checked = PROM_CHECKED_BAD}};
    assert_int_equal(world_step(world, PLACE_V, &again), PROM_TAKEN);
    world_block(world, NULL, 0);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCEPT);
    world_free(world);
}

/* -- r = 0 -- */

static void a_bad_package_is_r_0_at_once(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    verifier_checks(world, PROM_CHECKED_BAD);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCUSE);
    assert_true(verifier_signed(world, PROM_TXV0));
    assert_false(world_wants_tx(world, PLACE_V, PROM_TXV0)); /* its lock is not over */
    world_mine_to(world, TIP_QUESTION);
    assert_true(world_wants_tx(world, PLACE_V, PROM_TXV0));
    assert_int_equal(questions_to(world, 0), 0);
    world_free(world);
}

static void two_packages_are_r_0_and_no_second_one_changes_a_verdict(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    assert_int_equal(world_tell(world, PLACE_A, PLACE_V, world_claim(PROM_ROUND_A, 1)), PROM_TAKEN);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCUSE);
    assert_int_equal(money_of(world)->verdict_reason, PROM_REASON_TWO_PACKAGES);
    world_free(world);

    world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    verifier_checks(world, PROM_CHECKED_GOOD);
    assert_int_equal(world_tell(world, PLACE_A, PLACE_V, world_claim(PROM_ROUND_A, 1)), PROM_TAKEN);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCEPT);
    assert_true(verifier_signed(world, PROM_TX4));
    world_free(world);
}

static void k_denials_are_r_0_and_fewer_are_not(void **state)
{
    struct world *world = buried_world(*state);
    world_mine_to(world, TIP_QUESTION);
    arbiters_answer(world, 1, TIP_QUESTION);
    assert_int_equal(verdict_of(world), PROM_VERDICT_WAIT);
    /* An answer dated before the question could be asked is none. */
    assert_int_equal(world_tell(world, PLACE_A + 1, PLACE_V, world_answer(1, TIP_QUESTION - 1)), PROM_TAKEN);
    assert_int_equal(verdict_of(world), PROM_VERDICT_WAIT);
    assert_int_equal(world_tell(world, PLACE_A + 2, PLACE_V, world_answer(2, TIP_QUESTION)), PROM_TAKEN);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCUSE);
    assert_true(verifier_signed(world, PROM_TXV0));
    world_free(world);
}

/* One denies, two have receipts for different packages: nobody can hold what W must show, and no more is to come. */
static void the_question_is_over_when_all_have_answered(void **state)
{
    struct world *world = buried_world(*state);
    world_mine_to(world, TIP_QUESTION);
    arbiters_answer(world, 1, TIP_QUESTION);
    for (size_t i = 1; i < WORLD_ARBITERS; i++) {
        const prom_attestation receipt = world_package_receipt(i, PROM_ROUND_A, i, TIP_RECEIPT);
        assert_int_equal(verdict_of(world), PROM_VERDICT_WAIT);
        assert_int_equal(world_tell(world, PLACE_A + i, PLACE_V, world_listing(world_answer(i, TIP_QUESTION), receipt)),
                         PROM_TAKEN);
    }
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCUSE);
    assert_int_equal(money_of(world)->verdict_reason, PROM_REASON_NO_PACKAGE);
    world_free(world);
}

/* The package is here, but not checked by the last tip, and k arbiters hold none: W cannot win. */
static void denials_decide_where_the_check_is_not_over(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    world_mine_to(world, TIP_QUESTION);
    arbiters_answer(world, 3, TIP_QUESTION);
    world_mine_to(world, TIP_VERDICT_LAST - 1);
    assert_int_equal(verdict_of(world), PROM_VERDICT_WAIT);
    world_mine_to(world, TIP_VERDICT_LAST);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCUSE);
    assert_int_equal(money_of(world)->verdict_reason, PROM_REASON_FEW_RECEIPTS);
    world_free(world);
}

/* What k arbiters hold is there to be had: not to have it is V's own fault, and r = 1 at the last tip. */
static void what_k_arbiters_hold_is_not_missing(void **state)
{
    struct world *world = buried_world(*state);
    for (size_t i = 0; i < WORLD_QUORUM; i++) {
        assert_int_equal(
            world_tell(world, PLACE_A + i, PLACE_V, world_package_receipt(i, PROM_ROUND_A, 0, TIP_RECEIPT)),
            PROM_TAKEN);
    }
    world_mine_to(world, TIP_VERDICT_LAST - 1);
    assert_int_equal(verdict_of(world), PROM_VERDICT_WAIT);
    world_mine_to(world, TIP_VERDICT_LAST);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCEPT);
    assert_int_equal(money_of(world)->verdict_reason, PROM_REASON_NOT_CHECKED);
    assert_int_equal(world->parties[PLACE_V].alarms, 1);
    world_free(world);
}

/* -- Once and for ever -- */

/* A crash between the decision and its signature: what is wanted is the same signature, whatever has come since. */
static void decides_before_it_signs_and_never_anew(void **state)
{
    struct world *world = buried_world(*state);
    world_mine_to(world, TIP_QUESTION);
    arbiters_answer(world, 2, TIP_QUESTION);
    assert_int_equal(money_of(world)->verdict, PROM_VERDICT_ACCUSE);
    assert_false(money_of(world)->verdict_known);
    const prom_want before = *world_want(world, PLACE_V, PROM_WANT_SIGN);
    verifier_gets_package(world, PLACE_W, 0); /* late, and good */
    assert_non_null(world_want_job(world, PLACE_V, PROM_JOB_OPEN_KEY));
    verifier_opens(world);
    assert_null(world_want_job(world, PLACE_V, PROM_JOB_CHECK));
    const prom_want *after = world_want(world, PLACE_V, PROM_WANT_SIGN);
    assert_true(prom_bytes32_equal(&before.as.sign.hash, &after->as.sign.hash));
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCUSE);
    assert_true(verifier_signed(world, PROM_TXV0));
    assert_null(world_want(world, PLACE_V, PROM_WANT_SIGN));
    world_free(world);
}

static void a_signature_of_something_else_is_no_verdict(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    prom_event other = {.kind = PROM_EVENT_SIGNED,
                        .as.signed_ = {.purpose = PROM_PURPOSE_VERDICT, .hash = named("another", 0)}};
    assert_int_equal(world_step(world, PLACE_V, &other), PROM_TAKEN);
    assert_false(money_of(world)->verdict_known);
    verifier_checks(world, PROM_CHECKED_GOOD);
    assert_int_equal(world_step(world, PLACE_V, &other), PROM_TAKEN);
    assert_false(money_of(world)->verdict_known);
    assert_int_equal(verdicts_under_way(world), 0);
    world_free(world);
}

/* Tx0's block is gone and comes again higher: the verdict is the old one. */
static void a_reorganisation_makes_no_second_verdict(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    verifier_checks(world, PROM_CHECKED_BAD);
    world_unblock(world);
    world_unblock(world);
    world->branch++;
    world_block(world, NULL, 0);
    world_confirm(world);
    world_mine_to(world, TIP_VERDICT_LAST);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCUSE);
    assert_true(verifier_signed(world, PROM_TXV0));
    world_free(world);
}

static void says_nothing_when_restored_or_frozen(void **state)
{
    for (int frozen = 0; frozen < 2; frozen++) {
        struct world *world = buried_world(*state);
        world_facts(world, PLACE_V)->restored = frozen == 0;
        world_facts(world, PLACE_V)->frozen = frozen == 1;
        verifier_gets_package(world, PLACE_W, 0);
        verifier_opens(world);
        world_finish_job(world, PLACE_V, PROM_JOB_CHECK, (prom_done_event){.checked = PROM_CHECKED_GOOD});
        world_mine_to(world, TIP_VERDICT_LAST + 1);
        assert_int_equal(money_of(world)->verdict, PROM_VERDICT_WAIT);
        assert_null(world_want(world, PLACE_V, PROM_WANT_SIGN));
        assert_int_equal(questions_to(world, 0), 0);
        world_free(world);
    }
}

/* What was decided before the backup is signed, or not: nobody knows. It is not signed now. */
static void a_restored_node_signs_no_decision_of_its_own(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    verifier_checks(world, PROM_CHECKED_BAD);
    world_facts(world, PLACE_V)->restored = true;
    assert_null(world_want(world, PLACE_V, PROM_WANT_SIGN));
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(takes_a_package_from_whomever),
        FIXTURE_TEST(verifies_nothing_that_w_has_not_signed),
        FIXTURE_TEST(a_bad_key_makes_the_package_bad),
        FIXTURE_TEST(a_fault_of_our_own_is_no_fault_of_the_worker),
        FIXTURE_TEST(takes_no_answer_about_another_package),
        FIXTURE_TEST(offers_a_good_package_to_the_client),
        FIXTURE_TEST(accepts_a_good_package_whatever_the_receipts_say),
        FIXTURE_TEST(waits_until_tx0_is_s_deep),
        FIXTURE_TEST(a_bad_package_is_r_0_at_once),
        FIXTURE_TEST(two_packages_are_r_0_and_no_second_one_changes_a_verdict),
        FIXTURE_TEST(k_denials_are_r_0_and_fewer_are_not),
        FIXTURE_TEST(the_question_is_over_when_all_have_answered),
        FIXTURE_TEST(denials_decide_where_the_check_is_not_over),
        FIXTURE_TEST(what_k_arbiters_hold_is_not_missing),
        FIXTURE_TEST(decides_before_it_signs_and_never_anew),
        FIXTURE_TEST(a_signature_of_something_else_is_no_verdict),
        FIXTURE_TEST(a_reorganisation_makes_no_second_verdict),
        FIXTURE_TEST(says_nothing_when_restored_or_frozen),
        FIXTURE_TEST(a_restored_node_signs_no_decision_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
