#include "market/jobs.h"

#include "market/plan.h"

#define NONE prom_amount_of(PROM_AMOUNT_MAX)

enum { OFFERS = 4 };

/* A batch, and workers of different prices that may take parts of it. */
struct scene {
    fixture *test;
    prom_terms terms;
    prom_quote quotes[OFFERS];
    prom_plan_offer offers[OFFERS];
    prom_plan_request request;
};

static prom_result work_of(void *context, prom_work *work, uint32_t items, prom_error *error)
{
    const uint32_t *provable = context;
    *work = plain_work(items);
    return items <= *provable ? prom_ok()
                              : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "no proof of so many items can be made");
}

static uint32_t all_provable = UINT32_MAX;

static void sign_quote(struct scene *scene, size_t at)
{
    prom_bytes32 hash;
    const prom_key key = named_key(scene->test, "worker", at);
    scene->quotes[at].node = key.public_key;
    prom_quote_hash(&hash, &scene->quotes[at]);
    scene->quotes[at].signature = sign_hash(scene->test, &key, &hash);
}

static void make_scene(fixture *test, struct scene *scene)
{
    const struct cast cast = make_cast(test);
    *scene = (struct scene){.test = test, .terms = valid_terms(test, &cast, 3)};
    scene->terms.P.t1 = 60;
    scene->terms.c = prom_amount_zero();
    scene->terms.retainer = prom_amount_of(100);
    scene->terms.package_max = 0;
    for (size_t i = 0; i < OFFERS; i++) {
        scene->quotes[i] = (prom_quote){.ask = named("ask", i),
                                        .price = prom_amount_of(1),
                                        .rates = plain_rates(),
                                        .machine = plain_machine(),
                                        .begins = 1000,
                                        .capacity = 2,
                                        .valid_until = 1010};
        scene->quotes[i].rates.effort = 1000000 * (i + 1);
        scene->offers[i] = (prom_plan_offer){
            .quote = &scene->quotes[i], .ask = named("ask", i), .spent = prom_amount_zero(), .trust = 1000};
        sign_quote(scene, i);
    }
    scene->request = (prom_plan_request){.terms = &scene->terms,
                                         .source = {work_of, &all_provable},
                                         .first = 7,
                                         .items = 100,
                                         .caps = {NONE, NONE, NONE, NONE, NONE, 10000},
                                         .spent = {prom_amount_zero(), prom_amount_zero(), prom_amount_zero()},
                                         .curve = test->curve,
                                         .coins = 1,
                                         .tip = 1000};
}

/* Whatever the plan is: parts follow on each other, nobody has more than it takes, and the sums are sums. */
static prom_plan *make_plan(struct scene *scene)
{
    fixture *test = scene->test;
    prom_plan *plan = NULL;
    uint32_t next = scene->request.first;
    prom_amount cost = prom_amount_zero();
    prom_amount fees = prom_amount_zero();
    uint32_t parts[OFFERS] = {0};
    assert_ok(prom_plan_make(&test->arena, &plan, &scene->request, scene->offers, OFFERS, &test->error), &test->error);
    for (size_t i = 0; i < plan->part_count; i++) {
        const prom_plan_part *part = &plan->parts[i];
        assert_int_equal(part->first, next);
        assert_true(part->items > 0 && part->items <= plan->offers[part->offer].items_max);
        assert_true(++parts[part->offer] <= scene->quotes[part->offer].capacity);
        assert_true(prom_amount_at_least(prom_share_of_worker(&scene->terms.P, part->c), part->price_w));
        next += part->items;
        cost = prom_amount_add(cost, part->cost);
        fees = prom_amount_add(fees, part->fees);
    }
    assert_int_equal(next + plan->left, scene->request.first + scene->request.items);
    assert_true(prom_amount_equal(plan->cost, cost) && prom_amount_equal(plan->fees, fees));
    assert_int_equal(plan->left > 0, plan->reasons.count > 0);
    return plan;
}

static void test_the_cheapest_gets_all(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    const prom_plan *plan = make_plan(&scene);
    assert_int_equal(plan->part_count, 1);
    assert_int_equal(plan->parts[0].offer, 0);
    assert_int_equal(plan->left, 0);
    assert_true(prom_amount_is_zero(plan->parts[0].price_v));
}

static void test_parts_fit_the_machine(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    scene.quotes[0].machine.memory = plain_work(23).prove_memory; /* 23 items, two contracts */
    sign_quote(&scene, 0);
    const prom_plan *plan = make_plan(&scene);
    assert_int_equal(plan->offers[0].items_max, 23);
    assert_int_equal(plan->offers[0].reasons.list[0].code, PROM_REASON_MEMORY_PROVE);
    assert_int_equal(plan->offers[0].reasons.list[0].needed, plain_work(24).prove_memory);
    assert_int_equal(plan->part_count, 3);
    assert_int_equal(plan->parts[0].items, 23);
    assert_int_equal(plan->parts[1].items, 23);
    assert_int_equal(plan->parts[2].items, 54);
    assert_int_equal(plan->parts[2].offer, 1);
    scene.request.items = 31; /* as evenly as can be */
    plan = make_plan(&scene);
    assert_int_equal(plan->part_count, 2);
    assert_int_equal(plan->parts[0].items, 16);
    assert_int_equal(plan->parts[1].items, 15);
}

static void test_spreading(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    scene.request.parts_min = 4;
    scene.request.workers_min = 2;
    const prom_plan *plan = make_plan(&scene);
    assert_int_equal(plan->part_count, 4);
    assert_int_equal(plan->offers[0].parts, 2);
    assert_int_equal(plan->offers[1].parts, 2);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(plan->parts[i].items, 25);
    }
    scene.request.parts_min = 2; /* where there is no second worker the first gets all that it takes */
    for (size_t i = 1; i < OFFERS; i++) {
        scene.offers[i].failed = true;
    }
    plan = make_plan(&scene);
    assert_int_equal(plan->offers[0].parts, 2);
    assert_int_equal(plan->left, 0);
    make_scene(*state, &scene);
    scene.request.parts_min = 4;
    scene.request.workers_min = 2;
    scene.request.items = 3; /* there are no more parts than items */
    assert_int_equal(make_plan(&scene)->part_count, 3);
    scene.request.items = 100;
    scene.request.parts_min = 8; /* all that there is room for */
    plan = make_plan(&scene);
    assert_int_equal(plan->left, 0);
    assert_int_equal(plan->part_count, 8);
    scene.request.parts_min = 10;
    plan = make_plan(&scene);
    assert_int_equal(plan->left, 20);
    assert_int_equal(plan->reasons.list[0].code, PROM_REASON_UNPLACED);
    assert_int_equal(plan->reasons.list[0].there, 80);
}

static void test_offers_that_are_not_taken(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    scene.offers[0].failed = true;
    scene.quotes[1].valid_until = 999;
    sign_quote(&scene, 1);
    scene.quotes[2].price = prom_amount_of(2); /* not what was signed */
    scene.quotes[3].reason_count = 1;
    scene.quotes[3].reasons[0] = (prom_quote_reason){777, 3, 5, 4};
    sign_quote(&scene, 3);
    const prom_plan *plan = make_plan(&scene);
    static const unsigned codes[OFFERS] = {PROM_REASON_PEER_FAILED, PROM_REASON_QUOTE_OLD, PROM_REASON_QUOTE_FORGED,
                                           777};
    for (size_t i = 0; i < OFFERS; i++) {
        assert_int_equal(plan->offers[i].reasons.count, 1);
        assert_int_equal(plan->offers[i].reasons.list[0].code, codes[i]);
    }
    assert_int_equal(plan->left, 100);
    make_scene(*state, &scene);
    scene.offers[2].ask = named("ask", 9); /* it answers another ask */
    plan = make_plan(&scene);
    assert_int_equal(plan->offers[2].reasons.list[0].code, PROM_REASON_QUOTE_FORGED);
    assert_int_equal(plan->offers[1].reasons.count, 0);
}

/* Who is not trusted must be twice as cheap. */
static void test_trust(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    scene.offers[0].trust = 0; /* half the price of the second: not cheaper, as fees are the same */
    assert_int_equal(make_plan(&scene)->parts[0].offer, 1);
    scene.offers[0].trust = 300;
    assert_int_equal(make_plan(&scene)->parts[0].offer, 0);
}

static void test_caps(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    scene.request.parts_min = 4;
    const prom_plan *whole = make_plan(&scene);
    const prom_amount one = prom_amount_add(whole->parts[0].cost, whole->parts[0].fees);
    assert_int_equal(whole->part_count, 4);
    scene.request.caps.peer = prom_amount_multiply(whole->parts[0].cost, 1);
    const prom_plan *plan = make_plan(&scene); /* the second contract goes to somebody else */
    assert_int_equal(plan->offers[0].parts, 1);
    assert_int_equal(plan->offers[0].reasons.list[0].code, PROM_REASON_CAP_PEER);
    scene.offers[0].spent = prom_amount_of(1);
    assert_int_equal(make_plan(&scene)->offers[0].parts, 0);
    scene.offers[0].spent = prom_amount_zero();
    scene.request.caps.peer = NONE;
    scene.request.caps.job = prom_amount_add(one, one);
    plan = make_plan(&scene);
    assert_int_equal(plan->part_count, 2);
    assert_int_equal(plan->reasons.list[0].code, PROM_REASON_CAP_JOB);
    scene.request.spent.job = prom_amount_of(1);
    assert_int_equal(make_plan(&scene)->part_count, 1);
    scene.request.spent.day = scene.request.caps.job;
    scene.request.caps.day = scene.request.caps.job;
    scene.request.caps.job = NONE;
    plan = make_plan(&scene);
    assert_int_equal(plan->part_count, 0);
    assert_int_equal(plan->reasons.list[0].code, PROM_REASON_CAP_DAY);
    scene.request.caps.day = NONE;
    scene.request.caps.fees = prom_amount_multiply(whole->parts[0].fees, 3);
    plan = make_plan(&scene);
    assert_int_equal(plan->part_count, 3);
    assert_int_equal(plan->reasons.list[0].code, PROM_REASON_CAP_FEES);
    scene.request.caps.fees = NONE;
    scene.request.caps.contract = whole->parts[0].cost; /* the others are dearer, or give smaller parts */
    plan = make_plan(&scene);
    assert_true(plan->offers[1].items_max < 25);
    assert_int_equal(plan->offers[1].reasons.list[0].code, PROM_REASON_CAP_PRICE);
}

/* What a contract costs on the chain makes small parts uneconomic: then there are fewer of them. */
static void test_fees_make_parts_larger(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    scene.request.parts_min = 8;
    scene.terms.feerate = 20;
    const prom_plan *plan = make_plan(&scene);
    assert_int_equal(plan->part_count, 8);
    scene.request.caps.fees_share = 7000;
    plan = make_plan(&scene);
    for (size_t i = 0; i < plan->part_count; i++) {
        const prom_plan_part *part = &plan->parts[i];
        assert_true(sat_of(part->fees) * 10 <= 7 * (sat_of(part->fees) + sat_of(part->cost)));
    }
    scene.request.caps.fees_share = 1;
    plan = make_plan(&scene);
    assert_int_equal(plan->part_count, 0);
    assert_int_equal(plan->offers[0].reasons.list[0].code, PROM_REASON_FEES_SHARE);
    assert_true(plan->offers[0].reasons.list[0].needed > 1);
}

static void test_a_third_verifies(void **state)
{
    struct scene scene;
    prom_machine machine = plain_machine();
    const prom_rates rates = {.effort = 1000000, .least = prom_amount_of(500)};
    make_scene(*state, &scene);
    const prom_plan *own = make_plan(&scene);
    scene.request.verifier = &rates;
    scene.request.verifier_machine = &machine;
    const prom_plan *plan = make_plan(&scene);
    assert_true(prom_amount_above(plan->parts[0].price_v, prom_amount_zero()));
    assert_true(prom_amount_above(plan->parts[0].cost, own->parts[0].cost));
    machine.memory = plain_work(9).check_memory;
    plan = make_plan(&scene);
    assert_int_equal(plan->offers[0].items_max, 9);
    assert_int_equal(plan->offers[0].reasons.list[0].code, PROM_REASON_MEMORY_CHECK);
}

static void test_ends(void **state)
{
    struct scene scene;
    uint32_t provable = 40;
    fixture *test = *state;
    prom_plan *plan = NULL;
    make_scene(test, &scene);
    scene.request.source.context = &provable;
    assert_int_equal(make_plan(&scene)->offers[0].items_max, 40);
    provable = 0;
    assert_int_equal(make_plan(&scene)->offers[3].reasons.list[0].code, PROM_REASON_UNPROVABLE);
    scene.request.items = 0;
    assert_fails(prom_plan_make(&test->arena, &plan, &scene.request, scene.offers, OFFERS, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "no plan for 0 items");
    scene.request.items = UINT32_MAX;
    assert_fails(prom_plan_make(&test->arena, &plan, &scene.request, scene.offers, OFFERS, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "no plan");
    scene.request.first = 0;
    (void)make_plan(&scene);
}

/* The plan is the same again, keeps all caps, and wants no item twice: of random offers and caps. */
static void test_random_plans(void **state)
{
    fixture *test = *state;
    uint64_t random = 5;
    size_t whole = 0;
    struct scene scene;
    make_scene(test, &scene);
    for (size_t round = 0; round < 60; round++) {
        for (size_t i = 0; i < OFFERS; i++) {
            scene.quotes[i].capacity = (uint32_t)random_below(&random, 5);
            scene.quotes[i].machine.memory = plain_work(1 + (uint32_t)random_below(&random, 200)).prove_memory;
            scene.quotes[i].rates.effort = random_below(&random, 5000000);
            scene.offers[i].trust = (uint32_t)random_below(&random, 1200);
            sign_quote(&scene, i);
        }
        scene.request.items = 1 + (uint32_t)random_below(&random, 400);
        scene.request.parts_min = (uint32_t)random_below(&random, 10);
        scene.request.workers_min = (uint32_t)random_below(&random, 4);
        scene.request.caps.job = prom_amount_of(random_below(&random, 300000));
        scene.request.caps.peer = prom_amount_of(random_below(&random, 200000));
        scene.request.caps.fees_share = (uint16_t)(2000 + random_below(&random, 8001));
        const prom_plan *plan = make_plan(&scene);
        const prom_plan *again = make_plan(&scene);
        assert_memory_equal(plan->parts, again->parts, plan->part_count * sizeof plan->parts[0]);
        assert_true(prom_amount_at_least(scene.request.caps.job, prom_amount_add(plan->cost, plan->fees)));
        whole += plan->left == 0;
    }
    assert_true(whole > 5 && whole < 55);
}

static void count_line(void *context, const char *text)
{
    size_t *counts = context;
    counts[0] += strncmp(text, "part ", 5) == 0;
    counts[1] += strncmp(text, "worker ", 7) == 0;
    counts[2]++;
}

static void test_it_explains_itself(void **state)
{
    struct scene scene;
    size_t counts[3] = {0};
    make_scene(*state, &scene);
    scene.offers[0].failed = true;
    prom_plan_tell(make_plan(&scene), count_line, counts);
    assert_true(counts[0] == 1 && counts[1] == 1 && counts[2] == 2);
    scene.request.caps.job = prom_amount_of(5);
    memset(counts, 0, sizeof counts);
    prom_plan_tell(make_plan(&scene), count_line, counts);
    assert_true(counts[0] == 0 && counts[1] == 1 && counts[2] == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_the_cheapest_gets_all),
        FIXTURE_TEST(test_parts_fit_the_machine),
        FIXTURE_TEST(test_spreading),
        FIXTURE_TEST(test_offers_that_are_not_taken),
        FIXTURE_TEST(test_trust),
        FIXTURE_TEST(test_caps),
        FIXTURE_TEST(test_fees_make_parts_larger),
        FIXTURE_TEST(test_a_third_verifies),
        FIXTURE_TEST(test_ends),
        FIXTURE_TEST(test_random_plans),
        FIXTURE_TEST(test_it_explains_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
