/* Counts, times and sizes as people read them, in one way everywhere. JSON has plain numbers instead. */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

#define PROM_UNITS 48

/* Writes "1,234,567". Returns `text`. */
const char *prom_units_number(char text[PROM_UNITS], uint64_t number);

/* Writes "1 item", "20 items" or "1,234,567 items": `noun` is the singular, and its plural has an s more. Returns
 * `text`. */
const char *prom_units_count(char text[PROM_UNITS], uint64_t count, const char *noun);

/* Writes a time with three digits: "412 ns", "9.46 µs", "12.3 ms", "1.50 s"; from 100 s on whole seconds. Returns
 * `text`.
 */
const char *prom_units_seconds(char text[PROM_UNITS], double seconds);

/* Writes a size with three digits: "312 bytes", "1.25 kB", "82.4 MB". Returns `text`. */
const char *prom_units_bytes(char text[PROM_UNITS], uint64_t bytes);

/* Returns the number as programs are told it where it was measured: the nearest with four decimal digits. */
double prom_units_measured(double number);

#endif
