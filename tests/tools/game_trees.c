/* What src/equilibrium says of games, for tests/functional/game_trees.py. Reads games from standard input, and
 * prints for each a line of JSON; fails, with a sentence on standard error, at what it cannot read.
 *
 *   tree PLAYERS NODES ENDINGS, for each node KIND PLAYER HONEST CHILDREN FIRST PARENT INFORMATION ENDING and its
 * chance as NUMERATOR DENOMINATOR, where KIND is 0 for an ending, 1 for a decision, 2 for a chance; then for each
 * ending a value for each player, and a weight mixed ACTIONS ACTIONS ACTIONS, for each profile of actions, the last
 * player's first, three payoffs */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prometheus/equilibrium/mixed.h"
#include "prometheus/equilibrium/tree.h"

enum { LAPSES = 3, EQUILIBRIA = 128 };

/* A game that is read, and memory for what is said of it. */
typedef struct reader {
    prom_arena arena;
    prom_game_tree tree;
    double *weights;
    double *scratch;
    prom_game_choice *choices;
} reader;

static _Noreturn void stop(const char *sentence)
{
    (void)fprintf(stderr, "game: %s\n", sentence);
    exit(1);
}

static void *new_array(prom_arena *arena, size_t count, size_t size)
{
    void *memory = NULL;
    if (!prom_is_ok(prom_arena_alloc(arena, &memory, count, size, NULL))) {
        stop("no memory");
    }
    return memory;
}

static double read_number(void)
{
    double number = 0;
    if (scanf("%lf", &number) != 1) {
        stop("a number is missing");
    }
    return number;
}

static uint32_t read_index(void)
{
    uint32_t index = 0;
    if (scanf("%" SCNu32, &index) != 1) {
        stop("an index is missing");
    }
    return index;
}

static void read_node(prom_game_node *node)
{
    node->kind = (prom_game_kind)read_index();
    node->player = (uint8_t)read_index();
    node->honest = (uint8_t)read_index();
    node->child_count = (uint8_t)read_index();
    node->first_child = read_index();
    node->parent = read_index();
    node->information = read_index();
    node->ending = read_index();
    node->chance = read_number();
    node->chance /= read_number();
    node->action = "acts";
    node->object = "";
}

static void read_tree(reader *at)
{
    prom_error error = {{0}};
    const size_t players = read_index();
    const size_t nodes = read_index();
    const size_t endings = read_index();
    prom_game_node *list = new_array(&at->arena, nodes, sizeof *list);
    double *values = new_array(&at->arena, endings * players, sizeof *values);
    at->weights = new_array(&at->arena, endings, sizeof *at->weights);
    at->scratch = new_array(&at->arena, nodes * players, sizeof *at->scratch);
    at->choices = new_array(&at->arena, nodes, sizeof *at->choices);
    for (size_t i = 0; i < nodes; i++) {
        read_node(&list[i]);
    }
    for (size_t ending = 0; ending < endings; ending++) {
        for (size_t player = 0; player < players; player++) {
            values[ending * players + player] = read_number();
        }
        at->weights[ending] = read_number();
    }
    at->tree = (prom_game_tree){players, list, nodes, values, endings};
    if (!prom_is_ok(prom_game_tree_check(&at->tree, &error))) {
        stop(error.sentence);
    }
}

static void print_numbers(const double *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)printf("%s%.17g", i == 0 ? "[" : ", ", numbers[i]);
    }
    (void)printf("]");
}

static void print_choices(const reader *at)
{
    for (size_t i = 0; i < at->tree.node_count; i++) {
        (void)printf("%s%u", i == 0 ? "[" : ", ", at->choices[i]);
    }
    (void)printf("]");
}

static void print_honest(reader *at)
{
    for (uint32_t from = 0; from < at->tree.node_count; from++) {
        double expected[PROM_GAME_PLAYERS_MAX];
        prom_game_honest(&at->tree, from, expected);
        (void)printf("%s", from == 0 ? "{\"honest\": [" : ", ");
        print_numbers(expected, at->tree.player_count);
    }
    (void)printf("]");
}

/* Of every coalition, four times: its own values and the weights, the most and the least. */
static void print_optima(reader *at)
{
    for (unsigned coalition = 0; coalition < PROM_GAME_PLAYER(at->tree.player_count); coalition++) {
        (void)printf("%s[", coalition == 0 ? ", \"optimum\": [" : ", ");
        for (unsigned aim = 0; aim < 4; aim++) {
            const double *weights = aim < 2 ? NULL : at->weights;
            const bool least = aim % 2 != 0;
            const double alone = prom_game_optimum(&at->tree, coalition, weights, least, NULL, at->scratch);
            const double value = prom_game_optimum(&at->tree, coalition, weights, least, at->choices, at->scratch);
            if (alone != value) {
                stop("an optimum hangs on whether choices are wanted");
            }
            (void)printf("%s{\"value\": %.17g, \"choices\": ", aim == 0 ? "" : ", ", value);
            print_choices(at);
            (void)printf(", \"ending\": %" PRIu32 "}", prom_game_follow(&at->tree, 0, coalition, at->choices));
        }
        (void)printf("]");
    }
    (void)printf("]");
}

static void print_backward(reader *at)
{
    double expected[PROM_GAME_PLAYERS_MAX];
    prom_game_backward(&at->tree, ~0U, at->choices, expected, at->scratch);
    (void)printf(", \"backward\": {\"choices\": ");
    print_choices(at);
    (void)printf(", \"expected\": ");
    print_numbers(expected, at->tree.player_count);
    (void)printf("}");
}

static void print_lapses(reader *at)
{
    prom_game_lapse lapses[LAPSES];
    const size_t count = prom_game_lapses(&at->tree, NULL, lapses, LAPSES, at->scratch);
    (void)printf(", \"lapses\": {\"count\": %zu, \"listed\": [", count);
    for (size_t i = 0; i < count && i < LAPSES; i++) {
        (void)printf("%s[%" PRIu32 ", %u, %.17g]", i == 0 ? "" : ", ", lapses[i].node, lapses[i].better,
                     lapses[i].gain);
    }
    (void)printf("]}");
}

static void print_properties(reader *at)
{
    prom_error error;
    prom_game_properties found;
    const prom_result result = prom_game_check_properties(&at->arena, &found, &at->tree, &error);
    if (prom_is_ok(result)) {
        (void)printf(", \"properties\": [%d, %d, %d]}\n", found.weak_immunity, found.collusion_resilience,
                     found.practicality);
    } else {
        (void)printf(", \"properties\": \"%s: %s\"}\n", prom_category_name(result.category), error.sentence);
    }
}

static void print_mixed(void)
{
    static prom_mixed_game game;
    static prom_mixed_equilibrium found[EQUILIBRIA];
    for (size_t player = 0; player < PROM_MIXED_PLAYERS; player++) {
        game.actions[player] = read_index();
        if (game.actions[player] < 1 || game.actions[player] > PROM_MIXED_ACTIONS) {
            stop("too many actions");
        }
    }
    for (size_t i = 0; i < game.actions[0] * game.actions[1] * game.actions[2]; i++) {
        double *payoff = game.payoff[i / game.actions[2] / game.actions[1]][i / game.actions[2] % game.actions[1]]
                                    [i % game.actions[2]];
        for (size_t player = 0; player < PROM_MIXED_PLAYERS; player++) {
            payoff[player] = read_number();
        }
    }
    const size_t count = prom_mixed_solve(&game, found, EQUILIBRIA);
    (void)printf("{\"equilibria\": [");
    for (size_t i = 0; i < count; i++) {
        (void)printf("%s{\"pure\": %s, \"regret\": %.17g, \"chance\": [", i == 0 ? "" : ", ",
                     found[i].pure ? "true" : "false", prom_mixed_regret(&game, &found[i]));
        for (size_t player = 0; player < PROM_MIXED_PLAYERS; player++) {
            (void)printf("%s", player == 0 ? "" : ", ");
            print_numbers(found[i].chance[player], game.actions[player]);
        }
        (void)printf("], \"expected\": ");
        print_numbers(found[i].expected, PROM_MIXED_PLAYERS);
        (void)printf("}");
    }
    (void)printf("]}\n");
}

int main(void)
{
    char what[8];
    while (scanf("%7s", what) == 1) {
        reader at = {.tree = {0}};
        prom_arena_init(&at.arena, (size_t)1 << 26);
        if (strcmp(what, "tree") == 0) {
            read_tree(&at);
            print_honest(&at);
            print_optima(&at);
            print_backward(&at);
            print_lapses(&at);
            print_properties(&at);
        } else if (strcmp(what, "mixed") == 0) {
            print_mixed();
        } else {
            stop("a game is 'tree' or 'mixed'");
        }
        prom_arena_free(&at.arena);
    }
    return 0;
}
