/* How a channel's explanation is told to people: from what 'prom channel --json' tells (rpc/channel_json.h). */
#ifndef PROM_CHANNEL_TEXT_H
#define PROM_CHANNEL_TEXT_H

#include <jansson.h>

#include "rpc/channel_json.h"

/* One line for the list. */
void prom_channel_print_line(const json_t *told);
/* Where it stands, what comes, what can be lost; and, with `why`, the reasons. */
void prom_channel_print(const json_t *told);
void prom_channel_print_why(const json_t *told);

#endif
