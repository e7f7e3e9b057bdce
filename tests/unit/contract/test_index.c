#include "contract/cast.h"

#include "prometheus/contract/index.h"

/* A chain to grow: what its blocks are made of differs by a running number. */
struct world {
    fixture *test;
    prom_index *index;
    size_t made; /* transactions */
};

static prom_index *new_index(fixture *test, prom_arena *arena, uint32_t first_height)
{
    prom_index *index = NULL;
    assert_ok(prom_index_new(arena, &index, test->curve, prom_chain_parameters_by_name("regtest"), first_height,
                             &test->error),
              &test->error);
    return index;
}

static struct world new_world(fixture *test)
{
    return (struct world){.test = test, .index = new_index(test, &test->arena, 1)};
}

static prom_span mark_of(fixture *test, const char *magic, const prom_bytes32 *p_txid)
{
    prom_span script;
    assert_ok(magic[3] == 'O' ? prom_offer_mark(&test->arena, &script, p_txid, &test->error)
                              : prom_contract_mark(&test->arena, &script, p_txid, &test->error),
              &test->error);
    return script;
}

static prom_span mark_of_p(fixture *test, const prom_parameters *P)
{
    prom_span script;
    assert_ok(prom_parameters_script(&test->arena, &script, P, &test->error), &test->error);
    return script;
}

/* A transaction with outputs of these scripts, worth `value` each, that spends a coin of its own. */
static prom_tx *make_tx(struct world *world, prom_amount value, const prom_span *scripts, size_t script_count)
{
    fixture *test = world->test;
    prom_tx *tx = NULL;
    assert_ok(prom_tx_new(&test->arena, &tx, 1, script_count, &test->error), &test->error);
    tx->inputs[0].outpoint.txid = named("funding", world->made++);
    for (size_t i = 0; i < script_count; i++) {
        tx->outputs[i] = (prom_tx_output){value, scripts[i]};
    }
    return tx;
}

static prom_tx *make_p(struct world *world, const prom_parameters *P)
{
    const prom_span script = mark_of_p(world->test, P);
    return make_tx(world, prom_amount_zero(), &script, 1);
}

static prom_tx *make_offer(struct world *world, const prom_bytes32 *p_txid, prom_amount stake)
{
    const prom_bytes32 key = named("stake", world->made);
    const prom_span scripts[] = {p2tr_script(world->test, &key), mark_of(world->test, "PRMO", p_txid)};
    return make_tx(world, stake, scripts, COUNT_OF(scripts));
}

/* Spends output 0 of each; the witnesses are empty. */
static prom_tx *make_spend(struct world *world, const prom_bytes32 *txids, size_t count, prom_span script)
{
    prom_tx *tx = NULL;
    fixture *test = world->test;
    assert_ok(prom_tx_new(&test->arena, &tx, count + 1, 1, &test->error), &test->error);
    tx->inputs[0].outpoint.txid = named("funding", world->made++);
    for (size_t i = 0; i < count; i++) {
        tx->inputs[i + 1].outpoint.txid = txids[i];
    }
    tx->outputs[0].script = script;
    return tx;
}

static prom_tx *make_tx0(struct world *world, const prom_bytes32 *p_txid, const prom_bytes32 *offers, size_t count)
{
    return make_spend(world, offers, count, mark_of(world->test, "PRMC", p_txid));
}

static prom_tx *make_plain_spend(struct world *world, const prom_bytes32 *offers, size_t count)
{
    return make_spend(world, offers, count, p2tr_script(world->test, &prom_unspendable_key));
}

static prom_bytes32 id_of(const struct world *world, const prom_tx *tx)
{
    prom_bytes32 txid;
    assert_ok(prom_tx_id(&world->test->arena, &txid, tx, &world->test->error), &world->test->error);
    return txid;
}

static prom_index_block block_of(const prom_index *index, const prom_tx *const *txs, size_t count, prom_bytes32 hash)
{
    prom_index_block block = {.height = prom_index_next_height(index), .hash = hash, .txs = txs, .tx_count = count};
    (void)!prom_index_block_hash(index, &block.previous, block.height - 1);
    return block;
}

static prom_result try_connect(const struct world *world, const prom_tx *const *txs, size_t count)
{
    const prom_index_block block = block_of(world->index, txs, count, named("block", world->made));
    return prom_index_connect(world->index, &block, &world->test->error);
}

static void connect(const struct world *world, const prom_tx *const *txs, size_t count)
{
    assert_ok(try_connect(world, txs, count), &world->test->error);
}

static void connect_one(const struct world *world, const prom_tx *tx)
{
    connect(world, &tx, 1);
}

static void connect_empty(const struct world *world, size_t blocks)
{
    for (size_t i = 0; i < blocks; i++) {
        connect(world, NULL, 0);
    }
}

static void disconnect(const struct world *world)
{
    assert_ok(prom_index_disconnect(world->index, &world->test->error), &world->test->error);
}

static prom_bytes32 digest_of(const struct world *world, const prom_index *index)
{
    prom_bytes32 digest;
    assert_ok(prom_index_digest(index, &digest, &world->test->error), &world->test->error);
    return digest;
}

static size_t count_of(const prom_index *index, prom_index_kind kind, const prom_bytes32 *p_txid)
{
    size_t count = 0;
    for (const prom_index_record *record = NULL; (record = prom_index_next(index, record, kind, p_txid)) != NULL;) {
        count++;
    }
    return count;
}

static void assert_nothing_kept(const prom_index *index)
{
    assert_int_equal(count_of(index, PROM_INDEX_P, NULL), 0);
    assert_int_equal(count_of(index, PROM_INDEX_OFFER, NULL), 0);
    assert_int_equal(count_of(index, PROM_INDEX_TX0, NULL), 0);
}

static prom_offer_fate fate_of(const struct world *world, const prom_bytes32 *offer)
{
    const prom_index_record *record = prom_index_find(world->index, PROM_INDEX_OFFER, offer);
    assert_non_null(record);
    return record->offer.fate;
}

static void test_blocks_follow_each_other(void **state)
{
    fixture *test = *state;
    struct world world = {test, new_index(test, &test->arena, 100), 0};
    prom_bytes32 hash = named("anything", 0);
    prom_index_block block = {.height = 100, .hash = named("hash", 100), .previous = named("hash", 99)};
    prom_index *none = NULL;
    assert_fails(
        prom_index_new(&test->arena, &none, test->curve, prom_chain_parameters_by_name("regtest"), 0, &test->error),
        PROM_CATEGORY_MISUSE, &test->error, "begin behind it");
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

/* A copy of a script with `extra` zeros behind it and one byte changed. */
static prom_span altered(fixture *test, prom_span script, size_t extra, size_t at, uint8_t to)
{
    uint8_t *copy = NULL;
    const size_t length = script.length + extra;
    void *memory = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &memory, length, 1, &test->error), &test->error);
    copy = memory;
    memcpy(copy, script.data, script.length);
    copy[at] = to;
    return prom_span_of(copy, length);
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

static void test_offer(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_tx *tx = make_offer(&world, &p_txid, prom_amount_of(123));
    const prom_bytes32 txid = id_of(&world, tx);
    connect_one(&world, tx);
    const prom_index_record *record = prom_index_find(world.index, PROM_INDEX_OFFER, &txid);
    assert_non_null(record);
    assert_int_equal(record->height, 1);
    assert_true(prom_bytes32_equal(&record->p_txid, &p_txid));
    assert_true(prom_amount_equal(record->offer.value, prom_amount_of(123)));
    assert_memory_equal(record->offer.key.bytes, tx->outputs[0].script.data + 2, 32);
    assert_int_equal(record->offer.fate, PROM_OFFER_UNSPENT);
    assert_ptr_equal(prom_index_next(world.index, NULL, PROM_INDEX_OFFER, &p_txid), record);
    assert_null(prom_index_next(world.index, NULL, PROM_INDEX_OFFER, &txid));
    assert_null(prom_index_next(world.index, record, PROM_INDEX_OFFER, NULL));
}

static void test_what_is_no_offer(void **state)
{
    fixture *test = *state;
    struct world world = new_world(test);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_span stake = p2tr_script(test, &prom_unspendable_key);
    const prom_span mark = mark_of(test, "PRMO", &p_txid);
    const prom_span anchor = prom_span_of((const uint8_t[]){PROM_OP_1, 2, 0x4e, 0x73}, 4);
    const prom_span pushdata = prom_span_of(mark.data + 1, mark.length - 1);
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span long_push;
    prom_write_u8(&writer, PROM_OP_RETURN);
    prom_write_u8(&writer, PROM_OP_PUSHDATA1);
    prom_write_span(&writer, pushdata);
    assert_ok(prom_writer_finish(&writer, &long_push, &test->error), &test->error);
    const prom_tx *const txs[] = {
        make_tx(&world, prom_amount_of(1), (prom_span[]){stake, stake, mark}, 3),
        make_tx(&world, prom_amount_of(1), (prom_span[]){mark, stake}, 2),
        make_tx(&world, prom_amount_of(1), (prom_span[]){anchor, mark}, 2),
        make_tx(&world, prom_amount_of(1), (prom_span[]){stake, mark, mark}, 3),
        make_tx(&world, prom_amount_of(1), (prom_span[]){stake, long_push}, 2),
        make_tx(&world, prom_amount_of(1), (prom_span[]){stake, altered(test, mark, 1, 1, 37)}, 2),
        make_tx(&world, prom_amount_of(1), (prom_span[]){stake, altered(test, mark, 1, 0, PROM_OP_RETURN)}, 2),
        make_tx(&world, prom_amount_of(1), (prom_span[]){stake, altered(test, mark, 0, 5, 'X')}, 2),
    };
    connect(&world, txs, COUNT_OF(txs));
    assert_nothing_kept(world.index);
}

/* The witness of an input that spends an offer of the cast by a leaf; signatures are not looked at. */
static void witness_by(struct world *world, prom_tx *tx, size_t input, size_t leaf, bool annex)
{
    fixture *test = world->test;
    const struct cast cast = make_cast(test);
    const prom_arbiter_terms arbiter = valid_arbiter(test, &cast, 0);
    const prom_bytes32 p_txid = named("P", 0);
    static const uint8_t annexed[] = {0x50, 1};
    prom_descriptor *offer = NULL;
    prom_span *witness = NULL;
    prom_tx_input *spending = &tx->inputs[input];
    assert_ok(prom_offer_output(test->curve, &test->arena, &offer, &p_txid, &arbiter, &test->error), &test->error);
    assert_ok(prom_descriptor_witness(&test->arena, &spending->witness, &spending->witness_count, offer, leaf, NULL,
                                      &test->error),
              &test->error);
    assert_ok(
        prom_arena_alloc(&test->arena, (void **)&witness, spending->witness_count + 1, sizeof *witness, &test->error),
        &test->error);
    memcpy(witness, spending->witness, spending->witness_count * sizeof *witness);
    witness[spending->witness_count] = prom_span_of(annexed, sizeof annexed);
    spending->witness = witness;
    spending->witness_count += annex;
}

static void test_fates(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_bytes32 other = named("P", 1);
    prom_bytes32 offers[9];
    const prom_tx *txs[COUNT_OF(offers)];
    for (size_t i = 0; i < COUNT_OF(offers); i++) {
        txs[i] = make_offer(&world, i == 2 ? &other : &p_txid, prom_amount_of(1000));
        offers[i] = id_of(&world, txs[i]);
    }
    connect(&world, txs, COUNT_OF(txs));

    prom_tx *tx0 = make_tx0(&world, &p_txid, offers, 4);
    witness_by(&world, tx0, 1, PROM_OFFER_LEAF_ENGAGE, false);
    witness_by(&world, tx0, 2, PROM_OFFER_LEAF_ENGAGE, true);
    witness_by(&world, tx0, 4, PROM_OFFER_LEAF_WITHDRAW, false);
    prom_tx *withdrawal = make_plain_spend(&world, &offers[4], 2);
    witness_by(&world, withdrawal, 1, PROM_OFFER_LEAF_WITHDRAW, false);
    witness_by(&world, withdrawal, 2, PROM_OFFER_LEAF_WITHDRAW, true);
    prom_tx *loss = make_plain_spend(&world, &offers[6], 2);
    witness_by(&world, loss, 1, PROM_OFFER_LEAF_ENGAGE, false);
    prom_tx *beside = make_plain_spend(&world, &offers[8], 1);
    beside->inputs[1].outpoint.index = 1;
    const prom_bytes32 digest = digest_of(&world, world.index);
    connect(&world, (const prom_tx *const[]){tx0, withdrawal, loss, beside}, 4);

    static const prom_offer_fate fates[] = {
        PROM_OFFER_ENGAGED,   PROM_OFFER_ENGAGED, PROM_OFFER_LOST, PROM_OFFER_WITHDRAWN, PROM_OFFER_WITHDRAWN,
        PROM_OFFER_WITHDRAWN, PROM_OFFER_LOST,    PROM_OFFER_LOST, PROM_OFFER_UNSPENT,
    };
    const prom_bytes32 tx0_id = id_of(&world, tx0);
    for (size_t i = 0; i < COUNT_OF(offers); i++) {
        assert_int_equal(fate_of(&world, &offers[i]), fates[i]);
        assert_int_equal(prom_index_find(world.index, PROM_INDEX_OFFER, &offers[i])->offer.spent_height, i < 8 ? 2 : 0);
    }
    const prom_index_record *record = prom_index_find(world.index, PROM_INDEX_TX0, &tx0_id);
    assert_non_null(record);
    assert_int_equal(record->tx0.offers, 2);
    assert_ptr_equal(prom_index_next(world.index, NULL, PROM_INDEX_TX0, &p_txid), record);
    assert_true(
        prom_bytes32_equal(&prom_index_find(world.index, PROM_INDEX_OFFER, &offers[0])->offer.spent_by, &tx0_id));

    disconnect(&world);
    for (size_t i = 0; i < COUNT_OF(offers); i++) {
        assert_int_equal(fate_of(&world, &offers[i]), PROM_OFFER_UNSPENT);
    }
    const prom_bytes32 again = digest_of(&world, world.index);
    assert_true(prom_bytes32_equal(&digest, &again));
}

/* One byte of the script makes the difference between a withdrawal and a loss, and the digest tells it. */
static void test_script_tells_a_withdrawal(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_tx *offer = make_offer(&world, &p_txid, prom_amount_of(1000));
    const prom_bytes32 txid = id_of(&world, offer);
    prom_tx *tx = make_plain_spend(&world, &txid, 1);
    witness_by(&world, tx, 1, PROM_OFFER_LEAF_WITHDRAW, false);
    prom_span *witness = NULL;
    assert_ok(prom_arena_alloc(&world.test->arena, (void **)&witness, 3, sizeof *witness, &world.test->error),
              &world.test->error);
    memcpy(witness, tx->inputs[1].witness, 3 * sizeof *witness);
    tx->inputs[1].witness = witness;
    const prom_span script = witness[1];
    connect_one(&world, offer);
    connect_one(&world, tx);
    assert_int_equal(fate_of(&world, &txid), PROM_OFFER_WITHDRAWN);
    const prom_bytes32 withdrawn = digest_of(&world, world.index);
    const size_t places[] = {0, 33, script.length - 1};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        disconnect(&world);
        witness[1] = altered(world.test, script, 0, places[i], 0);
        connect_one(&world, tx);
        assert_int_equal(fate_of(&world, &txid), PROM_OFFER_LOST);
    }
    const prom_bytes32 lost = digest_of(&world, world.index);
    assert_false(prom_bytes32_equal(&withdrawn, &lost));
    disconnect(&world);
    witness[1] = prom_span_of(script.data, 35); /* no room for a number */
    connect_one(&world, tx);
    assert_int_equal(fate_of(&world, &txid), PROM_OFFER_LOST);
}

/* A second spend, which no chain has, changes nothing. */
static void test_first_spend_stands(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_tx *offer = make_offer(&world, &p_txid, prom_amount_of(1000));
    const prom_bytes32 txid = id_of(&world, offer);
    connect_one(&world, offer);
    connect_one(&world, make_tx0(&world, &p_txid, &txid, 1));
    connect_one(&world, make_plain_spend(&world, &txid, 1));
    assert_int_equal(fate_of(&world, &txid), PROM_OFFER_ENGAGED);
    disconnect(&world);
    assert_int_equal(fate_of(&world, &txid), PROM_OFFER_ENGAGED);
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
    assert_ok(prom_writer_finish(&writer, &bytes, &world.test->error), &world.test->error);
    prom_tagged_hash(&expected, "prometheus/index", bytes);
    const prom_bytes32 digest = digest_of(&world, world.index);
    assert_true(prom_bytes32_equal(&digest, &expected));
}

static void test_made_and_spent_in_one_block(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_tx *offer = make_offer(&world, &p_txid, prom_amount_of(1000));
    const prom_bytes32 txid = id_of(&world, offer);
    const prom_tx *tx0 = make_tx0(&world, &p_txid, &txid, 1);
    connect(&world, (const prom_tx *const[]){offer, tx0}, 2);
    assert_int_equal(fate_of(&world, &txid), PROM_OFFER_ENGAGED);
    disconnect(&world);
    assert_nothing_kept(world.index);
}

static void test_tx0_without_an_offer_is_none(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_bytes32 other = named("P", 1);
    const prom_tx *offer = make_offer(&world, &other, prom_amount_of(1000));
    const prom_bytes32 txid = id_of(&world, offer);
    connect(&world, (const prom_tx *const[]){offer, make_tx0(&world, &p_txid, NULL, 0)}, 2);
    connect_one(&world, make_tx0(&world, &p_txid, &txid, 1));
    assert_int_equal(count_of(world.index, PROM_INDEX_TX0, NULL), 0);
    assert_int_equal(fate_of(&world, &txid), PROM_OFFER_LOST);
}

/* As of every height, whatever came later. */
static void test_when_an_offer_counts(void **state)
{
    struct world world = new_world(*state);
    static const prom_chain_parameters strict = {
        .name = "strict", .safety_margin = 2, .verification = 1, .offer_age = 3};
    const prom_parameters P = valid_parameters();
    const prom_tx *p_tx = make_p(&world, &P);
    const prom_bytes32 p_txid = id_of(&world, p_tx);
    const prom_tx *early = make_offer(&world, &p_txid, P.a);
    const prom_tx *spent = make_offer(&world, &p_txid, P.a);
    const prom_tx *poor = make_offer(&world, &p_txid, prom_amount_subtract(P.a, prom_amount_of(1)));
    const prom_bytes32 spent_id = id_of(&world, spent);
    assert_ok(prom_index_new(&world.test->arena, &world.index, world.test->curve, &strict, 1, &world.test->error),
              &world.test->error);
    connect(&world, (const prom_tx *const[]){early, poor}, 2);   /* 1: before P */
    connect(&world, (const prom_tx *const[]){spent}, 1);         /* 2 */
    connect_empty(&world, 1);                                    /* 3 */
    connect_one(&world, p_tx);                                   /* 4 */
    connect_empty(&world, 1);                                    /* 5 */
    connect_one(&world, make_plain_spend(&world, &spent_id, 1)); /* 6 */
    connect_empty(&world, 1);                                    /* 7 */
    const prom_index_record *parameters = prom_index_find(world.index, PROM_INDEX_P, &p_txid);
    const prom_index_record *first = prom_index_next(world.index, NULL, PROM_INDEX_OFFER, NULL);
    const prom_index_record *second = prom_index_next(world.index, first, PROM_INDEX_OFFER, NULL);
    const prom_index_record *third = prom_index_next(world.index, second, PROM_INDEX_OFFER, NULL);
    for (uint32_t height = 1; height <= 7; height++) {
        assert_int_equal(prom_index_counts(world.index, first, parameters, height), height >= 4);
        assert_false(prom_index_counts(world.index, second, parameters, height));
        assert_int_equal(prom_index_counts(world.index, third, parameters, height), height == 4 || height == 5);
    }
    /* P at height 0, so that the age alone decides; and an offer for another P. */
    prom_index_record old = *parameters;
    old.height = 0;
    for (uint32_t height = 0; height <= 5; height++) {
        assert_int_equal(prom_index_counts(world.index, first, &old, height), height >= 3);
        assert_int_equal(prom_index_counts(world.index, third, &old, height), height >= 4);
    }
    old.txid = named("P", 1);
    assert_false(prom_index_counts(world.index, first, &old, 5));
}

static void sign_announcement(fixture *test, prom_announcement *announcement, const prom_key *key)
{
    prom_bytes32 hash;
    assert_ok(prom_announcement_hash(&test->arena, &hash, announcement, &test->error), &test->error);
    announcement->signature = sign_hash(test, key, &hash);
}

/* An arbiter's offer on the chain, and its announcement. */
static const prom_tx *announce(struct world *world, prom_announcement *announcement, const prom_bytes32 *p_txid,
                               const prom_parameters *P, size_t arbiter)
{
    fixture *test = world->test;
    const struct cast cast = make_cast(test);
    prom_descriptor *offer = NULL;
    *announcement = (prom_announcement){.p_txid = *p_txid, .offer = valid_arbiter(test, &cast, arbiter)};
    assert_ok(prom_offer_output(test->curve, &test->arena, &offer, p_txid, &announcement->offer, &test->error),
              &test->error);
    const prom_span scripts[] = {offer->script, mark_of(test, "PRMO", p_txid)};
    const prom_tx *tx = make_tx(world, P->a, scripts, COUNT_OF(scripts));
    announcement->offer.offer = (prom_outpoint){id_of(world, tx), 0};
    sign_announcement(test, announcement, &cast.arbiter[arbiter]);
    return tx;
}

static void test_eligible(void **state)
{
    fixture *test = *state;
    struct world world = new_world(test);
    const prom_parameters P = valid_parameters();
    const prom_tx *p_tx = make_p(&world, &P);
    const prom_bytes32 p_txid = id_of(&world, p_tx);
    const struct cast cast = make_cast(test);
    enum { OFFERS = 6 };
    prom_announcement said[OFFERS + 3];
    const prom_tx *txs[OFFERS];
    const prom_announcement *const *eligible = NULL;
    size_t count = 0;
    for (size_t i = 0; i < OFFERS; i++) {
        txs[i] = announce(&world, &said[i], &p_txid, &P, i);
    }
    said[4].signature.bytes[0] ^= 1;
    said[OFFERS] = said[0];     /* once more, from elsewhere: the first one stands */
    said[OFFERS + 1] = said[1]; /* forged in front of nothing: its script is not the output's */
    said[OFFERS + 1].offer.expiry++;
    said[OFFERS + 2] = said[2]; /* of another output */
    said[OFFERS + 2].offer.offer.index = 1;
    sign_announcement(test, &said[OFFERS + 2], &cast.arbiter[2]);
    connect_one(&world, p_tx);
    connect(&world, txs, 5); /* the sixth is not on the chain */
    connect_one(&world, make_plain_spend(&world, &said[3].offer.offer.txid, 1));

    assert_ok(
        prom_index_eligible(
            world.index, &test->arena, &eligible, &count,
            &(prom_offer_query){.p_txid = &p_txid, .snapshot = 2, .announced = said, .announced_count = COUNT_OF(said)},
            &test->error),
        &test->error);
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++) {
        assert_true(eligible[i] < &said[4]);
        assert_true(i == 0 || prom_bytes32_compare_vartime(&eligible[i - 1]->offer.offer.txid,
                                                           &eligible[i]->offer.offer.txid) < 0);
    }
    assert_ok(
        prom_index_eligible(
            world.index, &test->arena, &eligible, &count,
            &(prom_offer_query){.p_txid = &p_txid, .snapshot = 3, .announced = said, .announced_count = COUNT_OF(said)},
            &test->error),
        &test->error);
    assert_int_equal(count, 3); /* said[3] was spent */
    assert_ok(
        prom_index_eligible(
            world.index, &test->arena, &eligible, &count,
            &(prom_offer_query){.p_txid = &p_txid, .snapshot = 1, .announced = said, .announced_count = COUNT_OF(said)},
            &test->error),
        &test->error);
    assert_int_equal(count, 0);
    /* A forged announcement in front of the right one does not push it out. */
    const prom_announcement pair[] = {said[OFFERS + 1], said[1]};
    assert_ok(prom_index_eligible(
                  world.index, &test->arena, &eligible, &count,
                  &(prom_offer_query){.p_txid = &p_txid, .snapshot = 2, .announced = pair, .announced_count = 2},
                  &test->error),
              &test->error);
    assert_int_equal(count, 1);
    assert_ptr_equal(eligible[0], &pair[1]);

    assert_fails(prom_index_eligible(
                     world.index, &test->arena, &eligible, &count,
                     &(prom_offer_query){.p_txid = &p_txid, .snapshot = 4, .announced = said, .announced_count = 1},
                     &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "at block 4 the index knows no P");
    assert_fails(prom_index_eligible(
                     world.index, &test->arena, &eligible, &count,
                     &(prom_offer_query){.p_txid = &p_txid, .snapshot = 0, .announced = said, .announced_count = 1},
                     &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "at block 0 the index knows no P");
    assert_fails(prom_index_eligible(
                     world.index, &test->arena, &eligible, &count,
                     &(prom_offer_query){
                         .p_txid = &said[0].offer.offer.txid, .snapshot = 2, .announced = said, .announced_count = 1},
                     &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "knows no P");
    prom_arena full;
    prom_arena_init(&full, 8);
    assert_fails(
        prom_index_eligible(
            world.index, &full, &eligible, &count,
            &(prom_offer_query){.p_txid = &p_txid, .snapshot = 2, .announced = said, .announced_count = COUNT_OF(said)},
            &test->error),
        PROM_CATEGORY_IO, &test->error, "limit of 8 bytes");
}

static void test_p_must_stand_at_the_snapshot(void **state)
{
    struct world world = new_world(*state);
    const prom_parameters P = valid_parameters();
    const prom_tx *p_tx = make_p(&world, &P);
    const prom_bytes32 p_txid = id_of(&world, p_tx);
    const prom_announcement *const *eligible = NULL;
    size_t count = 0;
    connect_empty(&world, 1);
    connect_one(&world, p_tx);
    assert_fails(prom_index_eligible(world.index, &world.test->arena, &eligible, &count,
                                     &(prom_offer_query){.p_txid = &p_txid, .snapshot = 1}, &world.test->error),
                 PROM_CATEGORY_BAD_INPUT, &world.test->error, "at block 1 the index knows no P");
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
    assert_fails(try_connect(&world, more, COUNT_OF(more)), PROM_CATEGORY_IO, &world.test->error, "block 2: ");
    const prom_bytes32 again = digest_of(&world, world.index);
    assert_true(prom_bytes32_equal(&digest, &again));
    connect(&world, more, 20);
    assert_int_equal(count_of(world.index, PROM_INDEX_OFFER, NULL), 29);
    assert_int_equal(fate_of(&world, &first), PROM_OFFER_LOST);
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
    case 4:
        count = pick_offers(forest, txids, 1, used, used_count);
        return make_plain_spend(world, txids, count);
    default: {
        count = pick_offers(forest, txids, 1, used, used_count);
        prom_tx *spend = make_plain_spend(world, txids, count);
        if (count > 0) {
            witness_by(world, spend, 1, PROM_OFFER_LEAF_WITHDRAW, false);
        }
        return spend;
    }
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
                 PROM_CATEGORY_BAD_INPUT, &test->error, "1 bytes are left over behind a block");
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
        FIXTURE_TEST(test_offer),
        FIXTURE_TEST(test_what_is_no_offer),
        FIXTURE_TEST(test_fates),
        FIXTURE_TEST(test_script_tells_a_withdrawal),
        FIXTURE_TEST(test_first_spend_stands),
        FIXTURE_TEST(test_digest_layout),
        FIXTURE_TEST(test_made_and_spent_in_one_block),
        FIXTURE_TEST(test_tx0_without_an_offer_is_none),
        FIXTURE_TEST(test_when_an_offer_counts),
        FIXTURE_TEST(test_eligible),
        FIXTURE_TEST(test_p_must_stand_at_the_snapshot),
        FIXTURE_TEST(test_repeated_transaction),
        FIXTURE_TEST(test_junk_takes_no_memory),
        FIXTURE_TEST(test_full_arena),
        FIXTURE_TEST(test_state_is_a_function_of_the_best_chain),
        FIXTURE_TEST(test_block_read),
        FIXTURE_TEST(test_largest_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
