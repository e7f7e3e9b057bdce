#include "system/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"
#include "system/place.h"
#include "system/random.h"
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

bool prom_file_is_pipe(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
}

bool prom_file_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* -- What was read, which is never written over -- */

/* The files that a command was given to read; not those that a node keeps for itself, which come and go, and whose
 * numbers the file system gives to others after them. */
static struct {
    pthread_mutex_t lock;
    struct identity {
        dev_t device;
        ino_t number;
    } * files;
    size_t count;
    size_t room;
} inputs = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool remember_input(const struct stat *status)
{
    enum { FIRST = 16 };
    (void)pthread_mutex_lock(&inputs.lock);
    if (inputs.count == inputs.room) {
        const size_t room = inputs.room == 0 ? FIRST : 2 * inputs.room;
        struct identity *more = realloc(inputs.files, room * sizeof *more);
        inputs.files = more != NULL ? more : inputs.files;
        inputs.room = more != NULL ? room : inputs.room;
    }
    const bool fits = inputs.count < inputs.room;
    if (fits) {
        inputs.files[inputs.count++] = (struct identity){status->st_dev, status->st_ino};
    }
    (void)pthread_mutex_unlock(&inputs.lock);
    return fits;
}

/* Whether what has the place's name by now was read. */
static bool is_input(const prom_place *place)
{
    struct stat now;
    bool found = false;
    if (fstatat(place->folder, place->name, &now, AT_SYMLINK_NOFOLLOW) != 0) {
        return false;
    }
    (void)pthread_mutex_lock(&inputs.lock);
    for (size_t i = 0; i < inputs.count && !found; i++) {
        found = inputs.files[i].device == now.st_dev && inputs.files[i].number == now.st_ino;
    }
    (void)pthread_mutex_unlock(&inputs.lock);
    return found;
}

static prom_result check_no_input(const prom_place *place, const char *path, prom_error *error)
{
    return is_input(place) ? prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                       "%s would be written over, and is read here: give the output another name", path)
                           : prom_ok();
}

/* -- Reading -- */

/* A pipe has a name, "/dev/fd/63" where a shell made it for a command. It is opened anew, to wait for who writes. */
static prom_result read_pipe(prom_arena *arena, prom_span *content, size_t *size, size_t *most, const char *path,
                             const prom_file_limit *limit, prom_error *error)
{
    PROM_SCOPED(close_file) int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    const prom_pipe pipe = {file, path, most};
    return file < 0 ? can_not(error, PROM_CATEGORY_IO, "read", path)
                    : prom_stream_read_pipe(arena, content, size, &pipe, limit, error);
}

/* Reads so many bytes, less where the file became shorter meanwhile. */
static prom_result read_bytes(uint8_t *data, size_t *length, size_t wanted, int file, const char *path,
                              prom_error *error)
{
    for (*length = 0; *length < wanted;) {
        const ssize_t got = read(file, data + *length, wanted - *length);
        if (got < 0 && errno != EINTR) {
            return can_not(error, PROM_CATEGORY_IO, "read", path);
        }
        if (got == 0) {
            break;
        }
        *length += got > 0 ? (size_t)got : 0;
    }
    return prom_ok();
}

/* Whether the file has more than it may; refuses it where the caller has no use for a part. */
static prom_result check_longer(bool *longer, size_t size, size_t most, const char *path, const prom_file_limit *limit,
                                prom_error *error)
{
    char text[PROM_UNITS];
    if (longer == NULL && size > most) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is larger than %s%s", path, prom_units_bytes(text, most),
                         limit->why != NULL ? limit->why : "");
    }
    if (longer != NULL) {
        *longer = size > most;
    }
    return prom_ok();
}

/* Opens a regular file, which is an input from now on unless it is our own. Its size goes to `size`. */
static prom_result open_regular(int *file, size_t *size, const char *path, bool own, prom_error *error)
{
    struct stat status;
    *file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*file < 0 || fstat(*file, &status) != 0) {
        return can_not(error, is_ours(errno) ? PROM_CATEGORY_IO : PROM_CATEGORY_BAD_INPUT, "read", path);
    }
    if (!S_ISREG(status.st_mode)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is not a file", path);
    }
    *size = status.st_size > 0 ? (size_t)status.st_size : 0;
    return own || remember_input(&status) ? prom_ok() : prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
}

prom_result prom_file_read_part(prom_arena *arena, prom_span *content, bool *longer, const char *path,
                                const prom_file_limit *limit, prom_error *error)
{
    PROM_SCOPED(close_file) int file = -1;
    size_t size = 0;
    size_t most = 0;
    uint8_t *data = NULL;
    size_t length = 0;
    if (!limit->own && prom_stream_is(path)) {
        PROM_TRY(prom_stream_read(arena, content, &size, &most, limit, error));
        return check_longer(longer, size, most, "standard input", limit, error);
    }
    if (!limit->own && prom_file_is_pipe(path)) {
        PROM_TRY(read_pipe(arena, content, &size, &most, path, limit, error));
        return check_longer(longer, size, most, path, limit, error);
    }
    PROM_TRY(open_regular(&file, &size, path, limit->own, error));
    if (limit->head > 0) {
        PROM_TRY_NEW(data, arena, size < limit->head ? size : limit->head, error);
        PROM_TRY(read_bytes(data, &length, size < limit->head ? size : limit->head, file, path, error));
    }
    PROM_TRY(prom_within(limit->find(limit->context, &most, prom_span_of(data, length), error), error, "%s", path));
    PROM_TRY(check_longer(longer, size, most, path, limit, error));
    const size_t wanted = size < most ? size : most;
    if (wanted > length) {
        uint8_t *whole = NULL;
        PROM_TRY_NEW(whole, arena, wanted, error);
        if (lseek(file, 0, SEEK_SET) != 0) {
            return can_not(error, PROM_CATEGORY_IO, "read", path);
        }
        PROM_TRY(read_bytes(whole, &length, wanted, file, path, error));
        data = whole;
    }
    *content = prom_span_of(data, length < wanted ? length : wanted);
    return prom_ok();
}

static prom_result take_most(void *context, size_t *most, prom_span head, prom_error *error)
{
    const size_t *given = context;
    (void)head;
    (void)error;
    *most = *given;
    return prom_ok();
}

prom_result prom_file_read(prom_arena *arena, prom_span *content, const char *path, size_t most, prom_error *error)
{
    const prom_file_limit limit = {.find = take_most, .context = &most};
    return prom_file_read_part(arena, content, NULL, path, &limit, error);
}

prom_result prom_file_load(prom_arena *arena, prom_span *content, const char *path, size_t most, prom_error *error)
{
    const prom_file_limit limit = {.find = take_most, .context = &most, .own = true};
    return prom_file_read_part(arena, content, NULL, path, &limit, error);
}

/* -- Writing: a temporary file in the same folder takes the name when it is whole -- */

/* It has no name while it is written, where the file system allows that: then a kill leaves nothing. Its name is its
 * own, hidden, and has an ending that nothing of ours reads. */
typedef struct temporary {
    int file;
    char name[sizeof ".prom-0123456789abcdef.tmp"]; /* empty: it has none */
} temporary;

/* A file that is written and has no name yet. */
typedef struct staged_file {
    prom_place place;
    temporary made;
    bool done; /* it has its name */
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

/* The file's other name, which gives it one in a folder. */
static void own_link(char path[32], int file)
{
    (void)snprintf(path, 32, "/proc/self/fd/%d", file);
}

/* A file without a name in the place's folder, that can be given one; -1: the system has no such files. */
static int make_nameless(const prom_place *place, mode_t mode)
{
    char link[32];
    const int file = openat(place->folder, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC | O_NOCTTY, mode);
    own_link(link, file);
    if (file >= 0 && access(link, F_OK) != 0) { /* no /proc */
        (void)close(file);
        return -1;
    }
    return file;
}

/* Gives the temporary file a name of its own, or makes it by that name where it is not there: no other process has it,
 * and nothing that is there is touched. An errno, or 0. */
static int take_name(temporary *made, const prom_place *place, mode_t mode)
{
    enum { TRIES = 100 };
    char link[32];
    int failure = EEXIST;
    own_link(link, made->file);
    for (int i = 0; i < TRIES && failure == EEXIST; i++) {
        const prom_bytes32 random = prom_random_bytes32();
        char text[17];
        (void)snprintf(made->name, sizeof made->name, ".prom-%s.tmp", prom_hex(text, random.bytes, 8));
        if (made->file >= 0) {
            failure = linkat(AT_FDCWD, link, place->folder, made->name, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
        } else {
            const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY;
            made->file = openat(place->folder, made->name, flags, mode);
            failure = made->file >= 0 ? 0 : errno;
        }
    }
    if (failure != 0) {
        made->name[0] = '\0'; /* whose it is, if anybody's, is not known */
    }
    return failure;
}

static prom_result make_temporary(temporary *made, const prom_place *place, const char *path, prom_error *error)
{
    const mode_t mode = place->exists ? S_IRUSR | S_IWUSR : DEFFILEMODE; /* the latter less the umask */
    made->name[0] = '\0';
    made->file = make_nameless(place, mode);
    errno = made->file >= 0 ? 0 : take_name(made, place, mode);
    return errno == 0 ? prom_ok() : can_not(error, PROM_CATEGORY_IO, "written", path);
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

/* Closes it, which may be what tells of a failure, and gives it the name. The inputs are looked at once more: the name
 * may have been given to one of them since, or to a file that was not known for one, such as a model's weights. */
static prom_result put_in_place(temporary *made, const prom_place *place, const char *path, prom_error *error)
{
    const int failure = made->name[0] == '\0' ? take_name(made, place, 0) : 0;
    const bool closed = close(made->file) == 0;
    made->file = -1;
    errno = failure != 0 ? failure : errno;
    if (failure != 0 || !closed) {
        return can_not(error, PROM_CATEGORY_IO, "written", path);
    }
    PROM_TRY(check_no_input(place, path, error));
    return renameat(place->folder, made->name, place->folder, place->name) == 0
               ? prom_ok()
               : can_not(error, PROM_CATEGORY_IO, "written", path);
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

prom_result prom_file_rename(const char *from, const char *to, prom_error *error)
{
    PROM_SCOPED(prom_place_close) prom_place place = prom_place_none();
    PROM_TRY(prom_place_find(&place, to, error));
    /* One that has had its new name already lacks nothing but to keep it. */
    if (renameat(AT_FDCWD, from, place.folder, place.name) != 0 && (errno != ENOENT || !place.exists)) {
        return prom_fail(error, PROM_CATEGORY_IO, "%s cannot take the name %s: %s", from, to, strerror(errno));
    }
    return keep_name(&place, to, error);
}

prom_result prom_file_link(const char *from, const char *to, prom_error *error)
{
    PROM_SCOPED(prom_place_close) prom_place place = prom_place_none();
    temporary made;
    PROM_TRY(prom_place_find(&place, to, error));
    made.file = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    int failure = made.file < 0 ? errno : take_name(&made, &place, 0);
    if (failure == 0) {
        failure = renameat(place.folder, made.name, place.folder, place.name) == 0 ? 0 : errno;
        (void)unlinkat(place.folder, made.name, 0); /* it stays where both were one file already */
    }
    if (made.file >= 0) {
        (void)close(made.file);
    }
    return failure == 0
               ? keep_name(&place, to, error)
               : prom_fail(error, PROM_CATEGORY_IO, "%s cannot have the name %s, too: %s", from, to, strerror(failure));
}

prom_result prom_file_try(const char *path, prom_error *error)
{
    PROM_SCOPED(prom_place_close) prom_place place = prom_place_none();
    temporary made;
    if (prom_stream_is(path)) {
        return prom_ok();
    }
    PROM_TRY(prom_place_find(&place, path, error));
    PROM_TRY(check_place(&place, path, error));
    PROM_TRY(check_no_input(&place, path, error));
    PROM_TRY(make_temporary(&made, &place, path, error));
    (void)close(made.file);
    if (made.name[0] != '\0') {
        (void)unlinkat(place.folder, made.name, 0);
    }
    return prom_ok();
}

/* Everything but the name: the content is on the disk. */
static prom_result stage(staged_file *staged, const prom_file_output *output, prom_error *error)
{
    PROM_TRY(prom_place_find(&staged->place, output->path, error));
    PROM_TRY(check_place(&staged->place, output->path, error));
    PROM_TRY(check_no_input(&staged->place, output->path, error));
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
        if (!prom_stream_is(outputs[i].path)) {
            PROM_TRY(put_in_place(&staged[i].made, &staged[i].place, outputs[i].path, error));
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
