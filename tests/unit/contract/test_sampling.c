#include "support.h"

#include "prometheus/base/amount.h"
#include "prometheus/contract/sampling.h"
#include "prometheus/crypto/hash.h"

static prom_sample draw(fixture *test, const prom_bytes32 *seed, uint32_t items, uint16_t varsigma)
{
    prom_sample sample;
    assert_ok(prom_sample_draw(&test->arena, &sample, seed, items, varsigma, &test->error), &test->error);
    return sample;
}

static prom_bytes32 member_bytes(const json_t *object, const char *key)
{
    return bytes32_of_hex(member_text(object, key));
}

static void seeds_are_those_of_the_vectors(void **state)
{
    (void)state;
    json_t *vectors = load_vectors("draw/draw.json");
    const json_t *vector = NULL;
    size_t i = 0;
    json_array_foreach(member(vectors, "seeds"), i, vector)
    {
        const prom_bytes32 contract_id = member_bytes(vector, "contract_id");
        const prom_bytes32 package_hash = member_bytes(vector, "package_hash");
        const prom_bytes32 block = member_bytes(vector, "block");
        prom_bytes32 seed;
        prom_sampling_seed(&seed, &contract_id, &package_hash, &block);
        assert_hex32(&seed, member_text(vector, "seed"));
    }
    assert_int_equal(i, 2);
    json_decref(vectors);
}

static void samples_are_those_of_the_vectors(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("draw/draw.json");
    const json_t *vector = NULL;
    size_t i = 0;
    json_array_foreach(member(vectors, "samples"), i, vector)
    {
        const prom_bytes32 seed = member_bytes(vector, "seed");
        const json_t *positions = member(vector, "positions");
        const prom_sample sample =
            draw(test, &seed, (uint32_t)member_number(vector, "items"), (uint16_t)member_number(vector, "varsigma"));
        assert_int_equal(sample.count, json_array_size(positions));
        for (size_t at = 0; at < sample.count; at++) {
            assert_int_equal(sample.positions[at], json_integer_value(json_array_get(positions, at)));
        }
    }
    assert_int_equal(i, 7);
    json_decref(vectors);
}

/* Here numbers were drawn again, so as not to prefer the first positions. */
static void large_samples_are_those_of_the_vectors(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("draw/draw.json");
    const json_t *vector = NULL;
    size_t i = 0;
    json_array_foreach(member(vectors, "large_samples"), i, vector)
    {
        const prom_bytes32 seed = member_bytes(vector, "seed");
        const prom_sample sample =
            draw(test, &seed, (uint32_t)member_number(vector, "items"), (uint16_t)member_number(vector, "varsigma"));
        prom_writer writer = prom_writer_in(&test->arena);
        prom_span bytes;
        prom_bytes32 hash;
        assert_true(member_number(vector, "draws") > sample.count);
        for (size_t at = 0; at < sample.count; at++) {
            prom_write_u32(&writer, (uint32_t)sample.positions[at]);
        }
        assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
        prom_sha256(&hash, bytes);
        assert_hex32(&hash, member_text(vector, "hash"));
    }
    assert_int_equal(i, 1);
    json_decref(vectors);
}

/* Each of what the seed is made of changes it. */
static void seed_depends_on_every_part(void **state)
{
    (void)state;
    prom_bytes32 inputs[3] = {{{1}}, {{2}}, {{3}}};
    prom_bytes32 seed;
    prom_bytes32 other;
    prom_sampling_seed(&seed, &inputs[0], &inputs[1], &inputs[2]);
    for (size_t i = 0; i < COUNT_OF(inputs); i++) {
        inputs[i].bytes[31] ^= 1;
        prom_sampling_seed(&other, &inputs[0], &inputs[1], &inputs[2]);
        assert_false(prom_bytes32_equal(&seed, &other));
        inputs[i].bytes[31] ^= 1;
    }
}

static void count_is_rounded_up(void **state)
{
    (void)state;
    static const struct {
        uint32_t items;
        uint16_t varsigma;
        uint32_t count;
    } cases[] = {
        {1, 1, 1},
        {1, 10000, 1},
        {10000, 1, 1},
        {10001, 1, 2},
        {3, 3333, 1},
        {3, 3334, 2},
        {3, 9999, 3},
        {7, 10000, 7},
        {7, 0, 1},
        {7, UINT16_MAX, 7},
        {UINT32_MAX, 1, 429497},
        {UINT32_MAX, 10000, UINT32_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(prom_sample_count(cases[i].items, cases[i].varsigma), cases[i].count);
    }
    for (uint32_t items = 1; items < 300; items++) {
        for (uint32_t varsigma = 1; varsigma <= PROM_BASIS_POINTS_ONE; varsigma += 7) {
            const uint32_t count = prom_sample_count(items, (uint16_t)varsigma);
            assert_true(count * 10000 >= items * varsigma && (count - 1) * 10000 < items * varsigma);
        }
    }
}

/* Rising, in range, as many as wanted; all at ς = 1, whatever the seed. */
static void samples_are_well_formed(void **state)
{
    fixture *test = *state;
    uint64_t random = 2;
    for (size_t round = 0; round < 300; round++) {
        const prom_bytes32 seed = random_bytes32(&random);
        const uint32_t items = 1 + (uint32_t)random_below(&random, 500);
        const uint16_t varsigma = (uint16_t)(1 + random_below(&random, 10000));
        const prom_sample sample = draw(test, &seed, items, varsigma);
        const prom_sample all = draw(test, &seed, items, 10000);
        prom_sample plain;
        assert_int_equal(sample.count, prom_sample_count(items, varsigma));
        for (size_t i = 0; i < sample.count; i++) {
            assert_true(sample.positions[i] < items);
            assert_true(i == 0 || sample.positions[i - 1] < sample.positions[i]);
        }
        assert_ok(prom_sample_all(&test->arena, &plain, items, &test->error), &test->error);
        assert_int_equal(all.count, items);
        assert_int_equal(plain.count, items);
        assert_memory_equal(all.positions, plain.positions, items * sizeof *all.positions);
        assert_int_equal(plain.positions[items - 1], items - 1);
    }
}

/* Pearson's statistic of counts that should all be the same. */
static double chi_square(const size_t *counts, size_t cells, double expected)
{
    double sum = 0;
    for (size_t i = 0; i < cells; i++) {
        const double off = (double)counts[i] - expected;
        sum += off * off / expected;
    }
    return sum;
}

/* All sets of 2 out of 6 items are equally likely: 15 cells, 14 degrees of freedom; 36.12 is exceeded by one seed of
 * the test in a thousand, and this seed is fixed. */
static void every_set_is_equally_likely(void **state)
{
    fixture *test = *state;
    enum { ITEMS = 6, CELLS = 15, SAMPLES = 30000 };
    uint64_t random = 3;
    size_t counts[ITEMS * ITEMS] = {0};
    size_t cells[CELLS];
    size_t cell = 0;
    for (size_t i = 0; i < SAMPLES; i++) {
        const prom_bytes32 seed = random_bytes32(&random);
        const prom_sample sample = draw(test, &seed, ITEMS, 3333);
        assert_int_equal(sample.count, 2);
        counts[sample.positions[0] * ITEMS + sample.positions[1]]++;
    }
    for (size_t first = 0; first < ITEMS; first++) {
        for (size_t second = first + 1; second < ITEMS; second++) {
            cells[cell++] = counts[first * ITEMS + second];
        }
    }
    assert_true(chi_square(cells, CELLS, (double)SAMPLES / (double)CELLS) < 36.12);
}

static void samples_need_memory(void **state)
{
    fixture *test = *state;
    const prom_bytes32 seed = {{1}};
    PROM_SCOPED(prom_arena_free) prom_arena none = {0};
    prom_sample sample;
    prom_arena_init(&none, 0);
    assert_fails(prom_sample_draw(&none, &sample, &seed, 10, 10000, &test->error), PROM_CATEGORY_MEMORY, &test->error,
                 "");
    assert_null(sample.positions);
    assert_fails(prom_sample_all(&none, &sample, 10, &test->error), PROM_CATEGORY_MEMORY, &test->error, "");
    assert_null(sample.positions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(seeds_are_those_of_the_vectors),
        FIXTURE_TEST(samples_are_those_of_the_vectors),
        FIXTURE_TEST(large_samples_are_those_of_the_vectors),
        FIXTURE_TEST(seed_depends_on_every_part),
        FIXTURE_TEST(count_is_rounded_up),
        FIXTURE_TEST(samples_are_well_formed),
        FIXTURE_TEST(every_set_is_equally_likely),
        FIXTURE_TEST(samples_need_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
