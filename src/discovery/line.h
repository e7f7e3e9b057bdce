/* The lines of prom-dht: commands written, events read. Pure. */
#ifndef DISCOVERY_LINE_H
#define DISCOVERY_LINE_H

#include "discovery/dht.h"

#define PROM_DHT_LINE_MAX 4096U
#define PROM_DHT_PROTOCOL 1

typedef enum prom_dht_event_kind {
    PROM_DHT_OTHER, /* one that needs nothing done */
    PROM_DHT_READY,
    PROM_DHT_VALUE,
    PROM_DHT_STATUS,
    PROM_DHT_NO_EVENT, /* what the system says when the program cannot run, for example */
} prom_dht_event_kind;

typedef struct prom_dht_event {
    prom_dht_event_kind kind;
    int version; /* of the protocol, when it is ready */
    uint16_t port;
    prom_dht_key key;
    size_t length;
    uint8_t value[PROM_DHT_VALUE_MAX];
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint64_t dropped;
} prom_dht_event;

/* Reads a line, without its end. Whatever it is, something comes of it. */
void prom_dht_event_read(prom_dht_event *event, const char *line, size_t length);

/* Write a command with its line's end, as text. Return its length, below PROM_DHT_LINE_MAX. */
size_t prom_dht_write_put(char line[PROM_DHT_LINE_MAX], const prom_dht_key *key, prom_span value);
size_t prom_dht_write_key(char line[PROM_DHT_LINE_MAX], const char *what, const prom_dht_key *key);
size_t prom_dht_write_bootstrap(char line[PROM_DHT_LINE_MAX], const prom_dht_host *host);

/* Returns whether it is made of what names and addresses are made of, and has a port. */
bool prom_dht_host_valid(const prom_dht_host *host);

#endif
