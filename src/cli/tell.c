#include "cli/tell.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

FILE *prom_tell_beside(const char *output)
{
    return output != NULL && strcmp(output, "-") == 0 ? stderr : stdout;
}

/* Returns whether the whole object went to the stream, whose own errors the driver looks at. */
static bool print_json(const json_t *object)
{
    return json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) == 0 && putchar('\n') != EOF;
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
