#include <secp256k1_ecdh.h>

#include "crypto/chilldkg_parts.h"
#include "crypto/curve.h"
#include "crypto/secret_flow.h"

/* Ends a hash with whom the share is for. */
static void finish_pad(prom_hasher *hasher, prom_scalar *pad, size_t receiver, const prom_dkg_session *session)
{
    prom_bytes32 hash;
    prom_hasher_add_number(hasher, receiver, 4);
    prom_dkg_hash_session(hasher, session);
    prom_hasher_finish(hasher, &hash);
    prom_scalar_reduce(pad, &hash);
    prom_wipe32(&hash);
}

void prom_dkg_pad(prom_scalar *pad, const prom_bytes32 *shared, const prom_point *nonce, size_t receiver,
                  const prom_dkg_session *session)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "BIP DKG/encpedpop ecdh");
    prom_hasher_add(&hasher, prom_span_of32(shared));
    prom_hasher_add_point(&hasher, nonce);
    prom_hasher_add_point(&hasher, &session->host_keys[receiver]);
    finish_pad(&hasher, pad, receiver, session);
}

void prom_dkg_pad_to_self(prom_scalar *pad, const prom_bytes32 *host_secret, const prom_point *nonce, size_t self,
                          const prom_dkg_session *session)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "BIP DKG/encaps_multi self_pad");
    prom_hasher_add(&hasher, prom_span_of32(host_secret));
    prom_hasher_add_point(&hasher, nonce);
    finish_pad(&hasher, pad, self, session);
}

bool prom_dkg_shared_secret(const prom_curve *curve, prom_bytes32 *shared, const prom_bytes32 *secret,
                            const prom_point *point)
{
    prom_element element;
    if (!prom_element_parse(curve, &element, point)) {
        return false;
    }
    return prom_succeeded(secp256k1_ecdh(curve->context, shared->bytes, &element.point, secret->bytes, NULL, NULL));
}

prom_result prom_dkg_pads(const prom_curve *curve, prom_scalar pads[PROM_DKG_MAX], size_t *culprit,
                          const prom_dkg_receiver *receiver, const prom_point *nonces, prom_error *error)
{
    const prom_dkg_session *session = receiver->session;
    const size_t id = receiver->id;
    const prom_bytes32 *host_secret = receiver->host_secret;
    prom_bytes32 shared = {{0}};
    prom_result made = prom_ok();
    for (size_t i = 0; i < session->count && prom_is_ok(made); i++) {
        if (i == id) {
            prom_dkg_pad_to_self(&pads[i], host_secret, &nonces[i], id, session);
        } else if (prom_dkg_shared_secret(curve, &shared, host_secret, &nonces[i])) {
            prom_dkg_pad(&pads[i], &shared, &nonces[i], id, session);
        } else {
            *culprit = i;
            made = prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "the encryption nonce of participant %zu is not a point of secp256k1", i);
        }
    }
    prom_wipe32(&shared);
    return made;
}

void prom_dkg_open_sum(prom_scalar *share, const prom_scalar *sum, const prom_scalar *pads, size_t count)
{
    *share = *sum;
    for (size_t i = 0; i < count; i++) {
        prom_scalar_subtract(share, share, &pads[i]);
    }
}
