/* What the game says of many contracts: some numbers of one are varied. */
#ifndef ADVICE_SWEEP_H
#define ADVICE_SWEEP_H

#include "advice/advice.h"

#define PROM_SWEEP_SETS_MAX 1000000
#define PROM_SWEEP_AXES_MAX 16

/* The verdict on numbers that make no question, as more offers owned than there are. */
#define PROM_SWEEP_IMPOSSIBLE (PROM_VERDICT_BOUND + 1)

/* A number that is varied. */
typedef struct prom_sweep_axis {
    size_t parameter; /* index, see prom_game_parameter_at */
    double *values;
    size_t count;
} prom_sweep_axis;

/* What is said of one set of numbers. */
typedef struct prom_sweep_row {
    bool solved;           /* false: there is no more than the verdict */
    uint8_t verdict;       /* prom_advice_verdict, or PROM_SWEEP_IMPOSSIBLE */
    uint8_t worst;         /* prom_game_risk; PROM_RISKS: there is no finding */
    uint8_t pays;          /* bits of C, W, V, A: keeping the rules is the best that it can do alone, and better than
                              staying away */
    prom_game_group group; /* within the assumption, the one that gains most; nobody: none gains */
    uint32_t findings;     /* all of them: 1 << prom_game_risk */
    const char *bound;     /* a sentence: the bound that is broken, or why numbers are impossible; NULL: neither */
    double amount;         /* of the worst finding, sat */
    double gain;           /* of the group, sat */
    double honest[PROM_GAME_A + 1]; /* what C, W, V and one arbiter get when all keep the rules, sat */
} prom_sweep_row;

typedef struct prom_sweep {
    prom_advice *advice;
    prom_sweep_axis axes[PROM_SWEEP_AXES_MAX]; /* the last one changes fastest */
    size_t axis_count;
    size_t set_count;
    prom_sweep_row *rows;                         /* [set_count] */
    prom_game_sizes sizes[PROM_ARBITERS_MAX + 1]; /* by n, of those that are to be tried */
    prom_arena sentences;                         /* of the rows */
} prom_sweep;

/* Reads what to vary, "w,v=1000:5000,sigma=0:10000:21": a name stands for five values from a quarter to four times of
 * the file's, and a range has five unless it says how many. PROM_CATEGORY_BAD_INPUT when a name or a range cannot be
 * used, and when there are more than PROM_SWEEP_SETS_MAX sets. Where n is varied, transactions of each n are measured.
 * `sweep` is to be freed after a failure too. */
PROM_MUST_USE prom_result prom_sweep_plan(prom_sweep *sweep, prom_advice *advice, const char *over, prom_error *error);

/* Frees it. Fits PROM_SCOPED for what is all zero, too. */
void prom_sweep_free(prom_sweep *sweep);

/* Solves the game for every set; shows a bar meanwhile where standard error is a terminal. */
PROM_MUST_USE prom_result prom_sweep_run(prom_sweep *sweep, prom_error *error);

/* Returns the value that the number of an axis has in a set. */
double prom_sweep_value(const prom_sweep *sweep, size_t set, size_t axis);
/* Returns "safe", "warning", "refused", "bound" or "impossible". */
const char *prom_sweep_verdict(const prom_sweep_row *row);

/* Prints all rows on standard output: as a table, as CSV (RFC 4180), as one JSON object. */
void prom_sweep_print(const prom_sweep *sweep);
void prom_sweep_print_csv(const prom_sweep *sweep);
void prom_sweep_print_json(const prom_sweep *sweep);

#endif
