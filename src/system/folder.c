#include "system/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "system/file.h"

#define LOCK_NAME "prometheus-devnet.lock"

enum { FOLDER_MODE = 0700, FILE_MODE = 0600, DESCRIPTORS_MAX = 16 };

static prom_result failed(prom_error *error, const char *what, const char *path)
{
    return prom_fail(error, PROM_CATEGORY_IO, "%s %s: %s", what, path, strerror(errno));
}

prom_result prom_folder_make(const char *path, prom_error *error)
{
    char partial[PATH_MAX];
    const size_t length = strlen(path);
    if (length == 0 || length >= sizeof partial) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the name of the folder is empty or too long");
    }
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        (void)snprintf(partial, sizeof partial, "%.*s", (int)i, path);
        if (mkdir(partial, FOLDER_MODE) != 0) {
            const int failure = errno;
            if (!prom_file_is_folder(partial)) {
                errno = failure == EEXIST ? ENOTDIR : failure;
                return failed(error, "cannot make the folder", partial);
            }
        }
    }
    return prom_ok();
}

/* Whether the folder has its sign, or could get it. The entries are looked at before the sign: whoever makes a file
 * here made the sign first. */
static prom_result look(bool *marked, const char *path, prom_error *error)
{
    char sign[PATH_MAX];
    *marked = false;
    DIR *entries = opendir(path);
    if (entries == NULL) {
        return failed(error, "cannot read the folder", path);
    }
    size_t count = 0;
    while (readdir(entries) != NULL) {
        count++;
    }
    (void)closedir(entries);
    const int length = snprintf(sign, sizeof sign, "%s/" LOCK_NAME, path);
    struct stat status;
    *marked = length < (int)sizeof sign && lstat(sign, &status) == 0 && S_ISREG(status.st_mode);
    if (!*marked && count > 2) { /* more than "." and ".." */
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "%s is not empty and is not a devnet's folder: nothing in it was touched; choose another --dir", path);
    }
    return prom_ok();
}

/* Takes the lock, made where it is missing. `gone`: the folder, or the lock file that was waited for, was deleted in
 * the meantime. */
static prom_result take_lock(prom_folder *folder, bool *gone, prom_error *error)
{
    char path[PATH_MAX];
    PROM_TRY(prom_folder_path(path, folder, LOCK_NAME, error));
    *gone = false;
    const int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (lock < 0 && errno == ENOENT) {
        *gone = true;
        return prom_ok();
    }
    if (lock < 0) {
        return failed(error, "cannot write", path);
    }
    int outcome = flock(lock, LOCK_EX);
    while (outcome != 0 && errno == EINTR) {
        outcome = flock(lock, LOCK_EX);
    }
    struct stat status;
    if (outcome != 0 || fstat(lock, &status) != 0) {
        const prom_result result = failed(error, "cannot lock", path);
        (void)close(lock);
        return result;
    }
    if (status.st_nlink == 0) {
        (void)close(lock);
        *gone = true;
        return prom_ok();
    }
    folder->lock = lock;
    return prom_ok();
}

prom_result prom_folder_open(prom_folder *folder, bool *found, const char *path, prom_folder_mode mode,
                             prom_error *error)
{
    *folder = (prom_folder){.lock = -1};
    *found = false;
    for (;;) {
        if (mode == PROM_FOLDER_MAKE) {
            PROM_TRY(prom_folder_make(path, error));
        }
        if (realpath(path, folder->path) == NULL) {
            return errno == ENOENT ? prom_ok() : failed(error, "cannot open the folder", path);
        }
        bool marked = false;
        bool gone = false;
        PROM_TRY(look(&marked, folder->path, error));
        if (mode == PROM_FOLDER_LOOK || (mode == PROM_FOLDER_HOLD && !marked)) {
            *found = marked;
            return prom_ok();
        }
        PROM_TRY(take_lock(folder, &gone, error));
        if (!gone) {
            *found = true;
            return prom_ok();
        }
    }
}

void prom_folder_close(prom_folder *folder)
{
    if (folder->lock >= 0) {
        (void)close(folder->lock);
        folder->lock = -1;
    }
}

/* nftw's callback: deletes all but the folder itself and its sign. */
static int delete_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    if (place->level == 0 || (place->level == 1 && strcmp(path + place->base, LOCK_NAME) == 0)) {
        return 0;
    }
    return remove(path);
}

prom_result prom_folder_empty(const prom_folder *folder, prom_error *error)
{
    if (nftw(folder->path, delete_entry, DESCRIPTORS_MAX, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0) {
        return failed(error, "cannot delete all that is in", folder->path);
    }
    return prom_ok();
}

prom_result prom_folder_delete(const prom_folder *folder, prom_error *error)
{
    char sign[PATH_MAX];
    PROM_TRY(prom_folder_path(sign, folder, LOCK_NAME, error));
    PROM_TRY(prom_folder_empty(folder, error));
    if (unlink(sign) != 0) {
        return failed(error, "cannot delete", sign);
    }
    /* Another command may have made its sign here at once: then the folder is its. A mount is busy. */
    if (rmdir(folder->path) != 0 && errno != ENOTEMPTY && errno != EBUSY) {
        return failed(error, "cannot delete", folder->path);
    }
    return prom_ok();
}

prom_result prom_folder_rename(const prom_folder *folder, const char *from, const char *to, prom_error *error)
{
    char old_path[PATH_MAX];
    char new_path[PATH_MAX];
    PROM_TRY(prom_folder_path(old_path, folder, from, error));
    PROM_TRY(prom_folder_path(new_path, folder, to, error));
    if (rename(old_path, new_path) != 0 && errno != ENOENT) {
        return failed(error, "cannot rename", old_path);
    }
    return prom_ok();
}

prom_result prom_folder_path(char path[PATH_MAX], const prom_folder *folder, const char *name, prom_error *error)
{
    if (snprintf(path, PATH_MAX, "%s/%s", folder->path, name) >= PATH_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the name of the folder is too long: %.100s...", folder->path);
    }
    return prom_ok();
}

/* All of `content` to the file, and the file to the disk. */
static bool write_all(int file, prom_span content)
{
    size_t written = 0;
    while (written < content.length) {
        const ssize_t more = write(file, content.data + written, content.length - written);
        if (more < 0 && errno != EINTR) {
            return false;
        }
        written += more > 0 ? (size_t)more : 0;
    }
    return fsync(file) == 0;
}

prom_result prom_folder_write(const prom_folder *folder, const char *name, prom_span content, prom_error *error)
{
    char path[PATH_MAX];
    char temporary[PATH_MAX];
    PROM_TRY(prom_folder_path(path, folder, name, error));
    PROM_TRY(prom_folder_path(temporary, folder, "new", error));
    const int file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (file < 0) {
        return failed(error, "cannot write", temporary);
    }
    const bool written = write_all(file, content);
    if (close(file) != 0 || !written || rename(temporary, path) != 0) {
        const prom_result result = failed(error, "cannot write", path);
        (void)unlink(temporary);
        return result;
    }
    const int parent = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool kept = parent >= 0 && fsync(parent) == 0;
    if (parent < 0 || close(parent) != 0 || !kept) {
        return failed(error, "cannot write", folder->path);
    }
    return prom_ok();
}

prom_result prom_folder_read(const prom_folder *folder, bool *exists, uint8_t *content, size_t *length, size_t room,
                             const char *name, prom_error *error)
{
    char path[PATH_MAX];
    *exists = false;
    *length = 0;
    PROM_TRY(prom_folder_path(path, folder, name, error));
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return errno == ENOENT ? prom_ok() : failed(error, "cannot read", path);
    }
    *length = fread(content, 1, room, file);
    const bool whole = ferror(file) == 0 && fgetc(file) == EOF;
    (void)fclose(file);
    if (!whole) {
        return prom_fail(error, PROM_CATEGORY_IO, "cannot read %s: a disk error, or more than %zu bytes", path, room);
    }
    *exists = true;
    return prom_ok();
}

prom_result prom_folder_check_room(const prom_folder *folder, uint64_t megabytes, prom_error *error)
{
    struct statvfs disk;
    if (statvfs(folder->path, &disk) != 0) {
        return failed(error, "cannot see the disk of", folder->path);
    }
    const uint64_t room = (uint64_t)disk.f_bavail * disk.f_frsize / 1000000;
    if (room < megabytes) {
        return prom_fail(
            error, PROM_CATEGORY_IO,
            "no room on the disk: %s has %llu MB left, a devnet needs %llu MB; free some, or choose another "
            "--dir",
            folder->path, (unsigned long long)room, (unsigned long long)megabytes);
    }
    return prom_ok();
}
