/* The file with the words of a seed, in clear as seed_file.h has it or encrypted by a passphrase: docs/keys.md has the
 * format. This passphrase protects the file alone; the seed's own one, of BIP 39, is a part of the seed. */
#ifndef DAEMON_LOCKED_SEED_H
#define DAEMON_LOCKED_SEED_H

#include "wallet/seed_file.h"

/* What a key costs that is made of a passphrase: libsodium's opslimit, and KiB of memory. */
typedef struct prom_lock_cost {
    uint32_t passes;
    uint32_t kibibytes;
} prom_lock_cost;
/* Returns 3 passes over 256 MiB: about a second. */
prom_lock_cost prom_lock_cost_usual(void);

#define PROM_LOCK_PASSPHRASE_MAX 256 /* bytes, with its end */

/* Who is asked for the passphrase, when a file turns out to be encrypted. */
typedef struct prom_lock_asker {
    prom_result (*ask)(void *context, char passphrase[PROM_LOCK_PASSPHRASE_MAX], prom_error *error);
    void *context;
} prom_lock_asker;

/* Returns whether the line of a seed's file is an encrypted seed. */
bool prom_locked_seed_is(const char *line);

/* Draws a seed and makes its file, encrypted where `passphrase` is not NULL; as prom_seed_file_make. */
PROM_MUST_USE prom_result prom_locked_seed_make(char words[PROM_SEED_TEXT], const char *path, const char *passphrase,
                                                const prom_lock_cost *cost, prom_error *error);
/* Reads the words, of either form; `locked` says of which. As prom_seed_file_read; PROM_CATEGORY_BAD_INPUT also when
 * the passphrase is another one, or the file was changed; PROM_CATEGORY_MEMORY when there is not as much as the file
 * asks for. */
PROM_MUST_USE prom_result prom_locked_seed_read(char words[PROM_SEED_TEXT], bool *locked, const char *path,
                                                const prom_lock_asker *asker, prom_error *error);
/* Replaces the file by one with the same words, encrypted by `passphrase`, or in clear where that is NULL: at any
 * moment it is whole in its old form or in its new one. */
PROM_MUST_USE prom_result prom_locked_seed_change(const char *path, const char words[PROM_SEED_TEXT],
                                                  const char *passphrase, const prom_lock_cost *cost,
                                                  prom_error *error);
/* Makes the seed of the words in the file, and of the seed's own passphrase in the file `own`; NULL or empty: it has
 * none. */
PROM_MUST_USE prom_result prom_locked_seed_load(prom_seed *seed, const char *path, const char *own,
                                                const prom_lock_asker *asker, prom_error *error);

#endif
