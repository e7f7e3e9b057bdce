#include "market/jobs.h"

#include "market/policy.h"

struct scene {
    prom_parameters P;
    prom_policy policy;
    prom_policy_view view;
    prom_bytes32 peer;
    prom_work work;
    prom_ask ask;
};

static void make_scene(fixture *test, struct scene *scene)
{
    const prom_bytes32 genesis = prom_chain_parameters_by_name("regtest")->genesis;
    *scene = (struct scene){.P = valid_parameters(), .peer = named("peer", 0), .work = plain_work(10)};
    scene->P.t1 = 30;
    assert_ok(prom_parameters_fund(test->curve, &scene->P.F, &scene->P, &test->error), &test->error);
    scene->policy = (prom_policy){.on = true,
                                  .rates = plain_rates(),
                                  .contracts_max = 3,
                                  .quote_blocks = 6,
                                  .limits = {.payload_bytes = 1 << 20,
                                             .package_bytes = 1 << 20,
                                             .feerate = 10,
                                             .three_max = prom_amount_of(2000000)},
                                  .machine = plain_machine()};
    scene->view = (prom_policy_view){.genesis = genesis,
                                     .curve = test->curve,
                                     .P = &scene->P,
                                     .node = named("node", 0),
                                     .peer = &scene->peer,
                                     .tip = 1000,
                                     .role = PROM_ROLE_WORKER,
                                     .open = 1,
                                     .disk = UINT64_MAX,
                                     .begins = 1004,
                                     .feerate = 2,
                                     .coins = 1,
                                     .funds = prom_amount_of(10000000),
                                     .fee_coin = prom_amount_of(50000)};
    scene->ask =
        (prom_ask){.nonce = named("nonce", 0), .role = PROM_ROLE_WORKER, .genesis = genesis, .p_txid = named("P", 0)};
    prom_work_sketch(&scene->ask, &scene->work);
}

static prom_quote answer(const struct scene *scene)
{
    prom_quote quote;
    prom_policy_answer(&quote, &scene->policy, &scene->ask, &scene->view);
    return quote;
}

static void test_a_price(void **state)
{
    struct scene scene;
    prom_bytes32 asked;
    make_scene(*state, &scene);
    scene.policy.rates.least = prom_amount_zero();
    prom_ask_hash(&asked, &scene.ask);
    prom_quote quote = answer(&scene);
    assert_int_equal(quote.reason_count, 0);
    assert_true(prom_bytes32_equal(&quote.ask, &asked));
    assert_true(prom_bytes32_equal(&quote.node, &scene.view.node));
    const prom_amount price =
        prom_price_of(&scene.policy.rates, &scene.work, &scene.P, PROM_ROLE_WORKER, prom_amount_of(2 * 101));
    assert_true(prom_amount_equal(quote.price, price)); /* what it asks for when it has the program */
    assert_int_equal(quote.capacity, 2);
    assert_int_equal(quote.begins, 1004);
    assert_int_equal(quote.valid_until, 1006);
    scene.view.begins = 0;
    assert_int_equal(answer(&scene).begins, 1000);
    scene.ask.role = PROM_ROLE_VERIFIER;
    prom_work_sketch(&scene.ask, &scene.work);
    quote = answer(&scene);
    const prom_amount checked =
        prom_price_of(&scene.policy.rates, &scene.work, &scene.P, PROM_ROLE_VERIFIER, prom_amount_of(2 * 101));
    assert_true(prom_amount_equal(quote.price, checked) && prom_amount_above(price, checked));
}

static void assert_only(const struct scene *scene, prom_reason_code code)
{
    const prom_quote quote = answer(scene);
    assert_int_equal(quote.reason_count, 1);
    assert_int_equal(quote.reasons[0].code, code);
    assert_true(prom_amount_is_zero(quote.price));
}

static void test_refusals(void **state)
{
    struct scene scene;
    const prom_bytes32 other = named("other", 0);
    make_scene(*state, &scene);
    const struct scene good = scene;
#define AGAIN (scene = good, scene.view.P = &scene.P, scene.view.peer = &scene.peer)
    AGAIN;
    scene.policy.on = false;
    assert_only(&scene, PROM_REASON_ROLE);
    AGAIN;
    scene.ask.genesis.bytes[3] ^= 1;
    assert_only(&scene, PROM_REASON_CHAIN);
    AGAIN;
    scene.view.P = NULL;
    assert_only(&scene, PROM_REASON_P_UNKNOWN);
    AGAIN;
    scene.policy.accepted = (prom_key_list){&other, 1};
    assert_only(&scene, PROM_REASON_P_REFUSED);
    AGAIN;
    scene.policy.allowed = (prom_key_list){&other, 1};
    assert_only(&scene, PROM_REASON_PEER_DENIED);
    scene.policy.allowed = (prom_key_list){&scene.peer, 1};
    assert_int_equal(answer(&scene).reason_count, 0);
    scene.policy.denied = (prom_key_list){&scene.peer, 1}; /* denied is denied, though allowed */
    assert_only(&scene, PROM_REASON_PEER_DENIED);
    AGAIN;
    scene.view.open = 3;
    assert_only(&scene, PROM_REASON_BUSY);
    assert_int_equal(answer(&scene).capacity, 0);
    AGAIN;
    scene.view.disk = scene.ask.program_bytes + scene.ask.input_bytes + 2 * scene.ask.package_bytes;
    assert_int_equal(answer(&scene).reason_count, 0);
    scene.view.disk--;
    assert_only(&scene, PROM_REASON_DISK);
    assert_int_equal(answer(&scene).reasons[0].there, scene.view.disk);
    AGAIN;
    scene.policy.peer_max = prom_amount_add(scene.P.w, prom_amount_of(7)); /* its stake, beside those that are there */
    scene.view.staked = prom_amount_of(7);
    assert_int_equal(answer(&scene).reason_count, 0);
    scene.view.staked = prom_amount_of(8);
    assert_only(&scene, PROM_REASON_CAP_PEER);
    scene.view.role = PROM_ROLE_VERIFIER;
    scene.policy.peer_max = prom_amount_add(scene.P.v, prom_amount_of(8));
    assert_int_equal(answer(&scene).reason_count, 0);
    scene.policy.peer_max = prom_amount_add(scene.P.v, prom_amount_of(7));
    assert_only(&scene, PROM_REASON_CAP_PEER);
    AGAIN;
    scene.ask.memory = scene.policy.machine.memory + 1;
    assert_only(&scene, PROM_REASON_MEMORY_PROVE);
    AGAIN;
    scene.ask.macs = UINT64_MAX;
    prom_quote quote = answer(&scene);
    assert_int_equal(quote.reason_count, 2); /* it takes for ever, at a price that is no number */
    AGAIN;
    scene.view.funds = prom_amount_of(5);
    assert_only(&scene, PROM_REASON_STAKE);
    quote = answer(&scene);
    assert_true(quote.reasons[0].needed > 2000000 && quote.reasons[0].there == 0); /* what we have is our affair */
    scene.policy.on = false;
    scene.view.open = 9;
    quote = answer(&scene);
    assert_int_equal(quote.reason_count, 2);
#undef AGAIN
}

/* What would take a larger reward than the owner takes part in is refused with the ask, not with the proposal. */
static void test_a_reward_that_is_too_large(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    const uint64_t price = sat_of(answer(&scene).price);
    scene.policy.limits.reward_max = prom_amount_of(2 * price);
    assert_int_equal(answer(&scene).reason_count, 0);
    scene.policy.limits.reward_max = prom_amount_of(price - 1);
    const prom_quote quote = answer(&scene);
    assert_int_equal(quote.reason_count, 1);
    assert_int_equal(quote.reasons[0].code, PROM_REASON_CAP_PRICE);
    assert_true(quote.reasons[0].needed >= price);
    assert_int_equal(quote.reasons[0].there, price - 1);
}

/* Who asks about integers may know of no modules, and hashes no more than it knows. */
static void test_fuel_is_told_of_modules_alone(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    scene.policy.rates.least = prom_amount_zero();
    scene.policy.rates.fuel = 3000000;
    scene.policy.machine.fuel_per_second = 5;
    prom_quote quote = answer(&scene);
    assert_true(quote.rates.fuel == 0 && quote.machine.fuel_per_second == 0);
    const uint64_t price = sat_of(quote.price);
    scene.ask.fuel = 1000;
    quote = answer(&scene);
    assert_int_equal(quote.reason_count, 0);
    assert_true(quote.rates.fuel == 3000000 && quote.machine.fuel_per_second == 5);
    assert_int_equal(sat_of(quote.price), price + 3);
    scene.policy.machine.fuel_per_second = 0; /* it runs none */
    assert_only(&scene, PROM_REASON_DEADLINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_a_price),
        FIXTURE_TEST(test_a_reward_that_is_too_large),
        FIXTURE_TEST(test_refusals),
        FIXTURE_TEST(test_fuel_is_told_of_modules_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
