#include "system/stream.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"

enum { FIRST = 1 << 16 };

bool prom_stream_is(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* Reads what there is room for. Less only at the end. */
static prom_result fill(int pipe, const char *name, uint8_t *data, size_t *length, size_t room, prom_error *error)
{
    for (*length = 0; *length < room;) {
        const ssize_t got = read(pipe, data + *length, room - *length);
        if (got < 0 && errno != EINTR) {
            return prom_fail(error, PROM_CATEGORY_IO, "%s cannot be read: %s", name, strerror(errno));
        }
        if (got == 0) {
            break;
        }
        *length += got > 0 ? (size_t)got : 0;
    }
    return prom_ok();
}

/* The bytes before are copied each time that the room doubles: what is never read takes no memory. */
prom_result prom_stream_read_pipe(prom_arena *arena, prom_span *content, int pipe, const char *name, size_t most,
                                  prom_error *error)
{
    size_t length = 0;
    size_t room = FIRST;
    uint8_t *data = NULL;
    PROM_TRY_NEW(data, arena, room, error);
    for (;;) {
        size_t got = 0;
        uint8_t *more = NULL;
        PROM_TRY(fill(pipe, name, data + length, &got, room - length, error));
        length += got;
        if (length > most) {
            char size[PROM_UNITS];
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s has more than %s", name, prom_units_bytes(size, most));
        }
        if (length < room) {
            break;
        }
        room *= 2;
        PROM_TRY_NEW(more, arena, room, error);
        memcpy(more, data, length);
        data = more;
    }
    if (length == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is empty", name);
    }
    *content = prom_span_of(data, length);
    return prom_ok();
}

prom_result prom_stream_read(prom_arena *arena, prom_span *content, size_t most, prom_error *error)
{
    if (isatty(STDIN_FILENO) == 1) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "standard input is a terminal: '-' reads what another command writes, or a file behind '<'");
    }
    return prom_stream_read_pipe(arena, content, STDIN_FILENO, "standard input", most, error);
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
