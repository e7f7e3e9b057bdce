#include <string.h>

#include "cli/completion.h"

static const char HEAD[] = //
    "# Completion of prom(1) for fish, printed by 'prom help --completion fish'.\n"
    "\n"
    "# Whether the words before the cursor begin with these.\n"
    "function __prom_at\n"
    "    set -l words (commandline -opc)\n"
    "    set -l depth (count $argv)\n"
    "    set -e words[1]\n"
    "    test (count $words) -ge $depth; and test \"$words[1..$depth]\" = \"$argv\"\n"
    "end\n"
    "\n"
    "# Whether they are these, and no others.\n"
    "function __prom_is\n"
    "    set -l words (commandline -opc)\n"
    "    set -e words[1]\n"
    "    test \"$words\" = \"$argv\"\n"
    "end\n"
    "\n"
    "complete -c prom -f\n"
    "complete -c prom -s h -l help -d 'Print help'\n";

/* A text between single quotes: the quote and the backslash need a backslash. */
static void print_text(FILE *stream, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\'' || text[i] == '\\') {
            (void)fputc('\\', stream);
        }
        (void)fputc(text[i], stream);
    }
}

/* " -d 'Print the version'": the first sentence, without its full stop. */
static void print_description(FILE *stream, const char *text)
{
    const char *end = strstr(text, ". ");
    const size_t whole = end != NULL ? (size_t)(end - text) : strlen(text) - (text[strlen(text) - 1] == '.');
    (void)fputs(" -d '", stream);
    print_text(stream, text, whole);
    (void)fputs("'", stream);
}

/* What may stand for the value, with -k in this order. */
static void print_choices(FILE *stream, const prom_parameter *parameter)
{
    if (parameter->words != NULL) {
        (void)fprintf(stream, " -a '%s'", parameter->words);
    } else if (parameter->files != NULL && strcmp(parameter->files, "*") == 0) {
        (void)fputs(" -F", stream);
    } else if (parameter->files != NULL && strcmp(parameter->files, "/") == 0) {
        (void)fputs(" -a '(__fish_complete_directories)'", stream);
    } else if (parameter->files != NULL) {
        char endings[64];
        (void)snprintf(endings, sizeof endings, "%s", parameter->files);
        (void)fputs(" -k -a '", stream);
        for (char *at = endings, *next = NULL; at != NULL; at = next) {
            next = strchr(at, ' ');
            if (next != NULL) {
                *next++ = '\0';
            }
            (void)fprintf(stream, "(__fish_complete_suffix .%s)", at);
        }
        (void)fputs("'", stream);
    }
}

static void print_parameter(FILE *stream, const char *command, const prom_parameter *parameter)
{
    const bool any_file = parameter->files != NULL && strcmp(parameter->files, "*") == 0;
    if (parameter->option == NULL && parameter->files == NULL && parameter->words == NULL) {
        return;
    }
    (void)fputs("complete -c prom -n '", stream);
    (void)fprintf(stream, command[0] != '\0' ? "__prom_at %s'" : "__prom_is%s'", command);
    if (parameter->letter != NULL) {
        (void)fprintf(stream, " -s %s", parameter->letter + 1);
    }
    if (parameter->option != NULL) {
        (void)fprintf(stream, " -l %s", parameter->option + 2);
    }
    if (parameter->option != NULL && parameter->value != NULL) {
        (void)fputs(any_file ? " -r" : " -x", stream); /* a value, and files only where they are asked for */
    }
    print_choices(stream, parameter);
    print_description(stream, parameter->help);
    (void)fputc('\n', stream);
}

/* The group's commands, where the next word names one; and the same behind `prom help`. */
static void print_commands(FILE *stream, const char *name, const prom_command *group)
{
    static const char *const before[] = {"", "help"};
    for (size_t i = 0; group->subcommands[i] != NULL; i++) {
        for (size_t j = 0; j < sizeof before / sizeof *before; j++) {
            const char *separator = before[j][0] != '\0' && name[0] != '\0' ? " " : "";
            (void)fprintf(stream, "complete -c prom -n '__prom_is %s%s%s' -a %s", before[j], separator, name,
                          group->subcommands[i]->name);
            print_description(stream, group->subcommands[i]->summary);
            (void)fputc('\n', stream);
        }
    }
}

static void print_command(void *context, const prom_path *path)
{
    FILE *stream = context;
    const prom_command *command = prom_path_last(path);
    char name[PROM_PATH_TEXT];
    (void)prom_path_text(name, path, ' ');
    (void)fputc('\n', stream);
    if (command->subcommands != NULL) {
        print_commands(stream, name, command);
    }
    for (const prom_parameter *at = command->parameters; !prom_parameter_is_end(at); at++) {
        if (at->option == NULL || strcmp(at->option, "--help") != 0) {
            print_parameter(stream, name, at);
        }
    }
}

void prom_completion_fish(FILE *stream, const prom_command *root)
{
    (void)fputs(HEAD, stream);
    prom_path_walk(root, print_command, stream);
}
