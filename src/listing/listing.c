#include "listing/listing.h"

#include <string.h>

#include "prometheus/crypto/hash.h"

enum { THOUSANDTHS = 1000 };

/* -- What may stand in one -- */

static bool ascend32(const prom_bytes32 *items, size_t count)
{
    bool ascending = true;
    for (size_t i = 1; ascending && i < count; i++) {
        ascending = prom_bytes32_compare_vartime(&items[i - 1], &items[i]) < 0;
    }
    return ascending;
}

static bool ascend16(const uint16_t *items, size_t count)
{
    bool ascending = true;
    for (size_t i = 1; ascending && i < count; i++) {
        ascending = items[i - 1] < items[i];
    }
    return ascending;
}

static bool are_lists(const prom_listing *listing)
{
    return listing->contract_count > 0 && listing->contract_count <= PROM_LISTING_CONTRACTS_MAX &&
           listing->scheme_count > 0 && listing->scheme_count <= PROM_LISTING_SCHEMES_MAX &&
           listing->model_count <= PROM_LISTING_MODELS_MAX && ascend32(listing->contracts, listing->contract_count) &&
           ascend16(listing->schemes, listing->scheme_count) && ascend32(listing->models, listing->model_count);
}

static bool is_well_formed(const prom_listing *listing)
{
    return (listing->role == PROM_ROLE_WORKER || listing->role == PROM_ROLE_VERIFIER) &&
           listing->expires_at > listing->issued_at &&
           listing->expires_at - listing->issued_at <= PROM_POINTER_BLOCKS_MAX &&
           listing->version_min <= listing->version_max && listing->price_macs <= PROM_PRICE_MAX &&
           listing->price_bytes <= PROM_PRICE_MAX && listing->price_effort <= PROM_PRICE_MAX &&
           prom_amount_is_valid(listing->reward_min) && are_lists(listing);
}

/* -- Bytes -- */

static void write_lists(prom_writer *writer, const prom_listing *listing)
{
    prom_write_u8(writer, (uint8_t)listing->contract_count);
    for (size_t i = 0; i < listing->contract_count; i++) {
        prom_write_bytes32(writer, &listing->contracts[i]);
    }
    prom_write_u8(writer, (uint8_t)listing->scheme_count);
    for (size_t i = 0; i < listing->scheme_count; i++) {
        prom_write_u16(writer, listing->schemes[i]);
    }
    prom_write_u16(writer, (uint16_t)listing->model_count);
    for (size_t i = 0; i < listing->model_count; i++) {
        prom_write_bytes32(writer, &listing->models[i]);
    }
}

/* All that is signed. */
static prom_result write_statement(prom_writer *writer, const prom_listing *listing, prom_error *error)
{
    if (!is_well_formed(listing)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE,
                         "a listing needs a worker's or verifier's role, a lifetime of 1 to %u blocks, prices within "
                         "bounds, and lists that ascend, of 1 to %u contracts, 1 to %u schemes and %u models at most",
                         PROM_POINTER_BLOCKS_MAX, PROM_LISTING_CONTRACTS_MAX, PROM_LISTING_SCHEMES_MAX,
                         PROM_LISTING_MODELS_MAX);
    }
    prom_write_u8(writer, PROM_LISTING_VERSION);
    prom_write_bytes32(writer, &listing->genesis);
    prom_write_bytes32(writer, &listing->node);
    prom_write_u8(writer, (uint8_t)listing->role);
    prom_write_u32(writer, listing->issued_at);
    prom_write_u32(writer, listing->expires_at);
    prom_write_u8(writer, listing->version_min);
    prom_write_u8(writer, listing->version_max);
    const uint64_t numbers[] = {listing->features, listing->price_macs, listing->price_bytes, listing->price_effort};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        prom_write_u64(writer, numbers[i]);
    }
    prom_write_amount(writer, listing->reward_min);
    prom_write_u32(writer, listing->capacity);
    const uint64_t measured[] = {listing->macs, listing->macs_proven, listing->bytes_up, listing->bytes_down};
    for (size_t i = 0; i < sizeof measured / sizeof measured[0]; i++) {
        prom_write_u64(writer, measured[i]);
    }
    write_lists(writer, listing);
    return prom_ok();
}

prom_result prom_listing_hash(prom_arena *arena, prom_bytes32 *hash, const prom_listing *listing, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_span bytes;
    PROM_TRY(write_statement(&writer, listing, error));
    PROM_TRY(prom_writer_finish(&writer, &bytes, error));
    prom_tagged_hash(hash, "prometheus/listing", bytes);
    return prom_ok();
}

prom_result prom_listing_write(prom_arena *arena, prom_span *bytes, const prom_listing *listing, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    PROM_TRY(write_statement(&writer, listing, error));
    prom_write_span(&writer, prom_span_of(listing->signature.bytes, sizeof listing->signature.bytes));
    return prom_writer_finish(&writer, bytes, error);
}

static void read_lists(prom_reader *reader, prom_listing *listing)
{
    listing->contract_count = prom_read_u8(reader);
    for (size_t i = 0; i < listing->contract_count && i < PROM_LISTING_CONTRACTS_MAX; i++) {
        listing->contracts[i] = prom_read_bytes32(reader);
    }
    listing->scheme_count = prom_read_u8(reader);
    for (size_t i = 0; i < listing->scheme_count && i < PROM_LISTING_SCHEMES_MAX; i++) {
        listing->schemes[i] = prom_read_u16(reader);
    }
    listing->model_count = prom_read_u16(reader);
    for (size_t i = 0; i < listing->model_count && i < PROM_LISTING_MODELS_MAX; i++) {
        listing->models[i] = prom_read_bytes32(reader);
    }
}

prom_result prom_listing_read(prom_listing *listing, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    *listing = (prom_listing){0};
    const uint8_t version = prom_read_u8(&reader);
    listing->genesis = prom_read_bytes32(&reader);
    listing->node = prom_read_bytes32(&reader);
    const uint8_t role = prom_read_u8(&reader);
    listing->role = role < PROM_ROLES ? (prom_role)role : PROM_ROLE_CLIENT;
    listing->issued_at = prom_read_u32(&reader);
    listing->expires_at = prom_read_u32(&reader);
    listing->version_min = prom_read_u8(&reader);
    listing->version_max = prom_read_u8(&reader);
    listing->features = prom_read_u64(&reader);
    listing->price_macs = prom_read_u64(&reader);
    listing->price_bytes = prom_read_u64(&reader);
    listing->price_effort = prom_read_u64(&reader);
    listing->reward_min = prom_read_amount(&reader);
    listing->capacity = prom_read_u32(&reader);
    listing->macs = prom_read_u64(&reader);
    listing->macs_proven = prom_read_u64(&reader);
    listing->bytes_up = prom_read_u64(&reader);
    listing->bytes_down = prom_read_u64(&reader);
    read_lists(&reader, listing);
    const prom_span signature = prom_read_span(&reader, sizeof listing->signature.bytes);
    if (version != PROM_LISTING_VERSION || !prom_reader_done(&reader) || !is_well_formed(listing)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "%zu bytes are not the listing of a node", bytes.length);
    }
    memcpy(listing->signature.bytes, signature.data, signature.length);
    return prom_ok();
}

prom_result prom_listing_check(const prom_curve *curve, prom_arena *arena, const prom_listing *listing,
                               const prom_bytes32 *genesis, const prom_bytes32 *node, uint32_t height,
                               prom_error *error)
{
    prom_bytes32 hash;
    if (!prom_bytes32_equal(&listing->genesis, genesis)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the listing of a node is of another chain");
    }
    if (!prom_bytes32_equal(&listing->node, node)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the listing that a node gave is another node's");
    }
    if (!prom_lifetime_holds(listing->issued_at, listing->expires_at, height)) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "the listing of a node is in force from block %u to %u, and the tip has the height %u",
                         listing->issued_at, listing->expires_at, height);
    }
    PROM_TRY(prom_listing_hash(arena, &hash, listing, error));
    if (!prom_signature_valid(curve, &listing->signature, prom_span_of32(&hash), &listing->node)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the listing of a node is not signed by the node's key");
    }
    return prom_ok();
}

/* -- What it says -- */

static bool holds32(const prom_bytes32 *items, size_t count, const prom_bytes32 *wanted)
{
    bool held = false;
    for (size_t i = 0; i < count && !held; i++) {
        held = prom_bytes32_equal(&items[i], wanted);
    }
    return held;
}

bool prom_listing_has_contract(const prom_listing *listing, const prom_bytes32 *p_txid)
{
    return holds32(listing->contracts, listing->contract_count, p_txid);
}

bool prom_listing_has_scheme(const prom_listing *listing, uint16_t scheme)
{
    bool held = false;
    for (size_t i = 0; i < listing->scheme_count && !held; i++) {
        held = listing->schemes[i] == scheme;
    }
    return held;
}

bool prom_listing_has_model(const prom_listing *listing, const prom_bytes32 *digest)
{
    return holds32(listing->models, listing->model_count, digest);
}

/* Adds price * count / unit, rounded up, in thousandths of a satoshi. False when that is more than all coins. */
static bool add_price(uint64_t *sum, uint64_t price, uint64_t count, uint64_t unit)
{
    uint64_t whole;
    uint64_t rest;
    /* price * count = price * (count / unit) * unit + price * (count % unit): the last product is the one that may be
     * too large, and is taken apart once more. */
    if (__builtin_mul_overflow(price, count / unit, &whole)) {
        return false;
    }
    const uint64_t left = count % unit;
    const uint64_t of_units = price / unit * left; /* below price */
    if (__builtin_mul_overflow(price % unit, left, &rest)) {
        return false; /* not with these units: unit squared fits */
    }
    const uint64_t rounded = rest / unit + (rest % unit > 0);
    return !__builtin_add_overflow(*sum, whole, sum) && !__builtin_add_overflow(*sum, of_units, sum) &&
           !__builtin_add_overflow(*sum, rounded, sum);
}

prom_amount prom_listing_asks(const prom_listing *listing, const prom_job_size *job)
{
    uint64_t sum = 0;
    if (!add_price(&sum, listing->price_macs, job->macs, PROM_PRICE_MACS) ||
        !add_price(&sum, listing->price_bytes, job->bytes, PROM_PRICE_BYTES) ||
        !add_price(&sum, listing->price_effort, job->effort, PROM_PRICE_EFFORT)) {
        return prom_amount_invalid();
    }
    return prom_amount_larger(prom_amount_of(sum / THOUSANDTHS + (sum % THOUSANDTHS > 0)), listing->reward_min);
}
