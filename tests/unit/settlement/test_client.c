/* What C does with what it has bought. */
#include "channel/running.h"

static const prom_evidence_facts *evidence_of(struct world *world)
{
    return &world_batch(world, PLACE_C)->evidence;
}

static void client_hears(struct world *world, size_t from, size_t number)
{
    assert_int_equal(world_tell(world, from, PLACE_C, world_claim(PROM_ROUND_A, number)), PROM_TAKEN);
}

static void client_has(struct world *world, size_t number)
{
    const prom_body body = world_package(PROM_BODY_PACKAGE_A, number);
    world_fetched(world, PLACE_C, PROM_BODY_PACKAGE_A, &body);
}

static void client_finds(struct world *world, prom_checked checked)
{
    world_finish_job(world, PLACE_C, PROM_JOB_RESULT, (prom_done_event){.checked = checked, .reason = "a wrong root"});
}

static void takes_the_package_from_whomever(void **state)
{
    static const size_t senders[] = {PLACE_W, PLACE_V, PLACE_A + 1};
    for (size_t i = 0; i < COUNT_OF(senders); i++) {
        struct world *world = buried_world(*state);
        assert_null(world_want_fetch(world, PLACE_C, PROM_BODY_PACKAGE_A));
        client_hears(world, senders[i], 0);
        const prom_want *want = world_want_fetch(world, PLACE_C, PROM_BODY_PACKAGE_A);
        assert_non_null(want);
        assert_int_equal(want->as.fetch.places, 0x3e); /* W, V and all arbiters; not itself */
        assert_int_equal(want->as.fetch.length, world->session.terms.package_max);
        client_has(world, 7); /* that W has not signed */
        assert_false(evidence_of(world)->bodies[PROM_BODY_PACKAGE_A].here);
        client_has(world, 0);
        assert_null(world_want_fetch(world, PLACE_C, PROM_BODY_PACKAGE_A));
        world_free(world);
    }
}

/* h_p comes from the witness of whatever shows it. */
static void opens_the_result_with_h_p_from_the_chain(void **state)
{
    static const uint32_t showing[] = {PROM_TX3, PROM_TX4};
    for (size_t i = 0; i < COUNT_OF(showing); i++) {
        struct world *world = buried_world(*state);
        client_hears(world, PLACE_V, 0);
        client_has(world, 0);
        assert_null(world_want_job(world, PLACE_C, PROM_JOB_RESULT));
        world_mine_tx(world, showing[i]);
        assert_non_null(world_want_job(world, PLACE_C, PROM_JOB_RESULT));
        client_finds(world, PROM_CHECKED_GOOD);
        assert_true(evidence_of(world)->result_open);
        assert_int_equal(evidence_of(world)->result, PROM_CHECKED_GOOD);
        assert_int_equal(world->parties[PLACE_C].alarms, 0);
        assert_null(world_want_job(world, PLACE_C, PROM_JOB_RESULT));
        world_free(world);
    }
}

/* What the chain has shown stays known when its block is gone. */
static void keeps_h_p_through_a_reorganisation(void **state)
{
    struct world *world = buried_world(*state);
    client_hears(world, PLACE_V, 0);
    world_mine_tx(world, PROM_TX4);
    world_unblock(world);
    client_has(world, 0);
    assert_non_null(world_want_job(world, PLACE_C, PROM_JOB_RESULT));
    world_free(world);
}

/* The package comes after the settlement: C fetches it then. */
static void fetches_after_the_settlement_what_h_p_opens(void **state)
{
    struct world *world = buried_world(*state);
    world_mine_tx(world, PROM_TX4);
    client_hears(world, PLACE_A, 0);
    assert_non_null(world_want_fetch(world, PLACE_C, PROM_BODY_PACKAGE_A));
    world_free(world);

    world = buried_world(*state);
    client_hears(world, PLACE_W, 0);
    world_mine_tx(world, PROM_TX1); /* nobody has shown h_p: there is nothing to open */
    assert_null(world_want_fetch(world, PLACE_C, PROM_BODY_PACKAGE_A));
    world_free(world);
}

static void tells_its_owner_when_the_verifier_signed_for_a_bad_package(void **state)
{
    struct world *world = buried_world(*state);
    client_hears(world, PLACE_V, 0);
    client_has(world, 0);
    world_mine_tx(world, PROM_TX4);
    client_finds(world, PROM_CHECKED_BAD);
    assert_int_equal(world->parties[PLACE_C].alarms, 1);
    assert_non_null(strstr(world->parties[PLACE_C].alarm, "the verifier signed"));
    assert_non_null(strstr(world->parties[PLACE_C].alarm, "a wrong root"));
    assert_string_equal(evidence_of(world)->result_reason, "a wrong root");
    assert_false(evidence_of(world)->result_open);
    assert_null(world_want_job(world, PLACE_C, PROM_JOB_RESULT));
    world_free(world);

    world = buried_world(*state);
    client_hears(world, PLACE_W, 0);
    client_has(world, 0);
    world_mine_tx(world, PROM_TX3); /* V said nothing */
    client_finds(world, PROM_CHECKED_BAD);
    assert_int_equal(world->parties[PLACE_C].alarms, 1);
    assert_null(strstr(world->parties[PLACE_C].alarm, "the verifier signed"));
    world_free(world);
}

static void checks_again_what_could_not_be_checked(void **state)
{
    struct world *world = buried_world(*state);
    client_hears(world, PLACE_V, 0);
    client_has(world, 0);
    world_mine_tx(world, PROM_TX4);
    world_finish_job(world, PLACE_C, PROM_JOB_RESULT, (prom_done_event){.unable = true, .reason = "no room"});
    assert_int_equal(evidence_of(world)->result, PROM_CHECKED_UNKNOWN);
    assert_int_equal(world->parties[PLACE_C].alarms, 1);
    assert_non_null(world_want_job(world, PLACE_C, PROM_JOB_RESULT));
    const prom_event other = {
        .kind = PROM_EVENT_DONE,
        .as.done = {.job = PROM_JOB_RESULT, .subject = named("another", 0), .checked = PROM_CHECKED_GOOD}};
    assert_int_equal(world_step(world, PLACE_C, &other), PROM_TAKEN);
    assert_int_equal(evidence_of(world)->result, PROM_CHECKED_UNKNOWN);
    world_free(world);
}

/* W signs a second package, for C alone, which has paid for the first: C tries both, in any order. */
static void a_second_package_keeps_nothing_from_the_client(void **state)
{
    for (size_t good = 0; good < 2; good++) {
        struct world *world = buried_world(*state);
        client_hears(world, PLACE_W, 0);
        client_hears(world, PLACE_V, 1);
        world_mine_tx(world, PROM_TX4);
        client_has(world, 0);
        client_has(world, 1); /* one at a time */
        client_finds(world, good == 0 ? PROM_CHECKED_GOOD : PROM_CHECKED_BAD);
        assert_int_equal(evidence_of(world)->result_open, good == 0);
        assert_null(world_want_job(world, PLACE_C, PROM_JOB_RESULT));
        client_has(world, 0); /* that was tried */
        assert_null(world_want_job(world, PLACE_C, PROM_JOB_RESULT));
        assert_null(strstr(world->parties[PLACE_C].alarm, "the verifier signed"));
        if (good == 1) {
            world_fetch(world, PLACE_C, PROM_BODY_PACKAGE_A);
            client_finds(world, PROM_CHECKED_GOOD);
        }
        assert_true(evidence_of(world)->result_open);
        assert_null(world_want_fetch(world, PLACE_C, PROM_BODY_PACKAGE_A));
        world_free(world);
    }
}

static void two_bad_packages_are_an_end(void **state)
{
    struct world *world = buried_world(*state);
    client_hears(world, PLACE_W, 0);
    client_hears(world, PLACE_W, 1);
    client_hears(world, PLACE_W, 2); /* of three, two are kept */
    world_mine_tx(world, PROM_TX4);
    client_has(world, 1);
    client_finds(world, PROM_CHECKED_BAD);
    client_has(world, 0);
    client_finds(world, PROM_CHECKED_BAD);
    assert_null(world_want_fetch(world, PLACE_C, PROM_BODY_PACKAGE_A));
    assert_null(world_want_job(world, PLACE_C, PROM_JOB_RESULT));
    assert_int_equal(world->parties[PLACE_C].alarms, 2);
    assert_non_null(strstr(world->parties[PLACE_C].alarm, "the verifier signed"));
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(takes_the_package_from_whomever),
        FIXTURE_TEST(opens_the_result_with_h_p_from_the_chain),
        FIXTURE_TEST(keeps_h_p_through_a_reorganisation),
        FIXTURE_TEST(fetches_after_the_settlement_what_h_p_opens),
        FIXTURE_TEST(tells_its_owner_when_the_verifier_signed_for_a_bad_package),
        FIXTURE_TEST(checks_again_what_could_not_be_checked),
        FIXTURE_TEST(a_second_package_keeps_nothing_from_the_client),
        FIXTURE_TEST(two_bad_packages_are_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
