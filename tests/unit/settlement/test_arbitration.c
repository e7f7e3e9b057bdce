/* Five arbiters, of whom three decide: two may be anything. Evidence goes round three times. */
#define WORLD_ARBITERS 5
#include "settlement/court_words.h"

enum {
    ALL_FIVE = 0x1f,
    THREE = 0x07,  /* the honest ones, where 3 and 4 are faulty */
    FAULTY = 0x18, /* 3 and 4 */
};

static void ends_in(struct court *court, prom_decision decision, prom_reason reason, uint32_t deciders)
{
    court_mine_to(court, court_signing(court));
    court_decided(court, decision, deciders);
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        assert_true(!court_honest(court, i) || court_facts(court, i)->vote_reason == reason);
    }
}

static prom_attestation second_package(void)
{
    return world_claim(PROM_ROUND_A, 1);
}

static void a_good_package_is_against_the_verifier(void **state)
{
    struct court *court = court_appealed(*state, 0);
    ends_in(court, PROM_DECISION_VERIFIER, PROM_REASON_GOOD, ALL_FIVE);
    court_free(court);
}

static void two_silent_arbiters_keep_nobody_from_deciding(void **state)
{
    struct court *court = court_appealed(*state, FAULTY);
    ends_in(court, PROM_DECISION_VERIFIER, PROM_REASON_GOOD, THREE);
    court_free(court);
}

static void a_bad_package_is_against_the_worker(void **state)
{
    struct court *court = court_appealed(*state, 0);
    court->checked = PROM_CHECKED_BAD;
    ends_in(court, PROM_DECISION_WORKER, PROM_REASON_BAD, ALL_FIVE);
    court_free(court);
}

static void without_a_package_the_worker_is_at_fault(void **state)
{
    struct court *court = court_new(*state, 0);
    court_appeal(court);
    ends_in(court, PROM_DECISION_WORKER, PROM_REASON_NO_PACKAGE, ALL_FIVE);
    court_free(court);
}

/* E23: a second package that one honest arbiter alone sees, in the last moment. */
static void two_packages_shown_to_one_are_known_to_all(void **state)
{
    struct court *court = court_appealed(*state, FAULTY);
    court_mine_to(court, court_round(court, 0) - 1);
    court_mine_at(court, 1, court_round(court, 0)); /* the others have passed D_0 */
    court_mine_at(court, 2, court_round(court, 0));
    court_tell(court, PLACE_W, 0, second_package());
    court_tell(court, PLACE_W, 1, second_package()); /* too late, by itself */
    assert_false(court_counts(court, 1, second_package()));
    court_mine_at(court, 0, court_round(court, 0));
    court_settle(court);
    assert_true(court_counts(court, 1, second_package()));
    ends_in(court, PROM_DECISION_WORKER, PROM_REASON_TWO_PACKAGES, THREE);
    court_free(court);
}

static void evidence_counts_until_the_tip_of_d0(void **state)
{
    struct court *court = court_appealed(*state, 0);
    court_mine_to(court, court_round(court, 0) - 1);
    court_tell(court, PLACE_W, 2, second_package());
    ends_in(court, PROM_DECISION_WORKER, PROM_REASON_TWO_PACKAGES, ALL_FIVE);
    court_free(court);
    court = court_appealed(*state, 0);
    court_mine_to(court, court_round(court, 0));
    court_tell(court, PLACE_W, 2, second_package());
    ends_in(court, PROM_DECISION_VERIFIER, PROM_REASON_GOOD, ALL_FIVE);
    court_free(court);
}

static prom_reception pass_on(struct court *court, size_t to, prom_attestation statement, uint32_t by)
{
    const prom_message message = court_echoed(court, statement, by);
    return world_say(court->world, PLACE_A + 4, PLACE_A + to, &message);
}

/* What the faulty ones have kept back comes out in round r with their echoes: it counts for all honest ones, or for
 * none. */
static void in_round_r_count_r_echoes(void **state)
{
    for (uint32_t round = 1; round <= COURT_ROUNDS; round++) {
        for (uint32_t echoes = 0; echoes <= 2; echoes++) {
            const bool counts = echoes >= round;
            struct court *court = court_appealed(*state, FAULTY);
            court_mine_to(court, court_round(court, round - 1));
            assert_int_equal(pass_on(court, 0, second_package(), echoes == 0 ? 0 : FAULTY >> (2 - echoes) & FAULTY),
                             PROM_TAKEN);
            assert_true(court_counts(court, 0, second_package()) == counts);
            court_settle(court);
            assert_true(court_counts(court, 2, second_package()) == counts);
            ends_in(court, counts ? PROM_DECISION_WORKER : PROM_DECISION_VERIFIER,
                    counts ? PROM_REASON_TWO_PACKAGES : PROM_REASON_GOOD, THREE);
            court_free(court);
        }
    }
}

/* In round 2, at one honest arbiter that lags, while the others are in round 3: it tells on what it counted with the
 * echoes that made it count, and its own, and these are enough. */
static void what_counts_at_a_border_counts_for_all(void **state)
{
    struct court *court = court_appealed(*state, FAULTY);
    court_mine_to(court, court_round(court, 1));
    court_mine_at(court, 1, court_round(court, 2));
    court_mine_at(court, 2, court_round(court, 2));
    assert_int_equal(pass_on(court, 0, second_package(), FAULTY), PROM_TAKEN);
    assert_true(court_counts(court, 0, second_package()));
    assert_int_equal(pass_on(court, 1, second_package(), FAULTY), PROM_TAKEN);
    assert_false(court_counts(court, 1, second_package()));
    court_settle(court);
    assert_true(court_counts(court, 1, second_package()) && court_counts(court, 2, second_package()));
    court_mine_at(court, 0, court_round(court, 2));
    ends_in(court, PROM_DECISION_WORKER, PROM_REASON_TWO_PACKAGES, THREE);
    court_free(court);
}

static void echoes_that_are_none_do_not_count(void **state)
{
    struct court *court = court_appealed(*state, FAULTY);
    court_mine_to(court, court_round(court, 1)); /* round 2: two are needed */
    prom_message twice = court_echoed(court, second_package(), FAULTY);
    twice.as.echo.echoes[1] = twice.as.echo.echoes[0];
    assert_int_equal(world_say(court->world, PLACE_A + 4, PLACE_A, &twice), PROM_TAKEN);
    prom_message foreign = court_echoed(court, second_package(), FAULTY);
    const prom_attestation third = world_statement(court->world, world_claim(PROM_ROUND_A, 2));
    foreign.as.echo.echoes[1] = court_echo(court, 4, &third); /* of something else */
    assert_int_equal(world_say(court->world, PLACE_A + 4, PLACE_A, &foreign), PROM_TAKEN);
    prom_message forged = court_echoed(court, second_package(), FAULTY);
    forged.as.echo.echoes[1].place = PLACE_A + 2; /* which has not signed it */
    assert_int_equal(world_say(court->world, PLACE_A + 4, PLACE_A, &forged), PROM_TAKEN);
    prom_message unsigned_ = court_echoed(court, second_package(), FAULTY);
    unsigned_.as.echo.statement.signature.bytes[0] ^= 1;
    assert_int_equal(world_say(court->world, PLACE_A + 4, PLACE_A, &unsigned_), PROM_REFUSED);
    prom_message many = court_echoed(court, second_package(), FAULTY);
    many.as.echo.count = PROM_ECHOES_MAX + 1;
    assert_int_equal(world_say(court->world, PLACE_A + 4, PLACE_A, &many), PROM_REFUSED);
    assert_false(court_counts(court, 0, second_package()));
    const prom_message good = court_echoed(court, second_package(), FAULTY);
    assert_int_equal(world_say(court->world, PLACE_W, PLACE_A, &good), PROM_REFUSED); /* of no arbiter */
    assert_int_equal(world_say(court->world, PLACE_A + 4, PLACE_A, &good), PROM_TAKEN);
    assert_true(court_counts(court, 0, second_package()));
    court_free(court);
}

/* Another arbiter's blocks came first. */
static void an_echo_before_our_own_d0_is_not_lost(void **state)
{
    struct court *court = court_appealed(*state, FAULTY);
    court_mine_to(court, court_round(court, 0) - 1);
    assert_int_equal(pass_on(court, 0, second_package(), 0x08), PROM_TAKEN);
    assert_false(court_counts(court, 0, second_package()));
    ends_in(court, PROM_DECISION_WORKER, PROM_REASON_TWO_PACKAGES, THREE);
    court_free(court);
}

static void a_key_that_is_withheld_is_the_workers_fault(void **state)
{
    struct court *court = court_new(*state, FAULTY);
    court->checked = PROM_CHECKED_GOOD;
    court_package(court, 0);
    court_appeal(court);
    prom_message key = {.kind = PROM_MESSAGE_ECHO, .as.echo = {.of_key = true, .count = 1}};
    prom_attestation echo = {.kind = PROM_ATTESTATION_ECHO};
    key.as.echo.h_p = court->world->session.cast.h_p;
    prom_shown_key_hash(&echo.as.echo, &court->world->session.tree->contract_id, &key.as.echo.h_p);
    key.as.echo.echoes[0] = court_said(court, 4, echo);
    court_mine_to(court, court_round(court, 1));
    assert_int_equal(world_say(court->world, PLACE_A + 4, PLACE_A, &key), PROM_TAKEN); /* one echo, in round 2 */
    assert_false(court_facts(court, 0)->key_here);
    key.as.echo.h_p = named("another", 0);
    assert_int_equal(world_say(court->world, PLACE_A + 4, PLACE_A, &key), PROM_REFUSED);
    ends_in(court, PROM_DECISION_WORKER, PROM_REASON_KEY_NOT_SHOWN, THREE);
    court_free(court);
}

static void a_key_shown_to_one_is_shown_to_all(void **state)
{
    struct court *court = court_new(*state, FAULTY);
    court->checked = PROM_CHECKED_GOOD;
    court_package(court, 0);
    court_appeal(court);
    court_mine_to(court, court_round(court, 0) - 1);
    assert_int_equal(court_show_key(court, 2), PROM_TAKEN);
    court_mine_to(court, court_round(court, 0));
    assert_true(world_batch(court->world, PLACE_A)->money.key_known);
    ends_in(court, PROM_DECISION_VERIFIER, PROM_REASON_GOOD, THREE);
    court_free(court);
}

/* TxA goes, and comes again two blocks later. */
static void move_appeal(struct court *court)
{
    const uint32_t tip = court_tip(court);
    court->world->branch++;
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        while (court_honest(court, i) && world_tip_of(&court->world->parties[PLACE_A + i]) >= court->appeal) {
            world_unblock_at(court->world, PLACE_A + i);
        }
    }
    court_block(court, PROM_TREE_OTHER);
    court_block(court, PROM_TREE_OTHER);
    court_block(court, PROM_TXA);
    court_mine_to(court, tip);
}

static void a_reorganisation_after_d0_moves_nothing(void **state)
{
    struct court *court = court_appealed(*state, 0);
    court_mine_to(court, court_round(court, 0));
    move_appeal(court);
    assert_int_equal(court_facts(court, 0)->appeal_height, court->appeal);
    assert_int_equal(court_facts(court, 0)->rounds_over, 1);
    court_tell(court, PLACE_W, 0, second_package()); /* D_0 is over */
    ends_in(court, PROM_DECISION_VERIFIER, PROM_REASON_GOOD, ALL_FIVE);
    court_free(court);
}

static void a_reorganisation_before_d0_moves_it(void **state)
{
    struct court *court = court_appealed(*state, 0);
    move_appeal(court);
    court_mine_to(court, court_round(court, 0) + 1);
    assert_int_equal(court_facts(court, 0)->rounds_over, 0);
    court_mine_to(court, court_round(court, 0) + 2);
    assert_int_equal(court_facts(court, 0)->rounds_over, 1);
    assert_int_equal(court_facts(court, 0)->appeal_height, court->appeal + 2);
    court_free(court);
}

static void without_an_appeal_nothing_begins(void **state)
{
    struct court *court = court_new(*state, 0);
    court_mine_to(court, WORLD_H0 + court->world->session.terms.P.t1 + 1);
    court_block(court, PROM_TXV0);
    court_block(court, PROM_TX5);
    court_mine_to(court, court_tip(court) + WORLD_MARGIN + 1);
    assert_int_equal(court_facts(court, 0)->rounds_over, 0);
    court_free(court);
}

/* What comes by itself after D_0 is not kept: it would fill the two places that W's packages have. */
static void what_comes_too_late_is_in_nobodys_way(void **state)
{
    struct court *court = court_appealed(*state, FAULTY);
    court_mine_to(court, court_round(court, 0));
    court_tell(court, PLACE_W, 0, world_claim(PROM_ROUND_A, 2));
    assert_int_equal(pass_on(court, 0, second_package(), 0x08), PROM_TAKEN);
    assert_true(court_counts(court, 0, second_package()));
    assert_false(court_counts(court, 0, world_claim(PROM_ROUND_A, 2)));
    court_free(court);
}

static void what_is_here_and_does_not_count_is_not_judged(void **state)
{
    struct court *court = court_appealed(*state, FAULTY);
    court_mine_to(court, court_round(court, 0));
    prom_channel *channel = court_channel(court, 0);
    prom_evidence *counting = NULL;
    prom_arena arena;
    prom_arena_init(&arena, 1 << 20);
    struct step step = {.channel = channel, .facts = &channel->facts, .arena = &arena};
    const size_t all = world_batch(court->world, PLACE_A)->evidence.statements.count;
    court_facts(court, 0)->standing[0] = PROM_STANDING_HERE;
    assert_ok(prom_counting(&step, 0, &counting), &court->world->test->error);
    assert_int_equal(counting->count, all - 1);
    assert_true(
        prom_attestation_same(&counting->list[0], &world_batch(court->world, PLACE_A)->evidence.statements.list[1]));
    prom_arena_free(&arena);
    court_free(court);
}

static void nothing_counts_after_the_last_round(void **state)
{
    struct court *court = court_appealed(*state, FAULTY);
    court_mine_to(court, court_round(court, COURT_ROUNDS));
    assert_int_equal(pass_on(court, 0, second_package(), 0x1e), PROM_TAKEN);
    assert_false(court_counts(court, 0, second_package()));
    court_free(court);
}

/* What counts by others' echoes and is not echoed yet is so after a crash, with these echoes. */
static void a_crash_loses_no_echo(void **state)
{
    struct court *court = court_appealed(*state, FAULTY);
    court_mine_to(court, court_round(court, 1));
    assert_int_equal(pass_on(court, 0, second_package(), FAULTY), PROM_TAKEN);
    court_crash(court, 0);
    court_mine_at(court, 1, court_round(court, 2));
    court_settle(court);
    assert_true(court_counts(court, 1, second_package())); /* in round 3: by three echoes */
    court_mine_at(court, 0, court_round(court, 2));
    court_mine_at(court, 2, court_round(court, 2));
    for (uint32_t tip = court_round(court, 2); tip < court_signing(court); tip++) {
        court_crash(court, 0);
        court_mine_to(court, tip + 1);
    }
    court_decided(court, PROM_DECISION_WORKER, THREE);
    court_free(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_good_package_is_against_the_verifier),
        FIXTURE_TEST(two_silent_arbiters_keep_nobody_from_deciding),
        FIXTURE_TEST(a_bad_package_is_against_the_worker),
        FIXTURE_TEST(without_a_package_the_worker_is_at_fault),
        FIXTURE_TEST(two_packages_shown_to_one_are_known_to_all),
        FIXTURE_TEST(evidence_counts_until_the_tip_of_d0),
        FIXTURE_TEST(in_round_r_count_r_echoes),
        FIXTURE_TEST(what_counts_at_a_border_counts_for_all),
        FIXTURE_TEST(echoes_that_are_none_do_not_count),
        FIXTURE_TEST(an_echo_before_our_own_d0_is_not_lost),
        FIXTURE_TEST(a_key_that_is_withheld_is_the_workers_fault),
        FIXTURE_TEST(a_key_shown_to_one_is_shown_to_all),
        FIXTURE_TEST(a_reorganisation_after_d0_moves_nothing),
        FIXTURE_TEST(a_reorganisation_before_d0_moves_it),
        FIXTURE_TEST(without_an_appeal_nothing_begins),
        FIXTURE_TEST(what_comes_too_late_is_in_nobodys_way),
        FIXTURE_TEST(what_is_here_and_does_not_count_is_not_judged),
        FIXTURE_TEST(nothing_counts_after_the_last_round),
        FIXTURE_TEST(a_crash_loses_no_echo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
