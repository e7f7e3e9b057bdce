#include "argument/axes.h"

#include "argument/claims.h"

prom_result prom_axis_equality_new(prom_arena *arena, prom_equality_tables *tables, const prom_field_kernels *kernels,
                                   const prom_extension *point, size_t bits, prom_error *error)
{
    PROM_TRY(prom_equality_tables_new(arena, tables, bits, error));
    prom_equality_tables_set(tables, kernels, point, bits);
    return prom_ok();
}

prom_extension prom_axis_equality_at(const prom_equality_tables *tables, size_t index)
{
    const size_t inner = tables->inner_variables;
    const prom_extension low = prom_planes_get(tables->inner, index & (((size_t)1 << inner) - 1));
    if (tables->outer_variables == 0) {
        return low;
    }
    const prom_extension high = prom_planes_get(tables->outer, index >> inner);
    return prom_extension_multiply(&low, &high);
}

/* Bit by bit, the lowest first: `below` is the sum over the indices of the bits so far that lie below those of `end`,
 * `all` that over all of them. */
prom_extension prom_equality_below_of_two(const prom_extension *a, const prom_extension *b, size_t bits, size_t end)
{
    const prom_extension one = prom_extension_one();
    prom_extension below = prom_extension_zero();
    prom_extension all = one;
    for (size_t bit = 0; bit < bits; bit++) {
        const prom_extension *x = &a[bits - 1 - bit];
        const prom_extension *y = &b[bits - 1 - bit];
        const prom_extension set = prom_extension_multiply(x, y);
        const prom_extension not_x = prom_extension_subtract(&one, x);
        const prom_extension not_y = prom_extension_subtract(&one, y);
        const prom_extension clear = prom_extension_multiply(&not_x, &not_y);
        const prom_extension both = prom_extension_add(&set, &clear);
        if ((end >> bit & 1) != 0) {
            const prom_extension lower = prom_extension_multiply(&clear, &all);
            below = prom_extension_multiply(&set, &below);
            below = prom_extension_add(&below, &lower);
        } else {
            below = prom_extension_multiply(&clear, &below);
        }
        all = prom_extension_multiply(&both, &all);
    }
    return end == (size_t)1 << bits ? all : below;
}

/* Where the coordinates of an axis begin in a point of a value's item. */
static size_t axis_start(const argument_value *value, size_t axis)
{
    size_t start = 0;
    for (size_t i = 0; i < axis; i++) {
        start += value->bits[i];
    }
    return start;
}

axis_point prom_axis_of(const functional_task *task, uint32_t value, size_t axis, const prom_extension *point)
{
    const argument_value *layout = &task->argument->values[value];
    const prom_shape *shape = &prom_program_value(task->argument->program, value)->shape;
    return (axis_point){point + axis_start(layout, axis), layout->bits[axis], shape->sizes[axis]};
}

prom_result prom_axis_table(const functional_task *task, prom_arena *scratch, prom_equality_tables *tables,
                            const axis_point *axis, prom_error *error)
{
    return prom_axis_equality_new(scratch, tables, task->kernels, axis->point, axis->bits, error);
}

/* The sum of eq over an axis, at its places that stand for something. */
static prom_extension all_of(const axis_point *axis)
{
    return prom_argument_equal_below(axis->point, axis->bits, axis->size);
}

/* The sum of eq(a) * eq(b) over an axis that two values have in common. */
static prom_extension both_of(const axis_point *a, const axis_point *b)
{
    return prom_equality_below_of_two(a->point, b->point, a->bits, a->size);
}

prom_extension prom_over_axes(const functional_task *task, uint32_t value, size_t from, size_t to,
                              const prom_extension *at)
{
    prom_extension product = prom_extension_one();
    for (size_t axis = from; axis < to; axis++) {
        const axis_point own = prom_axis_of(task, value, axis, task->point);
        const axis_point other = {at == NULL ? NULL : at + (own.point - task->point), own.bits, own.size};
        const prom_extension factor = at == NULL ? all_of(&own) : both_of(&own, &other);
        product = prom_extension_multiply(&product, &factor);
    }
    return product;
}

/* Where output `at` reads by place `i` under the window, which lies inside of the image. */
static size_t place_of(const prom_window_axis *axis, size_t at, size_t i)
{
    return at * axis->stride + i * axis->dilation - axis->pad_before;
}

void prom_window_sums_of_places(const window_axis_reads *reads, prom_extension *sums,
                                const prom_equality_tables *outputs, const prom_equality_tables *image)
{
    for (size_t i = 0; i < reads->axis->kernel; i++) {
        sums[i] = prom_extension_zero();
    }
    for (size_t at = 0; at < reads->fits; at++) {
        const prom_extension equal = prom_axis_equality_at(outputs, at);
        size_t first = 0;
        size_t count = 0;
        prom_window_inside(reads->axis, reads->size, at, &first, &count);
        for (size_t i = first; i < first + count; i++) {
            prom_extension term = equal;
            if (image != NULL) {
                const prom_extension there = prom_axis_equality_at(image, place_of(reads->axis, at, i));
                term = prom_extension_multiply(&equal, &there);
            }
            sums[i] = prom_extension_add(&sums[i], &term);
        }
    }
}

prom_extension prom_window_sum_of_output(const window_axis_reads *reads, size_t at, const prom_equality_tables *image)
{
    prom_extension sum = prom_extension_zero();
    size_t first = 0;
    size_t count = 0;
    prom_window_inside(reads->axis, reads->size, at, &first, &count);
    for (size_t i = first; i < first + count; i++) {
        const prom_extension there = prom_axis_equality_at(image, place_of(reads->axis, at, i));
        sum = prom_extension_add(&sum, &there);
    }
    return sum;
}

uint64_t prom_window_pairs_max(const window_axis_reads *reads)
{
    const uint64_t inside = (reads->size - 1) / reads->axis->dilation + 1; /* places of one window in the image */
    const uint64_t places = reads->axis->kernel < inside ? reads->axis->kernel : inside;
    return reads->fits * (1 + places);
}
