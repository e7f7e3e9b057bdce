#include "bitcoin/wpkh.h"

#include <string.h>

#include "prometheus/bitcoin/script.h"
#include "prometheus/crypto/hash.h"
#include "prometheus/crypto/ripemd160.h"

/* What BIP 143 has a key's hash stand for: the script of P2PKH. */
static void write_script_code(prom_writer *message, prom_span script)
{
    const prom_span key_hash = prom_span_of(script.data + 2, script.length - 2);
    prom_write_u8(message, (uint8_t)(key_hash.length + 5));
    prom_write_u8(message, PROM_OP_DUP);
    prom_write_u8(message, PROM_OP_HASH160);
    prom_script_push(message, key_hash);
    prom_write_u8(message, PROM_OP_EQUALVERIFY);
    prom_write_u8(message, PROM_OP_CHECKSIG);
}

static void write_outpoint(prom_writer *writer, const prom_outpoint *outpoint)
{
    prom_write_bytes32(writer, &outpoint->txid);
    prom_write_u32_le(writer, outpoint->index);
}

static prom_result write_hash_of(prom_writer *message, const prom_writer *part, prom_error *error)
{
    prom_span bytes;
    prom_bytes32 hash;
    PROM_TRY(prom_writer_finish(part, &bytes, error));
    prom_sha256_twice(&hash, bytes);
    prom_write_bytes32(message, &hash);
    return prom_ok();
}

/* BIP 143, for SIGHASH_ALL. */
static prom_result signature_hash(prom_arena *arena, prom_bytes32 *hash, const prom_wpkh_input *input,
                                  prom_error *error)
{
    const prom_tx *tx = input->tx;
    prom_writer outpoints = prom_writer_in(arena);
    prom_writer sequences = prom_writer_in(arena);
    prom_writer outputs = prom_writer_in(arena);
    prom_writer message = prom_writer_in(arena);
    prom_span bytes;
    for (size_t i = 0; i < tx->input_count; i++) {
        write_outpoint(&outpoints, &tx->inputs[i].outpoint);
        prom_write_u32_le(&sequences, tx->inputs[i].sequence);
    }
    for (size_t i = 0; i < tx->output_count; i++) {
        prom_write_amount_le(&outputs, tx->outputs[i].value);
        prom_write_compact_size(&outputs, tx->outputs[i].script.length);
        prom_write_span(&outputs, tx->outputs[i].script);
    }
    prom_write_u32_le(&message, tx->version);
    PROM_TRY(write_hash_of(&message, &outpoints, error));
    PROM_TRY(write_hash_of(&message, &sequences, error));
    write_outpoint(&message, &tx->inputs[input->index].outpoint);
    write_script_code(&message, input->spent->script);
    prom_write_amount_le(&message, input->spent->value);
    prom_write_u32_le(&message, tx->inputs[input->index].sequence);
    PROM_TRY(write_hash_of(&message, &outputs, error));
    prom_write_u32_le(&message, tx->locktime);
    prom_write_u32_le(&message, PROM_SIGHASH_ALL);
    PROM_TRY(prom_writer_finish(&message, &bytes, error));
    prom_sha256_twice(hash, bytes);
    return prom_ok();
}

static bool is_key_of(const prom_point *key, prom_span script)
{
    prom_bytes20 hash;
    prom_hash160(&hash, prom_span_of(key->bytes, sizeof key->bytes));
    return memcmp(hash.bytes, script.data + 2, sizeof hash.bytes) == 0;
}

prom_result prom_wpkh_check(const prom_curve *curve, prom_arena *arena, const prom_wpkh_input *input, prom_error *error)
{
    const prom_tx_input *witness = input->witness;
    prom_bytes32 hash;
    prom_point key;
    if (witness->witness_count != 2 || witness->witness[1].length != sizeof key.bytes ||
        witness->witness[0].length == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the witness is not a signature and a compressed key");
    }
    memcpy(key.bytes, witness->witness[1].data, sizeof key.bytes);
    if (!is_key_of(&key, input->spent->script)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the key of the witness is not the one that may spend it");
    }
    const prom_span signature = witness->witness[0];
    if (signature.data[signature.length - 1] != PROM_SIGHASH_ALL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "its signature does not sign the whole transaction: it must be of the type ALL");
    }
    PROM_TRY(signature_hash(arena, &hash, input, error));
    return prom_ecdsa_valid(curve, prom_span_of(signature.data, signature.length - 1), &hash, &key)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "its signature does not hold: another key has signed, or another transaction");
}
