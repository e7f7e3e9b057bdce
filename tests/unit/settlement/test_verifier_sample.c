/* V and a delivery in two rounds: whether it takes the block that drew the sample. */
#include "channel/running.h"

enum { X = TIP_BURIED + 4 };

static const prom_money *money_of(struct world *world)
{
    return &world_batch(world, PLACE_V)->money;
}

static prom_attestation notice_at(uint32_t height)
{
    return (prom_attestation){.kind = PROM_ATTESTATION_NOTICE,
                              .place = PLACE_W,
                              .as.notice = {world_claim(PROM_ROUND_A, 0).as.package.hash, height}};
}

/* V has the notice of block X when its tip is `tip`, then all the rest, good, when X is s deep; the block that package
 * B names is the one on `branch`. */
static struct world *delivered_world(fixture *test, uint32_t tip, bool behind, unsigned branch)
{
    struct world *world = sampling_world(test);
    prom_body openings = world_package(PROM_BODY_PACKAGE_B, 0);
    verifier_gets_package(world, PLACE_W, 0);
    world_mine_to(world, tip);
    world->parties[PLACE_V].behind = behind;
    assert_int_equal(world_tell(world, PLACE_W, PLACE_V, notice_at(X)), PROM_TAKEN);
    world_mine_to(world, X + WORLD_MARGIN);
    assert_int_equal(world_tell(world, PLACE_W, PLACE_V, world_claim(PROM_ROUND_B, 0)), PROM_TAKEN);
    world->branch = branch;
    openings.block = world_block_hash(world, X);
    world->branch = 0;
    world_fetched(world, PLACE_V, PROM_BODY_PACKAGE_B, &openings);
    verifier_checks(world, PROM_CHECKED_GOOD);
    return world;
}

static void takes_the_block_of_a_notice_that_it_saw_in_time(void **state)
{
    struct world *world = delivered_world(*state, X - 2, false, 0);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCEPT);
    assert_int_equal(world_batch(world, PLACE_V)->evidence.notice_tip, X - 2);
    /* C gets both packages. */
    assert_int_equal(world_under_way(world, PLACE_V, PLACE_C, PROM_MESSAGE_STATEMENT), 2);
    world_free(world);
}

/* Seen a block too late, or while V did not know the tip: then W may have known the block that it named. The arbiters
 * are asked, and who answers without a receipt of the notice cannot have seen it. */
static void takes_no_block_that_may_have_been_known(void **state)
{
    static const struct {
        uint32_t tip;
        bool behind;
    } cases[] = {{X - 1, false}, {X - 2, true}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world *world = delivered_world(*state, cases[i].tip, cases[i].behind, 0);
        assert_int_equal(verdict_of(world), PROM_VERDICT_WAIT);
        world_mine_to(world, TIP_QUESTION);
        arbiters_answer(world, 1, TIP_QUESTION);
        assert_int_equal(verdict_of(world), PROM_VERDICT_WAIT);
        arbiters_answer(world, 2, TIP_QUESTION);
        assert_int_equal(verdict_of(world), PROM_VERDICT_ACCUSE);
        assert_int_equal(money_of(world)->verdict_reason, PROM_REASON_BLOCK);
        world_free(world);
    }
}

/* Behind at X - 2, in step at X - 1: what counts is when V knew what time it was. */
static void dates_the_notice_when_it_is_in_step(void **state)
{
    struct world *world = sampling_world(*state);
    world_mine_to(world, X - 2);
    world->parties[PLACE_V].behind = true;
    assert_int_equal(world_tell(world, PLACE_W, PLACE_V, notice_at(X)), PROM_TAKEN);
    assert_false(world_batch(world, PLACE_V)->evidence.saw_notice);
    world->parties[PLACE_V].behind = false;
    world_mine_to(world, X - 1);
    assert_true(world_batch(world, PLACE_V)->evidence.saw_notice);
    assert_int_equal(world_batch(world, PLACE_V)->evidence.notice_tip, X - 1);
    world_mine_to(world, X); /* and never dates it again */
    assert_int_equal(world_tell(world, PLACE_A, PLACE_V, notice_at(X)), PROM_TAKEN);
    assert_int_equal(world_batch(world, PLACE_V)->evidence.notice_tip, X - 1);
    world_free(world);
}

static void receipts_of_the_notice_stand_for_what_v_did_not_see(void **state)
{
    struct world *world = delivered_world(*state, X - 1, false, 0);
    const prom_attestation notice = world_statement(world, notice_at(X));
    prom_bytes32 hash;
    prom_attestation_hash(&hash, &notice);
    for (size_t i = 0; i < WORLD_QUORUM; i++) {
        assert_int_equal(verdict_of(world), PROM_VERDICT_WAIT);
        assert_int_equal(world_tell(world, PLACE_A + i, PLACE_V, world_receipt(i, PROM_ROUND_NOTICE, &hash, X - 2)),
                         PROM_TAKEN);
    }
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCEPT);
    world_free(world);
}

/* Package B names a block that is not X on V's chain: with k receipts of it that block stands. */
static void the_block_with_k_receipts_stands(void **state)
{
    struct world *world = delivered_world(*state, X - 2, false, 1);
    assert_int_equal(verdict_of(world), PROM_VERDICT_WAIT);
    for (size_t i = 0; i < WORLD_QUORUM; i++) {
        assert_int_equal(
            world_tell(world, PLACE_A + i, PLACE_V, world_package_receipt(i, PROM_ROUND_B, 0, X + WORLD_MARGIN)),
            PROM_TAKEN);
    }
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCEPT);
    world_free(world);

    world = delivered_world(*state, X - 2, false, 1);
    world_mine_to(world, TIP_QUESTION);
    arbiters_answer(world, 2, TIP_QUESTION);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCUSE);
    assert_int_equal(money_of(world)->verdict_reason, PROM_REASON_BLOCK);
    world_free(world);
}

static void two_notices_are_r_0(void **state)
{
    struct world *world = sampling_world(*state);
    assert_int_equal(world_tell(world, PLACE_W, PLACE_V, notice_at(X)), PROM_TAKEN);
    assert_int_equal(verdict_of(world), PROM_VERDICT_WAIT);
    assert_int_equal(world_tell(world, PLACE_A, PLACE_V, notice_at(X + 1)), PROM_TAKEN);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCUSE);
    assert_int_equal(money_of(world)->verdict_reason, PROM_REASON_TWO_NOTICES);
    world_free(world);
}

/* W's word for package B is here, its openings are nowhere: that is no package, and not a wrong block. */
static void openings_that_are_not_here_name_no_block(void **state)
{
    struct world *world = sampling_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    assert_int_equal(world_tell(world, PLACE_W, PLACE_V, notice_at(X)), PROM_TAKEN);
    assert_int_equal(world_tell(world, PLACE_W, PLACE_V, world_claim(PROM_ROUND_B, 0)), PROM_TAKEN);
    world_mine_to(world, TIP_QUESTION_LAST + 1);
    assert_int_equal(verdict_of(world), PROM_VERDICT_ACCUSE);
    assert_int_equal(money_of(world)->verdict_reason, PROM_REASON_NO_PACKAGE);
    world_free(world);
}

/* h_p comes with package A, before there are openings: the key is opened at once, the check waits for both. */
static void opens_the_key_before_the_openings_come(void **state)
{
    struct world *world = sampling_world(*state);
    verifier_gets_package(world, PLACE_W, 0);
    verifier_opens(world);
    assert_true(money_of(world)->key_known);
    assert_null(world_want_job(world, PLACE_V, PROM_JOB_CHECK));
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(takes_the_block_of_a_notice_that_it_saw_in_time),
        FIXTURE_TEST(takes_no_block_that_may_have_been_known),
        FIXTURE_TEST(dates_the_notice_when_it_is_in_step),
        FIXTURE_TEST(receipts_of_the_notice_stand_for_what_v_did_not_see),
        FIXTURE_TEST(the_block_with_k_receipts_stands),
        FIXTURE_TEST(two_notices_are_r_0),
        FIXTURE_TEST(openings_that_are_not_here_name_no_block),
        FIXTURE_TEST(opens_the_key_before_the_openings_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
