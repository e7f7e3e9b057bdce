#include "field/plain.h"
#include "prometheus/field/ntt.h"

enum { MAX = 14 };

/* The kernels that this machine can run. */
static size_t all_kernels(const prom_field_kernels *found[3])
{
    const prom_cpu cpu = prom_cpu_of_machine();
    size_t count = 0;
    found[count++] = &prom_field_portable;
#ifdef __x86_64__
    if (cpu.avx2) {
        found[count++] = &prom_field_avx2;
    }
    if (cpu.avx512) {
        found[count++] = &prom_field_avx512;
    }
#endif
    (void)cpu;
    return count;
}

static prom_element *some_elements(fixture *test, uint64_t *random, size_t count)
{
    void *memory = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &memory, count, sizeof(prom_element), &test->error), &test->error);
    prom_element *elements = memory;
    for (size_t i = 0; i < count; i++) {
        elements[i] = some_element(random);
    }
    return elements;
}

/* Horner's rule over coefficients in bit-reversed order. */
static prom_element evaluate(const prom_element *coefficients, size_t log_count, prom_element x)
{
    prom_element value = prom_element_zero();
    for (size_t e = (size_t)1 << log_count; e-- > 0;) {
        value = prom_element_add(prom_element_multiply(value, x), coefficients[prom_bit_reversed(e, log_count)]);
    }
    return value;
}

static void check_size(fixture *test, const prom_ntt *ntt, size_t log_count, size_t log_blowup, uint64_t *random)
{
    const size_t count = (size_t)1 << log_count;
    const size_t size = count << log_blowup;
    const prom_element *coefficients = some_elements(test, random, count);
    prom_element *values = some_elements(test, random, size + 1);
    const prom_element behind = values[size];
    prom_ntt_encode(ntt, values, coefficients, log_count, log_blowup);
    assert_int_equal(values[size].residue, behind.residue);
    const size_t step = size <= 256 ? 1 : size / 64 - 1; /* odd: all residues of small blocks come up */
    for (size_t i = 0; i < size; i += step) {
        const prom_element x = prom_element_power(prom_element_root(log_count + log_blowup), i);
        assert_int_equal(values[i].residue, evaluate(coefficients, log_count, x).residue);
    }
    if (log_blowup == 0) {
        prom_element *back = some_elements(test, random, count);
        memcpy(back, coefficients, count * sizeof *back);
        prom_ntt_forward(ntt, back, log_count);
        assert_memory_equal(back, values, count * sizeof *back);
        prom_ntt_inverse(ntt, back, log_count);
        assert_memory_equal(back, coefficients, count * sizeof *back);
    }
}

static void test_sizes(void **state)
{
    fixture *test = *state;
    const prom_field_kernels *kernels[3];
    uint64_t random = 13;
    const size_t found = all_kernels(kernels);
    for (size_t k = 0; k < found; k++) {
        for (size_t log_blowup = 0; log_blowup <= 6; log_blowup++) {
            for (size_t log_count = 0; log_count + log_blowup <= MAX; log_count++) {
                prom_ntt ntt;
                const size_t log_size = log_count + log_blowup + (log_count % 2);
                assert_ok(prom_ntt_new(&test->arena, &ntt, kernels[k], log_size, &test->error), &test->error);
                check_size(test, &ntt, log_count, log_blowup, &random);
                prom_arena_free(&test->arena);
            }
        }
    }
}

static void test_shift(void **state)
{
    fixture *test = *state;
    uint64_t random = 14;
    prom_ntt ntt;
    const prom_element shift = prom_element_of(PROM_FIELD_GENERATOR);
    assert_ok(prom_ntt_new(&test->arena, &ntt, prom_field_kernels_for(prom_cpu_of_machine()), 6, &test->error),
              &test->error);
    for (size_t log_count = 0; log_count <= 6; log_count++) {
        const size_t count = (size_t)1 << log_count;
        const prom_element *coefficients = some_elements(test, &random, count);
        prom_element *values = some_elements(test, &random, count);
        memcpy(values, coefficients, count * sizeof *values);
        prom_ntt_shift(values, log_count, shift);
        prom_ntt_forward(&ntt, values, log_count);
        for (size_t i = 0; i < count; i++) {
            const prom_element x = prom_element_multiply(shift, prom_element_power(prom_element_root(log_count), i));
            assert_int_equal(values[i].residue, evaluate(coefficients, log_count, x).residue);
        }
    }
}

static void test_too_large(void **state)
{
    fixture *test = *state;
    prom_ntt ntt;
    assert_fails(prom_ntt_new(&test->arena, &ntt, &prom_field_portable, PROM_FIELD_TWO_ADICITY + 1, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "roots up to 2^24");
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_sizes), FIXTURE_TEST(test_shift),
                                       FIXTURE_TEST(test_too_large)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
