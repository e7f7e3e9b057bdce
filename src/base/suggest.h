/* Which of the words that there are was meant by one that is not among them. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stddef.h>

typedef struct prom_suggestion {
    const char *word; /* what was written */
    size_t length;
    size_t distance;  /* a word must be nearer than this */
    const char *best; /* the nearest one so far; NULL: none is near */
} prom_suggestion;

/* Begins a search for the first `length` characters of `word`. */
prom_suggestion prom_suggestion_for(const char *word, size_t length);

/* Takes `candidate` when it is nearer than all before, and near enough to have been meant. */
void prom_suggestion_consider(prom_suggestion *suggestion, const char *candidate);

#endif
