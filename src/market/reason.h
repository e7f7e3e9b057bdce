/* Why a job is not taken, or a part of it not placed: a code, what is needed and what is there. Reasons are data, so
 * that programs compare them and nodes send them to each other; the sentence is made where a person reads it.
 * docs/market.md has the table. */
#ifndef MARKET_REASON_H
#define MARKET_REASON_H

#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/amount.h"
#include "wire/quote.h"

/* Numbers are for good: nodes of other versions say them. Append only. */
typedef enum prom_reason_code {
    PROM_REASON_NONE = 0,
    /* The program and its scheme. */
    PROM_REASON_SCHEME = 1,
    PROM_REASON_UNPROVABLE = 2,
    PROM_REASON_SAMPLE = 3,
    /* Sizes. */
    PROM_REASON_PAYLOAD = 4,
    PROM_REASON_PACKAGE = 5,
    PROM_REASON_PACKAGE_LIMIT = 6,
    /* Time. */
    PROM_REASON_DEADLINE = 7,
    PROM_REASON_VERIFICATION = 8,
    PROM_REASON_WISHED = 9,
    /* Memory. */
    PROM_REASON_MEMORY_RUN = 10,
    PROM_REASON_MEMORY_PROVE = 11,
    PROM_REASON_MEMORY_CHECK = 12,
    /* Money. */
    PROM_REASON_STAKE = 13,
    PROM_REASON_REWARD_MAX = 14,
    PROM_REASON_REWARD_MIN = 15,
    PROM_REASON_STAKES_UNSAFE = 16,
    PROM_REASON_FEERATE = 17,
    PROM_REASON_FEES_SHARE = 18,
    PROM_REASON_CAP_JOB = 19,
    PROM_REASON_CAP_DAY = 20,
    PROM_REASON_CAP_PEER = 21,
    PROM_REASON_CAP_FEES = 22,
    PROM_REASON_CAP_PRICE = 23,
    /* Whom and what the owner takes. */
    PROM_REASON_CHAIN = 24,
    PROM_REASON_P_UNKNOWN = 25,
    PROM_REASON_P_REFUSED = 26,
    PROM_REASON_THREE_ARBITERS = 27,
    PROM_REASON_FUND = 28,
    PROM_REASON_PEER_DENIED = 29,
    PROM_REASON_BUSY = 30,
    PROM_REASON_ROLE = 31,
    /* Of a quote, for the plan. */
    PROM_REASON_QUOTE_OLD = 32,
    PROM_REASON_QUOTE_FORGED = 33,
    PROM_REASON_PEER_FAILED = 34,
    PROM_REASON_ARITHMETIC = 35,
    PROM_REASON_UNPLACED = 36,
    PROM_REASON_ARBITERS = 37,
    PROM_REASON_DISK = 38,
    /* Of the owner's standing caps. */
    PROM_REASON_CAP_CONTRACT_FEES = 39,
    /* Of who is asked for a party of a contract. */
    PROM_REASON_PART = 40,
    PROM_REASON_TERMS = 41,
    PROM_REASON_NOT_READY = 42,
    PROM_REASON_VAIN = 43,
    PROM_REASONS_KNOWN, /* one above the last */
} prom_reason_code;

/* What a reason's two numbers count. */
typedef enum prom_unit {
    PROM_UNIT_NONE, /* the reason has no numbers */
    PROM_UNIT_NUMBER,
    PROM_UNIT_BYTES,
    PROM_UNIT_BLOCKS,
    PROM_UNIT_HEIGHT,
    PROM_UNIT_SECONDS,
    PROM_UNIT_SAT,
    PROM_UNIT_FEERATE, /* sat/vB */
    PROM_UNIT_BASIS_POINTS,
    PROM_UNITS_KNOWN,
} prom_unit;

#define PROM_REASONS_MAX PROM_QUOTE_REASONS_MAX

/* All that speaks against something, in the order in which it was found; each code once, the first. */
typedef struct prom_reasons {
    prom_quote_reason list[PROM_REASONS_MAX];
    size_t count;
} prom_reasons;

/* Adds a reason, whose unit is the one of its code. A code that is there already is not added again. */
void prom_reasons_add(prom_reasons *reasons, prom_reason_code code, uint64_t needed, uint64_t there);
/* Adds it when more is needed than there is. */
void prom_reasons_need(prom_reasons *reasons, prom_reason_code code, uint64_t needed, uint64_t there);
/* The same of amounts, an invalid one of which is never enough. */
void prom_reasons_need_amount(prom_reasons *reasons, prom_reason_code code, prom_amount needed, prom_amount there);
/* Returns the reason of that code, or NULL. */
const prom_quote_reason *prom_reasons_find(const prom_reasons *reasons, prom_reason_code code);

/* Returns the code's name for programs, "memory_to_prove"; NULL of a code that this version does not know. */
const char *prom_reason_name(unsigned code);
/* Returns the unit of a known code, and its name: "bytes"; "" of PROM_UNIT_NONE, and of an unknown one. */
prom_unit prom_reason_unit(unsigned code);
const char *prom_unit_name(unsigned unit);

#define PROM_REASON_SENTENCE 320
/* Writes the sentence, with what to do about it: "proving takes 5.20 GB of memory, and 4.00 GB are there: ...". Of an
 * unknown code it says the numbers. Returns `text`. */
const char *prom_reason_sentence(char text[PROM_REASON_SENTENCE], const prom_quote_reason *reason);

/* Writes all of them in one line, as a refusal has room for: "deadline 12 > 8 blocks, peer_denied"; what does not fit
 * is counted: "(2 more)". Returns `text`. */
const char *prom_reasons_brief(char *text, size_t room, const prom_reasons *reasons);

#endif
