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

#endif
