/* Whole setups, from the proposal to the signatures of Tx0, under faults and a coalition: C, W, V and the owners of
 * some offers, each with a node of its own. */
#ifndef SIM_SETUP_H
#define SIM_SETUP_H

#include "sim.h"

enum {
    SETUP_ACTORS_MAX = 10,
    SETUP_BLOCKS_MAX = 400,
    SETUP_SAID_MAX = 256,
};

typedef struct setup_actor {
    prom_role role;
    size_t number;
    bool honest;
    prom_key words, joint, seal, host, node, coin, payout;
    prom_channel_config config;
    prom_arena arena;
    prom_arena step;
    prom_arena wants;
    prom_arena disk_arena[2]; /* of the disk, and of the one before */
    unsigned turn;
    prom_arena index_arena;
    prom_channel *channel;
    prom_index *index;
    prom_span disk; /* all parts of the facts, each with its length */
    uint32_t own_tip;
    uint64_t started;
    sim_said said[SETUP_SAID_MAX];
    size_t said_count;
} setup_actor;

typedef struct setup_block {
    prom_bytes32 hash;
    const prom_tx *txs[4];
    size_t count;
} setup_block;

typedef struct setup_run {
    uint64_t seed;
    const sim_world *world; /* parameters and curve alone */
    sim_dice dice;
    sim_dice adversary;
    uint32_t coalition;
    uint32_t crash, drop, junk, lag; /* per mille */
    uint32_t silent_to;              /* bits: whom the coalition says nothing to, from a phase on */
    prom_setup_phase silent_from;
    bool withholds; /* a client of the coalition publishes no Tx0, and sends it to nobody */
    bool prompt;    /* the coalition, too, does what it can before each block: else hardly any comes to a contract */
    bool quiet;
    uint32_t crashes;
    prom_arena arena;
    setup_actor actors[SETUP_ACTORS_MAX];
    size_t count;
    setup_block blocks[SETUP_BLOCKS_MAX];
    size_t block_count;
    uint64_t made;
    uint64_t seconds;
    sim_link links[SETUP_ACTORS_MAX + 1][SETUP_ACTORS_MAX]; /* from, to; the last are strangers' */
    prom_parameters P;
    prom_bytes32 p_txid;
    prom_terms proposal;
    prom_announcement heard[SETUP_ACTORS_MAX];
    size_t heard_count;
    prom_bytes32 contract; /* of whoever completed first */
    bool has_contract;
    prom_tx *pending; /* to be mined: Tx0, or a spend of one of its inputs */
    bool mined;
    uint64_t steps;
    uint64_t trace;
    FILE *log;
    bool failed;
    char failure[320];
    bool reached[PROM_SETUP_PHASES];
} setup_run;

/* What a soak must have reached: every phase, and these. */
enum {
    SETUP_GOAL_CONTRACT = PROM_SETUP_PHASES,
    SETUP_GOAL_ABANDONED,
    SETUP_GOAL_DRAWN_IN_VAIN,
    SETUP_GOALS,
};
bool prom_sim_setup_reached(const setup_run *run, size_t goal);

/* Plays one setup. Returns whether all held. */
bool prom_sim_setup(setup_run *run, uint64_t seed, FILE *log);
void prom_sim_setup_free(setup_run *run);
void prom_sim_setup_note(setup_run *run, const setup_actor *actor, const char *what, const char *text);
void prom_sim_setup_fail(setup_run *run, const char *format, ...) PROM_PRINTF(2, 3);

/* setup_actor.c */
void prom_sim_actor_begin(setup_run *run, setup_actor *actor);
bool prom_sim_actor_step(setup_run *run, setup_actor *actor, const prom_event *event, prom_reception *reception);
void prom_sim_actor_restart(setup_run *run, setup_actor *actor);
void prom_sim_actor_connect(setup_run *run, setup_actor *actor, uint32_t height);
/* Answers what the actor's channel wants, each once. Returns whether anything came of it. */
bool prom_sim_actor_serve(setup_run *run, setup_actor *actor);
void prom_sim_actor_tick(setup_run *run, setup_actor *actor);
void prom_sim_setup_post(setup_run *run, const prom_bytes32 *key, size_t from, size_t to, const prom_message *message);

#endif
