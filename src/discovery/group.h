/* Groups of addresses: those that one owner has many of at little cost are of one group, so that whoever counts groups
 * counts what an attacker must pay for. A host is not looked up: what it is follows from how it is written. */
#ifndef DISCOVERY_GROUP_H
#define DISCOVERY_GROUP_H

#include "prometheus/base/bytes.h"

#define PROM_GROUP_TEXT 300

/* Writes the name of an address's group: of "203.0.113.5:7067" "4 203.0" (16 bits), of an IPv6 address "6 2001:db8" (32
 * bits), of an onion address one of 32, of another name one of 32 by its last two labels, and of an address of this
 * machine or of a private network itself. Returns `text`. */
const char *prom_address_group(char text[PROM_GROUP_TEXT], prom_span address);

/* Returns whether strangers cannot mean it: loopback, private, link-local, multicast and unspecified addresses, paths
 * of sockets, names that only one network knows. */
bool prom_address_local(prom_span address);

#endif
