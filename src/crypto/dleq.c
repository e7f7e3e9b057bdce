#include "prometheus/crypto/dleq.h"

#include <string.h>

#include "crypto/group.h"
#include "crypto/scalar.h"
#include "crypto/secret_flow.h"
#include "prometheus/crypto/hash.h"

const prom_point prom_generator = {{0x02, 0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0,
                                    0x62, 0x95, 0xce, 0x87, 0x0b, 0x07, 0x02, 0x9b, 0xfc, 0xdb, 0x2d,
                                    0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98}};

/* One factor times generator and base, where both must be on the curve; both products are public. */
struct products {
    prom_point of_generator;
    prom_point of_base;
};

static void add_message(prom_hasher *hasher, const prom_bytes32 *message)
{
    if (message != NULL) {
        prom_hasher_add(hasher, prom_span_of32(message));
    }
}

/* BIP 374: e. */
static void challenge_of(prom_bytes32 *challenge, const prom_dleq_statement *statement, const struct products *nonces,
                         const prom_bytes32 *message)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "BIP0374/challenge");
    prom_hasher_add_point(&hasher, &statement->public_key);
    prom_hasher_add_point(&hasher, &statement->base);
    prom_hasher_add_point(&hasher, &statement->shared);
    prom_hasher_add_point(&hasher, &statement->generator);
    prom_hasher_add_point(&hasher, &nonces->of_generator);
    prom_hasher_add_point(&hasher, &nonces->of_base);
    add_message(&hasher, message);
    prom_hasher_finish(&hasher, challenge);
}

static prom_result multiply(const prom_curve *curve, struct products *products, const prom_bytes32 *factor,
                            const prom_dleq_statement *statement, prom_error *error)
{
    PROM_TRY(prom_shared_point(curve, &products->of_generator, factor, &statement->generator, error));
    PROM_TRY(prom_shared_point(curve, &products->of_base, factor, &statement->base, error));
    prom_declare_public(products, sizeof *products);
    return prom_ok();
}

struct proving {
    prom_bytes32 masked; /* BIP 374: t */
    prom_bytes32 hash;
    prom_bytes32 nonce; /* k */
    prom_scalar secret;
    prom_scalar nonce_scalar;
    prom_scalar sum; /* s */
    prom_bytes32 response;
};

static void wipe_proving(struct proving *proving)
{
    prom_wipe(proving, sizeof *proving);
}

/* k from the secret, the two points that it makes, the message and `auxiliary`. */
static void derive_nonce(struct proving *proving, const prom_dleq_statement *statement, const prom_bytes32 *secret,
                         const prom_bytes32 *message, const prom_bytes32 *auxiliary)
{
    prom_hasher hasher;
    prom_tagged_hash(&proving->hash, "BIP0374/aux", prom_span_of32(auxiliary));
    for (size_t i = 0; i < sizeof proving->masked.bytes; i++) {
        proving->masked.bytes[i] = (uint8_t)(secret->bytes[i] ^ proving->hash.bytes[i]);
    }
    prom_hasher_init(&hasher, "BIP0374/nonce");
    prom_hasher_add(&hasher, prom_span_of32(&proving->masked));
    prom_hasher_add_point(&hasher, &statement->public_key);
    prom_hasher_add_point(&hasher, &statement->shared);
    add_message(&hasher, message);
    prom_hasher_finish(&hasher, &proving->hash);
    prom_scalar_reduce(&proving->nonce_scalar, &proving->hash);
    prom_scalar_serialize(&proving->nonce, &proving->nonce_scalar);
}

static prom_result prove(const prom_curve *curve, prom_dleq_proof *proof, prom_dleq_statement *statement,
                         const prom_bytes32 *secret, const prom_bytes32 *message, const prom_bytes32 *auxiliary,
                         prom_error *error)
{
    PROM_SCOPED(wipe_proving) struct proving proving = {0};
    struct products products;
    prom_bytes32 challenge;
    prom_scalar factor;
    PROM_TRY(multiply(curve, &products, secret, statement, error));
    statement->public_key = products.of_generator;
    statement->shared = products.of_base;
    derive_nonce(&proving, statement, secret, message, auxiliary);
    PROM_TRY(multiply(curve, &products, &proving.nonce, statement, error));
    challenge_of(&challenge, statement, &products, message);
    prom_scalar_reduce(&proving.secret, secret);
    prom_scalar_reduce(&factor, &challenge);
    prom_scalar_multiply(&proving.sum, &factor, &proving.secret);
    prom_scalar_add(&proving.sum, &proving.sum, &proving.nonce_scalar);
    prom_scalar_serialize(&proving.response, &proving.sum);
    memcpy(proof->bytes, challenge.bytes, sizeof challenge.bytes);
    memcpy(proof->bytes + sizeof challenge.bytes, proving.response.bytes, sizeof proving.response.bytes);
    prom_declare_public(proof, sizeof *proof);
    /* A proof made by a faulty machine can give the secret away: BIP 374 demands to verify it. */
    if (!prom_dleq_valid(curve, proof, statement, message)) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a proof just made does not verify: is this machine sound?");
    }
    return prom_ok();
}

prom_result prom_dleq_prove(const prom_curve *curve, prom_dleq_proof *proof, prom_dleq_statement *statement,
                            const prom_bytes32 *secret, const prom_bytes32 *message, const prom_bytes32 *auxiliary,
                            prom_error *error)
{
    const prom_result proven = prove(curve, proof, statement, secret, message, auxiliary, error);
    if (!prom_is_ok(proven)) {
        *proof = (prom_dleq_proof){{0}};
        statement->public_key = (prom_point){{0}};
        statement->shared = (prom_point){{0}};
    }
    return proven;
}

/* s * point - e * product: the nonce's product with the point, when the proof is right. False when it is none. */
static bool rebuild(const prom_curve *curve, prom_point *nonce, const prom_point *point, const prom_point *product,
                    const prom_scalar *response, const prom_scalar *negated_challenge)
{
    prom_element first;
    prom_element second;
    if (!prom_element_parse(curve, &first, point) || !prom_element_parse(curve, &second, product)) {
        return false;
    }
    prom_element_multiply_vartime(curve, &first, &first, response);
    prom_element_multiply_vartime(curve, &second, &second, negated_challenge);
    prom_element_add(curve, &first, &first, &second);
    *nonce = prom_element_serialize(curve, &first);
    return !first.infinite;
}

bool prom_dleq_valid(const prom_curve *curve, const prom_dleq_proof *proof, const prom_dleq_statement *statement,
                     const prom_bytes32 *message)
{
    struct products nonces;
    prom_bytes32 challenge;
    prom_bytes32 rebuilt;
    prom_bytes32 bytes;
    prom_scalar negated;
    prom_scalar response;
    memcpy(challenge.bytes, proof->bytes, sizeof challenge.bytes);
    memcpy(bytes.bytes, proof->bytes + sizeof challenge.bytes, sizeof bytes.bytes);
    if (!prom_scalar_parse(&response, &bytes)) {
        return false;
    }
    prom_scalar_reduce(&negated, &challenge);
    prom_scalar_negate_if(&negated, true);
    if (!rebuild(curve, &nonces.of_generator, &statement->generator, &statement->public_key, &response, &negated) ||
        !rebuild(curve, &nonces.of_base, &statement->base, &statement->shared, &response, &negated)) {
        return false;
    }
    challenge_of(&rebuilt, statement, &nonces, message);
    return prom_bytes32_equal(&rebuilt, &challenge);
}
