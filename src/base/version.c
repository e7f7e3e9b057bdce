#include "prometheus/base/version.h"

const char *prom_version(void)
{
    return PROM_VERSION;
}
