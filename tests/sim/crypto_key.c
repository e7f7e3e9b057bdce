#include <string.h>

#include "prometheus/crypto/key.h"
#include "stand_in.h"

struct prom_curve {
    char nothing;
};

/* Faster than a tagged hash, whose tag is hashed every time, and as far from the real ones by its first bytes. */
void prom_stand_in(prom_bytes32 *hash, uint8_t purpose, prom_span a, prom_span b)
{
    uint8_t bytes[160] = "stand-in";
    size_t length = 10;
    bytes[8] = purpose;
    bytes[9] = (uint8_t)a.length;
    if (a.length + b.length > sizeof bytes - length) {
        prom_bytes32 inner;
        prom_sha256(&inner, b);
        prom_stand_in(hash, purpose, a, prom_span_of32(&inner));
        return;
    }
    if (a.length > 0) {
        memcpy(bytes + length, a.data, a.length);
        length += a.length;
    }
    if (b.length > 0) {
        memcpy(bytes + length, b.data, b.length);
        length += b.length;
    }
    prom_sha256(hash, prom_span_of(bytes, length));
}

bool prom_stand_in_is_point(const uint8_t bytes[32])
{
    static const uint8_t zeros[32];
    uint8_t ones[32];
    memset(ones, 0xff, sizeof ones);
    return memcmp(bytes, zeros, 32) != 0 && memcmp(bytes, ones, 32) != 0;
}

void prom_stand_in_sign(prom_signature *signature, const prom_bytes32 *public_key, prom_span message)
{
    prom_bytes32 hash;
    prom_stand_in(&hash, STAND_IN_SIGNATURE, prom_span_of32(public_key), message);
    memcpy(signature->bytes, hash.bytes, sizeof hash.bytes);
    memset(signature->bytes + sizeof hash.bytes, 0x5a, sizeof hash.bytes);
}

prom_result prom_curve_new(prom_arena *arena, prom_curve **curve, const prom_bytes32 *randomness, prom_error *error)
{
    (void)randomness;
    PROM_TRY_NEW(*curve, arena, 1, error);
    return prom_ok();
}

static prom_result check_secret(const prom_bytes32 *secret, prom_error *error)
{
    return prom_stand_in_is_point(secret->bytes)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a secret key is out of range");
}

prom_result prom_key_from_secret(const prom_curve *curve, prom_key *key, const prom_bytes32 *secret, prom_error *error)
{
    (void)curve;
    memset(key, 0, sizeof *key);
    PROM_TRY(check_secret(secret, error));
    key->secret = *secret;
    prom_stand_in(&key->public_key, STAND_IN_POINT, prom_span_of32(secret), prom_span_of(NULL, 0));
    return prom_ok();
}

void prom_key_wipe(prom_key *key)
{
    prom_wipe(key, sizeof *key);
}

prom_result prom_sign(const prom_curve *curve, prom_signature *signature, const prom_bytes32 *message,
                      const prom_key *key, const prom_bytes32 *auxiliary, prom_error *error)
{
    (void)curve;
    (void)auxiliary;
    memset(signature, 0, sizeof *signature);
    PROM_TRY(check_secret(&key->secret, error));
    prom_stand_in_sign(signature, &key->public_key, prom_span_of32(message));
    return prom_ok();
}

bool prom_signature_valid(const prom_curve *curve, const prom_signature *signature, prom_span message,
                          const prom_bytes32 *public_key)
{
    prom_signature right;
    (void)curve;
    prom_stand_in_sign(&right, public_key, message);
    return memcmp(&right, signature, sizeof right) == 0;
}

bool prom_public_key_valid(const prom_curve *curve, const prom_bytes32 *public_key)
{
    (void)curve;
    return prom_stand_in_is_point(public_key->bytes);
}

prom_result prom_public_key_tweak(const prom_curve *curve, prom_bytes32 *tweaked, bool *odd,
                                  const prom_bytes32 *public_key, const prom_bytes32 *tweak, prom_error *error)
{
    if (!prom_public_key_valid(curve, public_key)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a public key is not on the curve");
    }
    prom_stand_in(tweaked, STAND_IN_TWEAKED, prom_span_of32(public_key), prom_span_of32(tweak));
    *odd = (tweaked->bytes[31] & 1) != 0;
    return prom_ok();
}

prom_result prom_key_tweak(const prom_curve *curve, prom_key *tweaked, const prom_key *key, const prom_bytes32 *tweak,
                           prom_error *error)
{
    bool odd;
    prom_bytes32 public_key;
    prom_bytes32 secret;
    PROM_TRY(prom_public_key_tweak(curve, &public_key, &odd, &key->public_key, tweak, error));
    prom_stand_in(&secret, STAND_IN_TWEAKED_SECRET, prom_span_of32(&key->secret), prom_span_of32(tweak));
    *tweaked = (prom_key){secret, public_key};
    return prom_ok();
}

prom_point prom_point_of_public_key(const prom_bytes32 *public_key)
{
    prom_point point = {{2}};
    memcpy(point.bytes + 1, public_key->bytes, sizeof public_key->bytes);
    return point;
}

prom_result prom_point_of_secret(const prom_curve *curve, prom_point *point, const prom_bytes32 *secret,
                                 prom_error *error)
{
    prom_key key;
    PROM_TRY(prom_key_from_secret(curve, &key, secret, error));
    *point = prom_point_of_public_key(&key.public_key);
    return prom_ok();
}

prom_result prom_shared_point(const prom_curve *curve, prom_point *shared, const prom_bytes32 *secret,
                              const prom_point *point, prom_error *error)
{
    prom_point own;
    prom_bytes32 x;
    PROM_TRY(prom_point_of_secret(curve, &own, secret, error));
    const bool first = memcmp(own.bytes, point->bytes, sizeof own.bytes) < 0;
    const prom_point *low = first ? &own : point;
    const prom_point *high = first ? point : &own;
    prom_stand_in(&x, STAND_IN_SHARED, prom_span_of(low->bytes, sizeof low->bytes),
                  prom_span_of(high->bytes, sizeof high->bytes));
    *shared = prom_point_of_public_key(&x);
    return prom_ok();
}

prom_result prom_key_even_secret(const prom_curve *curve, prom_bytes32 *secret, const prom_key *key, prom_error *error)
{
    (void)curve;
    (void)error;
    *secret = key->secret;
    return prom_ok();
}

prom_result prom_key_derive(const prom_curve *curve, prom_key *key, prom_span seed, const uint32_t *path, size_t depth,
                            prom_error *error)
{
    uint8_t bytes[64] = {0};
    prom_bytes32 secret;
    for (size_t i = 0; i < 4 * depth && i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(path[i / 4] >> 8 * (i % 4));
    }
    prom_stand_in(&secret, STAND_IN_DERIVED, seed, prom_span_of(bytes, sizeof bytes));
    return prom_key_from_secret(curve, key, &secret, error);
}
