#include "bitcoin/psbt_fields.h"

#include "prometheus/bitcoin/taproot.h"

/* What a key holds behind its type. */
typedef enum key_form {
    KEY_EMPTY,
    KEY_PUBLIC,  /* 33 bytes, or 65 */
    KEY_XPUB,    /* 78 bytes */
    KEY_HASH160, /* 20 bytes */
    KEY_32,      /* an x-only key, or a hash */
    KEY_LEAF,    /* x-only key and leaf hash */
    KEY_CONTROL, /* a control block (BIP 341) */
} key_form;

typedef enum value_form {
    VALUE_ANY,
    VALUE_4,
    VALUE_32,
    VALUE_PATH,      /* a fingerprint and child numbers, four bytes each */
    VALUE_LEAF_PATH, /* leaf hashes, and the same */
    VALUE_DER,       /* an ECDSA signature with its type */
    VALUE_SCHNORR,   /* 64 bytes, or 65 with the type */
    VALUE_TX,        /* that has the output which the input spends */
    VALUE_OUTPUT,
    VALUE_WITNESS,
    VALUE_LEAF, /* a script and its version */
    VALUE_TREE, /* leaves with their depths */
    VALUE_VERSION,
} value_form;

static const struct field_form {
    prom_psbt_place place;
    uint8_t type;
    key_form key;
    value_form value;
    const char *name;
} forms[] = {
    {PROM_PSBT_GLOBAL, PROM_PSBT_GLOBAL_UNSIGNED_TX, KEY_EMPTY, VALUE_ANY, "GLOBAL_UNSIGNED_TX"}, /* parsed by psbt.c */
    {PROM_PSBT_GLOBAL, 0x01, KEY_XPUB, VALUE_PATH, "GLOBAL_XPUB"},
    {PROM_PSBT_GLOBAL, 0xfb, KEY_EMPTY, VALUE_VERSION, "GLOBAL_VERSION"},
    {PROM_PSBT_INPUT, 0x00, KEY_EMPTY, VALUE_TX, "IN_NON_WITNESS_UTXO"},
    {PROM_PSBT_INPUT, PROM_PSBT_IN_WITNESS_UTXO, KEY_EMPTY, VALUE_OUTPUT, "IN_WITNESS_UTXO"},
    {PROM_PSBT_INPUT, 0x02, KEY_PUBLIC, VALUE_DER, "IN_PARTIAL_SIG"},
    {PROM_PSBT_INPUT, PROM_PSBT_IN_SIGHASH_TYPE, KEY_EMPTY, VALUE_4, "IN_SIGHASH_TYPE"},
    {PROM_PSBT_INPUT, 0x04, KEY_EMPTY, VALUE_ANY, "IN_REDEEM_SCRIPT"},
    {PROM_PSBT_INPUT, 0x05, KEY_EMPTY, VALUE_ANY, "IN_WITNESS_SCRIPT"},
    {PROM_PSBT_INPUT, 0x06, KEY_PUBLIC, VALUE_PATH, "IN_BIP32_DERIVATION"},
    {PROM_PSBT_INPUT, PROM_PSBT_IN_FINAL_SCRIPTSIG, KEY_EMPTY, VALUE_ANY, "IN_FINAL_SCRIPTSIG"},
    {PROM_PSBT_INPUT, PROM_PSBT_IN_FINAL_SCRIPTWITNESS, KEY_EMPTY, VALUE_WITNESS, "IN_FINAL_SCRIPTWITNESS"},
    {PROM_PSBT_INPUT, 0x09, KEY_EMPTY, VALUE_ANY, "IN_POR_COMMITMENT"},
    {PROM_PSBT_INPUT, 0x0a, KEY_HASH160, VALUE_ANY, "IN_RIPEMD160"},
    {PROM_PSBT_INPUT, 0x0b, KEY_32, VALUE_ANY, "IN_SHA256"},
    {PROM_PSBT_INPUT, 0x0c, KEY_HASH160, VALUE_ANY, "IN_HASH160"},
    {PROM_PSBT_INPUT, 0x0d, KEY_32, VALUE_ANY, "IN_HASH256"},
    {PROM_PSBT_INPUT, PROM_PSBT_IN_TAP_KEY_SIG, KEY_EMPTY, VALUE_SCHNORR, "IN_TAP_KEY_SIG"},
    {PROM_PSBT_INPUT, 0x14, KEY_LEAF, VALUE_SCHNORR, "IN_TAP_SCRIPT_SIG"},
    {PROM_PSBT_INPUT, 0x15, KEY_CONTROL, VALUE_LEAF, "IN_TAP_LEAF_SCRIPT"},
    {PROM_PSBT_INPUT, PROM_PSBT_IN_TAP_BIP32_DERIVATION, KEY_32, VALUE_LEAF_PATH, "IN_TAP_BIP32_DERIVATION"},
    {PROM_PSBT_INPUT, PROM_PSBT_IN_TAP_INTERNAL_KEY, KEY_EMPTY, VALUE_32, "IN_TAP_INTERNAL_KEY"},
    {PROM_PSBT_INPUT, 0x18, KEY_EMPTY, VALUE_32, "IN_TAP_MERKLE_ROOT"},
    {PROM_PSBT_OUTPUT, 0x00, KEY_EMPTY, VALUE_ANY, "OUT_REDEEM_SCRIPT"},
    {PROM_PSBT_OUTPUT, 0x01, KEY_EMPTY, VALUE_ANY, "OUT_WITNESS_SCRIPT"},
    {PROM_PSBT_OUTPUT, 0x02, KEY_PUBLIC, VALUE_PATH, "OUT_BIP32_DERIVATION"},
    {PROM_PSBT_OUTPUT, PROM_PSBT_OUT_TAP_INTERNAL_KEY, KEY_EMPTY, VALUE_32, "OUT_TAP_INTERNAL_KEY"},
    {PROM_PSBT_OUTPUT, 0x06, KEY_EMPTY, VALUE_TREE, "OUT_TAP_TREE"},
    {PROM_PSBT_OUTPUT, PROM_PSBT_OUT_TAP_BIP32_DERIVATION, KEY_32, VALUE_LEAF_PATH, "OUT_TAP_BIP32_DERIVATION"},
};

enum { KEY_BYTES = 32, PUBLIC_BYTES = 33, SCHNORR_BYTES = 64, DER_MIN = 9, DER_MAX = 73, XPUB_BYTES = 78 };

/* `data` is a key without its type. */
static bool is_key(key_form form, prom_span data)
{
    switch (form) {
    case KEY_EMPTY:
        return data.length == 0;
    case KEY_PUBLIC:
        return (data.length == PUBLIC_BYTES && (data.data[0] == 2 || data.data[0] == 3)) ||
               (data.length == 65 && data.data[0] == 4);
    case KEY_XPUB:
        return data.length == XPUB_BYTES;
    case KEY_HASH160:
        return data.length == 20;
    case KEY_32:
        return data.length == KEY_BYTES;
    case KEY_LEAF:
        return data.length == 2 * (size_t)KEY_BYTES;
    case KEY_CONTROL:
        return data.length >= PUBLIC_BYTES && (data.length - PUBLIC_BYTES) % KEY_BYTES == 0 &&
               data.length <= PUBLIC_BYTES + KEY_BYTES * (size_t)PROM_TAPROOT_DEPTH_MAX;
    }
    return false;
}

static bool is_path(size_t length)
{
    return length >= 4 && length % 4 == 0;
}

static bool is_leaf_path(prom_span value)
{
    prom_reader reader = prom_reader_of(value);
    const uint64_t leaves = prom_read_compact_size(&reader);
    if (reader.failed || leaves > reader.left / KEY_BYTES) {
        return false;
    }
    (void)prom_read_span(&reader, (size_t)leaves * KEY_BYTES);
    return is_path(reader.left);
}

/* The leaves from left to right, whose depths make one whole binary tree. */
static bool is_tree(prom_span value)
{
    prom_reader reader = prom_reader_of(value);
    bool open[PROM_TAPROOT_DEPTH_MAX + 1] = {false}; /* at this depth a left subtree waits for its right one */
    bool complete = false;
    while (reader.left > 0 && !reader.failed) {
        size_t depth = prom_read_u8(&reader);
        const uint8_t version = prom_read_u8(&reader);
        const uint64_t length = prom_read_compact_size(&reader);
        if (reader.failed || complete || depth > PROM_TAPROOT_DEPTH_MAX || (version & 1) != 0 || length > reader.left) {
            return false;
        }
        (void)prom_read_span(&reader, (size_t)length);
        for (size_t i = depth + 1; i <= PROM_TAPROOT_DEPTH_MAX; i++) {
            if (open[i]) { /* what is deeper must be whole before */
                return false;
            }
        }
        for (; depth > 0 && open[depth]; depth--) {
            open[depth] = false;
        }
        open[depth] = depth > 0;
        complete = depth == 0;
    }
    return complete && prom_reader_done(&reader);
}

static bool is_value(value_form form, prom_span value)
{
    switch (form) {
    case VALUE_4:
        return value.length == 4;
    case VALUE_32:
        return value.length == KEY_BYTES;
    case VALUE_PATH:
        return is_path(value.length);
    case VALUE_LEAF_PATH:
        return is_leaf_path(value);
    case VALUE_DER:
        return value.length >= DER_MIN && value.length <= DER_MAX;
    case VALUE_SCHNORR:
        return value.length == SCHNORR_BYTES || value.length == SCHNORR_BYTES + 1;
    case VALUE_LEAF:
        return value.length >= 1;
    case VALUE_TREE:
        return is_tree(value);
    case VALUE_VERSION:
        return value.length == 4 && value.data[0] == 0 && value.data[1] == 0 && value.data[2] == 0 &&
               value.data[3] == 0;
    case VALUE_ANY:
    case VALUE_TX: /* these three are parsed */
    case VALUE_OUTPUT:
    case VALUE_WITNESS:
        return true;
    }
    return false;
}

prom_result prom_psbt_read_output(prom_tx_output *output, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    output->value = prom_amount_of(prom_read_u64_le(&reader));
    const uint64_t length = prom_read_compact_size(&reader);
    output->script = prom_read_span(&reader, length <= reader.left ? (size_t)length : SIZE_MAX);
    return prom_reader_done(&reader) && prom_amount_is_valid(output->value)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "these bytes are not an output");
}

prom_result prom_psbt_read_witness(prom_arena *arena, prom_tx_input *input, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    prom_span *witness = NULL;
    const uint64_t count = prom_read_compact_size(&reader);
    if (reader.failed || count > reader.left) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "these bytes are not a witness");
    }
    PROM_TRY_NEW(witness, arena, (size_t)count, error);
    for (size_t i = 0; i < count; i++) {
        const uint64_t length = prom_read_compact_size(&reader);
        witness[i] = prom_read_span(&reader, length <= reader.left ? (size_t)length : SIZE_MAX);
    }
    input->witness = witness;
    input->witness_count = (size_t)count;
    return prom_reader_done(&reader) ? prom_ok()
                                     : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "these bytes are not a witness");
}

/* BIP 174: the transaction is the one that the input spends an output of. */
static prom_result check_spent_tx(prom_arena *arena, prom_span value, const prom_tx_input *input, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_tx *tx = NULL;
    prom_bytes32 txid;
    prom_arena_init_within(&scratch, arena);
    PROM_TRY(prom_tx_parse(&scratch, &tx, value, error));
    PROM_TRY(prom_tx_id(&scratch, &txid, tx, error));
    return prom_bytes32_equal(&txid, &input->outpoint.txid) && input->outpoint.index < tx->output_count
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the transaction is not the one that is spent");
}

static prom_result check_parsed(prom_arena *arena, value_form form, prom_span value, const prom_tx_input *input,
                                prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_tx_output output;
    prom_tx_input witness = {.witness_count = 0};
    prom_arena_init_within(&scratch, arena);
    if (form == VALUE_TX && input != NULL) {
        return check_spent_tx(arena, value, input, error);
    }
    if (form == VALUE_OUTPUT) {
        return prom_psbt_read_output(&output, value, error);
    }
    return form == VALUE_WITNESS ? prom_psbt_read_witness(&scratch, &witness, value, error) : prom_ok();
}

prom_result prom_psbt_check_field(prom_arena *arena, prom_psbt_place place, const prom_psbt_field *field,
                                  const prom_tx_input *input, prom_error *error)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const struct field_form *form = &forms[i];
        const prom_span data = prom_span_of(field->key.data + 1, field->key.length - 1);
        if (form->place != place || form->type != field->key.data[0]) {
            continue;
        }
        if (!is_key(form->key, data) || !is_value(form->value, field->value)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "the %s of the field PSBT_%s has not the form that it must",
                             is_key(form->key, data) ? "value" : "key", form->name);
        }
        return prom_within(check_parsed(arena, form->value, field->value, input, error), error, "the field PSBT_%s",
                           form->name);
    }
    return prom_ok();
}
