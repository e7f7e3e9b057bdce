#include "system/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_file(const int *file)
{
    if (*file >= 0) {
        (void)close(*file);
    }
}

static prom_result can_not(prom_error *error, prom_category category, const char *what, const char *path)
{
    return prom_fail(error, category, "%s cannot be %s: %s", path, what, strerror(errno));
}

prom_result prom_file_read(prom_arena *arena, prom_span *content, const char *path, size_t most, prom_error *error)
{
    PROM_SCOPED(close_file) int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    uint8_t *data = NULL;
    size_t length = 0;
    if (file < 0 || fstat(file, &status) != 0) {
        return can_not(error, PROM_CATEGORY_BAD_INPUT, "read", path);
    }
    if (!S_ISREG(status.st_mode)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is not a file", path);
    }
    if (status.st_size < 0 || (uintmax_t)status.st_size > most) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is larger than %zu bytes", path, most);
    }
    PROM_TRY_NEW(data, arena, (size_t)status.st_size, error);
    while (length < (size_t)status.st_size) {
        const ssize_t got = read(file, data + length, (size_t)status.st_size - length);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return can_not(error, PROM_CATEGORY_BAD_INPUT, "read", path);
        }
        if (got == 0) {
            break; /* it became shorter meanwhile */
        }
        length += (size_t)got;
    }
    *content = prom_span_of(data, length);
    return prom_ok();
}

prom_result prom_file_check_output(const char *output, const char *const *inputs, size_t count, prom_error *error)
{
    struct stat written;
    struct stat read;
    if (output == NULL || stat(output, &written) != 0) {
        return prom_ok();
    }
    for (size_t i = 0; i < count; i++) {
        if (inputs[i] != NULL && stat(inputs[i], &read) == 0 && read.st_dev == written.st_dev &&
            read.st_ino == written.st_ino) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "%s would be written over, and is read here: give the output another name", inputs[i]);
        }
    }
    return prom_ok();
}

static prom_result write_all(int file, const char *path, prom_span content, prom_error *error)
{
    for (size_t written = 0; written < content.length;) {
        const ssize_t put = write(file, content.data + written, content.length - written);
        if (put < 0 && errno != EINTR) {
            return can_not(error, PROM_CATEGORY_IO, "written", path);
        }
        written += put > 0 ? (size_t)put : 0;
    }
    return fsync(file) == 0 ? prom_ok() : can_not(error, PROM_CATEGORY_IO, "written", path);
}

prom_result prom_file_write(const char *path, prom_span content, prom_error *error)
{
    char temporary[PATH_MAX];
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is not a file, and is not replaced by one", path);
    }
    const int length = snprintf(temporary, sizeof temporary, "%s.new", path);
    if (length < 0 || (size_t)length >= sizeof temporary) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the name of a file is too long: %.64s...", path);
    }
    PROM_SCOPED(close_file) int file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) {
        return can_not(error, PROM_CATEGORY_IO, "written", path);
    }
    const prom_result written = write_all(file, path, content, error);
    if (!prom_is_ok(written) || rename(temporary, path) != 0) {
        const prom_result failed = prom_is_ok(written) ? can_not(error, PROM_CATEGORY_IO, "written", path) : written;
        (void)unlink(temporary);
        return failed;
    }
    return prom_ok();
}
