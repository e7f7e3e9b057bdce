#include "api/digits_batch.h"

/* The digits network with its calibration set, [items][1][8][8]. */
static const size_t DIGIT_SIZES[] = {1, 8, 8};

static prom_model_source digits_source(prom_arena *arena)
{
    const prom_span onnx = model_file(arena, CNN);
    const prom_tensor set = model_tensor(arena, "digits-calibration.npy");
    const prom_model_source source = {.onnx = onnx.data,
                                      .onnx_length = onnx.length,
                                      .calibration = set.data,
                                      .items = set.shape.sizes[0],
                                      .item_rank = 3,
                                      .item_sizes = DIGIT_SIZES};
    return source;
}

static prom_model *compile_source(const prom_model_source *source)
{
    prom_error error = {""};
    prom_model *model = NULL;
    assert_ok(prom_model_compile_from(&model, source, NULL, &error), &error);
    return model;
}

static void assert_same_model(const prom_model *one, const prom_model *other, bool same)
{
    uint8_t digests[2][PROM_MODEL_DIGEST_BYTES];
    prom_model_digest(one, digests[0]);
    prom_model_digest(other, digests[1]);
    assert_int_equal(memcmp(digests[0], digests[1], PROM_MODEL_DIGEST_BYTES) == 0, same);
}

static void test_methods_of_calibration(void **state)
{
    prom_model *expected = compile_digits(*state, CNN);
    prom_model_source source = digits_source(*state);
    for (int method = PROM_MODEL_CALIBRATION_MAX; method <= PROM_MODEL_CALIBRATION_MSE; method++) {
        source.method = (prom_model_calibration)method;
        prom_model *model = compile_source(&source);
        assert_same_model(model, expected, method == PROM_MODEL_CALIBRATION_MAX);
        assert_null(prom_model_note(model));
        prom_model_free(model);
    }
    prom_model_free(expected);
}

/* A set with an item that nothing else is like: what `prom compile` warns of is the model's to tell. */
static void test_what_is_lost_is_told(void **state)
{
    prom_model_source source = digits_source(*state);
    prom_model *good = compile_source(&source);
    assert_null(prom_model_warning(good, 0));
    float *wild = calloc(source.items * 64, sizeof *wild);
    assert_non_null(wild);
    memcpy(wild, source.calibration, source.items * 64 * sizeof *wild);
    for (size_t i = 0; i < 64; i++) {
        wild[7 * 64 + i] *= 1000;
    }
    source.calibration = wild;
    prom_model *model = compile_source(&source);
    assert_non_null(strstr(prom_model_warning(model, 0), "ranges are stretched by item 7 ("));
    size_t count = 0;
    while (prom_model_warning(model, count) != NULL) {
        count++;
    }
    assert_in_range(count, 2, 6);
    assert_null(prom_model_warning(model, SIZE_MAX));
    prom_model *loaded = NULL;
    prom_error error = {""};
    const uint8_t *bytes = NULL;
    size_t length = 0;
    prom_model_bytes(model, &bytes, &length);
    assert_ok(prom_model_load(&loaded, bytes, length, &error), &error);
    assert_null(prom_model_warning(loaded, 0));
    prom_model_free(loaded);
    prom_model_free(model);
    prom_model_free(good);
    free(wild);
}

/* The height and width of the file's input, 8, as dimensions without a size: of as many bytes. */
static void leave_open(uint8_t *onnx, size_t length)
{
    static const uint8_t fixed[] = {10, 2, 8, 1, 10, 2, 8, 8, 10, 2, 8, 8};
    size_t at = 0;
    while (at + sizeof fixed <= length && memcmp(onnx + at, fixed, sizeof fixed) != 0) {
        at++;
    }
    assert_true(at + sizeof fixed <= length);
    memcpy(onnx + at + 6, "\x12\0", 2);
    memcpy(onnx + at + 10, "\x12\0", 2);
}

static void test_open_sizes_are_the_calibration_sets(void **state)
{
    prom_model *expected = compile_digits(*state, CNN);
    prom_model_source source = digits_source(*state);
    prom_error error = {""};
    prom_model *model = NULL;
    uint8_t *onnx = exact_copy(source.onnx, source.onnx_length);
    leave_open(onnx, source.onnx_length);
    source.onnx = onnx;
    assert_refused(prom_model_compile(&model, onnx, source.onnx_length, source.calibration, 10, 64, NULL, &error),
                   &error, "(0: not fixed)");
    model = compile_source(&source);
    assert_same_model(model, expected, true);
    assert_non_null(strstr(prom_model_note(model), "the model's input is open, Nx1x0x0"));
    free(onnx);
    assert_non_null(strstr(prom_model_note(model), "the program's is Nx1x8x8"));
    prom_model_free(model);
    prom_model_free(expected);
}

/* Sentences name what the caller has: a member, not an option of the program's. */
static void test_ends_of_a_network(void **state)
{
    prom_model_source source = digits_source(*state);
    prom_error error = {""};
    prom_model *model = NULL;
    source.end_at = "nowhere";
    assert_refused(prom_model_compile_from(&model, &source, NULL, &error), &error,
                   "the network cannot end at 'nowhere'");
    const prom_span two = model_file(*state, "../tests/vectors/onnx/end-at-hidden.onnx");
    const size_t sizes[] = {3};
    const float set[] = {-1, 0.5F, 2, 1, -0.25F, 3};
    source = (prom_model_source){.onnx = two.data,
                                 .onnx_length = two.length,
                                 .calibration = set,
                                 .items = 2,
                                 .item_rank = 1,
                                 .item_sizes = sizes};
    assert_refused(prom_model_compile_from(&model, &source, NULL, &error), &error, "one of 'y', 'h' with end_at NAME");
    source.end_at = "y";
    assert_refused(prom_model_compile_from(&model, &source, NULL, &error), &error,
                   "operators in its place (prom_model_operators() lists them), or end before it, with end_at NAME");
    assert_null(model);
    source.end_at = "h";
    model = compile_source(&source);
    prom_model_value output;
    prom_model_output(model, &output);
    assert_int_equal(output.count, 3);
    prom_model_free(model);
}

struct one_file {
    prom_span content;
    size_t asked;
};

static bool give_file(void *context, const void **bytes, size_t *length, const char *location, prom_error *error)
{
    struct one_file *file = context;
    file->asked++;
    assert_string_equal(location, "external.bin");
    if (file->content.data == NULL) {
        (void)snprintf(error->sentence, sizeof error->sentence, "not given today");
        return false;
    }
    *bytes = file->content.data;
    *length = file->content.length;
    return true;
}

static void test_weights_in_other_files(void **state)
{
    const prom_span onnx = model_file(*state, "../tests/vectors/onnx/external.onnx");
    const size_t sizes[] = {3};
    const float set[] = {-1, 0.5F, 2, 1, -0.25F, 3};
    struct one_file file = {.asked = 0};
    prom_error error = {""};
    prom_model *model = NULL;
    prom_model_source source = {.onnx = onnx.data,
                                .onnx_length = onnx.length,
                                .calibration = set,
                                .items = 2,
                                .item_rank = 1,
                                .item_sizes = sizes};
    assert_refused(prom_model_compile_from(&model, &source, NULL, &error), &error, "it lies in another file");
    source.files = (prom_model_files){give_file, &file};
    assert_refused(prom_model_compile_from(&model, &source, NULL, &error), &error, "not given today");
    assert_int_equal(file.asked, 1);
    file = (struct one_file){model_file(*state, "../tests/vectors/onnx/external.bin"), 0};
    model = compile_source(&source);
    assert_int_equal(file.asked, 1);
    prom_model_free(model);
    file.content.length--;
    assert_refused(prom_model_compile_from(&model, &source, NULL, &error), &error, "external.bin");
}

static void test_what_is_no_source(void **state)
{
    const size_t line[] = {64};
    const size_t many[PROM_MODEL_RANK_MAX + 1] = {1, 1, 1, 1, 1, 1, 1, 8, 8};
    prom_model_source source = digits_source(*state);
    prom_error error = {""};
    prom_model *model = NULL;
    source.item_rank = 1;
    source.item_sizes = line;
    assert_refused(prom_model_compile_from(&model, &source, NULL, &error), &error,
                   "the calibration set has shape Nx64; the network takes Nx1x8x8");
    source.item_rank = PROM_MODEL_RANK_MAX + 1;
    source.item_sizes = many;
    assert_refused(prom_model_compile_from(&model, &source, NULL, &error), &error, "has 9 sizes; 8 is the most");
    source = digits_source(*state);
    source.items = 0;
    assert_refused(prom_model_compile_from(&model, &source, NULL, &error), &error,
                   "the calibration set: there are no items");
    source = digits_source(*state);
    source.method = (prom_model_calibration)3;
    assert_refused(prom_model_compile_from(&model, &source, NULL, &error), &error, "no calibration method 3");
}

static void count_operator(void *context, const char *name)
{
    size_t *convolutions = context;
    *convolutions += strcmp(name, "Conv") == 0 ? 1 : 0;
}

static void test_operators_are_listed(void **state)
{
    size_t convolutions = 0;
    (void)state;
    prom_model_operators(count_operator, &convolutions);
    assert_int_equal(convolutions, 1);
}

struct told {
    bool stop;
    size_t done;
};

static bool note(void *context, size_t done, size_t total)
{
    struct told *told = context;
    assert_int_equal(total, 100);
    told->done = done;
    return !told->stop;
}

/* Where nothing is calibrated, the end is told all the same. */
static void test_progress_of_a_quantised_network(void **state)
{
    const prom_span onnx = model_file(*state, QUANTISED);
    struct told told = {.stop = false};
    const prom_model_options options = {.progress = {note, &told}};
    prom_error error = {""};
    prom_model *model = NULL;
    assert_ok(prom_model_compile(&model, onnx.data, onnx.length, NULL, 0, 0, &options, &error), &error);
    assert_int_equal(told.done, 100);
    prom_model_free(model);
    told.stop = true;
    assert_fails(prom_model_compile(&model, onnx.data, onnx.length, NULL, 0, 0, &options, &error),
                 PROM_CATEGORY_STOPPED, &error, "stopped");
    assert_null(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_methods_of_calibration),
        TEST(test_what_is_lost_is_told),
        TEST(test_open_sizes_are_the_calibration_sets),
        TEST(test_ends_of_a_network),
        TEST(test_weights_in_other_files),
        TEST(test_what_is_no_source),
        TEST(test_operators_are_listed),
        TEST(test_progress_of_a_quantised_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
