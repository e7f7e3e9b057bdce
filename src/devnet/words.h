/* Why a bitcoind ended, as far as it is known. */
#ifndef DEVNET_WORDS_H
#define DEVNET_WORDS_H

#include "devnet/devnet.h"

/* Writes the last that bitcoind printed to us, or else the last error in its log, in one line, or that there is none;
 * and that the disk is full where it is. Returns `words`. */
const char *prom_devnet_last_words(char words[PROM_DEVNET_WORDS], const prom_devnet *devnet);

#endif
