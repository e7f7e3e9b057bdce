#include "support.h"

#include "crypto/schnorr.h"

/* BIP 340's table: with its prefix, this is BIP 340. */
struct line {
    char *fields[8];
};

enum { FIELD_SECRET = 1, FIELD_PUBLIC, FIELD_AUXILIARY, FIELD_MESSAGE, FIELD_SIGNATURE, FIELD_VALID };

static bool read_line(FILE *file, char *text, int size, struct line *line)
{
    if (fgets(text, size, file) == NULL) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(line->fields); i++) {
        line->fields[i] = text;
        text += strcspn(text, i + 1 < COUNT_OF(line->fields) ? "," : "\r\n");
        *text++ = '\0';
    }
    return true;
}

static bool replay(fixture *test, const struct line *line)
{
    const prom_bytes32 public_key = bytes32_of_hex(line->fields[FIELD_PUBLIC]);
    const prom_span message = span_of_hex(test, line->fields[FIELD_MESSAGE]);
    const bool valid = strcmp(line->fields[FIELD_VALID], "TRUE") == 0;
    prom_signature signature;
    assert_true(prom_hex_parse(signature.bytes, sizeof signature.bytes, line->fields[FIELD_SIGNATURE], 128));
    assert_int_equal(prom_schnorr_valid(test->curve, &signature, "BIP0340", message, &public_key), valid);
    assert_false(prom_schnorr_valid(test->curve, &signature, "BIP0341", message, &public_key));
    if (line->fields[FIELD_SECRET][0] == '\0') {
        return false;
    }
    const prom_bytes32 secret = bytes32_of_hex(line->fields[FIELD_SECRET]);
    const prom_bytes32 auxiliary = bytes32_of_hex(line->fields[FIELD_AUXILIARY]);
    prom_scalar scalar;
    prom_signature made;
    assert_true(prom_scalar_parse(&scalar, &secret));
    assert_ok(prom_schnorr_sign(test->curve, &made, "BIP0340", message, &scalar, &auxiliary, &test->error),
              &test->error);
    assert_memory_equal(&made, &signature, sizeof made);
    return true;
}

static void test_bip340_vectors(void **state)
{
    fixture *test = *state;
    struct line line;
    char text[2048];
    size_t lines = 0;
    size_t made = 0;
    FILE *file = fopen(VECTORS "/bip340/bip340.csv", "r");
    assert_non_null(file);
    assert_true(read_line(file, text, sizeof text, &line)); /* the names of the columns */
    while (read_line(file, text, sizeof text, &line)) {
        made += replay(test, &line);
        lines++;
    }
    (void)fclose(file);
    assert_int_equal(lines, 19);
    assert_int_equal(made, 8);
}

static void test_zero_can_not_sign(void **state)
{
    static const prom_signature none = {{0}};
    fixture *test = *state;
    const prom_scalar zero = prom_scalar_of_number(0);
    const prom_bytes32 auxiliary = {{1}};
    prom_signature signature = {{1}};
    assert_fails(prom_schnorr_sign(test->curve, &signature, "BIP0340", prom_span_of32(&auxiliary), &zero, &auxiliary,
                                   &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "is zero");
    assert_memory_equal(&signature, &none, sizeof none);
}

static void test_a_prefix_of_any_length_counts(void **state)
{
    static const char longest[] = "0123456789abcdef0123456789abcdef";
    _Static_assert(sizeof longest - 1 == PROM_SCHNORR_PREFIX_MAX, "the longest prefix");
    fixture *test = *state;
    const prom_scalar one = prom_scalar_of_number(1);
    const prom_bytes32 message = {{1}};
    const prom_bytes32 key = bytes32_of_hex("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
    prom_signature signature;
    assert_ok(
        prom_schnorr_sign(test->curve, &signature, longest, prom_span_of32(&message), &one, &message, &test->error),
        &test->error);
    assert_true(prom_schnorr_valid(test->curve, &signature, longest, prom_span_of32(&message), &key));
    assert_false(prom_schnorr_valid(test->curve, &signature, longest + 1, prom_span_of32(&message), &key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_bip340_vectors),
        FIXTURE_TEST(test_zero_can_not_sign),
        FIXTURE_TEST(test_a_prefix_of_any_length_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
