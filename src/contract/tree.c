#include "prometheus/contract/tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "prometheus/bitcoin/script.h"
#include "prometheus/contract/offer.h"
#include "prometheus/contract/payout.h"
#include "prometheus/crypto/hash.h"

/* Builds all of a tree; what the steps share. */
struct builder {
    const prom_curve *curve;
    prom_arena *arena;
    const prom_terms *terms;
    prom_tree *tree;
    prom_error *error;
};

/* The closing transactions: which output they spend by which leaf, and the settlement scheme. */
static const struct closing {
    prom_tree_id id;
    const char *name;
    size_t leaf;
    unsigned scheme;
} closings[] = {
    {PROM_TX4, "Tx4", PROM_O0_LEAF_KEY, 3},
};

/* N of one output: the unspendable point, shifted by the tagged hash `prometheus/unspendable` of the contract id, the
 * length of the output's name and the name; no two outputs have the same. */
static prom_result internal_key(const struct builder *builder, char text[PROM_HEX32], const char *name)
{
    const uint8_t length = (uint8_t)strlen(name);
    prom_hasher hasher;
    prom_bytes32 shift;
    prom_bytes32 key;
    bool odd = false;
    prom_hasher_init(&hasher, "prometheus/unspendable");
    prom_hasher_add(&hasher, prom_span_of32(&builder->tree->contract_id));
    prom_hasher_add(&hasher, prom_span_of(&length, 1));
    prom_hasher_add(&hasher, prom_span_of((const uint8_t *)name, length));
    prom_hasher_finish(&hasher, &shift);
    PROM_TRY(prom_public_key_tweak(builder->curve, &key, &odd, &prom_unspendable_key, &shift, builder->error));
    (void)prom_hex32(text, &key);
    return prom_ok();
}

static prom_result describe(const struct builder *builder, const prom_descriptor **output, const char *format, ...)
    PROM_PRINTF(3, 4);
static prom_result describe(const struct builder *builder, const prom_descriptor **output, const char *format, ...)
{
    char text[2048];
    prom_descriptor *parsed = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof text) {
        return prom_fail(builder->error, PROM_CATEGORY_BROKEN, "a descriptor of the tree is too long");
    }
    PROM_TRY(prom_descriptor_parse(builder->curve, builder->arena, &parsed, text, builder->error));
    *output = parsed;
    return prom_ok();
}

/* The descriptors of docs/protocol.md, section "Outputs". */
static prom_result describe_outputs(const struct builder *builder)
{
    const prom_terms *terms = builder->terms;
    char N[PROM_HEX32];
    char h[PROM_HEX32];
    char key[PROM_PARTIES][PROM_HEX32];
    char M3[PROM_PARTIES * PROM_HEX32 + 16];
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        (void)prom_hex32(key[i], &terms->parties[i].key);
    }
    (void)snprintf(M3, sizeof M3, "multi_a(3,%s,%s,%s)", key[PROM_PARTY_C], key[PROM_PARTY_W], key[PROM_PARTY_V]);
    PROM_TRY(internal_key(builder, N, "O0"));
    PROM_TRY(describe(builder, &builder->tree->O0, "tr(%s,{and_v(v:sha256(%s),%s),%s})", N, prom_hex32(h, &terms->h),
                      M3, M3));
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        char name[8];
        char A[PROM_HEX32];
        prom_descriptor *offer = NULL;
        (void)snprintf(name, sizeof name, "S%zu", i + 1);
        (void)prom_hex32(A, &terms->arbiters[i].key);
        PROM_TRY(internal_key(builder, N, name));
        PROM_TRY(describe(builder, &builder->tree->S[i], "tr(%s,{multi_a(2,%s,%s),and_v(v:pk(%s),older(%u))})", N, A,
                          key[PROM_PARTY_W], A, prom_parameters_stake_lock(&terms->P)));
        PROM_TRY(prom_offer_output(builder->curve, builder->arena, &offer, &terms->p_txid, &terms->arbiters[i],
                                   builder->error));
        builder->tree->offers[i] = offer;
    }
    return prom_ok();
}

static prom_result new_tree_tx(prom_arena *arena, prom_tree_tx *it, size_t input_count, size_t output_count,
                               prom_error *error)
{
    PROM_TRY(prom_tx_new(arena, &it->tx, input_count, output_count, error));
    PROM_TRY_NEW(it->spent, arena, input_count, error);
    PROM_TRY_NEW(it->descriptor, arena, input_count, error);
    PROM_TRY_NEW(it->leaf, arena, input_count, error);
    for (size_t i = 0; i < input_count; i++) {
        it->tx->inputs[i].sequence = PROM_SEQUENCE_PLAIN;
    }
    return prom_ok();
}

/* Weight with whole witnesses, id and fee of a transaction whose inputs and outputs stand. `coin_weight` is the
 * witnesses' of the parties' own coins. */
static prom_result measure(prom_arena *arena, prom_tree_tx *it, size_t coin_weight, prom_error *error)
{
    size_t base_weight = 0;
    size_t witness_weight = 2 + coin_weight; /* BIP 144's marker and flag */
    prom_amount spent = prom_amount_zero();
    PROM_TRY(prom_tx_weight(arena, &base_weight, it->tx, error));
    for (size_t i = 0; i < it->tx->input_count; i++) {
        const prom_span *witness = NULL;
        size_t count = 0;
        spent = prom_amount_add(spent, it->spent[i].value);
        if (it->descriptor[i] != NULL) {
            PROM_TRY(prom_descriptor_witness(arena, &witness, &count, it->descriptor[i], it->leaf[i], NULL, error));
            witness_weight += prom_witness_bytes(witness, count);
        }
    }
    it->weight = base_weight + witness_weight;
    it->fee = prom_amount_subtract(spent, prom_tx_output_sum(it->tx));
    return prom_tx_id(arena, &it->txid, it->tx, error);
}

static prom_result set_p2tr(prom_arena *arena, prom_tx_output *output, prom_amount value, const prom_bytes32 *key,
                            prom_error *error)
{
    output->value = value;
    return prom_script_p2tr(arena, &output->script, key, error);
}

static prom_result set_anchor(prom_arena *arena, prom_tx_output *output, prom_error *error)
{
    output->value = prom_amount_of(PROM_ANCHOR_SAT);
    return prom_script_anchor(arena, &output->script, error);
}

/* An output of a closing transaction under construction, worth nothing: left out. */
static prom_result add_payout(const struct builder *builder, prom_tx *tx, prom_amount value, const prom_bytes32 *key)
{
    if (prom_amount_is_zero(value)) {
        return prom_ok();
    }
    return set_p2tr(builder->arena, &tx->outputs[tx->output_count++], value, key, builder->error);
}

/* The outputs of a closing transaction in their order, C's with `to_client` on top of its payout. */
static prom_result fill_closing(const struct builder *builder, prom_tx *tx, const prom_payouts *payouts,
                                prom_amount to_client)
{
    const prom_terms *terms = builder->terms;
    const prom_payee payees[PROM_PARTIES] = {PROM_PAYEE_C, PROM_PAYEE_W, PROM_PAYEE_V};
    tx->output_count = 0;
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        const prom_amount extra = i == PROM_PARTY_C ? to_client : prom_amount_zero();
        PROM_TRY(add_payout(builder, tx, prom_amount_add(payouts->to[payees[i]], extra), &terms->parties[i].payout));
    }
    PROM_TRY(add_payout(builder, tx, payouts->to[PROM_PAYEE_F], &terms->P.F));
    return set_anchor(builder->arena, &tx->outputs[tx->output_count++], builder->error);
}

/* A closing transaction over O0, at `outpoint` and worth `value`. What payouts, anchor and fee leave goes to C, unless
 * C's output would be below dust: then to the fee. */
static prom_result build_closing(const struct builder *builder, prom_tree_tx *it, const struct closing *closing,
                                 const prom_outpoint *outpoint, prom_amount value)
{
    enum { MOST_OUTPUTS = PROM_PARTIES + 2 };
    prom_payouts payouts;
    PROM_TRY(prom_payouts_of(&payouts, &builder->terms->P, builder->terms->c, closing->scheme, 0, builder->error));
    PROM_TRY(new_tree_tx(builder->arena, it, 1, MOST_OUTPUTS, builder->error));
    it->name = closing->name;
    it->scheme = closing->scheme;
    it->tx->inputs[0].outpoint = *outpoint;
    it->spent[0] = (prom_tx_output){value, builder->tree->O0->script};
    it->descriptor[0] = builder->tree->O0;
    it->leaf[0] = closing->leaf;

    PROM_TRY(fill_closing(builder, it->tx, &payouts, prom_amount_of(1))); /* weighed with C's output */
    PROM_TRY(measure(builder->arena, it, 0, builder->error));
    const prom_amount fee = prom_fee(builder->terms->feerate, prom_vsize(it->weight));
    const prom_amount paid = prom_amount_subtract(prom_tx_output_sum(it->tx), prom_amount_of(1));
    const prom_amount left = prom_amount_subtract(prom_amount_subtract(value, paid), fee);
    const prom_amount to_client = prom_amount_add(payouts.to[PROM_PAYEE_C], left);
    const bool client_paid = prom_amount_at_least(to_client, prom_dust_limit(it->tx->outputs[0].script));
    PROM_TRY(fill_closing(builder, it->tx, &payouts, client_paid ? left : prom_amount_zero()));
    PROM_TRY(measure(builder->arena, it, 0, builder->error));
    if (!prom_amount_at_least(it->fee, prom_fee(builder->terms->feerate, prom_vsize(it->weight)))) {
        return prom_fail(builder->error, PROM_CATEGORY_BROKEN, "the reserve does not pay for %s", closing->name);
    }
    return prom_ok();
}

/* The largest cost of a path through the tree: an anchor and the fee of every transaction on it. */
static prom_result find_reserve(const struct builder *builder)
{
    const prom_outpoint nowhere = {{{0}}, 0};
    prom_amount reserve = prom_amount_zero();
    for (size_t i = 0; i < sizeof closings / sizeof closings[0]; i++) {
        prom_tree_tx weighed = {0};
        PROM_TRY(build_closing(builder, &weighed, &closings[i], &nowhere, prom_amount_of(PROM_AMOUNT_MOST)));
        const prom_amount fee = prom_fee(builder->terms->feerate, prom_vsize(weighed.weight));
        reserve = prom_amount_larger(reserve, prom_amount_add(fee, prom_amount_of(PROM_ANCHOR_SAT)));
    }
    builder->tree->reserve = reserve;
    return prom_ok();
}

size_t prom_tree_party_input(const prom_terms *terms, prom_party party)
{
    size_t index = 0;
    for (size_t i = 0; i < (size_t)party; i++) {
        index += terms->parties[i].coin_count;
    }
    return index;
}

size_t prom_tree_arbiter_input(const prom_terms *terms, size_t arbiter)
{
    return prom_tree_party_input(terms, PROM_PARTIES) + arbiter;
}

/* Inputs of Tx0: coins of C, W, V, then the offers. Gives the weight of the coins' witnesses. */
static void fill_tx0_inputs(const struct builder *builder, prom_tree_tx *it, size_t *coin_weight)
{
    const prom_terms *terms = builder->terms;
    size_t index = 0;
    *coin_weight = 0;
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        for (size_t j = 0; j < terms->parties[i].coin_count; j++, index++) {
            const prom_coin *coin = &terms->parties[i].coins[j];
            it->tx->inputs[index].outpoint = coin->outpoint;
            it->spent[index] = (prom_tx_output){coin->value, coin->script};
            *coin_weight += coin->witness_weight;
        }
    }
    for (size_t i = 0; i < terms->arbiter_count; i++, index++) {
        it->tx->inputs[index].outpoint = terms->arbiters[i].offer;
        it->spent[index] = (prom_tx_output){terms->P.a, builder->tree->offers[i]->script};
        it->descriptor[index] = builder->tree->offers[i];
        it->leaf[index] = PROM_OFFER_LEAF_ENGAGE;
    }
}

/* The value of O0: what C, W and V lock, and the reserve. */
static prom_amount locked(const struct builder *builder)
{
    prom_amount sum = builder->tree->reserve;
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        sum = prom_amount_add(sum, prom_terms_deposit(builder->terms, party));
    }
    return sum;
}

/* Outputs of Tx0: O0, S_1 to S_n, the mark of P, change of C, W and V, anchor. */
static prom_result fill_tx0_outputs(const struct builder *builder, prom_tx *tx, prom_amount client_change)
{
    const prom_terms *terms = builder->terms;
    tx->output_count = 0;
    tx->outputs[tx->output_count++] = (prom_tx_output){locked(builder), builder->tree->O0->script};
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        tx->outputs[tx->output_count++] = (prom_tx_output){terms->P.a, builder->tree->S[i]->script};
    }
    prom_tx_output *mark = &tx->outputs[tx->output_count++];
    mark->value = prom_amount_zero();
    PROM_TRY(prom_contract_mark(builder->arena, &mark->script, &terms->p_txid, builder->error));
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        const prom_party_terms *it = &terms->parties[party];
        const prom_amount change = party == PROM_PARTY_C
                                       ? client_change
                                       : prom_amount_subtract(prom_coins_sum(it), prom_terms_deposit(terms, party));
        const size_t index = tx->output_count;
        PROM_TRY(add_payout(builder, tx, change, &it->change));
        if (tx->output_count > index && party != PROM_PARTY_C &&
            !prom_amount_at_least(change, prom_dust_limit(tx->outputs[index].script))) {
            return prom_fail(builder->error, PROM_CATEGORY_BAD_INPUT,
                             "the change of the %s would be dust: choose coins that hold the deposit exactly, or more",
                             prom_party_name(party));
        }
    }
    return set_anchor(builder->arena, &tx->outputs[tx->output_count++], builder->error);
}

static prom_result client_is_short(const struct builder *builder, prom_amount fee)
{
    const prom_amount anchor = prom_amount_of(PROM_ANCHOR_SAT);
    const prom_amount needed =
        prom_amount_add(prom_amount_add(builder->terms->c, builder->tree->reserve), prom_amount_add(anchor, fee));
    char has[PROM_AMOUNT_TEXT];
    char needs[PROM_AMOUNT_TEXT];
    return prom_fail(builder->error, PROM_CATEGORY_BAD_INPUT,
                     "the client's coins hold %s sat; reward, reserve, anchor and fee need %s",
                     prom_amount_text(has, prom_coins_sum(&builder->terms->parties[PROM_PARTY_C])),
                     prom_amount_text(needs, needed));
}

static prom_result build_tx0(const struct builder *builder, prom_tree_tx *it)
{
    const prom_terms *terms = builder->terms;
    const size_t input_count = prom_tree_arbiter_input(terms, terms->arbiter_count);
    size_t coin_weight = 0;
    PROM_TRY(new_tree_tx(builder->arena, it, input_count, terms->arbiter_count + PROM_PARTIES + 3, builder->error));
    it->name = "Tx0";
    fill_tx0_inputs(builder, it, &coin_weight);

    PROM_TRY(fill_tx0_outputs(builder, it->tx, prom_amount_of(1))); /* weighed with C's change */
    PROM_TRY(measure(builder->arena, it, coin_weight, builder->error));
    prom_amount fee = prom_fee(terms->feerate, prom_vsize(it->weight));
    prom_amount change = prom_amount_subtract(prom_coins_sum(&terms->parties[PROM_PARTY_C]), terms->c);
    change = prom_amount_subtract(change, builder->tree->reserve);
    change = prom_amount_subtract(change, prom_amount_add(prom_amount_of(PROM_ANCHOR_SAT), fee));
    const bool worth_it = prom_amount_at_least(change, prom_dust_limit(builder->tree->O0->script));
    PROM_TRY(fill_tx0_outputs(builder, it->tx, worth_it ? change : prom_amount_zero()));
    PROM_TRY(measure(builder->arena, it, coin_weight, builder->error));
    fee = prom_fee(terms->feerate, prom_vsize(it->weight));
    return prom_amount_at_least(it->fee, fee) ? prom_ok() : client_is_short(builder, fee);
}

static void find_digest(const struct builder *builder)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/tree");
    for (size_t i = 0; i < PROM_TREE_TXS; i++) {
        prom_hasher_add(&hasher, prom_span_of32(&builder->tree->tx[i].txid));
    }
    prom_hasher_finish(&hasher, &builder->tree->digest);
}

prom_result prom_tree_build(const prom_curve *curve, prom_arena *arena, prom_tree **tree, const prom_terms *terms,
                            prom_error *error)
{
    struct builder builder = {.curve = curve, .arena = arena, .terms = terms, .error = error};
    PROM_TRY_NEW(builder.tree, arena, 1, error);
    PROM_TRY(prom_terms_contract_id(arena, &builder.tree->contract_id, terms, error));
    PROM_TRY(describe_outputs(&builder));
    PROM_TRY(find_reserve(&builder));
    prom_tree_tx *tx0 = &builder.tree->tx[PROM_TX0];
    PROM_TRY(build_tx0(&builder, tx0));
    const prom_outpoint o0 = {tx0->txid, 0};
    for (size_t i = 0; i < sizeof closings / sizeof closings[0]; i++) {
        PROM_TRY(
            build_closing(&builder, &builder.tree->tx[closings[i].id], &closings[i], &o0, tx0->tx->outputs[0].value));
    }
    find_digest(&builder);
    *tree = builder.tree;
    return prom_ok();
}

prom_result prom_tree_sighash(prom_arena *arena, prom_bytes32 *hash, const prom_tree_tx *tx, size_t input,
                              prom_error *error)
{
    if (input >= tx->tx->input_count) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%s has no input %zu", tx->name, input);
    }
    const prom_descriptor *descriptor = tx->descriptor[input];
    const prom_bytes32 *leaf_hash = descriptor == NULL ? NULL : &descriptor->taproot[tx->leaf[input]].hash;
    return prom_tx_sighash(arena, hash, tx->tx, tx->spent, input, leaf_hash, PROM_SIGHASH_DEFAULT, error);
}

prom_result prom_tree_witness(prom_arena *arena, prom_tx_input *input, const prom_tree_tx *tx, size_t index,
                              const prom_satisfaction *with, prom_error *error)
{
    if (index >= tx->tx->input_count || tx->descriptor[index] == NULL) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "input %zu of %s spends no leaf of the contract", index,
                         tx->name);
    }
    return prom_descriptor_witness(arena, &input->witness, &input->witness_count, tx->descriptor[index],
                                   tx->leaf[index], with, error);
}

prom_result prom_tree_copy(prom_arena *arena, prom_tx **copy, const prom_tree_tx *tx, prom_error *error)
{
    const prom_tx *from = tx->tx;
    PROM_TRY(prom_tx_new(arena, copy, from->input_count, from->output_count, error));
    memcpy((*copy)->inputs, from->inputs, from->input_count * sizeof *from->inputs);
    memcpy((*copy)->outputs, from->outputs, from->output_count * sizeof *from->outputs);
    return prom_ok();
}

prom_result prom_tree_release(prom_arena *arena, prom_tree_tx *release, const prom_terms *terms, const prom_tree *tree,
                              size_t arbiter, prom_error *error)
{
    if (arbiter >= terms->arbiter_count) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "the contract has no arbiter %zu", arbiter);
    }
    const prom_tree_tx *tx0 = &tree->tx[PROM_TX0];
    const size_t index = 1 + arbiter;
    *release = (prom_tree_tx){.name = "release"};
    PROM_TRY(new_tree_tx(arena, release, 1, 1, error));
    release->tx->inputs[0].outpoint = (prom_outpoint){tx0->txid, (uint32_t)index};
    release->spent[0] = tx0->tx->outputs[index];
    release->descriptor[0] = tree->S[arbiter];
    release->leaf[0] = PROM_STAKE_LEAF_EARLY;
    prom_tx_output *output = &release->tx->outputs[0];
    PROM_TRY(set_p2tr(arena, output, terms->P.a, &terms->arbiters[arbiter].payout, error));
    PROM_TRY(measure(arena, release, 0, error));
    output->value = prom_amount_subtract(terms->P.a, prom_fee(terms->feerate, prom_vsize(release->weight)));
    if (!prom_amount_at_least(output->value, prom_dust_limit(output->script))) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the fee would eat the stake of arbiter %zu", arbiter);
    }
    return measure(arena, release, 0, error);
}

bool prom_tree_find_preimage(prom_bytes32 *preimage, const prom_tx *tx, const prom_outpoint *outpoint,
                             const prom_bytes32 *hash)
{
    for (size_t i = 0; i < tx->input_count; i++) {
        const prom_tx_input *input = &tx->inputs[i];
        for (size_t j = 0; j < input->witness_count && prom_outpoint_equal(&input->outpoint, outpoint); j++) {
            prom_bytes32 image;
            prom_sha256(&image, input->witness[j]);
            if (input->witness[j].length == sizeof preimage->bytes && prom_bytes32_equal(&image, hash)) {
                memcpy(preimage->bytes, input->witness[j].data, sizeof preimage->bytes);
                return true;
            }
        }
    }
    return false;
}
