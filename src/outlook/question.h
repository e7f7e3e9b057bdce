/* The game's question, as a file of terms asks it. */
#ifndef OUTLOOK_QUESTION_H
#define OUTLOOK_QUESTION_H

#include "outlook/file.h"
#include "prometheus/contract/tree.h"
#include "prometheus/game/question.h"

/* Makes the question of a file that was read. The contract need not be valid. What the file leaves out as a whole is
 * the example's. `tree` is that of the file's terms; where it is NULL, it is built here, and where it cannot be, as a
 * bound is broken, sizes are those of the example with as many arbiters: they do not hang on amounts. The arena is for
 * scratch; nothing in the question points to it. PROM_CATEGORY_BAD_INPUT when the terms are for no known network, or
 * their numbers make no question (prom_game_question_check). */
PROM_MUST_USE prom_result prom_contract_question(prom_game_question *question, prom_arena *arena,
                                                 const prom_curve *curve, const prom_contract_file *file,
                                                 const prom_tree *tree, prom_error *error);

#endif
