#include "support.h"

#include "crypto/chilldkg_parts.h"
#include "prometheus/crypto/chilldkg.h"
#include "prometheus/crypto/frost.h"

#define MAX PROM_DKG_PARTICIPANTS_MAX
#define ORDER "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"

/* --- Vectors --- */

static const prom_dkg_blame nobody = {PROM_DKG_FAULT_NONE, 0};

/* What the vectors call an error's reason, and a part of what we say. */
static const struct reason {
    const char *theirs;
    const char *ours;
} reasons[] = {
    {"does not match any host public key", "belongs to none"},
    {"does not match the one used in participant_step1", "not the one of the first step"},
    {"wrong pubnonce", "changed our encryption nonce"},
    {"invalid public nonce", "encryption nonce of participant"},
    {"unexpected first group element", "changed our commitment"},
    {"invalid commitment", "commitment to its secret is infinity"},
    {"invalid proof-of-knowledge", "does not prove"},
    {"Received invalid secshare", "not the one that was committed to"},
    {"invalid signature", "signature is not valid"},
    {"invalid partial secshare", "share for us is not the one committed to"},
    {"Sum of encrypted partial secshares", "encrypted shares that the coordinator names"},
    {"fiddled with the share", "changed our share for ourselves"},
    {"Sum of partial pubshares", "public shares that the coordinator names"},
    {"Failed to deserialize", "too few for a threshold"},
    {"Failed to deserialize", "not a point"},
    {"Failed to deserialize", "not below the order"},
    {"Invalid session parameters", "the threshold is from 1"},
    {"Invalid session parameters", "host key of participant"},
    {"Invalid certificate", "signature is not valid"},
};

/* The vectors' types of errors, and what we do. A %zu is for the participants that the vector names. */
static const struct type {
    const char *name;
    prom_category category;
    prom_dkg_fault fault;
    const char *sentence;
} types[] = {
    {"HostSeckeyError", PROM_CATEGORY_BAD_INPUT, PROM_DKG_FAULT_NONE, "host secret"},
    {"RandomnessError", PROM_CATEGORY_BAD_INPUT, PROM_DKG_FAULT_NONE, "randomness is all zeros"},
    {"ThresholdOrCountError", PROM_CATEGORY_BAD_INPUT, PROM_DKG_FAULT_NONE, "the threshold is from 1"},
    {"InvalidHostPubkeyError", PROM_CATEGORY_BAD_INPUT, PROM_DKG_FAULT_NONE, "host key of participant"},
    {"DuplicateHostPubkeyError", PROM_CATEGORY_BAD_INPUT, PROM_DKG_FAULT_NONE, "have the same host key"},
    {"RecoveryDataError", PROM_CATEGORY_BAD_INPUT, PROM_DKG_FAULT_NONE, "the recovery data: "},
    {"FaultyParticipantError", PROM_CATEGORY_PEER, PROM_DKG_FAULT_PARTICIPANT, ""},
    {"FaultyCoordinatorError", PROM_CATEGORY_PEER, PROM_DKG_FAULT_COORDINATOR, ""},
    {"FaultyParticipantOrCoordinatorError", PROM_CATEGORY_PEER, PROM_DKG_FAULT_PARTICIPANT_OR_COORDINATOR, ""},
    {"UnknownFaultyParticipantOrCoordinatorError", PROM_CATEGORY_PEER, PROM_DKG_FAULT_UNKNOWN, ""},
};

/* The sentence names whose host keys are wrong. */
static void assert_names(const fixture *test, const json_t *error)
{
    char part[64] = "";
    if (json_object_get(error, "participantId1") != NULL) {
        (void)snprintf(part, sizeof part, "participants %u and %u ", (unsigned)member_number(error, "participantId1"),
                       (unsigned)member_number(error, "participantId2"));
    } else if (strcmp(member_text(error, "type"), "InvalidHostPubkeyError") == 0) {
        (void)snprintf(part, sizeof part, "host key of participant %u ",
                       (unsigned)member_number(error, "participantId"));
    }
    assert_non_null(strstr(test->error.sentence, part));
}

static void assert_reason(const fixture *test, const json_t *error)
{
    const json_t *message = json_object_get(error, "message");
    bool found = message == NULL;
    for (size_t i = 0; i < COUNT_OF(reasons) && !found; i++) {
        found = strstr(json_string_value(message), reasons[i].theirs) != NULL &&
                strstr(test->error.sentence, reasons[i].ours) != NULL;
    }
    if (!found) {
        fail_msg("theirs: '%s'; ours: '%s'", json_string_value(message), test->error.sentence);
    }
}

/* That the failure is of the vector's kind, and blames whom it blames. */
static void assert_error(const fixture *test, prom_result result, const prom_dkg_blame *blame, const json_t *one)
{
    const json_t *error = member(one, "expectedError");
    const json_t *participant = json_object_get(error, "participantId");
    size_t i = 0;
    while (i < COUNT_OF(types) && strcmp(types[i].name, member_text(error, "type")) != 0) {
        i++;
    }
    assert_true(i < COUNT_OF(types));
    assert_fails(result, types[i].category, &test->error, types[i].sentence);
    assert_int_equal(blame->fault, types[i].fault);
    assert_reason(test, error);
    assert_names(test, error);
    if (types[i].fault != PROM_DKG_FAULT_NONE) {
        assert_int_equal(blame->participant, participant != NULL ? json_integer_value(participant) : 0);
    }
}

/* The vectors' ValueError: a wrong length, or number of messages. Says whether the vector is of that kind. */
static bool is_value_error(const json_t *one)
{
    return strcmp(member_text(member(one, "expectedError"), "type"), "ValueError") == 0;
}

static void parse_hex(uint8_t *bytes, size_t length, const json_t *text)
{
    assert_true(prom_hex_parse(bytes, length, json_string_value(text), json_string_length(text)));
}

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

static prom_dkg_session session_of(const json_t *parameters)
{
    const json_t *keys = member(parameters, "hostpubkeys");
    prom_dkg_session session = {.threshold = (size_t)member_number(parameters, "t"), .count = json_array_size(keys)};
    assert_true(session.count <= MAX);
    for (size_t i = 0; i < session.count; i++) {
        parse_hex(session.host_keys[i].bytes, sizeof session.host_keys[i].bytes, json_array_get(keys, i));
    }
    return session;
}

static void assert_bytes(prom_span bytes, const json_t *expected)
{
    uint8_t due[8192];
    assert_true(bytes.length <= sizeof due);
    assert_int_equal(json_string_length(expected), 2 * bytes.length);
    parse_hex(due, bytes.length, expected);
    assert_memory_equal(bytes.data, due, bytes.length);
}

static void assert_output(const prom_dkg_output *output, const json_t *expected)
{
    static const prom_bytes32 none = {{0}};
    const json_t *shares = member(expected, "pubshares");
    const json_t *secret = json_object_get(expected, "secshare");
    if (json_is_string(secret)) {
        assert_bytes(prom_span_of32(&output->secret_share), secret);
    } else {
        assert_memory_equal(&output->secret_share, &none, sizeof none);
    }
    assert_bytes(prom_span_of(output->key.bytes, sizeof output->key.bytes), member(expected, "threshPk"));
    assert_int_equal(output->count, json_array_size(shares));
    for (size_t i = 0; i < output->count; i++) {
        assert_bytes(prom_span_of(output->public_shares[i].bytes, sizeof output->public_shares[i].bytes),
                     json_array_get(shares, i));
    }
}

static void assert_no_output(const prom_dkg_output *output)
{
    static const prom_dkg_output none = {.count = 0};
    assert_int_equal(output->count, 0);
    assert_memory_equal(&output->secret_share, &none.secret_share, sizeof none.secret_share);
    assert_memory_equal(&output->key, &none.key, sizeof none.key);
    assert_memory_equal(output->public_shares, none.public_shares, sizeof none.public_shares);
}

static prom_span span_of(fixture *test, const json_t *text)
{
    return span_of_hex(test, json_string_value(text));
}

typedef void replay(fixture *test, const json_t *group, const json_t *one);

static void replay_list(fixture *test, const json_t *group, const char *key, replay *one_of, size_t *count)
{
    const json_t *list = json_object_get(group, key);
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(list, i, one)
    {
        one_of(test, group, one);
        ++*count;
    }
}

/* Replays a file, whose cases are in groups or not. */
static void replay_file(void **state, const char *name, replay *valid, size_t valid_count, replay *bad,
                        size_t bad_count)
{
    json_t *vectors = load_vectors(name);
    const json_t *groups = json_object_get(vectors, "testGroups");
    size_t valid_done = 0;
    size_t bad_done = 0;
    const size_t group_count = groups != NULL ? json_array_size(groups) : 1;
    for (size_t i = 0; i < group_count; i++) {
        const json_t *group = groups != NULL ? json_array_get(groups, i) : vectors;
        replay_list(*state, group, "validTestCases", valid, &valid_done);
        replay_list(*state, group, "errorTestCases", bad, &bad_done);
    }
    assert_int_equal(valid_done + bad_done, member_number(vectors, "totalTests"));
    json_decref(vectors);
    assert_int_equal(valid_done, valid_count);
    assert_int_equal(bad_done, bad_count);
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

/* The spans of a list of texts, or those of its elements that `indices` names. */
static size_t read_spans(fixture *test, prom_span spans[MAX], const json_t *list, const json_t *indices)
{
    const size_t count = json_array_size(indices != NULL ? indices : list);
    assert_true(count <= MAX);
    for (size_t i = 0; i < count; i++) {
        const size_t index = indices != NULL ? (size_t)json_integer_value(json_array_get(indices, i)) : i;
        spans[i] = span_of(test, json_array_get(list, index));
    }
    return count;
}

static prom_result coordinator_step1(fixture *test, prom_span *message, prom_dkg_blame *blame, const json_t *group,
                                     const json_t *one)
{
    const prom_dkg_session session = session_of(member(one, "params"));
    prom_dkg_outcome outcome;
    prom_span messages[MAX];
    const size_t count = read_spans(test, messages, member(group, "pmsg1Pool"), member(one, "pmsg1Indices"));
    return prom_dkg_coordinator_step1(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = blame},
                                      &outcome, message, &session, &(prom_dkg_messages){messages, count}, &test->error);
}

static void valid_coordinator_step1(fixture *test, const json_t *group, const json_t *one)
{
    prom_span message;
    prom_dkg_blame blame;
    assert_ok(coordinator_step1(test, &message, &blame, group, one), &test->error);
    assert_bytes(message, member(one, "expectedCmsg1"));
    assert_int_equal(blame.fault, PROM_DKG_FAULT_NONE);
}

static void bad_coordinator_step1(fixture *test, const json_t *group, const json_t *one)
{
    prom_span message;
    prom_dkg_blame blame;
    const prom_result result = coordinator_step1(test, &message, &blame, group, one);
    if (!is_value_error(one)) {
        assert_error(test, result, &blame, one);
    } else if (strstr(member_text(one, "comment"), "entries than participants") != NULL) {
        assert_fails(result, PROM_CATEGORY_BAD_INPUT, &test->error, "messages of");
        assert_int_equal(blame.fault, PROM_DKG_FAULT_NONE);
    } else {
        assert_fails(result, PROM_CATEGORY_PEER, &test->error, "bytes where");
        assert_int_equal(blame.fault, PROM_DKG_FAULT_PARTICIPANT);
        assert_int_equal(blame.participant, strstr(member_text(one, "comment"), "index 0") != NULL ? 0 : 1);
    }
}

static void test_coordinator_step1_vectors(void **state)
{
    replay_file(state, "chilldkg/coordinator_step1_vectors.json", valid_coordinator_step1, 4, bad_coordinator_step1,
                40);
}

static prom_result coordinator_finalize(fixture *test, prom_dkg_output *output, prom_span *message, prom_span *recovery,
                                        prom_dkg_blame *blame, const json_t *group, const json_t *one)
{
    const prom_dkg_session session = session_of(member(group, "params"));
    prom_dkg_outcome outcome;
    prom_span messages[MAX];
    size_t count = read_spans(test, messages, member(group, "pmsgs1"), NULL);
    assert_ok(
        prom_dkg_coordinator_step1(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = blame},
                                   &outcome, message, &session, &(prom_dkg_messages){messages, count}, &test->error),
        &test->error);
    assert_bytes(*message, member(group, "cmsg1"));
    count = read_spans(test, messages, member(group, "pmsg2Pool"), member(one, "pmsg2Indices"));
    return prom_dkg_coordinator_finalize(
        &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = blame}, output, message, recovery,
        &outcome, &(prom_dkg_messages){messages, count}, &test->error);
}

static void valid_coordinator_finalize(fixture *test, const json_t *group, const json_t *one)
{
    const json_t *expected = member(one, "expectedOutput");
    prom_dkg_output output;
    prom_span message;
    prom_span recovery;
    prom_dkg_blame blame;
    assert_ok(coordinator_finalize(test, &output, &message, &recovery, &blame, group, one), &test->error);
    assert_int_equal(blame.fault, PROM_DKG_FAULT_NONE);
    assert_bytes(message, member(expected, "cmsg2"));
    assert_output(&output, member(expected, "dkgOutput"));
    assert_bytes(recovery, member(expected, "recoveryData"));
}

static void bad_coordinator_finalize(fixture *test, const json_t *group, const json_t *one)
{
    prom_dkg_output output;
    prom_span message;
    prom_span recovery;
    prom_dkg_blame blame;
    const prom_result result = coordinator_finalize(test, &output, &message, &recovery, &blame, group, one);
    assert_no_output(&output);
    if (!is_value_error(one)) {
        assert_error(test, result, &blame, one);
    } else if (strstr(member_text(one, "comment"), "short signature") != NULL) {
        assert_fails(result, PROM_CATEGORY_PEER, &test->error, "participant 1's signature has");
        assert_int_equal(blame.fault, PROM_DKG_FAULT_PARTICIPANT);
        assert_int_equal(blame.participant, 1);
    } else {
        assert_fails(result, PROM_CATEGORY_BAD_INPUT, &test->error, "signatures of");
        assert_int_equal(blame.fault, PROM_DKG_FAULT_NONE);
    }
}

static void test_coordinator_finalize_vectors(void **state)
{
    replay_file(state, "chilldkg/coordinator_finalize_vectors.json", valid_coordinator_finalize, 4,
                bad_coordinator_finalize, 16);
}

static void valid_coordinator_investigate(fixture *test, const json_t *group, const json_t *one)
{
    const json_t *expected = member(one, "expectedCinvMsgs");
    const prom_dkg_session session = session_of(member(group, "params"));
    prom_span messages[MAX];
    prom_span investigations[MAX];
    prom_dkg_blame blame;
    const size_t count = read_spans(test, messages, member(group, "pmsgs1"), NULL);
    assert_ok(prom_dkg_coordinator_investigate(
                  &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, investigations,
                  &session, &(prom_dkg_messages){messages, count}, &test->error),
              &test->error);
    assert_int_equal(json_array_size(expected), count);
    for (size_t i = 0; i < count; i++) {
        assert_bytes(investigations[i], json_array_get(expected, i));
    }
}

static void test_coordinator_investigate_vectors(void **state)
{
    replay_file(state, "chilldkg/coordinator_investigate_vectors.json", valid_coordinator_investigate, 4, NULL, 0);
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

/* --- Sessions of our own --- */

/* A session of which the test knows all secrets, and the messages of its first round. */
struct party {
    prom_dkg_session session;
    prom_bytes32 secrets[MAX];
    prom_dkg_participant participants[MAX];
    prom_span messages[MAX];
    prom_dkg_outcome coordinator;
    prom_span round; /* the coordinator's first message */
};

static void make_party(fixture *test, struct party *party, size_t threshold, size_t count)
{
    uint64_t state = 100 * threshold + count;
    prom_dkg_blame blame;
    *party = (struct party){.session = {.threshold = threshold, .count = count}};
    for (size_t i = 0; i < count; i++) {
        party->secrets[i] = random_bytes32(&state);
        assert_ok(prom_point_of_secret(test->curve, &party->session.host_keys[i], &party->secrets[i], &test->error),
                  &test->error);
    }
    for (size_t i = 0; i < count; i++) {
        const prom_bytes32 randomness = random_bytes32(&state);
        assert_ok(prom_dkg_participant_step1(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve},
                                             &party->participants[i], &party->messages[i], &party->session,
                                             &(prom_dkg_secrets){&party->secrets[i], &randomness}, &test->error),
                  &test->error);
        assert_int_equal(party->participants[i].id, i);
    }
    assert_ok(
        prom_dkg_coordinator_step1(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame},
                                   &party->coordinator, &party->round, &party->session,
                                   &(prom_dkg_messages){party->messages, count}, &test->error),
        &test->error);
}

/* All second messages, and the certificate in them. */
static void sign_all(fixture *test, const struct party *party, prom_dkg_outcome outcomes[MAX], prom_span *certificate,
                     prom_span *recovery)
{
    static const prom_bytes32 auxiliary = {{7}};
    prom_signature signatures[MAX];
    prom_span spans[MAX];
    prom_dkg_output output;
    prom_dkg_blame blame;
    for (size_t i = 0; i < party->session.count; i++) {
        assert_ok(prom_dkg_participant_step2(
                      &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, &outcomes[i],
                      &signatures[i], &party->participants[i], &(prom_dkg_secrets){&party->secrets[i], &auxiliary},
                      party->round, &test->error),
                  &test->error);
        spans[i] = prom_span_of(signatures[i].bytes, sizeof signatures[i].bytes);
    }
    assert_ok(
        prom_dkg_coordinator_finalize(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame},
                                      &output, certificate, recovery, &party->coordinator,
                                      &(prom_dkg_messages){spans, party->session.count}, &test->error),
        &test->error);
}

/* Some participants about to sign: their nonces are drawn, and the session stands. */
struct signers {
    uint32_t ids[MAX];
    prom_point public_shares[MAX];
    prom_frost_secret_nonce secrets[MAX];
    prom_frost_nonce nonces[MAX];
    prom_bytes32 shares[MAX];
    prom_frost_session *session;
};

/* Any `threshold` participants, here those from `first` on; `attempt` makes their nonces fresh. */
static void gather_signers(fixture *test, struct signers *signers, const prom_dkg_output outputs[MAX], size_t threshold,
                           size_t first, uint8_t attempt)
{
    static const prom_bytes32 message = {{9}};
    static const prom_frost_nonce_input nothing = {.secret_share = NULL};
    size_t culprit = 0;
    for (size_t i = 0; i < threshold; i++) {
        const prom_bytes32 randomness = {{(uint8_t)(i + 1), attempt}};
        signers->ids[i] = (uint32_t)((first + i) % outputs[0].count);
        signers->public_shares[i] = outputs[0].public_shares[signers->ids[i]];
        assert_ok(prom_frost_nonce_new(test->curve, &signers->secrets[i], &signers->nonces[i], &randomness, &nothing,
                                       &test->error),
                  &test->error);
    }
    prom_frost_terms terms = {.participants = outputs[0].count,
                              .threshold = threshold,
                              .key = outputs[0].key,
                              .ids = signers->ids,
                              .public_shares = signers->public_shares,
                              .count = threshold,
                              .message = prom_span_of32(&message)};
    assert_ok(prom_frost_nonce_sum(test->curve, &terms.nonce, &culprit, signers->nonces, threshold, &test->error),
              &test->error);
    assert_ok(prom_frost_session_new(&test->arena, test->curve, &signers->session, &terms, &test->error), &test->error);
}

static prom_result sign_share(fixture *test, struct signers *signers, size_t index, const prom_dkg_output outputs[MAX])
{
    const uint32_t id = signers->ids[index];
    return prom_frost_sign(test->curve, &signers->shares[index], &signers->secrets[index], signers->session, id,
                           &outputs[id].secret_share, &test->error);
}

static void sign_with_key(fixture *test, const prom_dkg_output outputs[MAX], size_t threshold, size_t first,
                          uint8_t attempt)
{
    struct signers signers;
    prom_signature signature;
    size_t culprit = 0;
    gather_signers(test, &signers, outputs, threshold, first, attempt);
    for (size_t i = 0; i < threshold; i++) {
        assert_ok(sign_share(test, &signers, i, outputs), &test->error);
        assert_true(prom_frost_share_valid(test->curve, signers.session, i, &signers.nonces[i], &signers.shares[i]));
    }
    assert_ok(prom_frost_signature(test->curve, &signature, &culprit, signers.session, signers.shares, threshold,
                                   &test->error),
              &test->error);
}

/* One of two signers falls silent after the other has given its share: the third takes its place in a new session. The
 * nonce of the stalled one is gone, whoever asks for it. */
static void test_stalled_session_goes_on_with_others(void **state)
{
    fixture *test = *state;
    struct party party;
    struct signers stalled;
    struct signers others;
    prom_dkg_outcome outcomes[MAX];
    prom_dkg_output outputs[MAX];
    prom_span certificate;
    prom_span recovery;
    prom_dkg_blame blame;
    make_party(test, &party, 2, 3);
    sign_all(test, &party, outcomes, &certificate, &recovery);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(prom_dkg_participant_finalize(
                      &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, &outputs[i],
                      &recovery, &outcomes[i], certificate, &test->error),
                  &test->error);
    }
    gather_signers(test, &stalled, outputs, 2, 0, 1); /* participants 0 and 1 */
    assert_ok(sign_share(test, &stalled, 0, outputs), &test->error);
    gather_signers(test, &others, outputs, 2, 2, 2); /* participants 2 and 0 */
    others.secrets[1] = stalled.secrets[0];
    assert_fails(sign_share(test, &others, 1, outputs), PROM_CATEGORY_MISUSE, &test->error, "nonce");
    sign_with_key(test, outputs, 2, 2, 3);
}

static void test_key_of_any_size_signs(void **state)
{
    static const size_t sizes[][2] = {{1, 1}, {1, 2}, {2, 2}, {2, 3}, {5, 9}, {9, 9}, {MAX, MAX}};
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct party party;
        prom_dkg_outcome outcomes[MAX];
        prom_dkg_output outputs[MAX];
        prom_span certificate;
        prom_span recovery;
        prom_dkg_blame blame;
        make_party(test, &party, sizes[i][0], sizes[i][1]);
        sign_all(test, &party, outcomes, &certificate, &recovery);
        for (size_t j = 0; j < party.session.count; j++) {
            prom_span own_recovery;
            prom_dkg_output recovered;
            prom_dkg_session session;
            assert_ok(prom_dkg_participant_finalize(
                          &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame},
                          &outputs[j], &own_recovery, &outcomes[j], certificate, &test->error),
                      &test->error);
            assert_true(prom_span_equal(own_recovery, recovery));
            assert_ok(prom_dkg_recover(&test->arena, test->curve, &recovered, &session, &party.secrets[j], recovery,
                                       &test->error),
                      &test->error);
            assert_memory_equal(&recovered.secret_share, &outputs[j].secret_share, sizeof(prom_bytes32));
            assert_memory_equal(&recovered.key, &outputs[j].key, sizeof recovered.key);
            assert_memory_equal(recovered.public_shares, outputs[j].public_shares, sizeof recovered.public_shares);
        }
        sign_with_key(test, outputs, party.session.threshold, 0, 1);
        sign_with_key(test, outputs, party.session.threshold, party.session.count - 1, 2);
    }
}

static void test_too_many_participants(void **state)
{
    fixture *test = *state;
    struct party party;
    prom_bytes32 hash;
    make_party(test, &party, 1, 2);
    party.session.count = MAX + 1;
    assert_fails(prom_dkg_session_hash(test->curve, &hash, &party.session, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "shared 1 of 17");
    party.session.count = SIZE_MAX;
    assert_fails(prom_dkg_session_hash(test->curve, &hash, &party.session, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "the threshold is from 1");
}

/* A copy of a message with `length` bytes put in at `at`. */
static prom_span changed(fixture *test, prom_span message, size_t at, const void *bytes, size_t length)
{
    void *copy = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &copy, message.length, 1, &test->error), &test->error);
    memcpy(copy, message.data, message.length);
    assert_true(at + length <= message.length);
    memcpy((uint8_t *)copy + at, bytes, length);
    return prom_span_of(copy, message.length);
}

static prom_result step2_of(fixture *test, const struct party *party, size_t id, prom_span round, prom_dkg_blame *blame)
{
    static const prom_bytes32 auxiliary = {{0}};
    prom_dkg_outcome outcome;
    prom_signature signature;
    return prom_dkg_participant_step2(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = blame},
                                      &outcome, &signature, &party->participants[id],
                                      &(prom_dkg_secrets){&party->secrets[id], &auxiliary}, round, &test->error);
}

/* What can not be read in the coordinator's message is the coordinator's fault. */
static void test_ill_formed_rounds(void **state)
{
    fixture *test = *state;
    const uint8_t no_point = 5;
    const prom_bytes32 order = bytes32_of_hex(ORDER);
    struct party party;
    make_party(test, &party, 2, 3);
    const struct {
        size_t at;
        const void *bytes;
        size_t length;
        const char *part;
    } cases[] = {
        {0, &no_point, 1, "the commitment to a secret 0 is not a point"},
        {33, &no_point, 1, "the commitment to a secret 1 is not a point"},
        {3 * 33, &no_point, 1, "the sum of commitments 0 is not a point"},
        {party.round.length - 32, &order, 32, "encrypted share 2 is not below the order"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const prom_span round = changed(test, party.round, cases[i].at, cases[i].bytes, cases[i].length);
        prom_dkg_blame blame;
        assert_fails(step2_of(test, &party, 0, round, &blame), PROM_CATEGORY_PEER, &test->error, cases[i].part);
        assert_int_equal(blame.fault, PROM_DKG_FAULT_COORDINATOR);
    }
}

/* Nobody accepts a first message of the coordinator with any byte changed; or all do, and their transcripts differ. */
static void test_every_changed_byte_is_noticed(void **state)
{
    fixture *test = *state;
    struct party party;
    make_party(test, &party, 2, 2);
    for (size_t i = 0; i < party.round.length; i++) {
        const uint8_t byte = party.round.data[i] ^ 1;
        const prom_span round = changed(test, party.round, i, &byte, 1);
        size_t failed = 0;
        for (size_t id = 0; id < 2; id++) {
            prom_dkg_blame blame;
            const prom_result result = step2_of(test, &party, id, round, &blame);
            assert_int_equal(blame.fault != PROM_DKG_FAULT_NONE, result.category == PROM_CATEGORY_PEER);
            failed += !prom_is_ok(result);
        }
        assert_true(failed > 0);
    }
    for (size_t length = 0; length < party.round.length; length++) {
        uint8_t *copy = exact_copy(party.round.data, length);
        prom_dkg_blame blame;
        assert_fails(step2_of(test, &party, 0, prom_span_of(copy, length), &blame), PROM_CATEGORY_PEER, &test->error,
                     "bytes where");
        free(copy);
    }
}

/* A participant does not suspect itself when the coordinator changes its proof: it needs none of itself. */
static void test_own_proof_is_not_checked(void **state)
{
    fixture *test = *state;
    const size_t proofs = 2 * 33 + 33;
    struct party party;
    prom_dkg_blame blame;
    make_party(test, &party, 2, 2);
    const uint8_t byte = party.round.data[proofs] ^ 1;
    const prom_span round = changed(test, party.round, proofs, &byte, 1);
    assert_ok(step2_of(test, &party, 0, round, &blame), &test->error);
    assert_fails(step2_of(test, &party, 1, round, &blame), PROM_CATEGORY_PEER, &test->error, "does not prove");
    assert_int_equal(blame.participant, 0);
}

static void test_ill_formed_deals(void **state)
{
    fixture *test = *state;
    const uint8_t no_point = 5;
    const prom_bytes32 order = bytes32_of_hex(ORDER);
    struct party party;
    make_party(test, &party, 2, 3);
    const struct {
        size_t at;
        const void *bytes;
        size_t length;
        const char *part;
    } cases[] = {
        {33, &no_point, 1, "participant 2's first message: commitment 1 is not a point"},
        {party.messages[2].length - 64, &order, 32, "participant 2's first message: encrypted share 1 is not below"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_span messages[3] = {party.messages[0], party.messages[1]};
        prom_span investigations[3];
        prom_dkg_outcome outcome;
        prom_span round;
        prom_dkg_blame blame;
        messages[2] = changed(test, party.messages[2], cases[i].at, cases[i].bytes, cases[i].length);
        assert_fails(prom_dkg_coordinator_step1(
                         &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, &outcome,
                         &round, &party.session, &(prom_dkg_messages){messages, 3}, &test->error),
                     PROM_CATEGORY_PEER, &test->error, cases[i].part);
        assert_int_equal(blame.fault, PROM_DKG_FAULT_PARTICIPANT);
        assert_int_equal(blame.participant, 2);
        assert_fails(prom_dkg_coordinator_investigate(
                         &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame},
                         investigations, &party.session, &(prom_dkg_messages){messages, 3}, &test->error),
                     PROM_CATEGORY_PEER, &test->error, cases[i].part);
        assert_int_equal(blame.participant, 2);
    }
}

/* A participant that sends the negative of another's commitment: the sum would be infinity. */
static void test_commitments_that_cancel_out(void **state)
{
    fixture *test = *state;
    struct party party;
    prom_dkg_outcome outcome;
    prom_span round;
    prom_dkg_blame blame;
    make_party(test, &party, 1, 2);
    prom_point negative;
    memcpy(negative.bytes, party.messages[0].data, sizeof negative.bytes);
    negative.bytes[0] ^= 1;
    party.messages[1] = changed(test, party.messages[1], 0, &negative, sizeof negative);
    assert_fails(prom_dkg_coordinator_step1(
                     &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, &outcome,
                     &round, &party.session, &(prom_dkg_messages){party.messages, 2}, &test->error),
                 PROM_CATEGORY_PEER, &test->error, "cancel each other out");
    assert_int_equal(blame.fault, PROM_DKG_FAULT_UNKNOWN);
}

/* The coordinator chooses the sum of the other terms so that a public share is infinity: minus the key over id + 1. */
static void test_public_share_at_infinity(void **state)
{
    fixture *test = *state;
    struct party party;
    prom_element term;
    prom_dkg_blame blame;
    prom_scalar factor = prom_scalar_of_number(2);
    make_party(test, &party, 2, 2);
    assert_true(prom_element_parse(test->curve, &term, &party.coordinator.output.key));
    prom_scalar_invert(&factor, &factor);
    prom_scalar_negate_if(&factor, true);
    prom_element_multiply_vartime(test->curve, &term, &term, &factor);
    const prom_point point = prom_element_serialize(test->curve, &term);
    const prom_span round = changed(test, party.round, 2 * sizeof point, &point, sizeof point);
    assert_fails(step2_of(test, &party, 0, round, &blame), PROM_CATEGORY_PEER, &test->error, "cancel each other out");
    assert_int_equal(blame.fault, PROM_DKG_FAULT_UNKNOWN);
}

static void test_investigations(void **state)
{
    fixture *test = *state;
    const uint8_t no_point = 5;
    const prom_bytes32 order = bytes32_of_hex(ORDER);
    struct party party;
    prom_span investigations[3];
    prom_dkg_blame blame;
    make_party(test, &party, 2, 3);
    assert_ok(prom_dkg_coordinator_investigate(
                  &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, investigations,
                  &party.session, &(prom_dkg_messages){party.messages, 3}, &test->error),
              &test->error);
    const prom_span sound = investigations[1];
    assert_fails(prom_dkg_participant_investigate(&(prom_dkg_context){.curve = test->curve, .blame = &blame},
                                                  &party.participants[1], &party.secrets[1], party.round, sound,
                                                  &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "nothing to investigate");
    assert_int_equal(blame.fault, PROM_DKG_FAULT_NONE);
    assert_fails(prom_dkg_participant_investigate(&(prom_dkg_context){.curve = test->curve, .blame = &blame},
                                                  &party.participants[1], &party.secrets[0], party.round, sound,
                                                  &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "not the one of the first step");
    const struct {
        prom_span message;
        const char *part;
    } cases[] = {
        {prom_span_of(sound.data, sound.length - 1), "bytes where"},
        {changed(test, sound, 32, &order, 32), "encrypted share 1 is not below the order"},
        {changed(test, sound, 3 * 32 + 2 * 33, &no_point, 1), "public share 2 is not a point"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_fails(prom_dkg_participant_investigate(&(prom_dkg_context){.curve = test->curve, .blame = &blame},
                                                      &party.participants[1], &party.secrets[1], party.round,
                                                      cases[i].message, &test->error),
                     PROM_CATEGORY_PEER, &test->error, cases[i].part);
        assert_int_equal(blame.fault, PROM_DKG_FAULT_COORDINATOR);
    }
}

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
        FIXTURE_TEST(test_host_key_vectors),
        FIXTURE_TEST(test_session_hash_vectors),
        FIXTURE_TEST(test_participant_step1_vectors),
        FIXTURE_TEST(test_participant_step2_vectors),
        FIXTURE_TEST(test_participant_finalize_vectors),
        FIXTURE_TEST(test_participant_investigate_vectors),
        FIXTURE_TEST(test_coordinator_step1_vectors),
        FIXTURE_TEST(test_coordinator_finalize_vectors),
        FIXTURE_TEST(test_coordinator_investigate_vectors),
        FIXTURE_TEST(test_recover_vectors),
        FIXTURE_TEST(test_key_of_any_size_signs),
        FIXTURE_TEST(test_stalled_session_goes_on_with_others),
        FIXTURE_TEST(test_too_many_participants),
        FIXTURE_TEST(test_ill_formed_rounds),
        FIXTURE_TEST(test_every_changed_byte_is_noticed),
        FIXTURE_TEST(test_own_proof_is_not_checked),
        FIXTURE_TEST(test_ill_formed_deals),
        FIXTURE_TEST(test_commitments_that_cancel_out),
        FIXTURE_TEST(test_public_share_at_infinity),
        FIXTURE_TEST(test_investigations),
        FIXTURE_TEST(test_recovery_of_what_should_not_have_been_signed),
        FIXTURE_TEST(test_ill_formed_recovery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
