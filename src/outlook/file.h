/* The terms of a contract as JSON, for `prom contract`. */
#ifndef OUTLOOK_FILE_H
#define OUTLOOK_FILE_H

#include <jansson.h>

#include "prometheus/base/arena.h"
#include "prometheus/contract/terms.h"

/* How much of the terms is wanted. */
typedef enum prom_contract_extent {
    PROM_CONTRACT_ANY,   /* at least P, c and feerate; with any other field, all that the tree is built from */
    PROM_CONTRACT_WHOLE, /* all that the tree is built from */
} prom_contract_extent;

/* Reads the file at `path`; bytes lie in the arena. PROM_CATEGORY_BAD_INPUT, naming the place, when it cannot be
 * read or is of another form; also, with `refused` set, when it is of the right form but holds a number that the terms
 * cannot hold. Says nothing about validity: see prom_terms_check. `whole`, which may be NULL, gets whether all was
 * read. */
PROM_MUST_USE prom_result prom_contract_file_read(prom_arena *arena, prom_terms *terms, bool *refused, const char *path,
                                                  prom_contract_extent extent, bool *whole, prom_error *error);

/* Returns the height of the draw's block where a file names none: the first that is possible when the snapshot is as
 * young as can be. */
uint32_t prom_contract_draw_height(const prom_terms *terms);

/* Returns whole terms as such JSON, with a comment; the caller owns it. */
json_t *prom_contract_file_json(const prom_terms *terms, const char *comment);

#endif
