/* Words and numbers that all that is said of a game shares. */
#ifndef ADVICE_WORDS_H
#define ADVICE_WORDS_H

#include <jansson.h>

#include "prometheus/game/solution.h"

/* Writes "1,234,567", "-0.25"; decimals only of amounts below 10 sat. Returns `text`. */
#define PROM_ADVICE_SAT 40
const char *prom_advice_sat(char text[PROM_ADVICE_SAT], double sat);
/* Writes the same in at most six characters: "1.23M", "-45.6k", "812". Returns `text`. */
#define PROM_ADVICE_SHORT 16
const char *prom_advice_short(char text[PROM_ADVICE_SHORT], double sat);
/* Writes one or the other: the first where it takes no more than `most` characters. Returns `text`. */
const char *prom_advice_fit(char text[PROM_ADVICE_SAT], double sat, size_t most);
/* Returns the number for JSON: to the thousandth below 100,000, whole above; null where it is not finite. */
json_t *prom_advice_number(double number);

/* Writes a group in letters, "W+V+2A"; nothing for nobody. Returns `text`. */
#define PROM_ADVICE_LETTERS 24
const char *prom_advice_letters(char text[PROM_ADVICE_LETTERS], const prom_game_group *group);
/* Returns "C", "W", "V", "A", "H" or "F". */
const char *prom_advice_player_letter(prom_game_player player);

/* Tells the attack in one sentence: who does what that the rules do not say, others who lead there included, how it
 * ends, who gains and who loses.
 * Returns `text`. */
#define PROM_ADVICE_ATTACK 2048
const char *prom_advice_attack(char text[PROM_ADVICE_ATTACK], const prom_game_attack *attack);
/* Tells in one sentence what all do on the way to an ending, a node: "The worker computes nothing, delivers garbage;
 * the verifier does not verify, signs Tx4: it ends by #3." Returns `text`. */
const char *prom_advice_way(char text[PROM_ADVICE_ATTACK], const prom_game *game, uint32_t ending);
/* Returns what the group does against the rules, as a list of player, action and object, which the caller owns. */
json_t *prom_advice_deviations_json(const prom_game_attack *attack);

/* Sums of what a player may expect when all keep the rules, sat: what it is paid less what it deposits, what its own
 * doing costs, what a right result is worth to it, fees and anchors, interest. */
typedef struct prom_advice_account {
    double paid;
    double work;
    double benefit;
    double fees;
    double interest;
    double result;
} prom_advice_account;

/* Computes the account of C, W, V or, as A, of one arbiter. */
prom_advice_account prom_advice_account_of(const prom_game_solution *solution, prom_game_player player);

#endif
