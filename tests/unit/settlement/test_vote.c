/* Five arbiters, of whom three decide. */
#define WORLD_ARBITERS 5
#include "settlement/court_words.h"

enum {
    ALL_FIVE = 0x1f,
    THREE = 0x07,
    FOUR = 0x17,   /* 0, 1, 2 and 4 */
    FAULTY = 0x18, /* 3 and 4 */
};

static size_t votes_sent(const struct court *court, prom_attestation_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < court->world->mail_count; i++) {
        count += court->world->mail[i].message.kind == PROM_MESSAGE_STATEMENT &&
                 court->world->mail[i].message.as.statement.kind == kind;
    }
    return count;
}

/* Signers sign; nothing arrives. */
static void act_all(struct court *court)
{
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        while (court_honest(court, i) && court_act(court, i)) {
        }
    }
}

static prom_attestation vote_of_4(prom_decision decision, size_t number)
{
    return court_vote(4, decision, number);
}

static void commit_4(struct court *court, size_t to, prom_attestation vote)
{
    court_tell(court, PLACE_A + 4, to, court_commitment(court, vote));
}

static void a_vote_is_hidden_until_all_reveal(void **state)
{
    struct court *court = court_appealed(*state, FAULTY);
    court_mine_to(court, court_round(court, COURT_ROUNDS) - 1);
    assert_int_equal(court_facts(court, 0)->commitment_count[0], 0);
    court_mine_to(court, court_reveal(court) - 1);
    assert_int_equal(court_facts(court, 0)->commitment_count[0], 1);
    assert_int_equal(court_facts(court, 1)->commitment_count[0], 1);
    assert_int_equal(court_facts(court, 0)->vote_count[0], 0);
    assert_int_equal(votes_sent(court, PROM_ATTESTATION_VOTE), 0);
    court_mine_to(court, court_reveal(court));
    assert_int_equal(court_facts(court, 1)->vote_count[0], 1);
    assert_int_equal(prom_votes_counted(court_channel(court, 1), 0, PROM_DECISION_VERIFIER), THREE);
    court_free(court);
}

static void who_could_not_check_in_time_commits_to_nothing(void **state)
{
    struct court *court = court_appealed(*state, 0);
    court->checked = PROM_CHECKED_UNKNOWN;
    court_mine_to(court, court_reveal(court) - 1);
    assert_non_null(world_want_job(court->world, PLACE_A, PROM_JOB_CHECK));
    world_finish_job(court->world, PLACE_A, PROM_JOB_CHECK,
                     (prom_done_event){.unable = true, .checked = PROM_CHECKED_BAD});
    assert_false(court_facts(court, 0)->voted);
    world_finish_job(court->world, PLACE_A, PROM_JOB_CHECK, (prom_done_event){.checked = PROM_CHECKED_GOOD});
    assert_true(court_facts(court, 0)->voted);
    court_settle(court);
    court_mine_to(court, court_reveal(court));
    assert_null(world_want_job(court->world, PLACE_A + 1, PROM_JOB_CHECK)); /* which is too late */
    assert_false(court_facts(court, 1)->voted);
    assert_int_equal(court_facts(court, 1)->commitment_count[0], 1);
    assert_int_equal(court_facts(court, 0)->commitment_count[1], 0);
    court_free(court);
}

/* Echoes take blocks, in which the check of what is here can be over; of anything else it says nothing. */
static void a_check_begins_before_it_is_known_what_counts(void **state)
{
    struct court *court = court_appealed(*state, 0);
    court->ahead = true;
    court_settle(court);
    court->checked = PROM_CHECKED_UNKNOWN; /* none that begins now is over in time */
    assert_true(court_channel(court, 0)->ahead[0].done);
    assert_null(world_want_job(court->world, PLACE_A, PROM_JOB_CHECK));
    assert_false(court_facts(court, 0)->voted);
    assert_int_equal(world_batch(court->world, PLACE_A)->evidence.checked, PROM_CHECKED_UNKNOWN);
    court_channel(court, 1)->ahead[0].subject = named("another", 0);
    court_crash(court, 2);
    court_mine_to(court, court_reveal(court) - 1);
    assert_true(court_facts(court, 0)->voted);
    for (size_t i = 1; i <= 2; i++) {
        assert_false(court_facts(court, i)->voted);
        assert_non_null(world_want_job(court->world, PLACE_A + i, PROM_JOB_CHECK));
    }
    court_free(court);
}

static void a_check_of_something_else_is_passed_over(void **state)
{
    struct court *court = court_appealed(*state, 0);
    court->checked = PROM_CHECKED_UNKNOWN;
    court_mine_to(court, court_reveal(court) - 1);
    const prom_event event = {
        .kind = PROM_EVENT_DONE,
        .as.done = {.job = PROM_JOB_CHECK, .subject = named("another", 0), .checked = PROM_CHECKED_BAD}};
    assert_int_equal(world_step(court->world, PLACE_A, &event), PROM_TAKEN);
    assert_false(court_facts(court, 0)->voted);
    world_batch(court->world, PLACE_A)->evidence.bodies[PROM_BODY_PACKAGE_A].here = false;
    assert_null(world_want_job(court->world, PLACE_A, PROM_JOB_CHECK)); /* what is not here cannot be checked */
    court_free(court);
}

/* A vote is decided once, whatever happens afterwards. */
static void no_second_vote_after_a_crash(void **state)
{
    struct court *court = court_appealed(*state, 0);
    court_mine_to(court, court_round(court, COURT_ROUNDS) - 1);
    court_block_at(court, 0, PROM_TREE_OTHER);
    court_crash(court, 0);
    world_finish_job(court->world, PLACE_A, PROM_JOB_CHECK, (prom_done_event){.checked = PROM_CHECKED_GOOD});
    const prom_vote vote = court_facts(court, 0)->vote;
    court_crash(court, 0);
    act_all(court);
    court->checked = PROM_CHECKED_BAD;
    court_crash(court, 0);
    assert_true(court_facts(court, 0)->voted);
    assert_int_equal(court_facts(court, 0)->vote.decision, vote.decision);
    assert_int_equal(court_facts(court, 0)->commitment_count[0], 1);
    assert_null(world_want(court->world, PLACE_A, PROM_WANT_SIGN));
    court_free(court);
}

static void a_commitment_after_the_first_reveals_does_not_count(void **state)
{
    struct court *court = court_appealed(*state, FAULTY);
    court_mine_to(court, court_reveal(court) - 1);
    commit_4(court, 0, vote_of_4(PROM_DECISION_VERIFIER, 0));
    court_settle(court);
    assert_int_equal(court_facts(court, 2)->commitment_count[4], 1); /* told on */
    court_free(court);
    court = court_appealed(*state, FAULTY);
    court_mine_to(court, court_reveal(court));
    commit_4(court, 0, vote_of_4(PROM_DECISION_VERIFIER, 0));
    court_tell(court, PLACE_A + 4, 0, vote_of_4(PROM_DECISION_VERIFIER, 0));
    court_settle(court);
    assert_int_equal(court_facts(court, 0)->commitment_count[4], 0);
    assert_int_equal(prom_votes_counted(court_channel(court, 0), 0, PROM_DECISION_VERIFIER), THREE);
    assert_int_equal(prom_votes_seen(court_channel(court, 2), 0, PROM_DECISION_VERIFIER), FOUR);
    court_mine_to(court, court_signing(court));
    court_decided(court, PROM_DECISION_VERIFIER, THREE);
    court_free(court);
}

static void two_commitments_void_each_other(void **state)
{
    struct court *court = court_appealed(*state, FAULTY);
    court_mine_to(court, court_reveal(court) - 1);
    commit_4(court, 0, vote_of_4(PROM_DECISION_VERIFIER, 0));
    commit_4(court, 1, vote_of_4(PROM_DECISION_WORKER, 1));
    commit_4(court, 2, vote_of_4(PROM_DECISION_WORKER, 2)); /* of more than two nothing is kept */
    court_settle(court);
    assert_int_equal(court_facts(court, 0)->commitment_count[4], 2);
    court_mine_to(court, court_reveal(court));
    court_tell_all(court, PLACE_A + 4, vote_of_4(PROM_DECISION_VERIFIER, 0));
    court_tell_all(court, PLACE_A + 4, vote_of_4(PROM_DECISION_WORKER, 1));
    assert_int_equal(court_facts(court, 0)->vote_count[4], 2);
    court_mine_to(court, court_signing(court));
    court_decided(court, PROM_DECISION_VERIFIER, THREE);
    court_free(court);
}

static void a_vote_that_its_commitment_does_not_open_to_does_not_count(void **state)
{
    struct court *court = court_appealed(*state, FAULTY);
    court_mine_to(court, court_reveal(court) - 1);
    commit_4(court, 0, vote_of_4(PROM_DECISION_WORKER, 0));
    court_mine_to(court, court_reveal(court));
    court_tell_all(court, PLACE_A + 4, vote_of_4(PROM_DECISION_VERIFIER, 0));
    court_tell_all(court, PLACE_A + 4, vote_of_4(PROM_DECISION_VERIFIER, 1)); /* one of a decision is kept */
    assert_int_equal(court_facts(court, 0)->vote_count[4], 1);
    assert_int_equal(prom_votes_counted(court_channel(court, 0), 0, PROM_DECISION_VERIFIER), THREE);
    court_free(court);
}

/* An arbiter commits to arbiter 0 in time, and to the others, by what 0 tells them on, too late: whom 0 counts they do
 * not. In the first half of the time for signing nobody can agree; in the second all do. */
static void who_divides_the_honest_delays_them_alone(void **state)
{
    struct court *court = court_appealed(*state, FAULTY);
    court_mine_to(court, court_reveal(court) - 1);
    court_mine_at(court, 1, court_reveal(court));
    court_mine_at(court, 2, court_reveal(court));
    commit_4(court, 0, vote_of_4(PROM_DECISION_VERIFIER, 0));
    court_settle(court);
    court_mine_at(court, 0, court_reveal(court));
    court_tell(court, PLACE_A + 4, 0, vote_of_4(PROM_DECISION_VERIFIER, 0));
    court_settle(court);
    assert_int_equal(prom_votes_counted(court_channel(court, 0), 0, PROM_DECISION_VERIFIER), FOUR);
    assert_int_equal(prom_votes_counted(court_channel(court, 1), 0, PROM_DECISION_VERIFIER), THREE);
    court_mine_to(court, court_signing(court));
    court_undecided(court);
    court_mine_to(court, court_signing(court) + 1);
    court_decided(court, PROM_DECISION_VERIFIER, FOUR);
    court_free(court);
}

/* Committed in time, revealed when signing was under way: S grows as long as k have not signed. */
static void a_late_reveal_is_added_while_nobody_has_decided(void **state)
{
    struct court *court = court_appealed(*state, FAULTY);
    court->no_shares = ALL_FIVE;
    court_mine_to(court, court_reveal(court) - 1);
    commit_4(court, 0, vote_of_4(PROM_DECISION_VERIFIER, 0));
    court_settle(court);
    court_mine_to(court, court_signing(court));
    court_undecided(court);
    assert_int_equal(court_facts(court, 0)->signed_for, THREE);
    court_tell(court, PLACE_A + 4, 1, vote_of_4(PROM_DECISION_VERIFIER, 0));
    court_settle(court);
    court->no_shares = 0;
    court_settle(court);
    court_decided(court, PROM_DECISION_VERIFIER, FOUR);
    court_free(court);
    court = court_appealed(*state, FAULTY);
    court_mine_to(court, court_reveal(court) - 1);
    commit_4(court, 0, vote_of_4(PROM_DECISION_VERIFIER, 0));
    court_settle(court);
    court_mine_to(court, court_signing(court));
    court_tell(court, PLACE_A + 4, 1, vote_of_4(PROM_DECISION_VERIFIER, 0));
    court_settle(court);
    court_decided(court, PROM_DECISION_VERIFIER, THREE);
    court_free(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_vote_is_hidden_until_all_reveal),
        FIXTURE_TEST(who_could_not_check_in_time_commits_to_nothing),
        FIXTURE_TEST(a_check_begins_before_it_is_known_what_counts),
        FIXTURE_TEST(a_check_of_something_else_is_passed_over),
        FIXTURE_TEST(no_second_vote_after_a_crash),
        FIXTURE_TEST(a_commitment_after_the_first_reveals_does_not_count),
        FIXTURE_TEST(two_commitments_void_each_other),
        FIXTURE_TEST(a_vote_that_its_commitment_does_not_open_to_does_not_count),
        FIXTURE_TEST(who_divides_the_honest_delays_them_alone),
        FIXTURE_TEST(a_late_reveal_is_added_while_nobody_has_decided),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
