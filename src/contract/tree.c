#include "prometheus/contract/tree.h"

#include <string.h>

#include "contract/tree_parts.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/crypto/hash.h"

prom_result prom_tree_builder_new(prom_tree_builder *builder, prom_arena *arena, prom_tree *tree,
                                  const prom_terms *terms, prom_error *error)
{
    *builder = (prom_tree_builder){.arena = arena, .terms = terms, .tree = tree, .error = error};
    for (size_t i = 0; i < PROM_PARTIES + terms->arbiter_count; i++) {
        const prom_bytes32 *key =
            i < PROM_PARTIES ? &terms->parties[i].payout : &terms->arbiters[i - PROM_PARTIES].payout;
        PROM_TRY(prom_script_p2tr(arena, &builder->script[i], key, error));
    }
    PROM_TRY(prom_script_p2tr(arena, &builder->script[PROM_TREE_FUND], &terms->P.F, error));
    return prom_script_anchor(arena, &builder->anchor, error);
}

prom_result prom_tree_tx_new(const prom_tree_builder *builder, prom_tree_tx *it, size_t input_count,
                             size_t output_count)
{
    PROM_TRY(prom_tx_new(builder->arena, &it->tx, input_count, output_count, builder->error));
    PROM_TRY_NEW(it->spent, builder->arena, input_count, builder->error);
    PROM_TRY_NEW(it->descriptor, builder->arena, input_count, builder->error);
    PROM_TRY_NEW(it->leaf, builder->arena, input_count, builder->error);
    for (size_t i = 0; i < input_count; i++) {
        it->tx->inputs[i].sequence = PROM_SEQUENCE_PLAIN;
    }
    return prom_ok();
}

prom_result prom_tree_measure(const prom_tree_builder *builder, prom_tree_tx *it)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    size_t base_weight = 0;
    size_t witness_weight = 2; /* BIP 144's marker and flag */
    prom_amount spent = prom_amount_zero();
    prom_arena_init_within(&scratch, builder->arena); /* what is measured and hashed need not stay */
    PROM_TRY(prom_tx_weight(&scratch, &base_weight, it->tx, builder->error));
    for (size_t i = 0; i < it->tx->input_count; i++) {
        spent = prom_amount_add(spent, it->spent[i].value);
        witness_weight += prom_descriptor_witness_bytes(it->descriptor[i], it->leaf[i]);
    }
    it->weight = base_weight + witness_weight;
    it->fee = prom_amount_subtract(spent, prom_tx_output_sum(it->tx));
    return prom_tx_id(&scratch, &it->txid, it->tx, builder->error);
}

prom_amount prom_tree_fee(const prom_tree_builder *builder, const prom_tree_tx *it)
{
    return prom_fee(builder->terms->feerate, prom_vsize(it->weight));
}

void prom_tree_add_output(prom_tx *tx, prom_amount value, prom_span script)
{
    tx->outputs[tx->output_count++] = (prom_tx_output){value, script};
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

static prom_amount all_deposits(const prom_terms *terms)
{
    prom_amount sum = prom_amount_multiply(terms->P.a, terms->arbiter_count);
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        sum = prom_amount_add(sum, prom_terms_deposit(terms, party));
    }
    return sum;
}

/* The bytes that are hashed need not stay. */
static prom_result find_contract_id(prom_arena *arena, prom_tree *tree, const prom_terms *terms, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_arena_init_within(&scratch, arena);
    return prom_terms_contract_id(&scratch, &tree->contract_id, terms, error);
}

/* The builder goes on with the tree that it has planned. */
static prom_result plan(prom_tree_builder *builder, const prom_curve *curve, prom_arena *arena, const prom_terms *terms,
                        prom_error *error)
{
    prom_tree *tree = NULL;
    PROM_TRY_NEW(tree, arena, 1, error);
    PROM_TRY(prom_tree_builder_new(builder, arena, tree, terms, error));
    tree->deposit = all_deposits(terms);
    tree->decision_count = prom_tree_decisions(&terms->P);
    tree->tx_count = PROM_TREE_NAMED + 2 * tree->decision_count;
    PROM_TRY_NEW(tree->tx, arena, tree->tx_count, error);
    memcpy(tree->tx[PROM_TX0].name, "Tx0", sizeof "Tx0");
    tree->tx[PROM_TX0].spends = PROM_TREE_OUTPUTS;
    PROM_TRY(find_contract_id(arena, tree, terms, error));
    PROM_TRY(prom_tree_describe(builder, curve));
    return prom_tree_find_reserve(builder);
}

prom_result prom_tree_plan(const prom_curve *curve, prom_arena *arena, prom_tree **planned, const prom_terms *terms,
                           prom_error *error)
{
    prom_tree_builder builder;
    PROM_TRY(plan(&builder, curve, arena, terms, error));
    *planned = builder.tree;
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

static prom_result grow(const prom_tree_builder *builder, const prom_tree_root *root)
{
    prom_tree *tree = builder->tree;
    const prom_amount needed = prom_amount_add(tree->deposit, tree->reserve);
    if (!prom_amount_at_least(root->value, needed)) {
        char has[PROM_AMOUNT_TEXT];
        char needs[PROM_AMOUNT_TEXT];
        return prom_fail(builder->error, PROM_CATEGORY_BAD_INPUT,
                         "the tree's root holds %s sat, and at least %s are needed: all deposits and the reserve",
                         prom_amount_text(has, root->value), prom_amount_text(needs, needed));
    }
    tree->root = *root;
    tree->tx[PROM_TX0].txid = root->outpoint.txid;
    PROM_TRY(prom_tree_build_branches(builder));
    find_digest(tree);
    return prom_ok();
}

prom_result prom_tree_grow(prom_arena *arena, prom_tree *tree, const prom_terms *terms, const prom_tree_root *root,
                           prom_error *error)
{
    prom_tree_builder builder;
    PROM_TRY(prom_tree_builder_new(&builder, arena, tree, terms, error));
    return grow(&builder, root);
}

prom_result prom_tree_build(const prom_curve *curve, prom_arena *arena, prom_tree **built, const prom_terms *terms,
                            prom_error *error)
{
    prom_tree_builder builder;
    PROM_TRY(plan(&builder, curve, arena, terms, error));
    PROM_TRY(prom_tree_build_tx0(&builder, curve));
    const prom_tree_tx *tx0 = &builder.tree->tx[PROM_TX0];
    const prom_tree_root root = {{tx0->txid, 0}, tx0->tx->outputs[0].value};
    PROM_TRY(grow(&builder, &root));
    *built = builder.tree;
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
    if (tx->tx == NULL || input >= tx->tx->input_count) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%s has no input %zu", tx->name, input);
    }
    const prom_bytes32 *leaf_hash =
        tx->leaf[input] == PROM_KEY_PATH ? NULL : &tx->descriptor[input]->taproot[tx->leaf[input]].hash;
    const prom_signed_input signed_input = {.tx = tx->tx, .spent = tx->spent, .index = input, .leaf_hash = leaf_hash};
    return prom_tx_sighash(arena, hash, &signed_input, error);
}

prom_result prom_tree_witness(prom_arena *arena, prom_tx_input *input, const prom_tree_tx *tx, size_t index,
                              const prom_satisfaction *with, prom_error *error)
{
    if (tx->tx == NULL || index >= tx->tx->input_count) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%s has no input %zu", tx->name, index);
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

uint32_t prom_tree_index(const prom_tree *tree, const prom_bytes32 *txid)
{
    for (size_t i = 0; i < tree->tx_count; i++) {
        if (prom_bytes32_equal(&tree->tx[i].txid, txid)) {
            return (uint32_t)i;
        }
    }
    return PROM_TREE_OTHER;
}
