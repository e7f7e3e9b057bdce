/* The picture of a contract's transactions. */
#ifndef PROM_CONTRACT_SVG_H
#define PROM_CONTRACT_SVG_H

#include "prom/contract_outlook.h"

/* Writes the picture, an SVG document, to standard output. */
PROM_MUST_USE prom_result prom_contract_svg_print(const prom_contract_outlook *outlook, prom_error *error);

#endif
