#include "support.h"

#include "prometheus/crypto/hash.h"
#include "prometheus/crypto/merkle.h"

enum { MAX = 33, HASHES_MAX = 64 };

/* What the plain reference gives for a tree of `count` leaves, some of them opened. */
struct reference {
    prom_bytes32 root;
    prom_bytes32 opening[HASHES_MAX];
    size_t hash_count;
};

static void tagged_pair(prom_bytes32 *hash, const char *tag, prom_span a, const prom_bytes32 *b)
{
    uint8_t message[64];
    memcpy(message, a.data, a.length);
    memcpy(message + a.length, b->bytes, sizeof b->bytes);
    prom_tagged_hash(hash, tag, prom_span_of(message, a.length + sizeof b->bytes));
}

/* Level by level, with a flag for each node that the opened leaves give. */
static struct reference refer(const prom_bytes32 *leaves, const bool *opened, size_t count)
{
    struct reference result = {.hash_count = 0};
    prom_bytes32 nodes[MAX];
    bool known[MAX];
    memcpy(nodes, leaves, count * sizeof *leaves);
    memcpy(known, opened, count * sizeof *opened);
    for (size_t width = count; width > 1; width = (width + 1) / 2) {
        for (size_t i = 0; i < width; i += 2) {
            const bool pair = i + 1 < width;
            if (pair && known[i] != known[i + 1]) {
                result.opening[result.hash_count++] = nodes[known[i] ? i + 1 : i];
            }
            prom_bytes32 parent = nodes[i];
            if (pair) {
                tagged_pair(&parent, "prometheus/branch", prom_span_of32(&nodes[i]), &nodes[i + 1]);
            }
            known[i / 2] = known[i] || (pair && known[i + 1]);
            nodes[i / 2] = parent;
        }
    }
    const uint8_t number[8] = {0, 0, 0, 0, 0, 0, 0, (uint8_t)count};
    tagged_pair(&result.root, "prometheus/root", prom_span_of(number, sizeof number), &nodes[0]);
    return result;
}

/* An opening: what prom_merkle_verify is given. */
struct opened {
    prom_bytes32 root;
    size_t count;
    size_t positions[MAX + 1];
    prom_bytes32 leaves[MAX + 1];
    size_t position_count;
    prom_span opening;
};

static prom_result check(fixture *test, const struct opened *opened)
{
    return prom_merkle_verify(&test->arena, &opened->root,
                              &(prom_merkle_items){.count = opened->count,
                                                   .positions = opened->positions,
                                                   .leaves = opened->leaves,
                                                   .position_count = opened->position_count},
                              opened->opening, &test->error);
}

static void refused(fixture *test, const struct opened *opened, const char *part)
{
    assert_fails(check(test, opened), PROM_CATEGORY_BAD_INPUT, &test->error, part);
}

static void wrong_leaves_and_positions(fixture *test, const struct opened *good)
{
    for (size_t i = 0; i < good->position_count; i++) {
        struct opened bad = *good;
        bad.leaves[i].bytes[i % 32] ^= 1;
        refused(test, &bad, "not those under the Merkle root");
        bad = *good;
        bad.positions[i] = bad.count;
        refused(test, &bad, "out of order or range");
        bad = *good;
        bad.positions[i]++;
        const bool clash = i + 1 < bad.position_count && bad.positions[i] == bad.positions[i + 1];
        refused(test, &bad, clash || bad.positions[i] == bad.count ? "out of order or range" : "Merkle");
        if (i > 0) {
            bad = *good;
            bad.positions[i] = bad.positions[i - 1];
            bad.leaves[i] = bad.leaves[i - 1];
            refused(test, &bad, "out of order or range");
            bad = *good;
            bad.positions[i] = good->positions[i - 1];
            bad.positions[i - 1] = good->positions[i];
            bad.leaves[i] = good->leaves[i - 1];
            bad.leaves[i - 1] = good->leaves[i];
            refused(test, &bad, "out of order or range");
        }
    }
}

static void wrong_openings(fixture *test, const struct opened *good)
{
    struct opened bad = *good;
    uint8_t longer[32 * (HASHES_MAX + 1)] = {0};
    assert_true(good->opening.length + 32 <= sizeof longer);
    if (good->opening.length > 0) {
        memcpy(longer, good->opening.data, good->opening.length);
    }
    bad.opening = prom_span_of(longer, good->opening.length + 1);
    refused(test, &bad, "missing or left over");
    bad.opening.length = good->opening.length + 32;
    refused(test, &bad, "missing or left over");
    for (size_t i = 0; i < good->opening.length; i += 32) {
        bad.opening.length = good->opening.length;
        longer[i + 31] ^= 1;
        refused(test, &bad, "not those under the Merkle root");
        longer[i + 31] ^= 1;
        bad.opening.length = i;
        refused(test, &bad, "missing or left over");
        bad.opening.length = i + 31;
        refused(test, &bad, "missing or left over");
    }
}

static void wrong_trees(fixture *test, const struct opened *good)
{
    struct opened bad = *good;
    bad.root.bytes[0] ^= 0x80;
    refused(test, &bad, "not those under the Merkle root");
    bad = *good;
    bad.count++;
    refused(test, &bad, "Merkle");
    bad = *good;
    bad.count = SIZE_MAX;
    refused(test, &bad, "Merkle");
    bad = *good;
    bad.count--;
    refused(test, &bad, good->positions[good->position_count - 1] == bad.count ? "out of order or range" : "Merkle");
    bad = *good;
    bad.position_count = 0;
    refused(test, &bad, "at least one position");
}

/* Opens the leaves of `count` that `mask` names, compares with the reference, checks, and tries what must fail. */
static void try_subset(fixture *test, const prom_bytes32 *leaves, size_t count, uint64_t mask)
{
    bool flags[MAX] = {false};
    struct opened good = {.count = count};
    for (size_t i = 0; i < count; i++) {
        flags[i] = (mask >> i & 1) != 0;
        if (flags[i]) {
            good.positions[good.position_count] = i;
            good.leaves[good.position_count++] = leaves[i];
        }
    }
    const struct reference reference = refer(leaves, flags, count);
    assert_ok(prom_merkle_root(&test->arena, &good.root, leaves, count, &test->error), &test->error);
    assert_memory_equal(&good.root, &reference.root, sizeof good.root);
    assert_ok(
        prom_merkle_open(&test->arena, &good.opening, leaves, count, good.positions, good.position_count, &test->error),
        &test->error);
    assert_int_equal(good.opening.length, reference.hash_count * 32);
    if (good.opening.length > 0) {
        assert_memory_equal(good.opening.data, reference.opening, good.opening.length);
    }
    assert_ok(check(test, &good), &test->error);
    wrong_leaves_and_positions(test, &good);
    wrong_openings(test, &good);
    wrong_trees(test, &good);
}

static void make_leaves(prom_bytes32 leaves[MAX])
{
    for (size_t i = 0; i < MAX; i++) {
        const uint8_t item[] = {'i', (uint8_t)i};
        prom_merkle_leaf(&leaves[i], prom_span_of(item, sizeof item));
    }
}

static void test_every_subset_of_small_trees(void **state)
{
    fixture *test = *state;
    prom_bytes32 leaves[MAX];
    make_leaves(leaves);
    for (size_t count = 1; count <= 9; count++) {
        for (uint64_t mask = 1; mask < UINT64_C(1) << count; mask++) {
            try_subset(test, leaves, count, mask);
        }
    }
}

static void test_random_subsets_of_larger_trees(void **unused)
{
    fixture *test = *unused;
    prom_bytes32 leaves[MAX];
    uint64_t state = 1;
    make_leaves(leaves);
    for (size_t count = 10; count <= MAX; count++) {
        const uint64_t all = (UINT64_C(1) << count) - 1;
        try_subset(test, leaves, count, all);
        for (size_t i = 0; i < 12; i++) {
            const uint64_t sparse = i % 2 == 0 ? UINT64_MAX : next_random(&state);
            const uint64_t mask = next_random(&state) & sparse & all;
            try_subset(test, leaves, count, mask != 0 ? mask : 1);
        }
        try_subset(test, leaves, count, UINT64_C(1) << (count - 1));
    }
}

/* The items "0", "1", "2", computed with Python's hashlib. */
static void test_frozen_root(void **state)
{
    fixture *test = *state;
    prom_bytes32 leaves[3];
    prom_bytes32 root;
    for (size_t i = 0; i < COUNT_OF(leaves); i++) {
        prom_merkle_leaf(&leaves[i], prom_span_of((const uint8_t *)"012" + i, 1));
    }
    assert_ok(prom_merkle_root(&test->arena, &root, leaves, COUNT_OF(leaves), &test->error), &test->error);
    assert_hex32(&root, "4cd23e5973076e3cbfb9422521dcd52fdd4982e0b0367af44944999cea0fa2f8");
}

static void test_refusals_of_root_and_open(void **state)
{
    fixture *test = *state;
    prom_bytes32 leaves[MAX];
    prom_bytes32 root;
    prom_span opening;
    const size_t unsorted[] = {1, 0};
    const size_t twice[] = {1, 1};
    const size_t beyond[] = {3};
    const struct {
        const size_t *positions;
        size_t count;
        const char *part;
    } cases[] = {{unsorted, 2, "out of order or range"},
                 {twice, 2, "out of order or range"},
                 {beyond, 1, "out of order or range"},
                 {unsorted, 0, "at least one position"}};
    make_leaves(leaves);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_fails(
            prom_merkle_open(&test->arena, &opening, leaves, 3, cases[i].positions, cases[i].count, &test->error),
            PROM_CATEGORY_BAD_INPUT, &test->error, cases[i].part);
    }
    assert_fails(prom_merkle_root(&test->arena, &root, leaves, 0, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "at least one item");
    assert_fails(prom_merkle_open(&test->arena, &opening, leaves, 0, unsorted, 1, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "at least one item");
    assert_fails(
        prom_merkle_verify(&test->arena, &root,
                           &(prom_merkle_items){.count = 0, .positions = twice, .leaves = leaves, .position_count = 1},
                           prom_span_of(NULL, 0), &test->error),
        PROM_CATEGORY_BAD_INPUT, &test->error, "out of order or range");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_every_subset_of_small_trees),
        FIXTURE_TEST(test_random_subsets_of_larger_trees),
        FIXTURE_TEST(test_frozen_root),
        FIXTURE_TEST(test_refusals_of_root_and_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
