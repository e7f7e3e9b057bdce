/* Randomness for keys and nonces, from the one source that there is: the operating system's getrandom. */
#ifndef SYSTEM_RANDOM_H
#define SYSTEM_RANDOM_H

#include "prometheus/base/bytes.h"

/* Returns 32 bytes that nobody can guess; waits, after the machine has started, until it has them. Ends the process,
 * with a sentence, where the system gives none: nothing else is taken in their place. */
prom_bytes32 prom_random_bytes32(void);

#endif
