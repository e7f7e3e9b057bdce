/* Measures a step of SHA-256's compression function: on one message after the other with the
 * fastest instructions that this machine has, and on many messages at once, for each instruction set that it has.
 * Nanoseconds of CPU time of one core. docs/performance.md has the results on a named machine. */
#include <time.h>

#include "prometheus/crypto/hash.h"
#include "prometheus/crypto/hash_many.h"
#include "support.h"

enum { MESSAGES = 4096, REPEATS = 30, STEPS = 2 };

static double seconds(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint32_t memory[2 * PROM_HASH_WORDS][MESSAGES];

static void bench_one(const prom_hash_kernels *kernels)
{
    (void)kernels;
    for (size_t i = 0; i < MESSAGES; i++) {
        prom_bytes32 hash; /* 64 bytes, and the padding */
        prom_sha256(&hash, prom_span_of((const uint8_t *)memory + 64 * i, 64));
        memcpy(memory[0] + i, hash.bytes, 4);
    }
}

static void bench_many(const prom_hash_kernels *kernels)
{
    uint32_t *hashes[PROM_HASH_WORDS];
    const uint32_t *words[2 * PROM_HASH_WORDS];
    for (size_t w = 0; w < 2 * PROM_HASH_WORDS; w++) {
        words[w] = memory[w];
        hashes[w % PROM_HASH_WORDS] = memory[w % PROM_HASH_WORDS];
    }
    prom_tagged_hash_many(kernels, hashes, "prometheus/bench", words, 2 * PROM_HASH_WORDS, MESSAGES);
}

static void print_best(const char *name, void (*run)(const prom_hash_kernels *), const prom_hash_kernels *kernels)
{
    double best = 1e9;
    for (size_t i = 0; i < REPEATS; i++) {
        const double start = seconds();
        run(kernels);
        const double took = seconds() - start;
        best = took < best ? took : best;
    }
    (void)printf("| %s | %.1f |\n", name, best * 1e9 / (MESSAGES * STEPS));
}

int main(void)
{
    const prom_cpu cpu = prom_cpu_of_machine();
    const prom_cpu narrower[] = {{.avx2 = false}, {.avx2 = cpu.avx2}, cpu};
    (void)printf("| | ns a step |\n|---|---|\n");
    print_best(cpu.sha256 ? "instructions for SHA-256, one at a time" : "portable, one at a time", bench_one, NULL);
    for (size_t i = 0; i < COUNT_OF(narrower); i++) {
        const prom_hash_kernels *kernels = prom_hash_kernels_for(narrower[i]);
        print_best(kernels->name, bench_many, kernels);
    }
    return 0;
}
