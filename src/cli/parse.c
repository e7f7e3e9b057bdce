#include "cli/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"

enum { WORDS_LENGTH = 256, LETTER_LENGTH = sizeof "-o" - 1 };

bool prom_parse_wants_json(int argument_count, char **arguments)
{
    for (int i = 0; i < argument_count && strcmp(arguments[i], "--") != 0; i++) {
        if (strcmp(arguments[i], "--json") == 0) {
            return true;
        }
    }
    return false;
}

bool prom_parse_is_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

/* "--name", or "-n"; a number below zero is none. */
static bool is_option(const char *argument)
{
    const char second = argument[0] == '-' ? argument[1] : '\0';
    return second == '-' || (second >= 'A' && second <= 'Z') || (second >= 'a' && second <= 'z');
}

static bool has_name(const prom_parameter *parameter, const char *name, size_t length)
{
    const char *const names[] = {parameter->option, parameter->letter};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i] != NULL && strlen(names[i]) == length && strncmp(names[i], name, length) == 0) {
            return true;
        }
    }
    return false;
}

/* The option whose name has so many characters; NULL when the command has none such. */
static const prom_parameter *find_name(const prom_command *command, const char *name, size_t length)
{
    for (const prom_parameter *at = command->parameters; !prom_parameter_is_end(at); at++) {
        if (has_name(at, name, length)) {
            return at;
        }
    }
    return NULL;
}

/* The option that `argument` names, up to its "=" if it has one; NULL when the command has none such. */
static const prom_parameter *find_option(const prom_command *command, const char *argument)
{
    return find_name(command, argument, strcspn(argument, "="));
}

/* Whether a letter and its value stand in one word, "-oFILE". "-output" is a long option that lacks a dash. */
static bool is_joined(const prom_command *command, const char *argument)
{
    char longer[WORDS_LENGTH];
    const size_t length = strcspn(argument, "=");
    if (argument[1] == '-' || length <= LETTER_LENGTH) {
        return false;
    }
    const prom_parameter *option = find_name(command, argument, LETTER_LENGTH);
    (void)snprintf(longer, sizeof longer, "-%.*s", (int)(length < WORDS_LENGTH ? length : WORDS_LENGTH), argument);
    return option != NULL && option->kind != PROM_PARAMETER_FLAG && find_name(command, longer, strlen(longer)) == NULL;
}

/* The operand behind `last`; the first one where that is NULL. */
static const prom_parameter *next_operand(const prom_command *command, const prom_parameter *last)
{
    const prom_parameter *at = last == NULL ? command->parameters : last + 1;
    while (!prom_parameter_is_end(at) && at->option != NULL) {
        at++;
    }
    return prom_parameter_is_end(at) ? NULL : at;
}

/* Whether a file may stand where no option asks for it. */
static bool takes_files(const prom_command *command)
{
    const prom_parameter *at = command->parameters;
    while (!prom_parameter_is_end(at) && (at->option != NULL || at->files == NULL)) {
        at++;
    }
    return !prom_parameter_is_end(at);
}

/* Names the command of the same group that has the option, or else an option that is written much like it. */
static prom_result unknown_option(const prom_path *path, const char *argument, prom_error *error)
{
    const prom_command *command = prom_path_last(path);
    const prom_command *group = path->commands[path->count - 2];
    const int length = (int)strcspn(argument, "=");
    prom_suggestion near = prom_suggestion_for(argument, (size_t)length);
    for (size_t i = 0; path->count > 2 && group->subcommands[i] != NULL; i++) {
        if (find_option(group->subcommands[i], argument) != NULL) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.*s is an option of %s, not of %s", length, argument,
                             group->subcommands[i]->name, command->name);
        }
    }
    for (const prom_parameter *at = command->parameters; !prom_parameter_is_end(at); at++) {
        if (at->option != NULL) {
            prom_suggestion_consider(&near, at->option);
        }
    }
    prom_suggestion_consider(&near, "--help");
    for (size_t i = 0; argument[1] == '-' && near.best == NULL && group->subcommands[i] != NULL; i++) {
        if (find_option(group->subcommands[i], argument) != NULL) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.*s is an option of %s, not of %s", length, argument,
                             group->subcommands[i]->name, command->name);
        }
    }
    return near.best == NULL
               ? prom_fail(error, PROM_CATEGORY_BAD_INPUT, "unknown option '%.*s'%s", length, argument,
                           takes_files(command) ? "; a file's name that begins with '-' goes behind '--'" : "")
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "unknown option '%.*s' (did you mean '%s'?)", length,
                           argument, near.best);
}

static prom_result parse_number(uint32_t *number, const prom_parameter *parameter, const char *text, prom_error *error)
{
    enum { DIGITS_MAX = 10 }; /* of any uint32_t */
    const size_t length = strlen(text);
    const bool digits = length > 0 && length <= DIGITS_MAX && strspn(text, "0123456789") == length;
    const unsigned long long value = digits ? strtoull(text, NULL, 10) : 0;
    if (!digits || value < parameter->min || value > parameter->max) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%s' is not a %s: give a number from %u to %u", text,
                         parameter->noun, parameter->min, parameter->max);
    }
    *number = (uint32_t)value;
    return prom_ok();
}

/* That the value is one of the words that there are. */
static prom_result check_word(const prom_parameter *parameter, const char *text, prom_error *error)
{
    char words[WORDS_LENGTH];
    char list[2 * WORDS_LENGTH] = "";
    char *rest = NULL;
    size_t at = 0;
    prom_suggestion near = prom_suggestion_for(text, strlen(text));
    (void)snprintf(words, sizeof words, "%s", parameter->words);
    for (const char *word = strtok_r(words, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        if (strcmp(word, text) == 0) {
            return prom_ok();
        }
        prom_suggestion_consider(&near, word);
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", at == 0 ? "" : ", ", word);
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "there is no %s '%.100s'%s%s%s; %s is one of %s", parameter->noun,
                     text, near.best != NULL ? " (did you mean '" : "", near.best != NULL ? near.best : "",
                     near.best != NULL ? "'?)" : "", parameter->option, list);
}

/* The list is the command line's own array, as far as it was read: no more of it are operands. */
static prom_result add_text(void *target, const prom_parameter *parameter, char **arguments, int at, prom_error *error)
{
    prom_texts *texts = (void *)((char *)target + parameter->target);
    if (strcmp(arguments[at], "-") == 0 && parameter->stream == PROM_STREAM_NONE) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s cannot be '-', a standard stream: give a file (./- is one of that name)",
                         parameter->value);
    }
    arguments[texts->count++] = arguments[at];
    texts->list = (const char *const *)arguments;
    return prom_ok();
}

/* `text` is NULL for a flag. */
static prom_result set(void *target, const prom_parameter *parameter, const char *text, prom_error *error)
{
    void *place = (char *)target + parameter->target;
    switch (parameter->kind) {
    case PROM_PARAMETER_FLAG:
        *(bool *)place = true;
        return prom_ok();
    case PROM_PARAMETER_TEXT:
        *(const char **)place = text;
        return parameter->words != NULL && parameter->noun != NULL ? check_word(parameter, text, error) : prom_ok();
    case PROM_PARAMETER_NUMBER:
        return parse_number(place, parameter, text, error);
    case PROM_PARAMETER_TEXTS: /* add_text */
        break;
    }
    return prom_ok();
}

static bool is_given(const void *target, const prom_parameter *parameter)
{
    const void *place = (const char *)target + parameter->target;
    switch (parameter->kind) {
    case PROM_PARAMETER_FLAG:
        return *(const bool *)place;
    case PROM_PARAMETER_TEXT:
        return *(const char *const *)place != NULL;
    case PROM_PARAMETER_NUMBER:
        return *(const uint32_t *)place != 0;
    case PROM_PARAMETER_TEXTS:
        return ((const prom_texts *)place)->count > 0;
    }
    return false;
}

/* Parses the option at `at`, and steps over what it takes. */
static prom_result parse_option(void *target, const prom_path *path, int *at, int argument_count, char **arguments,
                                prom_error *error)
{
    const char *argument = arguments[*at];
    const bool joined = is_joined(prom_path_last(path), argument);
    const size_t length = joined ? LETTER_LENGTH : strcspn(argument, "=");
    const char *value = joined ? argument + length : argument[length] == '=' ? argument + length + 1 : NULL;
    const prom_parameter *option = find_name(prom_path_last(path), argument, length);
    (*at)++;
    if (option == NULL) {
        return unknown_option(path, argument, error);
    }
    if (option->kind == PROM_PARAMETER_FLAG) {
        return value == NULL ? set(target, option, NULL, error)
                             : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s takes no value", option->option);
    }
    if (value == NULL && *at < argument_count && !is_option(arguments[*at])) {
        value = arguments[(*at)++]; /* another option is no value: it is one that was forgotten */
    }
    if (value == NULL && *at < argument_count) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.*s needs a value, and '%s' looks like an option; as a value it is given so: %.*s=%s",
                         (int)length, argument, arguments[*at], (int)length, argument, arguments[*at]);
    }
    if (value == NULL || *value == '\0') {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.*s needs a value", (int)length, argument);
    }
    if (is_given(target, option)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.*s is given twice", (int)length, argument);
    }
    return set(target, option, value, error);
}

/* The parameter that stands alone, if it is given. */
static const prom_parameter *find_alone(const void *target, const prom_command *command)
{
    for (const prom_parameter *at = command->parameters; !prom_parameter_is_end(at); at++) {
        if (at->alone && is_given(target, at)) {
            return at;
        }
    }
    return NULL;
}

static prom_result missing(const prom_parameter *parameter, prom_error *error)
{
    if (parameter->option == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "no %s is given", parameter->noun);
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s%s%s is missing",
                     parameter->letter != NULL ? parameter->letter : parameter->option,
                     parameter->value != NULL ? " " : "", parameter->value != NULL ? parameter->value : "");
}

/* Whether all that is required is there, and nothing with what it excludes. */
static prom_result check(const void *target, const prom_command *command, prom_error *error)
{
    const prom_parameter *alone = find_alone(target, command);
    for (const prom_parameter *at = command->parameters; !prom_parameter_is_end(at); at++) {
        const bool given = is_given(target, at);
        if (alone != NULL && alone != at && given && (at->option == NULL || strcmp(at->option, "--json") != 0)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s stands alone", alone->option);
        }
        if (alone == NULL && at->required && !given) {
            return missing(at, error);
        }
        const prom_parameter *other = at->excludes != NULL ? find_option(command, at->excludes) : NULL;
        if (given && other != NULL && is_given(target, other)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s and %s exclude each other", other->option, at->option);
        }
    }
    return prom_ok();
}

static const char *name_of(const prom_parameter *parameter)
{
    return parameter->option != NULL ? parameter->option : parameter->value;
}

/* How often "-" is given where files are named. */
static size_t count_streams(const void *target, const prom_parameter *parameter)
{
    const void *place = (const char *)target + parameter->target;
    size_t count = 0;
    if (parameter->files != NULL && parameter->kind == PROM_PARAMETER_TEXT) {
        const char *text = *(const char *const *)place;
        count = text != NULL && strcmp(text, "-") == 0;
    }
    if (parameter->files != NULL && parameter->kind == PROM_PARAMETER_TEXTS) {
        const prom_texts *texts = place;
        for (size_t i = 0; i < texts->count; i++) {
            count += strcmp(texts->list[i], "-") == 0;
        }
    }
    return count;
}

/* That each standard stream has one use. */
static prom_result check_streams(const void *target, const prom_command *command, prom_error *error)
{
    const prom_parameter *json = find_option(command, "--json");
    const prom_parameter *users[PROM_STREAM_OUTPUT + 1] = {NULL};
    for (const prom_parameter *at = command->parameters; !prom_parameter_is_end(at); at++) {
        const size_t uses = count_streams(target, at);
        if (uses == 0) {
            continue;
        }
        if (at->stream == PROM_STREAM_NONE) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "%s cannot be '-', a standard stream: give a file (./- is one of that name)", name_of(at));
        }
        if (users[at->stream] != NULL) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s and %s cannot both use standard %s",
                             name_of(users[at->stream]), name_of(at),
                             at->stream == PROM_STREAM_INPUT ? "input" : "output");
        }
        if (uses > 1) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'-', standard input, is given %zu times: it is read once",
                             uses);
        }
        users[at->stream] = at;
    }
    if (users[PROM_STREAM_OUTPUT] != NULL && json != NULL && is_given(target, json)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--json and %s cannot both use standard output",
                         name_of(users[PROM_STREAM_OUTPUT]));
    }
    return prom_ok();
}

prom_result prom_parse(void *target, const prom_path *path, int argument_count, char **arguments, prom_error *error)
{
    const prom_command *command = prom_path_last(path);
    const prom_parameter *operand = next_operand(command, NULL);
    bool only_operands = false;
    for (int i = 0; i < argument_count;) {
        const char *argument = arguments[i];
        if (!only_operands && strcmp(argument, "--") == 0) {
            only_operands = true;
            i++;
        } else if (!only_operands && is_option(argument)) {
            PROM_TRY(parse_option(target, path, &i, argument_count, arguments, error));
        } else if (operand == NULL) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%s' is one argument too many", argument);
        } else if (*argument == '\0' && operand->kind != PROM_PARAMETER_NUMBER) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the name of the %s is empty", operand->noun);
        } else {
            const bool more = operand->kind == PROM_PARAMETER_TEXTS;
            PROM_TRY(more ? add_text(target, operand, arguments, i, error) : set(target, operand, argument, error));
            operand = more ? operand : next_operand(command, operand);
            i++;
        }
    }
    PROM_TRY(check(target, command, error));
    return check_streams(target, command, error);
}
