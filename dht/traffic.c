#include "traffic.h"

#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
    atomic_uint_least64_t bytes_in;
    atomic_uint_least64_t bytes_out;
    atomic_uint_least64_t packets_in;
    atomic_uint_least64_t packets_out;
} counted;

traffic traffic_now(void)
{
    return (traffic){counted.bytes_in, counted.bytes_out, counted.packets_in, counted.packets_out};
}

/* The program's own functions come before the C library's of the same name: these stand in for the two that OpenDHT
 * calls for each packet. */
__attribute__((visibility("default"))) ssize_t sendto(int descriptor, const void *bytes, size_t length, int flags,
                                                      const struct sockaddr *to, socklen_t to_length)
{
    const ssize_t sent = syscall(SYS_sendto, descriptor, bytes, length, flags, to, to_length);
    if (sent >= 0) {
        counted.bytes_out += (uint64_t)sent;
        counted.packets_out++;
    }
    return sent;
}

__attribute__((visibility("default"))) ssize_t recvfrom(int descriptor, void *restrict bytes, size_t length, int flags,
                                                        struct sockaddr *restrict from, socklen_t *restrict from_length)
{
    const ssize_t received = syscall(SYS_recvfrom, descriptor, bytes, length, flags, from, from_length);
    if (received >= 0) {
        counted.bytes_in += (uint64_t)received;
        counted.packets_in++;
    }
    return received;
}
