#include "system/place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "system/links.h"

enum { LINKS_MAX = 40 }; /* as the kernel's own limit */

prom_place prom_place_none(void)
{
    return (prom_place){.folder = -1};
}

void prom_place_close(prom_place *place)
{
    if (place->folder >= 0) {
        (void)close(place->folder);
        place->folder = -1;
    }
}

static prom_result not_found(const char *path, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_IO, "%s cannot be written: %s", path, strerror(errno));
}

static prom_result no_file(const char *path, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is not a file, and is not replaced by one", path);
}

/* Goes on from the place's folder (at first the current one) to the folder of `rest`, and takes the name in it. */
static prom_result step(prom_place *place, const char *rest, const char *path, prom_error *error)
{
    char parent[PATH_MAX];
    const char *slash = strrchr(rest, '/');
    const char *name = slash == NULL ? rest : slash + 1;
    (void)snprintf(parent, sizeof parent, "%.*s", slash == NULL ? 1 : (int)(slash - rest + 1),
                   slash == NULL ? "." : rest);
    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return no_file(path, error);
    }
    if (strlen(name) > NAME_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the name of a file is too long: %.64s...", name);
    }
    int folder = -1;
    PROM_TRY(prom_links_open(&folder, place->folder >= 0 ? place->folder : AT_FDCWD, parent, error));
    if (folder < 0) {
        return not_found(path, error);
    }
    prom_place_close(place);
    place->folder = folder;
    (void)snprintf(place->name, sizeof place->name, "%s", name);
    return prom_ok();
}

static bool is_foreign_link(const prom_place *place)
{
    struct stat folder;
    struct stat link;
    return fstat(place->folder, &folder) != 0 || fstatat(place->folder, place->name, &link, AT_SYMLINK_NOFOLLOW) != 0 ||
           prom_link_is_foreign(&link, &folder);
}

/* Reads the link that has the place's name. `rest` is empty where there is none. */
static prom_result follow(const prom_place *place, char rest[PATH_MAX], const char *path, prom_error *error)
{
    struct statfs system;
    const ssize_t length = readlinkat(place->folder, place->name, rest, PATH_MAX - 1);
    rest[length > 0 ? length : 0] = '\0';
    if (length < 0 && errno != EINVAL && errno != ENOENT) {
        return not_found(path, error);
    }
    if (length == PATH_MAX - 1) {
        errno = ENAMETOOLONG;
        return not_found(path, error);
    }
    if (length > 0 && is_foreign_link(place)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s is another user's symbolic link in a folder that everybody may write to", path);
    }
    /* /proc/self/fd/1 and its like are links in name only: what they name may be gone, or be another file by now. */
    if (length > 0 && (fstatfs(place->folder, &system) != 0 || system.f_type == PROC_SUPER_MAGIC)) {
        return no_file(path, error);
    }
    return prom_ok();
}

static prom_result find(prom_place *place, const char *path, prom_error *error)
{
    char rest[PATH_MAX];
    if (snprintf(rest, sizeof rest, "%s", path) >= (int)sizeof rest) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the name of a file is too long: %.64s...", path);
    }
    for (int links = 0; rest[0] != '\0'; links++) {
        if (links > LINKS_MAX) {
            errno = ELOOP;
            return not_found(path, error);
        }
        PROM_TRY(step(place, rest, path, error));
        PROM_TRY(follow(place, rest, path, error));
    }
    if (place->folder < 0) {
        return no_file(path, error); /* the empty path */
    }
    place->exists = fstatat(place->folder, place->name, &place->status, AT_SYMLINK_NOFOLLOW) == 0;
    if ((!place->exists && errno != ENOENT) || fstat(place->folder, &place->in) != 0) {
        return not_found(path, error);
    }
    return prom_ok();
}

prom_result prom_place_find(prom_place *place, const char *path, prom_error *error)
{
    *place = prom_place_none();
    const prom_result result = find(place, path, error);
    if (!prom_is_ok(result)) {
        prom_place_close(place);
    }
    return result;
}

static bool is_one(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

bool prom_place_is_same(const prom_place *one, const prom_place *other)
{
    return (one->exists && other->exists && is_one(&one->status, &other->status)) ||
           (is_one(&one->in, &other->in) && strcmp(one->name, other->name) == 0);
}

bool prom_place_is_in(const prom_place *place, const struct stat *folder)
{
    struct stat at = place->in;
    int here = openat(place->folder, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool found = here >= 0 && is_one(&at, folder);
    while (here >= 0 && !found) {
        const struct stat below = at;
        const int above = openat(here, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        (void)close(here);
        here = above;
        if (here < 0 || fstat(here, &at) != 0 || is_one(&at, &below)) { /* the root is above itself */
            break;
        }
        found = is_one(&at, folder);
    }
    if (here >= 0) {
        (void)close(here);
    }
    return found;
}
