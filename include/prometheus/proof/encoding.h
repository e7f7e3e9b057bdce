/* Field elements as bytes: the number below p, in four bytes, big-endian; an element of the extension is its five
 * coefficients, that of 1 first. There is one way to write an element: a reader that meets a number of p or more
 * fails. */
#ifndef PROMETHEUS_PROOF_ENCODING_H
#define PROMETHEUS_PROOF_ENCODING_H

#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/field/element.h"

PROM_DECLARATIONS_BEGIN

#define PROM_ELEMENT_BYTES 4
#define PROM_EXTENSION_BYTES (PROM_EXTENSION_DEGREE * PROM_ELEMENT_BYTES)

/* Reads an element. A failed reader gives zeros, as for all else that it reads. */
prom_element prom_read_element(prom_reader *reader);
prom_extension prom_read_extension(prom_reader *reader);
void prom_write_element(prom_writer *writer, prom_element element);
void prom_write_extension(prom_writer *writer, const prom_extension *element);

PROM_DECLARATIONS_END

#endif
