/* Plans of quotes whose numbers are anything. */
#include "market/planning.h"

static uint64_t any_number(uint64_t *random)
{
    static const uint64_t extremes[] = {0,         1,    2,       UINT32_MAX,     UINT64_MAX,
                                        INT64_MAX, 1000, 1000000, UINT64_MAX - 1, (uint64_t)1 << 63};
    const uint64_t which = random_below(random, 2 * COUNT_OF(extremes));
    return which < COUNT_OF(extremes) ? extremes[which] : random_below(random, (uint64_t)1 << (which * 2));
}

/* Whatever workers and a verifier say in the numbers of their quotes, the plan is one, and within all caps. */
static void test_lies_in_every_number(void **state)
{
    enum { ROUNDS = 2000, SUM_MAX = 3000000, FEES_MAX = 20000 };
    uint64_t random = 11;
    size_t planned = 0;
    for (size_t i = 0; i < ROUNDS; i++) {
        struct scene scene;
        prom_quote verifier = {.price = prom_amount_zero()};
        make_scene(*state, &scene);
        scene.request.caps = (prom_caps){prom_amount_of(SUM_MAX / 2), prom_amount_of(SUM_MAX),  prom_amount_of(SUM_MAX),
                                         prom_amount_of(SUM_MAX),     prom_amount_of(FEES_MAX), 10000};
        scene.request.tip = (uint32_t)any_number(&random);
        for (size_t offer = 0; offer <= OFFERS; offer++) {
            prom_quote *quote = offer < OFFERS ? &scene.quotes[offer] : &verifier;
            if (offer < OFFERS && random_below(&random, 3) == 0) {
                continue; /* an honest one */
            }
            const uint64_t least = any_number(&random);
            quote->price = prom_amount_of(any_number(&random));
            quote->rates = (prom_rates){any_number(&random), any_number(&random), any_number(&random),
                                        prom_amount_of(least), any_number(&random)};
            quote->machine = (prom_machine){any_number(&random), any_number(&random), any_number(&random),
                                            any_number(&random), any_number(&random), any_number(&random)};
            quote->begins = (uint32_t)any_number(&random);
            quote->capacity = (uint32_t)any_number(&random);
            quote->valid_until = random_below(&random, 2) == 0 ? UINT32_MAX : (uint32_t)any_number(&random);
            if (offer < OFFERS) {
                sign_quote(&scene, offer);
            }
        }
        if (random_below(&random, 2) == 0) {
            scene.request.verifier = &verifier.rates;
            scene.request.verifier_machine = &verifier.machine;
        }
        const prom_plan *plan = make_plan(&scene);
        const prom_amount all = prom_amount_add(plan->cost, plan->fees);
        assert_true(prom_amount_at_least(prom_amount_of(SUM_MAX), all));
        assert_true(prom_amount_at_least(prom_amount_of(FEES_MAX), plan->fees));
        for (size_t part = 0; part < plan->part_count; part++) {
            assert_true(prom_amount_at_least(prom_amount_of(SUM_MAX / 2), plan->parts[part].cost));
        }
        planned += plan->part_count > 0;
    }
    assert_true(planned > ROUNDS / 20 && planned < ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_lies_in_every_number)};
    return cmocka_run_group_tests_name("market/plan_lies", tests, NULL, NULL);
}
