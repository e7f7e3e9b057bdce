/* One party of the demo, in a process of its own: what it is told in a file, and its node's loop. */
#ifndef DEMO_PARTY_H
#define DEMO_PARTY_H

#include "demo/cast.h"
#include "node/node.h"

/* What the client begins. */
typedef struct prom_demo_wish {
    const prom_job *job;
    const char *program; /* files with the canonical bytes */
    const char *input;
    const char *result; /* file that the result goes to, in its canonical bytes */
} prom_demo_wish;

/* Writes the party's file: all that its process is told. `wish` is the client's, and NULL of all others. */
PROM_MUST_USE prom_result prom_demo_party_write(const prom_demo_cast *cast, size_t party, prom_falsification falsify,
                                                const prom_demo_wish *wish, prom_error *error);

/* Runs the party whose folder this is, until somebody sends SIGTERM. What happens is written to FOLDER/log, a JSON
 * object in each line. */
PROM_MUST_USE prom_result prom_demo_party_run(const char *folder, prom_error *error);

#endif
