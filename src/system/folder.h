/* The folder that a devnet lives in: made, held by one command at a time, deleted. The folder's lock file is also the
 * sign that the folder is a devnet's: it is the first file made and the last one deleted, so whatever moment a command
 * is killed at, the folder is empty or has its sign. A folder without the sign that is not empty is never touched.
 *
 * Nobody else may write to the folder, or what is read here could be anybody's: another user's folder is refused, and
 * so is a devnet's that others may write to; an empty one is closed to them when it becomes a devnet's. */
#ifndef SYSTEM_FOLDER_H
#define SYSTEM_FOLDER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"

typedef struct prom_folder {
    char path[PATH_MAX]; /* absolute, without symbolic links; where there is no folder, the one that could be made */
    int lock;            /* held until prom_folder_close; -1: not held */
} prom_folder;

typedef enum prom_folder_mode {
    PROM_FOLDER_LOOK, /* take no lock */
    PROM_FOLDER_HOLD, /* wait for the lock */
    PROM_FOLDER_MAKE, /* make the folder and its parents where they are missing, then wait for the lock */
} prom_folder_mode;

/* Makes the folder and its parents where they are missing, for their owner only. */
PROM_MUST_USE prom_result prom_folder_make(const char *path, prom_error *error);

/* Opens the devnet's folder at `path`. `found` is false when there is none: nothing at `path`, or an empty folder.
 * PROM_CATEGORY_BAD_INPUT when what is there belongs to somebody else, PROM_CATEGORY_IO when it cannot be made or
 * read. */
PROM_MUST_USE prom_result prom_folder_open(prom_folder *folder, bool *found, const char *path, prom_folder_mode mode,
                                           prom_error *error);
/* Gives the lock back. A folder that was never opened must have -1 for it. */
void prom_folder_close(prom_folder *folder);

/* Deletes what `own` names, and nothing else: each is a pattern, as of fnmatch, of files' paths in the folder, or with
 * a '/' at its end the path of a folder that goes with all that is in it; NULL ends the list. own[0] is a file's name,
 * and that file goes last: it says that the others are being deleted, for whoever comes after a kill in the middle. The
 * folder must be held; its sign stays. Symbolic links and mounts are not followed. `kept` counts the entries that stay
 * beside the sign, and `first` is the path of one of them in the folder, or empty. */
typedef struct prom_folder_kept {
    size_t count;
    char first[NAME_MAX + 1];
} prom_folder_kept;
PROM_MUST_USE prom_result prom_folder_empty(const prom_folder *folder, prom_folder_kept *kept, const char *const own[],
                                            prom_error *error);

/* Deletes the sign too, and the folder where nothing is kept; one that is a mount stays, empty. */
PROM_MUST_USE prom_result prom_folder_delete(const prom_folder *folder, prom_folder_kept *kept, const char *const own[],
                                             prom_error *error);

/* Writes "<folder>/<name>" to `path`. PROM_CATEGORY_BAD_INPUT when it is too long. */
PROM_MUST_USE prom_result prom_folder_path(char path[PATH_MAX], const prom_folder *folder, const char *name,
                                           prom_error *error);

/* Replaces the file `name`, readable by its owner only, by `content`: at any moment the file has either its old
 * content or its new one, across a power cut too. */
PROM_MUST_USE prom_result prom_folder_write(const prom_folder *folder, const char *name, prom_span content,
                                            prom_error *error);

/* Renames a file, at once; it needs no room on the disk. A file that is not there is a success. */
PROM_MUST_USE prom_result prom_folder_rename(const prom_folder *folder, const char *from, const char *to,
                                             prom_error *error);

/* Returns whether anything has the name in the folder. */
bool prom_folder_has(const prom_folder *folder, const char *name);

/* Reads the file `name` of at most `room` bytes. `exists` is false, and nothing read, when there is none.
 * PROM_CATEGORY_IO when it is larger, no file, or another user's. */
PROM_MUST_USE prom_result prom_folder_read(const prom_folder *folder, bool *exists, uint8_t *content, size_t *length,
                                           size_t room, const char *name, prom_error *error);

/* Fails with PROM_CATEGORY_IO when the folder's disk has less than so many megabytes for us. */
PROM_MUST_USE prom_result prom_folder_check_room(const prom_folder *folder, uint64_t megabytes, prom_error *error);

#endif
