/* A channel and its explanation in JSON: what 'prom channel' and the methods channel.* tell. */
#ifndef RPC_CHANNEL_JSON_H
#define RPC_CHANNEL_JSON_H

#include <jansson.h>

#include "node/job.h"
#include "node/look.h"

/* A channel of a node, and what it says; `explanation` is NULL where its parts were dropped. */
typedef struct prom_channel_told {
    const prom_store_channel *record;
    const prom_explanation *explanation;
    const prom_job_progress *work; /* that is under way; NULL: none is */
} prom_channel_told;

/* Returns where it stands, what comes and what can be lost; and, in the second form, the reasons. The caller owns it;
 * NULL when memory ran out. */
json_t *prom_channel_json(const prom_channel_told *told);
json_t *prom_channel_why_json(const prom_channel_told *told);

/* Looks at all channels behind the number `after`, at most so many: {"network", "channels", "next"}. */
PROM_MUST_USE prom_result prom_channel_list_json(prom_look *look, json_t **result, uint64_t after, size_t most,
                                                 prom_error *error);
/* Looks at one channel, as prom_look_find finds it; `why`: with the reasons. */
PROM_MUST_USE prom_result prom_channel_show_json(prom_look *look, json_t **result, const char *id, bool why,
                                                 prom_error *error);
#define PROM_CHANNEL_LIST_MAX 64U

#endif
