/* Which draws of aborted setups stand; docs/protocol.md, section 4. */
#include "prometheus/contract/draw.h"

#include <string.h>

static bool has_coin(const prom_draw_partner *partner, const prom_outpoint *coin)
{
    for (size_t i = 0; i < partner->coin_count; i++) {
        if (prom_outpoint_equal(&partner->coins[i], coin)) {
            return true;
        }
    }
    return false;
}

static bool is_same(const prom_draw_partner *known, const prom_draw_partner *met)
{
    bool same = prom_bytes32_equal(&known->node_key, &met->node_key);
    for (size_t i = 0; i < met->coin_count && !same; i++) {
        same = has_coin(known, &met->coins[i]);
    }
    return same;
}

static bool is_remembered(const prom_aborted_draw *draw, uint32_t tip)
{
    return (uint64_t)tip <= (uint64_t)draw->aborted_height + PROM_DRAW_MEMORY;
}

const prom_aborted_draw *prom_draw_binding(const prom_aborted_draw *draws, size_t count,
                                           const prom_draw_partner partners[PROM_DRAW_PARTNERS], uint32_t tip)
{
    const prom_aborted_draw *oldest = NULL;
    for (size_t i = 0; i < count; i++) {
        const prom_draw_partner *known = draws[i].partners;
        const bool same = (is_same(&known[0], &partners[0]) && is_same(&known[1], &partners[1])) ||
                          (is_same(&known[0], &partners[1]) && is_same(&known[1], &partners[0]));
        if (same && is_remembered(&draws[i], tip) && (oldest == NULL || draws[i].draw_height < oldest->draw_height)) {
            oldest = &draws[i];
        }
    }
    return oldest;
}

/* The setup id of signed base terms. BIP 340 knows many signatures of one message: they name nothing. */
static prom_result signed_id(prom_arena *arena, prom_bytes32 *id, prom_span signed_terms, prom_error *error)
{
    prom_terms terms;
    prom_base_signatures signatures;
    PROM_TRY(prom_terms_read_signed(&terms, &signatures, signed_terms, error));
    return prom_terms_setup_id(arena, id, &terms, error);
}

/* Whether the terms carry the draw that binds. */
static prom_result carries(prom_arena *arena, bool *carried, const prom_terms *terms, const prom_aborted_draw *binding,
                           prom_error *error)
{
    prom_bytes32 ours;
    prom_bytes32 theirs;
    *carried = false;
    PROM_TRY(signed_id(arena, &ours, binding->signed_terms, error));
    *carried = prom_is_ok(signed_id(arena, &theirs, terms->earlier, NULL)) && prom_bytes32_equal(&ours, &theirs);
    return prom_ok();
}

prom_result prom_draw_check_earlier(prom_arena *arena, const prom_terms *terms, const prom_aborted_draw *binding,
                                    prom_error *error)
{
    bool carried = false;
    if (binding == NULL && terms->earlier.length > 0) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "the terms carry the draw of an earlier setup that we know nothing of: a new draw is needed");
    }
    if (binding != NULL) {
        PROM_TRY(carries(arena, &carried, terms, binding, error));
    }
    if (binding != NULL && !carried) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "the terms do not carry the draw of block %u, of a setup of the same three that was aborted: "
                         "it stands until block %llu",
                         binding->draw_height, (unsigned long long)binding->aborted_height + PROM_DRAW_MEMORY);
    }
    return prom_ok();
}

size_t prom_draw_count_aborted(const prom_aborted_draw *draws, size_t count, uint32_t tip)
{
    size_t aborted = 0;
    for (size_t i = 0; i < count; i++) {
        aborted += is_remembered(&draws[i], tip);
    }
    return aborted;
}

prom_result prom_draw_follow(prom_arena *arena, prom_draw_partner *partner, const prom_tx *tx, const prom_bytes32 *txid,
                             prom_error *error)
{
    bool spends = false;
    prom_outpoint *coins = NULL;
    for (size_t i = 0; i < tx->input_count; i++) {
        spends = spends || has_coin(partner, &tx->inputs[i].outpoint);
    }
    if (!spends || has_coin(partner, &(prom_outpoint){*txid, 0})) {
        return prom_ok();
    }
    PROM_TRY_NEW(coins, arena, partner->coin_count + tx->output_count, error);
    if (partner->coin_count > 0) {
        memcpy(coins, partner->coins, partner->coin_count * sizeof *coins);
    }
    for (size_t i = 0; i < tx->output_count; i++) {
        coins[partner->coin_count + i] = (prom_outpoint){*txid, (uint32_t)i};
    }
    partner->coins = coins;
    partner->coin_count += tx->output_count;
    return prom_ok();
}
