#include "model/files.h"
#include "prometheus/model/npy.h"

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

static void test_reads_each_type(void **state)
{
    const struct {
        const char *header;
        prom_dtype dtype;
        const char *data;
        size_t length;
        double value;
    } cases[] = {
        {HEADER("|i1", "(1,)"), PROM_DTYPE_I8, "\xfe", 1, -2},
        {HEADER("|u1", "(1,)"), PROM_DTYPE_U8, "\xfe", 1, 254},
        {HEADER("<i4", "(1,)"), PROM_DTYPE_I32, "\xfe\xff\xff\xff", 4, -2},
        {HEADER("<i8", "(1,)"), PROM_DTYPE_I64, "\x00\x00\x00\x00\x01\x00\x00\x00", 8, 4294967296.0},
        {HEADER("<f4", "(1,)"), PROM_DTYPE_F32, "\x00\x00\xc0\xbf", 4, -1.5},
        {HEADER("<f8", "(1,)"), PROM_DTYPE_F64, "\x00\x00\x00\x00\x00\x00\xf8\x3f", 8, 1.5},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_error error = {""};
        prom_tensor tensor;
        const prom_span file = file_of(*state, 1, cases[i].header, cases[i].data, cases[i].length);
        assert_ok(prom_npy_read(*state, &tensor, file, &error), &error);
        assert_int_equal(tensor.dtype, cases[i].dtype);
        assert_int_equal(tensor.count, 1);
        const double values[] = {
            (double)*(const int8_t *)tensor.data,  (double)*(const uint8_t *)tensor.data,
            (double)*(const int32_t *)tensor.data, (double)*(const int64_t *)tensor.data,
            (double)*(const float *)tensor.data,   *(const double *)tensor.data,
        };
        assert_true(values[tensor.dtype] == cases[i].value);
    }
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
        {HEADER(">f4", "(1,)"), "elements of type '>f4'"},
        {HEADER("<f2", "(2,)"), "elements of type '<f2'"},
        {HEADER("\x1b[2Jabcdefghijklmnopq", "(2,)"), "elements of type '?[2Jabcdefghijk'"},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", "Fortran order"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", not_understood},
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

static void test_reads_what_it_wrote(void **state)
{
    const prom_dtype dtypes[] = {PROM_DTYPE_I8,  PROM_DTYPE_U8,  PROM_DTYPE_I32,
                                 PROM_DTYPE_I64, PROM_DTYPE_F32, PROM_DTYPE_F64};
    const prom_shape shapes[] = {{0, {0}}, {1, {5}}, {2, {3, 2}}, {8, {1, 2, 1, 2, 1, 2, 1, 2}}, {2, {7, 0}}};
    const uint64_t data[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    for (size_t i = 0; i < COUNT_OF(dtypes) * COUNT_OF(shapes); i++) {
        prom_error error = {""};
        prom_span file = {0};
        prom_tensor read;
        prom_tensor tensor = {
            .dtype = dtypes[i % COUNT_OF(dtypes)], .shape = shapes[i / COUNT_OF(dtypes)], .data = data};
        assert_true(prom_shape_count(&tensor.count, &tensor.shape));
        assert_ok(prom_npy_write(*state, &file, &tensor, &error), &error);
        assert_int_equal((file.length - tensor.count * prom_dtype_width(tensor.dtype)) % 64, 0);
        assert_ok(prom_npy_read(*state, &read, file, &error), &error);
        assert_int_equal(read.dtype, tensor.dtype);
        assert_true(prom_shape_equal(&read.shape, &tensor.shape));
        assert_memory_equal(read.data, data, tensor.count * prom_dtype_width(tensor.dtype));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reads_each_type),          TEST(test_reads_each_way_to_write_it),
        TEST(test_reads_rank_0_and_nothing), TEST(test_refuses_other_headers),
        TEST(test_refuses_other_files),      TEST(test_writes_what_numpy_wrote),
        TEST(test_reads_what_it_wrote),      TEST(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
