/* Re-execution, for the table of schemes. */
#ifndef SCHEME_REPLAY_H
#define SCHEME_REPLAY_H

#include "prometheus/scheme/scheme.h"

extern const prom_scheme prom_scheme_replay;

#endif
