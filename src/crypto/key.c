#include "prometheus/crypto/key.h"

#include <secp256k1_ecdh.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_preallocated.h>
#include <secp256k1_schnorrsig.h>
#include <sodium.h>
#include <string.h>

#include "crypto/curve.h"
#include "crypto/secret_flow.h"

prom_result prom_curve_new(prom_arena *arena, prom_curve **curve, const prom_bytes32 *randomness, prom_error *error)
{
    const size_t size = secp256k1_context_preallocated_size(SECP256K1_CONTEXT_NONE);
    void *memory = NULL;
    PROM_TRY_NEW(*curve, arena, 1, error);
    PROM_TRY(prom_arena_alloc(arena, &memory, 1, size, error));
    (*curve)->context = secp256k1_context_preallocated_create(memory, SECP256K1_CONTEXT_NONE);
    if (secp256k1_context_randomize((*curve)->context, randomness->bytes) != 1) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "libsecp256k1 refused to blind its context");
    }
    return prom_ok();
}

static prom_result unusable_secret(prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a secret key is zero or not below the order of secp256k1");
}

static prom_result bad_point(prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a public key is not a point of secp256k1");
}

static prom_result bad_tweak(prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a tweak is not below the order of secp256k1");
}

/* The keypair and its x-only public key. */
static prom_result keypair_of(const prom_curve *curve, secp256k1_keypair *pair, prom_bytes32 *public,
                              const prom_bytes32 *secret, prom_error *error)
{
    secp256k1_xonly_pubkey point;
    if (!prom_succeeded(secp256k1_keypair_create(curve->context, pair, secret->bytes)) ||
        secp256k1_keypair_xonly_pub(curve->context, &point, NULL, pair) != 1) {
        return unusable_secret(error);
    }
    prom_declare_public(&point, sizeof point);
    (void)secp256k1_xonly_pubkey_serialize(curve->context, public->bytes, &point);
    return prom_ok();
}

prom_result prom_key_from_secret(const prom_curve *curve, prom_key *key, const prom_bytes32 *secret, prom_error *error)
{
    secp256k1_keypair pair;
    *key = (prom_key){0};
    const prom_result made = keypair_of(curve, &pair, &key->public_key, secret, error);
    if (prom_is_ok(made)) {
        key->secret = *secret;
    }
    prom_wipe(&pair, sizeof pair);
    return made;
}

void prom_key_wipe(prom_key *key)
{
    prom_wipe(key, sizeof *key);
}

prom_result prom_sign(const prom_curve *curve, prom_signature *signature, const prom_bytes32 *message,
                      const prom_key *key, const prom_bytes32 *auxiliary, prom_error *error)
{
    secp256k1_keypair pair;
    prom_bytes32 public;
    *signature = (prom_signature){{0}};
    PROM_TRY(keypair_of(curve, &pair, &public, &key->secret, error));
    const bool made = prom_succeeded(
        secp256k1_schnorrsig_sign32(curve->context, signature->bytes, message->bytes, &pair, auxiliary->bytes));
    prom_declare_public(signature, sizeof *signature);
    prom_wipe(&pair, sizeof pair);
    /* A signature made by a faulty machine can give the key away: BIP 340 advises to verify it. */
    if (!made || !prom_signature_valid(curve, signature, prom_span_of32(message), &key->public_key)) {
        *signature = (prom_signature){{0}};
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a signature just made does not verify: is this machine sound?");
    }
    return prom_ok();
}

bool prom_signature_valid(const prom_curve *curve, const prom_signature *signature, prom_span message,
                          const prom_bytes32 *public_key)
{
    secp256k1_xonly_pubkey point;
    return secp256k1_xonly_pubkey_parse(curve->context, &point, public_key->bytes) == 1 &&
           secp256k1_schnorrsig_verify(curve->context, signature->bytes, message.data, message.length, &point) == 1;
}

bool prom_ecdsa_valid(const prom_curve *curve, prom_span signature, const prom_bytes32 *hash,
                      const prom_point *public_key)
{
    secp256k1_ecdsa_signature parsed;
    secp256k1_pubkey point;
    return secp256k1_ec_pubkey_parse(curve->context, &point, public_key->bytes, sizeof public_key->bytes) == 1 &&
           secp256k1_ecdsa_signature_parse_der(curve->context, &parsed, signature.data, signature.length) == 1 &&
           secp256k1_ecdsa_verify(curve->context, &parsed, hash->bytes, &point) == 1;
}

bool prom_public_key_valid(const prom_curve *curve, const prom_bytes32 *public_key)
{
    secp256k1_xonly_pubkey point;
    return secp256k1_xonly_pubkey_parse(curve->context, &point, public_key->bytes) == 1;
}

prom_result prom_public_key_tweak(const prom_curve *curve, prom_bytes32 *tweaked, bool *odd,
                                  const prom_bytes32 *public_key, const prom_bytes32 *tweak, prom_error *error)
{
    secp256k1_xonly_pubkey point;
    secp256k1_xonly_pubkey result;
    secp256k1_pubkey sum;
    int parity = 0;
    if (secp256k1_xonly_pubkey_parse(curve->context, &point, public_key->bytes) != 1) {
        return bad_point(error);
    }
    if (secp256k1_xonly_pubkey_tweak_add(curve->context, &sum, &point, tweak->bytes) != 1 ||
        secp256k1_xonly_pubkey_from_pubkey(curve->context, &result, &parity, &sum) != 1) {
        return bad_tweak(error);
    }
    (void)secp256k1_xonly_pubkey_serialize(curve->context, tweaked->bytes, &result);
    *odd = parity == 1;
    return prom_ok();
}

prom_result prom_key_tweak(const prom_curve *curve, prom_key *tweaked, const prom_key *key, const prom_bytes32 *tweak,
                           prom_error *error)
{
    secp256k1_keypair pair;
    prom_bytes32 public;
    prom_bytes32 secret = {{0}};
    PROM_TRY(keypair_of(curve, &pair, &public, &key->secret, error));
    const bool added = prom_succeeded(secp256k1_keypair_xonly_tweak_add(curve->context, &pair, tweak->bytes)) &&
                       secp256k1_keypair_sec(curve->context, secret.bytes, &pair) == 1;
    const prom_result made = added ? prom_key_from_secret(curve, tweaked, &secret, error) : bad_tweak(error);
    prom_wipe(&pair, sizeof pair);
    prom_wipe32(&secret);
    return made;
}

static void compress(const prom_curve *curve, prom_point *point, const secp256k1_pubkey *public)
{
    size_t length = sizeof point->bytes;
    (void)secp256k1_ec_pubkey_serialize(curve->context, point->bytes, &length, public, SECP256K1_EC_COMPRESSED);
}

prom_result prom_point_of_secret(const prom_curve *curve, prom_point *point, const prom_bytes32 *secret,
                                 prom_error *error)
{
    secp256k1_pubkey public;
    if (!prom_succeeded(secp256k1_ec_pubkey_create(curve->context, &public, secret->bytes))) {
        return unusable_secret(error);
    }
    prom_declare_public(&public, sizeof public);
    compress(curve, point, &public);
    return prom_ok();
}

/* Gives the shared point itself, compressed, where libsecp256k1 would hash it. */
static int copy_point(unsigned char *output, const unsigned char *x32, const unsigned char *y32, void *data)
{
    (void)data;
    output[0] = (unsigned char)(2 + (y32[31] & 1));
    memcpy(output + 1, x32, 32);
    return 1;
}

prom_result prom_shared_point(const prom_curve *curve, prom_point *shared, const prom_bytes32 *secret,
                              const prom_point *point, prom_error *error)
{
    secp256k1_pubkey public;
    *shared = (prom_point){{0}};
    if (secp256k1_ec_pubkey_parse(curve->context, &public, point->bytes, sizeof point->bytes) != 1) {
        return bad_point(error);
    }
    if (!prom_succeeded(secp256k1_ecdh(curve->context, shared->bytes, &public, secret->bytes, copy_point, NULL))) {
        *shared = (prom_point){{0}};
        return unusable_secret(error);
    }
    return prom_ok();
}

prom_point prom_point_of_public_key(const prom_bytes32 *public_key)
{
    prom_point point = {{2}};
    memcpy(point.bytes + 1, public_key->bytes, sizeof public_key->bytes);
    return point;
}

prom_result prom_key_even_secret(const prom_curve *curve, prom_bytes32 *secret, const prom_key *key, prom_error *error)
{
    prom_point point;
    PROM_TRY(prom_point_of_secret(curve, &point, &key->secret, error));
    *secret = key->secret;
    if (point.bytes[0] == 3 && !prom_succeeded(secp256k1_ec_seckey_negate(curve->context, secret->bytes))) {
        return unusable_secret(error);
    }
    return prom_ok();
}

/* BIP 32: HMAC-SHA512(chain code, data) = tweak or master secret || next chain code. */
static void hmac_sha512(uint8_t output[64], prom_span key, prom_span data)
{
    crypto_auth_hmacsha512_state state;
    (void)crypto_auth_hmacsha512_init(&state, key.data, key.length);
    (void)crypto_auth_hmacsha512_update(&state, data.data, data.length);
    (void)crypto_auth_hmacsha512_final(&state, output);
    prom_wipe(&state, sizeof state);
}

/* BIP 32 CKDpriv; `node` is the parent's secret and chain code and becomes the child's. */
static prom_result derive_child(const prom_curve *curve, uint8_t node[64], uint32_t number, prom_error *error)
{
    uint8_t data[37] = {0};
    uint8_t output[64];
    prom_bytes32 secret;
    prom_point point;
    memcpy(secret.bytes, node, 32);
    PROM_TRY(prom_point_of_secret(curve, &point, &secret, error));
    if ((number & PROM_HARDENED) != 0) {
        memcpy(data + 1, secret.bytes, 32);
    } else {
        memcpy(data, point.bytes, sizeof point.bytes);
    }
    for (size_t i = 0; i < 4; i++) {
        data[33 + i] = (uint8_t)(number >> (24 - 8 * i));
    }
    hmac_sha512(output, prom_span_of(node + 32, 32), prom_span_of(data, sizeof data));
    const bool added = prom_succeeded(secp256k1_ec_seckey_tweak_add(curve->context, secret.bytes, output));
    memcpy(node, secret.bytes, 32);
    memcpy(node + 32, output + 32, 32);
    prom_wipe32(&secret);
    prom_wipe(data, sizeof data);
    prom_wipe(output, sizeof output);
    return added ? prom_ok() : unusable_secret(error);
}

prom_result prom_key_derive(const prom_curve *curve, prom_key *key, prom_span seed, const uint32_t *path, size_t depth,
                            prom_error *error)
{
    static const char master[] = "Bitcoin seed";
    uint8_t node[64];
    prom_bytes32 secret;
    if (seed.length < 16 || seed.length > 64) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a seed has %zu bytes; BIP 32 takes 16 to 64", seed.length);
    }
    hmac_sha512(node, prom_span_of((const uint8_t *)master, sizeof master - 1), seed);
    prom_result derived = prom_ok();
    for (size_t i = 0; i < depth && prom_is_ok(derived); i++) {
        derived = derive_child(curve, node, path[i], error);
    }
    if (prom_is_ok(derived)) {
        memcpy(secret.bytes, node, sizeof secret.bytes);
        derived = prom_key_from_secret(curve, key, &secret, error);
    }
    prom_wipe32(&secret);
    prom_wipe(node, sizeof node);
    return derived;
}
