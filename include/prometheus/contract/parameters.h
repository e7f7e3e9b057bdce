/* The Prometheus contract P: the parameters that many computation contracts share, published once in an OP_RETURN. */
#ifndef PROMETHEUS_CONTRACT_PARAMETERS_H
#define PROMETHEUS_CONTRACT_PARAMETERS_H

#include <stdbool.h>
#include <stdint.h>

#include "prometheus/base/amount.h"
#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"
#include "prometheus/crypto/key.h"

PROM_DECLARATIONS_BEGIN

#define PROM_ARBITERS_MIN 3
#define PROM_ARBITERS_MAX 9

/* A number of blocks, both ends counted in. */
typedef struct prom_block_range {
    uint32_t low;
    uint32_t high;
} prom_block_range;

/* What belongs to a chain and not to P. */
typedef struct prom_chain_parameters {
    const char *name;                /* as bitcoind's getblockchaininfo says it */
    const char *address_prefix;      /* of its segwit addresses */
    prom_bytes32 genesis;            /* hash of its first block, in internal byte order */
    prom_bytes32 id;                 /* what tells the chain from others: that, or of an own signet prom_signet_id */
    uint32_t safety_margin;          /* s: blocks within which an honest party's transaction confirms */
    uint32_t verification;           /* vt: blocks that a verification may take */
    uint32_t echo_round;             /* e: blocks of a round in which arbiters pass evidence on */
    uint32_t vote_step;              /* p: blocks of a step of the vote: commit, reveal, sign */
    uint32_t offer_age;              /* blocks before the snapshot by which an offer, and P, are confirmed */
    prom_block_range snapshot_depth; /* of the snapshot below the tip of who signs the base terms */
    prom_block_range setup_time;     /* from that tip to the setup's deadline */
    uint32_t sampling_lead;          /* from W's tip to the block that it names for the seed of a sample, at least */
    uint32_t notice_lead;            /* from the height in a notice's receipt to that block, at least */
    uint32_t tip_seconds;            /* age of the tip of a node in step with the chain, at most; 0: any */
    uint32_t round_seconds;          /* that a node is connected before it signs receipts, and an echo round lasts */
    uint32_t first_block;            /* height from which on the chain may hold a P */
    uint16_t rpc_port;               /* bitcoind's default */
    uint16_t node_port;              /* on which a node listens by default */
} prom_chain_parameters;

/* Returns the network of that name or genesis block, or NULL; "signet" is the default one, though all have one genesis
 * block. */
const prom_chain_parameters *prom_chain_parameters_by_name(const char *name);
const prom_chain_parameters *prom_chain_parameters_by_genesis(const prom_bytes32 *genesis);
/* Returns the network of terms: of that genesis block and, where it is not empty, of the own signet with that challenge
 * (BIP 325). NULL when there is none, and when the challenge is the default signet's, which terms leave out. */
const prom_chain_parameters *prom_chain_parameters_of(const prom_bytes32 *genesis, prom_span signet_challenge);
/* Returns what terms hold of a signet's challenge: nothing of the default one. */
prom_span prom_signet_challenge(prom_span challenge);
/* Returns what tells the signet with that challenge from all others, which have the same genesis block: that, of the
 * default one; of an own one the same with H(`prometheus/signet`, challenge) in place of its first 24 bytes. */
prom_bytes32 prom_signet_id(prom_span challenge);
/* Returns the network that the id is of, NULL when there is none. Of an own signet it has another id than that. */
const prom_chain_parameters *prom_chain_parameters_by_id(const prom_bytes32 *id);

/* P. Fractions are basis points, times are blocks. The names are the paper's (table 1). */
typedef struct prom_parameters {
    prom_amount w;       /* stake of the worker */
    prom_amount v;       /* stake of the verifier */
    prom_amount a;       /* stake of an arbiter */
    uint8_t n;           /* number of arbiters */
    prom_bytes32 F;      /* output key of the common fund, paid as rawtr(F) */
    uint16_t alpha;      /* of w, taken from a worker that times out */
    uint16_t beta;       /* of v, taken from a verifier that times out */
    uint16_t gamma;      /* of w, to the client when the arbiters do not decide */
    uint16_t delta;      /* of w, to F when the worker does not appeal */
    uint16_t epsilon;    /* of every stake, when the arbiters do not decide */
    uint16_t mu;         /* of n, that must agree on a decision */
    uint16_t sigma;      /* of the reward c, for the verifier */
    uint16_t varsigma;   /* of a batch, that a sampling scheme checks */
    uint16_t t1, t2, t3; /* from Tx0: accusation, verifier's timeout, worker's timeout */
    uint16_t t4;         /* from TxA: arbiters' timeout */
    uint16_t t5;         /* audit window; only 0 (off) is supported yet */
} prom_parameters;

/* Returns how many arbiters a set holds, bit i for arbiter i. */
uint32_t prom_arbiters_count(uint32_t arbiters);
/* Returns k = ceil(mu * n): the arbiters that make a decision. */
uint32_t prom_parameters_quorum(const prom_parameters *parameters);
/* Returns n - k: so many arbiters, away or against somebody, neither make a decision nor keep one from being made. */
uint32_t prom_parameters_tolerated(const prom_parameters *parameters);
/* Returns T = t3 + 2 (t2 - t1) + t5, in blocks from Tx0: an appeal begins by then, if any does. */
uint32_t prom_parameters_duration(const prom_parameters *parameters);
/* Returns at = e (n - k + 1) + s + vt + 3p: the blocks that an arbitration may take. */
uint32_t prom_parameters_arbitration(const prom_parameters *parameters, const prom_chain_parameters *network);

/* Computes the F that nobody can spend: BIP 341's point without a known logarithm, shifted by the tagged hash
 * `prometheus/fund` of P's 42 bytes without magic and F. Who names another F names a party that gains from every
 * failure. */
PROM_MUST_USE prom_result prom_parameters_fund(const prom_curve *curve, prom_bytes32 *F,
                                               const prom_parameters *parameters, prom_error *error);
/* Returns whether P's F is that one. */
PROM_MUST_USE bool prom_parameters_fund_is_nobodys(const prom_curve *curve, const prom_parameters *parameters);

/* Succeeds when P keeps all bounds on this network. PROM_CATEGORY_BAD_INPUT says of the first that it breaks what P
 * has, what is needed, and why: "t3 is 300, and at least 312 is needed: t2 + 4s". */
PROM_MUST_USE prom_result prom_parameters_check(const prom_curve *curve, const prom_parameters *parameters,
                                                const prom_chain_parameters *network, prom_error *error);

#define PROM_PARAMETERS_BYTES 78
/* Writes the 78 bytes of the OP_RETURN. */
void prom_parameters_write(prom_writer *writer, const prom_parameters *parameters);
/* Reads them back; a wrong magic fails the reader. Bounds are prom_parameters_check's. */
void prom_parameters_read(prom_reader *reader, prom_parameters *parameters);

/* Makes the output script that publishes P. */
PROM_MUST_USE prom_result prom_parameters_script(prom_arena *arena, prom_span *script,
                                                 const prom_parameters *parameters, prom_error *error);

PROM_DECLARATIONS_END

#endif
