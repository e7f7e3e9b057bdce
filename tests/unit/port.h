/* A TCP port for a test, or a bench, that listens. */
#ifndef PROMETHEUS_TEST_PORT_H
#define PROMETHEUS_TEST_PORT_H

#include "support.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* A port of the loopback address that the kernel names, and keeps from all who ask for any until the process ends: the
 * socket stays open. Who names it may listen there. 0 where the machine does not have that family, AF_INET or
 * AF_INET6. */
static inline uint16_t free_port(int family)
{
    struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    socklen_t length = sizeof name;
    const int reuse = 1;
    const int held = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (family == AF_INET) {
        const struct sockaddr_in of_four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        memcpy(&name, &of_four, sizeof of_four);
        length = sizeof of_four;
    }
    (void)setsockopt(held, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    if (bind(held, (const struct sockaddr *)&name, length) != 0) {
        (void)close(held);
        return 0;
    }
    assert_int_equal(getsockname(held, (struct sockaddr *)&name, &length), 0);
    return ntohs(name.sin6_port); /* which stands where sockaddr_in has its own */
}

#endif
