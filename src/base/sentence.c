#include "base/sentence.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void prom_sentence_add(prom_sentence *sentence, const char *format, ...)
{
    const size_t room = sizeof sentence->text - sentence->length;
    va_list values;
    va_start(values, format);
    const int length = vsnprintf(sentence->text + sentence->length, room, format, values);
    va_end(values);
    if (length > 0) {
        sentence->length += (size_t)length < room ? (size_t)length : room - 1;
    }
}

const char *prom_sentence_copy(char *to, size_t room, const prom_sentence *sentence)
{
    const size_t length = sentence->length < room ? sentence->length : room - 1;
    memcpy(to, sentence->text, length);
    to[length] = '\0';
    return to;
}

void prom_sentence_begin(prom_sentence *sentence)
{
    const char first = sentence->text[0];
    sentence->text[0] = first >= 'a' && first <= 'z' ? (char)(first - 'a' + 'A') : first;
}
