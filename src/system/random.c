#include "system/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

prom_bytes32 prom_random_bytes32(void)
{
    prom_bytes32 value;
    size_t count = 0;
    while (count < sizeof value.bytes) {
        const ssize_t got = getrandom(value.bytes + count, sizeof value.bytes - count, 0);
        if (got > 0 && (size_t)got <= sizeof value.bytes - count) {
            count += (size_t)got;
        } else if (got >= 0 || errno != EINTR) { /* a key that is not random gives the coins away */
            (void)fputs("prom: this machine gives no randomness\n", stderr);
            abort();
        }
    }
    return value;
}
