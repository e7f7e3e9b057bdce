/* What a module could reach if it broke out of the engine: nothing but the socket, and computing. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stddef.h>

/* Gives up all that is not needed: files but the socket at descriptor 0, the environment, and more memory, files and
 * core dumps than computing takes. Returns what the system refused; NULL when nothing. */
const char *sandbox_enter(void);
/* Lets compiling take so many bytes of memory that can be written, and PROM_WASM_COMPILE_SECONDS of processor time; the
 * system ends the process that wants more. Then what it may take in all is allowed again. Both return as above. */
const char *sandbox_limit_compiling(size_t bytes);
const char *sandbox_end_compiling(void);
/* Leaves this process, all its threads, only the system calls that computing takes. Nothing undoes it. Returns as
 * above. */
const char *sandbox_seal(void);

#endif
