#include "keys.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "output.h"

/* A key is in one place for good, so that a late call back still finds it. */
struct key {
    char hex[KEY_HEX + 1];
    dht_infohash hash;
    dht_op_token *listening;
    dht_value *value;    /* that is put; NULL: none */
    atomic_bool settled; /* the put has come to its end, and the value has its number */
    bool waits;          /* another value is to take its place, or none: */
    size_t next_length;
    uint8_t next[VALUE_BYTES_MAX];
};

static struct {
    struct key all[KEYS_MAX];
    int count;
} keys;

int keys_count(void)
{
    return keys.count;
}

static int digit(char character)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = character == '\0' ? NULL : strchr(digits, character);
    return found == NULL ? -1 : (int)(found - digits);
}

/* Returns how many bytes there are, 0 when it is no lower-case hex of 1 to `most` bytes. */
static size_t of_hex(uint8_t *bytes, size_t most, const char *text)
{
    const size_t length = strlen(text);
    if (length == 0 || length % 2 != 0 || length / 2 > most) {
        return 0;
    }
    for (size_t i = 0; i < length / 2; i++) {
        const int high = digit(text[2 * i]);
        const int low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return 0;
        }
        bytes[i] = (uint8_t)(high * 16 + low);
    }
    return length / 2;
}

/* The key of this name, a new one if there is none; NULL, with the reason, when there cannot be. */
static struct key *key_of(const char *hex, const char **why)
{
    uint8_t bytes[HASH_LEN];
    if (of_hex(bytes, sizeof bytes, hex) != HASH_LEN) {
        *why = "a key is 40 hex digits";
        return NULL;
    }
    for (int i = 0; i < keys.count; i++) {
        if (strcmp(keys.all[i].hex, hex) == 0) {
            return &keys.all[i];
        }
    }
    if (keys.count == KEYS_MAX) {
        *why = "64 keys are in use: start again for others";
        return NULL;
    }
    struct key *key = &keys.all[keys.count++];
    memcpy(key->hex, hex, sizeof key->hex);
    memcpy(key->hash.d, bytes, sizeof bytes);
    key->settled = true;
    return key;
}

/* -- Called by OpenDHT's thread -- */

static bool on_value(const dht_value *value, bool expired, void *context)
{
    const struct key *key = context;
    const dht_data_view view = dht_value_get_data(value);
    char hex[2 * VALUE_BYTES_MAX + 1];
    if (expired) {
        return true;
    }
    if (view.size == 0 || view.size > VALUE_BYTES_MAX) {
        output_dropped();
        return true;
    }
    for (size_t i = 0; i < view.size; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", view.data[i]);
    }
    output_put_value("{\"is\":\"value\",\"key\":\"%s\",\"value\":\"%s\"}", key->hex, hex);
    return true;
}

static bool on_got(const dht_value *value, void *context)
{
    return on_value(value, false, context);
}

static void on_get_over(bool ok, void *context)
{
    const struct key *key = context;
    output_put("{\"is\":\"got\",\"key\":\"%s\",\"ok\":%s}", key->hex, ok ? "true" : "false");
}

static void on_put_over(bool ok, void *context)
{
    struct key *key = context;
    output_put("{\"is\":\"put\",\"key\":\"%s\",\"ok\":%s}", key->hex, ok ? "true" : "false");
    key->settled = true;
}

static void on_shutdown(void *context)
{
    (void)context;
}

/* -- Commands -- */

/* Takes back what is put, and puts what waits. */
static void put_next(dht_runner *runner, struct key *key)
{
    if (key->value != NULL) {
        dht_runner_cancel_put(runner, &key->hash, dht_value_get_id(key->value));
        dht_value_unref(key->value);
        key->value = NULL;
    }
    key->waits = false;
    if (key->next_length > 0) {
        key->value = dht_value_new(key->next, key->next_length);
        key->settled = false;
        dht_runner_put(runner, &key->hash, key->value, on_put_over, key, true);
    }
}

void keys_turn(dht_runner *runner)
{
    for (int i = 0; i < keys.count; i++) {
        if (keys.all[i].waits && keys.all[i].settled) {
            put_next(runner, &keys.all[i]);
        }
    }
}

const char *keys_put(dht_runner *runner, const char *key_hex, const char *value)
{
    const char *why = NULL;
    uint8_t bytes[VALUE_BYTES_MAX];
    const size_t length = of_hex(bytes, sizeof bytes, value);
    if (length == 0) {
        return "a value is hex of 1 to 512 bytes";
    }
    struct key *key = key_of(key_hex, &why);
    if (key != NULL) {
        memcpy(key->next, bytes, length);
        key->next_length = length;
        key->waits = true;
        keys_turn(runner);
    }
    return why;
}

const char *keys_listen(dht_runner *runner, const char *key_hex)
{
    const char *why = NULL;
    struct key *key = key_of(key_hex, &why);
    if (key != NULL && key->listening == NULL) {
        key->listening = dht_runner_listen(runner, &key->hash, on_value, on_shutdown, key);
    }
    return why;
}

const char *keys_get(dht_runner *runner, const char *key_hex)
{
    const char *why = NULL;
    struct key *key = key_of(key_hex, &why);
    if (key != NULL) {
        dht_runner_get(runner, &key->hash, on_got, on_get_over, key);
    }
    return why;
}

const char *keys_forget(dht_runner *runner, const char *key_hex)
{
    const char *why = NULL;
    struct key *key = key_of(key_hex, &why);
    if (key == NULL) {
        return why;
    }
    if (key->listening != NULL) {
        dht_runner_cancel_listen(runner, &key->hash, key->listening);
        dht_op_token_delete(key->listening);
        key->listening = NULL;
    }
    key->next_length = 0;
    key->waits = true;
    keys_turn(runner);
    return NULL;
}
