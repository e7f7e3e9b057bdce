/* The configuration of a node: one file, prom.conf, of lines "name = value". A line that begins with # is a comment.
 * All settings stand in one table (settings.c), from which come what reads the file, what writes it with every setting
 * explained, and docs/configuration.md. */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "contacts/contacts.h"
#include "net/net.h"
#include "prometheus/base/arena.h"
#include "prometheus/channel/event.h"
#include "prometheus/contract/terms.h"
#include "system/log.h"
#include "trade/answerer.h"

/* Its name in the folder of the program. */
#define PROM_CONFIG_FILE "prom.conf"

#define PROM_CONFIG_TEXT 1024 /* of one value, with its end */
/* Of a setting that may stand several times: so often, each value of so many bytes with its end. */
#define PROM_CONFIG_ITEMS_MAX 16U
#define PROM_CONFIG_ITEM 384

/* What such a setting says, in the order of the lines. */
typedef struct prom_config_list {
    size_t count;
    char items[PROM_CONFIG_ITEMS_MAX][PROM_CONFIG_ITEM];
} prom_config_list;

/* What the file says, or the default. Texts are empty where nothing is said. */
typedef struct prom_config {
    char network[16];
    char signet_challenge[2 * PROM_SIGNET_CHALLENGE_MAX + 1];
    uint8_t challenge[PROM_SIGNET_CHALLENGE_MAX]; /* of an own signet: those bytes */
    size_t challenge_length;                      /* 0: it is none */
    prom_chain_parameters signet;                 /* of that one */
    char bitcoind_url[PROM_CONFIG_TEXT];
    char bitcoind_cookie[PROM_CONFIG_TEXT];
    char bitcoind_auth[PROM_CONFIG_TEXT];
    uint64_t bitcoind_poll_ms;
    uint64_t mempool_poll_ms; /* 0: never */

    char listen[PROM_CONFIG_TEXT];
    char advertise[PROM_CONFIG_TEXT];
    char proxy[PROM_CONFIG_TEXT];
    char onion_proxy[PROM_CONFIG_TEXT];

    bool discovery;
    prom_config_list peers;
    bool dht;
    prom_config_list dht_bootstraps;
    uint64_t dht_port; /* 0: any that is free */
    char dht_program[PROM_CONFIG_TEXT];

    uint64_t roles;      /* bit r: the prom_role r */
    uint64_t reward_min; /* sat */
    uint64_t retainer_max;
    uint64_t reward_max;
    uint64_t job_max; /* sat; 0 of these four: no cap */
    uint64_t day_max;
    uint64_t peer_max;
    uint64_t fees_max;
    uint64_t contracts_max;
    uint64_t feerate_max; /* sat/vB */
    uint64_t three_arbiters_max;
    bool any_fund;
    bool any_pool;
    uint64_t aborted_max;
    uint64_t answer_seconds;
    uint64_t verify_seconds;
    uint64_t payload_max_mb;
    uint64_t package_max_mb;
    char offer[PROM_CONFIG_TEXT];
    char offers[PROM_CONFIG_TEXT];

    uint64_t price_macs; /* msat for a million, as the next four */
    uint64_t price_fuel;
    uint64_t price_bytes;
    uint64_t price_effort;
    uint64_t price_steps;
    uint64_t quote_blocks;
    uint64_t worker_contracts_max; /* 0: no limit of its own */
    uint64_t verifier_contracts_max;
    char accept_p[PROM_CONFIG_TEXT];
    char allow_nodes[PROM_CONFIG_TEXT];
    char deny_nodes[PROM_CONFIG_TEXT];

    uint64_t macs_per_second;
    uint64_t fuel_per_second;
    uint64_t effort_per_second;
    uint64_t steps_per_second;
    uint64_t bytes_per_second;
    uint64_t disk_max_mb;
    uint64_t client_disk_mb; /* 0: no limit of its own; the next three likewise */
    uint64_t worker_disk_mb;
    uint64_t verifier_disk_mb;
    uint64_t arbiter_disk_mb;
    uint64_t prover_memory_mb;
    uint64_t threads;
    char wasm_program[PROM_CONFIG_TEXT];
    char backup[PROM_CONFIG_TEXT];
    char seed_passphrase_file[PROM_CONFIG_TEXT];

    char log_level[16];
    char log_file[PROM_CONFIG_TEXT];
    bool log_stderr;
    uint64_t log_max_mb;
    uint64_t page_port; /* 0: none */
    char notify[PROM_CONFIG_TEXT];
} prom_config;

typedef enum prom_setting_kind {
    PROM_SETTING_TEXT,   /* char[] of the table's `max` + 1 bytes at least */
    PROM_SETTING_PATH,   /* the same, absolute */
    PROM_SETTING_WORD,   /* the same, one of `words` */
    PROM_SETTING_NUMBER, /* uint64_t between `min` and `max` */
    PROM_SETTING_FLAG,   /* bool: "yes" or "no" */
    PROM_SETTING_ROLES,  /* uint64_t: words of `words`, a bit each */
    PROM_SETTING_LIST,   /* prom_config_list: it may stand several times */
} prom_setting_kind;

typedef struct prom_setting {
    const char *section; /* the title of the part of the file that begins here; NULL: it goes on */
    const char *name;
    prom_setting_kind kind;
    const char *standard;  /* the value where the file says nothing */
    const char *main_only; /* the same on the main chain, where that is another; else NULL */
    const char *unit;      /* behind the value, for people; NULL: none */
    const char *words;     /* separated by spaces */
    uint64_t min;
    uint64_t max;
    bool live; /* a running node takes a new value with SIGHUP */
    size_t target;
    const char *text; /* whole sentences */
} prom_setting;

/* The table, up to one without a name. */
extern const prom_setting prom_settings[];

/* Reads the file; `network` is that of the command line, which goes before the file's, or NULL. A file that is not
 * there says nothing. PROM_CATEGORY_BAD_INPUT names file and line, and says what can be there: an unknown name with the
 * one that may be meant, a value that is none, a name that stands there twice, a network for which there are no
 * parameters. PROM_CATEGORY_IO when it cannot be read. */
PROM_MUST_USE prom_result prom_config_load(prom_config *config, const char *path, const char *network,
                                           prom_error *error);
/* Refuses a file that somebody else than root and the node's user has, who could name in it a program to run:
 * PROM_CATEGORY_BAD_INPUT. One that is not there is nobody's. For who runs it; who only looks where a node is may be
 * another user. */
PROM_MUST_USE prom_result prom_config_check_owner(const char *path, prom_error *error);
/* The same of a text, for which sentences say `name`. */
PROM_MUST_USE prom_result prom_config_parse(prom_config *config, const char *name, prom_span text, const char *network,
                                            prom_error *error);

/* Returns the first setting that differs and that a running node does not take, or NULL. */
const prom_setting *prom_config_changed(const prom_config *now, const prom_config *next);

/* Writes the whole file with every setting explained and commented out, but for `network`. */
void prom_config_write(FILE *file, const char *network);
/* Writes docs/configuration.md. */
void prom_config_write_page(FILE *file);

/* -- What follows from it -- */

/* Finds the own signet that `signet_challenge` names; whatever reads a file does it. PROM_CATEGORY_BAD_INPUT where it
 * is no challenge, or the network is another one. */
PROM_MUST_USE prom_result prom_config_find_signet(prom_config *config, prom_error *error);
/* Returns the network's parameters; those of an own signet live as long as `config`. */
const prom_chain_parameters *prom_config_network(const prom_config *config);
/* Writes where bitcoind is asked, and by which file: the default ones where the file says nothing. */
PROM_MUST_USE prom_result prom_config_bitcoind(const prom_config *config, char url[PROM_CONFIG_TEXT],
                                               char cookie[PATH_MAX], prom_error *error);
/* Fills in what the owner allows and what the machine can do: all of it but announcement and address. */
void prom_config_policy(const prom_config *config, prom_channel_config *policy);

/* Fills in what the owner wants of each role. */
void prom_config_policies(const prom_config *config, prom_node_policy policies[PROM_ROLES]);
/* Fills in what the node sells; the lists lie in the arena. PROM_CATEGORY_BAD_INPUT names the setting, or file and
 * line, of what is no key, or what cannot be read. */
#define PROM_CONFIG_NODES_MAX 4096U /* keys in a file */
PROM_MUST_USE prom_result prom_config_selling(const prom_config *config, prom_arena *arena, prom_selling *selling,
                                              prom_error *error);

/* How other nodes reach this one, and it them. */
typedef struct prom_config_links {
    prom_address listen[PROM_NET_LISTENERS_MAX];
    size_t listen_count;
    prom_address told; /* to others; of length 0: it is reached nowhere */
    prom_address proxy;
    prom_address onion_proxy;
} prom_config_links;
/* PROM_CATEGORY_BAD_INPUT, with the setting, for what is no address. */
PROM_MUST_USE prom_result prom_config_links_of(const prom_config *config, prom_config_links *links, prom_error *error);
/* How other nodes are found. */
typedef struct prom_config_discovery {
    bool on;
    prom_contacts_peer peers[PROM_CONTACTS_PEERS_MAX];
    size_t peer_count;
    bool dht_on;
    prom_dht_options dht;
} prom_config_discovery;
/* Finds prom-wasm; `path` is empty where nothing names it and it is nowhere. PROM_CATEGORY_BAD_INPUT when the file that
 * is named cannot be run. */
PROM_MUST_USE prom_result prom_config_wasm(const prom_config *config, char path[PATH_MAX], prom_error *error);
/* PROM_CATEGORY_BAD_INPUT, with the setting, for a peer or a host that can be none, and for prom-dht beside a proxy. */
PROM_MUST_USE prom_result prom_config_discovery_of(const prom_config *config, prom_config_discovery *discovery,
                                                   prom_error *error);
/* Returns how many bytes contracts and jobs may have on the disk. */
uint64_t prom_config_disk_max(const prom_config *config);
/* What the log is to be; the path lies in `path`. PROM_CATEGORY_BAD_INPUT when the folder's name is too long. */
PROM_MUST_USE prom_result prom_config_log(const prom_config *config, prom_log_options *log, char path[PATH_MAX],
                                          const char *folder, prom_error *error);

#endif
