/* The keys of the table that we use: what is put there, and what is listened for. One thread calls all of this;
 * OpenDHT's own thread calls back into keys.c. */
#ifndef PROM_DHT_KEYS_H
#define PROM_DHT_KEYS_H

#include <opendht/opendht_c.h>

#define KEYS_MAX 64
#define KEY_HEX ((size_t)2 * HASH_LEN)
#define VALUE_BYTES_MAX 512

/* What was wrong with a command, or NULL. `key` and `value` are hex, of any length and content. */
const char *keys_put(dht_runner *runner, const char *key, const char *value);
const char *keys_listen(dht_runner *runner, const char *key);
const char *keys_get(dht_runner *runner, const char *key);
const char *keys_forget(dht_runner *runner, const char *key);

/* Puts what waits for an earlier put to come to an end. */
void keys_turn(dht_runner *runner);
int keys_count(void);

#endif
