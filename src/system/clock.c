#include "system/clock.h"

#include <time.h>

int64_t prom_clock_milliseconds(void)
{
    struct timespec time = {0};
    (void)clock_gettime(CLOCK_BOOTTIME, &time); /* cannot fail with this clock */
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

double prom_clock_seconds(void)
{
    struct timespec time = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

int64_t prom_clock_date(void)
{
    struct timespec time = {0};
    (void)clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec;
}
