/* The demo: one contract on the normal path, on a devnet of its own. */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include <jansson.h>

#include "demo/parties.h"
#include "demo/show.h"

/* A transaction of the contract as it went to the chain. */
typedef struct prom_demo_tx {
    prom_bytes32 txid;
    prom_tx *tx;
    size_t vsize;
    prom_amount fee;
} prom_demo_tx;

typedef struct prom_demo {
    prom_arena arena;
    prom_demo_show show;
    const prom_scheme *scheme; /* of the proof */
    prom_demo_job job;
    prom_demo_cast cast;
    prom_hub hub;
    prom_devnet *devnet;
    const char *output_path;
    prom_demo_tx tx0;
    prom_demo_tx tx4;
    prom_amount payouts[PROM_DEMO_PARTIES];
    prom_amount fund;
    size_t receipts;
    double accuracy;
    uint32_t last_height;
    prom_result failed; /* of what an observer could not do */
    prom_error failure;
    char reason[256]; /* why a channel did not end well; empty */
} prom_demo;

/* Runs the contract from the proposal to the settlement, on a prepared cast. */
PROM_MUST_USE prom_result prom_demo_run(prom_demo *demo, prom_error *error);

/* Prints the summary for people; returns it for programs, or NULL when memory ran out or a name is not UTF-8. */
void prom_demo_print(const prom_demo *demo);
PROM_MUST_USE json_t *prom_demo_json(const prom_demo *demo);

#endif
