/* The group of secp256k1, the point at infinity among its elements, which libsecp256k1's own type leaves out: sums of
 * points of strangers may be it. Out-arguments may be in-arguments too. */
#ifndef CRYPTO_GROUP_H
#define CRYPTO_GROUP_H

#include <secp256k1.h>
#include <stdbool.h>

#include "crypto/scalar.h"
#include "prometheus/crypto/hash.h"
#include "prometheus/crypto/key.h"

typedef struct prom_element {
    secp256k1_pubkey point; /* nothing of use when infinite */
    bool infinite;
} prom_element;

prom_element prom_element_infinity(void);

/* The point of 33 compressed bytes. False, and infinity written, when they are none. */
PROM_MUST_USE bool prom_element_parse(const prom_curve *curve, prom_element *element, const prom_point *point);
/* The same, where 33 zeros stand for infinity. */
PROM_MUST_USE bool prom_element_parse_or_infinity(const prom_curve *curve, prom_element *element,
                                                  const prom_point *point);
/* 33 compressed bytes; zeros for infinity. */
prom_point prom_element_serialize(const prom_curve *curve, const prom_element *element);

/* Adds the 33 bytes of a point. */
static inline void prom_hasher_add_point(prom_hasher *hasher, const prom_point *point)
{
    prom_hasher_add(hasher, prom_span_of(point->bytes, sizeof point->bytes));
}

/* The x coordinate, and whether y is odd, of a point that is not infinity. */
prom_bytes32 prom_element_x(const prom_curve *curve, const prom_element *element);
PROM_MUST_USE bool prom_element_odd(const prom_curve *curve, const prom_element *element);

PROM_MUST_USE bool prom_element_equal(const prom_curve *curve, const prom_element *a, const prom_element *b);
void prom_element_add(const prom_curve *curve, prom_element *sum, const prom_element *a, const prom_element *b);
/* element = -element where `negate`, else it stays. */
void prom_element_negate_if(const prom_curve *curve, prom_element *element, bool negate);
void prom_element_multiply_vartime(const prom_curve *curve, prom_element *product, const prom_element *element,
                                   const prom_scalar *scalar);
/* scalar * G, which is public, in a time that does not depend on the scalar unless it is 0. */
void prom_element_of_scalar(const prom_curve *curve, prom_element *element, const prom_scalar *scalar);

#endif
