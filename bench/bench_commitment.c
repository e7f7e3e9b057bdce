/* Measures a commitment to one polynomial of n variables, and its opening at one point: nanoseconds of CPU time of one
 * core for each of the 2^n values, the verifier's time, the size of the proof, and the memory that the prover took.
 * `bench_commitment N` goes up to n = N, and to 20 when none is given. docs/performance.md has the results on a named
 * machine. */
#include <time.h>

#include "prometheus/proof/commitment.h"
#include "prometheus/proof/soundness.h"
#include "support.h"

enum { MIN = 12, STEP = 2, MAX = 20 };

static double seconds(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static prom_transcript new_transcript(void)
{
    prom_transcript transcript;
    prom_transcript_init(&transcript, "bench", 1);
    return transcript;
}

struct costs {
    double commit;
    double open;
    double verify;
    size_t proof;
    size_t memory;
};

/* The value of a polynomial at a point, by the prover's own kernels. */
static prom_extension value_of(prom_arena *arena, const prom_commitment_setup *setup, const prom_element *values,
                               const prom_extension *point, size_t variables)
{
    prom_planes table;
    prom_extension value;
    const prom_extension one = prom_extension_one();
    assert_ok(prom_planes_new(arena, &table, (size_t)1 << variables, NULL), &(prom_error){""});
    prom_equality_table(setup->field, table, point, variables, &one);
    setup->field->dot(&value, values, table, (size_t)1 << variables);
    return value;
}

static void run(const prom_commitment_setup *setup, const prom_element *values, const prom_claim *claim,
                size_t variables, struct costs *costs)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_error error = {""};
    prom_committed *committed = NULL;
    prom_span proof;
    prom_arena_init(&arena, SIZE_MAX / 2);
    prom_transcript transcript = new_transcript();
    const double start = seconds();
    assert_ok(prom_commitment_make(&arena, &committed, setup, &values, &variables, 1, &error), &error);
    const double committed_at = seconds();
    const prom_committed *all[] = {committed};
    const prom_commitment *commitments[] = {prom_committed_commitment(committed)};
    const prom_opening_statement statement = {commitments, 1, claim, 1};
    assert_ok(prom_commitment_open(&arena, &proof, &transcript, setup, &statement, all, &error), &error);
    const double opened_at = seconds();
    costs->memory = arena.used;
    transcript = new_transcript();
    assert_ok(prom_commitment_verify(&arena, &transcript, setup, &statement, proof, &error), &error);
    const double verified_at = seconds();
    const double times[] = {committed_at - start, opened_at - committed_at, verified_at - opened_at};
    costs->commit = times[0] < costs->commit ? times[0] : costs->commit;
    costs->open = times[1] < costs->open ? times[1] : costs->open;
    costs->verify = times[2] < costs->verify ? times[2] : costs->verify;
    costs->proof = proof.length;
}

static void bench(const prom_commitment_setup *setup, size_t variables)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_error error = {""};
    void *memory = NULL;
    uint64_t random = 1;
    prom_extension point[PROM_COMMITMENT_VARIABLES_MAX];
    const size_t count = (size_t)1 << variables;
    prom_arena_init(&arena, SIZE_MAX / 2);
    assert_ok(prom_arena_alloc(&arena, &memory, count, sizeof(prom_element), &error), &error);
    prom_element *values = memory;
    for (size_t i = 0; i < count; i++) {
        values[i] = (prom_element){(uint32_t)(next_random(&random) % PROM_FIELD_PRIME)};
    }
    for (size_t i = 0; i < variables; i++) {
        point[i] = prom_extension_of(values[i]);
        point[i].coefficients[3] = values[count - 1 - i];
    }
    const prom_claim claim = {0, 0, point, value_of(&arena, setup, values, point, variables)};
    struct costs costs = {1e9, 1e9, 1e9, 0, 0};
    for (size_t i = 0; i < (variables < 20 ? 5 : 2); i++) {
        run(setup, values, &claim, variables, &costs);
    }
    const double scale = 1e9 / (double)count;
    (void)printf("| %zu | %.1f | %.1f | %.1f | %.2f | %.1f | %.1f |\n", variables, costs.commit * scale,
                 costs.open * scale, (costs.commit + costs.open) * scale, costs.verify * 1e3,
                 (double)costs.proof / 1024, (double)costs.memory / 1048576);
}

/* The error of an opening of 64 claims on two commitments, in bits: the table of docs/soundness.md. */
static void print_soundness(const prom_commitment_setup *setup)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_error error = {""};
    prom_commitment_layout layouts[2];
    prom_span text;
    const size_t variables[] = {24, 20};
    const prom_commitment_layout *both[] = {&layouts[0], &layouts[1]};
    prom_arena_init(&arena, (size_t)1 << 20);
    for (size_t i = 0; i < COUNT_OF(layouts); i++) {
        assert_ok(prom_commitment_layout_new(&arena, &layouts[i], &setup->parameters, &variables[i], 1, &error),
                  &error);
    }
    const prom_soundness soundness = prom_soundness_of(&setup->parameters, both, COUNT_OF(layouts), 64);
    assert_ok(prom_soundness_text(&arena, &text, &soundness, &error), &error);
    (void)printf("\nThe error of an opening of 64 claims on commitments of 2^24 and 2^20 values:\n\n%.*s",
                 (int)text.length, (const char *)text.data);
}

int main(int argc, char **argv)
{
    const prom_commitment_setup setup = prom_commitment_setup_for(prom_cpu_of_machine());
    const size_t most = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : MAX;
    (void)printf("Rate 1/%d, %d queries, kernels %s and %s.\n\n", 1 << setup.parameters.log_blowup,
                 setup.parameters.queries, setup.field->name, setup.hash->name);
    (void)printf("| n | commit, ns a value | open | both | verify, ms | proof, KiB | prover's memory, MiB |\n"
                 "|---|---|---|---|---|---|---|\n");
    for (size_t variables = MIN; variables <= most; variables += STEP) {
        bench(&setup, variables);
    }
    print_soundness(&setup);
    return 0;
}
