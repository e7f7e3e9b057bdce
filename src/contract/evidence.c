#include "prometheus/contract/evidence.h"

#include <string.h>

#include "prometheus/crypto/hash.h"

/* E_V of the package that the evidence names. */
static prom_result find_key(prom_sealed_key *E_V, const prom_bytes32 *contract_id, const prom_bytes32 *package_hash,
                            const prom_delivered *delivered, prom_error *error)
{
    prom_package package;
    prom_bytes32 hash;
    prom_package_hash(&hash, delivered->contract_id, PROM_ROUND_A, delivered->package);
    if (!prom_bytes32_equal(contract_id, delivered->contract_id) || !prom_bytes32_equal(package_hash, &hash)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the evidence is about another package than the one at hand");
    }
    PROM_TRY(prom_package_read(&package, delivered->package, delivered->terms->most_package, error));
    *E_V = package.E_V;
    return prom_ok();
}

prom_result prom_key_opening_write(prom_arena *arena, prom_span *bytes, const prom_key_opening *opening,
                                   prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_bytes32(&writer, &opening->contract_id);
    prom_write_bytes32(&writer, &opening->package_hash);
    prom_write_bytes32(&writer, &opening->ephemeral);
    return prom_writer_finish(&writer, bytes, error);
}

prom_result prom_key_opening_read(prom_key_opening *opening, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    opening->contract_id = prom_read_bytes32(&reader);
    opening->package_hash = prom_read_bytes32(&reader);
    opening->ephemeral = prom_read_bytes32(&reader);
    if (!prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "these bytes are not an opening of E_V");
    }
    return prom_ok();
}

prom_result prom_key_opening_check(const prom_curve *curve, prom_bytes32 *h_p, const prom_key_opening *opening,
                                   const prom_delivered *delivered, prom_error *error)
{
    const prom_terms *terms = delivered->terms;
    prom_sealed_key E_V;
    *h_p = (prom_bytes32){{0}};
    PROM_TRY(find_key(&E_V, &opening->contract_id, &opening->package_hash, delivered, error));
    const prom_seal_terms seal_terms = {
        .contract_id = delivered->contract_id, .verifier_key = &terms->parties[PROM_PARTY_V].key, .h = &terms->h};
    return prom_blame_peer(prom_unseal_key_by_ephemeral(curve, h_p, &E_V, &seal_terms, &opening->ephemeral, error));
}

prom_result prom_key_refutation_write(prom_arena *arena, prom_span *bytes, const prom_key_refutation *refutation,
                                      prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_bytes32(&writer, &refutation->contract_id);
    prom_write_bytes32(&writer, &refutation->package_hash);
    prom_write_span(&writer, prom_span_of(refutation->shared.bytes, sizeof refutation->shared.bytes));
    prom_write_span(&writer, prom_span_of(refutation->proof.bytes, sizeof refutation->proof.bytes));
    return prom_writer_finish(&writer, bytes, error);
}

prom_result prom_key_refutation_read(prom_key_refutation *refutation, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    refutation->contract_id = prom_read_bytes32(&reader);
    refutation->package_hash = prom_read_bytes32(&reader);
    const prom_span shared = prom_read_span(&reader, sizeof refutation->shared.bytes);
    const prom_span proof = prom_read_span(&reader, sizeof refutation->proof.bytes);
    if (!prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "these bytes are not a refutation of E_V");
    }
    memcpy(refutation->shared.bytes, shared.data, shared.length);
    memcpy(refutation->proof.bytes, proof.data, proof.length);
    return prom_ok();
}

/* What the proof speaks of, beside the points: it cannot be shown for another package. */
static prom_bytes32 refutation_message(const prom_key_refutation *refutation)
{
    prom_hasher hasher;
    prom_bytes32 message;
    prom_hasher_init(&hasher, "prometheus/refutation");
    prom_hasher_add(&hasher, prom_span_of32(&refutation->contract_id));
    prom_hasher_add(&hasher, prom_span_of32(&refutation->package_hash));
    prom_hasher_finish(&hasher, &message);
    return message;
}

static bool on_curve(const prom_curve *curve, const prom_point *point)
{
    prom_bytes32 x;
    memcpy(x.bytes, point->bytes + 1, sizeof x.bytes);
    return (point->bytes[0] == 2 || point->bytes[0] == 3) && prom_public_key_valid(curve, &x);
}

/* Whether E_V with this shared point opens to the preimage of h. */
static bool holds_key(const prom_sealed_key *E_V, const prom_delivered *delivered, const prom_point *shared)
{
    prom_bytes32 opened;
    prom_bytes32 hash;
    prom_unmask_key(&opened, E_V, delivered->contract_id, &delivered->terms->parties[PROM_PARTY_V].key, shared);
    prom_sha256(&hash, prom_span_of32(&opened));
    prom_wipe32(&opened);
    return prom_bytes32_equal(&hash, &delivered->terms->h);
}

static prom_result refute(const prom_curve *curve, prom_key_refutation *refutation, const prom_sealed_key *E_V,
                          const prom_delivered *delivered, const prom_key *verifier_key, const prom_bytes32 *auxiliary,
                          prom_error *error)
{
    const prom_bytes32 message = refutation_message(refutation);
    prom_dleq_statement statement = {.generator = prom_generator, .base = E_V->ephemeral};
    prom_bytes32 secret;
    PROM_TRY(prom_key_even_secret(curve, &secret, verifier_key, error));
    const prom_result proven =
        prom_dleq_prove(curve, &refutation->proof, &statement, &secret, &message, auxiliary, error);
    prom_wipe32(&secret);
    PROM_TRY(proven);
    refutation->shared = statement.shared;
    const bool good = holds_key(E_V, delivered, &statement.shared);
    prom_wipe(&statement, sizeof statement);
    return good ? prom_fail(error, PROM_CATEGORY_MISUSE, "E_V is good: there is nothing to refute") : prom_ok();
}

prom_result prom_key_refute(const prom_curve *curve, prom_key_refutation *refutation, const prom_delivered *delivered,
                            const prom_key *verifier_key, const prom_bytes32 *auxiliary, prom_error *error)
{
    prom_sealed_key E_V;
    *refutation = (prom_key_refutation){.contract_id = *delivered->contract_id};
    prom_package_hash(&refutation->package_hash, delivered->contract_id, PROM_ROUND_A, delivered->package);
    prom_result result = find_key(&E_V, &refutation->contract_id, &refutation->package_hash, delivered, error);
    if (prom_is_ok(result) &&
        !prom_bytes32_equal(&verifier_key->public_key, &delivered->terms->parties[PROM_PARTY_V].key)) {
        result = prom_fail(error, PROM_CATEGORY_MISUSE, "only the verifier of the contract can refute E_V");
    }
    if (prom_is_ok(result) && on_curve(curve, &E_V.ephemeral)) {
        result = refute(curve, refutation, &E_V, delivered, verifier_key, auxiliary, error);
    }
    if (!prom_is_ok(result)) {
        prom_wipe(refutation, sizeof *refutation);
    }
    return result;
}

prom_result prom_key_refutation_check(const prom_curve *curve, const prom_key_refutation *refutation,
                                      const prom_delivered *delivered, prom_error *error)
{
    const prom_bytes32 message = refutation_message(refutation);
    prom_sealed_key E_V;
    PROM_TRY(find_key(&E_V, &refutation->contract_id, &refutation->package_hash, delivered, error));
    if (!on_curve(curve, &E_V.ephemeral)) {
        return prom_ok();
    }
    const prom_dleq_statement statement = {
        .generator = prom_generator,
        .public_key = prom_point_of_public_key(&delivered->terms->parties[PROM_PARTY_V].key),
        .base = E_V.ephemeral,
        .shared = refutation->shared,
    };
    if (!prom_dleq_valid(curve, &refutation->proof, &statement, &message)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the refutation of E_V does not prove its shared point");
    }
    if (holds_key(&E_V, delivered, &refutation->shared)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the refuted E_V is good: it holds the preimage of h");
    }
    return prom_ok();
}

void prom_receipt_write(prom_writer *writer, const prom_receipt *receipt)
{
    prom_write_u8(writer, (uint8_t)receipt->round);
    prom_write_bytes32(writer, &receipt->package_hash);
    prom_write_u32(writer, receipt->height);
    prom_write_bytes32(writer, &receipt->tip);
    prom_write_span(writer, prom_span_of(receipt->signature.bytes, sizeof receipt->signature.bytes));
}

void prom_receipt_read(prom_reader *reader, prom_receipt *receipt, const prom_bytes32 *contract_id)
{
    *receipt = (prom_receipt){.contract_id = *contract_id};
    const uint8_t round = prom_read_u8(reader);
    reader->failed = reader->failed || (round != PROM_ROUND_A && round != PROM_ROUND_B);
    receipt->round = round == PROM_ROUND_B ? PROM_ROUND_B : PROM_ROUND_A;
    receipt->package_hash = prom_read_bytes32(reader);
    receipt->height = prom_read_u32(reader);
    receipt->tip = prom_read_bytes32(reader);
    const prom_span signature = prom_read_span(reader, sizeof receipt->signature.bytes);
    if (signature.length > 0) {
        memcpy(receipt->signature.bytes, signature.data, signature.length);
    }
}

prom_result prom_receipts_write(prom_arena *arena, prom_span *bytes, const prom_receipts *receipts, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_u8(&writer, (uint8_t)receipts->count);
    for (size_t i = 0; i < receipts->count; i++) {
        prom_write_u8(&writer, (uint8_t)(receipts->list[i].arbiter + 1));
        prom_receipt_write(&writer, &receipts->list[i].receipt);
    }
    return prom_writer_finish(&writer, bytes, error);
}

prom_result prom_receipts_read(prom_receipts *receipts, prom_span bytes, const prom_bytes32 *contract_id,
                               prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    size_t number = 0;
    receipts->count = prom_read_u8(&reader);
    reader.failed = reader.failed || receipts->count > PROM_ARBITERS_MAX;
    for (size_t i = 0; i < receipts->count && !reader.failed; i++) {
        const size_t next = prom_read_u8(&reader);
        reader.failed = reader.failed || next <= number || next > PROM_ARBITERS_MAX;
        number = next;
        receipts->list[i].arbiter = next - 1;
        prom_receipt_read(&reader, &receipts->list[i].receipt, contract_id);
    }
    if (!prom_reader_done(&reader)) {
        receipts->count = 0;
        return prom_fail(error, PROM_CATEGORY_PEER, "these bytes are not a set of receipts");
    }
    return prom_ok();
}

static prom_result signed_by(const prom_curve *curve, prom_arena *arena, bool *valid, const prom_receipt *receipt,
                             const prom_bytes32 *key, prom_error *error)
{
    prom_bytes32 hash;
    PROM_TRY(prom_receipt_hash(arena, &hash, receipt, error));
    *valid = prom_signature_valid(curve, &receipt->signature, prom_span_of32(&hash), key);
    return prom_ok();
}

prom_result prom_receipts_check(const prom_curve *curve, prom_arena *arena, prom_receipts_found *found,
                                const prom_terms *terms, const prom_receipts_wanted *wanted,
                                const prom_receipts *receipts, prom_error *error)
{
    *found = (prom_receipts_found){0};
    for (size_t i = 0; i < receipts->count; i++) {
        const size_t arbiter = receipts->list[i].arbiter;
        const prom_receipt *receipt = &receipts->list[i].receipt;
        bool valid = false;
        if (arbiter >= terms->arbiter_count || (found->arbiters >> arbiter & 1) == 1 ||
            receipt->round != wanted->round || receipt->height > wanted->latest ||
            !prom_bytes32_equal(&receipt->contract_id, &wanted->contract_id) ||
            !prom_bytes32_equal(&receipt->package_hash, &wanted->package_hash)) {
            continue;
        }
        PROM_TRY(signed_by(curve, arena, &valid, receipt, &terms->arbiters[arbiter].key, error));
        if (valid) {
            found->arbiters |= UINT32_C(1) << arbiter;
            found->count++;
            found->highest = receipt->height > found->highest ? receipt->height : found->highest;
        }
    }
    return prom_ok();
}

prom_result prom_equivocation_write(prom_arena *arena, prom_span *bytes, const prom_equivocation *equivocation,
                                    prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_bytes32(&writer, &equivocation->first.contract_id);
    prom_write_bytes32(&writer, &equivocation->arbiter);
    prom_receipt_write(&writer, &equivocation->first);
    prom_receipt_write(&writer, &equivocation->second);
    return prom_writer_finish(&writer, bytes, error);
}

prom_result prom_equivocation_read(prom_equivocation *equivocation, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    const prom_bytes32 contract_id = prom_read_bytes32(&reader);
    equivocation->arbiter = prom_read_bytes32(&reader);
    prom_receipt_read(&reader, &equivocation->first, &contract_id);
    prom_receipt_read(&reader, &equivocation->second, &contract_id);
    if (!prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "these bytes are not two receipts of one arbiter");
    }
    return prom_ok();
}

prom_result prom_equivocation_check(const prom_curve *curve, prom_arena *arena, const prom_equivocation *equivocation,
                                    prom_error *error)
{
    const prom_receipt *first = &equivocation->first;
    const prom_receipt *second = &equivocation->second;
    bool first_valid = false;
    bool second_valid = false;
    if (!prom_bytes32_equal(&first->contract_id, &second->contract_id) || first->round != second->round) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the receipts are of two rounds or contracts: that is no fault");
    }
    if (prom_bytes32_equal(&first->package_hash, &second->package_hash)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "both receipts are for the same package: that is no fault");
    }
    PROM_TRY(signed_by(curve, arena, &first_valid, first, &equivocation->arbiter, error));
    PROM_TRY(signed_by(curve, arena, &second_valid, second, &equivocation->arbiter, error));
    if (!first_valid || !second_valid) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the receipts are not both signed by the arbiter");
    }
    return prom_ok();
}
