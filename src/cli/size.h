/* Sizes on the command line. */
#ifndef CLI_SIZE_H
#define CLI_SIZE_H

#include <stdint.h>

#include "prometheus/base/result.h"

/* Reads a number of bytes: digits, and behind them nothing, or K, M, G or T for 2^10, 2^20, 2^30 or 2^40 of them; small
 * letters, and "iB" or "B" behind the letter, are taken too. PROM_CATEGORY_BAD_INPUT for anything else, for 0, and for
 * 2^63 bytes or more. */
PROM_MUST_USE prom_result prom_parse_size(uint64_t *bytes, const char *text, prom_error *error);

/* Writes a size that prom_parse_size reads: the least number of K, M or G, of two digits or more where there are as
 * many, that is not below `bytes`. Returns `text`. */
#define PROM_SIZE_TEXT 24
const char *prom_size_text(char text[PROM_SIZE_TEXT], uint64_t bytes);

#endif
