/* Pages for a terminal: no line is longer than it is wide, as far as words allow, nor than 80 characters. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "cli/page.h"

enum { WIDTH_MIN = 40, WIDTH_MAX = 80, INDENT = 2, TERM_GAP = 2 };

/* The characters of a line: as COLUMNS says, else as the terminal does, else as many as may be. */
static size_t width_of(FILE *stream)
{
    const char *columns = getenv("COLUMNS");
    char *end = NULL;
    struct winsize size = {0};
    long width = columns != NULL ? strtol(columns, &end, 10) : 0;
    if (width <= 0 || *end != '\0') {
        width = ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
    }
    if (width <= 0 || width > WIDTH_MAX) { /* a terminal that does not know has 0 */
        return WIDTH_MAX;
    }
    return width < WIDTH_MIN ? WIDTH_MIN : (size_t)width;
}

/* A line that is being filled. */
typedef struct line {
    FILE *stream;
    size_t width;
    size_t column;
    size_t indent;      /* of the lines that follow */
    const char *broken; /* what stands at the end of a line that is broken, as "" where it is NULL */
    bool has_word;      /* the next word needs a space before it */
} line;

static line line_on(FILE *stream, size_t indent)
{
    return (line){.stream = stream, .width = width_of(stream), .indent = indent};
}

static void pad(line *filled, size_t column)
{
    for (; filled->column < column; filled->column++) {
        (void)fputc(' ', filled->stream);
    }
}

static void break_line(line *filled)
{
    (void)fprintf(filled->stream, "%s\n", filled->broken != NULL ? filled->broken : "");
    filled->column = 0;
    filled->has_word = false;
    pad(filled, filled->indent);
}

/* A word, behind a space where it is not the line's first; a new line is begun where it has no room. */
static void put_word(line *filled, const char *word, size_t length)
{
    if (filled->has_word && filled->column + 1 + length > filled->width) {
        break_line(filled);
    } else if (filled->has_word) {
        pad(filled, filled->column + 1);
    }
    filled->has_word = true;
    (void)fwrite(word, 1, length, filled->stream);
    filled->column += length;
}

static void put_words(line *filled, const char *text)
{
    while (*text != '\0') {
        const size_t length = strcspn(text, " ");
        put_word(filled, text, length);
        text += length + strspn(text + length, " ");
    }
}

static void put_text(line *filled, const char *text)
{
    put_words(filled, text);
    (void)fputc('\n', filled->stream);
}

static void title(FILE *stream, const char *command, const char *summary)
{
    line filled = line_on(stream, INDENT);
    put_word(&filled, "prom", sizeof "prom" - 1);
    if (command[0] != '\0') {
        put_word(&filled, command, strlen(command));
    }
    put_word(&filled, "-", 1);
    put_text(&filled, summary);
    (void)fputc('\n', stream);
}

/* Parts stand below the first one; where one has no room there, all begin farther left. */
static size_t usage_indent(const line *filled, size_t usual, const char *const *parts)
{
    enum { NARROW = 8 };
    size_t longest = 0;
    for (size_t i = 0; parts[i] != NULL; i++) {
        longest = strlen(parts[i]) > longest ? strlen(parts[i]) : longest;
    }
    return usual + longest <= filled->width ? usual : NARROW;
}

static void usage(FILE *stream, const char *command, const char *const *parts, bool is_first)
{
    static const char first[] = "usage: prom";
    line filled = line_on(stream, 0);
    (void)fprintf(stream, "%s%s%s", is_first ? first : "       prom", command[0] != '\0' ? " " : "", command);
    filled.column = sizeof first - 1 + (command[0] != '\0' ? 1 + strlen(command) : 0);
    filled.has_word = true;
    filled.indent = usage_indent(&filled, filled.column + 1, parts);
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
    line filled = line_on(stream, INDENT);
    pad(&filled, INDENT);
    put_text(&filled, text);
}

/* Explanations have the larger part of the line. */
static void item(FILE *stream, const char *term, const char *text, size_t column)
{
    line filled = line_on(stream, INDENT);
    const size_t column_max = 3 * filled.width / 10;
    const size_t at = column < column_max ? column : column_max;
    pad(&filled, INDENT);
    put_words(&filled, term);
    filled.indent = at;
    filled.has_word = false;
    if (filled.column + TERM_GAP > at) {
        break_line(&filled);
    }
    pad(&filled, at);
    put_text(&filled, text);
}

/* A shell reads a line that is broken so as one. */
static void examples(FILE *stream, const char *const *lines)
{
    enum { CONTINUED = 4 };
    static const char broken[] = " \\";
    for (size_t i = 0; lines[i] != NULL; i++) {
        line filled = line_on(stream, INDENT);
        const bool fits = INDENT + strlen(lines[i]) <= filled.width;
        pad(&filled, INDENT);
        filled.broken = broken;
        filled.width -= fits ? 0 : sizeof broken - 1;
        filled.indent = INDENT + CONTINUED;
        put_text(&filled, lines[i]);
    }
}

static void end(FILE *stream, const prom_path *path)
{
    if (path->count == 1) {
        line filled = line_on(stream, 0);
        (void)fputc('\n', stream);
        put_text(&filled, "'prom help COMMAND' tells all about a command.");
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
