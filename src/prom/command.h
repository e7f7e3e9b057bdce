/* What the subcommands of `prom` share: the table's entry, options, exit codes, output for people and for programs. */
#ifndef PROM_COMMAND_H
#define PROM_COMMAND_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/result.h"

typedef enum prom_exit {
    PROM_EXIT_OK = 0,
    PROM_EXIT_FAILURE = 1,
    PROM_EXIT_USAGE = 2,       /* what stands on the command line can not be used */
    PROM_EXIT_NOT_RUNNING = 3, /* `status`, as of systemctl */
} prom_exit;

typedef struct prom_command {
    const char *name;
    const char *summary; /* one line, for `prom --help` */
    const char *help;    /* `prom help NAME` */
    /* Gets what follows the name; returns the exit code. */
    prom_exit (*run)(int argument_count, char **arguments);
} prom_command;

extern const prom_command prom_command_bench;
extern const prom_command prom_command_compile;
extern const prom_command prom_command_contract;
extern const prom_command prom_command_demo;
extern const prom_command prom_command_devnet;
extern const prom_command prom_command_infer;
extern const prom_command prom_command_inspect;
extern const prom_command prom_command_prove;
extern const prom_command prom_command_verify;

/* PROM_EXIT_USAGE for bad input, PROM_EXIT_FAILURE for any other failure. */
prom_exit prom_exit_of(prom_result result);

/* "--name VALUE" or "--name=VALUE" where `value` is not NULL, else "--name". An option with a short name, "-n", stands
 * in the table twice. */
typedef struct prom_option {
    const char *name; /* with its dashes */
    const char **value;
    bool *flag;
} prom_option;

/* Sorts the arguments into options and operands. An argument is an option when it begins with "--", or is "-" and a
 * letter; "--" alone makes operands of all that follow. PROM_CATEGORY_BAD_INPUT for an option that is unknown, lacks
 * its value or has one too many, and for more operands than `room`. */
PROM_MUST_USE prom_result prom_command_parse(int argument_count, char **arguments, const prom_option *options,
                                             size_t option_count, const char **operands, size_t *operand_count,
                                             size_t room, prom_error *error);

/* A decimal number of `least` to `most`. PROM_CATEGORY_BAD_INPUT, `what` in the sentence, when `text` is anything else.
 */
PROM_MUST_USE prom_result prom_command_number(uint32_t *number, const char *text, uint32_t least, uint32_t most,
                                              const char *what, prom_error *error);

/* "${XDG_DATA_HOME:-$HOME/.local/share}/prometheus/NAME" to `path`. PROM_CATEGORY_BAD_INPUT when there is no home. */
PROM_MUST_USE prom_result prom_command_data_path(char path[PATH_MAX], const char *name, prom_error *error);
/* Whether --json is among the arguments: known before they are parsed, so that a failure to parse them is told in JSON
 * too. */
bool prom_command_wants_json(int argument_count, char **arguments);

/* With `json`, prints `object`; else the text. Consumes `object`. PROM_CATEGORY_IO when `object` is NULL: a json_pack
 * that failed, because a name is not UTF-8. */
PROM_MUST_USE prom_result prom_command_tell(bool json, json_t *object, prom_error *error, const char *format, ...)
    PROM_PRINTF(4, 5);

/* Tells a failure ("prom: ..." on standard error, or {"error": {"category", "message"}} on standard output), nothing
 * after a success. Returns the exit code. */
prom_exit prom_command_finish(bool json, prom_result result, const prom_error *error);

#endif
