/* What programs allow, as it is written on the command line and told. */
#ifndef PROM_PROGRAM_TEXT_H
#define PROM_PROGRAM_TEXT_H

#include <jansson.h>

#include "prometheus/module/module.h"

/* Reads fuel: digits, and behind them nothing, or k, M, G or T for 10^3 to 10^12 of them. PROM_CATEGORY_BAD_INPUT for
 * anything else, for 0, and for more than PROM_MODULE_FUEL_MAX. */
PROM_MUST_USE prom_result prom_parse_fuel(uint64_t *fuel, const char *text, const char *option, prom_error *error);

/* PROM_CATEGORY_BAD_INPUT when setting up an instance takes more fuel than an item, or a fold, may have: the sentence
 * says so. */
PROM_MUST_USE prom_result prom_limits_suffice(const prom_module_limits *limits, const prom_module_facts *facts,
                                              prom_error *error);

/* The limits as JSON has them; NULL when memory ran out. */
json_t *prom_limits_json(const prom_module_limits *limits);
/* Prints them, a line each. */
void prom_limits_print(const prom_module_limits *limits);

#endif
