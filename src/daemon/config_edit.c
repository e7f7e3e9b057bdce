#include "daemon/config_edit.h"

#include <stdlib.h>
#include <string.h>

/* A line of the file, without its end. */
struct line {
    const char *text;
    size_t length;
    bool ended; /* by a newline: all but perhaps the last */
};

static struct line line_at(prom_span text, size_t at)
{
    const char *begin = (const char *)text.data + at;
    const char *end = memchr(begin, '\n', text.length - at);
    return (struct line){begin, end != NULL ? (size_t)(end - begin) : text.length - at, end != NULL};
}

/* Whether the line says this setting, after "#" where it is to be a comment. */
static bool says(const struct line *line, const char *name, bool comment)
{
    const size_t length = strlen(name);
    size_t at = 0;
    while (at < line->length && (line->text[at] == ' ' || line->text[at] == '\t')) {
        at++;
    }
    if (comment) {
        if (at == line->length || line->text[at] != '#') {
            return false;
        }
        at++;
        while (at < line->length && line->text[at] == ' ') {
            at++;
        }
    }
    if (line->length - at < length || memcmp(line->text + at, name, length) != 0) {
        return false;
    }
    at += length;
    while (at < line->length && (line->text[at] == ' ' || line->text[at] == '\t')) {
        at++;
    }
    return at < line->length && line->text[at] == '=';
}

/* Where a setting is said. */
struct place {
    size_t line; /* its number; 0: nowhere */
    bool comment;
};

static struct place find_place(prom_span text, const char *name)
{
    size_t comment = 0;
    size_t number = 1;
    for (size_t at = 0; at < text.length; number++) {
        const struct line line = line_at(text, at);
        if (says(&line, name, false)) {
            return (struct place){number, false};
        }
        comment = comment == 0 && says(&line, name, true) ? number : comment;
        at += line.length + 1;
    }
    return (struct place){comment, true};
}

static void write_value(FILE *file, const prom_config_value *value, bool carriage_return)
{
    (void)fprintf(file, "%s = %llu%s\n", value->name, (unsigned long long)value->number, carriage_return ? "\r" : "");
}

/* Which value belongs to the line of that number, or behind it; `count`: none. */
static size_t value_at(const struct place *places, size_t number, size_t count)
{
    size_t i = 0;
    while (i < count && places[i].line != number) {
        i++;
    }
    return i;
}

static void write_text(FILE *file, prom_span text, const prom_config_value *values, size_t count)
{
    struct place places[PROM_CONFIG_VALUES_MAX] = {{0, false}};
    size_t number = 1;
    for (size_t i = 0; i < count; i++) {
        places[i] = find_place(text, values[i].name);
    }
    const bool adds = value_at(places, 0, count) < count;
    for (size_t at = 0; at < text.length; number++) {
        const struct line line = line_at(text, at);
        const size_t value = value_at(places, number, count);
        if (value == count || places[value].comment) {
            (void)fwrite(line.text, 1, line.length, file);
            (void)fputs(line.ended || adds || value < count ? "\n" : "", file);
        }
        if (value < count) {
            write_value(file, &values[value], line.length > 0 && line.text[line.length - 1] == '\r');
        }
        at += line.length + 1;
    }
    for (size_t i = 0; i < count; i++) {
        if (places[i].line == 0) {
            write_value(file, &values[i], false);
        }
    }
}

/* What is not written over is looked at as it will be read. */
static prom_result check(const char *name, prom_span text, prom_error *error)
{
    prom_config ignored;
    return prom_config_parse(&ignored, name, text, NULL, error);
}

prom_result prom_config_edit(prom_arena *arena, prom_span *changed, prom_span text, const char *name,
                             const prom_config_value *values, size_t count, prom_error *error)
{
    char *written = NULL;
    size_t length = 0;
    if (count > PROM_CONFIG_VALUES_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%u settings are changed at once, at most",
                         PROM_CONFIG_VALUES_MAX);
    }
    PROM_TRY(check(name, text, error));
    FILE *file = open_memstream(&written, &length);
    if (file == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    write_text(file, text, values, count);
    const bool whole = ferror(file) == 0;
    prom_result result =
        fclose(file) == 0 && whole ? prom_ok() : prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    if (prom_is_ok(result)) {
        result = prom_span_copy(arena, changed, prom_span_of((const uint8_t *)written, length), error);
    }
    free(written);
    PROM_TRY(result);
    return check(name, *changed, error);
}
