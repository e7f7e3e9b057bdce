#include "support.h"

#include <stdalign.h>

#include "prometheus/base/arena.h"

/* So that a sanitizer's allocator, too, gives NULL where memory runs out. */
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void test_pieces_are_zeroed_aligned_and_apart(void **unused)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    uint8_t *pieces[400];
    size_t sizes[400];
    uint64_t state = 1;
    (void)unused;
    prom_arena_init(&arena, (size_t)1 << 24);
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        void *memory = NULL;
        sizes[i] = i % 50 == 49 ? 20000 + random_below(&state, 60000) : random_below(&state, 700);
        assert_true(prom_is_ok(prom_arena_alloc(&arena, &memory, sizes[i], 1, NULL)));
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
        pieces[i] = memory;
        for (size_t k = 0; k < sizes[i]; k++) {
            assert_int_equal(pieces[i][k], 0);
        }
        memset(memory, (int)(i % 255) + 1, sizes[i]);
    }
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        for (size_t k = 0; k < sizes[i]; k++) {
            assert_int_equal(pieces[i][k], i % 255 + 1);
        }
    }
}

static void test_limit(void **state)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_error error = {""};
    void *memory = &arena;
    (void)state;
    prom_arena_init(&arena, 64);
    assert_ok(prom_arena_alloc(&arena, &memory, 3, 16, &error), &error);
    assert_int_equal(arena.used, 48);
    assert_fails(prom_arena_alloc(&arena, &memory, 1, 17, &error), PROM_CATEGORY_MEMORY, &error, "limit of 64 bytes");
    assert_null(memory);
    assert_ok(prom_arena_alloc(&arena, &memory, 16, 1, &error), &error);
    assert_fails(prom_arena_alloc(&arena, &memory, 1, 1, &error), PROM_CATEGORY_MEMORY, &error, "limit of 64 bytes");
    assert_ok(prom_arena_alloc(&arena, &memory, 0, 16, &error), &error);
    assert_non_null(memory);
    prom_arena_free(&arena);
    assert_int_equal(arena.used, 0);
    assert_ok(prom_arena_alloc(&arena, &memory, 64, 1, &error), &error);
}

/* Who reads the sentence knows the outermost limit only. */
static void test_within(void **state)
{
    PROM_SCOPED(prom_arena_free) prom_arena whole = {0};
    PROM_SCOPED(prom_arena_free) prom_arena part = {0};
    PROM_SCOPED(prom_arena_free) prom_arena least = {0};
    prom_error error = {""};
    void *memory = NULL;
    (void)state;
    prom_arena_init(&whole, 1600);
    assert_ok(prom_arena_alloc(&whole, &memory, 1, 1000, &error), &error);
    prom_arena_init_within(&part, &whole);
    assert_fails(prom_arena_alloc(&part, &memory, 1, 600, &error), PROM_CATEGORY_MEMORY, &error,
                 "limit of 1.60 kB of memory");
    assert_ok(prom_arena_alloc(&part, &memory, 1, 400, &error), &error);
    prom_arena_init_within(&least, &part);
    assert_ok(prom_arena_alloc(&least, &memory, 1, 192, &error), &error);
    assert_fails(prom_arena_alloc(&least, &memory, 1, 1, &error), PROM_CATEGORY_MEMORY, &error, "1.60 kB of memory");
    prom_arena_free(&least);
    assert_ok(prom_arena_alloc(&least, &memory, 1, 192, &error), &error);
}

static void test_counts_that_overflow(void **state)
{
    const struct {
        size_t count;
        size_t size;
    } cases[] = {{SIZE_MAX, 1}, {1, SIZE_MAX}, {SIZE_MAX, SIZE_MAX}, {SIZE_MAX / 2 + 1, 2}, {SIZE_MAX / 16 + 2, 16}};
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_error error = {""};
    (void)state;
    prom_arena_init(&arena, SIZE_MAX);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        void *memory = &arena;
        assert_fails(prom_arena_alloc(&arena, &memory, cases[i].count, cases[i].size, &error), PROM_CATEGORY_MEMORY,
                     &error, "do not fit the memory");
        assert_null(memory);
    }
    assert_int_equal(arena.used, 0);
}

static void test_out_of_memory(void **state)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_error error = {""};
    void *memory = &arena;
    (void)state;
    prom_arena_init(&arena, SIZE_MAX);
    assert_fails(prom_arena_alloc(&arena, &memory, SIZE_MAX / 2, 1, &error), PROM_CATEGORY_MEMORY, &error,
                 "out of memory");
    assert_null(memory);
    assert_int_equal(arena.used, 0);
    assert_ok(prom_arena_alloc(&arena, &memory, 1, 1, &error), &error);
}

static prom_result new_numbers(prom_arena *arena, uint32_t **numbers, size_t count)
{
    PROM_TRY_NEW(*numbers, arena, count, NULL);
    return prom_ok();
}

static void test_try_new(void **state)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    uint32_t *numbers = NULL;
    (void)state;
    prom_arena_init(&arena, 400);
    assert_true(prom_is_ok(new_numbers(&arena, &numbers, 100)));
    assert_int_equal(numbers[99], 0);
    assert_int_equal(arena.used, 400);
    assert_int_equal(new_numbers(&arena, &numbers, 1).category, PROM_CATEGORY_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_within),
        cmocka_unit_test(test_counts_that_overflow),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_try_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
