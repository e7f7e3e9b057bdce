/* How parties of a running contract come to where a test begins: what they would have done by then, in few words. */
#ifndef PROMETHEUS_TEST_CHANNEL_RUNNING_H
#define PROMETHEUS_TEST_CHANNEL_RUNNING_H

#include "channel/world_moves.h"

#include "settlement/settlement.h"

/* Tips that decide, by H0: regtest's s = 2, vt = 1; t1 t2 t3 of the cast's P. */
enum {
    TIP_BURIED = WORLD_H0 + WORLD_MARGIN - 1,
    TIP_DELIVER = WORLD_H0 + 12 - WORLD_MARGIN, /* W gives V and C the package at the latest */
    TIP_RECEIPT = WORLD_H0 + 12,                /* the last that a receipt counts with */
    TIP_QUESTION = WORLD_H0 + 12 + 1,           /* the first of the final question */
    TIP_QUESTION_LAST = WORLD_H0 + 20 - WORLD_MARGIN - 2,
    TIP_VERDICT_LAST = WORLD_H0 + 20 - WORLD_MARGIN - 1,
    TIP_TX3 = WORLD_H0 + 20 - 1,                         /* the first at which Tx3 can be broadcast */
    TIP_RELEASE_LAST = WORLD_H0 + 28 - WORLD_MARGIN - 1, /* W lets h_p out at the latest */
    ACCUSED_BLOCKS = 20 - 12,                            /* of OV0's lock: t2 - t1 */
};

/* A world whose terms sample; t1 leaves room for the block that is named. */
static inline struct world *sampling_world(fixture *test)
{
    struct world *world = world_make(test);
    world->session.terms.P.varsigma = 5000;
    assert_ok(prom_parameters_fund(test->curve, &world->session.terms.P.F, &world->session.terms.P, &test->error),
              &test->error);
    world_open(world);
    world_bury(world);
    return world;
}

static inline struct world *buried_world(fixture *test)
{
    struct world *world = world_new(test);
    world_bury(world);
    return world;
}

/* -- W -- */

static inline void worker_computes(struct world *world)
{
    const prom_body made = world_package(PROM_BODY_PACKAGE_A, 0);
    world_finish_job(world, PLACE_W, PROM_JOB_COMPUTE, (prom_done_event){.checked = PROM_CHECKED_GOOD, .body = made});
}

/* W has computed and signed package A 0. */
static inline void worker_signs(struct world *world)
{
    worker_computes(world);
    world_sign(world, PLACE_W);
}

/* W gets receipts of the first `count` arbiters for what it signed in a round. */
static inline void worker_gets_receipts(struct world *world, prom_round round, size_t count, uint32_t height)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(world_tell(world, PLACE_A + i, PLACE_W, world_package_receipt(i, round, 0, height)),
                         PROM_TAKEN);
    }
}

static inline prom_reception worker_gets_verdict(struct world *world)
{
    const prom_message message = {.kind = PROM_MESSAGE_VERDICT, .as.signature = world_verdict(world, PROM_TX4)};
    return world_say(world, PLACE_V, PLACE_W, &message);
}

/* -- V -- */

/* V hears of W's package `number` of round A, from whomever, and has it. */
static inline void verifier_gets_package(struct world *world, size_t from, size_t number)
{
    const prom_body body = world_package(PROM_BODY_PACKAGE_A, number);
    assert_int_equal(world_tell(world, from, PLACE_V, world_claim(PROM_ROUND_A, number)), PROM_TAKEN);
    world_fetched(world, PLACE_V, PROM_BODY_PACKAGE_A, &body);
}

static inline void verifier_opens(struct world *world)
{
    world_finish_job(world, PLACE_V, PROM_JOB_OPEN_KEY,
                     (prom_done_event){.checked = PROM_CHECKED_GOOD, .h_p = world->session.cast.h_p});
}

static inline void verifier_checks(struct world *world, prom_checked checked)
{
    verifier_opens(world);
    world_finish_job(world, PLACE_V, PROM_JOB_CHECK, (prom_done_event){.checked = checked, .reason = "by the test"});
}

/* What V has decided, and signed where there was something to sign. */
static inline prom_verdict_due verdict_of(struct world *world)
{
    world_sign(world, PLACE_V);
    return world_batch(world, PLACE_V)->money.verdict;
}

/* Whether V's signature is that of Tx4, or of TxV0. */
static inline bool verifier_signed(struct world *world, prom_tree_id tx)
{
    const prom_money *money = &world_batch(world, PLACE_V)->money;
    const prom_signature wanted = world_verdict(world, tx);
    return money->verdict_known && memcmp(&wanted, &money->verdict_signature, sizeof wanted) == 0;
}

static inline void arbiters_answer(struct world *world, size_t count, uint32_t tip)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(world_tell(world, PLACE_A + i, PLACE_V, world_answer(i, tip)), PROM_TAKEN);
    }
}

#endif
