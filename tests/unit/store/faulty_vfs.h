/* A disk in memory, below SQLite, that fails where a test wants it to: a write that fails, or writes half; a sync that
 * fails; no room; a power cut, after which the machine has what was synced, and of what was not any part or nothing.
 * Files have no locks: one connection at a time. */
#ifndef PROMETHEUS_TEST_STORE_FAULTY_VFS_H
#define PROMETHEUS_TEST_STORE_FAULTY_VFS_H

#include "support.h"

#include <sqlite3.h>

enum faulty_kind {
    FAULTY_NONE,
    FAULTY_FAILS,     /* the operation, once, with no effect */
    FAULTY_HALF,      /* a write, once, after half of its bytes; another operation fails */
    FAULTY_FULL,      /* no file grows any more, until there is room */
    FAULTY_POWER_CUT, /* nothing works any more, until the machine starts again */
    FAULTY_KINDS,
};

enum { FAULTY_FILES = 8, FAULTY_BYTES = 1 << 20, FAULTY_SECTOR = 512 };

struct faulty_file {
    char name[160];
    bool exists;
    uint8_t now[FAULTY_BYTES];
    uint8_t kept[FAULTY_BYTES]; /* what a power cut leaves for certain */
    size_t now_length;
    size_t kept_length;
};

static struct {
    struct faulty_file files[FAULTY_FILES];
    enum faulty_kind kind;
    uint64_t at; /* the operation that fails, counted from 1 */
    uint64_t done;
    bool struck;
    bool without_room;
    bool dead;
    uint64_t random;
} faulty;

struct faulty_handle {
    sqlite3_file base;
    struct faulty_file *file;
};

/* Counts an operation that changes the disk. Whether it fails. */
static bool faulty_strikes(void)
{
    if (faulty.dead) {
        return true;
    }
    if (faulty.kind == FAULTY_NONE || ++faulty.done != faulty.at) {
        return false;
    }
    faulty.struck = true;
    faulty.without_room = faulty.kind == FAULTY_FULL;
    faulty.dead = faulty.kind == FAULTY_POWER_CUT;
    return faulty.kind != FAULTY_FULL;
}

static int faulty_close(sqlite3_file *handle)
{
    (void)handle;
    return SQLITE_OK;
}

static int faulty_read(sqlite3_file *handle, void *bytes, int count, sqlite3_int64 offset)
{
    const struct faulty_file *file = ((struct faulty_handle *)(void *)handle)->file;
    const size_t at = (size_t)offset;
    const size_t there = at < file->now_length ? file->now_length - at : 0;
    const size_t length = there < (size_t)count ? there : (size_t)count;
    if (faulty.dead) {
        return SQLITE_IOERR_READ;
    }
    memset(bytes, 0, (size_t)count);
    memcpy(bytes, file->now + at, length);
    return length == (size_t)count ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int faulty_write(sqlite3_file *handle, const void *bytes, int count, sqlite3_int64 offset)
{
    struct faulty_file *file = ((struct faulty_handle *)(void *)handle)->file;
    const size_t end = (size_t)offset + (size_t)count;
    const bool fails = faulty_strikes();
    const size_t length = !fails ? (size_t)count : faulty.kind == FAULTY_HALF && !faulty.dead ? (size_t)count / 2 : 0;
    assert_true(end <= FAULTY_BYTES);
    if (faulty.without_room && end > file->now_length) {
        return SQLITE_FULL;
    }
    memcpy(file->now + offset, bytes, length);
    if (length > 0 && (size_t)offset + length > file->now_length) {
        file->now_length = (size_t)offset + length;
    }
    return fails ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

static int faulty_truncate(sqlite3_file *handle, sqlite3_int64 size)
{
    struct faulty_file *file = ((struct faulty_handle *)(void *)handle)->file;
    if (faulty_strikes()) {
        return SQLITE_IOERR_TRUNCATE;
    }
    if ((size_t)size < file->now_length) {
        memset(file->now + size, 0, file->now_length - (size_t)size);
        file->now_length = (size_t)size;
    }
    return SQLITE_OK;
}

/* What is there now will outlive a power cut. Behind both lengths there are zeros. */
static void faulty_keep(struct faulty_file *file)
{
    const size_t longer = file->now_length > file->kept_length ? file->now_length : file->kept_length;
    memcpy(file->kept, file->now, longer);
    file->kept_length = file->now_length;
}

static int faulty_sync(sqlite3_file *handle, int flags)
{
    struct faulty_file *file = ((struct faulty_handle *)(void *)handle)->file;
    (void)flags;
    if (faulty_strikes()) {
        return SQLITE_IOERR_FSYNC;
    }
    faulty_keep(file);
    return SQLITE_OK;
}

static int faulty_size(sqlite3_file *handle, sqlite3_int64 *size)
{
    *size = (sqlite3_int64)((struct faulty_handle *)(void *)handle)->file->now_length;
    return faulty.dead ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

static int faulty_lock(sqlite3_file *handle, int level)
{
    (void)handle;
    (void)level;
    return SQLITE_OK;
}

static int faulty_is_locked(sqlite3_file *handle, int *locked)
{
    (void)handle;
    *locked = 0;
    return SQLITE_OK;
}

static int faulty_control(sqlite3_file *handle, int what, void *argument)
{
    (void)handle;
    (void)what;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int faulty_sector(sqlite3_file *handle)
{
    (void)handle;
    return FAULTY_SECTOR;
}

static int faulty_traits(sqlite3_file *handle)
{
    (void)handle;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE; /* as of every file on Linux */
}

static struct faulty_file *faulty_find(const char *name)
{
    for (size_t i = 0; i < FAULTY_FILES; i++) {
        if (faulty.files[i].exists && strcmp(faulty.files[i].name, name) == 0) {
            return &faulty.files[i];
        }
    }
    return NULL;
}

static int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *handle, int flags, int *given)
{
    /* Version 1 has no shared memory: a store that would share its log could not be opened. */
    static const sqlite3_io_methods methods = {1,
                                               faulty_close,
                                               faulty_read,
                                               faulty_write,
                                               faulty_truncate,
                                               faulty_sync,
                                               faulty_size,
                                               faulty_lock,
                                               faulty_lock,
                                               faulty_is_locked,
                                               faulty_control,
                                               faulty_sector,
                                               faulty_traits,
                                               NULL,
                                               NULL,
                                               NULL,
                                               NULL,
                                               NULL,
                                               NULL};
    struct faulty_file *file = faulty_find(name);
    (void)vfs;
    handle->pMethods = NULL;
    for (size_t i = 0; i < FAULTY_FILES && file == NULL && (flags & SQLITE_OPEN_CREATE) != 0; i++) {
        if (!faulty.files[i].exists) {
            file = &faulty.files[i];
            memset(file->now, 0, file->now_length);
            memset(file->kept, 0, file->kept_length);
            file->now_length = 0;
            file->kept_length = 0;
            (void)snprintf(file->name, sizeof file->name, "%s", name);
            file->exists = true;
        }
    }
    if (file == NULL || faulty.dead) {
        return SQLITE_CANTOPEN;
    }
    ((struct faulty_handle *)(void *)handle)->file = file;
    handle->pMethods = &methods;
    if (given != NULL) {
        *given = flags;
    }
    return SQLITE_OK;
}

static int faulty_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    struct faulty_file *file = faulty_find(name);
    (void)vfs;
    (void)sync;
    if (file == NULL) {
        return SQLITE_IOERR_DELETE_NOENT;
    }
    if (faulty_strikes()) {
        return SQLITE_IOERR_DELETE;
    }
    file->exists = false;
    return SQLITE_OK;
}

static int faulty_access(sqlite3_vfs *vfs, const char *name, int flags, int *found)
{
    (void)vfs;
    (void)flags;
    *found = faulty_find(name) != NULL;
    return faulty.dead ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int faulty_full_path(sqlite3_vfs *vfs, const char *name, int room, char *path)
{
    (void)vfs;
    (void)snprintf(path, (size_t)room, "%s", name);
    return SQLITE_OK;
}

static int faulty_randomness(sqlite3_vfs *vfs, int count, char *bytes)
{
    (void)vfs;
    random_bytes(&faulty.random, (uint8_t *)bytes, (size_t)count);
    return count;
}

/* Puts the disk below all databases that are opened from now on. */
static inline void faulty_install(void)
{
    static sqlite3_vfs vfs = {.iVersion = 1,
                              .szOsFile = sizeof(struct faulty_handle),
                              .mxPathname = 128,
                              .zName = "faulty",
                              .xOpen = faulty_open,
                              .xDelete = faulty_delete,
                              .xAccess = faulty_access,
                              .xFullPathname = faulty_full_path,
                              .xRandomness = faulty_randomness};
    const sqlite3_vfs *system = sqlite3_vfs_find(NULL);
    vfs.xSleep = system->xSleep;
    vfs.xCurrentTime = system->xCurrentTime;
    assert_int_equal(sqlite3_vfs_register(&vfs, 1), SQLITE_OK);
}

/* Empties the disk; operation number `at` will fail. */
static inline void faulty_reset(enum faulty_kind kind, uint64_t at)
{
    for (size_t i = 0; i < FAULTY_FILES; i++) {
        faulty.files[i].exists = false;
    }
    faulty.kind = kind;
    faulty.at = at;
    faulty.done = 0;
    faulty.struck = false;
    faulty.without_room = false;
    faulty.dead = false;
    faulty.random = at;
}

/* How much of what was not synced a power cut leaves. */
enum faulty_rest {
    FAULTY_REST_NONE,
    FAULTY_REST_ALL,
    FAULTY_REST_SOME, /* sector by sector, as chance has it */
    FAULTY_RESTS,
};

/* Starts the machine again. */
static inline void faulty_restart(enum faulty_rest rest)
{
    for (size_t i = 0; i < FAULTY_FILES; i++) {
        struct faulty_file *file = &faulty.files[i];
        const size_t longer = file->now_length > file->kept_length ? file->now_length : file->kept_length;
        for (size_t at = 0; at < longer; at += FAULTY_SECTOR) {
            if (rest == FAULTY_REST_NONE || (rest == FAULTY_REST_SOME && random_below(&faulty.random, 2) == 0)) {
                memcpy(file->now + at, file->kept + at, FAULTY_SECTOR);
            }
        }
        file->now_length = rest == FAULTY_REST_NONE  ? file->kept_length
                           : rest == FAULTY_REST_ALL ? file->now_length
                                                     : longer;
        faulty_keep(file);
    }
    faulty.kind = FAULTY_NONE;
    faulty.without_room = false;
    faulty.dead = false;
}

#endif
