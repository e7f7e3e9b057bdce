#include "base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THOUSAND = 1000 };

const char *prom_units_number(char text[PROM_UNITS], uint64_t number)
{
    char plain[PROM_UNITS];
    const int length = snprintf(plain, sizeof plain, "%" PRIu64, number);
    size_t at = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            text[at++] = ',';
        }
        text[at++] = plain[i];
    }
    text[at] = '\0';
    return text;
}

const char *prom_units_count(char text[PROM_UNITS], uint64_t count, const char *noun)
{
    const size_t at = strlen(prom_units_number(text, count));
    (void)snprintf(text + at, PROM_UNITS - at, " %s%s", noun, count == 1 ? "" : "s");
    return text;
}

/* 1.23, 12.3 or 123, of a number that is below 1000 when it is rounded so. */
static void three_digits(char text[PROM_UNITS], double number, const char *unit)
{
    const int decimals = number < 9.995 ? 2 : (number < 99.95 ? 1 : 0);
    (void)snprintf(text, PROM_UNITS, "%.*f %s", decimals, number, unit);
}

const char *prom_units_seconds(char text[PROM_UNITS], double seconds)
{
    static const char *const units[] = {"ns", "µs", "ms", "s"};
    double number = seconds * 1e9;
    size_t unit = 0;
    while (number >= THOUSAND - 0.5 && unit + 1 < sizeof units / sizeof *units) {
        number /= THOUSAND;
        unit++;
    }
    if (unit == 0) {
        (void)snprintf(text, PROM_UNITS, "%.0f %s", number, units[unit]); /* no clock tells parts of one */
    } else if (number >= THOUSAND - 0.5) {
        const size_t at = strlen(prom_units_number(text, (uint64_t)(number + 0.5)));
        (void)snprintf(text + at, PROM_UNITS - at, " %s", units[unit]);
    } else {
        three_digits(text, number, units[unit]);
    }
    return text;
}

const char *prom_units_bytes(char text[PROM_UNITS], uint64_t bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    double number = (double)bytes / THOUSAND;
    size_t unit = 0;
    if (bytes < THOUSAND) {
        return prom_units_count(text, bytes, "byte");
    }
    while (number >= THOUSAND - 0.5 && unit + 1 < sizeof units / sizeof *units) {
        number /= THOUSAND;
        unit++;
    }
    three_digits(text, number, units[unit]);
    return text;
}

double prom_units_measured(double number)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%.4g", number);
    return strtod(text, NULL);
}
