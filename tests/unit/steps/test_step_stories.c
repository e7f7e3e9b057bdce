/* Whole contracts after Tx0, every party its own step function, messages in their senders' order. */
#include "channel/running.h"

/* Every body that is wanted comes, every statement that is wanted is signed, every message arrives; packages are good
 * or bad as `checked` has it. Ends when nothing moves. */
static bool fetch_all(struct world *world, size_t place)
{
    for (prom_body_kind what = PROM_BODY_PROGRAM; what < PROM_BODIES; what++) {
        if (world_want_fetch(world, place, what) != NULL) {
            world_fetch(world, place, what);
            return true;
        }
    }
    return false;
}

static bool work(struct world *world, size_t place, prom_checked checked)
{
    static const prom_job_kind jobs[] = {PROM_JOB_COMPUTE, PROM_JOB_OPEN_KEY, PROM_JOB_CHECK, PROM_JOB_RESULT};
    for (size_t i = 0; i < COUNT_OF(jobs); i++) {
        if (world_want_job(world, place, jobs[i]) != NULL) {
            world_finish_job(world, place, jobs[i],
                             (prom_done_event){
                                 .checked = jobs[i] == PROM_JOB_OPEN_KEY ? PROM_CHECKED_GOOD : checked,
                                 .h_p = world->session.cast.h_p,
                                 .body = world_package(PROM_BODY_PACKAGE_A, 0),
                             });
            return true;
        }
    }
    return false;
}

/* The parties of the mask are there; the others neither work nor read. */
static void settle_down(struct world *world, unsigned awake, prom_checked checked)
{
    bool moved = true;
    while (moved) {
        const size_t before = world->mail_count;
        moved = false;
        for (size_t i = 0; i < WORLD_PLACES; i++) {
            if ((awake >> i & 1) == 0) {
                continue;
            }
            moved = world_sign_one(world, i) || fetch_all(world, i) || work(world, i, checked) || moved;
            world_deliver_to(world, i);
        }
        moved = moved || world->mail_count < before;
    }
}

static void play_to(struct world *world, uint32_t height, unsigned awake, prom_checked checked)
{
    settle_down(world, awake, checked);
    while (world_tip_of(&world->parties[PLACE_C]) < height) {
        world_block(world, NULL, 0);
        settle_down(world, awake, checked);
    }
}

enum { ALL = (1 << WORLD_PLACES) - 1 };

static void everybody_keeps_the_rules(void **state)
{
    struct world *world = buried_world(*state);
    settle_down(world, ALL, PROM_CHECKED_GOOD);
    assert_true(verifier_signed(world, PROM_TX4));
    assert_true(world_wants_tx(world, PLACE_W, PROM_TX4)); /* in the block of the start of it all */
    world_mine_tx(world, PROM_TX4);
    settle_down(world, ALL, PROM_CHECKED_GOOD);
    assert_true(world_batch(world, PLACE_C)->evidence.result_open);
    for (size_t i = 0; i < WORLD_PLACES; i++) {
        assert_int_equal(world->parties[i].alarms, 0);
        assert_null(world_want(world, i, PROM_WANT_PUBLISH));
    }
    assert_int_equal(world->mail_count, 0);
    world_free(world);
}

/* W vanishes after its delivery: V publishes Tx4 itself. */
static void the_worker_vanishes(void **state)
{
    struct world *world = buried_world(*state);
    settle_down(world, ALL, PROM_CHECKED_GOOD);
    play_to(world, TIP_BURIED + WORLD_MARGIN, ALL & ~(1U << PLACE_W), PROM_CHECKED_GOOD);
    assert_true(world_wants_tx(world, PLACE_V, PROM_TX4));
    world_free(world);
}

/* V is away: W takes Tx3 when it can, and not before. */
static void the_verifier_is_silent(void **state)
{
    struct world *world = buried_world(*state);
    const unsigned awake = ALL & ~(1U << PLACE_V);
    play_to(world, TIP_TX3 - 1, awake, PROM_CHECKED_GOOD);
    assert_null(world_want(world, PLACE_W, PROM_WANT_PUBLISH));
    play_to(world, TIP_TX3, awake, PROM_CHECKED_GOOD);
    assert_true(world_wants_tx(world, PLACE_W, PROM_TX3));
    world_free(world);
}

/* W does nothing: the arbiters' answers let V accuse; W does not appeal. */
static void the_worker_is_silent(void **state)
{
    struct world *world = buried_world(*state);
    const unsigned awake = ALL & ~(1U << PLACE_W);
    play_to(world, TIP_QUESTION - 1, awake, PROM_CHECKED_GOOD);
    assert_null(world_want(world, PLACE_V, PROM_WANT_PUBLISH));
    play_to(world, TIP_QUESTION, awake, PROM_CHECKED_GOOD);
    assert_true(world_wants_tx(world, PLACE_V, PROM_TXV0));
    world_mine_tx(world, PROM_TXV0);
    play_to(world, TIP_QUESTION + ACCUSED_BLOCKS - 1, awake, PROM_CHECKED_GOOD);
    assert_false(world_wants_tx(world, PLACE_W, PROM_TXA));
    play_to(world, TIP_QUESTION + ACCUSED_BLOCKS, awake, PROM_CHECKED_GOOD);
    for (size_t i = 0; i < WORLD_PLACES; i++) {
        assert_true(world_wants_tx(world, i, PROM_TX5)); /* anybody */
    }
    world_free(world);
}

/* V has said r = 0 although all is well: W appeals, shows h_p, and all arbiters vote against V. */
static void the_verifier_lies(void **state)
{
    struct world *world = buried_world(*state);
    const unsigned awake = ALL & ~(1U << PLACE_V);
    const prom_bytes32 *h_p = &world->session.cast.h_p;
    play_to(world, TIP_QUESTION - 1, awake, PROM_CHECKED_GOOD);
    world_mine_tx(world, PROM_TXV0);
    settle_down(world, awake, PROM_CHECKED_GOOD);
    assert_true(world_wants_tx(world, PLACE_W, PROM_TXA));
    assert_false(world_batch(world, PLACE_W)->money.released);
    world_mine_tx(world, PROM_TXA);
    const prom_event key = {.kind = PROM_EVENT_SIGNED,
                            .as.signed_ = {.purpose = PROM_PURPOSE_KEY, .bytes = prom_span_of32(h_p)}};
    assert_int_equal(world_step(world, PLACE_W, &key), PROM_TAKEN);
    play_to(world, TIP_QUESTION + 1 + 2 + WORLD_MARGIN + 2, awake, PROM_CHECKED_GOOD);
    for (size_t i = PLACE_A; i < WORLD_PLACES; i++) {
        const prom_arbitration *arbitration = &world_batch(world, i)->arbitration;
        assert_true(arbitration->voted);
        assert_int_equal(arbitration->vote.decision, PROM_DECISION_VERIFIER);
    }
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(everybody_keeps_the_rules), FIXTURE_TEST(the_worker_vanishes),
        FIXTURE_TEST(the_verifier_is_silent),    FIXTURE_TEST(the_worker_is_silent),
        FIXTURE_TEST(the_verifier_lies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
