#include "channel/running.h"

/* Names that people read. */
static void has_names(void **state)
{
    (void)state;
    assert_string_equal(prom_role_name(PROM_ROLE_ARBITER), "arbiter");
    assert_string_equal(prom_lambda_name(PROM_LAMBDA_CLOSED), "closed");
    assert_string_equal(prom_setup_phase_name(PROM_SETUP_OVER), "over");
    for (prom_setup_phase phase = 0; phase < PROM_SETUP_PHASES; phase++) {
        assert_true(prom_setup_phase_name(phase)[0] != '\0');
    }
}

/* A party is known by its own-words key, and nobody else is anybody. */
static void knows_its_places(void **state)
{
    struct world *world = world_new(*state);
    const prom_channel *channel = world->parties[PLACE_V].channel;
    const prom_bytes32 stranger = named("stranger", 1);
    const prom_bytes32 none = {{0}};
    for (size_t place = 0; place < WORLD_PLACES; place++) {
        assert_int_equal(prom_channel_place_of(channel, prom_place_key(&world->session.terms, place)), place);
    }
    assert_true(prom_channel_place_of(channel, &stranger) == PROM_NO_PLACE);
    assert_true(prom_channel_place_of(channel, &none) == PROM_NO_PLACE);
    world_free(world);
}

/* A setup ends only while nothing is at stake. */
static void ends_no_live_contract(void **state)
{
    struct world *world = world_new(*state);
    struct world_party *party = &world->parties[PLACE_C];
    const prom_channel_view view = world_view(party);
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_outputs outputs = {0};
    prom_arena_init(&arena, (size_t)1 << 26);
    struct step step = {party->channel, &party->channel->facts, &view, &arena, &outputs, &world->test->error};
    assert_int_equal(prom_setup_end(&step, "because").category, PROM_CATEGORY_BROKEN);
    assert_int_equal(party->channel->facts.setup.phase, PROM_SETUP_GIVEN);
    party->channel->facts.setup.phase = PROM_SETUP_COMPLETE;
    assert_ok(prom_setup_end(&step, "because of %d", 7), &world->test->error);
    assert_string_equal(party->channel->facts.setup.reason, "because of 7");
    assert_int_equal(party->channel->facts.setup.phase, PROM_SETUP_OVER);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_names),
        FIXTURE_TEST(knows_its_places),
        FIXTURE_TEST(ends_no_live_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
