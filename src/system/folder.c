#include "system/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "system/file.h"
#include "system/links.h"

#define LOCK_NAME "prometheus-devnet.lock"

#define TEMPORARY_NAME "prometheus-devnet.tmp" /* what is written before it takes its name */

enum { FOLDER_MODE = 0700, FILE_MODE = 0600 };

static prom_result failed(prom_error *error, const char *what, const char *path)
{
    return prom_fail(error, PROM_CATEGORY_IO, "%s %s: %s", what, path, strerror(errno));
}

/* That the path leads over no link that another user may have laid, as far as it is there. */
static prom_result check_links(const char *path, prom_error *error)
{
    int folder = -1;
    PROM_TRY(prom_links_open(&folder, AT_FDCWD, path, error));
    if (folder >= 0) {
        (void)close(folder);
    }
    return prom_ok();
}

prom_result prom_folder_make(const char *path, prom_error *error)
{
    char partial[PATH_MAX];
    const size_t length = strlen(path);
    if (length == 0 || length >= sizeof partial) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the name of the folder is empty or too long");
    }
    PROM_TRY(check_links(path, error));
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

/* How many entries the folder has. */
static prom_result count_entries(size_t *count, const char *path, prom_error *error)
{
    DIR *entries = opendir(path);
    if (entries == NULL) {
        return failed(error, "cannot read the folder", path);
    }
    *count = 0;
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        *count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    (void)closedir(entries);
    return prom_ok();
}

/* What a folder was found to be. */
typedef struct sight {
    bool marked; /* it has its sign */
    bool open;   /* others may write to it */
} sight;

/* Whether the folder has its sign, or could get it. The entries are looked at before the sign: whoever makes a file
 * here made the sign first. */
static prom_result look(sight *seen, const char *path, prom_error *error)
{
    char sign[PATH_MAX];
    struct stat of_folder;
    struct stat of_sign;
    size_t count = 0;
    PROM_TRY(count_entries(&count, path, error));
    if (stat(path, &of_folder) != 0) {
        return failed(error, "cannot read the folder", path);
    }
    const int length = snprintf(sign, sizeof sign, "%s/" LOCK_NAME, path);
    const uid_t user = geteuid();
    seen->marked = length < (int)sizeof sign && lstat(sign, &of_sign) == 0 && S_ISREG(of_sign.st_mode);
    seen->open = (of_folder.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    if (!seen->marked && count > 0) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "%s is not empty and is not a devnet's folder: nothing in it was touched; choose another --dir", path);
    }
    if (of_folder.st_uid != user || (seen->marked && of_sign.st_uid != user)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s is another user's: nothing in it was touched; choose another --dir", path);
    }
    if (seen->marked && seen->open) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "other users may write to %s, and could have forged what is in it: nothing in it was touched; "
                         "if none did, close it with 'chmod go-w'",
                         path);
    }
    return prom_ok();
}

/* Closes an empty folder to others before it gets its sign; what they put there meanwhile is seen by the next look. */
static prom_result close_to_others(const char *path, prom_error *error)
{
    return chmod(path, FOLDER_MODE) == 0 || errno == ENOENT ? prom_ok() : failed(error, "cannot write", path);
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

/* The path, without symbolic links, of a folder that is not there: its nearest parent that is, and the rest. Empty
 * where there is none. */
static void resolve_missing(char resolved[PATH_MAX], const char *path)
{
    char head[PATH_MAX];
    char found[PATH_MAX] = "";
    size_t cut = strlen(path); /* where the part begins that is not there */
    bool looking = true;
    while (looking) {
        (void)snprintf(head, sizeof head, "%.*s", cut > 0 ? (int)cut : 1, cut > 0 ? path : ".");
        looking = realpath(head, found) == NULL && cut > 0;
        for (; looking && cut > 0 && path[cut - 1] == '/'; cut--) {
        }
        for (; looking && cut > 0 && path[cut - 1] != '/'; cut--) {
        }
    }
    size_t end = strlen(path);
    for (; end > cut && path[end - 1] == '/'; end--) {
    }
    const char *joint = strcmp(found, "/") == 0 ? "" : "/";
    if (snprintf(resolved, PATH_MAX, "%s%s%.*s", found, joint, (int)(end - cut), path + cut) >= PATH_MAX) {
        resolved[0] = '\0';
    }
}

prom_result prom_folder_open(prom_folder *folder, bool *found, const char *path, prom_folder_mode mode,
                             prom_error *error)
{
    *folder = (prom_folder){.lock = -1};
    *found = false;
    PROM_TRY(check_links(path, error));
    for (;;) {
        if (mode == PROM_FOLDER_MAKE) {
            PROM_TRY(prom_folder_make(path, error));
        }
        if (realpath(path, folder->path) == NULL) {
            const int failure = errno;
            resolve_missing(folder->path, path);
            errno = failure;
            return errno == ENOENT ? prom_ok() : failed(error, "cannot open the folder", path);
        }
        sight seen = {0};
        bool gone = false;
        PROM_TRY(look(&seen, folder->path, error));
        if (mode == PROM_FOLDER_LOOK || (mode == PROM_FOLDER_HOLD && !seen.marked)) {
            *found = seen.marked;
            return prom_ok();
        }
        if (seen.open) {
            PROM_TRY(close_to_others(folder->path, error));
            continue;
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

/* What a pattern has to do with an entry. */
typedef enum claim { NONE, ABOVE, OWN } claim;

/* Whether the entry is one that `own` names, or the folder of one. */
static claim claim_of(const char *name, bool is_folder, const char *const own[])
{
    claim best = NONE;
    const size_t length = strlen(name);
    for (size_t i = 0; own[i] != NULL && best != OWN; i++) {
        const size_t tree = strlen(own[i]) - 1;
        const bool is_tree = own[i][tree] == '/';
        const bool in_tree = is_tree && length >= tree && strncmp(name, own[i], tree) == 0 &&
                             (name[tree] == '/' || (name[tree] == '\0' && is_folder));
        const bool is_file = !is_tree && !is_folder && fnmatch(own[i], name, FNM_PATHNAME) == 0;
        if (in_tree || is_file) {
            best = OWN;
        } else if (is_tree && is_folder && length < tree && strncmp(name, own[i], length) == 0 &&
                   own[i][length] == '/') {
            best = ABOVE;
        }
    }
    return best;
}

static void keep(prom_folder_kept *kept, const char *name)
{
    if (kept->count++ == 0) {
        (void)snprintf(kept->first, sizeof kept->first, "%s", name);
    }
}

/* One step of the walk, folders before and after what is in them. */
static bool empty_entry(FTS *walk, FTSENT *entry, size_t prefix, prom_folder_kept *kept, const char *const own[])
{
    const char *name = entry->fts_path + prefix;
    const bool is_folder = entry->fts_info == FTS_D || entry->fts_info == FTS_DP || entry->fts_info == FTS_DNR;
    const bool is_temporary = !is_folder && strcmp(name, TEMPORARY_NAME) == 0;
    const claim what = is_temporary ? OWN : claim_of(name, is_folder, own);
    if (entry->fts_level == 0 || strcmp(name, LOCK_NAME) == 0) {
        return entry->fts_info != FTS_DNR && entry->fts_info != FTS_ERR;
    }
    if (what == NONE && entry->fts_info != FTS_DP) { /* after FTS_SKIP it comes once more, as FTS_DP */
        keep(kept, name);
        return fts_set(walk, entry, FTS_SKIP) == 0;
    }
    if (what == NONE || entry->fts_info == FTS_D || strcmp(name, own[0]) == 0) {
        return true;
    }
    if (is_folder) {
        return rmdir(entry->fts_accpath) == 0 || (what == ABOVE && (errno == ENOTEMPTY || errno == EBUSY));
    }
    return unlink(entry->fts_accpath) == 0;
}

prom_result prom_folder_empty(const prom_folder *folder, prom_folder_kept *kept, const char *const own[],
                              prom_error *error)
{
    char path[PATH_MAX];
    char *const roots[] = {path, NULL};
    (void)snprintf(path, sizeof path, "%s", folder->path);
    *kept = (prom_folder_kept){0};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
    bool good = walk != NULL;
    errno = 0;
    for (FTSENT *entry = good ? fts_read(walk) : NULL; entry != NULL; entry = good ? fts_read(walk) : NULL) {
        good = empty_entry(walk, entry, strlen(path) + 1, kept, own);
        errno = good ? 0 : errno;
    }
    good = good && errno == 0; /* fts_read's end, or its failure */
    const int failure = errno;
    if (walk != NULL) {
        (void)fts_close(walk);
    }
    errno = failure;
    PROM_TRY(good ? prom_ok() : failed(error, "cannot delete all that is the devnet's in", folder->path));
    PROM_TRY(prom_folder_path(path, folder, own[0], error));
    return unlink(path) == 0 || errno == ENOENT ? prom_ok() : failed(error, "cannot delete", path);
}

prom_result prom_folder_delete(const prom_folder *folder, prom_folder_kept *kept, const char *const own[],
                               prom_error *error)
{
    char sign[PATH_MAX];
    PROM_TRY(prom_folder_path(sign, folder, LOCK_NAME, error));
    PROM_TRY(prom_folder_empty(folder, kept, own, error));
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
    PROM_TRY(prom_folder_path(temporary, folder, TEMPORARY_NAME, error));
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

bool prom_folder_has(const prom_folder *folder, const char *name)
{
    char path[PATH_MAX];
    struct stat status;
    return prom_is_ok(prom_folder_path(path, folder, name, NULL)) && lstat(path, &status) == 0;
}

prom_result prom_folder_read(const prom_folder *folder, bool *exists, uint8_t *content, size_t *length, size_t room,
                             const char *name, prom_error *error)
{
    char path[PATH_MAX];
    struct stat status;
    *exists = false;
    *length = 0;
    PROM_TRY(prom_folder_path(path, folder, name, error));
    const int number = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); /* a pipe would block */
    FILE *file = number >= 0 ? fdopen(number, "r") : NULL;
    if (file == NULL) {
        const prom_result result = errno == ENOENT ? prom_ok() : failed(error, "cannot read", path);
        if (number >= 0) {
            (void)close(number);
        }
        return result;
    }
    const bool ours = fstat(number, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid();
    *length = ours ? fread(content, 1, room, file) : 0;
    const bool whole = ours && ferror(file) == 0 && fgetc(file) == EOF;
    (void)fclose(file);
    if (!ours) {
        return prom_fail(error, PROM_CATEGORY_IO, "cannot read %s: it is another user's, or no file", path);
    }
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
