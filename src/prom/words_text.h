/* The words of a seed, shown once. */
#ifndef PROM_WORDS_TEXT_H
#define PROM_WORDS_TEXT_H

/* Prints them in lines that fit a sheet of paper, with what to do about them, for the seed in `file`. */
void prom_words_print(const char *file, const char *words);

#endif
