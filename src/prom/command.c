#include "prom/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

prom_exit prom_exit_of(prom_result result)
{
    switch (result.category) {
    case PROM_CATEGORY_OK:
        return PROM_EXIT_OK;
    case PROM_CATEGORY_BAD_INPUT:
        return PROM_EXIT_USAGE;
    case PROM_CATEGORY_MISUSE:
    case PROM_CATEGORY_IO:
    case PROM_CATEGORY_PEER:
    case PROM_CATEGORY_BROKEN:
    case PROM_CATEGORY_STOPPED:
        return PROM_EXIT_FAILURE;
    }
    return PROM_EXIT_FAILURE;
}

/* "--name", or "-n"; a number below zero is none. */
static bool is_option(const char *argument)
{
    const char second = argument[0] == '-' ? argument[1] : '\0';
    return second == '-' || (second >= 'A' && second <= 'Z') || (second >= 'a' && second <= 'z');
}

/* The option that `argument` names, with `value` at what follows its "=", if any. */
static const prom_option *find_option(const char **value, const char *argument, const prom_option *options,
                                      size_t option_count)
{
    const size_t length = strcspn(argument, "=");
    *value = argument[length] == '=' ? argument + length + 1 : NULL;
    for (size_t i = 0; i < option_count; i++) {
        if (strlen(options[i].name) == length && strncmp(options[i].name, argument, length) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

prom_result prom_command_parse(int argument_count, char **arguments, const prom_option *options, size_t option_count,
                               const char **operands, size_t *operand_count, size_t room, prom_error *error)
{
    bool only_operands = false;
    *operand_count = 0;
    for (int i = 0; i < argument_count; i++) {
        const char *argument = arguments[i];
        if (!only_operands && strcmp(argument, "--") == 0) {
            only_operands = true;
            continue;
        }
        if (only_operands || !is_option(argument)) {
            if (*operand_count == room) {
                return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%s' is one argument too many", argument);
            }
            operands[(*operand_count)++] = argument;
            continue;
        }
        const char *value = NULL;
        const prom_option *option = find_option(&value, argument, options, option_count);
        if (option == NULL) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "unknown option '%s'", argument);
        }
        if (option->value == NULL && value != NULL) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s takes no value", option->name);
        }
        if (option->value == NULL) {
            *option->flag = true;
            continue;
        }
        if (value == NULL && i + 1 < argument_count && !is_option(arguments[i + 1])) {
            value = arguments[++i]; /* another option is no value: it is one that was forgotten */
        }
        if (value == NULL || *value == '\0') {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s needs a value", option->name);
        }
        *option->value = value;
    }
    return prom_ok();
}

prom_result prom_command_number(uint32_t *number, const char *text, uint32_t least, uint32_t most, const char *what,
                                prom_error *error)
{
    enum { DIGITS_MAX = 10 }; /* of any uint32_t */
    const size_t length = strlen(text);
    const bool digits = length > 0 && length <= DIGITS_MAX && strspn(text, "0123456789") == length;
    const unsigned long long value = digits ? strtoull(text, NULL, 10) : 0;
    *number = 0;
    if (!digits || value < least || value > most) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%s' is not %s: give a number from %u to %u", text, what,
                         least, most);
    }
    *number = (uint32_t)value;
    return prom_ok();
}

prom_result prom_command_data_path(char path[PATH_MAX], const char *name, prom_error *error)
{
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    const bool given_data = data != NULL && *data != '\0';
    if (!given_data && (home == NULL || *home == '\0')) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "HOME is not set: give --dir");
    }
    const int length = snprintf(path, PATH_MAX, "%s%s/prometheus/%s", given_data ? data : home,
                                given_data ? "" : "/.local/share", name);
    if (length < 0 || length >= PATH_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the name of the home folder is too long: give --dir");
    }
    return prom_ok();
}

bool prom_command_wants_json(int argument_count, char **arguments)
{
    for (int i = 0; i < argument_count; i++) {
        if (strcmp(arguments[i], "--json") == 0) {
            return true;
        }
    }
    return false;
}

static void print_json(const json_t *object)
{
    (void)json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12)); /* main looks at the stream's errors */
    (void)putchar('\n');
}

prom_result prom_command_tell(bool json, json_t *object, prom_error *error, const char *format, ...)
{
    if (!json) {
        va_list values;
        va_start(values, format);
        (void)vfprintf(stdout, format, values);
        va_end(values);
    } else if (object != NULL) {
        print_json(object);
    } else {
        return prom_fail(error, PROM_CATEGORY_IO, "done, but it can not be told in JSON: a name is not UTF-8");
    }
    json_decref(object);
    return prom_ok();
}

prom_exit prom_command_finish(bool json, prom_result result, const prom_error *error)
{
    if (prom_is_ok(result)) {
        return PROM_EXIT_OK;
    }
    if (!json) {
        (void)fprintf(stderr, "prom: %s\n", error->sentence);
        return prom_exit_of(result);
    }
    /* A sentence may quote a name that is not UTF-8, or be cut inside a character: JSON allows neither. */
    prom_error told = *error;
    json_auto_t *message = json_string(told.sentence);
    for (char *at = told.sentence; message == NULL && *at != '\0'; at++) {
        *at = (*at & 0x80) != 0 ? '?' : *at;
    }
    json_auto_t *object =
        json_pack("{s:{s:s, s:s}}", "error", "category", prom_category_name(result.category), "message", told.sentence);
    print_json(object);
    return prom_exit_of(result);
}
