/* The bitcoind of a devnet's folder: what the files say of it, how it is found, and how it is stopped. */
#ifndef DEVNET_RUNNING_H
#define DEVNET_RUNNING_H

#include "devnet/devnet.h"

/* The folder of bitcoind's data, and the file that it writes when it starts and deletes when it has ended well. */
/* What the state is called from the moment the devnet is to be deleted. */
#define PROM_DEVNET_CONDEMNED_NAME "condemned.json"
#define PROM_DEVNET_DATA "bitcoin"
#define PROM_DEVNET_PID_FILE PROM_DEVNET_DATA "/regtest/bitcoind.pid"
#define PROM_DEVNET_HEIGHT "height" /* the file that it is noted in */

/* What stands among the arguments of each bitcoind that is started, and of nothing else with the same -datadir. */
#define PROM_DEVNET_MARK "-printtoconsole=0"

/* Writes the argument that only bitcoinds of this folder have. PROM_CATEGORY_BAD_INPUT when it is too long. */
PROM_MUST_USE prom_result prom_devnet_data_argument(char argument[PATH_MAX], const prom_devnet *devnet,
                                                    prom_error *error);

/* Notes the process, the port and the program of the devnet in its folder. */
PROM_MUST_USE prom_result prom_devnet_write_state(const prom_devnet *devnet, prom_error *error);

/* Notes, before anything is deleted, that this is to be: from then on nobody uses the devnet. It needs no room on the
 * disk. */
PROM_MUST_USE prom_result prom_devnet_condemn(const prom_devnet *devnet, prom_error *error);

/* Notes the height that the chain has. What cannot be noted is not missed later. */
void prom_devnet_note_height(const prom_devnet *devnet, uint32_t height);

/* Returns the height that was noted last; 0: none was. */
uint32_t prom_devnet_noted_height(const prom_devnet *devnet);

/* Finds the bitcoind, if one runs, and sets devnet->found. */
PROM_MUST_USE prom_result prom_devnet_look(prom_devnet *devnet, prom_error *error);

/* Connects devnet->rpc to devnet->rpc_port. */
PROM_MUST_USE prom_result prom_devnet_connect(prom_devnet *devnet, prom_error *error);

/* Stops every bitcoind of the folder, by force where one does not end by itself. */
PROM_MUST_USE prom_result prom_devnet_stop(prom_devnet *devnet, prom_error *error);

/* Lets go of process and connection. */
void prom_devnet_let_go(prom_devnet *devnet);

#endif
