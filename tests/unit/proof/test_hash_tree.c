#include "proof/hash_tree.h"

#include "prometheus/crypto/hash.h"
#include "support.h"

enum { COLUMNS = 3, LOG_MAX = 12, LEAVES = 1 << LOG_MAX, LOG_SETS = 7, SETS = 1 << LOG_SETS };

struct forest {
    uint32_t memory[COLUMNS][LEAVES];
    const uint32_t *columns[COLUMNS];
    proof_tree tree;
    prom_bytes32 root;
};

static void grow(fixture *test, struct forest *forest, size_t log_width, uint64_t *random)
{
    random_bytes(random, (uint8_t *)forest->memory, sizeof forest->memory);
    for (size_t c = 0; c < COLUMNS; c++) {
        forest->columns[c] = forest->memory[c];
    }
    const proof_leaves leaves = {forest->columns, COLUMNS};
    assert_ok(prom_hash_tree_new(&test->arena, &forest->tree, prom_hash_kernels_for(prom_cpu_of_machine()), NULL,
                                 &leaves, log_width, &test->error),
              &test->error);
    forest->root = prom_hash_tree_root(&forest->tree);
}

static prom_bytes32 plain_leaf(const struct forest *forest, size_t leaf)
{
    prom_hasher hasher;
    prom_bytes32 hash;
    prom_hasher_init(&hasher, "prometheus/proof/leaf");
    for (size_t c = 0; c < COLUMNS; c++) {
        prom_hasher_add_number(&hasher, forest->memory[c][leaf], 4);
    }
    prom_hasher_finish(&hasher, &hash);
    return hash;
}

/* The definition: the sibling of node i is the one half of the level away. */
static void test_root(void **state)
{
    enum { KEPT = 28 }; /* bytes of a hash below the root */
    fixture *test = *state;
    static struct forest forest;
    uint64_t random = 1;
    for (size_t log_width = 0; log_width <= LOG_MAX; log_width++) {
        prom_bytes32 level[LEAVES];
        grow(test, &forest, log_width, &random);
        for (size_t i = 0; i < (size_t)1 << log_width; i++) {
            level[i] = plain_leaf(&forest, i);
        }
        for (size_t half = (size_t)1 << log_width >> 1; half > 0; half /= 2) {
            for (size_t i = 0; i < half; i++) {
                prom_hasher hasher;
                prom_hasher_init(&hasher, "prometheus/proof/node");
                prom_hasher_add(&hasher, prom_span_of(level[i].bytes, KEPT));
                prom_hasher_add(&hasher, prom_span_of(level[i + half].bytes, KEPT));
                prom_hasher_finish(&hasher, &level[i]);
            }
        }
        assert_memory_equal(&level[0], &forest.root, sizeof forest.root);
    }
}

static prom_result check(fixture *test, const struct forest *forest, size_t log_width, const size_t *positions,
                         size_t count, prom_span opening, bool spoilt, bool *done)
{
    uint32_t memory[COLUMNS][LEAVES];
    const uint32_t *columns[COLUMNS];
    prom_reader reader = prom_reader_of(opening);
    for (size_t c = 0; c < COLUMNS; c++) {
        for (size_t i = 0; i < count; i++) {
            memory[c][i] = forest->memory[c][positions[i]];
        }
        columns[c] = memory[c];
    }
    memory[COLUMNS - 1][count - 1] ^= spoilt ? 1 : 0;
    const proof_opened_leaves opened = {{columns, COLUMNS}, positions, count, log_width};
    const prom_result result = prom_hash_tree_verify(
        &test->arena, &reader, prom_hash_kernels_for(prom_cpu_of_machine()), &forest->root, &opened, &test->error);
    *done = prom_reader_done(&reader);
    return result;
}

static void check_positions(fixture *test, const struct forest *forest, size_t log_width, const size_t *positions,
                            size_t count, bool every_bit)
{
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span opening;
    bool done = false;
    assert_ok(prom_hash_tree_open(&test->arena, &writer, &forest->tree, positions, count, &test->error), &test->error);
    assert_ok(prom_writer_finish(&writer, &opening, &test->error), &test->error);
    assert_ok(check(test, forest, log_width, positions, count, opening, false, &done), &test->error);
    assert_true(done);
    assert_fails(check(test, forest, log_width, positions, count, opening, true, &done), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "not those under the Merkle root");
    if (opening.length > 0) {
        const prom_span shorter = prom_span_of(opening.data, opening.length - 1);
        assert_fails(check(test, forest, log_width, positions, count, shorter, false, &done), PROM_CATEGORY_BAD_INPUT,
                     &test->error, "not those under the Merkle root");
    }
    for (size_t at = 0; every_bit && at < opening.length; at++) {
        uint8_t *copy = exact_copy(opening.data, opening.length);
        copy[at] ^= 1;
        assert_fails(check(test, forest, log_width, positions, count, prom_span_of(copy, opening.length), false, &done),
                     PROM_CATEGORY_BAD_INPUT, &test->error, "not those under the Merkle root");
        free(copy);
    }
}

/* Every set of positions of small trees. */
static void test_every_set(void **state)
{
    fixture *test = *state;
    static struct forest forest;
    uint64_t random = 2;
    for (size_t log_width = 0; log_width <= 3; log_width++) {
        const size_t width = (size_t)1 << log_width;
        grow(test, &forest, log_width, &random);
        for (size_t set = 1; set < (size_t)1 << width; set++) {
            size_t positions[8];
            size_t count = 0;
            for (size_t i = 0; i < width; i++) {
                if ((set >> i & 1) == 1) {
                    positions[count++] = i;
                }
            }
            check_positions(test, &forest, log_width, positions, count, true);
        }
        prom_arena_free(&test->arena);
    }
}

static void test_random_sets(void **state)
{
    fixture *test = *state;
    static struct forest forest;
    uint64_t random = 3;
    grow(test, &forest, LOG_SETS, &random);
    for (size_t round = 0; round < 200; round++) {
        size_t positions[SETS];
        size_t count = 0;
        const size_t part = 1 + random_below(&random, 40);
        for (size_t i = 0; i < SETS; i++) {
            if (random_below(&random, part) == 0) {
                positions[count++] = i;
            }
        }
        if (count > 0) {
            check_positions(test, &forest, LOG_SETS, positions, count, round < 3);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_root), FIXTURE_TEST(test_every_set),
                                       FIXTURE_TEST(test_random_sets)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
