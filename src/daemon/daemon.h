/* The daemon: one node in the foreground, by its configuration, until it is told to end. */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "daemon/config.h"
#include "daemon/locked_seed.h"

#define PROM_DAEMON_WORDS "words" /* the seed's file in the network's folder */

typedef struct prom_daemon_options {
    const char *home;      /* folder of the program, absolute */
    const char *config;    /* the file */
    const char *network;   /* of the command line; NULL: the file's */
    bool accepts_risk;     /* of real money */
    prom_lock_asker asker; /* for the passphrase of the words */
} prom_daemon_options;

/* Makes the folder of the network, closed to others, and the seed, encrypted where `passphrase` is not NULL; `words`
 * are for its owner to write down. PROM_CATEGORY_BAD_INPUT when there is a seed already, or the configuration is none.
 */
PROM_MUST_USE prom_result prom_daemon_create(const prom_daemon_options *options, char words[PROM_SEED_TEXT],
                                             char path[PATH_MAX], const char *passphrase, prom_error *error);

/* Runs the node until SIGTERM, SIGINT or node.stop. SIGHUP: the configuration is read again, and the log opened again.
 * PROM_CATEGORY_BAD_INPUT says what must be done first: the configuration, the seed, the risk, the database, bitcoind's
 * cookie or chain. A bitcoind that does not answer is waited for. */
PROM_MUST_USE prom_result prom_daemon_run(const prom_daemon_options *options, prom_error *error);

#endif
