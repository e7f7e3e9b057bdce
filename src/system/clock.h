/* The clock for deadlines. */
#ifndef SYSTEM_CLOCK_H
#define SYSTEM_CLOCK_H

#include <stdint.h>

/* Returns milliseconds since the machine started, those that it slept included; no one can set this clock. */
int64_t prom_clock_milliseconds(void);

/* Returns seconds since the machine started, to the nanosecond, without those that it slept. */
double prom_clock_seconds(void);

/* Returns seconds since 1970, by the clock that the machine's owner sets. */
int64_t prom_clock_date(void);

#endif
