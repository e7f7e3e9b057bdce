/* What the worker delivers, the arbiters' receipts for it, and what is inside. */
#ifndef PROMETHEUS_CONTRACT_PACKAGE_H
#define PROMETHEUS_CONTRACT_PACKAGE_H

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"
#include "prometheus/crypto/key.h"
#include "prometheus/crypto/seal.h"

PROM_DECLARATIONS_BEGIN

/* The rounds of a delivery. A scheme that does not sample has round A alone. */
typedef enum prom_round { PROM_ROUND_A = 0, PROM_ROUND_B = 1 } prom_round;

/* The package of round A. */
typedef struct prom_package {
    prom_bytes32 root;    /* the proof's commitment */
    prom_sealed_key E_V;  /* h_p for the verifier */
    prom_span ciphertext; /* the sealed delivery */
} prom_package;

/* Writes the bytes of a package. */
PROM_MUST_USE prom_result prom_package_write(prom_arena *arena, prom_span *bytes, const prom_package *package,
                                             prom_error *error);
/* Reads exactly one package of at most `most` bytes; the ciphertext points into `bytes`. */
PROM_MUST_USE prom_result prom_package_read(prom_package *package, prom_span bytes, uint64_t most, prom_error *error);

/* Computes H(package): the tagged hash `prometheus/package` of contract id, round and the package's bytes. */
void prom_package_hash(prom_bytes32 *hash, const prom_bytes32 *contract_id, prom_round round, prom_span package);

/* What the ciphertext of round A holds. */
typedef struct prom_delivery {
    prom_span output; /* canonical bytes of the program's output */
    prom_span proof;
} prom_delivery;

/* Writes the bytes of a delivery; reads exactly one, PROM_CATEGORY_PEER on anything else. */
PROM_MUST_USE prom_result prom_delivery_write(prom_arena *arena, prom_span *bytes, const prom_delivery *delivery,
                                              prom_error *error);
PROM_MUST_USE prom_result prom_delivery_read(prom_delivery *delivery, prom_span bytes, prom_error *error);

/* An arbiter's word that it holds a package, and when by its own tip it had it. */
typedef struct prom_receipt {
    prom_bytes32 contract_id;
    prom_round round;
    prom_bytes32 package_hash;
    uint32_t height;
    prom_bytes32 tip;
    prom_signature signature; /* by A_i's key, of prom_receipt_hash */
} prom_receipt;

/* Computes the tagged hash `prometheus/receipt` of all fields but the signature. */
PROM_MUST_USE prom_result prom_receipt_hash(prom_arena *arena, prom_bytes32 *hash, const prom_receipt *receipt,
                                            prom_error *error);

PROM_DECLARATIONS_END

#endif
