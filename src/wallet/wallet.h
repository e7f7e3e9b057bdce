/* A party's keys, derived from one seed, and plain payments with them. */
#ifndef WALLET_WALLET_H
#define WALLET_WALLET_H

#include <stdint.h>

#include "prometheus/bitcoin/transaction.h"
#include "prometheus/contract/terms.h"
#include "prometheus/crypto/key.h"

typedef struct prom_wallet {
    const prom_curve *curve;
    prom_bytes32 seed;
    uint32_t coin_type; /* SLIP 44: 0 on the main chain, 1 on all others */
} prom_wallet;

/* The key number `index` of the wallet's coins, m/86'/coin_type'/0'/0/index, tweaked as BIP 86 says: its public key is
 * the output key of tr(KEY). */
PROM_MUST_USE prom_result prom_wallet_coin_key(const prom_wallet *wallet, prom_key *key, uint32_t index,
                                               prom_error *error);

/* What a key of a contract is for: no key serves two protocols. Append only. */
typedef enum prom_wallet_use {
    PROM_WALLET_WORDS, /* own words: verdict, packages, notices, receipts, answers, votes */
    PROM_WALLET_JOINT, /* in ALL */
    PROM_WALLET_SEAL,  /* V: opens E_V */
    PROM_WALLET_HOST,  /* A: of the key generation */
} prom_wallet_use;

/* The key that the wallet's owner uses so in contract number `index`, m/7067'/coin_type'/index'/use'; nowhere else. */
PROM_MUST_USE prom_result prom_wallet_contract_key(const prom_wallet *wallet, prom_key *key, uint32_t index,
                                                   prom_wallet_use use, prom_error *error);

/* A payment: every input spends a P2TR output by its key. */
typedef struct prom_payment {
    prom_tx *tx;                 /* inputs and outputs stand, but for the change's value */
    const prom_tx_output *spent; /* by each input */
    const prom_key *keys;        /* the output key of each */
    size_t change;               /* the output that gets what is left */
    uint64_t feerate;            /* sat/vB */
} prom_payment;

/* Sets the change so that the fee is feerate * vsize, and signs. `auxiliary` is fresh randomness.
 * PROM_CATEGORY_BAD_INPUT when the inputs do not suffice or the change would be dust. */
PROM_MUST_USE prom_result prom_wallet_pay(const prom_curve *curve, prom_arena *arena, const prom_payment *payment,
                                          const prom_bytes32 *auxiliary, prom_error *error);

#endif
