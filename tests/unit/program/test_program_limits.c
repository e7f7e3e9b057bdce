#include "program/program_bytes.h"

static prom_result build(prom_arena *arena, const prom_program *contents, prom_error *error)
{
    const prom_program *program = NULL;
    const prom_result result = prom_program_build(arena, &program, contents, error);
    assert_true(prom_is_ok(result) == (program != NULL));
    if (program != NULL) {
        assert_builds(arena, program);
    }
    return result;
}

static const uint32_t reads_input[] = {0};
static const uint32_t reads_first[] = {1};

/* One output, `multiplier` and `bias` as given, weights 100 and -100. */
static prom_result build_single(prom_arena *arena, uint32_t multiplier, int32_t bias, uint8_t shift, prom_error *error)
{
    static const int8_t weights[] = {100, -100};
    const prom_layer layer = {.kind = PROM_LAYER_DENSE,
                              .input_count = 1,
                              .inputs = reads_input,
                              .output.range = {-128, 127},
                              .rescale = {shift, 0, 1, &multiplier},
                              .weight_count = 2,
                              .biases = &bias,
                              .weights = weights};
    const prom_program contents = contents_of((prom_shape){1, {2}}, 1, &layer);
    return build(arena, &contents, error);
}

static void test_bound_is_exact(void **state)
{
    const int32_t bound = (1 << 30) - (1 << 24);
    /* 100 * 127 + -100 * -128 = 25500 either way. 41449 * 25500 = 2^30 - 2^24 - 15108, and 2^13 <= 15107 < 2^14. */
    const char *sentence = "layer 0: the sum of output 0 lies in [-25500, 25500]; with the multiplier 41449, the shift "
                           "15 and the split 0 it can reach 2^30 - 2^24, the most that is exact here";
    prom_error error = {""};
    assert_ok(build_single(*state, 41449, 0, 14, &error), &error);
    assert_refused(build_single(*state, 41449, 0, 15, &error), &error, sentence);
    assert_ok(build_single(*state, 1, bound - 25500 - 1 - 1, 1, &error), &error);
    assert_refused(build_single(*state, 1, bound - 25500 - 1, 1, &error), &error, "[1056913607, 1056964607]");
    assert_ok(build_single(*state, 1, -bound + 25500 + 1 + 1, 1, &error), &error);
    assert_refused(build_single(*state, 1, -bound + 25500 + 1, 1, &error), &error, "[-1056964607, -1056913607]");
}

/* After a Relu values are 0 to 127, and a program that needs that for its bound is accepted. */
static void test_bound_knows_the_layer_before(void **state)
{
    static const uint32_t multipliers[] = {1, 65000};
    static const int8_t weights[] = {127, -127};
    static const int32_t bias = 0;
    prom_layer layers[] = {
        {.kind = PROM_LAYER_DENSE,
         .input_count = 1,
         .inputs = reads_input,
         .output.range = {0, 127},
         .rescale = {7, 0, 1, multipliers},
         .weight_count = 1,
         .biases = &bias,
         .weights = weights},
        {.kind = PROM_LAYER_DENSE,
         .input_count = 1,
         .inputs = reads_first,
         .output.range = {-128, 127},
         .rescale = {24, 0, 1, multipliers + 1},
         .weight_count = 1,
         .biases = &bias,
         .weights = weights + 1},
    };
    const prom_program contents = contents_of((prom_shape){1, {1}}, 2, layers);
    prom_error error = {""};
    /* 127 * 127 * 65000 + 2^23 lies below 2^30 - 2^24, and 128 * 127 * 65000 + 2^23 above. */
    assert_ok(build(*state, &contents, &error), &error);
    layers[0].output.range.low = -128;
    assert_refused(build(*state, &contents, &error), &error, "layer 1: the sum of output 0");
}

/* What the bytes have no room for is refused, and not cut to something else. */
static void test_refuses_numbers_beyond_the_bytes(void **state)
{
    prom_error error = {""};
    const prom_program *small = parse_small(*state);
    prom_layer *layers = new_bytes(*state, small->layer_count, sizeof *layers);
    prom_program contents = *small;
    contents.layers = layers;
#define REFUSED(changed, number, sentence)                                                                             \
    do {                                                                                                               \
        memcpy(layers, small->layers, small->layer_count * sizeof *layers);                                            \
        (changed) = (number);                                                                                          \
        assert_refused(build(*state, &contents, &error), &error, (sentence));                                          \
    } while (0)
    static const uint32_t far[] = {(1U << 16) + 2, 3};
    REFUSED(layers[0].kind, (prom_layer_kind)0, "layer 0: unknown kind 0");
    REFUSED(layers[0].kind, (prom_layer_kind)258, "layer 0: unknown kind 258");
    REFUSED(layers[3].inputs, far, "layer 3: its input is 65538: the most that is possible is 4096");
    REFUSED(layers[5].input_count, (1U << 16) + 2, "layer 5: its number of inputs is 65538");
    REFUSED(layers[5].axis, 256, "layer 5: its axis is 256");
    REFUSED(layers[6].output.shape.rank, 258, "layer 6: its number of dimensions is 258");
    REFUSED(layers[7].rescale.count, ((size_t)1 << 32) + 3, "layer 7: its number of multipliers is 4294967299");
    for (size_t i = 0; i < PROM_WINDOW_AXES; i++) {
        REFUSED(layers[1].window.axes[i].kernel, 65538, "layer 1: its kernel is 65538");
        REFUSED(layers[1].window.axes[i].stride, 65537, "layer 1: its stride is 65537");
        REFUSED(layers[1].window.axes[i].dilation, 65537, "layer 1: its dilation is 65537");
        REFUSED(layers[1].window.axes[i].pad_before, 65536, "layer 1: its padding is 65536");
        REFUSED(layers[1].window.axes[i].pad_after, 65536, "layer 1: its padding is 65536");
    }
#undef REFUSED
    memcpy(layers, small->layers, small->layer_count * sizeof *layers);
    assert_ok(build(*state, &contents, &error), &error);
    contents.input.shape.sizes[0] |= (size_t)1 << 32;
    assert_refused(build(*state, &contents, &error), &error, "the shape 4294967295x2x3");
    contents.input.shape.rank = 9;
    assert_refused(build(*state, &contents, &error), &error, "its number of dimensions is 9");
    contents = *small;
    contents.layer_count = PROM_PROGRAM_LAYERS_MAX + 1;
    assert_refused(build(*state, &contents, &error), &error, "the program has 4097 layers: 1 to 4096 are possible");
    contents.layer_count = 0;
    assert_refused(build(*state, &contents, &error), &error, "the program has 0 layers");
}

static void test_refuses_images_of_another_rank(void **state)
{
    const prom_layer layer = {.kind = PROM_LAYER_MAX_POOL,
                              .input_count = 1,
                              .inputs = reads_input,
                              .window = {{{1, 1, 1, 0, 0}, {1, 1, 1, 0, 0}}}};
    prom_error error = {""};
    prom_program contents = contents_of((prom_shape){3, {2, 3, 4}}, 1, &layer);
    assert_ok(build(*state, &contents, &error), &error);
    contents.input.shape.rank = 2;
    assert_refused(build(*state, &contents, &error), &error,
                   "layer 0: max pool of 2x3: it takes channels x height x width");
    contents.input.shape = (prom_shape){4, {1, 2, 3, 4}};
    assert_refused(build(*state, &contents, &error), &error, "it takes channels x height x width");
}

static void test_refuses_channels_that_no_group_has(void **state)
{
    static const uint32_t multipliers[] = {1, 1, 1, 1};
    static const int32_t biases[4] = {0};
    static const int8_t weights[4] = {0};
    prom_layer layer = {.kind = PROM_LAYER_CONV,
                        .input_count = 1,
                        .inputs = reads_input,
                        .output.range = {-128, 127},
                        .rescale = {1, 0, 4, multipliers},
                        .window = {{{1, 1, 1, 0, 0}, {1, 1, 1, 0, 0}}},
                        .groups = 2,
                        .weight_count = 1,
                        .biases = biases,
                        .weights = weights};
    prom_error error = {""};
    const prom_program contents = contents_of((prom_shape){3, {2, 1, 1}}, 1, &layer);
    assert_ok(build(*state, &contents, &error), &error);
    layer.rescale.count = 3;
    assert_refused(build(*state, &contents, &error), &error, "its channels cannot be parted into its groups");
}

static void test_refuses_what_costs_too_much(void **state)
{
    static const uint32_t multiplier = 1;
    /* 512 x 512 places of a window of 2^13 x 2^13 are 2^44; one line more is too much. */
    prom_layer layer = {
        .kind = PROM_LAYER_AVERAGE_POOL,
        .input_count = 1,
        .inputs = reads_input,
        .output.range = {-128, 127},
        .rescale = {1, 0, 1, &multiplier},
        .window = {{{1 << 13, 1, 1, 1 << 12, (1 << 12) + 510}, {1 << 13, 1, 1, 1 << 12, (1 << 12) + 510}}}};
    prom_error error = {""};
    prom_program contents = contents_of((prom_shape){3, {1, 1, 1}}, 1, &layer);
    contents.input.range = (prom_range){0, 1};
    assert_ok(build(*state, &contents, &error), &error);
    layer.window.axes[0].pad_after++;
    assert_refused(build(*state, &contents, &error), &error, "layer 0: with it an item takes more than 2^44");
}

static void test_refuses_joined_values_beyond_the_most(void **state)
{
    uint32_t reads[17] = {0};
    prom_layer layer = {.kind = PROM_LAYER_CONCAT, .input_count = 16, .inputs = reads};
    prom_error error = {""};
    const prom_program contents = contents_of((prom_shape){2, {1 << 18, 4}}, 1, &layer);
    assert_ok(build(*state, &contents, &error), &error);
    layer.input_count = 17;
    assert_refused(build(*state, &contents, &error), &error, "layer 0: its output has shape 4456448x4");
}

static prom_span hex_of(prom_arena *arena, const json_t *vector, const char *key)
{
    const char *text = member_text(vector, key);
    const size_t length = strlen(text) / 2;
    uint8_t *bytes = new_bytes(arena, length, 1);
    assert_true(prom_hex_parse(bytes, length, text, strlen(text)));
    return prom_span_of(bytes, length);
}

/* With every set of kernels that this machine can run. Returns how many there are. */
static size_t run_vector(prom_arena *arena, const prom_program *program, const json_t *vector)
{
    prom_error error = {""};
    const prom_span input = hex_of(arena, vector, "input");
    const prom_span wanted = hex_of(arena, vector, "output");
    const size_t items = member_number(vector, "items");
    size_t sets = 0;
    assert_int_equal(input.length, items * program->input.count);
    assert_int_equal(wanted.length, items * prom_program_output(program)->count);
    for (size_t at = 0; prom_program_kernels_name_at(at) != NULL; at++) {
        const prom_program_kernels *kernels = prom_program_kernels_by_name(prom_program_kernels_name_at(at));
        prom_executor *executor = NULL;
        if (kernels == NULL) {
            continue;
        }
        uint8_t *output = new_bytes(arena, wanted.length, 1);
        assert_ok(prom_executor_new(arena, &executor, program, kernels, NULL, &error), &error);
        assert_ok(prom_executor_run(
                      executor, output,
                      &(prom_executor_request){.inputs = input.data, .items = items, .memory = ARENA_BYTES}, &error),
                  &error);
        if (memcmp(output, wanted.data, wanted.length) != 0) {
            fail_msg("'%s' with the kernels '%s'", member_text(vector, "name"), prom_program_kernels_name(kernels));
        }
        sets++;
    }
    return sets;
}

static void test_vectors(void **state)
{
    json_t *vectors = load_vectors("program/program.json");
    const json_t *programs = member(vectors, "programs");
    bool seen[PROM_LAYER_KINDS + 1] = {false};
    assert_true(json_array_size(programs) >= 90);
    for (size_t i = 0; i < json_array_size(programs); i++) {
        const json_t *vector = json_array_get(programs, i);
        prom_error error = {""};
        const prom_program *program = NULL;
        prom_bytes32 digest;
        assert_ok(prom_program_parse(*state, &program, hex_of(*state, vector, "program"), &error), &error);
        assert_builds(*state, program);
        prom_program_digest(&digest, program);
        assert_hex32(&digest, member_text(vector, "digest"));
        assert_int_equal(program->multiplications, member_number(vector, "multiplications"));
        for (size_t layer = 0; layer < program->layer_count; layer++) {
            seen[program->layers[layer].kind] = true;
        }
        assert_true(run_vector(*state, program, vector) >= 1);
    }
    json_decref(vectors);
    for (size_t kind = 1; kind <= PROM_LAYER_KINDS; kind++) {
        assert_true(seen[kind]);
    }
}

static void test_refused_vectors(void **state)
{
    json_t *vectors = load_vectors("program/program.json");
    const json_t *refused = member(vectors, "refused");
    assert_true(json_array_size(refused) >= 80);
    for (size_t i = 0; i < json_array_size(refused); i++) {
        const json_t *vector = json_array_get(refused, i);
        prom_error error = {""};
        const prom_program *program = NULL;
        const prom_result result = prom_program_parse(*state, &program, hex_of(*state, vector, "program"), &error);
        if (result.category != PROM_CATEGORY_BAD_INPUT) {
            fail_msg("'%s': %s", member_text(vector, "name"), prom_category_name(result.category));
        }
    }
    json_decref(vectors);
}

/* What is joined has the least range that holds all, and that must be one. */
static void test_joined_ranges(void **state)
{
    static const uint32_t reads[] = {1, 0};
    static const uint32_t multiplier = 1;
    prom_layer layers[] = {
        {.kind = PROM_LAYER_ADD,
         .input_count = 1,
         .inputs = reads_input,
         .output.range = {-3, 200},
         .rescale = {1, 0, 1, &multiplier}},
        {.kind = PROM_LAYER_CONCAT, .input_count = 2, .inputs = reads},
    };
    prom_error error = {""};
    const prom_program *program = NULL;
    prom_program contents = contents_of((prom_shape){1, {2}}, 2, layers);
    contents.input.range = (prom_range){-55, 7};
    contents.output_zero = 55;
    assert_ok(prom_program_build(*state, &program, &contents, &error), &error);
    assert_value(prom_program_output(program), (prom_shape){1, {4}}, -55, 200);
    assert_builds(*state, program);
    contents.input.range.low = -56;
    assert_refused(build(*state, &contents, &error), &error,
                   "layer 1: its inputs together have the range [-56, 200]: 255 is the most between its ends");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_bound_is_exact),
        TEST(test_bound_knows_the_layer_before),
        TEST(test_refuses_numbers_beyond_the_bytes),
        TEST(test_refuses_images_of_another_rank),
        TEST(test_refuses_channels_that_no_group_has),
        TEST(test_refuses_what_costs_too_much),
        TEST(test_refuses_joined_values_beyond_the_most),
        TEST(test_joined_ranges),
        TEST(test_vectors),
        TEST(test_refused_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
