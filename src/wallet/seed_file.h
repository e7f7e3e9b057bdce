/* The file that a party keeps its seed in: the words in one line, readable by its owner only. A passphrase is not in
 * it.
 */
#ifndef WALLET_SEED_FILE_H
#define WALLET_SEED_FILE_H

#include "wallet/seed.h"

/* Draws a seed and makes its file, which is on the disk when this succeeds; `words` are for its owner to write down,
 * and zeroed after a failure. PROM_CATEGORY_BAD_INPUT when something has the name already: a seed is never replaced.
 * PROM_CATEGORY_IO when it cannot be written; nothing is left then. */
PROM_MUST_USE prom_result prom_seed_file_make(char words[PROM_SEED_TEXT], const char *path, prom_error *error);

/* Reads the words. PROM_CATEGORY_BAD_INPUT when there is no file, it is open to others, or it holds something else than
 * a seed; PROM_CATEGORY_IO. `words` are then zeroed. */
PROM_MUST_USE prom_result prom_seed_file_read(char words[PROM_SEED_TEXT], const char *path, prom_error *error);

/* Makes the seed of the words in the file `words`, or in `folder`/words where that is NULL, and of the passphrase in
 * the file `passphrase`, one line, readable by its owner only; NULL: it has none. Errors as of prom_seed_file_read;
 * `seed` is then zeroed. */
PROM_MUST_USE prom_result prom_seed_file_load(prom_seed *seed, const char *folder, const char *words,
                                              const char *passphrase, prom_error *error);

#endif
