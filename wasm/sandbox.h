/* What a module could reach if it broke out of the engine: nothing but the socket, and computing. */
#ifndef SANDBOX_H
#define SANDBOX_H

/* Gives up all that is not needed: files but the socket at descriptor 0, the environment, and more memory, files and
 * core dumps than computing takes. Returns what the system refused; NULL when nothing. */
const char *sandbox_enter(void);
/* Leaves this process, all its threads, only the system calls that computing takes. Nothing undoes it. Returns as
 * above. */
const char *sandbox_seal(void);

#endif
