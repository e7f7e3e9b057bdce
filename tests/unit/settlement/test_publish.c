#include "channel/running.h"
#include "prometheus/contract/payout.h"

static const prom_parameters *P_of(const struct world *world)
{
    return &world->session.terms.P;
}

static void accept(struct world *world, size_t place)
{
    prom_money *money = &world_batch(world, place)->money;
    money->verdict = PROM_VERDICT_ACCEPT;
    money->verdict_tip = world->parties[place].own_tip;
    money->verdict_known = true;
    money->verdict_signature = world_verdict(world, PROM_TX4);
    money->key_known = true;
    money->h_p = world->session.cast.h_p;
}

/* Nothing is wanted before a fact says so; the fact alone is enough, whatever lies in mempools. */
static void lets_nothing_out_before_it_is_written(void **state)
{
    struct world *world = buried_world(*state);
    accept(world, PLACE_W);
    assert_null(world_want(world, PLACE_W, PROM_WANT_PUBLISH));
    world_batch(world, PLACE_W)->money.released = true;
    assert_true(world_wants_tx(world, PLACE_W, PROM_TX4));
    world_free(world);
}

/* Everybody ends what nobody has moved, from the tip on before which it cannot be mined. */
static void everybody_publishes_by_time(void **state)
{
    struct world *world = buried_world(*state);
    world_mine_to(world, WORLD_H0 + P_of(world)->t3 - 2);
    for (size_t place = PLACE_A; place < WORLD_PLACES; place++) {
        assert_false(world_wants_tx(world, place, PROM_TX1));
    }
    world_mine_to(world, WORLD_H0 + P_of(world)->t3 - 1);
    for (size_t place = 0; place < WORLD_PLACES; place++) {
        assert_true(world_wants_tx(world, place, PROM_TX1));
    }
    world_free(world);
}

/* Who waits for more by another transaction does not end it against itself. */
static void does_not_publish_against_itself(void **state)
{
    struct world *world = buried_world(*state);
    accept(world, PLACE_V);
    world_batch(world, PLACE_V)->money.released = true;
    world_mine_to(world, WORLD_H0 + P_of(world)->t3 - 1);
    assert_true(world_wants_tx(world, PLACE_V, PROM_TX4));
    assert_false(world_wants_tx(world, PLACE_V, PROM_TX1));
    world_free(world);
}

/* After an accusation: the worker's appeal, or the end by time. A block that leaves the chain takes the want with it.
 */
static void follows_the_chain(void **state)
{
    struct world *world = buried_world(*state);
    world_mine_tx(world, PROM_TXV0);
    world_batch(world, PLACE_W)->money.appealed = true;
    assert_true(world_wants_tx(world, PLACE_W, PROM_TXA));
    assert_false(world_wants_tx(world, PLACE_C, PROM_TXA));
    world_unblock(world);
    assert_false(world_wants_tx(world, PLACE_W, PROM_TXA));
    world_mine_tx(world, PROM_TXV0);
    world_mine_tx(world, PROM_TXA);
    assert_null(world_want(world, PLACE_W, PROM_WANT_PUBLISH));
    world_free(world);
}

/* What lateness costs: the worker what #1 takes from it, and everybody by a timeout nothing but time. */
static void says_what_is_at_risk(void **state)
{
    struct world *world = buried_world(*state);
    const prom_terms *terms = &world->session.terms;
    accept(world, PLACE_W);
    world_batch(world, PLACE_W)->money.released = true;
    const prom_fee_obligation worker = world_want(world, PLACE_W, PROM_WANT_PUBLISH)->as.publish.due;
    const prom_amount lost =
        prom_amount_add(prom_share_of_worker(&terms->P, terms->c), prom_amount_fraction(terms->P.w, terms->P.alpha));
    assert_true(prom_amount_equal(worker.at_risk, lost));
    assert_int_equal(worker.lateness, PROM_LATE_COSTS_MONEY);
    assert_int_equal(worker.last_block, WORLD_H0 + terms->P.t3 - 1);
    world_mine_to(world, WORLD_H0 + terms->P.t3 - 1);
    const prom_fee_obligation anybody = world_want(world, PLACE_A, PROM_WANT_PUBLISH)->as.publish.due;
    assert_int_equal(anybody.lateness, PROM_LATE_COSTS_TIME);
    assert_int_equal(anybody.last_block, PROM_WINDOW_OPEN);
    world_free(world);
}

/* The transaction is whole when it is wanted; without what it waits for it is not made. */
static void finishes_what_is_wanted(void **state)
{
    struct world *world = buried_world(*state);
    struct world_party *worker = &world->parties[PLACE_W];
    const prom_channel_secrets secrets = {.h_p = world->session.cast.h_p, .k_p = world->session.cast.k_p};
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_tx *tx = NULL;
    prom_arena_init(&arena, (size_t)1 << 26);
    assert_int_equal(
        prom_channel_finish(worker->channel, &arena, &tx, 0, PROM_TX4, &secrets, &world->test->error).category,
        PROM_CATEGORY_BAD_INPUT);
    accept(world, PLACE_W);
    assert_ok(prom_channel_finish(worker->channel, &arena, &tx, 0, PROM_TX4, &secrets, &world->test->error),
              &world->test->error);
    assert_true(tx->inputs[0].witness_count > 0);
    assert_int_equal(
        prom_channel_finish(worker->channel, &arena, &tx, 0, PROM_TX0, &secrets, &world->test->error).category,
        PROM_CATEGORY_MISUSE);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(lets_nothing_out_before_it_is_written),
        FIXTURE_TEST(everybody_publishes_by_time),
        FIXTURE_TEST(does_not_publish_against_itself),
        FIXTURE_TEST(follows_the_chain),
        FIXTURE_TEST(says_what_is_at_risk),
        FIXTURE_TEST(finishes_what_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
