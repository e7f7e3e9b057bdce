/* The picture of a game: its tree, the path of the rules and that of players who each look after themselves, what each
 * ends with. */
#ifndef CERTIFICATE_DRAW_H
#define CERTIFICATE_DRAW_H

#include <jansson.h>
#include <stdio.h>

#include "outlook/drawing.h"
#include "prometheus/game/solution.h"

typedef struct prom_game_picture prom_game_picture;

/* Makes the picture of the game of a solution: the honest path, that of its first equilibrium, and of all else what
 * matters most. `attack`, whose way is marked, may be NULL: then all arbiters are of one bloc; else those of its group
 * are told from the others. */
PROM_MUST_USE prom_result prom_game_picture_make(prom_arena *arena, prom_game_picture **picture,
                                                 const prom_game_solution *solution, const prom_game_attack *attack,
                                                 prom_error *error);

/* Returns what is shown as JSON, which the caller owns: the picture as text, the endings; NULL when memory ran out. */
json_t *prom_game_picture_json(const prom_game_picture *picture);

/* Writes the picture, a page of its own. */
void prom_game_picture_print(FILE *to, const prom_game_picture *picture);

/* Pixels that it takes in another page. */
int prom_game_picture_width(const prom_game_picture *picture);
int prom_game_picture_height(const prom_game_picture *picture);

/* The looks, and what they need of a page's style. */
extern const prom_drawing_look prom_game_picture_looks[];
extern const size_t prom_game_picture_look_count;
extern const char prom_game_picture_style[];

/* Writes the picture as a part of a page that has its looks and style, with its upper left corner there. */
void prom_game_picture_part(FILE *to, const prom_game_picture *picture, int left, int top);

#endif
