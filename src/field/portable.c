#include "prometheus/field/element.h"

/* One element at a time. */
#define LANES 1

typedef prom_element lanes;
typedef uint64_t wide;

static inline lanes lanes_load(const prom_element *from)
{
    PROM_FIELD_VERIFY(from->residue < PROM_FIELD_PRIME);
    return *from;
}

static inline void lanes_store(prom_element *to, lanes a)
{
    PROM_FIELD_VERIFY(a.residue < PROM_FIELD_PRIME);
    *to = a;
}

static inline void lanes_store_values(uint32_t *to, lanes a)
{
    *to = a.residue;
}

static inline lanes lanes_spread(prom_element a)
{
    return a;
}

static inline lanes lanes_add(lanes a, lanes b)
{
    return prom_element_add(a, b);
}

static inline lanes lanes_subtract(lanes a, lanes b)
{
    return prom_element_subtract(a, b);
}

static inline lanes lanes_multiply(lanes a, lanes b)
{
    return prom_element_multiply(a, b);
}

static inline wide wide_multiply(lanes a, lanes b)
{
    return (uint64_t)a.residue * b.residue;
}

static inline wide wide_multiply_spread(lanes a, lanes b)
{
    return wide_multiply(a, b);
}

static inline wide wide_add(wide a, wide b)
{
    PROM_FIELD_VERIFY(a < 4 * PROM_FIELD_PRIME_SQUARED - b);
    return a + b;
}

static inline wide wide_cut(wide a)
{
    return a < 2 * PROM_FIELD_PRIME_SQUARED ? a : a - 2 * PROM_FIELD_PRIME_SQUARED;
}

static inline lanes wide_reduce(wide a)
{
    const uint64_t limit = (uint64_t)PROM_FIELD_PRIME << 32;
    return prom_element_reduce(a < limit ? a : a - limit);
}

#include "field/kernels_body.h"

const prom_field_kernels prom_field_portable = KERNELS_OF("portable");
