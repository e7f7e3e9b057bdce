/* Where others reach us: sockets that listen, and what all sockets of links have. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/parts.h"

enum {
    BACKLOG = 64,
    IDLE_SECONDS = 60, /* then the kernel asks whether the other machine is there, */
    PROBE_SECONDS = 15,
    PROBES = 4,                       /* so often */
    UNACKNOWLEDGED_MS = 2 * 60 * 1000 /* what the other machine has not acknowledged for so long ends it */
};

/* A socket's file stays when its process is killed: one at which nobody listens makes room. */
static void remove_left_over(const char *path, const struct sockaddr *name, socklen_t length)
{
    struct stat status;
    const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const bool answers = descriptor >= 0 && connect(descriptor, name, length) == 0;
    const int why = errno;
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    if (!answers && why == ECONNREFUSED && lstat(path, &status) == 0 && S_ISSOCK(status.st_mode)) {
        (void)unlink(path);
    }
}

static bool bind_at(int descriptor, const struct sockaddr *name, socklen_t length)
{
    const int on = 1;
    if (name->sa_family == AF_UNIX) {
        const mode_t mask = umask(0077); /* of nobody else on the machine */
        const bool bound = bind(descriptor, name, length) == 0;
        const int why = errno;
        (void)umask(mask);
        errno = why;
        return bound;
    }
    (void)setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (name->sa_family == AF_INET6) {
        (void)setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on); /* IPv4 has a listener of its own */
    }
    return bind(descriptor, name, length) == 0;
}

prom_result prom_listen_at(struct listener *listener, const prom_address *address, prom_error *error)
{
    struct sockaddr_storage storage;
    prom_endpoint endpoint;
    const struct sockaddr *name = (const struct sockaddr *)&storage;
    PROM_TRY(prom_endpoint_read(&endpoint, address, error));
    const socklen_t length = prom_endpoint_socket(&storage, &endpoint);
    if (length == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a node listens at IP addresses of its machine, or at paths, and '%.200s' is neither",
                         endpoint.host);
    }
    if (endpoint.kind == PROM_ENDPOINT_UNIX) {
        remove_left_over(endpoint.host, name, length);
    }
    const int made = socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0 || !bind_at(made, name, length) || listen(made, BACKLOG) != 0) {
        const int why = errno;
        const bool theirs = why == EADDRINUSE || why == EADDRNOTAVAIL;
        if (made >= 0) {
            (void)close(made);
        }
        return prom_fail(error, theirs ? PROM_CATEGORY_BAD_INPUT : PROM_CATEGORY_IO, "cannot listen at '%.*s': %s%s",
                         (int)address->length, (const char *)address->bytes, strerror(why),
                         why == EADDRINUSE ? "; another program has it, or another node: name another port"
                         : why == EADDRNOTAVAIL
                             ? "; this machine has no such address: name one that it has, or 0.0.0.0 "
                               "for all"
                             : "");
    }
    listener->descriptor = made;
    memcpy(listener->path, endpoint.kind == PROM_ENDPOINT_UNIX ? endpoint.host : "",
           endpoint.kind == PROM_ENDPOINT_UNIX ? sizeof listener->path : 1);
    return prom_ok();
}

void prom_listen_end(struct listener *listener)
{
    if (listener->descriptor >= 0) {
        (void)close(listener->descriptor);
        if (listener->path[0] != '\0') {
            (void)unlink(listener->path);
        }
        listener->descriptor = -1;
    }
}

uint64_t prom_listen_source(const struct sockaddr_storage *name)
{
    enum { IPV4_BYTES = 3, IPV6_BYTES = 6 }; /* /24 and /48: what one owner has, more or less */
    prom_endpoint endpoint;
    uint64_t source = 0;
    if (!prom_endpoint_from_socket(&endpoint, (const struct sockaddr *)name, 0)) {
        return 0;
    }
    memcpy(&source, endpoint.ip, endpoint.kind == PROM_ENDPOINT_IPV4 ? IPV4_BYTES : IPV6_BYTES);
    return source << 1 | (endpoint.kind == PROM_ENDPOINT_IPV4 ? 1 : 0);
}

void prom_listen_from(prom_address *from, const struct sockaddr_storage *name)
{
    prom_endpoint endpoint;
    in_port_t port = 0;
    *from = (prom_address){.length = 0};
    if (name->ss_family == AF_INET) {
        memcpy(&port, (const char *)name + offsetof(struct sockaddr_in, sin_port), sizeof port);
    } else if (name->ss_family == AF_INET6) {
        memcpy(&port, (const char *)name + offsetof(struct sockaddr_in6, sin6_port), sizeof port);
    }
    if (prom_endpoint_from_socket(&endpoint, (const struct sockaddr *)name, ntohs(port))) {
        prom_endpoint_write(from, &endpoint);
    }
}

void prom_listen_tune(int descriptor)
{
    static const struct {
        int level;
        int name;
        int value;
    } options[] = {
        {SOL_SOCKET, SO_KEEPALIVE, 1},
        {IPPROTO_TCP, TCP_NODELAY, 1},
        {IPPROTO_TCP, TCP_KEEPIDLE, IDLE_SECONDS},
        {IPPROTO_TCP, TCP_KEEPINTVL, PROBE_SECONDS},
        {IPPROTO_TCP, TCP_KEEPCNT, PROBES},
        {IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS},
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) { /* none of them is needed; unix has none */
        (void)setsockopt(descriptor, options[i].level, options[i].name, &options[i].value, sizeof options[i].value);
    }
}
