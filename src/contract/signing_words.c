/* The two signed messages of a signing session; docs/protocol.md, section 7. */
#include <string.h>

#include "contract/signing_parts.h"
#include "prometheus/crypto/hash.h"

void prom_signing_digest(prom_bytes32 *digest, prom_signing_kind kind, prom_span content)
{
    prom_tagged_hash(digest, kind == PROM_SIGNING_NONCES ? "prometheus/nonces" : "prometheus/partials", content);
}

void prom_signing_hash(prom_bytes32 *hash, const prom_bytes32 *contract_id, prom_signing_kind kind, uint32_t attempt,
                       const prom_bytes32 *digest)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/signing");
    prom_hasher_add(&hasher, prom_span_of32(contract_id));
    prom_hasher_add_number(&hasher, kind, 1);
    prom_hasher_add_number(&hasher, attempt, 4);
    prom_hasher_add(&hasher, prom_span_of32(digest));
    prom_hasher_finish(&hasher, hash);
}

static prom_signature read_signature(prom_reader *reader)
{
    prom_signature signature = {{0}};
    const prom_span bytes = prom_read_span(reader, sizeof signature.bytes);
    if (bytes.length == sizeof signature.bytes) {
        memcpy(signature.bytes, bytes.data, sizeof signature.bytes);
    }
    return signature;
}

bool prom_word_read(struct word *word, size_t place, prom_signing_kind kind, prom_span message)
{
    prom_reader reader = prom_reader_of(message);
    *word = (struct word){.place = place, .kind = kind, .message = message};
    if (message.length < sizeof(uint32_t) + sizeof(prom_signature)) {
        return false;
    }
    word->attempt = prom_read_u32(&reader);
    word->content = prom_read_span(&reader, reader.left - sizeof(prom_signature));
    word->signature = read_signature(&reader);
    prom_signing_digest(&word->digest, kind, word->content);
    return true;
}

static bool signed_by(const prom_curve *curve, const prom_terms *terms, size_t place, const prom_bytes32 *hash,
                      const prom_signature *signature)
{
    return prom_signature_valid(curve, signature, prom_span_of32(hash), prom_place_key(terms, place));
}

bool prom_word_signed(const struct word *word, const prom_curve *curve, const prom_terms *terms,
                      const prom_bytes32 *contract_id)
{
    prom_bytes32 hash;
    prom_signing_hash(&hash, contract_id, word->kind, word->attempt, &word->digest);
    return signed_by(curve, terms, word->place, &hash, &word->signature);
}

bool prom_word_well_formed(const struct word *word, size_t places, size_t branches)
{
    const size_t length = word->kind == PROM_SIGNING_NONCES ? PROM_SIGNING_NONCES_BYTES(branches)
                                                            : PROM_SIGNING_PARTIALS_BYTES(places, branches);
    return word->message.length == length && word->attempt >= 1 && word->attempt <= PROM_SIGNING_ATTEMPTS_MAX;
}

struct vouched prom_word_vouched(const struct word *word, size_t place)
{
    prom_reader reader = prom_reader_of(word->content);
    struct vouched vouched;
    (void)prom_read_span(&reader, place * PROM_SIGNING_VOUCHED_BYTES);
    vouched.digest = prom_read_bytes32(&reader);
    vouched.signature = read_signature(&reader);
    return vouched;
}

bool prom_word_vouches(const struct word *word, size_t place, const prom_curve *curve, const prom_terms *terms,
                       const prom_bytes32 *contract_id)
{
    const struct vouched vouched = prom_word_vouched(word, place);
    prom_bytes32 hash;
    prom_signing_hash(&hash, contract_id, PROM_SIGNING_NONCES, word->attempt, &vouched.digest);
    return signed_by(curve, terms, place, &hash, &vouched.signature);
}

prom_musig_nonce prom_word_nonce(const struct word *word, size_t branch)
{
    prom_musig_nonce nonce;
    memcpy(nonce.bytes, word->content.data + branch * sizeof nonce, sizeof nonce);
    return nonce;
}

prom_musig_partial prom_word_partial(const struct word *word, size_t places, size_t branch)
{
    prom_musig_partial partial;
    const uint8_t *first = word->content.data + places * PROM_SIGNING_VOUCHED_BYTES;
    memcpy(partial.bytes, first + branch * sizeof partial, sizeof partial);
    return partial;
}
