#include "program/random_program.h"

#include "argument/layout.h"

/* Of the numbers that quotient and remainder can say, -2^30 to 2^30 - 1, no second one equals a dividend within the
 * bound modulo p; one beyond the bound could have two. */
static void test_dividends_do_not_wrap(void **state)
{
    const int64_t prime = PROM_FIELD_PRIME;
    const int64_t end = INT64_C(1) << ARGUMENT_NUMBER_BITS;
    (void)state;
    for (int64_t dividend = -(PROM_PROGRAM_BOUND - 1); dividend < PROM_PROGRAM_BOUND;
         dividend += PROM_PROGRAM_BOUND - 1) {
        assert_true(dividend - prime < -end && dividend + prime >= end);
    }
    assert_true(PROM_PROGRAM_BOUND + 1 - prime >= -end && -PROM_PROGRAM_BOUND - 2 + prime < end);
    /* Products of a low part, 0 to 2^30 - 1, where limbs and rest say one number. */
    assert_true(PROM_PROGRAM_BOUND - 1 - prime < 0 && prime >= end);
}

static const prom_program *identity(prom_arena *arena, size_t size, uint8_t shift)
{
    static const uint32_t input = 0;
    const uint32_t multiplier = UINT32_C(1) << shift;
    prom_layer layer = {.kind = PROM_LAYER_ADD, .input_count = 1, .inputs = &input, .groups = 1};
    prom_program parts = {.input_scale = 1, .output_scale = 1, .layer_count = 1, .layers = &layer};
    parts.input = (prom_value){{1, {size}}, size, {0, 255}};
    layer.output.range = (prom_range){0, 255};
    layer.rescale = (prom_rescale){shift, 0, 1, &multiplier};
    return build_program(arena, &parts);
}

static prom_result argument_of(prom_arena *arena, const prom_program *program, size_t items, prom_error *error)
{
    prom_argument argument;
    return prom_argument_new(arena, &argument, program, items, error);
}

static void test_refusals(void **state)
{
    prom_error error = {""};
    const prom_program *program = identity(*state, 1000, 12);
    assert_ok(argument_of(*state, program, 1, &error), &error);
    assert_refused(argument_of(*state, program, 0, &error), &error, "0 items");
    assert_refused(argument_of(*state, program, SIZE_MAX, &error), &error, "1 to 2^32 are possible");
    assert_refused(argument_of(*state, program, (size_t)1 << 32, &error), &error, "too many");
    /* 2^10 places an item, one column of them for the remainder: 2^18 items fill a commitment without the tables. */
    assert_ok(argument_of(*state, program, (size_t)1 << 17, &error), &error);
    assert_refused(argument_of(*state, program, (size_t)1 << 18, &error), &error, "take a commitment to");
    assert_refused(argument_of(*state, identity(*state, 10, 8), 1, &error), &error, "a quotient of 23 bits");
}

/* Every leaf belongs to one block, each of which begins at a multiple of its size. */
static void test_leaves(void **state)
{
    uint64_t random = 1;
    (void)state;
    for (size_t n = 0; n < 100; n++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_argument argument;
        prom_arena_init(&arena, ARENA_BYTES);
        if (!prom_is_ok(
                prom_argument_new(&arena, &argument, random_program(&arena, &random, 1 + n % 8), 1 + n % 5, NULL)) ||
            argument.leaves_used > (size_t)1 << 24) {
            continue;
        }
        uint8_t *seen = new_bytes(&arena, argument.leaves_used, 1);
        for (size_t i = 0; i < argument.lookup_count + argument.table_count; i++) {
            const bool is_table = i >= argument.lookup_count;
            const argument_table *table = &argument.tables[is_table ? i - argument.lookup_count : 0];
            const size_t start = is_table ? table->start : argument.lookups[i].start;
            const size_t variables = is_table ? table->bits : argument.lookups[i].variables;
            assert_int_equal(start & (((size_t)1 << variables) - 1), 0);
            for (size_t at = start; at < start + ((size_t)1 << variables); at++) {
                assert_int_equal(seen[at]++, 0);
            }
        }
        assert_true(argument.leaves_used == 0 || memchr(seen, 0, argument.leaves_used) == NULL);
        assert_true(argument.leaves_used <= (size_t)1 << argument.leaf_variables);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_dividends_do_not_wrap),
        TEST(test_refusals),
        TEST(test_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
