#include "prometheus/field/kernels.h"

const prom_field_kernels *prom_field_kernels_for(prom_cpu cpu)
{
#ifdef __x86_64__
    if (cpu.avx512) {
        return &prom_field_avx512;
    }
    if (cpu.avx2) {
        return &prom_field_avx2;
    }
#endif
    (void)cpu;
    return &prom_field_portable;
}

/* Elements in a line of a processor's cache, and the lines by which planes are out of step. */
enum { LINE = 64 / sizeof(prom_element), STAGGER = 13 * LINE, PAGE = 4096 / sizeof(prom_element) };

/* The planes begin at lines of the cache. Most vectors have 2^n elements, and what stands at one index of all planes
 * would compete for one place of the cache; so the planes of long vectors are out of step with each other. */
static size_t stride_of(size_t count)
{
    return count + (LINE - count % LINE) % LINE + (count < PAGE ? 0 : STAGGER);
}

uint64_t prom_planes_bytes(size_t count)
{
    return (PROM_EXTENSION_DEGREE * (uint64_t)stride_of(count) + LINE) * sizeof(prom_element);
}

prom_result prom_planes_new(prom_arena *arena, prom_planes *planes, size_t count, prom_error *error)
{
    if (count > SIZE_MAX / 64) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "%zu elements of the extension do not fit the memory", count);
    }
    const size_t stride = stride_of(count);
    prom_element *memory = NULL;
    PROM_TRY_NEW(memory, arena, PROM_EXTENSION_DEGREE * stride + LINE, error);
    const size_t misaligned = (uintptr_t)memory / sizeof *memory % LINE;
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        planes->plane[i] = memory + (LINE - misaligned) + i * stride;
    }
    return prom_ok();
}

void prom_equality_table(const prom_field_kernels *kernels, prom_planes table, const prom_extension *point,
                         size_t count, const prom_extension *scale)
{
    prom_planes_set(table, 0, scale);
    for (size_t i = 0; i < count; i++) {
        kernels->expand_equality(table, &point[count - 1 - i], (size_t)1 << i);
    }
}

prom_extension prom_equality(const prom_extension *a, const prom_extension *b, size_t count)
{
    const prom_extension one = prom_extension_one();
    prom_extension product = one;
    for (size_t i = 0; i < count; i++) {
        /* 1 - a - b + 2ab */
        const prom_extension both = prom_extension_multiply(&a[i], &b[i]);
        const prom_extension twice = prom_extension_add(&both, &both);
        const prom_extension sum = prom_extension_add(&a[i], &b[i]);
        const prom_extension without = prom_extension_subtract(&one, &sum);
        const prom_extension factor = prom_extension_add(&without, &twice);
        product = prom_extension_multiply(&product, &factor);
    }
    return product;
}
