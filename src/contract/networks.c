/* The networks: what belongs to a chain and not to P; docs/protocol.md, section 1. */
#include "prometheus/contract/parameters.h"

#include <string.h>

#include "prometheus/crypto/hash.h"

/* Genesis hashes as bitcoind shows them, turned around: internal byte order. */
#define GENESIS_MAIN                                                                                                   \
    {                                                                                                                  \
        {                                                                                                              \
            0x6f, 0xe2, 0x8c, 0x0a, 0xb6, 0xf1, 0xb3, 0x72, 0xc1, 0xa6, 0xa2, 0x46, 0xae, 0x63, 0xf7, 0x4f, 0x93,      \
                0x1e, 0x83, 0x65, 0xe1, 0x5a, 0x08, 0x9c, 0x68, 0xd6, 0x19, 0x00, 0x00, 0x00, 0x00, 0x00               \
        }                                                                                                              \
    }
#define GENESIS_TESTNET4                                                                                               \
    {                                                                                                                  \
        {                                                                                                              \
            0x43, 0xf0, 0x8b, 0xda, 0xb0, 0x50, 0xe3, 0x5b, 0x56, 0x7c, 0x86, 0x4b, 0x91, 0xf4, 0x7f, 0x50, 0xae,      \
                0x72, 0x5a, 0xe2, 0xde, 0x53, 0xbc, 0xfb, 0xba, 0xf2, 0x84, 0xda, 0x00, 0x00, 0x00, 0x00               \
        }                                                                                                              \
    }
#define GENESIS_SIGNET                                                                                                 \
    {                                                                                                                  \
        {                                                                                                              \
            0xf6, 0x1e, 0xee, 0x3b, 0x63, 0xa3, 0x80, 0xa4, 0x77, 0xa0, 0x63, 0xaf, 0x32, 0xb2, 0xbb, 0xc9, 0x7c,      \
                0x9f, 0xf9, 0xf0, 0x1f, 0x2c, 0x42, 0x25, 0xe9, 0x73, 0x98, 0x81, 0x08, 0x00, 0x00, 0x00               \
        }                                                                                                              \
    }
#define GENESIS_REGTEST                                                                                                \
    {                                                                                                                  \
        {                                                                                                              \
            0x06, 0x22, 0x6e, 0x46, 0x11, 0x1a, 0x0b, 0x59, 0xca, 0xaf, 0x12, 0x60, 0x43, 0xeb, 0x5b, 0xbf, 0x28,      \
                0xc3, 0x4f, 0x3a, 0x5e, 0x33, 0x2a, 0x1f, 0xc7, 0xb2, 0xb7, 0x3c, 0xf1, 0x88, 0x91, 0x0f               \
        }                                                                                                              \
    }

/* What all public networks have in common. */
#define PUBLIC                                                                                                         \
    .safety_margin = 6, .verification = 22, .echo_round = 3, .vote_step = 6, .offer_age = 6,                           \
    .snapshot_depth = {6, 36}, .setup_time = {12, 144}, .sampling_lead = 12, .notice_lead = 6, .tip_seconds = 10800,   \
    .round_seconds = 600

/* No P is older than the first version of this program, of 21 November 2026. The first blocks are what the chains had
 * six weeks before it at 144 blocks a day, rounded down: of main after block 840,000 (20 April 2024), of testnet4 and
 * signet after their first (3 May 2024, 1 September 2020). An own signet may be young. The nodes' ports are below those
 * that systems give to outgoing connections. */
enum { MAIN, TESTNET4, SIGNET, OWN_SIGNET, REGTEST, NETWORKS };

static const prom_chain_parameters networks[NETWORKS] = {
    [MAIN] = {.name = "main",
              .address_prefix = "bc",
              .genesis = GENESIS_MAIN,
              .id = GENESIS_MAIN,
              PUBLIC,
              .first_block = 970000,
              .rpc_port = 8332,
              .node_port = 7067},
    [TESTNET4] = {.name = "testnet4",
                  .address_prefix = "tb",
                  .genesis = GENESIS_TESTNET4,
                  .id = GENESIS_TESTNET4,
                  PUBLIC,
                  .first_block = 128000,
                  .rpc_port = 48332,
                  .node_port = 17067},
    [SIGNET] = {.name = "signet",
                .address_prefix = "tb",
                .genesis = GENESIS_SIGNET,
                .id = GENESIS_SIGNET,
                PUBLIC,
                .first_block = 320000,
                .rpc_port = 38332,
                .node_port = 27067},
    [OWN_SIGNET] = {.name = "signet",
                    .address_prefix = "tb",
                    .genesis = GENESIS_SIGNET,
                    .id = GENESIS_SIGNET,
                    PUBLIC,
                    .first_block = 1,
                    .rpc_port = 38332,
                    .node_port = 27067},
    [REGTEST] = {.name = "regtest",
                 .address_prefix = "bcrt",
                 .genesis = GENESIS_REGTEST,
                 .id = GENESIS_REGTEST,
                 .safety_margin = 2,
                 .verification = 1,
                 .echo_round = 1,
                 .vote_step = 1,
                 .offer_age = 1,
                 .snapshot_depth = {1, 1000},
                 .setup_time = {6, 144},
                 .sampling_lead = 3,
                 .notice_lead = 2,
                 .first_block = 1,
                 .rpc_port = 18443,
                 .node_port = 7167},
};

/* The script that the blocks of the default signet satisfy: one of two keys (BIP 325). */
static const uint8_t default_challenge[] = {
    0x51, 0x21, 0x03, 0xad, 0x5e, 0x0e, 0xda, 0xd1, 0x8c, 0xb1, 0xf0, 0xfc, 0x0d, 0x28, 0xa3, 0xd4, 0xf1, 0xf3,
    0xe4, 0x45, 0x64, 0x03, 0x37, 0x48, 0x9a, 0xbb, 0x10, 0x40, 0x4f, 0x2d, 0x1e, 0x08, 0x6b, 0xe4, 0x30, 0x21,
    0x03, 0x59, 0xef, 0x50, 0x21, 0x96, 0x4f, 0xe2, 0x2d, 0x6f, 0x8e, 0x05, 0xb2, 0x46, 0x3c, 0x95, 0x40, 0xce,
    0x96, 0x88, 0x3f, 0xe3, 0xb2, 0x78, 0x76, 0x0f, 0x04, 0x8f, 0x51, 0x89, 0xf2, 0xe6, 0xc4, 0x52, 0xae};

prom_span prom_signet_challenge(prom_span challenge)
{
    const bool is_default = prom_span_equal(challenge, prom_span_of(default_challenge, sizeof default_challenge));
    return is_default ? prom_span_of(NULL, 0) : challenge;
}

const prom_chain_parameters *prom_chain_parameters_by_name(const char *name)
{
    for (size_t i = 0; i < NETWORKS; i++) {
        if (strcmp(networks[i].name, name) == 0) {
            return &networks[i];
        }
    }
    return NULL;
}

const prom_chain_parameters *prom_chain_parameters_by_genesis(const prom_bytes32 *genesis)
{
    for (size_t i = 0; i < NETWORKS; i++) {
        if (prom_bytes32_equal(&networks[i].genesis, genesis)) {
            return &networks[i];
        }
    }
    return NULL;
}

const prom_chain_parameters *prom_chain_parameters_of(const prom_bytes32 *genesis, prom_span signet_challenge)
{
    const prom_chain_parameters *network = prom_chain_parameters_by_genesis(genesis);
    if (signet_challenge.length == 0) {
        return network;
    }
    const bool own = network == &networks[SIGNET] && prom_signet_challenge(signet_challenge).length > 0;
    return own ? &networks[OWN_SIGNET] : NULL;
}

/* Bytes of a chain's id that are the genesis block's, in which proof of work leaves the zeros. */
enum { ID_OF_GENESIS = 8 };

prom_bytes32 prom_signet_id(prom_span challenge)
{
    prom_bytes32 id = networks[SIGNET].genesis;
    prom_bytes32 hash;
    if (prom_signet_challenge(challenge).length > 0) {
        prom_tagged_hash(&hash, "prometheus/signet", challenge);
        memcpy(id.bytes, hash.bytes, sizeof id.bytes - ID_OF_GENESIS);
    }
    return id;
}

const prom_chain_parameters *prom_chain_parameters_by_id(const prom_bytes32 *id)
{
    const size_t at = sizeof id->bytes - ID_OF_GENESIS;
    const prom_chain_parameters *network = prom_chain_parameters_by_genesis(id);
    const bool own = memcmp(id->bytes + at, networks[SIGNET].genesis.bytes + at, ID_OF_GENESIS) == 0;
    return network == NULL && own ? &networks[OWN_SIGNET] : network;
}
