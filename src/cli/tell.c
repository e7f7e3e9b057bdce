#include "cli/tell.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void text_free(char **text)
{
    free(*text);
}

FILE *prom_tell_beside(const char *output)
{
    return output != NULL && strcmp(output, "-") == 0 ? stderr : stdout;
}

/* The length of the number that the text begins with; 0 where it begins with something else. */
static size_t number_length(const char *text)
{
    return *text == '-' || isdigit((unsigned char)*text) != 0 ? strspn(text, "-+.0123456789eE") : 0;
}

/* The length of the string, with its quotes, that the text begins with. */
static size_t string_length(const char *text)
{
    size_t length = 1;
    for (; text[length] != '"' && text[length] != '\0'; length++) {
        length += text[length] == '\\' && text[length + 1] != '\0' ? 1 : 0;
    }
    return text[length] == '"' ? length + 1 : length;
}

/* Prints a number with an exponent without it, with the same digits, where that takes not too many zeros. */
static void print_number(const char *text, size_t length)
{
    enum { ZEROS_MAX = 18 };
    const char *exponent = memchr(text, 'e', length);
    const long power = exponent != NULL ? strtol(exponent + 1, NULL, 10) : 0;
    if (power == 0 || power > ZEROS_MAX || power < -ZEROS_MAX) {
        (void)fwrite(text, 1, length, stdout);
        return;
    }
    const char *point = memchr(text, '.', length);
    const long digits = point != NULL ? exponent - point - 1 : 0; /* behind the point */
    (void)printf("%.*f", (int)(digits - power > 1 ? digits - power : 1), strtod(text, NULL));
}

/* Returns whether the whole object went to the stream, whose own errors the driver looks at. Nine digits name every
 * float. */
static bool print_json(const json_t *object)
{
    PROM_SCOPED(text_free) char *text = json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    for (const char *at = text; at != NULL && *at != '\0';) {
        const size_t number = number_length(at);
        const size_t length = number > 0 ? number : *at == '"' ? string_length(at) : 1;
        if (number > 0) {
            print_number(at, length);
        } else {
            (void)fwrite(at, 1, length, stdout);
        }
        at += length;
    }
    return text != NULL && putchar('\n') != EOF;
}

prom_result prom_tell_json(json_t *object, prom_error *error)
{
    if (object == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "done, but it cannot be told in JSON: a name is not UTF-8");
    }
    const bool printed = print_json(object);
    json_decref(object);
    return printed || ferror(stdout) != 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_MEMORY, "done, but memory ran out while it was told in JSON");
}

prom_result prom_tell(bool json, json_t *object, prom_error *error, const char *format, ...)
{
    if (!json) {
        va_list values;
        va_start(values, format);
        (void)vfprintf(stdout, format, values);
        va_end(values);
        json_decref(object);
        return prom_ok();
    }
    return prom_tell_json(object, error);
}

json_t *prom_tell_sentence(const prom_error *error)
{
    prom_error told = *error;
    json_t *sentence = json_string(told.sentence);
    for (char *at = told.sentence; sentence == NULL && *at != '\0'; at++) {
        *at = (*at & 0x80) != 0 ? '?' : *at;
    }
    return sentence != NULL ? sentence : json_string(told.sentence);
}

/* A name may hold what would move a terminal's cursor or colour it, or begin a line of its own. */
static void print_sentence(const prom_error *error)
{
    prom_error told = *error;
    for (char *at = told.sentence; *at != '\0'; at++) {
        *at = iscntrl((unsigned char)*at) != 0 ? '?' : *at;
    }
    (void)fprintf(stderr, "prom: %s\n", told.sentence);
}

void prom_tell_failure(bool json, prom_result result, const prom_error *error)
{
    if (!json) {
        print_sentence(error);
        return;
    }
    json_auto_t *object = json_pack("{s:{s:s, s:o}}", "error", "category", prom_category_name(result.category),
                                    "message", prom_tell_sentence(error));
    if (object == NULL || !print_json(object)) {
        (void)puts("{\"error\": {\"category\": \"memory\", \"message\": \"out of memory: the error cannot be told\"}}");
    }
}

prom_result prom_tell_flush(prom_error *error)
{
    errno = 0;
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return prom_ok();
    }
    const int number = errno; /* 0 where an earlier write failed */
    clearerr(stdout);
    return prom_fail(error, PROM_CATEGORY_IO, "the output cannot be written%s%s", number != 0 ? ": " : "",
                     number != 0 ? strerror(number) : "");
}
