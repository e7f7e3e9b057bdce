#include "prometheus/contract/terms.h"

#include "prometheus/bitcoin/script.h"
#include "prometheus/contract/payout.h"
#include "prometheus/crypto/hash.h"

enum { TERMS_VERSION = 1 };

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
    prom_write_bytes32(writer, &arbiter->key);
    prom_write_bytes32(writer, &arbiter->x_hash);
    prom_write_u16(writer, arbiter->expiry);
    prom_write_bytes32(writer, &arbiter->payout);
}

void prom_arbiter_terms_read(prom_reader *reader, prom_arbiter_terms *arbiter)
{
    read_outpoint(reader, &arbiter->offer);
    arbiter->key = prom_read_bytes32(reader);
    arbiter->x_hash = prom_read_bytes32(reader);
    arbiter->expiry = prom_read_u16(reader);
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
    prom_write_bytes32(writer, &party->payout);
    prom_write_bytes32(writer, &party->change);
    prom_write_u8(writer, (uint8_t)party->coin_count);
    for (size_t i = 0; i < party->coin_count; i++) {
        const prom_coin *coin = &party->coins[i];
        write_outpoint(writer, &coin->outpoint);
        prom_write_amount(writer, coin->value);
        prom_write_u16(writer, coin->witness_weight);
        writer->failed = coin->script.length > UINT8_MAX || writer->failed;
        prom_write_u8(writer, (uint8_t)coin->script.length);
        prom_write_span(writer, coin->script);
    }
}

void prom_party_terms_read(prom_reader *reader, prom_party_terms *party)
{
    party->key = prom_read_bytes32(reader);
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
        coin->witness_weight = prom_read_u16(reader);
        coin->script = prom_read_span(reader, prom_read_u8(reader));
    }
}

static void write_base(prom_writer *writer, const prom_terms *terms)
{
    prom_write_u16(writer, TERMS_VERSION);
    prom_write_bytes32(writer, &terms->genesis);
    prom_write_bytes32(writer, &terms->p_txid);
    prom_parameters_write(writer, &terms->P);
    prom_write_amount(writer, terms->c);
    write_job(writer, &terms->job);
    prom_write_bytes32(writer, &terms->h);
    prom_write_bytes32(writer, &terms->k_h);
    prom_write_u32(writer, terms->feerate);
    prom_write_u32(writer, terms->snapshot_height);
    prom_write_bytes32(writer, &terms->snapshot_hash);
    prom_write_u32(writer, terms->setup_deadline);
    prom_write_u64(writer, terms->most_package);
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
    terms->p_txid = prom_read_bytes32(reader);
    prom_parameters_read(reader, &terms->P);
    terms->c = prom_read_amount(reader);
    read_job(reader, &terms->job);
    terms->h = prom_read_bytes32(reader);
    terms->k_h = prom_read_bytes32(reader);
    terms->feerate = prom_read_u32(reader);
    terms->snapshot_height = prom_read_u32(reader);
    terms->snapshot_hash = prom_read_bytes32(reader);
    terms->setup_deadline = prom_read_u32(reader);
    terms->most_package = prom_read_u64(reader);
    terms->retention = prom_read_u32(reader);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        prom_party_terms_read(reader, &terms->parties[i]);
    }
}

static void write_arbiters(prom_writer *writer, const prom_terms *terms)
{
    prom_write_u8(writer, (uint8_t)terms->arbiter_count);
    for (size_t i = 0; i < terms->arbiter_count; i++) {
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

prom_amount prom_terms_deposit(const prom_terms *terms, prom_party party)
{
    const prom_amount deposits[PROM_PARTIES] = {terms->c, terms->P.w, terms->P.v};
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

static prom_result refuse(prom_error *error, const char *what)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the terms are not valid: %s", what);
}

static prom_result check_party(const prom_curve *curve, const prom_terms *terms, prom_party party, prom_error *error)
{
    const prom_party_terms *own = &terms->parties[party];
    const char *name = prom_party_name(party);
    if (!prom_public_key_valid(curve, &own->key) || !prom_public_key_valid(curve, &own->payout) ||
        !prom_public_key_valid(curve, &own->change)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a key of the %s is not on the curve", name);
    }
    if (own->coin_count == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the %s brings no coin", name);
    }
    for (size_t i = 0; i < own->coin_count; i++) {
        if (!prom_script_is_witness_program(own->coins[i].script)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "coin %zu of the %s is not a native segwit output", i,
                             name);
        }
        const bool key_path = prom_script_is_p2tr(own->coins[i].script);
        const uint16_t weight = own->coins[i].witness_weight;
        if (key_path ? weight != PROM_KEY_PATH_WITNESS : weight > PROM_WITNESS_MAX) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "coin %zu of the %s claims a witness of %u weight units",
                             i, name, (unsigned)weight);
        }
    }
    if (!prom_amount_at_least(prom_coins_sum(own), prom_terms_deposit(terms, party))) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the coins of the %s are less than its deposit", name);
    }
    return prom_ok();
}

/* No two of the keys that scripts tell apart are the same. */
static prom_result check_keys_differ(const prom_terms *terms, prom_error *error)
{
    const prom_bytes32 *keys[PROM_PARTIES + PROM_ARBITERS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        keys[count++] = &terms->parties[i].key;
    }
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        keys[count++] = &terms->arbiters[i].key;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (prom_bytes32_equal(keys[i], keys[j])) {
                return refuse(error, "two parties have the same key");
            }
        }
    }
    return prom_ok();
}

static prom_result check_outpoints_differ(const prom_terms *terms, prom_error *error)
{
    const prom_outpoint *outpoints[PROM_PARTIES * PROM_COINS_MAX + PROM_ARBITERS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        for (size_t j = 0; j < terms->parties[i].coin_count; j++) {
            outpoints[count++] = &terms->parties[i].coins[j].outpoint;
        }
    }
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        outpoints[count++] = &terms->arbiters[i].offer;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (prom_outpoint_equal(outpoints[i], outpoints[j])) {
                return refuse(error, "one coin is named twice");
            }
        }
    }
    return prom_ok();
}

prom_result prom_terms_check_base(const prom_curve *curve, const prom_terms *terms, prom_error *error)
{
    const prom_chain_parameters *network = prom_chain_parameters_by_genesis(&terms->genesis);
    if (network == NULL) {
        return refuse(error, "they are for a chain that this program does not know");
    }
    PROM_TRY(prom_parameters_check(curve, &terms->P, network, error));
    PROM_TRY(prom_reward_check(&terms->P, terms->c, error));
    if (terms->feerate == 0 || terms->feerate > PROM_FEERATE_MAX) {
        return refuse(error, "the feerate is not 1 to 10000 sat/vB");
    }
    if (terms->job.items == 0 || terms->job.program_bytes == 0 || terms->job.input_bytes == 0) {
        return refuse(error, "the job is empty");
    }
    if (terms->job.program_bytes > PROM_PAYLOAD_MAX || terms->job.input_bytes > PROM_PAYLOAD_MAX ||
        terms->most_package == 0 || terms->most_package > PROM_PAYLOAD_MAX) {
        return refuse(error, "a size is 0 or above 2^40 bytes");
    }
    if (terms->setup_deadline <= terms->snapshot_height) {
        return refuse(error, "the setup's deadline is not after the snapshot");
    }
    if (prom_bytes32_equal(&terms->h, &terms->k_h)) {
        return refuse(error, "h and k_h are the same");
    }
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        PROM_TRY(check_party(curve, terms, party, error));
    }
    PROM_TRY(check_keys_differ(terms, error));
    return check_outpoints_differ(terms, error);
}

prom_result prom_terms_check(const prom_curve *curve, const prom_terms *terms, prom_error *error)
{
    PROM_TRY(prom_terms_check_base(curve, terms, error));
    if (terms->arbiter_count != terms->P.n) {
        return refuse(error, "there are not n arbiters");
    }
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        const prom_arbiter_terms *arbiter = &terms->arbiters[i];
        if (!prom_public_key_valid(curve, &arbiter->key) || !prom_public_key_valid(curve, &arbiter->payout)) {
            return refuse(error, "an arbiter's key is not on the curve");
        }
        if (arbiter->expiry == 0) {
            return refuse(error, "an arbiter's offer expires at once");
        }
    }
    if (!prom_public_key_valid(curve, &terms->Y)) {
        return refuse(error, "the arbiters' joint key Y is not on the curve");
    }
    return prom_ok();
}
