/* Frames on a link: the length of a packet (u32), and the packet. */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include "prometheus/base/bytes.h"

#define PROM_FRAME_HEAD 4U

typedef enum prom_frame_state {
    PROM_FRAME_MORE,  /* it has not all come yet */
    PROM_FRAME_WHOLE, /* `packet` points to it */
    PROM_FRAME_NONE,  /* nothing that a peer may send begins so */
} prom_frame_state;

/* Looks at what has come of a frame. `needed` is the number of its bytes, head counted in, or 0 while that is not
 * known: room for no more than that is to be made. */
prom_frame_state prom_frame_find(prom_span *packet, size_t *needed, prom_span come);
/* Writes the head of a packet of `length` bytes, at most PROM_FRAME_MAX (packet.h). */
void prom_frame_head(uint8_t head[PROM_FRAME_HEAD], size_t length);

#endif
