/* A game in extensive form, whatever it is about: decisions, chances and endings, and what each player gets at each
 * ending. Which of the actions the rules of the protocol prescribe is part of the tree: "honest" is who takes it.
 *
 * Nodes stand behind their parent, and the children of a node one behind another, so that a loop from the last node to
 * the first goes from the endings to the root. */
#ifndef PROMETHEUS_EQUILIBRIUM_TREE_H
#define PROMETHEUS_EQUILIBRIUM_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"

PROM_DECLARATIONS_BEGIN

#define PROM_GAME_PLAYERS_MAX 8

typedef enum prom_game_kind {
    PROM_GAME_ENDING,
    PROM_GAME_DECISION,
    PROM_GAME_CHANCE,
} prom_game_kind;

typedef struct prom_game_node {
    prom_game_kind kind;
    uint8_t player;       /* who decides */
    uint8_t honest;       /* which child the rules take, from 0 */
    uint8_t child_count;  /* at least 1, but for an ending */
    uint32_t first_child; /* index of the first */
    uint32_t parent;      /* index; the root's is 0 */
    uint32_t information; /* of a decision: its player cannot tell nodes with the same number apart */
    uint32_t ending;      /* index of an ending's values */
    double chance;        /* with which a chance that is the parent leads here */
    const char *action;   /* of the parent's player that leads here: "signs"; of a chance: what happened */
    const char *object;   /* of the action: "Tx4"; "" where there is none */
} prom_game_node;

typedef struct prom_game_tree {
    size_t player_count; /* at most PROM_GAME_PLAYERS_MAX */
    const prom_game_node *nodes;
    size_t node_count;
    const double *values; /* [ending][player]: what each gets, in sat; whole numbers, unless costs are not */
    size_t ending_count;
} prom_game_tree;

/* Succeeds when the tree is one, as described above, with finite values, chances that add up to 1 (within 1e-9) and the
 * same player, number of actions and honest action at all nodes of an information set. PROM_CATEGORY_MISUSE names the
 * node. Every pair of decisions is compared: some milliseconds for thousands of them. */
PROM_MUST_USE prom_result prom_game_tree_check(const prom_game_tree *tree, prom_error *error);

/* Players as bits. */
#define PROM_GAME_PLAYER(player) (1U << (player))

/* A way to play: of each node the child that is taken, from 0; of chances and endings 0. */
typedef uint8_t prom_game_choice;

/* Computes what each player may expect, [player_count], when all keep the rules from node `from` on. */
void prom_game_honest(const prom_game_tree *tree, uint32_t from, double expected[PROM_GAME_PLAYERS_MAX]);

/* Returns the most, or with `least` the least, that `weights` [ending] may be expected to be when the players of
 * `coalition` choose for it, seeing everything, and all others keep the rules. `weights` NULL: the coalition's own
 * values together. `choices` [node_count], which may be NULL, gets what the coalition does; of several actions that are
 * as good, within PROM_GAME_TOLERANCE, the honest one, else the first; for others, and where the coalition cannot come,
 * what the rules say. `scratch` has room for node_count numbers, and gets what the same is from each node on that the
 * coalition can reach. Takes time that grows with what that is. */
double prom_game_optimum(const prom_game_tree *tree, unsigned coalition, const double *weights, bool least,
                         prom_game_choice *choices, double *scratch);

/* Values that differ by no more, in sat, are taken for equal. */
#define PROM_GAME_TOLERANCE 1e-6

/* Returns the ending that is reached from node `from` by the choices, where others keep the rules: `coalition` takes
 * `choices`, at chances the likelier child is followed. Its index is a node's. */
uint32_t prom_game_follow(const prom_game_tree *tree, uint32_t from, unsigned coalition,
                          const prom_game_choice *choices);

/* Solves a game from the endings to the root, each of `players` (bits) for itself, by the honest one of actions that
 * are as good for it, within PROM_GAME_TOLERANCE, else by the first; all others take `choices` [node_count], which gets
 * what is chosen. With all players, in a game that is seen by all, that is a subgame-perfect equilibrium. Information
 * sets are not looked at: see mixed.h for those. `expected` gets what each player may expect. `scratch` has room for
 * node_count x player_count numbers, and gets the same from each node on. */
void prom_game_backward(const prom_game_tree *tree, unsigned players, prom_game_choice *choices,
                        double expected[PROM_GAME_PLAYERS_MAX], double *scratch);

/* What cannot be told apart, where subgames begin, and who has broken the rules by then. A proper subgame is all that
 * can follow from a node, and cuts no information set: who decides in it knows that it is in it. */
typedef struct prom_game_sets {
    const uint32_t *next;    /* [node]: the next of its information set, in a ring; itself where it stands alone */
    const uint32_t *subgame; /* [node]: where the smallest proper subgame that it is in begins */
    const uint8_t *broken;   /* [node]: players as bits who broke the rules on the way */
} prom_game_sets;

/* Finds the information sets and subgames of a tree. */
PROM_MUST_USE prom_result prom_game_find_sets(prom_arena *arena, prom_game_sets *sets, const prom_game_tree *tree,
                                              prom_error *error);

/* A decision at which the rules are not the best for who decides, if all others keep them, and it does itself later on
 * (the one-shot deviation principle).
 *
 * Rules tell nothing to who has broken them itself: they are a plan of action (Rubinstein 1991). Where such a player
 * knows at which node it is, it does what is best for it, and is not asked. Who has kept the rules, and knows at which
 * node it is, is asked there, reached or not; where no subgame begins that is more than subgame perfection asks. At an
 * information set of several nodes a player is asked once, and only where it can come to one of them while all others
 * keep the rules from the beginning of the smallest proper subgame on: then chance alone says how likely each of them
 * is. Elsewhere anything may be believed, and nothing is asked. */
typedef struct prom_game_lapse {
    uint32_t node; /* of an information set the likeliest, of several the first */
    prom_game_choice better;
    double gain; /* in sat, above PROM_GAME_TOLERANCE; at an information set what may be expected of it there */
} prom_game_lapse;

/* Lists the lapses, those that gain most first, up to `room`; `better` is the action that gains most, the first of
 * several as good. Returns how many there are, listed or not. None: there is a subgame-perfect equilibrium (Selten
 * 1975), if nobody forgets what it knew or did, in which everybody keeps the rules who has kept them so far. `sets`
 * NULL: as if everybody knew at which node it is, and kept the rules from there on, whatever it did before. `scratch`
 * has room for node_count x player_count numbers. */
size_t prom_game_lapses(const prom_game_tree *tree, const prom_game_sets *sets, prom_game_lapse *lapses, size_t room,
                        double *scratch);

/* The three properties by which CheckMate (github.com/apre-group/checkmate; Brugger et al., CCS 2023) calls a history
 * secure; here the one that the rules prescribe. Each asks for one strategy for all players together that takes the
 * history and is free elsewhere: each property for its own. All players count, also those who never decide. */
typedef struct prom_game_properties {
    bool weak_immunity;        /* no player, whatever the others do, gets less than 0 by its part of the strategy */
    bool collusion_resilience; /* no group, but for all together, gets more than by the history, whatever it does, if
                                  the others keep to the strategy */
    bool practicality;         /* the strategy is a subgame-perfect equilibrium, in which nobody mixes */
} prom_game_properties;

/* Computes the properties. Exact, in memory of 2^player_count bytes for each node, for trees without chances, in
 * which everybody sees everything (each decision has an information set of its own) and all values are whole numbers of
 * at most 2^50: PROM_CATEGORY_MISUSE for others names the node. */
PROM_MUST_USE prom_result prom_game_check_properties(prom_arena *arena, prom_game_properties *properties,
                                                     const prom_game_tree *tree, prom_error *error);

PROM_DECLARATIONS_END

#endif
