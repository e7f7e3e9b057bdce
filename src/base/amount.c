#include "prometheus/base/amount.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

prom_amount prom_amount_of(uint64_t sat)
{
    return (prom_amount){sat <= PROM_AMOUNT_MAX ? sat : UINT64_MAX};
}

prom_amount prom_amount_zero(void)
{
    return (prom_amount){0};
}

prom_amount prom_amount_invalid(void)
{
    return (prom_amount){UINT64_MAX};
}

bool prom_amount_is_valid(prom_amount amount)
{
    return amount.private_sat <= PROM_AMOUNT_MAX;
}

bool prom_amount_get(prom_amount amount, uint64_t *sat)
{
    const bool valid = prom_amount_is_valid(amount);
    *sat = valid ? amount.private_sat : 0;
    return valid;
}

static bool both_valid(prom_amount a, prom_amount b)
{
    return prom_amount_is_valid(a) && prom_amount_is_valid(b);
}

prom_amount prom_amount_add(prom_amount a, prom_amount b)
{
    /* Two valid amounts are below 2^51 each: the sum cannot wrap. */
    return both_valid(a, b) ? prom_amount_of(a.private_sat + b.private_sat) : prom_amount_invalid();
}

prom_amount prom_amount_subtract(prom_amount a, prom_amount b)
{
    if (!both_valid(a, b) || b.private_sat > a.private_sat) {
        return prom_amount_invalid();
    }
    return (prom_amount){a.private_sat - b.private_sat};
}

prom_amount prom_amount_multiply(prom_amount amount, uint64_t count)
{
    if (!prom_amount_is_valid(amount) || (count != 0 && amount.private_sat > PROM_AMOUNT_MAX / count)) {
        return prom_amount_invalid();
    }
    return (prom_amount){amount.private_sat * count};
}

prom_amount prom_amount_divide(prom_amount amount, uint64_t count)
{
    if (!prom_amount_is_valid(amount) || count == 0) {
        return prom_amount_invalid();
    }
    return (prom_amount){amount.private_sat / count};
}

prom_amount prom_amount_fraction(prom_amount amount, uint32_t basis_points)
{
    if (!prom_amount_is_valid(amount) || basis_points > PROM_BASIS_POINTS_ONE) {
        return prom_amount_invalid();
    }
    /* amount * basis_points may exceed 64 bits; whole and rest apart do not, and the floor is the same. */
    const uint64_t whole = amount.private_sat / PROM_BASIS_POINTS_ONE;
    const uint64_t rest = amount.private_sat % PROM_BASIS_POINTS_ONE;
    return (prom_amount){whole * basis_points + rest * basis_points / PROM_BASIS_POINTS_ONE};
}

prom_amount prom_amount_larger(prom_amount a, prom_amount b)
{
    if (!both_valid(a, b)) {
        return prom_amount_invalid();
    }
    return a.private_sat > b.private_sat ? a : b;
}

bool prom_amount_equal(prom_amount a, prom_amount b)
{
    return both_valid(a, b) && a.private_sat == b.private_sat;
}

bool prom_amount_above(prom_amount a, prom_amount b)
{
    return both_valid(a, b) && a.private_sat > b.private_sat;
}

bool prom_amount_at_least(prom_amount a, prom_amount b)
{
    return both_valid(a, b) && a.private_sat >= b.private_sat;
}

bool prom_amount_is_zero(prom_amount amount)
{
    return amount.private_sat == 0;
}

const char *prom_amount_text(char text[PROM_AMOUNT_TEXT], prom_amount amount)
{
    if (prom_amount_is_valid(amount)) {
        (void)snprintf(text, PROM_AMOUNT_TEXT, "%" PRIu64, amount.private_sat);
    } else {
        (void)snprintf(text, PROM_AMOUNT_TEXT, "invalid");
    }
    return text;
}

const char *prom_amount_grouped(char text[PROM_AMOUNT_GROUPED], prom_amount amount)
{
    char plain[PROM_AMOUNT_TEXT];
    const size_t length = strlen(prom_amount_text(plain, amount));
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0 && prom_amount_is_valid(amount)) {
            text[at++] = ',';
        }
        text[at++] = plain[i];
    }
    text[at] = '\0';
    return text;
}
