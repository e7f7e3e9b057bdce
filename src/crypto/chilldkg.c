#include "prometheus/crypto/chilldkg.h"

#include <string.h>

#include "crypto/chilldkg_parts.h"
#include "crypto/schnorr.h"

prom_result prom_dkg_check_session(const prom_curve *curve, const prom_dkg_session *session, prom_error *error)
{
    if (session->count > PROM_DKG_MAX || session->threshold < 1 || session->threshold > session->count) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a key shared %zu of %zu: the threshold is from 1 to the number of participants, at most %d",
                         session->threshold, session->count, PROM_DKG_MAX);
    }
    for (size_t i = 0; i < session->count; i++) {
        prom_element key;
        if (!prom_element_parse(curve, &key, &session->host_keys[i])) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "the host key of participant %zu is not a point of secp256k1", i);
        }
    }
    for (size_t i = 0; i < session->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (memcmp(&session->host_keys[i], &session->host_keys[j], sizeof session->host_keys[i]) == 0) {
                return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "participants %zu and %zu have the same host key", j,
                                 i);
            }
        }
    }
    return prom_ok();
}

prom_result prom_dkg_session_hash(const prom_curve *curve, prom_bytes32 *hash, const prom_dkg_session *session,
                                  prom_error *error)
{
    prom_hasher hasher;
    PROM_TRY(prom_dkg_check_session(curve, session, error));
    prom_hasher_init(&hasher, "BIP DKG/params_hash");
    prom_dkg_hash_session(&hasher, session);
    prom_hasher_finish(&hasher, hash);
    return prom_ok();
}

void prom_dkg_hash_session(prom_hasher *hasher, const prom_dkg_session *session)
{
    prom_hasher_add_number(hasher, session->threshold, 4);
    for (size_t i = 0; i < session->count; i++) {
        prom_hasher_add(hasher, prom_span_of(session->host_keys[i].bytes, sizeof session->host_keys[i].bytes));
    }
}

prom_result prom_dkg_find_participant(const prom_curve *curve, size_t *id, const prom_dkg_session *session,
                                      const prom_bytes32 *host_secret, prom_error *error)
{
    prom_point key;
    PROM_TRY(prom_within(prom_point_of_secret(curve, &key, host_secret, error), error, "the host secret"));
    for (size_t i = 0; i < session->count; i++) {
        if (memcmp(&key, &session->host_keys[i], sizeof key) == 0) {
            *id = i;
            return prom_ok();
        }
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the host secret belongs to none of the participants' host keys");
}

prom_result prom_dkg_accuse(prom_dkg_blame *blame, prom_dkg_fault fault, size_t participant, prom_result result)
{
    *blame = (prom_dkg_blame){fault, participant};
    return prom_blame_peer(result);
}

/* What participant `id` signs: 33 bytes that say for what (BIP 340, Domain Separation), its id, the transcript. */
static prom_result certificate_message(prom_arena *arena, prom_span *message, prom_span transcript, size_t id,
                                       prom_error *error)
{
    static const uint8_t purpose[33] = "BIP DKG/certeq message";
    prom_writer writer = prom_writer_in(arena);
    prom_write_span(&writer, prom_span_of(purpose, sizeof purpose));
    prom_write_u32(&writer, (uint32_t)id);
    prom_write_span(&writer, transcript);
    return prom_writer_finish(&writer, message, error);
}

prom_result prom_dkg_certificate_sign(prom_arena *arena, const prom_curve *curve, prom_signature *signature,
                                      prom_span transcript, size_t id, const prom_dkg_secrets *secrets,
                                      prom_error *error)
{
    prom_scalar secret;
    prom_span message;
    PROM_TRY(certificate_message(arena, &message, transcript, id, error));
    prom_scalar_reduce(&secret, secrets->host);
    const prom_result made =
        prom_schnorr_sign(curve, signature, "BIP0340", message, &secret, secrets->randomness, error);
    prom_wipe(&secret, sizeof secret);
    return made;
}

prom_result prom_dkg_signature_check(const prom_dkg_context *context, const prom_dkg_outcome *outcome, size_t id,
                                     prom_span bytes, prom_error *error)
{
    prom_signature signature;
    prom_span message;
    prom_bytes32 key;
    if (bytes.length != sizeof signature.bytes) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "participant %zu's signature has %zu bytes", id, bytes.length);
    }
    PROM_TRY(certificate_message(context->arena, &message, outcome->transcript, id, error));
    memcpy(signature.bytes, bytes.data, sizeof signature.bytes);
    /* The parity of a host key, which BIP 340 leaves out, is signed with the transcript. */
    memcpy(key.bytes, outcome->session.host_keys[id].bytes + 1, sizeof key.bytes);
    return prom_signature_valid(context->curve, &signature, message, &key)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "participant %zu's signature is not valid", id);
}

prom_result prom_dkg_certificate_check(prom_arena *arena, const prom_curve *curve, size_t *culprit,
                                       const prom_dkg_session *session, prom_span transcript, prom_span certificate,
                                       prom_error *error)
{
    const prom_dkg_context context = {.arena = arena, .curve = curve};
    const prom_dkg_outcome outcome = {.session = *session, .transcript = transcript};
    prom_reader reader = prom_reader_of(certificate);
    for (size_t i = 0; i < session->count; i++) {
        *culprit = i;
        const prom_span bytes = prom_read_span(&reader, sizeof(prom_signature));
        if (reader.failed) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "participant %zu's signature is missing", i);
        }
        PROM_TRY(prom_dkg_signature_check(&context, &outcome, i, bytes, error));
    }
    return prom_reader_done(&reader)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a certificate of %zu bytes for %zu participants",
                           certificate.length, session->count);
}
