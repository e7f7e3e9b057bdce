#include "system/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "prometheus/base/bytes.h"

static prom_result can_not(const char *path, const char *what, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_IO, "%s cannot be %s: %s", path, what, strerror(errno));
}

/* Makes the new name outlast a power cut. */
static bool keep_name(const char *path)
{
    char folder[PATH_MAX];
    (void)snprintf(folder, sizeof folder, "%s", path);
    const int opened = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool kept = opened >= 0 && fsync(opened) == 0;
    if (opened >= 0) {
        (void)close(opened);
    }
    return kept;
}

prom_result prom_secret_file_make(const char *path, const char *line, const char *what, prom_error *error)
{
    char text[PROM_SECRET_LINE_MAX + 2];
    const int length = snprintf(text, sizeof text, "%s\n", line);
    if (length < 0 || length >= (int)sizeof text) {
        prom_wipe(text, sizeof text);
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%s is longer than a line may be", what);
    }
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (file < 0) {
        prom_wipe(text, sizeof text);
    }
    if (file < 0 && errno == EEXIST) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is there already, and %s is never replaced", path, what);
    }
    if (file < 0) {
        return can_not(path, "made", error);
    }
    const bool written = write(file, text, (size_t)length) == length && fsync(file) == 0;
    const int failure = errno;
    prom_wipe(text, sizeof text);
    if (close(file) != 0 || !written || !keep_name(path)) {
        errno = written ? errno : failure;
        const prom_result failed = can_not(path, "written", error);
        (void)unlink(path);
        return failed;
    }
    return prom_ok();
}

/* Reads what fits and a byte more, so that a longer file shows. */
static prom_result read_line(char *line, size_t room, int file, const char *path, const char *what, prom_error *error)
{
    struct stat status;
    if (fstat(file, &status) != 0) {
        return can_not(path, "read", error);
    }
    if (!S_ISREG(status.st_mode)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is no file with %s", path, what);
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "%s is open to others than its owner: close it to them (chmod 600), and consider what it holds known",
            path);
    }
    const ssize_t length = read(file, line, room);
    if (length < 0) {
        return can_not(path, "read", error);
    }
    char *end = memchr(line, '\n', (size_t)length);
    if (end == NULL && length > 0 && (size_t)length < room) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the line in %s has no end, so it may be cut off: end it with a newline when it is whole",
                         path);
    }
    if (end == NULL || end + 1 != line + length || memchr(line, '\0', (size_t)length) != NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s does not hold one line with %s", path, what);
    }
    *end = '\0';
    return prom_ok();
}

prom_result prom_secret_file_read(char *line, size_t room, const char *path, const char *what, prom_error *error)
{
    memset(line, 0, room);
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return prom_fail(error, errno == ENOENT ? PROM_CATEGORY_BAD_INPUT : PROM_CATEGORY_IO, "%s cannot be read: %s",
                         path, strerror(errno));
    }
    const prom_result result = read_line(line, room, file, path, what, error);
    (void)close(file);
    if (!prom_is_ok(result)) {
        prom_wipe(line, room);
    }
    return result;
}
