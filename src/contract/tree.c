#include "prometheus/contract/tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "prometheus/bitcoin/script.h"
#include "prometheus/contract/offer.h"
#include "prometheus/contract/payout.h"
#include "prometheus/crypto/hash.h"

/* Payees with an output of their own: C, W, V, A_1 to A_n, F. */
enum { PAYEE_FUND = PROM_PARTIES + PROM_ARBITERS_MAX, PAYEES };

/* Builds all of a tree; what the steps share. */
struct builder {
    const prom_curve *curve;
    prom_arena *arena;
    const prom_terms *terms;
    prom_tree *tree;
    prom_span script[PAYEES]; /* of the output that pays each */
    prom_span anchor;
    prom_error *error;
};

/* Relative locks, by the parameters that they are made of. */
typedef enum lock { LOCK_NONE, LOCK_T1, LOCK_T2, LOCK_T3, LOCK_T2_T1, LOCK_T3_T2, LOCK_T4 } lock;

static uint32_t lock_blocks(const prom_parameters *P, lock kind)
{
    switch (kind) {
    case LOCK_NONE:
        return 0;
    case LOCK_T1:
        return P->t1;
    case LOCK_T2:
        return P->t2;
    case LOCK_T3:
        return P->t3;
    case LOCK_T2_T1:
        return (uint32_t)P->t2 - P->t1;
    case LOCK_T3_T2:
        return (uint32_t)P->t3 - P->t2;
    case LOCK_T4:
        return P->t4;
    }
    return 0;
}

#define C PROM_SIGNER_C
#define W PROM_SIGNER_W
#define V PROM_SIGNER_V
#define A PROM_SIGNER_A
#define Y PROM_SIGNER_Y

/* The tree, as docs/protocol.md, section 7, has it. A transaction either settles by a scheme or makes an output that
 * others spend. Each stands after the one that makes what it spends. */
static const struct template
{
    const char *name;
    prom_tree_output spends;
    size_t leaf;
    lock lock;
    unsigned scheme;
    prom_tree_output makes; /* PROM_TREE_OUTPUTS: none */
    prom_stage_of_signing stage;
    unsigned presigned_by;
    unsigned completed_by;
}
templates[] = {
    [PROM_TX1] = {"Tx1", PROM_OUTPUT_O0, PROM_LEAF_ALL, LOCK_T3, 1, PROM_TREE_OUTPUTS, PROM_SIGNING_CLOSING, C | W | V,
                  0},
    [PROM_TX3] = {"Tx3", PROM_OUTPUT_O0, PROM_LEAF_KEY, LOCK_T2, 2, PROM_TREE_OUTPUTS, PROM_SIGNING_CLOSING, C | V, W},
    [PROM_TX4] = {"Tx4", PROM_OUTPUT_O0, PROM_LEAF_KEY, LOCK_NONE, 3, PROM_TREE_OUTPUTS, PROM_SIGNING_CLOSING, C,
                  V | W},
    [PROM_TXV0] = {"TxV0", PROM_OUTPUT_O0, PROM_LEAF_ALL, LOCK_T1, 0, PROM_OUTPUT_OV0, PROM_SIGNING_CLOSING, C | W, V},
    [PROM_TXV1] = {"TxV1", PROM_OUTPUT_O0, PROM_LEAF_ALL, LOCK_T1, 0, PROM_OUTPUT_OV1, PROM_SIGNING_CLOSING, C | W, V},
    [PROM_TX4B] = {"Tx4b", PROM_OUTPUT_OV1, PROM_LEAF_KEY, LOCK_NONE, 3, PROM_TREE_OUTPUTS, PROM_SIGNING_CLOSING, C | V,
                   W},
    [PROM_TX1B] = {"Tx1b", PROM_OUTPUT_OV1, PROM_LEAF_ALL, LOCK_T3_T2, 1, PROM_TREE_OUTPUTS, PROM_SIGNING_CLOSING,
                   C | W | V, 0},
    [PROM_TX5] = {"Tx5", PROM_OUTPUT_OV0, PROM_LEAF_ALL, LOCK_T2_T1, 4, PROM_TREE_OUTPUTS, PROM_SIGNING_CLOSING,
                  C | W | V, 0},
    [PROM_TXA] = {"TxA", PROM_OUTPUT_OV0, PROM_LEAF_KEY, LOCK_NONE, 0, PROM_OUTPUT_OA, PROM_SIGNING_APPEAL, C | V | A,
                  W},
    [PROM_TX6] = {"Tx6", PROM_OUTPUT_OA, PROM_LEAF_UNDECIDED, LOCK_T4, 5, PROM_TREE_OUTPUTS, PROM_SIGNING_APPEAL,
                  C | W | V | A, 0},
};

/* The same for each S that can decide. */
static const struct template decisions[] = {
    {"Tx7", PROM_OUTPUT_OA, PROM_LEAF_WORKER, LOCK_NONE, 6, PROM_TREE_OUTPUTS, PROM_SIGNING_DECISION, C | W | V | A, Y},
    {"Tx8", PROM_OUTPUT_OA, PROM_LEAF_VERIFIER, LOCK_NONE, 7, PROM_TREE_OUTPUTS, PROM_SIGNING_DECISION, C | W | V | A,
     Y},
};

#undef C
#undef W
#undef V
#undef A
#undef Y

enum { DECISIONS = sizeof decisions / sizeof decisions[0] };

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

#define DESCRIPTOR_MAX 4096

static prom_result describe(const struct builder *builder, const prom_descriptor **output, const char *format, ...)
    PROM_PRINTF(3, 4);
static prom_result describe(const struct builder *builder, const prom_descriptor **output, const char *format, ...)
{
    char text[DESCRIPTOR_MAX];
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

#define MULTI_MAX (16 + (PROM_PARTIES + PROM_ARBITERS_MAX) * PROM_HEX32)

/* M3 and MA: all of C, W and V; all of them and the arbiters. */
static void write_multi(char text[MULTI_MAX], const prom_terms *terms, size_t arbiters)
{
    char key[PROM_HEX32];
    int at = snprintf(text, MULTI_MAX, "multi_a(%zu", PROM_PARTIES + arbiters);
    for (size_t i = 0; i < PROM_PARTIES + arbiters; i++) {
        const prom_bytes32 *it = i < PROM_PARTIES ? &terms->parties[i].key : &terms->arbiters[i - PROM_PARTIES].key;
        at += snprintf(text + at, (size_t)(MULTI_MAX - at), ",%s", prom_hex32(key, it));
    }
    (void)snprintf(text + at, (size_t)(MULTI_MAX - at), ")");
}

static prom_result describe_tree(const struct builder *builder)
{
    static const char *const names[PROM_TREE_OUTPUTS] = {"O0", "OV1", "OV0", "OA"};
    const prom_terms *terms = builder->terms;
    prom_tree_node *output = builder->tree->output;
    char N[PROM_TREE_OUTPUTS][PROM_HEX32];
    char M3[MULTI_MAX];
    char MA[MULTI_MAX];
    char h[PROM_HEX32];
    char k_h[PROM_HEX32];
    char Y[PROM_HEX32];
    write_multi(M3, terms, 0);
    write_multi(MA, terms, terms->arbiter_count);
    (void)prom_hex32(h, &terms->h);
    (void)prom_hex32(k_h, &terms->k_h);
    (void)prom_hex32(Y, &terms->Y);
    for (size_t i = 0; i < PROM_TREE_OUTPUTS; i++) {
        output[i].name = names[i];
        PROM_TRY(internal_key(builder, N[i], names[i]));
    }
    PROM_TRY(describe(builder, &output[PROM_OUTPUT_O0].descriptor, "tr(%s,{and_v(v:sha256(%s),%s),%s})",
                      N[PROM_OUTPUT_O0], h, M3, M3));
    PROM_TRY(describe(builder, &output[PROM_OUTPUT_OV1].descriptor, "tr(%s,{and_v(v:sha256(%s),%s),%s})",
                      N[PROM_OUTPUT_OV1], h, M3, M3));
    PROM_TRY(describe(builder, &output[PROM_OUTPUT_OV0].descriptor, "tr(%s,{and_v(v:sha256(%s),%s),%s})",
                      N[PROM_OUTPUT_OV0], k_h, M3, M3));
    return describe(builder, &output[PROM_OUTPUT_OA].descriptor,
                    "tr(%s,{and_v(v:pk(%s),%s),{and_v(v:sha256(%s),and_v(v:pk(%s),%s)),%s}})", N[PROM_OUTPUT_OA], Y, MA,
                    h, Y, MA, MA);
}

static prom_result describe_stakes(const struct builder *builder)
{
    const prom_terms *terms = builder->terms;
    char W[PROM_HEX32];
    (void)prom_hex32(W, &terms->parties[PROM_PARTY_W].key);
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        char name[24];
        char A[PROM_HEX32];
        char N[PROM_HEX32];
        prom_descriptor *offer = NULL;
        (void)snprintf(name, sizeof name, "S%zu", i + 1);
        (void)prom_hex32(A, &terms->arbiters[i].key);
        PROM_TRY(internal_key(builder, N, name));
        PROM_TRY(describe(builder, &builder->tree->S[i], "tr(%s,{multi_a(2,%s,%s),and_v(v:pk(%s),older(%u))})", N, A, W,
                          A, prom_parameters_stake_lock(&terms->P)));
        PROM_TRY(prom_offer_output(builder->curve, builder->arena, &offer, &terms->p_txid, &terms->arbiters[i],
                                   builder->error));
        builder->tree->offers[i] = offer;
    }
    return prom_ok();
}

static prom_result make_scripts(struct builder *builder)
{
    const prom_terms *terms = builder->terms;
    for (size_t i = 0; i < PROM_PARTIES + terms->arbiter_count; i++) {
        const prom_bytes32 *key =
            i < PROM_PARTIES ? &terms->parties[i].payout : &terms->arbiters[i - PROM_PARTIES].payout;
        PROM_TRY(prom_script_p2tr(builder->arena, &builder->script[i], key, builder->error));
    }
    PROM_TRY(prom_script_p2tr(builder->arena, &builder->script[PAYEE_FUND], &terms->P.F, builder->error));
    return prom_script_anchor(builder->arena, &builder->anchor, builder->error);
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
        spent = prom_amount_add(spent, it->spent[i].value);
        if (it->descriptor[i] != NULL) {
            witness_weight += prom_descriptor_witness_bytes(it->descriptor[i], it->leaf[i]);
        }
    }
    it->weight = base_weight + witness_weight;
    it->fee = prom_amount_subtract(spent, prom_tx_output_sum(it->tx));
    return prom_tx_id(arena, &it->txid, it->tx, error);
}

static prom_amount fee_of(const struct builder *builder, const prom_tree_tx *it)
{
    return prom_fee(builder->terms->feerate, prom_vsize(it->weight));
}

static prom_amount anchor_value(void)
{
    return prom_amount_of(PROM_ANCHOR_SAT);
}

static void add_output(prom_tx *tx, prom_amount value, prom_span script)
{
    tx->outputs[tx->output_count++] = (prom_tx_output){value, script};
}

static void add_payout(const struct builder *builder, prom_tx *tx, prom_amount value, size_t payee)
{
    if (!prom_amount_is_zero(value)) {
        add_output(tx, value, builder->script[payee]);
    }
}

/* What F's output gets: in #6 and #7 a part below dust is left out, and goes to the fee. */
static prom_amount fund_of(const struct builder *builder, const prom_tree_tx *it, const prom_payouts *payouts)
{
    const prom_amount fund = payouts->to[PROM_PAYEE_F];
    const bool dust = !prom_amount_at_least(fund, prom_dust_limit(builder->script[PAYEE_FUND]));
    return it->scheme >= 6 && dust ? prom_amount_zero() : fund;
}

/* The outputs of a closing transaction in their order, C's with `to_client` on top of its payout: C, W, V, A_1 to A_n
 * where their stakes are in it, F, anchor. What is worth nothing is left out. */
static void fill_closing(const struct builder *builder, prom_tree_tx *it, const prom_payouts *payouts,
                         prom_amount to_client)
{
    prom_tx *tx = it->tx;
    const bool stakes = it->scheme >= 5;
    tx->output_count = 0;
    add_payout(builder, tx, prom_amount_add(payouts->to[PROM_PAYEE_C], to_client), PROM_PARTY_C);
    add_payout(builder, tx, payouts->to[PROM_PAYEE_W], PROM_PARTY_W);
    add_payout(builder, tx, payouts->to[PROM_PAYEE_V], PROM_PARTY_V);
    for (size_t i = 0; stakes && i < builder->terms->arbiter_count; i++) {
        const prom_payee payee = (it->deciders >> i & 1) != 0 ? PROM_PAYEE_A_PLUS : PROM_PAYEE_A_MINUS;
        add_payout(builder, tx, payouts->to[payee], PROM_PARTIES + i);
    }
    add_payout(builder, tx, fund_of(builder, it, payouts), PAYEE_FUND);
    add_output(tx, anchor_value(), builder->anchor);
}

static uint32_t count_bits(uint32_t mask)
{
    uint32_t count = 0;
    for (; mask != 0; mask &= mask - 1) {
        count++;
    }
    return count;
}

static void write_name(char name[PROM_TREE_NAME], const char *base, uint32_t deciders)
{
    int at = snprintf(name, PROM_TREE_NAME, "%s", base);
    for (unsigned i = 0; i < PROM_ARBITERS_MAX && deciders != 0; i++) {
        if ((deciders >> i & 1) != 0) {
            at += snprintf(name + at, (size_t)(PROM_TREE_NAME - at), "%c%u", strchr(name, '[') == NULL ? '[' : ',',
                           i + 1);
        }
    }
    if (deciders != 0) {
        (void)snprintf(name + at, (size_t)(PROM_TREE_NAME - at), "]");
    }
}

/* What a template says of a transaction, and its first input, which spends `parent`. */
static prom_result begin(const struct builder *builder, prom_tree_tx *it, const struct template *template,
                         const prom_tree_node *parent, uint32_t deciders, size_t input_count, size_t output_count)
{
    const uint32_t blocks = lock_blocks(&builder->terms->P, template->lock);
    PROM_TRY(new_tree_tx(builder->arena, it, input_count, output_count, builder->error));
    write_name(it->name, template->name, deciders);
    it->scheme = template->scheme;
    it->deciders = deciders;
    it->stage = template->stage;
    it->presigned_by = template->presigned_by;
    it->completed_by = template->completed_by;
    it->tx->inputs[0].outpoint = parent->outpoint;
    it->tx->inputs[0].sequence = blocks != 0 ? blocks : PROM_SEQUENCE_PLAIN; /* BIP 68, in blocks */
    it->spent[0] = (prom_tx_output){parent->value, parent->descriptor->script};
    it->descriptor[0] = parent->descriptor;
    it->leaf[0] = template->leaf;
    return prom_ok();
}

/* A closing transaction. What payouts, anchor and fee leave goes to C, unless C's output would be below dust: then to
 * the fee. */
static prom_result build_closing(const struct builder *builder, prom_tree_tx *it, const struct template *template,
                                 const prom_tree_node *parent, uint32_t deciders)
{
    prom_payouts payouts;
    PROM_TRY(begin(builder, it, template, parent, deciders, 1, PAYEES + 1));
    PROM_TRY(prom_payouts_of(&payouts, &builder->terms->P, builder->terms->c, template->scheme, count_bits(deciders),
                             builder->error));
    fill_closing(builder, it, &payouts, prom_amount_of(1)); /* weighed with C's output */
    PROM_TRY(measure(builder->arena, it, 0, builder->error));
    const prom_amount to_fee = prom_amount_subtract(payouts.to[PROM_PAYEE_F], fund_of(builder, it, &payouts));
    const prom_amount outputs = prom_amount_subtract(prom_tx_output_sum(it->tx), prom_amount_of(1));
    const prom_amount paid = prom_amount_add(outputs, to_fee);
    const prom_amount left = prom_amount_subtract(prom_amount_subtract(parent->value, paid), fee_of(builder, it));
    const prom_amount to_client = prom_amount_add(payouts.to[PROM_PAYEE_C], left);
    const bool client_paid = prom_amount_at_least(to_client, prom_dust_limit(builder->script[PROM_PARTY_C]));
    fill_closing(builder, it, &payouts, client_paid ? left : prom_amount_zero());
    PROM_TRY(measure(builder->arena, it, 0, builder->error));
    if (!prom_amount_at_least(it->fee, fee_of(builder, it))) {
        return prom_fail(builder->error, PROM_CATEGORY_BROKEN, "the reserve does not pay for %s", it->name);
    }
    return prom_ok();
}

/* TxV0, TxV1 and TxA: the spent value, less anchor and fee, goes on in one output. TxA takes the stakes in. */
static prom_result build_moving(const struct builder *builder, prom_tree_tx *it, const struct template *template,
                                const prom_tree_node *parent)
{
    const prom_terms *terms = builder->terms;
    const prom_tree *tree = builder->tree;
    const size_t stakes = template->makes == PROM_OUTPUT_OA ? terms->arbiter_count : 0;
    prom_amount spent = parent->value;
    PROM_TRY(begin(builder, it, template, parent, 0, 1 + stakes, 2));
    for (size_t i = 0; i < stakes; i++) {
        it->tx->inputs[1 + i].outpoint = (prom_outpoint){tree->output[PROM_OUTPUT_O0].outpoint.txid, (uint32_t)(1 + i)};
        it->spent[1 + i] = (prom_tx_output){terms->P.a, tree->S[i]->script};
        it->descriptor[1 + i] = tree->S[i];
        it->leaf[1 + i] = PROM_STAKE_LEAF_EARLY;
        spent = prom_amount_add(spent, terms->P.a);
    }
    it->tx->outputs[0] = (prom_tx_output){prom_amount_zero(), tree->output[template->makes].descriptor->script};
    it->tx->outputs[1] = (prom_tx_output){anchor_value(), builder->anchor};
    PROM_TRY(measure(builder->arena, it, 0, builder->error));
    it->tx->outputs[0].value = prom_amount_subtract(prom_amount_subtract(spent, anchor_value()), fee_of(builder, it));
    return measure(builder->arena, it, 0, builder->error);
}

/* What one transaction costs the reserve, C's output counted in: its anchor and its fee. */
static prom_result cost_of(const struct builder *builder, prom_amount *cost, const struct template *template,
                           uint32_t deciders)
{
    prom_tree_tx weighed = {.tx = NULL};
    /* Any value will do that pays for all payouts. */
    const prom_tree_node parent = {.descriptor = builder->tree->output[template->spends].descriptor,
                                   .value = prom_amount_of(PROM_AMOUNT_MAX / 2)};
    PROM_TRY(template->scheme != 0 ? build_closing(builder, &weighed, template, &parent, deciders)
                                   : build_moving(builder, &weighed, template, &parent));
    *cost = prom_amount_add(anchor_value(), fee_of(builder, &weighed));
    return prom_ok();
}

/* The largest cost of a path from each output, the last output first: what is spent later is known. */
static prom_result find_reserve(const struct builder *builder)
{
    const prom_parameters *P = &builder->terms->P;
    prom_amount from[PROM_TREE_OUTPUTS + 1];
    for (size_t i = 0; i <= PROM_TREE_OUTPUTS; i++) {
        from[i] = prom_amount_zero();
    }
    for (size_t i = 0; i < DECISIONS; i++) {
        for (uint32_t m = prom_parameters_quorum(P); m <= P->n; m++) { /* the size depends on |S| alone */
            prom_amount cost;
            PROM_TRY(cost_of(builder, &cost, &decisions[i], (UINT32_C(1) << m) - 1));
            from[PROM_OUTPUT_OA] = prom_amount_larger(from[PROM_OUTPUT_OA], cost);
        }
    }
    for (size_t i = PROM_TREE_NAMED; i-- > PROM_TX1;) {
        prom_amount cost;
        PROM_TRY(cost_of(builder, &cost, &templates[i], 0));
        prom_amount *path = &from[templates[i].spends];
        *path = prom_amount_larger(*path, prom_amount_add(cost, from[templates[i].makes]));
    }
    builder->tree->reserve = from[PROM_OUTPUT_O0];
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

/* The change of C, W or V, if any. W's and V's may not be dust; C's was seen to. */
static prom_result add_change(const struct builder *builder, prom_tx *tx, prom_party party, prom_amount change)
{
    prom_span script;
    PROM_TRY(prom_script_p2tr(builder->arena, &script, &builder->terms->parties[party].change, builder->error));
    if (prom_amount_is_zero(change)) {
        return prom_ok();
    }
    if (party != PROM_PARTY_C && !prom_amount_at_least(change, prom_dust_limit(script))) {
        return prom_fail(builder->error, PROM_CATEGORY_BAD_INPUT,
                         "the change of the %s would be dust: choose coins that hold the deposit exactly, or more",
                         prom_party_name(party));
    }
    add_output(tx, change, script);
    return prom_ok();
}

/* Outputs of Tx0: O0, S_1 to S_n, the mark of P, change of C, W and V, anchor. */
static prom_result fill_tx0_outputs(const struct builder *builder, prom_tx *tx, prom_amount client_change)
{
    const prom_terms *terms = builder->terms;
    prom_span mark;
    tx->output_count = 0;
    add_output(tx, locked(builder), builder->tree->output[PROM_OUTPUT_O0].descriptor->script);
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        add_output(tx, terms->P.a, builder->tree->S[i]->script);
    }
    PROM_TRY(prom_contract_mark(builder->arena, &mark, &terms->p_txid, builder->error));
    add_output(tx, prom_amount_zero(), mark);
    PROM_TRY(add_change(builder, tx, PROM_PARTY_C, client_change));
    for (prom_party party = PROM_PARTY_W; party <= PROM_PARTY_V; party++) {
        const prom_amount change =
            prom_amount_subtract(prom_coins_sum(&terms->parties[party]), prom_terms_deposit(terms, party));
        PROM_TRY(add_change(builder, tx, party, change));
    }
    add_output(tx, anchor_value(), builder->anchor);
    return prom_ok();
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
    write_name(it->name, "Tx0", 0);
    it->stage = PROM_SIGNING_LOCKING;
    it->presigned_by = PROM_SIGNER_W | PROM_SIGNER_V | PROM_SIGNER_A;
    it->completed_by = PROM_SIGNER_C;
    fill_tx0_inputs(builder, it, &coin_weight);

    PROM_TRY(fill_tx0_outputs(builder, it->tx, prom_amount_of(1))); /* weighed with C's change */
    PROM_TRY(measure(builder->arena, it, coin_weight, builder->error));
    prom_amount change = prom_amount_subtract(prom_coins_sum(&terms->parties[PROM_PARTY_C]), terms->c);
    change = prom_amount_subtract(change, builder->tree->reserve);
    change = prom_amount_subtract(change, prom_amount_add(anchor_value(), fee_of(builder, it)));
    const bool worth_it = prom_amount_at_least(change, prom_dust_limit(builder->script[PROM_PARTY_C]));
    PROM_TRY(fill_tx0_outputs(builder, it->tx, worth_it ? change : prom_amount_zero()));
    PROM_TRY(measure(builder->arena, it, coin_weight, builder->error));
    const prom_amount fee = fee_of(builder, it);
    return prom_amount_at_least(it->fee, fee) ? prom_ok() : client_is_short(builder, fee);
}

/* The output that a transaction of the tree makes stands now. */
static void place_output(prom_tree *tree, prom_tree_output output, const prom_tree_tx *maker)
{
    tree->output[output].outpoint = (prom_outpoint){maker->txid, 0};
    tree->output[output].value = maker->tx->outputs[0].value;
}

static prom_result build_named(const struct builder *builder)
{
    prom_tree *tree = builder->tree;
    PROM_TRY(build_tx0(builder, &tree->tx[PROM_TX0]));
    place_output(tree, PROM_OUTPUT_O0, &tree->tx[PROM_TX0]);
    for (size_t i = PROM_TX1; i < PROM_TREE_NAMED; i++) {
        const struct template *template = &templates[i];
        const prom_tree_node *parent = &tree->output[template->spends];
        if (template->scheme != 0) {
            PROM_TRY(build_closing(builder, &tree->tx[i], template, parent, 0));
        } else {
            PROM_TRY(build_moving(builder, &tree->tx[i], template, parent));
            place_output(tree, template->makes, &tree->tx[i]);
        }
    }
    return prom_ok();
}

static bool can_decide(const prom_parameters *P, uint32_t deciders)
{
    return count_bits(deciders) >= prom_parameters_quorum(P);
}

/* Tx7 for every S of at least k arbiters, in the order of their bit masks; then Tx8. */
static prom_result build_decisions(const struct builder *builder)
{
    prom_tree *tree = builder->tree;
    size_t at = PROM_TREE_NAMED;
    for (size_t i = 0; i < DECISIONS; i++) {
        for (uint32_t S = 0; S < UINT32_C(1) << builder->terms->P.n; S++) {
            if (can_decide(&builder->terms->P, S)) {
                PROM_TRY(build_closing(builder, &tree->tx[at++], &decisions[i], &tree->output[PROM_OUTPUT_OA], S));
            }
        }
    }
    return prom_ok();
}

static void find_digest(prom_tree *tree)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/tree");
    for (size_t i = 0; i < tree->tx_count; i++) {
        prom_hasher_add(&hasher, prom_span_of32(&tree->tx[i].txid));
    }
    prom_hasher_finish(&hasher, &tree->digest);
}

prom_result prom_tree_build(const prom_curve *curve, prom_arena *arena, prom_tree **built, const prom_terms *terms,
                            prom_error *error)
{
    struct builder builder = {.curve = curve, .arena = arena, .terms = terms, .error = error};
    prom_tree *tree = NULL;
    PROM_TRY_NEW(tree, arena, 1, error);
    builder.tree = tree;
    for (uint32_t S = 0; S < UINT32_C(1) << terms->P.n; S++) {
        tree->decision_count += can_decide(&terms->P, S);
    }
    tree->tx_count = PROM_TREE_NAMED + DECISIONS * tree->decision_count;
    PROM_TRY_NEW(tree->tx, arena, tree->tx_count, error);
    PROM_TRY(prom_terms_contract_id(arena, &tree->contract_id, terms, error));
    PROM_TRY(describe_tree(&builder));
    PROM_TRY(describe_stakes(&builder));
    PROM_TRY(make_scripts(&builder));
    PROM_TRY(find_reserve(&builder));
    PROM_TRY(build_named(&builder));
    PROM_TRY(build_decisions(&builder));
    find_digest(tree);
    *built = tree;
    return prom_ok();
}

const prom_tree_tx *prom_tree_decision(const prom_tree *tree, unsigned scheme, uint32_t deciders)
{
    for (size_t i = PROM_TREE_NAMED; i < tree->tx_count; i++) {
        if (tree->tx[i].scheme == scheme && tree->tx[i].deciders == deciders) {
            return &tree->tx[i];
        }
    }
    return NULL;
}

uint32_t prom_tree_lock(const prom_tree_tx *tx, size_t input)
{
    const uint32_t sequence = tx->tx->inputs[input].sequence;
    return sequence <= UINT16_MAX ? sequence : 0;
}

prom_result prom_tree_sighash(prom_arena *arena, prom_bytes32 *hash, const prom_tree_tx *tx, size_t input,
                              prom_error *error)
{
    if (input >= tx->tx->input_count) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%s has no input %zu", tx->name, input);
    }
    const prom_descriptor *descriptor = tx->descriptor[input];
    const prom_bytes32 *leaf_hash = descriptor == NULL ? NULL : &descriptor->taproot[tx->leaf[input]].hash;
    const prom_signed_input signed_input = {.tx = tx->tx, .spent = tx->spent, .index = input, .leaf_hash = leaf_hash};
    return prom_tx_sighash(arena, hash, &signed_input, error);
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
    *release = (prom_tree_tx){.name = "release", .presigned_by = PROM_SIGNER_W, .completed_by = PROM_SIGNER_A};
    PROM_TRY(new_tree_tx(arena, release, 1, 1, error));
    release->tx->inputs[0].outpoint = (prom_outpoint){tx0->txid, (uint32_t)index};
    release->spent[0] = tx0->tx->outputs[index];
    release->descriptor[0] = tree->S[arbiter];
    release->leaf[0] = PROM_STAKE_LEAF_EARLY;
    prom_tx_output *output = &release->tx->outputs[0];
    output->value = terms->P.a;
    PROM_TRY(prom_script_p2tr(arena, &output->script, &terms->arbiters[arbiter].payout, error));
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
