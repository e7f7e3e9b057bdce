/* What the game says of a contract, in the words of `prom contract explain`. */
#ifndef OUTLOOK_VERDICT_H
#define OUTLOOK_VERDICT_H

#include <jansson.h>

#include "base/sentence.h"
#include "outlook/outlook.h"
#include "prometheus/game/solution.h"

typedef struct prom_contract_verdict {
    const prom_game_solution *solution;
    uint32_t accepted; /* risks that the owner takes, 1 << prom_game_risk */
} prom_contract_verdict;

/* Reads names of risks, "fund-owned,stalling-pays", as bits; NULL are none. PROM_CATEGORY_BAD_INPUT names one that is
 * unknown, or that nobody can take: a bound is never lifted. */
PROM_MUST_USE prom_result prom_contract_risks_read(uint32_t *risks, const char *names, prom_error *error);

/* Succeeds unless an honest player can be robbed, and the owner does not take that risk. PROM_CATEGORY_BAD_INPUT names
 * the risk, who gains what by it, and how to take it all the same. */
PROM_MUST_USE prom_result prom_contract_verdict_check(const prom_contract_verdict *verdict,
                                                      const prom_contract_outlook *outlook, prom_error *error);

/* Appends what the findings leave of safety: that nobody who keeps the rules can be robbed, as long as few arbiters act
 * against them, and the exception to it; or that somebody can be, or that others gain at its cost; of findings that
 * take more arbiters than that, how many they take. */
void prom_contract_say_safety(prom_sentence *text, const prom_game_solution *solution);

/* Prints the verdict, the weakest point, the names of all warnings, and what it all takes for granted. */
void prom_contract_verdict_print(const prom_contract_verdict *verdict);
/* Returns the same as JSON, which the caller owns. */
json_t *prom_contract_verdict_json(const prom_contract_verdict *verdict);

/* Writes who acts as one person: "the client, the verifier and 2 arbiters". Returns `text`. */
#define PROM_CONTRACT_GROUP 80
const char *prom_contract_group_text(char text[PROM_CONTRACT_GROUP], const prom_game_group *group);

/* Writes what an attack does: "the client and 1 arbiter gain 12,000 sat, the worker ends worse off by 200,000 sat, by
 * #6". Returns `text`. */
#define PROM_CONTRACT_ATTACK 256
const char *prom_contract_attack_text(char text[PROM_CONTRACT_ATTACK], const prom_game_attack *attack);

/* Returns the scheme by which an attack ends: #1 to #7, and what docs/game.md adds. */
unsigned prom_contract_attack_scheme(const prom_game_attack *attack);
/* Writes what a scheme is called: "#6"; of those that docs/game.md adds the transaction, "TxGood"; "locked". Returns
 * `text`. */
#define PROM_CONTRACT_ENDING 16
const char *prom_contract_ending_name(char text[PROM_CONTRACT_ENDING], unsigned scheme);

/* Returns a finding as JSON, which the caller owns. */
json_t *prom_contract_finding_json(const prom_game_finding *finding);

#endif
