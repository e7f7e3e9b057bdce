/* The terms of a contract as JSON, and what its players think: for `prom contract` and `prom game`. */
#ifndef OUTLOOK_FILE_H
#define OUTLOOK_FILE_H

#include <jansson.h>

#include "prometheus/base/arena.h"
#include "prometheus/contract/terms.h"
#include "prometheus/game/question.h"

/* How much of the terms is wanted. */
typedef enum prom_contract_extent {
    PROM_CONTRACT_ANY,   /* at least P, c and feerate; with any other field, all that the tree is built from */
    PROM_CONTRACT_WHOLE, /* all that the tree is built from */
} prom_contract_extent;

/* What such a file says. */
typedef struct prom_contract_file {
    prom_terms terms;
    bool whole;                /* all that the tree is built from was read */
    bool refused;              /* after a failure: the form is right, but a number is one that the terms cannot hold */
    prom_game_setting setting; /* the object `game`; what it does not name is prom_game_setting_default's */
} prom_contract_file;

/* Reads the file at `path`; bytes lie in the arena. PROM_CATEGORY_BAD_INPUT, naming the place, when it cannot be
 * read or is of another form, or holds a number that has no room. Says nothing about validity: see prom_terms_check,
 * and prom_game_question_check. */
PROM_MUST_USE prom_result prom_contract_file_read(prom_arena *arena, prom_contract_file *file, const char *path,
                                                  prom_contract_extent extent, prom_error *error);

/* Returns the height of the draw's block where a file names none: the first that is possible when the snapshot is as
 * young as can be. */
uint32_t prom_contract_draw_height(const prom_terms *terms);

/* Returns whole terms as such JSON, with a comment; the caller owns it. */
json_t *prom_contract_file_json(const prom_terms *terms, const char *comment);
/* Returns what the object `game` of such a file holds; the caller owns it. */
json_t *prom_contract_setting_json(const prom_game_setting *setting);

#endif
