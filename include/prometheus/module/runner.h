/* Who runs a module: something above the library, as that needs memory that can be written and executed, in a process
 * of its own. It is handed to what must run one; without it everything else works. */
#ifndef PROMETHEUS_MODULE_RUNNER_H
#define PROMETHEUS_MODULE_RUNNER_H

#include "prometheus/base/progress.h"
#include "prometheus/module/module.h"

PROM_DECLARATIONS_BEGIN

/* What is to be computed: an item, by `map`, or a fold of two results, by `reduce`. */
typedef struct prom_module_call {
    bool fold;
    prom_span first;
    prom_span second; /* of a fold */
} prom_module_call;

typedef struct prom_runner prom_runner;
typedef struct prom_runner_session prom_runner_session; /* the runner's own: one module, compiled */

struct prom_runner {
    /* Validates, meters and compiles a program's module, which must outlive the session. PROM_CATEGORY_BAD_INPUT when
     * it is no module that can be run, the same on every machine; any other category when that could not be found out:
     * there is no engine, no memory. Compiling has no limit in time, which depends on the machine: `progress`, which
     * may be NULL, is asked meanwhile, and counts nothing; PROM_CATEGORY_STOPPED when it does not want to wait longer.
     * Any number of sessions may be open, also in several threads. */
    prom_result (*open)(const prom_runner *runner, prom_runner_session **session, const prom_module *module,
                        const prom_progress *progress, prom_error *error);
    /* Finds out whether a module can be opened, and keeps nothing. Compiling it may take half of the memory that it may
     * take where it is opened, so that what passes here can be opened later, and by others. Fails as `open` does. */
    prom_result (*check)(const prom_runner *runner, const prom_module *module, const prom_progress *progress,
                         prom_error *error);
    /* Computes so many nodes, each in an instance of its own; `results` has room for all of them, and their bytes lie
     * in the arena. `progress`, which may be NULL, counts the calls. PROM_CATEGORY_STOPPED when it says so; any other
     * failure is the machine's, never the module's: what a module does wrong is a result. */
    prom_result (*run)(prom_runner_session *session, prom_arena *arena, prom_node_result *results,
                       const prom_module_call *calls, size_t count, const prom_progress *progress, prom_error *error);
    /* Ends it; NULL is nothing. */
    void (*close)(prom_runner_session *session);
    void *context; /* of whoever made the runner */
};

PROM_DECLARATIONS_END

#endif
