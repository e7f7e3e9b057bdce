/* Telling the service manager how a daemon is: systemd's protocol of sd_notify(3), a datagram to the socket that the
 * environment names. */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdint.h>

/* Sends "READY=1", "STOPPING=1" or such to NOTIFY_SOCKET; where there is none, or it takes nothing, nothing happens. */
void prom_notify(const char *state);

/* Returns in how many milliseconds each "WATCHDOG=1" should come, half of what WATCHDOG_USEC says; 0: none is awaited.
 */
int64_t prom_notify_watchdog(void);

#endif
