#include "crypto/chilldkg_party.h"

/* Recovery data that all participants have signed, whatever is in them. */
static prom_span signed_recovery(fixture *test, const struct party *party, prom_span transcript)
{
    static const prom_bytes32 auxiliary = {{0}};
    uint8_t certificate[MAX * sizeof(prom_signature)];
    prom_span recovery;
    for (size_t i = 0; i < party->session.count; i++) {
        prom_signature signature;
        assert_ok(prom_dkg_certificate_sign(&test->arena, test->curve, &signature, transcript, i,
                                            &(prom_dkg_secrets){&party->secrets[i], &auxiliary}, &test->error),
                  &test->error);
        memcpy(certificate + i * sizeof signature, signature.bytes, sizeof signature);
    }
    assert_ok(prom_dkg_write_recovery(&test->arena, &recovery, transcript,
                                      prom_span_of(certificate, party->session.count * sizeof(prom_signature)),
                                      &test->error),
              &test->error);
    return recovery;
}

static void assert_no_recovery(fixture *test, const prom_bytes32 *host_secret, prom_span recovery, const char *part)
{
    prom_dkg_output output;
    prom_dkg_session session;
    assert_fails(prom_dkg_recover(&test->arena, test->curve, &output, &session, host_secret, recovery, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, part);
}

/* All participants have signed it, and yet it is wrong. */
static void test_recovery_of_what_should_not_have_been_signed(void **state)
{
    static const prom_point infinity = {{0}};
    fixture *test = *state;
    struct party party;
    make_party(test, &party, 2, 2);
    const prom_span sound = party.coordinator.transcript;
    const size_t nonces = 4 + 2 * 33 + 2 * 33;
    const size_t shares = nonces + 2 * 33;
    const uint8_t other = sound.data[shares + 31] ^ 1;
    const uint8_t no_point = 5;
    prom_dkg_output output;
    prom_dkg_session session;
    assert_ok(prom_dkg_recover(&test->arena, test->curve, &output, &session, &party.secrets[0],
                               signed_recovery(test, &party, sound), &test->error),
              &test->error);
    assert_no_recovery(test, NULL, signed_recovery(test, &party, changed(test, sound, 4, &infinity, sizeof infinity)),
                       "cancel each other out");
    assert_no_recovery(test, &party.secrets[0],
                       signed_recovery(test, &party, changed(test, sound, shares + 31, &other, 1)),
                       "participant 0's share is not the one committed to");
    assert_no_recovery(test, &party.secrets[0],
                       signed_recovery(test, &party, changed(test, sound, nonces + 33, &no_point, 1)),
                       "encryption nonce of participant 1 is not a point");
}

static void test_ill_formed_recovery(void **state)
{
    fixture *test = *state;
    struct party party;
    make_party(test, &party, 2, 2);
    const prom_span sound = signed_recovery(test, &party, party.coordinator.transcript);
    for (size_t length = 0; length < sound.length; length++) {
        uint8_t *copy = exact_copy(sound.data, length);
        assert_no_recovery(test, &party.secrets[0], prom_span_of(copy, length), "the recovery data");
        free(copy);
    }
    for (size_t i = 0; i < sound.length; i++) {
        const uint8_t byte = sound.data[i] ^ 1;
        assert_no_recovery(test, &party.secrets[0], changed(test, sound, i, &byte, 1), "the recovery data");
    }
    static const uint8_t many[4 + 17 * 33 + 17 * 162] = {0, 0, 0, 17};
    assert_no_recovery(test, NULL, prom_span_of(many, sizeof many), "too few for a threshold of 17");
    assert_no_recovery(test, NULL, prom_span_of(sound.data, 4 + 33), "too few for a threshold of 2");
    static const uint8_t crowd[4 + 17 * 162] = {0};
    assert_no_recovery(test, NULL, prom_span_of(crowd, sizeof crowd), "a whole number of participants, at most 16");
    assert_no_recovery(test, NULL, prom_span_of(crowd, 4 + 161), "a whole number of participants, at most 16");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_recovery_of_what_should_not_have_been_signed),
        FIXTURE_TEST(test_ill_formed_recovery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
