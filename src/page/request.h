/* The head of an HTTP request (RFC 9112), as far as a node's page needs it: GET and HEAD, of this machine's own names.
 */
#ifndef PAGE_REQUEST_H
#define PAGE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#define PROM_REQUEST_MAX 8192U        /* bytes of a head */
#define PROM_REQUEST_TARGET_MAX 1024U /* bytes of path and query, with the end */

typedef struct prom_request {
    bool head;    /* the method is HEAD: all but the body is sent */
    bool foreign; /* a browser says that another site asks */
    char path[PROM_REQUEST_TARGET_MAX];
    char query[PROM_REQUEST_TARGET_MAX]; /* what stands behind the "?", as it came */
} prom_request;

typedef enum prom_request_state {
    PROM_REQUEST_PART = 0, /* its end has not come */
    PROM_REQUEST_GOOD = 200,
    PROM_REQUEST_MALFORMED = 400,
    PROM_REQUEST_OTHER_METHOD = 405,
    PROM_REQUEST_OTHER_HOST = 421, /* it asks for a name that is none of this machine's own: it may be DNS rebinding */
    PROM_REQUEST_TOO_LONG = 431,
    PROM_REQUEST_OTHER_VERSION = 505,
} prom_request_state;

/* Reads the head of a request, of which `length` bytes have come. Returns what it is; the request is filled in when it
 * is good. What is behind the head is not looked at. */
prom_request_state prom_request_read(prom_request *request, const char *text, size_t length);

/* Takes the next "name=value" off a query, and decodes it (application/x-www-form-urlencoded). Returns false at the
 * end, and where a part is malformed, holds a zero or is longer than PROM_REQUEST_TARGET_MAX: then `malformed` is set.
 */
bool prom_request_parameter(const char **query, char name[PROM_REQUEST_TARGET_MAX], char value[PROM_REQUEST_TARGET_MAX],
                            bool *malformed);

#endif
