#include "scheme/toy.h"

#include "prometheus/contract/sampling.h"

static prom_result verify_claim(fixture *test, const struct mapped *it, const prom_node_result *results, size_t count,
                                const prom_bytes32 *root, prom_span proof, const prom_sample *sample)
{
    const prom_delivery delivery = {output_of_results(test, results, count), proof};
    return it->scheme->verify(&test->arena, it->job, &delivery, root, sample, NULL, &test->error);
}

/* What a worker gets that commits to these results and delivers them, and opens what it must. */
static prom_result deliver_claim(fixture *test, const struct mapped *it, const prom_sample *sample)
{
    const prom_bytes32 root = root_of_results(test, it->results, it->nodes);
    prom_span proof = prom_span_of(NULL, 0);
    if (sample != NULL) {
        const prom_span output = output_of_results(test, it->results, it->nodes);
        PROM_TRY(it->scheme->open_sample(&test->arena, &proof, it->job, output, sample, &test->error));
    }
    return verify_claim(test, it, it->results, it->nodes, &root, proof, sample);
}

static void rejects(fixture *test, const struct mapped *it, const char *reason)
{
    assert_fails(deliver_claim(test, it, NULL), PROM_CATEGORY_PEER, &test->error, reason);
}

/* The sample whose bit i stands for node i. */
static prom_sample sample_of(fixture *test, size_t nodes, unsigned bits)
{
    size_t *positions = new_bytes(&test->arena, nodes, sizeof *positions);
    prom_sample sample = {positions, 0};
    for (size_t i = 0; i < nodes; i++) {
        if ((bits >> i & 1) == 1) {
            positions[sample.count++] = i;
        }
    }
    return sample;
}

static prom_sample one_node(size_t *node)
{
    return (prom_sample){node, 1};
}

/* -- What is right -- */

static void right_results_are_accepted(void **state)
{
    fixture *test = *state;
    static const uint32_t counts[] = {1, 2, 3, 5, 1000};
    for (size_t i = 0; i < 2 * COUNT_OF(counts); i++) {
        const uint32_t items = counts[i / 2];
        const bool folds = i % 2 == 1;
        const struct mapped it = map_items(test, "sum", folds, NULL, items);
        const prom_bytes32 root = root_of_results(test, it.results, it.nodes);
        assert_int_equal(it.nodes, folds ? 2 * items - 1 : items);
        assert_true(prom_bytes32_equal(&root, &it.root));
        assert_int_equal(it.delivery.proof.length, 0);
        assert_int_equal(it.toy->computed, it.nodes);
        assert_ok(deliver_claim(test, &it, NULL), &test->error);
        assert_int_equal(it.toy->computed, 2 * it.nodes);
        for (size_t number = 0; number < 10; number++) {
            const prom_bytes32 seed = {{(uint8_t)number}};
            prom_sample sample;
            assert_ok(prom_sample_draw(&test->arena, &sample, &seed, (uint32_t)it.nodes, 1000, &test->error),
                      &test->error);
            it.toy->computed = 0;
            assert_ok(deliver_claim(test, &it, &sample), &test->error);
            assert_int_equal(it.toy->computed, sample.count); /* a tenth, and no operand */
        }
        assert_true(it.toy->opened == it.toy->closed && it.toy->opened == 13);
    }
}

/* The fold joins in the order of the items, whatever their number: what comes out is all of them. */
static void last_node_is_the_result(void **state)
{
    fixture *test = *state;
    static const char *const texts[] = {"I", "B", "", "MR", "N"};
    const struct mapped it = map_items(test, "join", true, texts, COUNT_OF(texts));
    const prom_node_result *last = &it.results[it.nodes - 1];
    assert_int_equal(it.nodes, 9);
    assert_int_equal(last->bytes.length, 5);
    assert_memory_equal(last->bytes.data, "JCNSO", 5);
    assert_int_equal(last->fuel, TOY_FUEL + 5);
    assert_int_equal(it.results[3].fuel, TOY_FUEL + 2);
}

/* An item that fails is a result, and so are the folds above it; the others are what they are. */
static void failures_are_results(void **state)
{
    fixture *test = *state;
    static const char *const texts[] = {"!", "a", "?", "#", "12345678901234567", "b", "c", "$"};
    static const prom_node_status expected[] = {
        PROM_NODE_TRAP,    PROM_NODE_OK,   PROM_NODE_FUEL,    PROM_NODE_SHAPE,   PROM_NODE_LONG,
        PROM_NODE_OK,      PROM_NODE_OK,   PROM_NODE_OK,      PROM_NODE_OPERAND, PROM_NODE_OPERAND,
        PROM_NODE_OPERAND, PROM_NODE_TRAP, PROM_NODE_OPERAND, PROM_NODE_OPERAND, PROM_NODE_OPERAND};
    const struct mapped it = map_items(test, "join", true, texts, COUNT_OF(texts));
    assert_int_equal(it.nodes, COUNT_OF(expected));
    for (size_t i = 0; i < it.nodes; i++) {
        assert_int_equal(it.results[i].status, expected[i]);
    }
    assert_int_equal(it.results[0].trap, PROM_TRAP_UNREACHABLE);
    assert_int_equal(it.results[11].trap, PROM_TRAP_DIVISION);
    assert_int_equal(it.toy->computed, 9); /* and no fold of what failed */
    assert_ok(deliver_claim(test, &it, NULL), &test->error);
    for (size_t node = 0; node < it.nodes; node++) {
        const prom_sample sample = one_node(&node);
        assert_ok(deliver_claim(test, &it, &sample), &test->error);
    }
}

/* -- Lies -- */

static void tell_bytes(prom_node_result *result)
{
    static const uint8_t lie[] = {9, 9, 9, 9};
    result->bytes = prom_span_of(lie, sizeof lie);
}

static void tell_fewer(prom_node_result *result)
{
    result->bytes.length--;
}

static void tell_fuel(prom_node_result *result)
{
    result->fuel--;
}

static void tell_failure(prom_node_result *result)
{
    *result = (prom_node_result){.status = PROM_NODE_TRAP, .trap = PROM_TRAP_MEMORY};
}

static void tell_success(prom_node_result *result)
{
    *result = (prom_node_result){.status = PROM_NODE_OK, .fuel = 11};
    tell_bytes(result);
}

static void tell_trap(prom_node_result *result)
{
    result->trap = PROM_TRAP_OVERFLOW;
}

/* As a careful worker does: what stands above a lie follows from it, so that one node is wrong, and no other. */
static void follow(fixture *test, struct mapped *it, size_t node)
{
    const size_t items = (it->nodes + 1) / 2;
    const prom_module_fold *folds = NULL;
    prom_runner_session session = {it->toy, toy_limits(true), false};
    assert_ok(prom_module_folds(&test->arena, &folds, (uint32_t)items, &test->error), &test->error);
    for (size_t at = node < items ? items : node + 1; at < it->nodes; at++) {
        const prom_node_result *left = &it->results[folds[at - items].left];
        const prom_node_result *right = &it->results[folds[at - items].right];
        const prom_module_call call = {true, left->bytes, right->bytes};
        if (left->status != PROM_NODE_OK || right->status != PROM_NODE_OK) {
            it->results[at] = (prom_node_result){.status = PROM_NODE_OPERAND};
        } else {
            assert_ok(toy_compute(&session, &test->arena, &it->results[at], &call, &test->error), &test->error);
        }
    }
}

/* Found in every sample that has the node, and in no other. */
static void lie_is_found(fixture *test, const char *const *texts, size_t node, void (*tell)(prom_node_result *result),
                         const char *differs)
{
    enum { ITEMS = 5 };
    struct mapped it = map_items(test, "join", true, texts, ITEMS);
    char reason[64];
    (void)snprintf(reason, sizeof reason, "%s %zu has %s than the program computes", node < ITEMS ? "item" : "fold",
                   node, differs);
    tell(&it.results[node]);
    follow(test, &it, node);
    rejects(test, &it, reason);
    for (unsigned bits = 1; bits < 1U << it.nodes; bits += bits < 30 ? 1 : 13) {
        const prom_sample sample = sample_of(test, it.nodes, bits);
        const prom_result verified = deliver_claim(test, &it, &sample);
        if ((bits >> node & 1) == 1) {
            assert_fails(verified, PROM_CATEGORY_PEER, &test->error, reason);
        } else {
            assert_ok(verified, &test->error);
        }
    }
}

static void lie_about_any_node_is_found_where_it_is_drawn(void **state)
{
    fixture *test = *state;
    static const char *const good[] = {"one", "two", "three", "four", "five"};
    static const char *const bad[] = {"!", "!", "!", "!", "!"};
    for (size_t node = 0; node < 9; node++) {
        lie_is_found(test, good, node, tell_bytes, "other bytes");
        lie_is_found(test, good, node, tell_fewer, "other bytes");
        lie_is_found(test, good, node, tell_fuel, "other fuel");
        lie_is_found(test, good, node, tell_failure, "another status");
    }
    for (size_t node = 0; node < 5; node++) {
        lie_is_found(test, bad, node, tell_success, "another status");
        lie_is_found(test, bad, node, tell_trap, "another trap");
    }
}

/* A worker that changes an item alone is found at its fold, too. */
static void fold_of_a_changed_item_is_found(void **state)
{
    fixture *test = *state;
    struct mapped it = map_items(test, "join", true, NULL, 5);
    size_t fold = 6;
    const prom_sample sample = one_node(&fold);
    tell_bytes(&it.results[2]);
    assert_fails(deliver_claim(test, &it, &sample), PROM_CATEGORY_PEER, &test->error, "fold 6 has other ");
}

static void exchanged_results_are_rejected(void **state)
{
    fixture *test = *state;
    static const char *const texts[] = {"one", "two", "six", "ten", "run"};
    for (size_t a = 0; a < 9; a++) {
        for (size_t b = a + 1; b < 9; b++) {
            struct mapped it = map_items(test, "join", true, texts, 5);
            const prom_node_result kept = it.results[a];
            it.results[a].bytes = it.results[b].bytes;
            it.results[b].bytes = kept.bytes;
            const size_t node = (a + b) % 2 == 0 ? a : b;
            const prom_sample sample = sample_of(test, 9, 1U << node);
            assert_fails(deliver_claim(test, &it, &sample), PROM_CATEGORY_PEER, &test->error, "");
            rejects(test, &it, "than the program computes");
        }
    }
}

/* -- Shapes: seen in every sample, as nothing needs to be computed for them -- */

static void is_misshapen(fixture *test, const struct mapped *it, const char *reason)
{
    size_t other = 1;
    const prom_sample sample = one_node(&other);
    const prom_bytes32 root = root_of_results(test, it->results, it->nodes);
    assert_fails(verify_claim(test, it, it->results, it->nodes, &root, prom_span_of(NULL, 0), &sample),
                 PROM_CATEGORY_PEER, &test->error, reason);
    rejects(test, it, reason);
}

static void what_no_program_allows_is_rejected(void **state)
{
    fixture *test = *state;
    static const uint8_t bytes[65] = {0};
    const struct {
        size_t node;
        uint64_t fuel;
        size_t length;
        const char *reason;
    } cases[] = {
        {0, 11, 17, "item 0 has 17 bytes; the program allows 16"},
        {8, 11, 65, "fold 8 has 65 bytes; the program allows 64"},
        {4, 1001, 1, "item 4 took 1001 of fuel; the program allows 1000"},
        {5, 501, 1, "fold 5 took 501 of fuel; the program allows 500"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct mapped it = map_items(test, "join", true, NULL, 5);
        it.results[cases[i].node] =
            (prom_node_result){.fuel = cases[i].fuel, .bytes = prom_span_of(bytes, cases[i].length)};
        is_misshapen(test, &it, cases[i].reason);
    }
    struct mapped it = map_items(test, "join", true, NULL, 5);
    it.results[0] = (prom_node_result){.fuel = 1000, .bytes = prom_span_of(bytes, 16)};
    it.results[8] = (prom_node_result){.fuel = 500, .bytes = prom_span_of(bytes, 64)};
    rejects(test, &it, "item 0 has other fuel than the program computes");
}

static void folds_fail_with_their_operands_alone(void **state)
{
    fixture *test = *state;
    struct mapped it = map_items(test, "join", true, NULL, 5);
    it.results[0] = (prom_node_result){.status = PROM_NODE_OPERAND};
    is_misshapen(test, &it, "item 0 has status 'operand', and no operand of it has failed");
    it = map_items(test, "join", true, NULL, 5);
    it.results[8] = (prom_node_result){.status = PROM_NODE_OPERAND};
    is_misshapen(test, &it, "fold 8 has status 'operand', and no operand of it has failed");
    for (size_t operand = 2; operand < 4; operand++) {
        it = map_items(test, "join", true, NULL, 5);
        tell_failure(&it.results[operand]);
        is_misshapen(test, &it, "fold 6 has status 'ok', and an operand of it has failed");
    }
}

static void other_numbers_of_nodes_are_rejected(void **state)
{
    fixture *test = *state;
    for (size_t folds = 0; folds < 2; folds++) {
        const struct mapped it = map_items(test, "join", folds == 1, NULL, 5);
        prom_node_result *more = new_bytes(&test->arena, it.nodes + 1, sizeof *more);
        char reason[80];
        memcpy(more, it.results, it.nodes * sizeof *more);
        more[it.nodes] = more[0];
        for (size_t count = 1; count <= it.nodes + 1; count++) {
            const prom_bytes32 root = root_of_results(test, more, count);
            (void)snprintf(reason, sizeof reason, "results of %zu nodes; the job has %zu", count, it.nodes);
            if (count != it.nodes) {
                assert_fails(verify_claim(test, &it, more, count, &root, prom_span_of(NULL, 0), NULL),
                             PROM_CATEGORY_PEER, &test->error, reason);
            }
        }
    }
}

static void bytes_that_are_no_results_are_rejected(void **state)
{
    fixture *test = *state;
    const struct mapped it = map_items(test, "join", true, NULL, 5);
    for (size_t length = 0; length < it.delivery.output.length; length++) {
        uint8_t *cut = exact_copy(it.delivery.output.data, length);
        const prom_delivery delivery = {prom_span_of(cut, length), prom_span_of(NULL, 0)};
        assert_fails(it.scheme->verify(&test->arena, it.job, &delivery, &it.root, NULL, NULL, &test->error),
                     PROM_CATEGORY_PEER, &test->error, "");
        free(cut);
    }
}

/* -- Roots and openings -- */

static void wrong_roots_are_rejected(void **state)
{
    fixture *test = *state;
    const struct mapped it = map_items(test, "join", true, NULL, 5);
    for (size_t i = 0; i < 32; i++) {
        prom_bytes32 root = it.root;
        root.bytes[i] ^= 1;
        assert_fails(verify_claim(test, &it, it.results, it.nodes, &root, prom_span_of(NULL, 0), NULL),
                     PROM_CATEGORY_PEER, &test->error, "not those under the Merkle root");
    }
}

static prom_span open_positions(fixture *test, const prom_node_result *results, size_t count, const prom_sample *opened)
{
    prom_span proof;
    const prom_bytes32 *leaves = leaves_of_results(test, results, count);
    assert_ok(prom_merkle_open(&test->arena, &proof, leaves, count, opened->positions, opened->count, &test->error),
              &test->error);
    return proof;
}

static void openings_are_exact(void **state)
{
    fixture *test = *state;
    const struct mapped it = map_items(test, "join", true, NULL, 5);
    for (size_t node = 0; node < it.nodes; node++) {
        const prom_sample sample = one_node(&node);
        prom_span proof;
        assert_ok(it.scheme->open_sample(&test->arena, &proof, it.job, it.delivery.output, &sample, &test->error),
                  &test->error);
        assert_true(proof.length >= 32);
        uint8_t *longer = new_bytes(&test->arena, proof.length + 32, 1);
        memcpy(longer, proof.data, proof.length);
        for (size_t length = 0; length <= proof.length + 32; length++) {
            const prom_result verified =
                verify_claim(test, &it, it.results, it.nodes, &it.root, prom_span_of(longer, length), &sample);
            if (length == proof.length) {
                assert_ok(verified, &test->error);
            } else {
                assert_fails(verified, PROM_CATEGORY_PEER, &test->error, "");
            }
        }
        for (size_t i = 0; i < proof.length; i++) {
            longer[i] ^= 1;
            assert_fails(
                verify_claim(test, &it, it.results, it.nodes, &it.root, prom_span_of(longer, proof.length), &sample),
                PROM_CATEGORY_PEER, &test->error, "not those under the Merkle root");
            longer[i] ^= 1;
        }
    }
}

/* The tree that is committed to has one item, and what is delivered has another, of which the fold is right: the fold
 * that is drawn would say nothing of the tree. */
static void operands_stand_under_the_root(void **state)
{
    fixture *test = *state;
    size_t fold = 5;
    static const size_t with_operands[] = {0, 1, 5, 8};
    static const size_t alone[] = {5, 8};
    const prom_sample sample = one_node(&fold);
    const prom_sample opened[] = {{with_operands, COUNT_OF(with_operands)}, {alone, COUNT_OF(alone)}};
    struct mapped it = map_items(test, "join", true, NULL, 5);
    const prom_node_result right = it.results[0];
    tell_bytes(&it.results[0]);
    follow(test, &it, 0);
    const prom_node_result wrong = it.results[0];
    assert_ok(deliver_claim(test, &it, &sample), &test->error); /* one wrong node, which is not drawn */
    it.results[0] = right;
    const prom_bytes32 root = root_of_results(test, it.results, it.nodes);
    const prom_span proofs[] = {open_positions(test, it.results, it.nodes, &opened[0]),
                                open_positions(test, it.results, it.nodes, &opened[1])};
    it.results[0] = wrong;
    for (size_t i = 0; i < COUNT_OF(proofs); i++) {
        assert_fails(verify_claim(test, &it, it.results, it.nodes, &root, proofs[i], &sample), PROM_CATEGORY_PEER,
                     &test->error, "not those under the Merkle root");
    }
}

/* What the client gets is what the root commits to, whatever is drawn. */
static void result_stands_under_the_root(void **state)
{
    fixture *test = *state;
    static const size_t with_last[] = {1, 8};
    static const size_t alone[] = {1};
    const prom_sample opened[] = {{with_last, COUNT_OF(with_last)}, {alone, COUNT_OF(alone)}};
    const struct mapped it = map_items(test, "join", true, NULL, 5);
    prom_node_result *other = results_of(test, it.delivery.output, it.nodes);
    tell_bytes(&other[8]);
    assert_fails(verify_claim(test, &it, other, it.nodes, &it.root,
                              open_positions(test, it.results, it.nodes, &opened[0]), &opened[1]),
                 PROM_CATEGORY_PEER, &test->error, "not those under the Merkle root");
    assert_fails(verify_claim(test, &it, other, it.nodes, &it.root,
                              open_positions(test, it.results, it.nodes, &opened[1]), &opened[1]),
                 PROM_CATEGORY_PEER, &test->error, "hashes are missing or left over");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(right_results_are_accepted),
        FIXTURE_TEST(last_node_is_the_result),
        FIXTURE_TEST(failures_are_results),
        FIXTURE_TEST(lie_about_any_node_is_found_where_it_is_drawn),
        FIXTURE_TEST(fold_of_a_changed_item_is_found),
        FIXTURE_TEST(exchanged_results_are_rejected),
        FIXTURE_TEST(what_no_program_allows_is_rejected),
        FIXTURE_TEST(folds_fail_with_their_operands_alone),
        FIXTURE_TEST(other_numbers_of_nodes_are_rejected),
        FIXTURE_TEST(bytes_that_are_no_results_are_rejected),
        FIXTURE_TEST(wrong_roots_are_rejected),
        FIXTURE_TEST(openings_are_exact),
        FIXTURE_TEST(operands_stand_under_the_root),
        FIXTURE_TEST(result_stands_under_the_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
