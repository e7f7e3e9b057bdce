/* Listings: all that a client has to know of a worker or a verifier to choose it, signed by the node, handed out by the
 * node itself over a link. An arbiter's is its announcement (contract/offer.h), which is bound to a coin on the chain;
 * what stands in a listing is the node's own word, which nothing proves, and which binds nobody: the terms of a
 * contract are agreed in its setup. */
#ifndef LISTING_LISTING_H
#define LISTING_LISTING_H

#include "listing/pointer.h"

#define PROM_LISTING_VERSION 1U
#define PROM_LISTING_CONTRACTS_MAX 64U /* of P */
#define PROM_LISTING_SCHEMES_MAX 16U
#define PROM_LISTING_MODELS_MAX 384U
/* Bytes of a listing, at most. */
#define PROM_LISTING_MAX 16384U
/* The most that a price may be: all coins that there are, in thousandths of a satoshi. */
#define PROM_PRICE_MAX (PROM_AMOUNT_MAX * 1000)

/* What the units of prices are. One multiplication is worth far less than a thousandth of a satoshi. Effort is what
 * making the proof takes, or of a verifier its check, as asks count it (wire/quote.h). */
#define PROM_PRICE_MACS UINT64_C(1000000000)
#define PROM_PRICE_BYTES UINT64_C(1000000)
#define PROM_PRICE_EFFORT UINT64_C(1000000)

typedef struct prom_listing {
    prom_bytes32 genesis;
    prom_bytes32 node; /* key */
    prom_role role;    /* worker or verifier */
    uint32_t issued_at;
    uint32_t expires_at; /* as of pointers */
    uint8_t version_min; /* of the messages of links */
    uint8_t version_max;
    uint64_t features;
    uint32_t capacity; /* contracts that it would take now */
    /* Prices in thousandths of a satoshi, for so many of each as above. */
    uint64_t price_macs;
    uint64_t price_bytes;
    uint64_t price_effort;
    prom_amount reward_min; /* less than that it does not work for */
    /* What it has measured, a second; 0: nothing was. */
    uint64_t macs;        /* run */
    uint64_t macs_proven; /* run and proven by a worker, verified by a verifier */
    uint64_t bytes_up;
    uint64_t bytes_down;
    /* Lists in ascending order, each thing once. */
    size_t contract_count;
    prom_bytes32 contracts[PROM_LISTING_CONTRACTS_MAX]; /* txids of each P that it takes part in; one at least */
    size_t scheme_count;
    uint16_t schemes[PROM_LISTING_SCHEMES_MAX]; /* one at least */
    size_t model_count;
    prom_bytes32 models[PROM_LISTING_MODELS_MAX]; /* digests of programs that it holds: they need no transfer */
    prom_signature signature;                     /* by the node's key */
} prom_listing;

/* Computes the tagged hash `prometheus/listing` that the node signs. PROM_CATEGORY_MISUSE as prom_listing_write. */
PROM_MUST_USE prom_result prom_listing_hash(prom_arena *arena, prom_bytes32 *hash, const prom_listing *listing,
                                            prom_error *error);
/* Writes the bytes of a listing. PROM_CATEGORY_MISUSE when it has a value that no reader would take. */
PROM_MUST_USE prom_result prom_listing_write(prom_arena *arena, prom_span *bytes, const prom_listing *listing,
                                             prom_error *error);
/* Reads exactly one; the signature is not looked at. PROM_CATEGORY_PEER on anything else. */
PROM_MUST_USE prom_result prom_listing_read(prom_listing *listing, prom_span bytes, prom_error *error);
/* Succeeds when it is what `node` said of itself for this chain, signed, and in force when our tip has this height;
 * PROM_CATEGORY_PEER, with the reason, when it is not. */
PROM_MUST_USE prom_result prom_listing_check(const prom_curve *curve, prom_arena *arena, const prom_listing *listing,
                                             const prom_bytes32 *genesis, const prom_bytes32 *node, uint32_t height,
                                             prom_error *error);

/* Returns whether it takes part in contracts on this P. */
bool prom_listing_has_contract(const prom_listing *listing, const prom_bytes32 *p_txid);
bool prom_listing_has_scheme(const prom_listing *listing, uint16_t scheme);
bool prom_listing_has_model(const prom_listing *listing, const prom_bytes32 *digest);

/* What a job costs to do. */
typedef struct prom_job_size {
    uint64_t macs;
    uint64_t bytes; /* that are carried */
    uint64_t effort;
} prom_job_size;

/* Returns what the node asks for a job: the sum of its prices, rounded up to whole satoshi, and its least reward at
 * least. Invalid when that is more than all coins. */
prom_amount prom_listing_asks(const prom_listing *listing, const prom_job_size *job);

#endif
