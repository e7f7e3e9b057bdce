/* A party's disk: the journal of what it was told to keep before it acted. Every record is on the disk, across a power
 * cut too, when prom_store_append returns. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"

typedef struct prom_store prom_store;

/* Opens the SQLite database at `path`, made when missing, readable by its owner only. `store` is NULL after a failure,
 * which is PROM_CATEGORY_IO and says what SQLite said. */
PROM_MUST_USE prom_result prom_store_open(prom_store **store, const char *path, prom_error *error);
void prom_store_close(prom_store *store); /* NULL is fine */

/* Adds a record: the tagged name of what it is, and its bytes. */
PROM_MUST_USE prom_result prom_store_append(prom_store *store, const char *kind, prom_span bytes, prom_error *error);

/* The newest record of a kind, copied to the arena. `found` is false when there is none. */
PROM_MUST_USE prom_result prom_store_newest(prom_store *store, prom_arena *arena, prom_span *bytes, bool *found,
                                            const char *kind, prom_error *error);

#endif
