/* What a tower brings to the node of an arbiter, when, and until when. */
#include "node/host.h"
#include "tower/courier.h"
#include "tower/scene.h"

enum { TURNS_MAX = 4000, TURN_MILLISECONDS = 2 };

/* Arbiter 0's node runs; the others have no address. The tower has W's appeal, and another file of the contract. */
enum { FILES = 2 };
struct errand_scene {
    struct host *arbiter;
    prom_node_channel *channel;
    prom_tower_contract contracts[FILES];
    prom_tower_courier *courier;
    uint32_t tip;
    size_t brought;
    size_t brought_of_other;
};

static void brought(void *context, size_t contract, size_t arbiter)
{
    struct errand_scene *scene = context;
    assert_int_equal(arbiter, 0);
    scene->brought += contract == 0;
    scene->brought_of_other += contract == 1;
}

/* `files`: how many of them the tower was given. */
static struct errand_scene *scene_with(fixture *test, size_t files)
{
    struct errand_scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    scene->arbiter = host_new(test, PROM_ROLE_ARBITER);
    scene->channel = host_at(scene->arbiter, PLACE_A);
    struct world *world = scene->arbiter->world;
    world_bury(world);
    const prom_tower_gift gift = scene_deliver(world, 2);
    world_facts(world, PLACE_W)->addresses[PLACE_A] = scene->arbiter->options.config.address;
    for (size_t i = 0; i < files; i++) {
        scene->contracts[i].file = scene_export(world, PLACE_W, &gift);
    }
    scene->tip = WORLD_H0;
    const prom_tower_courier_options options = {.curve = test->curve,
                                                .network = &scene->arbiter->network,
                                                .contracts = scene->contracts,
                                                .count = files,
                                                .context = scene,
                                                .brought = brought};
    assert_ok(prom_tower_courier_new(&scene->courier, &options, &test->error), &test->error);
    return scene;
}

static struct errand_scene *scene_new(fixture *test)
{
    return scene_with(test, 1);
}

static void scene_free(struct errand_scene *scene)
{
    prom_tower_courier_free(scene->courier);
    host_free(scene->arbiter);
    free(scene);
}

/* The tower, the arbiter's node, or both see it in the next block. */
static void tower_sees(struct errand_scene *scene, uint32_t index)
{
    fixture *test = scene->arbiter->test;
    const prom_tx *tx = index == PROM_TREE_OTHER ? NULL : world_tx(scene->arbiter->world, index);
    const prom_index_block block = {.height = ++scene->tip, .txs = &tx, .tx_count = tx != NULL};
    assert_ok(prom_tower_connect(scene->contracts, FILES, &block, &test->arena, &test->error), &test->error);
}

static void both_see(struct errand_scene *scene, uint32_t index)
{
    tower_sees(scene, index);
    host_mine_tx(scene->arbiter, index);
}

static void turn(struct errand_scene *scene)
{
    fixture *test = scene->arbiter->test;
    assert_ok(prom_tower_courier_turn(scene->courier, scene->tip, TURN_MILLISECONDS, &test->error), &test->error);
    prom_node_mail_turn(scene->arbiter->node);
}

static void turn_for(struct errand_scene *scene, unsigned turns)
{
    for (unsigned i = 0; i < turns; i++) {
        turn(scene);
    }
}

static const prom_batch_facts *known(const struct errand_scene *scene)
{
    return &scene->channel->channel->facts.batches[0];
}

static void accuse(struct errand_scene *scene)
{
    both_see(scene, PROM_TX0);
    both_see(scene, PROM_TXV0);
    for (unsigned i = 0; i < TURNS_MAX && prom_tower_courier_reached(scene->courier, 0) == 0; i++) {
        turn(scene);
    }
    assert_int_equal(prom_tower_courier_reached(scene->courier, 0), 1);
    assert_int_equal(prom_tower_courier_needed(&scene->contracts[0]), 2);
}

/* Nothing of it before TxA is in a block; then all, until it is acknowledged, and the node remembers nobody. */
static void all_is_brought_after_the_appeal(void **state)
{
    struct errand_scene *scene = scene_new(*state);
    accuse(scene);
    turn_for(scene, 100);
    assert_int_equal(known(scene)->evidence.statements.count, 0);
    tower_sees(scene, PROM_TXA); /* before the node does: too early there, and not acknowledged */
    turn_for(scene, 100);
    assert_int_equal(scene->brought, 0);
    assert_false(known(scene)->arbitration.key_here);
    host_mine_tx(scene->arbiter, PROM_TXA);
    for (unsigned i = 0; i < TURNS_MAX && scene->brought == 0; i++) {
        turn(scene);
    }
    assert_int_equal(scene->brought, 1);
    assert_true(known(scene)->arbitration.key_here);
    assert_int_equal(known(scene)->evidence.statements.count, 2);     /* its own receipt it knows, or does not */
    assert_int_equal(scene->channel->peer_count, WORLD_ARBITERS - 1); /* to whom it passes it on */
    assert_int_equal(scene->arbiter->reports[PROM_REPORT_REFUSED], 0);
    turn_for(scene, 1500); /* and no more: once is enough */
    assert_int_equal(scene->brought, 1);
    scene_free(scene);
}

/* When D_0 is over it would not count: h_p is kept. */
static void nothing_is_brought_too_late(void **state)
{
    struct errand_scene *scene = scene_new(*state);
    accuse(scene);
    both_see(scene, PROM_TXA);
    for (uint32_t i = 0; i <= scene->arbiter->network.safety_margin; i++) {
        tower_sees(scene, PROM_TREE_OTHER);
    }
    turn_for(scene, 100);
    assert_int_equal(scene->brought, 0);
    assert_false(known(scene)->arbitration.key_here);
    scene_free(scene);
}

static void spoil(prom_tower_appeal *its)
{
    its->h_p.bytes[0] ^= 1;
    for (size_t i = 0; i < its->evidence.count; i++) {
        its->evidence.list[i].signature.bytes[0] ^= 1;
    }
}

/* A wrong h_p or statement is refused, and the right one of somebody else is heard all the same. */
static void garbage_shuts_nobody_out(void **state)
{
    struct errand_scene *scene = scene_new(*state);
    prom_tower_appeal *its = &scene->contracts[0].file.appeal;
    spoil(its);
    accuse(scene);
    both_see(scene, PROM_TXA);
    turn_for(scene, 200);
    assert_int_equal(scene->brought, 0);
    assert_int_equal(known(scene)->evidence.statements.count, 0);
    assert_true(scene->arbiter->reports[PROM_REPORT_REFUSED] >= 4); /* brought again, later and later */
    spoil(its);                                                     /* and so mends it */
    for (unsigned i = 0; i < TURNS_MAX && scene->brought == 0; i++) {
        turn(scene);
    }
    assert_int_equal(scene->brought, 1);
    scene_free(scene);
}

/* Another file of the same contract may be its other side's: what the arbiter takes of it is not the worker's. */
static void what_is_acknowledged_counts_for_one_file(void **state)
{
    struct errand_scene *scene = scene_with(*state, FILES);
    const prom_tower_appeal right = scene->contracts[0].file.appeal;
    prom_tower_appeal *its = &scene->contracts[0].file.appeal;
    its->h_p.bytes[0] ^= 1;
    accuse(scene);
    both_see(scene, PROM_TXA);
    for (unsigned i = 0; i < TURNS_MAX && scene->brought_of_other == 0; i++) {
        turn(scene);
    }
    assert_int_equal(scene->brought_of_other, 1);
    turn_for(scene, 200);
    assert_int_equal(scene->brought, 0);
    *its = right;
    for (unsigned i = 0; i < TURNS_MAX && scene->brought == 0; i++) {
        turn(scene);
    }
    assert_int_equal(scene->brought, 1);
    scene_free(scene);
}

/* Whose links are ended again and again, as by somebody who opens many, is reached all the same. */
static void who_was_reached_a_moment_ago_counts(void **state)
{
    struct errand_scene *scene = scene_new(*state);
    accuse(scene);
    for (uint64_t link = 1; link < 100; link++) {
        prom_net_end(scene->arbiter->node->net, link, "it makes room for a newer one");
    }
    prom_node_mail_turn(scene->arbiter->node);
    assert_ok(prom_tower_courier_turn(scene->courier, scene->tip, 1, &scene->arbiter->test->error),
              &scene->arbiter->test->error);
    assert_int_equal(prom_net_link_count(scene->arbiter->node->net), 0);
    assert_int_equal(prom_tower_courier_reached(scene->courier, 0), 1);
    scene_free(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(all_is_brought_after_the_appeal),          FIXTURE_TEST(nothing_is_brought_too_late),
        FIXTURE_TEST(who_was_reached_a_moment_ago_counts),      FIXTURE_TEST(garbage_shuts_nobody_out),
        FIXTURE_TEST(what_is_acknowledged_counts_for_one_file),
    };
    return cmocka_run_group_tests_name("tower/courier", tests, NULL, NULL);
}
