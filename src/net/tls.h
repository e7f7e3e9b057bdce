/* TLS 1.3 on a connected socket that does not block. It keeps what is said from who only listens; who is at the other
 * end it does not say: certificates are made for one run and not looked at. Whoever is to be proven signs the binding.
 *
 * No session goes on, nothing is sent before the handshake is over, nothing is compressed, no older version is spoken.
 * What OpenSSL takes for one link: prom_tls_new says. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "prometheus/base/bytes.h"

/* What all links of a node share. */
typedef struct prom_tls_context prom_tls_context;
/* One link's. */
typedef struct prom_tls prom_tls;

typedef enum prom_tls_state {
    PROM_TLS_DONE,       /* all of it; of a handshake: it is over */
    PROM_TLS_WANT_READ,  /* nothing more before the socket can be read */
    PROM_TLS_WANT_WRITE, /* likewise written */
    PROM_TLS_OVER,       /* the other side has ended it, or the connection is gone */
    PROM_TLS_FAILED,     /* it does not speak TLS as we do: prom_tls_failure */
} prom_tls_state;

/* Makes one, with a key and a certificate of its own. PROM_CATEGORY_MEMORY or PROM_CATEGORY_BROKEN. */
PROM_MUST_USE prom_result prom_tls_context_new(prom_tls_context **context, prom_error *error);
void prom_tls_context_free(prom_tls_context *context);

/* Begins TLS on a socket, which stays the caller's; NULL when there is no memory. Takes about 15 kB while nothing is
 * under way, and up to 50 kB more in the handshake and with a record that is on its way in each direction. */
prom_tls *prom_tls_new(prom_tls_context *context, int descriptor, bool dials);
/* Says goodbye where the socket takes it, and frees; NULL is fine. */
void prom_tls_free(prom_tls *tls);

/* Goes on with the handshake. */
prom_tls_state prom_tls_shake(prom_tls *tls);
/* Gives the 32 bytes that are this link's and no other's, once the handshake is over: `tls-exporter` of RFC 9266. */
bool prom_tls_binding(prom_tls *tls, prom_bytes32 *binding);

/* Reads what has come, into `room` bytes; DONE when it is full, or after so many bytes of the socket that others have
 * their turn. `got` bytes were read, whatever the state is. */
prom_tls_state prom_tls_read(prom_tls *tls, uint8_t *bytes, size_t room, size_t *got);
/* Writes bytes, of which the socket took `put`. What it did not take must come again first, with the next call. */
prom_tls_state prom_tls_write(prom_tls *tls, prom_span bytes, size_t *put);
/* Returns whether there is something to read that has left the socket already. */
bool prom_tls_pending(const prom_tls *tls);
/* Returns the bytes that have come from the socket, and that it has taken. */
uint64_t prom_tls_received(const prom_tls *tls);
uint64_t prom_tls_sent(const prom_tls *tls);
/* Returns why it failed, in OpenSSL's words. */
const char *prom_tls_failure(const prom_tls *tls);

#endif
