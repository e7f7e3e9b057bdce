/* Transactions that spend the output which holds a contract's deposits, in the forms that the chain shows: written once
 * more from docs/protocol.md, section 7, without a signature that is one. */
#ifndef PROMETHEUS_TEST_ENDINGS_H
#define PROMETHEUS_TEST_ENDINGS_H

#include "contract/cast.h"

#include "prometheus/contract/payout.h"
#include "prometheus/contract/tree.h"

enum { ENDING_WITNESS_MAX = 3 };

/* What stands in the leaf by which a branch spends: a hash, a key beside ALL's, or both. Key path: neither. */
struct ending_leaf {
    bool hash;
    bool key;
    size_t path; /* hashes in the control block */
};

static inline struct ending_leaf ending_leaf_of(prom_branch_id id)
{
    static const struct ending_leaf leaves[PROM_BRANCHES] = {
        [PROM_BRANCH_TX3] = {true, false, 2},  [PROM_BRANCH_TX4] = {true, true, 1},
        [PROM_BRANCH_TXV0] = {false, true, 2}, [PROM_BRANCH_TXA] = {true, false, 0},
        [PROM_BRANCH_TX7] = {false, true, 1},  [PROM_BRANCH_TX8] = {true, true, 1},
    };
    return leaves[id];
}

static inline uint32_t ending_sequence(const prom_parameters *P, prom_branch_id id)
{
    const uint32_t locks[PROM_BRANCHES] = {
        [PROM_BRANCH_TX1] = P->t3,         [PROM_BRANCH_TX3] = P->t2, [PROM_BRANCH_TXV0] = P->t1,
        [PROM_BRANCH_TX5] = P->t2 - P->t1, [PROM_BRANCH_TX6] = P->t4,
    };
    return locks[id] != 0 ? locks[id] : UINT32_C(0xfffffffd);
}

static inline prom_span ending_hex(fixture *test, const char *head, const prom_bytes32 *then, const char *tail)
{
    char digits[PROM_HEX32];
    char text[256];
    (void)snprintf(text, sizeof text, "%s%s%s", head, prom_hex32(digits, then), tail);
    return span_of_hex(test, text);
}

static inline prom_span ending_join(fixture *test, const prom_span *parts, size_t count)
{
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span joined;
    for (size_t i = 0; i < count; i++) {
        prom_write_span(&writer, parts[i]);
    }
    assert_ok(prom_writer_finish(&writer, &joined, &test->error), &test->error);
    return joined;
}

static inline void ending_witness(fixture *test, prom_tx_input *input, prom_branch_id id)
{
    static const uint8_t zeros[64];
    const struct ending_leaf leaf = ending_leaf_of(id);
    const prom_bytes32 all = named("ALL of an ending", 0);
    const prom_bytes32 other = named("something else", 0);
    const prom_span script[] = {
        leaf.hash ? ending_hex(test, "82012088a820", &other, "88") : (prom_span){NULL, 0},
        leaf.key ? ending_hex(test, "20", &other, "ad") : (prom_span){NULL, 0},
        ending_hex(test, "20", &all, "ac"),
    };
    const prom_span control[] = {ending_hex(test, "c1", &all, ""), prom_span_of(zeros, 32 * leaf.path)};
    prom_span *witness = NULL;
    assert_ok(prom_arena_alloc(&test->arena, (void **)&witness, ENDING_WITNESS_MAX, sizeof *witness, &test->error),
              &test->error);
    witness[0] = prom_span_of(zeros, sizeof zeros);
    witness[1] = ending_join(test, script, COUNT_OF(script));
    witness[2] = ending_join(test, control, COUNT_OF(control));
    input->witness = witness;
    input->witness_count = leaf.hash || leaf.key ? ENDING_WITNESS_MAX : 1;
}

/* Spends output 0 of `from` as that branch of a contract with this reward would, whose retainer is nothing. */
static inline prom_tx *ending_of(fixture *test, const prom_parameters *P, const prom_bytes32 *from, prom_branch_id id,
                                 prom_amount reward)
{
    const prom_branch *branch = prom_branch_of(id);
    const bool moves = branch->makes != PROM_TREE_OUTPUTS;
    const size_t outputs = moves ? 2 : (size_t)P->n + 3;
    prom_tx *tx = NULL;
    prom_span anchor;
    assert_ok(prom_tx_new(&test->arena, &tx, 1, outputs, &test->error), &test->error);
    assert_ok(prom_script_anchor(&test->arena, &anchor, &test->error), &test->error);
    tx->inputs[0].outpoint.txid = *from;
    tx->inputs[0].sequence = ending_sequence(P, id);
    ending_witness(test, &tx->inputs[0], id);
    for (size_t i = 0; i < outputs; i++) {
        const prom_bytes32 payee = named("payee", i);
        tx->outputs[i] = (prom_tx_output){P->a, p2tr_script(test, &payee)};
    }
    tx->outputs[outputs - 1] = (prom_tx_output){prom_amount_of(240), anchor};
    if (!moves) {
        tx->outputs[0].value = prom_amount_add(P->w, prom_share_of_worker(P, reward));
        tx->outputs[1].value = prom_amount_add(P->v, prom_share_of_verifier(P, reward));
    }
    return tx;
}

#endif
