#include "wire/streams.h"

prom_outgoing prom_outgoing_loaded(uint32_t generation, uint64_t first, uint64_t last)
{
    const uint64_t acknowledged = first <= last && first > 0 ? first - 1 : last;
    return (prom_outgoing){.generation = generation, .last = last, .acknowledged = acknowledged, .sent = acknowledged};
}

uint64_t prom_outgoing_add(prom_outgoing *outgoing)
{
    return ++outgoing->last;
}

uint64_t prom_outgoing_next(const prom_outgoing *outgoing)
{
    const bool may = outgoing->sent < outgoing->last && outgoing->sent - outgoing->acknowledged < PROM_STREAM_WINDOW;
    return may ? outgoing->sent + 1 : 0;
}

void prom_outgoing_sent(prom_outgoing *outgoing)
{
    outgoing->sent++;
}

bool prom_outgoing_acknowledge(prom_outgoing *outgoing, uint32_t generation, uint64_t number)
{
    if (generation != outgoing->generation || number <= outgoing->acknowledged || number > outgoing->last) {
        return false;
    }
    outgoing->acknowledged = number;
    outgoing->sent = outgoing->sent < number ? number : outgoing->sent;
    return true;
}

void prom_outgoing_again(prom_outgoing *outgoing)
{
    outgoing->sent = outgoing->acknowledged;
}

prom_arrival prom_incoming_judge(const prom_incoming *incoming, uint32_t generation, uint64_t number)
{
    if (generation < incoming->generation || (generation == incoming->generation && number <= incoming->number)) {
        return PROM_ARRIVAL_OLD;
    }
    const uint64_t expected = generation == incoming->generation ? incoming->number + 1 : 1;
    return number == expected ? PROM_ARRIVAL_NEXT : PROM_ARRIVAL_GAP;
}

void prom_incoming_take(prom_incoming *incoming, uint32_t generation, uint64_t number)
{
    incoming->generation = generation;
    incoming->number = number;
}
