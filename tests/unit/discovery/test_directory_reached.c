#include "discovery/crowd.h"

static void reach(fixture *test, prom_directory *directory, const char *name, size_t number, const char *address,
                  uint32_t height)
{
    const prom_bytes32 node = named_key(test, name, number).public_key;
    prom_directory_reached(directory, &node, span_of_text(address), height);
}

static void tell_and_reach(fixture *test, prom_directory *directory, const char *name, size_t number,
                           const char *address, uint32_t height)
{
    const prom_source peer = by_peer(address); /* of many groups, so that all are heard */
    const prom_pointer pointer = pointer_of(test, name, number, address);
    assert_int_equal(tell(test, directory, &pointer, &peer), PROM_TAKEN_NEW);
    reach(test, directory, name, number, address, height);
}

/* Returns whether that node is given out, and how. */
static bool find(fixture *test, const prom_directory *directory, const char *name, size_t number,
                 prom_directory_entry *found)
{
    prom_directory_entry entries[800];
    const prom_bytes32 node = named_key(test, name, number).public_key;
    const size_t count = pick_all(directory, 1, entries, COUNT_OF(entries));
    for (size_t i = 0; i < count; i++) {
        if (prom_bytes32_equal(&entries[i].pointer.node, &node)) {
            *found = entries[i];
            return true;
        }
    }
    return false;
}

static void test_reached_ones_stand_apart(void **state)
{
    fixture *test = *state;
    prom_directory *directory = directory_of(test, false);
    prom_directory_entry entry;
    tell_and_reach(test, directory, "good", 0, "203.0.113.5:7067", HEIGHT);
    assert_int_equal(counts_of(directory).reached, 1);
    assert_int_equal(counts_of(directory).heard_peers, 0);
    (void)tell_crowd(test, directory, "flood", 600, 0, &by_dht);
    assert_int_equal(pick_all(directory, 5, &entry, 1), 1); /* comes before them all */
    assert_true(entry.reached);
    assert_int_equal(entry.reached_at, HEIGHT);
    const prom_bytes32 node = named_key(test, "good", 0).public_key;
    for (size_t i = 1; i < PROM_DIRECTORY_FAILURES_MAX; i++) {
        prom_directory_failed(directory, &node);
    }
    assert_true(find(test, directory, "good", 0, &entry));
    reach(test, directory, "good", 0, "203.0.113.5:7067", HEIGHT + 1); /* failures count in a row */
    for (size_t i = 1; i < PROM_DIRECTORY_FAILURES_MAX; i++) {
        prom_directory_failed(directory, &node);
    }
    assert_true(find(test, directory, "good", 0, &entry));
    prom_directory_failed(directory, &node);
    assert_false(find(test, directory, "good", 0, &entry));
}

static void test_heard_ones_go_soon(void **state)
{
    fixture *test = *state;
    prom_directory *directory = directory_of(test, false);
    const prom_bytes32 node = named_key(test, "node", 0).public_key;
    assert_int_equal(tell_crowd(test, directory, "node", 1, 0, &by_dht), 1);
    prom_directory_failed(directory, &node);
    assert_int_equal(counts_of(directory).heard_dht, 1);
    prom_directory_failed(directory, &node);
    assert_int_equal(counts_of(directory).heard_dht, 0);
    prom_directory_failed(directory, &node); /* nobody knows it */
}

/* Who was reached at one address and then tells another is doubted, until it was reached there. */
static void test_who_moves_is_doubted(void **state)
{
    fixture *test = *state;
    prom_directory *directory = directory_of(test, false);
    const prom_key key = named_key(test, "good", 0);
    prom_directory_entry entry;
    tell_and_reach(test, directory, "good", 0, "203.0.113.5:7067", HEIGHT);
    prom_pointer moved = pointer_of(test, "good", 0, "198.51.100.7:7067");
    moved.issued_at++;
    sign_pointer(test, &moved, &key);
    assert_int_equal(tell(test, directory, &moved, &by_dht), PROM_TAKEN_NEWER);
    tell_and_reach(test, directory, "other", 0, "203.9.113.5:7067", HEIGHT);
    assert_int_equal(pick_all(directory, 5, &entry, 1), 1);
    assert_false(prom_bytes32_equal(&entry.pointer.node, &key.public_key)); /* it comes behind, whatever the chance */
    assert_int_equal(pick_all(directory, 6, &entry, 1), 1);
    assert_false(prom_bytes32_equal(&entry.pointer.node, &key.public_key));
    prom_directory_failed(directory, &key.public_key);
    assert_false(find(test, directory, "good", 0, &entry));
    assert_int_equal(counts_of(directory).reached, 1);
}

/* However many real addresses of one group somebody has, he holds 32 places; and he who has many in several groups
 * loses those of his largest one first. */
static void test_a_group_of_reached_ones(void **state)
{
    fixture *test = *state;
    prom_directory *directory = directory_of(test, false);
    prom_directory_entry entry;
    for (size_t i = 0; i < PROM_DIRECTORY_GROUP_MAX + 5; i++) {
        char address[32];
        (void)snprintf(address, sizeof address, "203.0.113.%zu:7067", i);
        const prom_source peer = by_peer(address_in(test, i));
        const prom_pointer pointer = pointer_of(test, "many", i, address);
        assert_int_equal(tell(test, directory, &pointer, &peer), PROM_TAKEN_NEW);
        reach(test, directory, "many", i, address, HEIGHT + (uint32_t)i);
    }
    assert_int_equal(counts_of(directory).reached, PROM_DIRECTORY_GROUP_MAX);
    assert_false(find(test, directory, "many", 4, &entry)); /* who was reached longest ago went */
    assert_true(find(test, directory, "many", 5, &entry));
    for (size_t i = 0; i < PROM_DIRECTORY_REACHED_MAX; i++) {
        tell_and_reach(test, directory, "each", i, address_in(test, 1000 + i), HEIGHT);
    }
    assert_int_equal(counts_of(directory).reached, PROM_DIRECTORY_REACHED_MAX);
    size_t left = 0; /* one, at most: then all groups are as large */
    size_t stayed = 0;
    for (size_t i = 0; i < PROM_DIRECTORY_GROUP_MAX + 5; i++) {
        left += find(test, directory, "many", i, &entry);
    }
    assert_true(left <= 1);
    for (size_t i = 0; i < PROM_DIRECTORY_REACHED_MAX; i++) {
        stayed += find(test, directory, "each", i, &entry);
    }
    assert_int_equal(left + stayed, PROM_DIRECTORY_REACHED_MAX);
}

static void test_our_own(void **state)
{
    fixture *test = *state;
    prom_directory *directory = directory_of(test, false);
    prom_directory_entry entry;
    assert_int_equal(tell_crowd(test, directory, "own", PROM_DIRECTORY_OWN_MAX + 1, 0, &by_ourselves),
                     PROM_DIRECTORY_OWN_MAX);
    const prom_bytes32 node = named_key(test, "own", 0).public_key;
    for (size_t i = 0; i < 10; i++) {
        prom_directory_failed(directory, &node);
    }
    assert_true(find(test, directory, "own", 0, &entry));
    assert_true(entry.own);
}

/* Groups come by turns, so that one with many nodes does not crowd the others out; chance decides the rest. */
static void test_what_is_picked(void **state)
{
    fixture *test = *state;
    prom_directory *directory = directory_of(test, false);
    prom_directory_entry entries[8];
    prom_directory_entry others[8];
    for (size_t i = 0; i < 16; i++) {
        const prom_source peer = by_peer(address_in(test, i));
        const prom_pointer pointer = pointer_of(test, "many", i, "203.0.113.5:7067");
        (void)tell(test, directory, &pointer, &peer);
    }
    assert_int_equal(tell_crowd(test, directory, "few", 4, 500, &by_dht), 4);
    assert_int_equal(pick_all(directory, 1, entries, 5), 5);
    size_t few = 0;
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < 4; j++) {
            const prom_bytes32 node = named_key(test, "few", j).public_key;
            few += prom_bytes32_equal(&entries[i].pointer.node, &node);
        }
    }
    assert_int_equal(few, 4);
    assert_int_equal(pick_all(directory, 2, others, 8), 8);
    assert_int_equal(pick_all(directory, 1, entries, 8), 8);
    size_t same = 0;
    for (size_t i = 0; i < 8; i++) {
        same += prom_span_equal(entries[i].bytes, others[i].bytes);
    }
    assert_true(same < 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_reached_ones_stand_apart),
        FIXTURE_TEST(test_heard_ones_go_soon),
        FIXTURE_TEST(test_who_moves_is_doubted),
        FIXTURE_TEST(test_a_group_of_reached_ones),
        FIXTURE_TEST(test_our_own),
        FIXTURE_TEST(test_what_is_picked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
