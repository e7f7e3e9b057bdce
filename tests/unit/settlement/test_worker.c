/* What W computes, signs and gives out; test_worker_release.c has what it reveals, test_worker_sample.c delivery in two
 * rounds. */
#include "channel/running.h"

/* -- Computing -- */

static void computes_once_tx0_is_s_deep(void **state)
{
    struct world *world = world_new(*state);
    assert_null(world_want_job(world, PLACE_W, PROM_JOB_COMPUTE));
    world_confirm(world);
    assert_null(world_want_job(world, PLACE_W, PROM_JOB_COMPUTE));
    world_block(world, NULL, 0);
    const prom_want *want = world_want_job(world, PLACE_W, PROM_JOB_COMPUTE);
    assert_non_null(want);
    assert_true(prom_bytes32_equal(&want->as.job.subject, &world->session.tree->contract_id));
    prom_tip_window window;
    assert_true(prom_window_of(world->parties[PLACE_W].channel, 0, PROM_DEADLINE_DELIVER, &window));
    assert_int_equal(want->as.job.until, window.latest);
    assert_int_equal(prom_channel_open_work(world->parties[PLACE_W].channel), 1);
    /* A crash, which forgets nothing of the facts, changes nothing of what is wanted. */
    world_tick(world, PLACE_W);
    assert_non_null(world_want_job(world, PLACE_W, PROM_JOB_COMPUTE));
    world_unblock(world);
    assert_null(world_want_job(world, PLACE_W, PROM_JOB_COMPUTE));
    world_free(world);
}

static void does_not_compute_what_is_settled_or_accused(void **state)
{
    static const uint32_t endings[] = {PROM_TX1, PROM_TXV0, PROM_TX3};
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        struct world *world = buried_world(*state);
        world_mine_tx(world, endings[i]);
        assert_null(world_want_job(world, PLACE_W, PROM_JOB_COMPUTE));
        world_free(world);
    }
}

static void tries_again_what_failed_and_tells_its_owner(void **state)
{
    struct world *world = buried_world(*state);
    world_finish_job(world, PLACE_W, PROM_JOB_COMPUTE, (prom_done_event){.unable = true, .reason = "no memory"});
    assert_int_equal(world->parties[PLACE_W].alarms, 1);
    assert_non_null(strstr(world->parties[PLACE_W].alarm, "no memory"));
    assert_non_null(world_want_job(world, PLACE_W, PROM_JOB_COMPUTE));
    assert_int_equal(world_batch(world, PLACE_W)->evidence.intent_count, 0);
    world_free(world);
}

/* -- The package -- */

static void signs_one_package_whatever_runs_twice(void **state)
{
    struct world *world = buried_world(*state);
    const prom_body other = world_package(PROM_BODY_PACKAGE_A, 1);
    prom_event again = {.kind = PROM_EVENT_DONE,
                        .as.done = {.job = PROM_JOB_COMPUTE,
                                    .subject = world->session.tree->contract_id,
                                    .checked = PROM_CHECKED_GOOD,
                                    .body = other}};
    worker_computes(world);
    assert_int_equal(world_batch(world, PLACE_W)->evidence.intent_count, 1);
    assert_int_equal(world->mail_count, 0); /* an intent is not sent */
    assert_int_equal(world_step(world, PLACE_W, &again), PROM_TAKEN);
    world_sign(world, PLACE_W);
    assert_int_equal(world_step(world, PLACE_W, &again), PROM_TAKEN);
    world_sign(world, PLACE_W);
    assert_int_equal(world_batch(world, PLACE_W)->evidence.statements.count, 1);
    assert_int_equal(world_batch(world, PLACE_W)->evidence.intent_count, 0);
    const prom_bytes32 first = world_claim(PROM_ROUND_A, 0).as.package.hash;
    assert_true(prom_bytes32_equal(&world_batch(world, PLACE_W)->evidence.bodies[PROM_BODY_PACKAGE_A].hash, &first));
    world_free(world);
}

static void takes_no_answer_to_another_question(void **state)
{
    struct world *world = buried_world(*state);
    const prom_event other = {.kind = PROM_EVENT_DONE,
                              .as.done = {.job = PROM_JOB_COMPUTE,
                                          .subject = named("another contract", 0),
                                          .checked = PROM_CHECKED_GOOD,
                                          .body = world_package(PROM_BODY_PACKAGE_A, 0)}};
    assert_int_equal(world_step(world, PLACE_W, &other), PROM_TAKEN);
    assert_non_null(world_want_job(world, PLACE_W, PROM_JOB_COMPUTE));
    world_free(world);
}

/* The job ends while the block of Tx0 is gone, or after TxV0: nothing is signed then; once Tx0 is back, it is. */
static void signs_only_while_the_money_is_locked(void **state)
{
    struct world *world = buried_world(*state);
    const prom_event done = {.kind = PROM_EVENT_DONE,
                             .as.done = {.job = PROM_JOB_COMPUTE,
                                         .subject = world->session.tree->contract_id,
                                         .checked = PROM_CHECKED_GOOD,
                                         .body = world_package(PROM_BODY_PACKAGE_A, 0)}};
    world_unblock(world);
    world_unblock(world);
    assert_int_equal(world_step(world, PLACE_W, &done), PROM_TAKEN);
    assert_int_equal(world_batch(world, PLACE_W)->evidence.intent_count, 0);
    world->branch++;
    world_confirm(world);
    assert_int_equal(world_batch(world, PLACE_W)->evidence.intent_count, 0);
    world_block(world, NULL, 0);
    assert_int_equal(world_batch(world, PLACE_W)->evidence.intent_count, 1);
    world_free(world);

    world = buried_world(*state);
    world_mine_tx(world, PROM_TXV0);
    assert_int_equal(world_step(world, PLACE_W, &done), PROM_TAKEN);
    assert_int_equal(world_batch(world, PLACE_W)->evidence.intent_count, 0);
    world_free(world);
}

static void signs_nothing_when_restored_or_frozen(void **state)
{
    for (int frozen = 0; frozen < 2; frozen++) {
        struct world *world = buried_world(*state);
        world_facts(world, PLACE_W)->restored = frozen == 0;
        world_facts(world, PLACE_W)->frozen = frozen == 1;
        assert_null(world_want_job(world, PLACE_W, PROM_JOB_COMPUTE));
        const prom_event done = {.kind = PROM_EVENT_DONE,
                                 .as.done = {.job = PROM_JOB_COMPUTE,
                                             .subject = world->session.tree->contract_id,
                                             .body = world_package(PROM_BODY_PACKAGE_A, 0)}};
        assert_int_equal(world_step(world, PLACE_W, &done), PROM_TAKEN);
        assert_int_equal(world_batch(world, PLACE_W)->evidence.intent_count, 0);
        world_free(world);
    }
}

/* -- Delivery -- */

static size_t given_to(const struct world *world, size_t place)
{
    return world_under_way(world, PLACE_W, place, PROM_MESSAGE_STATEMENT);
}

static void gives_the_package_to_the_arbiters_first(void **state)
{
    struct world *world = buried_world(*state);
    worker_signs(world);
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        assert_int_equal(given_to(world, PLACE_A + i), 1);
    }
    assert_int_equal(given_to(world, PLACE_V), 0);
    assert_int_equal(given_to(world, PLACE_C), 0);
    worker_gets_receipts(world, PROM_ROUND_A, 1, TIP_BURIED);
    assert_int_equal(given_to(world, PLACE_V), 0);
    worker_gets_receipts(world, PROM_ROUND_A, 2, TIP_BURIED);
    assert_int_equal(given_to(world, PLACE_V), 1);
    assert_int_equal(given_to(world, PLACE_C), 1);
    world_block(world, NULL, 0);
    assert_int_equal(given_to(world, PLACE_A), 1); /* once: the links see to the rest */
    world_free(world);
}

/* Receipts that do not count open nothing: of another package, dated too late, two of one arbiter. */
static void counts_receipts_by_the_rules_alone(void **state)
{
    struct world *world = buried_world(*state);
    worker_signs(world);
    worker_gets_receipts(world, PROM_ROUND_A, 1, TIP_BURIED);
    assert_int_equal(world_tell(world, PLACE_A + 1, PLACE_W, world_package_receipt(1, PROM_ROUND_A, 1, TIP_BURIED)),
                     PROM_TAKEN);
    assert_int_equal(
        world_tell(world, PLACE_A + 2, PLACE_W, world_package_receipt(2, PROM_ROUND_A, 0, TIP_RECEIPT + 1)),
        PROM_TAKEN);
    assert_int_equal(given_to(world, PLACE_V), 0);
    /* A receipt that arbiter 1 has not signed is refused, whoever brings it. */
    prom_message forged = world_statement_message(world, world_package_receipt(1, PROM_ROUND_A, 0, TIP_BURIED));
    forged.as.statement.place = PLACE_A + 2;
    assert_int_equal(world_say(world, PLACE_A + 2, PLACE_W, &forged), PROM_REFUSED);
    assert_int_equal(given_to(world, PLACE_V), 0);
    world_free(world);
}

static void gives_it_to_all_when_it_is_late(void **state)
{
    struct world *world = buried_world(*state);
    worker_signs(world);
    world_mine_to(world, TIP_DELIVER - 1);
    assert_int_equal(given_to(world, PLACE_V), 0);
    world_mine_to(world, TIP_DELIVER);
    assert_int_equal(given_to(world, PLACE_V), 1);
    assert_int_equal(given_to(world, PLACE_C), 1);
    world_free(world);
}

/* Made too late for receipts it still goes to V, who takes a good package whatever the receipts say. */
static void gives_a_late_package_to_the_parties_alone(void **state)
{
    struct world *world = buried_world(*state);
    world_mine_to(world, TIP_RECEIPT);
    world_forget_mail(world);
    worker_signs(world);
    assert_int_equal(given_to(world, PLACE_A), 1);
    world_free(world);

    world = buried_world(*state);
    world_mine_to(world, TIP_RECEIPT + 1);
    world_forget_mail(world);
    worker_signs(world);
    assert_int_equal(given_to(world, PLACE_A), 0);
    assert_int_equal(given_to(world, PLACE_V), 1);
    world_free(world);
}

/* -- Once V has accused -- */

static void hands_its_evidence_to_the_arbiters_once_txv0_is_in_a_block(void **state)
{
    struct world *world = buried_world(*state);
    worker_signs(world);
    worker_gets_receipts(world, PROM_ROUND_A, 2, TIP_BURIED);
    world_forget_mail(world);
    world_tick(world, PLACE_W);
    assert_int_equal(world->mail_count, 0);
    world_mine_tx_at(world, PLACE_W, PROM_TXV0);
    assert_int_equal(given_to(world, PLACE_A), 3);
    assert_int_equal(given_to(world, PLACE_A + 2), 3);
    assert_int_equal(given_to(world, PLACE_V), 0);
    /* What comes later is handed on too, and nothing twice. */
    assert_int_equal(world_tell(world, PLACE_A + 2, PLACE_W, world_package_receipt(2, PROM_ROUND_A, 0, TIP_BURIED)),
                     PROM_TAKEN);
    world_block_at(world, PLACE_W, NULL, 0);
    assert_int_equal(given_to(world, PLACE_A), 4);
    world_free(world);
}

/* The last receipt comes after TxV0: a decision against V will make C pay, and C gets what it pays for. */
static void gives_the_package_to_the_client_of_an_appeal(void **state)
{
    struct world *world = buried_world(*state);
    worker_signs(world);
    worker_gets_receipts(world, PROM_ROUND_A, 1, TIP_BURIED);
    world_mine_tx(world, PROM_TXV0);
    assert_int_equal(given_to(world, PLACE_C), 0);
    worker_gets_receipts(world, PROM_ROUND_A, 2, TIP_BURIED);
    assert_int_equal(given_to(world, PLACE_C), 1);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(computes_once_tx0_is_s_deep),
        FIXTURE_TEST(does_not_compute_what_is_settled_or_accused),
        FIXTURE_TEST(tries_again_what_failed_and_tells_its_owner),
        FIXTURE_TEST(signs_one_package_whatever_runs_twice),
        FIXTURE_TEST(takes_no_answer_to_another_question),
        FIXTURE_TEST(signs_only_while_the_money_is_locked),
        FIXTURE_TEST(signs_nothing_when_restored_or_frozen),
        FIXTURE_TEST(gives_the_package_to_the_arbiters_first),
        FIXTURE_TEST(counts_receipts_by_the_rules_alone),
        FIXTURE_TEST(gives_it_to_all_when_it_is_late),
        FIXTURE_TEST(gives_a_late_package_to_the_parties_alone),
        FIXTURE_TEST(gives_the_package_to_the_client_of_an_appeal),
        FIXTURE_TEST(hands_its_evidence_to_the_arbiters_once_txv0_is_in_a_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
