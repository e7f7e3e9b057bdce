/* Constants in files beside the model, and sizes that the model leaves open. */
#include "onnx/fixture.h"
#include "prometheus/onnx/reader.h"
#include "tensor/files.h"

enum { ITEM_VALUES = 4, WEIGHTS = 12, OFFSET = 3 };

/* One file, "data/w.bin", and how often it was asked for. */
typedef struct one_file {
    prom_span content;
    size_t asked;
} one_file;

static prom_result give_file(void *context, prom_span *content, const char *location, prom_error *error)
{
    one_file *file = context;
    file->asked++;
    if (strcmp(location, "data/w.bin") != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "there is no file '%s'", location);
    }
    *content = file->content;
    return prom_ok();
}

static void add_entry(onnx_fixture *onnx, PromOnnx__TensorProto *tensor, const char *key, const char *value)
{
    PromOnnx__StringStringEntryProto *entry = new_bytes(onnx->arena, 1, sizeof *entry);
    prom_onnx__string_string_entry_proto__init(entry);
    entry->key = text(onnx->arena, key);
    entry->value = text(onnx->arena, value);
    tensor->external_data[tensor->n_external_data++] = entry;
}

/* Moves the weights of the Gemm out; what is NULL is not said. */
static void move_out(onnx_fixture *onnx, one_file *file, const char *location, const char *offset, const char *length)
{
    PromOnnx__TensorProto *tensor = onnx->graph.initializer[GEMM_WEIGHTS];
    uint8_t *bytes = new_bytes(onnx->arena, OFFSET + WEIGHTS * sizeof(float), 1);
    make_raw(onnx, tensor);
    memcpy(bytes + OFFSET, tensor->raw_data.data, tensor->raw_data.len); /* not aligned */
    file->content = prom_span_of(bytes, OFFSET + tensor->raw_data.len);
    tensor->has_raw_data = 0;
    tensor->has_data_location = 1;
    tensor->data_location = PROM_ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    tensor->external_data = new_bytes(onnx->arena, FIXTURE_MAX, sizeof(void *));
    const char *const entries[][2] = {
        {"location", location}, {"offset", offset}, {"length", length}, {"checksum", "x"}};
    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        if (entries[i][1] != NULL) {
            add_entry(onnx, tensor, entries[i][0], entries[i][1]);
        }
    }
}

static void test_reads_weights_of_another_file(void **state)
{
    const char *const lengths[] = {"48", NULL};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        prom_error error = {""};
        const prom_network *network = NULL;
        const prom_network *whole = NULL;
        onnx_fixture onnx;
        one_file file = {.asked = 0};
        const prom_onnx_files files = {give_file, &file};
        fixture_small(&onnx, *state);
        assert_ok(prom_onnx_read(*state, &whole, fixture_bytes(&onnx), &error), &error);
        move_out(&onnx, &file, "data/w.bin", "3", lengths[i]);
        const prom_onnx_request request = {.file = fixture_bytes(&onnx), .files = &files};
        assert_ok(prom_onnx_read_part(*state, &network, &request, &error), &error);
        assert_memory_equal(network->layers[1].weights, whole->layers[1].weights, WEIGHTS * sizeof(float));
        assert_int_equal(file.asked, 1);
    }
}

static void test_refuses_other_files(void **state)
{
    const struct {
        const char *location;
        const char *offset;
        const char *length;
        const char *sentence;
        size_t asked;
    } cases[] = {
        {"../w.bin", "3", "48", "'../w.bin', which is not named by a path inside the model's folder", 0},
        {"data/../../w.bin", "3", "48", "not named by a path inside", 0},
        {"data/..", "3", "48", "not named by a path inside", 0},
        {"/data/w.bin", "3", "48", "not named by a path inside", 0},
        {"data//w.bin", "3", "48", "not named by a path inside", 0},
        {"data/w.bin/", "3", "48", "not named by a path inside", 0},
        {"..\\w.bin", "3", "48", "not named by a path inside", 0},
        {"data/\nw.bin", "3", "48", "'data/?w.bin', which is not named", 0},
        {"", "3", "48", "not named by a path inside", 0},
        {NULL, "3", "48", "not named by a path inside", 0},
        {"other", "3", "48", "constant 'w1': there is no file 'other'", 1},
        {"data/w.bin", "-3", "48", "its offset in another file is '-3', not a number of bytes", 0},
        {"data/w.bin", "", "48", "its offset in another file is ''", 0},
        {"data/w.bin", "3", "4 8", "its length in another file is '4 8'", 0},
        {"data/w.bin", "3", "18446744073709551615", "its length in another file is '1844", 0},
        {"data/w.bin", "52", "0", "it lies beyond the end of 'data/w.bin', which has 51 bytes", 1},
        {"data/w.bin", "4", "48", "it lies beyond the end", 1},
        {"data/w.bin", "3", "44", "its data are not what its shape 4x3 takes", 1},
        {"data/w.bin", "2", NULL, "its data are not what its shape 4x3 takes", 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_error error = {""};
        const prom_network *network = NULL;
        onnx_fixture onnx;
        one_file file = {.asked = 0};
        const prom_onnx_files files = {give_file, &file};
        fixture_small(&onnx, *state);
        move_out(&onnx, &file, cases[i].location, cases[i].offset, cases[i].length);
        const prom_onnx_request request = {.file = fixture_bytes(&onnx), .files = &files};
        assert_refused(prom_onnx_read_part(*state, &network, &request, &error), &error, cases[i].sentence);
        assert_int_equal(file.asked, cases[i].asked);
        assert_refused(prom_onnx_read(*state, &network, request.file, &error), &error, "external_data=False");
    }
}

/* -- Sizes that the model leaves open -- */

static void leave_open(onnx_fixture *onnx, size_t axis)
{
    PromOnnx__TensorShapeProto__Dimension *size = onnx->graph.input[0]->type->tensor_type->shape->dim[axis];
    size->value_case = PROM_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE__NOT_SET;
}

static void test_takes_open_sizes(void **state)
{
    prom_error error = {""};
    const prom_network *network = NULL;
    const prom_shape item = {3, {9, 2, 2}}; /* the 9 is not open */
    onnx_fixture onnx;
    fixture_small(&onnx, *state);
    leave_open(&onnx, 2);
    leave_open(&onnx, 3);
    const prom_onnx_request request = {.file = fixture_bytes(&onnx), .item = &item};
    assert_ok(prom_onnx_read_part(*state, &network, &request, &error), &error);
    assert_int_equal(network->input_count, ITEM_VALUES);
    assert_string_equal(
        network->note,
        "the model's input is open, Nx1x0x0 (0: any): the program's is Nx1x2x2, as the inputs given here");
}

static void test_refuses_open_sizes(void **state)
{
    const prom_shape items[] = {{2, {2, 2}}, {3, {1, 0, 2}}, {3, {1, SIZE_MAX / 2, 2}}};
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        prom_error error = {""};
        const prom_network *network = NULL;
        onnx_fixture onnx;
        fixture_small(&onnx, *state);
        leave_open(&onnx, 2);
        const prom_onnx_request request = {.file = fixture_bytes(&onnx), .item = &items[i]};
        assert_refused(prom_onnx_read_part(*state, &network, &request, &error), &error,
                       "an item must have a fixed shape");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reads_weights_of_another_file),
        TEST(test_refuses_other_files),
        TEST(test_takes_open_sizes),
        TEST(test_refuses_open_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
