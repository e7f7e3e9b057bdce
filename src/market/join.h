/* Who joins what the parts of a batch have folded: of P parts that are P - 1 folds, which the client's own node
 * computes, or a contract whose items are the parts' last results. */
#ifndef MARKET_JOIN_H
#define MARKET_JOIN_H

#include "market/work.h"

/* What the owner wants. */
typedef enum prom_join_wish {
    PROM_JOIN_WISH_NONE, /* the own node where that is done soon, else a contract */
    PROM_JOIN_WISH_OWN,
    PROM_JOIN_WISH_CONTRACT,
} prom_join_wish;

/* What an order says of it: it follows from this and the number of parts, which is not known before they are placed. */
typedef struct prom_joining {
    bool folds;         /* the program does: else there is nothing to join */
    uint32_t own_folds; /* that the own node computes, at most; UINT32_MAX: any number */
    uint32_t parts_max; /* of which a contract can take the results; more are joined by the own node all the same */
} prom_joining;

typedef enum prom_joiner {
    PROM_JOINER_NONE, /* there is nothing to join */
    PROM_JOINER_OWN,
    PROM_JOINER_CONTRACT,
    PROM_JOINER_NOBODY, /* of a job: what was to be joined never was */
    PROM_JOINERS,
} prom_joiner;

/* Returns "none", "own", "contract" or "nobody". */
const char *prom_joiner_name(unsigned joiner);

/* Returns who joins so many parts. */
prom_joiner prom_joining_decide(const prom_joining *joining, uint32_t parts);

/* Finds what an order of this program says: own folds are as many as `machine` (NULL: one that runs no modules)
 * computes in ten seconds at most. Fails when memory runs out. */
PROM_MUST_USE prom_result prom_joining_find(prom_arena *arena, prom_joining *joining, const prom_job_program *program,
                                            prom_join_wish wish, const prom_machine *machine, prom_error *error);

/* Returns how many seconds so many folds of the program take the machine at most. */
uint64_t prom_joining_seconds(const prom_module *module, const prom_machine *machine, uint32_t folds);

/* Computes what a contract costs that joins so many parts, whatever their results: all but the program's digest.
 * PROM_CATEGORY_BAD_INPUT when no contract can. */
PROM_MUST_USE prom_result prom_joining_work(prom_arena *arena, prom_work *work, const prom_module *module,
                                            uint32_t parts, prom_error *error);

#endif
