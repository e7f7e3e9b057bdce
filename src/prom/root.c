/* prom: the group of all commands. */
#include "prom/root.h"

static const prom_command *const COMMANDS[] = {
    &prom_command_compile, &prom_command_inspect,   &prom_command_infer,
    &prom_command_prove,   &prom_command_verify,    &prom_command_program,
    &prom_command_bench,   &prom_command_contract,  &prom_command_game,
    &prom_command_devnet,  &prom_command_demo,      &prom_command_party,
    &prom_command_node,    &prom_command_benchmark, &prom_command_stop,
    &prom_command_quote,   &prom_command_run,       &prom_command_iterate,
    &prom_command_jobs,    &prom_command_channel,   &prom_command_wallet,
    &prom_command_offer,   &prom_command_peers,     &prom_command_events,
    &prom_command_rpc,     &prom_command_tower,     &prom_command_seed,
    &prom_command_restore, &prom_command_help,      NULL,
};

typedef struct arguments {
    bool help;
    bool version;
} arguments;

static const prom_parameter PARAMETERS[] = {
    {.option = "--help", .letter = "-h", PROM_TO_FLAG(help), .help = "Print the help of prom, or of the command."},
    {.option = "--version", PROM_TO_FLAG(version), .help = "Print the version."},
    {0},
};

static const prom_text DESCRIPTION[] = {
    {NULL, "Every command takes --help and --json. The latter makes it print one JSON object "
           "instead of text; a failure is then {\"error\": {\"category\": ..., \"message\": ...}}."},
    {NULL,
     "A file that is read may be '-', standard input, and a result of infer and prove too: standard output, which "
     "is refused where it is a terminal. What is told then goes to standard error."},
    {0},
};

const prom_command prom_command_root = {
    .name = "prom",
    .summary = "buy computation from a stranger, pay in bitcoin, have the result proven",
    .description = DESCRIPTION,
    .parameters = PARAMETERS,
    .subcommands = COMMANDS,
    .exits = {[PROM_EXIT_NOT_RUNNING] = "not running (devnet status); not known (verify)"},
};
