#include "support.h"

#include "prometheus/bitcoin/address.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/bitcoin/taproot.h"
#include "prometheus/crypto/hash.h"

enum { LEAVES_MAX = 256 };

/* A script tree of the vectors: a leaf is an object, a branch an array of two. Written without recursion, as a stack
 * of what is still to be visited. */
static size_t leaves_of_json(fixture *test, prom_taproot_leaf *leaves, const json_t *tree)
{
    struct {
        const json_t *node;
        size_t depth;
    } stack[16] = {{tree, 0}};
    size_t height = json_is_null(tree) ? 0 : 1;
    size_t count = 0;
    while (height > 0) {
        const json_t *node = stack[--height].node;
        const size_t depth = stack[height].depth;
        if (json_is_array(node)) {
            assert_int_equal(json_array_size(node), 2);
            assert_in_range(height + 2, 0, COUNT_OF(stack));
            for (size_t side = 2; side-- > 0; height++) {
                stack[height].node = json_array_get(node, side);
                stack[height].depth = depth + 1;
            }
        } else {
            assert_int_equal(member_number(node, "id"), count);
            leaves[count].version = (uint8_t)member_number(node, "leafVersion");
            leaves[count].depth = depth;
            leaves[count++].script = span_of_hex(test, member_text(node, "script"));
        }
    }
    return count;
}

static void replay_output(fixture *test, const json_t *vector)
{
    const json_t *given = member(vector, "given");
    const json_t *intermediary = member(vector, "intermediary");
    const json_t *expected = member(vector, "expected");
    const prom_bytes32 internal_key = bytes32_of_hex(member_text(given, "internalPubkey"));
    prom_taproot_leaf leaves[8] = {{0}};
    const size_t count = leaves_of_json(test, leaves, member(given, "scriptTree"));
    prom_bytes32 output_key;
    prom_bytes32 root;
    prom_bytes32 tweak;
    prom_span script;
    char address[PROM_ADDRESS_TEXT];
    assert_ok(prom_taproot_build(test->curve, &test->arena, &output_key, &root,
                                 &(prom_taproot){.internal_key = &internal_key, .leaves = leaves, .leaf_count = count},
                                 &test->error),
              &test->error);
    for (size_t i = 0; i < count; i++) {
        assert_hex32(&leaves[i].hash, json_string_value(json_array_get(member(intermediary, "leafHashes"), i)));
        assert_hex(leaves[i].control,
                   json_string_value(json_array_get(member(expected, "scriptPathControlBlocks"), i)));
    }
    if (count > 0) {
        assert_hex32(&root, member_text(intermediary, "merkleRoot"));
    } else {
        const prom_bytes32 zero = {{0}};
        assert_memory_equal(&root, &zero, sizeof zero);
    }
    prom_taproot_tweak(&tweak, &internal_key, count > 0 ? &root : NULL);
    assert_hex32(&tweak, member_text(intermediary, "tweak"));
    assert_hex32(&output_key, member_text(intermediary, "tweakedPubkey"));
    assert_ok(prom_script_p2tr(&test->arena, &script, &output_key, &test->error), &test->error);
    assert_hex(script, member_text(expected, "scriptPubKey"));
    assert_ok(prom_script_address(address, script, "bc", &test->error), &test->error);
    assert_string_equal(address, member_text(expected, "bip350Address"));
}

static void test_bip341_vectors(void **state)
{
    json_t *vectors = load_vectors("bip341/wallet_vectors.json");
    const json_t *outputs = member(vectors, "scriptPubKey");
    const size_t count = json_array_size(outputs);
    for (size_t i = 0; i < count; i++) {
        replay_output(*state, json_array_get(outputs, i));
    }
    json_decref(vectors);
    assert_int_equal(count, 7);
}

/* BIP 341, "Script validation rules": what a node does with a control block. */
static void validate(fixture *test, const prom_taproot_leaf *leaf, const prom_bytes32 *output_key)
{
    prom_reader reader = prom_reader_of(leaf->control);
    const uint8_t first = prom_read_u8(&reader);
    const prom_bytes32 internal_key = prom_read_bytes32(&reader);
    prom_bytes32 node = leaf->hash;
    assert_int_equal(leaf->control.length, 33 + 32 * leaf->depth);
    while (reader.left > 0) {
        const prom_bytes32 other = prom_read_bytes32(&reader);
        const bool first_is_node = prom_bytes32_compare_vartime(&node, &other) < 0;
        uint8_t pair[64];
        memcpy(pair, first_is_node ? &node : &other, 32);
        memcpy(pair + 32, first_is_node ? &other : &node, 32);
        prom_tagged_hash(&node, "TapBranch", prom_span_of(pair, sizeof pair));
    }
    assert_true(prom_reader_done(&reader));
    prom_bytes32 tweak;
    prom_bytes32 tweaked;
    bool odd = false;
    prom_taproot_tweak(&tweak, &internal_key, &node);
    assert_ok(prom_public_key_tweak(test->curve, &tweaked, &odd, &internal_key, &tweak, &test->error), &test->error);
    assert_memory_equal(&tweaked, output_key, sizeof tweaked);
    assert_int_equal(first, leaf->version | (odd ? 1 : 0));
}

/* Builds the tree of leaves with these depths, each with a script of its own. */
static prom_result build(fixture *test, prom_bytes32 *output_key, prom_taproot_leaf *leaves, const size_t *depths,
                         size_t count)
{
    static const uint8_t scripts[LEAVES_MAX + 1] = {0};
    assert_in_range(count, 1, LEAVES_MAX);
    for (size_t i = 0; i < count; i++) {
        leaves[i] = (prom_taproot_leaf){PROM_TAPSCRIPT_VERSION, depths[i], prom_span_of(scripts, i), {{0}}, {NULL, 0}};
    }
    return prom_taproot_build(
        test->curve, &test->arena, output_key, NULL,
        &(prom_taproot){.internal_key = &prom_unspendable_key, .leaves = leaves, .leaf_count = count}, &test->error);
}

static void assert_builds(fixture *test, const size_t *depths, size_t count)
{
    prom_taproot_leaf leaves[LEAVES_MAX];
    prom_bytes32 output_key;
    assert_ok(build(test, &output_key, leaves, depths, count), &test->error);
    for (size_t i = 0; i < count; i++) {
        validate(test, &leaves[i], &output_key);
    }
}

/* The depths of a random tree: leaves are split until there are enough. */
static void test_random_trees(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 1;
    for (size_t i = 0; i < 60; i++) {
        size_t depths[40] = {0};
        const size_t wanted = 1 + random_below(&state, COUNT_OF(depths));
        for (size_t count = 1; count < wanted; count++) {
            const size_t at = random_below(&state, count);
            memmove(&depths[at + 1], &depths[at], (count - at) * sizeof *depths);
            depths[at]++;
            depths[at + 1]++;
        }
        assert_builds(test, depths, wanted);
    }
}

static void test_deepest_trees(void **state)
{
    size_t depths[PROM_TAPROOT_DEPTH_MAX + 1];
    for (size_t i = 0; i < COUNT_OF(depths); i++) { /* 1, 2, ..., 127, 128, 128 */
        depths[i] = i < PROM_TAPROOT_DEPTH_MAX ? i + 1 : PROM_TAPROOT_DEPTH_MAX;
    }
    assert_builds(*state, depths, COUNT_OF(depths));
    for (size_t i = 0; i < COUNT_OF(depths); i++) { /* 128, 128, 127, ..., 1 */
        depths[i] = i == 0 ? PROM_TAPROOT_DEPTH_MAX : PROM_TAPROOT_DEPTH_MAX + 1 - i;
    }
    assert_builds(*state, depths, COUNT_OF(depths));
}

static void test_depths_of_no_tree(void **state)
{
    fixture *test = *state;
    static const struct {
        size_t depths[5];
        size_t count;
    } cases[] = {{{1}, 1},          {{0, 0}, 2},       {{0, 1}, 2},       {{1, 0}, 2},       {{1, 1, 1}, 3},
                 {{1, 2}, 2},       {{2, 1, 2}, 3},    {{2, 1, 1}, 3},    {{1, 1, 0}, 3},    {{2, 2, 2, 2, 2}, 5},
                 {{1, 1, 1, 1}, 4}, {{3, 3, 2, 2}, 4}, {{1, 3, 3, 3}, 4}, {{SIZE_MAX, 1}, 2}};
    prom_taproot_leaf leaves[LEAVES_MAX];
    prom_bytes32 output_key;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_fails(build(test, &output_key, leaves, cases[i].depths, cases[i].count), PROM_CATEGORY_MISUSE,
                     &test->error, "describe no tree");
    }
    /* What would grow without end, were it not stopped: complete trees one after another, depths that fall again,
     * and the deepest chain behind a complete tree or with one edge too many. */
    static const size_t repeated[][2] = {{0, 0}, {1, 1}, {2, 1}};
    size_t depths[LEAVES_MAX];
    for (size_t i = 0; i < COUNT_OF(repeated); i++) {
        for (size_t k = 0; k < LEAVES_MAX; k++) {
            depths[k] = repeated[i][k % 2];
        }
        assert_fails(build(test, &output_key, leaves, depths, LEAVES_MAX), PROM_CATEGORY_MISUSE, &test->error,
                     "describe no tree");
    }
    for (size_t first = 0; first < 2; first++) {
        const size_t last = PROM_TAPROOT_DEPTH_MAX + first;
        for (size_t k = 0; k < PROM_TAPROOT_DEPTH_MAX + 2; k++) {
            depths[k] = first + k < last ? first + k : last;
        }
        assert_fails(build(test, &output_key, leaves, depths, PROM_TAPROOT_DEPTH_MAX + 2), PROM_CATEGORY_MISUSE,
                     &test->error, "describe no tree");
    }
}

static void test_internal_key_off_the_curve(void **state)
{
    fixture *test = *state;
    const prom_bytes32 no_key = {{[31] = 5}};
    prom_bytes32 output_key;
    assert_fails(prom_taproot_build(test->curve, &test->arena, &output_key, NULL,
                                    &(prom_taproot){.internal_key = &no_key}, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "not a point");
}

/* BIP 341: H = lift_x(SHA256(the generator, uncompressed)). */
static void test_unspendable_key(void **state)
{
    fixture *test = *state;
    prom_bytes32 hash;
    prom_sha256(&hash, span_of_hex(test, "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
                                         "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"));
    assert_memory_equal(&hash, &prom_unspendable_key, sizeof hash);
    assert_true(prom_public_key_valid(test->curve, &prom_unspendable_key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_bip341_vectors),
        FIXTURE_TEST(test_random_trees),
        FIXTURE_TEST(test_deepest_trees),
        FIXTURE_TEST(test_depths_of_no_tree),
        FIXTURE_TEST(test_internal_key_off_the_curve),
        FIXTURE_TEST(test_unspendable_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
