#include "prometheus/tensor/npy.h"
#include "tensor/files.h"

/* A file of the given version with this header text and these data. */
static prom_span file_of(prom_arena *arena, uint8_t version, const char *header, const char *data, size_t length)
{
    prom_writer writer = prom_writer_in(arena);
    prom_span file = {0};
    prom_write_text(&writer, "\x93NUMPY");
    prom_write_u8(&writer, version);
    prom_write_u8(&writer, 0);
    if (version == 1) {
        prom_write_u16_le(&writer, (uint16_t)strlen(header));
    } else {
        prom_write_u32_le(&writer, (uint32_t)strlen(header));
    }
    prom_write_text(&writer, header);
    prom_write_span(&writer, prom_span_of((const uint8_t *)data, length));
    assert_true(prom_is_ok(prom_writer_finish(&writer, &file, NULL)));
    return file;
}

#define HEADER(descr, shape) "{'descr': '" descr "', 'fortran_order': False, 'shape': " shape ", }\n"

/* The bytes that a member has as hex. */
static prom_span bytes_of(prom_arena *arena, const json_t *vector, const char *key)
{
    const char *text = member_text(vector, key);
    const size_t length = strlen(text) / 2;
    uint8_t *bytes = new_bytes(arena, length, 1);
    assert_true(prom_hex_parse(bytes, length, text, strlen(text)));
    return prom_span_of(bytes, length);
}

static void check_data(const prom_tensor *tensor, prom_dtype dtype, const prom_tensor *of, prom_span expected)
{
    assert_int_equal(tensor->dtype, dtype);
    assert_int_equal(tensor->count, of->count);
    assert_true(prom_shape_equal(&tensor->shape, &of->shape));
    assert_int_equal(tensor->count * prom_dtype_width(dtype), expected.length);
    assert_memory_equal(tensor->data, expected.data, expected.length);
}

/* The vector's elements, and what becomes of them as float32 and as int64. Data are little-endian, as the machines are
 * that run tests. */
static void check_vector(prom_arena *arena, const json_t *vector)
{
    prom_error error = {""};
    prom_tensor tensor;
    prom_tensor converted;
    prom_span written;
    const prom_span file = bytes_of(arena, vector, "file");
    uint8_t *exact = exact_copy(file.data, file.length);
    assert_ok(prom_npy_read(arena, &tensor, prom_span_of(exact, file.length), &error), &error);
    free(exact);
    const json_t *shape = member(vector, "shape");
    assert_int_equal(tensor.shape.rank, json_array_size(shape));
    for (size_t i = 0; i < tensor.shape.rank; i++) {
        assert_int_equal(tensor.shape.sizes[i], json_integer_value(json_array_get(shape, i)));
    }
    assert_string_equal(prom_dtype_name(tensor.dtype), member_text(vector, "dtype"));
    check_data(&tensor, tensor.dtype, &tensor, bytes_of(arena, vector, "data"));

    assert_ok(prom_tensor_as_float(arena, &converted, &tensor, &error), &error);
    check_data(&converted, PROM_DTYPE_F32, &tensor, bytes_of(arena, vector, "float32"));
    const prom_result result = prom_tensor_as_integers(arena, &converted, &tensor, &error);
    if (json_is_null(member(vector, "int64"))) {
        assert_refused(result, &error, "is not an integer of 64 bits");
    } else {
        assert_ok(result, &error);
        check_data(&converted, PROM_DTYPE_I64, &tensor, bytes_of(arena, vector, "int64"));
    }
    assert_ok(prom_npy_write(arena, &written, &tensor, &error), &error);
    assert_int_equal(prom_span_equal(written, file), json_is_true(member(vector, "canonical")));
    assert_int_equal(written.length, 128 + tensor.count * prom_dtype_width(tensor.dtype));
}

static void test_numpy_agrees(void **state)
{
    json_t *vectors = load_vectors("npy/npy.json");
    assert_true(json_array_size(vectors) > 70);
    for (size_t i = 0; i < json_array_size(vectors); i++) {
        check_vector(*state, json_array_get(vectors, i));
    }
    json_decref(vectors);
}

static void test_reads_each_way_to_write_it(void **state)
{
    const struct {
        uint8_t version;
        const char *header;
        prom_shape shape;
    } cases[] = {
        {1, HEADER("|i1", "(2, 3)"), {2, {2, 3}}},
        {2, HEADER("|i1", "(6,)"), {1, {6}}},
        {3, HEADER("|i1", "(6, 1)"), {2, {6, 1}}},
        {1, "{\"shape\":(1,2,3,),\"fortran_order\":False,\"descr\":\"|i1\"}", {3, {1, 2, 3}}},
        {1, "  { 'shape' : ( 3 , 2 ) , 'fortran_order' : False , 'descr' : '|i1' }   \n\n", {2, {3, 2}}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_error error = {""};
        prom_tensor tensor;
        const prom_span file = file_of(*state, cases[i].version, cases[i].header, "abcdef", 6);
        assert_ok(prom_npy_read(*state, &tensor, file, &error), &error);
        assert_true(prom_shape_equal(&tensor.shape, &cases[i].shape));
        assert_memory_equal(tensor.data, "abcdef", 6);
    }
}

static void test_reads_rank_0_and_nothing(void **state)
{
    prom_error error = {""};
    prom_tensor tensor;
    assert_ok(prom_npy_read(*state, &tensor, file_of(*state, 1, HEADER("|u1", "()"), "x", 1), &error), &error);
    assert_int_equal(tensor.shape.rank, 0);
    assert_int_equal(tensor.count, 1);
    assert_ok(prom_npy_read(*state, &tensor, file_of(*state, 1, HEADER("<f4", "(3, 0)"), "", 0), &error), &error);
    assert_int_equal(tensor.count, 0);
}

static void test_refuses_other_headers(void **state)
{
    const char *not_understood = "header is not understood";
    const struct {
        const char *header;
        const char *sentence;
    } cases[] = {
        {HEADER("|O", "(1,)"), "holds Python objects ('|O')"},
        {HEADER("|S4", "(1,)"), "holds byte strings ('|S4')"},
        {HEADER("<U1", "(1,)"), "holds strings ('<U1')"},
        {HEADER("|V4", "(1,)"), "holds structures or raw bytes ('|V4')"},
        {HEADER("<c8", "(1,)"), "holds complex numbers ('<c8')"},
        {HEADER("<M8[ns]", "(1,)"), "holds dates ('<M8[ns]')"},
        {HEADER("<m8[ns]", "(1,)"), "holds time differences ('<m8[ns]')"},
        {HEADER("<f16", "(1,)"), "elements of an unknown type ('<f16')"},
        {HEADER("|f4", "(1,)"), "elements of an unknown type ('|f4')"},
        {HEADER("=f4", "(1,)"), "elements of an unknown type ('=f4')"},
        {HEADER("f4", "(1,)"), "elements of an unknown type ('f4')"},
        {HEADER("<", "(1,)"), "elements of an unknown type ('<')"},
        {HEADER("", "(1,)"), "elements of an unknown type ('')"},
        {HEADER("\x1b[2Jabcdefghijklmnopq", "(2,)"), "elements of an unknown type ('?[2Jabcdefghijk')"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "holds structures: save each"},
        {"{'descr': ('<f4', (2,)), 'fortran_order': False, 'shape': (1,), }", not_understood},
        {"{'descr': '<f4', 'fortran_order': Fals, 'shape': (1,), }", not_understood},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,)", not_understood},
        {"'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", not_understood},
        {"{'descr' '<f4', 'fortran_order': False, 'shape': (1,), }", not_understood},
        {"{'descr': '<f4' 'fortran_order': False, 'shape': (1,), }", not_understood},
        {"{'descr': '<f4', 'fortran_order': False}", not_understood},
        {"{'descr': '<f4', 'shape': (1,)}", not_understood},
        {"{'fortran_order': False, 'shape': (1,)}", not_understood},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}", not_understood},
        {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", not_understood},
        {"{'descr': '<f4', 'fortran_order': False, 'fortran_order': False, 'shape': (1,)}", not_understood},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'shape': (1,)}", not_understood},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", not_understood},
        {"{'descr': '<f\\x34', 'fortran_order': False, 'shape': (1,)}", not_understood},
        {"{'descr': '<f4, 'fortran_order': False, 'shape': (1,)}", not_understood},
        {HEADER("<f4", "(1)"), not_understood},
        {HEADER("<f4", "1"), not_understood},
        {HEADER("<f4", "(,)"), not_understood},
        {HEADER("<f4", "(-1,)"), not_understood},
        {HEADER("<f4", "(1 1)"), not_understood},
        {HEADER("<f4", "(1,,)"), not_understood},
        {HEADER("<f4", "(1, 1, 1, 1, 1, 1, 1, 1, 1)"), not_understood},
        {HEADER("<f4", "(18446744073709551617,)"), not_understood},
        {HEADER("<f4", "(4611686018427387905,)"), "which is not what the shape"},
        {HEADER("<f4", "(4294967296, 4294967296)"), "which is not what the shape"},
        {HEADER("<f4", "(2,)"), "holds 4 bytes of data, which is not what the shape 2 of float32 takes"},
        {HEADER("|i1", "(3,)"), "holds 4 bytes of data"},
        {HEADER("<f8", "(0,)"), "holds 4 bytes of data"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_error error = {""};
        prom_tensor tensor = {.count = 99};
        const prom_span file = file_of(*state, 1, cases[i].header, "\0\0\0\0", 4);
        assert_refused(prom_npy_read(*state, &tensor, file, &error), &error, cases[i].sentence);
        assert_int_equal(tensor.count, 0);
    }
}

static void test_refuses_other_files(void **state)
{
    prom_error error = {""};
    prom_tensor tensor;
    const prom_span file = file_of(*state, 1, HEADER("|u1", "(1,)"), "x", 1);
    uint8_t *bytes = exact_copy(file.data, file.length);
    const prom_span changed = prom_span_of(bytes, file.length);
    bytes[0] ^= 1;
    assert_refused(prom_npy_read(*state, &tensor, changed, &error), &error, "does not begin as one");
    bytes[0] ^= 1;
    const prom_span archive = prom_span_of((const uint8_t *)"PK\3\4", 4);
    assert_refused(prom_npy_read(*state, &tensor, archive, &error), &error, "numpy.load(\"x.npz\")[\"NAME\"]");
    bytes[6] = 4;
    assert_refused(prom_npy_read(*state, &tensor, changed, &error), &error, "format version 4.0");
    bytes[6] = 0;
    assert_refused(prom_npy_read(*state, &tensor, changed, &error), &error, "format version 0.0");
    bytes[6] = 1;
    bytes[7] = 1;
    assert_refused(prom_npy_read(*state, &tensor, changed, &error), &error, "format version 1.1");
    free(bytes);
    assert_refused(prom_npy_read(*state, &tensor, prom_span_of(file.data, 40), &error), &error, "inside its header");
    assert_refused(prom_npy_read(*state, &tensor, prom_span_of(file.data, 7), &error), &error, "inside its header");
}

static void test_refuses_other_bools(void **state)
{
    prom_error error = {""};
    prom_tensor tensor = {.count = 99};
    const prom_span file = file_of(*state, 1, HEADER("|b1", "(3,)"), "\0\1\2", 3);
    assert_refused(prom_npy_read(*state, &tensor, file, &error), &error, "bool at position 2 is 2");
    assert_int_equal(tensor.count, 0);
}

static void test_writes_only_a_whole_tensor(void **state)
{
    prom_error error = {""};
    prom_span file;
    const uint8_t data[2] = {1, 2};
    const prom_tensor miscounted = {PROM_DTYPE_U8, {1, {3}}, 2, data};
    assert_fails(prom_npy_write(*state, &file, &miscounted, &error), PROM_CATEGORY_MISUSE, &error, "differ");
    const prom_tensor uncountable = {PROM_DTYPE_U8, {2, {SIZE_MAX, 0}}, 0, data};
    assert_fails(prom_npy_write(*state, &file, &uncountable, &error), PROM_CATEGORY_MISUSE, &error, "differ");
}

static void test_writes_what_numpy_wrote(void **state)
{
    const char *names[] = {"digits-calibration.npy", "digits-heldout-images.npy", "digits-heldout-labels.npy",
                           "digits-mlp-heldout-logits.npy"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        prom_error error = {""};
        prom_span written = {0};
        const prom_span file = model_file(*state, names[i]);
        const prom_tensor tensor = model_tensor(*state, names[i]);
        assert_ok(prom_npy_write(*state, &written, &tensor, &error), &error);
        assert_true(prom_span_equal(written, file));
    }
}

static void test_any_bytes(void **state)
{
    const prom_span file = file_of(*state, 1, HEADER("<f4", "(1, 2)"), "abcdefgh", 8);
    uint64_t random = 1;
    for (size_t i = 0; i < 20000; i++) {
        const size_t length = i <= file.length ? i : file.length;
        uint8_t *bytes = exact_copy(file.data, length);
        for (size_t flips = i <= file.length ? 0 : 1 + random_below(&random, 3); flips > 0; flips--) {
            bytes[random_below(&random, length)] = (uint8_t)next_random(&random);
        }
        prom_arena arena;
        prom_tensor tensor;
        prom_error error = {""};
        prom_arena_init(&arena, 1 << 16);
        const prom_result result = prom_npy_read(&arena, &tensor, prom_span_of(bytes, length), &error);
        assert_true(prom_is_ok(result) || result.category == PROM_CATEGORY_BAD_INPUT);
        assert_true(i >= file.length || !prom_is_ok(result));
        prom_arena_free(&arena);
        free(bytes);
    }
}

/* The file's length follows from its head, which has a most. */
static void test_length(void **state)
{
    prom_error error = {""};
    size_t length = 0;
    const prom_span file = file_of(*state, 1, HEADER("<f4", "(1, 2)"), "abcdefgh", 8);
    for (size_t head = file.length - 8; head <= file.length; head++) {
        assert_ok(prom_npy_length(&length, prom_span_of(file.data, head), &error), &error);
        assert_int_equal(length, file.length);
    }
    assert_fails(prom_npy_length(&length, prom_span_of(file.data, file.length - 9), &error), PROM_CATEGORY_BAD_INPUT,
                 &error, "ends inside its header");
    const prom_span endless = file_of(*state, 1, HEADER("<f4", "(4611686018427387905,)"), "abcd", 4);
    assert_ok(prom_npy_length(&length, endless, &error), &error);
    assert_true(length == SIZE_MAX);
    assert_fails(prom_npy_length(&length, prom_span_of((const uint8_t *)"\x93NUMPY\2\0\1\0\1\0", 12), &error),
                 PROM_CATEGORY_BAD_INPUT, &error, "header has 65537 bytes; 65536 is the most");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_numpy_agrees),
        TEST(test_reads_each_way_to_write_it),
        TEST(test_reads_rank_0_and_nothing),
        TEST(test_refuses_other_headers),
        TEST(test_refuses_other_files),
        TEST(test_writes_what_numpy_wrote),
        TEST(test_refuses_other_bools),
        TEST(test_writes_only_a_whole_tensor),
        TEST(test_any_bytes),
        TEST(test_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
