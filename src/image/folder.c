#include "image/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/file.h"

typedef struct name_list {
    struct dirent **entries;
    int count;
} name_list;

/* What is being listed. */
typedef struct listing {
    prom_arena *arena;
    const char **paths;
    int64_t *classes;
    size_t count;
    size_t capacity;
} listing;

static void free_names(name_list *names)
{
    for (int i = 0; i < names->count; i++) {
        free(names->entries[i]);
    }
    free(names->entries);
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* In byte order: the same on every machine, whatever its language. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static prom_result read_names(name_list *names, const char *path, prom_error *error)
{
    names->count = scandir(path, &names->entries, is_shown, compare_names);
    if (names->count < 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s cannot be read: %s", path, strerror(errno));
    }
    return prom_ok();
}

static prom_result join(prom_arena *arena, char **path, const char *folder, const char *name, prom_error *error)
{
    const size_t length = strlen(folder) + strlen(name) + 2;
    PROM_TRY_NEW(*path, arena, length, error);
    (void)snprintf(*path, length, "%s/%s", folder, name);
    return prom_ok();
}

static prom_result add(listing *found, const char *path, int64_t class, prom_error *error)
{
    if (found->count == found->capacity) {
        const size_t capacity = 2 * found->capacity + 64;
        const char **paths = NULL;
        int64_t *classes = NULL;
        PROM_TRY_NEW(paths, found->arena, capacity, error);
        PROM_TRY_NEW(classes, found->arena, capacity, error);
        for (size_t i = 0; i < found->count; i++) {
            paths[i] = found->paths[i];
            classes[i] = found->classes[i];
        }
        found->paths = paths;
        found->classes = classes;
        found->capacity = capacity;
    }
    found->paths[found->count] = path;
    found->classes[found->count++] = class;
    return prom_ok();
}

static prom_result list_class(listing *found, const char *folder, int64_t class, prom_error *error)
{
    PROM_SCOPED(free_names) name_list names = {0};
    PROM_TRY(read_names(&names, folder, error));
    for (int i = 0; i < names.count; i++) {
        char *path = NULL;
        PROM_TRY(join(found->arena, &path, folder, names.entries[i]->d_name, error));
        if (prom_file_is_folder(path)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "%.200s is a folder in the folder of a class, which holds pictures only", path);
        }
        PROM_TRY(add(found, path, class, error));
    }
    return prom_ok();
}

prom_result prom_image_folder_list(prom_arena *arena, prom_image_list *list, const char *path, prom_error *error)
{
    PROM_SCOPED(free_names) name_list names = {0};
    listing found = {.arena = arena};
    size_t folders = 0;
    *list = (prom_image_list){0};
    PROM_TRY(read_names(&names, path, error));
    for (int i = 0; i < names.count; i++) {
        char *entry = NULL;
        PROM_TRY(join(arena, &entry, path, names.entries[i]->d_name, error));
        if (!prom_file_is_folder(entry)) {
            PROM_TRY(add(&found, entry, 0, error));
            continue;
        }
        PROM_TRY(list_class(&found, entry, (int64_t)folders++, error));
    }
    if (folders > 0 && folders < (size_t)names.count) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.200s holds files beside folders: it must hold pictures, or one folder for each class",
                         path);
    }
    if (found.count == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the folder %s holds no image", path);
    }
    *list = (prom_image_list){found.paths, folders > 0 ? found.classes : NULL, found.count, folders};
    return prom_ok();
}
