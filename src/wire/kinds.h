/* The fields of each kind of message. */
#ifndef WIRE_KINDS_H
#define WIRE_KINDS_H

#include "wire/fields.h"

/* Walks over the fields of a message; `body` is the protobuf structure of its kind. */
typedef void prom_walk_kind(struct walk *walk, void *body, prom_message *message);

/* Returns the walk of a kind, or NULL where there is no such kind. */
prom_walk_kind *prom_walk_of_kind(uint32_t kind);

#endif
