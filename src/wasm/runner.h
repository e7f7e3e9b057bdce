/* A runner of modules (prometheus/module/runner.h) that has the work done by prom-wasm, a process of its own for each
 * session: wasm/README.md. Where prom-wasm is missing, opening a session says so. What it answers is held to the frames
 * and to the program's limits, as a module may have broken out of the engine. */
#ifndef WASM_RUNNER_H
#define WASM_RUNNER_H

#include "prometheus/module/runner.h"

/* Makes a runner. `helper` is the path of prom-wasm, which must outlive it; NULL: the one that lies beside our own
 * program, or else is on the PATH. Nothing is started before a session is opened, and nothing is to be freed. */
void prom_wasm_runner_init(prom_runner *runner, const char *helper);

/* Has a small module compiled, to see whether prom-wasm can do here what it is for: where memory may not become
 * executable, or system calls are filtered, it cannot, and a node that took jobs all the same would lose its stakes. */
PROM_MUST_USE prom_result prom_wasm_runner_try(const prom_runner *runner, prom_error *error);

#endif
