/* Room on the disk that is kept beside the database, so that a full disk does not keep us from defending what is open:
 * a file that is deleted when the disk is full, and made again when there is room. While it is not there, nothing new
 * is begun. */
#ifndef STORE_SPARE_H
#define STORE_SPARE_H

#include "store/store.h"

/* Bytes that are kept. */
#define PROM_SPARE_BYTES ((size_t)8 << 20)

/* Takes the room, where it is not taken: the file "<database>.spare". PROM_CATEGORY_IO, with nothing left behind, when
 * the disk does not have it. */
PROM_MUST_USE prom_result prom_store_spare(const prom_store *store, prom_error *error);

/* Returns whether the room is taken. */
bool prom_store_has_spare(const prom_store *store);

/* Gives the room back; that it was not taken is a success. */
PROM_MUST_USE prom_result prom_store_release_spare(const prom_store *store, prom_error *error);

#endif
