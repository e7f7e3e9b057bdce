#include "net/quota.h"

static int64_t full(const prom_quota *quota)
{
    return (int64_t)quota->per_second * 1000 * PROM_QUOTA_BURST_SECONDS;
}

prom_quota prom_quota_new(uint32_t per_second, int64_t now)
{
    prom_quota quota = {.per_second = per_second, .at = now};
    quota.thousandths = full(&quota);
    return quota;
}

bool prom_quota_allows(prom_quota *quota, int64_t now)
{
    const int64_t most = INT64_C(1000) * PROM_QUOTA_BURST_SECONDS * 2; /* longer nobody can be in debt, or so full */
    const int64_t passed = now <= quota->at ? 0 : now - quota->at > most ? most : now - quota->at;
    quota->thousandths += passed * (int64_t)quota->per_second;
    quota->thousandths = quota->thousandths > full(quota) ? full(quota) : quota->thousandths;
    quota->at = now;
    return quota->thousandths > 0;
}

void prom_quota_use(prom_quota *quota, uint64_t amount)
{
    const int64_t thousandths = amount > UINT32_MAX ? (int64_t)UINT32_MAX * 1000 : (int64_t)amount * 1000;
    quota->thousandths =
        quota->thousandths - thousandths < -full(quota) ? -full(quota) : quota->thousandths - thousandths;
}

void prom_quota_return(prom_quota *quota, uint64_t amount)
{
    const int64_t left = full(quota) - quota->thousandths;
    const uint64_t thousandths = amount > UINT32_MAX ? (uint64_t)left : amount * 1000;
    quota->thousandths += thousandths < (uint64_t)left ? (int64_t)thousandths : left;
}

int64_t prom_quota_wait(prom_quota *quota, int64_t now)
{
    return prom_quota_allows(quota, now) ? 0 : 1 - quota->thousandths / (int64_t)quota->per_second;
}
