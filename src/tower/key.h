/* The key of the coins that a watchtower pays fees with, in a file of its own: one line of 64 hexadecimal digits, which
 * its owner alone can read. Whoever has it has these coins, and nothing else. */
#ifndef TOWER_KEY_H
#define TOWER_KEY_H

#include "prometheus/contract/parameters.h"
#include "prometheus/crypto/key.h"

/* Makes a key and its file. PROM_CATEGORY_BAD_INPUT when something has the name already: a key is never replaced;
 * PROM_CATEGORY_IO when it cannot be written, and nothing is left. */
PROM_MUST_USE prom_result prom_tower_key_make(const prom_curve *curve, prom_key *key, const char *path,
                                              prom_error *error);
/* Reads it. PROM_CATEGORY_BAD_INPUT when there is none, it is open to others, or it holds something else. */
PROM_MUST_USE prom_result prom_tower_key_read(const prom_curve *curve, prom_key *key, const char *path,
                                              prom_error *error);

#endif
