/* Every behaviour of a coalition with a bounded number of moves, instead of what chance draws. */
#ifndef SIM_EXPLORE_H
#define SIM_EXPLORE_H

#include "sim.h"

enum { SIM_SCRIPT_MAX = 4, SIM_SCRIPT_BLOCKS = 128 };

typedef struct sim_scripted {
    uint16_t block; /* counted from the beginning of the run */
    uint16_t choice;
} sim_scripted;

/* What a coalition does, and, once it was played, what it could have done besides. */
struct sim_script {
    bool silent;  /* its channels do nothing at first; else they keep the rules */
    bool at_once; /* blocks take whatever was broadcast; else what honest parties want comes as late as it may */
    uint32_t count;
    sim_scripted moves[SIM_SCRIPT_MAX];
    uint32_t muted; /* bits of places to which it says nothing now */
    uint32_t blocks;
    uint64_t legal[SIM_SCRIPT_BLOCKS]; /* from the last move on: bits of choices */
};

typedef struct sim_exploration {
    sim_run *run;
    FILE *log; /* NULL: silent */
    sim_plan plan;
    uint32_t depth;
    uint64_t runs;
    uint64_t states; /* blocks at which it chose */
    uint32_t blocks_max;
    uint64_t schemes[8]; /* how many ended so */
    sim_script failed;
} sim_exploration;

/* Plays every behaviour of a coalition with at most `depth` moves. Returns whether every claim held; else `failed` is
 * the script that broke one, and the run says which. */
bool prom_sim_explore(sim_exploration *it, size_t set, uint32_t coalition, uint32_t depth);
const char *prom_sim_choice_name(size_t choice);

#endif
