/* The network and the batch that the demo takes where it is given none. */
#ifndef PROM_DEMO_OWN_H
#define PROM_DEMO_OWN_H

#include <limits.h>

#include "demo/job.h"

typedef struct prom_demo_own_paths {
    char model[PATH_MAX];
    char calibration[PATH_MAX];
    char input[PATH_MAX];
    char labels[PATH_MAX];
} prom_demo_own_paths;

/* Names the files that came with the program, in `paths`; how pictures are read stays as it is. PROM_CATEGORY_IO when
 * they are not there. */
PROM_MUST_USE prom_result prom_demo_own_files(prom_demo_files *files, prom_demo_own_paths *paths, prom_error *error);

#endif
