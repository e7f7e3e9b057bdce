#include "system/stream.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FIRST = 1 << 16 };

bool prom_stream_is(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* Something that is read once, from its beginning to its end; sentences call it `name`. */
typedef struct stream {
    int file;
    const char *name;
} stream;

/* Reads what there is room for. Less only at the end. */
static prom_result fill(const stream *from, uint8_t *data, size_t *length, size_t room, prom_error *error)
{
    for (*length = 0; *length < room;) {
        const ssize_t got = read(from->file, data + *length, room - *length);
        if (got < 0 && errno != EINTR) {
            return prom_fail(error, PROM_CATEGORY_IO, "%s cannot be read: %s", from->name, strerror(errno));
        }
        if (got == 0) {
            break;
        }
        *length += got > 0 ? (size_t)got : 0;
    }
    return prom_ok();
}

/* A stream as far as it is read. */
typedef struct stream_part {
    stream from;
    uint8_t *data;
    size_t length;
    size_t room;
} stream_part;

/* Reads on until so many bytes are there, or there are no more. The bytes before are copied each time that the room
 * doubles: what is never read takes no memory. */
static prom_result read_until(prom_arena *arena, stream_part *part, size_t until, prom_error *error)
{
    bool ended = false;
    while (!ended && part->length < until) {
        if (part->length == part->room) {
            uint8_t *more = NULL;
            part->room = part->room == 0 ? FIRST : 2 * part->room;
            PROM_TRY_NEW(more, arena, part->room, error);
            if (part->length > 0) {
                memcpy(more, part->data, part->length);
            }
            part->data = more;
        }
        const size_t wanted = (part->room < until ? part->room : until) - part->length;
        size_t got = 0;
        PROM_TRY(fill(&part->from, part->data + part->length, &got, wanted, error));
        part->length += got;
        ended = got < wanted;
    }
    return prom_ok();
}

prom_result prom_stream_read_pipe(prom_arena *arena, prom_span *content, size_t *read, const prom_pipe *pipe,
                                  const prom_file_limit *limit, prom_error *error)
{
    stream_part part = {.from = {pipe->file, pipe->name}};
    size_t *most = pipe->most;
    PROM_TRY(read_until(arena, &part, limit->head > 0 ? limit->head : 1, error));
    if (part.length == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is empty", pipe->name);
    }
    PROM_TRY(prom_within(limit->find(limit->context, most, prom_span_of(part.data, part.length), error), error, "%s",
                         pipe->file == STDIN_FILENO ? "-" : pipe->name));
    PROM_TRY(read_until(arena, &part, *most < SIZE_MAX ? *most + 1 : *most, error));
    *read = part.length;
    *content = prom_span_of(part.data, part.length < *most ? part.length : *most);
    return prom_ok();
}

prom_result prom_stream_read(prom_arena *arena, prom_span *content, size_t *read, size_t *most,
                             const prom_file_limit *limit, prom_error *error)
{
    const prom_pipe pipe = {STDIN_FILENO, "standard input", most};
    if (isatty(STDIN_FILENO) == 1) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "standard input is a terminal: '-' reads what another command writes, or a file behind '<'");
    }
    return prom_stream_read_pipe(arena, content, read, &pipe, limit, error);
}

prom_result prom_stream_write(prom_span content, prom_error *error)
{
    if (isatty(STDOUT_FILENO) == 1) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "standard output is a terminal, and this is no text: give a file, or a pipe");
    }
    if (fwrite(content.data, 1, content.length, stdout) != content.length || fflush(stdout) != 0) {
        const int number = errno;
        clearerr(stdout); /* this is the failure that is told */
        return prom_fail(error, PROM_CATEGORY_IO, "standard output cannot be written: %s", strerror(number));
    }
    return prom_ok();
}
