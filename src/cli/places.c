#include "cli/places.h"

#include <stdio.h>
#include <stdlib.h>

prom_result prom_places_data(char path[PATH_MAX], const char *name, prom_error *error)
{
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    const bool given_data = data != NULL && *data != '\0';
    if (!given_data && (home == NULL || *home == '\0')) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "HOME is not set: give --dir");
    }
    const int length = snprintf(path, PATH_MAX, "%s%s/prometheus/%s", given_data ? data : home,
                                given_data ? "" : "/.local/share", name);
    if (length < 0 || length >= PATH_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the name of the home folder is too long: give --dir");
    }
    return prom_ok();
}
