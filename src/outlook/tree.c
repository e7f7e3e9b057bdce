#include "outlook/tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "outlook/explain.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/contract/payout.h"

static const char *const LETTERS[PROM_PARTIES] = {"C", "W", "V"};

/* Roles under construction. C's payment is left out of a transaction where it would be dust: which shows in the number
 * of the outputs, once all others are known. */
struct casting {
    prom_contract_role *roles;
    size_t count;
    bool without_client;
};

static prom_contract_role *add_role(struct casting *casting, const char *name, const char *descriptor)
{
    prom_contract_role *role = &casting->roles[casting->count++];
    *role = (prom_contract_role){.descriptor = descriptor};
    (void)snprintf(role->name, sizeof role->name, "%s", name);
    return role;
}

static void add_payment(struct casting *casting, const char *name, prom_amount value, const prom_bytes32 *key)
{
    char text[PROM_HEX32];
    if (!prom_amount_is_zero(value)) {
        prom_contract_role *role = add_role(casting, name, NULL);
        (void)snprintf(role->payment, sizeof role->payment, "rawtr(%s)", prom_hex32(text, key));
    }
}

/* docs/protocol.md, section 7, Tx0: after O0 come S_1 to S_n, the mark of P, change. */
static void cast_tx0(struct casting *casting, const prom_terms *terms, const prom_tree *tree)
{
    static const char *const changes[PROM_PARTIES] = {"change of C", "change of W", "change of V"};
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        char name[24];
        (void)snprintf(name, sizeof name, "S%zu", i + 1);
        (void)add_role(casting, name, tree->S[i]->text);
    }
    (void)add_role(casting, "P", NULL);
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        const prom_party_terms *own = &terms->parties[party];
        const bool left_out = party == PROM_PARTY_C && casting->without_client;
        const prom_amount change =
            left_out ? prom_amount_zero() : prom_amount_subtract(prom_coins_sum(own), prom_terms_deposit(terms, party));
        add_payment(casting, changes[party], change, &own->change);
    }
}

static prom_result cast_closing(struct casting *casting, const prom_terms *terms, const prom_tree_tx *tx,
                                prom_error *error)
{
    prom_payouts payouts;
    uint32_t m = 0;
    for (uint32_t S = tx->deciders; S != 0; S &= S - 1) {
        m++;
    }
    PROM_TRY(prom_payouts_of(&payouts, &terms->P, terms->c, tx->scheme, m, error));
    /* C has the rest of the reserve on top: its output is there even where its payout is 0. */
    payouts.to[PROM_PAYEE_C] = casting->without_client ? prom_amount_zero() : prom_amount_of(1);
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        static const prom_payee payees[PROM_PARTIES] = {PROM_PAYEE_C, PROM_PAYEE_W, PROM_PAYEE_V};
        add_payment(casting, LETTERS[party], payouts.to[payees[party]], &terms->parties[party].payout);
    }
    for (size_t i = 0; tx->scheme >= 5 && i < terms->arbiter_count; i++) {
        char name[24];
        const prom_payee payee = (tx->deciders >> i & 1) != 0 ? PROM_PAYEE_A_PLUS : PROM_PAYEE_A_MINUS;
        (void)snprintf(name, sizeof name, "A%zu", i + 1);
        add_payment(casting, name, payouts.to[payee], &terms->arbiters[i].payout);
    }
    /* In a decision, F's share goes to the fee where it would be dust. */
    const uint8_t p2tr[PROM_P2TR_BYTES] = {PROM_OP_1, 32};
    const bool dust = !prom_amount_at_least(payouts.to[PROM_PAYEE_F], prom_dust_limit(prom_span_of(p2tr, sizeof p2tr)));
    add_payment(casting, "F", dust ? prom_amount_zero() : payouts.to[PROM_PAYEE_F], &terms->P.F);
    return prom_ok();
}

static prom_result cast_outputs(struct casting *casting, const prom_terms *terms, const prom_tree *tree,
                                const prom_tree_tx *tx, prom_error *error)
{
    casting->count = 0;
    for (size_t i = 0; i < PROM_TREE_OUTPUTS; i++) {
        if (prom_bytes32_equal(&tree->output[i].outpoint.txid, &tx->txid)) {
            (void)add_role(casting, tree->output[i].name, tree->output[i].descriptor->text);
        }
    }
    if (tx == &tree->tx[PROM_TX0]) {
        cast_tx0(casting, terms, tree);
    } else if (tx->scheme != 0) {
        PROM_TRY(cast_closing(casting, terms, tx, error));
    }
    (void)add_role(casting, "anchor", NULL);
    return prom_ok();
}

prom_result prom_contract_roles(prom_contract_role roles[PROM_CONTRACT_ROLES], const prom_terms *terms,
                                const prom_tree *tree, const prom_tree_tx *tx, prom_error *error)
{
    struct casting casting = {.roles = roles};
    PROM_TRY(cast_outputs(&casting, terms, tree, tx, error));
    if (casting.count != tx->tx->output_count) {
        casting.without_client = true;
        PROM_TRY(cast_outputs(&casting, terms, tree, tx, error));
    }
    if (casting.count != tx->tx->output_count) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the outputs of %s are not those of its scheme", tx->name);
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
    const prom_descriptor *descriptor = tx->descriptor[index];
    char txid[PROM_HEX32];
    json_t *address = NULL;
    PROM_TRY(json_address(&address, tx->spent[index].script, prefix, error));
    (void)json_array_append_new(
        list, json_pack("{s:o, s:o, s:o, s:o, s:o, s:I}",                                                     //
                        "outpoint",                                                                           //
                        json_sprintf("%s:%" PRIu32, prom_hex32_reversed(txid, &input->outpoint.txid),         //
                                     input->outpoint.index),                                                  //
                        "value", prom_contract_amount_json(tx->spent[index].value),                           //
                        "address", address,                                                                   //
                        "descriptor", json_descriptor(descriptor == NULL ? NULL : descriptor->text),          //
                        "leaf", descriptor == NULL ? json_null() : json_integer((json_int_t)tx->leaf[index]), //
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
    const char *prefix = prom_chain_parameters_by_genesis(&terms->genesis)->address_prefix;
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
    (void)json_object_set_new(object, "presigned_by", prom_contract_signers_json(tx->presigned_by));
    (void)json_object_set_new(object, "completed_by", prom_contract_signers_json(tx->completed_by));
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
        json_pack("{s:s, s:s, s:s, s:o}", "network", prom_chain_parameters_by_genesis(&terms->genesis)->name,
                  "contract", prom_hex32(contract, &tree->contract_id), "digest", prom_hex32(digest, &tree->digest),
                  "reserve", prom_contract_amount_json(tree->reserve));
    json_t *transactions = json_array();
    (void)json_object_set_new(object, "transactions", transactions);
    for (size_t i = 0; i < tree->tx_count; i++) {
        PROM_TRY(add_transaction(transactions, arena, terms, tree, &tree->tx[i], error));
    }
    *answer = json_incref(object);
    return prom_ok();
}
