/* Pages as scdoc(5) has them: *bold*, _underlined_, headings behind "#", explanations behind a tab. */
#include <ctype.h>
#include <string.h>

#include "cli/page.h"
#include "prometheus/base/version.h"

/* The text, with a backslash before what scdoc would take as markup. */
static void put_escaped(FILE *stream, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (strchr("*_\\`", text[i]) != NULL) {
            (void)fputc('\\', stream);
        }
        (void)fputc(text[i], stream);
    }
}

static void put_marked(FILE *stream, char mark, const char *text, size_t length)
{
    (void)fputc(mark, stream);
    put_escaped(stream, text, length);
    (void)fputc(mark, stream);
}

/* Words of a usage: what is replaced begins with a capital and is underlined, what is typed as it stands is bold. */
static void put_usage(FILE *stream, const char *text)
{
    while (*text != '\0') {
        const size_t word = strcspn(text, " []|,.");
        const char mark = isupper((unsigned char)text[0]) ? '_' : '*';
        const size_t name =
            text[word] == '.' && isalpha((unsigned char)text[word + 1]) ? word + strcspn(text + word, " ]") : word;
        if (name > 0) {
            put_marked(stream, mark, text, name);
        } else {
            (void)fputc(*text, stream);
        }
        text += name > 0 ? name : 1;
    }
}

static void title(FILE *stream, const char *command, const char *summary)
{
    char name[PROM_PATH_TEXT];
    (void)snprintf(name, sizeof name, "%s", command);
    for (char *at = name; *at != '\0'; at++) {
        *at = *at == ' ' ? '-' : *at;
    }
    const char *dash = name[0] != '\0' ? "-" : "";
    (void)fprintf(stream, "prom%s%s(1) \"prom " PROM_VERSION "\"\n\n# NAME\n\nprom%s%s - ", dash, name, dash, name);
    put_escaped(stream, summary, strlen(summary));
    (void)fputs("\n\n# SYNOPSIS\n", stream);
}

static void usage(FILE *stream, const char *command, const char *const *parts, bool is_first)
{
    (void)fputs(is_first ? "\n*prom" : "++\n*prom", stream);
    (void)fprintf(stream, "%s%s*", command[0] != '\0' ? " " : "", command);
    for (size_t i = 0; parts[i] != NULL; i++) {
        (void)fputc(' ', stream);
        put_usage(stream, parts[i]);
    }
}

static void heading(FILE *stream, const char *text)
{
    (void)fputs("\n\n# ", stream);
    for (; *text != '\0'; text++) {
        (void)fputc(toupper((unsigned char)*text), stream);
    }
    (void)fputs("\n\n", stream);
}

/* Blank lines are everywhere already. */
static void gap(FILE *stream)
{
    (void)stream;
}

static void paragraph(FILE *stream, const char *text)
{
    put_escaped(stream, text, strlen(text));
    (void)fputs("\n\n", stream);
}

static void item(FILE *stream, const char *term, const char *text, size_t column)
{
    (void)column;
    if (term[0] == '-') {
        put_usage(stream, term);
    } else {
        put_marked(stream, '*', term, strlen(term));
    }
    (void)fputs("\n\t", stream);
    put_escaped(stream, text, strlen(text));
    (void)fputs("\n\n", stream);
}

static void examples(FILE *stream, const char *const *lines)
{
    (void)fputs("```\n", stream);
    for (size_t i = 0; lines[i] != NULL; i++) {
        (void)fprintf(stream, "%s\n", lines[i]);
    }
    (void)fputs("```\n", stream);
}

/* A list of pages that is being written: those near the command's own. */
typedef struct see_also {
    FILE *stream;
    const prom_path *own;
    bool any;
} see_also;

/* The groups that the command is in, the other commands of its group, and all below it. */
static bool is_near(const prom_path *own, const prom_path *other)
{
    const size_t shorter = own->count < other->count ? own->count : other->count;
    size_t same = 0;
    while (same < shorter && own->commands[same] == other->commands[same]) {
        same++;
    }
    return own->count != other->count ? same == shorter : same + 1 == own->count;
}

static void put_near(void *context, const prom_path *path)
{
    see_also *list = context;
    char name[PROM_PATH_TEXT];
    if (is_near(list->own, path)) {
        (void)prom_path_text(name, path, '-');
        (void)fprintf(list->stream, "%s*prom%s%s*(1)", list->any ? ", " : "", name[0] != '\0' ? "-" : "", name);
        list->any = true;
    }
}

static void end(FILE *stream, const prom_path *path)
{
    see_also list = {stream, path, false};
    heading(stream, "See also");
    prom_path_walk(path->commands[0], put_near, &list);
    (void)fputc('\n', stream);
}

const prom_page_format prom_page_man = {
    .title = title,
    .usage = usage,
    .heading = heading,
    .gap = gap,
    .paragraph = paragraph,
    .item = item,
    .examples = examples,
    .end = end,
};
