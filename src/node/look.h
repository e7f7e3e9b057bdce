/* A node's channels, to be looked at: those of a folder that no process holds, or those of a node that runs here. */
#ifndef NODE_LOOK_H
#define NODE_LOOK_H

#include "node/node.h"
#include "prometheus/channel/explain.h"
#include "store/record.h"

typedef struct prom_look prom_look;

/* Opens the folder. `look` is NULL after a failure: PROM_CATEGORY_BAD_INPUT when it is no node's folder, or of an
 * unknown chain; PROM_CATEGORY_IO, naming who has it, when a process holds it, or as prom_store_open. */
PROM_MUST_USE prom_result prom_look_open(prom_look **look, const char *folder, prom_error *error);
/* Looks at a node of this process; it is closed before the node. PROM_CATEGORY_MEMORY. */
PROM_MUST_USE prom_result prom_look_at(prom_look **look, prom_node *node, prom_error *error);
void prom_look_close(prom_look **look); /* fits PROM_SCOPED */

const prom_chain_parameters *prom_look_network(const prom_look *look);
const prom_curve *prom_look_curve(const prom_look *look);
/* Finds how far the node had come. */
PROM_MUST_USE prom_result prom_look_tips(prom_look *look, prom_explain_tips *tips, prom_error *error);

/* Calls `visit` with each channel, by number. */
PROM_MUST_USE prom_result prom_look_each(prom_look *look, prom_store_channel_visit visit, void *context,
                                         prom_error *error);
/* Loads a channel of the folder. `channel` is NULL when its parts were dropped, as those of an ended one are. */
PROM_MUST_USE prom_result prom_look_load(prom_look *look, prom_arena *arena, prom_channel **channel,
                                         const prom_store_channel *record, prom_error *error);

/* Calls `visit` with the channel, as a node holds it or loaded for the while; with NULL where its parts were dropped.
 */
typedef prom_result prom_look_visit(void *context, const prom_channel *channel, prom_error *error);
PROM_MUST_USE prom_result prom_look_with(prom_look *look, const prom_store_channel *record, prom_look_visit *visit,
                                         void *context, prom_error *error);

/* So few digits of a contract id name it, at least. */
#define PROM_LOOK_PREFIX_MIN 4
/* Explains a channel: the explanation lies in the arena, or, of a node that runs, its names in the node's channel until
 * the next turn. `explanation` is NULL when the channel's parts were dropped. */
PROM_MUST_USE prom_result prom_look_explain(prom_look *look, prom_arena *arena, const prom_explanation **explanation,
                                            const prom_store_channel *record, prom_error *error);

/* Returns whether long work of the channel is in the node's pool, and how far it is; of a folder none is. */
struct prom_job_progress;
bool prom_look_work(const prom_look *look, struct prom_job_progress *progress, const prom_store_channel *record);

/* Finds the channel with this number or name, or the only one whose contract id begins so. PROM_CATEGORY_BAD_INPUT when
 * there is none, or more than one. */
PROM_MUST_USE prom_result prom_look_find(prom_look *look, prom_store_channel *record, const char *id,
                                         prom_error *error);

#endif
