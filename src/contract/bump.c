#include "prometheus/contract/bump.h"

#include "prometheus/bitcoin/script.h"

_Static_assert(PROM_BUMP_VSIZE <= PROM_BUMP_VSIZE_MAX, "BIP 431 lets no larger child be relayed");

prom_amount prom_feerate_fee(uint32_t feerate, size_t vsize)
{
    enum { VSIZE_MAX = 4000000 }; /* of a block, and more: the product has 54 bits */
    const uint64_t thousandths = (uint64_t)feerate * (vsize <= VSIZE_MAX ? vsize : 0);
    return vsize <= VSIZE_MAX ? prom_amount_of(thousandths / 1000 + (thousandths % 1000 != 0)) : prom_amount_invalid();
}

/* Of the P2TR output that a child pays back. */
static prom_amount dust_limit(void)
{
    static const uint8_t p2tr[PROM_P2TR_BYTES] = {PROM_OP_1, 32};
    return prom_dust_limit(prom_span_of(p2tr, sizeof p2tr));
}

prom_amount prom_bump_coin_min(uint32_t highest, size_t parent_vsize)
{
    const size_t vsize = parent_vsize < SIZE_MAX / 2 ? PROM_BUMP_VSIZE_MAX + parent_vsize + PROM_BUMP_VSIZE : SIZE_MAX;
    return prom_amount_add(prom_feerate_fee(highest, vsize), dust_limit());
}

prom_result prom_bump_parent(prom_bump *bump, const prom_tree_tx *parent, prom_error *error)
{
    static const uint8_t p2a[] = {PROM_OP_1, 2, 0x4e, 0x73};
    const prom_tx *tx = parent->tx;
    for (size_t i = 0; i < tx->output_count; i++) {
        if (prom_span_equal(tx->outputs[i].script, prom_span_of(p2a, sizeof p2a))) {
            bump->anchor = (prom_outpoint){parent->txid, (uint32_t)i};
            bump->anchor_value = tx->outputs[i].value;
            bump->parent_fee = parent->fee;
            bump->parent_vsize = prom_vsize(parent->weight);
            return prom_ok();
        }
    }
    return prom_fail(error, PROM_CATEGORY_MISUSE, "%s has no anchor that a fee could be added by", parent->name);
}

/* a - b, or 0; invalid when either is. */
static prom_amount beyond(prom_amount a, prom_amount b)
{
    return prom_amount_above(b, a) ? prom_amount_zero() : prom_amount_subtract(a, b);
}

/* The smaller one; invalid when either is. */
static prom_amount smaller(prom_amount a, prom_amount b)
{
    return prom_amount_subtract(a, beyond(a, b));
}

/* The least fee at which `vsize` bytes pay more for each of them than what pays `fee` for `other_vsize`. */
static prom_amount better_feerate(size_t vsize, prom_amount fee, size_t other_vsize)
{
    return prom_amount_add(prom_amount_divide(prom_amount_multiply(fee, vsize), other_vsize), prom_amount_of(1));
}

/* What the child must pay to be taken at all: for its relay, alone and together with the parent. Where the mempool has
 * the parent, the child alone replaces; else both do, and the child must lift the parent. In either case what replaces
 * pays all that the rivals paid and for its own bytes (BIP 125, rules 3 and 4), and more for a byte than any of them:
 * then the mempool is better at every size, as Bitcoin Core asks, or better than each, as it did before. */
static prom_amount fee_min(const prom_bump *bump)
{
    const size_t vsize = PROM_BUMP_VSIZE + (bump->parent_waits ? 0 : bump->parent_vsize);
    const prom_amount paid = bump->parent_waits ? prom_amount_zero() : bump->parent_fee;
    const prom_amount together = prom_feerate_fee(bump->feerates.relay, bump->parent_vsize + PROM_BUMP_VSIZE);
    prom_amount least = prom_feerate_fee(bump->feerates.relay, PROM_BUMP_VSIZE);
    prom_amount sum = prom_feerate_fee(bump->feerates.incremental, vsize);
    least = prom_amount_larger(least, beyond(together, bump->parent_fee));
    if (bump->rival_count == 0) {
        return least;
    }
    for (size_t i = 0; i < bump->rival_count; i++) {
        const prom_bump_rival *rival = &bump->rivals[i];
        sum = prom_amount_add(sum, rival->fee);
        least = prom_amount_larger(least, beyond(better_feerate(vsize, rival->fee, rival->vsize), paid));
    }
    if (!bump->parent_waits) {
        least = prom_amount_larger(least, better_feerate(PROM_BUMP_VSIZE, bump->parent_fee, bump->parent_vsize));
    }
    return prom_amount_larger(least, beyond(sum, paid));
}

static prom_result can_not_pay(const prom_bump *bump, prom_amount least, prom_amount affordable, prom_error *error)
{
    char needs[PROM_AMOUNT_TEXT];
    char has[PROM_AMOUNT_TEXT];
    (void)prom_amount_text(needs, least);
    if (prom_amount_at_least(bump->at_risk, least)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a fee bump takes at least %s sat; the coin pays at most %s: use a larger one", needs,
                         prom_amount_text(has, affordable));
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "a fee bump takes at least %s sat, more than the %s that are at risk: wait for lower fees", needs,
                     prom_amount_text(has, bump->at_risk));
}

prom_result prom_bump_fee(prom_amount *fee, const prom_bump *bump, prom_error *error)
{
    const prom_amount affordable = beyond(prom_amount_add(bump->coin_value, bump->anchor_value), dust_limit());
    const prom_amount cap = smaller(bump->at_risk, affordable);
    const prom_amount target =
        beyond(prom_feerate_fee(bump->feerates.wanted, bump->parent_vsize + PROM_BUMP_VSIZE), bump->parent_fee);
    const prom_amount least = fee_min(bump);
    /* A target beyond all money there is: as much as there is. */
    *fee = prom_amount_is_valid(target) ? smaller(prom_amount_larger(target, least), cap) : cap;
    if (!prom_amount_at_least(*fee, least)) {
        *fee = prom_amount_invalid();
        return can_not_pay(bump, least, affordable, error);
    }
    return prom_ok();
}

prom_result prom_bump_child(const prom_curve *curve, prom_arena *arena, prom_tx **bumping, const prom_bump *bump,
                            const prom_key *coin_key, const prom_bytes32 *auxiliary, prom_error *error)
{
    prom_tx *child = NULL;
    prom_amount fee;
    prom_tx_output spent[2] = {{.value = bump->anchor_value}, {.value = bump->coin_value}};
    prom_bytes32 hash;
    prom_signature signature;
    prom_span *witness = NULL;
    PROM_TRY(prom_bump_fee(&fee, bump, error));
    PROM_TRY(prom_script_anchor(arena, &spent[0].script, error));
    PROM_TRY(prom_script_p2tr(arena, &spent[1].script, &coin_key->public_key, error));
    PROM_TRY(prom_tx_new(arena, &child, 2, 1, error));
    child->inputs[0] = (prom_tx_input){.outpoint = bump->anchor, .sequence = PROM_SEQUENCE_PLAIN};
    child->inputs[1] = (prom_tx_input){.outpoint = bump->coin, .sequence = PROM_SEQUENCE_PLAIN};
    child->outputs[0].value = prom_amount_subtract(prom_amount_add(bump->coin_value, bump->anchor_value), fee);
    PROM_TRY(prom_script_p2tr(arena, &child->outputs[0].script, &bump->change, error));
    const prom_signed_input signed_input = {.tx = child, .spent = spent, .index = 1};
    PROM_TRY(prom_tx_sighash(arena, &hash, &signed_input, error));
    PROM_TRY(prom_sign(curve, &signature, &hash, coin_key, auxiliary, error));
    PROM_TRY_NEW(witness, arena, 1, error);
    PROM_TRY(prom_span_copy(arena, witness, prom_span_of(signature.bytes, sizeof signature.bytes), error));
    child->inputs[1].witness = witness;
    child->inputs[1].witness_count = 1;
    *bumping = child;
    return prom_ok();
}
