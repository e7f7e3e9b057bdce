/* The nodes that are shown, and what is done on the way from one to the next. */
#include <stdio.h>
#include <string.h>

#include "advice/actions.h"
#include "certificate/draw_parts.h"

enum { WORD_LETTERS = 28 }; /* of a line of what is done */

/* -- What stands on the way to a spot -- */

static const char *name_of(unsigned player)
{
    static const char *const names[PROM_GAME_PLAYERS] = {"client",       "worker",       "verifier",
                                                         "each arbiter", "each arbiter", "fund"};
    return names[player];
}

/* Appends a line, broken where it is too long. What has no room is left out. */
static void add_words(prom_picture_spot *spot, const char *words)
{
    while (*words != '\0' && spot->word_count < PICTURE_WORDS_MAX) {
        size_t length = strlen(words);
        if (length > WORD_LETTERS) {
            length = WORD_LETTERS;
            while (length > 1 && words[length] != ' ') {
                length--;
            }
        }
        (void)snprintf(spot->words[spot->word_count++], sizeof *spot->words, "%.*s", (int)length, words);
        words += length + (words[length] == ' ');
    }
}

/* Adds what leads from the node's parent to it; `by` is who has acted before, and is not named again. */
static void add_step(prom_picture_spot *spot, const prom_game *game, uint32_t at, unsigned by)
{
    const prom_game_node *node = &game->tree.nodes[at];
    const prom_game_node *parent = &game->tree.nodes[node->parent];
    const bool named = parent->kind == PROM_GAME_DECISION && parent->player != by;
    char words[160];
    if (parent->kind == PROM_GAME_CHANCE) {
        (void)snprintf(words, sizeof words, "%.3g %%: %s", 100 * node->chance, node->action);
    } else {
        (void)snprintf(words, sizeof words, "%s%s%s%s%s", named ? name_of(parent->player) : "", named ? " " : "",
                       node->action, node->object[0] == '\0' ? "" : " ", node->object);
    }
    add_words(spot, words);
}

/* What who decides at `from` gains by what leads to `at`, when all keep the rules from there on; of arbiters, each. */
static double gain_of(const prom_game *game, uint32_t from, uint32_t at)
{
    const prom_game_node *node = &game->tree.nodes[from];
    double then[PROM_GAME_PLAYERS_MAX];
    double instead[PROM_GAME_PLAYERS_MAX];
    if (node->kind != PROM_GAME_DECISION) {
        return 0;
    }
    prom_game_honest(&game->tree, at, then);
    prom_game_honest(&game->tree, from, instead);
    const double persons = node->player == PROM_GAME_A   ? game->m
                           : node->player == PROM_GAME_H ? (double)game->question->P.n - game->m
                                                         : 1;
    const double gain = (then[node->player] - instead[node->player]) / persons;
    return gain > PROM_GAME_TOLERANCE ? gain : 0;
}

/* The children of a node that are shown. */
typedef struct branches {
    uint32_t to[PICTURE_BRANCHES_MAX];
    size_t count;
} branches;

static void find_branches(const prom_game *game, const bool *shown, uint32_t at, branches *found)
{
    const prom_game_node *node = &game->tree.nodes[at];
    const uint32_t honest = node->first_child + (uint32_t)(node->kind == PROM_GAME_DECISION ? node->honest : 0);
    for (uint32_t i = 0; i <= node->child_count && node->child_count > 0; i++) {
        const uint32_t child = i == 0 ? honest : node->first_child + i - 1; /* the honest one first */
        if (shown[child] && (i == 0 || child != honest) && found->count < PICTURE_BRANCHES_MAX) {
            found->to[found->count++] = child;
        }
    }
}

/* Follows the only way that is shown from a node on. */
static uint32_t end_of_way(const prom_game *game, const bool *shown, uint32_t at)
{
    for (;;) {
        branches next = {.count = 0};
        find_branches(game, shown, at, &next);
        if (next.count != 1) {
            return at;
        }
        at = next.to[0];
    }
}

/* Whether somebody who has done one thing, or not, decides about the next at once, and has seen nothing new: then both
 * are one decision for a reader. */
static bool goes_on(const prom_game *game, const bool *shown, uint32_t from, uint32_t at)
{
    const prom_game_node *nodes = game->tree.nodes;
    const prom_game_node *next = &nodes[end_of_way(game, shown, at)];
    return nodes[from].kind == PROM_GAME_DECISION && next->kind == PROM_GAME_DECISION &&
           next->player == nodes[from].player && prom_action_is_move(&nodes[at]);
}

/* Puts the branches on top of others, the first on the very top. */
static void push(branches *open, const branches *more)
{
    for (size_t i = more->count; i-- > 0;) {
        if (open->count < PICTURE_BRANCHES_MAX) {
            open->to[open->count++] = more->to[i];
        }
    }
}

/* Finds what leads from a spot, through all that its player decides at once. */
static void find_ways(const prom_game *game, const bool *shown, uint32_t from, branches *found)
{
    branches open = {.count = 0};
    branches next = {.count = 0};
    find_branches(game, shown, from, &next);
    push(&open, &next);
    while (open.count > 0) {
        const uint32_t at = open.to[--open.count];
        if (goes_on(game, shown, from, at)) {
            next.count = 0;
            find_branches(game, shown, end_of_way(game, shown, at), &next);
            push(&open, &next);
        } else if (found->count < PICTURE_BRANCHES_MAX) {
            found->to[found->count++] = at;
        }
    }
}

/* Whether the rules lead from one node to another below it. */
static bool is_by_rules(const prom_game *game, uint32_t from, uint32_t at)
{
    const prom_game_node *nodes = game->tree.nodes;
    for (; at != from; at = nodes[at].parent) {
        if (!prom_action_is_by_rules(&game->tree, at)) {
            return false;
        }
    }
    return true;
}

/* Whether a step is left out of what is done: what somebody does not do, and what the rules have arbiters do, where it
 * is not what is chosen. */
static bool is_left_out(const prom_game *game, uint32_t step, bool chosen)
{
    const prom_game_node *node = &game->tree.nodes[step];
    const prom_game_node *parent = &game->tree.nodes[node->parent];
    const bool by_rules = prom_action_is_by_rules(&game->tree, step);
    return parent->kind == PROM_GAME_DECISION &&
           (prom_action_is_silence(&game->tree, step) ? chosen || by_rules
                                                      : !chosen && by_rules && parent->player == PROM_GAME_H);
}

/* Adds what is done from a spot's parent, at `from`, to it. Who does none of all that it could is silent. */
static void add_steps(prom_picture_spot *spot, const prom_game *game, uint32_t from)
{
    const prom_game_node *nodes = game->tree.nodes;
    uint32_t steps[UINT8_MAX];
    size_t count = 0;
    unsigned by = nodes[from].player;
    for (uint32_t at = spot->node; at != from && count < UINT8_MAX; at = nodes[at].parent) {
        steps[count++] = at;
    }
    size_t own = 0; /* that the spot's player decides at once */
    while (own < count && nodes[nodes[steps[count - 1 - own]].parent].player == by) {
        own++;
    }
    for (size_t i = count; i-- > 0;) {
        const bool chosen = count - i <= own;
        if (!is_left_out(game, steps[i], chosen)) {
            add_step(spot, game, steps[i], by);
            by = nodes[nodes[steps[i]].parent].kind == PROM_GAME_DECISION ? nodes[nodes[steps[i]].parent].player : by;
        }
        if (count - i == own && spot->word_count == 0) {
            if (own > 1) {
                add_words(spot, "stays silent");
            } else {
                add_step(spot, game, steps[i], by);
            }
        }
    }
}

/* A way that is not drawn yet: from a spot over a node. */
typedef struct way {
    size_t from;
    uint32_t over;
} way;

typedef struct ways {
    way open[PICTURE_SPOTS_MAX];
    size_t count;
} ways;

/* Opens the ways that lead from a spot, the first on top. */
static prom_result open_ways(ways *it, prom_game_picture *picture, const bool *shown, size_t from, prom_error *error)
{
    branches found = {.count = 0};
    find_ways(picture->game, shown, picture->spots[from].node, &found);
    picture->ending_count += found.count == 0;
    if (it->count + found.count > PICTURE_SPOTS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a picture has more than %d nodes", PICTURE_SPOTS_MAX);
    }
    for (size_t i = found.count; i-- > 0;) {
        it->open[it->count++] = (way){from, found.to[i]};
    }
    return prom_ok();
}

/* Adds the spot that a way leads to. */
static prom_result add_spot(prom_game_picture *picture, const bool *shown, const way *along, prom_error *error)
{
    const prom_game *game = picture->game;
    const prom_picture_spot *from = &picture->spots[along->from];
    const uint32_t end = end_of_way(game, shown, along->over);
    if (picture->count == PICTURE_SPOTS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a picture has more than %d nodes", PICTURE_SPOTS_MAX);
    }
    prom_picture_spot *spot = &picture->spots[picture->count++];
    *spot = (prom_picture_spot){.node = end,
                                .parent = along->from,
                                .gain = gain_of(game, from->node, along->over),
                                .column = from->column + 1,
                                .on_path = from->on_path && is_by_rules(game, from->node, end)};
    add_steps(spot, game, from->node);
    return prom_ok();
}

static bool is_above(const prom_game *game, uint32_t node, uint32_t ending)
{
    uint32_t at = ending;
    while (at > node) {
        at = game->tree.nodes[at].parent;
    }
    return at == node;
}

static void mark(prom_game_picture *picture, const prom_picture_marks *marks)
{
    for (size_t i = 0; i < picture->count; i++) {
        prom_picture_spot *spot = &picture->spots[i];
        spot->attacked = marks->attack != PROM_PICTURE_NO_ENDING && is_above(picture->game, spot->node, marks->attack);
        spot->played = marks->play != PROM_PICTURE_NO_ENDING && is_above(picture->game, spot->node, marks->play);
    }
}

prom_result prom_picture_spots(prom_game_picture *picture, const bool *shown, const prom_picture_marks *marks,
                               prom_error *error)
{
    picture->spots[picture->count++] =
        (prom_picture_spot){.node = end_of_way(picture->game, shown, 0), .on_path = true};
    ways it = {.count = 0};
    PROM_TRY(open_ways(&it, picture, shown, 0, error));
    while (it.count > 0) {
        const way next = it.open[--it.count];
        PROM_TRY(add_spot(picture, shown, &next, error));
        PROM_TRY(open_ways(&it, picture, shown, picture->count - 1, error));
    }
    mark(picture, marks);
    return prom_ok();
}
