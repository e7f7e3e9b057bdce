/* A party's disk: one SQLite database, in which all that a step of a channel changes, or one block over all channels,
 * is one transaction. What prom_store_commit has acknowledged is on the disk, across a power cut too. What stands in
 * the tables is read and written by the functions of store/record.h, and of store/journal.h, for the signer.
 *
 *   prom_store_begin, then any number of writes, then prom_store_commit or prom_store_rollback
 *
 * Reading needs no transaction. One thread at a time. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"

/* Its name in the folder of a node. */
#define PROM_STORE_FILE "prometheus.sqlite"

typedef struct prom_store prom_store;

/* Opens the database at `path`, made when missing, readable by its owner only, of a party on the chain with the first
 * block `genesis`. An older one is migrated, all or nothing. `store` is NULL after a failure.
 * PROM_CATEGORY_BAD_INPUT, with the file as it was: of another chain, of a newer program, of another program, or no
 * database. PROM_CATEGORY_IO: another process has it open, it is damaged, or the disk refuses. */
PROM_MUST_USE prom_result prom_store_open(prom_store **store, const char *path, const prom_bytes32 *genesis,
                                          prom_error *error);
/* Opens one that is there, of whatever chain, to be looked at: none is made. Fails as the above. */
PROM_MUST_USE prom_result prom_store_open_there(prom_store **store, const char *path, prom_error *error);
/* Returns the first block of its chain. */
const prom_bytes32 *prom_store_genesis(const prom_store *store);
void prom_store_close(prom_store *store); /* NULL is fine; an open transaction is rolled back */

/* Begins a transaction. PROM_CATEGORY_MISUSE when one is open; else the failures of prom_store_commit. */
PROM_MUST_USE prom_result prom_store_begin(prom_store *store, prom_error *error);

/* Puts all writes since prom_store_begin on the disk. After a failure none of them is there, and the transaction is
 * over: PROM_CATEGORY_IO when the disk refuses, PROM_CATEGORY_MEMORY, PROM_CATEGORY_MISUSE when a write had failed.
 * Where the disk refuses so much that it cannot be told to forget them either, only a restart could find them there:
 * begun again, no transaction starts before it has forgotten. */
PROM_MUST_USE prom_result prom_store_commit(prom_store *store, prom_error *error);
void prom_store_rollback(prom_store *store); /* fine without a transaction */

/* Returns whether the last failure was for want of room on the disk: the same can succeed when there is some. */
bool prom_store_is_full(const prom_store *store);

/* Returns how often the database was restored from a backup, plus 1; and a number that is drawn anew each time, so that
 * nothing is numbered twice, though one backup may be restored twice. */
uint64_t prom_store_generation(const prom_store *store);
uint32_t prom_store_epoch(const prom_store *store);

/* The greatest height of a best chain's tip ever seen (docs/protocol.md: own tip). Raising it to less changes nothing.
 */
PROM_MUST_USE prom_result prom_store_own_tip(prom_store *store, uint32_t *height, prom_error *error);
PROM_MUST_USE prom_result prom_store_raise_tip(prom_store *store, uint32_t height, prom_error *error);

#endif
