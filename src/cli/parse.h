/* How a command line becomes a command's arguments. */
#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include "cli/command.h"

/* Returns whether --json is among the arguments: known before they are parsed, so that a failure to parse them is told
 * in JSON too. */
bool prom_parse_wants_json(int argument_count, char **arguments);

/* Returns whether this is "--help" or "-h". */
bool prom_parse_is_help(const char *argument);

/* Writes what the arguments say to `target`, a struct of the command's arguments that is all zero. An argument is an
 * option when it begins with "--", or is "-" and a letter; "--" alone makes operands of all that follow.
 * PROM_CATEGORY_BAD_INPUT for an option that is unknown, lacks its value or has one too many, a number that is none or
 * out of range, an operand too many, and whatever is required and missing. */
PROM_MUST_USE prom_result prom_parse(void *target, const prom_path *path, int argument_count, char **arguments,
                                     prom_error *error);

#endif
