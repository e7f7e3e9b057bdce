/* Measures the kernels of the field, for each instruction set that this machine has: nanoseconds of CPU time of one
 * core for each element of the longer input. docs/performance.md has the results on a named machine. */
#include <time.h>

#include "prometheus/field/ntt.h"
#include "support.h"

enum { LOG_COUNT = 16, LOG_BLOWUP = 2, LOG_LARGE = 21, REPEATS = 16 };

struct bench {
    const prom_field_kernels *kernels;
    size_t count;
    prom_extension scalar;
    prom_extension sums[2];
    prom_element *x;
    prom_element *values;
    prom_planes a;
    prom_planes b;
    prom_ntt ntt;
};

static double seconds(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void bench_multiply(struct bench *it)
{
    it->kernels->multiply(it->a.plane[0], it->x, it->count);
}

static void bench_multiply_extensions(struct bench *it)
{
    it->kernels->multiply_extensions(it->a, it->b, it->count);
}

static void bench_add_scaled(struct bench *it)
{
    it->kernels->add_scaled(it->a, &it->scalar, it->x, it->count);
}

static void bench_add_scaled_extensions(struct bench *it)
{
    it->kernels->add_scaled_extensions(it->a, &it->scalar, it->b, it->count);
}

static void bench_fold(struct bench *it)
{
    it->kernels->fold(it->a, &it->scalar, it->x, it->x + it->count / 2, it->count / 2);
}

static void bench_fold_extensions(struct bench *it)
{
    it->kernels->fold_extensions(it->a, &it->scalar, it->b, prom_planes_at(it->b, it->count / 2), it->count / 2);
}

static void bench_expand_equality(struct bench *it)
{
    it->kernels->expand_equality(it->a, &it->scalar, it->count / 2);
}

static void bench_dot(struct bench *it)
{
    it->kernels->dot(&it->sums[0], it->x, it->b, it->count);
}

static void bench_dot_extensions(struct bench *it)
{
    it->kernels->dot_extensions(&it->sums[0], it->a, it->b, it->count);
}

static void bench_round_of_products(struct bench *it)
{
    it->kernels->round_of_products(&it->sums[0], &it->sums[1], it->a, it->b, it->count / 2, it->count / 2);
}

static prom_fractions quarter(const struct bench *it, size_t at)
{
    const prom_fractions all = {it->a, it->b};
    return prom_fractions_at(all, at * (it->count / 4));
}

static void bench_add_fractions(struct bench *it)
{
    const prom_fractions sum = quarter(it, 0);
    it->kernels->add_fractions(sum, sum, quarter(it, 2), it->count / 2);
}

static void bench_add_base_fractions(struct bench *it)
{
    const prom_base_fractions leaves = {it->x, it->b};
    it->kernels->add_base_fractions(quarter(it, 0), leaves, prom_base_fractions_at(leaves, it->count / 2),
                                    it->count / 2);
}

static void bench_round_of_fractions(struct bench *it)
{
    const prom_fractions low[2] = {quarter(it, 0), quarter(it, 2)};
    const prom_fractions high[2] = {quarter(it, 1), quarter(it, 3)};
    it->kernels->round_of_fractions(&it->sums[0], &it->sums[1], it->a, low, high, it->count / 4);
}

static void bench_round_of_base_fractions(struct bench *it)
{
    const size_t count = it->count / 4;
    const prom_base_fractions leaves = {it->x, it->b};
    const prom_base_fractions low[2] = {leaves, prom_base_fractions_at(leaves, 2 * count)};
    const prom_base_fractions high[2] = {prom_base_fractions_at(leaves, count),
                                         prom_base_fractions_at(leaves, 3 * count)};
    it->kernels->round_of_base_fractions(&it->sums[0], &it->sums[1], it->a, &it->scalar, low, high, count);
}

static void bench_forward(struct bench *it)
{
    prom_ntt_forward(&it->ntt, it->values, LOG_COUNT);
}

static void bench_inverse(struct bench *it)
{
    prom_ntt_inverse(&it->ntt, it->values, LOG_COUNT);
}

static void bench_encode(struct bench *it)
{
    prom_ntt_encode(&it->ntt, it->values, it->x, LOG_COUNT, LOG_BLOWUP);
}

static void bench_encode_large(struct bench *it)
{
    prom_ntt_encode(&it->ntt, it->values, it->x, LOG_LARGE - LOG_BLOWUP, LOG_BLOWUP);
}

static const struct {
    const char *name;
    void (*run)(struct bench *it);
    size_t elements;
} benches[] = {{"multiply", bench_multiply, (size_t)1 << LOG_COUNT},
               {"multiply, extension", bench_multiply_extensions, (size_t)1 << LOG_COUNT},
               {"add scaled", bench_add_scaled, (size_t)1 << LOG_COUNT},
               {"add scaled, extension", bench_add_scaled_extensions, (size_t)1 << LOG_COUNT},
               {"fold", bench_fold, (size_t)1 << LOG_COUNT},
               {"fold, extension", bench_fold_extensions, (size_t)1 << LOG_COUNT},
               {"expand equality", bench_expand_equality, (size_t)1 << LOG_COUNT},
               {"inner product, base by extension", bench_dot, (size_t)1 << LOG_COUNT},
               {"inner product, extension", bench_dot_extensions, (size_t)1 << LOG_COUNT},
               {"round of a sumcheck", bench_round_of_products, (size_t)1 << LOG_COUNT},
               {"sum of fractions", bench_add_fractions, (size_t)1 << LOG_COUNT},
               {"sum of fractions, base numerators", bench_add_base_fractions, (size_t)1 << LOG_COUNT},
               {"round of a sum of fractions", bench_round_of_fractions, (size_t)1 << LOG_COUNT},
               {"round of a sum of fractions, base numerators", bench_round_of_base_fractions, (size_t)1 << LOG_COUNT},
               {"transform of 2^16", bench_forward, (size_t)1 << LOG_COUNT},
               {"inverse transform of 2^16", bench_inverse, (size_t)1 << LOG_COUNT},
               {"encode 2^16 to 2^18", bench_encode, (size_t)1 << LOG_COUNT},
               {"encode 2^19 to 2^21", bench_encode_large, (size_t)1 << (LOG_LARGE - LOG_BLOWUP)}};

static void fill(prom_element *elements, size_t count)
{
    uint64_t random = 1;
    for (size_t i = 0; i < count; i++) {
        elements[i] = (prom_element){(uint32_t)(next_random(&random) % PROM_FIELD_PRIME)};
    }
}

static void make(fixture *test, struct bench *it, const prom_field_kernels *kernels)
{
    void *memory = NULL;
    *it = (struct bench){.kernels = kernels, .count = (size_t)1 << LOG_COUNT};
    assert_ok(prom_arena_alloc(&test->arena, &memory, (size_t)2 << LOG_LARGE, sizeof *it->x, &test->error),
              &test->error);
    it->x = memory;
    it->values = it->x + ((size_t)1 << LOG_LARGE);
    fill(it->x, (size_t)2 << LOG_LARGE);
    assert_ok(prom_planes_new(&test->arena, &it->a, it->count, &test->error), &test->error);
    assert_ok(prom_planes_new(&test->arena, &it->b, it->count, &test->error), &test->error);
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        fill(it->a.plane[i], it->count);
        fill(it->b.plane[i], it->count);
        it->scalar.coefficients[i] = it->x[i];
    }
    assert_ok(prom_ntt_new(&test->arena, &it->ntt, kernels, LOG_LARGE, &test->error), &test->error);
}

/* The best of some runs: the machine does other things too. */
static double nanoseconds(struct bench *it, size_t at)
{
    double best = 1e9;
    for (size_t i = 0; i < REPEATS; i++) {
        const double start = seconds();
        benches[at].run(it);
        const double took = seconds() - start;
        best = took < best ? took : best;
    }
    return best * 1e9 / (double)benches[at].elements;
}

int main(void)
{
    const prom_cpu cpu = prom_cpu_of_machine();
    const prom_cpu narrower[] = {{.avx2 = false}, {.avx2 = cpu.avx2}, cpu};
    struct bench its[COUNT_OF(narrower)];
    void *states[COUNT_OF(narrower)] = {NULL};
    (void)printf("| ns an element |");
    for (size_t i = 0; i < COUNT_OF(narrower); i++) {
        assert_int_equal(fixture_make(&states[i]), 0);
        make(states[i], &its[i], prom_field_kernels_for(narrower[i]));
        (void)printf(" %s |", its[i].kernels->name);
    }
    (void)printf("\n|---|---|---|---|\n");
    for (size_t at = 0; at < COUNT_OF(benches); at++) {
        (void)printf("| %s |", benches[at].name);
        for (size_t i = 0; i < COUNT_OF(narrower); i++) {
            (void)printf(" %.2f |", nanoseconds(&its[i], at));
        }
        (void)printf("\n");
    }
    for (size_t i = 0; i < COUNT_OF(narrower); i++) {
        assert_int_equal(fixture_free(&states[i]), 0);
    }
    return 0;
}
