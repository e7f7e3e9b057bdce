/* What the opaque prom_curve is, for the files of this room that call libsecp256k1. */
#ifndef CRYPTO_CURVE_H
#define CRYPTO_CURVE_H

#include <secp256k1.h>

#include "prometheus/crypto/key.h"

struct prom_curve {
    secp256k1_context *context;
};

#endif
