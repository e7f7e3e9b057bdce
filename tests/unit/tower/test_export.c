/* What a party gives to a watchtower, and when it has nothing to give. */
#include "tower/scene.h"

/* The cast's P: t1 12, t2 20, t3 28, t4 14; s of regtest is 2. */
static void times_are_those_of_the_table(void **state)
{
    struct world *world = world_new(*state);
    world_bury(world);
    const prom_tower_gift gift = scene_deliver(world, 2);
    const prom_tower_file file = scene_export(world, PLACE_W, &gift);
    static const struct {
        prom_branch_id id;
        uint32_t opens, closes;
        prom_lateness lateness;
        uint64_t at_risk;
    } branches[] = {
        {PROM_BRANCH_TX1, 28 - 1, PROM_TOWER_OPEN, PROM_LATE_COSTS_TIME, 1000000},
        {PROM_BRANCH_TXA, 8 - 2 - 1 - 2, 8 - 1, PROM_LATE_COSTS_MONEY, 3000000 - 900000},
        {PROM_BRANCH_TX5, 8 - 1, PROM_TOWER_OPEN, PROM_LATE_COSTS_TIME, 900000},
        {PROM_BRANCH_TX6, 14 - 1, PROM_TOWER_OPEN, PROM_LATE_COSTS_TIME, 1400000},
    };
    assert_int_equal(file.branch_count, COUNT_OF(branches));
    for (size_t i = 0; i < COUNT_OF(branches); i++) {
        assert_int_equal(file.branches[i].id, branches[i].id);
        assert_int_equal(file.branches[i].opens, branches[i].opens);
        assert_int_equal(file.branches[i].closes, branches[i].closes);
        assert_int_equal(file.branches[i].lateness, branches[i].lateness);
        assert_true(prom_amount_equal(file.branches[i].at_risk, prom_amount_of(branches[i].at_risk)));
    }
    assert_int_equal(file.first_block, world->session.terms.snapshot_height + 1);
    world_free(world);
}

static void everybody_has_the_plain_part(void **state)
{
    struct world *world = world_new(*state);
    for (size_t place = 0; place < WORLD_PLACES; place++) {
        const prom_tower_file file = scene_export(world, place, NULL);
        assert_int_equal(file.branch_count, 3);
        assert_false(file.appeal.there);
    }
    world_free(world);
}

static void assert_refused(struct world *world, size_t place, const prom_tower_gift *gift, const char *part)
{
    fixture *test = world->test;
    prom_tower_file file;
    assert_fails(prom_tower_export(world->parties[place].channel, 0, &test->arena, &file, gift, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, part);
}

/* All or nothing: half an appeal turns #4 into #6. */
static void appeal_is_whole(void **state)
{
    struct world *world = world_new(*state);
    world_bury(world);
    prom_tower_gift gift = scene_deliver(world, 1);
    assert_refused(world, PLACE_W, &gift, "needs 2 receipts");
    assert_refused(world, PLACE_V, &gift, "only a worker appeals");
    const prom_bytes32 hash = world_batch(world, PLACE_W)->evidence.bodies[PROM_BODY_PACKAGE_A].hash;
    const prom_attestation receipt = world_statement(world, world_receipt(1, PROM_ROUND_A, &hash, TIP_BURIED));
    assert_int_equal(world_tell(world, PLACE_A + 1, PLACE_W, receipt), PROM_TAKEN);
    assert_true(scene_export(world, PLACE_W, &gift).appeal.there);
    prom_tower_gift other = gift;
    other.packages[0].length--;
    assert_refused(world, PLACE_W, &other, "not the one that was signed");
    other = gift;
    other.secrets.h_p.bytes[0] ^= 1;
    assert_refused(world, PLACE_W, &other, "its words or its passphrase are others");
    other = gift;
    other.secrets.k_p.bytes[0] ^= 1;
    assert_refused(world, PLACE_W, &other, "TxA");
    world_free(world);
}

static void void_receipts_do_not_count(void **state)
{
    struct world *world = world_new(*state);
    world_bury(world);
    const prom_tower_gift gift = scene_deliver(world, 2);
    const prom_bytes32 hash = world_batch(world, PLACE_W)->evidence.bodies[PROM_BODY_PACKAGE_A].hash;
    const prom_attestation receipt = world_statement(world, world_receipt(1, PROM_ROUND_A, &hash, TIP_BURIED + 1));
    assert_int_equal(world_tell(world, PLACE_A + 1, PLACE_W, receipt), PROM_TAKEN);
    assert_refused(world, PLACE_W, &gift, "there are 1");
    world_free(world);
}

static void nothing_is_left_to_watch(void **state)
{
    struct world *world = world_new(*state);
    world_bury(world);
    world_mine_tx(world, PROM_TX1);
    assert_refused(world, PLACE_C, NULL, "closed and settled");
    world_free(world);
}

static void nothing_is_signed(void **state)
{
    struct world *world = world_new(*state);
    world_facts(world, PLACE_C)->kept[PROM_KEPT_SIGNATURES] = (prom_span){0};
    world_facts(world, PLACE_C)->setup.phase = PROM_SETUP_SIGNING;
    assert_refused(world, PLACE_C, NULL, "the setup is 'signing'");
    world_free(world);
}

/* A file names a chain by its first block, which is that of all signets. */
static void an_own_signet_has_no_tower(void **state)
{
    static const uint8_t challenge[] = {0x51};
    struct world *world = world_new(*state);
    prom_terms *terms = &world->parties[PLACE_C].channel->terms;
    terms->genesis = prom_chain_parameters_by_name("signet")->genesis;
    terms->signet_challenge = prom_span_of(challenge, sizeof challenge);
    assert_refused(world, PLACE_C, NULL, "on a signet of somebody's own");
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(times_are_those_of_the_table),
        FIXTURE_TEST(everybody_has_the_plain_part),
        FIXTURE_TEST(appeal_is_whole),
        FIXTURE_TEST(void_receipts_do_not_count),
        FIXTURE_TEST(nothing_is_left_to_watch),
        FIXTURE_TEST(nothing_is_signed),
        FIXTURE_TEST(an_own_signet_has_no_tower),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
