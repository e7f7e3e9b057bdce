/* A contract whose game is asked about: its file, the question, the solution. */
#ifndef ADVICE_ADVICE_H
#define ADVICE_ADVICE_H

#include "outlook/file.h"
#include "prometheus/crypto/key.h"
#include "prometheus/game/solution.h"

typedef struct prom_advice {
    prom_arena arena; /* of all that is asked about this contract */
    prom_curve *curve;
    prom_contract_file file;
    prom_game_question question;
    uint32_t accepted; /* risks that are taken by name: 1 << prom_game_risk */
} prom_advice;

/* What the command line says of it. */
typedef struct prom_advice_options {
    const char *file;
    const char *accept; /* names of risks, separated by commas; NULL: none */
    bool paper;         /* the game of the paper as it is written */
} prom_advice_options;

/* Makes an advice that no file was read for. It is to be freed after a failure too. */
PROM_MUST_USE prom_result prom_advice_begin(prom_advice *advice, prom_error *error);
/* Reads the file and makes its question. PROM_CATEGORY_BAD_INPUT when one of the names or the file cannot be used, or
 * when its numbers make no question. `advice` is to be freed after a failure too. */
PROM_MUST_USE prom_result prom_advice_open(prom_advice *advice, const prom_advice_options *options, prom_error *error);
/* Frees it. Fits PROM_SCOPED for what is all zero, too. */
void prom_advice_free(prom_advice *advice);

/* What is said of a contract in one word. */
typedef enum prom_advice_verdict {
    PROM_VERDICT_SAFE,
    PROM_VERDICT_WARNING, /* there is nothing but warnings, and what was taken by name */
    PROM_VERDICT_REFUSED,
    PROM_VERDICT_BOUND, /* a bound is broken, which is never lifted */
} prom_advice_verdict;

prom_advice_verdict prom_advice_verdict_of(const prom_game_solution *solution, uint32_t accepted);
/* Returns "safe", "warning", "refused", "bound". */
const char *prom_advice_verdict_name(prom_advice_verdict verdict);

#endif
