/* Measures how long the parts of a proof take to prove and to verify (`tools/bench argument`). With one thread it
 * counts CPU time; with two, time on the clock, which other work on the machine makes longer. docs/performance.md has
 * the results on a named machine. */
#include <time.h>

#include "prometheus/proof/product.h"
#include "proof/leaves.h"
#include "proof/threads.h"
#include "support.h"

enum { LOG_MIN = 16, LOG_MAX = 22, LOG_STEP = 2 };

static const size_t arena_limit = (size_t)1 << 30;

struct job {
    const prom_field_kernels *kernels;
    const prom_parallel *parallel;
    size_t variables;
    prom_arena arena;
    prom_transcript transcript;
    prom_writer proof;
    prom_element *numerators;
    prom_planes x;
    prom_planes y;
    prom_error error;
};

static double seconds(const struct job *job)
{
    struct timespec now;
    const clockid_t clock = job->parallel == NULL ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
    assert_int_equal(clock_gettime(clock, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void fill(prom_planes planes, size_t count)
{
    uint64_t random = 1;
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        for (size_t j = 0; j < count; j++) {
            planes.plane[i][j] = (prom_element){(uint32_t)(next_random(&random) % PROM_FIELD_PRIME)};
        }
    }
}

static prom_prover begin(struct job *job)
{
    prom_transcript_init(&job->transcript, "bench", 1);
    job->proof = prom_writer_in(&job->arena);
    return (prom_prover){job->kernels, job->parallel, &job->arena, &job->transcript, &job->proof};
}

static void make_product(struct job *job)
{
    const size_t count = (size_t)1 << job->variables;
    assert_ok(prom_planes_new(&job->arena, &job->x, count, &job->error), &job->error);
    assert_ok(prom_planes_new(&job->arena, &job->y, count, &job->error), &job->error);
    fill(job->x, count);
    fill(job->y, count);
}

static void prove_product(struct job *job)
{
    prom_extension point[LOG_MAX];
    prom_extension values[2];
    const prom_extension claim = prom_extension_zero(); /* the prover takes as long for a false one */
    const prom_prover prover = begin(job);
    const prom_product_factors factors = {job->x, job->y, job->variables};
    assert_ok(prom_product_prove(&prover, &factors, &claim, point, &values[0], &values[1], &job->error), &job->error);
}

static void verify_product(struct job *job)
{
    prom_extension point[LOG_MAX];
    prom_extension product;
    const prom_extension claim = prom_extension_zero();
    prom_reader reader = prom_reader_of(prom_span_of(job->proof.data, job->proof.length));
    prom_transcript_init(&job->transcript, "bench", 1);
    assert_ok(prom_product_verify(&(prom_verifier){&job->transcript, &reader}, job->variables, &claim, point, &product,
                                  &job->error),
              &job->error);
}

/* Half of the leaves say 1 and the other half, with the same denominators, -1. */
static void make_fractions(struct job *job)
{
    const size_t count = (size_t)1 << job->variables;
    void *memory = NULL;
    assert_ok(prom_planes_new(&job->arena, &job->x, count, &job->error), &job->error);
    assert_ok(prom_arena_alloc(&job->arena, &memory, count, sizeof *job->numerators, &job->error), &job->error);
    job->numerators = memory;
    fill(job->x, count / 2);
    for (size_t i = 0; i < count; i++) {
        job->numerators[i] = i < count / 2 ? prom_element_one() : prom_element_negate(prom_element_one());
        const prom_extension denominator = prom_planes_get(job->x, i % (count / 2));
        prom_planes_set(job->x, i, &denominator);
    }
}

static void prove_fractions(struct job *job)
{
    prom_extension point[LOG_MAX];
    prom_fraction values;
    const prom_prover prover = begin(job);
    const prom_base_fractions fractions = {job->numerators, job->x};
    const prom_leaves leaves = leaves_of(&fractions);
    assert_ok(prom_fractions_prove(&prover, &leaves, job->variables, point, &values, &job->error), &job->error);
}

static void verify_fractions(struct job *job)
{
    prom_extension point[LOG_MAX];
    prom_fraction values;
    prom_reader reader = prom_reader_of(prom_span_of(job->proof.data, job->proof.length));
    prom_transcript_init(&job->transcript, "bench", 1);
    assert_ok(
        prom_fractions_verify(&(prom_verifier){&job->transcript, &reader}, job->variables, point, &values, &job->error),
        &job->error);
}

static const struct {
    const char *name;
    void (*make)(struct job *job);
    void (*prove)(struct job *job);
    void (*verify)(struct job *job);
} parts[] = {{"product", make_product, prove_product, verify_product},
             {"fractions", make_fractions, prove_fractions, verify_fractions}};

/* The best of some runs: the machine does other things too. */
static void run(size_t part, size_t variables, const prom_field_kernels *kernels, struct threads *threads)
{
    double best[2] = {1e9, 1e9};
    size_t memory = 0;
    size_t length = 0;
    for (size_t i = 0; i < (variables < 20 ? 8 : 4); i++) {
        struct job job = {
            .kernels = kernels, .parallel = threads == NULL ? NULL : &threads->parallel, .variables = variables};
        prom_arena_init(&job.arena, arena_limit);
        parts[part].make(&job);
        const double start = seconds(&job);
        parts[part].prove(&job);
        const double middle = seconds(&job);
        parts[part].verify(&job);
        const double end = seconds(&job);
        best[0] = middle - start < best[0] ? middle - start : best[0];
        best[1] = end - middle < best[1] ? end - middle : best[1];
        memory = job.arena.used;
        length = job.proof.length;
        prom_arena_free(&job.arena);
    }
    (void)printf("| %s | 2^%zu | %s, %zu | %.1f | %.2f | %zu | %zu |\n", parts[part].name, variables, kernels->name,
                 threads == NULL ? (size_t)1 : threads->count + 1, best[0] * 1e9 / (double)((size_t)1 << variables),
                 best[1] * 1e3, memory >> variables, length);
}

int main(void)
{
    const prom_cpu cpu = prom_cpu_of_machine();
    const prom_cpu narrower[] = {{.avx2 = false}, {.avx2 = cpu.avx2}, cpu};
    struct threads threads;
    start_threads(&threads, 2);
    (void)printf(
        "| part | elements | kernels, threads | prove, ns an element | verify, ms | memory, bytes an element | "
        "proof, bytes |\n|---|---|---|---|---|---|---|\n");
    for (size_t part = 0; part < COUNT_OF(parts); part++) {
        for (size_t variables = LOG_MIN; variables <= LOG_MAX; variables += LOG_STEP) {
            for (size_t i = 0; i < COUNT_OF(narrower); i++) {
                run(part, variables, prom_field_kernels_for(narrower[i]), NULL);
            }
            run(part, variables, prom_field_kernels_for(cpu), &threads);
        }
    }
    stop_threads(&threads);
    return 0;
}
