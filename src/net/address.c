#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

enum { NAME_MAX_BYTES = 253, LABEL_MAX = 63, ONION_LETTERS = 56, PORT_DIGITS_MAX = 5 };
#define ONION ".onion"

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* -- Names -- */

static bool is_onion(const char *host)
{
    if (strlen(host) != ONION_LETTERS + strlen(ONION)) {
        return false;
    }
    for (size_t i = 0; i < ONION_LETTERS; i++) {
        if (!is_letter(host[i]) && (host[i] < '2' || host[i] > '7')) {
            return false;
        }
    }
    return strcmp(host + ONION_LETTERS, ONION) == 0;
}

/* RFC 1123, 2.1. The last part begins with a letter: else resolvers would read it as a number of an IPv4 address, in
 * forms that nobody looks through ("127.1", "0x7f000001"). */
static bool is_name(const char *host)
{
    const char *part = host;
    for (const char *at = host;; at++) {
        if (*at == '.' || *at == '\0') {
            const size_t length = (size_t)(at - part);
            if (length == 0 || length > LABEL_MAX || *part == '-' || at[-1] == '-') {
                return false;
            }
            if (*at == '\0') {
                return is_letter(*part) && strlen(host) <= NAME_MAX_BYTES;
            }
            part = at + 1;
        } else if (!is_letter(*at) && !is_digit(*at) && *at != '-') {
            return false;
        }
    }
}

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text);
    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* -- Reading -- */

static prom_result no_address(prom_error *error, const char *what)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "an address of a node is wrong: %s; write HOST:PORT, [IPv6]:PORT, or the path of a socket", what);
}

static prom_result read_path(prom_endpoint *endpoint, const prom_address *address, prom_error *error)
{
    const size_t room = sizeof((struct sockaddr_un *)NULL)->sun_path;
    if (address->length >= room) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "an address of a node is no path of 1 to %zu bytes for a socket; choose a shorter one",
                         room - 1);
    }
    endpoint->kind = PROM_ENDPOINT_UNIX;
    memcpy(endpoint->host, address->bytes, address->length);
    return prom_ok();
}

static bool read_port(uint16_t *port, const char *text)
{
    uint32_t value = 0;
    const size_t digits = strlen(text);
    if (digits == 0 || digits > PORT_DIGITS_MAX || text[0] == '0') {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        if (!is_digit(text[i])) {
            return false;
        }
        value = value * 10 + (uint32_t)(text[i] - '0');
    }
    *port = (uint16_t)value;
    return value <= UINT16_MAX;
}

static bool is_ipv4_in_ipv6(const uint8_t ip[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const uint8_t compatible[12] = {0};
    return memcmp(ip, mapped, sizeof mapped) == 0 ||
           (memcmp(ip, compatible, sizeof compatible) == 0 && memcmp(ip + 12, "\0\0\0", 3) != 0);
}

static prom_result read_ipv6(prom_endpoint *endpoint, prom_error *error)
{
    if (inet_pton(AF_INET6, endpoint->host, endpoint->ip) != 1) {
        return no_address(error, "what stands in brackets is no IPv6 address");
    }
    if (is_ipv4_in_ipv6(endpoint->ip)) {
        return no_address(error, "it is an IPv4 address, written as an IPv6 one");
    }
    endpoint->kind = PROM_ENDPOINT_IPV6;
    return prom_ok();
}

static prom_result read_host(prom_endpoint *endpoint, prom_error *error)
{
    if (inet_pton(AF_INET, endpoint->host, endpoint->ip) == 1) {
        endpoint->kind = PROM_ENDPOINT_IPV4;
    } else if (is_onion(endpoint->host)) {
        endpoint->kind = PROM_ENDPOINT_ONION;
    } else if (ends_with(endpoint->host, ONION)) {
        return no_address(error, "an onion address has 56 letters and digits from 2 to 7 before '.onion'");
    } else if (is_name(endpoint->host)) {
        endpoint->kind = PROM_ENDPOINT_NAME;
    } else {
        return no_address(error, "its host is neither an IPv4 address nor a name");
    }
    return prom_ok();
}

/* What is before the last colon, without brackets, in small letters; and what is behind it. False when there is no
 * colon, or only one bracket. */
static bool split(prom_endpoint *endpoint, char port[PROM_ADDRESS_MAX + 1], bool *brackets, const prom_address *address)
{
    size_t colon = address->length;
    while (colon > 0 && address->bytes[colon - 1] != ':') {
        colon--;
    }
    if (colon < 2) {
        return false;
    }
    const uint8_t *host = address->bytes;
    size_t length = colon - 1;
    *brackets = host[0] == '[' && host[length - 1] == ']' && length > 2;
    host += *brackets ? 1 : 0;
    length -= *brackets ? 2 : 0;
    for (size_t i = 0; i < length; i++) {
        const char c = (char)host[i];
        endpoint->host[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    memcpy(port, address->bytes + colon, address->length - colon);
    port[address->length - colon] = '\0';
    return true;
}

prom_result prom_endpoint_read(prom_endpoint *endpoint, const prom_address *address, prom_error *error)
{
    char port[PROM_ADDRESS_MAX + 1];
    bool brackets = false;
    bool spaces = false;
    *endpoint = (prom_endpoint){0};
    if (address->length == 0) {
        return no_address(error, "it is empty");
    }
    for (size_t i = 0; i < address->length; i++) {
        if (address->bytes[i] < 0x20 || address->bytes[i] == 0x7f) {
            return no_address(error, "it has a control character in it");
        }
        spaces = spaces || address->bytes[i] == ' ';
    }
    if (memchr(address->bytes, '/', address->length) != NULL) {
        return read_path(endpoint, address, error);
    }
    if (spaces) {
        return no_address(error, "it has a space in it");
    }
    if (!split(endpoint, port, &brackets, address)) {
        return no_address(error, "it has no port");
    }
    if (!read_port(&endpoint->port, port)) {
        return no_address(error, "its port is not a number from 1 to 65535");
    }
    return brackets ? read_ipv6(endpoint, error) : read_host(endpoint, error);
}

/* -- Writing -- */

void prom_endpoint_write(prom_address *address, const prom_endpoint *endpoint)
{
    char text[PROM_ADDRESS_MAX + 16];
    char ip[INET6_ADDRSTRLEN] = "";
    int length = 0;
    switch (endpoint->kind) {
    case PROM_ENDPOINT_UNIX:
        length = snprintf(text, sizeof text, "%s", endpoint->host);
        break;
    case PROM_ENDPOINT_IPV4:
        (void)inet_ntop(AF_INET, endpoint->ip, ip, sizeof ip);
        length = snprintf(text, sizeof text, "%s:%u", ip, endpoint->port);
        break;
    case PROM_ENDPOINT_IPV6:
        (void)inet_ntop(AF_INET6, endpoint->ip, ip, sizeof ip);
        length = snprintf(text, sizeof text, "[%s]:%u", ip, endpoint->port);
        break;
    case PROM_ENDPOINT_NAME:
    case PROM_ENDPOINT_ONION:
        length = snprintf(text, sizeof text, "%s:%u", endpoint->host, endpoint->port);
        break;
    }
    address->length = (uint8_t)(length > PROM_ADDRESS_MAX ? PROM_ADDRESS_MAX : length);
    memcpy(address->bytes, text, address->length);
}

/* -- Where an address leads -- */

struct range {
    uint8_t prefix[16];
    unsigned bits;
};

/* IANA's IPv4 special-purpose address registry, what is not globally reachable of it; multicast; class E. */
static const struct range not_public4[] = {
    {{0}, 8},
    {{10}, 8},
    {{100, 64}, 10},
    {{127}, 8},
    {{169, 254}, 16},
    {{172, 16}, 12},
    {{192, 0, 0}, 24},
    {{192, 0, 2}, 24},
    {{192, 88, 99}, 24},
    {{192, 168}, 16},
    {{198, 18}, 15},
    {{198, 51, 100}, 24},
    {{203, 0, 113}, 24},
    {{224}, 4},
    {{240}, 4},
};

/* Of IPv6 all that is routed is in 2000::/3. Of that: protocol assignments with Teredo, documentation, and 6to4, in
 * which an IPv4 address may be hidden. */
static const struct range global6 = {{0x20}, 3};
static const struct range not_public6[] = {
    {{0x20, 0x01, 0x00}, 23},
    {{0x20, 0x01, 0x0d, 0xb8}, 32},
    {{0x20, 0x02}, 16},
    {{0x3f, 0xff}, 20},
};

static bool is_in(const struct range *range, const uint8_t *ip)
{
    const unsigned whole = range->bits / 8;
    const unsigned rest = range->bits % 8;
    const uint8_t mask = (uint8_t)(0xff00U >> rest);
    return memcmp(range->prefix, ip, whole) == 0 && (rest == 0 || ((range->prefix[whole] ^ ip[whole]) & mask) == 0);
}

static bool is_in_any(const struct range *ranges, size_t count, const uint8_t *ip)
{
    bool found = false;
    for (size_t i = 0; i < count && !found; i++) {
        found = is_in(&ranges[i], ip);
    }
    return found;
}

bool prom_endpoint_is_public(const prom_endpoint *endpoint)
{
    switch (endpoint->kind) {
    case PROM_ENDPOINT_ONION:
        return true;
    case PROM_ENDPOINT_IPV4:
        return !is_in_any(not_public4, sizeof not_public4 / sizeof not_public4[0], endpoint->ip);
    case PROM_ENDPOINT_IPV6:
        return is_in(&global6, endpoint->ip) &&
               !is_in_any(not_public6, sizeof not_public6 / sizeof not_public6[0], endpoint->ip);
    case PROM_ENDPOINT_UNIX:
    case PROM_ENDPOINT_NAME:
        break;
    }
    return false;
}

/* -- Sockets -- */

socklen_t prom_endpoint_socket(struct sockaddr_storage *name, const prom_endpoint *endpoint)
{
    struct sockaddr_un path = {.sun_family = AF_UNIX};
    struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons(endpoint->port)};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons(endpoint->port)};
    *name = (struct sockaddr_storage){0};
    switch (endpoint->kind) {
    case PROM_ENDPOINT_UNIX:
        memcpy(path.sun_path, endpoint->host, sizeof path.sun_path - 1);
        memcpy(name, &path, sizeof path);
        return sizeof path;
    case PROM_ENDPOINT_IPV4:
        memcpy(&ipv4.sin_addr, endpoint->ip, sizeof ipv4.sin_addr);
        memcpy(name, &ipv4, sizeof ipv4);
        return sizeof ipv4;
    case PROM_ENDPOINT_IPV6:
        memcpy(&ipv6.sin6_addr, endpoint->ip, sizeof ipv6.sin6_addr);
        memcpy(name, &ipv6, sizeof ipv6);
        return sizeof ipv6;
    case PROM_ENDPOINT_NAME:
    case PROM_ENDPOINT_ONION:
        break;
    }
    return 0;
}

bool prom_endpoint_from_socket(prom_endpoint *endpoint, const struct sockaddr *name, uint16_t port)
{
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
    *endpoint = (prom_endpoint){.port = port};
    if (name->sa_family == AF_INET) {
        memcpy(&ipv4, name, sizeof ipv4);
        endpoint->kind = PROM_ENDPOINT_IPV4;
        memcpy(endpoint->ip, &ipv4.sin_addr, sizeof ipv4.sin_addr);
    } else if (name->sa_family == AF_INET6) {
        memcpy(&ipv6, name, sizeof ipv6);
        endpoint->kind = PROM_ENDPOINT_IPV6;
        memcpy(endpoint->ip, &ipv6.sin6_addr, sizeof ipv6.sin6_addr);
    } else {
        return false;
    }
    return true;
}
