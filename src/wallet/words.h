/* The words that a seed is written in. */
#ifndef WALLET_WORDS_H
#define WALLET_WORDS_H

#define PROM_WORDS 2048
#define PROM_WORD_MAX 8 /* letters; the first four of each differ from all others' */

/* In alphabetical order: a word's place is 11 bits of the seed. */
extern const char *const prom_words[PROM_WORDS];

#endif
