#include "support.h"

#include "prometheus/bitcoin/descriptor.h"

/* The unspendable key, 1 to 7 times the generator, and the hash of 32 bytes 11. */
#define N "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0"
#define C "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
#define W "c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5"
#define V "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9"
#define A1 "e493dbf1c10d80f3581e4904930b1404cc6c13900ee0758474fa94abe8c4cd13"
#define A2 "2f8bde4d1a07209355b4a7250a5c5128e88b84bddc619ab7cba8d569b240efe4"
#define A3 "fff97bd5755eeea420453a14355235d382f6472f8568a18b2f057a1460297556"
#define Y "5cbdf0646e5db4eaa398f365f2ea7a0e3d419b7e0330e39ce92bddedcac4f9bc"
#define H "02d449a31fbb267c8f352e9968a79e3e5fc95c1bbeaa502fd6454ebde5a4bedc"
#define NO_KEY "0000000000000000000000000000000000000000000000000000000000000005"

#define M3 "multi_a(3," C "," W "," V ")"
#define MA "multi_a(6," C "," W "," V "," A1 "," A2 "," A3 ")"
#define O0 "tr(" N ",{and_v(v:sha256(" H ")," M3 ")," M3 "})"
#define STAKE "tr(" N ",{multi_a(2," A1 "," W "),and_v(v:pk(" A1 "),older(700))})"
#define OA "tr(" N ",{and_v(v:pk(" Y ")," MA "),{and_v(v:sha256(" H "),and_v(v:pk(" Y ")," MA "))," MA "}})"
#define OFFER "tr(" N ",{and_v(v:sha256(" H "),pk(" A1 ")),and_v(v:pk(" A1 "),older(65535))})"

/* The scripts, by hand. */
#define M3_SCRIPT "20" C "ac20" W "ba20" V "ba539c"
#define MA_SCRIPT "20" C "ac20" W "ba20" V "ba20" A1 "ba20" A2 "ba20" A3 "ba569c"
#define HASH_SCRIPT "82012088a820" H "88"

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
         "5120a264f0866877e35b43555d2919bc4a4c8c40bb0d24920f4a91534fa79b42f7d8",
         {HASH_SCRIPT M3_SCRIPT, M3_SCRIPT},
         {1, 1}},
        {STAKE,
         "512010cd8722e7c71a8f10ca832b3cfe3d3b15da8975b2aec1b2aff5049b73978edc",
         {"20" A1 "ac20" W "ba529c", "20" A1 "ad02bc02b2"},
         {1, 1}},
        {OA,
         "512072e247c57cd186b15397fc5df4ca5052c81a6ab4c3909cfb786476c7ea6b3f1b",
         {"20" Y "ad" MA_SCRIPT, HASH_SCRIPT "20" Y "ad" MA_SCRIPT, MA_SCRIPT},
         {1, 2, 2}},
        {OFFER,
         "51200c9cd3e7ca108a19843473aa44d0ae25cd322b89b7dd3996b6fa69eb29f3ef6f",
         {HASH_SCRIPT "20" A1 "ac", "20" A1 "ad03ffff00b2"},
         {1, 1}},
        {"tr(" C ",and_v(v:" M3 ",older(16)))",
         "51206a5cf0383874dbacd9f0b116e3bf13ecfc3e32ecd209cfac4c89ae8451fdc0e8",
         {"20" C "ac20" W "ba20" V "ba539d60b2"},
         {0}},
        {"tr(" C ",and_v(v:older(17),pk(" W ")))",
         "5120f7a3c410bf0b1ddcdb12742e9eff94ae0562b2793e1c2fbc6c298e6f43afb14f",
         {"0111b26920" W "ac"},
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
    const prom_descriptor *descriptor = parse(test, STAKE);
    const prom_leaf *both = &descriptor->leaves[0];
    const prom_leaf *late = &descriptor->leaves[1];
    assert_hex32(&descriptor->internal_key, N);
    assert_int_equal(both->term_count, 1);
    assert_int_equal(both->terms[0].kind, PROM_TERM_MULTI_A);
    assert_int_equal(both->terms[0].number, 2);
    assert_int_equal(both->terms[0].key_count, 2);
    assert_hex32(&both->terms[0].keys[0], A1);
    assert_hex32(&both->terms[0].keys[1], W);
    assert_int_equal(late->term_count, 2);
    assert_int_equal(late->terms[0].kind, PROM_TERM_PK);
    assert_hex32(&late->terms[0].keys[0], A1);
    assert_int_equal(late->terms[1].kind, PROM_TERM_OLDER);
    assert_int_equal(late->terms[1].number, 700);
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
        {"tr(" C ",)", "character 69: expected pk(, multi_a(, sha256(, older( or and_v(v:, found ')'"},
        {"tr(" C ",sk(" C "))", "character 69: expected pk("},
        {"tr(" C ", pk(" C "))", "character 69: expected pk("},
        {"tr(" C ",v:pk(" C "))", "character 69: expected pk("},
        {"tr(" C ",and_v(pk(" C "),pk(" W ")))", "character 69: expected pk("},
        {"tr(" C ",and_v(v:and_v(v:pk(" C "),pk(" W ")),pk(" V ")))", "character 77: expected pk("},
        {"tr(" C ",pk(" NO_KEY "))", "character 72: expected an x-only key on the curve"},
        {"tr(" C ",pk(" C, "character 136: expected ), found ''"},
        {"tr(" C ",pk(" C ")", "character 137: expected ), found ''"},
        {"tr(" C ",and_v(v:pk(" C ")))", "character 145: expected ,, found '))'"},
        {"tr(" C ",and_v(v:older(1),older(1))", "character 95: expected ), found ''"},
        {"tr(" C ",and_v(v:older(1),older(1)", "character 94: expected ), found ''"},
        {"tr(" C ",{older(1)})", "character 78: expected ,, found '})'"},
        {"tr(" C ",{older(1),older(1)", "character 87: expected }, found ''"},
        {"tr(" C ",{older(1),older(1),older(1)})", "character 87: expected }, found ',older(1)})'"},
        {"tr(" C ",{older(1),older(1)}})", "character 88: expected ), found '})'"},
        {"tr(" C ",{})", "character 70: expected pk("},
        {"tr(" C ",multi_a(0," C "))", "character 77: expected a number in range, found '0,79be667ef9'"},
        {"tr(" C ",multi_a(01," C "))", "character 77: expected a number in range"},
        {"tr(" C ",multi_a(-1," C "))", "character 77: expected a number in range"},
        {"tr(" C ",multi_a(," C "))", "character 77: expected a number in range"},
        {"tr(" C ",multi_a(21," C "))", "character 77: expected a number in range"},
        {"tr(" C ",multi_a(1))", "character 78: expected at least as many keys as signatures"},
        {"tr(" C ",multi_a(2," C "))", "character 143: expected at least as many keys as signatures"},
        {"tr(" C ",multi_a(1," C ",))", "character 144: expected 64 lower-case hex digits"},
        {"tr(" C ",multi_a(1," NO_KEY "))", "character 79: expected an x-only key on the curve"},
        {"tr(" C ",multi_a(1," C, "character 143: expected ), found ''"},
        {"tr(" C ",sha256(" C "0))", "character 76: expected 64 lower-case hex digits"},
        {"tr(" C ",sha256(" C, "character 140: expected )"},
        {"tr(" C ",older(0))", "character 75: expected a number in range"},
        {"tr(" C ",older())", "character 75: expected a number in range"},
        {"tr(" C ",older(+1))", "character 75: expected a number in range"},
        {"tr(" C ",older(007))", "character 75: expected a number in range"},
        {"tr(" C ",older(65536))", "character 75: expected a number in range"},
        {"tr(" C ",older(655350000))", "character 75: expected a number in range"},
        {"tr(" C ",older(4294967297))", "character 75: expected a number in range"},
        {"tr(" C ",older(1a))", "character 76: expected ), found 'a))'"},
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
    const char *tail = repeated(test, "older(1)", ",older(1)}", 16, ")");
    assert_int_equal(parse(test, repeated(test, "tr(" C ",", "{", 16, tail))->leaf_count, 17);
    refused(test, repeated(test, "tr(" C ",", "{", 17, tail), "character 86: expected a flatter tree");
    tail = repeated(test, "older(1)", ")", 7, ")");
    assert_int_equal(parse(test, repeated(test, "tr(" C ",", "and_v(v:older(1),", 7, tail))->leaves[0].term_count, 8);
    refused(test, repeated(test, "tr(" C ",", "and_v(v:older(1),", 8, tail), "character 205: expected no more terms");
    const char *most_keys = repeated(test, "tr(" C ",multi_a(20", "," C, 20, "))");
    assert_int_equal(parse(test, most_keys)->leaves[0].terms[0].key_count, 20);
    refused(test, repeated(test, "tr(" C ",multi_a(20", "," C, 21, "))"), "character 1380: expected no more keys");
    refused(test, repeated(test, "tr(" C ")", " ", 16384 - 68, ""), "longer than 16383 characters");
    refused(test, repeated(test, "tr(" C ")", " ", 16383 - 68, ""), "character 69: expected the end");
}

static void write_tree(prom_writer *writer, size_t leaf_count)
{
    if (leaf_count == 1) {
        prom_write_text(writer, "older(1)");
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
        failures += result.category == PROM_CATEGORY_IO;
        assert_true(parsed || result.category == PROM_CATEGORY_IO);
        assert_in_range(limit, 0, 1U << 20);
    }
    assert_in_range(failures, 10, SIZE_MAX);
}

static void test_random_texts(void **unused)
{
    static const char *const tokens[] = {"tr(", "rawtr(", "and_v(v:", "pk(", "multi_a(", "sha256(", "older(", ")",
                                         ",",   "{",      "}",        "1",   "3",        "65535",   C,        W,
                                         H,     NO_KEY,   "v:",       "#",   " ",        "\xff",    "\x1b"};
    static const char *const sound[] = {O0, STAKE, OA, OFFER};
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
    assert_int_equal(count, 6);
    assert_signature(witness[0], 3);
    assert_signature(witness[1], 2);
    assert_signature(witness[2], 1);
    assert_hex(witness[3], "1111111111111111111111111111111111111111111111111111111111111111");
    assert_hex(witness[4], HASH_SCRIPT M3_SCRIPT);
    assert_true(prom_span_equal(witness[5], descriptor->taproot[0].control));
    assert_int_equal(witness[5].length, 33 + 32);
}

/* Of all that signed, the first keys count; a key that does not count has an empty element. */
static void test_witness_of_a_threshold(void **state)
{
    fixture *test = *state;
    const prom_descriptor *descriptor = parse(test, "tr(" N ",multi_a(2," C "," W "," V "))");
    const prom_keyed_signature all[] = {SIGNED_BY(3, V), SIGNED_BY(2, W), SIGNED_BY(1, C)};
    static const struct {
        size_t first; /* of `all` */
        size_t count;
        uint8_t bytes[3]; /* from the bottom of the stack; 0: empty */
    } cases[] = {{0, 3, {0, 2, 1}}, {0, 2, {3, 2, 0}}, {1, 2, {0, 2, 1}}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const prom_satisfaction with = {all + cases[i].first, cases[i].count, NULL, 0};
        const prom_span *witness = NULL;
        size_t count = 0;
        assert_ok(prom_descriptor_witness(&test->arena, &witness, &count, descriptor, 0, &with, &test->error),
                  &test->error);
        assert_int_equal(count, 5);
        for (size_t k = 0; k < 3; k++) {
            if (cases[i].bytes[k] == 0) {
                assert_int_equal(witness[k].length, 0);
            } else {
                assert_signature(witness[k], cases[i].bytes[k]);
            }
        }
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
        {O0, 0, 3, 1, NULL},
        {O0, 0, 3, 0, "needs the preimage of " H},
        {O0, 0, 2, 1, "needs 3 signatures and only 2 are there"},
        {O0, 1, 0, 1, "needs 3 signatures and only 0 are there"},
        {O0, 1, 3, 0, NULL},
        {STAKE, 1, 4, 0, NULL},
        {STAKE, 1, 3, 0, "needs 1 signatures and only 0 are there"},
        {STAKE, 0, 4, 0, NULL},
        {"tr(" N ",older(5))", 0, 0, 0, NULL},
    };
    const prom_keyed_signature signatures[] = {SIGNED_BY(1, C), SIGNED_BY(2, W), SIGNED_BY(3, V), SIGNED_BY(4, A1)};
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
    const prom_descriptor *descriptor = parse(test, STAKE);
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
    } cases[] = {{O0, 2}, {O0, SIZE_MAX}, {"tr(" N ")", 0}, {"rawtr(" C ")", 0}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const prom_span *witness = NULL;
        size_t count = 0;
        assert_fails(prom_descriptor_witness(&test->arena, &witness, &count, parse(test, cases[i].text), cases[i].leaf,
                                             NULL, &test->error),
                     PROM_CATEGORY_MISUSE, &test->error, "there is no leaf");
    }
}

/* The placeholder has the real witness's elements, by length; which key of a threshold is left out may differ. */
static void test_placeholders(void **state)
{
    fixture *test = *state;
    static const char *const texts[] = {O0, STAKE, OA, OFFER, "tr(" N ",multi_a(1," V "," Y "," C "))"};
    const prom_keyed_signature signatures[] = {SIGNED_BY(1, C),  SIGNED_BY(2, W),  SIGNED_BY(3, V), SIGNED_BY(4, A1),
                                               SIGNED_BY(5, A2), SIGNED_BY(6, A3), SIGNED_BY(7, Y)};
    const prom_bytes32 preimages[] = {preimage()};
    const prom_satisfaction with = {signatures, COUNT_OF(signatures), preimages, COUNT_OF(preimages)};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const prom_descriptor *descriptor = parse(test, texts[i]);
        for (size_t leaf = 0; leaf < descriptor->leaf_count; leaf++) {
            const prom_span *real = NULL;
            const prom_span *placeholder = NULL;
            size_t real_count = 0;
            size_t placeholder_count = 0;
            assert_ok(prom_descriptor_witness(&test->arena, &real, &real_count, descriptor, leaf, &with, &test->error),
                      &test->error);
            assert_ok(prom_descriptor_witness(&test->arena, &placeholder, &placeholder_count, descriptor, leaf, NULL,
                                              &test->error),
                      &test->error);
            assert_int_equal(placeholder_count, real_count);
            for (size_t k = 0; k < real_count; k++) {
                assert_int_equal(placeholder[k].length, real[k].length);
            }
        }
    }
}

static void test_locks(void **state)
{
    fixture *test = *state;
    const prom_descriptor *stake = parse(test, STAKE);
    const prom_descriptor *twice =
        parse(test, "tr(" N ",{and_v(v:older(10),and_v(v:older(30),and_v(v:pk(" C "),older(20)"
                    "))),sha256(" H ")})");
    assert_int_equal(prom_descriptor_lock(stake, 0), 0);
    assert_int_equal(prom_descriptor_lock(stake, 1), 700);
    assert_int_equal(prom_descriptor_lock(stake, SIZE_MAX), 0);
    assert_int_equal(prom_descriptor_lock(twice, 0), 30);
    assert_int_equal(prom_descriptor_lock(twice, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_outputs),       FIXTURE_TEST(test_terms),           FIXTURE_TEST(test_grammar_errors),
        FIXTURE_TEST(test_limits),        FIXTURE_TEST(test_most_leaves),     FIXTURE_TEST(test_out_of_memory),
        FIXTURE_TEST(test_random_texts),  FIXTURE_TEST(test_witness_order),   FIXTURE_TEST(test_witness_of_a_threshold),
        FIXTURE_TEST(test_missing_parts), FIXTURE_TEST(test_term_of_no_kind), FIXTURE_TEST(test_no_such_leaf),
        FIXTURE_TEST(test_placeholders),  FIXTURE_TEST(test_locks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
