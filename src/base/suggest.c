#include "base/suggest.h"

#include <string.h>

enum { WORD_MAX = 64, LETTERS_FOR_ONE_EDIT = 3 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The fewest insertions, deletions, replacements and swaps of neighbours that make one word of the other; no letter is
 * edited twice (the optimal string alignment distance). Row i of the table holds the distances of the first i letters
 * of `a`; three rows are kept. */
static size_t distance_of(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= b_length; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            row[j] = least(above[j - 1] + (a[i - 1] != b[j - 1]), least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = least(row[j], rows[(i - 2) % 3][j - 2] + 1);
            }
        }
    }
    return rows[a_length % 3][b_length];
}

prom_suggestion prom_suggestion_for(const char *word, size_t length)
{
    const size_t letters = length - strspn(word, "-");
    return (prom_suggestion){.word = word, .length = length, .distance = letters / LETTERS_FOR_ONE_EDIT + 1};
}

void prom_suggestion_consider(prom_suggestion *suggestion, const char *candidate)
{
    const size_t length = strlen(candidate);
    if (length > WORD_MAX || suggestion->length > WORD_MAX) {
        return;
    }
    const size_t distance = distance_of(suggestion->word, suggestion->length, candidate, length);
    if (distance < suggestion->distance) {
        suggestion->distance = distance;
        suggestion->best = candidate;
    }
}
