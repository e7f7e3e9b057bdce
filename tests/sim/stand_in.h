/* Cheap stand-ins for the crypto of src/crypto, behind its headers, for the simulator alone. A public key is the hash
 * of its secret; a signature is the hash of public key and message, so whoever computes it without the key forges:
 * nothing in the simulator does. Hashes are the real ones. Every 32 bytes but zeros and 0xff.. are a point, a number, a
 * key. */
#ifndef SIM_STAND_IN_H
#define SIM_STAND_IN_H

#include "prometheus/crypto/hash.h"
#include "prometheus/crypto/key.h"

/* The hash of two values under a purpose. */
void prom_stand_in(prom_bytes32 *hash, uint8_t purpose, prom_span a, prom_span b);

/* The purposes. */
enum {
    STAND_IN_POINT = 1, /* of a secret */
    STAND_IN_TWEAKED,   /* key, tweak */
    STAND_IN_TWEAKED_SECRET,
    STAND_IN_SIGNATURE, /* key, message */
    STAND_IN_SHARED,    /* two points, in order */
    STAND_IN_DERIVED,   /* seed, path */
    STAND_IN_ALL,       /* MuSig2's joint key: of sorted keys */
    STAND_IN_NONCE,
    STAND_IN_SUM, /* of public nonces */
    STAND_IN_SESSION,
    STAND_IN_PARTIAL, /* signer's key, session */
    STAND_IN_SHARE,   /* of a key of several: host secret, session */
    STAND_IN_JOINT,   /* that key */
};

/* Whether 32 bytes may be a key, a nonce's half, a number. */
bool prom_stand_in_is_point(const uint8_t bytes[32]);

/* The signature of a message under a key. */
void prom_stand_in_sign(prom_signature *signature, const prom_bytes32 *public_key, prom_span message);

#endif
