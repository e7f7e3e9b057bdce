/* What an address says: where a node listens. As it is written, and as a socket needs it.
 *
 *   HOST:PORT   192.0.2.7:9735, [2001:db8::7]:9735, node.example:9735, (56 letters and digits).onion:9735
 *   PATH        of a unix socket: whatever has a '/'; on one machine alone */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <sys/socket.h>

#include "prometheus/channel/message.h"

typedef enum prom_endpoint_kind {
    PROM_ENDPOINT_UNIX,
    PROM_ENDPOINT_IPV4,
    PROM_ENDPOINT_IPV6,
    PROM_ENDPOINT_NAME,  /* of the DNS */
    PROM_ENDPOINT_ONION, /* of Tor, version 3 */
} prom_endpoint_kind;

typedef struct prom_endpoint {
    prom_endpoint_kind kind;
    char host[PROM_ADDRESS_MAX + 1]; /* the path, or the host without brackets, letters small */
    uint8_t ip[16];                  /* IPv4 (4 bytes) and IPv6, in the order of the network */
    uint16_t port;                   /* 0: of a path */
} prom_endpoint;

/* Reads an address. PROM_CATEGORY_BAD_INPUT, with what is wrong in it, when it is none: of another form, longer than a
 * path of a socket or a name may be, with port 0. An IPv4 address that is written as an IPv6 one is none. */
PROM_MUST_USE prom_result prom_endpoint_read(prom_endpoint *endpoint, const prom_address *address, prom_error *error);
/* Writes an endpoint as the address that reads as the same. */
void prom_endpoint_write(prom_address *address, const prom_endpoint *endpoint);

/* Returns whether everybody reaches the same machine there: an onion address, or an IP address that the internet
 * routes (IANA's registries of special-purpose addresses, RFC 6890). A name leads wherever its owner likes. */
bool prom_endpoint_is_public(const prom_endpoint *endpoint);

/* Writes the socket's address of a path, an IPv4 or an IPv6 address, and returns its length; 0 where it is none of
 * them. */
socklen_t prom_endpoint_socket(struct sockaddr_storage *name, const prom_endpoint *endpoint);
/* The other way round, from a resolved name. False when it is neither IPv4 nor IPv6. */
bool prom_endpoint_from_socket(prom_endpoint *endpoint, const struct sockaddr *name, uint16_t port);

#endif
