#include "prometheus/contract/package.h"

#include <string.h>

#include "prometheus/crypto/hash.h"

enum { PACKAGE_VERSION = 2 };

static void write_counted(prom_writer *writer, prom_span bytes)
{
    prom_write_u64(writer, bytes.length);
    prom_write_span(writer, bytes);
}

static prom_span read_counted(prom_reader *reader)
{
    const uint64_t length = prom_read_u64(reader);
    return prom_read_span(reader, length <= SIZE_MAX ? (size_t)length : SIZE_MAX);
}

static prom_result check_length(prom_span bytes, uint64_t most, prom_error *error)
{
    return bytes.length <= most ? prom_ok()
                                : prom_fail(error, PROM_CATEGORY_PEER, "a package has %zu bytes; the terms allow %llu",
                                            bytes.length, (unsigned long long)most);
}

prom_result prom_package_write(prom_arena *arena, prom_span *bytes, const prom_package *package, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_u16(&writer, PACKAGE_VERSION);
    prom_write_bytes32(&writer, &package->root);
    prom_write_span(&writer, prom_span_of(package->E_V.ephemeral.bytes, sizeof package->E_V.ephemeral.bytes));
    prom_write_bytes32(&writer, &package->E_V.masked);
    write_counted(&writer, package->ciphertext);
    return prom_writer_finish(&writer, bytes, error);
}

static void read_root_and_key(prom_reader *reader, prom_package *package)
{
    *package = (prom_package){0};
    reader->failed = prom_read_u16(reader) != PACKAGE_VERSION || reader->failed;
    package->root = prom_read_bytes32(reader);
    const prom_span ephemeral = prom_read_span(reader, sizeof package->E_V.ephemeral.bytes);
    package->E_V.masked = prom_read_bytes32(reader);
    if (!reader->failed) {
        memcpy(package->E_V.ephemeral.bytes, ephemeral.data, ephemeral.length);
    }
}

prom_result prom_package_read(prom_package *package, prom_span bytes, uint64_t most, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    *package = (prom_package){0};
    PROM_TRY(check_length(bytes, most, error));
    read_root_and_key(&reader, package);
    package->ciphertext = read_counted(&reader);
    if (!prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "these bytes are not a package");
    }
    return prom_ok();
}

prom_result prom_package_read_head(prom_package *package, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    read_root_and_key(&reader, package);
    (void)prom_read_u64(&reader); /* of the ciphertext, which may still be to come */
    return reader.failed ? prom_fail(error, PROM_CATEGORY_PEER, "no package begins with these bytes") : prom_ok();
}

prom_result prom_package_openings_write(prom_arena *arena, prom_span *bytes, const prom_package_openings *package,
                                        prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_u16(&writer, PACKAGE_VERSION);
    prom_write_bytes32(&writer, &package->root);
    prom_write_bytes32(&writer, &package->block);
    write_counted(&writer, package->ciphertext);
    return prom_writer_finish(&writer, bytes, error);
}

static void read_root_and_block(prom_reader *reader, prom_package_openings *package)
{
    *package = (prom_package_openings){0};
    reader->failed = prom_read_u16(reader) != PACKAGE_VERSION || reader->failed;
    package->root = prom_read_bytes32(reader);
    package->block = prom_read_bytes32(reader);
}

prom_result prom_package_openings_read(prom_package_openings *package, prom_span bytes, uint64_t most,
                                       prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    *package = (prom_package_openings){0};
    PROM_TRY(check_length(bytes, most, error));
    read_root_and_block(&reader, package);
    package->ciphertext = read_counted(&reader);
    if (!prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "these bytes are not a package of openings");
    }
    return prom_ok();
}

prom_result prom_package_openings_read_head(prom_package_openings *package, prom_span bytes, uint64_t length,
                                            prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    read_root_and_block(&reader, package);
    const uint64_t counted = prom_read_u64(&reader);
    return !reader.failed && length >= PROM_PACKAGE_OPENINGS_HEAD && counted == length - PROM_PACKAGE_OPENINGS_HEAD
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_PEER, "no package of openings of %llu bytes begins with these",
                           (unsigned long long)length);
}

void prom_package_commitment(prom_bytes32 *commitment, const prom_bytes32 *contract_id, const prom_bytes32 *h_p,
                             const prom_bytes32 *root)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/commitment");
    prom_hasher_add(&hasher, prom_span_of32(h_p));
    prom_hasher_add(&hasher, prom_span_of32(contract_id));
    prom_hasher_add(&hasher, prom_span_of32(root));
    prom_hasher_finish(&hasher, commitment);
}

void prom_openings_root(prom_bytes32 *root, prom_span openings)
{
    prom_tagged_hash(root, "prometheus/openings", openings);
}

void prom_package_hash_begin(prom_hasher *hasher, const prom_bytes32 *contract_id, prom_round round)
{
    prom_hasher_init(hasher, "prometheus/package");
    prom_hasher_add(hasher, prom_span_of32(contract_id));
    prom_hasher_add_number(hasher, (uint64_t)round, 1);
}

void prom_package_hash(prom_bytes32 *hash, const prom_bytes32 *contract_id, prom_round round, prom_span package)
{
    prom_hasher hasher;
    prom_package_hash_begin(&hasher, contract_id, round);
    prom_hasher_add(&hasher, package);
    prom_hasher_finish(&hasher, hash);
}

prom_result prom_delivery_write(prom_arena *arena, prom_span *bytes, const prom_bytes32 *root,
                                const prom_delivery *delivery, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_bytes32(&writer, root);
    write_counted(&writer, delivery->output);
    write_counted(&writer, delivery->proof);
    return prom_writer_finish(&writer, bytes, error);
}

prom_result prom_delivery_read(prom_bytes32 *root, prom_delivery *delivery, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    *root = prom_read_bytes32(&reader);
    delivery->output = read_counted(&reader);
    delivery->proof = read_counted(&reader);
    if (!prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the opened ciphertext holds no output and proof");
    }
    return prom_ok();
}
