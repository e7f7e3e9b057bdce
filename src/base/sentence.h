/* Text that is put together piece by piece. */
#ifndef BASE_SENTENCE_H
#define BASE_SENTENCE_H

#include <stddef.h>

#include "prometheus/base/result.h"

#define PROM_SENTENCE_MAX 2048

/* All zero, it is empty. */
typedef struct prom_sentence {
    char text[PROM_SENTENCE_MAX];
    size_t length;
} prom_sentence;

/* Appends as much as there is room for. */
PROM_PRINTF(2, 3) void prom_sentence_add(prom_sentence *sentence, const char *format, ...);
/* Copies the text, cut to what `room` bytes, at least one, have room for. Returns `to`. */
const char *prom_sentence_copy(char *to, size_t room, const prom_sentence *sentence);
/* Makes the first letter a capital. */
void prom_sentence_begin(prom_sentence *sentence);

#endif
