/* Satoshi amounts. An amount is a whole number of sat between 0 and 21 million BTC, or it is invalid. Invalid is
 * contagious, as NaN is: a sum that overflows or a difference below zero is invalid, and so is all that is computed
 * from it; no comparison with an invalid amount is true. So a formula is written plainly and checked once at its end.
 * No other file may touch the field or do arithmetic on what prom_amount_get gives (tools/check-sources sees to it). */
#ifndef PROMETHEUS_BASE_AMOUNT_H
#define PROMETHEUS_BASE_AMOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"

PROM_DECLARATIONS_BEGIN

#define PROM_AMOUNT_MAX UINT64_C(2100000000000000)
#define PROM_BASIS_POINTS_ONE 10000U

typedef struct prom_amount {
    uint64_t private_sat;
} prom_amount;

/* Returns `sat` satoshi as an amount; invalid above 21 million BTC. */
prom_amount prom_amount_of(uint64_t sat);
prom_amount prom_amount_zero(void);
prom_amount prom_amount_invalid(void);

/* Returns whether the amount is one: not prom_amount_invalid, nor computed from it or out of range. */
bool prom_amount_is_valid(prom_amount amount);

/* Writes the number of sat to `sat`. False, and 0 written, when the amount is invalid. */
PROM_MUST_USE bool prom_amount_get(prom_amount amount, uint64_t *sat);

/* Returns a + b, a - b, amount * count; invalid below 0, above 21 million BTC, and when an operand is invalid. */
prom_amount prom_amount_add(prom_amount a, prom_amount b);
prom_amount prom_amount_subtract(prom_amount a, prom_amount b);
prom_amount prom_amount_multiply(prom_amount amount, uint64_t count);
/* Returns [amount / count], floored; invalid when `count` is 0. */
prom_amount prom_amount_divide(prom_amount amount, uint64_t count);
/* Returns [amount * basis_points / 10 000], floored; invalid above 10 000 basis points. */
prom_amount prom_amount_fraction(prom_amount amount, uint32_t basis_points);
/* Returns the larger of the two; invalid when either is invalid. */
prom_amount prom_amount_larger(prom_amount a, prom_amount b);

/* Returns whether a == b, a > b, a >= b, amount == 0; each is false when an operand is invalid. */
bool prom_amount_equal(prom_amount a, prom_amount b);
bool prom_amount_above(prom_amount a, prom_amount b);
bool prom_amount_at_least(prom_amount a, prom_amount b);
bool prom_amount_is_zero(prom_amount amount);

#define PROM_AMOUNT_TEXT 24
/* Writes the number of sat, "1234567", or "invalid". Returns `text`. */
const char *prom_amount_text(char text[PROM_AMOUNT_TEXT], prom_amount amount);
#define PROM_AMOUNT_GROUPED 32
/* Writes the number of sat for people, "1,234,567", or "invalid". Returns `text`. */
const char *prom_amount_grouped(char text[PROM_AMOUNT_GROUPED], prom_amount amount);

PROM_DECLARATIONS_END

#endif
