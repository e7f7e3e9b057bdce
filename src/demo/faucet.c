#include "demo/faucet.h"

#include <stdio.h>

#include "chain/chain.h"
#include "prometheus/bitcoin/script.h"
#include "system/random.h"
#include "system/secret_file.h"

prom_result prom_demo_faucet_open(prom_demo_faucet *faucet, prom_arena *arena, prom_devnet *devnet, prom_error *error)
{
    const prom_bytes32 blinding = prom_random_bytes32();
    PROM_SCOPED(prom_wipe32) prom_bytes32 secret = {{0}};
    *faucet = (prom_demo_faucet){.arena = arena, .devnet = devnet};
    PROM_TRY(prom_curve_new(arena, &faucet->curve, &blinding, error));
    PROM_TRY(prom_devnet_secret(devnet, &secret, error));
    return prom_key_from_secret(faucet->curve, &faucet->miner, &secret, error);
}

void prom_demo_faucet_close(prom_demo_faucet *faucet)
{
    prom_key_wipe(&faucet->miner);
}

prom_result prom_demo_mine(prom_demo_faucet *faucet, uint32_t count, prom_error *error)
{
    char key[PROM_HEX32];
    char descriptor[PROM_HEX32 + 8];
    (void)snprintf(descriptor, sizeof descriptor, "rawtr(%s)", prom_hex32(key, &faucet->miner.public_key));
    return prom_devnet_mine(faucet->devnet, descriptor, count, error);
}

prom_result prom_demo_mine_other(prom_demo_faucet *faucet, uint32_t count, prom_error *error)
{
    return prom_devnet_mine(faucet->devnet, "raw(51)", count, error);
}

/* -- Payments -- */

prom_result prom_demo_pay(prom_demo_faucet *faucet, prom_bytes32 *txid, prom_tx *tx, const prom_demo_payer *payer,
                          prom_error *error)
{
    const prom_bytes32 auxiliary = prom_random_bytes32();
    const prom_payment payment = {tx, payer->spent, payer->key, tx->output_count - 1, PROM_DEMO_FEERATE};
    prom_span bytes;
    tx->inputs[0].sequence = PROM_SEQUENCE_PLAIN;
    PROM_TRY(prom_script_p2tr(faucet->arena, &tx->outputs[payment.change].script, &payer->key->public_key, error));
    PROM_TRY(prom_wallet_pay(faucet->curve, faucet->arena, &payment, &auxiliary, error));
    PROM_TRY(prom_tx_serialize(faucet->arena, &bytes, tx, true, error));
    return prom_chain_broadcast(faucet->devnet->rpc, txid, bytes, error);
}

/* The coinbase of the first block: 50 BTC of the miner's. */
static prom_result first_coinbase(prom_demo_faucet *faucet, prom_outpoint *outpoint, prom_tx_output *output,
                                  prom_error *error)
{
    prom_bytes32 hash;
    prom_span block;
    prom_tx *coinbase = NULL;
    PROM_TRY(prom_chain_block_hash(faucet->devnet->rpc, &hash, 1, error));
    PROM_TRY(prom_chain_block(faucet->devnet->rpc, faucet->arena, &block, &hash, error));
    prom_reader reader = prom_reader_of(block);
    (void)prom_read_span(&reader, 80);
    (void)prom_read_compact_size(&reader);
    PROM_TRY(prom_tx_read(faucet->arena, &coinbase, &reader, error));
    PROM_TRY(prom_tx_id(faucet->arena, &outpoint->txid, coinbase, error));
    outpoint->index = 0;
    *output = coinbase->outputs[0];
    return prom_ok();
}

prom_result prom_demo_faucet_pay(prom_demo_faucet *faucet, prom_bytes32 *txid, prom_tx *tx, prom_error *error)
{
    prom_tx_output spent;
    PROM_TRY(first_coinbase(faucet, &tx->inputs[0].outpoint, &spent, error));
    return prom_demo_pay(faucet, txid, tx, &(prom_demo_payer){&spent, &faucet->miner}, error);
}

/* -- What every demo has -- */

prom_result prom_demo_parameters(const prom_curve *curve, prom_parameters *P, prom_error *error)
{
    *P = (prom_parameters){
        .w = prom_amount_of(2000000),
        .v = prom_amount_of(2500000),
        .a = prom_amount_of(3000000),
        .n = PROM_DEMO_SEATS,
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
    return prom_parameters_fund(curve, &P->F, P, error);
}

prom_result prom_demo_seed(const prom_curve *curve, prom_wallet *wallet, prom_bytes32 *node_key, const char *folder,
                           prom_error *error)
{
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    char words[PROM_SEED_TEXT];
    char path[PATH_MAX];
    PROM_SCOPED(prom_wipe32) prom_bytes32 entropy = prom_random_bytes32();
    prom_seed_words(words, &entropy);
    (void)snprintf(path, sizeof path, "%.4000s/words", folder);
    PROM_TRY(prom_secret_file_make(path, words, "a seed", error));
    *wallet = (prom_wallet){.curve = curve, .coin_type = 1};
    PROM_TRY(prom_seed_make(&wallet->seed, words, NULL, error));
    prom_wipe(words, sizeof words);
    PROM_TRY(prom_wallet_own_key(wallet, &key, PROM_WALLET_NODE, error));
    *node_key = key.public_key;
    return prom_ok();
}
