/* What the paper's words mean that the demo prints: told where they first appear. */
#ifndef DEMO_WORDS_H
#define DEMO_WORDS_H

#include <stdbool.h>

#include "prometheus/base/amount.h"

#define PROM_DEMO_WORD_P "P: what many contracts share, published once: stakes, shares of the reward, deadlines"

/* Prints what a scheme is, and r; `normal`: and what scheme #3 and h_p are. */
void prom_demo_words_print(bool normal);

/* Writes what somebody got beyond what was locked, with its sign. */
#define PROM_DEMO_CHANGE (PROM_AMOUNT_GROUPED + 1)
const char *prom_demo_words_change(char text[PROM_DEMO_CHANGE], prom_amount locked, prom_amount got);

#endif
