#include "demo/cast.h"

#include <stdio.h>
#include <string.h>

#include "chain/chain.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/channel/fee_coin.h"
#include "prometheus/contract/offer.h"
#include "system/folder.h"
#include "system/random.h"
#include "system/secret_file.h"

enum {
    FEERATE = 2,         /* sat/vB */
    MATURE_BLOCKS = 101, /* the first coinbase can be spent in the next block */
    RETAINER = 1500,     /* sat, for each arbiter */
    SHOWN_BLOCKS = 3,    /* P and the offers, the snapshot, the tip */
    REWARD = 1000000,    /* sat */
};

/* What each party gets beyond its deposit: fees, and change to be seen. */
#define SPARE_SAT 100000U

/* Keys of a wallet's coins, by what they are for. */
enum { COIN_CONTRACT, COIN_FEES, COIN_PUBLISH, COIN_OFFER };

/* The demo's P: small stakes, short times (regtest: s = 2, vt = 1), a fund that nobody has the key of. */
static prom_result set_parameters(prom_demo_cast *cast, prom_error *error)
{
    cast->P = (prom_parameters){
        .w = prom_amount_of(2000000),
        .v = prom_amount_of(2500000),
        .a = prom_amount_of(3000000),
        .n = PROM_DEMO_ARBITERS,
        .alpha = 5000,
        .beta = 5000,
        .gamma = 2000,
        .delta = 5000,
        .epsilon = 3000,
        .mu = 6000,
        .sigma = 9000,
        .varsigma = 10000,
        .t1 = 12,
        .t2 = 20,
        .t3 = 28,
        .t4 = 12,
        .t5 = 0,
    };
    return prom_parameters_fund(cast->curve, &cast->P.F, &cast->P, error);
}

prom_result prom_demo_mine(prom_demo_cast *cast, uint32_t count, prom_error *error)
{
    char key[PROM_HEX32];
    char descriptor[PROM_HEX32 + 8];
    (void)snprintf(descriptor, sizeof descriptor, "rawtr(%s)", prom_hex32(key, &cast->miner.public_key));
    return prom_devnet_mine(cast->devnet, descriptor, count, error);
}

prom_result prom_demo_mine_other(prom_demo_cast *cast, uint32_t count, prom_error *error)
{
    return prom_devnet_mine(cast->devnet, "raw(51)", count, error);
}

static prom_result confirm(prom_demo_cast *cast, prom_bytes32 *txid, const prom_tx *tx, prom_error *error)
{
    prom_span bytes;
    PROM_TRY(prom_tx_serialize(cast->arena, &bytes, tx, true, error));
    PROM_TRY(prom_chain_broadcast(cast->devnet->rpc, txid, bytes, error));
    return prom_ok();
}

/* Signs and broadcasts a transaction with one input and its change at the last output. */
static prom_result pay(prom_demo_cast *cast, prom_bytes32 *txid, prom_tx *tx, const prom_tx_output *spent,
                       const prom_key *key, const prom_bytes32 *change_key, prom_error *error)
{
    const prom_bytes32 auxiliary = prom_random_bytes32();
    const prom_payment payment = {tx, spent, key, tx->output_count - 1, cast->feerate};
    tx->inputs[0].sequence = PROM_SEQUENCE_PLAIN;
    PROM_TRY(prom_script_p2tr(cast->arena, &tx->outputs[payment.change].script, change_key, error));
    PROM_TRY(prom_wallet_pay(cast->curve, cast->arena, &payment, &auxiliary, error));
    return confirm(cast, txid, tx, error);
}

/* The coinbase of the first block: 50 BTC of the miner's. */
static prom_result first_coinbase(prom_demo_cast *cast, prom_outpoint *outpoint, prom_tx_output *output,
                                  prom_error *error)
{
    prom_bytes32 hash;
    prom_span block;
    prom_tx *coinbase = NULL;
    PROM_TRY(prom_chain_block_hash(cast->devnet->rpc, &hash, 1, error));
    PROM_TRY(prom_chain_block(cast->devnet->rpc, cast->arena, &block, &hash, error));
    prom_reader reader = prom_reader_of(block);
    (void)prom_read_span(&reader, 80);
    (void)prom_read_compact_size(&reader);
    PROM_TRY(prom_tx_read(cast->arena, &coinbase, &reader, error));
    PROM_TRY(prom_tx_id(cast->arena, &outpoint->txid, coinbase, error));
    outpoint->index = 0;
    *output = coinbase->outputs[0];
    return prom_ok();
}

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
                              .feerate = cast->feerate};
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
    return prom_script_p2tr(cast->arena, &output->script, &key.public_key, error);
}

static prom_result fund(prom_demo_cast *cast, prom_bytes32 *txid, prom_tx **funding, prom_error *error)
{
    prom_tx_output spent;
    prom_tx *tx = NULL;
    PROM_TRY(prom_tx_new(cast->arena, &tx, 1, OUTPUTS, error));
    PROM_TRY(first_coinbase(cast, &tx->inputs[0].outpoint, &spent, error));
    for (size_t i = 0; i < OUTPUT_CHANGE; i++) {
        PROM_TRY(fund_output(cast, &tx->outputs[i], i, error));
    }
    PROM_TRY(pay(cast, txid, tx, &spent, &cast->miner, &cast->miner.public_key, error));
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
    PROM_TRY(prom_tx_new(cast->arena, &tx, 1, 2, error));
    tx->inputs[0].outpoint = (prom_outpoint){*funding_txid, OUTPUT_PUBLISH};
    PROM_TRY(prom_parameters_script(cast->arena, &tx->outputs[0].script, &cast->P, error));
    return pay(cast, &cast->p_txid, tx, &funding->outputs[OUTPUT_PUBLISH], &key, &key.public_key, error);
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
    PROM_TRY(prom_tx_new(cast->arena, &tx, 1, PROM_OFFER_OUTPUTS + 1, error));
    tx->inputs[0].outpoint = (prom_outpoint){*funding_txid, (uint32_t)party};
    PROM_TRY(prom_offer_outputs(cast->curve, cast->arena, tx->outputs, &cast->p_txid, &cast->P, &Q.public_key, error));
    *announcement = (prom_announcement){
        .p_txid = cast->p_txid,
        .Q = Q.public_key,
        .retainer = cast->retainer,
        .node_key = arbiter->node_key,
        .address = prom_span_of((const uint8_t *)arbiter->address, strlen(arbiter->address)),
    };
    PROM_TRY(pay(cast, &announcement->offer.txid, tx, &funding->outputs[party], &coin, &coin.public_key, error));
    PROM_TRY(prom_announcement_hash(cast->arena, &hash, announcement, error));
    return prom_sign(cast->curve, &announcement->signature, &hash, &Q, &auxiliary, error);
}

/* The seed is on the disk before a coin is sent to it. */
static prom_result create_seed(prom_demo_cast *cast, prom_demo_party *party, prom_error *error)
{
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    char words[PROM_SEED_TEXT];
    char path[PATH_MAX];
    PROM_SCOPED(prom_wipe32) prom_bytes32 entropy = prom_random_bytes32();
    prom_seed_words(words, &entropy);
    (void)snprintf(path, sizeof path, "%.4000s/words", party->folder);
    PROM_TRY(prom_secret_file_make(path, words, "a seed", error));
    party->wallet = (prom_wallet){.curve = cast->curve, .coin_type = 1};
    PROM_TRY(prom_seed_make(&party->wallet.seed, words, NULL, error));
    prom_wipe(words, sizeof words);
    PROM_TRY(prom_wallet_own_key(&party->wallet, &key, PROM_WALLET_NODE, error));
    party->node_key = key.public_key;
    return prom_ok();
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
    PROM_TRY(prom_folder_path(party->folder, &cast->devnet->folder, name, error));
    PROM_TRY(prom_folder_make(party->folder, error));
    (void)prom_demo_address(party->address, number);
    return create_seed(cast, party, error);
}

prom_result prom_demo_prepare(prom_demo_cast *cast, prom_error *error)
{
    const prom_bytes32 blinding = prom_random_bytes32();
    PROM_SCOPED(prom_wipe32) prom_bytes32 secret = {{0}};
    prom_bytes32 funding_txid;
    prom_tx *funding = NULL;
    cast->c = prom_amount_of(REWARD);
    cast->retainer = prom_amount_of(RETAINER);
    cast->feerate = FEERATE;
    PROM_TRY(prom_curve_new(cast->arena, &cast->curve, &blinding, error));
    PROM_TRY(set_parameters(cast, error));
    PROM_TRY(prom_devnet_secret(cast->devnet, &secret, error));
    PROM_TRY(prom_key_from_secret(cast->curve, &cast->miner, &secret, error));
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        PROM_TRY(create_party(cast, i, error));
    }
    PROM_TRY(prom_demo_mine(cast, MATURE_BLOCKS, error));
    PROM_TRY(fund(cast, &funding_txid, &funding, error));
    PROM_TRY(prom_demo_mine(cast, 1, error));
    PROM_TRY(publish_parameters(cast, &funding_txid, funding, error));
    for (size_t i = PROM_PARTIES; i < PROM_DEMO_PARTIES; i++) {
        PROM_TRY(publish_offer(cast, i, &funding_txid, funding, error));
    }
    PROM_TRY(prom_demo_mine(cast, SHOWN_BLOCKS, error));
    prom_chain_info info;
    PROM_TRY(prom_chain_get_info(cast->devnet->rpc, &info, error));
    cast->height = info.height;
    return prom_ok();
}

void prom_demo_dismiss(prom_demo_cast *cast)
{
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        prom_wipe(&cast->parties[i].wallet, sizeof cast->parties[i].wallet);
    }
    prom_key_wipe(&cast->miner);
}
