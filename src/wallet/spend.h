/* A payment that the owner wants: which coins it spends, what it costs, the transaction, signed here or elsewhere. */
#ifndef WALLET_SPEND_H
#define WALLET_SPEND_H

#include "wallet/selection.h"
#include "wallet/wallet.h"

#define PROM_SPEND_PAYEES_MAX 100U

/* A coin that may be spent: P2TR by its key, or, where somebody else signs, P2WPKH. */
typedef struct prom_spend_coin {
    prom_outpoint outpoint;
    prom_tx_output output;
} prom_spend_coin;

typedef struct prom_spend_order {
    const prom_spend_coin *coins;
    size_t coin_count;
    size_t required; /* the first so many coins are spent in any case */
    const prom_tx_output *payees;
    size_t payee_count;
    bool all;         /* the one payee gets all that there is; the value that stands there does not count */
    prom_span change; /* the script that gets the rest; P2TR, or P2WPKH */
    bool in_order;    /* the payees' outputs are the first ones: change is behind them, and not where chance puts it */
    uint32_t feerate; /* sat for 1000 vB */
    prom_amount replaced; /* fees of the payments that it takes the place of, which it must outbid, zero: none */
    prom_amount fee_max;
    uint32_t locktime; /* the best tip: nobody gains by mining it in an older block's place */
} prom_spend_order;

#define PROM_SPEND_NO_CHANGE SIZE_MAX

typedef struct prom_spending {
    prom_tx *tx;                 /* version 2, replaceable (BIP 125), unsigned */
    const prom_tx_output *spent; /* by each input */
    const size_t *chosen;        /* the place of each input's coin in the order */
    prom_amount fee;
    size_t vsize;  /* virtual bytes, when it is signed */
    size_t change; /* the output's place, or PROM_SPEND_NO_CHANGE */
} prom_spending;

/* Plans a payment. PROM_CATEGORY_BAD_INPUT, saying what is wrong, when the coins do not suffice, the fee is above what
 * it may be, a payee gets less than the dust limit or has a P2TR key that is on no curve, so that nobody could spend
 * it, or there are none or too many of them. */
PROM_MUST_USE prom_result prom_spend_plan(const prom_curve *curve, prom_arena *arena, prom_spending *spend,
                                          const prom_spend_order *order, prom_error *error);

/* Signs all inputs, which are the wallet's own; `paths` are those of the keys, by input. */
PROM_MUST_USE prom_result prom_spend_sign(const prom_wallet *wallet, prom_arena *arena, const prom_spending *spend,
                                          const prom_wallet_path *paths, prom_error *error);

/* Makes the PSBT of a payment, for a signer elsewhere. With `paths`, those of the keys of inputs, it is of the wallet's
 * own coins, and told is where each key comes from; `change`, where it is not NULL, is the path of the change's key. */
PROM_MUST_USE prom_result prom_spend_psbt(const prom_wallet *wallet, prom_arena *arena, prom_psbt **psbt,
                                          const prom_spending *spend, const prom_wallet_path *paths,
                                          const prom_wallet_path *change, prom_error *error);

#endif
