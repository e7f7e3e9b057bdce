/* What shells complete after `prom`, written from the table of commands. */
#ifndef PROM_COMPLETION_H
#define PROM_COMPLETION_H

#include <stdbool.h>
#include <stdio.h>

#define PROM_COMPLETION_SHELLS "bash zsh fish"

/* Prints the completion for one of these shells. Returns false when it is none of them. */
bool prom_completion_print(FILE *stream, const char *shell);

/* One for each of them. */
void prom_completion_bash(FILE *stream);
void prom_completion_zsh(FILE *stream);
void prom_completion_fish(FILE *stream);

#endif
