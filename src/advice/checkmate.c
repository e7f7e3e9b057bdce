#include "advice/checkmate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "advice/words.h"

enum { NAME_TEXT = 96, PLAYED = PROM_GAME_F }; /* F only gets */

#define HALF_UP (0.5 + PROM_GAME_TOLERANCE) /* what is half a sat but for the last bits goes up, always */
#define SURE (1 - 1e-12)

/* What all steps share. */
struct copying {
    const prom_game *game;
    prom_checkmate *checkmate;
    const bool *kept;                 /* [node]: an ending can be reached from it without a chance */
    uint32_t *from;                   /* [new node]: the old one */
    prom_game_node *nodes;            /* new ones */
    double *values;                   /* [new ending][player] */
    uint8_t place[PROM_GAME_PLAYERS]; /* of old players among the new ones; PLAYED: none */
};

/* A chance that is none. Returns the node that it surely leads to; any other node, and another chance, stay. */
static uint32_t settled(const prom_game *game, uint32_t node)
{
    const prom_game_node *nodes = game->tree.nodes;
    while (nodes[node].kind == PROM_GAME_CHANCE) {
        uint32_t next = node;
        for (uint32_t i = 0; i < nodes[node].child_count; i++) {
            if (nodes[nodes[node].first_child + i].chance >= SURE) {
                next = nodes[node].first_child + i;
            }
        }
        if (next == node) {
            return node;
        }
        node = next;
    }
    return node;
}

static bool is_kept(const prom_game *game, const bool *kept, uint32_t node)
{
    const prom_game_node *at = &game->tree.nodes[node];
    bool some = at->kind == PROM_GAME_ENDING;
    for (uint32_t i = 0; at->kind == PROM_GAME_DECISION && i < at->child_count; i++) {
        some = some || kept[settled(game, at->first_child + i)];
    }
    return some;
}

static void note_omission(struct copying *copying, const prom_game_node *parent, uint32_t child)
{
    const prom_game_node *option = &copying->game->tree.nodes[child];
    prom_checkmate *checkmate = copying->checkmate;
    const prom_checkmate_omission omission = {prom_advice_player_letter((prom_game_player)parent->player),
                                              option->action, option->object, 1};
    for (size_t i = 0; i < checkmate->omission_count; i++) {
        prom_checkmate_omission *known = &checkmate->omissions[i];
        if (strcmp(known->player, omission.player) == 0 && strcmp(known->action, omission.action) == 0 &&
            strcmp(known->object, omission.object) == 0) {
            known->count++;
            return;
        }
    }
    if (checkmate->omission_count < PROM_CHECKMATE_OMISSIONS) {
        checkmate->omissions[checkmate->omission_count++] = omission;
    }
}

/* Lists who plays. A bloc plays when it has members. */
static void find_players(struct copying *copying)
{
    const prom_game *game = copying->game;
    prom_checkmate *checkmate = copying->checkmate;
    size_t count = 0;
    for (unsigned player = 0; player < PROM_GAME_PLAYERS; player++) {
        const bool absent = player == PROM_GAME_F || (player == PROM_GAME_A && game->m == 0) ||
                            (player == PROM_GAME_H && game->m == game->question->P.n);
        copying->place[player] = absent ? PLAYED : (uint8_t)count;
        if (!absent) {
            checkmate->players[count++] = prom_advice_player_letter((prom_game_player)player);
        }
    }
    checkmate->tree.player_count = count;
}

static void copy_ending(struct copying *copying, prom_game_node *to, uint32_t from)
{
    const prom_game_tree *old = &copying->game->tree;
    prom_game_tree *tree = &copying->checkmate->tree;
    const double *values = &old->values[old->nodes[from].ending * old->player_count];
    to->ending = (uint32_t)tree->ending_count++;
    for (unsigned player = 0; player < PROM_GAME_PLAYERS; player++) {
        if (copying->place[player] != PLAYED) {
            copying->values[to->ending * tree->player_count + copying->place[player]] = floor(values[player] + HALF_UP);
        }
    }
}

/* Appends the options of a decision that are kept. */
static void copy_options(struct copying *copying, uint32_t node, uint32_t from)
{
    const prom_game_node *old = &copying->game->tree.nodes[from];
    prom_game_tree *tree = &copying->checkmate->tree;
    prom_game_node *to = &copying->nodes[node];
    to->player = copying->place[old->player];
    to->information = node;
    to->first_child = (uint32_t)tree->node_count;
    to->child_count = 0;
    for (uint32_t i = 0; i < old->child_count; i++) {
        const uint32_t option = old->first_child + i;
        const uint32_t leads_to = settled(copying->game, option);
        if (!copying->kept[leads_to]) {
            note_omission(copying, old, option);
            continue;
        }
        if (i == old->honest) {
            to->honest = to->child_count;
        }
        to->child_count++;
        copying->from[tree->node_count] = leads_to;
        copying->nodes[tree->node_count++] = (prom_game_node){.parent = node,
                                                              .action = copying->game->tree.nodes[option].action,
                                                              .object = copying->game->tree.nodes[option].object};
    }
}

/* The rules must lead to an ending without a chance. */
static prom_result check_honest(const struct copying *copying, prom_error *error)
{
    const prom_game *game = copying->game;
    const prom_game_node *nodes = game->tree.nodes;
    uint32_t at = settled(game, 0);
    while (nodes[at].kind == PROM_GAME_DECISION) {
        at = settled(game, nodes[at].first_child + nodes[at].honest);
    }
    if (nodes[at].kind == PROM_GAME_CHANCE) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "CheckMate knows no chances, and here the rules themselves lead to one, '%s%s%s': set q to 0 "
                         "or 10000",
                         nodes[nodes[at].first_child].action, nodes[nodes[at].first_child].object[0] == '\0' ? "" : " ",
                         nodes[nodes[at].first_child].object);
    }
    return prom_ok();
}

prom_result prom_checkmate_make(prom_arena *arena, prom_checkmate *checkmate, const prom_game *game, prom_error *error)
{
    const prom_game_tree *old = &game->tree;
    bool *kept = NULL;
    struct copying copying = {.game = game, .checkmate = checkmate};
    *checkmate = (prom_checkmate){.omission_count = 0};
    PROM_TRY(check_honest(&copying, error));
    PROM_TRY_NEW(kept, arena, old->node_count, error);
    PROM_TRY_NEW(copying.from, arena, old->node_count, error);
    PROM_TRY_NEW(copying.nodes, arena, old->node_count, error);
    PROM_TRY_NEW(copying.values, arena, old->ending_count * PROM_GAME_PLAYERS, error);
    for (size_t node = old->node_count; node-- > 0;) { /* children stand behind their parents */
        kept[node] = is_kept(game, kept, (uint32_t)node);
    }
    copying.kept = kept;
    find_players(&copying);
    copying.from[0] = settled(game, 0);
    copying.nodes[0] = (prom_game_node){.action = "", .object = ""};
    checkmate->tree.node_count = 1;
    for (uint32_t node = 0; node < checkmate->tree.node_count; node++) { /* which grows meanwhile */
        copying.nodes[node].kind = old->nodes[copying.from[node]].kind;
        if (copying.nodes[node].kind == PROM_GAME_ENDING) {
            copy_ending(&copying, &copying.nodes[node], copying.from[node]);
        } else {
            copy_options(&copying, node, copying.from[node]);
        }
    }
    checkmate->tree.nodes = copying.nodes;
    checkmate->tree.values = copying.values;
    return prom_ok();
}

prom_result prom_checkmate_of(prom_checkmate *checkmate, prom_advice *advice, uint32_t arbiters, prom_error *error)
{
    const prom_parameters *P = &advice->question.P;
    prom_game *game = NULL;
    if (arbiters > P->n) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the contract has %u arbiters, and %u are to be in bloc A",
                         (unsigned)P->n, (unsigned)arbiters);
    }
    const uint32_t k = prom_parameters_quorum(P);
    if (k == 0 || k > P->n) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%u of %u arbiters decide: that makes no game", (unsigned)k,
                         (unsigned)P->n);
    }
    const uint32_t m = arbiters != 0 ? arbiters : P->n - k + 1;
    PROM_TRY(prom_game_build_whole(&advice->arena, &game, &advice->question, m, error));
    return prom_checkmate_make(&advice->arena, checkmate, game, error);
}

/* -- JSON -- */

/* "signs Tx4"; of options of one decision that are called alike the later ones are numbered. */
static const char *action_name(char text[NAME_TEXT], const prom_game_tree *tree, uint32_t node)
{
    const prom_game_node *it = &tree->nodes[node];
    unsigned number = 1;
    for (uint32_t other = tree->nodes[it->parent].first_child; other < node; other++) {
        number +=
            strcmp(tree->nodes[other].action, it->action) == 0 && strcmp(tree->nodes[other].object, it->object) == 0;
    }
    int length = snprintf(text, NAME_TEXT, "%s%s%s", it->action, it->object[0] == '\0' ? "" : " ", it->object);
    if (number > 1 && length < NAME_TEXT) {
        (void)snprintf(text + length, (size_t)(NAME_TEXT - length), " (%u)", number);
    }
    return text;
}

/* CheckMate reads numbers of JSON in 32 bits, and texts of any length. */
static json_t *utility_json(const prom_checkmate *checkmate, uint32_t ending)
{
    const prom_game_tree *tree = &checkmate->tree;
    json_t *list = json_array();
    for (size_t player = 0; player < tree->player_count; player++) {
        char sat[32];
        (void)snprintf(sat, sizeof sat, "%.0f", tree->values[ending * tree->player_count + player] + 0.0);
        (void)json_array_append_new(list, json_pack("{s:s, s:s}", "player", checkmate->players[player], "value", sat));
    }
    return json_pack("{s:o}", "utility", list);
}

/* The tree, from its last node to the root: each takes what was made of its children. */
static json_t *tree_json(const prom_checkmate *checkmate, json_t **made)
{
    const prom_game_tree *tree = &checkmate->tree;
    for (uint32_t node = (uint32_t)tree->node_count; node-- > 0;) {
        const prom_game_node *it = &tree->nodes[node];
        if (it->kind == PROM_GAME_ENDING) {
            made[node] = utility_json(checkmate, it->ending);
            continue;
        }
        json_t *children = json_array();
        for (uint32_t i = 0; i < it->child_count; i++) {
            char name[NAME_TEXT];
            const uint32_t child = it->first_child + i;
            (void)json_array_append_new(
                children, json_pack("{s:s, s:o}", "action", action_name(name, tree, child), "child", made[child]));
        }
        made[node] = json_pack("{s:s, s:o}", "player", checkmate->players[it->player], "children", children);
    }
    return made[0];
}

/* All names of actions, each once. */
static json_t *actions_json(const prom_game_tree *tree)
{
    json_auto_t *seen = json_object();
    json_t *list = json_array();
    for (uint32_t node = 1; node < tree->node_count; node++) {
        char name[NAME_TEXT];
        (void)action_name(name, tree, node);
        if (json_object_get(seen, name) == NULL) {
            (void)json_object_set_new(seen, name, json_true());
            (void)json_array_append_new(list, json_string(name));
        }
    }
    return list;
}

static json_t *honest_json(const prom_game_tree *tree)
{
    json_t *history = json_array();
    for (uint32_t at = 0; tree->nodes[at].kind == PROM_GAME_DECISION;) {
        char name[NAME_TEXT];
        at = tree->nodes[at].first_child + tree->nodes[at].honest;
        (void)json_array_append_new(history, json_string(action_name(name, tree, at)));
    }
    return json_pack("[o]", history);
}

prom_result prom_checkmate_json(json_t **answer, prom_arena *arena, const prom_checkmate *checkmate, prom_error *error)
{
    json_t **made = NULL;
    json_t *players = json_array();
    for (size_t i = 0; i < checkmate->tree.player_count; i++) {
        (void)json_array_append_new(players, json_string(checkmate->players[i]));
    }
    json_auto_t *whole = json_object();
    (void)json_object_set_new(whole, "players", players);
    PROM_TRY_NEW(made, arena, checkmate->tree.node_count, error);
    (void)json_object_set_new(whole, "actions", actions_json(&checkmate->tree));
    (void)json_object_set_new(whole, "infinitesimals", json_array());
    (void)json_object_set_new(whole, "constants", json_pack("[s]", "sat")); /* it refuses a game that has none */
    (void)json_object_set_new(whole, "initial_constraints", json_pack("[s]", "sat = 1"));
    (void)json_object_set_new(whole, "property_constraints",
                              json_pack("{s:[], s:[], s:[], s:[]}", "weak_immunity", "weaker_immunity",
                                        "collusion_resilience", "practicality"));
    (void)json_object_set_new(whole, "honest_histories", honest_json(&checkmate->tree));
    (void)json_object_set_new(whole, "tree", tree_json(checkmate, made));
    *answer = json_incref(whole);
    return prom_ok();
}
