/* All that a group can get, as forms. */
#ifndef GAME_STRATEGIES_H
#define GAME_STRATEGIES_H

#include "prometheus/game/settlement.h"

/* What a way to play gives: what may be expected of it, and its likeliest ending, a node. */
typedef struct game_prospect {
    prom_game_form form;
    uint32_t ending;
    double chance; /* of that ending */
    bool marked;   /* an ending of the marked kind may come of it */
} game_prospect;

typedef struct game_prospects {
    game_prospect *items;
    size_t count;
} game_prospects;

/* What to make of an ending. */
typedef enum game_mark_kind { GAME_MARK_PLAIN, GAME_MARK_MARKED, GAME_MARK_OUT } game_mark_kind;

/* Which ways to play are asked for. */
typedef struct game_strategies {
    const prom_game *game;
    uint32_t from;                                            /* node */
    unsigned coalition;                                       /* who chooses */
    unsigned players;                                         /* whose utilities are summed */
    game_mark_kind (*mark)(const prom_game_outcome *outcome); /* NULL: all are plain. What may come to an ending that
                                                                 is out is not listed */
    bool nameless;                                            /* names that are lost do not count: see stalling.c */
} game_strategies;

/* Lists what may come of all ways to play, but for those that are no better than another of the same kind whatever the
 * symbols are: all at least 0, and in the order in which a P has them. */
PROM_MUST_USE prom_result prom_game_list_prospects(prom_arena *arena, game_prospects *prospects,
                                                   const game_strategies *strategies, prom_error *error);

/* Returns whether `a` is at least `b` whatever the symbols are, as far as it is seen without much ado: c is share_w +
 * share_v, and a smaller symbol may be outweighed by a larger one. */
bool prom_game_form_covers(const prom_game_form *a, const prom_game_form *b);
/* Subtracts `b` from `a`. */
void prom_game_form_subtract(prom_game_form *a, const prom_game_form *b);

#endif
