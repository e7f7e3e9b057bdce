/* The files that a command writes, looked at before it does anything. */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include <limits.h>

#include "cli/command.h"

/* Fails where a file that the command is to write, by its table and these arguments, is one that it reads, by whatever
 * name, lies in a folder that it reads or makes, is another file that it writes, or is a standard stream's
 * (PROM_CATEGORY_BAD_INPUT), or cannot be written (as prom_file_write fails). */
PROM_MUST_USE prom_result prom_outputs_check(const void *given, const prom_command *command, prom_error *error);

/* Writes "proof and y.npy are" or "y.npy is", of the files that the command writes by its table and these arguments,
 * and
 * "" where there are none; of more than two, the first two. Returns `text`. */
#define PROM_OUTPUTS_TEXT 256
const char *prom_outputs_text(char *text, size_t size, const void *given, const prom_command *command);

/* Names an output where none is given: as the input, with `ending` in place of the input's own ending `from`, or behind
 * a name that has another one. PROM_CATEGORY_BAD_INPUT when the input is standard input, or the name too long. */
PROM_MUST_USE prom_result prom_outputs_beside(char name[PATH_MAX], const char *input, const char *from,
                                              const char *ending, prom_error *error);

#endif
