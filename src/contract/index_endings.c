#include "contract/index_endings.h"

#include <string.h>

#include "prometheus/bitcoin/script.h"

enum {
    KEY_BYTES = 32,
    LEAF_VERSION = 0xc0,    /* of tapscript (BIP 342), with the parity bit 0 */
    CONTROL_BYTES = 33,     /* and 32 for each step of the path to the leaf */
    CLOSING_WITHOUT_ALL = 3 /* outputs of Tx4 beside those of the arbiters, without C's: W, V, anchor */
};

bool prom_index_is_lock(const prom_index_record *record)
{
    return record->kind >= PROM_INDEX_TX0;
}

static prom_tree_output output_of(prom_index_kind kind)
{
    return kind == PROM_INDEX_TX0 ? PROM_OUTPUT_O0 : kind == PROM_INDEX_TXV0 ? PROM_OUTPUT_OV0 : PROM_OUTPUT_OA;
}

static bool takes(prom_reader *reader, const uint8_t *bytes, size_t length)
{
    const prom_span found = prom_read_span(reader, length);
    return !reader->failed && memcmp(found.data, bytes, length) == 0;
}

/* Whether a script has the form of a leaf that waits for this, as in docs/protocol.md, section 7. Gives the key that it
 * ends with, ALL's. */
static bool is_leaf(prom_bytes32 *all, prom_span script, unsigned waits_for)
{
    static const uint8_t hash[] = {PROM_OP_SIZE,   1,        KEY_BYTES, PROM_OP_EQUALVERIFY,
                                   PROM_OP_SHA256, KEY_BYTES}; /* and the hash, EQUALVERIFY */
    static const uint8_t equal = PROM_OP_EQUALVERIFY;
    static const uint8_t push = KEY_BYTES;
    static const uint8_t and_key = PROM_OP_CHECKSIGVERIFY;
    static const uint8_t last_key = PROM_OP_CHECKSIG;
    prom_reader reader = prom_reader_of(script);
    bool fits = true;
    if ((waits_for & (PROM_WAITS_H_P | PROM_WAITS_K_P)) != 0) {
        fits = takes(&reader, hash, sizeof hash);
        (void)prom_read_span(&reader, KEY_BYTES);
        fits = fits && takes(&reader, &equal, 1);
    }
    if ((waits_for & (PROM_WAITS_V | PROM_WAITS_Y)) != 0) {
        fits = fits && takes(&reader, &push, 1);
        (void)prom_read_span(&reader, KEY_BYTES);
        fits = fits && takes(&reader, &and_key, 1);
    }
    fits = fits && takes(&reader, &push, 1);
    *all = prom_read_bytes32(&reader);
    return fits && takes(&reader, &last_key, 1) && prom_reader_done(&reader);
}

/* Whether an input spends by the branch's leaf, or by the key, with its lock. The key inside is the one that signs in
 * every leaf. */
static bool spends_as(const prom_tx_input *input, const prom_branch *branch, const prom_parameters *P)
{
    static const prom_chain_parameters none = {.name = ""}; /* P's times alone stand in locks */
    const int64_t blocks = prom_blocks_count(&branch->lock, P, &none);
    prom_bytes32 all;
    if (input->sequence != (blocks != 0 ? (uint32_t)blocks : PROM_SEQUENCE_PLAIN)) {
        return false;
    }
    if (branch->leaf == PROM_KEY_PATH) {
        return input->witness_count == 1;
    }
    if (input->witness_count < 2) {
        return false;
    }
    const prom_span control = input->witness[input->witness_count - 1];
    return control.length >= CONTROL_BYTES && (control.data[0] & 0xfe) == LEAF_VERSION &&
           is_leaf(&all, input->witness[input->witness_count - 2], branch->waits_for) &&
           memcmp(control.data + 1, all.bytes, KEY_BYTES) == 0;
}

/* Tx4 pays W and V their stakes and shares, which together are c, and each arbiter its stake and retainer. */
static bool find_reward(prom_amount *reward, const prom_tx *tx, const prom_parameters *P)
{
    const size_t without_c = CLOSING_WITHOUT_ALL + (size_t)P->n;
    prom_payouts payouts;
    prom_error ignored;
    if (tx->output_count != without_c && tx->output_count != without_c + 1) {
        return false;
    }
    const prom_tx_output *to_w = &tx->outputs[tx->output_count - without_c];
    const prom_amount paid = prom_amount_add(to_w[0].value, to_w[1].value);
    *reward = prom_amount_subtract(paid, prom_amount_add(P->w, P->v));
    const prom_stakes stakes = {P, *reward, prom_amount_subtract(to_w[2].value, P->a)};
    for (size_t i = 3; i < 2 + (size_t)P->n; i++) {
        if (!prom_amount_equal(to_w[i].value, to_w[2].value)) {
            return false;
        }
    }
    return prom_is_ok(prom_stakes_check(&stakes, &ignored)) &&
           prom_is_ok(prom_payouts_of(&payouts, &stakes, prom_branch_of(PROM_BRANCH_TX4)->scheme, 0, &ignored)) &&
           prom_amount_equal(payouts.to[PROM_PAYEE_W], to_w[0].value) &&
           prom_amount_equal(payouts.to[PROM_PAYEE_V], to_w[1].value);
}

static bool makes_what_it_should(struct index_spend *spend, const prom_tx *tx, prom_branch_id id,
                                 const prom_parameters *P)
{
    const prom_branch *branch = prom_branch_of(id);
    if (branch->makes != PROM_TREE_OUTPUTS) {
        return tx->output_count == 2 && prom_script_is_p2tr(tx->outputs[0].script);
    }
    return id != PROM_BRANCH_TX4 || find_reward(&spend->reward, tx, P);
}

void prom_index_find_way(const prom_index *index, struct index_spend *spend, const prom_index_record *lock,
                         const prom_tx *tx)
{
    const prom_index_record *P = prom_index_find(index, PROM_INDEX_P, &lock->p_txid);
    spend->way = PROM_INDEX_WAY_OTHER;
    spend->reward = prom_amount_zero();
    if (P == NULL || tx->version != PROM_TX_VERSION || tx->locktime != 0 || tx->input_count != 1) {
        return;
    }
    for (prom_branch_id id = 0; id < PROM_BRANCHES; id++) {
        const prom_branch *branch = prom_branch_of(id);
        if (branch->spends == output_of(lock->kind) && spends_as(&tx->inputs[0], branch, &P->P) &&
            makes_what_it_should(spend, tx, id, &P->P)) {
            spend->way = (prom_index_way)(1 + id);
            return;
        }
    }
    spend->reward = prom_amount_zero();
}

void prom_index_set_way(prom_index_record *lock, const struct index_spend *spend)
{
    lock->lock.way = spend->way;
    lock->lock.spent_height = spend->height;
    lock->lock.spent_by = spend->txid;
    lock->lock.reward = spend->way != 0 ? spend->reward : prom_amount_zero();
}

const prom_branch *prom_index_way_branch(prom_index_way way)
{
    return way > 0 && way < PROM_INDEX_WAY_OTHER ? prom_branch_of((prom_branch_id)(way - 1)) : NULL;
}

bool prom_index_moves(prom_index_record *record, const prom_index_record *lock, const struct index_spend *spend,
                      const prom_tx *tx)
{
    const prom_branch *branch = prom_index_way_branch(spend->way);
    if (branch == NULL || branch->makes == PROM_TREE_OUTPUTS) {
        return false;
    }
    *record = (prom_index_record){.kind = branch->makes == PROM_OUTPUT_OV0 ? PROM_INDEX_TXV0 : PROM_INDEX_TXA,
                                  .height = spend->height,
                                  .txid = spend->txid,
                                  .p_txid = lock->p_txid};
    record->lock.value = tx->outputs[0].value;
    record->lock.reward = prom_amount_zero();
    return true;
}

const prom_index_record *prom_index_last_lock(const prom_index *index, const prom_index_record *tx0)
{
    const prom_index_record *last = tx0;
    for (const prom_index_record *next = tx0; next != NULL;) {
        const prom_branch *branch = prom_index_way_branch(next->lock.way);
        last = next;
        next = branch == NULL || branch->makes == PROM_TREE_OUTPUTS
                   ? NULL
                   : prom_index_find(index, branch->makes == PROM_OUTPUT_OV0 ? PROM_INDEX_TXV0 : PROM_INDEX_TXA,
                                     &last->lock.spent_by);
    }
    return last;
}

bool prom_index_lock_is_possible(const prom_index_record *record, uint32_t next_height)
{
    static const prom_bytes32 none;
    const prom_branch *branch = prom_index_way_branch(record->lock.way);
    const bool unspent = record->lock.way == 0;
    const bool shows_reward = record->lock.way == 1 + PROM_BRANCH_TX4;
    if ((record->lock.offers > 0) != (record->kind == PROM_INDEX_TX0) || record->lock.way > PROM_INDEX_WAY_OTHER ||
        (branch != NULL && branch->spends != output_of(record->kind)) ||
        shows_reward == prom_amount_is_zero(record->lock.reward)) {
        return false;
    }
    return unspent ? record->lock.spent_height == 0 && prom_bytes32_equal(&record->lock.spent_by, &none)
                   : record->lock.spent_height >= record->height && record->lock.spent_height < next_height;
}
