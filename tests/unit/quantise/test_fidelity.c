/* What is told of a program's precision; and that the trained networks of models/ keep theirs, with the digests and
 * outputs of tests/vectors/models.json under each set of kernels. With --print it writes that file's content. */
#include <math.h>

#include "prometheus/crypto/hash.h"
#include "prometheus/onnx/reader.h"
#include "prometheus/program/batch.h"
#include "prometheus/program/run.h"
#include "prometheus/quantise/quantise.h"
#include "quantise/network_fixture.h"

#define MEMORY ((size_t)1 << 26)

static prom_tensor batch_of(const float *values, size_t items, size_t width)
{
    return (prom_tensor){PROM_DTYPE_F32, {2, {items, width}}, items * width, values};
}

static bool count_call(void *context, size_t done, size_t items)
{
    assert_true(done == ++*(size_t *)context && done <= items);
    return true;
}

static bool stop_at_once(void *context, size_t done, size_t items)
{
    (void)items;
    assert_int_equal(done, 1);
    ++*(size_t *)context;
    return false;
}

/* Neither calibration nor comparison goes on when it is told that it is enough. */
static void assert_what_stops(prom_arena *arena, const prom_network *network, const prom_quantised *quantised,
                              const prom_tensor *calibration, const prom_tensor *test)
{
    size_t calls = 0;
    const prom_progress stops = {stop_at_once, &calls};
    prom_error error = {""};
    prom_fidelity unread;
    prom_quantised none;
    assert_int_equal(prom_network_quantise(arena, &none, network, calibration, &stops, &error).category,
                     PROM_CATEGORY_STOPPED);
    assert_int_equal(
        prom_network_compare(arena, &unread, network, quantised, &(prom_test_set){.inputs = test}, &stops, &error)
            .category,
        PROM_CATEGORY_STOPPED);
    assert_int_equal(calls, 2);
}

/* The places hold 1, 1, 0 and 0, 2, 0, so their means are 2/3, their squared distances 2/3 and 8/3; 2 is off by 1. */
static void assert_what_is_lost(const prom_fidelity *found, const prom_quantised *quantised, const float *inputs)
{
    const prom_layer_fidelity *output = &found->layers[0];
    assert_true(output->varies && fabs(output->signal_to_noise - 10 * log10(10.0 / 3)) < 1e-6);
    assert_true(fabs(output->spread - sqrt(10.0 / 18)) < 1e-6 && fabs(output->error - sqrt(1.0 / 6)) < 1e-6);
    assert_true(fabs(output->error_max - 1) < 1e-6 && fabs(output->clamped - 1.0 / 6) < 1e-12);
    assert_string_equal(found->input.name, "input");
    assert_true(found->input.clamped == output->clamped && found->input.scale == output->scale);
    assert_true(fabs(prom_quantised_inputs_clamped(quantised, inputs, 6) - 1.0 / 6) < 1e-12);
    /* The medians are 1 and 0; item 1 is 2 away and off by 1. */
    assert_int_equal(found->item.worst_item, 1);
    assert_true(fabs(found->item.worst - 10 * log10(4)) < 1e-6);
    assert_true(found->item.middle > 100);
}

/* Inputs pass through, clamped to those of the calibration set: 0 to 1. */
static void test_what_is_lost_is_told(void **state)
{
    const float seen[] = {0, 1};
    const float later[] = {1, 0, 1, 2, 0, 0};
    const int64_t labels[] = {0, 1, 1};
    size_t calls = 0;
    const prom_progress progress = {count_call, &calls};
    prom_error error = {""};
    prom_quantised quantised;
    prom_fidelity found;
    network_maker maker = new_network(*state, 1, (prom_shape){1, {2}});
    (void)add_same(&maker, 0);
    const prom_network *network = network_made(&maker);
    const prom_tensor calibration = batch_of(seen, 1, 2);
    const prom_tensor test = batch_of(later, 3, 2);
    assert_ok(prom_network_quantise(*state, &quantised, network, &calibration, NULL, &error), &error);
    assert_ok(prom_network_compare(*state, &found, network, &quantised,
                                   &(prom_test_set){.inputs = &test, .labels = labels}, &progress, &error),
              &error);
    assert_int_equal(calls, 3);
    assert_int_equal(found.items, 3);
    assert_what_stops(*state, network, &quantised, &calibration, &test);
    assert_true(found.classes);
    assert_int_equal(found.decided, 2);  /* 0 and 0 are no class */
    assert_int_equal(found.agreeing, 1); /* 1 and 2 both become 1, and the first of equals counts */
    assert_int_equal(found.float_right, 2);
    assert_int_equal(found.integer_right, 1);
    assert_int_equal(found.layer_count, 1);
    assert_string_equal(found.layers[0].name, "add 0");
    assert_int_equal(found.layers[0].kind, PROM_LAYER_ADD);
    assert_true(found.layers[0].scale == 1.0F / 255);
    assert_true(found.layers[0].range.low == 0 && found.layers[0].range.high == 255);
    assert_what_is_lost(&found, &quantised, later);
}

/* Numbers around 1e31, whose squares are no float32; those of which only the last bits differ; and a small spread
 * around a large mean. */
static void test_what_varies(void **state)
{
    const float huge[] = {1e31F, -2e31F, 3e31F, 2.5e31F};
    const float same[] = {300, 300, nextafterf(300, 301), 300};
    const float near[] = {300, 300.1F, 299.9F, 300.2F};
    const float *const sets[] = {huge, same, near};
    prom_error error = {""};
    prom_quantised quantised;
    prom_fidelity found;
    network_maker maker = new_network(*state, 1, (prom_shape){1, {1}});
    (void)add_same(&maker, 0);
    const prom_network *network = network_made(&maker);
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        const prom_tensor batch = batch_of(sets[i], 4, 1);
        assert_ok(prom_network_quantise(*state, &quantised, network, &batch, NULL, &error), &error);
        assert_ok(
            prom_network_compare(*state, &found, network, &quantised, &(prom_test_set){.inputs = &batch}, NULL, &error),
            &error);
        const double decibels = found.layers[0].signal_to_noise;
        assert_false(found.classes); /* one value */
        assert_true(found.layers[0].varies == (i != 1));
        assert_true(i == 0 ? decibels > 40 && decibels < 70 : i == 1 ? isnan(decibels) : decibels < 10);
        assert_true(isnan(found.item.worst) == (i == 1));
    }
}

static void test_what_is_exact_is_told(void **state)
{
    const float values[] = {3, 200, 0, 255};
    prom_error error = {""};
    prom_quantised quantised;
    prom_fidelity found;
    network_maker maker = new_network(*state, 1, (prom_shape){1, {2}});
    layer_made(&maker, add_same(&maker, 0))->quantisation = (prom_quantisation){true, 1, 0, 0, 255};
    maker.network.input_quantisation = (prom_quantisation){true, 1, 0, 0, 255};
    const prom_network *network = network_made(&maker);
    const prom_tensor batch = batch_of(values, 2, 2);
    assert_ok(prom_network_quantise(*state, &quantised, network, NULL, NULL, &error), &error);
    assert_ok(
        prom_network_compare(*state, &found, network, &quantised, &(prom_test_set){.inputs = &batch}, NULL, &error),
        &error);
    assert_int_equal(found.agreeing, 2);
    assert_int_equal(found.float_right + found.integer_right, 0); /* without labels */
    assert_true(isinf(found.layers[0].signal_to_noise) && found.layers[0].signal_to_noise > 0);
    assert_true(found.layers[0].clamped == 0);
}

static void test_refusals(void **state)
{
    float values[] = {0, 1};
    prom_error error = {""};
    prom_quantised quantised;
    prom_fidelity found;
    network_maker maker = new_network(*state, 1, (prom_shape){1, {2}});
    (void)add_same(&maker, 0);
    const prom_network *network = network_made(&maker);
    const prom_tensor batch = batch_of(values, 1, 2);
    const prom_tensor narrow = batch_of(values, 2, 1);
    assert_ok(prom_network_quantise(*state, &quantised, network, &batch, NULL, &error), &error);
    assert_refused(
        prom_network_compare(*state, &found, network, &quantised, &(prom_test_set){.inputs = &narrow}, NULL, &error),
        &error, "the input has shape 2x1, the model wants Nx2");
    values[1] = NAN;
    assert_refused(
        prom_network_compare(*state, &found, network, &quantised, &(prom_test_set){.inputs = &batch}, NULL, &error),
        &error, "value 1 of the input is not a finite number");
}

/* -- The trained networks -- */

static const char *const TRAINED[] = {
    "digits-mlp.onnx",     "digits-cnn.onnx",         "digits-resnet.onnx",     "digits-depthwise.onnx",
    "digits-cnn-qdq.onnx", "digits-cnn-qlinear.onnx", "digits-resnet-qdq.onnx",
};

/* What everybody must get from one of them. */
typedef struct trained {
    prom_bytes32 digest;  /* of the program, calibrated with digits-calibration.npy */
    prom_bytes32 outputs; /* SHA-256 of the batch of outputs for digits-heldout-images.npy */
    prom_fidelity fidelity;
} trained;

static void hash_outputs(prom_arena *arena, prom_bytes32 *hash, const prom_program *program, const prom_tensor *images,
                         const prom_program_kernels *kernels)
{
    prom_error error = {""};
    prom_executor *executor = NULL;
    prom_span bytes;
    const size_t items = images->shape.sizes[0];
    const size_t values = prom_program_output(program)->count;
    uint8_t *codes = new_bytes(arena, images->count, 1);
    uint8_t *outputs = new_bytes(arena, items * values, 1);
    assert_ok(prom_program_quantise(codes, program, images->data, images->count, &error), &error);
    assert_ok(prom_executor_new(arena, &executor, program, kernels, NULL, &error), &error);
    assert_ok(prom_executor_run(executor, outputs,
                                &(prom_executor_request){.inputs = codes, .items = items, .memory = MEMORY}, &error),
              &error);
    const prom_batch batch = {(uint32_t)items, (uint32_t)values, outputs};
    assert_ok(prom_batch_write(arena, &bytes, &batch, &error), &error);
    prom_sha256(hash, bytes);
}

/* Compiles and runs a model; that all sets of kernels agree. */
static trained compile_and_run(prom_arena *arena, const char *name)
{
    trained made = {0};
    prom_error error = {""};
    prom_quantised quantised;
    const prom_network *network = NULL;
    const prom_tensor calibration = model_tensor(arena, "digits-calibration.npy");
    const prom_tensor images = model_tensor(arena, "digits-heldout-images.npy");
    const prom_tensor labels = model_tensor(arena, "digits-heldout-labels.npy");
    assert_int_equal(labels.dtype, PROM_DTYPE_I64);
    assert_ok(prom_onnx_read(arena, &network, model_file(arena, name), &error), &error);
    assert_ok(prom_network_quantise(arena, &quantised, network, &calibration, NULL, &error), &error);
    prom_program_digest(&made.digest, quantised.program);
    assert_ok(prom_network_compare(arena, &made.fidelity, network, &quantised,
                                   &(prom_test_set){.inputs = &images, .labels = labels.data}, NULL, &error),
              &error);
    hash_outputs(arena, &made.outputs, quantised.program, &images, prom_program_kernels_by_name("portable"));
    for (size_t at = 0; prom_program_kernels_name_at(at) != NULL; at++) {
        const prom_program_kernels *kernels = prom_program_kernels_by_name(prom_program_kernels_name_at(at));
        prom_bytes32 outputs = made.outputs;
        if (kernels != NULL) {
            hash_outputs(arena, &outputs, quantised.program, &images, kernels);
        }
        assert_true(prom_bytes32_equal(&outputs, &made.outputs));
    }
    return made;
}

static void assert_text(const json_t *model, const char *key, const prom_bytes32 *bytes)
{
    assert_hex32(bytes, member_text(model, key));
}

static void test_trained_models(void **state)
{
    json_t *models = load_vectors("models.json");
    assert_int_equal(json_array_size(models), COUNT_OF(TRAINED));
    for (size_t i = 0; i < COUNT_OF(TRAINED); i++) {
        const json_t *model = json_array_get(models, i);
        const char *name = member_text(model, "model");
        assert_string_equal(name, TRAINED[i]);
        const trained made = compile_and_run(*state, name);
        assert_text(model, "digest", &made.digest);
        assert_text(model, "outputs", &made.outputs);
        const int64_t lost = (int64_t)made.fidelity.float_right - (int64_t)made.fidelity.integer_right;
        assert_true(llabs(lost) * 200 <= (int64_t)made.fidelity.items); /* half a percentage point */
        assert_true(made.fidelity.integer_right * 100 >= made.fidelity.items * 97);
    }
    json_decref(models);
}

static void print_models(void)
{
    prom_arena arena;
    prom_arena_init(&arena, ARENA_BYTES);
    for (size_t i = 0; i < COUNT_OF(TRAINED); i++) {
        char digest[PROM_HEX32];
        char outputs[PROM_HEX32];
        const trained made = compile_and_run(&arena, TRAINED[i]);
        (void)printf("%s {\"model\": \"%s\",\n  \"digest\": \"%s\",\n  \"outputs\": \"%s\"}%s\n", i == 0 ? "[\n" : "",
                     TRAINED[i], prom_hex32(digest, &made.digest), prom_hex32(outputs, &made.outputs),
                     i + 1 == COUNT_OF(TRAINED) ? "\n]" : ",");
    }
    prom_arena_free(&arena);
}

int main(int argument_count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_lost_is_told), TEST(test_what_varies), TEST(test_what_is_exact_is_told), TEST(test_refusals),
        TEST(test_trained_models),
    };
    if (argument_count == 2 && strcmp(arguments[1], "--print") == 0) {
        print_models();
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
