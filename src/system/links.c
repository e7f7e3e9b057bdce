#include "system/links.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { LINKS_MAX = 40 }; /* as the kernel's own limit */

/* The folder that was reached, and the path that is left to go from there. */
typedef struct walk {
    int at;
    int links;
    char rest[PATH_MAX];
} walk;

bool prom_link_is_foreign(const struct stat *link, const struct stat *folder)
{
    return (folder->st_mode & S_ISVTX) != 0 && (folder->st_mode & S_IWOTH) != 0 && link->st_uid != geteuid() &&
           link->st_uid != folder->st_uid;
}

static void stand_at(walk *on, int folder)
{
    const int failure = errno;
    if (on->at >= 0) {
        (void)close(on->at);
    }
    on->at = folder;
    errno = failure;
}

/* Takes the first name out of the path; empty where none is left. */
static void take_name(walk *on, char name[PATH_MAX])
{
    const size_t slashes = strspn(on->rest, "/");
    const size_t length = strcspn(on->rest + slashes, "/");
    (void)snprintf(name, PATH_MAX, "%.*s", (int)length, on->rest + slashes);
    memmove(on->rest, on->rest + slashes + length, strlen(on->rest + slashes + length) + 1);
}

/* Puts what the link names before what is left. Nowhere is reached where that is not possible. */
static void follow(walk *on, int link)
{
    char target[PATH_MAX];
    char rest[PATH_MAX];
    const ssize_t length = readlinkat(link, "", target, sizeof target - 1);
    target[length > 0 ? length : 0] = '\0';
    const bool fits = snprintf(rest, sizeof rest, "%s/%s", target, on->rest) < (int)sizeof rest;
    if (length <= 0 || !fits || ++on->links > LINKS_MAX) {
        errno = length <= 0 ? ENOENT : fits ? ELOOP : ENAMETOOLONG;
        stand_at(on, -1);
        return;
    }
    memcpy(on->rest, rest, sizeof rest);
    if (target[0] == '/') {
        stand_at(on, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    }
}

/* Goes one name farther. */
static prom_result step(walk *on, const char *name, const char *path, prom_error *error)
{
    struct stat folder;
    struct stat entry;
    struct statfs system;
    const int next = openat(on->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (next < 0 || fstat(on->at, &folder) != 0 || fstat(next, &entry) != 0) {
        stand_at(on, -1);
        return prom_ok();
    }
    if (!S_ISLNK(entry.st_mode)) {
        stand_at(on, next);
        return prom_ok();
    }
    prom_result result = prom_ok();
    if (prom_link_is_foreign(&entry, &folder)) {
        result = prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "%.200s leads over '%.100s', another user's symbolic link in a folder that everybody may "
                           "write to",
                           path, name);
    } else if (fstatfs(on->at, &system) == 0 && system.f_type == PROC_SUPER_MAGIC) {
        stand_at(on, openat(on->at, name, O_PATH | O_CLOEXEC)); /* links in name only, which the kernel follows */
    } else {
        follow(on, next);
    }
    const int failure = errno;
    (void)close(next);
    errno = failure;
    return result;
}

prom_result prom_links_open(int *folder, int from, const char *path, prom_error *error)
{
    char name[PATH_MAX];
    walk on = {.at = -1};
    struct stat status;
    *folder = -1;
    if (snprintf(on.rest, sizeof on.rest, "%s", path) >= (int)sizeof on.rest) {
        errno = ENAMETOOLONG;
        return prom_ok();
    }
    on.at = path[0] == '/' ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : openat(from, ".", O_PATH | O_CLOEXEC);
    for (take_name(&on, name); on.at >= 0 && name[0] != '\0'; take_name(&on, name)) {
        const prom_result result = step(&on, name, path, error);
        if (!prom_is_ok(result)) {
            stand_at(&on, -1);
            return result;
        }
    }
    if (on.at >= 0 && fstat(on.at, &status) == 0 && !S_ISDIR(status.st_mode)) {
        errno = ENOTDIR;
        stand_at(&on, -1);
    }
    *folder = on.at;
    return prom_ok();
}
