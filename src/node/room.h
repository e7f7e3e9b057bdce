/* What contracts may take of the disk, and what is left for new ones. It follows from the terms of open channels, the
 * owner's limits and the disk at the moment of asking: what an open contract needs was left to it before it was begun,
 * and is never refused. */
#ifndef NODE_ROOM_H
#define NODE_ROOM_H

#include "node/node.h"

/* What binds first. */
typedef enum prom_room_bound {
    PROM_ROOM_ROLE, /* the owner's limit for the role */
    PROM_ROOM_ALL,  /* and for all roles together */
    PROM_ROOM_DISK, /* the disk, beside what open contracts may still bring */
} prom_room_bound;

typedef struct prom_node_room {
    uint64_t taken; /* bytes that contracts in the role may have on the disk; of a client, its guests' files too */
    uint64_t max;   /* of the role; 0: no limit of its own */
    uint64_t left;  /* for a new one */
    uint64_t over;  /* that open ones may bring beyond the bound; 0 while something is left */
    prom_room_bound bound; /* of `left`, and of `over` */
} prom_node_room;

/* Computes what the role has, and what is left to it. */
void prom_node_room_of(const prom_node *node, prom_role role, prom_node_room *room);

/* Returns what a contract of these terms may bring (market/work.h). */
uint64_t prom_room_of_terms(const prom_terms *terms);

/* Returns what an open channel may bring, in bytes. */
uint64_t prom_room_of_channel(const prom_node *node, const prom_node_channel *channel);

/* PROM_CATEGORY_BAD_INPUT, with both numbers and what to do, when so much is not left to the role. */
PROM_MUST_USE prom_result prom_node_check_room(const prom_node *node, prom_role role, uint64_t needed,
                                               prom_error *error);

/* Looks again at a setup whose terms allow more than it was begun for, or that began before a restart.
 * PROM_CATEGORY_PEER when what is open, with it, may bring more than there is room for. */
PROM_MUST_USE prom_result prom_node_check_taken(const prom_node *node, const prom_node_channel *channel,
                                                prom_error *error);

#endif
