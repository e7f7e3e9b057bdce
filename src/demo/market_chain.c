/* What became of the contracts: the client's word of which transactions they are, the chain's of what these say, and
 * the nodes' of what their wallets got by them. What does not agree is an error. */
#include <stdio.h>
#include <string.h>

#include "chain/chain.h"
#include "demo/market.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/contract/index.h"
#include "prometheus/contract/payout.h"
#include "prometheus/contract/tree.h"
#include "prometheus/crypto/hash.h"

static prom_result broken(prom_error *error, size_t number, const char *what)
{
    return prom_fail(error, PROM_CATEGORY_BROKEN, "contract %zu: %s", number + 1, what);
}

/* -- What the client tells -- */

static prom_amount amount_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_integer(value) && json_integer_value(value) >= 0
               ? prom_amount_of((uint64_t)json_integer_value(value))
               : prom_amount_invalid();
}

static prom_result take_attempt(prom_demo_market *market, const json_t *attempt, prom_error *error)
{
    const size_t number = market->contract_count;
    prom_demo_contract *contract = &market->contracts[number];
    const char *tx0 = json_string_value(json_object_get(attempt, "tx0"));
    const char *txid = json_string_value(json_object_get(attempt, "txid"));
    *contract = (prom_demo_contract){
        .first = (uint32_t)json_integer_value(json_object_get(attempt, "first")),
        .items = (uint32_t)json_integer_value(json_object_get(attempt, "items")),
        .worker = prom_demo_node_of(&market->nodes, json_string_value(json_object_get(attempt, "worker"))),
        .scheme = (unsigned)json_integer_value(json_object_get(attempt, "end")),
        .reward = amount_of(attempt, "reward"),
        .txs[0].name = "Tx0"};
    if (contract->scheme == 0) {
        return prom_ok(); /* its setup ended: nothing of it is on the chain */
    }
    if (number == PROM_DEMO_CONTRACTS_MAX - 1 || contract->worker == PROM_DEMO_NODES || tx0 == NULL || txid == NULL ||
        !prom_hex32_parse_reversed(&contract->txs[0].txid, tx0) ||
        !prom_hex32_parse_reversed(&contract->settled_by, txid) || contract->scheme > PROM_SCHEMES ||
        !prom_amount_is_valid(contract->reward)) {
        return broken(error, number, "the client's node does not tell how it ended");
    }
    market->contract_count++;
    return prom_ok();
}

/* -- What the chain has -- */

static prom_result weigh(const prom_demo_market *market, prom_demo_mined *mined, const prom_tx *tx, uint32_t height,
                         prom_error *error)
{
    size_t weight = 0;
    mined->tx = tx;
    mined->height = height;
    PROM_TRY(prom_tx_id(market->faucet.arena, &mined->txid, tx, error));
    PROM_TRY(prom_tx_weight(market->faucet.arena, &weight, tx, error));
    mined->vsize = prom_vsize(weight);
    return prom_ok();
}

static const char *name_of_scheme(unsigned scheme)
{
    for (prom_branch_id id = PROM_BRANCH_TX1; id < PROM_BRANCHES; id++) {
        if (prom_branch_of(id)->scheme == scheme) {
            return prom_branch_of(id)->name;
        }
    }
    return "?";
}

/* Each transaction of a contract hangs on the one before, by its first output. */
static prom_result offer_tx(const prom_demo_market *market, prom_demo_contract *contract, const prom_tx *tx,
                            uint32_t height, prom_error *error)
{
    static const char *const between[PROM_DEMO_CONTRACT_TXS] = {"Tx0", "TxV0", "TxA", "?"};
    prom_bytes32 txid;
    prom_demo_mined *next = &contract->txs[contract->tx_count];
    PROM_TRY(prom_tx_id(market->faucet.arena, &txid, tx, error));
    if (contract->tx_count == 0) {
        if (!prom_bytes32_equal(&txid, &contract->txs[0].txid)) {
            return prom_ok();
        }
    } else {
        const prom_outpoint last = {contract->txs[contract->tx_count - 1].txid, 0};
        const bool over = prom_bytes32_equal(&last.txid, &contract->settled_by);
        if (over || contract->tx_count == PROM_DEMO_CONTRACT_TXS || !prom_tx_spends(tx, &last)) {
            return prom_ok();
        }
    }
    next->name = prom_bytes32_equal(&txid, &contract->settled_by) ? name_of_scheme(contract->scheme)
                                                                  : between[contract->tx_count];
    contract->tx_count++;
    return weigh(market, next, tx, height, error);
}

static prom_result read_block(prom_demo_market *market, uint32_t height, prom_error *error)
{
    prom_index_block block;
    prom_bytes32 hash;
    prom_span bytes;
    prom_rpc *rpc = market->faucet.devnet->rpc;
    PROM_TRY(prom_chain_block_hash(rpc, &hash, height, error));
    PROM_TRY(prom_chain_block(rpc, market->faucet.arena, &bytes, &hash, error));
    PROM_TRY(prom_index_block_read(market->faucet.arena, &block, bytes, height, error));
    for (size_t i = 0; i < block.tx_count; i++) {
        for (size_t j = 0; j < market->contract_count; j++) {
            PROM_TRY(offer_tx(market, &market->contracts[j], block.txs[i], height, error));
        }
    }
    return prom_ok();
}

bool prom_demo_key_shown(const prom_tx *tx, prom_bytes32 *h, prom_bytes32 *h_p)
{
    enum { SHA256 = 0xa8, EQUALVERIFY = 0x88, CONDITION = 2 + 32 + 1 }; /* OP_SHA256 <h> OP_EQUALVERIFY */
    const prom_tx_input *input = &tx->inputs[0];
    if (tx->input_count == 0 || input->witness_count < 2) {
        return false;
    }
    const prom_span leaf = input->witness[input->witness_count - 2];
    for (size_t i = 0; i + 2 < input->witness_count; i++) {
        const prom_span element = input->witness[i];
        if (element.length != sizeof h_p->bytes) {
            continue;
        }
        prom_sha256(h, element);
        for (size_t at = 0; at + CONDITION <= leaf.length; at++) {
            const uint8_t *code = leaf.data + at;
            if (code[0] == SHA256 && code[1] == sizeof h->bytes && code[CONDITION - 1] == EQUALVERIFY &&
                memcmp(code + 2, h->bytes, sizeof h->bytes) == 0) {
                memcpy(h_p->bytes, element.data, sizeof h_p->bytes);
                return true;
            }
        }
    }
    return false;
}

/* -- Who put in what -- */

/* The arbiter that made the offer; PROM_DEMO_NODES: none. */
static size_t owner_of(const prom_demo_market *market, const prom_bytes32 *offer)
{
    char text[PROM_HEX32];
    (void)prom_hex32_reversed(text, offer);
    for (size_t i = 0; i < PROM_DEMO_OWNERS; i++) {
        for (size_t j = 0; j < PROM_DEMO_OFFERS; j++) {
            if (strcmp(market->offers[i][j], text) == 0) {
                return PROM_DEMO_FIRST_OWNER + i;
            }
        }
    }
    return PROM_DEMO_NODES;
}

/* The seats are those of three different owners: Tx0 spends an offer of each. */
static prom_result find_deposits(const prom_demo_market *market, size_t number, prom_demo_contract *contract,
                                 prom_error *error)
{
    const prom_parameters *P = &market->P;
    const prom_tx *tx0 = contract->txs[0].tx;
    const prom_amount retainers = prom_amount_multiply(prom_amount_of(PROM_DEMO_RETAINER), P->n);
    size_t seats = 0;
    for (size_t i = 0; i < PROM_DEMO_PAYEES; i++) {
        contract->locked[i] = contract->payouts[i] = prom_amount_zero();
    }
    contract->locked[PROM_DEMO_CLIENT] = prom_amount_add(prom_amount_add(contract->reward, retainers), P->v);
    contract->locked[contract->worker] = P->w;
    for (size_t i = 0; i < tx0->input_count; i++) {
        const size_t owner = owner_of(market, &tx0->inputs[i].outpoint.txid);
        if (owner < PROM_DEMO_NODES && !prom_amount_is_zero(contract->locked[owner])) {
            return broken(error, number, "an arbiter has two seats");
        }
        if (owner < PROM_DEMO_NODES) {
            contract->locked[owner] = P->a;
            seats++;
        }
    }
    return seats == P->n ? prom_ok() : broken(error, number, "Tx0 does not spend an offer for each seat");
}

/* -- Who got what -- */

static prom_result add_history(prom_demo_market *market, size_t node, prom_error *error)
{
    json_auto_t *history = NULL;
    const json_t *row = NULL;
    size_t i = 0;
    PROM_TRY(prom_demo_node_call(&market->nodes, node, &history, "wallet.history", NULL, error));
    json_array_foreach(json_object_get(history, "rows"), i, row)
    {
        const char *text = json_string_value(json_object_get(row, "txid"));
        prom_bytes32 txid;
        for (size_t j = 0; j < market->contract_count && text != NULL && prom_hex32_parse_reversed(&txid, text); j++) {
            prom_demo_contract *contract = &market->contracts[j];
            if (prom_bytes32_equal(&txid, &contract->settled_by)) {
                contract->payouts[node] = prom_amount_add(contract->payouts[node], amount_of(row, "sat"));
            }
        }
    }
    return prom_ok();
}

/* What all have got together is what the transaction pays, its anchor apart. */
static prom_result check_sum(const prom_demo_market *market, size_t number, prom_demo_contract *contract,
                             prom_error *error)
{
    const prom_tx *tx = contract->txs[contract->tx_count - 1].tx;
    prom_amount paid = prom_amount_zero();
    prom_amount got = prom_amount_zero();
    for (size_t i = 0; i < tx->output_count; i++) {
        const prom_tx_output *output = &tx->outputs[i];
        const bool to_key = prom_script_is_p2tr(output->script); /* an anchor is nobody's */
        paid = to_key ? prom_amount_add(paid, output->value) : paid;
        if (to_key && memcmp(output->script.data + 2, market->P.F.bytes, sizeof market->P.F.bytes) == 0) {
            contract->payouts[PROM_DEMO_NODES] = output->value;
        }
    }
    for (size_t i = 0; i < PROM_DEMO_PAYEES; i++) {
        got = prom_amount_add(got, contract->payouts[i]);
    }
    return prom_amount_equal(paid, got) && prom_amount_is_valid(got)
               ? prom_ok()
               : broken(error, number, "what the nodes have got is not what the transaction pays");
}

prom_result prom_demo_market_read(prom_demo_market *market, const json_t *job, prom_error *error)
{
    const json_t *attempt = NULL;
    size_t number = 0;
    json_array_foreach(json_object_get(job, "attempts"), number, attempt)
    {
        PROM_TRY(take_attempt(market, attempt, error));
    }
    for (uint32_t height = market->began + 1; height <= market->height; height++) {
        PROM_TRY(read_block(market, height, error));
    }
    for (size_t i = 0; i < market->contract_count; i++) {
        prom_demo_contract *contract = &market->contracts[i];
        const prom_demo_mined *last = &contract->txs[contract->tx_count == 0 ? 0 : contract->tx_count - 1];
        if (contract->tx_count < 2 || !prom_bytes32_equal(&last->txid, &contract->settled_by)) {
            return broken(error, i, "the chain does not have what the client's node tells of it");
        }
        contract->shows_key = prom_demo_key_shown(last->tx, &contract->h, &contract->h_p);
        PROM_TRY(find_deposits(market, i, contract, error));
    }
    for (size_t i = 0; i < PROM_DEMO_NODES; i++) {
        PROM_TRY(add_history(market, i, error));
    }
    for (size_t i = 0; i < market->contract_count; i++) {
        PROM_TRY(check_sum(market, i, &market->contracts[i], error));
    }
    return prom_ok();
}
