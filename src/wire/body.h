/* Messages of a channel as the bytes of an envelope's body. */
#ifndef WIRE_BODY_H
#define WIRE_BODY_H

#include "prometheus/channel/message.h"

/* The most bytes of a body, whatever its kind. */
size_t prom_body_max(void);

/* Writes a message. PROM_CATEGORY_BROKEN when it has a value that no peer would read. */
PROM_MUST_USE prom_result prom_body_encode(prom_arena *arena, prom_span *body, const prom_message *message,
                                           prom_error *error);

/* Reads a message; its spans lie in the arena. Nothing is copied before it is known how much it may be.
 * `lenient`: the peer has said that it may send what we do not know; a message of an unknown kind is then read as one
 * of kind 0, which nobody takes. PROM_CATEGORY_PEER on anything that is no message. */
PROM_MUST_USE prom_result prom_body_decode(prom_arena *arena, prom_message *message, prom_span body, bool lenient,
                                           prom_error *error);

#endif
