/* Pointers: a few hundred bytes by which a node says, for one P and one role, that it is there and where it listens.
 * They are what strangers pass on, in the DHT and over links; all else about the node is in its listing (listing.h),
 * which the node itself hands out. A pointer says nothing about money, and moves none. */
#ifndef LISTING_POINTER_H
#define LISTING_POINTER_H

#include "prometheus/channel/facts.h"
#include "prometheus/crypto/key.h"

#define PROM_POINTER_VERSION 1U
/* Addresses, and the bytes of all of them with the length of each. */
#define PROM_POINTER_ADDRESSES_MAX 4U
#define PROM_POINTER_ADDRESS_BYTES_MAX 220U
/* Bytes of a pointer: 107 before the addresses, 64 of the signature. */
#define PROM_POINTER_MAX (107U + PROM_POINTER_ADDRESS_BYTES_MAX + 64U)
/* Blocks from the height at which it is issued to the one at which it expires, at most: a week. */
#define PROM_POINTER_BLOCKS_MAX 1008U
/* Blocks by which its issuer's tip may be ahead of ours. */
#define PROM_POINTER_AHEAD_MAX 6U

typedef struct prom_pointer {
    prom_bytes32 genesis; /* of the chain */
    prom_bytes32 p_txid;
    prom_role role;      /* worker, verifier or arbiter */
    prom_bytes32 node;   /* key */
    uint32_t issued_at;  /* height of its issuer's tip */
    uint32_t expires_at; /* the first height at which it is worth nothing */
    size_t address_count;
    prom_span addresses[PROM_POINTER_ADDRESSES_MAX]; /* where the node listens; printable ASCII without spaces */
    prom_signature signature;                        /* by the node's key */
} prom_pointer;

/* Computes the tagged hash `prometheus/pointer` that the node signs. PROM_CATEGORY_MISUSE as prom_pointer_write. */
PROM_MUST_USE prom_result prom_pointer_hash(prom_arena *arena, prom_bytes32 *hash, const prom_pointer *pointer,
                                            prom_error *error);
/* Writes the bytes of a pointer. PROM_CATEGORY_MISUSE when it has a value that no reader would take: a role that is not
 * listed, no address or too many, too long or unprintable ones, a lifetime out of range. */
PROM_MUST_USE prom_result prom_pointer_write(prom_arena *arena, prom_span *bytes, const prom_pointer *pointer,
                                             prom_error *error);
/* Reads exactly one; the addresses point into `bytes`. The signature is not looked at. PROM_CATEGORY_PEER on anything
 * else. */
PROM_MUST_USE prom_result prom_pointer_read(prom_pointer *pointer, prom_span bytes, prom_error *error);
/* Succeeds when the node has signed it; PROM_CATEGORY_PEER when it has not. */
PROM_MUST_USE prom_result prom_pointer_signed(const prom_curve *curve, prom_arena *arena, const prom_pointer *pointer,
                                              prom_error *error);

/* Returns whether what has these two heights is of use when our tip has this one: not expired, and not issued long
 * after it. */
bool prom_lifetime_holds(uint32_t issued_at, uint32_t expires_at, uint32_t height);
/* Returns whether two speak of the same: chain, P, role and node. */
bool prom_pointer_same(const prom_pointer *a, const prom_pointer *b);
/* Returns whether `a` replaces `b`, which speaks of the same: issued later; of two of one height the one that expires
 * later; then the one with the greater signature, so that everybody keeps the same one. No pointer replaces itself. */
bool prom_pointer_replaces(const prom_pointer *a, const prom_pointer *b);

/* Computes where pointers for this chain, P and role lie in the DHT: H(`prometheus/discovery`, genesis || P || role),
 * of which the DHT's own keys are the first 20 bytes. */
void prom_pointer_place(prom_bytes32 *place, const prom_bytes32 *genesis, const prom_bytes32 *p_txid, prom_role role);
/* Returns whether nodes of this role are listed: worker, verifier, arbiter. */
bool prom_role_listed(prom_role role);

#endif
