/* The version: of these headers, and of the library that runs. The major number changes when a stable function does
 * something else or goes (from 1.0.0 on; before, the minor one does), the minor number when one is added. */
#ifndef PROMETHEUS_BASE_VERSION_H
#define PROMETHEUS_BASE_VERSION_H

#include "prometheus/base/declarations.h"

PROM_DECLARATIONS_BEGIN

/* Of these headers. CMakeLists.txt, which names the same version, refuses to build another. */
#define PROM_VERSION_MAJOR 0
#define PROM_VERSION_MINOR 1
#define PROM_VERSION_PATCH 0

/* The same as text: "0.1.0". */
#define PROM_VERSION                                                                                                   \
    PROM_VERSION_TEXT_(PROM_VERSION_MAJOR)                                                                             \
    "." PROM_VERSION_TEXT_(PROM_VERSION_MINOR) "." PROM_VERSION_TEXT_(PROM_VERSION_PATCH)
#define PROM_VERSION_TEXT_(number) PROM_VERSION_DIGITS_(number)
#define PROM_VERSION_DIGITS_(number) #number

/* Returns the version of the library that runs, as PROM_VERSION writes it: differs from PROM_VERSION in a program
 * compiled with other headers. Lives as long as the program. */
const char *prom_version(void);

PROM_DECLARATIONS_END

#endif
