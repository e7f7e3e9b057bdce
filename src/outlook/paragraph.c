#include "outlook/paragraph.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void print_word(const char *word, int length)
{
    for (int i = 0; i < length; i++) {
        (void)putchar(word[i] == '~' ? ' ' : word[i]);
    }
}

void prom_paragraph(int indent, const char *format, ...)
{
    char text[PROM_PARAGRAPH_MAX];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    int column = (int)strspn(text, " ");
    (void)printf("%*s", column, "");
    for (const char *word = text + column; *word != '\0';) {
        const int length = (int)strcspn(word, " ");
        const int gap = (int)strspn(word + length, " ");
        const int next = (int)strcspn(word + length + gap, " ");
        print_word(word, length);
        column += length;
        word += length + gap;
        if (*word != '\0' && column + gap + next > PROM_PARAGRAPH_WIDTH) {
            (void)printf("\n%*s", indent, "");
            column = indent;
        } else if (*word != '\0') {
            (void)printf("%*s", gap, "");
            column += gap;
        }
    }
    (void)printf("\n");
}
