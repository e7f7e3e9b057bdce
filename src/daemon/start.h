/* What is looked at before a node starts. */
#ifndef DAEMON_START_H
#define DAEMON_START_H

#include "daemon/daemon.h"
#include "node/node.h"

/* Writes the folder of the network, and makes it where it is missing, closed to others in any case. */
PROM_MUST_USE prom_result prom_start_folder(char folder[PATH_MAX], const prom_daemon_options *options,
                                            const prom_config *config, prom_error *error);
/* Holds the folder until the descriptor `lock` is closed, so that nothing in it is touched by a second node:
 * PROM_CATEGORY_IO, naming who has it. Where the file system has no such locks the database's own is the first. */
PROM_MUST_USE prom_result prom_start_hold(int *lock, const char *folder, prom_error *error);
/* Succeeds when the network's coins are worth nothing, or the owner has said that he knows. */
PROM_MUST_USE prom_result prom_start_check_risk(const prom_config *config, bool accepts, prom_error *error);
/* Looks at bitcoind: `told` says why it is to be waited for, or is empty. PROM_CATEGORY_BAD_INPUT when no waiting
 * helps: it is on another chain, or there is not even the folder of its cookie. */
PROM_MUST_USE prom_result prom_start_check_bitcoind(const prom_config *config, const char *url, const char *cookie,
                                                    prom_error *told, prom_error *error);
/* Makes the contacts of the node that is open. */
PROM_MUST_USE prom_result prom_start_contacts(prom_contacts **contacts, const prom_config *config,
                                              const prom_selling *selling, const prom_config_discovery *discovery,
                                              prom_node *node, const prom_node_options *options, prom_error *error);
/* Fills in what others are told of this node in each role. */
void prom_start_told(const prom_config *config, const prom_selling *selling, prom_policy policies[PROM_ROLES]);
/* Reads the announcements that the configuration names, into the arena. */
PROM_MUST_USE prom_result prom_start_offers(const prom_config *config, prom_arena *arena, prom_node_options *options,
                                            prom_error *error);
/* Looks at what a running node takes with its next start alone, as far as that asks nobody and opens no folder: that
 * start must not fail by it. Errors as of that start. */
PROM_MUST_USE prom_result prom_start_check_next(const prom_config *next, bool accepts_risk, prom_error *error);

#endif
