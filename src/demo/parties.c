#include "demo/parties.h"

#include <stdio.h>
#include <string.h>

#include "chain/chain.h"
#include "node/find_parameters.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/bitcoin/taproot.h"
#include "prometheus/crypto/hash.h"
#include "system/random.h"

enum {
    FEERATE = 2,         /* sat/vB */
    MATURE_BLOCKS = 101, /* the first coinbase can be spent in the next block */
    RETAINER = 1500,     /* sat, for each arbiter */
    SETUP_BLOCKS = 100,
    PACKAGE_MAX = 1 << 28,
    RETENTION = 500,
    DRAW_BLOCKS = 3,
    FEERATE_MAX = 100, /* sat/vB */
    SHOWN_BLOCKS = 3,  /* P, the snapshot, the tip */
    /* What the job may take, and the line between processes of one machine. */
    COMPUTE_SECONDS = 600,
    VERIFY_SECONDS = 60,
    LINE_BYTES_PER_SECOND = 100000000,
};

/* What each party gets beyond its deposit: fees, and change to be seen. */
#define SPARE_SAT 100000U

/* Keys of a wallet's coins, by what they are for. */
enum { COIN_CONTRACT, COIN_PAYOUT, COIN_CHANGE, COIN_PUBLISH, COIN_OFFER };

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

/* Pays every party's coin, and a second one to the client that publishes P: output i is party i's. */
static prom_result fund(prom_demo_cast *cast, prom_bytes32 *txid, prom_tx **funding, prom_error *error)
{
    prom_tx_output spent;
    prom_tx *tx = NULL;
    prom_key key;
    PROM_TRY(prom_tx_new(cast->arena, &tx, 1, PROM_DEMO_PARTIES + 2, error));
    PROM_TRY(first_coinbase(cast, &tx->inputs[0].outpoint, &spent, error));
    for (size_t i = 0; i <= PROM_DEMO_PARTIES; i++) {
        const bool publish = i == PROM_DEMO_PARTIES;
        const prom_wallet *wallet = &cast->parties[publish ? PROM_PARTY_C : i].wallet;
        PROM_TRY(prom_wallet_coin_key(wallet, &key, publish ? COIN_PUBLISH : COIN_CONTRACT, error));
        tx->outputs[i].value = publish ? prom_amount_of(SPARE_SAT) : need(cast, i);
        PROM_TRY(prom_script_p2tr(cast->arena, &tx->outputs[i].script, &key.public_key, error));
        prom_key_wipe(&key);
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
    tx->inputs[0].outpoint = (prom_outpoint){*funding_txid, PROM_DEMO_PARTIES};
    PROM_TRY(prom_parameters_script(cast->arena, &tx->outputs[0].script, &cast->P, error));
    return pay(cast, &cast->p_txid, tx, &funding->outputs[PROM_DEMO_PARTIES], &key, &key.public_key, error);
}

/* The part of an arbiter's seat that is its own: keys of this contract, and where it is paid. */
static prom_result configure_seat(prom_demo_party *arbiter, prom_error *error)
{
    prom_arbiter_terms *seat = &arbiter->node.config.seat;
    PROM_SCOPED(prom_key_wipe) prom_key payout = {0};
    PROM_TRY(prom_wallet_coin_key(&arbiter->wallet, &arbiter->node.coin_keys[0], COIN_OFFER, error));
    PROM_TRY(prom_wallet_coin_key(&arbiter->wallet, &payout, COIN_PAYOUT, error));
    PROM_TRY(prom_wallet_contract_key(&arbiter->wallet, &arbiter->node.host_key, 0, PROM_WALLET_HOST, error));
    seat->offer_key = arbiter->node.coin_keys[0].public_key;
    seat->key = arbiter->node.key.public_key;
    seat->joint_key = arbiter->node.joint_key.public_key;
    seat->payout = payout.public_key;
    arbiter->node.config.host_key = arbiter->node.host_key.public_key;
    return prom_ok();
}

/* An arbiter locks its stake in an offer for P and signs the announcement. */
static prom_result publish_offer(prom_demo_cast *cast, size_t party, const prom_bytes32 *funding_txid,
                                 const prom_tx *funding, prom_error *error)
{
    prom_demo_party *arbiter = &cast->parties[party];
    prom_announcement *announcement = &arbiter->node.config.announcement;
    const prom_key *Q = &arbiter->node.coin_keys[0];
    PROM_SCOPED(prom_key_wipe) prom_key coin = {0};
    prom_tx *tx = NULL;
    prom_bytes32 hash;
    const prom_bytes32 auxiliary = prom_random_bytes32();
    PROM_TRY(prom_wallet_coin_key(&arbiter->wallet, &coin, COIN_CONTRACT, error));
    PROM_TRY(configure_seat(arbiter, error));
    announcement->p_txid = cast->p_txid;
    announcement->Q = Q->public_key;
    announcement->retainer = cast->retainer;
    announcement->node_key = arbiter->node.key.public_key;
    PROM_TRY(prom_tx_new(cast->arena, &tx, 1, PROM_OFFER_OUTPUTS + 1, error));
    tx->inputs[0].outpoint = (prom_outpoint){*funding_txid, (uint32_t)party};
    PROM_TRY(prom_offer_outputs(cast->curve, cast->arena, tx->outputs, &cast->p_txid, &cast->P, &Q->public_key, error));
    PROM_TRY(pay(cast, &announcement->offer.txid, tx, &funding->outputs[party], &coin, &coin.public_key, error));
    announcement->offer.index = 0;
    arbiter->node.config.seat.offer = announcement->offer;
    PROM_TRY(prom_announcement_hash(cast->arena, &hash, announcement, error));
    return prom_sign(cast->curve, &announcement->signature, &hash, Q, &auxiliary, error);
}

/* C, W or V: its part of the terms, with the coin that it was funded with. */
static prom_result configure_party(prom_demo_cast *cast, prom_party party, const prom_bytes32 *funding_txid,
                                   const prom_tx *funding, prom_error *error)
{
    prom_demo_party *own = &cast->parties[party];
    prom_party_terms *terms = &own->node.config.party;
    PROM_SCOPED(prom_key_wipe) prom_key payout = {0};
    PROM_SCOPED(prom_key_wipe) prom_key change = {0};
    PROM_TRY(prom_wallet_coin_key(&own->wallet, &own->node.coin_keys[0], COIN_CONTRACT, error));
    PROM_TRY(prom_wallet_coin_key(&own->wallet, &payout, COIN_PAYOUT, error));
    PROM_TRY(prom_wallet_coin_key(&own->wallet, &change, COIN_CHANGE, error));
    terms->key = own->node.key.public_key;
    terms->joint_key = own->node.joint_key.public_key;
    if (party == PROM_PARTY_V) {
        PROM_TRY(prom_wallet_contract_key(&own->wallet, &own->node.seal_key, 0, PROM_WALLET_SEAL, error));
        terms->seal_key = own->node.seal_key.public_key;
    }
    terms->payout = payout.public_key;
    terms->change = change.public_key;
    terms->coin_count = 1;
    terms->coins[0] = (prom_coin){
        .outpoint = {*funding_txid, (uint32_t)party},
        .value = funding->outputs[party].value,
        .key = own->node.coin_keys[0].public_key,
    };
    own->node.config.reward_min = prom_amount_of(1);
    return prom_ok();
}

static prom_result configure_worker(prom_demo_cast *cast, prom_error *error)
{
    prom_node *node = &cast->parties[PROM_PARTY_W].node;
    node->config.h_p = prom_random_bytes32();
    node->config.k_p = prom_random_bytes32();
    PROM_TRY(prom_store_append(node->store, "h_p", prom_span_of32(&node->config.h_p), error));
    return prom_store_append(node->store, "k_p", prom_span_of32(&node->config.k_p), error);
}

static prom_result configure_client(prom_demo_cast *cast, const prom_demo_job *job, prom_error *error)
{
    prom_channel_config *config = &cast->parties[PROM_PARTY_C].node.config;
    prom_chain_info info;
    prom_bytes32 snapshot;
    PROM_TRY(prom_chain_get_info(cast->devnet->rpc, &info, error));
    PROM_TRY(prom_chain_block_hash(cast->devnet->rpc, &snapshot, info.height - 1, error));
    config->job_bytes = job->bytes;
    config->proposal = (prom_terms){
        .genesis = info.genesis,
        .p_txid = cast->p_txid,
        .P = cast->P,
        .c = cast->c,
        .retainer = cast->retainer,
        .job = job->named,
        .frost_revision = PROM_FROST_REVISION,
        .dkg_revision = PROM_DKG_REVISION,
        .feerate = cast->feerate,
        .snapshot_height = info.height - 1,
        .snapshot_hash = snapshot,
        .draw_height = info.height + DRAW_BLOCKS,
        .setup_deadline = info.height + SETUP_BLOCKS,
        .package_max = PACKAGE_MAX,
        .retention = RETENTION,
    };
    config->peers[PROM_PARTY_W] = cast->parties[PROM_PARTY_W].node.key.public_key;
    config->peers[PROM_PARTY_V] = cast->parties[PROM_PARTY_V].node.key.public_key;
    return prom_ok();
}

/* P as everybody's own node finds it on the chain, in the block that was mined after it was published. */
static prom_result find_parameters(prom_demo_cast *cast, prom_error *error)
{
    prom_chain_info info;
    prom_parameters P;
    PROM_TRY(prom_chain_get_info(cast->devnet->rpc, &info, error));
    const prom_published published = {cast->p_txid, info.height - SHOWN_BLOCKS + 1};
    PROM_TRY(prom_find_parameters(cast->devnet->rpc, cast->curve, prom_chain_parameters_by_name("regtest"), &P,
                                  &published, error));
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        prom_channel_config *config = &cast->parties[i].node.config;
        config->P = P;
        config->p_txid = published.txid;
        config->p_height = published.height;
    }
    return prom_ok();
}

/* Seed, store and keys of one party. The seed is on the disk before a coin is sent to it. */
static prom_result create_party(prom_demo_cast *cast, size_t party, prom_error *error)
{
    static const prom_role roles[] = {PROM_ROLE_CLIENT, PROM_ROLE_WORKER, PROM_ROLE_VERIFIER};
    prom_demo_party *created = &cast->parties[party];
    char file[32];
    char path[PATH_MAX];
    created->node.config.role = party < PROM_PARTIES ? roles[party] : PROM_ROLE_ARBITER;
    if (party < PROM_PARTIES) {
        (void)snprintf(created->node.name, sizeof created->node.name, "%s", prom_party_name((prom_party)party));
    } else {
        (void)snprintf(created->node.name, sizeof created->node.name, "arbiter %u",
                       (unsigned)(party - PROM_PARTIES + 1) % 100);
    }
    (void)snprintf(file, sizeof file, "%s.sqlite", created->node.name);
    PROM_TRY(prom_folder_path(path, &cast->devnet->folder, file, error));
    PROM_TRY(prom_store_open(&created->node.store, path, error));
    created->node.config.genesis = prom_chain_parameters_by_name("regtest")->genesis;
    created->node.config.limits = (prom_terms_limits){.payload_bytes = PROM_PAYLOAD_MAX,
                                                      .package_bytes = PACKAGE_MAX,
                                                      .feerate = FEERATE_MAX,
                                                      .three_max = cast->P.w};
    created->node.config.time = (prom_job_time){.compute_seconds = COMPUTE_SECONDS,
                                                .verify_seconds = VERIFY_SECONDS,
                                                .bytes_per_second = LINE_BYTES_PER_SECOND};
    created->wallet = (prom_wallet){.curve = cast->curve, .seed = prom_random_bytes32(), .coin_type = 1};
    PROM_TRY(prom_store_append(created->node.store, "seed", prom_span_of32(&created->wallet.seed), error));
    PROM_TRY(prom_wallet_contract_key(&created->wallet, &created->node.joint_key, 0, PROM_WALLET_JOINT, error));
    PROM_TRY(prom_wallet_contract_key(&created->wallet, &created->node.key, 0, PROM_WALLET_WORDS, error));
    created->node.config.peers[PROM_PARTY_C] = cast->parties[PROM_PARTY_C].node.key.public_key;
    return prom_ok();
}

prom_result prom_demo_prepare(prom_demo_cast *cast, const prom_demo_job *job, prom_error *error)
{
    const prom_bytes32 blinding = prom_random_bytes32();
    PROM_SCOPED(prom_wipe32) prom_bytes32 secret = {{0}};
    prom_bytes32 funding_txid;
    prom_tx *funding = NULL;
    cast->c = prom_amount_of(1000000);
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
    PROM_TRY(prom_demo_mine(cast, SHOWN_BLOCKS, error)); /* P a block before the snapshot, the tip one after */
    PROM_TRY(find_parameters(cast, error));
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        PROM_TRY(configure_party(cast, party, &funding_txid, funding, error));
    }
    PROM_TRY(configure_worker(cast, error));
    return configure_client(cast, job, error);
}

prom_result prom_demo_start(prom_demo_cast *cast, prom_hub *hub, prom_error *error)
{
    const prom_event start = {.kind = PROM_EVENT_START};
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        PROM_TRY(prom_node_init(&cast->parties[i].node, error));
        PROM_TRY(prom_hub_add(hub, &cast->parties[i].node, error));
    }
    for (size_t i = PROM_PARTIES; i < PROM_DEMO_PARTIES; i++) {
        const prom_node *node = &cast->parties[i].node;
        prom_event announced = {.kind = PROM_EVENT_MESSAGE, .from = node->key.public_key};
        announced.message.kind = PROM_MESSAGE_ANNOUNCEMENT;
        PROM_TRY(prom_channel_announcement(cast->arena, &announced.message.body, &node->config, error));
        PROM_TRY(prom_hub_post(hub, PROM_PARTY_C, &announced, error));
    }
    return prom_hub_post(hub, PROM_PARTY_C, &start, error);
}

void prom_demo_dismiss(prom_demo_cast *cast)
{
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        prom_node_free(&cast->parties[i].node);
        prom_wipe(&cast->parties[i].wallet, sizeof cast->parties[i].wallet);
    }
    prom_key_wipe(&cast->miner);
}
