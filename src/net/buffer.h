/* Bytes that wait to be sent, or to be whole. What all buffers of a node hold together is bounded: no peer can take
 * memory that it has not filled, nor more than there is. */
#ifndef NET_BUFFER_H
#define NET_BUFFER_H

#include "prometheus/base/bytes.h"

/* The room that all buffers share. */
typedef struct prom_net_room {
    size_t most;
    size_t taken;
} prom_net_room;

typedef struct prom_net_buffer {
    uint8_t *data;
    size_t begin; /* of what waits */
    size_t end;
    size_t size;
} prom_net_buffer;

/* Returns the bytes that wait. */
prom_span prom_net_buffer_bytes(const prom_net_buffer *buffer);
/* Makes room for so many bytes behind them, of which prom_net_buffer_added says how many came. False when the shared
 * room, or the machine's memory, is used up; the buffer is then as it was. */
PROM_MUST_USE bool prom_net_buffer_reserve(prom_net_buffer *buffer, prom_net_room *room, size_t length);
uint8_t *prom_net_buffer_end(const prom_net_buffer *buffer);
size_t prom_net_buffer_free_bytes(const prom_net_buffer *buffer);
void prom_net_buffer_added(prom_net_buffer *buffer, size_t length);
/* Adds bytes; false as prom_net_buffer_reserve. */
PROM_MUST_USE bool prom_net_buffer_add(prom_net_buffer *buffer, prom_net_room *room, prom_span bytes);
/* Takes the first so many bytes away. An empty buffer gives its memory back. */
void prom_net_buffer_drop(prom_net_buffer *buffer, prom_net_room *room, size_t length);
void prom_net_buffer_free(prom_net_buffer *buffer, prom_net_room *room);

#endif
