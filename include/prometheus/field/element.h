/* The prime field KoalaBear, p = 2^31 - 2^24 + 1, and its extension of degree 5 by a root of X^5 + X^2 - 1.
 *
 * An element is held in Montgomery form: the residue of value * 2^32 modulo p, below p (Montgomery, "Modular
 * multiplication without trial division", 1985). Every function takes and gives such elements; a build with
 * PROM_VERIFY asserts it. Nothing here is secret, and nothing is constant-time.
 *
 * The prime is a macro so that tests can run the same code over a prime so small that they see every case. Any odd
 * prime below 2^31 will do; the extension is a field only if X^5 + X^2 - 1 is irreducible over it. */
#ifndef PROMETHEUS_FIELD_ELEMENT_H
#define PROMETHEUS_FIELD_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"

PROM_DECLARATIONS_BEGIN

#ifndef PROM_FIELD_PRIME
#define PROM_FIELD_PRIME UINT32_C(0x7f000001)
#define PROM_FIELD_GENERATOR 3    /* of the multiplicative group */
#define PROM_FIELD_TWO_ADICITY 24 /* 2^24 is the largest power of two that divides p - 1 */
#endif

#ifdef PROM_VERIFY
#define PROM_FIELD_VERIFY(condition) ((condition) ? (void)0 : __builtin_trap())
#else
#define PROM_FIELD_VERIFY(condition) ((void)0)
#endif

/* 1/p modulo 2^32: each step of Newton's iteration doubles the number of right bits, from 3. */
#define PROM_FIELD_NEWTON(x) ((uint32_t)((x) * (2U - PROM_FIELD_PRIME * (x))))
#define PROM_FIELD_INVERSE_32                                                                                          \
    PROM_FIELD_NEWTON(PROM_FIELD_NEWTON(PROM_FIELD_NEWTON(PROM_FIELD_NEWTON(PROM_FIELD_PRIME))))
/* 2^32 and 2^64 modulo p. */
#define PROM_FIELD_RADIX ((uint32_t)((UINT64_C(1) << 32) % PROM_FIELD_PRIME))
#define PROM_FIELD_RADIX_SQUARED ((uint32_t)((uint64_t)PROM_FIELD_RADIX * PROM_FIELD_RADIX % PROM_FIELD_PRIME))
#define PROM_FIELD_PRIME_SQUARED ((uint64_t)PROM_FIELD_PRIME * PROM_FIELD_PRIME)

typedef struct prom_element {
    uint32_t residue; /* Montgomery form, below p */
} prom_element;

#define PROM_EXTENSION_DEGREE 5

/* The coefficients of 1, X, ..., X^4. */
typedef struct prom_extension {
    prom_element coefficients[PROM_EXTENSION_DEGREE];
} prom_extension;

/* Returns 0. */
static inline prom_element prom_element_zero(void)
{
    const prom_element zero = {0};
    return zero;
}

/* Returns 1. */
static inline prom_element prom_element_one(void)
{
    const prom_element one = {PROM_FIELD_RADIX};
    return one;
}

/* Returns whether a = b: every element has one form only. */
static inline bool prom_element_equal(prom_element a, prom_element b)
{
    return a.residue == b.residue;
}

/* Returns a + b. */
static inline prom_element prom_element_add(prom_element a, prom_element b)
{
    PROM_FIELD_VERIFY(a.residue < PROM_FIELD_PRIME && b.residue < PROM_FIELD_PRIME);
    const uint32_t whole = a.residue + b.residue;
    const prom_element sum = {whole < PROM_FIELD_PRIME ? whole : whole - PROM_FIELD_PRIME};
    return sum;
}

/* Returns a - b. */
static inline prom_element prom_element_subtract(prom_element a, prom_element b)
{
    PROM_FIELD_VERIFY(a.residue < PROM_FIELD_PRIME && b.residue < PROM_FIELD_PRIME);
    const prom_element difference = {a.residue - b.residue + (a.residue < b.residue ? PROM_FIELD_PRIME : 0)};
    return difference;
}

/* Returns -a. */
static inline prom_element prom_element_negate(prom_element a)
{
    return prom_element_subtract(prom_element_zero(), a);
}

/* Returns product / 2^32 modulo p, for a product below 2^32 * p: subtracting the multiple of p with the same low half
 * leaves a multiple of 2^32. */
static inline prom_element prom_element_reduce(uint64_t product)
{
    PROM_FIELD_VERIFY(product >> 32 < PROM_FIELD_PRIME);
    const uint32_t quotient = (uint32_t)product * PROM_FIELD_INVERSE_32;
    const uint32_t high = (uint32_t)(product >> 32);
    const uint32_t cut = (uint32_t)((uint64_t)quotient * PROM_FIELD_PRIME >> 32);
    const prom_element reduced = {high - cut + (high < cut ? PROM_FIELD_PRIME : 0)};
    return reduced;
}

/* Returns a * b. */
static inline prom_element prom_element_multiply(prom_element a, prom_element b)
{
    PROM_FIELD_VERIFY(a.residue < PROM_FIELD_PRIME && b.residue < PROM_FIELD_PRIME);
    return prom_element_reduce((uint64_t)a.residue * b.residue);
}

/* Returns `value` modulo p. */
static inline prom_element prom_element_of(uint32_t value)
{
    return prom_element_reduce((uint64_t)(value % PROM_FIELD_PRIME) * PROM_FIELD_RADIX_SQUARED);
}

/* Returns `value` modulo p; a negative number stands for its residue: -1 for p - 1. */
static inline prom_element prom_element_of_signed(int32_t value)
{
    const int64_t residue = value % (int64_t)PROM_FIELD_PRIME;
    return prom_element_of((uint32_t)(residue < 0 ? residue + (int64_t)PROM_FIELD_PRIME : residue));
}

/* Returns the number below p that the element stands for. */
static inline uint32_t prom_element_value(prom_element a)
{
    return prom_element_reduce(a.residue).residue;
}

/* Returns a^exponent; 0^0 is 1. */
prom_element prom_element_power(prom_element a, uint64_t exponent);
/* Returns 1/a, and 0 for 0. */
prom_element prom_element_inverse(prom_element a);
/* Returns a primitive root of unity of order 2^log_order, always the same; log_order is at most PROM_FIELD_TWO_ADICITY.
 * The root of order 2^(k-1) is the square of the one of order 2^k. */
prom_element prom_element_root(size_t log_order);
/* Replaces each of `count` elements by its inverse, with one inversion and three multiplications an element. False, and
 * nothing changed, when one of them is zero. `scratch` has room for `count` elements. */
PROM_MUST_USE bool prom_element_invert_all(prom_element *elements, prom_element *scratch, size_t count);

/* Returns 0. */
static inline prom_extension prom_extension_zero(void)
{
    const prom_extension zero = {{{0}, {0}, {0}, {0}, {0}}};
    return zero;
}

/* Returns `a` as an element of the extension. */
static inline prom_extension prom_extension_of(prom_element a)
{
    const prom_extension lifted = {{a, {0}, {0}, {0}, {0}}};
    return lifted;
}

/* Returns 1. */
static inline prom_extension prom_extension_one(void)
{
    return prom_extension_of(prom_element_one());
}

/* Returns whether a = b, or a = 0. */
bool prom_extension_equal(const prom_extension *a, const prom_extension *b);
bool prom_extension_is_zero(const prom_extension *a);
/* Returns a + b, a - b, a * b; of prom_extension_scale, a * b for a b of the field. */
prom_extension prom_extension_add(const prom_extension *a, const prom_extension *b);
prom_extension prom_extension_subtract(const prom_extension *a, const prom_extension *b);
prom_extension prom_extension_multiply(const prom_extension *a, const prom_extension *b);
prom_extension prom_extension_scale(const prom_extension *a, prom_element b);
/* Returns a^exponent; 0^0 is 1. */
prom_extension prom_extension_power(const prom_extension *a, uint64_t exponent);
/* Returns 1/a, and 0 for 0. */
prom_extension prom_extension_inverse(const prom_extension *a);
/* Replaces each by its inverse, as prom_element_invert_all does. */
PROM_MUST_USE bool prom_extension_invert_all(prom_extension *elements, prom_extension *scratch, size_t count);
/* Returns X * a. */
prom_extension prom_extension_shift(const prom_extension *a);

PROM_DECLARATIONS_END

#endif
