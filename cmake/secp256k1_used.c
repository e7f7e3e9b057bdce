/* All functions of libsecp256k1 that src/crypto calls: the system's library will do if this can be linked with it. */
#include <secp256k1.h>
#include <secp256k1_ecdh.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_musig.h>
#include <secp256k1_preallocated.h>
#include <secp256k1_schnorrsig.h>

typedef void (*function)(void);

static const volatile function used[] = {
    (function)secp256k1_context_preallocated_create,
    (function)secp256k1_context_preallocated_size,
    (function)secp256k1_context_randomize,
    (function)secp256k1_ec_pubkey_combine,
    (function)secp256k1_ec_pubkey_create,
    (function)secp256k1_ec_pubkey_negate,
    (function)secp256k1_ec_pubkey_parse,
    (function)secp256k1_ec_pubkey_serialize,
    (function)secp256k1_ec_pubkey_sort,
    (function)secp256k1_ec_pubkey_tweak_mul,
    (function)secp256k1_ec_seckey_negate,
    (function)secp256k1_ec_seckey_tweak_add,
    (function)secp256k1_ecdh,
    (function)secp256k1_ecdsa_signature_parse_der,
    (function)secp256k1_ecdsa_verify,
    (function)secp256k1_keypair_create,
    (function)secp256k1_keypair_pub,
    (function)secp256k1_keypair_sec,
    (function)secp256k1_keypair_xonly_pub,
    (function)secp256k1_keypair_xonly_tweak_add,
    (function)secp256k1_musig_aggnonce_parse,
    (function)secp256k1_musig_aggnonce_serialize,
    (function)secp256k1_musig_nonce_agg,
    (function)secp256k1_musig_nonce_gen,
    (function)secp256k1_musig_nonce_process,
    (function)secp256k1_musig_partial_sig_agg,
    (function)secp256k1_musig_partial_sig_parse,
    (function)secp256k1_musig_partial_sig_serialize,
    (function)secp256k1_musig_partial_sig_verify,
    (function)secp256k1_musig_partial_sign,
    (function)secp256k1_musig_pubkey_agg,
    (function)secp256k1_musig_pubkey_xonly_tweak_add,
    (function)secp256k1_musig_pubnonce_parse,
    (function)secp256k1_musig_pubnonce_serialize,
    (function)secp256k1_schnorrsig_sign32,
    (function)secp256k1_schnorrsig_verify,
    (function)secp256k1_xonly_pubkey_from_pubkey,
    (function)secp256k1_xonly_pubkey_parse,
    (function)secp256k1_xonly_pubkey_serialize,
    (function)secp256k1_xonly_pubkey_tweak_add,
};

int main(void)
{
    return used[0] == 0;
}
