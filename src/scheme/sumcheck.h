/* Proofs of the whole batch, for the table of schemes. */
#ifndef SCHEME_SUMCHECK_H
#define SCHEME_SUMCHECK_H

#include "prometheus/scheme/scheme.h"

extern const prom_scheme prom_scheme_sumcheck;

#endif
