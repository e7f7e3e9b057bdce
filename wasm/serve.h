/* What prom-wasm does with what it is sent: README.md. */
#ifndef SERVE_H
#define SERVE_H

/* Serves one program, until nobody is there any more, or this machine cannot go on; then ends the process. Runs in a
 * thread with ENGINE_STACK bytes of stack. */
_Noreturn void serve(void);
/* Says that this machine cannot do what it was asked for, and why; ends the process. */
_Noreturn void serve_fault(const char *why);

#endif
