#include <ctype.h>
#include <string.h>

#include "cli/completion.h"

/* One function for each command: `_prom_contract_explain`. */
static void print_name(FILE *stream, const prom_path *path)
{
    char name[PROM_PATH_TEXT];
    (void)fprintf(stream, "_prom%s%s", path->count > 1 ? "_" : "", prom_path_text(name, path, '_'));
}

/* A text between single quotes, inside the brackets of a specification: "[", "]", ":" and "\" need a backslash. */
static void print_text(FILE *stream, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("[]:\\", *text) != NULL) {
            (void)fputc('\\', stream);
        }
        (void)fputs(*text == '\'' ? "'\\''" : (const char[]){*text, '\0'}, stream);
    }
}

/* The first sentence, without its full stop: there is one line for it. */
static void print_sentence(FILE *stream, const char *text)
{
    char sentence[256];
    const char *end = strstr(text, ". ");
    const size_t whole = end != NULL ? (size_t)(end - text) : strlen(text) - (text[strlen(text) - 1] == '.');
    (void)snprintf(sentence, sizeof sentence, "%.*s", (int)whole, text);
    print_text(stream, sentence);
}

/* What comes behind the colon of a specification. */
static void print_action(FILE *stream, const prom_parameter *parameter)
{
    if (parameter->commands) {
        (void)fputs("_prom_names", stream);
    } else if (parameter->words != NULL) {
        (void)fprintf(stream, "(%s)", parameter->words);
    } else if (parameter->files == NULL) {
        (void)fputc(' ', stream);
    } else if (strcmp(parameter->files, "*") == 0) {
        (void)fputs("_files", stream);
    } else if (strcmp(parameter->files, "/") == 0) {
        (void)fputs("_files -/", stream);
    } else {
        (void)fputs("_files -g \"*.", stream);
        for (const char *at = parameter->files; *at != '\0'; at++) {
            (void)fputs(*at == ' ' ? " *." : (const char[]){*at, '\0'}, stream);
        }
        (void)fputc('"', stream);
    }
}

static void print_option(FILE *stream, const prom_parameter *option)
{
    const char *excluded = option->excludes != NULL ? option->excludes : "";
    const char *letter = option->letter != NULL ? option->letter : "";
    const char *takes = option->value != NULL ? "=" : "";
    if (option->letter == NULL) {
        (void)fprintf(stream, " \\\n        '(%s%s%s)%s%s[", option->option, *excluded != '\0' ? " " : "", excluded,
                      option->option, takes);
    } else {
        (void)fprintf(stream, " \\\n        '(%s %s)'{%s%s,%s%s}'[", letter, option->option, letter,
                      option->value != NULL ? "+" : "", option->option, takes);
    }
    print_sentence(stream, option->help);
    (void)fputc(']', stream);
    if (option->value != NULL) {
        (void)fputc(':', stream);
        print_text(stream, option->value);
        (void)fputc(':', stream);
        print_action(stream, option);
    }
    (void)fputc('\'', stream);
}

static void print_parameters(FILE *stream, const prom_command *command)
{
    bool has_help = false;
    for (const prom_parameter *at = command->parameters; !prom_parameter_is_end(at); at++) {
        if (at->option == NULL) {
            (void)fprintf(stream, " \\\n        '%s:", at->required ? "" : ":");
            print_text(stream, at->value);
            (void)fputc(':', stream);
            print_action(stream, at);
            (void)fputc('\'', stream);
        } else {
            print_option(stream, at);
            has_help = has_help || strcmp(at->option, "--help") == 0;
        }
    }
    if (!has_help) {
        (void)fputs(" \\\n        '(- *)'{-h,--help}'[Print help]'", stream);
    }
}

static void print_names(FILE *stream, const prom_command *group)
{
    (void)fputs("    local -a names=(\n", stream);
    for (size_t i = 0; group->subcommands[i] != NULL; i++) {
        (void)fprintf(stream, "        '%s:", group->subcommands[i]->name);
        print_text(stream, group->subcommands[i]->summary);
        (void)fputs("'\n", stream);
    }
    (void)fputs("    )\n", stream);
}

/* A group completes the names of its commands, then hands over to the function of the one that is named. */
static void print_group(FILE *stream, const prom_path *path)
{
    const prom_command *group = prom_path_last(path);
    (void)fputs("    local curcontext=$curcontext state line\n", stream);
    print_names(stream, group);
    (void)fputs("    _arguments -C", stream);
    print_parameters(stream, group);
    (void)fputs(" \\\n        '1:command:->name' '*:: :->rest'\n"
                "    case $state in\n"
                "    name) _describe command names ;;\n"
                "    rest)\n"
                "        case $words[1] in\n",
                stream);
    for (size_t i = 0; group->subcommands[i] != NULL; i++) {
        prom_path below = *path;
        below.commands[below.count++] = group->subcommands[i];
        (void)fprintf(stream, "        %s) ", group->subcommands[i]->name);
        print_name(stream, &below);
        (void)fputs(" ;;\n", stream);
    }
    (void)fputs("        esac\n        ;;\n    esac\n", stream);
}

static void print_function(void *context, const prom_path *path)
{
    FILE *stream = context;
    const prom_command *command = prom_path_last(path);
    print_name(stream, path);
    (void)fputs("()\n{\n", stream);
    if (command->subcommands != NULL) {
        print_group(stream, path);
    } else {
        (void)fputs("    _arguments", stream);
        print_parameters(stream, command);
        (void)fputc('\n', stream);
    }
    (void)fputs("}\n\n", stream);
}

/* The names that `prom help` takes: those of all commands, or behind a group's name of its own. */
static void print_help_names(void *context, const prom_path *path)
{
    FILE *stream = context;
    const prom_command *group = prom_path_last(path);
    char name[PROM_PATH_TEXT];
    if (group->subcommands == NULL) {
        return;
    }
    (void)fprintf(stream, "    '%s')", prom_path_text(name, path, ' '));
    for (size_t i = 0; group->subcommands[i] != NULL; i++) {
        (void)fprintf(stream, "%s%s", i == 0 ? " compadd " : " ", group->subcommands[i]->name);
    }
    (void)fputs(" ;;\n", stream);
}

void prom_completion_zsh(FILE *stream, const prom_command *root)
{
    (void)fputs("#compdef prom\n"
                "# Completion of prom(1) for zsh, printed by 'prom help --completion zsh'.\n"
                "\n"
                "_prom_names()\n"
                "{\n"
                "    case ${words[2,CURRENT-1]} in\n",
                stream);
    prom_path_walk(root, print_help_names, stream);
    (void)fputs("    esac\n}\n\n", stream);
    prom_path_walk(root, print_function, stream);
    (void)fputs("_prom \"$@\"\n", stream);
}
