#include "channel/random_messages.h"

#include "wire/fields.h"

/* Reads a field of so many bytes by one of the walks. */
#define WALK(walk, function, length, value)                                                                            \
    do {                                                                                                               \
        uint8_t *bytes_ = calloc(1, (length) + 1);                                                                     \
        ProtobufCBinaryData field_ = {(length), (length) == 0 ? NULL : bytes_};                                        \
        walk = (struct walk){.arena = &test->arena};                                                                   \
        function(&walk, &field_, value);                                                                               \
        free(bytes_);                                                                                                  \
    } while (0)

static void test_lengths_that_cannot_be(void **state)
{
    fixture *test = *state;
    struct walk walk;
    prom_bytes32 value;
    prom_signature signature;
    prom_outpoint outpoint;
    prom_node_word node;
    prom_address address;
    const size_t lengths[] = {0, 31, 32, 33, 35, 36, 37, 63, 64, 65, 95, 96, 97, 255, 256};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        const size_t length = lengths[i];
        WALK(walk, prom_walk_bytes32, length, &value);
        assert_true(walk.failed == (length != 32));
        WALK(walk, prom_walk_outpoint, length, &outpoint);
        assert_true(walk.failed == (length != 36));
        WALK(walk, prom_walk_signature, length, &signature);
        assert_true(walk.failed == (length != 64));
        WALK(walk, prom_walk_node, length, &node);
        assert_true(walk.failed == (length != 96));
        WALK(walk, prom_walk_address, length, &address);
        assert_true(walk.failed == (length > 255));
    }
}

static void test_what_has_a_layout_is_read_by_it(void **state)
{
    fixture *test = *state;
    struct walk walk;
    prom_attestation statement;
    prom_party_terms party;
    prom_arbiter_terms arbiter;
    prom_announcement announcement;
    WALK(walk, prom_walk_attestation, 100, &statement); /* of kind 0 */
    assert_true(walk.failed);
    WALK(walk, prom_walk_party_terms, 160, &party); /* its number of coins is missing */
    assert_true(walk.failed);
    WALK(walk, prom_walk_party_terms, 161, &party);
    assert_false(walk.failed);
    WALK(walk, prom_walk_arbiter_terms, 163, &arbiter);
    assert_true(walk.failed);
    WALK(walk, prom_walk_arbiter_terms, 164, &arbiter);
    assert_false(walk.failed);
    WALK(walk, prom_walk_announcement, 204, &announcement);
    assert_true(walk.failed);
    WALK(walk, prom_walk_announcement, 205, &announcement);
    assert_false(walk.failed);
}

static void test_numbers_and_lists(void **state)
{
    fixture *test = *state;
    struct walk walk = {.arena = &test->arena};
    uint32_t field = 256;
    uint8_t byte = 0;
    ProtobufCBinaryData *none = NULL;
    size_t count = 4;
    prom_walk_u8(&walk, &field, &byte);
    assert_true(walk.failed);
    assert_fails(prom_walk_over(&walk, &test->error), PROM_CATEGORY_PEER, &test->error, "cannot be");
    walk.failed = false;
    assert_int_equal(prom_walk_list(&walk, &count, &none, 0, 3), 0);
    assert_true(walk.failed);
    walk = (struct walk){.arena = &test->arena, .packs = true};
    assert_int_equal(prom_walk_list(&walk, &count, &none, 3, 3), 3);
    assert_non_null(none);
    assert_ok(prom_walk_over(&walk, &test->error), &test->error);
    prom_walk_must(&walk, false);
    assert_fails(prom_walk_over(&walk, &test->error), PROM_CATEGORY_BROKEN, &test->error, "out of range");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_lengths_that_cannot_be),
        FIXTURE_TEST(test_what_has_a_layout_is_read_by_it),
        FIXTURE_TEST(test_numbers_and_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
