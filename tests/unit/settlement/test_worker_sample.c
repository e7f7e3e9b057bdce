/* W's delivery in two rounds: the notice, the block that draws the sample, the openings. */
#include "channel/running.h"

/* Package A 0 is signed, and receipted by `count` arbiters. */
static struct world *receipted_world(fixture *test, size_t count)
{
    struct world *world = sampling_world(test);
    worker_signs(world);
    worker_gets_receipts(world, PROM_ROUND_A, count, TIP_BURIED);
    return world;
}

/* The notice among W's statements, or NULL. */
static const prom_attestation *notice_of(struct world *world)
{
    const prom_evidence *statements = &world_batch(world, PLACE_W)->evidence.statements;
    for (size_t i = 0; i < statements->count; i++) {
        if (statements->list[i].kind == PROM_ATTESTATION_NOTICE) {
            return &statements->list[i];
        }
    }
    return NULL;
}

static void names_its_block_once_k_receipts_count(void **state)
{
    struct world *world = receipted_world(*state, 1);
    world_sign(world, PLACE_W);
    assert_null(notice_of(world));
    worker_gets_receipts(world, PROM_ROUND_A, 2, TIP_BURIED);
    world_forget_mail(world);
    world_sign(world, PLACE_W);
    const prom_attestation *notice = notice_of(world);
    assert_non_null(notice);
    assert_int_equal(notice->as.notice.height, TIP_BURIED + 3 + WORLD_MARGIN); /* lead, and s for messages */
    assert_int_equal(world_under_way(world, PLACE_W, PLACE_V, PROM_MESSAGE_STATEMENT), 1);
    assert_int_equal(world_under_way(world, PLACE_W, PLACE_A, PROM_MESSAGE_STATEMENT), 1);
    assert_int_equal(world_under_way(world, PLACE_W, PLACE_C, PROM_MESSAGE_STATEMENT), 0);
    world_block(world, NULL, 0);
    world_sign(world, PLACE_W);
    assert_int_equal(world_batch(world, PLACE_W)->evidence.intent_count, 0); /* one, ever */
    world_free(world);
}

/* The block that is named is H0 + t1 - s at the latest, and 3 above the tip at least. */
static void names_no_block_too_late(void **state)
{
    static const struct {
        uint32_t tip;
        uint32_t height;
    } cases[] = {{TIP_DELIVER - 3, TIP_DELIVER}, {TIP_DELIVER - 5, TIP_DELIVER - 1}, {TIP_DELIVER - 2, 0}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world *world = receipted_world(*state, 1);
        world_mine_to(world, cases[i].tip);
        worker_gets_receipts(world, PROM_ROUND_A, 2, TIP_BURIED);
        world_sign(world, PLACE_W);
        assert_int_equal(notice_of(world) != NULL, cases[i].height != 0);
        assert_int_equal(cases[i].height, notice_of(world) != NULL ? notice_of(world)->as.notice.height : 0);
        world_free(world);
    }
}

/* A notice is decided when Tx0's block is there, and not when it is gone. */
static void names_nothing_without_tx0(void **state)
{
    struct world *world = receipted_world(*state, 1);
    world_unblock_at(world, PLACE_W);
    world_unblock_at(world, PLACE_W);
    worker_gets_receipts(world, PROM_ROUND_A, 2, TIP_BURIED);
    assert_int_equal(world_batch(world, PLACE_W)->evidence.intent_count, 0);
    world_free(world);

    world = receipted_world(*state, 1);
    world_mine_tx(world, PROM_TXV0); /* V has accused */
    worker_gets_receipts(world, PROM_ROUND_A, 2, TIP_BURIED);
    assert_int_equal(world_batch(world, PLACE_W)->evidence.intent_count, 0);
    world_free(world);
}

static struct world *noticed_world(fixture *test)
{
    struct world *world = receipted_world(test, 2);
    world_sign(world, PLACE_W);
    return world;
}

static void opens_the_sample_when_block_x_is_s_deep(void **state)
{
    struct world *world = noticed_world(*state);
    const uint32_t X = notice_of(world)->as.notice.height;
    world_mine_to(world, X + WORLD_MARGIN - 1);
    assert_null(world_want_job(world, PLACE_W, PROM_JOB_OPENINGS));
    world_mine_to(world, X + WORLD_MARGIN);
    const prom_want *want = world_want_job(world, PLACE_W, PROM_JOB_OPENINGS);
    const prom_bytes32 block = world_block_hash(world, X);
    assert_non_null(want);
    assert_true(prom_bytes32_equal(&want->as.job.block, &block));
    world_free(world);
}

static void open_sample(struct world *world, size_t number, uint32_t X)
{
    prom_body made = world_package(PROM_BODY_PACKAGE_B, number);
    made.block = world_block_hash(world, X);
    world_finish_job(world, PLACE_W, PROM_JOB_OPENINGS, (prom_done_event){.body = made});
}

static void reorganise(struct world *world, uint32_t from, uint32_t to)
{
    while (world_tip_of(&world->parties[PLACE_W]) >= from) {
        world_unblock_at(world, PLACE_W);
    }
    world->branch++;
    world_mine_to_at(world, PLACE_W, to);
}

/* Block X is another one before package B is signed: the openings are made for it, and those of the other are dropped.
 */
static void opens_the_sample_of_the_block_that_stands(void **state)
{
    struct world *world = noticed_world(*state);
    const uint32_t X = notice_of(world)->as.notice.height;
    world_mine_to(world, X + WORLD_MARGIN);
    const prom_want before = *world_want_job(world, PLACE_W, PROM_JOB_OPENINGS);
    prom_event stale = {.kind = PROM_EVENT_DONE,
                        .as.done = {.job = PROM_JOB_OPENINGS,
                                    .subject = before.as.job.subject,
                                    .body = world_package(PROM_BODY_PACKAGE_B, 1)}};
    stale.as.done.body.block = world_block_hash(world, X);
    reorganise(world, X, X + WORLD_MARGIN);
    assert_int_equal(world_step(world, PLACE_W, &stale), PROM_TAKEN);
    assert_false(world_batch(world, PLACE_W)->evidence.bodies[PROM_BODY_PACKAGE_B].here);
    const prom_want *after = world_want_job(world, PLACE_W, PROM_JOB_OPENINGS);
    assert_false(prom_bytes32_equal(&after->as.job.subject, &before.as.job.subject));
    assert_false(prom_bytes32_equal(&after->as.job.block, &before.as.job.block));
    open_sample(world, 0, X);
    assert_int_equal(world_batch(world, PLACE_W)->evidence.intent_count, 1);
    world_free(world);
}

/* Openings that were made while there was nothing to sign, for a block that is gone since, are made anew. */
static void drops_openings_of_another_block(void **state)
{
    struct world *world = noticed_world(*state);
    const uint32_t X = notice_of(world)->as.notice.height;
    world_mine_to(world, X + WORLD_MARGIN);
    const prom_want want = *world_want_job(world, PLACE_W, PROM_JOB_OPENINGS);
    prom_event done = {.kind = PROM_EVENT_DONE,
                       .as.done = {.job = PROM_JOB_OPENINGS,
                                   .subject = want.as.job.subject,
                                   .body = world_package(PROM_BODY_PACKAGE_B, 0)}};
    done.as.done.body.block = want.as.job.block;
    world_mine_tx_at(world, PLACE_W, PROM_TXV0);
    assert_int_equal(world_step(world, PLACE_W, &done), PROM_TAKEN);
    assert_int_equal(world_batch(world, PLACE_W)->evidence.intent_count, 0);
    world_unblock_at(world, PLACE_W);
    world_block_at(world, PLACE_W, NULL, 0);
    assert_int_equal(world_batch(world, PLACE_W)->evidence.intent_count, 1);
    world_free(world);

    world = noticed_world(*state);
    world_mine_to(world, X + WORLD_MARGIN);
    world_mine_tx_at(world, PLACE_W, PROM_TXV0);
    assert_int_equal(world_step(world, PLACE_W, &done), PROM_TAKEN);
    reorganise(world, X, X + WORLD_MARGIN + 1);
    assert_int_equal(world_batch(world, PLACE_W)->evidence.intent_count, 0);
    assert_false(world_batch(world, PLACE_W)->evidence.bodies[PROM_BODY_PACKAGE_B].here);
    assert_non_null(world_want_job(world, PLACE_W, PROM_JOB_OPENINGS));
    world_free(world);
}

/* It is another one after that: what is signed stands. */
static void signs_no_second_package_b(void **state)
{
    struct world *world = noticed_world(*state);
    const uint32_t X = notice_of(world)->as.notice.height;
    world_mine_to(world, X + WORLD_MARGIN);
    open_sample(world, 0, X);
    reorganise(world, X, X + WORLD_MARGIN);
    assert_null(world_want_job(world, PLACE_W, PROM_JOB_OPENINGS));
    world_sign(world, PLACE_W);
    assert_true(world_batch(world, PLACE_W)->evidence.bodies[PROM_BODY_PACKAGE_B].here);
    assert_int_equal(world_batch(world, PLACE_W)->evidence.intent_count, 0);
    world_free(world);
}

/* Each round has receipts of its own, and V and C get package B by those of round B. */
static void gives_package_b_by_its_own_receipts(void **state)
{
    struct world *world = noticed_world(*state);
    const uint32_t X = notice_of(world)->as.notice.height;
    world_mine_to(world, X + WORLD_MARGIN);
    world_forget_mail(world);
    open_sample(world, 0, X);
    world_sign(world, PLACE_W);
    assert_int_equal(world_under_way(world, PLACE_W, PLACE_A, PROM_MESSAGE_STATEMENT), 1);
    assert_int_equal(world_under_way(world, PLACE_W, PLACE_V, PROM_MESSAGE_STATEMENT), 0);
    worker_gets_receipts(world, PROM_ROUND_B, 2, X + WORLD_MARGIN);
    assert_int_equal(world_under_way(world, PLACE_W, PLACE_V, PROM_MESSAGE_STATEMENT), 1);
    assert_int_equal(world_under_way(world, PLACE_W, PLACE_C, PROM_MESSAGE_STATEMENT), 1);
    world_free(world);
}

/* k receipts of each: package A, notice, package B. */
static void appeals_with_receipts_of_every_round(void **state)
{
    for (int missing = -1; missing < PROM_ROUNDS; missing++) {
        struct world *world = noticed_world(*state);
        const prom_attestation notice = *notice_of(world);
        prom_bytes32 hash;
        prom_attestation_hash(&hash, &notice);
        world_mine_to(world, notice.as.notice.height + WORLD_MARGIN);
        open_sample(world, 0, notice.as.notice.height);
        world_sign(world, PLACE_W);
        if (missing != PROM_ROUND_B) {
            worker_gets_receipts(world, PROM_ROUND_B, 2, notice.as.notice.height + WORLD_MARGIN);
        }
        for (size_t i = 0; i < 2 && missing != PROM_ROUND_NOTICE; i++) {
            assert_int_equal(
                world_tell(world, PLACE_A + i, PLACE_W, world_receipt(i, PROM_ROUND_NOTICE, &hash, TIP_BURIED)),
                PROM_TAKEN);
        }
        if (missing == PROM_ROUND_A) { /* arbiter 0 voids its own */
            assert_int_equal(
                world_tell(world, PLACE_A, PLACE_W, world_package_receipt(0, PROM_ROUND_A, 0, TIP_BURIED + 1)),
                PROM_TAKEN);
        }
        world_mine_to(world, TIP_QUESTION - 1);
        world_mine_tx(world, PROM_TXV0);
        assert_int_equal(world_batch(world, PLACE_W)->money.appealed, missing == -1);
        world_free(world);
    }
}

/* Without package B there is nothing that Tx3 could be the price of. */
static void takes_no_tx3_for_half_a_delivery(void **state)
{
    struct world *world = noticed_world(*state);
    world_mine_to(world, TIP_TX3);
    assert_false(world_batch(world, PLACE_W)->money.released);
    open_sample(world, 0, notice_of(world)->as.notice.height);
    world_sign(world, PLACE_W);
    assert_true(world_batch(world, PLACE_W)->money.released);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(names_its_block_once_k_receipts_count),
        FIXTURE_TEST(names_no_block_too_late),
        FIXTURE_TEST(names_nothing_without_tx0),
        FIXTURE_TEST(opens_the_sample_when_block_x_is_s_deep),
        FIXTURE_TEST(opens_the_sample_of_the_block_that_stands),
        FIXTURE_TEST(drops_openings_of_another_block),
        FIXTURE_TEST(signs_no_second_package_b),
        FIXTURE_TEST(gives_package_b_by_its_own_receipts),
        FIXTURE_TEST(appeals_with_receipts_of_every_round),
        FIXTURE_TEST(takes_no_tx3_for_half_a_delivery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
