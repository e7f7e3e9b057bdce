/* Each operator in each of its forms, on the files of tests/vectors/onnx: the layers that it becomes, and, for what
 * they compute, ONNX Runtime as an outside reference. */
#include <math.h>

#include "prometheus/onnx/reader.h"
#include "tensor/files.h"

#define FILE_MEMORY ((size_t)1 << 24)

static prom_span vector_file(prom_arena *arena, const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/onnx/%s", VECTORS, name);
    return file_bytes(arena, path);
}

static void assert_layers(const prom_network *network, const char *wanted, const char *file)
{
    char kinds[512] = "";
    for (size_t i = 0; i < network->layer_count; i++) {
        const size_t at = strlen(kinds);
        (void)snprintf(kinds + at, sizeof kinds - at, "%s%s", i > 0 ? ", " : "",
                       prom_layer_kind_name(network->layers[i].kind));
    }
    if (strcmp(kinds, wanted) != 0) {
        fail_msg("%s: its layers are %s, not %s", file, kinds, wanted);
    }
}

static void assert_shape(const prom_shape *shape, const json_t *wanted)
{
    assert_int_equal(shape->rank, json_array_size(wanted));
    for (size_t i = 0; i < shape->rank; i++) {
        assert_int_equal(shape->sizes[i], json_integer_value(json_array_get(wanted, i)));
    }
}

static float *numbers(prom_arena *arena, const json_t *list)
{
    float *values = new_bytes(arena, json_array_size(list), sizeof *values);
    for (size_t i = 0; i < json_array_size(list); i++) {
        values[i] = (float)json_number_value(json_array_get(list, i));
    }
    return values;
}

/* Integers that the file brings or gets stand for reals. */
static float real_of(const prom_quantisation *quantisation, float stored)
{
    return quantisation->scale * (stored - (float)quantisation->zero);
}

static void assert_computes(prom_arena *arena, const prom_network *network, const json_t *vector, const char *file)
{
    const bool are_bytes = strncmp(file, "bytes", 5) == 0;
    const prom_network_layer *last = &network->layers[network->layer_count - 1];
    const size_t items = json_array_size(member(vector, "inputs")) / network->input_count;
    const size_t count = items * last->count;
    float *inputs = numbers(arena, member(vector, "inputs"));
    float *wanted = numbers(arena, member(vector, "outputs"));
    float *outputs = new_bytes(arena, count, sizeof *outputs);
    prom_error error = {""};
    assert_int_equal(items, 2);
    assert_int_equal(json_array_size(member(vector, "outputs")), count);
    for (size_t i = 0; are_bytes && i < items * network->input_count; i++) {
        inputs[i] = real_of(&network->input_quantisation, inputs[i]);
    }
    assert_ok(prom_network_run(outputs, network,
                               &(prom_network_request){.inputs = inputs, .items = items, .memory = FILE_MEMORY},
                               &error),
              &error);
    for (size_t i = 0; i < count; i++) {
        const float reference = are_bytes ? real_of(&last->quantisation, wanted[i]) : wanted[i];
        if (!(fabsf(outputs[i] - reference) <= 2e-5F * (1 + fabsf(reference)))) {
            fail_msg("%s: output %zu is %g, not %g", file, i, (double)outputs[i], (double)reference);
        }
    }
}

static void assert_read(prom_arena *arena, const json_t *vector)
{
    prom_error error = {""};
    const prom_network *network = NULL;
    const char *file = member_text(vector, "file");
    const char *note = json_string_value(json_object_get(vector, "tail"));
    const prom_onnx_request request = {.file = vector_file(arena, file),
                                       .end_at = json_string_value(json_object_get(vector, "end"))};
    const prom_result result = prom_onnx_read_part(arena, &network, &request, &error);
    if (!prom_is_ok(result)) {
        fail_msg("%s: %s", file, error.sentence);
    }
    if ((note == NULL) != (network->note == NULL) || (note != NULL && strstr(network->note, note) == NULL)) {
        fail_msg("%s: its note is '%s'", file, network->note);
    }
    assert_layers(network, member_text(vector, "layers"), file);
    assert_shape(&network->layers[network->layer_count - 1].shape, member(vector, "shape"));
    assert_computes(arena, network, vector, file);
}

static void assert_not_read(prom_arena *arena, const json_t *vector)
{
    prom_error error = {""};
    const prom_network *network = (const prom_network *)(const void *)vector;
    const char *file = member_text(vector, "file");
    const prom_result result = prom_onnx_read(arena, &network, vector_file(arena, file), &error);
    if (result.category != PROM_CATEGORY_BAD_INPUT || strstr(error.sentence, member_text(vector, "sentence")) == NULL) {
        fail_msg("%s: %s, '%s'", file, prom_category_name(result.category), error.sentence);
    }
    assert_null(network);
}

static void test_operators(void **state)
{
    (void)state;
    json_t *vectors = load_vectors("onnx/onnx.json");
    assert_true(json_array_size(vectors) > 200);
    for (size_t i = 0; i < json_array_size(vectors); i++) {
        const json_t *vector = json_array_get(vectors, i);
        prom_arena arena;
        prom_arena_init(&arena, FILE_MEMORY);
        if (json_object_get(vector, "sentence") == NULL) {
            assert_read(&arena, vector);
        } else {
            assert_not_read(&arena, vector);
        }
        prom_arena_free(&arena);
    }
    json_decref(vectors);
}

static void count_operator(void *context, const char *name)
{
    (void)name;
    ++*(size_t *)context;
}

static void test_lists_operators(void **state)
{
    (void)state;
    size_t count = 0;
    prom_onnx_operators(count_operator, &count);
    assert_int_equal(count, 59);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_operators), cmocka_unit_test(test_lists_operators)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
