/* How much of something a peer may use in a second, with some more at once after it was quiet. */
#ifndef NET_QUOTA_H
#define NET_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

typedef struct prom_quota {
    uint32_t per_second;
    int64_t thousandths; /* left; below zero after something large */
    int64_t at;          /* milliseconds, when that was true */
} prom_quota;

/* Returns a full quota: ten seconds of it can be used at once. */
#define PROM_QUOTA_BURST_SECONDS 10
prom_quota prom_quota_new(uint32_t per_second, int64_t now);
/* Returns whether something may be used now; what it is is told to prom_quota_use afterwards. */
bool prom_quota_allows(prom_quota *quota, int64_t now);
void prom_quota_use(prom_quota *quota, uint64_t amount);
/* Takes back what was told to prom_quota_use and was none of it. */
void prom_quota_return(prom_quota *quota, uint64_t amount);
/* Returns in how many milliseconds it allows something again; 0: now. */
int64_t prom_quota_wait(prom_quota *quota, int64_t now);

#endif
