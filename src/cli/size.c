#include "cli/size.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The power of two that a unit stands for, or -1. */
static int unit_bits(const char *unit)
{
    static const char letters[] = "KkMmGgTt"; /* two for each ten bits */
    const char *letter = NULL;
    if (*unit == '\0') {
        return 0;
    }
    letter = strchr(letters, *unit);
    if (letter == NULL || (unit[1] != '\0' && strcmp(unit + 1, "B") != 0 && strcmp(unit + 1, "iB") != 0)) {
        return -1;
    }
    return 10 * (int)((letter - letters) / 2 + 1);
}

prom_result prom_parse_size(uint64_t *bytes, const char *text, prom_error *error)
{
    const uint64_t end = UINT64_C(1) << 63;
    const char *at = text;
    uint64_t number = 0;
    for (; is_digit(*at) && number < end / 10; at++) {
        number = 10 * number + (uint64_t)(*at - '0');
    }
    const int bits = at == text ? -1 : unit_bits(at);
    if (bits < 0 || number == 0 || number >= end >> bits) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "'%s' is no size: give bytes, or a number with K, M or G behind it, as in 512M", text);
    }
    *bytes = number << bits;
    return prom_ok();
}

const char *prom_size_text(char text[PROM_SIZE_TEXT], uint64_t bytes)
{
    static const char letters[] = "KMG";
    size_t unit = 0;
    while (unit + 2 < sizeof letters && bytes >> 10 * (unit + 2) >= 10) {
        unit++;
    }
    const size_t bits = 10 * (unit + 1);
    const uint64_t whole = bytes >> bits;
    const bool more = bytes == 0 || bytes > whole << bits;
    (void)snprintf(text, PROM_SIZE_TEXT, "%" PRIu64 "%c", whole + more, letters[unit]);
    return text;
}
