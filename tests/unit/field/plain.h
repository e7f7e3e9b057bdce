/* Field arithmetic in the plainest way, by the remainder of 64-bit numbers and by schoolbook polynomials, to hold the
 * real one against; and elements to try it on. The prime is the one that element.h was included with. */
#ifndef PROMETHEUS_TEST_PLAIN_H
#define PROMETHEUS_TEST_PLAIN_H

#include "prometheus/field/element.h"
#include "support.h"

#define PRIME ((uint64_t)PROM_FIELD_PRIME)

struct plain {
    uint64_t c[PROM_EXTENSION_DEGREE];
};

static inline struct plain plain_multiply(const struct plain *a, const struct plain *b)
{
    uint64_t product[9] = {0};
    struct plain reduced;
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < 5; j++) {
            product[i + j] = (product[i + j] + a->c[i] * b->c[j]) % PRIME;
        }
    }
    for (size_t k = 8; k >= 5; k--) { /* X^5 = 1 - X^2 */
        product[k - 5] = (product[k - 5] + product[k]) % PRIME;
        product[k - 3] = (product[k - 3] + PRIME - product[k]) % PRIME;
    }
    memcpy(reduced.c, product, sizeof reduced.c);
    return reduced;
}

static inline struct plain plain_of(const prom_extension *a)
{
    struct plain plain;
    for (size_t i = 0; i < 5; i++) {
        plain.c[i] = prom_element_value(a->coefficients[i]);
    }
    return plain;
}

static inline bool plain_equal(const struct plain *a, const struct plain *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* One in four is at an edge of what a residue can be. */
static inline prom_element some_element(uint64_t *state)
{
    const uint32_t edges[] = {0, 1, PROM_FIELD_PRIME - 1, PROM_FIELD_PRIME - 2, PROM_FIELD_RADIX};
    if (next_random(state) % 4 == 0) {
        return (prom_element){edges[random_below(state, COUNT_OF(edges))]};
    }
    return (prom_element){(uint32_t)(next_random(state) % PRIME)};
}

static inline prom_extension some_extension(uint64_t *state)
{
    prom_extension element;
    for (size_t i = 0; i < 5; i++) {
        element.coefficients[i] = some_element(state);
    }
    return element;
}

static inline void assert_extension_equal(const prom_extension *a, const prom_extension *b)
{
    assert_memory_equal(a, b, sizeof *a);
}

#endif
