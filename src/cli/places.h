/* Where the files lie that a command keeps for itself. */
#ifndef CLI_PLACES_H
#define CLI_PLACES_H

#include <limits.h>

#include "prometheus/base/result.h"

/* Writes "${XDG_DATA_HOME:-$HOME/.local/share}/prometheus/NAME" to `path`. PROM_CATEGORY_BAD_INPUT when there is no
 * home. */
PROM_MUST_USE prom_result prom_places_data(char path[PATH_MAX], const char *name, prom_error *error);

/* How help names that folder, in words that fit narrow lines. */
#define PROM_PLACES_DATA(name) "prometheus/" name " in $XDG_DATA_HOME, or else in ~/.local/share"

#endif
