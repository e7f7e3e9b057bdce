/* What is looked at before a node starts. */
#ifndef DAEMON_START_H
#define DAEMON_START_H

#include "daemon/daemon.h"
#include "node/node.h"

/* Writes the folder of the network, and makes it where it is missing, closed to others in any case. */
PROM_MUST_USE prom_result prom_start_folder(char folder[PATH_MAX], const prom_daemon_options *options,
                                            const prom_config *config, prom_error *error);
/* Succeeds when the network's coins are worth nothing, or the owner has said that he knows. */
PROM_MUST_USE prom_result prom_start_check_risk(const prom_config *config, bool accepts, prom_error *error);
/* Looks at bitcoind: `told` says why it is to be waited for, or is empty. PROM_CATEGORY_BAD_INPUT when no waiting
 * helps: it is on another chain, or there is not even the folder of its cookie. */
PROM_MUST_USE prom_result prom_start_check_bitcoind(const prom_config *config, const char *url, const char *cookie,
                                                    prom_error *told, prom_error *error);
/* Reads the announcements that the configuration names, into the arena. */
PROM_MUST_USE prom_result prom_start_offers(const prom_config *config, prom_arena *arena, prom_node_options *options,
                                            prom_error *error);

#endif
