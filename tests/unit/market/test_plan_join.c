/* The last step of a plan. */
#include "market/planning.h"

static prom_module module = {
    .limits =
        {.folds = true, .pages = 1, .result_bytes = 100, .fold_bytes = 100, .fuel = 1000000, .fold_fuel = 1000000},
    .code = {(const uint8_t *)"code", 4}};

static void make_joined(fixture *test, struct scene *scene, uint32_t own_folds)
{
    make_scene(test, scene);
    scene->request.parts_min = 4;
    scene->request.joined = &module;
    scene->request.joining = (prom_joining){.folds = true, .own_folds = own_folds, .parts_max = 256};
    for (size_t i = 0; i < OFFERS; i++) {
        scene->quotes[i].machine.fuel_per_second = 1000000;
        scene->quotes[i].rates.fuel = 1000 * (i + 1);
        sign_quote(scene, i);
    }
}

static void test_the_own_node_joins(void **state)
{
    struct scene scene;
    make_joined(*state, &scene, 3);
    const prom_machine machine = {.fuel_per_second = 1000000};
    scene.request.machine = &machine;
    const prom_plan *plan = make_plan(&scene);
    assert_int_equal(plan->part_count, 4);
    assert_int_equal(plan->join.joiner, PROM_JOINER_OWN);
    assert_int_equal(plan->join.parts, 4);
    assert_int_equal(plan->join.seconds, 4); /* three of a second, and their instances */
    assert_true(prom_amount_equal(prom_plan_cost(plan), plan->cost));
    for (size_t i = 0; i < plan->part_count; i++) {
        assert_true(plan->parts[i].ready > scene.request.tip && plan->parts[i].ready <= plan->join.begins);
    }
}

static void test_a_contract_joins(void **state)
{
    struct scene scene;
    make_joined(*state, &scene, 2);
    const prom_plan *plan = make_plan(&scene);
    const prom_plan_join *join = &plan->join;
    assert_int_equal(join->joiner, PROM_JOINER_CONTRACT);
    assert_int_equal(join->reasons.count, 0);
    assert_int_equal(join->part.items, 4);
    assert_int_equal(join->part.first, 107);
    assert_int_equal(join->part.offer, 0); /* the cheapest */
    assert_true(join->part.ready > join->begins);
    assert_int_equal(sat_of(prom_plan_cost(plan)), sat_of(plan->cost) + sat_of(join->part.cost));
    assert_int_equal(sat_of(prom_plan_fees(plan)), sat_of(plan->fees) + sat_of(join->part.fees));
    scene.request.wished = join->begins; /* the parts are there by then, and not what joins them */
    const prom_plan *late = make_plan(&scene);
    assert_int_equal(late->join.reasons.list[0].code, PROM_REASON_WISHED);
    assert_true(prom_amount_equal(prom_plan_cost(late), late->cost));
}

/* A cap that holds all parts, and not what joins them. */
static void test_a_cap_leaves_nothing_for_it(void **state)
{
    struct scene scene;
    make_joined(*state, &scene, 0);
    const prom_plan *plan = make_plan(&scene);
    const uint64_t parts = sat_of(plan->cost) + sat_of(plan->fees);
    const uint64_t whole = parts + sat_of(plan->join.part.cost) + sat_of(plan->join.part.fees);
    scene.request.caps.job = prom_amount_of(whole);
    assert_int_equal(make_plan(&scene)->join.reasons.count, 0);
    scene.request.caps.job = prom_amount_of(whole - 1);
    plan = make_plan(&scene);
    assert_int_equal(plan->left, 0);
    assert_int_equal(plan->join.reasons.list[0].code, PROM_REASON_CAP_JOB);
}

static void test_nothing_is_joined(void **state)
{
    struct scene scene;
    make_joined(*state, &scene, 0);
    scene.request.parts_min = 1;
    assert_int_equal(make_plan(&scene)->join.joiner, PROM_JOINER_NONE);
    make_joined(*state, &scene, 0);
    scene.request.joining.folds = false;
    assert_int_equal(make_plan(&scene)->join.joiner, PROM_JOINER_NONE);
}

/* What is joined is one contract's, or nobody's. */
static void test_what_is_undivided(void **state)
{
    struct scene scene;
    uint32_t provable = 100;
    make_scene(*state, &scene);
    scene.request.source.context = &provable;
    scene.request.undivided = true;
    assert_int_equal(make_plan(&scene)->part_count, 1);
    provable = 99;
    const prom_plan *plan = make_plan(&scene);
    assert_int_equal(plan->part_count, 0);
    assert_int_equal(plan->offers[0].reasons.list[0].code, PROM_REASON_UNPROVABLE);
}

static void tell(void *context, const char *text)
{
    char *all = context;
    strcat(strcat(all, text), "\n");
}

static void test_it_says_so(void **state)
{
    struct scene scene;
    char text[8192] = "";
    make_joined(*state, &scene, 0);
    prom_plan_tell(make_plan(&scene), tell, text);
    assert_non_null(strstr(text, "then 3 folds join the parts, by worker 1, "));
    text[0] = '\0';
    scene.request.joining.own_folds = UINT32_MAX;
    prom_plan_tell(make_plan(&scene), tell, text);
    assert_non_null(strstr(text, "then 3 folds join the parts, by this node"));
    text[0] = '\0';
    scene.request.joining.own_folds = 0;
    scene.request.wished = make_plan(&scene)->join.begins;
    prom_plan_tell(make_plan(&scene), tell, text);
    assert_non_null(strstr(text, "nobody joins the parts: the result would be there at height"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_the_own_node_joins),          FIXTURE_TEST(test_a_contract_joins),
        FIXTURE_TEST(test_a_cap_leaves_nothing_for_it), FIXTURE_TEST(test_nothing_is_joined),
        FIXTURE_TEST(test_what_is_undivided),           FIXTURE_TEST(test_it_says_so),
    };
    return cmocka_run_group_tests_name("market/plan_join", tests, NULL, NULL);
}
