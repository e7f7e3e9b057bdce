/* What shells complete after `prom`, written from the table of commands. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/command.h"

#define PROM_COMPLETION_SHELLS "bash zsh fish"

/* Prints the completion for one of these shells. Returns false when it is none of them. */
bool prom_completion_print(FILE *stream, const prom_command *root, const char *shell);

/* One for each of them. */
void prom_completion_bash(FILE *stream, const prom_command *root);
void prom_completion_zsh(FILE *stream, const prom_command *root);
void prom_completion_fish(FILE *stream, const prom_command *root);

#endif
