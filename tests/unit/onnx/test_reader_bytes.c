#include <math.h>

#include "onnx/fixture.h"
#include "prometheus/onnx/reader.h"
#include "tensor/files.h"

static void test_refuses_too_many(void **state)
{
    enum { NODES = 4097, CONSTANTS = 32769, INPUTS = 32770 };
    const struct {
        size_t nodes;
        size_t constants;
        size_t inputs;
        const char *sentence;
    } cases[] = {
        {NODES, 1, 1, "4097 nodes, 1 initialisers and 1 inputs: at most 4096, 32768 and 32769"},
        {1, CONSTANTS, 1, "1 nodes, 32769 initialisers"},
        {1, 1, INPUTS, "and 32770 inputs"},
        {NODES - 1, CONSTANTS - 1, INPUTS - 1, "the graph has two values named"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_error error = {""};
        const prom_network *network = NULL;
        onnx_fixture onnx;
        fixture_small(&onnx, *state);
        PromOnnx__NodeProto *node = onnx.graph.node[RELU];
        PromOnnx__TensorProto *constant = onnx.graph.initializer[GEMM_BIAS];
        PromOnnx__ValueInfoProto *input = onnx.graph.input[0];
        onnx.graph.n_node = cases[i].nodes;
        onnx.graph.node = new_bytes(*state, NODES, sizeof node);
        onnx.graph.n_initializer = cases[i].constants;
        onnx.graph.initializer = new_bytes(*state, CONSTANTS, sizeof constant);
        onnx.graph.n_input = cases[i].inputs;
        onnx.graph.input = new_bytes(*state, INPUTS, sizeof input);
        for (size_t n = 0; n < INPUTS; n++) {
            onnx.graph.node[n < NODES ? n : 0] = node;
            onnx.graph.initializer[n < CONSTANTS ? n : 0] = constant;
            onnx.graph.input[n] = input;
        }
        assert_refused(prom_onnx_read(*state, &network, fixture_bytes(&onnx), &error), &error, cases[i].sentence);
    }
}

static void test_refuses_what_is_not_onnx(void **state)
{
    prom_error error = {""};
    const prom_network *network = NULL;
    const struct {
        const char *bytes;
        size_t length;
        const char *sentence;
    } cases[] = {
        {"", 0, "the ONNX file has no graph"},
        {"\x7f"
         "ELF",
         4, "this is not an ONNX file, or it is cut off or damaged (4 bytes)"},
        {"\x3a\x05", 2, "this is not an ONNX file"},                                      /* a length past the end */
        {"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, "this is not an ONNX file"}, /* of 64 bits */
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12, "this is not an ONNX file"}, /* 11 bytes of varint */
        {"\x0b\x0c", 2, "this is not an ONNX file"},                                          /* a group */
        {"\xf8\xff\xff\xff\x7f\x01", 6, "this is not an ONNX file"},                          /* a field beyond 2^32 */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const prom_span file = prom_span_of((const uint8_t *)cases[i].bytes, cases[i].length);
        assert_refused(prom_onnx_read(*state, &network, file, &error), &error, cases[i].sentence);
    }
}

/* `depth` messages, each the only field `tag` of the one around it. */
static prom_span nested(prom_arena *arena, uint8_t tag, size_t depth)
{
    uint8_t *bytes = new_bytes(arena, depth * 6, 1);
    uint8_t *at = bytes + depth * 6;
    for (size_t i = 0; i < depth; i++) {
        const size_t length = (size_t)(bytes + depth * 6 - at);
        size_t digits = 1;
        while (length >> (7 * digits) != 0) {
            digits++;
        }
        at -= digits + 1;
        at[0] = tag;
        for (size_t d = 0; d < digits; d++) {
            at[1 + d] = (uint8_t)((length >> (7 * d) & 0x7f) | (d + 1 < digits ? 0x80 : 0));
        }
    }
    return prom_span_of(at, (size_t)(bytes + depth * 6 - at));
}

/* A graph's value of type sequence of sequence of ...: a decoder that recurses as deep as the file runs out of stack.
 */
static void test_refuses_deep_nesting(void **state)
{
    const size_t depths[] = {20, 100000};
    for (size_t i = 0; i < COUNT_OF(depths); i++) {
        /* Field 4 of a type is a sequence, whose field 1 is a type; 0x0a opens field 1 and 0x22 field 4. */
        prom_span inner = nested(*state, 0x0a, depths[i]);
        uint8_t *bytes = exact_copy(inner.data, inner.length);
        for (size_t at = 0, outer = 0; at < inner.length; outer++) {
            if (outer % 2 == 0) {
                bytes[at] = 0x22;
            }
            for (at++; bytes[at] >= 0x80; at++) {
            }
            at++;
        }
        prom_writer writer = prom_writer_in(*state);
        prom_span file = {0};
        prom_span wrapped = prom_span_of(bytes, inner.length);
        const uint8_t tags[] = {0x12, 0x5a, 0x3a}; /* type of the value, input of the graph, graph of the model */
        for (size_t t = 0; t < COUNT_OF(tags); t++) {
            writer = prom_writer_in(*state);
            prom_write_u8(&writer, tags[t]);
            size_t length = wrapped.length;
            for (; length >= 0x80; length >>= 7) {
                prom_write_u8(&writer, (uint8_t)(length | 0x80));
            }
            prom_write_u8(&writer, (uint8_t)length);
            prom_write_span(&writer, wrapped);
            assert_true(prom_is_ok(prom_writer_finish(&writer, &file, NULL)));
            wrapped = file;
        }
        prom_error error = {""};
        const prom_network *network = NULL;
        assert_refused(prom_onnx_read(*state, &network, file, &error), &error, "this is not an ONNX file");
        free(bytes);
    }
}

/* Two bytes of the file, a node without anything, take a structure of a hundred and more. */
static void test_bounds_the_memory(void **state)
{
    enum { NODES = 1 << 21 };
    prom_writer writer = prom_writer_in(*state);
    prom_span file = {0};
    prom_error error = {""};
    const prom_network *network = NULL;
    prom_write_u8(&writer, 0x3a);
    for (size_t length = 2 * NODES; length > 0; length >>= 7) {
        prom_write_u8(&writer, (uint8_t)((length & 0x7f) | (length >= 0x80 ? 0x80 : 0)));
    }
    for (size_t i = 0; i < NODES; i++) {
        prom_write_u8(&writer, 0x0a);
        prom_write_u8(&writer, 0);
    }
    assert_ok(prom_writer_finish(&writer, &file, &error), &error);
    assert_refused(prom_onnx_read(*state, &network, file, &error), &error, "this is not an ONNX file");
}

static void read_any(prom_span file, size_t *read)
{
    prom_arena arena;
    const prom_network *network = NULL;
    prom_arena_init(&arena, 1 << 20);
    const prom_result result = prom_onnx_read(&arena, &network, file, NULL);
    assert_true(prom_is_ok(result) == (network != NULL));
    *read += network != NULL;
    prom_arena_free(&arena);
}

static void test_any_prefix(void **state)
{
    const prom_span file = model_file(*state, "digits-mlp.onnx");
    size_t read = 0;
    for (size_t length = 0; length < file.length; length++) {
        uint8_t *bytes = exact_copy(file.data, length);
        read_any(prom_span_of(bytes, length), &read);
        free(bytes);
    }
    /* Where the last field, the operator sets, is cut off whole, there is none left. */
    assert_int_equal(read, 0);
}

static void flip_and_read(uint64_t *random, prom_span file, size_t times, size_t *read)
{
    uint8_t *bytes = exact_copy(file.data, file.length);
    for (size_t i = 0; i < times; i++) {
        size_t at[3];
        for (size_t f = 0; f < COUNT_OF(at); f++) {
            at[f] = random_below(random, file.length);
            bytes[at[f]] = (uint8_t)next_random(random);
        }
        read_any(prom_span_of(bytes, file.length), read);
        for (size_t f = 0; f < COUNT_OF(at); f++) {
            bytes[at[f]] = file.data[at[f]];
        }
    }
    free(bytes);
}

static void test_any_bytes(void **state)
{
    uint64_t random = 11;
    size_t read = 0;
    flip_and_read(&random, model_file(*state, "digits-mlp.onnx"), 5000, &read);
    assert_true(read > 1000); /* most bytes are weights */
    /* In the small model nearly every byte is structure. */
    onnx_fixture onnx;
    fixture_small(&onnx, *state);
    flip_and_read(&random, fixture_bytes(&onnx), 20000, &read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_refuses_too_many),     TEST(test_refuses_what_is_not_onnx),
        TEST(test_refuses_deep_nesting), TEST(test_bounds_the_memory),
        TEST(test_any_prefix),           TEST(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
