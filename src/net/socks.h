/* The client's side of SOCKS5 (RFC 1928), with a user's name and a password where the proxy wants one (RFC 1929): Tor
 * keeps what goes by different ones on different circuits. Bytes in, bytes out; whose socket it is knows the caller. */
#ifndef NET_SOCKS_H
#define NET_SOCKS_H

#include "net/address.h"

enum { PROM_SOCKS_BYTES_MAX = 4 + 1 + 255 + 2 }; /* of any message of either side */

typedef enum prom_socks_state {
    PROM_SOCKS_MORE,   /* `out` is to be sent, then prom_socks_wanted bytes are to be read */
    PROM_SOCKS_DONE,   /* the way is open: what follows comes from the destination */
    PROM_SOCKS_FAILED, /* prom_socks_failure */
} prom_socks_state;

typedef struct prom_socks {
    prom_endpoint to;
    unsigned stage;
    char user[33];
    char password[33];
    uint8_t out[PROM_SOCKS_BYTES_MAX];
    size_t out_length;
    size_t out_sent;
    uint8_t in[PROM_SOCKS_BYTES_MAX];
    size_t in_length;
    size_t wanted; /* of `in`, in all */
    const char *failure;
} prom_socks;

/* Begins. `isolation`: 32 secret bytes, of which name and password are made for this destination. A path is no
 * destination. */
void prom_socks_begin(prom_socks *socks, const prom_endpoint *to, const prom_bytes32 *isolation);
/* Returns how many bytes are to be read next, all of them before prom_socks_take. */
size_t prom_socks_wanted(const prom_socks *socks);
/* Takes bytes, no more than are wanted. */
prom_socks_state prom_socks_take(prom_socks *socks, prom_span bytes);
/* Returns why it failed. */
const char *prom_socks_failure(const prom_socks *socks);

#endif
