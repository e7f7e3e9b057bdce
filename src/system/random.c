#include "system/random.h"

#include <sodium.h>

prom_bytes32 prom_random_bytes32(void)
{
    prom_bytes32 value;
    randombytes_buf(value.bytes, sizeof value.bytes);
    return value;
}
