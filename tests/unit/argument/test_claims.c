#include "tensor/files.h"

#include "argument/claims.h"

static prom_extension random_extension(uint64_t *random)
{
    prom_extension made;
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        made.coefficients[i] = prom_element_of((uint32_t)random_below(random, PROM_FIELD_PRIME));
    }
    return made;
}

static void random_point(uint64_t *random, prom_extension *point, size_t bits)
{
    for (size_t i = 0; i < bits; i++) {
        point[i] = random_extension(random);
    }
}

/* Fixes the first variable until one value is left. */
static prom_extension value_at(prom_extension *values, const prom_extension *point, size_t bits)
{
    for (size_t i = 0; i < bits; i++) {
        const size_t half = (size_t)1 << (bits - 1 - i);
        for (size_t k = 0; k < half; k++) {
            const prom_extension slope = prom_extension_subtract(&values[k + half], &values[k]);
            const prom_extension rise = prom_extension_multiply(&slope, &point[i]);
            values[k] = prom_extension_add(&values[k], &rise);
        }
    }
    return values[0];
}

static void check_table(prom_arena *arena, uint64_t *random, const argument_table *table)
{
    const size_t rows = (size_t)1 << table->bits;
    prom_extension *first = new_bytes(arena, rows, sizeof *first);
    prom_extension *second = new_bytes(arena, rows, sizeof *second);
    prom_extension point[16];
    prom_extension made[2];
    random_point(random, point, table->bits);
    for (size_t row = 0; row < rows; row++) {
        const int32_t q = (int32_t)row - (table->activation ? (int32_t)(rows / 2) : 0);
        const int32_t clamped = q < table->range.low ? table->range.low : q > table->range.high ? table->range.high : q;
        first[row] = prom_extension_of(prom_element_of_signed(q));
        second[row] = table->activation ? prom_extension_of(prom_element_of_signed(clamped)) : prom_extension_zero();
    }
    prom_argument_table_at(&made[0], &made[1], table, point);
    first[0] = value_at(first, point, table->bits);
    second[0] = value_at(second, point, table->bits);
    assert_true(prom_extension_equal(&made[0], &first[0]));
    assert_true(prom_extension_equal(&made[1], &second[0]));
}

/* Ranges inside the table, ranges that end where it does, and ranges wider than it. */
static void test_tables(void **state)
{
    static const prom_range ranges[] = {{-128, 127}, {0, 255}, {-255, 0}, {0, 1},  {-1, 0},
                                        {-2, 1},     {-8, 7},  {-9, 8},   {-7, 6}, {0, 7}};
    uint64_t random = 1;
    for (size_t bits = 1; bits <= 12; bits++) {
        const argument_table numbers = {false, bits, {0, 0}, 0, 0};
        check_table(*state, &random, &numbers);
        for (size_t i = 0; i < COUNT_OF(ranges); i++) {
            const argument_table activation = {true, bits, ranges[i], 0, 0};
            check_table(*state, &random, &activation);
        }
    }
}

static void test_equality(void **state)
{
    enum { BITS = 5 };
    uint64_t random = 2;
    prom_extension point[BITS];
    prom_extension sum = prom_extension_zero();
    (void)state;
    random_point(&random, point, BITS);
    for (size_t end = 0; end <= (size_t)1 << BITS; end++) {
        const prom_extension below = prom_argument_equal_below(point, BITS, end);
        prom_extension values[1 << BITS] = {{{{0}}}};
        assert_true(prom_extension_equal(&below, &sum));
        if (end < (size_t)1 << BITS) {
            values[end] = prom_extension_one();
            const prom_extension wanted = value_at(values, point, BITS);
            const prom_extension equal = prom_argument_equal(point, BITS, end);
            assert_true(prom_extension_equal(&equal, &wanted));
            sum = prom_extension_add(&sum, &equal);
        }
    }
    const prom_extension nothing = prom_argument_equal(point, 0, 0);
    const prom_extension one = prom_extension_one();
    assert_true(prom_extension_equal(&nothing, &one));
}

static prom_extension signed_extension(int64_t value)
{
    const int64_t residue = value % (int64_t)PROM_FIELD_PRIME;
    return prom_extension_of(prom_element_of((uint32_t)(residue < 0 ? residue + PROM_FIELD_PRIME : residue)));
}

static void take_limbs(prom_extension *values, const argument_limbs *limbs, int64_t number)
{
    for (size_t i = 0; i < limbs->count; i++) {
        values[i] = signed_extension(number & ((INT64_C(1) << limbs->bits[i]) - 1));
        number >>= limbs->bits[i];
    }
    assert_int_equal(number, 0);
}

static void assert_is(const prom_extension *value, int64_t wanted)
{
    const prom_extension number = signed_extension(wanted);
    assert_true(prom_extension_equal(value, &number));
}

static argument_limbs limbs_of(size_t bits)
{
    return bits > ARGUMENT_LIMB_BITS ? (argument_limbs){2, {bits - bits / 2, bits / 2}, {0}, {0}}
                                     : (argument_limbs){1, {bits}, {0}, {0}};
}

static int64_t floor_of(int64_t number, int64_t size)
{
    return (number - (number % size + size) % size) / size;
}

/* From claims on single numbers, which are made by long division, quotients and rests come out again. */
static void test_what_is_looked_up(void **state)
{
    uint64_t random = 3;
    (void)state;
    for (size_t n = 0; n < 2000; n++) {
        const size_t split = random_below(&random, 2) * (1 + random_below(&random, PROM_PROGRAM_SPLIT_MAX));
        const size_t shift = 9 + random_below(&random, 21);
        const prom_layer from = {.rescale = {(uint8_t)(shift + split), (uint8_t)split, 1, NULL}};
        argument_layer layer = {.remainder_bits = shift, .remainder = limbs_of(shift), .split = split != 0};
        const int64_t sum = (int64_t)random_below(&random, 1 << 20) - (1 << 19);
        const int64_t multiplier = 1 + (int64_t)random_below(&random, 500);
        const int64_t size = INT64_C(1) << split;
        const int64_t high = floor_of(sum, size);
        const int64_t rest = sum - high * size;
        const int64_t carry = rest * multiplier / size;
        const int64_t dividend = high * multiplier + carry + (INT64_C(1) << (shift - 1));
        const int64_t quotient = floor_of(dividend, INT64_C(1) << shift);
        layer_claims claims = {.sum = signed_extension(sum),
                               .product_high = signed_extension(high * multiplier),
                               .product = signed_extension(sum * multiplier)};
        take_limbs(claims.remainder, &layer.remainder, dividend - quotient * (INT64_C(1) << shift));
        if (layer.split) {
            layer.high = limbs_of(ARGUMENT_NUMBER_BITS + 1 - split);
            layer.carry = limbs_of(ARGUMENT_NUMBER_BITS - split);
            take_limbs(claims.high, &layer.high, high + (INT64_C(1) << (ARGUMENT_NUMBER_BITS - split)));
            take_limbs(claims.carry, &layer.carry, carry);
        }
        const looked_up found = prom_argument_looked_up(&layer, &from, &claims);
        assert_is(&found.quotient, quotient);
        assert_is(&found.rest, layer.split ? rest : 0);
        assert_is(&found.low, layer.split ? rest * multiplier - carry * size : 0);
    }
}

/* Rows of different tables, and rows that differ in either number, are different. */
static void test_denominators(void **state)
{
    uint64_t random = 4;
    const lookup_challenges challenges = {random_extension(&random), random_extension(&random)};
    prom_extension found[27];
    (void)state;
    for (int i = 0; i < 27; i++) {
        const prom_extension first = signed_extension(i / 3 % 3 - 1);
        const prom_extension second = signed_extension(i % 3 - 1);
        const prom_extension square = prom_extension_multiply(&challenges.beta, &challenges.beta);
        const prom_extension tag = prom_extension_scale(&square, prom_element_of((uint32_t)(i / 9 + 1)));
        const prom_extension scaled = prom_extension_multiply(&challenges.beta, &second);
        found[i] = prom_argument_denominator(&challenges, (size_t)(i / 9), &first, &second);
        prom_extension whole = prom_extension_add(&found[i], &tag);
        whole = prom_extension_add(&whole, &first);
        whole = prom_extension_add(&whole, &scaled);
        assert_true(prom_extension_equal(&whole, &challenges.alpha));
        for (int j = 0; j < i; j++) {
            assert_false(prom_extension_equal(&found[i], &found[j]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_tables),
        TEST(test_equality),
        TEST(test_what_is_looked_up),
        TEST(test_denominators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
