#include "files/beside.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/file.h"

/* The path without links, if that is inside `folder`, which has none either. */
static prom_result resolve_inside(char path[PATH_MAX], const char *folder, const char *location, prom_error *error)
{
    char joined[PATH_MAX];
    const size_t length = strcmp(folder, "/") == 0 ? 0 : strlen(folder);
    const int written = snprintf(joined, sizeof joined, "%.*s/%s", (int)length, folder, location);
    if (written < 0 || (size_t)written >= sizeof joined || realpath(joined, path) == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it lies in another file, '%.200s', which cannot be found in the model's folder", location);
    }
    return strncmp(path, folder, length) == 0 && path[length] == '/'
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "it lies in another file, '%.200s', which is a link out of the model's folder", location);
}

prom_result prom_beside_read(void *context, prom_span *content, const char *location, prom_error *error)
{
    const prom_beside_model *model = context;
    char name[PATH_MAX];
    char folder[PATH_MAX];
    char path[PATH_MAX];
    const char *slash = strrchr(model->path, '/');
    const int length = slash != NULL ? (int)(slash - model->path) + 1 : 0;
    const int written = snprintf(name, sizeof name, "%.*s.", length, model->path);
    if (written < 0 || (size_t)written >= sizeof name || realpath(name, folder) == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the model's folder cannot be found");
    }
    PROM_TRY(resolve_inside(path, folder, location, error));
    if (prom_file_is_pipe(path)) { /* a pipe would make us wait */
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is a pipe, not a file", path);
    }
    return prom_file_read(model->arena, content, path, model->most, error);
}
