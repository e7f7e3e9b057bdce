#include "discovery/line.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* A number that is there and not negative, or 0. */
static uint64_t number_of(const json_t *line, const char *name)
{
    const json_int_t number = json_integer_value(json_object_get(line, name));
    return number > 0 ? (uint64_t)number : 0;
}

static bool read_value(prom_dht_event *event, const json_t *line)
{
    const json_t *key = json_object_get(line, "key");
    const json_t *value = json_object_get(line, "value");
    const size_t length = json_string_length(value);
    event->length = length / 2;
    return json_is_string(key) && json_is_string(value) && length > 0 && length % 2 == 0 &&
           event->length <= sizeof event->value &&
           prom_hex_parse(event->key.bytes, sizeof event->key.bytes, json_string_value(key), json_string_length(key)) &&
           prom_hex_parse(event->value, event->length, json_string_value(value), length);
}

static prom_dht_event_kind kind_of(prom_dht_event *event, const json_t *line)
{
    const char *is = json_string_value(json_object_get(line, "is"));
    const uint64_t port = number_of(line, "port");
    if (is == NULL) {
        return PROM_DHT_NO_EVENT;
    }
    if (strcmp(is, "value") == 0) {
        return read_value(event, line) ? PROM_DHT_VALUE : PROM_DHT_NO_EVENT;
    }
    event->port = port <= UINT16_MAX ? (uint16_t)port : 0;
    if (strcmp(is, "ready") == 0) {
        const uint64_t version = number_of(line, "version");
        event->version = version <= INT16_MAX ? (int)version : 0;
        return PROM_DHT_READY;
    }
    if (strcmp(is, "status") == 0) {
        event->bytes_in = number_of(line, "bytes_in");
        event->bytes_out = number_of(line, "bytes_out");
        event->dropped = number_of(line, "dropped");
        return PROM_DHT_STATUS;
    }
    return PROM_DHT_OTHER;
}

void prom_dht_event_read(prom_dht_event *event, const char *line, size_t length)
{
    json_error_t error;
    json_t *read = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
    *event = (prom_dht_event){.kind = PROM_DHT_NO_EVENT};
    event->kind = kind_of(event, read); /* NULL has no members */
    json_decref(read);
}

static const char *hex_of(char text[2 * PROM_DHT_KEY_BYTES + 1], const prom_dht_key *key)
{
    return prom_hex(text, key->bytes, sizeof key->bytes);
}

size_t prom_dht_write_put(char line[PROM_DHT_LINE_MAX], const prom_dht_key *key, prom_span value)
{
    char key_hex[2 * PROM_DHT_KEY_BYTES + 1];
    char value_hex[2 * PROM_DHT_VALUE_MAX + 1];
    const int length = snprintf(line, PROM_DHT_LINE_MAX, "{\"do\":\"put\",\"key\":\"%s\",\"value\":\"%s\"}\n",
                                hex_of(key_hex, key), prom_hex(value_hex, value.data, value.length));
    return length > 0 ? (size_t)length : 0;
}

size_t prom_dht_write_key(char line[PROM_DHT_LINE_MAX], const char *what, const prom_dht_key *key)
{
    char key_hex[2 * PROM_DHT_KEY_BYTES + 1];
    const int length =
        snprintf(line, PROM_DHT_LINE_MAX, "{\"do\":\"%s\",\"key\":\"%s\"}\n", what, hex_of(key_hex, key));
    return length > 0 ? (size_t)length : 0;
}

size_t prom_dht_write_bootstrap(char line[PROM_DHT_LINE_MAX], const prom_dht_host *host)
{
    const int length = snprintf(line, PROM_DHT_LINE_MAX, "{\"do\":\"bootstrap\",\"host\":\"%s\",\"port\":%u}\n",
                                host->name, host->port);
    return length > 0 ? (size_t)length : 0;
}

bool prom_dht_host_valid(const prom_dht_host *host)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:_%";
    const size_t length = strnlen(host->name, sizeof host->name);
    return length > 0 && length < sizeof host->name && strspn(host->name, allowed) == length && host->port > 0;
}
