/* What a job costs, from its program alone: all that client, worker and verifier reckon with before anybody signs. */
#ifndef MARKET_WORK_H
#define MARKET_WORK_H

#include "prometheus/contract/terms.h"
#include "prometheus/program/program.h"
#include "prometheus/scheme/scheme.h"
#include "wire/quote.h"

/* Of one batch; numbers that do not fit 64 bits are UINT64_MAX. */
typedef struct prom_work {
    uint16_t scheme;
    prom_bytes32 program_digest;
    uint32_t items;         /* as terms count them: of a module, nodes */
    uint64_t macs;          /* of all items: multiplications, and values that pooling looks at; 0 of a module */
    uint64_t fuel;          /* of a module, of all nodes, at most; 0 of integers */
    uint64_t touch_ns;      /* nanoseconds that a node's memory takes beside its fuel, at most; 0 of integers */
    uint64_t program_bytes; /* canonical, as the next two */
    uint64_t input_bytes;
    uint64_t output_bytes;  /* of a module, at most */
    uint64_t package_bytes; /* of a delivered package, at most */
    uint64_t run_memory;    /* bytes that running takes, at most, program, input and output counted in */
    uint64_t prove_memory;  /* the same of running and proving; run_memory where nothing is proven */
    uint64_t prove_effort;  /* prom_statement_proving_effort; 0 where nothing is proven */
    uint64_t check_memory;  /* of verifying, likewise */
    uint64_t check_steps;   /* prom_verifying_cost; 0 where the verifier runs items again */
} prom_work;

/* Computes what a batch of so many items, at least one, costs with that scheme. PROM_CATEGORY_BAD_INPUT when there is
 * no such scheme, or it cannot prove so many items of this program: the sentence says why. */
PROM_MUST_USE prom_result prom_work_of(prom_arena *arena, prom_work *work, const prom_program *program, uint16_t scheme,
                                       uint32_t items, prom_error *error);

/* The same for a module: of so many nodes, whose items have so many canonical bytes. */
PROM_MUST_USE prom_result prom_work_of_module(prom_arena *arena, prom_work *work, const prom_module *module,
                                              uint16_t scheme, uint32_t nodes, uint64_t input_bytes, prom_error *error);
/* Returns the canonical bytes of so many items that have so many bytes. */
uint64_t prom_work_items_bytes(uint32_t items, uint64_t bytes);
/* Returns the nanoseconds that the memory of a node takes beside its fuel, at most. */
uint64_t prom_work_touch_ns(const prom_module *module);
/* The same for a job that is open. */
PROM_MUST_USE prom_result prom_work_of_job(prom_arena *arena, prom_work *work, const prom_scheme_job *job,
                                           prom_error *error);

/* What a batch is of, whose parts are reckoned with. Items of integer programs are alike; of a module's each has a
 * length of its own. */
typedef struct prom_work_batch {
    prom_job_program program;
    const uint64_t *largest; /* of a module, of 0 items, 1, … all: the bytes that so many of them have at most */
    uint32_t items;
} prom_work_batch;

/* Lists in the arena what so many of these items have at most. */
PROM_MUST_USE prom_result prom_work_largest(prom_arena *arena, const uint64_t **largest, const prom_items *items,
                                            prom_error *error);
/* Computes what any part of so many items of the batch costs at most, as prom_work_of says. */
PROM_MUST_USE prom_result prom_work_of_part(prom_arena *arena, prom_work *work, const prom_work_batch *batch,
                                            uint16_t scheme, uint32_t items, prom_error *error);

/* Returns the most canonical bytes that the results of the whole batch may have, in however many parts it is done. */
uint64_t prom_work_results_bytes(const prom_work_batch *batch);

/* Returns the multiplications that a verifier of such a P does: of the checked items where the scheme runs them again,
 * else none. */
uint64_t prom_work_checked_macs(const prom_work *work, const prom_parameters *P);
/* Returns the fuel likewise, as if all nodes took the same: where items and folds differ, and the dearer ones alone are
 * drawn, it may be up to twice as much. */
uint64_t prom_work_checked_fuel(const prom_work *work, const prom_parameters *P);

/* What it takes to validate, meter and compile a module, at most: nobody signs for one that takes longer. */
#define PROM_WORK_COMPILE_SECONDS 30U

/* Returns the bytes that go over the line of a worker, or of a verifier, in a contract of n arbiters with this P:
 * program and input in; of W also out to the arbiters, with a package to everybody. */
uint64_t prom_work_line_bytes(const prom_work *work, const prom_parameters *P, prom_role role);

/* Returns how long the machine takes, as prom_terms_check_work and prom_terms_check_verification are told it. A machine
 * that does nothing in a second takes for ever. */
prom_job_time prom_work_time(const prom_work *work, const prom_machine *machine, const prom_parameters *P);

/* Fills in of the ask what follows from the work: scheme, digest, sizes, MACs, fuel, effort and memory of the ask's
 * role. */
void prom_work_sketch(prom_ask *ask, const prom_work *work);
/* Returns the work as the ask tells it: what it does not tell is 0. */
prom_work prom_work_of_ask(const prom_ask *ask);

/* Adds, multiplies and divides, rounded up; UINT64_MAX stays UINT64_MAX, and is what does not fit. Dividing by 0 gives
 * it too, but of 0. */
uint64_t prom_count_add(uint64_t a, uint64_t b);
uint64_t prom_count_times(uint64_t a, uint64_t b);
uint64_t prom_count_over(uint64_t a, uint64_t b);

/* Returns what a contract may bring to a node's disk: program and input, and a package of each of two rounds, in which
 * the result lies; UINT64_MAX where that cannot be counted. */
uint64_t prom_work_disk(uint64_t payload_bytes, uint64_t package_bytes);

#endif
