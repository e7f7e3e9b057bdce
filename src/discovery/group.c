#include "discovery/group.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "prometheus/contract/offer.h"
#include "prometheus/crypto/hash.h"

enum { FREE_GROUPS = 32, MAPPED_PREFIX = 12 };

typedef enum host_kind { HOST_PATH, HOST_IP4, HOST_IP6, HOST_ONION, HOST_NAME } host_kind;

struct host {
    host_kind kind;
    char name[PROM_ADDRESS_MAX + 1];
    uint8_t bytes[16]; /* of an IP address */
};

static bool ends_in(const char *name, const char *end)
{
    const size_t length = strlen(name);
    const size_t wanted = strlen(end);
    return length >= wanted && strcasecmp(name + length - wanted, end) == 0;
}

/* An IPv4 address in IPv6's clothes is one. */
static void unmap(struct host *host)
{
    static const uint8_t mapped[MAPPED_PREFIX] = {[10] = 0xff, [11] = 0xff};
    if (memcmp(host->bytes, mapped, sizeof mapped) == 0) {
        memmove(host->bytes, host->bytes + sizeof mapped, 4);
        host->kind = HOST_IP4;
    }
}

static struct host host_of(prom_span address)
{
    struct host host = {.kind = HOST_NAME};
    char text[PROM_ADDRESS_MAX + 1];
    const size_t length = address.length < sizeof text ? address.length : sizeof text - 1;
    if (length > 0) {
        memcpy(text, address.data, length);
    }
    text[length] = '\0';
    if (text[0] == '/') {
        host.kind = HOST_PATH;
        return host;
    }
    const char *begin = text[0] == '[' ? text + 1 : text;
    char *end = text[0] == '[' ? strchr(text, ']') : strrchr(text, ':');
    if (end != NULL) {
        *end = '\0';
    }
    (void)snprintf(host.name, sizeof host.name, "%s", begin);
    if (inet_pton(AF_INET, host.name, host.bytes) == 1) {
        host.kind = HOST_IP4;
    } else if (inet_pton(AF_INET6, host.name, host.bytes) == 1) {
        host.kind = HOST_IP6;
        unmap(&host);
    } else if (ends_in(host.name, ".onion")) {
        host.kind = HOST_ONION;
    }
    return host;
}

static bool is_local_ip4(const uint8_t bytes[4])
{
    static const struct {
        uint32_t prefix;
        unsigned bits;
    } ranges[] = {{0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},
                  {0xa9fe0000, 16}, {0xac100000, 12}, {0xc0a80000, 16}, {0xe0000000, 3}};
    const uint32_t all =
        (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3];
    bool local = false;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0] && !local; i++) {
        local = (all ^ ranges[i].prefix) >> (32 - ranges[i].bits) == 0;
    }
    return local;
}

static bool is_local_ip6(const uint8_t bytes[16])
{
    static const uint8_t zeros[15];
    const bool low = memcmp(bytes, zeros, sizeof zeros) == 0 && bytes[15] <= 1; /* :: and ::1 */
    return low || bytes[0] == 0xff || (bytes[0] & 0xfe) == 0xfc || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80);
}

static bool is_local(const struct host *host)
{
    static const char *const ends[] = {"localhost", ".local", ".internal", ".lan", ".home.arpa"};
    switch (host->kind) {
    case HOST_PATH:
        return true;
    case HOST_IP4:
        return is_local_ip4(host->bytes);
    case HOST_IP6:
        return is_local_ip6(host->bytes);
    case HOST_ONION:
        return false;
    case HOST_NAME:
        break;
    }
    bool local = strchr(host->name, '.') == NULL;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0] && !local; i++) {
        local = ends_in(host->name, ends[i]);
    }
    return local;
}

bool prom_address_local(prom_span address)
{
    const struct host host = host_of(address);
    return is_local(&host);
}

/* One of a few, by the last two labels: names below them cost nothing, and those two little. */
static unsigned group_of_name(const char *name)
{
    prom_bytes32 hash;
    char lower[PROM_ADDRESS_MAX + 1] = {0};
    const char *last = name;
    unsigned dots = 0;
    for (size_t i = strlen(name); i > 0 && dots < 2; i--) {
        dots += name[i - 1] == '.';
        last = name + i - (dots < 2);
    }
    for (size_t i = 0; last[i] != '\0'; i++) {
        lower[i] = last[i] >= 'A' && last[i] <= 'Z' ? (char)(last[i] - 'A' + 'a') : last[i];
    }
    prom_sha256(&hash, prom_span_of((const uint8_t *)lower, strlen(lower)));
    return hash.bytes[0] % FREE_GROUPS;
}

const char *prom_address_group(char text[PROM_GROUP_TEXT], prom_span address)
{
    const struct host host = host_of(address);
    const uint8_t *bytes = host.bytes;
    if (is_local(&host)) {
        (void)snprintf(text, PROM_GROUP_TEXT, "local %.*s",
                       (int)(address.length < PROM_ADDRESS_MAX ? address.length : PROM_ADDRESS_MAX),
                       (const char *)address.data);
        return text;
    }
    switch (host.kind) {
    case HOST_IP4:
        (void)snprintf(text, PROM_GROUP_TEXT, "4 %u.%u", bytes[0], bytes[1]);
        break;
    case HOST_IP6:
        (void)snprintf(text, PROM_GROUP_TEXT, "6 %x:%x", bytes[0] << 8 | bytes[1], bytes[2] << 8 | bytes[3]);
        break;
    case HOST_ONION:
        (void)snprintf(text, PROM_GROUP_TEXT, "onion %u", (unsigned)(uint8_t)host.name[0] % FREE_GROUPS);
        break;
    case HOST_PATH:
    case HOST_NAME:
        (void)snprintf(text, PROM_GROUP_TEXT, "name %u", group_of_name(host.name));
        break;
    }
    return text;
}
