/* What the demo computes: a network or a module of the user's own, or the network and the batch that come with prom. */
#ifndef PROM_DEMO_OWN_H
#define PROM_DEMO_OWN_H

#include <limits.h>

#include "demo/job.h"
#include "prom/batch.h"

typedef struct prom_demo_own_paths {
    char model[PATH_MAX];
    char calibration[PATH_MAX];
    char input[PATH_MAX];
    char labels[PATH_MAX];
} prom_demo_own_paths;

/* Finds that what is given goes together. Where nothing is, names the files that came with the program, in `paths`; how
 * pictures are read stays as it is. PROM_CATEGORY_BAD_INPUT names the option that does not fit; PROM_CATEGORY_IO when
 * the files that come with prom are not there. */
PROM_MUST_USE prom_result prom_demo_own_find(prom_demo_files *files, prom_demo_own_paths *paths,
                                             const prom_batch_options *batch, prom_error *error);

#endif
