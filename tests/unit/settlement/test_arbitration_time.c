/* Five arbiters on a network where rounds last ten minutes at least: blocks come as fast and messages as slowly as they
 * may. */
#define WORLD_ARBITERS 5
#include "settlement/court_words.h"

enum {
    WAIT = 600,
    FAULTY = 0x18,
    T1 = 24,
    S = 6,
    E = 3,
};

static struct court *signet_court(fixture *test)
{
    struct court *court = court_make(test, FAULTY);
    prom_terms *terms = &court->world->session.terms;
    terms->genesis = prom_chain_parameters_by_name("signet")->genesis;
    terms->P.t1 = T1;
    terms->P.t2 = T1 + 40;
    terms->P.t3 = T1 + 70;
    terms->P.t4 = 80;
    assert_ok(prom_parameters_fund(test->curve, &terms->P.F, &terms->P, &test->error), &test->error);
    court_open(court);
    court_block(court, PROM_TX0);
    court_mine_to(court, WORLD_H0 + S);
    court_package(court, 0);
    court_mine_to(court, WORLD_H0 + T1 + 1);
    court_block(court, PROM_TXV0);
    court_settle(court);
    court_block(court, PROM_TXA);
    court->appeal = court_tip(court);
    court_settle(court);
    return court;
}

static uint32_t round_tip(const struct court *court, uint32_t round)
{
    return court->appeal + S + E * round;
}

static void pass_time(struct court *court, size_t arbiter, uint64_t seconds)
{
    court->world->parties[PLACE_A + arbiter].seconds += seconds;
    world_tick(court->world, PLACE_A + arbiter);
}

static uint8_t rounds(struct court *court, size_t arbiter)
{
    return court_facts(court, arbiter)->rounds_over;
}

static void a_round_lasts_ten_minutes_however_fast_blocks_are(void **state)
{
    struct court *court = signet_court(*state);
    court_mine_to(court, round_tip(court, 0));
    assert_int_equal(rounds(court, 0), 1);
    court_mine_to(court, round_tip(court, 3));
    assert_int_equal(rounds(court, 0), 1);
    pass_time(court, 0, WAIT - 1);
    assert_int_equal(rounds(court, 0), 1);
    pass_time(court, 0, 1);
    assert_int_equal(rounds(court, 0), 2);
    pass_time(court, 0, WAIT);
    assert_int_equal(rounds(court, 0), 3);
    court_free(court);
}

/* Ten minutes are not enough without the blocks either. */
static void a_round_lasts_its_blocks_however_long_they_take(void **state)
{
    struct court *court = signet_court(*state);
    court_mine_to(court, round_tip(court, 0));
    pass_time(court, 0, 100 * WAIT);
    court_mine_to(court, round_tip(court, 1) - 1);
    assert_int_equal(rounds(court, 0), 1);
    court_mine_to(court, round_tip(court, 1));
    assert_int_equal(rounds(court, 0), 2);
    court_free(court);
}

/* The clock of the node begins anew with it, or goes on when the channel alone is loaded again. */
static void a_crash_makes_a_round_longer_never_shorter(void **state)
{
    struct court *court = signet_court(*state);
    pass_time(court, 0, 5 * WAIT);
    court_mine_to(court, round_tip(court, 0));
    court_mine_to(court, round_tip(court, 1));
    court_crash(court, 0);
    pass_time(court, 0, WAIT - 1);
    assert_int_equal(rounds(court, 0), 1);
    pass_time(court, 0, 1);
    assert_int_equal(rounds(court, 0), 2);
    court_mine_to(court, round_tip(court, 2));
    pass_time(court, 0, 10);
    court_crash(court, 0);
    court->world->parties[PLACE_A].seconds = WAIT + 10; /* of the same node: ten since D_1 */
    world_tick(court->world, PLACE_A);
    assert_int_equal(rounds(court, 0), 2);
    court_free(court);
}

/* Blocks of all three rounds are there at once; arbiter 0 sees D_0 nearly ten minutes after the others, and just before
 * it W shows it a second package. Its echo, made at once, is in time with them. */
static void nearly_ten_minutes_divide_nobody(void **state)
{
    struct court *court = signet_court(*state);
    court_mine_at(court, 1, round_tip(court, 3));
    court_mine_at(court, 2, round_tip(court, 3));
    court_settle(court);
    assert_int_equal(rounds(court, 1), 1);
    pass_time(court, 1, WAIT - 1);
    pass_time(court, 2, WAIT - 1);
    court_tell(court, PLACE_W, 0, world_claim(PROM_ROUND_A, 1));
    court_mine_at(court, 0, round_tip(court, 0));
    court_settle(court);
    assert_int_equal(rounds(court, 1), 1);
    assert_true(court_counts(court, 1, world_claim(PROM_ROUND_A, 1)));
    assert_true(court_counts(court, 2, world_claim(PROM_ROUND_A, 1)));
    court_free(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_round_lasts_ten_minutes_however_fast_blocks_are),
        FIXTURE_TEST(a_round_lasts_its_blocks_however_long_they_take),
        FIXTURE_TEST(a_crash_makes_a_round_longer_never_shorter),
        FIXTURE_TEST(nearly_ten_minutes_divide_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
