/* The commands of prom, each in a file of its own. */
#ifndef PROM_ROOT_H
#define PROM_ROOT_H

#include "cli/command.h"

extern const prom_command prom_command_root; /* the group of all */
extern const prom_command prom_command_bench;
extern const prom_command prom_command_benchmark;
extern const prom_command prom_command_channel;
extern const prom_command prom_command_compile;
extern const prom_command prom_command_contract;
extern const prom_command prom_command_contract_list; /* of the group */
extern const prom_command prom_command_contract_publish;
extern const prom_command prom_command_contract_show;
extern const prom_command prom_command_demo;
extern const prom_command prom_command_devnet;
extern const prom_command prom_command_game;
extern const prom_command prom_command_game_certificate; /* of the group */
extern const prom_command prom_command_game_draw;
extern const prom_command prom_command_game_verify;
extern const prom_command prom_command_events;
extern const prom_command prom_command_help;
extern const prom_command prom_command_infer;
extern const prom_command prom_command_inspect;
extern const prom_command prom_command_iterate;
extern const prom_command prom_command_jobs;
extern const prom_command prom_command_node;
extern const prom_command prom_command_offer;
extern const prom_command prom_command_party;
extern const prom_command prom_command_peers;
extern const prom_command prom_command_program;
extern const prom_command prom_command_program_run; /* of the group */
extern const prom_command prom_command_program_verify;
extern const prom_command prom_command_prove;
extern const prom_command prom_command_quote;
extern const prom_command prom_command_restore;
extern const prom_command prom_command_rpc;
extern const prom_command prom_command_run;
extern const prom_command prom_command_seed;
extern const prom_command prom_command_stop;
extern const prom_command prom_command_tower;
extern const prom_command prom_command_tower_run; /* of the group */
extern const prom_command prom_command_verify;
extern const prom_command prom_command_wallet;

#endif
