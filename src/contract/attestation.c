#include "prometheus/contract/attestation.h"

#include <string.h>

#include "prometheus/crypto/hash.h"

_Static_assert(PROM_ROUND_NOTICE + 1 == PROM_ROUNDS, "a receipt for each round");

/* -- Bytes -- */

/* What is signed: all of an attestation but the signature. */
struct content {
    size_t length;
    uint8_t bytes[PROM_ATTESTATION_MAX];
};

static void put_number(struct content *content, uint64_t number, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        content->bytes[content->length++] = (uint8_t)(number >> (8 * (length - 1 - i)));
    }
}

static void put_bytes32(struct content *content, const prom_bytes32 *value)
{
    memcpy(content->bytes + content->length, value->bytes, sizeof value->bytes);
    content->length += sizeof value->bytes;
}

static void put_receipt(struct content *content, const prom_receipt *receipt)
{
    put_number(content, (uint64_t)receipt->round, 1);
    put_bytes32(content, &receipt->hash);
    put_number(content, receipt->height, 4);
}

static void put_answer(struct content *content, const prom_answer *answer)
{
    const size_t count = answer->count < PROM_ROUNDS ? answer->count : PROM_ROUNDS;
    put_number(content, answer->tip, 4);
    put_number(content, count, 1);
    for (size_t i = 0; i < count; i++) {
        put_receipt(content, &answer->receipts[i]);
    }
}

static void put_what_is_said(struct content *content, const prom_attestation *attestation)
{
    switch (attestation->kind) {
    case PROM_ATTESTATION_PACKAGE:
        put_number(content, (uint64_t)attestation->as.package.round, 1);
        put_bytes32(content, &attestation->as.package.hash);
        break;
    case PROM_ATTESTATION_NOTICE:
        put_bytes32(content, &attestation->as.notice.package_hash);
        put_number(content, attestation->as.notice.height, 4);
        break;
    case PROM_ATTESTATION_RECEIPT:
        put_receipt(content, &attestation->as.receipt);
        break;
    case PROM_ATTESTATION_ANSWER:
        put_answer(content, &attestation->as.answer);
        break;
    case PROM_ATTESTATION_ECHO:
        put_bytes32(content, &attestation->as.echo);
        break;
    case PROM_ATTESTATION_COMMITMENT:
        put_bytes32(content, &attestation->as.commitment);
        break;
    case PROM_ATTESTATION_VOTE:
        put_number(content, (uint64_t)attestation->as.vote.decision, 1);
        put_bytes32(content, &attestation->as.vote.nonce);
        break;
    }
}

static struct content content_of(const prom_attestation *attestation)
{
    struct content content = {0};
    put_number(&content, (uint64_t)attestation->kind, 1);
    put_bytes32(&content, &attestation->contract_id);
    put_number(&content, attestation->place, 1);
    put_what_is_said(&content, attestation);
    return content;
}

prom_result prom_attestation_write(prom_arena *arena, prom_span *bytes, const prom_attestation *attestation,
                                   prom_error *error)
{
    const struct content content = content_of(attestation);
    prom_writer writer = prom_writer_in(arena);
    prom_write_span(&writer, prom_span_of(content.bytes, content.length));
    prom_write_span(&writer, prom_span_of(attestation->signature.bytes, sizeof attestation->signature.bytes));
    return prom_writer_finish(&writer, bytes, error);
}

static prom_round read_round(prom_reader *reader, prom_round last)
{
    const uint8_t round = prom_read_u8(reader);
    reader->failed = reader->failed || round > (uint8_t)last;
    return reader->failed ? PROM_ROUND_A : (prom_round)round;
}

static prom_receipt read_receipt(prom_reader *reader)
{
    prom_receipt receipt = {.round = read_round(reader, PROM_ROUND_NOTICE)};
    receipt.hash = prom_read_bytes32(reader);
    receipt.height = prom_read_u32(reader);
    return receipt;
}

static void read_answer(prom_reader *reader, prom_answer *answer)
{
    answer->tip = prom_read_u32(reader);
    answer->count = prom_read_u8(reader);
    reader->failed = reader->failed || answer->count > PROM_ROUNDS;
    for (size_t i = 0; i < answer->count && !reader->failed; i++) {
        answer->receipts[i] = read_receipt(reader);
        reader->failed = reader->failed || (i > 0 && answer->receipts[i].round <= answer->receipts[i - 1].round);
    }
}

static prom_decision read_decision(prom_reader *reader)
{
    const uint8_t decision = prom_read_u8(reader);
    reader->failed = reader->failed || decision > (uint8_t)PROM_DECISION_WORKER;
    return decision == (uint8_t)PROM_DECISION_WORKER ? PROM_DECISION_WORKER : PROM_DECISION_VERIFIER;
}

static void read_what_is_said(prom_reader *reader, prom_attestation *attestation)
{
    switch (attestation->kind) {
    case PROM_ATTESTATION_PACKAGE:
        attestation->as.package.round = read_round(reader, PROM_ROUND_B);
        attestation->as.package.hash = prom_read_bytes32(reader);
        break;
    case PROM_ATTESTATION_NOTICE:
        attestation->as.notice.package_hash = prom_read_bytes32(reader);
        attestation->as.notice.height = prom_read_u32(reader);
        break;
    case PROM_ATTESTATION_RECEIPT:
        attestation->as.receipt = read_receipt(reader);
        break;
    case PROM_ATTESTATION_ANSWER:
        read_answer(reader, &attestation->as.answer);
        break;
    case PROM_ATTESTATION_ECHO:
        attestation->as.echo = prom_read_bytes32(reader);
        break;
    case PROM_ATTESTATION_COMMITMENT:
        attestation->as.commitment = prom_read_bytes32(reader);
        break;
    case PROM_ATTESTATION_VOTE:
        attestation->as.vote.decision = read_decision(reader);
        attestation->as.vote.nonce = prom_read_bytes32(reader);
        break;
    }
}

/* Whether this is for the signer at that place to say. */
static bool may_say(prom_attestation_kind kind, size_t place)
{
    return kind == PROM_ATTESTATION_PACKAGE || kind == PROM_ATTESTATION_NOTICE
               ? place == PROM_PLACE_W
               : place >= PROM_PLACE_ARBITER && place < PROM_PLACE_ARBITER + PROM_ARBITERS_MAX;
}

prom_result prom_attestation_read(prom_attestation *attestation, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    *attestation = (prom_attestation){0};
    const uint8_t kind = prom_read_u8(&reader);
    if (kind < PROM_ATTESTATION_PACKAGE || kind > PROM_ATTESTATION_VOTE) {
        return prom_fail(error, PROM_CATEGORY_PEER, "these bytes are no signed statement of a contract");
    }
    attestation->kind = (prom_attestation_kind)kind;
    attestation->contract_id = prom_read_bytes32(&reader);
    attestation->place = prom_read_u8(&reader);
    read_what_is_said(&reader, attestation);
    const prom_span signature = prom_read_span(&reader, sizeof attestation->signature.bytes);
    if (!prom_reader_done(&reader) || !may_say(attestation->kind, attestation->place)) {
        *attestation = (prom_attestation){0};
        return prom_fail(error, PROM_CATEGORY_PEER, "these bytes are no signed statement of a contract");
    }
    memcpy(attestation->signature.bytes, signature.data, signature.length);
    return prom_ok();
}

/* -- Hash and signature -- */

static const char *tag_of(prom_attestation_kind kind)
{
    switch (kind) {
    case PROM_ATTESTATION_PACKAGE:
        return "prometheus/signed-package";
    case PROM_ATTESTATION_NOTICE:
        return "prometheus/notice";
    case PROM_ATTESTATION_RECEIPT:
        return "prometheus/receipt";
    case PROM_ATTESTATION_ANSWER:
        return "prometheus/answer";
    case PROM_ATTESTATION_ECHO:
        return "prometheus/echo";
    case PROM_ATTESTATION_COMMITMENT:
        return "prometheus/vote-commitment";
    case PROM_ATTESTATION_VOTE:
        return "prometheus/vote";
    }
    return "";
}

void prom_attestation_hash(prom_bytes32 *hash, const prom_attestation *attestation)
{
    const struct content content = content_of(attestation);
    prom_tagged_hash(hash, tag_of(attestation->kind), prom_span_of(content.bytes, content.length));
}

bool prom_attestation_same(const prom_attestation *a, const prom_attestation *b)
{
    const struct content content_a = content_of(a);
    const struct content content_b = content_of(b);
    return prom_span_equal(prom_span_of(content_a.bytes, content_a.length),
                           prom_span_of(content_b.bytes, content_b.length));
}

prom_result prom_attestation_sign(const prom_curve *curve, prom_attestation *attestation, const prom_key *key,
                                  const prom_bytes32 *auxiliary, prom_error *error)
{
    prom_bytes32 hash;
    prom_attestation_hash(&hash, attestation);
    return prom_sign(curve, &attestation->signature, &hash, key, auxiliary, error);
}

prom_result prom_attestation_check(const prom_curve *curve, const prom_attestation *attestation,
                                   const prom_terms *terms, const prom_bytes32 *contract_id, prom_error *error)
{
    const size_t place = attestation->place;
    prom_bytes32 hash;
    if (!prom_bytes32_equal(&attestation->contract_id, contract_id)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the signed statement is of another contract");
    }
    if (!may_say(attestation->kind, place) || place >= PROM_PLACE_ARBITER + terms->arbiter_count) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the signed statement is of nobody who could make it");
    }
    const prom_bytes32 *key =
        place == PROM_PLACE_W ? &terms->parties[PROM_PARTY_W].key : &terms->arbiters[place - PROM_PLACE_ARBITER].key;
    prom_attestation_hash(&hash, attestation);
    if (!prom_signature_valid(curve, &attestation->signature, prom_span_of32(&hash), key)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the signature of the statement is not valid");
    }
    return prom_ok();
}

/* -- Arbitration -- */

void prom_shown_key_hash(prom_bytes32 *hash, const prom_bytes32 *contract_id, const prom_bytes32 *h_p)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/shown-key");
    prom_hasher_add(&hasher, prom_span_of32(contract_id));
    prom_hasher_add(&hasher, prom_span_of32(h_p));
    prom_hasher_finish(&hasher, hash);
}

uint32_t prom_echoes_count(const prom_curve *curve, const prom_bytes32 *named, const prom_attestation *echoes,
                           size_t count, const prom_terms *terms, const prom_bytes32 *contract_id)
{
    uint32_t arbiters = 0;
    for (size_t i = 0; i < count; i++) {
        const prom_attestation *echo = &echoes[i];
        if (echo->kind == PROM_ATTESTATION_ECHO && prom_bytes32_equal(&echo->as.echo, named) &&
            prom_is_ok(prom_attestation_check(curve, echo, terms, contract_id, NULL))) {
            arbiters |= UINT32_C(1) << (echo->place - PROM_PLACE_ARBITER);
        }
    }
    return arbiters;
}

void prom_vote_commitment(prom_bytes32 *commitment, const prom_bytes32 *contract_id, size_t place,
                          const prom_vote *vote)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/vote-nonce");
    prom_hasher_add(&hasher, prom_span_of32(contract_id));
    prom_hasher_add_number(&hasher, place, 1);
    prom_hasher_add_number(&hasher, (uint64_t)vote->decision, 1);
    prom_hasher_add(&hasher, prom_span_of32(&vote->nonce));
    prom_hasher_finish(&hasher, commitment);
}

bool prom_vote_opens(const prom_attestation *vote, const prom_attestation *commitment)
{
    prom_bytes32 expected;
    if (vote->kind != PROM_ATTESTATION_VOTE || commitment->kind != PROM_ATTESTATION_COMMITMENT ||
        vote->place != commitment->place || !prom_bytes32_equal(&vote->contract_id, &commitment->contract_id)) {
        return false;
    }
    prom_vote_commitment(&expected, &vote->contract_id, vote->place, &vote->as.vote);
    return prom_bytes32_equal(&expected, &commitment->as.commitment);
}
