#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int SOCKET = STDIN_FILENO;

static struct {
    uint8_t in[65536];
    size_t at; /* of what was read, the first byte that is not taken yet */
    size_t end;
    uint8_t out[65536];
    size_t held; /* bytes that are to go out */
} stream;

static size_t receive(uint8_t *bytes, size_t room)
{
    ssize_t count = 0;
    do {
        count = read(SOCKET, bytes, room);
    } while (count < 0 && errno == EINTR);
    if (count <= 0) {
        _exit(EXIT_SUCCESS);
    }
    return (size_t)count;
}

static void send_all(const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        const ssize_t count = write(SOCKET, bytes, length);
        if (count < 0 && errno != EINTR) {
            _exit(EXIT_SUCCESS);
        }
        bytes += count > 0 ? count : 0;
        length -= count > 0 ? (size_t)count : 0;
    }
}

void stream_flush(void)
{
    send_all(stream.out, stream.held);
    stream.held = 0;
}

void stream_write(const uint8_t *bytes, size_t length)
{
    if (length > sizeof stream.out - stream.held) {
        stream_flush();
    }
    if (length > sizeof stream.out) {
        send_all(bytes, length);
    } else if (length > 0) {
        memcpy(stream.out + stream.held, bytes, length);
        stream.held += length;
    }
}

/* Returns how many of `length` bytes lie in `in`, from `at` on: at least one. */
static size_t fill(size_t length)
{
    if (stream.at == stream.end) {
        stream.at = 0;
        stream.end = receive(stream.in, sizeof stream.in);
    }
    const size_t there = stream.end - stream.at;
    return there < length ? there : length;
}

void stream_read(uint8_t *bytes, size_t length)
{
    while (length > 0) {
        const size_t count = fill(length);
        memcpy(bytes, stream.in + stream.at, count);
        stream.at += count;
        bytes += count;
        length -= count;
    }
}

void stream_skip(size_t length)
{
    while (length > 0) {
        const size_t count = fill(length);
        stream.at += count;
        length -= count;
    }
}
