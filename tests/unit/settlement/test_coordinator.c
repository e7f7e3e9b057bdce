/* Five arbiters, of whom three decide: what happens when those who should bring it about do not. */
#define WORLD_ARBITERS 5
#include "settlement/court_words.h"

enum {
    ALL_FIVE = 0x1f,
    STALL = 60, /* seconds until a session is given up, and the next coordinator's turn */
};

static prom_decision_session *session_of(struct court *court, size_t at, size_t coordinator)
{
    for (size_t i = 0; i < court_channel(court, at)->session_count; i++) {
        prom_decision_session *session = &court_channel(court, at)->sessions[i];
        if (session->used && session->coordinator == coordinator) {
            return session;
        }
    }
    return NULL;
}

/* 0 and 1 have voted as everybody, and are silent from then on; all votes are here, at the tip at which they are
 * revealed. */
static struct court *silent_first(fixture *test)
{
    struct court *court = court_appealed(test, 0x03);
    court_mine_to(court, court_reveal(court) - 1);
    for (size_t i = 0; i < 2; i++) {
        const prom_attestation vote = court_vote(i, PROM_DECISION_VERIFIER, i);
        court_tell_all(court, PLACE_A + i, court_commitment(court, vote));
    }
    court_settle(court);
    court_mine_to(court, court_reveal(court));
    for (size_t i = 0; i < 2; i++) {
        court_tell_all(court, PLACE_A + i, court_vote(i, PROM_DECISION_VERIFIER, i));
    }
    court_settle(court);
    return court;
}

static void the_next_overtakes_after_some_time(void **state)
{
    struct court *court = silent_first(*state);
    court_undecided(court); /* it is the turn of 0 */
    court_wait(court, 2 * STALL - 1);
    court_undecided(court);
    assert_null(session_of(court, 2, 2));
    court_wait(court, 1); /* of 2, behind two others */
    court_decided(court, PROM_DECISION_VERIFIER, ALL_FIVE);
    court_free(court);
}

/* p is 1: the turn of 2, behind two others, would come a block too late. */
static void everybody_begins_at_the_last_tip_for_signing(void **state)
{
    struct court *court = silent_first(*state);
    court_mine_to(court, court_signing(court));
    court_undecided(court);
    court_mine_to(court, court_signing(court) + 1);
    court_decided(court, PROM_DECISION_VERIFIER, ALL_FIVE);
    court_free(court);
}

/* 0 coordinates; its clock alone goes on. */
static void who_stalls_is_left_out_of_the_next_session(void **state)
{
    struct court *court = court_appealed(*state, 0);
    court->no_shares = 0x06;
    court_mine_to(court, court_reveal(court));
    court_undecided(court);
    const prom_decision_session *session = session_of(court, 0, 0);
    assert_non_null(session);
    assert_true(session->listed);
    const uint32_t stalled = session->signers & ~session->shares_here;
    assert_int_equal(stalled, court->no_shares & session->signers);
    assert_true(stalled != 0);
    court->world->parties[PLACE_A].seconds += STALL - 1;
    world_tick(court->world, PLACE_A);
    court_settle(court);
    court_undecided(court);
    court->world->parties[PLACE_A].seconds += 1;
    world_tick(court->world, PLACE_A);
    court_settle(court);
    court_decided(court, PROM_DECISION_VERIFIER, ALL_FIVE);
    assert_int_equal(court_channel(court, 0)->courses[0].stalled & ~stalled, 0);
    court_free(court);
}

/* All let it stall: all get another chance. */
static void a_stall_is_forgiven_when_too_few_are_left(void **state)
{
    struct court *court = court_appealed(*state, 0);
    court->no_shares = ALL_FIVE;
    court_mine_to(court, court_reveal(court));
    for (size_t i = 0; i < 3; i++) {
        court->world->parties[PLACE_A].seconds += STALL;
        world_tick(court->world, PLACE_A);
        court_settle(court);
    }
    court_undecided(court);
    court->no_shares = 0;
    court_settle(court);
    court->world->parties[PLACE_A].seconds += STALL;
    world_tick(court->world, PLACE_A);
    court_settle(court);
    court_decided(court, PROM_DECISION_VERIFIER, ALL_FIVE);
    court_free(court);
}

static void who_gives_a_wrong_share_is_left_out_at_once(void **state)
{
    struct court *court = court_appealed(*state, 0);
    court->wrong = 0x06;
    court_mine_to(court, court_reveal(court));
    court_decided(court, PROM_DECISION_VERIFIER, ALL_FIVE);
    assert_true((court_channel(court, 0)->courses[0].wrong & 0x06) != 0);
    assert_int_equal(court_channel(court, 0)->courses[0].wrong & ~0x06U, 0);
    court_free(court);
}

static void bad_answers_change_nothing(void **state)
{
    struct court *court = court_appealed(*state, 0);
    court->no_shares = ALL_FIVE;
    court_mine_to(court, court_reveal(court) - 1);
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        court_block_at(court, i, PROM_TREE_OTHER);
        while (court_act(court, i)) {
        }
    }
    world_deliver_to(court->world, PLACE_A); /* all votes: 0 asks */
    const prom_decision_session *session = session_of(court, 0, 0);
    assert_non_null(session);
    world_forget_mail(court->world);
    uint8_t bytes[66] = {0};
    const prom_span none = prom_span_of(bytes, sizeof bytes);
    prom_message answer = court_step(0, session->number, session->deciders, PROM_DECISION_NONCE, none);
    assert_int_equal(world_say(court->world, PLACE_A + 1, PLACE_A, &answer), PROM_REFUSED); /* no points */
    answer.as.decision.session++;
    assert_int_equal(world_say(court->world, PLACE_A + 1, PLACE_A, &answer), PROM_TAKEN); /* of no session */
    answer = court_step(0, session->number, session->deciders, PROM_DECISION_SHARE, prom_span_of(bytes, 32));
    assert_int_equal(world_say(court->world, PLACE_A + 1, PLACE_A, &answer), PROM_TAKEN); /* that nobody asked for */
    assert_int_equal(session->nonces_here, 0);
    assert_int_equal(court_channel(court, 0)->courses[0].wrong, 0);
    court_free(court);
}

/* The coordinator ends, and begins anew, between any two things that it does. */
static void a_crash_of_the_coordinator_ends_its_session_alone(void **state)
{
    struct court *court = court_appealed(*state, 0);
    court_mine_to(court, court_reveal(court) - 1);
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        court_block_at(court, i, PROM_TREE_OTHER);
    }
    for (size_t crash = 0; crash < 6; crash++) {
        (void)court_act(court, 0);
        for (size_t i = 1; i < WORLD_ARBITERS; i++) {
            (void)court_move(court, i);
        }
        court_crash(court, 0);
        world_deliver_to(court->world, PLACE_A);
    }
    court_settle(court);
    court_wait(court, STALL);
    court_decided(court, PROM_DECISION_VERIFIER, ALL_FIVE);
    court_free(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(the_next_overtakes_after_some_time),
        FIXTURE_TEST(everybody_begins_at_the_last_tip_for_signing),
        FIXTURE_TEST(who_stalls_is_left_out_of_the_next_session),
        FIXTURE_TEST(a_stall_is_forgiven_when_too_few_are_left),
        FIXTURE_TEST(who_gives_a_wrong_share_is_left_out_at_once),
        FIXTURE_TEST(bad_answers_change_nothing),
        FIXTURE_TEST(a_crash_of_the_coordinator_ends_its_session_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
