/* Where a secret ends. What is computed from secrets and is public all the same (a point, a signature, whether a key is
 * in range) is said to be so where it comes to be. In a VERIFY build under valgrind, a test marks the secrets as
 * undefined memory, and memcheck then reports each branch and each index that depends on what was not said to be
 * public. In any other build nothing is done. */
#ifndef CRYPTO_SECRET_FLOW_H
#define CRYPTO_SECRET_FLOW_H

#include <stdbool.h>
#include <stddef.h>

#ifdef PROM_VERIFY
#include <valgrind/memcheck.h>
#endif

static inline void prom_declare_public(const void *value, size_t length)
{
#ifdef PROM_VERIFY
    (void)VALGRIND_MAKE_MEM_DEFINED(value, length);
#else
    (void)value;
    (void)length;
#endif
}

/* Whether a function of libsecp256k1, which says so by a 1, could do with the secrets that it was given. */
static inline bool prom_succeeded(int result)
{
    prom_declare_public(&result, sizeof result);
    return result == 1;
}

#endif
