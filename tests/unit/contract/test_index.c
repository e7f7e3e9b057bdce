#include "contract/chain.h"

static void test_blocks_follow_each_other(void **state)
{
    fixture *test = *state;
    struct world world = {test, new_index(test, &test->arena, 100), 0};
    prom_bytes32 hash = named("anything", 0);
    prom_index_block block = {.height = 100, .hash = named("hash", 100), .previous = named("hash", 99)};
    prom_index *none = NULL;
    assert_fails(
        prom_index_new(&test->arena, &none, test->curve, prom_chain_parameters_by_name("regtest"), 0, &test->error),
        PROM_CATEGORY_MISUSE, &test->error, "begin after it");
    assert_fails(prom_index_disconnect(world.index, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "holds no block");
    block.height = 99;
    assert_fails(prom_index_connect(world.index, &block, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "number 100, not 99");
    block.height = 100;
    assert_ok(prom_index_connect(world.index, &block, &test->error), &test->error);
    block = (prom_index_block){.height = 101, .hash = named("hash", 101), .previous = named("hash", 99)};
    assert_fails(prom_index_connect(world.index, &block, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "block 101 does not stand on block 100");
    block.previous = named("hash", 100);
    assert_ok(prom_index_connect(world.index, &block, &test->error), &test->error);
    assert_fails(prom_index_connect(world.index, &block, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "number 102, not 101");
    assert_int_equal(prom_index_next_height(world.index), 102);

    assert_true(prom_index_block_hash(world.index, &hash, 101));
    assert_true(prom_bytes32_equal(&hash, &block.hash));
    assert_false(prom_index_block_hash(world.index, &hash, 102));
    assert_true(prom_bytes32_equal(&hash, &(prom_bytes32){{0}}));
    assert_false(prom_index_block_hash(world.index, &hash, 99));
    disconnect(&world);
    assert_false(prom_index_block_hash(world.index, &hash, 101));
    assert_true(prom_index_block_hash(world.index, &hash, 100));
}

static void test_p(void **state)
{
    struct world world = new_world(*state);
    const prom_parameters P = valid_parameters();
    const prom_tx *tx = make_p(&world, &P);
    const prom_bytes32 txid = id_of(&world, tx);
    connect_empty(&world, 4);
    connect_one(&world, tx);
    const prom_index_record *record = prom_index_find(world.index, PROM_INDEX_P, &txid);
    assert_non_null(record);
    assert_int_equal(record->height, 5);
    assert_true(prom_bytes32_equal(&record->txid, &txid));
    assert_true(prom_bytes32_equal(&record->p_txid, &txid));
    prom_writer writer = prom_writer_in(&world.test->arena);
    prom_parameters_write(&writer, &record->P);
    prom_span bytes;
    assert_ok(prom_writer_finish(&writer, &bytes, &world.test->error), &world.test->error);
    assert_memory_equal(bytes.data, tx->outputs[0].script.data + 3, PROM_PARAMETERS_BYTES);
    assert_null(prom_index_find(world.index, PROM_INDEX_OFFER, &txid));
    assert_ptr_equal(prom_index_next(world.index, NULL, PROM_INDEX_P, &txid), record);
    disconnect(&world);
    assert_null(prom_index_find(world.index, PROM_INDEX_P, &txid));
    assert_nothing_kept(world.index);
}

static void test_what_is_no_p(void **state)
{
    fixture *test = *state;
    struct world world = new_world(test);
    prom_parameters P = valid_parameters();
    const prom_span good = mark_of_p(test, &P);
    P.t1 = 6; /* regtest: 3s + 1 = 7 */
    const prom_span out_of_bounds = mark_of_p(test, &P);
    const prom_span two[] = {good, mark_of(test, "PRMC", &prom_unspendable_key), good};
    static const uint8_t bare[] = {PROM_OP_RETURN};
    /* The same 78 bytes behind OP_PUSHDATA2. */
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span long_push;
    prom_write_u8(&writer, PROM_OP_RETURN);
    prom_write_u8(&writer, PROM_OP_PUSHDATA1 + 1);
    prom_write_u16_le(&writer, PROM_PARAMETERS_BYTES);
    prom_write_span(&writer, prom_span_of(good.data + 3, PROM_PARAMETERS_BYTES));
    assert_ok(prom_writer_finish(&writer, &long_push, &test->error), &test->error);
    const prom_tx *const txs[] = {
        make_tx(&world, prom_amount_zero(), &out_of_bounds, 1),
        make_tx(&world, prom_amount_zero(), two, 2),
        make_tx(&world, prom_amount_zero(), two + 1, 2),
        make_tx(&world, prom_amount_zero(), (prom_span[]){altered(test, good, 1, 0, PROM_OP_RETURN)}, 1),
        make_tx(&world, prom_amount_zero(), (prom_span[]){altered(test, good, 1, 2, PROM_PARAMETERS_BYTES + 1)}, 1),
        make_tx(&world, prom_amount_zero(), (prom_span[]){altered(test, good, 0, 3, 'Q')}, 1),
        make_tx(&world, prom_amount_zero(), (prom_span[]){altered(test, good, 0, 0, PROM_OP_1)}, 1),
        make_tx(&world, prom_amount_zero(), (prom_span[]){prom_span_of(good.data, good.length - 1)}, 1),
        make_tx(&world, prom_amount_zero(), &long_push, 1),
        make_tx(&world, prom_amount_zero(), (prom_span[]){prom_span_of(bare, sizeof bare)}, 1),
        make_tx(&world, prom_amount_zero(), NULL, 0),
    };
    connect(&world, txs, COUNT_OF(txs));
    assert_nothing_kept(world.index);
}

/* The bytes of docs/protocol.md, section 4, written here once more. */
static void test_digest_layout(void **state)
{
    struct world world = new_world(*state);
    const prom_parameters P = valid_parameters();
    const prom_tx *p_tx = make_p(&world, &P);
    const prom_bytes32 p_txid = id_of(&world, p_tx);
    const prom_tx *offer = make_offer(&world, &p_txid, prom_amount_of(1000));
    const prom_bytes32 txid = id_of(&world, offer);
    const prom_tx *tx0 = make_tx0(&world, &p_txid, &txid, 1);
    const prom_bytes32 tx0_id = id_of(&world, tx0);
    prom_writer writer = prom_writer_in(&world.test->arena);
    prom_bytes32 tip;
    prom_bytes32 expected;
    prom_span bytes;
    connect(&world, (const prom_tx *const[]){p_tx, offer}, 2);
    connect_one(&world, tx0);
    assert_true(prom_index_block_hash(world.index, &tip, 2));
    prom_write_u32(&writer, 3);
    prom_write_bytes32(&writer, &tip);
    prom_write_u8(&writer, 0);
    prom_write_u32(&writer, 1);
    prom_write_bytes32(&writer, &p_txid);
    prom_write_bytes32(&writer, &p_txid);
    prom_parameters_write(&writer, &P);
    prom_write_u8(&writer, 1);
    prom_write_u32(&writer, 1);
    prom_write_bytes32(&writer, &txid);
    prom_write_bytes32(&writer, &p_txid);
    prom_write_u64(&writer, 1000);
    prom_write_span(&writer, prom_span_of(offer->outputs[0].script.data + 2, 32));
    prom_write_u8(&writer, 1);
    prom_write_u32(&writer, 2);
    prom_write_bytes32(&writer, &tx0_id);
    prom_write_u8(&writer, 2);
    prom_write_u32(&writer, 2);
    prom_write_bytes32(&writer, &tx0_id);
    prom_write_bytes32(&writer, &p_txid);
    prom_write_u32(&writer, 1);
    prom_write_u64(&writer, 0); /* its output 0 is the mark, and unspent */
    prom_write_u8(&writer, 0);
    prom_write_u32(&writer, 0);
    prom_write_bytes32(&writer, &(prom_bytes32){{0}});
    prom_write_u64(&writer, 0);
    assert_ok(prom_writer_finish(&writer, &bytes, &world.test->error), &world.test->error);
    prom_tagged_hash(&expected, "prometheus/index", bytes);
    const prom_bytes32 digest = digest_of(&world, world.index);
    assert_true(prom_bytes32_equal(&digest, &expected));
}

static void test_repeated_transaction(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_tx *offer = make_offer(&world, &p_txid, prom_amount_of(1000));
    const prom_bytes32 txid = id_of(&world, offer);
    connect_one(&world, offer);
    const prom_bytes32 digest = digest_of(&world, world.index);
    const prom_tx *const txs[] = {make_tx0(&world, &p_txid, &txid, 1), offer};
    assert_fails(try_connect(&world, txs, 2), PROM_CATEGORY_BAD_INPUT, &world.test->error, "is on the chain already");
    const prom_bytes32 again = digest_of(&world, world.index);
    assert_true(prom_bytes32_equal(&digest, &again));
    assert_int_equal(prom_index_next_height(world.index), 2);
}

/* A million OP_RETURNs that mean nothing, and as many names of P without an offer, leave no trace. */
static void test_junk_takes_no_memory(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P", 0);
    static const uint8_t junk[] = {PROM_OP_RETURN, 4, 'P', 'R', 'M', '1'};
    const prom_span script = prom_span_of(junk, sizeof junk);
    const prom_tx *txs[5000];
    prom_arena arena;
    prom_arena_init(&arena, (size_t)1 << 16);
    world.index = new_index(world.test, &arena, 1);
    for (size_t i = 0; i < COUNT_OF(txs); i += 2) {
        txs[i] = make_tx(&world, prom_amount_zero(), &script, 1);
        txs[i + 1] = make_tx0(&world, &p_txid, NULL, 0);
    }
    connect_empty(&world, 1);
    const size_t used = arena.used;
    for (size_t i = 0; i < 60; i++) {
        connect(&world, txs, COUNT_OF(txs));
    }
    assert_int_equal(arena.used, used);
    assert_nothing_kept(world.index);
    prom_arena_free(&arena);
}

/* When there is no room for a block, the index stays at the one before, and works on. */
static void test_full_arena(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_tx *txs[100];
    prom_arena arena;
    prom_arena_init(&arena, 30000);
    world.index = new_index(world.test, &arena, 1);
    for (size_t i = 0; i < COUNT_OF(txs); i++) {
        txs[i] = make_offer(&world, &p_txid, prom_amount_of(1000));
    }
    connect(&world, txs, 10);
    const prom_bytes32 digest = digest_of(&world, world.index);
    const prom_bytes32 first = id_of(&world, txs[0]);
    prom_tx *spend = make_plain_spend(&world, &first, 1);
    const prom_tx *more[91] = {spend};
    memcpy(&more[1], &txs[10], 90 * sizeof *more);
    assert_fails(try_connect(&world, more, COUNT_OF(more)), PROM_CATEGORY_MEMORY, &world.test->error, "block 2: ");
    const prom_bytes32 again = digest_of(&world, world.index);
    assert_true(prom_bytes32_equal(&digest, &again));
    connect(&world, more, 20);
    assert_int_equal(count_of(world.index, PROM_INDEX_OFFER, NULL), 29);
    assert_int_equal(fate_of(&world, &first), PROM_OFFER_WITHDRAWN);
    prom_arena_free(&arena);
}

/* A tree of blocks. Its transactions may stand in several branches, as after a real reorganisation. */
enum { TREE_BLOCKS = 300, BLOCK_MAX = 6, TREE_MOVES = 3000 };

struct tree_block {
    size_t parent; /* itself: the first block */
    prom_index_block block;
    const prom_tx *txs[BLOCK_MAX];
    prom_bytes32 digest; /* of an index built along the chain to it */
};

struct forest {
    struct world world;
    uint64_t random;
    struct tree_block *blocks;
    size_t count;
    size_t tip;
    prom_bytes32 p_txid[3];
    const prom_tx *known[TREE_BLOCKS * BLOCK_MAX]; /* P and offers, to stand in other branches */
    size_t known_count;
};

static bool stands(const struct forest *forest, const prom_tx *tx, const prom_tx *const *txs, size_t count)
{
    const prom_bytes32 txid = id_of(&forest->world, tx);
    for (size_t i = 0; i < count; i++) {
        if (txs[i] == tx) {
            return true;
        }
    }
    return prom_index_find(forest->world.index, PROM_INDEX_P, &txid) != NULL ||
           prom_index_find(forest->world.index, PROM_INDEX_OFFER, &txid) != NULL;
}

/* Unspent offers of the main index, from a random one on, that this block has not spent yet. */
static size_t pick_offers(struct forest *forest, prom_bytes32 *txids, size_t most, prom_bytes32 *used,
                          size_t *used_count)
{
    size_t count = 0;
    for (const prom_index_record *record = NULL;
         count < most && (record = prom_index_next(forest->world.index, record, PROM_INDEX_OFFER, NULL)) != NULL;) {
        bool free = record->offer.fate == PROM_OFFER_UNSPENT && random_below(&forest->random, 3) == 0;
        for (size_t i = 0; i < *used_count; i++) {
            free = free && !prom_bytes32_equal(&used[i], &record->txid);
        }
        if (free) {
            txids[count++] = used[(*used_count)++] = record->txid;
        }
    }
    return count;
}

static const prom_tx *random_tx(struct forest *forest, const struct tree_block *block, prom_bytes32 *used,
                                size_t *used_count)
{
    struct world *world = &forest->world;
    const prom_bytes32 *p_txid = &forest->p_txid[random_below(&forest->random, COUNT_OF(forest->p_txid))];
    prom_bytes32 txids[3];
    const prom_tx *tx = NULL;
    size_t count = 0;
    switch (random_below(&forest->random, 6)) {
    case 0:
    case 1:
        tx = make_offer(world, p_txid, prom_amount_of(3000000));
        forest->known[forest->known_count++] = tx;
        return tx;
    case 2:
        tx = forest->known[random_below(&forest->random, forest->known_count)];
        return stands(forest, tx, block->txs, block->block.tx_count) ? make_plain_spend(world, NULL, 0) : tx;
    case 3:
        count = pick_offers(forest, txids, 3, used, used_count);
        return make_tx0(world, p_txid, txids, count);
    default:
        count = pick_offers(forest, txids, 1, used, used_count);
        return make_plain_spend(world, txids, count);
    }
}

/* The digest of an index built from nothing along the chain to a block. */
static prom_bytes32 rebuilt(struct forest *forest, size_t to)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    fixture *test = forest->world.test;
    size_t path[TREE_BLOCKS];
    size_t length = 0;
    prom_arena_init(&arena, (size_t)1 << 24);
    prom_index *index = new_index(test, &arena, 1);
    for (size_t at = to;; at = forest->blocks[at].parent) {
        path[length++] = at;
        if (forest->blocks[at].parent == at) {
            break;
        }
    }
    while (length > 0) {
        assert_ok(prom_index_connect(index, &forest->blocks[path[--length]].block, &test->error), &test->error);
    }
    return digest_of(&forest->world, index);
}

static void grow(struct forest *forest)
{
    struct tree_block *block = &forest->blocks[forest->count];
    prom_bytes32 used[BLOCK_MAX * 3];
    size_t used_count = 0;
    *block = (struct tree_block){.parent = forest->count == 0 ? 0 : forest->tip};
    block->block = block_of(forest->world.index, block->txs, 0, named("tree block", forest->count));
    for (size_t count = random_below(&forest->random, BLOCK_MAX + 1); block->block.tx_count < count;) {
        block->txs[block->block.tx_count] = random_tx(forest, block, used, &used_count);
        block->block.tx_count++;
    }
    assert_ok(prom_index_connect(forest->world.index, &block->block, &forest->world.test->error),
              &forest->world.test->error);
    forest->tip = forest->count++;
    block->digest = rebuilt(forest, forest->tip);
}

static bool is_ancestor(const struct forest *forest, size_t ancestor, size_t block)
{
    while (forest->blocks[block].block.height > forest->blocks[ancestor].block.height) {
        block = forest->blocks[block].parent;
    }
    return block == ancestor;
}

/* A reorganisation: from the tip down to the fork, then up to another block. */
static void move(struct forest *forest, size_t to)
{
    size_t path[TREE_BLOCKS];
    size_t length = 0;
    while (!is_ancestor(forest, forest->tip, to)) {
        disconnect(&forest->world);
        forest->tip = forest->blocks[forest->tip].parent;
    }
    for (size_t at = to; at != forest->tip; at = forest->blocks[at].parent) {
        path[length++] = at;
    }
    while (length > 0) {
        forest->tip = path[--length];
        assert_ok(
            prom_index_connect(forest->world.index, &forest->blocks[forest->tip].block, &forest->world.test->error),
            &forest->world.test->error);
    }
}

static void assert_found_by_txid(const prom_index *index)
{
    static const prom_index_kind kinds[] = {PROM_INDEX_P, PROM_INDEX_OFFER, PROM_INDEX_TX0};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        for (const prom_index_record *record = NULL;
             (record = prom_index_next(index, record, kinds[i], NULL)) != NULL;) {
            assert_ptr_equal(prom_index_find(index, kinds[i], &record->txid), record);
        }
    }
}

static void test_state_is_a_function_of_the_best_chain(void **state)
{
    struct forest forest = {.world = new_world(*state), .random = 20260101};
    prom_parameters P = valid_parameters();
    size_t most[3] = {0};
    forest.blocks = calloc(TREE_BLOCKS, sizeof *forest.blocks);
    assert_non_null(forest.blocks);
    for (size_t i = 0; i < COUNT_OF(forest.p_txid); i++) {
        P.t3++;
        forest.known[forest.known_count] = make_p(&forest.world, &P);
        forest.p_txid[i] = id_of(&forest.world, forest.known[forest.known_count++]);
    }
    while (forest.count < TREE_BLOCKS) {
        grow(&forest);
        if (random_below(&forest.random, 8) == 0) {
            const size_t depth = forest.count < 20 ? forest.count : 20;
            move(&forest, forest.count - 1 - random_below(&forest.random, depth));
        }
    }
    for (size_t i = 0; i < TREE_MOVES; i++) {
        move(&forest, random_below(&forest.random, forest.count));
        const prom_bytes32 digest = digest_of(&forest.world, forest.world.index);
        assert_true(prom_bytes32_equal(&digest, &forest.blocks[forest.tip].digest));
        assert_found_by_txid(forest.world.index);
        for (prom_index_kind kind = PROM_INDEX_P; kind <= PROM_INDEX_TX0; kind++) {
            const size_t count = count_of(forest.world.index, kind, NULL);
            most[kind] = count > most[kind] ? count : most[kind];
        }
    }
    /* The random chains were worth the walk. */
    assert_true(most[PROM_INDEX_P] > 1);
    assert_true(most[PROM_INDEX_OFFER] > 50 && most[PROM_INDEX_TX0] > 20);
    free(forest.blocks);
}

/* The first block of the main chain. */
static const char genesis_block[] =
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3"
    "888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c0101000000010000000000000000000000000000000000000000000000000000"
    "000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e2062"
    "72696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe554827"
    "1967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5f"
    "ac00000000";

static void test_block_read(void **state)
{
    fixture *test = *state;
    const prom_span bytes = span_of_hex(test, genesis_block);
    prom_index_block block;
    assert_ok(prom_index_block_read(&test->arena, &block, bytes, 7, &test->error), &test->error);
    assert_int_equal(block.height, 7);
    assert_true(prom_bytes32_equal(&block.hash, &prom_chain_parameters_by_name("main")->genesis));
    assert_true(prom_bytes32_equal(&block.previous, &(prom_bytes32){{0}}));
    assert_int_equal(block.tx_count, 1);
    assert_true(prom_amount_equal(block.txs[0]->outputs[0].value, prom_amount_of(5000000000)));

    for (size_t length = 0; length < bytes.length; length++) {
        uint8_t *cut = exact_copy(bytes.data, length);
        assert_fails(prom_index_block_read(&test->arena, &block, prom_span_of(cut, length), 7, &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, "block");
        free(cut);
    }
    assert_fails(prom_index_block_read(&test->arena, &block, altered(test, bytes, 1, 0, 1), 7, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "1 bytes are left over after a block");
    assert_fails(prom_index_block_read(&test->arena, &block, altered(test, bytes, 0, 80, 200), 7, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "not a block");
    const uint8_t other_previous = 9;
    assert_ok(prom_index_block_read(&test->arena, &block, altered(test, bytes, 0, 4, other_previous), 7, &test->error),
              &test->error);
    assert_int_equal(block.previous.bytes[0], other_previous);
}

/* The block of 4 000 000 bytes that takes most memory: one witness of empty elements. */
static void test_largest_block(void **state)
{
    fixture *test = *state;
    enum { BLOCK_BYTES = 4000000, HEADER = 80 + 1, BASE = 4 + 2 + 1 + 41 + 1 + 9, TAIL = 4, COUNT_BYTES = 5 };
    const uint32_t elements = BLOCK_BYTES - HEADER - BASE - TAIL - COUNT_BYTES;
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_index_block block;
    uint8_t *bytes = calloc(1, BLOCK_BYTES);
    assert_non_null(bytes);
    bytes[80] = 1;
    uint8_t *tx = bytes + HEADER;
    tx[0] = 2;
    tx[5] = 1;  /* BIP 144's flag */
    tx[6] = 1;  /* one input */
    tx[48] = 1; /* one output */
    tx[BASE] = 0xfe;
    memcpy(tx + BASE + 1, &elements, sizeof elements);
    prom_arena_init(&arena, 100000000);
    assert_ok(prom_index_block_read(&arena, &block, prom_span_of(bytes, BLOCK_BYTES), 1, &test->error), &test->error);
    assert_int_equal(block.txs[0]->inputs[0].witness_count, elements);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_blocks_follow_each_other),
        FIXTURE_TEST(test_p),
        FIXTURE_TEST(test_what_is_no_p),
        FIXTURE_TEST(test_digest_layout),
        FIXTURE_TEST(test_repeated_transaction),
        FIXTURE_TEST(test_junk_takes_no_memory),
        FIXTURE_TEST(test_full_arena),
        FIXTURE_TEST(test_state_is_a_function_of_the_best_chain),
        FIXTURE_TEST(test_block_read),
        FIXTURE_TEST(test_largest_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
