/* What the stand-ins for bitcoind share: HTTP as far as RPC needs it, one request for each connection. */
#ifndef PROMETHEUS_TEST_FAKE_HTTP_H
#define PROMETHEUS_TEST_FAKE_HTTP_H

#include "support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* Makes a socket at a free port of this machine, which nobody listens at yet. */
static inline int fake_http_bind(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    *port = ntohs(address.sin_port);
    return listener;
}

/* Reads up to the end of the body, as Content-Length announces it. False when the caller hangs up before. */
static inline bool fake_http_read(int connection, char *request, size_t room)
{
    size_t length = 0;
    for (;;) {
        const ssize_t more = read(connection, request + length, room - 1 - length);
        if (more <= 0) {
            return false;
        }
        length += (size_t)more;
        request[length] = '\0';
        const char *end = strstr(request, "\r\n\r\n");
        const char *announced = strstr(request, "Content-Length: ");
        if (end != NULL && announced != NULL && strlen(end + 4) >= strtoul(announced + 16, NULL, 10)) {
            return true;
        }
    }
}

static inline void fake_http_send(int connection, const char *bytes, size_t length)
{
    while (length > 0) {
        const ssize_t sent = send(connection, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
}

static inline void fake_http_answer(int connection, int status, const char *body)
{
    char head[128];
    const int length = snprintf(head, sizeof head, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                                status, strlen(body));
    fake_http_send(connection, head, (size_t)length);
    fake_http_send(connection, body, strlen(body));
}

#endif
