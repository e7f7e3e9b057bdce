/* The rest of what exporters compute shapes with: constants, most of them single integers. */
#include <math.h>
#include <string.h>

#include "onnx/axes.h"
#include "onnx/fold.h"
#include "onnx/operators.h"

/* -- The shape and size of what is known -- */

prom_result prom_onnx_shape_constant(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    const prom_onnx_constant *from = NULL;
    prom_onnx_constant made;
    void *elements = NULL;
    size_t first = 0;
    size_t end = 0;
    PROM_TRY(prom_onnx_constant_at(reader, &from, node, 0, error));
    const prom_shape *shape = &from->tensor.shape;
    PROM_TRY(prom_onnx_part_of_shape(&first, &end, node, shape->rank, error));
    PROM_TRY(prom_onnx_new_constant(reader, &made, &elements, PROM_DTYPE_I64, &(prom_shape){1, {end - first}}, error));
    for (size_t i = first; i < end; i++) {
        ((int64_t *)elements)[i - first] = (int64_t)shape->sizes[i];
    }
    return prom_onnx_give_constant(reader, node, &made, error);
}

static prom_result give_integer(prom_onnx_reader *reader, const prom_onnx_node *node, const prom_shape *shape,
                                int64_t value, prom_error *error)
{
    prom_onnx_constant made;
    void *element = NULL;
    PROM_TRY(prom_onnx_new_constant(reader, &made, &element, PROM_DTYPE_I64, shape, error));
    memcpy(element, &value, sizeof value);
    return prom_onnx_give_constant(reader, node, &made, error);
}

prom_result prom_onnx_size_constant(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    const prom_onnx_constant *from = NULL;
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    PROM_TRY(prom_onnx_constant_at(reader, &from, node, 0, error));
    return give_integer(reader, node, &(prom_shape){.rank = 0}, (int64_t)from->tensor.count, error);
}

prom_result prom_onnx_reduce_prod(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { AXES, KEEPDIMS };
    prom_onnx_attribute known[] = {{.name = "axes", .kind = PROM_ONNX_INTEGERS},
                                   {.name = "keepdims", .kind = PROM_ONNX_INTEGER, .integer = 1},
                                   {.name = "noop_with_empty_axes", .kind = PROM_ONNX_INTEGER}};
    const prom_onnx_constant *list = NULL;
    prom_onnx_axes axes;
    int64_t product = 1;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(prom_onnx_list_at(reader, &list, node, 0, error));
    PROM_TRY(prom_onnx_check_batch(reader, list, error));
    PROM_TRY(prom_onnx_axes_of(reader, &axes, node, &known[AXES], list->tensor.shape.rank, false, error));
    if (axes.count == 0 && known[2].integer != 0) {
        return prom_onnx_give_constant(reader, node, list, error);
    }
    for (size_t i = 0; i < list->tensor.count; i++) {
        if (__builtin_mul_overflow(product, prom_onnx_integer(list, i), &product)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "element %zu leaves 64 bits", i);
        }
    }
    const prom_shape shape = {known[KEEPDIMS].integer != 0 ? list->tensor.shape.rank : 0, {1}};
    return give_integer(reader, node, &shape, product, error);
}

/* -- Value by value -- */

/* Of constants of which each is a single value, or of one shape with the others: that shape, and whether they are
 * reals. */
static prom_result common_shape(const prom_shape **shape, bool *is_real, const prom_onnx_constant *const *sides,
                                size_t count, prom_error *error)
{
    const prom_tensor *larger = &sides[0]->tensor;
    bool fits = true;
    *is_real = prom_onnx_is_real(sides[0]);
    for (size_t i = 1; i < count; i++) {
        const prom_tensor *side = &sides[i]->tensor;
        fits = fits && prom_onnx_is_real(sides[i]) == *is_real &&
               (side->count == 1 || larger->count == 1 || prom_shape_equal(&side->shape, &larger->shape));
        if (larger->count == 1 && (side->count != 1 || side->shape.rank > larger->shape.rank)) {
            larger = side;
        }
    }
    *shape = &larger->shape;
    return fits ? prom_ok()
                : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                            "constants of different types or shapes: each must be a single value, or all of one shape");
}

static size_t place_in(const prom_onnx_constant *side, size_t at)
{
    return side->tensor.count == 1 ? 0 : at;
}

/* The least or the greatest of all operands. */
static prom_result choose(prom_onnx_reader *reader, const prom_onnx_node *node, bool greatest, prom_error *error)
{
    const prom_onnx_constant **sides = NULL;
    const size_t count = node->proto->n_input;
    const prom_shape *shape = NULL;
    bool is_real = false;
    prom_onnx_constant made;
    void *elements = NULL;
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    PROM_TRY_NEW(sides, reader->scratch, count, error);
    for (size_t i = 0; i < count; i++) {
        PROM_TRY(prom_onnx_constant_at(reader, &sides[i], node, i, error));
        PROM_TRY(prom_onnx_check_batch(reader, sides[i], error));
    }
    PROM_TRY(common_shape(&shape, &is_real, sides, count, error));
    PROM_TRY(prom_onnx_new_constant(reader, &made, &elements, is_real ? PROM_DTYPE_F32 : PROM_DTYPE_I64, shape, error));
    for (size_t i = 0; i < made.tensor.count * count; i++) {
        const prom_onnx_constant *side = sides[i % count];
        const size_t at = i / count;
        const bool is_first = i % count == 0;
        if (is_real) {
            float *chosen = (float *)elements + at;
            const float value = prom_onnx_real(side, place_in(side, at));
            *chosen = is_first || (greatest ? value > *chosen : value < *chosen) ? value : *chosen;
        } else {
            int64_t *chosen = (int64_t *)elements + at;
            const int64_t value = prom_onnx_integer(side, place_in(side, at));
            *chosen = is_first || (greatest ? value > *chosen : value < *chosen) ? value : *chosen;
        }
    }
    return prom_onnx_give_constant(reader, node, &made, error);
}

prom_result prom_onnx_min(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    return choose(reader, node, false, error);
}

prom_result prom_onnx_max(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    return choose(reader, node, true, error);
}

static prom_result sides_at(prom_onnx_reader *reader, const prom_onnx_constant *sides[2], const prom_onnx_node *node,
                            prom_error *error)
{
    PROM_TRY(prom_onnx_constant_at(reader, &sides[0], node, 0, error));
    return prom_onnx_constant_at(reader, &sides[1], node, 1, error);
}

/* ONNX, Mod: the sign of the divisor, or with fmod that of the dividend. */
static int64_t remainder_of(int64_t a, int64_t b, bool as_in_c)
{
    const int64_t left = b == -1 ? 0 : a % b;
    return left != 0 && !as_in_c && (left < 0) != (b < 0) ? left + b : left;
}

prom_result prom_onnx_mod(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_attribute known[] = {{.name = "fmod", .kind = PROM_ONNX_INTEGER}};
    const prom_onnx_constant *sides[2];
    const prom_shape *shape = NULL;
    bool is_real = false;
    prom_onnx_constant made;
    void *elements = NULL;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(sides_at(reader, sides, node, error));
    PROM_TRY(common_shape(&shape, &is_real, sides, 2, error));
    if (is_real) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "Mod is supported for integers only");
    }
    PROM_TRY(prom_onnx_check_batch(reader, sides[0], error));
    PROM_TRY(prom_onnx_check_batch(reader, sides[1], error));
    PROM_TRY(prom_onnx_new_constant(reader, &made, &elements, PROM_DTYPE_I64, shape, error));
    for (size_t i = 0; i < made.tensor.count; i++) {
        const int64_t divisor = prom_onnx_integer(sides[1], place_in(sides[1], i));
        if (divisor == 0) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "element %zu is divided by 0", i);
        }
        ((int64_t *)elements)[i] =
            remainder_of(prom_onnx_integer(sides[0], place_in(sides[0], i)), divisor, known[0].integer != 0);
    }
    return prom_onnx_give_constant(reader, node, &made, error);
}

/* The size of a batch that is not known is at least none of the numbers below 1. */
static prom_result is_equal(const prom_onnx_reader *reader, uint8_t *equal, const prom_onnx_constant *sides[2],
                            size_t at, prom_error *error)
{
    int64_t values[2];
    bool is_open[2];
    for (size_t i = 0; i < 2; i++) {
        const size_t place = place_in(sides[i], at);
        values[i] = prom_onnx_integer(sides[i], place);
        is_open[i] = reader->batch == 0 && prom_onnx_is_batch(sides[i], place);
    }
    *equal = !is_open[0] && !is_open[1] && values[0] == values[1] ? 1 : 0;
    if ((is_open[0] && (is_open[1] || values[1] > 0)) || (is_open[1] && values[0] > 0)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it computes with the size of the batch: each item must stand for itself");
    }
    return prom_ok();
}

prom_result prom_onnx_equal(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    const prom_onnx_constant *sides[2];
    const prom_shape *shape = NULL;
    bool is_real = false;
    prom_onnx_constant made;
    void *elements = NULL;
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    PROM_TRY(sides_at(reader, sides, node, error));
    PROM_TRY(common_shape(&shape, &is_real, sides, 2, error));
    PROM_TRY(prom_onnx_new_constant(reader, &made, &elements, PROM_DTYPE_U8, shape, error));
    for (size_t i = 0; i < made.tensor.count; i++) {
        uint8_t *equal = (uint8_t *)elements + i;
        if (is_real) {
            *equal = prom_onnx_real(sides[0], place_in(sides[0], i)) == prom_onnx_real(sides[1], place_in(sides[1], i));
        } else {
            PROM_TRY(is_equal(reader, equal, sides, i, error));
        }
    }
    return prom_onnx_give_constant(reader, node, &made, error);
}

static prom_result round_constant(prom_onnx_reader *reader, const prom_onnx_node *node, bool up, prom_error *error)
{
    const prom_onnx_constant *from = NULL;
    prom_onnx_constant made;
    void *elements = NULL;
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    PROM_TRY(prom_onnx_reals_at(reader, &from, node, 0, error));
    PROM_TRY(prom_onnx_new_constant(reader, &made, &elements, PROM_DTYPE_F32, &from->tensor.shape, error));
    for (size_t i = 0; i < made.tensor.count; i++) {
        const float value = prom_onnx_real(from, i);
        ((float *)elements)[i] = up ? ceilf(value) : floorf(value);
    }
    return prom_onnx_give_constant(reader, node, &made, error);
}

prom_result prom_onnx_floor(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    return round_constant(reader, node, false, error);
}

prom_result prom_onnx_ceil(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    return round_constant(reader, node, true, error);
}

/* -- Range -- */

prom_result prom_onnx_range(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { START, LIMIT, DELTA, NUMBERS };
    int64_t numbers[NUMBERS];
    prom_onnx_constant made;
    void *elements = NULL;
    int64_t span = 0;
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    for (size_t i = 0; i < NUMBERS; i++) {
        const prom_onnx_constant *list = NULL;
        PROM_TRY(prom_onnx_list_at(reader, &list, node, i, error));
        PROM_TRY(prom_onnx_check_batch(reader, list, error));
        if (list->tensor.count != 1) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it takes single integers");
        }
        numbers[i] = prom_onnx_integer(list, 0);
    }
    if (numbers[DELTA] == 0 || numbers[DELTA] == INT64_MIN ||
        __builtin_sub_overflow(numbers[LIMIT], numbers[START], &span) || span == INT64_MIN) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its step is 0, or its numbers leave 64 bits");
    }
    const int64_t whole = span / numbers[DELTA] + (span % numbers[DELTA] != 0 ? 1 : 0);
    const bool is_empty = (span < 0) != (numbers[DELTA] < 0) || span == 0;
    const prom_shape shape = {1, {is_empty ? 0 : (size_t)whole}};
    PROM_TRY(prom_onnx_new_constant(reader, &made, &elements, PROM_DTYPE_I64, &shape, error));
    for (size_t i = 0; i < made.tensor.count; i++) {
        ((int64_t *)elements)[i] = numbers[START] + (int64_t)i * numbers[DELTA];
    }
    return prom_onnx_give_constant(reader, node, &made, error);
}
