#include "game/strategies.h"

#include "game/solution_parts.h"

/* Forms are sums of whole numbers, and of fractions with small denominators. */
#define FACTOR_TOLERANCE 1e-9

static double factor_of(const prom_game_form *form, unsigned symbol)
{
    const bool share = symbol == PROM_QUANTITY_SHARE_W || symbol == PROM_QUANTITY_SHARE_V;
    return form->of[symbol] + (share ? form->of[PROM_QUANTITY_C] : 0);
}

#define Q(name) (1U << PROM_QUANTITY_##name)

/* What every P keeps: gamma < epsilon <= 1, the other fractions at most 1, w <= v < a. Of each symbol the larger ones.
 */
static const struct order {
    uint8_t smaller;
    unsigned larger;
} ORDERS[] = {
    {PROM_QUANTITY_GAMMA_W, Q(EPSILON_W) | Q(EPSILON_V) | Q(EPSILON_A) | Q(W) | Q(V) | Q(A)},
    {PROM_QUANTITY_EPSILON_W, Q(EPSILON_V) | Q(EPSILON_A) | Q(W) | Q(V) | Q(A)},
    {PROM_QUANTITY_EPSILON_V, Q(EPSILON_A) | Q(V) | Q(A)},
    {PROM_QUANTITY_EPSILON_A, Q(A)},
    {PROM_QUANTITY_W_OVER_N, Q(W) | Q(V) | Q(A)},
    {PROM_QUANTITY_ALPHA_W, Q(W) | Q(V) | Q(A)},
    {PROM_QUANTITY_DELTA_W, Q(W) | Q(V) | Q(A)},
    {PROM_QUANTITY_BETA_V, Q(V) | Q(A)},
    {PROM_QUANTITY_W, Q(V) | Q(A)},
    {PROM_QUANTITY_V, Q(A)},
};

/* The larger ones, from the smallest on. */
static const uint8_t LARGER[] = {PROM_QUANTITY_EPSILON_W, PROM_QUANTITY_EPSILON_V, PROM_QUANTITY_EPSILON_A,
                                 PROM_QUANTITY_W,         PROM_QUANTITY_V,         PROM_QUANTITY_A};

/* Lets what there is of a larger symbol stand in for what is missing of a smaller one. */
static void stand_in(double *smaller, double *larger)
{
    const double missing = *smaller < 0 ? -*smaller : 0;
    const double spare = *larger > 0 ? *larger : 0;
    const double moved = missing < spare ? missing : spare;
    *smaller += moved;
    *larger -= moved;
}

bool prom_game_form_covers(const prom_game_form *a, const prom_game_form *b)
{
    double more[PROM_SYMBOLS];
    bool covers = true;
    for (unsigned i = 0; i < PROM_SYMBOLS; i++) {
        more[i] = i == PROM_QUANTITY_C ? 0 : factor_of(a, i) - factor_of(b, i);
    }
    for (size_t i = 0; i < sizeof ORDERS / sizeof *ORDERS; i++) {
        for (size_t j = 0; j < sizeof LARGER; j++) {
            if ((ORDERS[i].larger >> LARGER[j] & 1U) != 0) {
                stand_in(&more[ORDERS[i].smaller], &more[LARGER[j]]);
            }
        }
    }
    for (unsigned i = 0; i < PROM_SYMBOLS; i++) {
        covers = covers && more[i] >= -FACTOR_TOLERANCE;
    }
    return covers;
}

void prom_game_form_subtract(prom_game_form *a, const prom_game_form *b)
{
    for (unsigned i = 0; i < PROM_SYMBOLS; i++) {
        a->of[i] -= b->of[i];
    }
}

/* Adds a prospect to a list that has room for it, unless another is at least as good; takes out those that it is as
 * good as. */
static void add(game_prospects *list, const game_prospect *prospect)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].marked == prospect->marked && prom_game_form_covers(&list->items[i].form, &prospect->form)) {
            return;
        }
    }
    for (size_t i = 0; i < list->count; i++) {
        const bool covered =
            list->items[i].marked == prospect->marked && prom_game_form_covers(&prospect->form, &list->items[i].form);
        if (!covered) {
            list->items[kept++] = list->items[i];
        }
    }
    list->items[kept] = *prospect;
    list->count = kept + 1;
}

static prom_result list_ending(prom_arena *arena, game_prospects *list, const game_strategies *it, uint32_t at,
                               prom_error *error)
{
    const prom_game_outcome *outcome = prom_game_outcome_at(it->game, at);
    const game_mark_kind kind = it->mark == NULL ? GAME_MARK_PLAIN : it->mark(outcome);
    if (kind == GAME_MARK_OUT) {
        return prom_ok();
    }
    PROM_TRY_NEW(list->items, arena, 1, error);
    *list->items = (game_prospect){.ending = at, .chance = 1, .marked = kind == GAME_MARK_MARKED};
    prom_game_form_of(&list->items->form, it->game, it->game->tree.nodes[at].ending, it->players);
    for (unsigned i = PROM_SYMBOL_FUTURE_W; it->nameless && i <= PROM_SYMBOL_FUTURE_A; i++) {
        list->items->form.of[i] = 0;
    }
    list->count = 1;
    return prom_ok();
}

/* Those who choose have what any of their actions leads to. */
static prom_result list_decision(prom_arena *arena, game_prospects *lists, const game_strategies *it, uint32_t at,
                                 prom_error *error)
{
    const prom_game_node *node = &it->game->tree.nodes[at];
    const game_prospects *children = &lists[node->first_child];
    size_t count = 0;
    if ((it->coalition & PROM_GAME_PLAYER(node->player)) == 0) {
        lists[at] = children[node->honest];
        return prom_ok();
    }
    for (uint32_t i = 0; i < node->child_count; i++) {
        count += children[i].count;
    }
    PROM_TRY_NEW(lists[at].items, arena, count, error);
    for (uint32_t i = 0; i < node->child_count; i++) {
        const uint32_t child = (node->honest + i) % node->child_count; /* of two that are alike the honest one stays */
        for (size_t j = 0; j < children[child].count; j++) {
            add(&lists[at], &children[child].items[j]);
        }
    }
    return prom_ok();
}

static game_prospect mix(const game_prospect *a, const game_prospect *b, double chance)
{
    game_prospect mixed = *a;
    for (unsigned i = 0; i < PROM_SYMBOLS; i++) {
        mixed.form.of[i] += chance * b->form.of[i];
    }
    mixed.marked = a->marked || b->marked;
    if (chance * b->chance > a->chance) {
        mixed.ending = b->ending;
        mixed.chance = chance * b->chance;
    }
    return mixed;
}

/* At a chance each way to play is one for each of its outcomes, in all combinations. */
static prom_result list_chance(prom_arena *arena, game_prospects *lists, const game_strategies *it, uint32_t at,
                               prom_error *error)
{
    const prom_game_tree *tree = &it->game->tree;
    const prom_game_node *node = &tree->nodes[at];
    game_prospect nothing = {.chance = 0};
    game_prospects so_far = {&nothing, 1};
    for (uint32_t child = node->first_child; child < node->first_child + node->child_count; child++) {
        const game_prospects *next = &lists[child];
        game_prospects longer = {NULL, 0};
        if (!(tree->nodes[child].chance > 0)) {
            continue;
        }
        PROM_TRY_NEW(longer.items, arena, so_far.count * next->count, error);
        for (size_t i = 0; i < so_far.count; i++) {
            for (size_t j = 0; j < next->count; j++) {
                const game_prospect mixed = mix(&so_far.items[i], &next->items[j], tree->nodes[child].chance);
                add(&longer, &mixed);
            }
        }
        so_far = longer;
    }
    lists[at] = so_far;
    return prom_ok();
}

prom_result prom_game_list_prospects(prom_arena *arena, game_prospects *prospects, const game_strategies *strategies,
                                     prom_error *error)
{
    const prom_game_tree *tree = &strategies->game->tree;
    game_prospects *lists = NULL;
    bool *reached = NULL;
    PROM_TRY_NEW(lists, arena, tree->node_count, error);
    PROM_TRY_NEW(reached, arena, tree->node_count, error);
    prom_game_mark(tree, strategies->from, strategies->coalition, reached);
    for (size_t i = tree->node_count; i-- > strategies->from;) {
        const uint32_t at = (uint32_t)i;
        if (!reached[at]) {
            continue;
        }
        switch (tree->nodes[at].kind) {
        case PROM_GAME_ENDING:
            PROM_TRY(list_ending(arena, &lists[at], strategies, at, error));
            break;
        case PROM_GAME_DECISION:
            PROM_TRY(list_decision(arena, lists, strategies, at, error));
            break;
        case PROM_GAME_CHANCE:
            PROM_TRY(list_chance(arena, lists, strategies, at, error));
            break;
        }
    }
    *prospects = lists[strategies->from];
    return prom_ok();
}
