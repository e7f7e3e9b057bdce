/* The bytes that a watchtower is given: one way to write them, and nothing else is read. */
#include "tower/scene.h"

#include "prometheus/crypto/hash.h"

static prom_result read_bytes(struct world *world, prom_tower_file *file, prom_span bytes)
{
    return prom_tower_file_read(&world->test->arena, file, bytes, &world->test->error);
}

static prom_span whole(struct world *world, bool appeal)
{
    world_bury(world);
    const prom_tower_gift gift = scene_deliver(world, 2);
    const prom_tower_file file = scene_export(world, PLACE_W, appeal ? &gift : NULL);
    return scene_bytes(world, &file);
}

static void is_read_as_it_was_written(void **state)
{
    for (int appeal = 0; appeal < 2; appeal++) {
        struct world *world = world_new(*state);
        const prom_span bytes = whole(world, appeal == 1);
        prom_tower_file file;
        assert_ok(read_bytes(world, &file, bytes), &world->test->error);
        assert_true(prom_span_equal(scene_bytes(world, &file), bytes));
        assert_int_equal(file.branch_count, 3 + appeal);
        assert_true(prom_bytes32_equal(&file.branches[0].txid, &world->session.tree->tx[PROM_TX1].txid));
        assert_true(
            prom_outpoint_equal(&file.branches[0].spends, &world->session.tree->output[PROM_OUTPUT_O0].outpoint));
        assert_int_equal(file.appeal.there, appeal);
        if (appeal == 1) {
            assert_true(prom_bytes32_equal(&file.appeal.h_p, &world->session.cast.h_p));
            assert_int_equal(file.appeal.evidence.count, 3);
            assert_int_equal(file.appeal.quorum, 2);
            assert_int_equal(file.appeal.arbiter_count, WORLD_ARBITERS);
            assert_true(prom_bytes32_equal(&file.appeal.client, &world->session.terms.parties[PROM_PARTY_C].key));
        }
        world_free(world);
    }
}

static void every_damage_is_seen(void **state)
{
    struct world *world = world_new(*state);
    const prom_span bytes = whole(world, true);
    uint8_t *copy = copy_of(world->test, bytes);
    prom_tower_file file;
    for (size_t at = 0; at < bytes.length; at++) {
        copy[at] ^= 1;
        assert_int_equal(read_bytes(world, &file, prom_span_of(copy, bytes.length)).category, PROM_CATEGORY_BAD_INPUT);
        copy[at] ^= 1;
        assert_int_equal(read_bytes(world, &file, prom_span_of(copy, at)).category, PROM_CATEGORY_BAD_INPUT);
    }
    world_free(world);
}

/* The same with a seal that fits: made by somebody, not damaged. What is read is what would be written. */
static void nothing_else_is_read(void **state)
{
    struct world *world = world_new(*state);
    const prom_span bytes = whole(world, true);
    uint8_t *copy = copy_of(world->test, bytes);
    const prom_span content = prom_span_of(copy, bytes.length - sizeof(prom_bytes32));
    prom_bytes32 seal;
    size_t refused = 0;
    for (size_t at = 0; at < content.length; at++) {
        prom_tower_file file;
        copy[at] ^= 1;
        prom_tagged_hash(&seal, "prometheus/tower", content);
        memcpy(copy + content.length, seal.bytes, sizeof seal);
        const prom_result result = read_bytes(world, &file, prom_span_of(copy, bytes.length));
        assert_true(prom_is_ok(result) || result.category == PROM_CATEGORY_BAD_INPUT);
        refused += !prom_is_ok(result);
        if (prom_is_ok(result)) {
            assert_true(prom_span_equal(scene_bytes(world, &file), prom_span_of(copy, bytes.length)));
        }
        copy[at] ^= 1;
    }
    assert_true(refused > 100); /* magic, version, kinds, lengths, outpoints */
    world_free(world);
}

static void assert_refused(struct world *world, const prom_tower_file *file, const char *part)
{
    prom_tower_file read;
    assert_fails(read_bytes(world, &read, scene_bytes(world, file)), PROM_CATEGORY_BAD_INPUT, &world->test->error,
                 part);
}

static void transactions_that_do_not_belong_together(void **state)
{
    struct world *world = world_new(*state);
    world_bury(world);
    const prom_tower_gift gift = scene_deliver(world, 2);
    const prom_tower_file good = scene_export(world, PLACE_W, &gift);
    prom_tower_file file = good;
    file.branches[3].tx = good.branches[2].tx; /* Tx5 for Tx6 */
    assert_refused(world, &file, "do not follow one another");
    file = good;
    file.branches[0].tx = good.branches[1].tx;
    assert_refused(world, &file, "do not follow one another");
    file = good;
    file.branches[1].tx = prom_span_of(good.branches[1].tx.data, good.branches[1].tx.length - 1);
    assert_refused(world, &file, "none of a contract");
    file = good;
    file.branches[2].id = PROM_BRANCH_TX3;
    assert_refused(world, &file, "a branch of it");
    file = good;
    file.branches[2].opens = UINT16_MAX + 1;
    assert_refused(world, &file, "a branch of it");
    file = good;
    file.appeal.evidence.list[0].contract_id.bytes[0] ^= 1;
    assert_refused(world, &file, "a statement");
    file.appeal.evidence.list[0].contract_id.bytes[0] ^= 1; /* it is the good one's too */
    file = good;
    file.appeal.packages[0].length = 0;
    assert_refused(world, &file, "no package");
    file = good;
    file.appeal.quorum = file.appeal.arbiter_count + 1;
    assert_refused(world, &file, "names no arbiters");
    file.appeal.quorum = 0;
    assert_refused(world, &file, "names no arbiters");
    file = good;
    file.first_block = 0;
    assert_refused(world, &file, "its head");
    world_free(world);
}

static void names_its_version(void **state)
{
    struct world *world = world_new(*state);
    const prom_span bytes = whole(world, false);
    uint8_t *copy = copy_of(world->test, bytes);
    prom_tower_file file;
    copy[8] = 1;
    assert_fails(read_bytes(world, &file, prom_span_of(copy, bytes.length)), PROM_CATEGORY_BAD_INPUT,
                 &world->test->error, "is of version 1");
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(is_read_as_it_was_written), FIXTURE_TEST(every_damage_is_seen),
        FIXTURE_TEST(nothing_else_is_read),      FIXTURE_TEST(transactions_that_do_not_belong_together),
        FIXTURE_TEST(names_its_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
