/* Verdicts as conditions. What a group may expect when all keep the rules, less what it may expect of another way to
 * play, has to be at least 0, for each other way: a linear form in stakes, shares and costs. */
#include <math.h>
#include <string.h>

#include "game/solution_parts.h"
#include "game/strategies.h"

#define FORM_TOLERANCE 1e-9
#define SCRATCH_MAX ((size_t)1 << 28) /* bytes */

/* Conditions as they are found. */
typedef struct ledger {
    prom_arena *arena; /* for the list */
    const prom_game_solution *solution;
    prom_game_condition *items;
    size_t count;
    size_t room;
} ledger;

/* A form that is at least 0 anyway asks for nothing. */
static bool is_trivial(const prom_game_form *form)
{
    const prom_game_form zero = {{0}};
    return prom_game_form_covers(form, &zero);
}

/* c is share_w + share_v: writes it where both stand with one sign, and not where they do not. */
static void write_reward(prom_game_form *form)
{
    double *of = form->of;
    const double w = of[PROM_QUANTITY_SHARE_W] + of[PROM_QUANTITY_C];
    const double v = of[PROM_QUANTITY_SHARE_V] + of[PROM_QUANTITY_C];
    const double common = (w > 0) == (v > 0) ? (fabs(w) < fabs(v) ? w : v) : 0;
    of[PROM_QUANTITY_C] = common;
    of[PROM_QUANTITY_SHARE_W] = w - common;
    of[PROM_QUANTITY_SHARE_V] = v - common;
    for (unsigned i = 0; i < PROM_SYMBOLS; i++) {
        of[i] = fabs(of[i]) < FORM_TOLERANCE ? 0 : of[i];
    }
}

/* Notes a condition, unless another of its claim implies it; takes out those that it implies. */
static prom_result note(ledger *it, prom_game_condition condition, prom_error *error)
{
    size_t kept = 0;
    if (is_trivial(&condition.form)) {
        return prom_ok();
    }
    write_reward(&condition.form);
    condition.value = prom_game_form_value(&condition.form, condition.attack.game);
    condition.attack.gain = -condition.value;
    for (size_t i = 0; i < it->count; i++) {
        const bool same = it->items[i].claim == condition.claim;
        if (same && prom_game_form_covers(&condition.form, &it->items[i].form)) {
            return prom_ok();
        }
    }
    for (size_t i = 0; i < it->count; i++) {
        const bool same = it->items[i].claim == condition.claim;
        if (!same || !prom_game_form_covers(&it->items[i].form, &condition.form)) {
            it->items[kept++] = it->items[i];
        }
    }
    it->count = kept;
    if (it->count == it->room) {
        prom_game_condition *longer = NULL;
        it->room = it->room == 0 ? 32 : 2 * it->room;
        PROM_TRY_NEW(longer, it->arena, it->room, error);
        if (it->count > 0) {
            memcpy(longer, it->items, it->count * sizeof *longer);
        }
        it->items = longer;
    }
    it->items[it->count++] = condition;
    return prom_ok();
}

/* A comparison of what the rules give to a group from a node on with what else it can get. */
typedef struct comparison {
    prom_game_claim claim;
    game_strategies ways; /* that the group has */
    game_strategies kept; /* that it is measured against */
    bool marked_only;
    uint32_t m;
} comparison;

static const game_prospect *best_of(const game_prospects *list, const prom_game *game)
{
    const game_prospect *best = &list->items[0];
    for (size_t i = 1; i < list->count; i++) {
        const bool more = prom_game_form_value(&list->items[i].form, game) > prom_game_form_value(&best->form, game);
        best = more ? &list->items[i] : best;
    }
    return best;
}

static void find_victim(prom_game_attack *attack, uint32_t kept)
{
    attack->victim = PROM_GAME_PLAYERS;
    for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_F; player++) {
        const double loss =
            prom_game_value_at(attack->game, kept, player) - prom_game_value_at(attack->game, attack->ending, player);
        const bool outside = (attack->group.players & PROM_GAME_PLAYER(player)) == 0;
        if (outside && loss > prom_game_tolerance(attack->game) && loss > attack->loss) {
            attack->victim = player;
            attack->loss = loss;
        }
    }
}

static prom_result compare(ledger *it, const comparison *what, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_game *game = what->ways.game;
    game_prospects ways;
    game_prospects kept;
    prom_arena_init(&scratch, SCRATCH_MAX);
    PROM_TRY(prom_game_list_prospects(&scratch, &ways, &what->ways, error));
    PROM_TRY(prom_game_list_prospects(&scratch, &kept, &what->kept, error));
    if (kept.count == 0) {
        return prom_ok();
    }
    const game_prospect *rules = best_of(&kept, game);
    for (size_t i = 0; i < ways.count; i++) {
        prom_game_condition condition = {
            .claim = what->claim,
            .form = rules->form,
            .local = kept.count > 1,
            .attack = {.group = {what->ways.players, what->m}, .game = game, .ending = ways.items[i].ending}};
        prom_game_form_subtract(&condition.form, &ways.items[i].form);
        find_victim(&condition.attack, rules->ending);
        if (ways.items[i].marked || !what->marked_only) {
            PROM_TRY(note(it, condition, error));
        }
    }
    return prom_ok();
}

/* -- Who comes -- */

static prom_result note_coming(ledger *it, prom_game_claim claim, prom_game_player player, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const uint32_t m = player == PROM_GAME_A;
    const prom_game *game = it->solution->games[m];
    const game_strategies rules = {.game = game, .players = PROM_GAME_PLAYER(player)};
    game_prospects honest;
    prom_arena_init(&scratch, SCRATCH_MAX);
    PROM_TRY(prom_game_list_prospects(&scratch, &honest, &rules, error));
    const prom_game_condition condition = {.claim = claim,
                                           .form = honest.items[0].form,
                                           .attack = {.group = {PROM_GAME_PLAYER(player), m},
                                                      .victim = PROM_GAME_PLAYERS,
                                                      .game = game,
                                                      .ending = honest.items[0].ending}};
    return note(it, condition, error);
}

/* -- Who keeps the rules -- */

static prom_result note_group(ledger *it, prom_game_claim claim, unsigned players, uint32_t from, prom_error *error)
{
    const uint32_t m = (players & PROM_GAME_PLAYER(PROM_GAME_A)) != 0;
    const prom_game *game = it->solution->games[m];
    const comparison what = {.claim = claim,
                             .ways = {.game = game, .from = from, .coalition = players, .players = players},
                             .kept = {.game = game, .from = from, .players = players},
                             .m = m};
    return compare(it, &what, error);
}

/* From each decision of the player on, on the path or not; `fact`: of those only that decide whether it becomes one. */
static prom_result note_decisions(ledger *it, prom_game_claim claim, prom_game_player player, unsigned fact,
                                  prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_game *game = it->solution->games[player == PROM_GAME_A];
    unsigned *sure = NULL;
    prom_arena_init(&scratch, SCRATCH_MAX);
    PROM_TRY_NEW(sure, &scratch, game->tree.node_count, error);
    prom_game_sure_facts(game, sure);
    for (uint32_t at = 0; at < game->tree.node_count; at++) {
        const prom_game_node *node = &game->tree.nodes[at];
        const bool decides = node->kind == PROM_GAME_DECISION && node->player == player;
        if (decides && (fact == 0 || prom_game_child_with(sure, node, fact) < node->child_count)) {
            PROM_TRY(note_group(it, claim, PROM_GAME_PLAYER(player), at, error));
        }
    }
    return prom_ok();
}

/* -- Stalling -- */

static game_mark_kind mark_undecided(const prom_game_outcome *outcome)
{
    if (outcome->deciders_a > 0) {
        return GAME_MARK_OUT;
    }
    return outcome->scheme == 5 || outcome->scheme == PROM_GAME_SCHEME_UNDECIDED ? GAME_MARK_MARKED : GAME_MARK_PLAIN;
}

/* As in stalling.c: against the best that the parties of the group get where its arbiters keep the rules, from each
 * delivery on. At other numbers than these another way may be the best there: these conditions are local. */
static prom_result note_stalling(ledger *it, size_t index, prom_error *error)
{
    const uint32_t b = prom_parameters_tolerated(&it->solution->question->P) + 1;
    const prom_game *game = it->solution->games[b];
    const prom_game_node *root = &game->tree.nodes[game->delivery];
    const unsigned players = prom_game_group_players(index, b);
    for (uint32_t i = 0; i < root->child_count; i++) {
        const uint32_t child = prom_game_receipted(game, root->first_child + i);
        const bool drawn = game->tree.nodes[child].kind == PROM_GAME_CHANCE;
        const uint32_t first = drawn ? game->tree.nodes[child].first_child : child;
        const uint32_t count = drawn ? game->tree.nodes[child].child_count : 1;
        if (i != root->honest && (players & PROM_GAME_PLAYER(PROM_GAME_W)) == 0) {
            continue;
        }
        for (uint32_t from = first; from < first + count; from++) {
            const comparison what = {.claim = PROM_CLAIM_STALLING,
                                     .ways = {.game = game,
                                              .from = from,
                                              .coalition = players,
                                              .players = players,
                                              .nameless = true,
                                              .mark = mark_undecided},
                                     .kept = {.game = game,
                                              .from = from,
                                              .coalition = prom_game_group_players(index, 0),
                                              .players = players,
                                              .nameless = true},
                                     .marked_only = true,
                                     .m = b};
            PROM_TRY(compare(it, &what, error));
        }
    }
    return prom_ok();
}

prom_result prom_game_conditions(prom_arena *arena, prom_game_condition *conditions, size_t room, size_t *count,
                                 const prom_game_solution *solution, prom_error *error)
{
    static const struct {
        prom_game_claim claim;
        prom_game_player player;
    } coming[] = {{PROM_CLAIM_WORKER_COMES, PROM_GAME_W},
                  {PROM_CLAIM_VERIFIER_COMES, PROM_GAME_V},
                  {PROM_CLAIM_CLIENT_COMES, PROM_GAME_C},
                  {PROM_CLAIM_ARBITER_COMES, PROM_GAME_A}};
    enum { C = PROM_GAME_PLAYER(PROM_GAME_C), W = PROM_GAME_PLAYER(PROM_GAME_W), V = PROM_GAME_PLAYER(PROM_GAME_V) };
    static const struct {
        prom_game_claim claim;
        unsigned players;
    } groups[] = {{PROM_CLAIM_WORKER_HONEST, W},     {PROM_CLAIM_VERIFIER_HONEST, V},
                  {PROM_CLAIM_CLIENT_HONEST, C},     {PROM_CLAIM_CLIENT_VERIFIER, C | V},
                  {PROM_CLAIM_CLIENT_WORKER, C | W}, {PROM_CLAIM_WORKER_VERIFIER, W | V}};
    ledger it = {.arena = arena, .solution = solution};
    *count = 0;
    if (solution->games[0] == NULL) {
        return prom_ok();
    }
    for (size_t i = 0; i < sizeof coming / sizeof *coming; i++) {
        PROM_TRY(note_coming(&it, coming[i].claim, coming[i].player, error));
    }
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        PROM_TRY(note_group(&it, groups[i].claim, groups[i].players, 0, error));
    }
    PROM_TRY(note_decisions(&it, PROM_CLAIM_ARBITER_HONEST, PROM_GAME_A, 0, error));
    for (size_t index = 1; index < PROM_GAME_GROUPS / 2; index++) {
        PROM_TRY(note_stalling(&it, index, error));
    }
    PROM_TRY(note_decisions(&it, PROM_CLAIM_APPEAL, PROM_GAME_W, PROM_GAME_APPEALED, error));
    for (size_t claim = 0; claim < PROM_CLAIMS; claim++) {
        for (size_t i = 0; i < it.count; i++) {
            if (it.items[i].claim == (prom_game_claim)claim) {
                if (*count < room) {
                    conditions[*count] = it.items[i];
                }
                ++*count;
            }
        }
    }
    return prom_ok();
}
