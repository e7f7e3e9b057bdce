#include "prometheus/proof/encoding.h"

prom_element prom_read_element(prom_reader *reader)
{
    const uint32_t value = prom_read_u32(reader);
    if (value >= PROM_FIELD_PRIME) {
        reader->failed = true;
        return prom_element_zero();
    }
    return prom_element_of(value);
}

prom_extension prom_read_extension(prom_reader *reader)
{
    prom_extension element;
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        element.coefficients[i] = prom_read_element(reader);
    }
    return reader->failed ? prom_extension_zero() : element;
}

void prom_write_element(prom_writer *writer, prom_element element)
{
    prom_write_u32(writer, prom_element_value(element));
}

void prom_write_extension(prom_writer *writer, const prom_extension *element)
{
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        prom_write_element(writer, element->coefficients[i]);
    }
}
