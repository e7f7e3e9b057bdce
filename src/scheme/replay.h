/* Re-execution, for the table of schemes: integer programs here, modules in replay_module.h. */
#ifndef SCHEME_REPLAY_H
#define SCHEME_REPLAY_H

#include "prometheus/scheme/scheme.h"

extern const prom_scheme prom_scheme_replay;
extern const prom_scheme prom_scheme_replay_module;

#endif
