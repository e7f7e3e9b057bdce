#include "outlook/tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "outlook/outlook.h"
#include "outlook/words.h"
#include "prometheus/bitcoin/address.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/bitcoin/taproot.h"

/* Names the role of an output to that key of the terms; false when there is none. */
static bool name_payment(char name[PROM_CONTRACT_ROLE], const prom_terms *terms, const prom_bytes32 *key)
{
    static const char *const letters[PROM_PARTIES] = {"C", "W", "V"};
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        const bool change = prom_bytes32_equal(&terms->parties[i].change, key);
        if (change || prom_bytes32_equal(&terms->parties[i].payout, key)) {
            (void)snprintf(name, PROM_CONTRACT_ROLE, "%s%s", change ? "change of " : "", letters[i]);
            return true;
        }
    }
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        if (prom_bytes32_equal(&terms->arbiters[i].payout, key)) {
            (void)snprintf(name, PROM_CONTRACT_ROLE, "A%zu", i + 1);
            return true;
        }
    }
    (void)snprintf(name, PROM_CONTRACT_ROLE, "F");
    return prom_bytes32_equal(&terms->P.F, key);
}

/* All outputs that are paid differ by their scripts: prom_terms_check sees to it. */
static prom_result find_role(prom_contract_role *role, const prom_terms *terms, const prom_tree *tree,
                             const prom_tree_tx *tx, size_t index, prom_error *error)
{
    const prom_span script = tx->tx->outputs[index].script;
    prom_bytes32 key;
    char text[PROM_HEX32];
    *role = (prom_contract_role){.descriptor = NULL};
    for (size_t i = 0; i < PROM_TREE_OUTPUTS; i++) {
        if (prom_span_equal(script, tree->output[i].descriptor->script)) {
            (void)snprintf(role->name, sizeof role->name, "%s", tree->output[i].name);
            role->descriptor = tree->output[i].descriptor->text;
            return prom_ok();
        }
    }
    if (!prom_script_is_p2tr(script)) {
        const bool mark = script.length > 0 && script.data[0] == PROM_OP_RETURN;
        (void)snprintf(role->name, sizeof role->name, "%s", mark ? "P" : "anchor");
        return prom_ok();
    }
    memcpy(key.bytes, script.data + 2, sizeof key.bytes);
    (void)snprintf(role->payment, sizeof role->payment, "rawtr(%s)", prom_hex32(text, &key));
    return name_payment(role->name, terms, &key)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BROKEN, "output %zu of %s is for nobody", index, tx->name);
}

prom_result prom_contract_roles(prom_contract_role roles[PROM_CONTRACT_ROLES], const prom_terms *terms,
                                const prom_tree *tree, const prom_tree_tx *tx, prom_error *error)
{
    for (size_t i = 0; i < tx->tx->output_count; i++) {
        PROM_TRY(find_role(&roles[i], terms, tree, tx, i, error));
    }
    return prom_ok();
}

void prom_contract_tree_print(const prom_tree *tree)
{
    char text[PROM_HEX32];
    char fee[PROM_AMOUNT_GROUPED];
    (void)printf("contract  %s\n", prom_hex32(text, &tree->contract_id));
    (void)printf("digest    %s\n\n", prom_hex32(text, &tree->digest));
    (void)printf("%-24s  %-64s  %6s  %6s  %12s\n", "transaction", "txid", "vB", "weight", "fee, sat");
    for (size_t i = 0; i < tree->tx_count; i++) {
        const prom_tree_tx *tx = &tree->tx[i];
        (void)printf("%-24s  %s  %6zu  %6zu  %12s\n", tx->name, prom_hex32_reversed(text, &tx->txid),
                     prom_vsize(tx->weight), tx->weight, prom_amount_grouped(fee, tx->fee));
    }
}

static json_t *json_descriptor(const char *text)
{
    return text == NULL || *text == '\0' ? json_null() : json_string(text);
}

static prom_result json_address(json_t **address, prom_span script, const char *prefix, prom_error *error)
{
    char text[PROM_ADDRESS_TEXT];
    *address = NULL;
    if (!prom_script_is_witness_program(script)) {
        *address = json_null();
        return prom_ok();
    }
    PROM_TRY(prom_script_address(text, script, prefix, error));
    *address = json_string(text);
    return prom_ok();
}

static prom_result add_input(json_t *list, const prom_tree_tx *tx, size_t index, const char *prefix, prom_error *error)
{
    const prom_tx_input *input = &tx->tx->inputs[index];
    char txid[PROM_HEX32];
    json_t *address = NULL;
    PROM_TRY(json_address(&address, tx->spent[index].script, prefix, error));
    (void)json_array_append_new(
        list,
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:I}",                                                                   //
                  "outpoint",                                                                                         //
                  json_sprintf("%s:%" PRIu32, prom_hex32_reversed(txid, &input->outpoint.txid),                       //
                               input->outpoint.index),                                                                //
                  "value", prom_contract_amount_json(tx->spent[index].value),                                         //
                  "address", address,                                                                                 //
                  "descriptor", json_string(tx->descriptor[index]->text),                                             //
                  "leaf", tx->leaf[index] == PROM_KEY_PATH ? json_null() : json_integer((json_int_t)tx->leaf[index]), //
                  "sequence", (json_int_t)input->sequence));
    return prom_ok();
}

static prom_result add_output(json_t *list, const prom_tx_output *output, const prom_contract_role *role,
                              const char *prefix, prom_error *error)
{
    json_t *address = NULL;
    PROM_TRY(json_address(&address, output->script, prefix, error));
    (void)json_array_append_new(
        list, json_pack("{s:s, s:o, s:o, s:o}",                            //
                        "role", role->name,                                //
                        "value", prom_contract_amount_json(output->value), //
                        "address", address,                                //
                        "descriptor", json_descriptor(role->descriptor == NULL ? role->payment : role->descriptor)));
    return prom_ok();
}

/* The unsigned transaction in hex. */
static prom_result json_hex(json_t **hex, prom_arena *arena, const prom_tx *tx, prom_error *error)
{
    prom_span bytes;
    char *text = NULL;
    PROM_TRY(prom_tx_serialize(arena, &bytes, tx, false, error));
    PROM_TRY_NEW(text, arena, 2 * bytes.length + 1, error);
    *hex = json_string(prom_hex(text, bytes.data, bytes.length));
    return prom_ok();
}

static prom_result add_transaction(json_t *list, prom_arena *arena, const prom_terms *terms, const prom_tree *tree,
                                   const prom_tree_tx *tx, prom_error *error)
{
    const char *prefix = prom_terms_network(terms)->address_prefix;
    prom_contract_role roles[PROM_CONTRACT_ROLES];
    char txid[PROM_HEX32];
    json_t *hex = NULL;
    json_t *object = json_pack("{s:s, s:o}", "name", tx->name, "scheme",
                               tx->scheme == 0 ? json_null() : json_integer((json_int_t)tx->scheme));
    (void)json_array_append_new(list, object);
    PROM_TRY(prom_contract_roles(roles, terms, tree, tx, error));
    PROM_TRY(json_hex(&hex, arena, tx->tx, error));
    (void)json_object_set_new(object, "hex", hex);
    (void)json_object_set_new(object, "txid", json_string(prom_hex32_reversed(txid, &tx->txid)));
    (void)json_object_set_new(object, "weight", json_integer((json_int_t)tx->weight));
    (void)json_object_set_new(object, "vsize", json_integer((json_int_t)prom_vsize(tx->weight)));
    (void)json_object_set_new(object, "fee", prom_contract_amount_json(tx->fee));
    (void)json_object_set_new(object, "presigned_by", prom_contract_signers_json(prom_contract_presigned_by(tx)));
    (void)json_object_set_new(object, "completed_by", prom_contract_signers_json(prom_contract_completed_by(tx)));
    json_t *inputs = json_array();
    json_t *outputs = json_array();
    (void)json_object_set_new(object, "inputs", inputs);
    (void)json_object_set_new(object, "outputs", outputs);
    for (size_t i = 0; i < tx->tx->input_count; i++) {
        PROM_TRY(add_input(inputs, tx, i, prefix, error));
    }
    for (size_t i = 0; i < tx->tx->output_count; i++) {
        PROM_TRY(add_output(outputs, &tx->tx->outputs[i], &roles[i], prefix, error));
    }
    return prom_ok();
}

prom_result prom_contract_tree_json(json_t **answer, prom_arena *arena, const prom_terms *terms, const prom_tree *tree,
                                    prom_error *error)
{
    char contract[PROM_HEX32];
    char digest[PROM_HEX32];
    json_auto_t *object =
        json_pack("{s:s, s:s, s:s, s:o}", "network", prom_terms_network(terms)->name, "contract",
                  prom_hex32(contract, &tree->contract_id), "digest", prom_hex32(digest, &tree->digest), "reserve",
                  prom_contract_amount_json(tree->reserve));
    json_t *transactions = json_array();
    (void)json_object_set_new(object, "transactions", transactions);
    for (size_t i = 0; i < tree->tx_count; i++) {
        PROM_TRY(add_transaction(transactions, arena, terms, tree, &tree->tx[i], error));
    }
    *answer = json_incref(object);
    return prom_ok();
}
