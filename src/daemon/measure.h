/* Measures what this machine can do for others: runs, proves and verifies programs in one thread, as a node does a job;
 * and writes to the disk. */
#ifndef DAEMON_MEASURE_H
#define DAEMON_MEASURE_H

#include "prometheus/base/arena.h"
#include "prometheus/base/progress.h"
#include "prometheus/program/program.h"

/* What it does of one program; each a mean of all rounds. */
typedef struct prom_measured_program {
    const char *name;
    uint32_t items; /* of a batch */
    uint32_t rounds;
    uint64_t macs_per_second;
    uint64_t effort_per_second; /* of proving */
    uint64_t steps_per_second;  /* of checking */
} prom_measured_program;

#define PROM_MEASURED_MAX 4U

typedef struct prom_measured {
    prom_measured_program programs[PROM_MEASURED_MAX];
    size_t count;
    /* The slowest of each, rounded down to two digits, so that two measurements say about the same. */
    uint64_t macs_per_second;
    uint64_t effort_per_second;
    uint64_t steps_per_second;
} prom_measured;

/* Measures for about so many seconds, with `program` of that name, or where it is NULL with one of each kind that is
 * sold here. `progress` is called with hundredths. PROM_CATEGORY_BAD_INPUT when the program cannot be proven,
 * PROM_CATEGORY_STOPPED when `progress` says so, PROM_CATEGORY_MEMORY. */
PROM_MUST_USE prom_result prom_measure(prom_measured *measured, const prom_program *program, const char *name,
                                       double seconds, const prom_progress *progress, prom_error *error);

/* Writes so much to a file without a name in the folder, until it is on the disk, and tells how many bytes a second
 * that was. PROM_CATEGORY_IO. */
#define PROM_MEASURE_DISK_BYTES ((size_t)32 << 20)
PROM_MUST_USE prom_result prom_measure_disk(uint64_t *bytes_per_second, const char *folder, prom_error *error);

/* Returns the price, in msat for a million, by which a machine that does so many a second earns so much in an hour;
 * rounded up, and 1 at least. */
uint64_t prom_measured_price(uint64_t sat_an_hour, uint64_t per_second);

#endif
