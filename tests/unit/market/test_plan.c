#include "market/planning.h"

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

/* What the owner offers is what a contract costs, by every cap; it is to cover what is asked for, and to be safe. */
static void test_the_owners_reward_is_planned_with(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    const prom_amount smallest = make_plan(&scene)->parts[0].c;
    const prom_amount offered = prom_amount_add(smallest, prom_amount_of(5000));
    scene.request.reward = offered;
    const prom_plan *plan = make_plan(&scene);
    assert_int_equal(plan->part_count, 1);
    assert_true(prom_amount_equal(plan->parts[0].c, offered));
    assert_true(prom_amount_equal(plan->cost, prom_reward_cost(&scene.terms.P, offered, scene.terms.retainer, true)));
    scene.request.caps.contract = prom_amount_subtract(plan->cost, prom_amount_of(1));
    assert_int_equal(make_plan(&scene)->part_count, 0);
    scene.request.caps.contract = NONE;
    scene.request.reward = prom_amount_subtract(smallest, prom_amount_of(1)); /* enough for smaller parts */
    plan = make_plan(&scene);
    assert_true(plan->part_count > 1);
    assert_true(prom_amount_equal(plan->parts[0].c, scene.request.reward));
    assert_int_equal(plan->offers[0].reasons.list[0].code, PROM_REASON_REWARD_MIN);
    scene.request.reward =
        prom_amount_add(prom_stakes_reward_max(&scene.terms.P, scene.terms.retainer), prom_amount_of(1));
    plan = make_plan(&scene);
    assert_int_equal(plan->part_count, 0);
    assert_int_equal(plan->offers[0].reasons.list[0].code, PROM_REASON_REWARD_MAX);
}

/* Several coins in a contract cost more than one, the own verifier's too. */
static void test_coins_are_reckoned_with(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    const uint8_t n = scene.terms.P.n;
    for (scene.request.coins = 1; scene.request.coins <= 3; scene.request.coins += 2) {
        const uint32_t coins = scene.request.coins;
        const prom_amount client = prom_contract_fees_of(PROM_ROLE_CLIENT, n, scene.terms.feerate, coins).normal;
        const prom_amount own = prom_contract_fees_of(PROM_ROLE_VERIFIER, n, scene.terms.feerate, coins).normal;
        scene.request.caps.fees = prom_amount_add(client, own);
        const prom_plan *plan = make_plan(&scene);
        assert_true(prom_amount_equal(plan->parts[0].fees, scene.request.caps.fees));
    }
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
    scene.request.items = 9; /* so many parts, though three of three items would do */
    plan = make_plan(&scene);
    assert_int_equal(plan->part_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(plan->parts[i].items, i == 0 ? 3 : 2);
    }
    assert_int_equal(plan->offers[1].parts, 2);
    scene.request.workers_min = 1;
    assert_int_equal(make_plan(&scene)->part_count, 4);
    scene.request.workers_min = 2;
    scene.request.items = 100;
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

/* The owner's standing caps count what is open with a worker, and the parts of the plan. */
static void test_standing_caps(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    scene.request.parts_min = 4;
    const prom_plan_part part = make_plan(&scene)->parts[0];
    const prom_amount one = prom_amount_add(part.cost, part.fees);
    scene.request.standing.peer = prom_amount_add(one, prom_amount_of(3));
    scene.offers[0].open = prom_amount_of(3);
    const prom_plan *plan = make_plan(&scene);
    assert_int_equal(plan->offers[0].parts, 1);
    assert_int_equal(plan->offers[0].reasons.list[0].code, PROM_REASON_CAP_PEER);
    scene.offers[0].open = prom_amount_of(4);
    assert_int_equal(make_plan(&scene)->offers[0].parts, 0);
    scene.request.standing = (prom_standing_caps){.job = prom_amount_add(one, one), .day = prom_amount_add(one, one)};
    assert_int_equal(make_plan(&scene)->part_count, 2);
    scene.request.spent.day = prom_amount_of(1);
    plan = make_plan(&scene);
    assert_int_equal(plan->part_count, 1);
    assert_int_equal(plan->reasons.list[0].code, PROM_REASON_CAP_DAY);
    scene.request.spent.day = prom_amount_zero();
    scene.request.spent.job = prom_amount_add(one, prom_amount_of(1));
    plan = make_plan(&scene);
    assert_int_equal(plan->part_count, 0);
    assert_int_equal(plan->reasons.list[0].code, PROM_REASON_CAP_JOB);
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
        FIXTURE_TEST(test_the_owners_reward_is_planned_with),
        FIXTURE_TEST(test_coins_are_reckoned_with),
        FIXTURE_TEST(test_parts_fit_the_machine),
        FIXTURE_TEST(test_spreading),
        FIXTURE_TEST(test_offers_that_are_not_taken),
        FIXTURE_TEST(test_trust),
        FIXTURE_TEST(test_caps),
        FIXTURE_TEST(test_standing_caps),
        FIXTURE_TEST(test_fees_make_parts_larger),
        FIXTURE_TEST(test_a_third_verifies),
        FIXTURE_TEST(test_ends),
        FIXTURE_TEST(test_random_plans),
        FIXTURE_TEST(test_it_explains_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
