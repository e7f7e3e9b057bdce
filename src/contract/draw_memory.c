/* Which draws of aborted setups stand; docs/protocol.md, section 4. */
#include "prometheus/contract/draw.h"

#include <string.h>

static bool is_among(const prom_outpoint *list, size_t count, const prom_outpoint *coin)
{
    for (size_t i = 0; i < count; i++) {
        if (prom_outpoint_equal(&list[i], coin)) {
            return true;
        }
    }
    return false;
}

static bool has_coin(const prom_draw_partner *partner, const prom_outpoint *coin)
{
    return is_among(partner->coins, partner->coin_count, coin) ||
           is_among(partner->followed, partner->followed_count, coin);
}

/* How sure it is that one whom we meet is one whom we know. */
typedef enum acquaintance { STRANGER, BY_COINS, BY_NODE } acquaintance;

static acquaintance acquaintance_of(const prom_draw_partner *known, const prom_draw_partner *met)
{
    if (prom_bytes32_equal(&known->node_key, &met->node_key)) {
        return BY_NODE;
    }
    for (size_t i = 0; i < met->coin_count; i++) {
        if (has_coin(known, &met->coins[i])) {
            return BY_COINS;
        }
    }
    return STRANGER;
}

static acquaintance acquaintance_of_both(const prom_draw_partner *known, const prom_draw_partner *first,
                                         const prom_draw_partner *second)
{
    const acquaintance a = acquaintance_of(&known[0], first);
    const acquaintance b = acquaintance_of(&known[1], second);
    return a < b ? a : b;
}

static bool is_remembered(const prom_aborted_draw *draw, uint32_t tip)
{
    return (uint64_t)tip <= (uint64_t)draw->aborted_height + PROM_DRAW_MEMORY;
}

prom_known_draw prom_draw_binding(const prom_aborted_draw *draws, size_t count,
                                  const prom_draw_partner partners[PROM_DRAW_PARTNERS], uint32_t tip)
{
    prom_known_draw best = {NULL, false};
    for (size_t i = 0; i < count; i++) {
        const acquaintance straight = acquaintance_of_both(draws[i].partners, &partners[0], &partners[1]);
        const acquaintance crossed = acquaintance_of_both(draws[i].partners, &partners[1], &partners[0]);
        const acquaintance both = straight > crossed ? straight : crossed;
        const bool certain = both == BY_NODE;
        if (both == STRANGER || !is_remembered(&draws[i], tip)) {
            continue;
        }
        if (best.draw == NULL || (certain && !best.certain) ||
            (certain == best.certain && draws[i].draw_height < best.draw->draw_height)) {
            best = (prom_known_draw){&draws[i], certain};
        }
    }
    return best;
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

prom_result prom_draw_check_earlier(prom_arena *arena, const prom_terms *terms, const prom_known_draw *known,
                                    prom_error *error)
{
    const prom_aborted_draw *binding = known == NULL ? NULL : known->draw;
    bool carried = false;
    if (terms->earlier.length == 0 && (binding == NULL || !known->certain)) {
        return prom_ok();
    }
    if (binding == NULL) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "the terms carry the draw of an earlier setup that we know nothing of: a new draw is needed");
    }
    PROM_TRY(carries(arena, &carried, terms, binding, error));
    if (!carried) {
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

/* Room for so many more, as far as the limit goes. */
static prom_result make_room(prom_arena *arena, prom_draw_partner *partner, size_t more, prom_error *error)
{
    prom_outpoint *grown = NULL;
    size_t room = partner->followed_room == 0 ? 64 : partner->followed_room;
    while (room < partner->followed_count + more && room < PROM_DRAW_FOLLOWED_MAX) {
        room *= 2;
    }
    if (room == partner->followed_room) {
        return prom_ok();
    }
    PROM_TRY_NEW(grown, arena, room, error);
    if (partner->followed_count > 0) {
        memcpy(grown, partner->followed, partner->followed_count * sizeof *grown);
    }
    partner->followed = grown;
    partner->followed_room = room;
    return prom_ok();
}

prom_result prom_draw_follow(prom_arena *arena, prom_draw_partner *partner, const prom_tx *tx, const prom_bytes32 *txid,
                             prom_error *error)
{
    bool spends = false;
    for (size_t i = 0; i < tx->input_count && !spends; i++) {
        spends = has_coin(partner, &tx->inputs[i].outpoint);
    }
    /* Whether it was followed before the outputs that were followed say, and not what the partner names as its coins.
     */
    if (!spends || is_among(partner->followed, partner->followed_count, &(prom_outpoint){*txid, 0})) {
        return prom_ok();
    }
    PROM_TRY(make_room(arena, partner, tx->output_count, error));
    for (size_t i = 0; i < tx->output_count && partner->followed_count < partner->followed_room; i++) {
        partner->followed[partner->followed_count++] = (prom_outpoint){*txid, (uint32_t)i};
    }
    return prom_ok();
}
