#include "wire/frame.h"

#include "wire/packet.h"

prom_frame_state prom_frame_find(prom_span *packet, size_t *needed, prom_span come)
{
    prom_reader reader = prom_reader_of(come);
    *packet = prom_span_of(NULL, 0);
    *needed = 0;
    if (come.length < PROM_FRAME_HEAD) {
        return PROM_FRAME_MORE;
    }
    const uint32_t length = prom_read_u32(&reader);
    if (length == 0 || length > PROM_FRAME_MAX) {
        return PROM_FRAME_NONE;
    }
    *needed = PROM_FRAME_HEAD + length;
    *packet = prom_read_span(&reader, length);
    return reader.failed ? PROM_FRAME_MORE : PROM_FRAME_WHOLE;
}

void prom_frame_head(uint8_t head[PROM_FRAME_HEAD], size_t length)
{
    for (size_t i = 0; i < PROM_FRAME_HEAD; i++) {
        head[i] = (uint8_t)(length >> (8 * (PROM_FRAME_HEAD - 1 - i)));
    }
}
