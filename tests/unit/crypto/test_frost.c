#include "crypto/frost_signers.h"

/* A key shared 1 of 1, with which the rest is shown. */
struct alone {
    prom_key key;
    prom_point public_share;
    uint32_t id;
    prom_frost_secret_nonce secret_nonce;
    prom_frost_nonce nonce;
    prom_frost_tweak tweak;
    prom_frost_terms terms;
};

static void make_alone(fixture *test, struct alone *alone, uint64_t seed)
{
    static const prom_frost_nonce_input nothing = {.secret_share = NULL};
    uint64_t state = seed;
    const prom_bytes32 randomness = random_bytes32(&state);
    *alone = (struct alone){.key = random_key(test, &state), .tweak = {random_bytes32(&state), false}};
    assert_ok(prom_point_of_secret(test->curve, &alone->public_share, &alone->key.secret, &test->error), &test->error);
    assert_ok(
        prom_frost_nonce_new(test->curve, &alone->secret_nonce, &alone->nonce, &randomness, &nothing, &test->error),
        &test->error);
    alone->terms = (prom_frost_terms){.participants = 1,
                                      .threshold = 1,
                                      .key = alone->public_share,
                                      .ids = &alone->id,
                                      .public_shares = &alone->public_share,
                                      .count = 1,
                                      .nonce = alone->nonce,
                                      .message = prom_span_of32(&alone->tweak.value)};
}

/* The x-only tweaks of the session are those of BIP 341: its key is the output key, whatever the parities. */
static void test_taproot_tweak(void **state)
{
    fixture *test = *state;
    size_t odds[2] = {0};
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct alone alone;
        prom_frost_session *session = NULL;
        prom_bytes32 share;
        prom_bytes32 due;
        prom_signature signature;
        size_t culprit = 0;
        bool odd = false;
        make_alone(test, &alone, seed);
        alone.tweak.xonly = true;
        alone.terms.tweaks = &alone.tweak;
        alone.terms.tweak_count = 1;
        assert_ok(
            prom_public_key_tweak(test->curve, &due, &odd, &alone.key.public_key, &alone.tweak.value, &test->error),
            &test->error);
        odds[odd]++;
        assert_ok(prom_frost_session_new(&test->arena, test->curve, &session, &alone.terms, &test->error),
                  &test->error);
        const prom_bytes32 key = prom_frost_session_key(session);
        assert_memory_equal(&key, &due, sizeof key);
        assert_ok(
            prom_frost_sign(test->curve, &share, &alone.secret_nonce, session, 0, &alone.key.secret, &test->error),
            &test->error);
        assert_ok(prom_frost_signature(test->curve, &signature, &culprit, session, &share, 1, &test->error),
                  &test->error);
        /* a wrong share accuses nobody yet */
        share.bytes[31] ^= 1;
        assert_fails(prom_frost_signature(test->curve, &signature, &culprit, session, &share, 1, &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, "do not add up");
        assert_int_equal(culprit, 1);
        assert_false(prom_frost_share_valid(test->curve, session, 0, &alone.nonce, &share));
    }
    assert_true(odds[0] > 0 && odds[1] > 0);
}

/* Tweak after tweak, as BIP 341 would do it: the signs that they bring add up. */
static void test_tweaks_in_a_row(void **state)
{
    enum { TWEAKS = 5 };
    fixture *test = *state;
    for (uint64_t seed = 1; seed <= 16; seed++) {
        uint64_t random = seed;
        struct alone alone;
        prom_frost_tweak tweaks[TWEAKS];
        prom_frost_session *session = NULL;
        prom_bytes32 share;
        prom_signature signature;
        size_t culprit = 0;
        bool odd = false;
        make_alone(test, &alone, seed);
        prom_bytes32 due = alone.key.public_key;
        for (size_t i = 0; i < TWEAKS; i++) {
            tweaks[i] = (prom_frost_tweak){random_bytes32(&random), true};
            assert_ok(prom_public_key_tweak(test->curve, &due, &odd, &due, &tweaks[i].value, &test->error),
                      &test->error);
        }
        alone.terms.tweaks = tweaks;
        alone.terms.tweak_count = TWEAKS;
        assert_ok(prom_frost_session_new(&test->arena, test->curve, &session, &alone.terms, &test->error),
                  &test->error);
        assert_ok(
            prom_frost_sign(test->curve, &share, &alone.secret_nonce, session, 0, &alone.key.secret, &test->error),
            &test->error);
        assert_ok(prom_frost_signature(test->curve, &signature, &culprit, session, &share, 1, &test->error),
                  &test->error);
        const prom_bytes32 key = prom_frost_session_key(session);
        assert_memory_equal(&key, &due, sizeof key);
    }
}

static void assert_no_session(fixture *test, const prom_frost_terms *terms, const char *part)
{
    prom_frost_session *session = NULL;
    assert_fails(prom_frost_session_new(&test->arena, test->curve, &session, terms, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, part);
    assert_null(session);
}

static void test_bad_terms(void **state)
{
    fixture *test = *state;
    struct alone alone;
    make_alone(test, &alone, 1);
    prom_frost_terms bad = alone.terms;
    bad.threshold = 0;
    assert_no_session(test, &bad, "shared 0 of 1");
    bad.threshold = 2;
    assert_no_session(test, &bad, "shared 2 of 1");
    bad.participants = MAX + 1;
    assert_no_session(test, &bad, "at most 16");
    bad = alone.terms;
    bad.count = 2;
    assert_no_session(test, &bad, "2 signers for a key shared 1 of 1");
    bad = alone.terms;
    alone.tweak.value = bytes32_of_hex(ORDER);
    bad.tweaks = &alone.tweak;
    bad.tweak_count = 1;
    assert_no_session(test, &bad, "a tweak is not below the order");
    /* a tweak of minus the secret */
    prom_bytes32 less = bytes32_of_hex(ORDER);
    int borrow = 0;
    for (size_t i = sizeof less.bytes; i-- > 0;) {
        const int digit = less.bytes[i] - alone.key.secret.bytes[i] - borrow;
        borrow = digit < 0;
        less.bytes[i] = (uint8_t)digit;
    }
    alone.tweak.value = less;
    assert_no_session(test, &bad, "makes the shared key the point at infinity");
}

/* Whoever makes the nonces cancel out stops this session, and is found out. */
static void test_nonces_that_cancel_out(void **state)
{
    static const prom_frost_nonce infinity = {0};
    fixture *test = *state;
    struct alone alone;
    prom_frost_nonce pair[2];
    prom_frost_nonce sum;
    prom_frost_session *session = NULL;
    size_t culprit = 0;
    make_alone(test, &alone, 1);
    pair[0] = alone.nonce;
    pair[1] = alone.nonce;
    pair[1].first.bytes[0] ^= 1;
    pair[1].second.bytes[0] ^= 1;
    assert_ok(prom_frost_nonce_sum(test->curve, &sum, &culprit, pair, 2, &test->error), &test->error);
    assert_memory_equal(&sum, &infinity, sizeof sum);
    alone.terms.nonce = sum;
    assert_ok(prom_frost_session_new(&test->arena, test->curve, &session, &alone.terms, &test->error), &test->error);
    prom_bytes32 share = {{1}};
    assert_false(prom_frost_share_valid(test->curve, session, 0, &pair[0], &share));
}

static void test_bad_shares(void **state)
{
    fixture *test = *state;
    struct alone alone;
    prom_frost_session *session = NULL;
    prom_bytes32 share;
    make_alone(test, &alone, 1);
    assert_ok(prom_frost_session_new(&test->arena, test->curve, &session, &alone.terms, &test->error), &test->error);
    prom_frost_secret_nonce nonce = alone.secret_nonce;
    assert_ok(prom_frost_sign(test->curve, &share, &nonce, session, 0, &alone.key.secret, &test->error), &test->error);
    assert_true(prom_frost_share_valid(test->curve, session, 0, &alone.nonce, &share));
    assert_false(prom_frost_share_valid(test->curve, session, 1, &alone.nonce, &share)); /* no such signer */
    prom_frost_nonce bad = alone.nonce;
    bad.first.bytes[0] = 4;
    assert_false(prom_frost_share_valid(test->curve, session, 0, &bad, &share));
    bad = alone.nonce;
    bad.second.bytes[0] = 4;
    assert_false(prom_frost_share_valid(test->curve, session, 0, &bad, &share));
    for (size_t i = 0; i < 8 * sizeof share.bytes; i++) {
        prom_bytes32 flipped = share;
        flipped.bytes[i / 8] ^= (uint8_t)(1U << i % 8);
        assert_false(prom_frost_share_valid(test->curve, session, 0, &alone.nonce, &flipped));
    }
}

/* A nonce is gone whatever comes of it, so that no two shares under one nonce can exist. */
static void test_a_failure_too_erases_the_nonce(void **state)
{
    static const prom_frost_secret_nonce used = {0};
    fixture *test = *state;
    struct alone alone;
    prom_frost_session *session = NULL;
    prom_bytes32 share;
    make_alone(test, &alone, 1);
    assert_ok(prom_frost_session_new(&test->arena, test->curve, &session, &alone.terms, &test->error), &test->error);
    const prom_bytes32 order = bytes32_of_hex(ORDER);
    const struct {
        uint32_t id;
        const prom_bytes32 *secret;
        const char *part;
    } cases[] = {
        {1, &alone.key.secret, "not among the signers"},
        {0, &order, "zero or not below the order"},
        {0, &alone.tweak.value, "does not belong to its public share"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_frost_secret_nonce nonce = alone.secret_nonce;
        assert_fails(prom_frost_sign(test->curve, &share, &nonce, session, cases[i].id, cases[i].secret, &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, cases[i].part);
        assert_memory_equal(&nonce, &used, sizeof nonce);
    }
    prom_frost_secret_nonce beyond = {order, alone.secret_nonce.second};
    assert_fails(prom_frost_sign(test->curve, &share, &beyond, session, 0, &alone.key.secret, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "used already");
    assert_memory_equal(&beyond, &used, sizeof beyond);
}

static void test_extra_input_has_an_end(void **state)
{
    static const prom_frost_secret_nonce none = {0};
    static const uint8_t byte = 0;
    fixture *test = *state;
    const prom_frost_nonce_input input = {.extra = {&byte, (size_t)UINT32_MAX + 1}};
    const prom_bytes32 randomness = {{1}};
    prom_frost_secret_nonce secret = {{{1}}, {{1}}};
    prom_frost_nonce public;
    assert_fails(prom_frost_nonce_new(test->curve, &secret, &public, &randomness, &input, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "extra input");
    assert_memory_equal(&secret, &none, sizeof secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_taproot_tweak),
        FIXTURE_TEST(test_tweaks_in_a_row),
        FIXTURE_TEST(test_bad_terms),
        FIXTURE_TEST(test_nonces_that_cancel_out),
        FIXTURE_TEST(test_bad_shares),
        FIXTURE_TEST(test_a_failure_too_erases_the_nonce),
        FIXTURE_TEST(test_extra_input_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
