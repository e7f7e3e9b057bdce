/* What measurements share: how far they are, and what they come to. */
#ifndef DAEMON_MEASURE_COURSE_H
#define DAEMON_MEASURE_COURSE_H

#include <stdint.h>

#include "prometheus/base/progress.h"

/* One measurement of one program, or of several after each other. */
typedef struct prom_course {
    const prom_progress *progress; /* is called with hundredths; may be NULL */
    double begun;
    double seconds; /* of all */
} prom_course;

/* Reports how much of the time has passed, whatever was done: the `report` of a progress whose context is a course. */
bool prom_course_report(void *context, size_t done, size_t total);

/* Returns how many a second that is, 1 at least. */
uint64_t prom_measured_rate(double count, double seconds);
/* Returns the slower one, rounded down to two digits; `so_far` is that of an earlier call, or 0. */
uint64_t prom_measured_slower(uint64_t so_far, uint64_t number);

#endif
