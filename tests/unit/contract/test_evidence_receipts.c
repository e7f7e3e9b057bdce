#include "contract/evidence_scene.h"

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
    PROM_SCOPED(prom_arena_free) prom_arena none = {0};
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
