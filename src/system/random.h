/* Randomness of the operating system, for keys and nonces. */
#ifndef SYSTEM_RANDOM_H
#define SYSTEM_RANDOM_H

#include "prometheus/base/bytes.h"

/* Returns 32 bytes that nobody can guess. */
prom_bytes32 prom_random_bytes32(void);

#endif
