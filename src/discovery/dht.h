/* prom-dht as a child process (dht/README.md): started, watched, and started again when it ends or does not answer.
 * What is put and listened for is remembered here, and said again to each that is started. Never blocks: a loop waits
 * for the descriptor, or until it is due, and calls prom_dht_turn. One thread.
 *
 * What comes from it is a stranger's: the values are not looked into here (directory.h does), and a child that says
 * what it should not is ended. */
#ifndef DISCOVERY_DHT_H
#define DISCOVERY_DHT_H

#include <limits.h>

#include "prometheus/base/bytes.h"

#define PROM_DHT_KEY_BYTES 20U
#define PROM_DHT_VALUE_MAX 512U
#define PROM_DHT_KEYS_MAX 64U
#define PROM_DHT_BOOTSTRAPS_MAX 16U
#define PROM_DHT_HOST_MAX 255U

/* Milliseconds: until it must be ready; between questions how it is, and until that must be answered; to wait before it
 * is started again, at first and at most, twice as long each time; for which it must run well, to begin with the first.
 */
#define PROM_DHT_READY_MS INT64_C(20000)
#define PROM_DHT_ASK_MS INT64_C(30000)
#define PROM_DHT_PATIENCE_MS INT64_C(60000)
#define PROM_DHT_AGAIN_MIN_MS INT64_C(1000)
#define PROM_DHT_AGAIN_MAX_MS INT64_C(300000)
#define PROM_DHT_WELL_MS INT64_C(600000)

typedef struct prom_dht_key {
    uint8_t bytes[PROM_DHT_KEY_BYTES];
} prom_dht_key;

/* Returns the key of a place (prom_pointer_place): its first bytes. */
prom_dht_key prom_dht_key_of(const prom_bytes32 *place);
/* Returns the number by which the tables of this chain's nodes are kept apart from all others. */
uint32_t prom_dht_network_of(const prom_bytes32 *genesis);

typedef struct prom_dht_host {
    char name[PROM_DHT_HOST_MAX + 1]; /* or address */
    uint16_t port;
} prom_dht_host;

typedef struct prom_dht_options {
    char program[PATH_MAX]; /* where prom-dht lies */
    uint16_t port;          /* UDP; 0: any that is free */
    uint32_t network;
    size_t bootstrap_count;
    prom_dht_host bootstraps[PROM_DHT_BOOTSTRAPS_MAX];
} prom_dht_options;

/* Both are called by prom_dht_turn, and may call everything here but that and prom_dht_free. */
typedef struct prom_dht_events {
    void *context;
    void (*value)(void *context, const prom_dht_key *key, prom_span value);
    /* It is up (reason: NULL), or it is down, and why; it is started again by itself. */
    void (*changed)(void *context, const char *reason);
} prom_dht_events;

/* How it is. */
typedef struct prom_dht_status {
    bool up;
    uint16_t port;     /* where it listens, when it is up */
    uint32_t starts;   /* how often it was started */
    uint64_t bytes_in; /* of the child that runs, as it said last */
    uint64_t bytes_out;
    uint64_t dropped;
} prom_dht_status;

typedef struct prom_dht prom_dht;

/* Makes a client of a helper that is not started yet. PROM_CATEGORY_BAD_INPUT when a bootstrap host cannot be one;
 * PROM_CATEGORY_IO when the system refuses. */
PROM_MUST_USE prom_result prom_dht_new(prom_dht **dht, const prom_dht_options *options, const prom_dht_events *events,
                                       prom_error *error);
/* Ends the helper; NULL is fine. */
void prom_dht_free(prom_dht *dht);

/* Publishes a value, in place of the one that was put there before; listens for values; listens no more, but goes on
 * publishing; does neither any more.
 * PROM_CATEGORY_MISUSE when PROM_DHT_KEYS_MAX keys are in use, or the value is empty or too long. */
PROM_MUST_USE prom_result prom_dht_put(prom_dht *dht, const prom_dht_key *key, prom_span value, prom_error *error);
PROM_MUST_USE prom_result prom_dht_listen(prom_dht *dht, const prom_dht_key *key, prom_error *error);
void prom_dht_unlisten(prom_dht *dht, const prom_dht_key *key);
void prom_dht_forget(prom_dht *dht, const prom_dht_key *key);

/* Does what can be done, at this time (prom_clock_milliseconds). */
void prom_dht_turn(prom_dht *dht, int64_t now);
/* Returns the descriptor that can be read when there is something to do; and at what time there is at the latest. */
int prom_dht_descriptor(const prom_dht *dht);
int64_t prom_dht_due(const prom_dht *dht);
prom_dht_status prom_dht_status_of(const prom_dht *dht);

#endif
