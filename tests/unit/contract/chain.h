/* A small chain, block by block, for the tests of the index. */
#ifndef PROMETHEUS_TEST_CHAIN_H
#define PROMETHEUS_TEST_CHAIN_H

#include "contract/cast.h"

#include "prometheus/contract/index.h"

/* A chain to grow: what its blocks are made of differs by a running number. */
struct world {
    fixture *test;
    prom_index *index;
    size_t made; /* transactions */
};

static inline prom_index *new_index(fixture *test, prom_arena *arena, uint32_t first_height)
{
    prom_index *index = NULL;
    assert_ok(prom_index_new(arena, &index, test->curve, prom_chain_parameters_by_name("regtest"), first_height,
                             &test->error),
              &test->error);
    return index;
}

static inline struct world new_world(fixture *test)
{
    return (struct world){.test = test, .index = new_index(test, &test->arena, 1)};
}

static inline prom_span mark_of(fixture *test, const char *magic, const prom_bytes32 *p_txid)
{
    prom_span script;
    assert_ok(magic[3] == 'O' ? prom_offer_mark(&test->arena, &script, p_txid, &test->error)
                              : prom_contract_mark(&test->arena, &script, p_txid, &test->error),
              &test->error);
    return script;
}

static inline prom_span mark_of_p(fixture *test, const prom_parameters *P)
{
    prom_span script;
    assert_ok(prom_parameters_script(&test->arena, &script, P, &test->error), &test->error);
    return script;
}

/* A transaction with outputs of these scripts, worth `value` each, that spends a coin of its own. */
static inline prom_tx *make_tx(struct world *world, prom_amount value, const prom_span *scripts, size_t script_count)
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

static inline prom_tx *make_p(struct world *world, const prom_parameters *P)
{
    const prom_span script = mark_of_p(world->test, P);
    return make_tx(world, prom_amount_zero(), &script, 1);
}

static inline prom_tx *make_offer(struct world *world, const prom_bytes32 *p_txid, prom_amount stake)
{
    const prom_bytes32 key = named("stake", world->made);
    const prom_span scripts[] = {p2tr_script(world->test, &key), mark_of(world->test, "PRMO", p_txid)};
    return make_tx(world, stake, scripts, COUNT_OF(scripts));
}

/* Spends output 0 of each; how, the index does not ask. */
static inline prom_tx *make_spend(struct world *world, const prom_bytes32 *txids, size_t count, prom_span script)
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

static inline prom_tx *make_tx0(struct world *world, const prom_bytes32 *p_txid, const prom_bytes32 *offers,
                                size_t count)
{
    return make_spend(world, offers, count, mark_of(world->test, "PRMC", p_txid));
}

static inline prom_tx *make_plain_spend(struct world *world, const prom_bytes32 *offers, size_t count)
{
    return make_spend(world, offers, count, p2tr_script(world->test, &prom_unspendable_key));
}

static inline prom_bytes32 id_of(const struct world *world, const prom_tx *tx)
{
    prom_bytes32 txid;
    assert_ok(prom_tx_id(&world->test->arena, &txid, tx, &world->test->error), &world->test->error);
    return txid;
}

static inline prom_index_block block_of(const prom_index *index, const prom_tx *const *txs, size_t count,
                                        prom_bytes32 hash)
{
    prom_index_block block = {.height = prom_index_next_height(index), .hash = hash, .txs = txs, .tx_count = count};
    (void)!prom_index_block_hash(index, &block.previous, block.height - 1);
    return block;
}

static inline prom_result try_connect(const struct world *world, const prom_tx *const *txs, size_t count)
{
    const prom_index_block block = block_of(world->index, txs, count, named("block", world->made));
    return prom_index_connect(world->index, &block, &world->test->error);
}

static inline void connect(const struct world *world, const prom_tx *const *txs, size_t count)
{
    assert_ok(try_connect(world, txs, count), &world->test->error);
}

static inline void connect_one(const struct world *world, const prom_tx *tx)
{
    connect(world, &tx, 1);
}

static inline void connect_empty(const struct world *world, size_t blocks)
{
    for (size_t i = 0; i < blocks; i++) {
        connect(world, NULL, 0);
    }
}

static inline void disconnect(const struct world *world)
{
    assert_ok(prom_index_disconnect(world->index, &world->test->error), &world->test->error);
}

static inline prom_bytes32 digest_of(const struct world *world, const prom_index *index)
{
    prom_bytes32 digest;
    assert_ok(prom_index_digest(index, &digest, &world->test->error), &world->test->error);
    return digest;
}

static inline size_t count_of(const prom_index *index, prom_index_kind kind, const prom_bytes32 *p_txid)
{
    size_t count = 0;
    for (const prom_index_record *record = NULL; (record = prom_index_next(index, record, kind, p_txid)) != NULL;) {
        count++;
    }
    return count;
}

static inline void assert_nothing_kept(const prom_index *index)
{
    assert_int_equal(count_of(index, PROM_INDEX_P, NULL), 0);
    assert_int_equal(count_of(index, PROM_INDEX_OFFER, NULL), 0);
    assert_int_equal(count_of(index, PROM_INDEX_TX0, NULL), 0);
}

static inline prom_offer_fate fate_of(const struct world *world, const prom_bytes32 *offer)
{
    const prom_index_record *record = prom_index_find(world->index, PROM_INDEX_OFFER, offer);
    assert_non_null(record);
    return record->offer.fate;
}

/* A copy of a script with `extra` zeros behind it and one byte changed. */
static inline prom_span altered(fixture *test, prom_span script, size_t extra, size_t at, uint8_t to)
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

#endif
