#include "crypto/scalar.h"

#include <string.h>

#include "crypto/secret_flow.h"

#define LIMBS PROM_SCALAR_LIMBS
#define WIDE ((size_t)2 * LIMBS) /* limbs of a product */

/* SEC 2, n; one limb more for the numbers below 2n that are to be reduced. */
static const uint32_t order[LIMBS + 1] = {0xd0364141, 0xbfd25e8c, 0xaf48a03b, 0xbaaedce6, 0xfffffffe,
                                          0xffffffff, 0xffffffff, 0xffffffff, 0};

/* 2^256 - n, which 2^256 is congruent to. */
#define FOLD_LIMBS 5
static const uint32_t fold_factor[FOLD_LIMBS] = {0x2fc9bebf, 0x402da173, 0x50b75fc4, 0x45512319, 1};

/* a - b over `LIMBS + 1` limbs, and the borrow, 0 or 1. */
static uint32_t subtract_limbs(uint32_t difference[LIMBS + 1], const uint32_t a[LIMBS + 1], const uint32_t b[LIMBS + 1])
{
    uint32_t borrow = 0;
    for (size_t i = 0; i <= LIMBS; i++) {
        const uint64_t step = (uint64_t)a[i] - b[i] - borrow;
        difference[i] = (uint32_t)step;
        borrow = (uint32_t)(step >> 63);
    }
    return borrow;
}

/* chosen = mask ? a : b, for a mask of all ones or none. */
static void choose_limbs(uint32_t chosen[LIMBS], uint32_t mask, const uint32_t a[LIMBS], const uint32_t b[LIMBS])
{
    for (size_t i = 0; i < LIMBS; i++) {
        chosen[i] = (a[i] & mask) | (b[i] & ~mask);
    }
}

/* A number below 2n modulo n. Gives 1 when it was below n already, else 0. */
static uint32_t reduce_once(prom_scalar *scalar, const uint32_t number[LIMBS + 1])
{
    uint32_t reduced[LIMBS + 1];
    const uint32_t below = subtract_limbs(reduced, number, order);
    choose_limbs(scalar->limbs, 0 - below, number, reduced);
    prom_wipe(reduced, sizeof reduced);
    return below;
}

prom_scalar prom_scalar_of_number(uint32_t number)
{
    return (prom_scalar){{number}};
}

/* prom_scalar_reduce; gives 1 when nothing was to be reduced, else 0. All 2^256 - 1 is below 2n. */
static uint32_t read_limbs(prom_scalar *scalar, const prom_bytes32 *bytes)
{
    uint32_t number[LIMBS + 1] = {0};
    for (size_t i = 0; i < sizeof bytes->bytes; i++) {
        number[i / 4] |= (uint32_t)bytes->bytes[sizeof bytes->bytes - 1 - i] << 8 * (i % 4);
    }
    const uint32_t below = reduce_once(scalar, number);
    prom_wipe(number, sizeof number);
    return below;
}

bool prom_scalar_parse(prom_scalar *scalar, const prom_bytes32 *bytes)
{
    static const uint32_t zero[LIMBS] = {0};
    const uint32_t below = read_limbs(scalar, bytes);
    choose_limbs(scalar->limbs, 0 - below, scalar->limbs, zero);
    prom_declare_public(&below, sizeof below);
    return below == 1;
}

void prom_scalar_reduce(prom_scalar *scalar, const prom_bytes32 *bytes)
{
    (void)read_limbs(scalar, bytes);
}

void prom_scalar_serialize(prom_bytes32 *bytes, const prom_scalar *scalar)
{
    for (size_t i = 0; i < sizeof bytes->bytes; i++) {
        bytes->bytes[sizeof bytes->bytes - 1 - i] = (uint8_t)(scalar->limbs[i / 4] >> 8 * (i % 4));
    }
}

void prom_scalar_add(prom_scalar *sum, const prom_scalar *a, const prom_scalar *b)
{
    uint32_t number[LIMBS + 1];
    uint64_t carry = 0;
    for (size_t i = 0; i < LIMBS; i++) {
        carry += (uint64_t)a->limbs[i] + b->limbs[i];
        number[i] = (uint32_t)carry;
        carry >>= 32;
    }
    number[LIMBS] = (uint32_t)carry;
    (void)reduce_once(sum, number);
    prom_wipe(number, sizeof number);
}

void prom_scalar_negate_if(prom_scalar *scalar, bool negate)
{
    uint32_t number[LIMBS + 1] = {0};
    prom_scalar negated;
    memcpy(number, scalar->limbs, sizeof scalar->limbs);
    (void)subtract_limbs(number, order, number);
    (void)reduce_once(&negated, number); /* n - 0 is n */
    choose_limbs(scalar->limbs, 0 - (uint32_t)negate, negated.limbs, scalar->limbs);
    prom_wipe(number, sizeof number);
    prom_wipe(&negated, sizeof negated);
}

void prom_scalar_subtract(prom_scalar *difference, const prom_scalar *a, const prom_scalar *b)
{
    prom_scalar negated = *b;
    prom_scalar_negate_if(&negated, true);
    prom_scalar_add(difference, a, &negated);
    prom_wipe(&negated, sizeof negated);
}

/* sum += a * b, a result that fits the sum's `count` limbs. */
static void multiply_add(uint32_t *sum, size_t count, const uint32_t *a, size_t a_count, const uint32_t *b,
                         size_t b_count)
{
    for (size_t i = 0; i < a_count; i++) {
        uint64_t carry = 0;
        for (size_t j = i; j < count; j++) {
            const uint32_t factor = j - i < b_count ? b[j - i] : 0;
            carry += (uint64_t)a[i] * factor + sum[j];
            sum[j] = (uint32_t)carry;
            carry >>= 32;
        }
    }
}

void prom_scalar_multiply(prom_scalar *product, const prom_scalar *a, const prom_scalar *b)
{
    /* What lies above 2^256 is folded down by a factor below 2^129: a product below 2^512 becomes a number below 2^386,
     * 2^260 and 2^256 + 2^133, which is below 2n, with as many limbs as are listed here. */
    static const size_t counts[] = {13, LIMBS + 1, LIMBS + 1};
    uint32_t number[WIDE] = {0};
    uint32_t folded[WIDE];
    size_t count = WIDE;
    multiply_add(number, count, a->limbs, LIMBS, b->limbs, LIMBS);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        memset(folded, 0, sizeof folded);
        memcpy(folded, number, LIMBS * sizeof number[0]);
        multiply_add(folded, counts[i], number + LIMBS, count - LIMBS, fold_factor, FOLD_LIMBS);
        memcpy(number, folded, sizeof number);
        count = counts[i];
    }
    (void)reduce_once(product, number);
    prom_wipe(number, sizeof number);
    prom_wipe(folded, sizeof folded);
}

/* Fermat: the power n - 2, whose bits are public. */
void prom_scalar_invert(prom_scalar *inverse, const prom_scalar *scalar)
{
    prom_scalar base = *scalar;
    prom_scalar power = prom_scalar_of_number(1);
    for (size_t i = (size_t)32 * LIMBS; i-- > 0;) {
        const uint32_t exponent = i / 32 == 0 ? order[0] - 2 : order[i / 32];
        prom_scalar_multiply(&power, &power, &power);
        if ((exponent >> i % 32 & 1) == 1) {
            prom_scalar_multiply(&power, &power, &base);
        }
    }
    *inverse = power;
    prom_wipe(&power, sizeof power);
    prom_wipe(&base, sizeof base);
}

bool prom_scalar_is_zero(const prom_scalar *scalar)
{
    uint32_t any = 0;
    for (size_t i = 0; i < LIMBS; i++) {
        any |= scalar->limbs[i];
    }
    prom_declare_public(&any, sizeof any);
    return any == 0;
}
