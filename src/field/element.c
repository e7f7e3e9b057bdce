#include "prometheus/field/element.h"

prom_element prom_element_power(prom_element a, uint64_t exponent)
{
    prom_element power = prom_element_one();
    for (; exponent > 0; exponent >>= 1) {
        if (exponent % 2 == 1) {
            power = prom_element_multiply(power, a);
        }
        a = prom_element_multiply(a, a);
    }
    return power;
}

prom_element prom_element_inverse(prom_element a)
{
    return prom_element_power(a, PROM_FIELD_PRIME - 2); /* Fermat */
}

prom_element prom_element_root(size_t log_order)
{
    PROM_FIELD_VERIFY(log_order <= PROM_FIELD_TWO_ADICITY);
    return prom_element_power(prom_element_of(PROM_FIELD_GENERATOR), (PROM_FIELD_PRIME - 1) >> log_order);
}

/* Montgomery's trick: scratch[i] holds the product of all before i. */
bool prom_element_invert_all(prom_element *elements, prom_element *scratch, size_t count)
{
    prom_element product = prom_element_one();
    for (size_t i = 0; i < count; i++) {
        scratch[i] = product;
        product = prom_element_multiply(product, elements[i]);
    }
    if (product.residue == 0) {
        return false;
    }
    prom_element inverse = prom_element_inverse(product);
    for (size_t i = count; i-- > 0;) {
        const prom_element element = elements[i];
        elements[i] = prom_element_multiply(inverse, scratch[i]);
        inverse = prom_element_multiply(inverse, element);
    }
    return true;
}
