#include "listing/pointer.h"

#include <string.h>

#include "prometheus/crypto/hash.h"

enum { PRINTABLE_FIRST = 0x21, PRINTABLE_LAST = 0x7e }; /* no space: an address is one word, in logs as in files */

bool prom_role_listed(prom_role role)
{
    return role == PROM_ROLE_WORKER || role == PROM_ROLE_VERIFIER || role == PROM_ROLE_ARBITER;
}

static bool is_address(prom_span address)
{
    bool printable = address.length > 0 && address.length <= PROM_ADDRESS_MAX;
    for (size_t i = 0; printable && i < address.length; i++) {
        printable = address.data[i] >= PRINTABLE_FIRST && address.data[i] <= PRINTABLE_LAST;
    }
    return printable;
}

/* What holds for every pointer, whoever made it. */
static bool is_well_formed(const prom_pointer *pointer)
{
    size_t length = 0;
    bool well = prom_role_listed(pointer->role) && pointer->expires_at > pointer->issued_at &&
                pointer->expires_at - pointer->issued_at <= PROM_POINTER_BLOCKS_MAX && pointer->address_count > 0 &&
                pointer->address_count <= PROM_POINTER_ADDRESSES_MAX;
    for (size_t i = 0; well && i < pointer->address_count; i++) {
        well = is_address(pointer->addresses[i]);
        length += 1 + pointer->addresses[i].length;
    }
    return well && length <= PROM_POINTER_ADDRESS_BYTES_MAX;
}

/* All that is signed. */
static prom_result write_statement(prom_writer *writer, const prom_pointer *pointer, prom_error *error)
{
    if (!is_well_formed(pointer)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE,
                         "a pointer needs a role that is listed, 1 to %u printable addresses of %u bytes together, and "
                         "a lifetime of 1 to %u blocks",
                         PROM_POINTER_ADDRESSES_MAX, PROM_POINTER_ADDRESS_BYTES_MAX, PROM_POINTER_BLOCKS_MAX);
    }
    prom_write_u8(writer, PROM_POINTER_VERSION);
    prom_write_bytes32(writer, &pointer->genesis);
    prom_write_bytes32(writer, &pointer->p_txid);
    prom_write_u8(writer, (uint8_t)pointer->role);
    prom_write_bytes32(writer, &pointer->node);
    prom_write_u32(writer, pointer->issued_at);
    prom_write_u32(writer, pointer->expires_at);
    prom_write_u8(writer, (uint8_t)pointer->address_count);
    for (size_t i = 0; i < pointer->address_count; i++) {
        prom_write_u8(writer, (uint8_t)pointer->addresses[i].length);
        prom_write_span(writer, pointer->addresses[i]);
    }
    return prom_ok();
}

prom_result prom_pointer_hash(prom_arena *arena, prom_bytes32 *hash, const prom_pointer *pointer, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_span bytes;
    PROM_TRY(write_statement(&writer, pointer, error));
    PROM_TRY(prom_writer_finish(&writer, &bytes, error));
    prom_tagged_hash(hash, "prometheus/pointer", bytes);
    return prom_ok();
}

prom_result prom_pointer_write(prom_arena *arena, prom_span *bytes, const prom_pointer *pointer, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    PROM_TRY(write_statement(&writer, pointer, error));
    prom_write_span(&writer, prom_span_of(pointer->signature.bytes, sizeof pointer->signature.bytes));
    return prom_writer_finish(&writer, bytes, error);
}

prom_result prom_pointer_read(prom_pointer *pointer, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    *pointer = (prom_pointer){0};
    const uint8_t version = prom_read_u8(&reader);
    pointer->genesis = prom_read_bytes32(&reader);
    pointer->p_txid = prom_read_bytes32(&reader);
    const uint8_t role = prom_read_u8(&reader);
    pointer->node = prom_read_bytes32(&reader);
    pointer->issued_at = prom_read_u32(&reader);
    pointer->expires_at = prom_read_u32(&reader);
    pointer->address_count = prom_read_u8(&reader);
    for (size_t i = 0; i < pointer->address_count && i < PROM_POINTER_ADDRESSES_MAX; i++) {
        pointer->addresses[i] = prom_read_span(&reader, prom_read_u8(&reader));
    }
    const prom_span signature = prom_read_span(&reader, sizeof pointer->signature.bytes);
    pointer->role = role < PROM_ROLES ? (prom_role)role : PROM_ROLE_CLIENT;
    if (version != PROM_POINTER_VERSION || !prom_reader_done(&reader) || !is_well_formed(pointer)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "%zu bytes are not the pointer of a node", bytes.length);
    }
    memcpy(pointer->signature.bytes, signature.data, signature.length);
    return prom_ok();
}

prom_result prom_pointer_signed(const prom_curve *curve, prom_arena *arena, const prom_pointer *pointer,
                                prom_error *error)
{
    prom_bytes32 hash;
    PROM_TRY(prom_pointer_hash(arena, &hash, pointer, error));
    if (!prom_signature_valid(curve, &pointer->signature, prom_span_of32(&hash), &pointer->node)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the pointer of a node is not signed by the node's key");
    }
    return prom_ok();
}

bool prom_lifetime_holds(uint32_t issued_at, uint32_t expires_at, uint32_t height)
{
    return height < expires_at && (issued_at <= height || issued_at - height <= PROM_POINTER_AHEAD_MAX);
}

bool prom_pointer_same(const prom_pointer *a, const prom_pointer *b)
{
    return a->role == b->role && prom_bytes32_equal(&a->genesis, &b->genesis) &&
           prom_bytes32_equal(&a->p_txid, &b->p_txid) && prom_bytes32_equal(&a->node, &b->node);
}

bool prom_pointer_replaces(const prom_pointer *a, const prom_pointer *b)
{
    if (a->issued_at != b->issued_at) {
        return a->issued_at > b->issued_at;
    }
    if (a->expires_at != b->expires_at) {
        return a->expires_at > b->expires_at;
    }
    return memcmp(a->signature.bytes, b->signature.bytes, sizeof a->signature.bytes) > 0;
}

void prom_pointer_place(prom_bytes32 *place, const prom_bytes32 *genesis, const prom_bytes32 *p_txid, prom_role role)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/discovery");
    prom_hasher_add(&hasher, prom_span_of32(genesis));
    prom_hasher_add(&hasher, prom_span_of32(p_txid));
    prom_hasher_add_number(&hasher, (uint64_t)role, 1);
    prom_hasher_finish(&hasher, place);
}
