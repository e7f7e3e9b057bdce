/* What of a game is shown. Its tree has hundreds of endings, and most of them differ in nothing that a reader sees, or
 * need several players who each do what helps nobody. */
#include <math.h>

#include "advice/actions.h"
#include "certificate/draw_parts.h"

#define OPEN_MAX 64      /* chances on one way, and what they lead to: there are three at most */
#define HUGE_WEIGHT 4e15 /* above all amounts */
#define CHOICES_MAX 3    /* of one path, against the rules */
#define SAME_PART 2e-3   /* of the worker's stake: what differs by less, a delay's interest, looks the same */

typedef struct choosing {
    const prom_game *game;
    bool *shown;
    double *expected; /* [node][player]: when all keep the rules from there on */
    uint8_t *lapses;  /* [node]: choices against the rules on the way there */
    size_t endings;   /* that are shown */
    double same;      /* sat */
} choosing;

static const prom_game_node *node_at(const choosing *it, uint32_t node)
{
    return &it->game->tree.nodes[node];
}

static const double *expected_at(const choosing *it, uint32_t node)
{
    return &it->expected[(size_t)node * PROM_GAME_PLAYERS];
}

/* From the endings to the root. */
static void expect(choosing *it)
{
    for (size_t at = it->game->tree.node_count; at-- > 0;) {
        const prom_game_node *node = node_at(it, (uint32_t)at);
        double *of = &it->expected[at * PROM_GAME_PLAYERS];
        for (size_t player = 0; player < PROM_GAME_PLAYERS; player++) {
            of[player] = node->kind == PROM_GAME_ENDING
                             ? it->game->tree.values[(size_t)node->ending * PROM_GAME_PLAYERS + player]
                             : 0;
            for (uint32_t child = node->first_child; child < node->first_child + node->child_count; child++) {
                const double part = node->kind == PROM_GAME_CHANCE                        ? node_at(it, child)->chance
                                    : child == node->first_child + (uint32_t)node->honest ? 1
                                                                                          : 0;
                of[player] += part * expected_at(it, child)[player];
            }
        }
    }
}

static void count_lapses(choosing *it)
{
    for (uint32_t at = 0; at < it->game->tree.node_count; at++) {
        const prom_game_node *node = node_at(it, at);
        for (uint32_t child = node->first_child; child < node->first_child + node->child_count; child++) {
            const bool lapse = node->kind == PROM_GAME_DECISION && child != node->first_child + (uint32_t)node->honest;
            const uint8_t so_far = it->lapses[at];
            it->lapses[child] = lapse && so_far < UINT8_MAX ? (uint8_t)(so_far + 1) : so_far;
        }
    }
}

/* Shows what honest players do from here on, and returns the number of endings. Only chances part their ways. */
static size_t show_honest(choosing *it, uint32_t from)
{
    uint32_t open[OPEN_MAX] = {from};
    size_t count = 1;
    size_t endings = 0;
    while (count > 0) {
        const uint32_t at = open[--count];
        const prom_game_node *node = node_at(it, at);
        it->shown[at] = true;
        endings += node->kind == PROM_GAME_ENDING;
        for (uint32_t child = node->first_child; child < node->first_child + node->child_count; child++) {
            const bool next = node->kind == PROM_GAME_CHANCE || child == node->first_child + (uint32_t)node->honest;
            if (next && count < OPEN_MAX) {
                open[count++] = child;
            }
        }
    }
    return endings;
}

static const prom_game_outcome *outcome_from(const choosing *it, uint32_t at)
{
    return &it->game->outcomes[node_at(it, prom_game_follow(&it->game->tree, at, 0, NULL))->ending];
}

/* Whether nothing is seen of a choice beside another of the same decision: it leads to one ending, is worth the same to
 * all others, and not more to who decides; with as much work done, unless it is worth less. */
static bool adds_nothing_to(const choosing *it, uint32_t child, uint32_t other)
{
    enum { SEEN = PROM_GAME_COMPUTED | PROM_GAME_SKIPPED | PROM_GAME_VERIFIED | PROM_GAME_CHECKED | PROM_GAME_RESULT };
    const unsigned own = node_at(it, node_at(it, child)->parent)->player;
    const prom_game_outcome *outcome = outcome_from(it, child);
    const prom_game_outcome *beside = outcome_from(it, other);
    const double more = expected_at(it, child)[own] - expected_at(it, other)[own];
    bool same = outcome->scheme == beside->scheme && more <= it->same &&
                (more < -it->same || ((outcome->facts ^ beside->facts) & SEEN) == 0);
    for (size_t player = 0; player < PROM_GAME_PLAYERS; player++) {
        same = same &&
               (player == own || fabs(expected_at(it, child)[player] - expected_at(it, other)[player]) <= it->same);
    }
    return same;
}

/* Whether that is so beside one that is shown, or that is better. */
static bool adds_nothing(const choosing *it, uint32_t child)
{
    const prom_game_node *parent = node_at(it, node_at(it, child)->parent);
    for (uint32_t other = parent->first_child; other < parent->first_child + parent->child_count; other++) {
        if (other != child && adds_nothing_to(it, child, other) &&
            (it->shown[other] || !adds_nothing_to(it, other, child))) {
            return true;
        }
    }
    return false;
}

/* How much a choice against the rules matters: what its player gains, or another loses, against what the rules would
 * have led to there; less with every other choice against the rules that it takes to come there. */
static double weight_of(const choosing *it, uint32_t child)
{
    const prom_game_node *parent = node_at(it, node_at(it, child)->parent);
    const double *instead = expected_at(it, parent->first_child + parent->honest);
    const double *then = expected_at(it, child);
    double weight = 0;
    for (size_t player = 0; player < PROM_GAME_F; player++) {
        const double change = then[player] - instead[player];
        weight = fmax(weight, player == parent->player ? change : -change);
    }
    return ldexp(weight, -3 * it->lapses[child]);
}

/* The scheme, and what the client has in the end: of each such pair one ending at least is shown. */
static size_t sort_of(const prom_game_outcome *outcome)
{
    return (size_t)outcome->scheme * 3 + prom_client_result_of(outcome->facts);
}

enum { SORTS = 3 * (PROM_GAME_SCHEMES + 1) };

static void find_sorts(const choosing *it, bool seen[SORTS])
{
    for (uint32_t at = 0; at < it->game->tree.node_count; at++) {
        if (it->shown[at] && node_at(it, at)->kind == PROM_GAME_ENDING) {
            seen[sort_of(outcome_from(it, at))] = true;
        }
    }
}

/* Honest arbiters do what the rules say; what else they could do is shown where it leads to an ending of another sort.
 */
static bool is_candidate(const choosing *it, uint32_t at, bool new)
{
    const prom_game_node *parent = node_at(it, node_at(it, at)->parent);
    return !it->shown[at] && it->shown[node_at(it, at)->parent] && parent->kind == PROM_GAME_DECISION &&
           it->lapses[at] <= CHOICES_MAX && (new || (parent->player != PROM_GAME_H && !adds_nothing(it, at)));
}

/* Finds the choice to show next: one that leads to an ending of a new sort, by the fewest choices against the rules;
 * then one that is the only such choice on its path; then the one that matters most. */
static bool find_next(const choosing *it, uint32_t *next)
{
    bool seen[SORTS] = {false};
    double best = -1;
    find_sorts(it, seen);
    for (uint32_t at = 1; at < it->game->tree.node_count; at++) {
        const bool new = !seen[sort_of(outcome_from(it, at))];
        const double weight = new                  ? HUGE_WEIGHT - it->lapses[at]
                              : it->lapses[at] < 2 ? HUGE_WEIGHT / 2
                                                   : weight_of(it, at);
        if (weight > best && is_candidate(it, at, new)) {
            best = weight;
            *next = at;
        }
    }
    return best > it->same / 8;
}

static void show_path_to(choosing *it, uint32_t node)
{
    if (node == PROM_PICTURE_NO_ENDING) {
        return;
    }
    it->endings += it->shown[node] ? 0 : 1;
    for (uint32_t at = node; !it->shown[at]; at = node_at(it, at)->parent) {
        it->shown[at] = true;
    }
}

prom_result prom_picture_choose(prom_arena *arena, bool *shown, const prom_game *game, const prom_picture_marks *marks,
                                prom_error *error)
{
    const size_t nodes = game->tree.node_count;
    choosing it = {.game = game, .shown = shown, .same = SAME_PART * game->symbols[PROM_QUANTITY_W]};
    PROM_TRY_NEW(it.expected, arena, nodes * PROM_GAME_PLAYERS, error);
    PROM_TRY_NEW(it.lapses, arena, nodes, error);
    expect(&it);
    count_lapses(&it);
    it.endings = show_honest(&it, 0);
    show_path_to(&it, marks->attack);
    show_path_to(&it, marks->play);
    uint32_t next = 0;
    while (it.endings < PICTURE_ENDINGS_MAX && find_next(&it, &next)) {
        it.endings += show_honest(&it, next);
    }
    return prom_ok();
}
