/* E_V, the key for the verifier. */
#include "support.h"

#include "prometheus/crypto/hash.h"
#include "prometheus/crypto/seal.h"

/* h_p, encrypted to a verifier. */
struct scene {
    prom_key verifier;
    prom_bytes32 h_p;
    prom_bytes32 h;
    prom_bytes32 contract_id;
    prom_sealed_key sealed;
};

static struct scene make_scene(fixture *test, uint64_t *state)
{
    struct scene scene = {.verifier = random_key(test, state)};
    scene.h_p = random_bytes32(state);
    scene.contract_id = random_bytes32(state);
    prom_sha256(&scene.h, prom_span_of32(&scene.h_p));
    assert_ok(prom_sealed_key_make(test->curve, &scene.sealed, &scene.h_p, &scene.contract_id,
                                   &scene.verifier.public_key, &test->error),
              &test->error);
    return scene;
}

static prom_result open_key(fixture *test, prom_bytes32 *h_p, const struct scene *scene)
{
    return prom_sealed_key_open(test->curve, h_p, &scene->sealed, &scene->contract_id, &scene->verifier, &scene->h,
                                &test->error);
}

static prom_result check_key(fixture *test, const struct scene *scene)
{
    return prom_sealed_key_check(test->curve, &scene->sealed, &scene->h_p, &scene->contract_id,
                                 &scene->verifier.public_key, &test->error);
}

/* Verifiers whose own point has either y. */
static void test_round_trip(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 1;
    size_t odd = 0;
    for (size_t i = 0; i < 32; i++) {
        const struct scene scene = make_scene(test, &state);
        prom_bytes32 opened;
        prom_point point;
        assert_ok(open_key(test, &opened, &scene), &test->error);
        assert_memory_equal(&opened, &scene.h_p, sizeof opened);
        assert_ok(check_key(test, &scene), &test->error);
        assert_ok(prom_point_of_secret(test->curve, &point, &scene.verifier.secret, &test->error), &test->error);
        odd += point.bytes[0] == 3;
    }
    assert_in_range(odd, 1, 31);
}

/* tests/vectors/seal/make_seal.py makes the same of the same. */
static void test_vectors(void **unused)
{
    fixture *test = *unused;
    json_t *vectors = load_vectors("seal/seal.json");
    size_t index;
    json_t *one;
    assert_true(json_array_size(member(vectors, "keys")) >= 8);
    json_array_foreach(json_object_get(vectors, "keys"), index, one)
    {
        const prom_bytes32 h_p = bytes32_of_hex(member_text(one, "h_p"));
        const prom_bytes32 contract_id = bytes32_of_hex(member_text(one, "contract_id"));
        const prom_bytes32 secret = bytes32_of_hex(member_text(one, "verifier"));
        prom_key verifier;
        prom_sealed_key sealed;
        assert_ok(prom_key_from_secret(test->curve, &verifier, &secret, &test->error), &test->error);
        assert_ok(prom_sealed_key_make(test->curve, &sealed, &h_p, &contract_id, &verifier.public_key, &test->error),
                  &test->error);
        assert_hex(prom_span_of(sealed.ephemeral.bytes, sizeof sealed.ephemeral.bytes), member_text(one, "ephemeral"));
        assert_hex32(&sealed.masked, member_text(one, "masked"));
    }
    json_decref(vectors);
}

static void assert_bad(fixture *test, const struct scene *scene, const char *part)
{
    const prom_bytes32 zero = {{0}};
    prom_bytes32 opened = {{1}};
    assert_fails(open_key(test, &opened, scene), PROM_CATEGORY_BAD_INPUT, &test->error, part);
    assert_memory_equal(&opened, &zero, sizeof zero);
}

static void test_what_does_not_open(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 2;
    const struct scene scene = make_scene(test, &state);
    struct scene bad = scene;
    bad.verifier = random_key(test, &state);
    assert_bad(test, &bad, "not the preimage of h");
    bad = scene;
    bad.contract_id.bytes[0] ^= 1;
    assert_bad(test, &bad, "not the preimage of h");
    bad = scene;
    bad.h.bytes[31] ^= 1;
    assert_bad(test, &bad, "not the preimage of h");
    for (size_t i = 0; i < sizeof bad.sealed.masked.bytes; i++) {
        bad = scene;
        bad.sealed.masked.bytes[i] ^= (uint8_t)(1U << i % 8);
        assert_bad(test, &bad, "not the preimage of h");
    }
    bad = scene;
    bad.sealed.ephemeral.bytes[0] ^= 1; /* 2 and 3: the opposite point */
    assert_bad(test, &bad, "not the preimage of h");
    bad.sealed.ephemeral.bytes[0] = 4;
    assert_bad(test, &bad, "the key for the verifier: a public key is not a point");
    bad.sealed.ephemeral = (prom_point){{0}};
    assert_bad(test, &bad, "the key for the verifier: a public key is not a point");
    bad.sealed.ephemeral = (prom_point){{2, [32] = 5}}; /* x = 5 has no y */
    assert_bad(test, &bad, "the key for the verifier: a public key is not a point");
    bad = scene;
    bad.verifier.secret = (prom_bytes32){{0}};
    assert_bad(test, &bad, "secret key is zero");
}

/* The pad of another ephemeral key, made by somebody who does not keep to e: it opens, and is bad all the same. */
static struct scene other_ephemeral(fixture *test, const struct scene *scene, uint64_t *state)
{
    struct scene bad = *scene;
    const prom_bytes32 secret = random_bytes32(state);
    const prom_point verifier = prom_point_of_public_key(&scene->verifier.public_key);
    uint8_t message[32 + 33 + 33 + 33];
    prom_point shared;
    prom_bytes32 pad;
    assert_ok(prom_point_of_secret(test->curve, &bad.sealed.ephemeral, &secret, &test->error), &test->error);
    assert_ok(prom_shared_point(test->curve, &shared, &secret, &verifier, &test->error), &test->error);
    memcpy(message, scene->contract_id.bytes, 32);
    memcpy(message + 32, bad.sealed.ephemeral.bytes, 33);
    memcpy(message + 65, verifier.bytes, 33);
    memcpy(message + 98, shared.bytes, 33);
    prom_tagged_hash(&pad, "prometheus/ev-pad", prom_span_of(message, sizeof message));
    for (size_t i = 0; i < sizeof pad.bytes; i++) {
        bad.sealed.masked.bytes[i] = scene->h_p.bytes[i] ^ pad.bytes[i];
    }
    return bad;
}

static void test_what_h_p_does_not_make(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 3;
    const struct scene scene = make_scene(test, &state);
    struct scene bad = other_ephemeral(test, &scene, &state);
    assert_bad(test, &bad, "not the one that h_p makes");
    assert_fails(check_key(test, &bad), PROM_CATEGORY_BAD_INPUT, &test->error, "not the one that h_p makes");
    for (size_t i = 0; i < sizeof bad.sealed; i++) {
        uint8_t bytes[sizeof bad.sealed];
        memcpy(bytes, &scene.sealed, sizeof bytes);
        bytes[i] ^= 1;
        bad = scene;
        memcpy(&bad.sealed, bytes, sizeof bytes);
        assert_fails(check_key(test, &bad), PROM_CATEGORY_BAD_INPUT, &test->error, "not the one that h_p makes");
    }
    bad = scene;
    bad.h_p.bytes[5] ^= 1;
    assert_fails(check_key(test, &bad), PROM_CATEGORY_BAD_INPUT, &test->error, "not the one that h_p makes");
    bad = scene;
    bad.contract_id.bytes[5] ^= 1;
    assert_fails(check_key(test, &bad), PROM_CATEGORY_BAD_INPUT, &test->error, "not the one that h_p makes");
    bad = scene;
    bad.verifier = random_key(test, &state);
    assert_fails(check_key(test, &bad), PROM_CATEGORY_BAD_INPUT, &test->error, "not the one that h_p makes");
}

static void test_no_verifier(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 4;
    struct scene scene = make_scene(test, &state);
    scene.verifier.public_key = (prom_bytes32){{[31] = 5}};
    assert_fails(prom_sealed_key_make(test->curve, &scene.sealed, &scene.h_p, &scene.contract_id,
                                      &scene.verifier.public_key, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "the key for the verifier: a public key is not a point");
    assert_fails(check_key(test, &scene), PROM_CATEGORY_BAD_INPUT, &test->error, "a public key is not a point");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_round_trip),         FIXTURE_TEST(test_vectors),
        FIXTURE_TEST(test_what_does_not_open), FIXTURE_TEST(test_what_h_p_does_not_make),
        FIXTURE_TEST(test_no_verifier),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
