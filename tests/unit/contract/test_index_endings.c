/* How contracts end, told by the form of their transactions alone. */
#include "contract/chain.h"
#include "contract/contracts.h"
#include "contract/endings.h"

/* A contract of the world's, with Tx0 in the tip. */
struct played {
    struct session it;
    prom_bytes32 tx0;
};

/* The terms' P and their first offer are on the chain before Tx0, which spends them with their own numbers. */
static struct played play_tx0(struct world *world, uint8_t n)
{
    fixture *test = world->test;
    struct played played = {.it = make_contract(test, n)};
    prom_terms *terms = &played.it.terms;
    const prom_tx *P = make_p(world, &terms->P);
    terms->p_txid = id_of(world, P);
    const prom_tx *offer = make_offer(world, &terms->p_txid, terms->P.a);
    terms->arbiters[0].offer = (prom_outpoint){id_of(world, offer), 0};
    build(test, &played.it);
    played.tx0 = played.it.tree->tx[PROM_TX0].txid;
    connect(world, (const prom_tx *const[]){P, offer}, 2);
    connect_one(world, played.it.tree->tx[PROM_TX0].tx);
    return played;
}

/* With the witness that its leaf asks for, of zeros where signatures and secrets belong. */
static prom_tx *finished(fixture *test, const prom_tree_tx *it)
{
    prom_tx *tx = NULL;
    assert_ok(prom_tree_copy(&test->arena, &tx, it, &test->error), &test->error);
    assert_ok(prom_tree_witness(&test->arena, &tx->inputs[0], it, 0, NULL, &test->error), &test->error);
    return tx;
}

static const prom_index_record *last_of(const struct world *world, const prom_bytes32 *tx0)
{
    const prom_index_record *record = prom_index_find(world->index, PROM_INDEX_TX0, tx0);
    assert_non_null(record);
    return prom_index_last_lock(world->index, record);
}

/* "open", "other", or the branch's name: by what it was spent last. */
static const char *end_of(const struct world *world, const prom_bytes32 *tx0)
{
    const prom_index_way way = last_of(world, tx0)->lock.way;
    const prom_branch *branch = prom_index_way_branch(way);
    return branch != NULL ? branch->name : way == 0 ? "open" : "other";
}

/* The same index, from what would be on a disk. */
static void assert_loads(const struct world *world)
{
    fixture *test = world->test;
    struct world loaded = {.test = test, .index = new_index(test, &test->arena, 1)};
    const prom_bytes32 digest = digest_of(world, world->index);
    for (uint32_t height = 1; height < prom_index_next_height(world->index); height++) {
        prom_bytes32 hash;
        assert_true(prom_index_block_hash(world->index, &hash, height));
        assert_ok(prom_index_load_block(loaded.index, &hash, &test->error), &test->error);
    }
    for (size_t i = 0; i < prom_index_count(world->index); i++) {
        assert_ok(prom_index_load_record(loaded.index, prom_index_at(world->index, i), &test->error), &test->error);
    }
    const prom_bytes32 again = digest_of(&loaded, loaded.index);
    assert_true(prom_bytes32_equal(&digest, &again));
}

/* The way from Tx0 to one transaction of the tree, in one block or in one each, and back. */
static void check_way(const struct world *world, const struct played *played, const prom_tree_tx *it, bool one_block)
{
    fixture *test = world->test;
    const prom_tree *tree = played->it.tree;
    const prom_tx *txs[3];
    size_t count = 0;
    if (it->spends == PROM_OUTPUT_OV0 || it->spends == PROM_OUTPUT_OA) {
        txs[count++] = finished(test, &tree->tx[PROM_TXV0]);
    }
    if (it->spends == PROM_OUTPUT_OA) {
        txs[count++] = finished(test, &tree->tx[PROM_TXA]);
    }
    txs[count++] = finished(test, it);
    const prom_bytes32 before = digest_of(world, world->index);
    for (size_t i = 0; i < count; i += one_block ? count : 1) {
        connect(world, txs + i, one_block ? count : 1);
    }
    const bool closes = it->scheme != 0;
    const prom_index_record *last = last_of(world, &played->tx0);
    const prom_branch *branch = prom_index_way_branch(last->lock.way);
    assert_string_equal(end_of(world, &played->tx0), closes ? branch->name : "open");
    assert_int_equal(closes ? branch->scheme : 0, it->scheme);
    assert_int_equal(strncmp(it->name, closes ? branch->name : it->name, closes ? strlen(branch->name) : 1), 0);
    assert_true(prom_bytes32_equal(closes ? &last->lock.spent_by : &last->txid, &it->txid));
    assert_true(prom_amount_equal(last->lock.reward, it->scheme == 3 ? played->it.terms.c : prom_amount_zero()));
    assert_loads(world);
    for (size_t i = 0; i < count; i += one_block ? count : 1) {
        disconnect(world);
    }
    const prom_bytes32 after = digest_of(world, world->index);
    assert_true(prom_bytes32_equal(&before, &after));
    assert_string_equal(end_of(world, &played->tx0), "open");
}

static void test_every_end_is_told(void **state)
{
    static const uint8_t sizes[] = {3, 9};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct world world = new_world(*state);
        const struct played played = play_tx0(&world, sizes[i]);
        const prom_tree *tree = played.it.tree;
        const prom_index_record *tx0 = prom_index_find(world.index, PROM_INDEX_TX0, &played.tx0);
        assert_true(prom_amount_equal(tx0->lock.value, plus(tree->deposit, tree->reserve)));
        for (size_t at = PROM_TX1; at < tree->tx_count; at += at < PROM_TREE_NAMED ? 1 : 1 + tree->tx_count / 20) {
            check_way(&world, &played, &tree->tx[at], at % 2 == 0);
        }
    }
}

/* The forms of tests/unit/contract/endings.h are those of the tree. */
static void test_forms(void **state)
{
    struct world world = new_world(*state);
    const struct played played = play_tx0(&world, 3);
    const prom_parameters *P = &played.it.terms.P;
    for (prom_branch_id id = 0; id < PROM_BRANCHES; id++) {
        const prom_tree_output spends = prom_branch_of(id)->spends;
        const prom_tx *txs[3];
        prom_bytes32 from = played.tx0;
        size_t count = 0;
        for (prom_tree_output at = PROM_OUTPUT_O0; at < spends; at++) {
            txs[count] = ending_of(world.test, P, &from, at == PROM_OUTPUT_O0 ? PROM_BRANCH_TXV0 : PROM_BRANCH_TXA,
                                   played.it.terms.c);
            from = id_of(&world, txs[count++]);
        }
        txs[count++] = ending_of(world.test, P, &from, id, played.it.terms.c);
        connect(&world, txs, count);
        assert_string_equal(end_of(&world, &played.tx0),
                            prom_branch_of(id)->scheme != 0 ? prom_branch_of(id)->name : "open");
        disconnect(&world);
    }
}

enum {
    SPOIL_VERSION,
    SPOIL_LOCKTIME,
    SPOIL_SEQUENCE,
    SPOIL_INPUTS,
    SPOIL_WITNESS,
    SPOIL_SCRIPT,
    SPOIL_CONTROL,
    SPOIL_LEAF_VERSION,
    SPOIL_SHARE,
    SPOIL_STAKE,
    SPOIL_OUTPUTS,
    SPOILS,
};

static prom_tx *spoiled(fixture *test, const prom_tx *good, unsigned how)
{
    prom_tx *tx = NULL;
    prom_span *witness = NULL;
    const size_t inputs = how == SPOIL_INPUTS ? 2 : 1;
    const size_t outputs = good->output_count - (how == SPOIL_OUTPUTS);
    assert_ok(prom_tx_new(&test->arena, &tx, inputs, outputs, &test->error), &test->error);
    assert_ok(prom_arena_alloc(&test->arena, (void **)&witness, 16, sizeof *witness, &test->error), &test->error);
    tx->version = good->version - (how == SPOIL_VERSION);
    tx->locktime = how == SPOIL_LOCKTIME;
    tx->inputs[0] = good->inputs[0];
    tx->inputs[0].sequence -= how == SPOIL_SEQUENCE;
    for (size_t i = 0; i < good->inputs[0].witness_count; i++) {
        witness[i] = good->inputs[0].witness[i];
    }
    prom_span *script = &witness[good->inputs[0].witness_count - 2];
    prom_span *control = &witness[good->inputs[0].witness_count - 1];
    if (how == SPOIL_SCRIPT) {
        *script = altered(test, *script, 0, script->length - 1, 0xad);
    } else if (how == SPOIL_CONTROL) {
        *control = altered(test, *control, 0, 5, (uint8_t)(control->data[5] + 1));
    } else if (how == SPOIL_LEAF_VERSION) {
        *control = altered(test, *control, 0, 0, 0x50);
    }
    tx->inputs[0].witness = how == SPOIL_WITNESS ? script + 1 : witness;
    tx->inputs[0].witness_count = how == SPOIL_WITNESS ? 1 : good->inputs[0].witness_count;
    for (size_t i = 0; i < outputs; i++) {
        tx->outputs[i] = good->outputs[i];
    }
    const size_t to_w = good->output_count - 6; /* n = 3: W, V, three arbiters, the anchor */
    if (how == SPOIL_SHARE) {                   /* so much that it is the share of no reward */
        tx->outputs[to_w].value = minus(tx->outputs[to_w].value, sat(1000));
    } else if (how == SPOIL_STAKE) {
        tx->outputs[to_w + 2].value = minus(tx->outputs[to_w + 2].value, sat(1));
    }
    return tx;
}

/* What only looks a little like Tx4 is another way, and so is a Tx4 of a P that the chain does not have. */
static void test_what_is_no_end(void **state)
{
    struct world world = new_world(*state);
    const struct played played = play_tx0(&world, 3);
    const prom_tree_tx *tx4 = &played.it.tree->tx[PROM_TX4];
    prom_tx *good = finished(world.test, tx4);
    for (unsigned how = 0; how < SPOILS; how++) {
        connect_one(&world, spoiled(world.test, good, how));
        if (strcmp(end_of(&world, &played.tx0), "other") != 0) {
            fail_msg("spoiled in way %u, it is %s", how, end_of(&world, &played.tx0));
        }
        assert_true(prom_amount_is_zero(last_of(&world, &played.tx0)->lock.reward));
        disconnect(&world);
    }
    /* A TxV0 whose deposits go on in two outputs. */
    prom_tx *split = NULL;
    const prom_tx *txv0 = finished(world.test, &played.it.tree->tx[PROM_TXV0]);
    assert_ok(prom_tx_new(&world.test->arena, &split, 1, 3, &world.test->error), &world.test->error);
    split->inputs[0] = txv0->inputs[0];
    split->outputs[0] = split->outputs[2] = txv0->outputs[0];
    split->outputs[1] = txv0->outputs[1];
    connect_one(&world, split);
    assert_string_equal(end_of(&world, &played.tx0), "other");
}

/* A TxV0 whose second output is the mark of an offer, and the first its stake; one with P's mark; and a Tx0's. */
static void test_what_moves_deposits_is_nothing_else(void **state)
{
    struct world world = new_world(*state);
    const struct played played = play_tx0(&world, 3);
    const prom_terms *terms = &played.it.terms;
    const prom_span marks[] = {mark_of(world.test, "PRMO", &terms->p_txid), mark_of_p(world.test, &terms->P),
                               mark_of(world.test, "PRMC", &terms->p_txid)};
    const size_t before = prom_index_count(world.index);
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        prom_tx *both = ending_of(world.test, &terms->P, &played.tx0, PROM_BRANCH_TXV0, terms->c);
        both->outputs[1] = (prom_tx_output){prom_amount_zero(), marks[i]};
        const prom_bytes32 txid = id_of(&world, both);
        connect_one(&world, both);
        assert_int_equal(prom_index_count(world.index), before + 1);
        const prom_index_record *record = prom_index_at(world.index, before);
        assert_int_equal(record->kind, PROM_INDEX_TXV0);
        assert_true(prom_bytes32_equal(&record->txid, &txid));
        assert_true(prom_bytes32_equal(&record->p_txid, &terms->p_txid));
        assert_string_equal(end_of(&world, &played.tx0), "open");
        assert_loads(&world);
        disconnect(&world);
    }
}

static void test_without_its_p_nothing_is_told(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P nowhere", 0);
    const prom_parameters P = valid_parameters();
    const prom_tx *offer = make_offer(&world, &p_txid, P.a);
    const prom_bytes32 offer_id = id_of(&world, offer);
    const prom_tx *tx0 = make_tx0(&world, &p_txid, &offer_id, 1);
    const prom_bytes32 tx0_id = id_of(&world, tx0);
    const prom_tx *tx1 = ending_of(world.test, &P, &tx0_id, PROM_BRANCH_TX1, prom_amount_of(1000));
    connect(&world, (const prom_tx *const[]){offer, tx0, tx1}, 3);
    assert_string_equal(end_of(&world, &tx0_id), "other");
}

/* What no index holds is not loaded. */
static void test_impossible_locks(void **state)
{
    struct world world = new_world(*state);
    const struct played played = play_tx0(&world, 3);
    connect_one(&world, finished(world.test, &played.it.tree->tx[PROM_TX4]));
    const prom_index_record good = *prom_index_find(world.index, PROM_INDEX_TX0, &played.tx0);
    for (unsigned i = 0; i < 8; i++) {
        struct world other = new_world(world.test);
        prom_index_record record = good;
        const prom_bytes32 hash = named("hash", 0);
        for (uint32_t height = 1; height < prom_index_next_height(world.index); height++) {
            assert_ok(prom_index_load_block(other.index, &hash, &world.test->error), &world.test->error);
        }
        switch (i) {
        case 1:
            record.lock.way = PROM_INDEX_WAY_OTHER + 1;
            break;
        case 2:
            record.lock.way = 1 + PROM_BRANCH_TX5; /* which spends another output */
            break;
        case 3:
            record.lock.way = 0;
            break;
        case 4:
            record.lock.reward = prom_amount_zero();
            break;
        case 5:
            record.lock.spent_height = prom_index_next_height(world.index);
            break;
        case 6:
            record.kind = PROM_INDEX_TXV0; /* which engages no offer */
            break;
        case 7:
            record.lock.offers = 0;
            break;
        default:
            assert_ok(prom_index_load_record(other.index, &record, &world.test->error), &world.test->error);
            continue;
        }
        assert_int_equal(prom_index_load_record(other.index, &record, &world.test->error).category,
                         PROM_CATEGORY_BROKEN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_every_end_is_told), FIXTURE_TEST(test_forms),
        FIXTURE_TEST(test_what_is_no_end),    FIXTURE_TEST(test_without_its_p_nothing_is_told),
        FIXTURE_TEST(test_impossible_locks),  FIXTURE_TEST(test_what_moves_deposits_is_nothing_else),
    };
    return cmocka_run_group_tests_name("contract/index_endings", tests, NULL, NULL);
}
