/* Backups of a party's database: one file, encrypted under a key from the seed. What a backup does not know of may have
 * been signed, so all channels in a restored database are marked, and sign nothing any more.
 *
 * The file: "PRMBACK1", the 24 bytes of libsodium's secretstream header, then pieces of PROM_BACKUP_PIECE bytes of the
 * database, the last one shorter or empty, each with 17 bytes more, as secretstream (XChaCha20-Poly1305) encrypts them;
 * the last piece alone has the tag "final", and the first one authenticates the eight letters. */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "store/store.h"

#define PROM_BACKUP_PIECE 65536

/* Writes a backup of all that was committed, in place of the file at `path`, which stays as it is when that fails. No
 * transaction may be open. Takes twice the database's size in memory, and never writes it unencrypted.
 * PROM_CATEGORY_IO, PROM_CATEGORY_MEMORY. */
PROM_MUST_USE prom_result prom_backup_write(prom_store *store, const char *path, const prom_bytes32 *key,
                                            prom_error *error);

/* Makes the database `database`, which must not be there, out of the backup at `path`, which is under one of these
 * keys: its generation is one higher, its epoch another, and all its channels are marked as restored.
 * PROM_CATEGORY_BAD_INPUT, with no database made, when the file is no backup, is cut, changed, of another seed, or of a
 * newer program; PROM_CATEGORY_IO. */
PROM_MUST_USE prom_result prom_backup_restore(const char *path, const prom_bytes32 *keys, size_t count,
                                              const char *database, prom_error *error);

#endif
