/* Words and numbers that the explanation, the tree and its picture share. */
#ifndef OUTLOOK_WORDS_H
#define OUTLOOK_WORDS_H

#include <jansson.h>

#include "prometheus/base/amount.h"
#include "prometheus/contract/parameters.h"

/* Returns the names of signers as a list, which the caller owns: "C", "W", "V", "A" (each arbiter), "Y" (k arbiters by
 * their joint key). */
json_t *prom_contract_signers_json(unsigned signers);
/* Writes the same as text, "C, W", and `none` when there are none. Returns `text`. */
#define PROM_CONTRACT_SIGNERS 32
const char *prom_contract_signers_text(char text[PROM_CONTRACT_SIGNERS], unsigned signers, const char *none);

/* Returns the hours of so many blocks, at ten minutes each. */
double prom_contract_hours(uint32_t blocks);
/* Writes "48 h" for 288 blocks. Returns `text`. */
#define PROM_CONTRACT_HOURS 24
const char *prom_contract_hours_text(char text[PROM_CONTRACT_HOURS], uint32_t blocks);

/* Writes "m=2", or nothing for 0. Returns `text`. */
#define PROM_CONTRACT_M 16
const char *prom_contract_m_text(char text[PROM_CONTRACT_M], uint32_t m);

/* Returns the network as people call it: "mainnet", which bitcoind calls "main". */
const char *prom_contract_network(const prom_chain_parameters *network);

/* Returns the amount in sat, null where it is out of range. */
json_t *prom_contract_amount_json(prom_amount amount);

#endif
