/* Where the bitcoind of this machine is, and how old. */
#ifndef CHAIN_BITCOIND_H
#define CHAIN_BITCOIND_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "prometheus/base/result.h"

/* The oldest that relays the transactions of a contract: version 3 with an output that anyone can spend. */
#define PROM_BITCOIND_MIN 28U

#define PROM_BITCOIND_VERSION 64

typedef struct prom_bitcoind {
    char path[PATH_MAX];                 /* absolute */
    char version[PROM_BITCOIND_VERSION]; /* "v31.99.0-unk" */
    uint32_t major;                      /* 31 */
} prom_bitcoind;

/* Finds a bitcoind that runs and is recent enough: `wanted` where it is not NULL, else the environment's
 * PROM_BITCOIND, else the one on the PATH, else the one that `make deps` built into the cache. The first two are the
 * user's word: where they do not fit, nothing else is tried. Each is asked for its version, which neither reads nor
 * writes what is the user's. The sentence of a failure names the path, the version and the remedy, or quotes what was
 * answered instead. `found` is zeroed after a failure: PROM_CATEGORY_BAD_INPUT for `wanted`, else PROM_CATEGORY_IO. */
PROM_MUST_USE prom_result prom_bitcoind_find(prom_bitcoind *found, const char *wanted, prom_error *error);

/* Reads version and major out of what `bitcoind --version` prints. False, and both zeroed, when it is not Bitcoin
 * Core's. */
PROM_MUST_USE bool prom_bitcoind_version_parse(prom_bitcoind *bitcoind, const char *output);

#endif
