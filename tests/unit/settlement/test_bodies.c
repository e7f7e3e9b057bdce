/* Who fetches what from whom, and what is taken of what comes. */
#include "channel/running.h"

enum { C = 1 << PLACE_C, W = 1 << PLACE_W, V = 1 << PLACE_V, A1 = 1 << PLACE_A, A2 = 2 << PLACE_A, A3 = 4 << PLACE_A };

static uint16_t places_of(struct world *world, size_t place, prom_body_kind what)
{
    const prom_want *want = world_want_fetch(world, place, what);
    return want != NULL ? want->as.fetch.places : 0;
}

/* -- Program and input -- */

static void arbiters_fetch_the_job_once_tx0_is_s_deep(void **state)
{
    struct world *world = world_new(*state);
    world_confirm(world);
    assert_null(world_want_fetch(world, PLACE_A, PROM_BODY_PROGRAM));
    world_block(world, NULL, 0);
    const prom_want program = *world_want_fetch(world, PLACE_A, PROM_BODY_PROGRAM);
    const prom_want input = *world_want_fetch(world, PLACE_A, PROM_BODY_INPUT);
    const prom_job *job = &world->session.terms.job;
    assert_true(prom_bytes32_equal(&program.as.fetch.hash, &job->program_digest));
    assert_true(prom_bytes32_equal(&input.as.fetch.hash, &job->input_hash));
    assert_int_equal(program.as.fetch.length, job->program_bytes);
    assert_int_equal(input.as.fetch.length, job->input_bytes);
    assert_int_equal(program.as.fetch.places, C | W | V);
    assert_int_equal(input.as.fetch.places, C | W | V);
    world_fetch(world, PLACE_A, PROM_BODY_PROGRAM);
    assert_null(world_want_fetch(world, PLACE_A, PROM_BODY_PROGRAM));
    assert_non_null(world_want_fetch(world, PLACE_A, PROM_BODY_INPUT));
    for (size_t place = PLACE_C; place <= PLACE_V; place++) { /* had them before they signed */
        assert_null(world_want(world, place, PROM_WANT_FETCH));
    }
    world_mine_tx(world, PROM_TX1);
    assert_null(world_want(world, PLACE_A, PROM_WANT_FETCH));
    world_free(world);
}

static void takes_bodies_by_their_names_alone(void **state)
{
    struct world *world = buried_world(*state);
    const prom_body wrong = {true, named("program", 1), 1000, {{0}}};
    world_fetched(world, PLACE_A, PROM_BODY_PROGRAM, &wrong);
    assert_non_null(world_want_fetch(world, PLACE_A, PROM_BODY_PROGRAM));
    /* The right name in the wrong place is the wrong name. */
    const prom_body misplaced = {true, world->session.terms.job.program_digest, 1000, {{0}}};
    world_fetched(world, PLACE_A, PROM_BODY_INPUT, &misplaced);
    assert_non_null(world_want_fetch(world, PLACE_A, PROM_BODY_INPUT));
    world_fetch(world, PLACE_A, PROM_BODY_PROGRAM);
    const prom_body before = world_batch(world, PLACE_A)->evidence.bodies[PROM_BODY_PROGRAM];
    const prom_body again = {true, before.hash, before.length + 1, {{0}}};
    world_fetched(world, PLACE_A, PROM_BODY_PROGRAM, &again);
    assert_int_equal(world_batch(world, PLACE_A)->evidence.bodies[PROM_BODY_PROGRAM].length, before.length);
    world_free(world);
}

/* During the setup the base terms name the job. */
static void takes_the_job_before_there_are_full_terms(void **state)
{
    struct world *world = world_new(*state);
    prom_channel *channel = world->parties[PLACE_W].channel;
    const prom_body program = {true, world->session.terms.job.program_digest, 1000, {{0}}};
    channel->tree = NULL;
    channel->terms.arbiter_count = 0;
    channel->facts.setup.phase = PROM_SETUP_ACCEPTED;
    channel->facts.batches[0].evidence.bodies[PROM_BODY_PROGRAM] = (prom_body){0};
    world_fetched(world, PLACE_W, PROM_BODY_PROGRAM, &program);
    assert_true(channel->facts.batches[0].evidence.bodies[PROM_BODY_PROGRAM].here);
    assert_null(world_want(world, PLACE_W, PROM_WANT_FETCH));
    world_free(world);
}

/* -- Packages -- */

static void asks_whoever_should_have_the_package(void **state)
{
    struct world *world = buried_world(*state);
    assert_int_equal(world_tell(world, PLACE_W, PLACE_V, world_claim(PROM_ROUND_A, 0)), PROM_TAKEN);
    assert_int_equal(world_tell(world, PLACE_W, PLACE_A, world_claim(PROM_ROUND_A, 0)), PROM_TAKEN);
    assert_int_equal(places_of(world, PLACE_V, PROM_BODY_PACKAGE_A), W);
    assert_int_equal(places_of(world, PLACE_A, PROM_BODY_PACKAGE_A), W | V);
    for (size_t to = PLACE_V; to <= PLACE_A; to++) {
        assert_int_equal(world_tell(world, PLACE_A + 1, to, world_package_receipt(1, PROM_ROUND_A, 0, TIP_BURIED)),
                         PROM_TAKEN);
        /* A receipt for something else is nobody to ask. */
        assert_int_equal(world_tell(world, PLACE_A + 2, to, world_package_receipt(2, PROM_ROUND_A, 1, TIP_BURIED)),
                         PROM_TAKEN);
    }
    assert_int_equal(places_of(world, PLACE_V, PROM_BODY_PACKAGE_A), W | A2);
    assert_int_equal(places_of(world, PLACE_A, PROM_BODY_PACKAGE_A), W | V | A2);
    world_mine_to(world, TIP_RECEIPT); /* from the final question on all may have it */
    assert_int_equal(places_of(world, PLACE_V, PROM_BODY_PACKAGE_A), W | A2);
    world_mine_to(world, TIP_QUESTION);
    assert_int_equal(places_of(world, PLACE_V, PROM_BODY_PACKAGE_A), W | A1 | A2 | A3);
    world_free(world);
}

static void arbiters_fetch_from_everybody_once_v_has_accused(void **state)
{
    struct world *world = buried_world(*state);
    assert_int_equal(world_tell(world, PLACE_W, PLACE_A, world_claim(PROM_ROUND_A, 0)), PROM_TAKEN);
    assert_int_equal(world_tell(world, PLACE_W, PLACE_V, world_claim(PROM_ROUND_A, 0)), PROM_TAKEN);
    world_mine_tx(world, PROM_TXV0);
    assert_int_equal(places_of(world, PLACE_A, PROM_BODY_PACKAGE_A), W | V | A2 | A3);
    assert_int_equal(places_of(world, PLACE_V, PROM_BODY_PACKAGE_A), 0);
    world_mine_tx(world, PROM_TXA);
    assert_int_equal(places_of(world, PLACE_A, PROM_BODY_PACKAGE_A), W | V | A2 | A3);
    world_mine_tx(world, PROM_TX6);
    assert_int_equal(places_of(world, PLACE_A, PROM_BODY_PACKAGE_A), 0);
    world_free(world);
}

/* Of two that W signed none is worth its bytes to V and to the arbiters; what W has not signed neither. */
static void fetches_the_one_package_that_w_signed(void **state)
{
    struct world *world = buried_world(*state);
    const prom_body body = world_package(PROM_BODY_PACKAGE_A, 0);
    assert_int_equal(world_tell(world, PLACE_A + 1, PLACE_A, world_package_receipt(1, PROM_ROUND_A, 0, TIP_BURIED)),
                     PROM_TAKEN);
    assert_null(world_want_fetch(world, PLACE_A, PROM_BODY_PACKAGE_A));
    world_fetched(world, PLACE_A, PROM_BODY_PACKAGE_A, &body);
    assert_false(world_batch(world, PLACE_A)->evidence.bodies[PROM_BODY_PACKAGE_A].here);
    assert_int_equal(world_tell(world, PLACE_W, PLACE_A, world_claim(PROM_ROUND_A, 0)), PROM_TAKEN);
    assert_int_equal(world_tell(world, PLACE_W, PLACE_A, world_claim(PROM_ROUND_A, 1)), PROM_TAKEN);
    assert_null(world_want_fetch(world, PLACE_A, PROM_BODY_PACKAGE_A));
    world_fetched(world, PLACE_A, PROM_BODY_PACKAGE_A, &body);
    assert_false(prom_packages_at_hand(world->parties[PLACE_A].channel, 0));
    world_free(world);
}

/* -- What was lost -- */

static void lose(struct world *world, size_t place, prom_job_kind job, prom_lost_body lost)
{
    world_finish_job(world, place, job, (prom_done_event){.unable = true, .lost = lost, .reason = "no such file"});
}

static void what_v_lost_is_fetched_again(void **state)
{
    struct world *world = buried_world(*state);
    const prom_bytes32 *program = &world->session.terms.job.program_digest;
    const prom_body body = world_package(PROM_BODY_PACKAGE_A, 0);
    assert_int_equal(world_tell(world, PLACE_W, PLACE_V, world_claim(PROM_ROUND_A, 0)), PROM_TAKEN);
    world_fetched(world, PLACE_V, PROM_BODY_PACKAGE_A, &body);
    assert_null(world_want(world, PLACE_V, PROM_WANT_FETCH));
    lose(world, PLACE_V, PROM_JOB_OPEN_KEY, (prom_lost_body){true, PROM_BODY_PACKAGE_A, named("another", 0)});
    assert_null(world_want(world, PLACE_V, PROM_WANT_FETCH)); /* of that name nothing is here */
    lose(world, PLACE_V, PROM_JOB_OPEN_KEY, (prom_lost_body){true, PROM_BODY_PACKAGE_A, body.hash});
    assert_non_null(world_want_fetch(world, PLACE_V, PROM_BODY_PACKAGE_A));
    assert_null(world_want_job(world, PLACE_V, PROM_JOB_OPEN_KEY));
    assert_true(strstr(world->parties[PLACE_V].alarm, "is fetched again") != NULL);
    world_fetched(world, PLACE_V, PROM_BODY_PACKAGE_A, &body);
    assert_null(world_want(world, PLACE_V, PROM_WANT_FETCH));
    lose(world, PLACE_V, PROM_JOB_OPEN_KEY, (prom_lost_body){true, PROM_BODY_PROGRAM, *program});
    assert_int_equal(places_of(world, PLACE_V, PROM_BODY_PROGRAM), C | W);
    world_fetch(world, PLACE_V, PROM_BODY_PROGRAM);
    assert_null(world_want(world, PLACE_V, PROM_WANT_FETCH));
    world_free(world);
}

/* As after a restore: bodies are in no backup. All of the contract are asked. */
static void what_c_lost_is_fetched_again(void **state)
{
    struct world *world = buried_world(*state);
    const prom_job *job = &world->session.terms.job;
    const prom_body body = world_package(PROM_BODY_PACKAGE_A, 0);
    assert_int_equal(world_tell(world, PLACE_V, PLACE_C, world_claim(PROM_ROUND_A, 0)), PROM_TAKEN);
    world_fetched(world, PLACE_C, PROM_BODY_PACKAGE_A, &body);
    world_mine_tx(world, PROM_TX4);
    assert_null(world_want(world, PLACE_C, PROM_WANT_FETCH));
    lose(world, PLACE_C, PROM_JOB_RESULT, (prom_lost_body){true, PROM_BODY_PROGRAM, job->program_digest});
    lose(world, PLACE_C, PROM_JOB_RESULT, (prom_lost_body){true, PROM_BODY_INPUT, job->input_hash});
    lose(world, PLACE_C, PROM_JOB_RESULT, (prom_lost_body){true, PROM_BODY_PACKAGE_A, body.hash});
    for (prom_body_kind what = PROM_BODY_PROGRAM; what <= PROM_BODY_PACKAGE_A; what++) {
        const uint16_t places = places_of(world, PLACE_C, what);
        assert_int_equal(places, W | V | A1 | A2 | A3);
        world_fetch(world, PLACE_C, what);
    }
    assert_non_null(world_want_job(world, PLACE_C, PROM_JOB_RESULT));
    world_free(world);
}

/* Nobody can make W's package again: it would be another, and two prove it at fault. */
static void what_w_made_stays_its_own(void **state)
{
    struct world *world = sampling_world(*state);
    const prom_bytes32 *input = &world->session.terms.job.input_hash;
    lose(world, PLACE_W, PROM_JOB_COMPUTE, (prom_lost_body){true, PROM_BODY_INPUT, *input});
    assert_int_equal(places_of(world, PLACE_W, PROM_BODY_INPUT), C | V);
    world_fetch(world, PLACE_W, PROM_BODY_INPUT);
    worker_signs(world);
    const prom_body *made = &world_batch(world, PLACE_W)->evidence.bodies[PROM_BODY_PACKAGE_A];
    const prom_event event = {.kind = PROM_EVENT_DONE,
                              .as.done = {.job = PROM_JOB_OPENINGS,
                                          .unable = true,
                                          .lost = {true, PROM_BODY_PACKAGE_A, made->hash},
                                          .reason = "no such file"}};
    const size_t alarms = world->parties[PLACE_W].alarms;
    assert_int_equal(world_step(world, PLACE_W, &event), PROM_TAKEN);
    assert_true(made->here);
    assert_true(world->parties[PLACE_W].alarms > alarms);
    assert_null(world_want_job(world, PLACE_W, PROM_JOB_COMPUTE));
    assert_null(world_want(world, PLACE_W, PROM_WANT_FETCH));
    world_free(world);
}

/* A package that is named by zeros, as an empty place on our disk is: it is not there. */
static void zeros_name_nothing_that_is_here(void **state)
{
    struct world *world = buried_world(*state);
    prom_attestation zeros = world_claim(PROM_ROUND_A, 0);
    zeros.as.package.hash = (prom_bytes32){{0}};
    assert_int_equal(world_tell(world, PLACE_W, PLACE_V, zeros), PROM_TAKEN);
    assert_false(prom_packages_at_hand(world->parties[PLACE_V].channel, 0));
    assert_null(world_want_job(world, PLACE_V, PROM_JOB_OPEN_KEY));
    world_free(world);
}

/* W's own body is what it computed; nothing that comes changes it. */
static void the_worker_fetches_no_package(void **state)
{
    struct world *world = buried_world(*state);
    const prom_body body = world_package(PROM_BODY_PACKAGE_A, 1);
    assert_int_equal(world_tell(world, PLACE_A, PLACE_W, world_claim(PROM_ROUND_A, 1)), PROM_TAKEN);
    assert_null(world_want_fetch(world, PLACE_W, PROM_BODY_PACKAGE_A));
    world_fetched(world, PLACE_W, PROM_BODY_PACKAGE_A, &body);
    assert_false(world_batch(world, PLACE_W)->evidence.bodies[PROM_BODY_PACKAGE_A].here);
    world_free(world);
}

/* A delivery in two rounds is at hand when both are, and a check of it is about both. */
static void both_rounds_make_a_delivery(void **state)
{
    struct world *world = sampling_world(*state);
    const prom_channel *channel = world->parties[PLACE_V].channel;
    prom_bytes32 before;
    prom_bytes32 after;
    verifier_gets_package(world, PLACE_W, 0);
    prom_packages_subject(channel, 0, &before);
    assert_false(prom_packages_at_hand(channel, 0));
    assert_int_equal(world_tell(world, PLACE_W, PLACE_V, world_claim(PROM_ROUND_B, 0)), PROM_TAKEN);
    assert_false(prom_packages_at_hand(channel, 0));
    world_fetch(world, PLACE_V, PROM_BODY_PACKAGE_B);
    assert_true(prom_packages_at_hand(channel, 0));
    prom_packages_subject(channel, 0, &after);
    assert_false(prom_bytes32_equal(&before, &after));
    world_free(world);
}

static void an_event_of_no_kind_is_a_fault_of_our_own(void **state)
{
    fixture *test = *state;
    struct world *world = buried_world(test);
    const prom_channel_view view = world_view(&world->parties[PLACE_A]);
    prom_reception reception;
    prom_outputs outputs;
    prom_event event = {.kind = PROM_EVENT_FETCHED, .as.fetched = {.what = PROM_BODY_INPUT, .batch = PROM_BATCHES_MAX}};
    assert_fails(prom_channel_step(world->parties[PLACE_A].channel, &test->arena, &reception, &outputs, &event, &view,
                                   &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "no batch");
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(arbiters_fetch_the_job_once_tx0_is_s_deep),
        FIXTURE_TEST(takes_bodies_by_their_names_alone),
        FIXTURE_TEST(takes_the_job_before_there_are_full_terms),
        FIXTURE_TEST(asks_whoever_should_have_the_package),
        FIXTURE_TEST(arbiters_fetch_from_everybody_once_v_has_accused),
        FIXTURE_TEST(fetches_the_one_package_that_w_signed),
        FIXTURE_TEST(zeros_name_nothing_that_is_here),
        FIXTURE_TEST(the_worker_fetches_no_package),
        FIXTURE_TEST(both_rounds_make_a_delivery),
        FIXTURE_TEST(an_event_of_no_kind_is_a_fault_of_our_own),
        FIXTURE_TEST(what_v_lost_is_fetched_again),
        FIXTURE_TEST(what_c_lost_is_fetched_again),
        FIXTURE_TEST(what_w_made_stays_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
