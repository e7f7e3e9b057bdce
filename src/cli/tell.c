#include "cli/tell.h"

#include <stdarg.h>
#include <stdio.h>

static void print_json(const json_t *object)
{
    (void)json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12)); /* main looks at the stream's errors */
    (void)putchar('\n');
}

prom_result prom_tell_json(json_t *object, prom_error *error)
{
    if (object == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "done, but it cannot be told in JSON: a name is not UTF-8");
    }
    print_json(object);
    json_decref(object);
    return prom_ok();
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

static prom_exit exit_of(prom_result result)
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

prom_exit prom_tell_failure(bool json, prom_result result, const prom_error *error)
{
    if (!json) {
        (void)fprintf(stderr, "prom: %s\n", error->sentence);
        return exit_of(result);
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
    return exit_of(result);
}
