#include "support.h"

#include "prometheus/crypto/hash.h"
#include "prometheus/crypto/key.h"

/* The order of secp256k1, its predecessor, and x coordinates that are none: 5 (no y) and the field's size. */
#define ORDER "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
#define ORDER_LESS_1 "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define NO_POINT "0000000000000000000000000000000000000000000000000000000000000005"
#define FIELD_SIZE "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"
#define GENERATOR "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"

static const char *const bad_secrets[] = {ZERO, ORDER,
                                          "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};
static const char *const bad_keys[] = {ZERO, NO_POINT, FIELD_SIZE};

/* One line of BIP 340's table. */
struct bip340_line {
    char *fields[8];
};

enum { FIELD_SECRET = 1, FIELD_PUBLIC, FIELD_AUXILIARY, FIELD_MESSAGE, FIELD_SIGNATURE, FIELD_VALID };

static bool read_line(FILE *file, char *text, int size, struct bip340_line *line)
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

static bool replay_bip340(fixture *test, const struct bip340_line *line)
{
    const prom_bytes32 public_key = bytes32_of_hex(line->fields[FIELD_PUBLIC]);
    const prom_span message = span_of_hex(test, line->fields[FIELD_MESSAGE]);
    const bool valid = strcmp(line->fields[FIELD_VALID], "TRUE") == 0;
    prom_signature signature;
    assert_true(prom_hex_parse(signature.bytes, sizeof signature.bytes, line->fields[FIELD_SIGNATURE], 128));
    assert_int_equal(prom_signature_valid(test->curve, &signature, message, &public_key), valid);
    if (line->fields[FIELD_SECRET][0] == '\0') {
        return false;
    }
    const prom_bytes32 secret = bytes32_of_hex(line->fields[FIELD_SECRET]);
    const prom_bytes32 auxiliary = bytes32_of_hex(line->fields[FIELD_AUXILIARY]);
    prom_key key;
    assert_ok(prom_key_from_secret(test->curve, &key, &secret, &test->error), &test->error);
    assert_memory_equal(&key.public_key, &public_key, sizeof public_key);
    if (message.length != sizeof(prom_bytes32)) { /* prom_sign takes hashes only */
        return false;
    }
    prom_bytes32 hash;
    prom_signature made;
    memcpy(hash.bytes, message.data, sizeof hash.bytes);
    assert_ok(prom_sign(test->curve, &made, &hash, &key, &auxiliary, &test->error), &test->error);
    assert_memory_equal(&made, &signature, sizeof made);
    return true;
}

static void test_bip340_vectors(void **state)
{
    fixture *test = *state;
    struct bip340_line line;
    char text[2048];
    size_t lines = 0;
    size_t made = 0;
    FILE *file = fopen(VECTORS "/bip340/bip340.csv", "r");
    assert_non_null(file);
    assert_true(read_line(file, text, sizeof text, &line)); /* the names of the columns */
    while (read_line(file, text, sizeof text, &line)) {
        made += replay_bip340(test, &line);
        lines++;
    }
    (void)fclose(file);
    assert_int_equal(lines, 19);
    assert_int_equal(made, 4);
}

static void test_secrets_out_of_range(void **state)
{
    fixture *test = *state;
    const prom_key no_key = {{{0}}, {{0}}};
    const prom_bytes32 tweak = {{1}};
    for (size_t i = 0; i < COUNT_OF(bad_secrets); i++) {
        const prom_bytes32 secret = bytes32_of_hex(bad_secrets[i]);
        const prom_key broken = {secret, bytes32_of_hex(GENERATOR)};
        prom_key key = {{{1}}, {{1}}};
        prom_signature signature = {{1}};
        const prom_signature no_signature = {{0}};
        prom_point point;
        prom_bytes32 even;
        assert_fails(prom_key_from_secret(test->curve, &key, &secret, &test->error), PROM_CATEGORY_BAD_INPUT,
                     &test->error, "secret key is zero or not below");
        assert_memory_equal(&key, &no_key, sizeof key);
        assert_fails(prom_sign(test->curve, &signature, &secret, &broken, &secret, &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, "secret key is zero or not below");
        assert_memory_equal(&signature, &no_signature, sizeof signature);
        assert_fails(prom_key_tweak(test->curve, &key, &broken, &tweak, &test->error), PROM_CATEGORY_BAD_INPUT,
                     &test->error, "secret key is zero or not below");
        assert_fails(prom_point_of_secret(test->curve, &point, &secret, &test->error), PROM_CATEGORY_BAD_INPUT,
                     &test->error, "secret key is zero or not below");
        assert_fails(prom_key_even_secret(test->curve, &even, &broken, &test->error), PROM_CATEGORY_BAD_INPUT,
                     &test->error, "secret key is zero or not below");
        point = prom_point_of_public_key(&broken.public_key);
        prom_point shared = {{1}};
        const prom_point no_point = {{0}};
        assert_fails(prom_shared_point(test->curve, &shared, &secret, &point, &test->error), PROM_CATEGORY_BAD_INPUT,
                     &test->error, "secret key is zero or not below");
        assert_memory_equal(&shared, &no_point, sizeof no_point);
    }
}

static void test_ends_of_the_range(void **state)
{
    fixture *test = *state;
    const prom_bytes32 one = {{[31] = 1}};
    const prom_bytes32 last = bytes32_of_hex(ORDER_LESS_1);
    prom_key key;
    prom_point point;
    assert_ok(prom_key_from_secret(test->curve, &key, &one, &test->error), &test->error);
    assert_hex32(&key.public_key, GENERATOR);
    assert_ok(prom_point_of_secret(test->curve, &point, &one, &test->error), &test->error);
    assert_hex(prom_span_of(point.bytes, sizeof point.bytes), "02" GENERATOR);
    assert_ok(prom_key_from_secret(test->curve, &key, &last, &test->error), &test->error);
    assert_hex32(&key.public_key, GENERATOR);
    assert_ok(prom_point_of_secret(test->curve, &point, &last, &test->error), &test->error);
    assert_hex(prom_span_of(point.bytes, sizeof point.bytes), "03" GENERATOR);
    prom_key_wipe(&key);
    const prom_key no_key = {{{0}}, {{0}}};
    assert_memory_equal(&key, &no_key, sizeof key);
}

/* A signature with halves of two keys would not verify, and could give the secret away. */
static void test_halves_of_two_keys(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 1;
    prom_key key = random_key(test, &state);
    const prom_key other = random_key(test, &state);
    const prom_bytes32 message = random_bytes32(&state);
    const prom_signature none = {{0}};
    prom_signature signature = {{1}};
    key.public_key = other.public_key;
    assert_fails(prom_sign(test->curve, &signature, &message, &key, &message, &test->error), PROM_CATEGORY_BROKEN,
                 &test->error, "does not verify");
    assert_memory_equal(&signature, &none, sizeof none);
}

static void test_every_flipped_bit_breaks_a_signature(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 2;
    const prom_key key = random_key(test, &state);
    const prom_bytes32 message = random_bytes32(&state);
    prom_signature signature;
    assert_ok(prom_sign(test->curve, &signature, &message, &key, &message, &test->error), &test->error);
    assert_true(prom_signature_valid(test->curve, &signature, prom_span_of32(&message), &key.public_key));
    assert_false(prom_signature_valid(test->curve, &signature, prom_span_of(message.bytes, 31), &key.public_key));
    for (size_t i = 0; i < 8 * sizeof signature.bytes; i++) {
        prom_signature bad = signature;
        bad.bytes[i / 8] ^= (uint8_t)(1U << i % 8);
        assert_false(prom_signature_valid(test->curve, &bad, prom_span_of32(&message), &key.public_key));
    }
}

/* The signature of BIP 143's example of P2WPKH; with the higher s nobody takes it. */
static void test_ecdsa(void **state)
{
    fixture *test = *state;
    const prom_bytes32 hash = bytes32_of_hex("c37af31116d1b27caf68aae9e3ac82f1477929014d5b917657d0eb49478cb670");
    const prom_span key = span_of_hex(test, "025476c2e83188368da1ff3e292e7acafcdb3566bb0ad253f62fc70f07aeee6357");
    const prom_span low = span_of_hex(test, "304402203609e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a"
                                            "0220573a954c4518331561406f90300e8f3358f51928d43c212a8caed02de67eebee");
    const prom_span high = span_of_hex(test, "304502203609e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a"
                                             "022100a8c56ab3bae7ccea9ebf906fcff170cb61b9c3bddb0c7f1133238e5ee9b75553");
    uint8_t broken[70];
    prom_point point;
    memcpy(point.bytes, key.data, sizeof point.bytes);
    assert_true(prom_ecdsa_valid(test->curve, low, &hash, &point));
    assert_false(prom_ecdsa_valid(test->curve, high, &hash, &point));
    for (size_t i = 0; i < 8 * low.length; i++) {
        memcpy(broken, low.data, low.length);
        broken[i / 8] ^= (uint8_t)(1U << i % 8);
        assert_false(prom_ecdsa_valid(test->curve, prom_span_of(broken, low.length), &hash, &point));
    }
    for (size_t length = 0; length < low.length; length++) {
        assert_false(prom_ecdsa_valid(test->curve, prom_span_of(low.data, length), &hash, &point));
    }
    point.bytes[0] = 3;
    assert_false(prom_ecdsa_valid(test->curve, low, &hash, &point));
    point.bytes[0] = 4;
    assert_false(prom_ecdsa_valid(test->curve, low, &hash, &point));
}

static void test_public_keys(void **state)
{
    fixture *test = *state;
    const prom_bytes32 generator = bytes32_of_hex(GENERATOR);
    const prom_bytes32 tweak = {{1}};
    prom_bytes32 tweaked;
    prom_point shared;
    bool odd = false;
    assert_true(prom_public_key_valid(test->curve, &generator));
    for (size_t i = 0; i < COUNT_OF(bad_keys); i++) {
        const prom_bytes32 key = bytes32_of_hex(bad_keys[i]);
        const prom_point point = prom_point_of_public_key(&key);
        const prom_point zero = {{0}};
        assert_false(prom_public_key_valid(test->curve, &key));
        assert_fails(prom_public_key_tweak(test->curve, &tweaked, &odd, &key, &tweak, &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, "not a point");
        shared = (prom_point){{1}};
        assert_fails(prom_shared_point(test->curve, &shared, &tweak, &point, &test->error), PROM_CATEGORY_BAD_INPUT,
                     &test->error, "not a point");
        assert_memory_equal(&shared, &zero, sizeof zero);
    }
    for (uint8_t prefix = 0; prefix < 8; prefix++) { /* 6 and 7 begin the hybrid form, which has 65 bytes */
        prom_point point = prom_point_of_public_key(&generator);
        point.bytes[0] = prefix;
        const prom_result result = prom_shared_point(test->curve, &shared, &tweak, &point, &test->error);
        assert_int_equal(prom_is_ok(result), prefix == 2 || prefix == 3);
    }
}

/* Both ways to a tweaked key agree; keys and results of both parities come along. */
static void test_tweaks(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 3;
    size_t odd_keys = 0;
    size_t odd_results = 0;
    for (size_t i = 0; i < 64; i++) {
        const prom_key key = random_key(test, &state);
        const prom_bytes32 tweak = random_bytes32(&state);
        prom_key tweaked;
        prom_bytes32 public_key;
        prom_point point;
        bool odd = false;
        assert_ok(prom_key_tweak(test->curve, &tweaked, &key, &tweak, &test->error), &test->error);
        assert_ok(prom_public_key_tweak(test->curve, &public_key, &odd, &key.public_key, &tweak, &test->error),
                  &test->error);
        assert_memory_equal(&tweaked.public_key, &public_key, sizeof public_key);
        assert_ok(prom_point_of_secret(test->curve, &point, &tweaked.secret, &test->error), &test->error);
        assert_int_equal(point.bytes[0], odd ? 3 : 2);
        odd_results += odd;
        assert_ok(prom_point_of_secret(test->curve, &point, &key.secret, &test->error), &test->error);
        odd_keys += point.bytes[0] == 3;
    }
    assert_in_range(odd_keys, 1, 63);
    assert_in_range(odd_results, 1, 63);
}

static void test_bad_tweaks(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 4;
    const prom_key key = random_key(test, &state);
    const prom_bytes32 order = bytes32_of_hex(ORDER);
    const prom_bytes32 last = bytes32_of_hex(ORDER_LESS_1);
    const prom_bytes32 one = {{[31] = 1}};
    prom_key generator;
    prom_key tweaked;
    prom_bytes32 public_key;
    bool odd = false;
    assert_fails(prom_key_tweak(test->curve, &tweaked, &key, &order, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "tweak is not below the order");
    assert_fails(prom_public_key_tweak(test->curve, &public_key, &odd, &key.public_key, &order, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "tweak is not below the order");
    /* G - G is no key. */
    assert_ok(prom_key_from_secret(test->curve, &generator, &one, &test->error), &test->error);
    assert_fails(prom_key_tweak(test->curve, &tweaked, &generator, &last, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "tweak");
    assert_fails(prom_public_key_tweak(test->curve, &public_key, &odd, &generator.public_key, &last, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "tweak");
}

static void test_diffie_hellman(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 5;
    const prom_bytes32 one = {{[31] = 1}};
    for (size_t i = 0; i < 16; i++) {
        const prom_key a = random_key(test, &state);
        const prom_key b = random_key(test, &state);
        prom_point point_a;
        prom_point point_b;
        prom_point shared_a;
        prom_point shared_b;
        assert_ok(prom_point_of_secret(test->curve, &point_a, &a.secret, &test->error), &test->error);
        assert_ok(prom_point_of_secret(test->curve, &point_b, &b.secret, &test->error), &test->error);
        assert_ok(prom_shared_point(test->curve, &shared_a, &a.secret, &point_b, &test->error), &test->error);
        assert_ok(prom_shared_point(test->curve, &shared_b, &b.secret, &point_a, &test->error), &test->error);
        assert_memory_equal(&shared_a, &shared_b, sizeof shared_a);
        assert_ok(prom_shared_point(test->curve, &shared_a, &one, &point_a, &test->error), &test->error);
        assert_memory_equal(&shared_a, &point_a, sizeof point_a);
    }
}

static void test_even_secrets(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 6;
    size_t negated = 0;
    for (size_t i = 0; i < 32; i++) {
        const prom_key key = random_key(test, &state);
        const prom_point expected = prom_point_of_public_key(&key.public_key);
        prom_bytes32 even;
        prom_point point;
        assert_ok(prom_key_even_secret(test->curve, &even, &key, &test->error), &test->error);
        assert_ok(prom_point_of_secret(test->curve, &point, &even, &test->error), &test->error);
        assert_memory_equal(&point, &expected, sizeof point);
        negated += !prom_bytes32_equal(&even, &key.secret);
    }
    assert_in_range(negated, 1, 31);
}

/* The secret inside an extended private key (BIP 32, "Serialization format"). */
static prom_bytes32 secret_of_xprv(const char *text)
{
    static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    uint8_t bytes[82] = {0};
    prom_bytes32 check;
    prom_bytes32 secret;
    for (; *text != '\0'; text++) {
        const char *digit = strchr(digits, *text);
        assert_non_null(digit);
        unsigned carry = (unsigned)(digit - digits);
        for (size_t i = sizeof bytes; i-- > 0;) {
            carry += 58U * bytes[i];
            bytes[i] = (uint8_t)carry;
            carry >>= 8;
        }
        assert_int_equal(carry, 0);
    }
    prom_sha256_twice(&check, prom_span_of(bytes, 78));
    assert_memory_equal(check.bytes, bytes + 78, 4);
    assert_memory_equal(bytes, "\x04\x88\xad\xe4", 4);
    assert_int_equal(bytes[45], 0);
    memcpy(secret.bytes, bytes + 46, sizeof secret.bytes);
    return secret;
}

static void replay_bip32(fixture *test, prom_span seed, const json_t *chain)
{
    const json_t *numbers = member(chain, "path");
    const prom_bytes32 expected = secret_of_xprv(member_text(chain, "xprv"));
    uint32_t path[8];
    prom_key key;
    prom_key from_secret;
    const size_t depth = json_array_size(numbers);
    assert_in_range(depth, 0, COUNT_OF(path));
    for (size_t i = 0; i < depth; i++) {
        path[i] = (uint32_t)json_integer_value(json_array_get(numbers, i));
    }
    assert_ok(prom_key_derive(test->curve, &key, seed, path, depth, &test->error), &test->error);
    assert_memory_equal(&key.secret, &expected, sizeof expected);
    assert_ok(prom_key_from_secret(test->curve, &from_secret, &expected, &test->error), &test->error);
    assert_memory_equal(&key, &from_secret, sizeof key);
}

static void test_bip32_vectors(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("bip32/bip32.json");
    size_t replayed = 0;
    size_t i = 0;
    const json_t *vector = NULL;
    json_array_foreach(vectors, i, vector)
    {
        const prom_span seed = span_of_hex(test, member_text(vector, "seed"));
        size_t k = 0;
        const json_t *chain = NULL;
        json_array_foreach(member(vector, "chains"), k, chain)
        {
            replay_bip32(test, seed, chain);
            replayed++;
        }
    }
    json_decref(vectors);
    assert_int_equal(replayed, 17);
}

static void test_seed_lengths(void **state)
{
    fixture *test = *state;
    const uint8_t seed[65] = {1};
    prom_key key;
    for (size_t length = 0; length <= sizeof seed; length++) {
        const prom_result result =
            prom_key_derive(test->curve, &key, prom_span_of(seed, length), NULL, 0, &test->error);
        if (length >= 16 && length <= 64) {
            assert_ok(result, &test->error);
        } else {
            assert_fails(result, PROM_CATEGORY_BAD_INPUT, &test->error, "BIP 32 takes 16 to 64");
        }
    }
}

static void test_curve_out_of_memory(void **state)
{
    const prom_bytes32 blinding = {{1}};
    prom_error error = {""};
    prom_curve *curve = NULL;
    (void)state;
    for (size_t limit = 0; limit <= 64; limit += 16) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_arena_init(&arena, limit);
        assert_fails(prom_curve_new(&arena, &curve, &blinding, &error), PROM_CATEGORY_MEMORY, &error, "limit");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_bip340_vectors),
        FIXTURE_TEST(test_secrets_out_of_range),
        FIXTURE_TEST(test_ends_of_the_range),
        FIXTURE_TEST(test_halves_of_two_keys),
        FIXTURE_TEST(test_every_flipped_bit_breaks_a_signature),
        FIXTURE_TEST(test_ecdsa),
        FIXTURE_TEST(test_public_keys),
        FIXTURE_TEST(test_tweaks),
        FIXTURE_TEST(test_bad_tweaks),
        FIXTURE_TEST(test_diffie_hellman),
        FIXTURE_TEST(test_even_secrets),
        FIXTURE_TEST(test_bip32_vectors),
        FIXTURE_TEST(test_seed_lengths),
        cmocka_unit_test(test_curve_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
