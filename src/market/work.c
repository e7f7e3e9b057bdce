#include "market/work.h"

#include <stdlib.h>

#include "prometheus/argument/proof.h"
#include "prometheus/contract/sampling.h"
#include "prometheus/program/run.h"
#include "prometheus/scheme/delivery.h"

enum {
    BATCH_HEADER = 8,
    ITEMS_HEADER = 4, /* of a module's items */
    ITEM_HEADER = 4,
    NODE_HEADER = 14, /* of a node's result */
    PARSED = 3,       /* of a program: its bytes, prom_program_parse's copies of weights and the rest */
    PARSING = 2 << 20,
    ITEM_MEMORY = 64, /* of an item: where it lies */
    SEALED = 3,       /* of a package: plain, sealed, and as it is written */
    /* For a page of memory that a node touches for the first time. Its fuel, 8,192 units, tells a tenth of that where
     * 4,000 million are executed in a second, as on the machine of docs/performance.md (tools/bench wasm). */
    PAGE_NS = 40000,
    NANOSECONDS = 1000000000,
};

/* -- Numbers -- */

uint64_t prom_count_add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

uint64_t prom_count_times(uint64_t a, uint64_t b)
{
    uint64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

uint64_t prom_count_over(uint64_t a, uint64_t b)
{
    if (a == 0 || a == UINT64_MAX || b == 0) {
        return a == 0 ? 0 : UINT64_MAX;
    }
    return (a - 1) / b + 1;
}

/* -- The work -- */

/* Bytes that lie in memory whatever is done with them. */
static uint64_t kept_bytes(const prom_work *work)
{
    const uint64_t program = prom_count_add(prom_count_times(PARSED + 1, work->program_bytes), PARSING);
    return prom_count_add(program, prom_count_add(work->input_bytes, prom_count_times(2, work->output_bytes)));
}

/* A proof is made, and checked, of the whole batch. */
static prom_result add_proof(prom_arena *arena, prom_work *work, const prom_program *program, uint64_t proving_bytes,
                             prom_error *error)
{
    prom_verifying_cost cost;
    const uint64_t kept = prom_count_add(kept_bytes(work), work->package_bytes);
    PROM_TRY(prom_statement_proving_effort(arena, &work->prove_effort, program, work->items, error));
    PROM_TRY(prom_statement_verifying_cost(arena, &cost, program, work->items, error));
    work->check_steps = cost.steps;
    work->check_memory = prom_count_add(kept, cost.memory);
    work->prove_memory = prom_count_add(kept, proving_bytes);
    return prom_ok();
}

prom_result prom_work_of(prom_arena *arena, prom_work *work, const prom_program *program, uint16_t scheme,
                         uint32_t items, prom_error *error)
{
    const prom_scheme *by = prom_scheme_by_number(scheme);
    prom_scheme_size size = {0, 0};
    *work = (prom_work){.scheme = scheme, .program_digest = program->digest, .items = items};
    if (by == NULL || items == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a job of %u items with proof scheme %u is none that this program knows", (unsigned)items,
                         (unsigned)scheme);
    }
    PROM_TRY(by->size(arena, &size, &(prom_job_program){.integers = program}, items, error));
    work->macs = prom_count_times(program->multiplications, items);
    work->program_bytes = program->bytes.length;
    work->input_bytes = prom_count_add(BATCH_HEADER, prom_count_times(items, program->input.count));
    work->output_bytes = prom_count_add(BATCH_HEADER, prom_count_times(items, prom_program_output(program)->count));
    work->package_bytes = prom_delivery_package_bytes(size.delivery_bytes);
    work->run_memory =
        prom_count_add(prom_count_add(kept_bytes(work), work->package_bytes), prom_program_running_bytes(program));
    work->prove_memory = work->run_memory;
    work->check_memory = work->run_memory;
    return size.proving_bytes == 0 ? prom_ok() : add_proof(arena, work, program, size.proving_bytes, error);
}

uint64_t prom_work_items_bytes(uint32_t items, uint64_t bytes)
{
    return prom_count_add(ITEMS_HEADER + (uint64_t)items * ITEM_HEADER, bytes);
}

uint64_t prom_work_touch_ns(const prom_module *module)
{
    return (uint64_t)module->limits.pages * PAGE_NS;
}

prom_result prom_work_of_module(prom_arena *arena, prom_work *work, const prom_module *module, uint16_t scheme,
                                uint32_t nodes, uint64_t input_bytes, prom_error *error)
{
    const prom_scheme *by = prom_scheme_by_number(scheme);
    const prom_job_program program = {.module = module};
    prom_scheme_size size = {0, 0};
    *work = (prom_work){.scheme = scheme, .program_digest = module->digest, .items = nodes};
    if (by == NULL || nodes == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a job of %u items with proof scheme %u is none that this program knows", (unsigned)nodes,
                         (unsigned)scheme);
    }
    PROM_TRY(by->size(arena, &size, &program, nodes, error));
    work->fuel = prom_module_fuel(&module->limits, nodes);
    work->touch_ns = prom_work_touch_ns(module);
    work->program_bytes = (uint64_t)PROM_MODULE_MANIFEST + module->code.length;
    work->input_bytes = input_bytes;
    work->output_bytes = size.delivery_bytes;
    work->package_bytes = prom_delivery_package_bytes(size.delivery_bytes);
    const uint64_t kept = prom_count_add(prom_module_compile_bytes(module->code.length), PARSING);
    const uint64_t items = prom_count_add(input_bytes, (uint64_t)nodes * ITEM_MEMORY);
    const uint64_t sealed = prom_count_times(SEALED, work->package_bytes);
    const uint64_t results = prom_count_add(size.proving_bytes, sealed);
    work->run_memory = prom_count_add(kept, prom_count_add(items, results));
    work->prove_memory = work->run_memory;
    work->check_memory = work->run_memory;
    return prom_ok();
}

prom_result prom_work_of_job(prom_arena *arena, prom_work *work, const prom_scheme_job *job, prom_error *error)
{
    const prom_job *named = &job->named;
    return job->program.module != NULL
               ? prom_work_of_module(arena, work, job->program.module, named->scheme, named->items, named->input_bytes,
                                     error)
               : prom_work_of(arena, work, job->program.integers, named->scheme, named->items, error);
}

/* -- Parts of a batch -- */

static int longer_first(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

prom_result prom_work_largest(prom_arena *arena, const uint64_t **largest, const prom_items *items, prom_error *error)
{
    uint64_t *bytes = NULL;
    PROM_TRY_NEW(bytes, arena, (size_t)items->count + 1, error);
    bytes[0] = 0;
    for (size_t i = 0; i < items->count; i++) {
        bytes[i + 1] = items->list[i].length;
    }
    qsort(bytes + 1, items->count, sizeof *bytes, longer_first);
    for (size_t i = 0; i < items->count; i++) {
        bytes[i + 1] += bytes[i];
    }
    *largest = bytes;
    return prom_ok();
}

prom_result prom_work_of_part(prom_arena *arena, prom_work *work, const prom_work_batch *batch, uint16_t scheme,
                              uint32_t items, prom_error *error)
{
    const prom_module *module = batch->program.module;
    if (module == NULL) {
        return prom_work_of(arena, work, batch->program.integers, scheme, items, error);
    }
    if (items > batch->items || items > PROM_MODULE_ITEMS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "no part of the batch has %u items", (unsigned)items);
    }
    const uint64_t input = prom_work_items_bytes(items, batch->largest[items]);
    return prom_work_of_module(arena, work, module, scheme, prom_module_nodes(items, module->limits.folds), input,
                               error);
}

uint64_t prom_work_results_bytes(const prom_work_batch *batch)
{
    const prom_module *module = batch->program.module;
    if (module == NULL) {
        const uint64_t values = prom_program_output(batch->program.integers)->count;
        return prom_count_add(BATCH_HEADER, prom_count_times(batch->items, values));
    }
    const uint32_t nodes = prom_module_nodes(batch->items, module->limits.folds);
    const uint64_t maps = (uint64_t)batch->items * module->limits.result_bytes;
    const uint64_t folds = (uint64_t)(nodes - batch->items) * module->limits.fold_bytes;
    return prom_count_add(ITEMS_HEADER + (uint64_t)nodes * NODE_HEADER, maps + folds);
}

/* -- What follows from it -- */

static bool runs_again(const prom_work *work)
{
    return work->check_steps == 0;
}

uint64_t prom_work_checked_macs(const prom_work *work, const prom_parameters *P)
{
    const uint32_t checked = prom_sample_count(work->items, P->varsigma);
    return runs_again(work) ? prom_count_times(work->macs / work->items, checked) : 0;
}

uint64_t prom_work_checked_fuel(const prom_work *work, const prom_parameters *P)
{
    const uint64_t all = prom_count_times(prom_count_over(work->fuel, work->items),
                                          prom_sample_count(work->items, P->varsigma)); /* rounded up: no less */
    return all < work->fuel ? all : work->fuel;
}

/* Seconds that a module takes beside its fuel, for whoever computes or checks so many of its nodes: to be compiled,
 * once, and for the memory of each. */
static uint64_t beside_fuel(const prom_work *work, uint32_t nodes)
{
    const uint64_t touching = prom_count_over(prom_count_times(work->touch_ns, nodes), NANOSECONDS);
    return work->fuel == 0 ? 0 : prom_count_add(PROM_WORK_COMPILE_SECONDS, touching);
}

static uint64_t packages_of(const prom_work *work, const prom_parameters *P)
{
    return prom_count_times(P->varsigma != PROM_BASIS_POINTS_ONE ? 2 : 1, work->package_bytes);
}

uint64_t prom_work_line_bytes(const prom_work *work, const prom_parameters *P, prom_role role)
{
    const uint64_t payload = prom_count_add(work->program_bytes, work->input_bytes);
    const uint64_t packages = packages_of(work, P);
    return role == PROM_ROLE_WORKER ? prom_count_add(prom_count_times((uint64_t)P->n + 1, payload),
                                                     prom_count_times((uint64_t)P->n + 2, packages))
                                    : prom_count_add(payload, packages);
}

prom_job_time prom_work_time(const prom_work *work, const prom_machine *machine, const prom_parameters *P)
{
    const uint64_t run = prom_count_add(prom_count_over(work->macs, machine->macs_per_second),
                                        prom_count_over(work->fuel, machine->fuel_per_second));
    const uint64_t prove = prom_count_over(work->prove_effort, machine->effort_per_second);
    const uint64_t rerun = prom_count_add(prom_count_over(prom_work_checked_macs(work, P), machine->macs_per_second),
                                          prom_count_over(prom_work_checked_fuel(work, P), machine->fuel_per_second));
    const uint64_t check = prom_count_over(work->check_steps, machine->steps_per_second);
    const uint32_t checked = prom_sample_count(work->items, P->varsigma);
    return (prom_job_time){.compute_seconds =
                               prom_count_add(beside_fuel(work, work->items), prom_count_add(run, prove)),
                           .verify_seconds = prom_count_add(beside_fuel(work, checked), prom_count_add(rerun, check)),
                           .bytes_per_second = machine->bytes_per_second,
                           .two_rounds = P->varsigma != PROM_BASIS_POINTS_ONE};
}

void prom_work_sketch(prom_ask *ask, const prom_work *work)
{
    const bool worker = ask->role == PROM_ROLE_WORKER;
    ask->scheme = work->scheme;
    ask->program_digest = work->program_digest;
    ask->program_bytes = work->program_bytes;
    ask->input_bytes = work->input_bytes;
    ask->package_bytes = work->package_bytes;
    ask->macs = work->macs / work->items;
    ask->effort = worker ? work->prove_effort : work->check_steps;
    ask->memory = worker ? work->prove_memory : work->check_memory;
    ask->items = work->items;
    ask->fuel = work->fuel;
}

prom_work prom_work_of_ask(const prom_ask *ask)
{
    const bool worker = ask->role == PROM_ROLE_WORKER;
    return (prom_work){.scheme = ask->scheme,
                       .program_digest = ask->program_digest,
                       .items = ask->items,
                       .macs = prom_count_times(ask->macs, ask->items),
                       .fuel = ask->fuel,
                       .program_bytes = ask->program_bytes,
                       .input_bytes = ask->input_bytes,
                       .package_bytes = ask->package_bytes,
                       .run_memory = worker && ask->effort == 0 ? ask->memory : 0,
                       .prove_memory = worker ? ask->memory : 0,
                       .prove_effort = worker ? ask->effort : 0,
                       .check_memory = worker ? 0 : ask->memory,
                       .check_steps = worker ? 0 : ask->effort};
}

uint64_t prom_work_disk(uint64_t payload_bytes, uint64_t package_bytes)
{
    enum { ROUNDS = 2 };
    return prom_count_add(payload_bytes, prom_count_times(package_bytes, ROUNDS));
}
