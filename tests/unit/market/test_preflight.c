#include "market/jobs.h"

#include "market/fees.h"
#include "market/preflight.h"

/* A job that fits, looked at by one role. */
struct scene {
    struct cast cast;
    prom_terms terms;
    prom_work work;
    prom_machine machine;
    prom_terms_limits limits;
    prom_rates rates;
    prom_preflight asked;
};

static void make_scene(fixture *test, struct scene *scene, prom_role role)
{
    *scene = (struct scene){.cast = make_cast(test), .work = plain_work(10), .machine = plain_machine()};
    scene->terms = valid_terms(test, &scene->cast, 3);
    scene->terms.c = prom_amount_of(500000);
    scene->terms.P.t1 = 30;
    scene->rates = plain_rates();
    scene->limits = (prom_terms_limits){
        .payload_bytes = 1 << 20, .package_bytes = 1 << 20, .feerate = 10, .three_max = prom_amount_of(2000000)};
    scene->asked = (prom_preflight){.role = role,
                                    .work = &scene->work,
                                    .terms = &scene->terms,
                                    .machine = &scene->machine,
                                    .limits = &scene->limits,
                                    .curve = test->curve,
                                    .rates = &scene->rates,
                                    .has_funds = true,
                                    .funds = prom_amount_of(10000000),
                                    .fee_coin = prom_amount_of(100000),
                                    .coins = 1,
                                    .tip = 1000};
    assert_ok(prom_parameters_fund(test->curve, &scene->terms.P.F, &scene->terms.P, &test->error), &test->error);
}

static prom_preflight_found look(const struct scene *scene)
{
    prom_preflight_found found;
    prom_preflight_look(&found, &scene->asked);
    return found;
}

static void assert_fits(const struct scene *scene)
{
    const prom_preflight_found found = look(scene);
    for (size_t i = 0; i < found.reasons.count; i++) {
        char text[PROM_REASON_SENTENCE];
        print_error("%s\n", prom_reason_sentence(text, &found.reasons.list[i]));
    }
    assert_int_equal(found.reasons.count, 0);
}

static void assert_refused(const struct scene *scene, prom_reason_code code, uint64_t needed, uint64_t there)
{
    const prom_preflight_found found = look(scene);
    assert_int_equal(found.reasons.count, 1);
    assert_int_equal(found.reasons.list[0].code, code);
    assert_int_equal(found.reasons.list[0].needed, needed);
    assert_int_equal(found.reasons.list[0].there, there);
}

static void test_each_reason(void **state)
{
    fixture *test = *state;
    struct scene scene;
    make_scene(test, &scene, PROM_ROLE_WORKER);
    assert_fits(&scene);
    const struct scene good = scene;
#define AGAIN (scene = good, scene.asked.work = &scene.work, scene.asked.terms = &scene.terms)
    scene.work.scheme = 9;
    assert_refused(&scene, PROM_REASON_SCHEME, 9, 2);
    AGAIN;
    scene.terms.P.varsigma = 9999;
    scene.limits.any_fund = true; /* F is made from the rest of P */
    assert_refused(&scene, PROM_REASON_SAMPLE, 10000, 9999);
    AGAIN;
    scene.limits.any_fund = true;
    scene.limits.payload_bytes = 107847;
    assert_refused(&scene, PROM_REASON_PAYLOAD, 107848, 107847);
    scene.limits.payload_bytes = 107848;
    assert_fits(&scene);
    scene.terms.package_max = 150999;
    assert_refused(&scene, PROM_REASON_PACKAGE, 151000, 150999);
    scene.terms.package_max = 0; /* as much as it takes */
    assert_fits(&scene);
    scene.limits.package_bytes = 150999;
    assert_refused(&scene, PROM_REASON_PACKAGE_LIMIT, 151000, 150999);
    AGAIN;
    scene.limits = good.limits;
    scene.terms.feerate = 11;
    assert_refused(&scene, PROM_REASON_FEERATE, 11, 10);
    AGAIN;
    scene.limits.three_max = prom_amount_of(1999999);
    assert_refused(&scene, PROM_REASON_THREE_ARBITERS, 2000000, 1999999);
    AGAIN;
    scene.limits = good.limits;
    scene.terms.P.F = prom_unspendable_key;
    assert_refused(&scene, PROM_REASON_FUND, 0, 0);
    AGAIN;
    scene.machine.memory = scene.work.prove_memory - 1;
    assert_refused(&scene, PROM_REASON_MEMORY_PROVE, scene.work.prove_memory, scene.work.prove_memory - 1);
    scene.machine = good.machine;
    scene.terms.c = prom_amount_of(1);
    assert_int_equal(look(&scene).reasons.list[0].code, PROM_REASON_STAKES_UNSAFE);
    scene.terms.c = prom_amount_of(1999999);
    assert_refused(&scene, PROM_REASON_REWARD_MAX, 1999999, sat_of(look(&scene).reward_max));
    AGAIN;
    const uint64_t c = sat_of(scene.terms.c);
    scene.limits.reward_max = prom_amount_of(c);
    assert_fits(&scene);
    scene.limits.reward_max = prom_amount_of(c - 1);
    assert_refused(&scene, PROM_REASON_CAP_PRICE, c, c - 1);
    AGAIN;
    scene.limits = good.limits;
    scene.rates.least = prom_amount_of(450001);
    assert_refused(&scene, PROM_REASON_REWARD_MIN, 450001, 450000);
    scene.rates.least = prom_amount_of(450000);
    assert_fits(&scene);
    scene.rates.macs = UINT64_MAX;
    assert_refused(&scene, PROM_REASON_ARITHMETIC, 0, 0);
    scene.rates = good.rates;
    const uint64_t locks = sat_of(look(&scene).locks);
    assert_int_equal(locks, 2000000 + 2 * 101 + 100000);
    scene.asked.funds = prom_amount_of(locks - 1);
    assert_refused(&scene, PROM_REASON_STAKE, locks, locks - 1);
    AGAIN;
    scene.asked.funds = good.asked.funds;
    const uint64_t ready = look(&scene).ready_height;
    assert_int_equal(ready, 1000 + 6 + look(&scene).t1_needed + 2 * 2); /* setup, t1, and s twice */
    scene.asked.wished = (uint32_t)ready - 1;
    assert_refused(&scene, PROM_REASON_WISHED, ready, ready - 1);
    scene.asked.wished = (uint32_t)ready;
    assert_fits(&scene);
    scene.terms.genesis.bytes[0] ^= 1;
    assert_refused(&scene, PROM_REASON_CHAIN, 0, 0);
#undef AGAIN
}

static void test_a_verifier(void **state)
{
    fixture *test = *state;
    struct scene scene;
    make_scene(test, &scene, PROM_ROLE_VERIFIER);
    assert_fits(&scene);
    scene.machine.memory = scene.work.check_memory - 1;
    assert_refused(&scene, PROM_REASON_MEMORY_CHECK, scene.work.check_memory, scene.work.check_memory - 1);
    scene.machine = plain_machine();
    scene.machine.steps_per_second = 5000; /* 202 s, and one for the package */
    assert_refused(&scene, PROM_REASON_VERIFICATION, 203, 200);
    scene.asked.role = PROM_ROLE_CLIENT; /* who verifies itself is asked as both */
    assert_int_equal(look(&scene).reasons.count, 1);
    scene.asked.machine = NULL;
    assert_fits(&scene);
}

/* Everything that is wrong is said, in one go. */
static void test_all_are_told(void **state)
{
    fixture *test = *state;
    struct scene scene;
    make_scene(test, &scene, PROM_ROLE_WORKER);
    scene.terms.P.varsigma = 5000;
    scene.terms.package_max = 10;
    scene.terms.feerate = 11;
    scene.terms.c = prom_amount_of(1999999);
    scene.limits.payload_bytes = 1;
    scene.limits.package_bytes = 1;
    scene.limits.three_max = prom_amount_zero();
    scene.machine = (prom_machine){.memory = 1};
    scene.rates.least = prom_amount_of(3000000);
    scene.asked.funds = prom_amount_zero();
    scene.asked.wished = 1;
    const prom_preflight_found found = look(&scene);
    static const prom_reason_code codes[] = {
        PROM_REASON_SAMPLE,     PROM_REASON_PACKAGE,   PROM_REASON_PAYLOAD,        PROM_REASON_PACKAGE_LIMIT,
        PROM_REASON_FEERATE,    PROM_REASON_FUND,      PROM_REASON_THREE_ARBITERS, PROM_REASON_DEADLINE,
        PROM_REASON_WISHED,     PROM_REASON_STAKE,     PROM_REASON_MEMORY_RUN,     PROM_REASON_MEMORY_PROVE,
        PROM_REASON_REWARD_MAX, PROM_REASON_REWARD_MIN};
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        if (prom_reasons_find(&found.reasons, codes[i]) == NULL) {
            fail_msg("%s is not told", prom_reason_name(codes[i]));
        }
    }
    assert_int_equal(found.reasons.count, COUNT_OF(codes));
    assert_int_equal(prom_reasons_find(&found.reasons, PROM_REASON_DEADLINE)->needed, UINT64_MAX);
}

/* What a node refuses when it is proposed is refused here, and nothing else. */
static void test_agrees_with_the_terms(void **state)
{
    fixture *test = *state;
    uint64_t random = 3;
    size_t fits[2] = {0};
    struct scene scene;
    make_scene(test, &scene, PROM_ROLE_WORKER);
    scene.limits.any_fund = true;
    for (size_t round = 0; round < 4000; round++) {
        const bool worker = random_below(&random, 2) == 0;
        prom_terms *terms = &scene.terms;
        scene.asked.role = worker ? PROM_ROLE_WORKER : PROM_ROLE_VERIFIER;
        scene.work = plain_work(1 + (uint32_t)random_below(&random, 3000));
        scene.machine.effort_per_second = 1 + random_below(&random, 100000);
        scene.machine.steps_per_second = 1 + random_below(&random, 100000);
        scene.machine.bytes_per_second = random_below(&random, 4) == 0 ? 0 : 1 + random_below(&random, 100000);
        scene.asked.work_ahead = (uint32_t)random_below(&random, 3);
        terms->package_max = 100000 + random_below(&random, 1 << 20);
        terms->P.t1 = (uint16_t)random_below(&random, 400);
        terms->c = prom_amount_of(1 + random_below(&random, 2100000));
        terms->feerate = 1 + (uint32_t)random_below(&random, 12);
        terms->job.program_bytes = scene.work.program_bytes;
        terms->job.input_bytes = scene.work.input_bytes;
        prom_job_time time = prom_work_time(&scene.work, &scene.machine, &terms->P);
        time.compute_seconds *= scene.asked.work_ahead + 1;
        time.verify_seconds *= scene.asked.work_ahead + 1;
        const prom_stakes stakes = {&terms->P, terms->c, terms->retainer};
        const prom_preflight_found found = look(&scene);
        const prom_reasons *reasons = &found.reasons;
        const bool in_time = prom_is_ok(worker ? prom_terms_check_work(terms, &time, NULL)
                                               : prom_terms_check_verification(terms, &time, NULL));
        assert_int_equal(in_time, prom_reasons_find(reasons, PROM_REASON_DEADLINE) == NULL &&
                                      prom_reasons_find(reasons, PROM_REASON_VERIFICATION) == NULL);
        assert_int_equal(prom_is_ok(prom_stakes_check(&stakes, NULL)),
                         prom_reasons_find(reasons, PROM_REASON_REWARD_MAX) == NULL &&
                             prom_reasons_find(reasons, PROM_REASON_STAKES_UNSAFE) == NULL);
        assert_int_equal(prom_is_ok(prom_terms_check_limits(test->curve, terms, &scene.limits, NULL)),
                         prom_reasons_find(reasons, PROM_REASON_PAYLOAD) == NULL &&
                             prom_reasons_find(reasons, PROM_REASON_PACKAGE_LIMIT) == NULL &&
                             prom_reasons_find(reasons, PROM_REASON_FEERATE) == NULL);
        fits[in_time]++;
    }
    assert_true(fits[0] > 300 && fits[1] > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_each_reason),
        FIXTURE_TEST(test_a_verifier),
        FIXTURE_TEST(test_all_are_told),
        FIXTURE_TEST(test_agrees_with_the_terms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
