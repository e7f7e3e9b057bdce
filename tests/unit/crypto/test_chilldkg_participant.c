#include "crypto/chilldkg_vectors.h"

static const prom_dkg_blame nobody = {PROM_DKG_FAULT_NONE, 0};

static prom_bytes32 bytes32_of(const json_t *text)
{
    prom_bytes32 bytes;
    parse_hex(bytes.bytes, sizeof bytes.bytes, text);
    return bytes;
}

/* What stands under `key` in the case, or else in its group. */
static const json_t *either(const json_t *one, const json_t *group, const char *key)
{
    const json_t *found = json_object_get(one, key);
    return found != NULL ? found : member(group, key);
}

/* 32 bytes. False when the vector has another number of them: then the type of our argument refuses the vector. */
static bool fits32(prom_bytes32 *bytes, const json_t *text)
{
    return prom_hex_parse(bytes->bytes, sizeof bytes->bytes, json_string_value(text), json_string_length(text));
}

static void valid_host_key(fixture *test, const json_t *group, const json_t *one)
{
    const prom_bytes32 secret = bytes32_of(member(one, "hostseckey"));
    prom_point key;
    (void)group;
    assert_ok(prom_point_of_secret(test->curve, &key, &secret, &test->error), &test->error);
    assert_bytes(prom_span_of(key.bytes, sizeof key.bytes), member(one, "expectedHostpubkey"));
}

static void bad_host_key(fixture *test, const json_t *group, const json_t *one)
{
    prom_bytes32 secret;
    prom_point key;
    (void)group;
    if (is_value_error(one)) {
        assert_false(fits32(&secret, member(one, "hostseckey")));
        return;
    }
    secret = bytes32_of(member(one, "hostseckey"));
    assert_fails(prom_point_of_secret(test->curve, &key, &secret, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "secret key is zero or not below");
}

static void test_host_key_vectors(void **state)
{
    replay_file(state, "chilldkg/hostpubkey_gen_vectors.json", valid_host_key, 1, bad_host_key, 3);
}

static void valid_hash(fixture *test, const json_t *group, const json_t *one)
{
    const prom_dkg_session session = session_of(member(one, "params"));
    prom_bytes32 hash;
    (void)group;
    assert_ok(prom_dkg_session_hash(test->curve, &hash, &session, &test->error), &test->error);
    assert_bytes(prom_span_of32(&hash), member(one, "expectedParamsHash"));
}

static void bad_hash(fixture *test, const json_t *group, const json_t *one)
{
    const prom_dkg_session session = session_of(member(one, "params"));
    prom_bytes32 hash;
    (void)group;
    assert_error(test, prom_dkg_session_hash(test->curve, &hash, &session, &test->error), &nobody, one);
}

static void test_session_hash_vectors(void **state)
{
    replay_file(state, "chilldkg/params_hash_vectors.json", valid_hash, 3, bad_hash, 3);
}

static void valid_step1(fixture *test, const json_t *group, const json_t *one)
{
    const prom_dkg_session session = session_of(member(one, "params"));
    const prom_bytes32 secret = bytes32_of(member(one, "hostseckey"));
    const prom_bytes32 randomness = bytes32_of(member(one, "random"));
    prom_dkg_participant participant;
    prom_span message;
    (void)group;
    assert_ok(prom_dkg_participant_step1(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve}, &participant,
                                         &message, &session, &(prom_dkg_secrets){&secret, &randomness}, &test->error),
              &test->error);
    assert_bytes(message, member(one, "expectedPmsg1"));
}

static void bad_step1(fixture *test, const json_t *group, const json_t *one)
{
    const prom_dkg_session session = session_of(member(one, "params"));
    prom_dkg_participant participant;
    prom_span message;
    prom_bytes32 secret;
    prom_bytes32 randomness;
    (void)group;
    const bool secret_fits = fits32(&secret, member(one, "hostseckey"));
    const bool randomness_fits = fits32(&randomness, member(one, "random"));
    assert_int_equal(!secret_fits || !randomness_fits, is_value_error(one));
    if (!is_value_error(one)) {
        assert_error(test,
                     prom_dkg_participant_step1(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve},
                                                &participant, &message, &session,
                                                &(prom_dkg_secrets){&secret, &randomness}, &test->error),
                     &nobody, one);
    }
}

static void test_participant_step1_vectors(void **state)
{
    replay_file(state, "chilldkg/participant_step1_vectors.json", valid_step1, 4, bad_step1, 48);
}

/* Step 1 as the group says. */
static void group_step1(fixture *test, prom_dkg_participant *participant, const json_t *group)
{
    const prom_dkg_session session = session_of(member(group, "params"));
    const prom_bytes32 secret = bytes32_of(member(group, "hostseckey"));
    const prom_bytes32 randomness = bytes32_of(member(group, "random"));
    prom_span message;
    assert_ok(prom_dkg_participant_step1(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve}, participant,
                                         &message, &session, &(prom_dkg_secrets){&secret, &randomness}, &test->error),
              &test->error);
    assert_bytes(message, member(group, "pmsg1"));
}

static prom_result step2(fixture *test, prom_dkg_outcome *outcome, prom_signature *signature, prom_dkg_blame *blame,
                         const json_t *group, const json_t *one, const json_t *message)
{
    const prom_bytes32 secret = bytes32_of(either(one, group, "hostseckey"));
    const prom_bytes32 auxiliary = bytes32_of(either(one, group, "auxRand"));
    prom_dkg_participant participant;
    group_step1(test, &participant, group);
    return prom_dkg_participant_step2(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = blame},
                                      outcome, signature, &participant, &(prom_dkg_secrets){&secret, &auxiliary},
                                      span_of(test, message), &test->error);
}

static void valid_step2(fixture *test, const json_t *group, const json_t *one)
{
    prom_dkg_outcome outcome;
    prom_signature signature;
    prom_dkg_blame blame;
    assert_ok(step2(test, &outcome, &signature, &blame, group, one, member(one, "cmsg1")), &test->error);
    assert_int_equal(blame.fault, PROM_DKG_FAULT_NONE);
    assert_bytes(prom_span_of(signature.bytes, sizeof signature.bytes), member(one, "expectedPmsg2"));
}

static void bad_step2(fixture *test, const json_t *group, const json_t *one)
{
    static const prom_dkg_outcome none = {.transcript = {NULL, 0}};
    prom_dkg_outcome outcome;
    prom_signature signature;
    prom_dkg_blame blame;
    prom_bytes32 auxiliary;
    if (!fits32(&auxiliary, either(one, group, "auxRand"))) {
        assert_true(is_value_error(one));
        return;
    }
    const prom_result result = step2(test, &outcome, &signature, &blame, group, one, member(one, "cmsg1"));
    assert_memory_equal(&outcome, &none, sizeof outcome);
    if (is_value_error(one)) {
        assert_fails(result, PROM_CATEGORY_PEER, &test->error, "bytes where");
        assert_int_equal(blame.fault, PROM_DKG_FAULT_COORDINATOR);
        return;
    }
    assert_error(test, result, &blame, one);
}

static void test_participant_step2_vectors(void **state)
{
    replay_file(state, "chilldkg/participant_step2_vectors.json", valid_step2, 4, bad_step2, 70);
}

static prom_result finalize(fixture *test, prom_dkg_output *output, prom_span *recovery, prom_dkg_blame *blame,
                            const json_t *group, const json_t *one)
{
    prom_dkg_outcome outcome;
    prom_signature signature;
    assert_ok(step2(test, &outcome, &signature, blame, group, one, member(group, "cmsg1")), &test->error);
    assert_bytes(prom_span_of(signature.bytes, sizeof signature.bytes), member(group, "pmsg2"));
    return prom_dkg_participant_finalize(
        &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = blame}, output, recovery, &outcome,
        span_of(test, member(one, "cmsg2")), &test->error);
}

static void valid_finalize(fixture *test, const json_t *group, const json_t *one)
{
    const json_t *expected = member(one, "expectedOutput");
    prom_dkg_output output;
    prom_span recovery;
    prom_dkg_blame blame;
    assert_ok(finalize(test, &output, &recovery, &blame, group, one), &test->error);
    assert_int_equal(blame.fault, PROM_DKG_FAULT_NONE);
    assert_output(&output, member(expected, "dkgOutput"));
    assert_bytes(recovery, member(expected, "recoveryData"));
}

static void bad_finalize(fixture *test, const json_t *group, const json_t *one)
{
    prom_dkg_output output;
    prom_span recovery;
    prom_dkg_blame blame;
    const prom_result result = finalize(test, &output, &recovery, &blame, group, one);
    assert_no_output(&output);
    if (is_value_error(one)) { /* too short, or too long */
        assert_fails(result, PROM_CATEGORY_PEER, &test->error,
                     strstr(member_text(one, "comment"), "missing") != NULL ? "signature is missing"
                                                                            : "a certificate of");
        assert_int_equal(blame.fault, PROM_DKG_FAULT_COORDINATOR);
        return;
    }
    assert_error(test, result, &blame, one);
}

static void test_participant_finalize_vectors(void **state)
{
    replay_file(state, "chilldkg/participant_finalize_vectors.json", valid_finalize, 4, bad_finalize, 12);
}

static void bad_investigate(fixture *test, const json_t *group, const json_t *one)
{
    const json_t *message = json_array_get(member(group, "cmsg1Pool"), (size_t)member_number(one, "cmsg1Index"));
    const prom_bytes32 secret = bytes32_of(member(group, "hostseckey"));
    prom_dkg_outcome outcome;
    prom_signature signature;
    prom_dkg_participant participant;
    prom_dkg_blame blame;
    assert_fails(step2(test, &outcome, &signature, &blame, group, one, message), PROM_CATEGORY_PEER, &test->error,
                 "ask the coordinator to investigate");
    assert_int_equal(blame.fault, PROM_DKG_FAULT_UNKNOWN);
    group_step1(test, &participant, group);
    assert_error(test,
                 prom_dkg_participant_investigate(&(prom_dkg_context){.curve = test->curve, .blame = &blame},
                                                  &participant, &secret, span_of(test, message),
                                                  span_of(test, member(one, "cinvMsg")), &test->error),
                 &blame, one);
}

static void test_participant_investigate_vectors(void **state)
{
    replay_file(state, "chilldkg/participant_investigate_vectors.json", NULL, 0, bad_investigate, 16);
}

static void valid_recover(fixture *test, const json_t *group, const json_t *one)
{
    const json_t *expected = member(one, "expectedOutput");
    const json_t *secret = member(one, "hostseckey");
    const prom_bytes32 host_secret = json_is_null(secret) ? (prom_bytes32){{0}} : bytes32_of(secret);
    const prom_dkg_session due = session_of(member(expected, "params"));
    prom_dkg_output output;
    prom_dkg_session session;
    (void)group;
    assert_ok(prom_dkg_recover(&test->arena, test->curve, &output, &session, json_is_null(secret) ? NULL : &host_secret,
                               span_of(test, member(one, "recoveryData")), &test->error),
              &test->error);
    assert_output(&output, member(expected, "dkgOutput"));
    assert_int_equal(session.threshold, due.threshold);
    assert_int_equal(session.count, due.count);
    assert_memory_equal(session.host_keys, due.host_keys, due.count * sizeof due.host_keys[0]);
}

static void bad_recover(fixture *test, const json_t *group, const json_t *one)
{
    const json_t *secret = member(one, "hostseckey");
    prom_dkg_output output;
    prom_dkg_session session;
    prom_bytes32 host_secret = {{0}};
    (void)group;
    const bool fits = json_is_null(secret) || fits32(&host_secret, secret);
    assert_int_equal(!fits, is_value_error(one));
    if (fits) {
        assert_error(test,
                     prom_dkg_recover(&test->arena, test->curve, &output, &session,
                                      json_is_null(secret) ? NULL : &host_secret,
                                      span_of(test, member(one, "recoveryData")), &test->error),
                     &nobody, one);
        assert_no_output(&output);
    }
}

static void test_recover_vectors(void **state)
{
    replay_file(state, "chilldkg/recover_vectors.json", valid_recover, 2, bad_recover, 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_host_key_vectors),
        FIXTURE_TEST(test_session_hash_vectors),
        FIXTURE_TEST(test_participant_step1_vectors),
        FIXTURE_TEST(test_participant_step2_vectors),
        FIXTURE_TEST(test_participant_finalize_vectors),
        FIXTURE_TEST(test_participant_investigate_vectors),
        FIXTURE_TEST(test_recover_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
