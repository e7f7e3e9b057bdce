#include "daemon/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MICROSECONDS = 1000, PARTS = 2 };

void prom_notify(const char *state)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    const size_t length = path == NULL ? 0 : strlen(path);
    if (length == 0 || length >= sizeof name.sun_path || (path[0] != '/' && path[0] != '@')) {
        return;
    }
    memcpy(name.sun_path, path, length);
    if (path[0] == '@') {
        name.sun_path[0] = '\0'; /* of the abstract kind */
    }
    const int made = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made >= 0) {
        (void)!sendto(made, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&name,
                      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
        (void)close(made);
    }
}

int64_t prom_notify_watchdog(void)
{
    const char *text = getenv("WATCHDOG_USEC");
    const long long period = text == NULL ? 0 : strtoll(text, NULL, 10);
    return period > 0 ? (int64_t)(period / MICROSECONDS / PARTS) : 0;
}
