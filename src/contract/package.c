#include "prometheus/contract/package.h"

#include <string.h>

#include "prometheus/crypto/hash.h"

enum { PACKAGE_VERSION = 1 };

prom_result prom_package_write(prom_arena *arena, prom_span *bytes, const prom_package *package, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_u16(&writer, PACKAGE_VERSION);
    prom_write_bytes32(&writer, &package->root);
    prom_write_span(&writer, prom_span_of(package->E_V.ephemeral.bytes, sizeof package->E_V.ephemeral.bytes));
    prom_write_bytes32(&writer, &package->E_V.masked);
    prom_write_u64(&writer, package->ciphertext.length);
    prom_write_span(&writer, package->ciphertext);
    return prom_writer_finish(&writer, bytes, error);
}

prom_result prom_package_read(prom_package *package, prom_span bytes, uint64_t most, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    *package = (prom_package){0};
    if (bytes.length > most) {
        return prom_fail(error, PROM_CATEGORY_PEER, "a package has %zu bytes; the terms allow %llu", bytes.length,
                         (unsigned long long)most);
    }
    const uint16_t version = prom_read_u16(&reader);
    package->root = prom_read_bytes32(&reader);
    const prom_span ephemeral = prom_read_span(&reader, sizeof package->E_V.ephemeral.bytes);
    package->E_V.masked = prom_read_bytes32(&reader);
    const uint64_t length = prom_read_u64(&reader);
    package->ciphertext = prom_read_span(&reader, length <= SIZE_MAX ? (size_t)length : SIZE_MAX);
    if (version != PACKAGE_VERSION || !prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "these bytes are not a package");
    }
    memcpy(package->E_V.ephemeral.bytes, ephemeral.data, ephemeral.length);
    return prom_ok();
}

void prom_package_hash(prom_bytes32 *hash, const prom_bytes32 *contract_id, prom_round round, prom_span package)
{
    const uint8_t number = (uint8_t)round;
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/package");
    prom_hasher_add(&hasher, prom_span_of32(contract_id));
    prom_hasher_add(&hasher, prom_span_of(&number, 1));
    prom_hasher_add(&hasher, package);
    prom_hasher_finish(&hasher, hash);
}

prom_result prom_delivery_write(prom_arena *arena, prom_span *bytes, const prom_delivery *delivery, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_u64(&writer, delivery->output.length);
    prom_write_span(&writer, delivery->output);
    prom_write_u64(&writer, delivery->proof.length);
    prom_write_span(&writer, delivery->proof);
    return prom_writer_finish(&writer, bytes, error);
}

prom_result prom_delivery_read(prom_delivery *delivery, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    delivery->output = prom_read_span(&reader, (size_t)prom_read_u64(&reader));
    delivery->proof = prom_read_span(&reader, (size_t)prom_read_u64(&reader));
    if (!prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the opened ciphertext holds no output and proof");
    }
    return prom_ok();
}

prom_result prom_receipt_hash(prom_arena *arena, prom_bytes32 *hash, const prom_receipt *receipt, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_span bytes;
    prom_write_bytes32(&writer, &receipt->contract_id);
    prom_write_u8(&writer, (uint8_t)receipt->round);
    prom_write_bytes32(&writer, &receipt->package_hash);
    prom_write_u32(&writer, receipt->height);
    prom_write_bytes32(&writer, &receipt->tip);
    PROM_TRY(prom_writer_finish(&writer, &bytes, error));
    prom_tagged_hash(hash, "prometheus/receipt", bytes);
    return prom_ok();
}
