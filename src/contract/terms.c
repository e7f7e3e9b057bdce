#include "prometheus/contract/terms.h"

#include <string.h>

#include "prometheus/crypto/hash.h"

enum { TERMS_VERSION = 2 };

const char *prom_party_name(prom_party party)
{
    static const char *const names[PROM_PARTIES] = {"client", "worker", "verifier"};
    return (unsigned)party < PROM_PARTIES ? names[party] : "unknown";
}

static void write_outpoint(prom_writer *writer, const prom_outpoint *outpoint)
{
    prom_write_bytes32(writer, &outpoint->txid);
    prom_write_u32(writer, outpoint->index);
}

static void read_outpoint(prom_reader *reader, prom_outpoint *outpoint)
{
    outpoint->txid = prom_read_bytes32(reader);
    outpoint->index = prom_read_u32(reader);
}

void prom_arbiter_terms_write(prom_writer *writer, const prom_arbiter_terms *arbiter)
{
    write_outpoint(writer, &arbiter->offer);
    prom_write_bytes32(writer, &arbiter->offer_key);
    prom_write_bytes32(writer, &arbiter->key);
    prom_write_bytes32(writer, &arbiter->joint_key);
    prom_write_bytes32(writer, &arbiter->payout);
}

void prom_arbiter_terms_read(prom_reader *reader, prom_arbiter_terms *arbiter)
{
    read_outpoint(reader, &arbiter->offer);
    arbiter->offer_key = prom_read_bytes32(reader);
    arbiter->key = prom_read_bytes32(reader);
    arbiter->joint_key = prom_read_bytes32(reader);
    arbiter->payout = prom_read_bytes32(reader);
}

static void write_job(prom_writer *writer, const prom_job *job)
{
    prom_write_u16(writer, job->scheme);
    prom_write_bytes32(writer, &job->program_digest);
    prom_write_u64(writer, job->program_bytes);
    prom_write_bytes32(writer, &job->input_hash);
    prom_write_u64(writer, job->input_bytes);
    prom_write_u32(writer, job->items);
}

static void read_job(prom_reader *reader, prom_job *job)
{
    job->scheme = prom_read_u16(reader);
    job->program_digest = prom_read_bytes32(reader);
    job->program_bytes = prom_read_u64(reader);
    job->input_hash = prom_read_bytes32(reader);
    job->input_bytes = prom_read_u64(reader);
    job->items = prom_read_u32(reader);
}

void prom_party_terms_write(prom_writer *writer, const prom_party_terms *party)
{
    prom_write_bytes32(writer, &party->key);
    prom_write_bytes32(writer, &party->joint_key);
    prom_write_bytes32(writer, &party->seal_key);
    prom_write_bytes32(writer, &party->payout);
    prom_write_bytes32(writer, &party->change);
    writer->failed = party->coin_count > PROM_COINS_MAX || writer->failed;
    prom_write_u8(writer, (uint8_t)party->coin_count);
    for (size_t i = 0; i < party->coin_count && !writer->failed; i++) {
        const prom_coin *coin = &party->coins[i];
        write_outpoint(writer, &coin->outpoint);
        prom_write_amount(writer, coin->value);
        prom_write_bytes32(writer, &coin->key);
    }
}

void prom_party_terms_read(prom_reader *reader, prom_party_terms *party)
{
    party->key = prom_read_bytes32(reader);
    party->joint_key = prom_read_bytes32(reader);
    party->seal_key = prom_read_bytes32(reader);
    party->payout = prom_read_bytes32(reader);
    party->change = prom_read_bytes32(reader);
    party->coin_count = prom_read_u8(reader);
    if (party->coin_count > PROM_COINS_MAX) {
        reader->failed = true;
        party->coin_count = 0;
    }
    for (size_t i = 0; i < party->coin_count; i++) {
        prom_coin *coin = &party->coins[i];
        read_outpoint(reader, &coin->outpoint);
        coin->value = prom_read_amount(reader);
        coin->key = prom_read_bytes32(reader);
    }
}

static void write_base(prom_writer *writer, const prom_terms *terms)
{
    prom_write_u16(writer, TERMS_VERSION);
    prom_write_bytes32(writer, &terms->genesis);
    writer->failed = terms->signet_challenge.length > PROM_SIGNET_CHALLENGE_MAX || terms->earlier.length > UINT16_MAX ||
                     writer->failed;
    prom_write_u8(writer, (uint8_t)terms->signet_challenge.length);
    prom_write_span(writer, terms->signet_challenge);
    prom_write_bytes32(writer, &terms->p_txid);
    prom_parameters_write(writer, &terms->P);
    prom_write_amount(writer, terms->c);
    prom_write_amount(writer, terms->retainer);
    write_job(writer, &terms->job);
    prom_write_bytes32(writer, &terms->h);
    prom_write_bytes32(writer, &terms->k_h);
    prom_write_u16(writer, terms->frost_revision);
    prom_write_u16(writer, terms->dkg_revision);
    prom_write_u8(writer, terms->flags);
    prom_write_u32(writer, terms->feerate);
    prom_write_u32(writer, terms->snapshot_height);
    prom_write_bytes32(writer, &terms->snapshot_hash);
    prom_write_u32(writer, terms->draw_height);
    prom_write_u16(writer, (uint16_t)terms->earlier.length);
    prom_write_span(writer, terms->earlier);
    prom_write_u32(writer, terms->setup_deadline);
    prom_write_u64(writer, terms->package_max);
    prom_write_u32(writer, terms->retention);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        prom_party_terms_write(writer, &terms->parties[i]);
    }
}

static void read_base(prom_reader *reader, prom_terms *terms)
{
    *terms = (prom_terms){0};
    reader->failed = prom_read_u16(reader) != TERMS_VERSION || reader->failed;
    terms->genesis = prom_read_bytes32(reader);
    terms->signet_challenge = prom_read_span(reader, prom_read_u8(reader));
    terms->p_txid = prom_read_bytes32(reader);
    prom_parameters_read(reader, &terms->P);
    terms->c = prom_read_amount(reader);
    terms->retainer = prom_read_amount(reader);
    read_job(reader, &terms->job);
    terms->h = prom_read_bytes32(reader);
    terms->k_h = prom_read_bytes32(reader);
    terms->frost_revision = prom_read_u16(reader);
    terms->dkg_revision = prom_read_u16(reader);
    terms->flags = prom_read_u8(reader);
    terms->feerate = prom_read_u32(reader);
    terms->snapshot_height = prom_read_u32(reader);
    terms->snapshot_hash = prom_read_bytes32(reader);
    terms->draw_height = prom_read_u32(reader);
    terms->earlier = prom_read_span(reader, prom_read_u16(reader));
    terms->setup_deadline = prom_read_u32(reader);
    terms->package_max = prom_read_u64(reader);
    terms->retention = prom_read_u32(reader);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        prom_party_terms_read(reader, &terms->parties[i]);
    }
}

static void write_arbiters(prom_writer *writer, const prom_terms *terms)
{
    writer->failed = terms->arbiter_count > PROM_ARBITERS_MAX || writer->failed;
    prom_write_u8(writer, (uint8_t)terms->arbiter_count);
    for (size_t i = 0; i < terms->arbiter_count && !writer->failed; i++) {
        prom_arbiter_terms_write(writer, &terms->arbiters[i]);
    }
    prom_write_bytes32(writer, &terms->Y);
}

static void read_arbiters(prom_reader *reader, prom_terms *terms)
{
    terms->arbiter_count = prom_read_u8(reader);
    if (terms->arbiter_count > PROM_ARBITERS_MAX) {
        reader->failed = true;
        terms->arbiter_count = 0;
    }
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        prom_arbiter_terms_read(reader, &terms->arbiters[i]);
    }
    terms->Y = prom_read_bytes32(reader);
}

prom_result prom_terms_write_base(prom_arena *arena, prom_span *bytes, const prom_terms *terms, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    write_base(&writer, terms);
    return prom_writer_finish(&writer, bytes, error);
}

prom_result prom_terms_write(prom_arena *arena, prom_span *bytes, const prom_terms *terms, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    write_base(&writer, terms);
    write_arbiters(&writer, terms);
    return prom_writer_finish(&writer, bytes, error);
}

static prom_result finish_reading(const prom_reader *reader, prom_error *error)
{
    if (!prom_reader_done(reader)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "these bytes are not the terms of a contract");
    }
    return prom_ok();
}

prom_result prom_terms_read_base(prom_terms *terms, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    read_base(&reader, terms);
    return finish_reading(&reader, error);
}

prom_result prom_terms_read(prom_terms *terms, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    read_base(&reader, terms);
    read_arbiters(&reader, terms);
    return finish_reading(&reader, error);
}

prom_result prom_terms_setup_id(prom_arena *arena, prom_bytes32 *id, const prom_terms *terms, prom_error *error)
{
    prom_span bytes;
    PROM_TRY(prom_terms_write_base(arena, &bytes, terms, error));
    prom_tagged_hash(id, "prometheus/setup", bytes);
    return prom_ok();
}

prom_result prom_terms_contract_id(prom_arena *arena, prom_bytes32 *id, const prom_terms *terms, prom_error *error)
{
    prom_span bytes;
    PROM_TRY(prom_terms_write(arena, &bytes, terms, error));
    prom_tagged_hash(id, "prometheus/contract", bytes);
    return prom_ok();
}

prom_result prom_terms_write_signed(prom_arena *arena, prom_span *bytes, const prom_terms *terms,
                                    const prom_base_signatures *signatures, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    write_base(&writer, terms);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        prom_write_span(&writer, prom_span_of(signatures->by[i].bytes, sizeof signatures->by[i].bytes));
    }
    return prom_writer_finish(&writer, bytes, error);
}

prom_result prom_terms_read_signed(prom_terms *terms, prom_base_signatures *signatures, prom_span bytes,
                                   prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    read_base(&reader, terms);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        const prom_span signature = prom_read_span(&reader, sizeof signatures->by[i].bytes);
        signatures->by[i] = (prom_signature){{0}};
        if (signature.length > 0) {
            memcpy(signatures->by[i].bytes, signature.data, signature.length);
        }
    }
    return finish_reading(&reader, error);
}

prom_result prom_terms_signed(const prom_curve *curve, const prom_terms *terms, const prom_base_signatures *signatures,
                              prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_bytes32 id;
    prom_arena_init(&arena, SIZE_MAX);
    PROM_TRY(prom_terms_setup_id(&arena, &id, terms, error));
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        if (!prom_signature_valid(curve, &signatures->by[party], prom_span_of32(&id), &terms->parties[party].key)) {
            return prom_fail(error, PROM_CATEGORY_PEER, "the %s has not signed the base terms", prom_party_name(party));
        }
    }
    return prom_ok();
}

prom_result prom_terms_draw_id(prom_arena *arena, prom_bytes32 *id, const prom_terms *terms, prom_error *error)
{
    enum { SIGNATURES = PROM_PARTIES * 64 };
    if (terms->earlier.length == 0) {
        return prom_terms_setup_id(arena, id, terms, error);
    }
    if (terms->earlier.length < SIGNATURES) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "these bytes are not the signed terms of an earlier setup");
    }
    prom_tagged_hash(id, "prometheus/setup", prom_span_of(terms->earlier.data, terms->earlier.length - SIGNATURES));
    return prom_ok();
}

prom_amount prom_terms_deposit(const prom_terms *terms, prom_party party)
{
    const prom_amount retainers = prom_amount_multiply(terms->retainer, terms->P.n);
    const prom_amount deposits[PROM_PARTIES] = {prom_amount_add(terms->c, retainers), terms->P.w, terms->P.v};
    return (unsigned)party < PROM_PARTIES ? deposits[party] : prom_amount_invalid();
}

prom_amount prom_coins_sum(const prom_party_terms *party)
{
    prom_amount sum = prom_amount_zero();
    for (size_t i = 0; i < party->coin_count; i++) {
        sum = prom_amount_add(sum, party->coins[i].value);
    }
    return sum;
}

const prom_chain_parameters *prom_terms_network(const prom_terms *terms)
{
    return prom_chain_parameters_of(&terms->genesis, terms->signet_challenge);
}
