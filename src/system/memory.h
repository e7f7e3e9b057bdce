/* What memory the machine has left, and this process takes. */
#ifndef SYSTEM_MEMORY_H
#define SYSTEM_MEMORY_H

#include <stdint.h>

/* Returns how many bytes new work can have before the machine swaps or refuses them, as the kernel estimates it,
 * or less where the process's own limits (RLIMIT_AS, RLIMIT_DATA; ulimit -v, -d) leave less; UINT64_MAX where nothing
 * is known. */
uint64_t prom_memory_available(void);

/* Returns the most memory that this process has had so far, in bytes, and what it had before it became this program not
 * counted; 0 where the kernel does not tell. */
uint64_t prom_memory_peak(void);

/* Gives back to the machine what was freed, where the C library would keep it for later. Takes some milliseconds. */
void prom_memory_return(void);

#endif
