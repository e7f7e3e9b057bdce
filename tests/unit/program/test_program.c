#include "program/program_bytes.h"

static void test_parses_the_head(void **state)
{
    const prom_span bytes = small_program(*state, NULL);
    const prom_program *program = parse_small(*state);
    assert_true(program->input_scale == 0.0078125F && program->output_scale == 1);
    assert_int_equal(program->input_zero, 1);
    assert_int_equal(program->output_zero, 128);
    assert_int_equal(program->layer_count, 8);
    assert_int_equal(program->parameters, 2 * 3 + 3 * 9);
    assert_int_equal(program->multiplications, 12 * 2 + 8 * 2 + 8 * 2 + 8 * 2 + 6 * 8);
    assert_true(prom_span_equal(program->bytes, bytes));
    assert_true(program->bytes.data != bytes.data);
    assert_value(&program->input, (prom_shape){3, {1, 2, 3}}, -1, 2);
    assert_ptr_equal(prom_program_value(program, 0), &program->input);
    assert_ptr_equal(prom_program_value(program, 3), &program->layers[2].output);
    assert_ptr_equal(prom_program_output(program), &program->layers[7].output);
}

static void test_parses_layers_with_windows(void **state)
{
    const prom_program *program = parse_small(*state);
    const prom_layer *conv = &program->layers[0];
    assert_int_equal(conv->kind, PROM_LAYER_CONV);
    assert_true(conv->input_count == 1 && conv->inputs[0] == 0);
    assert_value(&conv->output, (prom_shape){3, {2, 2, 3}}, 0, 3);
    assert_int_equal(conv->groups, 1);
    assert_memory_equal(&conv->window, (&(prom_window){{{1, 1, 1, 0, 0}, {2, 1, 1, 1, 0}}}), sizeof conv->window);
    assert_true(conv->rescale.shift == 3 && conv->rescale.split == 0 && conv->rescale.count == 2);
    assert_true(conv->rescale.multipliers[0] == 1 && conv->rescale.multipliers[1] == 2);
    assert_int_equal(conv->weight_count, 2);
    assert_true(conv->biases[0] == 5 && conv->biases[1] == -2);
    assert_memory_equal(conv->weights, ((const int8_t[]){1, -2, 127, -128}), 4);
    const prom_layer *max = &program->layers[1];
    assert_int_equal(max->kind, PROM_LAYER_MAX_POOL);
    assert_memory_equal(&max->window, (&(prom_window){{{1, 1, 1, 0, 0}, {2, 2, 1, 1, 0}}}), sizeof max->window);
    assert_value(&max->output, (prom_shape){3, {2, 2, 2}}, 0, 3);
    const prom_layer *average = &program->layers[2];
    assert_int_equal(average->kind, PROM_LAYER_AVERAGE_POOL);
    assert_value(&average->output, (prom_shape){3, {2, 2, 2}}, 0, 3);
    assert_true(average->rescale.shift == 4 && average->rescale.split == 1 && average->rescale.count == 4);
    assert_true(average->rescale.multipliers[0] == 16 && average->rescale.multipliers[3] == 8);
}

static void test_parses_the_other_layers(void **state)
{
    const prom_program *program = parse_small(*state);
    const prom_layer *add = &program->layers[3];
    assert_int_equal(add->kind, PROM_LAYER_ADD);
    assert_true(add->input_count == 2 && add->inputs[0] == 2 && add->inputs[1] == 3);
    assert_true(add->rescale.count == 2 && add->rescale.multipliers[1] == 3);
    assert_value(&add->output, (prom_shape){3, {2, 2, 2}}, -4, 5);
    const prom_layer *transpose = &program->layers[4];
    assert_int_equal(transpose->kind, PROM_LAYER_TRANSPOSE);
    assert_memory_equal(transpose->permutation, "\2\0\1", 3);
    assert_value(&transpose->output, (prom_shape){3, {2, 2, 2}}, -4, 5);
    const prom_layer *concat = &program->layers[5];
    assert_int_equal(concat->kind, PROM_LAYER_CONCAT);
    assert_int_equal(concat->axis, 0);
    assert_value(&concat->output, (prom_shape){3, {4, 2, 2}}, -4, 5);
    const prom_layer *reshape = &program->layers[6];
    assert_int_equal(reshape->kind, PROM_LAYER_RESHAPE);
    assert_value(&reshape->output, (prom_shape){2, {2, 8}}, -4, 5);
    const prom_layer *dense = &program->layers[7];
    assert_int_equal(dense->kind, PROM_LAYER_DENSE);
    assert_value(&dense->output, (prom_shape){2, {2, 3}}, -128, 127);
    assert_true(dense->rescale.shift == 20 && dense->rescale.split == 4 && dense->rescale.multipliers[2] == 70000);
    assert_int_equal(dense->weight_count, 8);
    assert_int_equal(dense->biases[2], -256);
    assert_int_equal(dense->weights[8], -128);
}

static void test_digest(void **state)
{
    const prom_program *program = parse_small(*state);
    prom_bytes32 digest;
    prom_bytes32 wanted;
    prom_program_digest(&digest, program);
    prom_tagged_hash(&wanted, "prometheus/program", small_program(*state, NULL));
    assert_true(prom_bytes32_equal(&digest, &wanted));
}

static void test_builds_what_it_parses(void **state)
{
    assert_builds(*state, parse_small(*state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_parses_the_head), TEST(test_parses_layers_with_windows), TEST(test_parses_the_other_layers),
        TEST(test_digest),          TEST(test_builds_what_it_parses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
