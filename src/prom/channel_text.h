/* How a channel's explanation is told: to people and in JSON. */
#ifndef PROM_CHANNEL_TEXT_H
#define PROM_CHANNEL_TEXT_H

#include <jansson.h>

#include "prometheus/channel/explain.h"
#include "store/record.h"

/* A channel of a folder, and what it says; `explanation` is NULL where its parts were dropped. */
typedef struct prom_channel_told {
    const prom_store_channel *record;
    const prom_explanation *explanation;
} prom_channel_told;

/* One line for the list. */
void prom_channel_print_line(const prom_channel_told *told);
/* Where it stands, what comes, what can be lost; and, with `why`, the reasons. */
void prom_channel_print(const prom_channel_told *told);
void prom_channel_print_why(const prom_channel_told *told);

/* The same as JSON, which the caller owns; NULL when memory ran out. */
json_t *prom_channel_json(const prom_channel_told *told);
json_t *prom_channel_why_json(const prom_channel_told *told);

#endif
