#include "crypto/frost_signers.h"

static void parse_hex(uint8_t *bytes, size_t length, const json_t *text)
{
    assert_true(prom_hex_parse(bytes, length, json_string_value(text), json_string_length(text)));
}

static prom_point point_of(const json_t *text)
{
    prom_point point;
    parse_hex(point.bytes, sizeof point.bytes, text);
    return point;
}

static prom_bytes32 bytes32_of(const json_t *text)
{
    prom_bytes32 bytes;
    parse_hex(bytes.bytes, sizeof bytes.bytes, text);
    return bytes;
}

static prom_frost_nonce nonce_of(const json_t *text)
{
    uint8_t bytes[66];
    prom_frost_nonce nonce;
    parse_hex(bytes, sizeof bytes, text);
    memcpy(nonce.first.bytes, bytes, 33);
    memcpy(nonce.second.bytes, bytes + 33, 33);
    return nonce;
}

static prom_frost_secret_nonce secret_nonce_of(const json_t *text)
{
    uint8_t bytes[64];
    prom_frost_secret_nonce nonce;
    parse_hex(bytes, sizeof bytes, text);
    memcpy(nonce.first.bytes, bytes, 32);
    memcpy(nonce.second.bytes, bytes + 32, 32);
    return nonce;
}

/* The element of `list` that the index at `i` of `indices` points to. */
static const json_t *chosen(const json_t *list, const json_t *indices, size_t i)
{
    const json_t *found = json_array_get(list, (size_t)json_integer_value(json_array_get(indices, i)));
    assert_non_null(found);
    return found;
}

static void read_terms(fixture *test, struct terms *read, const json_t *group, const json_t *one)
{
    const json_t *ids = member(one, "ids");
    const json_t *tweaks = json_object_get(one, "tweak_indices");
    *read = (struct terms){.terms = {.participants = (size_t)member_number(group, "n"),
                                     .threshold = (size_t)member_number(group, "t"),
                                     .key = point_of(member(group, "thresh_pk")),
                                     .ids = read->ids,
                                     .public_shares = read->public_shares,
                                     .count = json_array_size(ids),
                                     .tweaks = read->tweaks,
                                     .tweak_count = json_array_size(tweaks),
                                     .message = span_of_hex(test, member_text(one, "msg"))}};
    for (size_t i = 0; i < read->terms.count; i++) {
        read->ids[i] = (uint32_t)json_integer_value(json_array_get(ids, i));
        read->public_shares[i] = point_of(chosen(member(group, "pubshares"), member(one, "pubshare_indices"), i));
    }
    for (size_t i = 0; i < read->terms.tweak_count; i++) {
        read->tweaks[i].value = bytes32_of(chosen(member(group, "tweaks"), tweaks, i));
        read->tweaks[i].xonly = json_is_true(json_array_get(member(one, "is_xonly"), i));
    }
}

/* What BIP 445's reference calls an error, and what we do. */
static const struct reason {
    const char *theirs;
    prom_category category;
    const char *ours;
} reasons[] = {
    {"The signer's id must be present", PROM_CATEGORY_BAD_INPUT, "is not among the signers"},
    {"contains duplicate elements", PROM_CATEGORY_BAD_INPUT, "is named twice"},
    {"The signer's pubshare must be included", PROM_CATEGORY_BAD_INPUT, "does not belong to its public share"},
    {"Invalid pubshare at index 0", PROM_CATEGORY_BAD_INPUT, "public share of signer 0 is not a point"},
    {"Invalid pubshare at index 1", PROM_CATEGORY_BAD_INPUT, "public share of signer 1 is not a point"},
    {"identifier at index 0 is out of range", PROM_CATEGORY_BAD_INPUT, "signer 0 is said to be participant"},
    {"key material is incorrect", PROM_CATEGORY_BAD_INPUT, "do not belong to the shared key"},
    {"first secnonce value is out of range", PROM_CATEGORY_MISUSE, "used already"},
    {"second secnonce value is out of range", PROM_CATEGORY_MISUSE, "used already"},
    {"number of signers must be between", PROM_CATEGORY_BAD_INPUT, "signers for a key shared"},
    {"secret share value is out of range", PROM_CATEGORY_BAD_INPUT, "secret share is zero or not below"},
    {"psigs and ids arrays must have the same length", PROM_CATEGORY_BAD_INPUT, "shares of a signature by"},
};

static void assert_reason(const fixture *test, prom_result result, const json_t *error)
{
    const json_t *message = json_object_get(error, "message");
    if (message == NULL) { /* "InvalidContributionError": some party is at fault */
        assert_string_equal(member_text(error, "type"), "InvalidContributionError");
        assert_int_equal(result.category, PROM_CATEGORY_PEER);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        if (strstr(json_string_value(message), reasons[i].theirs) != NULL) {
            assert_fails(result, reasons[i].category, &test->error, reasons[i].ours);
            return;
        }
    }
    fail_msg("no reason for '%s'", json_string_value(message));
}

static size_t replay_each(fixture *test, const json_t *group, const char *key,
                          void (*replay)(fixture *, const json_t *, const json_t *))
{
    const json_t *list = member(group, key);
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(list, i, one)
    {
        replay(test, group, one);
    }
    return i;
}

static void replay_nonce(fixture *test, const json_t *group, const json_t *one)
{
    const json_t *secret_share = member(one, "secshare");
    const json_t *public_share = member(one, "pubshare");
    const json_t *key = member(one, "thresh_pk");
    const json_t *message = member(one, "msg");
    const json_t *extra = member(one, "extra_in");
    const json_t *expected = member(one, "expected");
    const prom_bytes32 randomness = bytes32_of(member(one, "rand_"));
    prom_bytes32 share_bytes = {{0}};
    prom_point public_bytes = {{0}};
    prom_bytes32 key_bytes = {{0}};
    prom_span message_bytes = {NULL, 0};
    prom_frost_nonce_input input = {.secret_share = NULL};
    (void)group;
    if (!json_is_null(secret_share)) {
        share_bytes = bytes32_of(secret_share);
        input.secret_share = &share_bytes;
    }
    if (!json_is_null(public_share)) {
        public_bytes = point_of(public_share);
        input.public_share = &public_bytes;
    }
    if (!json_is_null(key)) {
        key_bytes = bytes32_of(key);
        input.key = &key_bytes;
    }
    if (!json_is_null(message)) {
        message_bytes = span_of_hex(test, json_string_value(message));
        input.message = &message_bytes;
    }
    if (!json_is_null(extra)) {
        input.extra = span_of_hex(test, json_string_value(extra));
    }
    const prom_frost_secret_nonce secret_due = secret_nonce_of(json_array_get(expected, 0));
    const prom_frost_nonce due = nonce_of(json_array_get(expected, 1));
    prom_frost_secret_nonce secret;
    prom_frost_nonce public;
    assert_ok(prom_frost_nonce_new(test->curve, &secret, &public, &randomness, &input, &test->error), &test->error);
    assert_memory_equal(&secret, &secret_due, sizeof secret);
    assert_memory_equal(&public, &due, sizeof public);
}

static void test_nonce_vectors(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("frost/nonce_gen_vectors.json");
    assert_int_equal(replay_each(test, vectors, "valid_tests", replay_nonce), 5);
    json_decref(vectors);
}

/* Sums the nonces that the vector names. */
static prom_result sum_nonces(fixture *test, prom_frost_nonce *sum, size_t *culprit, const json_t *group,
                              const json_t *one)
{
    const json_t *indices = member(one, "pubnonce_indices");
    prom_frost_nonce nonces[MAX];
    const size_t count = json_array_size(indices);
    for (size_t i = 0; i < count; i++) {
        nonces[i] = nonce_of(chosen(member(group, "pubnonces"), indices, i));
    }
    return prom_frost_nonce_sum(test->curve, sum, culprit, nonces, count, &test->error);
}

static void replay_sum(fixture *test, const json_t *group, const json_t *one)
{
    const prom_frost_nonce due = nonce_of(member(one, "expected"));
    prom_frost_nonce sum;
    size_t culprit = 0;
    assert_ok(sum_nonces(test, &sum, &culprit, group, one), &test->error);
    assert_memory_equal(&sum, &due, sizeof sum);
    assert_int_equal(culprit, json_array_size(member(one, "pubnonce_indices")));
}

static void replay_bad_sum(fixture *test, const json_t *group, const json_t *one)
{
    const json_t *error = member(one, "error");
    prom_frost_nonce sum;
    size_t culprit = MAX;
    assert_reason(test, sum_nonces(test, &sum, &culprit, group, one), error);
    assert_int_equal(culprit, member_number(error, "signer_index"));
    assert_string_equal(member_text(error, "contrib"), "pubnonce");
    assert_non_null(strstr(test->error.sentence, "public nonce"));
}

static void test_nonce_sum_vectors(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("frost/nonce_agg_vectors.json");
    assert_int_equal(replay_each(test, vectors, "valid_tests", replay_sum), 2);
    assert_int_equal(replay_each(test, vectors, "error_tests", replay_bad_sum), 3);
    json_decref(vectors);
}

static void replay_sign(fixture *test, const json_t *group, const json_t *one)
{
    static const prom_frost_secret_nonce used = {0};
    struct terms read;
    prom_frost_session *session = NULL;
    prom_frost_nonce sum;
    prom_bytes32 share;
    size_t culprit = 0;
    read_terms(test, &read, group, one);
    const uint32_t id = (uint32_t)member_number(one, "my_id");
    const prom_bytes32 secret =
        bytes32_of(json_array_get(member(group, "secshares"), (size_t)member_number(one, "secshare_index")));
    prom_frost_secret_nonce nonce =
        secret_nonce_of(json_array_get(member(group, "secnonces"), (size_t)member_number(one, "secnonce_index")));
    read.terms.nonce = nonce_of(member(one, "aggnonce"));
    assert_ok(sum_nonces(test, &sum, &culprit, group, one), &test->error);
    assert_memory_equal(&sum, &read.terms.nonce, sizeof sum);
    assert_ok(prom_frost_session_new(&test->arena, test->curve, &session, &read.terms, &test->error), &test->error);
    assert_ok(prom_frost_sign(test->curve, &share, &nonce, session, id, &secret, &test->error), &test->error);
    const prom_bytes32 due = bytes32_of(member(one, "expected"));
    assert_memory_equal(&share, &due, sizeof share);
    assert_memory_equal(&nonce, &used, sizeof nonce);
    size_t index = 0;
    while (read.ids[index] != id) {
        index++;
    }
    const prom_frost_nonce public =
        nonce_of(chosen(member(group, "pubnonces"), member(one, "pubnonce_indices"), index));
    assert_true(prom_frost_share_valid(test->curve, session, index, &public, &share));
    /* a second time the nonce is gone */
    assert_fails(prom_frost_sign(test->curve, &share, &nonce, session, id, &secret, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "used already");
}

static void replay_bad_sign(fixture *test, const json_t *group, const json_t *one)
{
    static const prom_bytes32 none = {{0}};
    const json_t *error = member(one, "error");
    struct terms read;
    prom_frost_session *session = NULL;
    prom_bytes32 share = {{1}};
    read_terms(test, &read, group, one);
    const prom_bytes32 secret =
        bytes32_of(json_array_get(member(group, "secshares"), (size_t)member_number(one, "secshare_index")));
    prom_frost_secret_nonce nonce =
        secret_nonce_of(json_array_get(member(group, "secnonces"), (size_t)member_number(one, "secnonce_index")));
    read.terms.nonce = nonce_of(member(one, "aggnonce"));
    prom_result result = prom_frost_session_new(&test->arena, test->curve, &session, &read.terms, &test->error);
    if (prom_is_ok(result)) {
        result = prom_frost_sign(test->curve, &share, &nonce, session, (uint32_t)member_number(one, "my_id"), &secret,
                                 &test->error);
        assert_memory_equal(&share, &none, sizeof share);
    }
    assert_reason(test, result, error);
    if (json_object_get(error, "contrib") != NULL) { /* the coordinator's */
        assert_true(json_is_null(member(error, "signer_index")));
        assert_string_equal(member_text(error, "contrib"), "aggnonce");
        assert_non_null(strstr(test->error.sentence, "sum of the signers' nonces"));
    }
}

static void replay_bad_share(fixture *test, const json_t *group, const json_t *one)
{
    struct terms read;
    prom_frost_session *session = NULL;
    size_t culprit = 0;
    read_terms(test, &read, group, one);
    const size_t index = (size_t)member_number(one, "signer_index");
    const prom_bytes32 share = bytes32_of(member(one, "psig"));
    const prom_frost_nonce nonce = nonce_of(chosen(member(group, "pubnonces"), member(one, "pubnonce_indices"), index));
    assert_ok(sum_nonces(test, &read.terms.nonce, &culprit, group, one), &test->error);
    assert_ok(prom_frost_session_new(&test->arena, test->curve, &session, &read.terms, &test->error), &test->error);
    assert_false(prom_frost_share_valid(test->curve, session, index, &nonce, &share));
}

static void replay_bad_verify(fixture *test, const json_t *group, const json_t *one)
{
    const json_t *error = member(one, "error");
    struct terms read;
    prom_frost_session *session = NULL;
    size_t culprit = MAX;
    read_terms(test, &read, group, one);
    prom_result result = sum_nonces(test, &read.terms.nonce, &culprit, group, one);
    if (prom_is_ok(result)) {
        result = prom_frost_session_new(&test->arena, test->curve, &session, &read.terms, &test->error);
    } else {
        assert_int_equal(culprit, member_number(error, "signer_index"));
    }
    assert_reason(test, result, error);
}

static void test_sign_vectors(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("frost/sign_verify_vectors.json");
    size_t signs = 0;
    size_t bad_signs = 0;
    size_t bad_shares = 0;
    size_t bad_verifies = 0;
    size_t i = 0;
    json_t *group = NULL;
    json_array_foreach(member(vectors, "test_groups"), i, group)
    {
        signs += replay_each(test, group, "valid_tests", replay_sign);
        bad_signs += replay_each(test, group, "sign_error_tests", replay_bad_sign);
        bad_shares += replay_each(test, group, "verify_fail_tests", replay_bad_share);
        bad_verifies += replay_each(test, group, "verify_error_tests", replay_bad_verify);
    }
    json_decref(vectors);
    assert_int_equal(signs, 25);
    assert_int_equal(bad_signs, 48);
    assert_int_equal(bad_shares, 12);
    assert_int_equal(bad_verifies, 8);
}

static prom_result aggregate(fixture *test, prom_signature *signature, size_t *culprit, prom_bytes32 *key,
                             const json_t *group, const json_t *one)
{
    const json_t *list = member(one, "psigs");
    struct terms read;
    prom_frost_session *session = NULL;
    prom_bytes32 shares[MAX];
    const size_t count = json_array_size(list);
    read_terms(test, &read, group, one);
    read.terms.nonce = nonce_of(member(one, "aggnonce"));
    for (size_t i = 0; i < count; i++) {
        shares[i] = bytes32_of(json_array_get(list, i));
    }
    assert_ok(prom_frost_session_new(&test->arena, test->curve, &session, &read.terms, &test->error), &test->error);
    *key = prom_frost_session_key(session);
    return prom_frost_signature(test->curve, signature, culprit, session, shares, count, &test->error);
}

static void replay_signature(fixture *test, const json_t *group, const json_t *one)
{
    prom_signature signature;
    prom_signature due;
    prom_bytes32 key;
    size_t culprit = 0;
    parse_hex(due.bytes, sizeof due.bytes, member(one, "expected"));
    assert_ok(aggregate(test, &signature, &culprit, &key, group, one), &test->error);
    assert_memory_equal(&signature, &due, sizeof signature);
    assert_true(prom_signature_valid(test->curve, &signature, span_of_hex(test, member_text(one, "msg")), &key));
}

static void replay_bad_signature(fixture *test, const json_t *group, const json_t *one)
{
    static const prom_signature none = {{0}};
    const json_t *error = member(one, "error");
    const json_t *index = json_object_get(error, "signer_index");
    prom_signature signature = {{1}};
    prom_bytes32 key;
    size_t culprit = MAX;
    assert_reason(test, aggregate(test, &signature, &culprit, &key, group, one), error);
    assert_memory_equal(&signature, &none, sizeof signature);
    assert_int_equal(culprit,
                     index != NULL ? (size_t)json_integer_value(index) : json_array_size(member(one, "psigs")));
}

static void test_signature_vectors(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("frost/sig_agg_vectors.json");
    size_t signatures = 0;
    size_t bad_signatures = 0;
    size_t i = 0;
    json_t *group = NULL;
    json_array_foreach(member(vectors, "test_groups"), i, group)
    {
        signatures += replay_each(test, group, "valid_tests", replay_signature);
        bad_signatures += replay_each(test, group, "error_tests", replay_bad_signature);
    }
    json_decref(vectors);
    assert_int_equal(signatures, 14);
    assert_int_equal(bad_signatures, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_nonce_vectors),
        FIXTURE_TEST(test_nonce_sum_vectors),
        FIXTURE_TEST(test_sign_vectors),
        FIXTURE_TEST(test_signature_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
