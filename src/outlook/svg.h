/* The picture of a contract's transactions. */
#ifndef OUTLOOK_SVG_H
#define OUTLOOK_SVG_H

#include "outlook/outlook.h"

/* Writes the picture, an SVG document, to standard output. */
PROM_MUST_USE prom_result prom_contract_svg_print(const prom_contract_outlook *outlook, prom_error *error);

#endif
