/* What the worker delivers, byte by byte, and what is inside. */
#ifndef PROMETHEUS_CONTRACT_PACKAGE_H
#define PROMETHEUS_CONTRACT_PACKAGE_H

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"
#include "prometheus/crypto/hash.h"
#include "prometheus/crypto/key.h"
#include "prometheus/crypto/seal.h"

PROM_DECLARATIONS_BEGIN

/* What an arbiter gives one receipt for. A scheme that does not sample has round A alone. */
typedef enum prom_round {
    PROM_ROUND_A = 0,      /* the package of commitment, key and output */
    PROM_ROUND_B = 1,      /* the package of openings, for the sample that a block drew */
    PROM_ROUND_NOTICE = 2, /* W's notice, which names that block while it is still to come */
} prom_round;
#define PROM_ROUNDS 3

/* The package of round A. E_V stands before the ciphertext: the verifier opens it while the rest still comes. */
typedef struct prom_package {
    prom_bytes32 root;    /* prom_package_commitment of the scheme's own root */
    prom_sealed_key E_V;  /* h_p for the verifier */
    prom_span ciphertext; /* the sealed delivery */
} prom_package;

/* Writes the bytes of a package. */
PROM_MUST_USE prom_result prom_package_write(prom_arena *arena, prom_span *bytes, const prom_package *package,
                                             prom_error *error);
/* Reads exactly one package of at most `most` bytes; the ciphertext points into `bytes`. PROM_CATEGORY_PEER on anything
 * else. */
PROM_MUST_USE prom_result prom_package_read(prom_package *package, prom_span bytes, uint64_t most, prom_error *error);

/* The bytes of a package of round A before its ciphertext: enough for the verifier to open E_V. */
#define PROM_PACKAGE_HEAD (2 + 32 + 33 + 32 + 8)
/* Reads root and E_V from the first PROM_PACKAGE_HEAD bytes, whatever follows; the ciphertext is empty.
 * PROM_CATEGORY_PEER when they are fewer, or no package begins like that. */
PROM_MUST_USE prom_result prom_package_read_head(prom_package *package, prom_span bytes, prom_error *error);

/* The package of round B. */
typedef struct prom_package_openings {
    prom_bytes32 root;    /* prom_package_commitment of prom_openings_root of what is sealed */
    prom_bytes32 block;   /* hash of block X, in internal byte order */
    prom_span ciphertext; /* the sealed openings */
} prom_package_openings;

/* Writes the bytes of a package of openings; reads exactly one of at most `most` bytes, as above. */
PROM_MUST_USE prom_result prom_package_openings_write(prom_arena *arena, prom_span *bytes,
                                                      const prom_package_openings *package, prom_error *error);
PROM_MUST_USE prom_result prom_package_openings_read(prom_package_openings *package, prom_span bytes, uint64_t most,
                                                     prom_error *error);

/* The bytes of a package of openings before its ciphertext. */
#define PROM_PACKAGE_OPENINGS_HEAD (2 + 32 + 32 + 8)
/* Reads root and block from the first PROM_PACKAGE_OPENINGS_HEAD bytes of one of `length` bytes; the ciphertext is
 * empty. PROM_CATEGORY_PEER when no package of so many bytes begins like that. */
PROM_MUST_USE prom_result prom_package_openings_read_head(prom_package_openings *package, prom_span bytes,
                                                          uint64_t length, prom_error *error);

/* Computes what stands in clear in a package: the tagged hash `prometheus/commitment` of h_p, contract id and the root
 * of what the ciphertext holds. It binds the worker, as h fixes h_p; and who has not h_p cannot try guesses at an
 * output by it. */
void prom_package_commitment(prom_bytes32 *commitment, const prom_bytes32 *contract_id, const prom_bytes32 *h_p,
                             const prom_bytes32 *root);

/* Computes round B's own root: the tagged hash `prometheus/openings` of the openings. */
void prom_openings_root(prom_bytes32 *root, prom_span openings);

/* Computes H(package): the tagged hash `prometheus/package` of contract id, round (A or B, one byte) and the package's
 * bytes. */
void prom_package_hash(prom_bytes32 *hash, const prom_bytes32 *contract_id, prom_round round, prom_span package);
/* Begins it, of a package that comes in parts. */
void prom_package_hash_begin(prom_hasher *hasher, const prom_bytes32 *contract_id, prom_round round);

/* What the ciphertext of round A holds. */
typedef struct prom_delivery {
    prom_span output; /* canonical bytes of the program's output */
    prom_span proof;
} prom_delivery;

/* Writes the bytes that are sealed: the scheme's own root, then the delivery. Reads exactly one, PROM_CATEGORY_PEER on
 * anything else. */
PROM_MUST_USE prom_result prom_delivery_write(prom_arena *arena, prom_span *bytes, const prom_bytes32 *root,
                                              const prom_delivery *delivery, prom_error *error);
PROM_MUST_USE prom_result prom_delivery_read(prom_bytes32 *root, prom_delivery *delivery, prom_span bytes,
                                             prom_error *error);

PROM_DECLARATIONS_END

#endif
