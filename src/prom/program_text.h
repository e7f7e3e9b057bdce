/* What programs allow, as it is written on the command line and told. */
#ifndef PROM_PROGRAM_TEXT_H
#define PROM_PROGRAM_TEXT_H

#include <stdio.h>

#include <jansson.h>

#include "module/measure.h"
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
void prom_limits_print(FILE *stream, const prom_module_limits *limits);

/* What a sample took, and what the whole batch costs by it and by the limits, as JSON has it and in lines. NULL when
 * memory ran out. */
json_t *prom_measure_json(const prom_module_measure *sample, const prom_module_limits *limits);
void prom_measure_print(FILE *stream, const prom_module_measure *sample, const prom_module_limits *limits);

#endif
