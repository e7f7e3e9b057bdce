#include "prometheus/base/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The functions themselves, where the header speaks to an analyser. */
#undef prom_fail
#undef prom_within

/* Room for a sentence that names the longest path twice. */
enum { WHOLE = 10000, SENTENCE_HEAD = 300 };

/* Of what is too long the middle is left out: names stand there, and at the end the reason. */
static void keep(prom_error *error, const char *whole)
{
    static const char gap[] = " ... ";
    const size_t length = strlen(whole);
    const size_t room = sizeof error->sentence;
    if (length < room) {
        memcpy(error->sentence, whole, length + 1);
        return;
    }
    const size_t tail = room - SENTENCE_HEAD - sizeof gap; /* the gap's zero is the sentence's */
    (void)snprintf(error->sentence, room, "%.*s%s%s", SENTENCE_HEAD, whole, gap, whole + length - tail);
}

prom_result prom_fail(prom_error *error, prom_category category, const char *format, ...)
{
    if (error != NULL) {
        char whole[WHOLE];
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(whole, sizeof whole, format, arguments);
        va_end(arguments);
        keep(error, whole);
    }
    return (prom_result){category};
}

prom_result prom_within(prom_result result, prom_error *error, const char *format, ...)
{
    if (prom_is_ok(result) || error == NULL) {
        return result;
    }
    char whole[WHOLE];
    const size_t room = sizeof whole - sizeof error->sentence - 2; /* for ": " and what stands there now */
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(whole, room, format, arguments);
    va_end(arguments);
    const size_t length = strlen(whole);
    (void)snprintf(whole + length, sizeof whole - length, ": %s", error->sentence);
    keep(error, whole);
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
    case PROM_CATEGORY_MEMORY:
        return "memory";
    }
    return "unknown";
}
