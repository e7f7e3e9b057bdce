/* What the roles of BIP 174 do with a PSBT: updater, combiner, finalizer, extractor. The signers are elsewhere. */
#include <string.h>

#include "bitcoin/psbt_fields.h"
#include "bitcoin/wpkh.h"
#include "prometheus/bitcoin/script.h"

enum { SIGNATURE_BYTES = 64 };

/* -- Updater -- */

static prom_result put(prom_arena *arena, prom_psbt_map *map, uint8_t type, const prom_bytes32 *key, prom_span value,
                       prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_psbt_field field = {.value = value};
    prom_write_u8(&writer, type);
    if (key != NULL) {
        prom_write_bytes32(&writer, key);
    }
    PROM_TRY(prom_writer_finish(&writer, &field.key, error));
    return prom_psbt_put(arena, map, &field, error);
}

/* The internal key, and, where the path is told, from where it is derived; the types of the two differ between inputs
 * and outputs. */
static prom_result put_origin(prom_arena *arena, prom_psbt_map *map, uint8_t internal_type, uint8_t derivation_type,
                              const prom_psbt_origin *origin, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_span value;
    PROM_TRY(prom_span_copy(arena, &value, prom_span_of32(&origin->internal_key), error));
    PROM_TRY(put(arena, map, internal_type, NULL, value, error));
    if (origin->depth == 0) {
        return prom_ok();
    }
    prom_write_compact_size(&writer, 0); /* of no leaf: it is the internal key */
    prom_write_span(&writer, prom_span_of(origin->fingerprint, sizeof origin->fingerprint));
    for (size_t i = 0; i < origin->depth; i++) {
        prom_write_u32_le(&writer, origin->path[i]);
    }
    PROM_TRY(prom_writer_finish(&writer, &value, error));
    return put(arena, map, derivation_type, &origin->internal_key, value, error);
}

prom_result prom_psbt_describe_input(prom_arena *arena, prom_psbt *psbt, size_t index, const prom_tx_output *spent,
                                     const prom_psbt_origin *origin, prom_error *error)
{
    static const uint8_t sighash_default[4] = {PROM_SIGHASH_DEFAULT};
    prom_writer writer = prom_writer_in(arena);
    prom_span value;
    if (index >= psbt->tx->input_count) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a PSBT has no input %zu", index);
    }
    prom_psbt_map *map = &psbt->inputs[index];
    prom_write_amount_le(&writer, spent->value);
    prom_write_compact_size(&writer, spent->script.length);
    prom_write_span(&writer, spent->script);
    PROM_TRY(prom_writer_finish(&writer, &value, error));
    PROM_TRY(put(arena, map, PROM_PSBT_IN_WITNESS_UTXO, NULL, value, error));
    if (origin == NULL) {
        return prom_ok();
    }
    const prom_span type = prom_span_of(sighash_default, sizeof sighash_default);
    PROM_TRY(put(arena, map, PROM_PSBT_IN_SIGHASH_TYPE, NULL, type, error));
    return put_origin(arena, map, PROM_PSBT_IN_TAP_INTERNAL_KEY, PROM_PSBT_IN_TAP_BIP32_DERIVATION, origin, error);
}

prom_result prom_psbt_describe_output(prom_arena *arena, prom_psbt *psbt, size_t index, const prom_psbt_origin *origin,
                                      prom_error *error)
{
    if (index >= psbt->tx->output_count) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a PSBT has no output %zu", index);
    }
    return put_origin(arena, &psbt->outputs[index], PROM_PSBT_OUT_TAP_INTERNAL_KEY, PROM_PSBT_OUT_TAP_BIP32_DERIVATION,
                      origin, error);
}

prom_result prom_psbt_spent(const prom_psbt *psbt, prom_tx_output *spent, size_t index, prom_error *error)
{
    const prom_span *value = prom_psbt_find(&psbt->inputs[index], PROM_PSBT_IN_WITNESS_UTXO);
    if (value == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "input %zu of the PSBT does not say what it spends", index);
    }
    return prom_psbt_read_output(spent, *value, error);
}

/* -- Combiner -- */

static prom_result check_same_tx(const prom_psbt *psbt, const prom_psbt *other, prom_error *error)
{
    const prom_span *one = prom_psbt_find(&psbt->global, PROM_PSBT_GLOBAL_UNSIGNED_TX);
    const prom_span *two = prom_psbt_find(&other->global, PROM_PSBT_GLOBAL_UNSIGNED_TX);
    return one != NULL && two != NULL && prom_span_equal(*one, *two)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the PSBT is of another transaction");
}

static const prom_psbt_field *same_key(const prom_psbt_map *map, const prom_psbt_field *field)
{
    for (size_t i = 0; i < map->count; i++) {
        if (prom_span_equal(map->fields[i].key, field->key)) {
            return &map->fields[i];
        }
    }
    return NULL;
}

static prom_result add_missing(prom_arena *arena, prom_psbt_map *map, const prom_psbt_map *other, prom_error *error)
{
    const prom_psbt_map before = *map;
    for (size_t i = 0; i < other->count; i++) {
        if (same_key(&before, &other->fields[i]) == NULL) {
            PROM_TRY(prom_psbt_put(arena, map, &other->fields[i], error));
        }
    }
    return prom_ok();
}

prom_result prom_psbt_combine(prom_arena *arena, prom_psbt *psbt, const prom_psbt *other, prom_error *error)
{
    PROM_TRY(check_same_tx(psbt, other, error));
    PROM_TRY(add_missing(arena, &psbt->global, &other->global, error));
    for (size_t i = 0; i < psbt->tx->input_count; i++) {
        PROM_TRY(add_missing(arena, &psbt->inputs[i], &other->inputs[i], error));
    }
    for (size_t i = 0; i < psbt->tx->output_count; i++) {
        PROM_TRY(add_missing(arena, &psbt->outputs[i], &other->outputs[i], error));
    }
    return prom_ok();
}

/* -- Signatures -- */

/* What all inputs spend. */
static prom_result all_spent(prom_arena *arena, const prom_psbt *psbt, prom_tx_output **spent, prom_error *error)
{
    PROM_TRY_NEW(*spent, arena, psbt->tx->input_count, error);
    for (size_t i = 0; i < psbt->tx->input_count; i++) {
        PROM_TRY(prom_psbt_spent(psbt, &(*spent)[i], i, error));
    }
    return prom_ok();
}

/* Whether it signs all inputs and outputs, by the key of the output that input `index` spends. */
static prom_result check_signature(const prom_curve *curve, prom_arena *arena, const prom_psbt *psbt,
                                   const prom_tx_output *spent, size_t index, prom_span signature, prom_error *error)
{
    prom_bytes32 hash;
    prom_bytes32 output_key;
    prom_signature bare;
    const bool typed = signature.length == SIGNATURE_BYTES + 1;
    const uint8_t type = typed ? signature.data[SIGNATURE_BYTES] : PROM_SIGHASH_DEFAULT;
    if ((!typed && signature.length != SIGNATURE_BYTES) || (typed && type != PROM_SIGHASH_ALL)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the signature of input %zu does not sign the whole transaction: it must be of the type "
                         "DEFAULT or ALL",
                         index);
    }
    memcpy(bare.bytes, signature.data, sizeof bare.bytes);
    memcpy(output_key.bytes, spent[index].script.data + 2, sizeof output_key.bytes);
    const prom_signed_input input = {.tx = psbt->tx, .spent = spent, .index = index, .type = type};
    PROM_TRY(prom_tx_sighash(arena, &hash, &input, error));
    return prom_signature_valid(curve, &bare, prom_span_of32(&hash), &output_key)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "the signature of input %zu does not hold: another key has signed, or another transaction",
                           index);
}

/* The signature by the output's key that input `index` has, in either field; without bytes where there is none. */
static prom_result key_signature(prom_arena *arena, const prom_psbt_map *map, prom_span *signature, prom_error *error)
{
    const prom_span *bare = prom_psbt_find(map, PROM_PSBT_IN_TAP_KEY_SIG);
    const prom_span *final = prom_psbt_find(map, PROM_PSBT_IN_FINAL_SCRIPTWITNESS);
    prom_tx_input input = {.witness_count = 0};
    *signature = bare != NULL ? *bare : prom_span_of(NULL, 0);
    if (bare == NULL && final != NULL) {
        PROM_TRY(prom_psbt_read_witness(arena, &input, *final, error));
        *signature = input.witness_count == 1 ? input.witness[0] : prom_span_of(final->data, 0);
        if (signature->length == 0) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it is spent by something else than a signature");
        }
    }
    return prom_ok();
}

/* That what went out came back unchanged, where it came back at all: a finalizer leaves out what nobody needs more. */
static prom_result check_unchanged(const prom_psbt_map *map, const prom_psbt_map *returned, const char *what,
                                   size_t index, prom_error *error)
{
    for (size_t i = 0; i < map->count; i++) {
        const prom_psbt_field *same = same_key(returned, &map->fields[i]);
        const uint8_t type = map->fields[i].key.data[0];
        if (same != NULL && !prom_span_equal(same->value, map->fields[i].value)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the PSBT came back with another field 0x%02x of %s %zu",
                             type, what, index);
        }
    }
    return prom_ok();
}

static prom_result check_returned(const prom_psbt *psbt, const prom_psbt *returned, prom_error *error)
{
    PROM_TRY(check_same_tx(psbt, returned, error));
    for (size_t i = 0; i < psbt->tx->input_count; i++) {
        PROM_TRY(check_unchanged(&psbt->inputs[i], &returned->inputs[i], "input", i, error));
        if (prom_psbt_find(&returned->inputs[i], PROM_PSBT_IN_FINAL_SCRIPTSIG) != NULL) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "input %zu of the PSBT has a script_sig, which changes the transaction's id", i);
        }
    }
    for (size_t i = 0; i < psbt->tx->output_count; i++) {
        PROM_TRY(check_unchanged(&psbt->outputs[i], &returned->outputs[i], "output", i, error));
    }
    return prom_ok();
}

/* The field that input `index` of the returned PSBT has as its signature; `type` is 0 where it has none. */
struct found {
    uint8_t type;
    prom_span value;
};

/* What spends an output that is no P2TR. */
static prom_result check_final(const prom_curve *curve, prom_arena *arena, const prom_psbt *returned,
                               const prom_tx_output *spent, size_t index, prom_span final, prom_error *error)
{
    prom_tx_input witness = {.witness_count = 0};
    if (!prom_script_is_p2wpkh(spent[index].script)) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "it spends an output that is neither P2TR nor P2WPKH, and whether that is signed nobody checks "
            "here");
    }
    PROM_TRY(prom_psbt_read_witness(arena, &witness, final, error));
    const prom_wpkh_input input = {returned->tx, index, &spent[index], &witness};
    return prom_wpkh_check(curve, arena, &input, error);
}

static prom_result find_signature(const prom_curve *curve, prom_arena *arena, const prom_psbt *returned,
                                  const prom_tx_output *spent, size_t index, struct found *found, prom_error *error)
{
    const prom_psbt_map *map = &returned->inputs[index];
    const prom_span *final = prom_psbt_find(map, PROM_PSBT_IN_FINAL_SCRIPTWITNESS);
    *found = (struct found){.type = 0};
    if (prom_script_is_p2tr(spent[index].script)) {
        PROM_TRY(prom_within(key_signature(arena, map, &found->value, error), error, "input %zu", index));
        found->type = found->value.length > 0 ? PROM_PSBT_IN_TAP_KEY_SIG : 0;
        return found->type == 0 ? prom_ok()
                                : check_signature(curve, arena, returned, spent, index, found->value, error);
    }
    if (final != NULL) {
        PROM_TRY(
            prom_within(check_final(curve, arena, returned, spent, index, *final, error), error, "input %zu", index));
        *found = (struct found){PROM_PSBT_IN_FINAL_SCRIPTWITNESS, *final};
    }
    return prom_ok();
}

prom_result prom_psbt_take_signatures(const prom_curve *curve, prom_arena *arena, prom_psbt *psbt,
                                      const prom_psbt *returned, size_t *taken, prom_error *error)
{
    prom_tx_output *spent = NULL;
    struct found *found = NULL;
    *taken = 0;
    PROM_TRY(check_returned(psbt, returned, error));
    PROM_TRY(all_spent(arena, psbt, &spent, error));
    PROM_TRY_NEW(found, arena, psbt->tx->input_count, error);
    for (size_t i = 0; i < psbt->tx->input_count; i++) {
        PROM_TRY(find_signature(curve, arena, returned, spent, i, &found[i], error));
    }
    for (size_t i = 0; i < psbt->tx->input_count; i++) {
        if (found[i].type != 0) {
            PROM_TRY(put(arena, &psbt->inputs[i], found[i].type, NULL, found[i].value, error));
            (*taken)++;
        }
    }
    return prom_ok();
}

/* -- Extractor -- */

static prom_result finish_input(const prom_curve *curve, prom_arena *arena, const prom_psbt *psbt,
                                const prom_tx_output *spent, size_t index, prom_tx_input *input, prom_error *error)
{
    struct found found;
    prom_span *witness = NULL;
    PROM_TRY(find_signature(curve, arena, psbt, spent, index, &found, error));
    if (found.type == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "input %zu of the PSBT is not signed", index);
    }
    if (found.type == PROM_PSBT_IN_FINAL_SCRIPTWITNESS) {
        return prom_psbt_read_witness(arena, input, found.value, error);
    }
    PROM_TRY_NEW(witness, arena, 1, error);
    witness[0] = found.value;
    input->witness = witness;
    input->witness_count = 1;
    return prom_ok();
}

prom_result prom_psbt_extract(const prom_curve *curve, prom_arena *arena, prom_tx **extracted, const prom_psbt *psbt,
                              prom_error *error)
{
    prom_tx_output *spent = NULL;
    prom_tx *tx = NULL;
    PROM_TRY(check_returned(psbt, psbt, error));
    PROM_TRY(all_spent(arena, psbt, &spent, error));
    PROM_TRY_NEW(tx, arena, 1, error);
    *tx = *psbt->tx;
    PROM_TRY_NEW(tx->inputs, arena, tx->input_count, error);
    for (size_t i = 0; i < tx->input_count; i++) {
        tx->inputs[i] = psbt->tx->inputs[i];
        PROM_TRY(finish_input(curve, arena, psbt, spent, i, &tx->inputs[i], error));
    }
    *extracted = tx;
    return prom_ok();
}
