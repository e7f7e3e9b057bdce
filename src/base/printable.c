#include "base/printable.h"

const char *prom_printable(char *text, size_t size, const char *name, size_t length)
{
    const size_t shown = length < size ? length : size - 1;
    for (size_t i = 0; i < shown; i++) {
        text[i] = (char)(name[i] >= ' ' && name[i] <= '~' ? name[i] : '?');
    }
    text[shown] = '\0';
    return text;
}
