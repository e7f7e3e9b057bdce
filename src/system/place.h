/* Where a file that is to be written comes to lie. */
#ifndef SYSTEM_PLACE_H
#define SYSTEM_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "prometheus/base/result.h"

/* A name in a folder, symbolic links followed: a link that leads nowhere is the place that it leads to. */
typedef struct prom_place {
    int folder;              /* open; -1: none */
    struct stat in;          /* of the folder */
    char name[NAME_MAX + 1]; /* in it; no symbolic link */
    bool exists;
    struct stat status; /* of what has the name, where `exists` */
} prom_place;

/* Returns no place; prom_place_close is allowed. */
prom_place prom_place_none(void);
void prom_place_close(prom_place *place);

/* Finds the place that `path` stands for. PROM_CATEGORY_IO when its folder is not there or cannot be searched,
 * PROM_CATEGORY_BAD_INPUT when the path is too long, names no file ("x/", "..") or leads to one that is merely open
 * ("/dev/stdout"). Either names the path. */
PROM_MUST_USE prom_result prom_place_find(prom_place *place, const char *path, prom_error *error);

/* Returns whether both are one file by whatever names, or will be when they are written. */
bool prom_place_is_same(const prom_place *one, const prom_place *other);

/* Returns whether the place lies in the folder `status`, at any depth. */
bool prom_place_is_in(const prom_place *place, const struct stat *folder);

#endif
