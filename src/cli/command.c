#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "cli/outputs.h"
#include "cli/page.h"
#include "cli/parse.h"
#include "cli/tell.h"
#include "prometheus/base/version.h"

enum { NAMES = 256 }; /* room for the names of a group's commands */

/* -- Paths -- */

const prom_command *prom_path_last(const prom_path *path)
{
    return path->commands[path->count - 1];
}

bool prom_path_enter(prom_path *path, const char *name)
{
    const prom_command *group = prom_path_last(path);
    for (size_t i = 0; group->subcommands != NULL && group->subcommands[i] != NULL; i++) {
        if (strcmp(group->subcommands[i]->name, name) == 0) {
            path->commands[path->count++] = group->subcommands[i];
            return true;
        }
    }
    return false;
}

const char *prom_path_text(char text[PROM_PATH_TEXT], const prom_path *path, char separator)
{
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 1; i < path->count && at < PROM_PATH_TEXT; i++) {
        const char between[] = {i > 1 ? separator : '\0', '\0'};
        at += (size_t)snprintf(text + at, PROM_PATH_TEXT - at, "%s%s", between, path->commands[i]->name);
    }
    return text;
}

void prom_path_walk(const prom_command *root, void (*visit)(void *context, const prom_path *path), void *context)
{
    prom_path path = {{root}, 1};
    visit(context, &path);
    for (size_t i = 0; root->subcommands[i] != NULL; i++) {
        const prom_command *const *subcommands = root->subcommands[i]->subcommands;
        path.commands[1] = root->subcommands[i];
        path.count = 2;
        visit(context, &path);
        for (size_t j = 0; subcommands != NULL && subcommands[j] != NULL; j++) {
            path.commands[2] = subcommands[j];
            path.count = 3;
            visit(context, &path);
        }
    }
}

/* -- Sentences -- */

/* "up, down, status, mine" */
static const char *names_of(char *text, size_t size, const prom_command *group)
{
    text[0] = '\0';
    for (size_t i = 0, at = 0; group->subcommands[i] != NULL && at < size; i++) {
        at += (size_t)snprintf(text + at, size - at, "%s%s", i == 0 ? "" : ", ", group->subcommands[i]->name);
    }
    return text;
}

/* The option that stands where a command's name does and that `name` is written much like; NULL: none is near. */
static const char *near_option(const prom_path *path, const char *name)
{
    static const char version[] = "--version";
    const bool is_root = path->count == 1;
    const bool has_dash = name[0] == '-';
    prom_suggestion near = prom_suggestion_for(name, strlen(name));
    if (has_dash) {
        prom_suggestion_consider(&near, "--help");
    }
    if (is_root) {
        prom_suggestion_consider(&near, has_dash ? version : version + strlen("--"));
    }
    return near.best == NULL || has_dash ? near.best : version;
}

prom_result prom_path_unknown(const prom_path *path, const char *name, prom_error *error)
{
    const prom_command *group = prom_path_last(path);
    prom_suggestion near = prom_suggestion_for(name, strlen(name));
    char names[NAMES];
    char meant[NAMES] = "";
    for (size_t i = 0; group->subcommands[i] != NULL; i++) {
        prom_suggestion_consider(&near, group->subcommands[i]->name);
    }
    const char *word = near_option(path, name);
    word = word != NULL ? word : near.best;
    if (word != NULL) {
        (void)snprintf(meant, sizeof meant, " (did you mean '%s'?)", word);
    }
    if (path->count == 1) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "unknown %s '%.300s'%s; 'prom --help' lists the commands",
                         name[0] == '-' ? "option" : "command", name, meant);
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%.200s' is none of %s's commands: %s%s", name, group->name,
                     names_of(names, sizeof names, group), meant);
}

/* "; see 'prom help devnet up'", behind a sentence about the command line. */
static prom_result with_hint(const prom_path *path, prom_result result, prom_error *error)
{
    char text[PROM_PATH_TEXT];
    const prom_error failed = *error;
    return prom_fail(error, result.category, "%.400s; see 'prom help %s'", failed.sentence,
                     prom_path_text(text, path, ' '));
}

static prom_exit exit_of(const prom_command *command, prom_result result)
{
    switch (result.category) {
    case PROM_CATEGORY_OK:
        return PROM_EXIT_OK;
    case PROM_CATEGORY_BAD_INPUT:
        return PROM_EXIT_USAGE;
    case PROM_CATEGORY_PEER:
        return PROM_EXIT_FAILURE;
    case PROM_CATEGORY_MISUSE:
    case PROM_CATEGORY_IO:
    case PROM_CATEGORY_BROKEN:
    case PROM_CATEGORY_STOPPED:
    case PROM_CATEGORY_MEMORY:
        break;
    }
    return command->broken != PROM_EXIT_OK ? command->broken : PROM_EXIT_FAILURE;
}

/* Tells a failure with the command's name before the sentence. */
static prom_exit tell_failure(const prom_path *path, bool json, prom_result result, prom_error *error)
{
    char text[PROM_PATH_TEXT];
    if (path->count > 1) {
        result = prom_within(result, error, "%s", prom_path_text(text, path, ' '));
    }
    prom_tell_failure(json, result, error);
    return exit_of(prom_path_last(path), result);
}

/* -- The driver -- */

/* A group of commands, and what stands where the name of one should: NULL at the end of the line. */
static prom_exit refuse_name(const prom_path *path, const char *name, bool json)
{
    const bool is_root = path->count == 1;
    char names[NAMES];
    prom_error error;
    prom_result result;
    if (is_root && name != NULL && strcmp(name, "--json") == 0) {
        result = prom_fail(&error, PROM_CATEGORY_BAD_INPUT, "--json stands behind a command: %s",
                           names_of(names, sizeof names, prom_path_last(path)));
    } else if (name != NULL && (is_root || name[0] != '-' || near_option(path, name) != NULL)) {
        result = prom_path_unknown(path, name, &error);
    } else {
        result = prom_fail(&error, PROM_CATEGORY_BAD_INPUT, "say what to do: %s",
                           names_of(names, sizeof names, prom_path_last(path)));
    }
    return tell_failure(path, json, is_root ? result : with_hint(path, result, &error), &error);
}

static bool asks_for_help(int argument_count, char **arguments)
{
    for (int i = 0; i < argument_count && strcmp(arguments[i], "--") != 0; i++) {
        if (prom_parse_is_help(arguments[i])) {
            return true;
        }
    }
    return false;
}

/* No command can forget to look whether its files can be written, and are not those that it reads. */
static prom_result carry_out(const prom_command *command, void *given, prom_exit *code, prom_error *error)
{
    if (command->complete != NULL) {
        PROM_TRY(command->complete(given, error));
    }
    PROM_TRY(prom_outputs_check(given, command, error));
    return command->run(given, code, error);
}

/* What could not be told is a failure of its own, whatever there was to tell: only the files that a command has written
 * by then are there all the same, which `written` says, or "". */
static prom_exit end(const prom_path *path, prom_exit code, const char *written)
{
    prom_error error;
    prom_result told = prom_tell_flush(&error);
    if (prom_is_ok(told)) {
        return code;
    }
    if (written[0] != '\0') {
        const prom_error failed = error;
        told = prom_fail(&error, told.category, "%s; but %s written, and whole", failed.sentence, written);
    }
    return tell_failure(path, false, told, &error);
}

static prom_exit run(const prom_path *path, int argument_count, char **values)
{
    const prom_command *command = prom_path_last(path);
    const bool json = prom_parse_wants_json(argument_count, values);
    prom_exit code = PROM_EXIT_OK;
    prom_error error = {{0}};
    void *given = calloc(1, command->arguments_size);
    if (given == NULL) {
        return tell_failure(path, json, prom_fail(&error, PROM_CATEGORY_MEMORY, "out of memory"), &error);
    }
    prom_result result = prom_parse(given, path, argument_count, values, &error);
    if (prom_is_ok(result)) {
        result = carry_out(command, given, &code, &error);
    } else {
        result = with_hint(path, result, &error);
    }
    char written[PROM_OUTPUTS_TEXT] = "";
    if (prom_is_ok(result)) {
        (void)prom_outputs_text(written, sizeof written, given, command);
    }
    free(given);
    if (!prom_is_ok(result)) {
        const prom_exit failure = tell_failure(path, json, result, &error);
        code = code == PROM_EXIT_OK ? failure : code;
    }
    return end(path, code, written);
}

/* Tells about the command; in JSON, as 'prom help' does, of which there may be none. */
static prom_exit tell_help(const prom_path *path, bool json)
{
    char option[] = "--json";
    char *arguments[] = {option};
    prom_path help = {{path->commands[0]}, 1};
    if (json && prom_path_enter(&help, "help")) {
        return run(&help, 1, arguments);
    }
    prom_page_print(stdout, path, &prom_page_help);
    return end(path, PROM_EXIT_OK, "");
}

prom_exit prom_command_main(const prom_command *root, int argument_count, char **arguments)
{
    prom_path path = {{root}, 1};
    int at = 0;
    if (argument_count == 0) {
        prom_page_print(stderr, &path, &prom_page_help);
        return PROM_EXIT_USAGE;
    }
    for (; prom_path_last(&path)->subcommands != NULL; at++) {
        const char *name = at < argument_count ? arguments[at] : NULL;
        if (name != NULL && prom_parse_is_help(name)) {
            break;
        }
        if (at == 0 && name != NULL && strcmp(name, "--version") == 0) {
            (void)puts(prom_parse_wants_json(argument_count, arguments) ? "{\"version\": \"" PROM_VERSION "\"}"
                                                                        : "prom " PROM_VERSION);
            return PROM_EXIT_OK;
        }
        if (name == NULL || !prom_path_enter(&path, name)) {
            return refuse_name(&path, name, prom_parse_wants_json(argument_count, arguments));
        }
    }
    if (asks_for_help(argument_count - at, arguments + at)) {
        return tell_help(&path, prom_parse_wants_json(argument_count, arguments));
    }
    return run(&path, argument_count - at, arguments + at);
}
