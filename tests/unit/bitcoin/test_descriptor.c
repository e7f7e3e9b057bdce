#include "support.h"

#include "prometheus/bitcoin/descriptor.h"
#include "prometheus/bitcoin/transaction.h"

/* The unspendable key, 1, 2, 3, 4 and 6 times the generator, and the hash of 32 bytes 11. */
#define N "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0"
#define C "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
#define W "c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5"
#define V "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9"
#define A1 "e493dbf1c10d80f3581e4904930b1404cc6c13900ee0758474fa94abe8c4cd13"
#define Y "5cbdf0646e5db4eaa398f365f2ea7a0e3d419b7e0330e39ce92bddedcac4f9bc"
#define H "02d449a31fbb267c8f352e9968a79e3e5fc95c1bbeaa502fd6454ebde5a4bedc"
#define NO_KEY "0000000000000000000000000000000000000000000000000000000000000005"

/* The outputs of a contract, C in the place of everybody's joint key. */
#define O0                                                                                                             \
    "tr(" C ",{and_v(v:sha256(" H "),and_v(v:pk(" V "),pk(" C "))),"                                                   \
    "{and_v(v:sha256(" H "),pk(" C ")),and_v(v:pk(" V "),pk(" C "))}})"
#define OV0 "tr(" C ",and_v(v:sha256(" H "),pk(" C ")))"
#define OA "tr(" C ",{and_v(v:pk(" Y "),pk(" C ")),and_v(v:sha256(" H "),and_v(v:pk(" Y "),pk(" C ")))})"

/* The scripts, by hand. */
#define HASH_SCRIPT "82012088a820" H "88"
#define PK_SCRIPT "20" C "ac"

static prom_descriptor *parse(fixture *test, const char *text)
{
    prom_descriptor *descriptor = NULL;
    assert_ok(prom_descriptor_parse(test->curve, &test->arena, &descriptor, text, &test->error), &test->error);
    return descriptor;
}

/* The output scripts are those that Bitcoin Core's deriveaddresses gives. */
static void test_outputs(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *text;
        const char *output;
        const char *leaves[3];
        size_t depths[3];
    } cases[] = {
        {"tr(" N ")", "5120192c2a30cbd7d0352f94d4c31a43f767f1ef43d7ff6438839880ec075d81a9f6", {NULL}, {0}},
        {"rawtr(" C ")", "5120" C, {NULL}, {0}},
        {O0,
         "5120323ec6681c5ee24402b3032500adc25a38e738e143a52f234b49bfb4d4cc371b",
         {HASH_SCRIPT "20" V "ad" PK_SCRIPT, HASH_SCRIPT PK_SCRIPT, "20" V "ad" PK_SCRIPT},
         {1, 2, 2}},
        {OV0, "5120346888d74e829288caa32119640e77de27e28ba24ab74be0543b937344255d28", {HASH_SCRIPT PK_SCRIPT}, {0}},
        {OA,
         "5120bdb58d3ab9fbd34e7184457444d67394cadba0241620f5645a09b6c1cec6930a",
         {"20" Y "ad" PK_SCRIPT, HASH_SCRIPT "20" Y "ad" PK_SCRIPT},
         {1, 1}},
        {"tr(" N ",pk(" W "))",
         "5120f69f54a990f2c7f57fc8a3509bbbd7e56b66d06227864221b1ff180f20b15d02",
         {"20" W "ac"},
         {0}},
        {"tr(" C ",and_v(v:pk(" W "),sha256(" H ")))",
         "512035974166205ffc907aaa1f538b4f4d2e4af1e072ebada1027efdc84d6b2dd694",
         {"20" W "ad82012088a820" H "87"},
         {0}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const prom_descriptor *descriptor = parse(test, cases[i].text);
        size_t count = 0;
        assert_string_equal(descriptor->text, cases[i].text);
        assert_ptr_not_equal(descriptor->text, cases[i].text); /* a copy: the caller may reuse its own */
        assert_hex(descriptor->script, cases[i].output);
        assert_memory_equal(descriptor->script.data + 2, descriptor->output_key.bytes, 32);
        for (; count < COUNT_OF(cases[i].leaves) && cases[i].leaves[count] != NULL; count++) {
            assert_in_range(count, 0, descriptor->leaf_count - 1);
            assert_hex(descriptor->taproot[count].script, cases[i].leaves[count]);
            assert_int_equal(descriptor->taproot[count].depth, cases[i].depths[count]);
        }
        assert_int_equal(descriptor->leaf_count, count);
    }
}

static void test_terms(void **state)
{
    fixture *test = *state;
    const prom_descriptor *descriptor = parse(test, O0);
    const prom_leaf *first = &descriptor->leaves[0];
    const prom_leaf *last = &descriptor->leaves[2];
    assert_hex32(&descriptor->internal_key, C);
    assert_int_equal(first->term_count, 3);
    assert_int_equal(first->terms[0].kind, PROM_TERM_SHA256);
    assert_hex32(&first->terms[0].value, H);
    assert_int_equal(first->terms[1].kind, PROM_TERM_PK);
    assert_hex32(&first->terms[1].value, V);
    assert_int_equal(first->terms[2].kind, PROM_TERM_PK);
    assert_hex32(&first->terms[2].value, C);
    assert_int_equal(last->term_count, 2);
    assert_hex32(&last->terms[0].value, V);
}

/* The tweak takes the internal key to the output key; rawtr() has none. */
static void test_tweak(void **state)
{
    fixture *test = *state;
    static const char *const texts[] = {O0, OV0, OA, "tr(" N ")"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const prom_descriptor *descriptor = parse(test, texts[i]);
        prom_bytes32 tweaked;
        bool odd = false;
        assert_ok(prom_public_key_tweak(test->curve, &tweaked, &odd, &descriptor->internal_key, &descriptor->tweak,
                                        &test->error),
                  &test->error);
        assert_true(prom_bytes32_equal(&tweaked, &descriptor->output_key));
    }
    const prom_bytes32 none = {{0}};
    assert_true(prom_bytes32_equal(&parse(test, "rawtr(" C ")")->tweak, &none));
}

static void test_grammar_errors(void **state)
{
    fixture *test = *state;
    /* Behind "tr(" C "," stands character 69. */
    static const struct {
        const char *text;
        const char *part;
    } cases[] = {
        {"", "character 1: expected tr( or rawtr(, found ''"},
        {"tr", "character 1: expected tr( or rawtr(, found 'tr'"},
        {"wsh(pk(" C "))", "character 1: expected tr( or rawtr(, found 'wsh(pk(79be6'"},
        {" tr(" C ")", "character 1: expected tr( or rawtr("},
        {"tr(", "character 4: expected 64 lower-case hex digits, found ''"},
        {"tr(" C "0)", "character 4: expected 64 lower-case hex digits"},
        {"tr(0" C ")", "character 4: expected 64 lower-case hex digits"},
        {"tr(79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f8179)", "character 4: expected 64 lower-case"},
        {"tr(79BE667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798)", "character 4: expected 64 lower-case"},
        {"tr([00000000]" C ")", "character 4: expected 64 lower-case hex digits"},
        {"tr(" NO_KEY ")", "character 4: expected an x-only key on the curve"},
        {"rawtr(" NO_KEY ")", "character 7: expected an x-only key on the curve"},
        {"rawtr(" C, "character 71: expected ), found ''"},
        {"rawtr(" C ",pk(" C "))", "character 71: expected ), found ',"},
        {"tr(" C, "character 68: expected ), found ''"},
        {"tr(" C ")x", "character 69: expected the end, found 'x'"},
        {"tr(" C ")#88888888", "character 69: expected the end, found '#88888888'"},
        {"rawtr(" C "))", "character 72: expected the end, found ')'"},
        {"tr(" C ",)", "character 69: expected pk(, sha256( or and_v(v:, found ')'"},
        {"tr(" C ",sk(" C "))", "character 69: expected pk("},
        {"tr(" C ", pk(" C "))", "character 69: expected pk("},
        {"tr(" C ",v:pk(" C "))", "character 69: expected pk("},
        {"tr(" C ",and_v(pk(" C "),pk(" W ")))", "character 69: expected pk("},
        {"tr(" C ",and_v(v:and_v(v:pk(" C "),pk(" W ")),pk(" V ")))", "character 77: expected pk("},
        {"tr(" C ",pk(" NO_KEY "))", "character 72: expected an x-only key on the curve"},
        {"tr(" C ",pk(" C, "character 136: expected ), found ''"},
        {"tr(" C ",pk(" C ")", "character 137: expected ), found ''"},
        {"tr(" C ",and_v(v:pk(" C ")))", "character 145: expected ,, found '))'"},
        {"tr(" C ",and_v(v:pk(" C "),pk(" C "))", "character 215: expected ), found ''"},
        {"tr(" C ",and_v(v:pk(" C "),pk(" C ")", "character 214: expected ), found ''"},
        {"tr(" C ",{pk(" C ")})", "character 138: expected ,, found '})'"},
        {"tr(" C ",{pk(" C "),pk(" C ")", "character 207: expected }, found ''"},
        {"tr(" C ",{pk(" C "),pk(" C "),pk(" C ")})", "character 207: expected }, found ',pk(79be667e'"},
        {"tr(" C ",{pk(" C "),pk(" C ")}})", "character 208: expected ), found '})'"},
        {"tr(" C ",{})", "character 70: expected pk("},
        {"tr(" C ",sha256(" C "0))", "character 76: expected 64 lower-case hex digits"},
        {"tr(" C ",sha256(" C, "character 140: expected )"},
        {"tr(" C ",multi_a(1," C "))", "character 69: expected pk("},
        {"tr(" C ",older(1))", "character 69: expected pk("},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_descriptor *descriptor = NULL;
        assert_fails(prom_descriptor_parse(test->curve, &test->arena, &descriptor, cases[i].text, &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, cases[i].part);
        assert_null(descriptor);
    }
}

/* A text in parts: `head`, `count` times `part`, `tail`. */
static const char *repeated(fixture *test, const char *head, const char *part, size_t count, const char *tail)
{
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span text;
    prom_write_text(&writer, head);
    for (size_t i = 0; i < count; i++) {
        prom_write_text(&writer, part);
    }
    prom_write_text(&writer, tail);
    prom_write_u8(&writer, 0);
    assert_ok(prom_writer_finish(&writer, &text, &test->error), &test->error);
    return (const char *)text.data;
}

static void refused(fixture *test, const char *text, const char *part)
{
    prom_descriptor *descriptor = NULL;
    assert_fails(prom_descriptor_parse(test->curve, &test->arena, &descriptor, text, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, part);
}

static void test_limits(void **state)
{
    fixture *test = *state;
    const char *tail = repeated(test, "pk(" C ")", ",pk(" C ")}", 16, ")");
    assert_int_equal(parse(test, repeated(test, "tr(" C ",", "{", 16, tail))->leaf_count, 17);
    refused(test, repeated(test, "tr(" C ",", "{", 17, tail), "character 86: expected a flatter tree");
    tail = repeated(test, "pk(" C ")", ")", 7, ")");
    assert_int_equal(parse(test, repeated(test, "tr(" C ",", "and_v(v:pk(" C "),", 7, tail))->leaves[0].term_count, 8);
    refused(test, repeated(test, "tr(" C ",", "and_v(v:pk(" C "),", 8, tail), "character 685: expected no more terms");
    refused(test, repeated(test, "tr(" C ")", " ", 16384 - 68, ""), "longer than 16383 characters");
    refused(test, repeated(test, "tr(" C ")", " ", 16383 - 68, ""), "character 69: expected the end");
}

static void write_tree(prom_writer *writer, size_t leaf_count)
{
    if (leaf_count == 1) {
        prom_write_text(writer, "pk(" C ")");
        return;
    }
    prom_write_text(writer, "{");
    write_tree(writer, leaf_count / 2);
    prom_write_text(writer, ",");
    write_tree(writer, leaf_count - leaf_count / 2);
    prom_write_text(writer, "}");
}

static void test_most_leaves(void **state)
{
    fixture *test = *state;
    for (size_t count = 64; count <= 65; count++) {
        prom_writer writer = prom_writer_in(&test->arena);
        prom_span tree;
        write_tree(&writer, count);
        prom_write_u8(&writer, 0);
        assert_ok(prom_writer_finish(&writer, &tree, &test->error), &test->error);
        const char *text = repeated(test, "tr(" C ",", (const char *)tree.data, 1, ")");
        if (count == 64) {
            assert_int_equal(parse(test, text)->leaf_count, count);
        } else {
            refused(test, text, "expected no more leaves");
        }
    }
}

/* However little memory there is, a parse fails with a sentence, or succeeds. */
static void test_out_of_memory(void **state)
{
    fixture *test = *state;
    size_t failures = 0;
    bool parsed = false;
    for (size_t limit = 0; !parsed; limit += 16) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_descriptor *descriptor = NULL;
        prom_arena_init(&arena, limit);
        const prom_result result = prom_descriptor_parse(test->curve, &arena, &descriptor, OA, &test->error);
        parsed = prom_is_ok(result);
        failures += result.category == PROM_CATEGORY_MEMORY;
        assert_true(parsed || result.category == PROM_CATEGORY_MEMORY);
        assert_in_range(limit, 0, 1U << 20);
    }
    assert_in_range(failures, 10, SIZE_MAX);
}

static void test_random_texts(void **unused)
{
    static const char *const tokens[] = {"tr(", "rawtr(", "and_v(v:", "pk(",  "sha256(", ")", ",", "{",    "}",
                                         C,     W,        H,          NO_KEY, "v:",      "#", " ", "\xff", "\x1b"};
    static const char *const sound[] = {O0, OV0, OA};
    fixture *test = *unused;
    uint64_t state = 1;
    for (size_t i = 0; i < 20000; i++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        char text[2048] = "";
        prom_descriptor *descriptor = NULL;
        if (i % 2 == 0) {
            for (size_t count = random_below(&state, 20); count > 0; count--) {
                (void)strcat(text, tokens[random_below(&state, COUNT_OF(tokens))]);
            }
        } else {
            (void)strcpy(text, sound[random_below(&state, COUNT_OF(sound))]);
            for (size_t count = 1 + random_below(&state, 2); count > 0; count--) {
                text[random_below(&state, strlen(text))] = (char)(1 + random_below(&state, 255));
            }
        }
        prom_arena_init(&arena, (size_t)1 << 20);
        uint8_t *copy = exact_copy((const uint8_t *)text, strlen(text) + 1);
        const prom_result result =
            prom_descriptor_parse(test->curve, &arena, &descriptor, (const char *)copy, &test->error);
        free(copy);
        if (!prom_is_ok(result)) {
            assert_fails(result, PROM_CATEGORY_BAD_INPUT, &test->error, "descriptor, character ");
        }
    }
}

/* Signatures that can be told apart: the first bytes are the signer's. */
#define SIGNED_BY(byte, key)                                                                                           \
    (prom_keyed_signature)                                                                                             \
    {                                                                                                                  \
        bytes32_of_hex(key),                                                                                           \
        {                                                                                                              \
            {                                                                                                          \
                byte, 0x5a, [63] = byte                                                                                \
            }                                                                                                          \
        }                                                                                                              \
    }

static prom_bytes32 preimage(void)
{
    prom_bytes32 value;
    memset(value.bytes, 0x11, sizeof value.bytes);
    return value;
}

static void assert_signature(prom_span element, uint8_t byte)
{
    const prom_signature expected = {{byte, 0x5a, [63] = byte}};
    assert_int_equal(element.length, sizeof expected.bytes);
    assert_memory_equal(element.data, expected.bytes, sizeof expected.bytes);
}

static void test_witness_order(void **state)
{
    fixture *test = *state;
    const prom_descriptor *descriptor = parse(test, O0);
    prom_keyed_signature signatures[] = {SIGNED_BY(3, V), SIGNED_BY(9, A1), SIGNED_BY(1, C), SIGNED_BY(2, W)};
    prom_bytes32 preimages[] = {{{7}}, preimage()};
    const prom_satisfaction with = {signatures, COUNT_OF(signatures), preimages, COUNT_OF(preimages)};
    const prom_span *witness = NULL;
    size_t count = 0;
    assert_ok(prom_descriptor_witness(&test->arena, &witness, &count, descriptor, 0, &with, &test->error),
              &test->error);
    memset(signatures, 0xee, sizeof signatures); /* the witness does not look at them again */
    memset(preimages, 0xee, sizeof preimages);
    assert_int_equal(count, 5);
    assert_signature(witness[0], 1);
    assert_signature(witness[1], 3);
    assert_hex(witness[2], "1111111111111111111111111111111111111111111111111111111111111111");
    assert_hex(witness[3], HASH_SCRIPT "20" V "ad" PK_SCRIPT);
    assert_true(prom_span_equal(witness[4], descriptor->taproot[0].control));
    assert_int_equal(witness[4].length, 33 + 32);
}

/* By the key path an output is spent by one signature under its output key, of tr() and of rawtr(). */
static void test_key_path(void **state)
{
    fixture *test = *state;
    static const char *const texts[] = {O0, OV0, "tr(" N ")", "rawtr(" C ")"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const prom_descriptor *descriptor = parse(test, texts[i]);
        prom_keyed_signature signatures[] = {SIGNED_BY(1, W), SIGNED_BY(7, N)};
        const prom_satisfaction other = {signatures, 1, NULL, 0};
        const prom_satisfaction with = {signatures, 2, NULL, 0};
        const prom_span *witness = NULL;
        size_t count = 0;
        signatures[1].public_key = descriptor->output_key;
        assert_ok(
            prom_descriptor_witness(&test->arena, &witness, &count, descriptor, PROM_KEY_PATH, &with, &test->error),
            &test->error);
        assert_int_equal(count, 1);
        assert_signature(witness[0], 7);
        assert_int_equal(prom_descriptor_witness_bytes(descriptor, PROM_KEY_PATH), 66);
        assert_fails(
            prom_descriptor_witness(&test->arena, &witness, &count, descriptor, PROM_KEY_PATH, &other, &test->error),
            PROM_CATEGORY_BAD_INPUT, &test->error, "needs the signature of ");
    }
}

static void test_missing_parts(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *text;
        size_t leaf;
        size_t signatures;
        size_t preimages;
        const char *part; /* NULL: enough */
    } cases[] = {
        {O0, 0, 2, 1, NULL},
        {O0, 0, 2, 0, "needs the preimage of " H},
        {O0, 0, 1, 1, "needs the signature of " V},
        {O0, 1, 1, 1, NULL},
        {O0, 1, 0, 1, "needs the signature of " C},
        {O0, 2, 2, 0, NULL},
        {O0, 2, 1, 0, "needs the signature of " V},
        {OA, 0, 3, 0, NULL},
        {OA, 1, 3, 0, "needs the preimage of " H},
        {OA, 1, 2, 1, "needs the signature of " Y},
    };
    const prom_keyed_signature signatures[] = {SIGNED_BY(1, C), SIGNED_BY(3, V), SIGNED_BY(7, Y)};
    const prom_bytes32 preimages[] = {preimage()};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const prom_descriptor *descriptor = parse(test, cases[i].text);
        const prom_satisfaction with = {signatures, cases[i].signatures, preimages, cases[i].preimages};
        const prom_span *witness = NULL;
        size_t count = 0;
        const prom_result result =
            prom_descriptor_witness(&test->arena, &witness, &count, descriptor, cases[i].leaf, &with, &test->error);
        if (cases[i].part == NULL) {
            assert_ok(result, &test->error);
        } else {
            assert_fails(result, PROM_CATEGORY_BAD_INPUT, &test->error, cases[i].part);
        }
    }
}

static void test_term_of_no_kind(void **state)
{
    fixture *test = *state;
    const prom_descriptor *descriptor = parse(test, OA);
    const prom_span *witness = NULL;
    size_t count = 0;
    descriptor->leaves[0].terms[0].kind = (prom_term_kind)99;
    assert_fails(prom_descriptor_witness(&test->arena, &witness, &count, descriptor, 0, NULL, &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "no known kind");
}

static void test_no_such_leaf(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *text;
        size_t leaf;
    } cases[] = {{O0, 3}, {O0, PROM_KEY_PATH - 1}, {"tr(" N ")", 0}, {"rawtr(" C ")", 0}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const prom_span *witness = NULL;
        size_t count = 0;
        assert_fails(prom_descriptor_witness(&test->arena, &witness, &count, parse(test, cases[i].text), cases[i].leaf,
                                             NULL, &test->error),
                     PROM_CATEGORY_MISUSE, &test->error, "there is no leaf");
    }
}

static void check_placeholder(fixture *test, const prom_descriptor *descriptor, size_t leaf,
                              const prom_satisfaction *with)
{
    const prom_span *real = NULL;
    const prom_span *placeholder = NULL;
    size_t real_count = 0;
    size_t placeholder_count = 0;
    assert_ok(prom_descriptor_witness(&test->arena, &real, &real_count, descriptor, leaf, with, &test->error),
              &test->error);
    assert_ok(
        prom_descriptor_witness(&test->arena, &placeholder, &placeholder_count, descriptor, leaf, NULL, &test->error),
        &test->error);
    assert_int_equal(placeholder_count, real_count);
    for (size_t i = 0; i < real_count; i++) {
        assert_int_equal(placeholder[i].length, real[i].length);
    }
    assert_int_equal(prom_descriptor_witness_bytes(descriptor, leaf), prom_witness_bytes(real, real_count));
}

/* The placeholder has the real witness's elements, by length. */
static void test_placeholders(void **state)
{
    fixture *test = *state;
    static const char *const texts[] = {O0, OV0, OA, "tr(" N ")", "rawtr(" C ")"};
    const prom_bytes32 preimages[] = {preimage()};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const prom_descriptor *descriptor = parse(test, texts[i]);
        prom_keyed_signature signatures[] = {SIGNED_BY(1, C), SIGNED_BY(3, V), SIGNED_BY(7, Y), SIGNED_BY(8, N)};
        const prom_satisfaction with = {signatures, COUNT_OF(signatures), preimages, COUNT_OF(preimages)};
        signatures[3].public_key = descriptor->output_key;
        for (size_t leaf = 0; leaf < descriptor->leaf_count; leaf++) {
            check_placeholder(test, descriptor, leaf, &with);
        }
        check_placeholder(test, descriptor, PROM_KEY_PATH, &with);
        assert_int_equal(prom_descriptor_witness_bytes(descriptor, descriptor->leaf_count), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_outputs),        FIXTURE_TEST(test_terms),         FIXTURE_TEST(test_tweak),
        FIXTURE_TEST(test_grammar_errors), FIXTURE_TEST(test_limits),        FIXTURE_TEST(test_most_leaves),
        FIXTURE_TEST(test_out_of_memory),  FIXTURE_TEST(test_random_texts),  FIXTURE_TEST(test_witness_order),
        FIXTURE_TEST(test_key_path),       FIXTURE_TEST(test_missing_parts), FIXTURE_TEST(test_term_of_no_kind),
        FIXTURE_TEST(test_no_such_leaf),   FIXTURE_TEST(test_placeholders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
