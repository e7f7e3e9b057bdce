/* How often a worker that computes some of 1,000 nodes wrongly is found: as the formula says. */
#include "scheme/toy.h"

#include <math.h>

#include "prometheus/contract/sampling.h"
#include "prometheus/game/odds.h"

enum { NODES = 1000, DRAWS = 10000, VERIFIED = 100 };

static const uint32_t wrongs[] = {1, 2, 5, 10, 20, 50, 200};

/* The node that is wrong as number i: spread, as 397 and 1,000 have no common divisor. */
static size_t wrong_node(size_t i)
{
    return i * 397 % NODES;
}

static prom_sample draw(fixture *test, prom_arena *arena, size_t number, uint16_t varsigma)
{
    uint64_t random = number;
    const prom_bytes32 seed = random_bytes32(&random);
    prom_sample sample;
    assert_ok(prom_sample_draw(arena, &sample, &seed, NODES, varsigma, &test->error), &test->error);
    return sample;
}

/* Which number of a wrong node the sample has first: it finds a worker with more wrong nodes than that. */
static size_t first_found(const prom_sample *sample)
{
    bool is_drawn[NODES] = {false};
    for (size_t i = 0; i < sample->count; i++) {
        is_drawn[sample->positions[i]] = true;
    }
    size_t first = 0;
    while (first < NODES && !is_drawn[wrong_node(first)]) {
        first++;
    }
    return first;
}

/* The chance that the formula has, to the letter: 1 - C(N - k, m) / C(N, m), by the logarithms of factorials. */
static double chance_of(uint32_t wrong, uint32_t sample)
{
    const double right = NODES - wrong;
    return 1 - exp(lgamma(right + 1) - lgamma(right - sample + 1) - lgamma(NODES + 1.0) + lgamma(NODES - sample + 1.0));
}

/* The share found lies in the interval in which 99.9 of 100 such shares lie: 3.29 standard deviations on both sides. */
static void liars_are_found_as_often_as_the_formula_says(void **state)
{
    fixture *test = *state;
    static const uint16_t varsigmas[] = {100, 1000};
    for (size_t i = 0; i < COUNT_OF(varsigmas); i++) {
        const uint32_t sampled = prom_sample_count(NODES, varsigmas[i]);
        size_t found[COUNT_OF(wrongs)] = {0};
        assert_int_equal(sampled, prom_odds_sample(NODES, varsigmas[i]));
        for (size_t number = 0; number < DRAWS; number++) {
            PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
            prom_arena_init(&arena, SIZE_MAX);
            const prom_sample sample = draw(test, &arena, number, varsigmas[i]);
            const size_t first = first_found(&sample);
            assert_int_equal(sample.count, sampled);
            for (size_t at = 0; at < COUNT_OF(wrongs); at++) {
                found[at] += first < wrongs[at] ? 1 : 0;
            }
        }
        for (size_t at = 0; at < COUNT_OF(wrongs); at++) {
            const double chance = prom_odds_detection(NODES, wrongs[at], sampled);
            const double most = 3.29 * sqrt(chance * (1 - chance) / DRAWS);
            const double share = (double)found[at] / DRAWS;
            assert_true(fabs(chance - chance_of(wrongs[at], sampled)) < 1e-9);
            if (fabs(share - chance) > most) {
                fail_msg("%u wrong, %u checked: found in %.4f, wanted %.4f +- %.4f", wrongs[at], sampled, share, chance,
                         most);
            }
        }
    }
}

/* And a sample finds exactly those that it has: the scheme itself, for some of the draws. */
static void scheme_finds_what_is_drawn(void **state)
{
    fixture *test = *state;
    enum { WRONG = 5 };
    struct mapped it = map_items(test, "sum", false, NULL, NODES);
    size_t found = 0;
    for (size_t i = 0; i < WRONG; i++) {
        it.results[wrong_node(i)].fuel--;
    }
    const prom_bytes32 root = root_of_results(test, it.results, it.nodes);
    const prom_span output = output_of_results(test, it.results, it.nodes);
    for (size_t number = 0; number < VERIFIED; number++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_delivery delivery = {.output = output};
        prom_arena_init(&arena, SIZE_MAX);
        const prom_sample sample = draw(test, &arena, number, 1000);
        assert_ok(it.scheme->open_sample(&arena, &delivery.proof, it.job, output, &sample, &test->error), &test->error);
        const prom_result verified = it.scheme->verify(&arena, it.job, &delivery, &root, &sample, NULL, &test->error);
        if (first_found(&sample) < WRONG) {
            assert_fails(verified, PROM_CATEGORY_PEER, &test->error, "has other fuel than the program computes");
            found++;
        } else {
            assert_ok(verified, &test->error);
        }
    }
    assert_in_range(found, 25, 57); /* of 100 with a chance of 0.41 each */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(liars_are_found_as_often_as_the_formula_says),
        FIXTURE_TEST(scheme_finds_what_is_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
