/* What the files that build the settlement game share. */
#ifndef GAME_WALK_H
#define GAME_WALK_H

#include "game/rules.h"

/* What the verifier takes the package for. */
typedef enum game_view {
    GAME_VIEW_NOTHING, /* nothing came */
    GAME_VIEW_UNSEEN,  /* something did, and it has not looked */
    GAME_VIEW_GOOD,
    GAME_VIEW_BAD,
} game_view;

/* Where a play stands. */
typedef struct game_position {
    prom_game_outcome so_far;
    bool passes;  /* the package passes the check */
    bool right;   /* the result is right */
    bool present; /* the verifier has the package */
    bool receipted;
    bool told;     /* the client has h_p from the verifier */
    bool shown;    /* the arbiters have h_p */
    bool signed_1; /* the verifier has signed r = 1 */
    bool noticed;  /* the client has seen that the result is wrong */
    game_view view;
    uint32_t ready; /* block before which nobody settles by what needs a verdict */
} game_position;

/* Nodes and endings as they are made: first they are counted only, then written. */
typedef struct game_walk {
    const prom_game_question *question;
    const game_rules *rules;
    uint32_t m;
    uint32_t quorum;
    bool whole;                  /* H may choose */
    prom_game_node *nodes;       /* NULL: count */
    prom_game_outcome *outcomes; /* likewise */
    uint32_t node_count;
    uint32_t ending_count;
    uint32_t delivery;
    uint32_t verification;
} game_walk;

/* What leads to a child. */
typedef struct game_action {
    const char *action;
    const char *object;
} game_action;

/* Nodes whose player knows where it is have numbers of their own from here on. */
enum { GAME_INFORMATION_OWN = 1 << 16 };

/* Makes `node` a decision with these children, which follow in the order of `actions`. Returns the first child. */
uint32_t prom_game_decide(game_walk *walk, uint32_t node, prom_game_player player, unsigned honest,
                          const game_action *actions, unsigned count);
/* Makes `node` a chance between two: the first with `chance`. Returns the first child. */
uint32_t prom_game_draw(game_walk *walk, uint32_t node, double chance, const char *first, const char *second);
/* Gives the nodes of a player who does not look the same number. */
void prom_game_blind(game_walk *walk, uint32_t node, uint32_t information);
/* Makes `node` an ending. */
void prom_game_end(game_walk *walk, uint32_t node, const game_position *at, unsigned scheme);

/* Goes on from where `branch` is in a block: with what it makes, or to the end. */
void prom_game_happens(game_walk *walk, uint32_t node, game_position at, const game_branch *branch);
/* Goes on with what can spend `output`, from the rules' row `index` on. */
void prom_game_walk_output(game_walk *walk, uint32_t node, const game_position *at, unsigned output, size_t index);
/* Goes on where the verifier has accused. */
void prom_game_walk_accused(game_walk *walk, uint32_t node, const game_position *at, unsigned output);
/* Goes on where arbiters decide by which branch an output is spent, that of the rules' row `first` or one behind it. */
void prom_game_walk_decision(game_walk *walk, uint32_t node, const game_position *at, size_t first);

/* Computes symbols, money and utilities of a game whose tree stands, and the sizes of the transactions that settle. */
PROM_MUST_USE prom_result prom_game_evaluate(prom_arena *arena, prom_game *game, prom_game_outcome *outcomes,
                                             const game_rules *rules, prom_error *error);

#endif
