/* Whether a setup exists for a party, and when it draws; docs/protocol.md, section 4. */
#include "prometheus/contract/draw.h"

bool prom_setup_exists(const prom_terms *terms, uint32_t held_tip)
{
    return held_tip < (terms->earlier.length == 0 ? terms->draw_height : terms->setup_deadline);
}

static prom_setup_state state_of(const prom_terms *terms, const prom_setup_view *view)
{
    const prom_bytes32 *block = view->block;
    if (!prom_setup_exists(terms, view->held_tip)) {
        return PROM_SETUP_VOID;
    }
    if (view->drawn != NULL && view->signed_tx0) {
        return PROM_SETUP_DRAWN;
    }
    if (view->drawn != NULL && (block == NULL || !prom_bytes32_equal(block, view->drawn))) {
        return PROM_SETUP_ENDED;
    }
    return block != NULL && view->tip >= (uint64_t)terms->draw_height + PROM_DRAW_DEPTH ? PROM_SETUP_DRAWN
                                                                                        : PROM_SETUP_EARLY;
}

prom_result prom_setup_seed(prom_arena *arena, prom_setup_state *setup, prom_bytes32 *seed, const prom_terms *terms,
                            const prom_setup_view *view, prom_error *error)
{
    prom_bytes32 id;
    *seed = (prom_bytes32){{0}};
    *setup = state_of(terms, view);
    if (*setup == PROM_SETUP_DRAWN) {
        PROM_TRY(prom_terms_draw_id(arena, &id, terms, error));
        prom_draw_seed(seed, &id, view->drawn != NULL ? view->drawn : view->block);
    }
    return prom_ok();
}

static bool is_open(const prom_signed_setup *setup, uint32_t tip)
{
    return !setup->ended && tip <= setup->terms->setup_deadline;
}

static bool shares_node(const prom_signed_setup *a, const prom_signed_setup *b)
{
    static const prom_bytes32 own;
    bool shared = false;
    for (size_t i = 0; i < PROM_PARTIES - 1; i++) {
        for (size_t j = 0; j < PROM_PARTIES - 1; j++) {
            shared = shared || (prom_bytes32_equal(&a->node_keys[i], &b->node_keys[j]) &&
                                !prom_bytes32_equal(&a->node_keys[i], &own));
        }
    }
    return shared;
}

static bool spends(const prom_terms *terms, const prom_outpoint *outpoint)
{
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        for (size_t i = 0; i < terms->parties[party].coin_count; i++) {
            if (prom_outpoint_equal(&terms->parties[party].coins[i].outpoint, outpoint)) {
                return true;
            }
        }
    }
    return false;
}

/* The first input that both spend, or NULL. */
static const prom_outpoint *shared_input(const prom_terms *a, const prom_terms *b)
{
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        for (size_t i = 0; i < a->parties[party].coin_count; i++) {
            if (spends(b, &a->parties[party].coins[i].outpoint)) {
                return &a->parties[party].coins[i].outpoint;
            }
        }
    }
    return NULL;
}

prom_result prom_setup_check_apart(const prom_signed_setup *setups, size_t count, const prom_signed_setup *next,
                                   uint32_t tip, prom_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t deadline = setups[i].terms->setup_deadline;
        char text[PROM_HEX32];
        if (!is_open(&setups[i], tip)) {
            continue;
        }
        const prom_outpoint *input = shared_input(next->terms, setups[i].terms);
        if (input != NULL) {
            return prom_fail(error, PROM_CATEGORY_PEER,
                             "the terms spend %s:%u, and so do terms that we have signed: until their setup has ended, "
                             "or its deadline, height %u, has passed, we sign no others",
                             prom_hex32_reversed(text, &input->txid), input->index, deadline);
        }
        if (shares_node(next, &setups[i])) {
            return prom_fail(error, PROM_CATEGORY_PEER,
                             "we have signed terms with one of these nodes: until their setup has ended, or its "
                             "deadline, height %u, has passed, we sign no others",
                             deadline);
        }
    }
    return prom_ok();
}
