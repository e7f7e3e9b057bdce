#include "system/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"
#include "system/place.h"
#include "system/stream.h"

static void close_file(const int *file)
{
    if (*file >= 0) {
        (void)close(*file);
    }
}

/* A failure of the machine, and none of the name that was given. */
static bool is_ours(int number)
{
    return number == EIO || number == ENOMEM || number == EMFILE || number == ENFILE;
}

static prom_result can_not(prom_error *error, prom_category category, const char *what, const char *path)
{
    return prom_fail(error, category, "%s cannot be %s: %s", path, what, strerror(errno));
}

bool prom_file_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

prom_result prom_file_read(prom_arena *arena, prom_span *content, const char *path, size_t most, prom_error *error)
{
    PROM_SCOPED(close_file) int file = prom_stream_is(path) ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    uint8_t *data = NULL;
    size_t length = 0;
    if (prom_stream_is(path)) {
        return prom_stream_read(arena, content, most, error);
    }
    if (file < 0 || fstat(file, &status) != 0) {
        return can_not(error, is_ours(errno) ? PROM_CATEGORY_IO : PROM_CATEGORY_BAD_INPUT, "read", path);
    }
    if (!S_ISREG(status.st_mode)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is not a file", path);
    }
    if (status.st_size < 0 || (uintmax_t)status.st_size > most) {
        char size[PROM_UNITS];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is larger than %s", path, prom_units_bytes(size, most));
    }
    PROM_TRY_NEW(data, arena, (size_t)status.st_size, error);
    while (length < (size_t)status.st_size) {
        const ssize_t got = read(file, data + length, (size_t)status.st_size - length);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return can_not(error, PROM_CATEGORY_IO, "read", path);
        }
        if (got == 0) {
            break; /* it became shorter meanwhile */
        }
        length += (size_t)got;
    }
    *content = prom_span_of(data, length);
    return prom_ok();
}

/* -- Writing: a temporary file in the same folder takes the name when it is whole -- */

/* Its name is its own, hidden, and has an ending that nothing of ours reads. */
typedef struct temporary {
    int file;
    char name[sizeof ".prom-0123456789abcdef.tmp"];
} temporary;

/* A file that is written and has no name yet. */
typedef struct staged_file {
    prom_place place;
    temporary made; /* its name is empty while there is none */
    bool done;      /* it has its name */
} staged_file;

/* Whether the folder lets nobody but a file's owner, and its own, take a name away from it. */
static bool is_anothers(const prom_place *place)
{
    const uid_t user = geteuid();
    return (place->in.st_mode & S_ISVTX) != 0 && user != 0 && place->in.st_uid != user && place->status.st_uid != user;
}

/* Whether what is at the place may be replaced: a regular file that the user may write to, or nothing. */
static prom_result check_place(const prom_place *place, const char *path, prom_error *error)
{
    if (!place->exists) {
        return prom_ok();
    }
    if (!S_ISREG(place->status.st_mode)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is not a file, and is not replaced by one", path);
    }
    if (faccessat(place->folder, place->name, W_OK, AT_EACCESS) != 0) {
        return can_not(error, PROM_CATEGORY_IO, "written", path);
    }
    if (is_anothers(place)) {
        errno = EPERM;
        return can_not(error, PROM_CATEGORY_IO, "written", path);
    }
    return prom_ok();
}

/* Makes the temporary file: no other process has it, and nothing that is there is touched. */
static prom_result make_temporary(temporary *made, const prom_place *place, const char *path, prom_error *error)
{
    enum { TRIES = 100 };
    const mode_t mode = place->exists ? S_IRUSR | S_IWUSR : DEFFILEMODE; /* the latter less the umask */
    made->file = -1;
    errno = EEXIST;
    for (int i = 0; i < TRIES && made->file < 0 && errno == EEXIST; i++) {
        uint64_t random = 0;
        if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random) {
            break;
        }
        (void)snprintf(made->name, sizeof made->name, ".prom-%016llx.tmp", (unsigned long long)random);
        made->file =
            openat(place->folder, made->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, mode);
    }
    if (made->file < 0) {
        made->name[0] = '\0'; /* whose it is, if anybody's, is not known */
        return can_not(error, PROM_CATEGORY_IO, "written", path);
    }
    return prom_ok();
}

/* Gives it the owner, as far as that is allowed, and the mode of the file that it takes the place of, on file systems
 * that have modes. */
static bool take_after(const temporary *made, const prom_place *place)
{
    const struct stat *old = &place->status;
    if (!place->exists) {
        return true;
    }
    if (fchown(made->file, old->st_uid, old->st_gid) != 0) { /* the group alone may be allowed */
        if ((errno != EPERM && errno != EINVAL) ||
            (fchown(made->file, (uid_t)-1, old->st_gid) != 0 && errno != EPERM && errno != EINVAL)) {
            return false;
        }
    }
    return fchmod(made->file, old->st_mode & ACCESSPERMS) == 0 || errno == EPERM || errno == ENOTSUP;
}

static bool write_all(int file, prom_span content)
{
    for (size_t written = 0; written < content.length;) {
        const ssize_t put = write(file, content.data + written, content.length - written);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        written += put > 0 ? (size_t)put : 0;
    }
    return fsync(file) == 0;
}

/* Closes it, which may be what tells of a failure, and gives it the name. */
static bool put_in_place(temporary *made, const prom_place *place)
{
    const bool closed = close(made->file) == 0;
    made->file = -1;
    return closed && renameat(place->folder, made->name, place->folder, place->name) == 0;
}

/* Makes the new name last through a power cut. A folder that cannot be read, or is on a file system that knows no such
 * thing, is left to the kernel. */
static prom_result keep_name(const prom_place *place, const char *path, prom_error *error)
{
    PROM_SCOPED(close_file) int folder = openat(place->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0 && fsync(folder) != 0 && errno != EINVAL && errno != EROFS) {
        return prom_fail(error, PROM_CATEGORY_IO, "%s is written, but a power cut could undo that: %s", path,
                         strerror(errno));
    }
    return prom_ok();
}

prom_result prom_file_try(const char *path, prom_error *error)
{
    PROM_SCOPED(prom_place_close) prom_place place = prom_place_none();
    temporary made;
    PROM_TRY(prom_place_find(&place, path, error));
    PROM_TRY(check_place(&place, path, error));
    PROM_TRY(make_temporary(&made, &place, path, error));
    (void)close(made.file);
    (void)unlinkat(place.folder, made.name, 0);
    return prom_ok();
}

/* Everything but the name: the content is on the disk. */
static prom_result stage(staged_file *staged, const prom_file_output *output, prom_error *error)
{
    PROM_TRY(prom_place_find(&staged->place, output->path, error));
    PROM_TRY(check_place(&staged->place, output->path, error));
    PROM_TRY(make_temporary(&staged->made, &staged->place, output->path, error));
    return write_all(staged->made.file, output->content) && take_after(&staged->made, &staged->place)
               ? prom_ok()
               : can_not(error, PROM_CATEGORY_IO, "written", output->path);
}

static prom_result write_staged(staged_file *staged, const prom_file_output *outputs, size_t count, prom_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (!prom_stream_is(outputs[i].path)) {
            PROM_TRY(stage(&staged[i], &outputs[i], error));
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (prom_stream_is(outputs[i].path)) {
            PROM_TRY(prom_stream_write(outputs[i].content, error));
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!prom_stream_is(outputs[i].path) && !put_in_place(&staged[i].made, &staged[i].place)) {
            return can_not(error, PROM_CATEGORY_IO, "written", outputs[i].path);
        }
        staged[i].done = true;
    }
    for (size_t i = 0; i < count; i++) {
        if (!prom_stream_is(outputs[i].path)) {
            PROM_TRY(keep_name(&staged[i].place, outputs[i].path, error));
        }
    }
    return prom_ok();
}

prom_result prom_file_write_together(const prom_file_output *outputs, size_t count, prom_error *error)
{
    staged_file staged[PROM_FILES_TOGETHER_MAX];
    if (count > PROM_FILES_TOGETHER_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%zu files are too many to write together", count);
    }
    for (size_t i = 0; i < count; i++) {
        staged[i] = (staged_file){.place = prom_place_none(), .made = {.file = -1}};
    }
    const prom_result result = write_staged(staged, outputs, count, error);
    for (size_t i = 0; i < count; i++) {
        close_file(&staged[i].made.file);
        if (!staged[i].done && staged[i].made.name[0] != '\0') {
            (void)unlinkat(staged[i].place.folder, staged[i].made.name, 0);
        }
        prom_place_close(&staged[i].place);
    }
    return result;
}

prom_result prom_file_write(const char *path, prom_span content, prom_error *error)
{
    return prom_file_write_together(&(prom_file_output){path, content}, 1, error);
}
