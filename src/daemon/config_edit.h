/* Changes settings in the text of a prom.conf, and leaves all else in it as its owner wrote it. */
#ifndef DAEMON_CONFIG_EDIT_H
#define DAEMON_CONFIG_EDIT_H

#include "daemon/config.h"

typedef struct prom_config_value {
    const char *name; /* of a setting that is a number */
    uint64_t number;
} prom_config_value;
#define PROM_CONFIG_VALUES_MAX 16U

/* Writes the text with these values to `changed`, in the arena. A line that says the setting gets the new value; else
 * one is added, behind the first comment "# NAME = ..." where there is one, as a new file has it of every setting, or
 * at the end. Nothing else changes, and a second time the same comes of it. PROM_CATEGORY_BAD_INPUT, with `name` of the
 * file and the line, when the text cannot be used as it is, or a value cannot be. */
PROM_MUST_USE prom_result prom_config_edit(prom_arena *arena, prom_span *changed, prom_span text, const char *name,
                                           const prom_config_value *values, size_t count, prom_error *error);

#endif
