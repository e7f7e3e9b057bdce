#include "contract/cast.h"

#include "prometheus/contract/evidence.h"

enum { ARBITERS = 5 };

/* A delivery for terms of ARBITERS arbiters, E_V as W makes it. */
struct scene {
    struct cast cast;
    prom_terms terms;
    prom_bytes32 contract_id;
    prom_bytes32 ephemeral;
    prom_package package;
    prom_span bytes;
};

static void write_package(fixture *test, struct scene *scene)
{
    assert_ok(prom_package_write(&test->arena, &scene->bytes, &scene->package, &test->error), &test->error);
}

static struct scene make_numbered_scene(fixture *test, size_t number)
{
    struct scene scene = {.cast = make_cast(test), .ephemeral = named("ephemeral", number)};
    scene.terms = valid_terms(test, &scene.cast, ARBITERS);
    assert_ok(prom_terms_contract_id(&test->arena, &scene.contract_id, &scene.terms, &test->error), &test->error);
    scene.package.root = named("root", 0);
    scene.package.ciphertext = span_of_hex(test, "00112233445566778899");
    assert_ok(prom_seal_key(test->curve, &scene.package.E_V, &scene.cast.h_p, &scene.contract_id, &scene.ephemeral,
                            &scene.terms.parties[PROM_PARTY_V].key, &test->error),
              &test->error);
    write_package(test, &scene);
    return scene;
}

static struct scene make_scene(fixture *test)
{
    return make_numbered_scene(test, 0);
}

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

/* E_V that holds something else: the worker can not open it to h_p. */
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

/* No byte of a refutation is idle, and it can not be shown for another package. */
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

/* Bytes that may be anything, in memory of exactly their size. */
#define assert_layout_is_strict(read, bytes, sentence)                                                                 \
    do {                                                                                                               \
        for (size_t length_ = 0; length_ <= (bytes).length + 1; length_++) {                                           \
            uint8_t *exact_ = calloc(1, length_ > 0 ? length_ : 1);                                                    \
            assert_non_null(exact_);                                                                                   \
            memcpy(exact_, (bytes).data, length_ < (bytes).length ? length_ : (bytes).length);                         \
            const prom_span given_ = prom_span_of(exact_, length_);                                                    \
            if (length_ == (bytes).length) {                                                                           \
                assert_ok(read, &test->error);                                                                         \
            } else {                                                                                                   \
                assert_fails(read, PROM_CATEGORY_PEER, &test->error, (sentence));                                      \
            }                                                                                                          \
            free(exact_);                                                                                              \
        }                                                                                                              \
    } while (0)

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

static const prom_receipts_wanted wanted = {.round = PROM_ROUND_A, .package_hash = {{7}}, .latest = 100};

static void sign_receipt(fixture *test, prom_receipt *receipt, const prom_key *key)
{
    prom_bytes32 hash;
    assert_ok(prom_receipt_hash(&test->arena, &hash, receipt, &test->error), &test->error);
    receipt->signature = sign_hash(test, key, &hash);
}

/* Receipts of all arbiters, at the heights 90, 91 and so on. */
static prom_receipts all_receipts(fixture *test, const struct scene *scene)
{
    prom_receipts receipts = {.count = ARBITERS};
    for (size_t i = 0; i < ARBITERS; i++) {
        prom_receipt *receipt = &receipts.list[i].receipt;
        receipts.list[i].arbiter = i;
        *receipt = (prom_receipt){.contract_id = scene->contract_id,
                                  .round = wanted.round,
                                  .package_hash = wanted.package_hash,
                                  .height = 90 + (uint32_t)i,
                                  .tip = named("tip", i)};
        sign_receipt(test, receipt, &scene->cast.arbiter[i]);
    }
    return receipts;
}

static prom_receipts_wanted wanted_of(const struct scene *scene)
{
    prom_receipts_wanted of_contract = wanted;
    of_contract.contract_id = scene->contract_id;
    return of_contract;
}

static prom_receipts_found count_receipts(fixture *test, const struct scene *scene, const prom_receipts *receipts)
{
    const prom_receipts_wanted asked = wanted_of(scene);
    prom_receipts_found found = {77, 77, 77};
    assert_ok(prom_receipts_check(test->curve, &test->arena, &found, &scene->terms, &asked, receipts, &test->error),
              &test->error);
    return found;
}

static void receipts_of_distinct_arbiters_are_counted(void **state)
{
    fixture *test = *state;
    const struct scene scene = make_scene(test);
    prom_receipts receipts = all_receipts(test, &scene);
    for (size_t count = 0; count <= ARBITERS; count++) {
        receipts.count = count;
        const prom_receipts_found found = count_receipts(test, &scene, &receipts);
        assert_int_equal(found.count, count);
        assert_int_equal(found.arbiters, (1U << count) - 1);
        assert_int_equal(found.highest, count == 0 ? 0 : 89 + count);
    }
    for (size_t i = 0; i < ARBITERS; i++) {
        receipts.list[i] = receipts.list[2]; /* one arbiter, over and over */
    }
    assert_int_equal(count_receipts(test, &scene, &receipts).count, 1);
}

/* What is wrong in receipt 3 makes it, and it alone, worthless. */
static void receipts_that_do_not_hold_are_passed_over(void **state)
{
    fixture *test = *state;
    struct scene scene = make_scene(test);
    scene.terms.arbiters[ARBITERS] = valid_arbiter(test, &scene.cast, ARBITERS); /* not counted in */
    enum { CONTRACT, ROUND, PACKAGE, LATE, SIGNER, SIGNATURE, UNSIGNED_HEIGHT, STRANGER, FAULTS };
    for (size_t fault = 0; fault < FAULTS; fault++) {
        prom_receipts receipts = all_receipts(test, &scene);
        prom_receipt *receipt = &receipts.list[3].receipt;
        receipt->contract_id.bytes[0] ^= fault == CONTRACT;
        receipt->round = fault == ROUND ? PROM_ROUND_B : receipt->round;
        receipt->package_hash.bytes[0] ^= fault == PACKAGE;
        receipt->height = fault == LATE ? wanted.latest + 1 : receipt->height;
        sign_receipt(test, receipt, &scene.cast.arbiter[fault == SIGNER ? 4 : fault == STRANGER ? ARBITERS : 3]);
        receipt->signature.bytes[0] ^= fault == SIGNATURE;
        receipt->height -= fault == UNSIGNED_HEIGHT;
        receipts.list[3].arbiter = fault == STRANGER ? ARBITERS : 3;
        const prom_receipts_found found = count_receipts(test, &scene, &receipts);
        assert_int_equal(found.count, ARBITERS - 1);
        assert_int_equal(found.arbiters, 0x17);
        assert_int_equal(found.highest, 94);
    }
    prom_receipts receipts = all_receipts(test, &scene);
    receipts.list[3].receipt.height = wanted.latest; /* just in time */
    sign_receipt(test, &receipts.list[3].receipt, &scene.cast.arbiter[3]);
    assert_int_equal(count_receipts(test, &scene, &receipts).highest, wanted.latest);
}

static void receipts_need_memory(void **state)
{
    fixture *test = *state;
    const struct scene scene = make_scene(test);
    const prom_receipts receipts = all_receipts(test, &scene);
    const prom_receipts_wanted asked = wanted_of(&scene);
    PROM_SCOPED(prom_arena_free) prom_arena none;
    prom_receipts_found found;
    prom_arena_init(&none, 0);
    assert_fails(prom_receipts_check(test->curve, &none, &found, &scene.terms, &asked, &receipts, &test->error),
                 PROM_CATEGORY_IO, &test->error, "");
}

/* The layout that the message 'receipt' has. */
static void receipt_layout_is_fixed(void **state)
{
    fixture *test = *state;
    uint64_t random = 2;
    prom_receipt receipt = {
        .contract_id = {{5}}, .round = PROM_ROUND_B, .height = 0x01020304, .package_hash = random_bytes32(&random)};
    prom_receipt back;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span bytes;
    receipt.tip = random_bytes32(&random);
    random_bytes(&random, receipt.signature.bytes, sizeof receipt.signature.bytes);
    prom_receipt_write(&writer, &receipt);
    assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
    assert_int_equal(bytes.length, 133);
    assert_int_equal(bytes.data[0], 1);
    assert_memory_equal(bytes.data + 1, receipt.package_hash.bytes, 32);
    assert_memory_equal(bytes.data + 33, "\x01\x02\x03\x04", 4);
    assert_memory_equal(bytes.data + 37, receipt.tip.bytes, 32);
    assert_memory_equal(bytes.data + 69, receipt.signature.bytes, 64);
    prom_reader reader = prom_reader_of(bytes);
    prom_receipt_read(&reader, &back, &receipt.contract_id);
    assert_true(prom_reader_done(&reader));
    assert_memory_equal(&back, &receipt, sizeof back);
    uint8_t *other = exact_copy(bytes.data, bytes.length);
    other[0] = 2; /* no such round */
    reader = prom_reader_of(prom_span_of(other, bytes.length));
    prom_receipt_read(&reader, &back, &receipt.contract_id);
    assert_true(reader.failed);
    free(other);
}

static void sets_of_receipts_are_strict(void **state)
{
    fixture *test = *state;
    const struct scene scene = make_scene(test);
    const prom_bytes32 *id = &scene.contract_id;
    const prom_receipts receipts = all_receipts(test, &scene);
    prom_receipts back;
    prom_span bytes;
    assert_ok(prom_receipts_write(&test->arena, &bytes, &receipts, &test->error), &test->error);
    assert_int_equal(bytes.length, 1 + ARBITERS * 134);
    assert_layout_is_strict(prom_receipts_read(&back, given_, id, &test->error), bytes,
                            "these bytes are not a set of receipts");
    assert_ok(prom_receipts_read(&back, bytes, id, &test->error), &test->error);
    assert_int_equal(count_receipts(test, &scene, &back).count, ARBITERS);
    static const uint8_t bad_numbers[] = {0, 1, 10, 255}; /* of the second: none, again, beyond all */
    for (size_t i = 0; i < COUNT_OF(bad_numbers); i++) {
        uint8_t *other = exact_copy(bytes.data, bytes.length);
        other[1 + 134] = bad_numbers[i];
        assert_fails(prom_receipts_read(&back, prom_span_of(other, bytes.length), id, &test->error), PROM_CATEGORY_PEER,
                     &test->error, "these bytes are not a set of receipts");
        assert_int_equal(back.count, 0);
        free(other);
    }
    uint8_t many[1 + 10 * 134] = {10};
    for (size_t i = 0; i < 10; i++) {
        many[1 + 134 * i] = (uint8_t)(i + 1);
    }
    assert_fails(prom_receipts_read(&back, prom_span_of(many, sizeof many), id, &test->error), PROM_CATEGORY_PEER,
                 &test->error, "these bytes are not a set of receipts");
    many[0] = 9;
    assert_ok(prom_receipts_read(&back, prom_span_of(many, sizeof many - 134), id, &test->error), &test->error);
}

static prom_equivocation two_receipts(fixture *test, const struct scene *scene)
{
    const prom_receipts receipts = all_receipts(test, scene);
    prom_equivocation equivocation = {.arbiter = scene->cast.arbiter[1].public_key,
                                      .first = receipts.list[1].receipt,
                                      .second = receipts.list[1].receipt};
    equivocation.second.package_hash.bytes[5] ^= 1;
    sign_receipt(test, &equivocation.second, &scene->cast.arbiter[1]);
    return equivocation;
}

static void receipts_for_two_packages_are_a_fault(void **state)
{
    fixture *test = *state;
    const struct scene scene = make_scene(test);
    const prom_equivocation equivocation = two_receipts(test, &scene);
    prom_equivocation back;
    prom_span bytes;
    assert_ok(prom_equivocation_write(&test->arena, &bytes, &equivocation, &test->error), &test->error);
    assert_int_equal(bytes.length, 64 + 2 * 133);
    assert_layout_is_strict(prom_equivocation_read(&back, given_, &test->error), bytes,
                            "these bytes are not two receipts of one arbiter");
    assert_ok(prom_equivocation_read(&back, bytes, &test->error), &test->error);
    assert_ok(prom_equivocation_check(test->curve, &test->arena, &back, &test->error), &test->error);
}

static void what_is_no_equivocation_is_refused(void **state)
{
    fixture *test = *state;
    const struct scene scene = make_scene(test);
    const struct {
        const char *reason;
        int fault;
    } cases[] = {
        {"two rounds or contracts", 0}, {"two rounds or contracts", 1}, {"for the same package", 2},
        {"not both signed", 3},         {"not both signed", 4},         {"not both signed", 5},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const int fault = cases[i].fault;
        prom_equivocation equivocation = two_receipts(test, &scene);
        prom_receipt *second = &equivocation.second;
        second->contract_id.bytes[0] ^= fault == 0;
        second->round = fault == 1 ? PROM_ROUND_B : second->round;
        if (fault == 2) { /* at another height, too: a receipt given again is no fault */
            second->package_hash = equivocation.first.package_hash;
            second->height++;
        }
        sign_receipt(test, second, &scene.cast.arbiter[fault == 3 ? 2 : 1]);
        equivocation.first.signature.bytes[0] ^= fault == 4;
        equivocation.arbiter = scene.cast.arbiter[fault == 5 ? 2 : 1].public_key;
        assert_fails(prom_equivocation_check(test->curve, &test->arena, &equivocation, &test->error),
                     PROM_CATEGORY_PEER, &test->error, cases[i].reason);
    }
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
        FIXTURE_TEST(receipts_of_distinct_arbiters_are_counted),
        FIXTURE_TEST(receipts_that_do_not_hold_are_passed_over),
        FIXTURE_TEST(receipts_need_memory),
        FIXTURE_TEST(receipt_layout_is_fixed),
        FIXTURE_TEST(sets_of_receipts_are_strict),
        FIXTURE_TEST(receipts_for_two_packages_are_a_fault),
        FIXTURE_TEST(what_is_no_equivocation_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
