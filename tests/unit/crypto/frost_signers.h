/* Signers of FROST: what its tests have in common. */
#ifndef PROMETHEUS_TEST_FROST_SIGNERS_H
#define PROMETHEUS_TEST_FROST_SIGNERS_H

#include "support.h"

#include "prometheus/crypto/frost.h"

#define MAX PROM_FROST_PARTICIPANTS_MAX
#define ORDER "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"

/* Room for what prom_frost_terms points to. */
struct terms {
    prom_frost_terms terms;
    uint32_t ids[MAX];
    prom_point public_shares[MAX];
    prom_frost_tweak tweaks[MAX];
};

#endif
