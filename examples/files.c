#include "files.h"

#include <stdio.h>
#include <stdlib.h>

static bool read_stream(FILE *stream, void **bytes, size_t *length)
{
    size_t room = 1 << 16;
    *bytes = malloc(room);
    *length = 0;
    while (*bytes != NULL) {
        *length += fread((char *)*bytes + *length, 1, room - *length, stream);
        if (*length < room) {
            return !ferror(stream);
        }
        room *= 2;
        void *more = realloc(*bytes, room);
        if (more == NULL) {
            return false;
        }
        *bytes = more;
    }
    return false;
}

bool read_file(const char *path, void **bytes, size_t *length)
{
    FILE *stream = fopen(path, "rb");
    *bytes = NULL;
    if (stream == NULL || !read_stream(stream, bytes, length)) {
        perror(path);
        free(*bytes);
        *bytes = NULL;
    }
    if (stream != NULL) {
        (void)fclose(stream);
    }
    return *bytes != NULL;
}

bool write_file(const char *path, const void *bytes, size_t length)
{
    FILE *stream = fopen(path, "wb");
    bool written = stream != NULL && fwrite(bytes, 1, length, stream) == length;
    if (stream != NULL && fclose(stream) != 0) {
        written = false;
    }
    if (!written) {
        perror(path);
    }
    return written;
}
