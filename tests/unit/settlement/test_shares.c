/* Five arbiters, of whom three decide: shares of a session that arbiter 4 coordinates, which has voted with 0, 1 and 2
 * and keeps to itself what it is given. What the honest ones say in sessions of their own is lost until a test says
 * otherwise. */
#define WORLD_ARBITERS 5
#include "settlement/court_words.h"

enum { FAULTY = 0x18, FOUR = 0x17, HONEST = 3, SIGNERS = 0x07, NUMBER = 77 };

static bool is_of_4(const struct world_letter *letter)
{
    return letter->message.kind == PROM_MESSAGE_DECISION && letter->message.as.decision.coordinator == 4;
}

static void drop_others(struct court *court)
{
    struct world *world = court->world;
    for (size_t i = 0; i < world->mail_count;) {
        if (is_of_4(&world->mail[i])) {
            i++;
        } else {
            world_take_letter(world, i);
        }
    }
}

/* What the arbiter's signer is asked for is done, and of what it says that is kept which belongs to 4's sessions. */
static void act(struct court *court, size_t arbiter)
{
    while (court_act(court, arbiter)) {
    }
    drop_others(court);
}

static void say(struct court *court, size_t to, prom_message message)
{
    assert_int_equal(world_say(court->world, PLACE_A + 4, PLACE_A + to, &message), PROM_TAKEN);
    act(court, to);
}

/* The nonce that the arbiter has given 4. */
static prom_frost_nonce nonce_of(const struct court *court, size_t arbiter)
{
    prom_frost_nonce nonce = {0};
    bool found = false;
    for (size_t i = 0; i < court->world->mail_count; i++) {
        const struct world_letter *it = &court->world->mail[i];
        if (it->from == PLACE_A + arbiter && is_of_4(it) && it->message.as.decision.step == PROM_DECISION_NONCE) {
            memcpy(&nonce, it->message.as.decision.bytes.data, sizeof nonce);
            found = true;
        }
    }
    assert_true(found);
    return nonce;
}

/* All three honest ones have given their nonces. */
static struct court *asked(fixture *test, prom_frost_nonce nonces[HONEST])
{
    struct court *court = court_appealed(test, FAULTY);
    court_mine_to(court, court_reveal(court) - 1);
    court_tell(court, PLACE_A + 4, 0, court_commitment(court, court_vote(4, PROM_DECISION_VERIFIER, 0)));
    court_settle(court);
    court_mine_to(court, court_reveal(court));
    court_tell(court, PLACE_A + 4, 0, court_vote(4, PROM_DECISION_VERIFIER, 0));
    court_settle(court);
    for (size_t i = 0; i < HONEST; i++) {
        court_mine_at(court, i, court_signing(court));
    }
    world_forget_mail(court->world);
    for (size_t i = 0; i < HONEST; i++) {
        say(court, i, court_step(4, NUMBER, FOUR, PROM_DECISION_ASK, prom_span_of(NULL, 0)));
        nonces[i] = nonce_of(court, i);
    }
    return court;
}

static prom_message list_of(struct court *court, const prom_frost_nonce nonces[HONEST])
{
    fixture *test = court->world->test;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span bytes;
    prom_write_u32(&writer, SIGNERS);
    for (size_t i = 0; i < HONEST; i++) {
        prom_write_span(&writer, prom_span_of((const uint8_t *)&nonces[i], sizeof nonces[i]));
    }
    assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
    return court_step(4, NUMBER, FOUR, PROM_DECISION_LIST, bytes);
}

static void deliver(struct court *court)
{
    for (size_t i = 0; i < HONEST; i++) {
        world_deliver_to(court->world, PLACE_A + i);
        drop_others(court);
    }
}

static void a_coordinator_cannot_keep_the_signature_to_itself(void **state)
{
    prom_frost_nonce nonces[HONEST];
    struct court *court = asked(*state, nonces);
    for (size_t i = 0; i < HONEST; i++) {
        say(court, i, list_of(court, nonces));
    }
    court_undecided(court);
    deliver(court);
    court_decided(court, PROM_DECISION_VERIFIER, FOUR);
    court_free(court);
}

static void a_share_may_come_before_the_list(void **state)
{
    prom_frost_nonce nonces[HONEST];
    struct court *court = asked(*state, nonces);
    say(court, 0, list_of(court, nonces));
    say(court, 1, list_of(court, nonces));
    world_deliver_to(court->world, PLACE_A + 2);
    drop_others(court);
    assert_false(court_facts(court, 2)->decided);
    say(court, 2, list_of(court, nonces));
    assert_true(court_facts(court, 2)->decided);
    court_free(court);
}

static void mine_past_the_last_tip(struct court *court)
{
    for (size_t i = 0; i < HONEST; i++) {
        court_mine_at(court, i, court->appeal + valid_parameters().t4 - WORLD_MARGIN);
    }
}

/* Fewer than s blocks are left before t4: what has been given still counts. */
static void shares_come_together_after_the_last_tip(void **state)
{
    prom_frost_nonce nonces[HONEST];
    struct court *court = asked(*state, nonces);
    for (size_t i = 0; i < HONEST; i++) {
        say(court, i, list_of(court, nonces));
    }
    mine_past_the_last_tip(court);
    court_undecided(court);
    deliver(court);
    court_decided(court, PROM_DECISION_VERIFIER, FOUR);
    court_free(court);
}

static void no_share_is_given_after_the_last_tip(void **state)
{
    prom_frost_nonce nonces[HONEST];
    struct court *court = asked(*state, nonces);
    court->no_shares = 1U << 2;
    for (size_t i = 0; i < HONEST; i++) {
        say(court, i, list_of(court, nonces));
    }
    mine_past_the_last_tip(court);
    court->no_shares = 0;
    act(court, 2);
    assert_int_equal(court->shares_made[2], 0);
    deliver(court);
    court_undecided(court);
    court_free(court);
}

/* 0 and 1 are told different nonces of 2: their shares do not fit together, which is the coordinator's fault alone. */
static void two_lists_blame_nobody(void **state)
{
    prom_frost_nonce nonces[HONEST];
    struct court *court = asked(*state, nonces);
    prom_frost_nonce others[HONEST];
    memcpy(others, nonces, sizeof others);
    others[2].first = nonces[2].second;
    others[2].second = nonces[2].first;
    say(court, 0, list_of(court, others));
    say(court, 1, list_of(court, nonces));
    say(court, 2, list_of(court, nonces));
    deliver(court);
    court_undecided(court);
    for (size_t i = 0; i < HONEST; i++) {
        assert_int_equal(court_channel(court, i)->courses[0].wrong, 0);
    }
    court_wait(court, 120);
    court_decided(court, PROM_DECISION_VERIFIER, FOUR);
    court_free(court);
}

static void shares_that_are_none_change_nothing(void **state)
{
    prom_frost_nonce nonces[HONEST];
    struct court *court = asked(*state, nonces);
    uint8_t bytes[33] = {1};
    prom_message none = court_step(4, NUMBER, FOUR, PROM_DECISION_SHARE, prom_span_of(bytes, sizeof bytes));
    say(court, 0, none);
    none.as.decision.coordinator = 9; /* there is no such arbiter */
    say(court, 0, none);
    none.as.decision.coordinator = 4;
    none.as.decision.bytes.length = 32;
    say(court, 0, none); /* of 4, which is not in the list */
    for (size_t i = 0; i < HONEST; i++) {
        say(court, i, list_of(court, nonces));
    }
    deliver(court);
    court_decided(court, PROM_DECISION_VERIFIER, FOUR);
    court_free(court);
}

/* A share in a session of 4's own is no sign that 4 gives one in others'. */
static void a_share_elsewhere_excuses_nobody(void **state)
{
    prom_frost_nonce nonces[HONEST];
    struct court *court = asked(*state, nonces);
    for (size_t i = 0; i < HONEST; i++) {
        court_channel(court, i)->courses[0].stalled = 0x07;
        say(court, i, list_of(court, nonces));
    }
    world_deliver_to(court->world, PLACE_A);
    drop_others(court);
    assert_true(court_facts(court, 0)->decided);
    assert_int_equal(court_channel(court, 0)->courses[0].stalled, 0x07);
    court_free(court);
}

/* A coordinator that was killed begins at the same number again: what it is given for the session before is nobody's
 * fault. */
static void a_share_of_before_a_crash_is_passed_over(void **state)
{
    prom_frost_nonce nonces[HONEST];
    struct court *court = asked(*state, nonces);
    uint8_t bytes[32] = {1};
    court_wait(court, 0);
    world_forget_mail(court->world);
    court_crash(court, 0);
    const prom_decision_session *own = prom_session_of(&(struct step){.channel = court_channel(court, 0)}, 0, 0);
    assert_non_null(own);
    assert_false(own->listed);
    const prom_message before =
        court_step(0, own->number, own->deciders, PROM_DECISION_SHARE, prom_span_of(bytes, sizeof bytes));
    assert_int_equal(world_say(court->world, PLACE_A + 1, PLACE_A, &before), PROM_TAKEN);
    court_wait(court, 120);
    court_settle(court);
    court_decided(court, PROM_DECISION_VERIFIER, FOUR);
    assert_int_equal(court_channel(court, 0)->courses[0].wrong, 0);
    court_free(court);
}

/* Of a coordinator that begins without end the others are spared. */
static void others_get_shares_of_few_sessions(void **state)
{
    prom_frost_nonce nonces[HONEST];
    struct court *court = asked(*state, nonces);
    court_channel(court, 1)->courses[0].shared[4] = 3;
    say(court, 1, list_of(court, nonces));
    assert_int_equal(court->shares_made[1], 1);
    assert_int_equal(court_letters_to(court, PLACE_A), 0);
    court_channel(court, 2)->courses[0].shared[4] = 2;
    say(court, 2, list_of(court, nonces));
    assert_int_equal(court_letters_to(court, PLACE_A), 1);
    court_free(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_coordinator_cannot_keep_the_signature_to_itself),
        FIXTURE_TEST(a_share_may_come_before_the_list),
        FIXTURE_TEST(shares_come_together_after_the_last_tip),
        FIXTURE_TEST(no_share_is_given_after_the_last_tip),
        FIXTURE_TEST(two_lists_blame_nobody),
        FIXTURE_TEST(shares_that_are_none_change_nothing),
        FIXTURE_TEST(a_share_elsewhere_excuses_nobody),
        FIXTURE_TEST(a_share_of_before_a_crash_is_passed_over),
        FIXTURE_TEST(others_get_shares_of_few_sessions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
