/* What V does as blocks come: the final question, the last tip, what is too late, Tx4 by V itself. */
#include "channel/running.h"

static const prom_money *money_of(struct world *world)
{
    return &world_batch(world, PLACE_V)->money;
}

static size_t questions_to(const struct world *world, size_t arbiter)
{
    return world_under_way(world, PLACE_V, PLACE_A + arbiter, PROM_MESSAGE_QUESTION);
}

/* Blocks come to V without a step between: its node was away. */
static void miss_blocks(struct world *world, uint32_t height)
{
    while (world_tip_of(&world->parties[PLACE_V]) < height) {
        world_extend(world, &world->parties[PLACE_V], NULL, 0);
    }
    world_tick(world, PLACE_V);
}

/* -- The final question -- */

static void asks_every_arbiter_at_every_block_until_it_has_answered(void **state)
{
    struct world *world = buried_world(*state);
    world_mine_to(world, TIP_QUESTION - 1);
    assert_int_equal(questions_to(world, 0), 0);
    world_mine_to(world, TIP_QUESTION);
    world_tick(world, PLACE_V);
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        assert_int_equal(questions_to(world, i), 1);
    }
    arbiters_answer(world, 1, TIP_QUESTION);
    world_mine_to(world, TIP_QUESTION + 1);
    assert_int_equal(questions_to(world, 0), 1);
    assert_int_equal(questions_to(world, 1), 2);
    assert_int_equal(world_under_way(world, PLACE_V, PLACE_C, PROM_MESSAGE_QUESTION), 0);
    assert_int_equal(world_under_way(world, PLACE_V, PLACE_W, PROM_MESSAGE_QUESTION), 0);
    world_free(world);
}

static void asks_nobody_when_it_has_decided_or_is_settled(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    verifier_checks(world, PROM_CHECKED_GOOD);
    world_mine_to(world, TIP_QUESTION);
    assert_int_equal(questions_to(world, 0), 0);
    world_free(world);

    world = buried_world(*state);
    world_mine_tx(world, PROM_TX1);
    world_mine_to(world, TIP_VERDICT_LAST + 1);
    assert_int_equal(questions_to(world, 0), 0);
    assert_int_equal(money_of(world)->verdict, PROM_VERDICT_WAIT);
    world_free(world);
}

/* An arbiter's receipt, or W's word that an arbiter brings, before the question is over: the package is fetched,
 * checked and good. */
static void an_answer_brings_the_package(void **state)
{
    struct world *world = buried_world(*state);
    world_mine_to(world, TIP_QUESTION);
    assert_int_equal(world_tell(world, PLACE_A + 1, PLACE_V, world_claim(PROM_ROUND_A, 0)), PROM_TAKEN);
    assert_int_equal(world_tell(world, PLACE_A + 1, PLACE_V,
                                world_listing(world_answer(1, TIP_QUESTION),
                                              world_package_receipt(1, PROM_ROUND_A, 0, TIP_RECEIPT))),
                     PROM_TAKEN);
    const prom_want *want = world_want_fetch(world, PLACE_V, PROM_BODY_PACKAGE_A);
    assert_true((want->as.fetch.places >> (PLACE_A + 1) & 1) == 1);
    world_fetch(world, PLACE_V, PROM_BODY_PACKAGE_A);
    verifier_checks(world, PROM_CHECKED_GOOD);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCEPT);
    world_free(world);
}

static void the_question_is_over_when_verification_must_start(void **state)
{
    struct world *world = buried_world(*state);
    world_mine_to(world, TIP_QUESTION_LAST);
    arbiters_answer(world, 1, TIP_QUESTION);
    assert_int_equal(verdict_of(world), PROM_VERDICT_WAIT);
    world_mine_to(world, TIP_QUESTION_LAST + 1);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCUSE);
    assert_int_equal(money_of(world)->verdict_reason, PROM_REASON_NO_PACKAGE);
    world_free(world);
}

/* What V knows when it comes back at a tip, having been away since Tx0; and what it says by the last tip. */
static const struct return_case {
    const char *what;
    uint32_t away_to;
    uint32_t behind_to; /* its node has not caught up below this tip */
    prom_verdict_due due;
} returns[] = {
    {"never away", TIP_QUESTION - 1, 0, PROM_VERDICT_ACCUSE},
    {"back with s blocks for the question", TIP_QUESTION_LAST - WORLD_MARGIN, 0, PROM_VERDICT_ACCUSE},
    {"back a block later: nobody had time to answer", TIP_QUESTION_LAST - WORLD_MARGIN + 1, 0, PROM_VERDICT_ACCEPT},
    {"back at the last tip", TIP_VERDICT_LAST, 0, PROM_VERDICT_ACCEPT},
    {"back after it", TIP_VERDICT_LAST + 2, 0, PROM_VERDICT_ACCEPT},
    {"catching up block by block, in one moment", TIP_QUESTION - 1, UINT32_MAX, PROM_VERDICT_ACCEPT},
    {"asking as it catches up, in step at the last tip", TIP_QUESTION - 1, TIP_VERDICT_LAST, PROM_VERDICT_ACCEPT},
};

static void a_verifier_that_asked_too_late_blames_itself(void **state)
{
    for (size_t i = 0; i < COUNT_OF(returns); i++) {
        const struct return_case *it = &returns[i];
        struct world *world = buried_world(*state);
        world->parties[PLACE_V].behind = it->behind_to != 0;
        miss_blocks(world, it->away_to);
        while (world_tip_of(&world->parties[PLACE_V]) < TIP_VERDICT_LAST) {
            world->parties[PLACE_V].behind = world_tip_of(&world->parties[PLACE_V]) + 1 < it->behind_to;
            world_block_at(world, PLACE_V, NULL, 0);
        }
        if (verdict_of(world) != it->due) {
            fail_msg("%s: the verdict is %d", it->what, money_of(world)->verdict);
        }
        assert_int_equal(world->parties[PLACE_V].alarms, it->due == PROM_VERDICT_ACCEPT);
        world_free(world);
    }
}

/* It asked in time, went away, and is back at the last tip: it does not accuse before it has read what was sent to it.
 */
static void a_verifier_that_is_catching_up_accuses_nobody(void **state)
{
    struct world *world = buried_world(*state);
    world_mine_to_at(world, PLACE_V, TIP_QUESTION);
    world->parties[PLACE_V].behind = true;
    world_mine_to_at(world, PLACE_V, TIP_QUESTION_LAST + 1);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCEPT);
    assert_int_equal(money_of(world)->verdict_reason, PROM_REASON_NOT_CHECKED);
    world_free(world);
}

/* -- The last tip -- */

static void what_is_not_verified_by_the_last_tip_is_accepted(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    world_mine_to(world, TIP_VERDICT_LAST - 1);
    assert_int_equal(verdict_of(world), PROM_VERDICT_WAIT);
    world_mine_to(world, TIP_VERDICT_LAST);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCEPT);
    assert_int_equal(money_of(world)->verdict_reason, PROM_REASON_NOT_CHECKED);
    assert_non_null(strstr(world->parties[PLACE_V].alarm, "lose a part"));
    assert_false(money_of(world)->released); /* without h_p there is no Tx4 */
    verifier_opens(world);                   /* still wanted: h_p makes the default harmless */
    assert_true(money_of(world)->released);
    assert_true(world_wants_tx(world, PLACE_V, PROM_TX4));
    world_free(world);
}

static void with_h_p_in_hand_the_default_loses_nothing(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    verifier_opens(world);
    world_mine_to(world, TIP_VERDICT_LAST);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCEPT);
    assert_non_null(strstr(world->parties[PLACE_V].alarm, "lose nothing"));
    assert_true(money_of(world)->released);
    assert_true(world_wants_tx(world, PLACE_V, PROM_TX4));
    world_free(world);
}

/* Found at one tip after the last: no r = 0, for W may have shown h_p by then, and no lie. */
static void accuses_at_the_last_tip_and_not_after_it(void **state)
{
    for (uint32_t late = 0; late < 2; late++) {
        struct world *world = buried_world(*state);
        verifier_gets_package(world, PLACE_W, 0);
        verifier_opens(world);
        const prom_want check = *world_want_job(world, PLACE_V, PROM_JOB_CHECK);
        const prom_event done = {
            .kind = PROM_EVENT_DONE,
            .as.done = {.job = PROM_JOB_CHECK, .subject = check.as.job.subject, .checked = PROM_CHECKED_BAD}};
        while (world_tip_of(&world->parties[PLACE_V]) < TIP_VERDICT_LAST - 1 + late) {
            world_extend(world, &world->parties[PLACE_V], NULL, 0);
        }
        world_extend(world, &world->parties[PLACE_V], NULL, 0);
        assert_int_equal(world_step(world, PLACE_V, &done), PROM_TAKEN);
        world_tick(world, PLACE_V);
        assert_int_equal(verdict_of(world), late == 0 ? PROM_VERDICT_ACCUSE : PROM_VERDICT_WAIT);
        assert_int_equal(world->parties[PLACE_V].alarms, late);
        world_mine_to_at(world, PLACE_V, TIP_TX3 + 1);
        assert_int_equal(verdict_of(world), late == 0 ? PROM_VERDICT_ACCUSE : PROM_VERDICT_WAIT);
        assert_int_equal(world->parties[PLACE_V].alarms, late); /* once */
        assert_int_equal(questions_to(world, 0), 0);
        world_free(world);
    }
}

static void accepts_a_good_package_after_the_last_tip(void **state)
{
    struct world *world = buried_world(*state);
    const prom_body body = world_package(PROM_BODY_PACKAGE_A, 0);
    struct world_party *V = &world->parties[PLACE_V];
    world_facts(world, PLACE_V)->batches[0].evidence.bodies[PROM_BODY_PACKAGE_A] = body;
    world_facts(world, PLACE_V)->batches[0].money.key_known = true;
    world_facts(world, PLACE_V)->batches[0].money.h_p = world->session.cast.h_p;
    world_facts(world, PLACE_V)->batches[0].evidence.checked = PROM_CHECKED_GOOD;
    const prom_message said = world_statement_message(world, world_claim(PROM_ROUND_A, 0));
    assert_true(add_evidence(world->test, &world_batch(world, PLACE_V)->evidence.statements, &said.as.statement));
    while (world_tip_of(V) < TIP_VERDICT_LAST + 1) {
        world_extend(world, V, NULL, 0);
    }
    world_tick(world, PLACE_V);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCEPT);
    assert_int_equal(money_of(world)->verdict_reason, PROM_REASON_GOOD);
    assert_true(money_of(world)->released); /* at once: Tx3 becomes possible */
    world_free(world);
}

/* W's package comes ten minutes late, and two blocks in these: V decides by what it has at each tip, and once. */
static void ten_minutes_and_two_fast_blocks(void **state)
{
    for (uint32_t tip = TIP_RECEIPT - 1; tip <= TIP_VERDICT_LAST; tip++) {
        struct world *world = buried_world(*state);
        const prom_attestation claim = world_statement_message(world, world_claim(PROM_ROUND_A, 0)).as.statement;
        const prom_message message = {.kind = PROM_MESSAGE_STATEMENT, .as.statement = claim};
        const prom_body body = world_package(PROM_BODY_PACKAGE_A, 0);
        world_mine_to(world, tip - 2);
        world_block(world, NULL, 0); /* the message is on its way */
        world_block(world, NULL, 0);
        const prom_verdict_due before = verdict_of(world);
        assert_int_equal(world_say(world, PLACE_W, PLACE_V, &message), PROM_TAKEN);
        world_fetched(world, PLACE_V, PROM_BODY_PACKAGE_A, &body);
        if (before == PROM_VERDICT_WAIT) {
            verifier_checks(world, PROM_CHECKED_GOOD);
            assert_int_equal(verdict_of(world), PROM_VERDICT_ACCEPT);
        }
        world_mine_to(world, TIP_VERDICT_LAST + 1);
        assert_int_equal(verdict_of(world), before == PROM_VERDICT_WAIT ? PROM_VERDICT_ACCEPT : before);
        assert_int_equal(before, tip <= TIP_QUESTION_LAST ? PROM_VERDICT_WAIT : PROM_VERDICT_ACCUSE);
        world_free(world);
    }
}

/* -- Tx4, by V itself -- */

static void publishes_tx4_itself_s_blocks_after_its_verdict(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    verifier_checks(world, PROM_CHECKED_GOOD);
    world_sign(world, PLACE_V);
    world_mine_to(world, TIP_BURIED + WORLD_MARGIN - 1);
    assert_false(money_of(world)->released);
    world_mine_to(world, TIP_BURIED + WORLD_MARGIN);
    assert_true(money_of(world)->released);
    assert_true(world_wants_tx(world, PLACE_V, PROM_TX4));
    world_mine_tx(world, PROM_TX4);
    assert_false(world_wants_tx(world, PLACE_V, PROM_TX4));
    world_free(world);
}

static void publishes_tx4_at_the_last_tip_whatever_comes(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    world_mine_to(world, TIP_VERDICT_LAST - 1);
    verifier_checks(world, PROM_CHECKED_GOOD);
    world_sign(world, PLACE_V);
    assert_false(money_of(world)->released);
    world_mine_to(world, TIP_VERDICT_LAST);
    assert_true(money_of(world)->released);
    world_free(world);
}

static void publishes_nothing_that_is_spent_or_not_signed(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    verifier_checks(world, PROM_CHECKED_GOOD);
    world_mine_to(world, TIP_BURIED + WORLD_MARGIN);
    assert_false(money_of(world)->released); /* the signer does not answer */
    world_mine_tx(world, PROM_TX4);
    world_sign(world, PLACE_V);
    assert_false(money_of(world)->released);
    world_unblock(world); /* Tx4 is gone again */
    assert_true(money_of(world)->released);
    world_free(world);
}

/* Its own r = 0: no Tx4, although it holds h_p. */
static void never_publishes_tx4_against_its_own_word(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    verifier_checks(world, PROM_CHECKED_BAD);
    world_sign(world, PLACE_V);
    world_mine_to(world, TIP_VERDICT_LAST + 3);
    assert_false(money_of(world)->released);
    assert_false(world_wants_tx(world, PLACE_V, PROM_TX4));
    world_free(world);
}

/* All of Tx4 is signed: a node restored from a backup defends V's stake with it. */
static void a_restored_verifier_publishes_what_is_signed(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    verifier_checks(world, PROM_CHECKED_GOOD);
    world_sign(world, PLACE_V);
    world_facts(world, PLACE_V)->restored = true;
    world_mine_to(world, TIP_BURIED + WORLD_MARGIN);
    assert_true(world_wants_tx(world, PLACE_V, PROM_TX4));
    world_free(world);
}

static void hands_its_evidence_in_once_txv0_is_in_a_block(void **state)
{
    struct world *world = buried_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    verifier_checks(world, PROM_CHECKED_BAD);
    world_sign(world, PLACE_V);
    world_mine_to(world, TIP_QUESTION - 1);
    assert_int_equal(world_under_way(world, PLACE_V, PLACE_A, PROM_MESSAGE_STATEMENT), 0);
    world_mine_tx_at(world, PLACE_V, PROM_TXV0);
    assert_int_equal(world_under_way(world, PLACE_V, PLACE_A, PROM_MESSAGE_STATEMENT), 1);
    assert_int_equal(world_under_way(world, PLACE_V, PLACE_W, PROM_MESSAGE_STATEMENT), 0);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(asks_every_arbiter_at_every_block_until_it_has_answered),
        FIXTURE_TEST(asks_nobody_when_it_has_decided_or_is_settled),
        FIXTURE_TEST(an_answer_brings_the_package),
        FIXTURE_TEST(the_question_is_over_when_verification_must_start),
        FIXTURE_TEST(a_verifier_that_asked_too_late_blames_itself),
        FIXTURE_TEST(a_verifier_that_is_catching_up_accuses_nobody),
        FIXTURE_TEST(what_is_not_verified_by_the_last_tip_is_accepted),
        FIXTURE_TEST(with_h_p_in_hand_the_default_loses_nothing),
        FIXTURE_TEST(accuses_at_the_last_tip_and_not_after_it),
        FIXTURE_TEST(accepts_a_good_package_after_the_last_tip),
        FIXTURE_TEST(ten_minutes_and_two_fast_blocks),
        FIXTURE_TEST(publishes_tx4_itself_s_blocks_after_its_verdict),
        FIXTURE_TEST(publishes_tx4_at_the_last_tip_whatever_comes),
        FIXTURE_TEST(publishes_nothing_that_is_spent_or_not_signed),
        FIXTURE_TEST(never_publishes_tx4_against_its_own_word),
        FIXTURE_TEST(a_restored_verifier_publishes_what_is_signed),
        FIXTURE_TEST(hands_its_evidence_in_once_txv0_is_in_a_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
