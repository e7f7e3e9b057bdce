/* Pages for a terminal: no line is longer than 80 characters. */
#include <string.h>

#include "cli/page.h"

enum { WIDTH = 80, INDENT = 2 };

/* A line that is being filled. */
typedef struct line {
    FILE *stream;
    size_t column;
    size_t indent; /* of the lines that follow */
} line;

static void pad(line *filled, size_t column)
{
    for (; filled->column < column; filled->column++) {
        (void)fputc(' ', filled->stream);
    }
}

static void break_line(line *filled)
{
    (void)fputc('\n', filled->stream);
    filled->column = 0;
    pad(filled, filled->indent);
}

/* A word, behind a space where it is not the line's first; a new line is begun where it has no room. */
static void put_word(line *filled, const char *word, size_t length)
{
    const bool is_first = filled->column <= filled->indent;
    if (!is_first && filled->column + 1 + length > WIDTH) {
        break_line(filled);
    } else if (!is_first) {
        pad(filled, filled->column + 1);
    }
    (void)fwrite(word, 1, length, filled->stream);
    filled->column += length;
}

static void put_text(line *filled, const char *text)
{
    while (*text != '\0') {
        const size_t length = strcspn(text, " ");
        put_word(filled, text, length);
        text += length + strspn(text + length, " ");
    }
    (void)fputc('\n', filled->stream);
}

static void title(FILE *stream, const char *command, const char *summary)
{
    line filled = {.stream = stream, .indent = INDENT};
    put_word(&filled, "prom", sizeof "prom" - 1);
    if (command[0] != '\0') {
        put_word(&filled, command, strlen(command));
    }
    put_word(&filled, "-", 1);
    put_text(&filled, summary);
    (void)fputc('\n', stream);
}

static void usage(FILE *stream, const char *command, const char *const *parts, bool is_first)
{
    static const char first[] = "usage: prom";
    line filled = {.stream = stream};
    (void)fprintf(stream, "%s%s%s", is_first ? first : "       prom", command[0] != '\0' ? " " : "", command);
    filled.column = sizeof first - 1 + (command[0] != '\0' ? 1 + strlen(command) : 0);
    filled.indent = filled.column + 1;
    if (parts[0] != NULL) {
        pad(&filled, filled.indent);
    }
    for (size_t i = 0; parts[i] != NULL; i++) {
        put_word(&filled, parts[i], strlen(parts[i]));
    }
    (void)fputc('\n', stream);
}

static void heading(FILE *stream, const char *text)
{
    (void)fprintf(stream, "\n%s:\n", text);
}

static void gap(FILE *stream)
{
    (void)fputc('\n', stream);
}

static void paragraph(FILE *stream, const char *text)
{
    line filled = {.stream = stream, .indent = INDENT};
    pad(&filled, INDENT);
    put_text(&filled, text);
}

static void item(FILE *stream, const char *term, const char *text, size_t column)
{
    line filled = {.stream = stream, .indent = column};
    pad(&filled, INDENT);
    (void)fputs(term, stream);
    filled.column += strlen(term);
    if (filled.column + 2 > column) {
        break_line(&filled);
    }
    pad(&filled, column);
    put_text(&filled, text);
}

static void examples(FILE *stream, const char *const *lines)
{
    for (size_t i = 0; lines[i] != NULL; i++) {
        (void)fprintf(stream, "  %s\n", lines[i]);
    }
}

static void end(FILE *stream, const prom_path *path)
{
    if (path->count == 1) {
        (void)fputs("\n'prom help COMMAND' tells all about a command.\n", stream);
    }
}

const prom_page_format prom_page_help = {
    .title = title,
    .usage = usage,
    .heading = heading,
    .gap = gap,
    .paragraph = paragraph,
    .item = item,
    .examples = examples,
    .end = end,
};
