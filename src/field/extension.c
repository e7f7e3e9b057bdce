#include "prometheus/field/element.h"

enum { DEGREE = PROM_EXTENSION_DEGREE };

bool prom_extension_equal(const prom_extension *a, const prom_extension *b)
{
    bool equal = true;
    for (size_t i = 0; i < DEGREE; i++) {
        equal = equal && prom_element_equal(a->coefficients[i], b->coefficients[i]);
    }
    return equal;
}

bool prom_extension_is_zero(const prom_extension *a)
{
    const prom_extension zero = prom_extension_zero();
    return prom_extension_equal(a, &zero);
}

prom_extension prom_extension_add(const prom_extension *a, const prom_extension *b)
{
    prom_extension sum;
    for (size_t i = 0; i < DEGREE; i++) {
        sum.coefficients[i] = prom_element_add(a->coefficients[i], b->coefficients[i]);
    }
    return sum;
}

prom_extension prom_extension_subtract(const prom_extension *a, const prom_extension *b)
{
    prom_extension difference;
    for (size_t i = 0; i < DEGREE; i++) {
        difference.coefficients[i] = prom_element_subtract(a->coefficients[i], b->coefficients[i]);
    }
    return difference;
}

prom_extension prom_extension_scale(const prom_extension *a, prom_element b)
{
    prom_extension product;
    for (size_t i = 0; i < DEGREE; i++) {
        product.coefficients[i] = prom_element_multiply(a->coefficients[i], b);
    }
    return product;
}

/* X^5 = 1 - X^2. */
prom_extension prom_extension_shift(const prom_extension *a)
{
    const prom_element *c = a->coefficients;
    return (prom_extension){{c[4], c[0], prom_element_subtract(c[1], c[4]), c[2], c[3]}};
}

prom_extension prom_extension_multiply(const prom_extension *a, const prom_extension *b)
{
    /* Each row is X^i * b; a sum of four products is below 4 p^2 < 2^64, of five it may not be. */
    uint64_t sums[DEGREE] = {0};
    prom_extension row = *b;
    for (size_t i = 0; i < DEGREE; i++) {
        for (size_t j = 0; j < DEGREE; j++) {
            const uint64_t sum = sums[j] + (uint64_t)a->coefficients[i].residue * row.coefficients[j].residue;
            sums[j] = sum < PROM_FIELD_PRIME_SQUARED ? sum : sum - PROM_FIELD_PRIME_SQUARED;
        }
        row = prom_extension_shift(&row);
    }
    prom_extension product;
    for (size_t j = 0; j < DEGREE; j++) {
        product.coefficients[j] = prom_element_reduce(sums[j]);
    }
    return product;
}

prom_extension prom_extension_power(const prom_extension *a, uint64_t exponent)
{
    prom_extension power = prom_extension_one();
    prom_extension square = *a;
    for (; exponent > 0; exponent >>= 1) {
        if (exponent % 2 == 1) {
            power = prom_extension_multiply(&power, &square);
        }
        square = prom_extension_multiply(&square, &square);
    }
    return power;
}

/* Brings a row with something at `column` to that row's place. False when there is none. */
static bool pivot(prom_element rows[DEGREE][DEGREE + 1], size_t column)
{
    size_t found = column;
    while (found < DEGREE && rows[found][column].residue == 0) {
        found++;
    }
    for (size_t j = 0; found < DEGREE && j <= DEGREE; j++) {
        const prom_element kept = rows[column][j];
        rows[column][j] = rows[found][j];
        rows[found][j] = kept;
    }
    return found < DEGREE;
}

/* Solves a * y = 1, five linear equations in the coefficients of y, by Gauss and Jordan. */
prom_extension prom_extension_inverse(const prom_extension *a)
{
    prom_element rows[DEGREE][DEGREE + 1] = {0};
    prom_extension column = *a;
    for (size_t j = 0; j < DEGREE; j++) {
        for (size_t i = 0; i < DEGREE; i++) {
            rows[i][j] = column.coefficients[i];
        }
        column = prom_extension_shift(&column);
    }
    rows[0][DEGREE] = prom_element_one();
    for (size_t i = 0; i < DEGREE; i++) {
        if (!pivot(rows, i)) {
            return prom_extension_zero();
        }
        const prom_element scale = prom_element_inverse(rows[i][i]);
        for (size_t j = 0; j <= DEGREE; j++) {
            rows[i][j] = prom_element_multiply(rows[i][j], scale);
        }
        for (size_t other = 0; other < DEGREE; other++) {
            const prom_element factor = rows[other][i];
            for (size_t j = 0; other != i && j <= DEGREE; j++) {
                rows[other][j] = prom_element_subtract(rows[other][j], prom_element_multiply(factor, rows[i][j]));
            }
        }
    }
    prom_extension inverse;
    for (size_t i = 0; i < DEGREE; i++) {
        inverse.coefficients[i] = rows[i][DEGREE];
    }
    return inverse;
}

bool prom_extension_invert_all(prom_extension *elements, prom_extension *scratch, size_t count)
{
    prom_extension product = prom_extension_one();
    for (size_t i = 0; i < count; i++) {
        scratch[i] = product;
        product = prom_extension_multiply(&product, &elements[i]);
    }
    if (prom_extension_is_zero(&product)) {
        return false;
    }
    prom_extension inverse = prom_extension_inverse(&product);
    for (size_t i = count; i-- > 0;) {
        const prom_extension element = elements[i];
        elements[i] = prom_extension_multiply(&inverse, &scratch[i]);
        inverse = prom_extension_multiply(&inverse, &element);
    }
    return true;
}
