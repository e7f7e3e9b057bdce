#include "demo/cast.h"

#include <stdio.h>
#include <string.h>

#include "chain/chain.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/channel/fee_coin.h"
#include "prometheus/contract/offer.h"
#include "system/folder.h"
#include "system/random.h"

enum { REWARD = 1000000 }; /* sat */

/* What each party gets beyond its deposit: fees, and change to be seen. */
#define SPARE_SAT 100000U

/* Keys of a wallet's coins, by what they are for. */
enum { COIN_CONTRACT, COIN_FEES, COIN_PUBLISH, COIN_OFFER };

/* What a party needs: its deposit and some more. */
static prom_amount need(const prom_demo_cast *cast, size_t party)
{
    const prom_amount retainers = prom_amount_multiply(cast->retainer, cast->P.n);
    const prom_amount deposits[PROM_PARTIES] = {prom_amount_add(cast->c, retainers), cast->P.w, cast->P.v};
    return prom_amount_add(party < PROM_PARTIES ? deposits[party] : cast->P.a, prom_amount_of(SPARE_SAT));
}

/* The outputs of the funding transaction: a coin for each party's contract, one for its fees, one that P is published
 * with, and the change. */
enum { OUTPUT_PUBLISH = 2 * PROM_DEMO_PARTIES, OUTPUT_CHANGE, OUTPUTS };

/* What the party's node keeps for fees in the contract that it will make. */
static prom_result coin_for_fees(const prom_demo_cast *cast, prom_amount *value, size_t party, prom_error *error)
{
    static const prom_role roles[PROM_PARTIES] = {PROM_ROLE_CLIENT, PROM_ROLE_WORKER, PROM_ROLE_VERIFIER};
    const prom_terms terms = {.genesis = prom_chain_parameters_by_name("regtest")->genesis,
                              .P = cast->P,
                              .c = cast->c,
                              .retainer = cast->retainer,
                              .feerate = PROM_DEMO_FEERATE};
    prom_fee_coin coin;
    PROM_TRY(prom_fee_coin_of(&coin, &terms, party < PROM_PARTIES ? roles[party] : PROM_ROLE_ARBITER,
                              PROM_DEMO_FEERATE_MAX * 1000, error));
    *value = coin.value;
    return prom_ok();
}

static prom_result fund_output(prom_demo_cast *cast, prom_tx_output *output, size_t number, prom_error *error)
{
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    const bool publish = number == OUTPUT_PUBLISH;
    const size_t party = publish ? (size_t)PROM_PARTY_C : number % PROM_DEMO_PARTIES;
    const bool fees = !publish && number >= PROM_DEMO_PARTIES;
    PROM_TRY(prom_wallet_coin_key(&cast->parties[party].wallet, &key,
                                  publish ? COIN_PUBLISH
                                  : fees  ? COIN_FEES
                                          : COIN_CONTRACT,
                                  error));
    output->value = publish ? prom_amount_of(SPARE_SAT) : need(cast, party);
    if (fees) {
        PROM_TRY(coin_for_fees(cast, &output->value, party, error));
    }
    return prom_script_p2tr(cast->faucet.arena, &output->script, &key.public_key, error);
}

static prom_result fund(prom_demo_cast *cast, prom_bytes32 *txid, prom_tx **funding, prom_error *error)
{
    prom_tx *tx = NULL;
    PROM_TRY(prom_tx_new(cast->faucet.arena, &tx, 1, OUTPUTS, error));
    for (size_t i = 0; i < OUTPUT_CHANGE; i++) {
        PROM_TRY(fund_output(cast, &tx->outputs[i], i, error));
    }
    PROM_TRY(prom_demo_faucet_pay(&cast->faucet, txid, tx, error));
    *funding = tx;
    return prom_ok();
}

/* The client publishes P from its second coin. */
static prom_result publish_parameters(prom_demo_cast *cast, const prom_bytes32 *funding_txid, const prom_tx *funding,
                                      prom_error *error)
{
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    prom_tx *tx = NULL;
    PROM_TRY(prom_wallet_coin_key(&cast->parties[PROM_PARTY_C].wallet, &key, COIN_PUBLISH, error));
    PROM_TRY(prom_tx_new(cast->faucet.arena, &tx, 1, 2, error));
    tx->inputs[0].outpoint = (prom_outpoint){*funding_txid, OUTPUT_PUBLISH};
    PROM_TRY(prom_parameters_script(cast->faucet.arena, &tx->outputs[0].script, &cast->P, error));
    return prom_demo_pay(&cast->faucet, &cast->p_txid, tx, &(prom_demo_payer){&funding->outputs[OUTPUT_PUBLISH], &key},
                         error);
}

/* An arbiter locks its stake in an offer for P and signs the announcement. */
static prom_result publish_offer(prom_demo_cast *cast, size_t party, const prom_bytes32 *funding_txid,
                                 const prom_tx *funding, prom_error *error)
{
    prom_demo_party *arbiter = &cast->parties[party];
    prom_announcement *announcement = &arbiter->announcement;
    PROM_SCOPED(prom_key_wipe) prom_key Q = {0};
    PROM_SCOPED(prom_key_wipe) prom_key coin = {0};
    const prom_bytes32 auxiliary = prom_random_bytes32();
    prom_tx *tx = NULL;
    prom_bytes32 hash;
    PROM_TRY(prom_wallet_coin_key(&arbiter->wallet, &coin, COIN_CONTRACT, error));
    PROM_TRY(prom_wallet_coin_key(&arbiter->wallet, &Q, COIN_OFFER, error));
    PROM_TRY(prom_tx_new(cast->faucet.arena, &tx, 1, PROM_OFFER_OUTPUTS + 1, error));
    tx->inputs[0].outpoint = (prom_outpoint){*funding_txid, (uint32_t)party};
    PROM_TRY(prom_offer_outputs(cast->faucet.curve, cast->faucet.arena, tx->outputs, &cast->p_txid, &cast->P,
                                &Q.public_key, error));
    *announcement = (prom_announcement){
        .p_txid = cast->p_txid,
        .Q = Q.public_key,
        .retainer = cast->retainer,
        .node_key = arbiter->node_key,
        .address = prom_span_of((const uint8_t *)arbiter->address, strlen(arbiter->address)),
    };
    PROM_TRY(prom_demo_pay(&cast->faucet, &announcement->offer.txid, tx,
                           &(prom_demo_payer){&funding->outputs[party], &coin}, error));
    PROM_TRY(prom_announcement_hash(cast->faucet.arena, &hash, announcement, error));
    return prom_sign(cast->faucet.curve, &announcement->signature, &hash, &Q, &auxiliary, error);
}

static const char *const letters[PROM_DEMO_PARTIES] = {"C", "W", "V", "A1", "A2", "A3"};

const char *prom_demo_address(char address[PROM_DEMO_ADDRESS], size_t party)
{
    (void)snprintf(address, PROM_DEMO_ADDRESS, "../%s/socket", letters[party]);
    return address;
}

bool prom_demo_is_there(const prom_demo_cast *cast, size_t party)
{
    return !cast->own_verifier || party != PROM_PARTY_V;
}

static prom_result create_party(prom_demo_cast *cast, size_t number, prom_error *error)
{
    prom_demo_party *party = &cast->parties[number];
    char name[64];
    party->letter = letters[number];
    if (number < PROM_PARTIES) {
        (void)snprintf(party->name, sizeof party->name, "%s", prom_party_name((prom_party)number));
    } else {
        (void)snprintf(party->name, sizeof party->name, "arbiter %u", (unsigned)(number - PROM_PARTIES + 1) % 100);
    }
    if (!prom_demo_is_there(cast, number)) { /* it is the client's node */
        const prom_demo_party *client = &cast->parties[PROM_PARTY_C];
        party->wallet = client->wallet;
        party->node_key = client->node_key;
        (void)snprintf(party->address, sizeof party->address, "%s", client->address);
        (void)snprintf(party->folder, sizeof party->folder, "%s", client->folder);
        return prom_ok();
    }
    (void)snprintf(name, sizeof name, "parties/%s", letters[number]);
    PROM_TRY(prom_folder_path(party->folder, &cast->faucet.devnet->folder, name, error));
    PROM_TRY(prom_folder_make(party->folder, error));
    (void)prom_demo_address(party->address, number);
    return prom_demo_seed(cast->faucet.curve, &party->wallet, &party->node_key, party->folder, error);
}

prom_result prom_demo_prepare(prom_demo_cast *cast, prom_error *error)
{
    prom_bytes32 funding_txid;
    prom_tx *funding = NULL;
    cast->c = prom_amount_of(REWARD);
    cast->retainer = prom_amount_of(PROM_DEMO_RETAINER);
    PROM_TRY(prom_demo_parameters(cast->faucet.curve, &cast->P, error));
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        PROM_TRY(create_party(cast, i, error));
    }
    PROM_TRY(prom_demo_mine(&cast->faucet, PROM_DEMO_MATURE_BLOCKS, error));
    PROM_TRY(fund(cast, &funding_txid, &funding, error));
    PROM_TRY(prom_demo_mine(&cast->faucet, 1, error));
    PROM_TRY(publish_parameters(cast, &funding_txid, funding, error));
    for (size_t i = PROM_PARTIES; i < PROM_DEMO_PARTIES; i++) {
        PROM_TRY(publish_offer(cast, i, &funding_txid, funding, error));
    }
    PROM_TRY(prom_demo_mine(&cast->faucet, PROM_DEMO_SHOWN_BLOCKS, error));
    prom_chain_info info;
    PROM_TRY(prom_chain_get_info(cast->faucet.devnet->rpc, &info, error));
    cast->height = info.height;
    return prom_ok();
}

void prom_demo_dismiss(prom_demo_cast *cast)
{
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        prom_wipe(&cast->parties[i].wallet, sizeof cast->parties[i].wallet);
    }
    prom_demo_faucet_close(&cast->faucet);
}
