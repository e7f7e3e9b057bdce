/* The terms of one computation contract: all that its parties must agree on before they sign. The base terms are what
 * C, W and V agree on first; their tagged hash `prometheus/setup` is the setup id. With the arbiters and their joint
 * key Y they are the full terms; their tagged hash `prometheus/contract` is the contract id. */
#ifndef PROMETHEUS_CONTRACT_TERMS_H
#define PROMETHEUS_CONTRACT_TERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/bitcoin/transaction.h"
#include "prometheus/contract/parameters.h"

PROM_DECLARATIONS_BEGIN

/* The three parties of a channel, in the order in which they stand in every layout. */
typedef enum prom_party { PROM_PARTY_C, PROM_PARTY_W, PROM_PARTY_V, PROM_PARTIES } prom_party;

#define PROM_COINS_MAX 16
#define PROM_FEERATE_MAX 10000U
#define PROM_PAYLOAD_MAX (UINT64_C(1) << 30) /* program and input together; a package, too */
#define PROM_TX0_VSIZE_MAX 10000U
#define PROM_SIGNET_CHALLENGE_MAX 255
#define PROM_RETENTION_MARGINS 6U  /* safety margins that packages are kept beyond T + t4, at least */
#define PROM_RETENTION_SLACK 1008U /* blocks beyond that, at most: a week */
#define PROM_DRAW_LEAD 3U          /* blocks from the tip of who signs the base terms to the draw's, at least */
#define PROM_DRAW_DEPTH 2U         /* blocks on the draw's before anybody draws */

/* The revisions of the drafts that the arbiters' joint key and signatures follow: parties with another one refuse. */
#define PROM_FROST_REVISION 1U /* BIP 445, as of docs/protocol.md */
#define PROM_DKG_REVISION 1U   /* ChillDKG, likewise */

/* A coin that a party puts into Tx0: a confirmed P2TR output, spent by its key. */
typedef struct prom_coin {
    prom_outpoint outpoint;
    prom_amount value;
    prom_bytes32 key; /* output key */
} prom_coin;

typedef struct prom_party_terms {
    prom_bytes32 key;       /* of its own words: verdict, packages, notices; V's stands in O0 */
    prom_bytes32 joint_key; /* of the party in ALL */
    prom_bytes32 seal_key;  /* V: for E_V; C, W: zero */
    prom_bytes32 payout;    /* output key of the P2TR output that every closing transaction pays */
    prom_bytes32 change;    /* likewise, for what the coins hold beyond the deposit */
    prom_coin coins[PROM_COINS_MAX];
    size_t coin_count;
} prom_party_terms;

typedef struct prom_arbiter_terms {
    prom_outpoint offer;
    prom_bytes32 offer_key; /* Q: output key of the offer */
    prom_bytes32 key;       /* of its own words: receipts, answers, votes */
    prom_bytes32 joint_key; /* of the arbiter in ALL */
    prom_bytes32 payout;
} prom_arbiter_terms;

/* What is computed: a program and its input, both named by hash. */
typedef struct prom_job {
    uint16_t scheme; /* the proof scheme's number */
    prom_bytes32 program_digest;
    uint64_t program_bytes;
    prom_bytes32 input_hash; /* SHA-256 of the input's canonical bytes */
    uint64_t input_bytes;
    uint32_t items; /* in the batch */
} prom_job;

typedef struct prom_terms {
    prom_bytes32 genesis;       /* of the chain */
    prom_span signet_challenge; /* of an own signet; empty: the chain of that genesis */
    prom_bytes32 p_txid;        /* of the transaction that published P */
    prom_parameters P;
    prom_amount c;
    prom_amount retainer; /* rho: to each arbiter, in every ending but #5 */
    prom_job job;
    prom_bytes32 h;           /* SHA256(h_p) */
    prom_bytes32 k_h;         /* SHA256(k_p) */
    uint16_t frost_revision;  /* PROM_FROST_REVISION */
    uint16_t dkg_revision;    /* PROM_DKG_REVISION */
    uint8_t flags;            /* 0; reserved for hiding */
    uint32_t feerate;         /* sat/vB, for all transactions of the contract */
    uint32_t snapshot_height; /* the block at which offers are counted */
    prom_bytes32 snapshot_hash;
    uint32_t draw_height;    /* g: of the block that gives the draw's seed */
    prom_span earlier;       /* signed base terms of the aborted setup whose draw stands; empty: a new draw */
    uint32_t setup_deadline; /* height by which Tx0 must be confirmed */
    uint64_t package_max;    /* bytes of a delivered package */
    uint32_t retention;      /* blocks from H0 that packages are kept at most */
    prom_party_terms parties[PROM_PARTIES];
    /* Full terms only. */
    prom_arbiter_terms arbiters[PROM_ARBITERS_MAX]; /* in the order of the draw */
    size_t arbiter_count;
    prom_bytes32 Y;
} prom_terms;

/* Writes the base terms' bytes. */
PROM_MUST_USE prom_result prom_terms_write_base(prom_arena *arena, prom_span *bytes, const prom_terms *terms,
                                                prom_error *error);
/* Writes the full terms' bytes: the base terms' and the arbiters'. */
PROM_MUST_USE prom_result prom_terms_write(prom_arena *arena, prom_span *bytes, const prom_terms *terms,
                                           prom_error *error);
/* Reads exactly one of them; spans point into `bytes`. PROM_CATEGORY_BAD_INPUT on anything else. Says nothing about
 * validity: see prom_terms_check. */
PROM_MUST_USE prom_result prom_terms_read_base(prom_terms *terms, prom_span bytes, prom_error *error);
PROM_MUST_USE prom_result prom_terms_read(prom_terms *terms, prom_span bytes, prom_error *error);

/* Computes the tagged hash of the base terms' bytes (`prometheus/setup`), or of the full ones'
 * (`prometheus/contract`). */
PROM_MUST_USE prom_result prom_terms_setup_id(prom_arena *arena, prom_bytes32 *id, const prom_terms *terms,
                                              prom_error *error);
PROM_MUST_USE prom_result prom_terms_contract_id(prom_arena *arena, prom_bytes32 *id, const prom_terms *terms,
                                                 prom_error *error);

/* The signatures of C, W and V by their own-words keys, of a setup id. */
typedef struct prom_base_signatures {
    prom_signature by[PROM_PARTIES];
} prom_base_signatures;

/* Succeeds when all three have signed the base terms. PROM_CATEGORY_PEER names the first who has not. */
PROM_MUST_USE prom_result prom_terms_signed(const prom_curve *curve, const prom_terms *terms,
                                            const prom_base_signatures *signatures, prom_error *error);
/* Writes signed base terms, their bytes and the three signatures, as `earlier` holds them; reads exactly one of them,
 * and says nothing about the signatures. */
PROM_MUST_USE prom_result prom_terms_write_signed(prom_arena *arena, prom_span *bytes, const prom_terms *terms,
                                                  const prom_base_signatures *signatures, prom_error *error);
PROM_MUST_USE prom_result prom_terms_read_signed(prom_terms *terms, prom_base_signatures *signatures, prom_span bytes,
                                                 prom_error *error);
/* Computes the setup id that the draw's seed is made of: the earlier setup's where there is one, else the terms' own.
 */
PROM_MUST_USE prom_result prom_terms_draw_id(prom_arena *arena, prom_bytes32 *id, const prom_terms *terms,
                                             prom_error *error);

/* Writes, and reads, one party's part, as it stands in the base terms. A fault fails the reader. */
void prom_party_terms_write(prom_writer *writer, const prom_party_terms *party);
void prom_party_terms_read(prom_reader *reader, prom_party_terms *party);
/* Writes, and reads, one arbiter's part, as it stands in the full terms. */
void prom_arbiter_terms_write(prom_writer *writer, const prom_arbiter_terms *arbiter);
void prom_arbiter_terms_read(prom_reader *reader, prom_arbiter_terms *arbiter);

/* Checks what can be checked without the chain: P, the reward, the retainer, keys on the curve and all different, coins
 * different and enough, numbers in range, the earlier setup's signatures. PROM_CATEGORY_BAD_INPUT says of the first
 * fault what is there and what is needed. The second form checks the arbiters too, but not that they were drawn: see
 * draw.h. */
PROM_MUST_USE prom_result prom_terms_check_base(const prom_curve *curve, const prom_terms *terms, prom_error *error);
PROM_MUST_USE prom_result prom_terms_check(const prom_curve *curve, const prom_terms *terms, prom_error *error);

/* Succeeds when neither h nor k_h is one of the hashes that the signer has `seen` in other contracts: what opens the
 * one contract would open the other. */
PROM_MUST_USE prom_result prom_terms_check_fresh(const prom_terms *terms, const prom_bytes32 *seen, size_t count,
                                                 prom_error *error);

/* What the owner of a role takes at most. */
typedef struct prom_terms_limits {
    uint64_t payload_bytes; /* of program and input together */
    uint64_t package_bytes;
    uint32_t feerate;       /* sat/vB */
    prom_amount three_max;  /* w of a P with three arbiters, of whom two may decide; 0: no such P */
    bool any_fund;          /* also a P whose F may be somebody's, who then gains from every failure */
    prom_amount reward_max; /* c; 0: any */
    bool modules;           /* also jobs whose programs are modules, as something here runs them */
} prom_terms_limits;

/* Succeeds when the owner takes part in contracts on this P at all. PROM_CATEGORY_BAD_INPUT says why not. */
PROM_MUST_USE prom_result prom_parameters_check_limits(const prom_curve *curve, const prom_parameters *P,
                                                       const prom_terms_limits *limits, prom_error *error);
/* Succeeds when the terms ask for no more. PROM_CATEGORY_BAD_INPUT says for what. */
PROM_MUST_USE prom_result prom_terms_check_limits(const prom_curve *curve, const prom_terms *terms,
                                                  const prom_terms_limits *limits, prom_error *error);

/* What a signer of the base terms knows of the chain. */
typedef struct prom_terms_view {
    uint32_t tip;                 /* own */
    uint32_t p_height;            /* of the block that holds P; above the tip: none does */
    const prom_bytes32 *snapshot; /* hash of the best chain's block at the snapshot's height; NULL: it has none */
} prom_terms_view;

/* Checks what depends on when the base terms are signed: that the snapshot is a block of the signer's chain, the depths
 * of snapshot and P, the height of the draw's block and the setup's deadline. Where the draw of an earlier setup
 * stands, the depth of its snapshot and its block were checked then; it must only be over. */
PROM_MUST_USE prom_result prom_terms_check_now(const prom_terms *terms, const prom_terms_view *view, prom_error *error);
/* Checks what of that an arbiter asks, which comes to the terms later: the snapshot and P as above, and a deadline that
 * s blocks, in which C publishes Tx0, part from the tip, and no more than a setup may take. */
PROM_MUST_USE prom_result prom_terms_check_seat(const prom_terms *terms, const prom_terms_view *view,
                                                prom_error *error);

#define PROM_COINBASE_MATURITY 100U /* confirmations of a coinbase that can be spent in the next block */

/* What the chain holds of an output that Tx0 is to spend. */
typedef struct prom_input_view {
    bool found; /* it is in a block, and unspent */
    prom_tx_output output;
    uint32_t height; /* of its block */
    bool coinbase;
    uint32_t tip; /* of the chain that says so */
} prom_input_view;

/* Succeeds when the output is there, is the `wanted` one, is mature where it is a coinbase, and old enough: an offer
 * (`is_offer`) by offer_age before the snapshot, a coin of C, W or V before the snapshot's block; where the draw of an
 * earlier setup stands a coin may be younger, as it may be what became of one. PROM_CATEGORY_PEER gives the reason. */
PROM_MUST_USE prom_result prom_terms_check_input(const prom_terms *terms, const prom_tx_output *wanted, bool is_offer,
                                                 const prom_input_view *view, prom_error *error);

/* What a party can do, for a job that must fit the terms' deadlines. */
typedef struct prom_job_time {
    uint64_t compute_seconds;  /* W: to run and prove */
    uint64_t verify_seconds;   /* V, A: of the worst package that the scheme's own limits let pass */
    uint64_t bytes_per_second; /* of the own line; at least 1 */
    bool two_rounds;           /* the scheme samples: it delivers twice */
} prom_job_time;

/* Succeeds when W can deliver in t1: s + 1.5 compute + transfer (and, with two rounds, the block that is named, 2s and
 * a second transfer) <= t1 - s, in whole blocks of 400 seconds for work and 600 for the transfer of n + 2 packages and,
 * once, of program and input to n arbiters. PROM_CATEGORY_BAD_INPUT gives both numbers,
 * and refuses sizes that prom_terms_check_base would. */
PROM_MUST_USE prom_result prom_terms_check_work(const prom_terms *terms, const prom_job_time *time, prom_error *error);
/* Succeeds when V, or an arbiter, can fetch the largest packages of all rounds and verify the worst in vt blocks of 200
 * seconds. Fails likewise. */
PROM_MUST_USE prom_result prom_terms_check_verification(const prom_terms *terms, const prom_job_time *time,
                                                        prom_error *error);

/* Returns the blocks that t1 needs for W, as prom_terms_check_work has them; the seconds that V, or an arbiter, takes
 * for the worst package, and those that vt allows. UINT64_MAX, and 0 allowed, for what these refuse before they count.
 */
uint64_t prom_terms_work_blocks(const prom_terms *terms, const prom_job_time *time);
uint64_t prom_terms_verification_seconds(const prom_terms *terms, const prom_job_time *time);
uint64_t prom_terms_verification_allowed(const prom_terms *terms);

/* Returns the network that the terms are for, or NULL. */
const prom_chain_parameters *prom_terms_network(const prom_terms *terms);

/* Returns what the party locks in the contract itself: c + n rho, w or v. C adds the reserve, the anchor and its part
 * of Tx0's fee; W and V theirs. */
prom_amount prom_terms_deposit(const prom_terms *terms, prom_party party);
/* Returns the value of the party's coins together. */
prom_amount prom_coins_sum(const prom_party_terms *party);

/* Returns "client", "worker", "verifier". */
const char *prom_party_name(prom_party party);

PROM_DECLARATIONS_END

#endif
