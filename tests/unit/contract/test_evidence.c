#include "contract/evidence_scene.h"

static prom_delivered delivered_of(const struct scene *scene)
{
    return (prom_delivered){&scene->terms, &scene->contract_id, scene->bytes};
}

static prom_key_opening opening_of(const struct scene *scene)
{
    prom_key_opening opening = {.contract_id = scene->contract_id, .ephemeral = scene->ephemeral};
    prom_package_hash(&opening.package_hash, &scene->contract_id, PROM_ROUND_A, scene->bytes);
    return opening;
}

static void opening_refused(fixture *test, const struct scene *scene, const prom_key_opening *opening,
                            const char *reason)
{
    const prom_delivered delivered = delivered_of(scene);
    const prom_bytes32 zero = {{0}};
    prom_bytes32 h_p = {{1}};
    assert_fails(prom_key_opening_check(test->curve, &h_p, opening, &delivered, &test->error), PROM_CATEGORY_PEER,
                 &test->error, reason);
    assert_memory_equal(&h_p, &zero, sizeof zero);
}

static void ephemeral_secret_opens_the_key(void **state)
{
    fixture *test = *state;
    const struct scene scene = make_scene(test);
    const prom_delivered delivered = delivered_of(&scene);
    const prom_key_opening opening = opening_of(&scene);
    prom_bytes32 h_p;
    assert_ok(prom_key_opening_check(test->curve, &h_p, &opening, &delivered, &test->error), &test->error);
    assert_memory_equal(&h_p, &scene.cast.h_p, sizeof h_p);
}

static void bad_opening_is_refused(void **state)
{
    fixture *test = *state;
    struct scene scene = make_scene(test);
    prom_key_opening opening = opening_of(&scene);
    opening.ephemeral.bytes[0] ^= 1;
    opening_refused(test, &scene, &opening, "not the ephemeral secret");
    opening.ephemeral = (prom_bytes32){{0}};
    opening_refused(test, &scene, &opening, "a secret key is zero");
    opening = opening_of(&scene);
    opening.contract_id.bytes[0] ^= 1;
    opening_refused(test, &scene, &opening, "about another package");
    opening = opening_of(&scene);
    opening.package_hash.bytes[0] ^= 1;
    opening_refused(test, &scene, &opening, "about another package");
    scene.bytes.length--;
    opening = opening_of(&scene);
    opening_refused(test, &scene, &opening, "these bytes are not a package");
    scene.bytes.length++;
    opening = opening_of(&scene);
    scene.terms.most_package = scene.bytes.length - 1;
    opening_refused(test, &scene, &opening, "the terms allow");
}

/* E_V that holds something else: the worker cannot open it to h_p. */
static void opening_of_a_bad_key_is_refused(void **state)
{
    fixture *test = *state;
    struct scene scene = make_scene(test);
    scene.package.E_V.masked.bytes[31] ^= 1;
    write_package(test, &scene);
    const prom_key_opening opening = opening_of(&scene);
    opening_refused(test, &scene, &opening, "not the preimage of h");
}

static prom_result refute(fixture *test, const struct scene *scene, const prom_key *key,
                          prom_key_refutation *refutation)
{
    const prom_delivered delivered = delivered_of(scene);
    const prom_bytes32 auxiliary = named("auxiliary", 0);
    return prom_key_refute(test->curve, refutation, &delivered, key, &auxiliary, &test->error);
}

static prom_result check_refutation(fixture *test, const struct scene *scene, const prom_key_refutation *refutation)
{
    const prom_delivered delivered = delivered_of(scene);
    return prom_key_refutation_check(test->curve, refutation, &delivered, &test->error);
}

/* Whatever the parity of the verifier's point, and whichever part of E_V is wrong. */
static void bad_key_is_refuted(void **state)
{
    fixture *test = *state;
    size_t odd = 0;
    for (size_t i = 0; i < 16; i++) {
        struct scene scene = make_scene(test);
        prom_key_refutation refutation;
        prom_point point;
        scene.cast.party[PROM_PARTY_V] = named_key(test, "some verifier", i);
        const prom_key *verifier = &scene.cast.party[PROM_PARTY_V];
        scene.terms.parties[PROM_PARTY_V].key = verifier->public_key;
        scene.package.E_V.masked.bytes[i] ^= (uint8_t)(i + 1);
        write_package(test, &scene);
        assert_ok(refute(test, &scene, verifier, &refutation), &test->error);
        assert_ok(check_refutation(test, &scene, &refutation), &test->error);
        assert_ok(prom_point_of_secret(test->curve, &point, &verifier->secret, &test->error), &test->error);
        odd += point.bytes[0] == 3;
    }
    assert_in_range(odd, 1, 15);
}

static void key_off_the_curve_needs_no_proof(void **state)
{
    fixture *test = *state;
    prom_point bad_points[] = {{{0}}, {{2, [32] = 5}}, prom_generator, prom_generator}; /* x = 5 has no y */
    bad_points[2].bytes[0] = 1;
    bad_points[3].bytes[0] = 4;
    for (size_t i = 0; i < COUNT_OF(bad_points); i++) {
        struct scene scene = make_scene(test);
        prom_key_refutation refutation;
        scene.package.E_V.ephemeral = bad_points[i];
        write_package(test, &scene);
        assert_ok(refute(test, &scene, &scene.cast.party[PROM_PARTY_V], &refutation), &test->error);
        assert_ok(check_refutation(test, &scene, &refutation), &test->error);
    }
}

/* The verifier is kept from giving h_p away, and a lying one is not believed. */
static void refute_good_key(fixture *test, const struct scene *scene)
{
    const prom_key *verifier = &scene->cast.party[PROM_PARTY_V];
    const prom_key_refutation none = {0};
    const prom_bytes32 auxiliary = named("auxiliary", 0);
    prom_key_refutation refutation = {.shared = {{1}}};
    assert_fails(refute(test, scene, verifier, &refutation), PROM_CATEGORY_MISUSE, &test->error,
                 "there is nothing to refute");
    assert_memory_equal(&refutation, &none, sizeof none);

    prom_dleq_statement statement = {.generator = prom_generator, .base = scene->package.E_V.ephemeral};
    const prom_key_opening opening = opening_of(scene);
    uint8_t about[64];
    prom_bytes32 message;
    prom_bytes32 secret;
    memcpy(about, scene->contract_id.bytes, 32);
    memcpy(about + 32, opening.package_hash.bytes, 32);
    prom_tagged_hash(&message, "prometheus/refutation", prom_span_of(about, sizeof about));
    refutation.contract_id = scene->contract_id;
    refutation.package_hash = opening.package_hash;
    assert_ok(prom_key_even_secret(test->curve, &secret, verifier, &test->error), &test->error);
    assert_ok(prom_dleq_prove(test->curve, &refutation.proof, &statement, &secret, &message, &auxiliary, &test->error),
              &test->error);
    refutation.shared = statement.shared;
    assert_fails(check_refutation(test, scene, &refutation), PROM_CATEGORY_PEER, &test->error,
                 "the refuted E_V is good");

    /* With another shared point E_V would hold something else; but that point has no proof. */
    refutation.shared = prom_generator;
    assert_fails(check_refutation(test, scene, &refutation), PROM_CATEGORY_PEER, &test->error,
                 "does not prove its shared point");
}

static void good_key_can_not_be_refuted(void **state)
{
    fixture *test = *state;
    size_t odd = 0;
    for (size_t i = 0; i < 8; i++) { /* whatever the parity of the point in E_V */
        const struct scene scene = make_numbered_scene(test, i);
        refute_good_key(test, &scene);
        odd += scene.package.E_V.ephemeral.bytes[0] == 3;
    }
    assert_in_range(odd, 1, 7);
}

static void refutation_by_another_key_is_refused(void **state)
{
    fixture *test = *state;
    struct scene scene = make_scene(test);
    prom_key_refutation refutation;
    scene.package.E_V.masked.bytes[0] ^= 1;
    write_package(test, &scene);
    assert_fails(refute(test, &scene, &scene.cast.party[PROM_PARTY_C], &refutation), PROM_CATEGORY_MISUSE, &test->error,
                 "only the verifier");
    scene.bytes.length--;
    assert_fails(refute(test, &scene, &scene.cast.party[PROM_PARTY_V], &refutation), PROM_CATEGORY_PEER, &test->error,
                 "these bytes are not a package");
}

/* No byte of a refutation is idle, and it cannot be shown for another package. */
static void every_byte_of_a_refutation_counts(void **state)
{
    fixture *test = *state;
    struct scene scene = make_scene(test);
    prom_key_refutation refutation;
    prom_span bytes;
    scene.package.E_V.masked.bytes[0] ^= 1;
    write_package(test, &scene);
    assert_ok(refute(test, &scene, &scene.cast.party[PROM_PARTY_V], &refutation), &test->error);
    assert_ok(prom_key_refutation_write(&test->arena, &bytes, &refutation, &test->error), &test->error);
    for (size_t i = 0; i < bytes.length; i++) {
        uint8_t *other = exact_copy(bytes.data, bytes.length);
        other[i] ^= 1;
        assert_ok(prom_key_refutation_read(&refutation, prom_span_of(other, bytes.length), &test->error), &test->error);
        assert_fails(check_refutation(test, &scene, &refutation), PROM_CATEGORY_PEER, &test->error, "");
        free(other);
    }
    scene.package.root.bytes[0] ^= 1; /* the same E_V in another package */
    write_package(test, &scene);
    prom_package_hash(&refutation.package_hash, &scene.contract_id, PROM_ROUND_A, scene.bytes);
    assert_fails(check_refutation(test, &scene, &refutation), PROM_CATEGORY_PEER, &test->error,
                 "does not prove its shared point");
}

static void opening_and_refutation_have_exact_layouts(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    uint8_t body[161];
    prom_key_opening opening;
    prom_key_refutation refutation;
    prom_span written;
    random_bytes(&random, body, sizeof body);
    const prom_span opening_bytes = prom_span_of(body, 96);
    const prom_span refutation_bytes = prom_span_of(body, 161);
    assert_layout_is_strict(prom_key_opening_read(&opening, given_, &test->error), opening_bytes,
                            "these bytes are not an opening of E_V");
    assert_layout_is_strict(prom_key_refutation_read(&refutation, given_, &test->error), refutation_bytes,
                            "these bytes are not a refutation of E_V");
    assert_ok(prom_key_opening_read(&opening, opening_bytes, &test->error), &test->error);
    assert_memory_equal(opening.contract_id.bytes, body, 32);
    assert_memory_equal(opening.package_hash.bytes, body + 32, 32);
    assert_memory_equal(opening.ephemeral.bytes, body + 64, 32);
    assert_ok(prom_key_opening_write(&test->arena, &written, &opening, &test->error), &test->error);
    assert_true(prom_span_equal(written, opening_bytes));
    assert_ok(prom_key_refutation_read(&refutation, refutation_bytes, &test->error), &test->error);
    assert_memory_equal(refutation.shared.bytes, body + 64, 33);
    assert_memory_equal(refutation.proof.bytes, body + 97, 64);
    assert_ok(prom_key_refutation_write(&test->arena, &written, &refutation, &test->error), &test->error);
    assert_true(prom_span_equal(written, refutation_bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(ephemeral_secret_opens_the_key),
        FIXTURE_TEST(bad_opening_is_refused),
        FIXTURE_TEST(opening_of_a_bad_key_is_refused),
        FIXTURE_TEST(bad_key_is_refuted),
        FIXTURE_TEST(key_off_the_curve_needs_no_proof),
        FIXTURE_TEST(good_key_can_not_be_refuted),
        FIXTURE_TEST(refutation_by_another_key_is_refused),
        FIXTURE_TEST(every_byte_of_a_refutation_counts),
        FIXTURE_TEST(opening_and_refutation_have_exact_layouts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
