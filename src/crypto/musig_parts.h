/* What the tests see of MuSig2 besides its interface: BIP 327's vectors have plain keys with either y, in an order. */
#ifndef CRYPTO_MUSIG_PARTS_H
#define CRYPTO_MUSIG_PARTS_H

#include "prometheus/crypto/musig.h"

/* As prom_musig_key_new, from plain keys, which are sorted where `sort`, else taken in the order given. */
PROM_MUST_USE prom_result prom_musig_key_of_points(const prom_curve *curve, prom_musig_key *key,
                                                   const prom_point *points, size_t count, bool sort,
                                                   prom_error *error);

#endif
