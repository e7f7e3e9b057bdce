/* What is asked of the game: a contract, and what its players think that the contract does not say. */
#ifndef PROMETHEUS_GAME_QUESTION_H
#define PROMETHEUS_GAME_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/contract/payout.h"
#include "prometheus/contract/terms.h"
#include "prometheus/contract/tree.h"

PROM_DECLARATIONS_BEGIN

/* By which rules the game is played. */
typedef enum prom_game_rules_id {
    PROM_GAME_RULES_CONTRACT, /* docs/protocol.md; with `audit` above 0 also the audit window, as it is designed */
    PROM_GAME_RULES_PAPER,    /* the paper as it is written: its tables 2 and 3, its figure 4 */
} prom_game_rules_id;

/* The most that the reward, a retainer, a cost or a benefit can be, sat: as an amount of P. */
#define PROM_GAME_COST_MAX ((UINT64_C(1) << 40) - 1)
/* The highest price of a bitcoin: up to it all whole numbers are doubles as well. */
#define PROM_GAME_PRICE_MAX (UINT64_C(1) << 53)

/* What the players think. All amounts are sat, all fractions basis points. prom_game_setting_default has the values
 * that a file which says nothing gets. */
typedef struct prom_game_setting {
    prom_amount z;           /* computing all items and proving them, to the worker */
    prom_amount y;           /* verifying, to the verifier */
    prom_amount arbitration; /* verifying and voting, to an arbiter */
    prom_amount check;       /* checking the result, to the client */
    prom_amount benefit;     /* a right result, to the client */
    uint64_t price;    /* of a bitcoin, in any money: costs arise in money, and in sat they fall as it rises. Only its
    changes matter */
    uint32_t interest; /* a year, on what is locked */
    uint32_t q;        /* chance with which the client checks the result by itself */
    uint32_t known;    /* items whose answer the client knew before and hid in the batch */
    uint32_t rolls;    /* seeds of a sample that the worker can choose from; 1: none */
    uint32_t audit;    /* audit window, blocks; 0: none (t5 of P) */
    uint32_t compute;  /* blocks from Tx0 to the delivery */
    uint32_t verify;   /* blocks from the delivery to the verdict */
    uint32_t pool;     /* offers that count for P; 0: unknown */
    uint32_t owned;    /* of them, by one person */
    uint32_t future;   /* contracts to come, discounted, in basis points of one, whose profit a party loses that
                          is publicly at fault: 0 among strangers, 10000 / rate for one that stays */
} prom_game_setting;

/* Sizes, in virtual bytes, that do not hang on amounts. A closing transaction has `payout` more for each output. */
typedef struct prom_game_sizes {
    uint32_t tx0[PROM_PARTIES];     /* what each pays of Tx0 */
    uint32_t branch[PROM_BRANCHES]; /* in weight units, without the outputs of payouts */
    uint32_t payout;                /* in weight units, of such an output */
} prom_game_sizes;

typedef struct prom_game_question {
    prom_game_rules_id rules;
    prom_parameters P;
    prom_amount c;
    prom_amount retainer;
    uint32_t feerate; /* sat/vB */
    uint32_t items;   /* in the batch */
    const prom_chain_parameters *network;
    bool fund_is_nobodys;
    bool samples; /* the job's proof scheme checks a sample where varsigma is below 1 */
    prom_game_sizes sizes;
    prom_game_setting setting;
} prom_game_question;

/* Returns the setting of a file that says nothing, for this contract: z is half of the worker's share, y a fiftieth
 * of z, arbitration and check like y, benefit twice the reward (PROM_GAME_COST_MAX at most), interest 5 % a year, q 0,
 * delivery after a quarter of t1, the verdict 1 block later. */
prom_game_setting prom_game_setting_default(const prom_parameters *P, prom_amount c);

/* Fills in what terms say of a known network, with the default setting and without sizes. `samples`: the job's proof
 * scheme can check a sample. */
void prom_game_question_of(prom_game_question *question, const prom_curve *curve, const prom_terms *terms,
                           bool samples);

/* Measures the sizes of a built tree. */
void prom_game_sizes_of(prom_game_sizes *sizes, const prom_tree *tree, const prom_terms *terms);

/* A number of the question by its name, for those who vary one. */
typedef struct prom_game_parameter {
    const char *name; /* "w", "sigma", "z" */
    const char *unit; /* "sat", "bp", "blocks", "sat/vB", "" */
    const char *what; /* for people: "the worker's stake" */
    bool of_setting;  /* it stands in the object `game` of a file */
} prom_game_parameter;

/* Returns how many there are, and the one of that index. */
size_t prom_game_parameter_count(void);
const prom_game_parameter *prom_game_parameter_at(size_t index);
/* Returns the index of the one of that name, or prom_game_parameter_count(). */
size_t prom_game_parameter_find(const char *name);
/* Returns its value, and sets it. What cannot be held is set to the nearest that can. Where P's F is nobody's it stays
 * so: who varies P varies F. Setting the price moves z, y, arbitration, check and benefit the other way:
 * they arise in money. */
double prom_game_parameter_get(const prom_game_question *question, size_t index);
void prom_game_parameter_set(prom_game_question *question, size_t index, double value);

/* Succeeds when the numbers make a question: pool at least owned and n where it is known, fractions at most 1, blocks
 * that fit the contract's times, reward, retainer, costs and benefit at most
 * PROM_GAME_COST_MAX, a price from 1 to PROM_GAME_PRICE_MAX.
 * PROM_CATEGORY_BAD_INPUT names the first that does not, with both numbers. Says nothing about P: see
 * prom_parameters_check and prom_stakes_check, whose bounds the solution names. */
PROM_MUST_USE prom_result prom_game_question_check(const prom_game_question *question, prom_error *error);

PROM_DECLARATIONS_END

#endif
