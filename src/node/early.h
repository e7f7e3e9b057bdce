/* Messages that came before their time (early.c). */
#ifndef NODE_EARLY_H
#define NODE_EARLY_H

#include "node/state.h"

/* Keeps a message of one of the next numbers, where it is not too large and there is room; what is here already is not
 * kept twice. `lenient`: its link may bring what we do not know. */
void prom_node_keep_early(prom_node *node, prom_correspondent *peer, const prom_envelope *envelope, bool lenient);
/* Takes out the one whose turn it is, of which the body is the caller's to free. Returns whether there is one. */
bool prom_node_take_early(prom_node *node, prom_correspondent *peer, prom_early *early);

#endif
