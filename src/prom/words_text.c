#include "prom/words_text.h"

#include <stdio.h>
#include <string.h>

#include "wallet/seed.h"

void prom_words_print(const char *file, const char *words)
{
    enum { IN_A_LINE = 6 };
    size_t count = 0;
    (void)printf("%s: a seed of %d words. Write them down, in this order; they are not shown again:\n\n", file,
                 PROM_SEED_WORDS);
    for (const char *word = words; *word != '\0'; word += strspn(word, " ")) {
        const int length = (int)strcspn(word, " ");
        (void)printf("%.*s%s", length, word, ++count % IN_A_LINE == 0 ? "\n" : " ");
        word += length;
    }
}
