/* How a devnet's bitcoind is started. */
#ifndef DEVNET_LAUNCH_H
#define DEVNET_LAUNCH_H

#include "devnet/devnet.h"

/* Starts bitcoind, devnet->bitcoind, on the data that the held folder has, at the port that is asked for, or at free
 * ones until nobody else took it in the meantime, and waits until it answers. `restore`: the one before was killed,
 * and what of its chain only its memory knew is first made again of the blocks, which are on the disk. */
PROM_MUST_USE prom_result prom_devnet_launch(prom_devnet *devnet, const prom_devnet_options *options, bool restore,
                                             prom_error *error);

/* Binds 127.0.0.1:*port, a free one when it is 0, so that until `held` is closed the kernel gives it to no connection
 * and to nobody who asks for any port: who names it may listen there, as often as it starts anew. PROM_CATEGORY_IO when
 * it cannot be bound; `held` is -1 then. */
PROM_MUST_USE prom_result prom_devnet_hold_port(uint16_t *port, int *held, prom_error *error);

/* The same, and lets go of it at once: somebody else may take it then. */
PROM_MUST_USE prom_result prom_devnet_probe_port(uint16_t *port, prom_error *error);

/* Fails with what to do about a bitcoind that runs and does not answer, so that its chain is kept. */
PROM_MUST_USE prom_result prom_devnet_silent(const prom_devnet *devnet, const char *why, prom_error *error);

#endif
