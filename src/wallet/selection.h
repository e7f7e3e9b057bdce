/* Which coins a payment takes: a pure function of their values and of what each costs as an input. */
#ifndef WALLET_SELECTION_H
#define WALLET_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/amount.h"
#include "prometheus/base/arena.h"
#include "prometheus/base/result.h"

/* Inputs of one payment: those of P2TR take two thirds of the weight that nodes relay. */
#define PROM_SELECTION_INPUTS_MAX 1000U

/* A coin that may be spent. */
typedef struct prom_selectable {
    prom_amount value;
    uint32_t weight; /* weight units of an input that spends it, with its witness */
} prom_selectable;

typedef struct prom_selection_wish {
    prom_amount target;     /* of all payees; 0 with `all` */
    bool all;               /* every coin that brings more than it costs, and no change */
    size_t required;        /* so many coins, the first of the list, are taken in any case */
    uint32_t weight;        /* of the transaction without inputs, their number and change */
    uint32_t change_weight; /* of an output for the change */
    uint32_t respend;       /* of an input that will spend the change */
    prom_amount dust;       /* no change is below this */
    uint32_t feerate;       /* sat for 1000 vB */
    prom_amount replaced;   /* fees of payments that it takes the place of, which it must outbid (BIP 125, rule 3); 0 */
    uint32_t incremental;   /* and by how much: sat for 1000 vB of its own (rule 4) */
    prom_amount fee_max;
} prom_selection_wish;

typedef struct prom_selection {
    const size_t *chosen; /* places in the list of coins, rising */
    size_t count;
    prom_amount sum; /* of their values */
    prom_amount fee;
    prom_amount change; /* 0: none */
} prom_selection;

/* Computes the fee at a feerate in sat for 1000 vB, rounded up, of so many weight units. */
prom_amount prom_fee_of_weight(uint32_t feerate, size_t weight);

/* Chooses coins, whose sum is the target, the fee and the change. A choice that needs no change is taken where it costs
 * no more than a change would, now and when it is spent (branch and bound); else the smallest coin that suffices, else
 * the largest ones; what is left is change, or, below dust, fee. No coin is taken that costs more than it brings, but
 * for those that are required.
 * PROM_CATEGORY_BAD_INPUT, with the numbers, when the coins do not suffice, or the fee is above what it may be. */
PROM_MUST_USE prom_result prom_selection_make(prom_arena *arena, prom_selection *selection,
                                              const prom_selectable *coins, size_t count,
                                              const prom_selection_wish *wish, prom_error *error);

#endif
