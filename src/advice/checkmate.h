/* The game as other solvers take it: CheckMate (github.com/apre-group/checkmate), by its JSON. */
#ifndef ADVICE_CHECKMATE_H
#define ADVICE_CHECKMATE_H

#include <jansson.h>

#include "advice/advice.h"

/* An option that is not in the tree because a chance follows it. */
typedef struct prom_checkmate_omission {
    const char *player; /* its letter */
    const char *action;
    const char *object;
    size_t count; /* how often */
} prom_checkmate_omission;

#define PROM_CHECKMATE_OMISSIONS 32

/* A game without chances that everybody sees, in whole sat. */
typedef struct prom_checkmate {
    prom_game_tree tree;
    const char *players[PROM_GAME_PLAYERS]; /* letters; of those who get something or decide something */
    prom_checkmate_omission omissions[PROM_CHECKMATE_OMISSIONS];
    size_t omission_count;
} prom_checkmate;

/* Makes it of a settlement game: sets of nodes that a player cannot tell apart are told apart; an option is left out
 * where a chance follows, or where nothing but such options do; each utility is rounded to whole sat. F, which only
 * gets, and a bloc of no arbiters are no players. PROM_CATEGORY_BAD_INPUT when the rules themselves lead to a chance.
 */
PROM_MUST_USE prom_result prom_checkmate_make(prom_arena *arena, prom_checkmate *checkmate, const prom_game *game,
                                              prom_error *error);

/* Makes it of the contract's game with `arbiters` in bloc A; 0: n - k + 1, who can keep a decision from being made.
 * PROM_CATEGORY_BAD_INPUT also when the contract has fewer. */
PROM_MUST_USE prom_result prom_checkmate_of(prom_checkmate *checkmate, prom_advice *advice, uint32_t arbiters,
                                            prom_error *error);

/* Writes the input of CheckMate, which the caller owns, to `answer`. The arena is for scratch. */
PROM_MUST_USE prom_result prom_checkmate_json(json_t **answer, prom_arena *arena, const prom_checkmate *checkmate,
                                              prom_error *error);

#endif
