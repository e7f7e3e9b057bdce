/* How far each number may change before a verdict flips, as JSON. */
#ifndef ADVICE_MARGINS_H
#define ADVICE_MARGINS_H

#include <jansson.h>

#include "prometheus/game/solution.h"

/* Returns margins as a JSON array, which the caller owns. */
json_t *prom_margins_json(const prom_game_margin *margins, const prom_game_question *question);

/* Reads such an array, whoever wrote it: each parameter once, the smallest change first.
 * PROM_CATEGORY_BAD_INPUT when it is anything else. */
PROM_MUST_USE prom_result prom_margins_read(prom_game_margin *margins, const json_t *array,
                                            const prom_game_question *question, prom_error *error);

#endif
