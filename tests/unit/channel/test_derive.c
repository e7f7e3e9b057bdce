/* What follows from facts fits them, or the channel is not taken up. */
#include "channel/loading.h"

static void assert_broken(fixture *test, const struct parts *parts, const char *why)
{
    prom_channel *channel = NULL;
    assert_fails(load(test, &test->arena, &channel, parts, NULL), PROM_CATEGORY_BROKEN, &test->error, why);
}

static void test_signatures_that_are_not_valid(void **state)
{
    fixture *test = *state;
    struct world *world = world_new(test);
    struct parts parts = parts_of(test, world_facts(world, PLACE_V));
    prom_part_bytes *its = part_in(&parts, PROM_PART_KEPT + PROM_KEPT_SIGNATURES);
    uint8_t *spoilt = exact_copy(its->bytes.data, its->bytes.length);
    spoilt[its->bytes.length - 1] ^= 1;
    its->bytes.data = spoilt;
    assert_broken(test, &parts, "does not fit together");
    its->bytes.length--;
    assert_broken(test, &parts, "does not fit together");
    free(spoilt);
    world_free(world);
}

static void test_terms_that_are_none(void **state)
{
    fixture *test = *state;
    struct world *world = world_new(test);
    struct parts parts = parts_of(test, world_facts(world, PLACE_V));
    part_in(&parts, PROM_PART_KEPT + PROM_KEPT_TERMS)->bytes.length--;
    assert_broken(test, &parts, "does not fit together");
    part_in(&parts, PROM_PART_KEPT + PROM_KEPT_TERMS)->bytes.length = 0;
    part_in(&parts, PROM_PART_KEPT + PROM_KEPT_BASE)->bytes.length--;
    assert_broken(test, &parts, "does not fit together");
    world_free(world);
}

static void test_terms_that_are_not_ours(void **state)
{
    fixture *test = *state;
    struct world *world = world_new(test);
    world_facts(world, PLACE_A)->own.words = named("somebody", 0);
    const struct parts parts = parts_of(test, world_facts(world, PLACE_A));
    assert_broken(test, &parts, "not ours");
    world_free(world);
}

/* Secret nonces are gone with the memory: what was begun is not gone on with. */
static void test_the_attempt_after_the_last_one(void **state)
{
    fixture *test = *state;
    struct world *world = world_new(test);
    prom_channel *channel = NULL;
    world_facts(world, PLACE_V)->setup.attempt = 4;
    struct parts parts = parts_of(test, world_facts(world, PLACE_V));
    assert_ok(load(test, &test->arena, &channel, &parts, NULL), &test->error);
    assert_int_equal(prom_signing_attempt(channel->signing), 5);
    world_facts(world, PLACE_V)->setup.attempt = PROM_SIGNING_ATTEMPTS_MAX; /* none is left: it is not begun */
    parts = parts_of(test, world_facts(world, PLACE_V));
    assert_ok(load(test, &test->arena, &channel, &parts, NULL), &test->error);
    assert_int_equal(prom_signing_attempt(channel->signing), 0);
    assert_true(prom_signing_is_complete(channel->signing));
    world_free(world);
}

/* Terms that were kept for seats that are no longer ours, or of a setup that is over, make no tree. */
static void test_terms_that_are_not_agreed(void **state)
{
    fixture *test = *state;
    struct world *world = world_new(test);
    const prom_setup_phase phases[] = {PROM_SETUP_KEYING, PROM_SETUP_OVER};
    for (size_t i = 0; i < COUNT_OF(phases); i++) {
        prom_channel *channel = NULL;
        world_facts(world, PLACE_V)->setup.phase = phases[i];
        const struct parts parts = parts_of(test, world_facts(world, PLACE_V));
        assert_ok(load(test, &test->arena, &channel, &parts, NULL), &test->error);
        assert_null(channel->tree);
        assert_int_equal(channel->place, PLACE_V);
    }
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_signatures_that_are_not_valid), FIXTURE_TEST(test_terms_that_are_none),
        FIXTURE_TEST(test_terms_that_are_not_ours),       FIXTURE_TEST(test_the_attempt_after_the_last_one),
        FIXTURE_TEST(test_terms_that_are_not_agreed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
