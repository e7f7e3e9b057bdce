/* What goes over the wire: OpenDHT does not say, so its calls of the C library are counted on their way. */
#ifndef PROM_DHT_TRAFFIC_H
#define PROM_DHT_TRAFFIC_H

#include <stdint.h>

typedef struct traffic {
    uint64_t bytes_in; /* payload of UDP; headers of 28 or 48 bytes a packet are not in it */
    uint64_t bytes_out;
    uint64_t packets_in;
    uint64_t packets_out;
} traffic;

traffic traffic_now(void);

#endif
