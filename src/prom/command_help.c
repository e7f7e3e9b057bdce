/* prom help */
#include <stdlib.h>

#include "cli/completion.h"
#include "cli/page.h"
#include "cli/tell.h"
#include "daemon/config.h"
#include "prom/root.h"
#include "rpc/method.h"

typedef struct arguments {
    bool json;
    bool man;
    bool list;
    bool configuration;
    bool rpc;
    const char *shell;
    const char *command;
    const char *subcommand;
} arguments;

static void print_path(void *context, const prom_path *path)
{
    char text[PROM_PATH_TEXT];
    (void)context;
    if (path->count > 1) {
        (void)puts(prom_path_text(text, path, ' '));
    }
}

static json_t *parameters_json(const prom_command *command)
{
    json_t *list = json_array();
    for (const prom_parameter *at = command->parameters; !prom_parameter_is_end(at); at++) {
        (void)json_array_append_new(list, json_pack("{s:s?, s:s?, s:s?, s:b, s:s}", //
                                                    "option", at->option,           //
                                                    "letter", at->letter,           //
                                                    "value", at->value,             //
                                                    "required", (int)at->required,  //
                                                    "help", at->help));
    }
    return list;
}

static void add_command(void *context, const prom_path *path)
{
    const prom_command *command = prom_path_last(path);
    char name[PROM_PATH_TEXT];
    json_t *object = json_pack("{s:s, s:s, s:b, s:o}",                       //
                               "command", prom_path_text(name, path, ' '),   //
                               "summary", command->summary,                  //
                               "group", (int)(command->subcommands != NULL), //
                               "parameters", parameters_json(command));
    (void)json_array_append_new(context, object);
}

/* The whole table, whatever command is named. */
static prom_result tell_table(prom_error *error)
{
    json_auto_t *commands = json_array();
    prom_path_walk(&prom_command_root, add_command, commands);
    return prom_tell_json(json_pack("{s:O}", "commands", commands), error);
}

/* The command that the operands name, `prom` itself where there are none. */
static prom_result find(prom_path *path, const arguments *given, prom_error *error)
{
    const char *const names[] = {given->command, given->subcommand};
    *path = (prom_path){{&prom_command_root}, 1};
    for (size_t i = 0; i < sizeof names / sizeof *names && names[i] != NULL; i++) {
        if (prom_path_last(path)->subcommands == NULL) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s has no commands of its own, and no '%s'",
                             prom_path_last(path)->name, names[i]);
        }
        if (!prom_path_enter(path, names[i])) {
            return prom_path_unknown(path, names[i], error);
        }
    }
    return prom_ok();
}

static prom_result run_help(void *values, prom_exit *code, prom_error *error)
{
    const arguments *given = values;
    prom_path path;
    (void)code;
    PROM_TRY(find(&path, given, error));
    if (given->shell != NULL) {
        return prom_completion_print(stdout, &prom_command_root, given->shell)
                   ? prom_ok()
                   : prom_fail(error, PROM_CATEGORY_BROKEN, "there is no completion for '%s'", given->shell);
    }
    if (given->json) {
        return given->rpc ? prom_tell_json(prom_rpc_help(), error) : tell_table(error);
    }
    if (given->configuration) {
        prom_config_write_page(stdout);
    } else if (given->rpc) {
        prom_rpc_write_page(stdout);
    } else if (given->list) {
        prom_path_walk(&prom_command_root, print_path, NULL);
    } else {
        prom_page_print(stdout, &path, given->man ? &prom_page_man : &prom_page_help);
    }
    return prom_ok();
}

static const prom_parameter PARAMETERS[] = {
    {.value = "COMMAND", .noun = "command", PROM_TO_TEXT(command), .commands = true, .help = "The command to tell of."},
    {.value = "SUBCOMMAND",
     .noun = "subcommand",
     PROM_TO_TEXT(subcommand),
     .commands = true,
     .help = "A command of a group, as explain is one of contract."},
    {.option = "--man",
     .excludes = "--json",
     PROM_TO_FLAG(man),
     .help = "Print the source of the man page, for scdoc(1)."},
    {.option = "--list", PROM_TO_FLAG(list), .alone = true, .help = "Print the names of all commands, one on a line."},
    {.option = "--configuration",
     .excludes = "--json",
     PROM_TO_FLAG(configuration),
     .alone = true,
     .help = "Print the page of all settings of 'prom node', docs/configuration.md."},
    {.option = "--rpc",
     PROM_TO_FLAG(rpc),
     .alone = true,
     .help = "Print the page of the node's JSON-RPC, docs/rpc.md; with --json what its method rpc.help tells."},
    {.option = "--completion",
     .value = "SHELL",
     .noun = "completion for",
     .excludes = "--json",
     PROM_TO_TEXT(shell),
     .words = PROM_COMPLETION_SHELLS,
     .alone = true,
     .help = "Print the completion for a shell: a file to source, or to put where the shell looks for such."},
    {.option = "--json", PROM_TO_FLAG(json), .help = "Print all commands and their parameters as one JSON object."},
    {0},
};

static const prom_text DESCRIPTION[] = {
    {NULL, "Help is as wide as the environment's COLUMNS or the terminal says, from 40 to 80 columns, and 80 where it "
           "goes elsewhere."},
    {0},
};

static const prom_text JSON[] = {
    {"commands",
     "of each command: command (its name, \"\" for prom itself), summary, group (whether it has commands of "
     "its own) and parameters"},
    {"parameters",
     "of each option and operand: option (null for an operand), letter, value (null for a flag), required, "
     "help"},
    {0},
};

static const char *const EXAMPLES[] = {
    "prom help contract explain",
    "source <(prom help --completion bash)",
    NULL,
};

const prom_command prom_command_help = {
    .name = "help",
    .summary = "tell about a command, print man pages and completions",
    .description = DESCRIPTION,
    .parameters = PARAMETERS,
    .json = JSON,
    .examples = EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_help,
};
