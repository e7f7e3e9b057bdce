#include "net/buffer.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096 };

prom_span prom_net_buffer_bytes(const prom_net_buffer *buffer)
{
    return prom_span_of(buffer->data == NULL ? NULL : buffer->data + buffer->begin, buffer->end - buffer->begin);
}

uint8_t *prom_net_buffer_end(const prom_net_buffer *buffer)
{
    return buffer->data + buffer->end;
}

size_t prom_net_buffer_free_bytes(const prom_net_buffer *buffer)
{
    return buffer->size - buffer->end;
}

void prom_net_buffer_added(prom_net_buffer *buffer, size_t length)
{
    buffer->end += length;
}

static void move_to_front(prom_net_buffer *buffer)
{
    if (buffer->begin > 0) {
        memmove(buffer->data, buffer->data + buffer->begin, buffer->end - buffer->begin);
        buffer->end -= buffer->begin;
        buffer->begin = 0;
    }
}

bool prom_net_buffer_reserve(prom_net_buffer *buffer, prom_net_room *room, size_t length)
{
    if (length <= prom_net_buffer_free_bytes(buffer) && buffer->data != NULL) {
        return true;
    }
    if (buffer->data != NULL) {
        move_to_front(buffer);
    }
    if (length <= prom_net_buffer_free_bytes(buffer) && buffer->data != NULL) {
        return true;
    }
    const size_t wanted = (buffer->end + length + BLOCK - 1) / BLOCK * BLOCK;
    if (length > SIZE_MAX / 2 || wanted - buffer->size > room->most - room->taken) {
        return false;
    }
    uint8_t *larger = realloc(buffer->data, wanted);
    if (larger == NULL) {
        return false;
    }
    room->taken += wanted - buffer->size;
    buffer->data = larger;
    buffer->size = wanted;
    return true;
}

bool prom_net_buffer_add(prom_net_buffer *buffer, prom_net_room *room, prom_span bytes)
{
    if (!prom_net_buffer_reserve(buffer, room, bytes.length)) {
        return false;
    }
    if (bytes.length > 0) {
        memcpy(prom_net_buffer_end(buffer), bytes.data, bytes.length);
    }
    prom_net_buffer_added(buffer, bytes.length);
    return true;
}

void prom_net_buffer_free(prom_net_buffer *buffer, prom_net_room *room)
{
    free(buffer->data);
    room->taken -= buffer->size;
    *buffer = (prom_net_buffer){0};
}

void prom_net_buffer_drop(prom_net_buffer *buffer, prom_net_room *room, size_t length)
{
    buffer->begin += length;
    if (buffer->begin == buffer->end) {
        prom_net_buffer_free(buffer, room);
    }
}
