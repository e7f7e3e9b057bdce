#include "cli/page.h"

#include <string.h>

enum {
    PARTS_MAX = 24,
    PART = 80,
    TEXT = 1024,
    COLUMN_MAX = 24, /* where explanations begin at most: a longer term has a line of its own */
    TERM_INDENT = 2,
    TERM_GAP = 2,
};

static bool is_operand(const prom_parameter *parameter)
{
    return parameter->option == NULL;
}

static bool is_option(const prom_parameter *parameter)
{
    return parameter->option != NULL;
}

const char *prom_page_term(char text[PROM_PAGE_TERM], const prom_parameter *parameter)
{
    (void)snprintf(text, PROM_PAGE_TERM, "%s%s%s%s%s", parameter->letter != NULL ? parameter->letter : "",
                   parameter->letter != NULL ? ", " : "", parameter->option != NULL ? parameter->option : "",
                   parameter->option != NULL && parameter->value != NULL ? " " : "",
                   parameter->value != NULL ? parameter->value : "");
    return text;
}

/* -- Usage -- */

typedef struct usage {
    char room[PARTS_MAX][PART];
    const char *parts[PARTS_MAX + 1];
    size_t count;
} usage;

/* "-o FILE" */
static const char *short_form(char text[PROM_PAGE_TERM], const prom_parameter *parameter)
{
    const prom_parameter shortest = {.option = parameter->letter != NULL ? parameter->letter : parameter->option,
                                     .value = parameter->value};
    return prom_page_term(text, &shortest);
}

static bool is_excluded(const prom_command *command, const prom_parameter *parameter)
{
    for (const prom_parameter *at = command->parameters; !prom_parameter_is_end(at); at++) {
        if (at->excludes != NULL && parameter->option != NULL && strcmp(at->excludes, parameter->option) == 0) {
            return true;
        }
    }
    return false;
}

static void add_part(usage *built, const prom_parameter *parameter)
{
    char form[PROM_PAGE_TERM];
    if (built->count == PARTS_MAX) {
        return;
    }
    char *part = built->room[built->count];
    (void)snprintf(part, PART, "%s%.*s%s%.*s%s", parameter->required ? "" : "[", PART / 4,
                   parameter->excludes != NULL ? parameter->excludes : "", parameter->excludes != NULL ? " | " : "",
                   PART / 2, short_form(form, parameter), parameter->required ? "" : "]");
    built->parts[built->count++] = part;
}

static void add_parts(usage *built, const prom_command *command, bool (*takes)(const prom_parameter *), bool required)
{
    for (const prom_parameter *at = command->parameters; !prom_parameter_is_end(at); at++) {
        if (takes(at) && at->required == required && !at->alone && !is_excluded(command, at)) {
            add_part(built, at);
        }
    }
}

/* Operands, required options, other options; then each option that stands alone. */
static void print_usage(FILE *stream, const char *name, const prom_command *command, const prom_page_format *format,
                        bool is_first)
{
    usage built = {.count = 0};
    add_parts(&built, command, is_operand, true);
    add_parts(&built, command, is_operand, false);
    add_parts(&built, command, is_option, true);
    add_parts(&built, command, is_option, false);
    format->usage(stream, name, built.parts, is_first);
    for (const prom_parameter *at = command->parameters; !prom_parameter_is_end(at); at++) {
        if (at->alone) {
            const char *const parts[] = {at->option, at->value, NULL};
            format->usage(stream, name, parts, false);
        }
    }
}

static void print_group_usage(FILE *stream, const prom_path *path, const prom_page_format *format)
{
    const prom_command *group = prom_path_last(path);
    if (path->count == 1) {
        const char *const run[] = {"COMMAND", "[ARGUMENT...]", NULL};
        const char *const help[] = {"help", "[COMMAND...]", NULL};
        const char *const options[] = {"--help | --version", NULL};
        format->usage(stream, "", run, true);
        format->usage(stream, "", help, false);
        format->usage(stream, "", options, false);
        return;
    }
    for (size_t i = 0; group->subcommands[i] != NULL; i++) {
        prom_path below = *path;
        char name[PROM_PATH_TEXT];
        below.commands[below.count++] = group->subcommands[i];
        print_usage(stream, prom_path_text(name, &below, ' '), group->subcommands[i], format, i == 0);
    }
}

/* -- Lists -- */

static size_t column_for(size_t longest)
{
    const size_t column = TERM_INDENT + longest + TERM_GAP;
    return column < COLUMN_MAX ? column : COLUMN_MAX;
}

static size_t longer(size_t longest, const char *term)
{
    const size_t length = strlen(term);
    return TERM_INDENT + length + TERM_GAP <= COLUMN_MAX && length > longest ? length : longest;
}

static void print_texts(FILE *stream, const prom_text *texts, const prom_page_format *format)
{
    size_t longest = 0;
    for (const prom_text *at = texts; at != NULL && at->text != NULL; at++) {
        longest = at->term != NULL ? longer(longest, at->term) : longest;
    }
    for (const prom_text *at = texts; at != NULL && at->text != NULL; at++) {
        if (at != texts && (at->term == NULL || at[-1].term == NULL)) {
            format->gap(stream);
        }
        if (at->term == NULL) {
            format->paragraph(stream, at->text);
        } else {
            format->item(stream, at->term, at->text, column_for(longest));
        }
    }
}

static void print_commands(FILE *stream, const prom_command *group, const prom_page_format *format)
{
    size_t longest = 0;
    for (size_t i = 0; group->subcommands[i] != NULL; i++) {
        longest = longer(longest, group->subcommands[i]->name);
    }
    format->heading(stream, "Commands");
    for (size_t i = 0; group->subcommands[i] != NULL; i++) {
        format->item(stream, group->subcommands[i]->name, group->subcommands[i]->summary, column_for(longest));
    }
}

/* "sumcheck, replay" */
static void list_words(char *text, size_t size, const char *words)
{
    size_t at = 0;
    for (; *words != '\0' && at + 2 < size; words++) {
        if (*words == ' ') {
            text[at++] = ',';
        }
        text[at++] = *words;
    }
    text[at] = '\0';
}

/* The help of a parameter, and which values there are. */
static void explain(char text[TEXT], const prom_parameter *parameter)
{
    const int length = snprintf(text, TEXT, "%s", parameter->help);
    const size_t at = length < 0 || length >= TEXT ? TEXT - 1 : (size_t)length;
    if (parameter->kind == PROM_PARAMETER_NUMBER) {
        (void)snprintf(text + at, TEXT - at, " %s is %u to %u.", parameter->value, parameter->min, parameter->max);
    }
    if (parameter->words != NULL) {
        char words[TEXT / 2];
        list_words(words, sizeof words, parameter->words);
        (void)snprintf(text + at, TEXT - at, " %s is one of %s.", parameter->value, words);
    }
}

static void print_parameters(FILE *stream, const char *title, const prom_command *command,
                             bool (*takes)(const prom_parameter *), const prom_page_format *format)
{
    char term[PROM_PAGE_TERM];
    char text[TEXT];
    size_t longest = 0;
    bool any = false;
    for (const prom_parameter *at = command->parameters; !prom_parameter_is_end(at); at++) {
        longest = takes(at) ? longer(longest, prom_page_term(term, at)) : longest;
    }
    for (const prom_parameter *at = command->parameters; !prom_parameter_is_end(at); at++) {
        if (takes(at)) {
            if (!any) {
                format->heading(stream, title);
            }
            any = true;
            explain(text, at);
            format->item(stream, prom_page_term(term, at), text, column_for(longest));
        }
    }
}

static void print_exits(FILE *stream, const prom_command *command, const prom_page_format *format)
{
    static const char *const usual[PROM_EXITS] = {"done", "failed", "the command line cannot be used", NULL};
    format->heading(stream, "Exit codes");
    for (unsigned i = 0; i < PROM_EXITS; i++) {
        const char *text = command->exits[i] != NULL ? command->exits[i] : usual[i];
        const char code[] = {(char)('0' + i), '\0'};
        if (text != NULL) {
            format->item(stream, code, text, column_for(1));
        }
    }
}

/* -- The page -- */

void prom_page_print(FILE *stream, const prom_path *path, const prom_page_format *format)
{
    const prom_command *command = prom_path_last(path);
    char name[PROM_PATH_TEXT];
    (void)prom_path_text(name, path, ' ');
    format->title(stream, name, command->summary);
    if (command->subcommands != NULL) {
        print_group_usage(stream, path, format);
    } else {
        print_usage(stream, name, command, format, true);
    }
    if (command->description != NULL) {
        format->heading(stream, "Description");
        print_texts(stream, command->description, format);
    }
    if (command->subcommands != NULL) {
        print_commands(stream, command, format);
    }
    print_parameters(stream, "Operands", command, is_operand, format);
    print_parameters(stream, "Options", command, is_option, format);
    for (const prom_section *at = command->sections; at != NULL && at->title != NULL; at++) {
        format->heading(stream, at->title);
        print_texts(stream, at->texts, format);
    }
    if (command->json != NULL) {
        format->heading(stream, "JSON object");
        print_texts(stream, command->json, format);
    }
    print_exits(stream, command, format);
    if (command->examples != NULL) {
        format->heading(stream, "Examples");
        format->examples(stream, command->examples);
    }
    format->end(stream, path);
}
