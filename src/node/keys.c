/* The keys of a party in a contract: their public halves go into its facts when the channel is made. */
#include "node/beginning.h"
#include "prometheus/crypto/hash.h"

/* Adds the public half of a key, and wipes the rest. */
static prom_result own_key(const prom_node *node, prom_bytes32 *public_key, uint64_t channel, prom_wallet_use use,
                           prom_error *error)
{
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    PROM_TRY(prom_wallet_contract_key(&node->wallet, &key, channel, use, error));
    *public_key = key.public_key;
    return prom_ok();
}

static prom_result own_output(const prom_node *node, prom_bytes32 *public_key, uint64_t channel,
                              prom_wallet_output output, prom_error *error)
{
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    PROM_TRY(prom_wallet_output_key(&node->wallet, &key, channel, output, error));
    *public_key = key.public_key;
    return prom_ok();
}

/* The hash of a secret that the worker shows when it is time. */
static prom_result own_hash(const prom_node *node, prom_bytes32 *hash, uint64_t channel, prom_wallet_secret kind,
                            prom_error *error)
{
    prom_bytes32 secret;
    PROM_TRY(prom_wallet_secret_of(&node->wallet, &secret, channel, kind, 0, error));
    prom_sha256(hash, prom_span_of32(&secret));
    prom_wipe32(&secret);
    return prom_ok();
}

prom_result prom_node_own_keys(const prom_node *node, prom_facts *facts, prom_error *error)
{
    prom_own *own = &facts->own;
    const uint64_t channel = facts->number;
    PROM_TRY(own_key(node, &own->words, channel, PROM_WALLET_WORDS, error));
    PROM_TRY(own_key(node, &own->joint, channel, PROM_WALLET_JOINT, error));
    PROM_TRY(own_output(node, &own->payout, channel, PROM_WALLET_PAYOUT, error));
    prom_node_sign_word(node, own);
    switch (facts->role) {
    case PROM_ROLE_CLIENT:
        facts->client = own->words;
        return own_output(node, &own->change, channel, PROM_WALLET_CHANGE, error);
    case PROM_ROLE_WORKER:
        PROM_TRY(own_hash(node, &own->h, channel, PROM_WALLET_H_P, error));
        PROM_TRY(own_hash(node, &own->k_h, channel, PROM_WALLET_K_P, error));
        return own_output(node, &own->change, channel, PROM_WALLET_CHANGE, error);
    case PROM_ROLE_VERIFIER:
        PROM_TRY(own_key(node, &own->seal, channel, PROM_WALLET_SEAL, error));
        return own_output(node, &own->change, channel, PROM_WALLET_CHANGE, error);
    case PROM_ROLE_ARBITER:
        return own_key(node, &own->host, channel, PROM_WALLET_HOST, error);
    case PROM_ROLES:
        break;
    }
    return prom_fail(error, PROM_CATEGORY_MISUSE, "a channel of no known role");
}
