/* What names stand for, looked up by a thread of its own: a resolver may take as long as it likes, and nobody waits for
 * it. */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include "net/address.h"

enum {
    PROM_RESOLVED_MAX = 4, /* addresses of a name that are tried */
    PROM_RESOLVER_QUEUE = 64,
};

/* What a name stands for; count 0: nothing, or the resolver does not say. */
typedef struct prom_resolved {
    prom_endpoint endpoints[PROM_RESOLVED_MAX];
    unsigned count;
} prom_resolved;

typedef struct prom_resolver prom_resolver;

/* Makes one, with its thread. PROM_CATEGORY_IO or PROM_CATEGORY_MEMORY when the machine has nothing left for it. */
PROM_MUST_USE prom_result prom_resolver_new(prom_resolver **resolver, prom_error *error);
/* Leaves it, without waiting for what is being looked up; NULL is fine. */
void prom_resolver_free(prom_resolver *resolver);

/* Asks for a name; `ticket` comes back with the answer. False when too many are asked for. */
PROM_MUST_USE bool prom_resolver_ask(prom_resolver *resolver, uint64_t ticket, const prom_endpoint *name);
/* Gives an answer that is there; false when none is. */
bool prom_resolver_take(prom_resolver *resolver, uint64_t *ticket, prom_resolved *resolved);
/* Returns the descriptor that can be read when there is an answer. */
int prom_resolver_descriptor(const prom_resolver *resolver);

#endif
