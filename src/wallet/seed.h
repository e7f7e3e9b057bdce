/* The seed, of which all of a party's keys are made: 24 words (BIP 39, English) and, where its owner wants one, a
 * passphrase. Whoever has both has every key; whoever loses one has none. */
#ifndef WALLET_SEED_H
#define WALLET_SEED_H

#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"

#define PROM_SEED_WORDS 24
#define PROM_SEED_TEXT 216 /* 24 words of 8 letters, spaces between them, and the final zero */
#define PROM_PASSPHRASE_MAX 256

typedef struct prom_seed {
    uint8_t bytes[64];
} prom_seed;

void prom_seed_wipe(prom_seed *seed);

/* Writes the words of 32 random bytes, with one space between them. */
void prom_seed_words(char words[PROM_SEED_TEXT], const prom_bytes32 *entropy);

/* Makes the seed of 24 words, with any white space between them and any letters large, and a passphrase (NULL: none).
 * PROM_CATEGORY_BAD_INPUT, naming the word and the one that may have been meant, where it is not in the list; where
 * there are not 24; where their checksum is wrong; or where the passphrase has other characters than printable ASCII,
 * which Unicode could write in several ways. `seed` is then zeroed. No sentence names more than one word, which is
 * none of the seed. */
PROM_MUST_USE prom_result prom_seed_make(prom_seed *seed, const char *words, const char *passphrase, prom_error *error);

#endif
