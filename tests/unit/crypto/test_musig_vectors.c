/* BIP 327's vectors, as far as our interface and libsecp256k1's let them. Left out are
 * - all that begin with a given secret nonce (signing itself, the secret nonce that is out of range) or with given
 *   randomness (nonce_gen): libsecp256k1 takes no secret nonce from outside, and ours come with a key and an index in
 *   their randomness. What the signers of these vectors made is verified instead, which BIP 327 computes another way;
 * - messages that are not 32 bytes long, which libsecp256k1 does not sign;
 * - deterministic signing (det_sign), which it does not have. */
#include "support.h"

#include "crypto/curve.h"
#include "crypto/musig_parts.h"
#include "prometheus/crypto/musig.h"

#include <secp256k1_musig.h>

#define MAX PROM_MUSIG_SIGNERS_MAX

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

static prom_musig_nonce nonce_of(const json_t *text)
{
    prom_musig_nonce nonce;
    parse_hex(nonce.bytes, sizeof nonce.bytes, text);
    return nonce;
}

static prom_musig_partial partial_of(const json_t *text)
{
    prom_musig_partial partial;
    parse_hex(partial.bytes, sizeof partial.bytes, text);
    return partial;
}

/* The element of the list `name` that `index` says. */
static const json_t *chosen(const json_t *vectors, const char *name, const json_t *index)
{
    const json_t *found = json_array_get(member(vectors, name), (size_t)json_integer_value(index));
    assert_non_null(found);
    return found;
}

/* The same for the index at `i` of the list of indices `indices` of one case. */
static const json_t *chosen_at(const json_t *vectors, const char *name, const json_t *one, const char *indices,
                               size_t i)
{
    return chosen(vectors, name, json_array_get(member(one, indices), i));
}

/* The key of all signers of a list. */
static prom_musig_key key_of_list(fixture *test, const json_t *texts, bool sort)
{
    prom_musig_key key;
    prom_point points[MAX];
    const size_t count = json_array_size(texts);
    assert_in_range(count, 1, MAX);
    for (size_t i = 0; i < count; i++) {
        parse_hex(points[i].bytes, sizeof points[i].bytes, json_array_get(texts, i));
    }
    assert_ok(prom_musig_key_of_points(test->curve, &key, points, count, sort, &test->error), &test->error);
    return key;
}

/* Makes the key of the signers that the case names, in its order. */
static prom_result key_of_case(fixture *test, prom_musig_key *key, const json_t *vectors, const json_t *one)
{
    prom_point points[MAX];
    const size_t count = json_array_size(member(one, "key_indices"));
    assert_in_range(count, 1, MAX);
    for (size_t i = 0; i < count; i++) {
        parse_hex(points[i].bytes, sizeof points[i].bytes, chosen_at(vectors, "pubkeys", one, "key_indices", i));
    }
    return prom_musig_key_of_points(test->curve, key, points, count, false, &test->error);
}

/* BIP 327's plain tweak, which no Taproot output needs: by libsecp256k1 itself, in what our key keeps of it. */
static bool tweak_plainly(fixture *test, prom_musig_key *key, const prom_bytes32 *tweak)
{
    secp256k1_musig_keyagg_cache cache;
    secp256k1_pubkey point;
    secp256k1_xonly_pubkey public;
    memcpy(&cache, key->private_state, sizeof cache);
    if (secp256k1_musig_pubkey_ec_tweak_add(test->curve->context, &point, &cache, tweak->bytes) != 1) {
        return false;
    }
    memcpy(key->private_state, &cache, sizeof cache);
    assert_int_equal(secp256k1_xonly_pubkey_from_pubkey(test->curve->context, &public, NULL, &point), 1);
    return secp256k1_xonly_pubkey_serialize(test->curve->context, key->public_key.bytes, &public) == 1;
}

/* Applies the case's tweaks. False when one is refused. */
static bool apply_tweaks(fixture *test, prom_musig_key *key, const json_t *vectors, const json_t *one)
{
    bool applied = true;
    for (size_t i = 0; applied && i < json_array_size(member(one, "tweak_indices")); i++) {
        const prom_bytes32 tweak = bytes32_of(chosen_at(vectors, "tweaks", one, "tweak_indices", i));
        applied = json_is_true(json_array_get(member(one, "is_xonly"), i))
                      ? prom_is_ok(prom_musig_key_tweak(test->curve, key, key, &tweak, &test->error))
                      : tweak_plainly(test, key, &tweak);
    }
    return applied;
}

/* The sum of the nonces that the case names; fails as prom_musig_nonce_sum does. */
static prom_result sum_of_case(fixture *test, prom_musig_nonce *sum, size_t *culprit, const json_t *vectors,
                               const json_t *one, const char *indices)
{
    prom_musig_nonce nonces[MAX];
    const size_t count = json_array_size(member(one, indices));
    assert_in_range(count, 1, MAX);
    for (size_t i = 0; i < count; i++) {
        nonces[i] = nonce_of(chosen_at(vectors, "pnonces", one, indices, i));
    }
    return prom_musig_nonce_sum(test->curve, sum, culprit, nonces, count, &test->error);
}

static void assert_same_bytes(const void *bytes, size_t length, const json_t *expected)
{
    uint8_t due[66];
    assert_true(length <= sizeof due);
    parse_hex(due, length, expected);
    assert_memory_equal(bytes, due, length);
}

static void test_key_sort(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("bip327/key_sort_vectors.json");
    const prom_musig_key sorted = key_of_list(test, member(vectors, "pubkeys"), true);
    const prom_musig_key as_given = key_of_list(test, member(vectors, "pubkeys"), false);
    const prom_musig_key expected = key_of_list(test, member(vectors, "sorted_pubkeys"), false);
    assert_memory_equal(&sorted.public_key, &expected.public_key, sizeof sorted.public_key);
    assert_memory_not_equal(&as_given.public_key, &expected.public_key, sizeof expected.public_key);
    json_decref(vectors);
}

static void test_key_agg(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("bip327/key_agg_vectors.json");
    size_t index;
    json_t *one;
    json_array_foreach(json_object_get(vectors, "valid_test_cases"), index, one)
    {
        prom_musig_key key;
        assert_ok(key_of_case(test, &key, vectors, one), &test->error);
        assert_same_bytes(&key.public_key, sizeof key.public_key, member(one, "expected"));
    }
    json_array_foreach(json_object_get(vectors, "error_test_cases"), index, one)
    {
        const json_t *error = member(one, "error");
        const prom_musig_key zeros = {0};
        prom_musig_key key;
        const prom_result made = key_of_case(test, &key, vectors, one);
        if (strcmp(member_text(error, "type"), "value") == 0) {
            assert_ok(made, &test->error);
            assert_false(apply_tweaks(test, &key, vectors, one));
            continue;
        }
        char signer[64];
        (void)snprintf(signer, sizeof signer, "the key of signer %u ", (unsigned)member_number(error, "signer"));
        assert_fails(made, PROM_CATEGORY_BAD_INPUT, &test->error, signer);
        assert_memory_equal(&key, &zeros, sizeof key);
    }
    json_decref(vectors);
}

static void test_nonce_agg(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("bip327/nonce_agg_vectors.json");
    prom_musig_nonce sum;
    size_t culprit;
    size_t index;
    json_t *one;
    json_array_foreach(json_object_get(vectors, "valid_test_cases"), index, one)
    {
        assert_ok(sum_of_case(test, &sum, &culprit, vectors, one, "pnonce_indices"), &test->error);
        assert_same_bytes(&sum, sizeof sum, member(one, "expected"));
        assert_int_equal(culprit, json_array_size(member(one, "pnonce_indices")));
    }
    json_array_foreach(json_object_get(vectors, "error_test_cases"), index, one)
    {
        assert_fails(sum_of_case(test, &sum, &culprit, vectors, one, "pnonce_indices"), PROM_CATEGORY_PEER,
                     &test->error, "not two points");
        assert_int_equal(culprit, member_number(member(one, "error"), "signer"));
    }
    json_decref(vectors);
}

/* What the signer at `signer_index` is said to have made: verified, and refused when it is changed or another's. */
static void check_partial(fixture *test, const prom_musig_key *key, const prom_musig_session *session,
                          const json_t *vectors, const json_t *one)
{
    const size_t signer = (size_t)member_number(one, "signer_index");
    const prom_musig_nonce nonce = nonce_of(chosen_at(vectors, "pnonces", one, "nonce_indices", signer));
    prom_musig_partial partial = partial_of(member(one, "expected"));
    assert_true(prom_musig_partial_valid(test->curve, key, session, signer, &nonce, &partial));
    assert_false(prom_musig_partial_valid(test->curve, key, session, (signer + 1) % key->count, &nonce, &partial));
    partial.bytes[31] ^= 1;
    assert_false(prom_musig_partial_valid(test->curve, key, session, signer, &nonce, &partial));
}

static void test_tweaks(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("bip327/tweak_vectors.json");
    const prom_bytes32 message = bytes32_of(member(vectors, "msg"));
    size_t culprit;
    size_t index;
    json_t *one;
    json_array_foreach(json_object_get(vectors, "valid_test_cases"), index, one)
    {
        prom_musig_key key;
        prom_musig_nonce sum;
        prom_musig_session session;
        assert_ok(key_of_case(test, &key, vectors, one), &test->error);
        assert_true(apply_tweaks(test, &key, vectors, one));
        assert_ok(sum_of_case(test, &sum, &culprit, vectors, one, "nonce_indices"), &test->error);
        assert_same_bytes(&sum, sizeof sum, member(vectors, "aggnonce"));
        assert_ok(prom_musig_session_new(test->curve, &session, &key, &sum, &message, &test->error), &test->error);
        check_partial(test, &key, &session, vectors, one);
    }
    json_array_foreach(json_object_get(vectors, "error_test_cases"), index, one)
    {
        prom_musig_key key;
        assert_ok(key_of_case(test, &key, vectors, one), &test->error);
        assert_false(apply_tweaks(test, &key, vectors, one));
    }
    json_decref(vectors);
}

static bool has_32_bytes(const json_t *vectors, const json_t *one)
{
    return json_string_length(chosen(vectors, "msgs", member(one, "msg_index"))) == 2 * sizeof(prom_bytes32);
}

/* The session of a case, of the nonces that it names. */
static void session_of_case(fixture *test, prom_musig_key *key, prom_musig_session *session, const json_t *vectors,
                            const json_t *one)
{
    const prom_bytes32 message = bytes32_of(chosen(vectors, "msgs", member(one, "msg_index")));
    prom_musig_nonce sum;
    size_t culprit;
    assert_ok(key_of_case(test, key, vectors, one), &test->error);
    assert_ok(sum_of_case(test, &sum, &culprit, vectors, one, "nonce_indices"), &test->error);
    assert_ok(prom_musig_session_new(test->curve, session, key, &sum, &message, &test->error), &test->error);
}

static void test_partial_signatures(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("bip327/sign_verify_vectors.json");
    prom_musig_key key;
    prom_musig_session session;
    size_t verified = 0;
    size_t index;
    json_t *one;
    json_array_foreach(json_object_get(vectors, "valid_test_cases"), index, one)
    {
        if (has_32_bytes(vectors, one)) {
            session_of_case(test, &key, &session, vectors, one);
            check_partial(test, &key, &session, vectors, one);
            verified++;
        }
    }
    assert_int_equal(verified, 4);
    json_array_foreach(json_object_get(vectors, "verify_fail_test_cases"), index, one)
    {
        const size_t signer = (size_t)member_number(one, "signer_index");
        const prom_musig_nonce nonce = nonce_of(chosen_at(vectors, "pnonces", one, "nonce_indices", signer));
        const prom_musig_partial partial = partial_of(member(one, "sig"));
        session_of_case(test, &key, &session, vectors, one);
        assert_false(prom_musig_partial_valid(test->curve, &key, &session, signer, &nonce, &partial));
    }
    json_decref(vectors);
}

/* Keys and nonces that signing or verifying must refuse, and that a sum of nonces is not. */
static void test_refused_contributions(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("bip327/sign_verify_vectors.json");
    const prom_bytes32 message = bytes32_of(json_array_get(member(vectors, "msgs"), 0));
    size_t refused = 0;
    size_t index;
    json_t *one;
    json_array_foreach(json_object_get(vectors, "sign_error_test_cases"), index, one)
    {
        const char *contribution = json_string_value(json_object_get(member(one, "error"), "contrib"));
        prom_musig_key key;
        prom_musig_session session;
        const prom_musig_nonce sum = nonce_of(chosen(vectors, "aggnonces", member(one, "aggnonce_index")));
        const prom_result made = key_of_case(test, &key, vectors, one);
        if (contribution == NULL) {
            continue; /* about the secret nonce, or the signer's key, see test_strangers of test_musig.c */
        }
        refused++;
        if (strcmp(contribution, "pubkey") == 0) {
            assert_fails(made, PROM_CATEGORY_BAD_INPUT, &test->error, "the key of signer 2 ");
            continue;
        }
        assert_string_equal(contribution, "aggnonce");
        assert_ok(made, &test->error);
        assert_fails(prom_musig_session_new(test->curve, &session, &key, &sum, &message, &test->error),
                     PROM_CATEGORY_PEER, &test->error, "the sum of the signers' nonces is not two points");
    }
    assert_int_equal(refused, 4);
    json_array_foreach(json_object_get(vectors, "verify_error_test_cases"), index, one)
    {
        prom_musig_key key;
        prom_musig_nonce sum;
        size_t culprit = MAX;
        const bool of_key = strcmp(member_text(member(one, "error"), "contrib"), "pubkey") == 0;
        const prom_result made = key_of_case(test, &key, vectors, one);
        const prom_result added = sum_of_case(test, &sum, &culprit, vectors, one, "nonce_indices");
        assert_int_equal(made.category, of_key ? PROM_CATEGORY_BAD_INPUT : PROM_CATEGORY_OK);
        assert_int_equal(added.category, of_key ? PROM_CATEGORY_OK : PROM_CATEGORY_PEER);
        assert_int_equal(culprit, of_key ? 3 : member_number(member(one, "error"), "signer"));
    }
    json_decref(vectors);
}

static void test_sig_agg(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("bip327/sig_agg_vectors.json");
    const prom_bytes32 message = bytes32_of(member(vectors, "msg"));
    static const char *const lists[] = {"valid_test_cases", "error_test_cases"};
    for (size_t list = 0; list < COUNT_OF(lists); list++) {
        size_t index;
        json_t *one;
        json_array_foreach(json_object_get(vectors, lists[list]), index, one)
        {
            prom_musig_key key;
            prom_musig_nonce sum;
            prom_musig_session session;
            prom_musig_partial partials[MAX];
            prom_signature signature;
            size_t culprit;
            assert_ok(key_of_case(test, &key, vectors, one), &test->error);
            assert_true(apply_tweaks(test, &key, vectors, one));
            assert_ok(sum_of_case(test, &sum, &culprit, vectors, one, "nonce_indices"), &test->error);
            assert_same_bytes(&sum, sizeof sum, member(one, "aggnonce"));
            assert_ok(prom_musig_session_new(test->curve, &session, &key, &sum, &message, &test->error), &test->error);
            for (size_t i = 0; i < key.count; i++) {
                partials[i] = partial_of(chosen_at(vectors, "psigs", one, "psig_indices", i));
            }
            const prom_result made =
                prom_musig_signature(test->curve, &signature, &culprit, &key, &session, partials, &test->error);
            if (list == 0) {
                assert_ok(made, &test->error);
                assert_same_bytes(&signature, sizeof signature, member(one, "expected"));
                assert_int_equal(culprit, key.count);
            } else {
                assert_fails(made, PROM_CATEGORY_PEER, &test->error, "not below the order");
                assert_int_equal(culprit, member_number(member(one, "error"), "signer"));
            }
        }
    }
    json_decref(vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_key_sort),
        FIXTURE_TEST(test_key_agg),
        FIXTURE_TEST(test_nonce_agg),
        FIXTURE_TEST(test_tweaks),
        FIXTURE_TEST(test_partial_signatures),
        FIXTURE_TEST(test_refused_contributions),
        FIXTURE_TEST(test_sig_agg),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
