#include <math.h>

#include "argument/digits.h"
#include "argument/layout.h"

static double field_bits(void)
{
    return 5 * log2(2130706433.0);
}

static const prom_soundness_term *term_of(const prom_soundness *soundness, const char *name)
{
    for (size_t i = 0; i < soundness->term_count; i++) {
        if (strcmp(soundness->terms[i].name, name) == 0) {
            return &soundness->terms[i];
        }
    }
    return NULL;
}

static void assert_term(const prom_soundness *soundness, const char *name, size_t rounds, double worst)
{
    const prom_soundness_term *term = term_of(soundness, name);
    assert_non_null(term);
    assert_int_equal(term->rounds, rounds);
    assert_true(fabs(term->bits - (field_bits() - log2(worst))) < 1e-9);
}

static prom_soundness soundness_of(prom_arena *arena, const prom_program *program, size_t items)
{
    prom_error error = {""};
    prom_soundness found;
    assert_ok(prom_proof_soundness(arena, &found, program, items, &error), &error);
    return found;
}

/* Two dense layers and a max pool over 4 images, by hand. */
static void test_terms(void **state)
{
    static const uint32_t inputs[] = {0, 1, 2};
    static const uint32_t multiplier = 1 << 18;
    static const int32_t bias = 0;
    static const int8_t weight[] = {1};
    const prom_window_axis pair = {2, 2, 1, 0, 0};
    const prom_window_axis one = {1, 1, 1, 0, 0};
    prom_layer layers[3] = {{.kind = PROM_LAYER_CONV, .groups = 1, .window = {{one, one}}, .weight_count = 1},
                            {.kind = PROM_LAYER_MAX_POOL, .window = {{pair, pair}}},
                            {.kind = PROM_LAYER_CONV, .groups = 1, .window = {{one, one}}, .weight_count = 1}};
    prom_program parts = {.input_scale = 1, .output_scale = 1, .layer_count = 3, .layers = layers};
    parts.input = (prom_value){{3, {1, 8, 8}}, 64, {0, 255}};
    for (size_t i = 0; i < 3; i++) {
        layers[i].input_count = 1;
        layers[i].inputs = &inputs[i];
        layers[i].output.range = (prom_range){0, 255};
        layers[i].rescale = (prom_rescale){18, 0, 1, &multiplier};
        layers[i].biases = &bias;
        layers[i].weights = weight;
    }
    const prom_program *program = build_program(*state, &parts);
    const prom_soundness found = soundness_of(*state, program, 4);
    prom_argument argument;
    assert_true(prom_is_ok(prom_argument_new(*state, &argument, program, 4, NULL)));
    const size_t n = argument.leaf_variables;
    assert_term(&found, "rows of tables are looked up", 1, ldexp(3, (int)n));
    assert_term(&found, "a step of the sum of fractions", 2 * n + n * (n - 1) / 2, 2);
    assert_term(&found, "a layer's sums, or places, are combined", 2, 3);
    /* The first convolution reads the input, which is public; the pool is read from twice, the last one's input once.
     */
    assert_term(&found, "a round of a sum of products", 6 + 6 + 4, 2);
    assert_term(&found, "a place of products that are zero", 1, 6);
    assert_term(&found, "a round of products that are zero", 6, 4);
    assert_null(term_of(&found, "a point of outputs that were moved"));
    /* Columns: two values, the remainders of two rescales in two limbs each, and a count for each table: limbs of 9
     * bits, places of 8, activations. Then three functionals' ends, and the pool where its product is zero. */
    assert_int_equal(argument.column_count, 2 + 4 + 3);
    assert_term(&found, "claims are combined", 1, (double)argument.column_count + 3 + 1 - 1);
    prom_span text;
    assert_true(prom_is_ok(prom_soundness_text(*state, &text, &found, NULL)));
    print_message("%.*s", (int)text.length, (const char *)text.data);
}

static void test_a_moved_output(void **state)
{
    static const uint32_t input = 0;
    prom_layer layer = {.kind = PROM_LAYER_RESHAPE, .input_count = 1, .inputs = &input};
    prom_program parts = {.input_scale = 1, .output_scale = 1, .layer_count = 1, .layers = &layer};
    parts.input = (prom_value){{2, {3, 5}}, 15, {0, 255}};
    layer.output.shape = (prom_shape){1, {15}};
    const prom_soundness found = soundness_of(*state, build_program(*state, &parts), 3);
    assert_int_equal(found.term_count, 1);
    assert_term(&found, "a point of outputs that were moved", 1, 4 + 2);
    assert_true(found.worst > 150 && found.sum > 150);
}

/* At least 100 bits for whatever is proven: each of the trained networks, and a layer of 2^16 values, for one item and
 * for twice as many again and again, as far as it goes. */
static void test_target(void **state)
{
    static const uint32_t input = 0;
    static const uint32_t multiplier = 1 << 12;
    prom_layer layer = {.kind = PROM_LAYER_ADD, .input_count = 1, .inputs = &input, .groups = 1};
    prom_program parts = {.input_scale = 1, .output_scale = 1, .layer_count = 1, .layers = &layer};
    parts.input = (prom_value){{1, {1 << 16}}, 1 << 16, {0, 255}};
    layer.output.range = (prom_range){0, 255};
    layer.rescale = (prom_rescale){12, 0, 1, &multiplier};
    const prom_program *programs[] = {
        digits_program(*state, "digits-mlp.onnx"),        digits_program(*state, "digits-cnn.onnx"),
        digits_program(*state, "digits-resnet.onnx"),     digits_program(*state, "digits-depthwise.onnx"),
        digits_program(*state, "digits-resnet-qdq.onnx"), build_program(*state, &parts)};
    for (size_t i = 0; i < COUNT_OF(programs); i++) {
        size_t items = 1;
        double worst = INFINITY;
        prom_error error = {""};
        prom_soundness found;
        for (; prom_is_ok(prom_proof_soundness(*state, &found, programs[i], items, &error)); items *= 2) {
            assert_true(found.worst >= 100 && found.sum >= 100);
            worst = found.sum < worst ? found.sum : worst;
        }
        assert_true(items > 1000);
        print_message("up to %zu items: %.2f bits at least; then: %s\n", items / 2, worst, error.sentence);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_terms), TEST(test_a_moved_output), TEST(test_target)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
