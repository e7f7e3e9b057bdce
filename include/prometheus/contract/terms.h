/* The terms of one computation contract: all that its parties must agree on before they sign. The base terms are what
 * C, W and V agree on first; their tagged hash `prometheus/setup` is the setup id. With the arbiters and their joint
 * key Y they are the full terms; their tagged hash `prometheus/contract` is the contract id. */
#ifndef PROMETHEUS_CONTRACT_TERMS_H
#define PROMETHEUS_CONTRACT_TERMS_H

#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/bitcoin/transaction.h"
#include "prometheus/contract/parameters.h"

PROM_DECLARATIONS_BEGIN

/* The three parties of a channel, in the order in which they stand in every layout. */
typedef enum prom_party { PROM_PARTY_C, PROM_PARTY_W, PROM_PARTY_V, PROM_PARTIES } prom_party;

#define PROM_COINS_MAX 16
/* C pays for everybody's witnesses in Tx0: a P2TR coin is spent by its key, and others have their bound. */
#define PROM_KEY_PATH_WITNESS 66U
#define PROM_WITNESS_MAX 1000U
#define PROM_FEERATE_MAX 10000U
#define PROM_PAYLOAD_MAX (UINT64_C(1) << 40)

/* A coin that a party puts into Tx0: a confirmed native segwit output. */
typedef struct prom_coin {
    prom_outpoint outpoint;
    prom_amount value;
    prom_span script;
    uint16_t witness_weight; /* weight units of the input's whole witness at most; PROM_KEY_PATH_WITNESS for P2TR */
} prom_coin;

typedef struct prom_party_terms {
    prom_bytes32 key;    /* of the contract's scripts */
    prom_bytes32 payout; /* output key of the P2TR output that every closing transaction pays */
    prom_bytes32 change; /* likewise, for what the coins hold beyond the deposit */
    prom_coin coins[PROM_COINS_MAX];
    size_t coin_count;
} prom_party_terms;

typedef struct prom_arbiter_terms {
    prom_outpoint offer;
    prom_bytes32 key;    /* A */
    prom_bytes32 x_hash; /* SHA256(x): x engages the offer */
    uint16_t expiry;     /* E: blocks after which A can withdraw the offer */
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
    prom_bytes32 genesis; /* of the chain */
    prom_bytes32 p_txid;  /* of the transaction that published P */
    prom_parameters P;
    prom_amount c;
    prom_job job;
    prom_bytes32 h;           /* SHA256(h_p) */
    prom_bytes32 k_h;         /* SHA256(k_p) */
    uint32_t feerate;         /* sat/vB, for all transactions of the contract */
    uint32_t snapshot_height; /* the block at which offers are counted */
    prom_bytes32 snapshot_hash;
    uint32_t setup_deadline; /* height by which Tx0 must be confirmed */
    uint64_t most_package;   /* bytes of a delivered package at most */
    uint32_t retention;      /* blocks that arbiters keep a package at most */
    prom_party_terms parties[PROM_PARTIES];
    /* Full terms only. */
    prom_arbiter_terms arbiters[PROM_ARBITERS_MAX];
    size_t arbiter_count;
    prom_bytes32 Y;
} prom_terms;

/* Writes the base terms' bytes. */
PROM_MUST_USE prom_result prom_terms_write_base(prom_arena *arena, prom_span *bytes, const prom_terms *terms,
                                                prom_error *error);
/* Writes the full terms' bytes: the base terms' and the arbiters'. */
PROM_MUST_USE prom_result prom_terms_write(prom_arena *arena, prom_span *bytes, const prom_terms *terms,
                                           prom_error *error);
/* Reads exactly one of them; scripts point into `bytes`. PROM_CATEGORY_BAD_INPUT on anything else. Says nothing about
 * validity: see prom_terms_check. */
PROM_MUST_USE prom_result prom_terms_read_base(prom_terms *terms, prom_span bytes, prom_error *error);
PROM_MUST_USE prom_result prom_terms_read(prom_terms *terms, prom_span bytes, prom_error *error);

/* Computes the tagged hash of the base terms' bytes (`prometheus/setup`), or of the full ones'
 * (`prometheus/contract`). */
PROM_MUST_USE prom_result prom_terms_setup_id(prom_arena *arena, prom_bytes32 *id, const prom_terms *terms,
                                              prom_error *error);
PROM_MUST_USE prom_result prom_terms_contract_id(prom_arena *arena, prom_bytes32 *id, const prom_terms *terms,
                                                 prom_error *error);

/* Writes, and reads, one party's part, as it stands in the base terms. A fault fails the reader. */
void prom_party_terms_write(prom_writer *writer, const prom_party_terms *party);
void prom_party_terms_read(prom_reader *reader, prom_party_terms *party);
/* Writes, and reads, one arbiter's part, as it stands in the full terms. */
void prom_arbiter_terms_write(prom_writer *writer, const prom_arbiter_terms *arbiter);
void prom_arbiter_terms_read(prom_reader *reader, prom_arbiter_terms *arbiter);

/* Checks what can be checked without the chain: P, the reward, keys on the curve and all different, coins segwit,
 * different and enough, numbers in range. PROM_CATEGORY_BAD_INPUT names the first fault. The second form checks the
 * arbiters too. */
PROM_MUST_USE prom_result prom_terms_check_base(const prom_curve *curve, const prom_terms *terms, prom_error *error);
PROM_MUST_USE prom_result prom_terms_check(const prom_curve *curve, const prom_terms *terms, prom_error *error);

/* Returns what the party locks in the contract itself: c, w or v. C adds the reserve, the anchor and Tx0's fee. */
prom_amount prom_terms_deposit(const prom_terms *terms, prom_party party);
/* Returns the value of the party's coins together. */
prom_amount prom_coins_sum(const prom_party_terms *party);

/* Returns "client", "worker", "verifier". */
const char *prom_party_name(prom_party party);

PROM_DECLARATIONS_END

#endif
