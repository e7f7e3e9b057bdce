#include "prometheus/base/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The functions themselves, where the header speaks to an analyser. */
#undef prom_fail
#undef prom_within

prom_result prom_fail(prom_error *error, prom_category category, const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(error->sentence, sizeof error->sentence, format, arguments);
        va_end(arguments);
    }
    return (prom_result){category};
}

prom_result prom_within(prom_result result, prom_error *error, const char *format, ...)
{
    if (prom_is_ok(result) || error == NULL) {
        return result;
    }
    char before[sizeof error->sentence];
    memcpy(before, error->sentence, sizeof before);
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(error->sentence, sizeof error->sentence, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length < sizeof error->sentence) {
        const size_t left = sizeof error->sentence - (size_t)length;
        (void)snprintf(error->sentence + length, left, ": %.*s", (int)left, before);
    }
    return result;
}

const char *prom_category_name(prom_category category)
{
    switch (category) {
    case PROM_CATEGORY_OK:
        return "ok";
    case PROM_CATEGORY_MISUSE:
        return "misuse";
    case PROM_CATEGORY_BAD_INPUT:
        return "bad input";
    case PROM_CATEGORY_IO:
        return "io";
    case PROM_CATEGORY_PEER:
        return "peer";
    case PROM_CATEGORY_BROKEN:
        return "broken";
    case PROM_CATEGORY_STOPPED:
        return "stopped";
    }
    return "unknown";
}
