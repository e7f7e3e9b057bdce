/* The vectors of ChillDKG's draft: how they are read, and what they expect of an error. */
#ifndef PROMETHEUS_TEST_CHILLDKG_VECTORS_H
#define PROMETHEUS_TEST_CHILLDKG_VECTORS_H

#include "support.h"

#include "crypto/chilldkg_parts.h"
#include "prometheus/crypto/chilldkg.h"
#include "prometheus/crypto/frost.h"

#define MAX PROM_DKG_PARTICIPANTS_MAX

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
static inline void assert_names(const fixture *test, const json_t *error)
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

static inline void assert_reason(const fixture *test, const json_t *error)
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
static inline void assert_error(const fixture *test, prom_result result, const prom_dkg_blame *blame, const json_t *one)
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
static inline bool is_value_error(const json_t *one)
{
    return strcmp(member_text(member(one, "expectedError"), "type"), "ValueError") == 0;
}

static inline void parse_hex(uint8_t *bytes, size_t length, const json_t *text)
{
    assert_true(prom_hex_parse(bytes, length, json_string_value(text), json_string_length(text)));
}

static inline prom_dkg_session session_of(const json_t *parameters)
{
    const json_t *keys = member(parameters, "hostpubkeys");
    prom_dkg_session session = {.threshold = (size_t)member_number(parameters, "t"), .count = json_array_size(keys)};
    assert_true(session.count <= MAX);
    for (size_t i = 0; i < session.count; i++) {
        parse_hex(session.host_keys[i].bytes, sizeof session.host_keys[i].bytes, json_array_get(keys, i));
    }
    return session;
}

static inline void assert_bytes(prom_span bytes, const json_t *expected)
{
    uint8_t due[8192];
    assert_true(bytes.length <= sizeof due);
    assert_int_equal(json_string_length(expected), 2 * bytes.length);
    parse_hex(due, bytes.length, expected);
    assert_memory_equal(bytes.data, due, bytes.length);
}

static inline void assert_output(const prom_dkg_output *output, const json_t *expected)
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

static inline void assert_no_output(const prom_dkg_output *output)
{
    static const prom_dkg_output none = {.count = 0};
    assert_int_equal(output->count, 0);
    assert_memory_equal(&output->secret_share, &none.secret_share, sizeof none.secret_share);
    assert_memory_equal(&output->key, &none.key, sizeof none.key);
    assert_memory_equal(output->public_shares, none.public_shares, sizeof none.public_shares);
}

static inline prom_span span_of(fixture *test, const json_t *text)
{
    return span_of_hex(test, json_string_value(text));
}

typedef void replay(fixture *test, const json_t *group, const json_t *one);

static inline void replay_list(fixture *test, const json_t *group, const char *key, replay *one_of, size_t *count)
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
static inline void replay_file(void **state, const char *name, replay *valid, size_t valid_count, replay *bad,
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

#endif
