/* What verifying may cost, and that programs which would cost more cannot be proven. Each of them is a few hundred
 * bytes.
 */
#include "program/random_program.h"

#include "argument/layout.h"

enum { LAYERS_MAX = 64, MOVES = 40 };

/* Layers that each read the last one. */
typedef struct chain {
    prom_program contents;
    prom_layer layers[LAYERS_MAX];
    uint32_t inputs[LAYERS_MAX][2];
} chain;

static const uint32_t ONE = 1;

static void begin_chain(chain *made, prom_shape shape)
{
    size_t count = 0;
    *made = (chain){.contents = {.input_scale = 1, .output_scale = 1}};
    assert_true(prom_shape_count(&count, &shape));
    made->contents.input = (prom_value){shape, count, {0, 1}};
    made->contents.layers = made->layers;
}

static prom_layer *add(chain *made, prom_layer_kind kind)
{
    const size_t at = made->contents.layer_count++;
    prom_layer *layer = &made->layers[at];
    assert_true(at < LAYERS_MAX);
    made->inputs[at][0] = made->inputs[at][1] = (uint32_t)at;
    *layer = (prom_layer){.kind = kind, .input_count = 1, .inputs = made->inputs[at], .groups = 1};
    layer->output.range = (prom_range){0, 255};
    return layer;
}

/* `times` times the value beside itself along the last of three axes. */
static void double_width(chain *made, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        prom_layer *layer = add(made, PROM_LAYER_CONCAT);
        layer->input_count = 2;
        layer->axis = 2;
    }
}

static prom_layer *add_window(chain *made, prom_layer_kind kind, prom_window_axis down, prom_window_axis across)
{
    prom_layer *layer = add(made, kind);
    layer->window = (prom_window){{down, across}};
    layer->rescale = (prom_rescale){16, 0, 1, &ONE};
    return layer;
}

static prom_result cost_of(prom_arena *arena, const chain *made, prom_verifying_cost *cost, prom_error *error)
{
    return prom_statement_verifying_cost(arena, cost, build_program(arena, &made->contents), 1, error);
}

static const prom_window_axis single = {1, 1, 1, 0, 0};

/* 2^24 values that 64 were moved to: 60 bytes for each. */
static void test_large_moved_values(void **state)
{
    chain made;
    prom_verifying_cost cost;
    prom_error error = {""};
    begin_chain(&made, (prom_shape){3, {1, 1, 64}});
    double_width(&made, 18);
    (void)add_window(&made, PROM_LAYER_MAX_POOL, single, (prom_window_axis){1, 4096, 1, 0, 0});
    assert_refused(cost_of(*state, &made, &cost, &error), &error, "of memory for it");
}

/* A window of 8192 places at each of half a million: 2^32 pairs. */
static void test_wide_windows(void **state)
{
    chain made;
    prom_verifying_cost cost;
    prom_error error = {""};
    begin_chain(&made, (prom_shape){3, {1, 1, 64}});
    double_width(&made, 13);
    (void)add_window(&made, PROM_LAYER_AVERAGE_POOL, single, (prom_window_axis){8192, 1, 1, 4096, 4096});
    assert_refused(cost_of(*state, &made, &cost, &error), &error, "windows are too large");
}

/* Half a million values, moved forty times. */
static void test_many_moves(void **state)
{
    chain made;
    prom_verifying_cost cost;
    prom_error error = {""};
    begin_chain(&made, (prom_shape){3, {1, 1, 64}});
    double_width(&made, 13);
    for (size_t i = 0; i < MOVES; i++) {
        prom_layer *layer = add(&made, PROM_LAYER_TRANSPOSE);
        layer->output.shape.rank = 3;
        memcpy(layer->permutation, (uint8_t[]){0, 2, 1}, 3);
    }
    (void)add_window(&made, PROM_LAYER_MAX_POOL, (prom_window_axis){1, 4096, 1, 0, 0},
                     (prom_window_axis){1, 4096, 1, 0, 0});
    assert_refused(cost_of(*state, &made, &cost, &error), &error, "moved or read too often");
}

/* A window of 2048 x 2048 over one value, which the first edition took 2^28 steps for, costs next to nothing. */
static void test_large_windows_over_little(void **state)
{
    chain made;
    prom_verifying_cost cost;
    prom_error error = {""};
    const prom_window_axis axis = {2048, 1, 1, 2047, 7};
    begin_chain(&made, (prom_shape){3, {1, 1, 1}});
    (void)add_window(&made, PROM_LAYER_AVERAGE_POOL, axis, axis);
    assert_ok(cost_of(*state, &made, &cost, &error), &error);
    assert_true(cost.steps < 1 << 21);
    assert_true(cost.memory < 8 << 20);
}

/* All programs that are drawn at random are far below both limits, and cost something. */
static void test_random_programs(void **state)
{
    uint64_t random = 1;
    (void)state;
    for (size_t n = 0; n < 200; n++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_verifying_cost cost;
        prom_arena_init(&arena, ARENA_BYTES);
        const prom_program *program = random_program(&arena, &random, 1 + n % 8);
        if (prom_is_ok(prom_statement_verifying_cost(&arena, &cost, program, 1 + n % 3, NULL))) {
            assert_true(cost.memory > 0 && cost.memory < PROM_VERIFYING_MEMORY_BASE);
            assert_true(cost.steps > 0 && cost.steps < PROM_VERIFYING_STEPS_BASE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_large_moved_values),        TEST(test_wide_windows),    TEST(test_many_moves),
        TEST(test_large_windows_over_little), TEST(test_random_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
