#include "program/layer_traits.h"
#include "prometheus/program/program.h"
#include "tensor/files.h"

/* [a / 2^bits], from the definition: the largest integer that is not larger than the quotient. */
static int64_t floor_of(int64_t a, unsigned bits)
{
    const int64_t divisor = INT64_C(1) << bits;
    return a / divisor - (a % divisor < 0 ? 1 : 0);
}

/* The largest magnitude that one sum's rescale meets on its way, after what it gives was compared with the definition.
 * With a split these are the steps that a proof takes, each an equation over a field of a little less than 2^31. */
static int64_t largest_on_the_way(int64_t sum, uint32_t multiplier, unsigned shift, unsigned split)
{
    const int64_t k = multiplier;
    const int64_t wanted = floor_of(k * sum + (INT64_C(1) << (shift - 1)), shift);
    const int64_t high = floor_of(sum, split);
    const int64_t rest = sum - high * (INT64_C(1) << split);
    const int64_t carry = floor_of(k * rest, split);
    const int64_t second_rest = k * rest - carry * (INT64_C(1) << split);
    const int64_t half = INT64_C(1) << (shift - split - 1);
    const int64_t product = k * high + carry + half;
    const int64_t value = floor_of(product, shift - split);
    const int64_t met[] = {sum, high, rest, k * rest, carry, second_rest, k * high, k * high + carry, product, value};
    int64_t largest = 0;
    assert_int_equal(value, wanted);
    assert_true(rest >= 0 && rest < INT64_C(1) << split);
    assert_true(second_rest >= 0 && second_rest < INT64_C(1) << split);
    for (size_t i = 0; i < COUNT_OF(met); i++) {
        largest = llabs(met[i]) > largest ? llabs(met[i]) : largest;
    }
    return largest;
}

/* Over the sums of a range that can be the worst: its ends, and those beside the steps of the high part. */
static int64_t worst_of(prom_sum_range range, uint32_t multiplier, unsigned shift, unsigned split, uint64_t *random)
{
    const int64_t step = INT64_C(1) << split;
    int64_t worst = 0;
    const int64_t ends[] = {range.low, range.high, floor_of(range.low, split) * step + step,
                            floor_of(range.high, split) * step, 0};
    for (size_t i = 0; i < COUNT_OF(ends) * 3 + 20; i++) {
        const uint64_t width = (uint64_t)(range.high - range.low) + 1;
        const int64_t sum = i < COUNT_OF(ends) * 3 ? ends[i / 3] + (int64_t)(i % 3) - 1
                                                   : range.low + (int64_t)(next_random(random) % width);
        if (sum >= range.low && sum <= range.high) {
            const int64_t met = largest_on_the_way(sum, multiplier, shift, split);
            worst = met > worst ? met : worst;
        }
    }
    return worst;
}

/* The largest multiplier that is admitted; 0 when none is. */
static uint32_t largest_admitted(prom_sum_range range, uint8_t shift, uint8_t split)
{
    uint32_t least = 0;
    uint32_t most = PROM_PROGRAM_MULTIPLIER_MAX;
    while (least < most) {
        const uint32_t middle = least + (most - least + 1) / 2;
        if (prom_rescale_within_bound(range, middle, shift, split)) {
            least = middle;
        } else {
            most = middle - 1;
        }
    }
    return least;
}

/* Nothing that is admitted leaves the bound; and what is refused would come nearer to it than one more multiplier. */
static void test_rescale_keeps_the_bound(void **state)
{
    (void)state;
    uint64_t random = 11;
    size_t admitted = 0;
    size_t tight = 0;
    for (size_t i = 0; i < 200000; i++) {
        const uint8_t split = (uint8_t)random_below(&random, PROM_PROGRAM_SPLIT_MAX + 1);
        const uint8_t shift = (uint8_t)(split + 1 + random_below(&random, PROM_PROGRAM_SHIFT_PLAIN_MAX));
        const int64_t most = (int64_t)(next_random(&random) >> (34 + random_below(&random, 28)));
        const int64_t other = (int64_t)(next_random(&random) % ((uint64_t)most + 1));
        const prom_sum_range range = i % 2 == 0 ? (prom_sum_range){-most, other} : (prom_sum_range){-other, most};
        const uint32_t multiplier = largest_admitted(range, shift, split);
        if (multiplier == 0) {
            continue;
        }
        admitted++;
        assert_true(worst_of(range, multiplier, shift, split, &random) < PROM_PROGRAM_BOUND);
        if (multiplier < PROM_PROGRAM_MULTIPLIER_MAX && range.high == most && most >= INT64_C(1) << split) {
            const int64_t worst = worst_of(range, multiplier + 1, shift, split, &random);
            assert_true(worst >= PROM_PROGRAM_BOUND - ((int64_t)multiplier + 1));
            tight++;
        }
    }
    assert_true(admitted > 100000 && tight > 10000);
}

/* All sums of a range, for multipliers and splits of all sizes. */
static void test_a_split_changes_no_value(void **state)
{
    (void)state;
    uint64_t random = 12;
    for (uint8_t split = 0; split <= PROM_PROGRAM_SPLIT_MAX; split++) {
        for (size_t i = 0; i < 8; i++) {
            const prom_sum_range range = {-5000, 5000};
            const uint8_t shift = (uint8_t)(split + 1 + random_below(&random, 28));
            const uint32_t most = largest_admitted(range, shift, split);
            const uint32_t multiplier = most - (uint32_t)random_below(&random, most / 2 + 1);
            assert_true(multiplier > 0);
            for (int64_t sum = range.low; sum <= range.high; sum++) {
                assert_true(largest_on_the_way(sum, multiplier, shift, split) < PROM_PROGRAM_BOUND);
            }
        }
    }
}

static void test_rescale_refuses(void **state)
{
    (void)state;
    const int64_t bound = PROM_PROGRAM_BOUND;
    const struct {
        prom_sum_range sum;
        uint32_t multiplier;
        uint8_t shift;
        uint8_t split;
        bool within;
    } cases[] = {
        {{0, 0}, 1, 0, 0, false},
        {{0, 0}, 1, 1, 0, true},
        {{0, 0}, 1, 29, 0, true},
        {{0, 0}, 1, 30, 0, false},
        {{0, 0}, 1, 30, 1, true},
        {{0, 0}, 1, 1, 1, false},
        {{0, 0}, 1, 44, 15, true},
        {{0, 0}, 1, 44, 14, false},
        {{0, 0}, 1, 45, 15, false},
        {{0, 0}, 1, 45, 16, false},
        {{0, 0}, PROM_PROGRAM_MULTIPLIER_MAX, 1, 0, true}, /* of a sum that is always 0 */
        {{0, 0}, PROM_PROGRAM_MULTIPLIER_MAX + 1, 1, 0, false},
        {{0, bound - 2}, 1, 1, 0, true},
        {{0, bound - 1}, 1, 1, 0, false},
        {{2 - bound, 0}, 1, 1, 0, true},
        {{1 - bound, 0}, 1, 1, 0, false},
        /* With a split the sum itself has to stay below. */
        {{0, bound - 1}, 1, 16, 15, true},
        {{0, bound}, 1, 16, 15, false},
        {{-bound, 0}, 1, 16, 15, false},
        /* The rest times the multiplier: 32767 * 32256 = 2^30 - 2^24 - 32256. */
        {{0, 0}, 32256, 16, 15, true},
        {{0, 0}, 32257, 16, 15, false},
        /* The high part: (2 + 1) * k + 2^2; 3 * 352321536 = 2^30 - 2^24. */
        {{0, 8}, 352321534, 5, 2, true},
        {{0, 8}, 352321535, 5, 2, false},
        {{0, 7}, 352321535, 5, 2, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (prom_rescale_within_bound(cases[i].sum, cases[i].multiplier, cases[i].shift, cases[i].split) !=
            cases[i].within) {
            fail_msg("case %zu", i);
        }
    }
}

/* -- Sums -- */

/* Every input of a small range, for weights and a bias at random. */
static void test_sums_reach_their_range(void **state)
{
    (void)state;
    enum { COUNT = 3 };
    uint64_t random = 13;
    for (size_t round = 0; round < 200; round++) {
        int8_t weights[2 * COUNT];
        const int32_t biases[] = {0, (int32_t)random_below(&random, 1000) - 500};
        const int low = -(int)random_below(&random, 5);
        const prom_value input = {.range = {(int16_t)low, (int16_t)(low + 5)}};
        random_bytes(&random, (uint8_t *)weights, sizeof weights);
        const prom_layer layer = {
            .kind = PROM_LAYER_DENSE, .weight_count = COUNT, .biases = biases, .weights = weights};
        prom_sum_range wanted = {INT64_MAX, INT64_MIN};
        for (int a = low; a <= low + 5; a++) {
            for (int b = low; b <= low + 5; b++) {
                for (int c = low; c <= low + 5; c++) {
                    const int64_t sum =
                        weights[COUNT] * a + weights[COUNT + 1] * b + weights[COUNT + 2] * c + biases[1];
                    wanted.low = sum < wanted.low ? sum : wanted.low;
                    wanted.high = sum > wanted.high ? sum : wanted.high;
                }
            }
        }
        const prom_sum_range range = prom_layer_sum_range(&layer, &input, 1);
        assert_int_equal(range.low, wanted.low);
        assert_int_equal(range.high, wanted.high);
    }
}

static void test_sums_of_an_add(void **state)
{
    (void)state;
    static const uint32_t multipliers[] = {3, PROM_PROGRAM_MULTIPLIER_MAX};
    const prom_value inputs[] = {{.range = {-5, 7}}, {.range = {-255, 0}}};
    prom_layer layer = {.kind = PROM_LAYER_ADD, .input_count = 2, .rescale = {.count = 2, .multipliers = multipliers}};
    prom_sum_range range = prom_layer_sum_range(&layer, inputs, 0);
    assert_int_equal(range.low, -15 - INT64_C(255) * PROM_PROGRAM_MULTIPLIER_MAX);
    assert_int_equal(range.high, 21);
    layer.input_count = 1;
    range = prom_layer_sum_range(&layer, inputs, 0);
    assert_int_equal(range.low, -15);
    assert_int_equal(range.high, 21);
}

/* A window of 3x3 with padding 1 on 3x4: 4 values in the corners, 6 at the edges, 9 inside. */
static void test_sums_of_an_average_pool(void **state)
{
    (void)state;
    static const int64_t values[] = {4, 6, 6, 4, 6, 9, 9, 6, 4, 6, 6, 4};
    const prom_value input = {.shape = {3, {2, 3, 4}}, .range = {-2, 3}};
    prom_error error = {""};
    prom_layer layer = {
        .kind = PROM_LAYER_AVERAGE_POOL, .input_count = 1, .window = {{{3, 1, 1, 1, 1}, {3, 1, 1, 1, 1}}}};
    assert_ok(prom_layer_shape(&layer, &input, 0, &error), &error);
    layer.rescale.count = COUNT_OF(values);
    for (size_t at = 0; at < COUNT_OF(values); at++) {
        const prom_sum_range range = prom_layer_sum_range(&layer, &input, at);
        assert_int_equal(range.low, -2 * values[at]);
        assert_int_equal(range.high, 3 * values[at]);
    }
    layer.rescale.count = 1; /* one for all: that of the whole window */
    assert_int_equal(prom_layer_sum_range(&layer, &input, 0).high, 27);
}

/* -- Shapes -- */

/* A max pool is made when each window has a place in the image; but none that could step over the image. */
static void test_max_pool_sees_the_image(void **state)
{
    (void)state;
    enum { MAX = 5 };
    size_t made = 0;
    size_t refused = 0;
    for (uint32_t i = 0; i < MAX * MAX * MAX * MAX * MAX * MAX; i++) {
        const prom_window_axis axis = {.kernel = 1 + i % MAX,
                                       .stride = 1 + i / MAX % MAX,
                                       .dilation = 1 + i / (MAX * MAX) % MAX,
                                       .pad_before = i / (MAX * MAX * MAX) % MAX,
                                       .pad_after = i / (MAX * MAX * MAX * MAX) % MAX};
        const size_t size = 1 + i / (MAX * MAX * MAX * MAX * MAX);
        const prom_value input = {.shape = {3, {1, size, 1}}, .count = size, .range = {0, 1}};
        prom_layer layer = {.kind = PROM_LAYER_MAX_POOL, .input_count = 1, .window = {{axis, {1, 1, 1, 0, 0}}}};
        prom_error error = {""};
        const size_t fits = prom_window_fits(&axis, size);
        bool sees = fits > 0;
        for (size_t at = 0; at < fits; at++) {
            size_t first = 0;
            size_t count = 0;
            prom_window_inside(&axis, size, at, &first, &count);
            sees = sees && count > 0;
        }
        const bool accepted = prom_is_ok(prom_layer_shape(&layer, &input, 0, &error));
        assert_true(accepted == (sees && axis.dilation <= size));
        made += accepted;
        refused += fits > 0 && !accepted;
    }
    assert_true(made > 2000 && refused > 2000);
}

static void test_multiplications(void **state)
{
    (void)state;
    const struct {
        prom_layer layer;
        uint64_t multiplications;
    } cases[] = {
        {{.kind = PROM_LAYER_DENSE, .output.count = 10, .weight_count = 7}, 70},
        {{.kind = PROM_LAYER_CONV, .output.count = 10, .weight_count = 7}, 70},
        {{.kind = PROM_LAYER_MAX_POOL, .output.count = 10, .window = {{{.kernel = 2}, {.kernel = 3}}}}, 60},
        {{.kind = PROM_LAYER_AVERAGE_POOL, .output.count = 10, .window = {{{.kernel = 2}, {.kernel = 3}}}}, 60},
        {{.kind = PROM_LAYER_ADD, .output.count = 10, .input_count = 2}, 20},
        {{.kind = PROM_LAYER_CONCAT, .output.count = 10, .input_count = 2}, 0},
        {{.kind = PROM_LAYER_RESHAPE, .output.count = 10, .input_count = 1}, 0},
        {{.kind = PROM_LAYER_TRANSPOSE, .output.count = 10, .input_count = 1}, 0},
        {{.kind = PROM_LAYER_DENSE, .output.count = 1 << 24, .weight_count = 1 << 20}, UINT64_C(1) << 44},
        {{.kind = PROM_LAYER_DENSE, .output.count = 1 << 24, .weight_count = (1 << 20) + 1}, (UINT64_C(1) << 44) + 1},
        {{.kind = PROM_LAYER_DENSE, .output.count = 1 << 24, .weight_count = SIZE_MAX}, (UINT64_C(1) << 44) + 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(prom_layer_multiplications(&cases[i].layer), cases[i].multiplications);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rescale_keeps_the_bound), cmocka_unit_test(test_a_split_changes_no_value),
        cmocka_unit_test(test_rescale_refuses),         cmocka_unit_test(test_sums_reach_their_range),
        cmocka_unit_test(test_sums_of_an_add),          cmocka_unit_test(test_sums_of_an_average_pool),
        cmocka_unit_test(test_max_pool_sees_the_image), cmocka_unit_test(test_multiplications),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
