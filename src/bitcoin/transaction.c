#include "prometheus/bitcoin/transaction.h"

#include "prometheus/bitcoin/script.h"
#include "prometheus/crypto/hash.h"

enum {
    OUTPOINT_BYTES = 36,
    /* The fewest bytes that one element takes: a count that claims more of them than fit is refused before any memory
     * is asked for. */
    INPUT_BYTES_MIN = OUTPOINT_BYTES + 1 + 4,
    OUTPUT_BYTES_MIN = 8 + 1,
};

bool prom_outpoint_equal(const prom_outpoint *a, const prom_outpoint *b)
{
    return a->index == b->index && prom_bytes32_equal(&a->txid, &b->txid);
}

prom_result prom_tx_new(prom_arena *arena, prom_tx **tx, size_t input_count, size_t output_count, prom_error *error)
{
    PROM_TRY_NEW(*tx, arena, 1, error);
    PROM_TRY_NEW((*tx)->inputs, arena, input_count, error);
    PROM_TRY_NEW((*tx)->outputs, arena, output_count, error);
    (*tx)->version = PROM_TX_VERSION;
    (*tx)->input_count = input_count;
    (*tx)->output_count = output_count;
    return prom_ok();
}

static void write_outpoint(prom_writer *writer, const prom_outpoint *outpoint)
{
    prom_write_bytes32(writer, &outpoint->txid);
    prom_write_u32_le(writer, outpoint->index);
}

static void write_with_length(prom_writer *writer, prom_span bytes)
{
    prom_write_compact_size(writer, bytes.length);
    prom_write_span(writer, bytes);
}

static void write_output(prom_writer *writer, const prom_tx_output *output)
{
    prom_write_amount_le(writer, output->value);
    write_with_length(writer, output->script);
}

static bool has_witness(const prom_tx *tx)
{
    for (size_t i = 0; i < tx->input_count; i++) {
        if (tx->inputs[i].witness_count > 0) {
            return true;
        }
    }
    return false;
}

static void write_witness(prom_writer *writer, const prom_tx_input *input)
{
    prom_write_compact_size(writer, input->witness_count);
    for (size_t i = 0; i < input->witness_count; i++) {
        write_with_length(writer, input->witness[i]);
    }
}

prom_result prom_tx_serialize(prom_arena *arena, prom_span *bytes, const prom_tx *tx, bool with_witness,
                              prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    const bool segwit = with_witness && has_witness(tx);
    prom_write_u32_le(&writer, tx->version);
    if (segwit) { /* BIP 144: marker and flag */
        prom_write_u8(&writer, 0);
        prom_write_u8(&writer, 1);
    }
    prom_write_compact_size(&writer, tx->input_count);
    for (size_t i = 0; i < tx->input_count; i++) {
        write_outpoint(&writer, &tx->inputs[i].outpoint);
        write_with_length(&writer, tx->inputs[i].script_sig);
        prom_write_u32_le(&writer, tx->inputs[i].sequence);
    }
    prom_write_compact_size(&writer, tx->output_count);
    for (size_t i = 0; i < tx->output_count; i++) {
        write_output(&writer, &tx->outputs[i]);
    }
    for (size_t i = 0; segwit && i < tx->input_count; i++) {
        write_witness(&writer, &tx->inputs[i]);
    }
    prom_write_u32_le(&writer, tx->locktime);
    return prom_writer_finish(&writer, bytes, error);
}

/* A count of elements of at least `least` bytes each; a count that cannot fit what is left fails the reader. */
static size_t read_count(prom_reader *reader, size_t least)
{
    const uint64_t count = prom_read_compact_size(reader);
    if (reader->failed || count > reader->left / least) {
        reader->failed = true;
        return 0;
    }
    return (size_t)count;
}

static prom_span read_with_length(prom_reader *reader)
{
    return prom_read_span(reader, read_count(reader, 1));
}

static prom_result read_inputs(prom_arena *arena, prom_tx *tx, prom_reader *reader, prom_error *error)
{
    PROM_TRY_NEW(tx->inputs, arena, tx->input_count, error);
    for (size_t i = 0; i < tx->input_count; i++) {
        tx->inputs[i].outpoint.txid = prom_read_bytes32(reader);
        tx->inputs[i].outpoint.index = prom_read_u32_le(reader);
        tx->inputs[i].script_sig = read_with_length(reader);
        tx->inputs[i].sequence = prom_read_u32_le(reader);
    }
    return prom_ok();
}

static prom_result read_outputs(prom_arena *arena, prom_tx *tx, prom_reader *reader, prom_error *error)
{
    tx->output_count = read_count(reader, OUTPUT_BYTES_MIN);
    PROM_TRY_NEW(tx->outputs, arena, tx->output_count, error);
    for (size_t i = 0; i < tx->output_count; i++) {
        tx->outputs[i].value = prom_amount_of(prom_read_u64_le(reader));
        reader->failed = reader->failed || !prom_amount_is_valid(tx->outputs[i].value);
        tx->outputs[i].script = read_with_length(reader);
    }
    return prom_ok();
}

static prom_result read_witness(prom_arena *arena, prom_tx_input *input, prom_reader *reader, prom_error *error)
{
    prom_span *witness = NULL;
    input->witness_count = read_count(reader, 1);
    PROM_TRY_NEW(witness, arena, input->witness_count, error);
    for (size_t i = 0; i < input->witness_count; i++) {
        witness[i] = read_with_length(reader);
    }
    input->witness = witness;
    return prom_ok();
}

prom_result prom_tx_read(prom_arena *arena, prom_tx **parsed, prom_reader *reader, prom_error *error)
{
    prom_tx *tx = NULL;
    PROM_TRY_NEW(tx, arena, 1, error);
    tx->version = prom_read_u32_le(reader);
    const bool segwit = reader->left >= 2 && reader->at[0] == 0 && reader->at[1] == 1;
    if (segwit) {
        (void)prom_read_span(reader, 2);
    }
    tx->input_count = read_count(reader, INPUT_BYTES_MIN);
    PROM_TRY(read_inputs(arena, tx, reader, error));
    PROM_TRY(read_outputs(arena, tx, reader, error));
    for (size_t i = 0; segwit && i < tx->input_count; i++) {
        PROM_TRY(read_witness(arena, &tx->inputs[i], reader, error));
    }
    tx->locktime = prom_read_u32_le(reader);
    if (reader->failed || tx->input_count == 0 || (segwit && !has_witness(tx))) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "these bytes are not a Bitcoin transaction");
    }
    *parsed = tx;
    return prom_ok();
}

prom_result prom_tx_parse(prom_arena *arena, prom_tx **tx, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    PROM_TRY(prom_tx_read(arena, tx, &reader, error));
    if (!prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu bytes are left over after a Bitcoin transaction",
                         reader.left);
    }
    return prom_ok();
}

prom_result prom_tx_parse_unsigned(prom_arena *arena, prom_tx **parsed, prom_span bytes, prom_error *error)
{
    prom_tx *tx = NULL;
    prom_reader reader = prom_reader_of(bytes);
    bool is_signed = false;
    PROM_TRY_NEW(tx, arena, 1, error);
    tx->version = prom_read_u32_le(&reader);
    tx->input_count = read_count(&reader, INPUT_BYTES_MIN);
    PROM_TRY(read_inputs(arena, tx, &reader, error));
    PROM_TRY(read_outputs(arena, tx, &reader, error));
    tx->locktime = prom_read_u32_le(&reader);
    for (size_t i = 0; i < tx->input_count; i++) {
        is_signed = is_signed || tx->inputs[i].script_sig.length > 0;
    }
    if (!prom_reader_done(&reader) || is_signed) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "these bytes are not an unsigned Bitcoin transaction");
    }
    *parsed = tx;
    return prom_ok();
}

prom_result prom_tx_id(prom_arena *arena, prom_bytes32 *txid, const prom_tx *tx, prom_error *error)
{
    prom_span bytes;
    PROM_TRY(prom_tx_serialize(arena, &bytes, tx, false, error));
    prom_sha256_twice(txid, bytes);
    return prom_ok();
}

bool prom_tx_spends(const prom_tx *tx, const prom_outpoint *outpoint)
{
    bool found = false;
    for (size_t i = 0; i < tx->input_count; i++) {
        found = found || prom_outpoint_equal(&tx->inputs[i].outpoint, outpoint);
    }
    return found;
}

prom_result prom_tx_weight(prom_arena *arena, size_t *weight, const prom_tx *tx, prom_error *error)
{
    prom_span base;
    prom_span total;
    PROM_TRY(prom_tx_serialize(arena, &base, tx, false, error));
    PROM_TRY(prom_tx_serialize(arena, &total, tx, true, error));
    *weight = 3 * base.length + total.length;
    return prom_ok();
}

static size_t compact_size_bytes(uint64_t value)
{
    if (value < 0xfd) {
        return 1;
    }
    return value <= UINT16_MAX ? 3 : value <= UINT32_MAX ? 5 : 9;
}

size_t prom_witness_bytes(const prom_span *witness, size_t witness_count)
{
    size_t bytes = compact_size_bytes(witness_count);
    for (size_t i = 0; i < witness_count; i++) {
        bytes += compact_size_bytes(witness[i].length) + witness[i].length;
    }
    return bytes;
}

prom_amount prom_tx_output_sum(const prom_tx *tx)
{
    prom_amount sum = prom_amount_zero();
    for (size_t i = 0; i < tx->output_count; i++) {
        sum = prom_amount_add(sum, tx->outputs[i].value);
    }
    return sum;
}

/* The SHA-256 of what was written in between goes to `message`. */
static prom_result write_hash_of(prom_writer *message, const prom_writer *part, prom_error *error)
{
    prom_span bytes;
    prom_bytes32 hash;
    PROM_TRY(prom_writer_finish(part, &bytes, error));
    prom_sha256(&hash, bytes);
    prom_write_bytes32(message, &hash);
    return prom_ok();
}

/* BIP 341: sha_prevouts, sha_amounts, sha_scriptpubkeys, sha_sequences. */
static prom_result write_inputs_hashes(prom_arena *arena, prom_writer *message, const prom_tx *tx,
                                       const prom_tx_output *spent, prom_error *error)
{
    prom_writer outpoints = prom_writer_in(arena);
    prom_writer amounts = prom_writer_in(arena);
    prom_writer scripts = prom_writer_in(arena);
    prom_writer sequences = prom_writer_in(arena);
    for (size_t i = 0; i < tx->input_count; i++) {
        write_outpoint(&outpoints, &tx->inputs[i].outpoint);
        prom_write_amount_le(&amounts, spent[i].value);
        write_with_length(&scripts, spent[i].script);
        prom_write_u32_le(&sequences, tx->inputs[i].sequence);
    }
    PROM_TRY(write_hash_of(message, &outpoints, error));
    PROM_TRY(write_hash_of(message, &amounts, error));
    PROM_TRY(write_hash_of(message, &scripts, error));
    return write_hash_of(message, &sequences, error);
}

static prom_result write_outputs_hash(prom_arena *arena, prom_writer *message, const prom_tx *tx, size_t first,
                                      size_t count, prom_error *error)
{
    prom_writer outputs = prom_writer_in(arena);
    for (size_t i = first; i < first + count; i++) {
        write_output(&outputs, &tx->outputs[i]);
    }
    return write_hash_of(message, &outputs, error);
}

static bool known_sighash_type(uint8_t type)
{
    const uint8_t outputs = type & 0x7f;
    return type == PROM_SIGHASH_DEFAULT || (outputs >= PROM_SIGHASH_ALL && outputs <= PROM_SIGHASH_SINGLE);
}

prom_result prom_tx_sighash(prom_arena *arena, prom_bytes32 *hash, const prom_signed_input *input, prom_error *error)
{
    const prom_tx *tx = input->tx;
    const prom_tx_output *spent = input->spent;
    const size_t index = input->index;
    const prom_bytes32 *leaf_hash = input->leaf_hash;
    const uint8_t type = input->type;
    const bool anyone_can_pay = (type & PROM_SIGHASH_ANYONECANPAY) != 0;
    const uint8_t outputs = type & 0x03;
    if (!known_sighash_type(type) || index >= tx->input_count ||
        (outputs == PROM_SIGHASH_SINGLE && index >= tx->output_count)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "there is no signature hash of type 0x%02x for input %zu", type,
                         index);
    }
    prom_writer message = prom_writer_in(arena);
    prom_write_u8(&message, 0); /* epoch */
    prom_write_u8(&message, type);
    prom_write_u32_le(&message, tx->version);
    prom_write_u32_le(&message, tx->locktime);
    if (!anyone_can_pay) {
        PROM_TRY(write_inputs_hashes(arena, &message, tx, spent, error));
    }
    if (outputs != PROM_SIGHASH_NONE && outputs != PROM_SIGHASH_SINGLE) {
        PROM_TRY(write_outputs_hash(arena, &message, tx, 0, tx->output_count, error));
    }
    prom_write_u8(&message, leaf_hash != NULL ? 2 : 0); /* spend_type: ext_flag * 2, no annex */
    if (anyone_can_pay) {
        write_outpoint(&message, &tx->inputs[index].outpoint);
        write_output(&message, &spent[index]);
        prom_write_u32_le(&message, tx->inputs[index].sequence);
    } else {
        prom_write_u32_le(&message, (uint32_t)index);
    }
    if (outputs == PROM_SIGHASH_SINGLE) {
        PROM_TRY(write_outputs_hash(arena, &message, tx, index, 1, error));
    }
    if (leaf_hash != NULL) { /* BIP 342: leaf hash, key version 0, no OP_CODESEPARATOR */
        prom_write_bytes32(&message, leaf_hash);
        prom_write_u8(&message, 0);
        prom_write_u32_le(&message, UINT32_MAX);
    }
    prom_span bytes;
    PROM_TRY(prom_writer_finish(&message, &bytes, error));
    prom_tagged_hash(hash, "TapSighash", bytes);
    return prom_ok();
}

prom_amount prom_dust_limit(prom_span script)
{
    enum { DUST_FEERATE = 3, VALUE_BYTES = 8, SPEND_SEGWIT = 67, SPEND_LEGACY = 148 };
    if (script.length > 0 && script.data[0] == PROM_OP_RETURN) {
        return prom_amount_zero();
    }
    /* The output's own bytes and those of an input that spends it, as Bitcoin Core's GetDustThreshold counts them. */
    const size_t spend = prom_script_is_witness_program(script) ? SPEND_SEGWIT : SPEND_LEGACY;
    return prom_fee(DUST_FEERATE, VALUE_BYTES + compact_size_bytes(script.length) + script.length + spend);
}

prom_amount prom_fee(uint64_t feerate, size_t vsize)
{
    return prom_amount_multiply(prom_amount_of(feerate), vsize);
}
