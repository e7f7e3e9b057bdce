#include "support.h"

#include "prometheus/crypto/dleq.h"

enum { COLUMNS = 9 };

static const char *const order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

/* Cuts a line of a table in place at its commas. False at the end of the file. */
static bool read_line(FILE *file, char *text, int size, char *columns[COLUMNS])
{
    if (fgets(text, size, file) == NULL) {
        return false;
    }
    text[strcspn(text, "\r\n")] = '\0';
    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] = text;
        text += strcspn(text, ",");
        if (*text == ',') {
            *text++ = '\0';
        }
    }
    return true;
}

/* The point at infinity, which has no compressed form, stays zero. */
static prom_point point_of(const char *text)
{
    prom_point point = {{0}};
    if (strcmp(text, "INFINITY") != 0) {
        assert_true(prom_hex_parse(point.bytes, sizeof point.bytes, text, strlen(text)));
    }
    return point;
}

static prom_bytes32 *message_of(prom_bytes32 *message, const char *text)
{
    if (*text == '\0') {
        return NULL;
    }
    *message = bytes32_of_hex(text);
    return message;
}

/* index, G, a, B, r, message, proof or INVALID */
static void replay_generate(fixture *test, char *columns[COLUMNS])
{
    const prom_bytes32 secret = bytes32_of_hex(columns[2]);
    const prom_bytes32 auxiliary = bytes32_of_hex(columns[4]);
    const prom_dleq_proof no_proof = {{0}};
    const prom_point no_point = {{0}};
    prom_bytes32 message;
    const prom_bytes32 *given = message_of(&message, columns[5]);
    prom_dleq_statement statement = {.generator = point_of(columns[1]), .base = point_of(columns[3])};
    prom_dleq_proof proof = {{1}};
    const prom_result result =
        prom_dleq_prove(test->curve, &proof, &statement, &secret, given, &auxiliary, &test->error);
    if (strcmp(columns[6], "INVALID") == 0) {
        assert_fails(result, PROM_CATEGORY_BAD_INPUT, &test->error, "");
        assert_memory_equal(&proof, &no_proof, sizeof proof);
        assert_memory_equal(&statement.public_key, &no_point, sizeof no_point);
        assert_memory_equal(&statement.shared, &no_point, sizeof no_point);
        return;
    }
    assert_ok(result, &test->error);
    assert_hex(prom_span_of(proof.bytes, sizeof proof.bytes), columns[6]);
    assert_true(prom_dleq_valid(test->curve, &proof, &statement, given));
}

/* index, G, A, B, C, proof, message, TRUE or FALSE */
static void replay_verify(fixture *test, char *columns[COLUMNS])
{
    const prom_dleq_statement statement = {point_of(columns[1]), point_of(columns[2]), point_of(columns[3]),
                                           point_of(columns[4])};
    prom_bytes32 message;
    prom_dleq_proof proof;
    assert_true(prom_hex_parse(proof.bytes, sizeof proof.bytes, columns[5], strlen(columns[5])));
    assert_int_equal(prom_dleq_valid(test->curve, &proof, &statement, message_of(&message, columns[6])),
                     strcmp(columns[7], "TRUE") == 0);
}

static void replay_file(fixture *test, const char *path, size_t lines, void (*replay)(fixture *, char *[COLUMNS]))
{
    char text[2048];
    char *columns[COLUMNS];
    size_t replayed = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(read_line(file, text, sizeof text, columns)); /* the names of the columns */
    while (read_line(file, text, sizeof text, columns)) {
        replay(test, columns);
        replayed++;
    }
    (void)fclose(file);
    assert_int_equal(replayed, lines);
}

static void bip374_proofs_are_generated(void **state)
{
    replay_file(*state, VECTORS "/bip374/generate_proof.csv", 11, replay_generate);
}

static void bip374_proofs_are_verified(void **state)
{
    replay_file(*state, VECTORS "/bip374/verify_proof.csv", 15, replay_verify);
}

static prom_dleq_statement random_statement(fixture *test, uint64_t *random)
{
    const prom_key base = random_key(test, random);
    return (prom_dleq_statement){.generator = prom_generator, .base = prom_point_of_public_key(&base.public_key)};
}

/* Public and shared point are what Diffie-Hellman gives. */
static void statement_is_completed(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    for (size_t i = 0; i < 20; i++) {
        prom_dleq_statement statement = random_statement(test, &random);
        const prom_bytes32 secret = random_key(test, &random).secret;
        const prom_bytes32 auxiliary = random_bytes32(&random);
        prom_dleq_proof proof;
        prom_point point;
        assert_ok(prom_dleq_prove(test->curve, &proof, &statement, &secret, NULL, &auxiliary, &test->error),
                  &test->error);
        assert_ok(prom_point_of_secret(test->curve, &point, &secret, &test->error), &test->error);
        assert_memory_equal(&statement.public_key, &point, sizeof point);
        assert_ok(prom_shared_point(test->curve, &point, &secret, &statement.base, &test->error), &test->error);
        assert_memory_equal(&statement.shared, &point, sizeof point);
        assert_true(prom_dleq_valid(test->curve, &proof, &statement, NULL));
    }
}

static void every_byte_counts(void **state)
{
    fixture *test = *state;
    uint64_t random = 2;
    prom_dleq_statement statement = random_statement(test, &random);
    const prom_bytes32 secret = random_key(test, &random).secret;
    const prom_bytes32 auxiliary = random_bytes32(&random);
    prom_bytes32 message = random_bytes32(&random);
    prom_dleq_proof proof;
    assert_ok(prom_dleq_prove(test->curve, &proof, &statement, &secret, &message, &auxiliary, &test->error),
              &test->error);
    assert_true(prom_dleq_valid(test->curve, &proof, &statement, &message));
    assert_false(prom_dleq_valid(test->curve, &proof, &statement, NULL));
    uint8_t *const targets[] = {proof.bytes, (uint8_t *)&statement, message.bytes};
    const size_t lengths[] = {sizeof proof.bytes, sizeof statement, sizeof message};
    for (size_t part = 0; part < COUNT_OF(targets); part++) {
        for (size_t i = 0; i < lengths[part]; i++) {
            targets[part][i] ^= 1;
            assert_false(prom_dleq_valid(test->curve, &proof, &statement, &message));
            targets[part][i] ^= 1;
        }
    }
    assert_true(prom_dleq_valid(test->curve, &proof, &statement, &message));
}

/* Another secret's shared point cannot be proven, whoever tries. */
static void other_shared_point_is_refused(void **state)
{
    fixture *test = *state;
    uint64_t random = 3;
    prom_dleq_statement statement = random_statement(test, &random);
    prom_dleq_statement other = statement;
    const prom_bytes32 secret = random_key(test, &random).secret;
    const prom_bytes32 other_secret = random_key(test, &random).secret;
    const prom_bytes32 auxiliary = random_bytes32(&random);
    prom_dleq_proof proof;
    assert_ok(prom_dleq_prove(test->curve, &proof, &other, &other_secret, NULL, &auxiliary, &test->error),
              &test->error);
    assert_ok(prom_dleq_prove(test->curve, &proof, &statement, &secret, NULL, &auxiliary, &test->error), &test->error);
    statement.shared = other.shared;
    assert_false(prom_dleq_valid(test->curve, &proof, &statement, NULL));
}

/* A response that is not below the order, and one that makes a nonce's point infinite. */
static void scalars_out_of_range_are_refused(void **state)
{
    fixture *test = *state;
    uint64_t random = 4;
    prom_dleq_statement statement = random_statement(test, &random);
    const prom_bytes32 one = {.bytes = {[31] = 1}};
    const prom_bytes32 auxiliary = random_bytes32(&random);
    const prom_bytes32 too_large = bytes32_of_hex(order);
    prom_dleq_proof proof;
    assert_ok(prom_dleq_prove(test->curve, &proof, &statement, &one, NULL, &auxiliary, &test->error), &test->error);
    memcpy(proof.bytes + 32, too_large.bytes, 32);
    assert_false(prom_dleq_valid(test->curve, &proof, &statement, NULL));
    memset(proof.bytes, 0, sizeof proof.bytes); /* 0 * G - 0 * A */
    assert_false(prom_dleq_valid(test->curve, &proof, &statement, NULL));
    memset(proof.bytes, 0xff, sizeof proof.bytes);
    assert_false(prom_dleq_valid(test->curve, &proof, &statement, NULL));
}

static void points_off_the_curve_are_refused(void **state)
{
    fixture *test = *state;
    uint64_t random = 5;
    const prom_bytes32 secret = random_key(test, &random).secret;
    const prom_bytes32 auxiliary = random_bytes32(&random);
    const prom_dleq_statement right = random_statement(test, &random);
    prom_dleq_proof proof;
    for (size_t i = 0; i < 2; i++) {
        prom_dleq_statement statement = right;
        prom_point *point = i == 0 ? &statement.generator : &statement.base;
        memset(point->bytes + 1, 0xff, 32);
        assert_fails(prom_dleq_prove(test->curve, &proof, &statement, &secret, NULL, &auxiliary, &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, "is not a point of secp256k1");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(bip374_proofs_are_generated),      FIXTURE_TEST(bip374_proofs_are_verified),
        FIXTURE_TEST(statement_is_completed),           FIXTURE_TEST(every_byte_counts),
        FIXTURE_TEST(other_shared_point_is_refused),    FIXTURE_TEST(scalars_out_of_range_are_refused),
        FIXTURE_TEST(points_off_the_curve_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
