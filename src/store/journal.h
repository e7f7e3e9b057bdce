/* The signer's journal: which hash was signed for what. A line stays for ever. */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "store/store.h"

typedef struct prom_journal_key {
    uint64_t channel;
    uint16_t batch;
    uint16_t purpose;
    prom_bytes32 detail;
} prom_journal_key;

typedef enum prom_journal_answer {
    PROM_JOURNAL_NEW,   /* nothing was signed so */
    PROM_JOURNAL_SAME,  /* this hash was */
    PROM_JOURNAL_OTHER, /* another one was: this must never be */
} prom_journal_answer;

/* Looks a hash up. */
PROM_MUST_USE prom_result prom_store_journal_find(prom_store *store, prom_journal_answer *answer,
                                                  const prom_journal_key *key, const prom_bytes32 *hash,
                                                  prom_error *error);
/* Adds a line, in the open transaction. PROM_CATEGORY_MISUSE when there is one for the key. */
PROM_MUST_USE prom_result prom_store_journal_add(prom_store *store, const prom_journal_key *key,
                                                 const prom_bytes32 *hash, prom_error *error);

#endif
